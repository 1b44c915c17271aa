# ci/boringssl.cmake: the static libraries `crypto` and `ssl`, from source, without Go and Perl.
#
#   PARLEY_BORINGSSL_SOURCE  the folder that ci/boringssl prints (default: the link it left)
#   PARLEY_BORINGSSL_BUILD   the build folder of another preset, whose libraries are taken instead
#   PARLEY_DETERMINISTIC_CRYPTO  a resettable PRNG (RAND_reset_for_fuzzing); all else stays real

set(PARLEY_BORINGSSL_SOURCE "" CACHE PATH "BoringSSL's source, as ci/boringssl prints it")
set(PARLEY_BORINGSSL_BUILD "" CACHE PATH "Take libcrypto.a and libssl.a from this build folder")
option(PARLEY_DETERMINISTIC_CRYPTO "Build BoringSSL with a resettable PRNG" OFF)

set(source "${PARLEY_BORINGSSL_SOURCE}")
if(NOT source)
  set(source "${CMAKE_CURRENT_SOURCE_DIR}/build/boringssl/source")
endif()
if(NOT EXISTS "${source}")
  message(FATAL_ERROR "No BoringSSL in ${source}: run ci/boringssl first, or ci/build PRESET")
endif()
file(REAL_PATH "${source}" source)

if(EXISTS "${source}/android-sources.cmake")
  set(layout android)
  set(include "${source}/src/include")
elseif(EXISTS "${source}/gen/sources.cmake")
  set(layout upstream)
  set(include "${source}/include")
else()
  message(FATAL_ERROR
    "${source} is no BoringSSL tree that builds without Go: it has neither android-sources.cmake nor gen/sources.cmake")
endif()

# MemorySanitizer does not see what assembly writes.
set(no_assembly OFF)
if("${PARLEY_SANITIZE_OPTIONS} ${CMAKE_C_FLAGS}" MATCHES "sanitize=[a-z,]*memory")
  set(no_assembly ON)
endif()

# What these libraries were made from; another preset that wants to take them compares.
set(made_from "${source} deterministic=${PARLEY_DETERMINISTIC_CRYPTO}\n")
set(PARLEY_CRYPTO_INCLUDE "${include}")
# Where they end up.
set(PARLEY_CRYPTO_ARCHIVES "${CMAKE_CURRENT_BINARY_DIR}/boringssl")

if(PARLEY_BORINGSSL_BUILD)
  file(REAL_PATH "${PARLEY_BORINGSSL_BUILD}" prebuilt)
  set(PARLEY_CRYPTO_ARCHIVES "${prebuilt}/boringssl")
  set(theirs "")
  if(EXISTS "${PARLEY_CRYPTO_ARCHIVES}/made-from")
    file(READ "${PARLEY_CRYPTO_ARCHIVES}/made-from" theirs)
  endif()
  if(NOT theirs STREQUAL made_from)
    message(FATAL_ERROR
      "PARLEY_BORINGSSL_BUILD=${PARLEY_BORINGSSL_BUILD}: made from ${theirs}, not from ${made_from}")
  endif()
  foreach(name crypto ssl)
    add_library(${name} STATIC IMPORTED)
    set_target_properties(${name} PROPERTIES
      IMPORTED_LOCATION "${PARLEY_CRYPTO_ARCHIVES}/lib${name}.a")
    target_include_directories(${name} SYSTEM INTERFACE "${include}")
  endforeach()
  set_property(TARGET ssl PROPERTY INTERFACE_LINK_LIBRARIES crypto)
elseif(layout STREQUAL "android")
  # It needs no C++ run-time: programs are linked as C, and this keeps CMake from adding libstdc++.
  set(CMAKE_CXX_IMPLICIT_LINK_LIBRARIES "")
  set(BORINGSSL_ROOT "${source}/")
  include("${source}/android-sources.cmake")
  set(assembly "")
  if(NOT no_assembly AND CMAKE_SYSTEM_NAME STREQUAL "Linux" AND CMAKE_SIZEOF_VOID_P EQUAL 8)
    if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
      set(assembly ${crypto_sources_linux_x86_64})
    elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
      set(assembly ${crypto_sources_linux_aarch64})
    endif()
  endif()

  add_library(crypto STATIC ${crypto_sources} ${assembly})
  add_library(ssl STATIC ${ssl_sources})
  target_link_libraries(ssl PUBLIC crypto)
  foreach(name crypto ssl)
    target_include_directories(${name} SYSTEM PUBLIC "${include}")
    target_compile_definitions(${name} PRIVATE BORINGSSL_IMPLEMENTATION _XOPEN_SOURCE=700)
    target_compile_options(${name} PRIVATE -w
      $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>
      $<$<COMPILE_LANGUAGE:CXX>:-fno-rtti>)
    set_target_properties(${name} PROPERTIES
      CXX_STANDARD 17
      ARCHIVE_OUTPUT_DIRECTORY "${PARLEY_CRYPTO_ARCHIVES}")
    if(NOT assembly)
      target_compile_definitions(${name} PUBLIC OPENSSL_NO_ASM)
    endif()
  endforeach()
