# Foreign stacks: each a plugin, build/PRESET/stacks/NAME.so, that exports one function. What cannot be
# built leaves NAME.missing with the reason; `parley stacks` shows both.
#
#   PARLEY_STACKS="openssl@3.6=PREFIX;..."   more of them: an adapter against the stack that is
#                                            installed under PREFIX, beside the distribution's
#   PARLEY_STACKS_SANITIZE, PARLEY_STACKS_COVERAGE
#                                            likewise, of stacks that were compiled with AddressSanitizer,
#                                            or with clang's coverage (ci/stacks). Plugins in folders of
#                                            their own, stacks/sanitize and stacks/coverage: the former
#                                            are for a program that has AddressSanitizer, as
#                                            fuzz/deep-asan does
set(PARLEY_STACKS "" CACHE STRING "Stacks of your own: NAME@VERSION=PREFIX;...")
set(PARLEY_STACKS_SANITIZE "" CACHE STRING "Stacks that have AddressSanitizer: NAME@VERSION=PREFIX;...")
set(PARLEY_STACKS_COVERAGE "" CACHE STRING "Stacks that count coverage: NAME@VERSION=PREFIX;...")
set(stacks_folder "${CMAKE_CURRENT_BINARY_DIR}/stacks")
file(MAKE_DIRECTORY "${stacks_folder}")
# What the adapters of these are compiled, and linked, with.
set(stacks_compile_sanitize -fsanitize=address -fno-omit-frame-pointer)
set(stacks_link_coverage -fprofile-instr-generate)

# stack(NAME MODULES pkg-config-modules LIBRARIES names SOURCES files PACKAGE debian-package TARGETS targets
# REPLACES functions) tells what an adapter is made of. TARGETS are static libraries of this build, instead of
# a package. REPLACES are functions of the stack that the adapter defines in their place.
# HEADER in place of MODULES: a stack without pkg-config files, where #include <HEADER> and the LIBRARIES are
# looked for. NEEDS are libraries that a static one of a prefix wants besides: from there, or from the system.
set(stack_names "")
function(stack name)
  cmake_parse_arguments(stack "" "PACKAGE;HEADER" "MODULES;LIBRARIES;NEEDS;SOURCES;TARGETS;REPLACES" ${ARGN})
  foreach(fact PACKAGE HEADER MODULES LIBRARIES NEEDS SOURCES TARGETS REPLACES)
    set(stack_${name}_${fact} "${stack_${fact}}" PARENT_SCOPE)
  endforeach()
  set(stack_names ${stack_names} ${name} PARENT_SCOPE)
endfunction()

stack(openssl PACKAGE libssl-dev MODULES openssl>=3.0 LIBRARIES ssl crypto
  SOURCES openssl.c openssl_lists.c libssl.c libssl_connection.c)
foreach(name boringssl awslc)
  stack(${name} LIBRARIES ssl crypto
    REPLACES RAND_bytes RAND_bytes_with_additional_data BCM_rand_bytes BCM_rand_bytes_with_additional_data
      RAND_priv_bytes RAND_public_bytes RAND_bytes_with_user_prediction_resistance
    SOURCES boringssl.c boringssl_delegated.c boringssl_extras.c boringssl_late.c boringssl_lists.c boringssl_random.c libssl.c libssl_connection.c)
endforeach()
set(stack_boringssl_TARGETS ssl crypto)
stack(gnutls PACKAGE libgnutls28-dev MODULES gnutls>=3.7 LIBRARIES gnutls
  NEEDS nettle hogweed gmp tasn1 idn2 unistring
  SOURCES gnutls.c gnutls_connection.c gnutls_lists.c gnutls_open.c gnutls_outcome.c gnutls_psk.c
  REPLACES gnutls_rnd)
stack(nss PACKAGE libnss3-dev MODULES nss>=3.79 nspr LIBRARIES ssl3 nss3 nssutil3 plds4 plc4 nspr4
  SOURCES nss.c nss_connection.c nss_lists.c nss_open.c nss_pki.c)

