# The structure-aware mutator for fuzzing engines.

# A libFuzzer target parses once to mutate for each time it parses to look. For the former there is a copy
# of the mutator and of what it needs, without sanitizers and counters; its names are its own. afl-fuzz does
# not ask a target to mutate, and MemorySanitizer wants to see everything.
set(mutator_copy "")
if(CMAKE_BUILD_TYPE STREQUAL "Fuzz" AND CMAKE_C_COMPILER_ID MATCHES "Clang" AND
   NOT CMAKE_C_COMPILER MATCHES "afl-" AND NOT CMAKE_C_FLAGS MATCHES "sanitize=[a-z,]*memory")
  sources(mutator harness/script/mutate*.c harness/wire/*.c harness/tables/*.c)
  add_library(parley_mutator_copy OBJECT ${mutator})
  target_include_directories(parley_mutator_copy PRIVATE harness harness/include)
  target_include_directories(parley_mutator_copy SYSTEM PRIVATE "${PARLEY_CRYPTO_INCLUDE}")
  target_compile_definitions(parley_mutator_copy PRIVATE _POSIX_C_SOURCE=200809L _DEFAULT_SOURCE)
  target_compile_options(parley_mutator_copy PRIVATE -fvisibility=hidden -fPIC -fno-sanitize=all)
  set(mutator_copy "${CMAKE_CURRENT_BINARY_DIR}/fuzz/mutator_copy.o")
  add_custom_command(OUTPUT "${mutator_copy}"
    COMMAND "${CMAKE_LINKER}" -r -o "${mutator_copy}" "$<TARGET_OBJECTS:parley_mutator_copy>"
    COMMAND "${CMAKE_OBJCOPY}" --keep-global-symbol=parley_mutate
            --keep-global-symbol=parley_crossover "${mutator_copy}"
    DEPENDS parley_mutator_copy "$<TARGET_OBJECTS:parley_mutator_copy>"
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(mutator_copy DEPENDS "${mutator_copy}")
endif()

option(PARLEY_FUZZ_MUTATOR "libFuzzer targets have the mutator; without: to see what it is worth" ON)

# fuzz_mutator(TARGET SYNTAX) gives a libFuzzer target its mutator. SYNTAX is a call, such as
# "parley_message_syntax(PARLEY_MSG_client_hello)" or "parley_form_syntax(PARLEY_FORM_alpn_offer)".
function(fuzz_mutator target syntax)
  if(NOT PARLEY_FUZZ_MUTATOR)
    return()
  endif()
  target_sources(${target} PRIVATE "${PROJECT_SOURCE_DIR}/fuzzers/mutator.c")
  if(mutator_copy)
    target_link_libraries(${target} PRIVATE "${mutator_copy}")
    add_dependencies(${target} mutator_copy)
  endif()
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
