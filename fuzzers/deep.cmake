# TLS stacks on trial: see fuzzers/deep.h.
#
# fuzz/deep and, with AddressSanitizer's run-time for stacks that have it, fuzz/deep-asan: libFuzzer, for any
# stack, in the preset release. Our own code in it has neither counters nor sanitizers: it is the stack that is
# looked at. The targets deep_STACK_ROLE are for one stack each, and like every other target else.
set(deep_sources fuzzers/deep.c fuzzers/deep_features.c fuzzers/deep_findings.c fuzzers/deep_stats.c
  fuzzers/deep_mutator.c fuzzers/deep_clock.c harness/stacks/world.c)

# What stacks call that have counters. Not memcmp and the like, which libFuzzer looks at: deep.map.
set(deep_link ${world_exports} -Wl,--wrap=clock_gettime
  -Wl,--export-dynamic-symbol=__sanitizer_* -Wl,--export-dynamic-symbol=__sancov_*)

# deep_program(TARGET NAME ENGINE) makes one for any stack.
function(deep_program target name engine)
  add_executable(${target} ${deep_sources} fuzzers/entry.c)
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE CXX
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/fuzz")
  target_compile_definitions(${target} PRIVATE "FUZZ_NAME=\"${name}\"")
  target_include_directories(${target} PRIVATE harness .)
  target_link_libraries(${target} PRIVATE parley_options parley ${PARLEY_CRYPTO_RUNTIME})
  target_link_options(${target} PRIVATE ${engine} ${deep_link} -static-libstdc++)
endfunction()

if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_C_COMPILER_ID MATCHES "Clang")
  deep_program(fuzz_deep deep -fsanitize=fuzzer)
  target_link_options(fuzz_deep PRIVATE "-Wl,--version-script=${CMAKE_CURRENT_SOURCE_DIR}/fuzzers/deep.map")
  set_property(TARGET fuzz_deep APPEND PROPERTY LINK_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/fuzzers/deep.map")
  deep_program(fuzz_deep_asan deep-asan -fsanitize=fuzzer,address)
endif()

# Those for one stack each: ours everywhere, others where there are plugins. MemorySanitizer knows nothing of what
# jansson writes.
foreach(stack parley ${stack_names})
  foreach(role client server)
    set(name deep_${stack}_${role})
    if(uninstrumented OR (NOT stack STREQUAL "parley" AND NOT TARGET stack_${stack}))
      continue()
    endif()
    fuzz_target(${name} "${deep_sources}" "FUZZ_STACK=\"${stack}\"" "FUZZ_ROLE=\"${role}\"")
    target_link_options(fuzz_${name} PRIVATE ${deep_link} $<$<BOOL:${engine}>:-static-libstdc++>)
    if(TARGET stack_${stack})
      add_dependencies(fuzz_${name} stack_${stack})
    endif()
  endforeach()
endforeach()

# What AFL++ mutates traces with: see mutator.cmake.
if(TARGET parley_mutator)
  add_library(parley_deep_mutator MODULE fuzzers/deep_mutator.c fuzzers/deep_afl.c)
  set_target_properties(parley_deep_mutator PROPERTIES PREFIX "" LINKER_LANGUAGE C
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/fuzz")
  target_include_directories(parley_deep_mutator PRIVATE . harness)
  target_link_libraries(parley_deep_mutator PRIVATE parley_options parley ${PARLEY_CRYPTO_RUNTIME})
  target_link_options(parley_deep_mutator PRIVATE -Wl,--exclude-libs,ALL)
  add_dependencies(parley_mutator parley_deep_mutator)
  install(TARGETS parley_deep_mutator LIBRARY DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/parley")
endif()

# It writes to AFL++'s map, which has no such name where AFL++'s compiler works.
if(CMAKE_C_COMPILER MATCHES "afl-")
  set_source_files_properties(fuzzers/deep_features.c PROPERTIES COMPILE_OPTIONS --afl-noopt)
endif()
