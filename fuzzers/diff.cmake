# Our parsers and another stack's, of the same bytes: the targets diff_*.

# diff_targets(STACK OTHER SOURCE...) adds the targets against one stack, which is what OTHER says.
function(diff_targets stack other)
  fuzz_target(diff_client_hello_${stack}
    "fuzzers/diff_client_hello.c;fuzzers/differences.c;fuzzers/differences_${stack}.c;${ARGN}"
    "FUZZ_OTHER=${other}" FUZZ_DIFFERENCES=differences_${stack})
  if(engine)
    fuzz_mutator(fuzz_diff_client_hello_${stack} "parley_message_syntax(PARLEY_MSG_client_hello)")
  endif()
  fuzz_target(diff_certificate_${stack} "fuzzers/diff_certificate.c;${ARGN}" "FUZZ_OTHER=${other}")
endfunction()

# BoringSSL's libssl is linked.
diff_targets(boringssl "&other_boringssl"
  fuzzers/other.c fuzzers/other_boringssl.c fuzzers/other_libssl.c)

# OpenSSL's names are the same: it lies in a plugin that exports one of its own, with no sanitizers,
# beside the targets. Not where an engine from elsewhere is named: who does that takes programs away.
pkg_check_modules(OPENSSL_OTHER QUIET IMPORTED_TARGET openssl>=3.0)
if(NOT OPENSSL_OTHER_FOUND)
  message(STATUS "libssl-dev is not installed: no fuzz targets diff_*_openssl")
elseif(NOT "$ENV{LIB_FUZZING_ENGINE}" STREQUAL "" OR uninstrumented)
  message(STATUS "LIB_FUZZING_ENGINE is set, or MemorySanitizer: no fuzz targets diff_*_openssl")
else()
  set(exports "${CMAKE_CURRENT_BINARY_DIR}/fuzz/other.map")
  file(WRITE "${exports}" "{ global: other_stack_plugin; local: *; };\n")
  add_library(other_openssl MODULE fuzzers/other.c fuzzers/other_openssl.c fuzzers/other_libssl.c)
  set_target_properties(other_openssl PROPERTIES PREFIX "" LINKER_LANGUAGE C LINK_DEPENDS "${exports}"
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/fuzz")
  target_include_directories(other_openssl PRIVATE . harness harness/include)
  target_compile_definitions(other_openssl PRIVATE _POSIX_C_SOURCE=200809L)
  target_compile_options(other_openssl PRIVATE
    -fvisibility=hidden -Wall -Wextra -Werror -Wshadow -Wconversion)
  # AFL++ does not start with what is instrumented and loaded later.
  if(CMAKE_C_COMPILER MATCHES "afl-")
    target_compile_options(other_openssl PRIVATE --afl-noopt)
    target_link_options(other_openssl PRIVATE --afl-noopt)
  endif()
  target_link_libraries(other_openssl PRIVATE PkgConfig::OPENSSL_OTHER)
  target_link_options(other_openssl PRIVATE "-Wl,--version-script=${exports}")
  diff_targets(openssl "other_load(\"other_openssl\")" fuzzers/other_load.c)
  add_dependencies(fuzz_diff_client_hello_openssl other_openssl)
  add_dependencies(fuzz_diff_certificate_openssl other_openssl)
  if(engine)
    # Where the targets of this preset are installed.
    string(TOLOWER "fuzzers-${CMAKE_BUILD_TYPE}" folder)
    string(REPLACE "fuzzers-fuzz" "fuzzers" folder "${folder}")
    install(TARGETS other_openssl LIBRARY DESTINATION "${CMAKE_INSTALL_LIBEXECDIR}/parley/${folder}"
      COMPONENT fuzz OPTIONAL)
  endif()
endif()
