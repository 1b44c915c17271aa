# Foreign stacks: each a plugin, build/PRESET/stacks/NAME.so, that exports one function. What cannot be
# built leaves NAME.missing with the reason; `parley stacks` shows both.
#
#   PARLEY_STACKS="openssl@3.6=PREFIX;..."   more of them: an adapter against the stack that is
#                                            installed under PREFIX, beside the distribution's
set(PARLEY_STACKS "" CACHE STRING "Stacks of your own: NAME@VERSION=PREFIX;...")
set(stacks_folder "${CMAKE_CURRENT_BINARY_DIR}/stacks")
file(MAKE_DIRECTORY "${stacks_folder}")
set(stacks_exports "${CMAKE_CURRENT_BINARY_DIR}/stacks/exports.map")
file(WRITE "${stacks_exports}" "{ global: parley_stack_plugin; local: *; };\n")

# stack(NAME MODULES pkg-config-modules LIBRARIES names SOURCES files PACKAGE debian-package) tells what an
# adapter is made of. HEADER in place of MODULES: a stack without pkg-config files, where #include <HEADER>
# and the LIBRARIES are looked for.
set(stack_names "")
function(stack name)
  cmake_parse_arguments(stack "" "PACKAGE;HEADER" "MODULES;LIBRARIES;SOURCES" ${ARGN})
  foreach(fact PACKAGE HEADER MODULES LIBRARIES SOURCES)
    set(stack_${name}_${fact} "${stack_${fact}}" PARENT_SCOPE)
  endforeach()
  set(stack_names ${stack_names} ${name} PARENT_SCOPE)
endfunction()

stack(openssl PACKAGE libssl-dev MODULES openssl>=3.0 LIBRARIES ssl crypto
  SOURCES openssl.c openssl_connection.c openssl_lists.c)

stack(mbedtls PACKAGE libmbedtls-dev HEADER mbedtls/ssl.h LIBRARIES mbedtls mbedx509 mbedcrypto
  SOURCES mbedtls.c mbedtls_credentials.c mbedtls_connection.c mbedtls_secrets.c mbedtls_lists.c)
stack(wolfssl PACKAGE libwolfssl-dev MODULES wolfssl>=5.5 LIBRARIES wolfssl
  SOURCES wolfssl.c wolfssl_connection.c wolfssl_lists.c)
stack(bearssl PACKAGE libbearssl-dev HEADER bearssl.h LIBRARIES bearssl
  SOURCES bearssl.c bearssl_connection.c bearssl_x509.c bearssl_lists.c)

# missing LABEL REASON: it is left out.
function(stack_missing label reason)
  file(REMOVE "${stacks_folder}/${label}.so")
  file(WRITE "${stacks_folder}/${label}.missing" "${reason}\n")
  message(STATUS "stack ${label}: ${reason}")
endfunction()

# stack_plugin(NAME LABEL INCLUDES LINK) makes LABEL.so from NAME's sources.
function(stack_plugin name label includes link)
  string(MAKE_C_IDENTIFIER "stack_${label}" target)
  list(TRANSFORM stack_${name}_SOURCES PREPEND harness/stacks/ OUTPUT_VARIABLE files)
  file(GLOB tables CONFIGURE_DEPENDS harness/tables/*.c)
  add_library(${target} MODULE ${files} harness/stacks/adapter.c ${tables})
  set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME "${label}" LINKER_LANGUAGE C
    LIBRARY_OUTPUT_DIRECTORY "${stacks_folder}" LINK_DEPENDS "${stacks_exports}")
  target_include_directories(${target} PRIVATE harness harness/include)
  target_include_directories(${target} SYSTEM BEFORE PRIVATE ${includes})
  target_link_libraries(${target} PRIVATE parley_options ${link})
  # Their macros cast, and what replaces a global source of randomness is deprecated everywhere.
  set_source_files_properties(${files} PROPERTIES COMPILE_OPTIONS "-Wno-cast-qual;-Wno-deprecated-declarations")
  target_link_options(${target} PRIVATE "-Wl,--version-script=${stacks_exports}")
  if(TARGET parley_command)
    add_dependencies(parley_command ${target})
  endif()
  file(REMOVE "${stacks_folder}/${label}.missing")
  install(TARGETS ${target} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/parley/stacks)
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
  if(found)
    stack_plugin(${name} ${name} "${includes}" "${link}")
  else()
    stack_missing(${name} "not built: ${stack_${name}_PACKAGE} is not installed")
  endif()
endforeach()

# Those of the user: static libraries if the prefix has them.
foreach(wanted IN LISTS PARLEY_STACKS)
  if(NOT wanted MATCHES "^(([a-z0-9]+)@[^=/]+)=(/.+)$" OR NOT CMAKE_MATCH_2 IN_LIST stack_names)
    message(FATAL_ERROR "PARLEY_STACKS: not NAME@VERSION=/PREFIX with a NAME of ${stack_names}: ${wanted}")
  endif()
  set(label "${CMAKE_MATCH_1}")
  set(name "${CMAKE_MATCH_2}")
  set(prefix "${CMAKE_MATCH_3}")
  set(link "")
  unset(found)
  foreach(library IN LISTS stack_${name}_LIBRARIES)
    find_library(found NAMES lib${library}.a ${library} PATHS "${prefix}" PATH_SUFFIXES lib lib64
      NO_DEFAULT_PATH NO_CACHE)
    if(NOT found)
      message(FATAL_ERROR "${label}: no lib${library} in ${prefix}/lib or ${prefix}/lib64")
    endif()
    list(APPEND link "${found}")
    unset(found)
  endforeach()
  stack_plugin(${name} ${label} "${prefix}/include" "${link};${CMAKE_DL_LIBS};Threads::Threads;m")
endforeach()
