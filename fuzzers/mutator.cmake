# The structure-aware mutator for fuzzing engines.

# fuzz_mutator(TARGET SYNTAX) gives a libFuzzer target its mutator. SYNTAX is a call, such as
# "parley_message_syntax(PARLEY_MSG_client_hello)" or "parley_form_syntax(PARLEY_FORM_alpn_offer)".
function(fuzz_mutator target syntax)
  target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/fuzzers/mutator.c")
  target_compile_definitions(${target} PRIVATE "FUZZ_SYNTAX=${syntax}")
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/harness")
endfunction()

# fuzz/parley_mutator.so is for AFL_CUSTOM_MUTATOR_LIBRARY, with the target's name in
# PARLEY_FUZZ_TARGET. afl-fuzz has no sanitizers, so it must have none, either.
if(NOT PARLEY_SANITIZE_OPTIONS AND NOT engine)
  add_library(parley_mutator MODULE fuzzers/mutator.c)
  set_target_properties(parley_mutator PROPERTIES PREFIX "" LINKER_LANGUAGE C
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/fuzz")
  target_include_directories(parley_mutator PRIVATE . harness)
  target_link_libraries(parley_mutator PRIVATE parley_options parley ${PARLEY_CRYPTO_RUNTIME})
  target_link_options(parley_mutator PRIVATE -Wl,--exclude-libs,ALL)
endif()

if(BUILD_TESTING)
  foreach(engine libfuzzer afl)
    set(name mutator_${engine})
    add_executable(${name} fuzzers/mutator_check.c)
    set_target_properties(${name} PROPERTIES LINKER_LANGUAGE C
      RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/tests")
    target_include_directories(${name} PRIVATE . harness)
    target_link_libraries(${name} PRIVATE parley_options parley ${PARLEY_CRYPTO_RUNTIME})
    add_test(NAME ${name} COMMAND ${name})
  endforeach()
  fuzz_mutator(mutator_libfuzzer "parley_form_syntax(PARLEY_FORM_key_share_offer)")
  target_sources(mutator_afl PRIVATE fuzzers/mutator.c)
endif()