else()
  # Its own CMake. It needs no Go for the libraries; whatever else it defines stays unbuilt. Variables
  # of this function are what it inherits.
  function(parley_upstream)
    set(BUILD_SHARED_LIBS OFF)
    set(BUILD_TESTING OFF)
    set(CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT OFF) # else it changes ours
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
    set(CMAKE_EXPORT_COMPILE_COMMANDS OFF)
    set(OPENSSL_NO_ASM ${no_assembly})
    string(JOIN " " options -w -fvisibility=hidden ${PARLEY_SANITIZE_OPTIONS})
    if(PARLEY_DETERMINISTIC_CRYPTO)
      string(APPEND options " -DBORINGSSL_UNSAFE_DETERMINISTIC_MODE")
    endif()
    string(APPEND CMAKE_C_FLAGS " ${options}")
    string(APPEND CMAKE_CXX_FLAGS " ${options}")
    add_subdirectory("${source}" "${CMAKE_CURRENT_BINARY_DIR}/boringssl-upstream" EXCLUDE_FROM_ALL)
  endfunction()
  parley_upstream()
  foreach(name crypto ssl)
    set_target_properties(${name} PROPERTIES
      ARCHIVE_OUTPUT_DIRECTORY "${PARLEY_CRYPTO_ARCHIVES}"
      INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${include}")
  endforeach()
endif()

if(layout STREQUAL "upstream")
  # It uses libstdc++; the programs here are linked as C.
  set(PARLEY_CRYPTO_RUNTIME stdc++)
  if(PARLEY_BORINGSSL_BUILD)
    set_property(TARGET ssl APPEND PROPERTY INTERFACE_LINK_LIBRARIES stdc++)
  endif()
else()
  set(PARLEY_CRYPTO_RUNTIME "")
endif()

if(NOT PARLEY_BORINGSSL_BUILD)
  foreach(name crypto ssl)
    set_target_properties(${name} PROPERTIES
      POSITION_INDEPENDENT_CODE ON
      C_VISIBILITY_PRESET hidden
      CXX_VISIBILITY_PRESET hidden
      VISIBILITY_INLINES_HIDDEN ON
      C_CLANG_TIDY ""
      EXPORT_COMPILE_COMMANDS OFF)
    target_compile_options(${name} PRIVATE "$<$<NOT:$<COMPILE_LANGUAGE:ASM>>:${PARLEY_SANITIZE_OPTIONS}>")
    # Whoever asks for sanitizers: its function pointers are cast, and without RTTI there is no vptr check. It
    # has to come last; SHELL keeps CMake from taking it for a repetition.
    if(CMAKE_C_COMPILER_ID MATCHES "Clang")
      target_compile_options(${name} PRIVATE
        "$<$<NOT:$<COMPILE_LANGUAGE:ASM>>:SHELL:-fno-sanitize=function,vptr>")
    endif()
    if(PARLEY_DETERMINISTIC_CRYPTO)
      target_compile_definitions(${name} PUBLIC BORINGSSL_UNSAFE_DETERMINISTIC_MODE)
    endif()
  endforeach()
  file(MAKE_DIRECTORY "${PARLEY_CRYPTO_ARCHIVES}")
  file(WRITE "${PARLEY_CRYPTO_ARCHIVES}/made-from" "${made_from}")
elseif(PARLEY_DETERMINISTIC_CRYPTO)
  set_property(TARGET crypto APPEND PROPERTY
    INTERFACE_COMPILE_DEFINITIONS BORINGSSL_UNSAFE_DETERMINISTIC_MODE)
endif()
