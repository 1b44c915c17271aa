# TLS stacks on trial: see fuzzers/deep.h.
#
# fuzz/deep and, with AddressSanitizer's run-time for stacks that have it, fuzz/deep-asan: libFuzzer, for any
# stack. Our own code in it has neither counters nor sanitizers: it is the stack that is looked at.
set(deep_sources fuzzers/deep.c fuzzers/deep_features.c fuzzers/deep_findings.c fuzzers/deep_stats.c
  fuzzers/deep_mutator.c fuzzers/deep_clock.c fuzzers/entry.c harness/stacks/world.c)

# deep_program(TARGET NAME ENGINE) makes one of them.
function(deep_program target name engine)
  add_executable(${target} ${deep_sources})
  set_target_properties(${target} PROPERTIES OUTPUT_NAME ${name} LINKER_LANGUAGE CXX
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/fuzz")
  target_compile_definitions(${target} PRIVATE "FUZZ_NAME=\"${name}\"")
  target_include_directories(${target} PRIVATE harness .)
  target_link_libraries(${target} PRIVATE parley_options parley ${PARLEY_CRYPTO_RUNTIME})
  # What stacks with counters call. Not memcmp and the like, which libFuzzer looks at, for a tenth of the time.
  target_link_options(${target} PRIVATE ${engine} ${world_exports} -Wl,--wrap=clock_gettime
    "-Wl,--export-dynamic-symbol=__sanitizer_*" "-Wl,--export-dynamic-symbol=__sancov_*")
endfunction()

if(CMAKE_BUILD_TYPE STREQUAL "Release" AND CMAKE_C_COMPILER_ID MATCHES "Clang")
  deep_program(fuzz_deep deep -fsanitize=fuzzer)
  deep_program(fuzz_deep_asan deep-asan -fsanitize=fuzzer,address)
endif()