stack(mbedtls PACKAGE libmbedtls-dev HEADER mbedtls/ssl.h LIBRARIES mbedtls mbedx509 mbedcrypto
  SOURCES mbedtls.c mbedtls_credentials.c mbedtls_connection.c mbedtls_secrets.c mbedtls_lists.c)
stack(wolfssl PACKAGE libwolfssl-dev MODULES wolfssl>=5.5 LIBRARIES wolfssl
  SOURCES wolfssl.c wolfssl_connection.c wolfssl_lists.c)
stack(bearssl PACKAGE libbearssl-dev HEADER bearssl.h LIBRARIES bearssl
  SOURCES bearssl.c bearssl_connection.c bearssl_x509.c bearssl_lists.c)

# What every plugin has in common.
sources(tables harness/tables/*.c)
add_library(stack_adapter OBJECT harness/stacks/adapter.c ${tables})
set_target_properties(stack_adapter PROPERTIES POSITION_INDEPENDENT_CODE ON)
target_include_directories(stack_adapter PRIVATE harness harness/include)
target_link_libraries(stack_adapter PRIVATE parley_options)
if(CMAKE_C_COMPILER MATCHES "afl-")
  target_compile_options(stack_adapter PRIVATE --afl-noopt)
endif()

# missing LABEL REASON: it is left out.
function(stack_missing label reason)
  file(REMOVE "${stacks_folder}/${label}.so")
  file(WRITE "${stacks_folder}/${label}.missing" "${reason}\n")
  message(STATUS "stack ${label}: ${reason}")
endfunction()

# stack_replaceable(TARGET FUNCTIONS LIBRARIES OUT) sets OUT to LIBRARIES, the static ones as copies in which
# FUNCTIONS are weak: TARGET's own come first. It works because compilers call even hidden functions of the
# same file by name.
function(stack_replaceable target functions libraries out)
  set(copies "")
  list(TRANSFORM functions PREPEND --weaken-symbol= OUTPUT_VARIABLE options)
  foreach(library IN LISTS libraries)
    if(functions AND library MATCHES "\\.a$|TARGET_FILE")
      list(LENGTH copies n)
      set(copy "${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/${target}.dir/${n}.a")
      add_custom_command(OUTPUT "${copy}" COMMAND "${CMAKE_OBJCOPY}" ${options} "${library}" "${copy}"
        DEPENDS "${library}" VERBATIM)
      set_source_files_properties("${copy}" PROPERTIES HEADER_FILE_ONLY ON)
      target_sources(${target} PRIVATE "${copy}")
      set_property(TARGET ${target} APPEND PROPERTY LINK_DEPENDS "${copy}")
      set(library "${copy}")
    endif()
    list(APPEND copies "${library}")
  endforeach()
  set(${out} "${copies}" PARENT_SCOPE)
endfunction()

# stack_plugin(NAME LABEL KIND INCLUDES LINK) makes LABEL.so from NAME's sources. KIND is "", or the folder it
# goes into, sanitize or coverage.
function(stack_plugin name label kind includes link)
  string(MAKE_C_IDENTIFIER "stack_${label}${kind}" target)
  list(TRANSFORM stack_${name}_SOURCES PREPEND harness/stacks/ OUTPUT_VARIABLE files)
  set(exports "${stacks_folder}/${name}.map")
  set(exported parley_stack_plugin ${stack_${name}_REPLACES})
  list(JOIN exported "; " exported)
  file(CONFIGURE OUTPUT "${exports}" CONTENT "{ global: ${exported}; local: *; };\n")
  add_library(${target} MODULE ${files} $<TARGET_OBJECTS:stack_adapter>)
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME "${label}" LINKER_LANGUAGE C
    LIBRARY_OUTPUT_DIRECTORY "${stacks_folder}/${kind}" LINK_DEPENDS "${exports}")
  target_include_directories(${target} PRIVATE harness harness/include)
  target_include_directories(${target} SYSTEM BEFORE PRIVATE ${includes})
  stack_replaceable(${target} "${stack_${name}_REPLACES}" "${link}" link)
  target_link_libraries(${target} PRIVATE parley_options ${link})
  # Their macros cast, and what replaces a global source of randomness is deprecated everywhere.
  target_compile_options(${target} PRIVATE ${stacks_compile_${kind}})
  set_source_files_properties(${files} PROPERTIES COMPILE_OPTIONS "-Wno-cast-qual;-Wno-deprecated-declarations")
  target_link_options(${target} PRIVATE "-Wl,--version-script=${exports}" ${stacks_link_${kind}})
  # AFL++ does not start with what is instrumented and loaded later.
  if(CMAKE_C_COMPILER MATCHES "afl-")
    target_compile_options(${target} PRIVATE --afl-noopt)
    target_link_options(${target} PRIVATE --afl-noopt)
  endif()
  if(TARGET parley_command)
    add_dependencies(parley_command ${target})
  endif()
  file(REMOVE "${stacks_folder}/${kind}/${label}.missing")
  if(NOT kind)
    install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/parley/stacks)
  endif()
endfunction()

# stack_installed NAME LINK INCLUDES: what to link with and where the headers are, of a stack with a HEADER;
# LINK is empty if something is not installed.
function(stack_installed name link includes)
  set(files "")
  find_path(folder "${stack_${name}_HEADER}" NO_CACHE)
  foreach(library IN LISTS stack_${name}_LIBRARIES)
    find_library(file "${library}" NO_CACHE)
    list(APPEND files "${file}")
    unset(file)
  endforeach()
  if(NOT folder OR "${files}" MATCHES "NOTFOUND")
    set(files "")
  endif()
  set(${link} "${files}" PARENT_SCOPE)
  set(${includes} "${folder}" PARENT_SCOPE)
endfunction()

# Those of the distribution.
foreach(name IN LISTS stack_names)
  set(found "")
  set(link PkgConfig::STACK_${name})
  set(includes "")
  if(stack_${name}_HEADER)
    stack_installed(${name} link includes)
    set(found "${link}")
  endif()
  foreach(module IN LISTS stack_${name}_MODULES)
    pkg_check_modules(STACK_${name} QUIET IMPORTED_TARGET ${stack_${name}_MODULES})
    set(found ${STACK_${name}_FOUND})
  endforeach()
  if(stack_${name}_TARGETS)
    list(TRANSFORM stack_${name}_TARGETS REPLACE "(.+)" "$<TARGET_FILE:\\1>" OUTPUT_VARIABLE libraries)
    stack_plugin(${name} ${name} "" "${PARLEY_CRYPTO_INCLUDE}"
      "${libraries};Threads::Threads;${PARLEY_CRYPTO_RUNTIME}")
  elseif(NOT stack_${name}_PACKAGE)
    stack_missing(${name} "not built: no package has it; ci/stacks ${name} builds it")
  elseif(found)
    stack_plugin(${name} ${name} "" "${includes}" "${link}")
  else()
    stack_missing(${name} "not built: ${stack_${name}_PACKAGE} is not installed")
  endif()
endforeach()

# stack_library(NAME PREFIX OUT): where lib NAME of PREFIX is, a static one if there is one; or NOTFOUND.
function(stack_library name prefix out)
  unset(found) # find_library keeps what is there
  find_library(found NAMES "lib${name}.a" "${name}" PATHS "${prefix}" PATH_SUFFIXES lib lib64
    NO_DEFAULT_PATH NO_CACHE)
  set(${out} "${found}" PARENT_SCOPE)
endfunction()

# stack_of_user(WANTED KIND) makes a plugin of one entry of PARLEY_STACKS, or of those of KIND.
function(stack_of_user wanted kind)
  if(NOT wanted MATCHES "^(([a-z0-9]+)@[^=/]+)=(/.+)$" OR NOT CMAKE_MATCH_2 IN_LIST stack_names)
    message(FATAL_ERROR "PARLEY_STACKS: not NAME@VERSION=/PREFIX with a NAME of ${stack_names}: ${wanted}")
  endif()
  set(label "${CMAKE_MATCH_1}")
  set(name "${CMAKE_MATCH_2}")
  set(prefix "${CMAKE_MATCH_3}")
  if(NOT IS_DIRECTORY "${prefix}")
    stack_missing("${kind}/${label}" "not built: no such folder: ${prefix}")
    return()
  endif()
  set(link "")
  foreach(library IN LISTS stack_${name}_LIBRARIES)
    stack_library(${library} "${prefix}" found)
    if(NOT found)
      message(FATAL_ERROR "${label}: no lib${library} in ${prefix}/lib or ${prefix}/lib64")
    endif()
    list(APPEND link "${found}")
  endforeach()
  foreach(library IN LISTS stack_${name}_NEEDS)
    stack_library(${library} "${prefix}" found)
    if(NOT found)
      unset(found)
      find_library(found ${library} NO_CACHE)
    endif()
    if(found)
      list(APPEND link "${found}")
    endif()
  endforeach()
  # Some of them are C++ inside.
  stack_plugin(${name} ${label} "${kind}" "${prefix}/include"
    "${link};${CMAKE_DL_LIBS};Threads::Threads;m;-Wl,--as-needed,-lstdc++,--no-as-needed")
endfunction()

# Those of the user: static libraries if the prefix has them. Plugins that are not asked for any more go.
foreach(kind "" sanitize coverage)
  string(TOUPPER "PARLEY_STACKS_${kind}" variable)
  string(REGEX REPLACE "_$" "" variable "${variable}")
  set(labels ${stack_names})
  foreach(wanted IN LISTS ${variable})
    stack_of_user("${wanted}" "${kind}")
    string(REGEX REPLACE "=.*" "" label "${wanted}")
    list(APPEND labels "${label}")
  endforeach()
  file(GLOB there RELATIVE "${stacks_folder}/${kind}" "${stacks_folder}/${kind}/*@*.so"
    "${stacks_folder}/${kind}/*@*.missing")
  foreach(file IN LISTS there)
    string(REGEX REPLACE "\\.(so|missing)$" "" label "${file}")
    if(NOT label IN_LIST labels)
      file(REMOVE "${stacks_folder}/${kind}/${file}")
    endif()
  endforeach()
endforeach()

# What new adapters begin with compiles, and loads: test_adapters.bats.
if(BUILD_TESTING)
  add_library(stack_template MODULE harness/stacks/template.c $<TARGET_OBJECTS:stack_adapter>)
  set_target_properties(stack_template PROPERTIES PREFIX "" OUTPUT_NAME template LINKER_LANGUAGE C
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/tests/template")
  target_include_directories(stack_template PRIVATE harness harness/include)
  target_link_libraries(stack_template PRIVATE parley_options)
endif()

# Our engine as a plugin, on trial like any other stack: ci/sensitivity deep. In a folder of its own, as
# whoever compares stacks has the engine already: PARLEY_STACKS=build/PRESET/tests/engine.
if(BUILD_TESTING)
  set(exports "${CMAKE_CURRENT_BINARY_DIR}/tests/engine/engine.map")
  file(CONFIGURE OUTPUT "${exports}" CONTENT "{ global: parley_stack_plugin; local: *; };\n")
  add_library(stack_engine MODULE harness/stacks/parley_plugin.c)
  set_target_properties(stack_engine PROPERTIES PREFIX "" OUTPUT_NAME engine LINKER_LANGUAGE C
    LIBRARY_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/tests/engine" LINK_DEPENDS "${exports}")
  target_include_directories(stack_engine PRIVATE harness)
  target_link_libraries(stack_engine PRIVATE parley_options parley ${PARLEY_CRYPTO_RUNTIME})
  target_link_options(stack_engine PRIVATE "-Wl,--version-script=${exports}")
endif()
