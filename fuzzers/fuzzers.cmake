# The fuzz targets: from the tables, and a few of their own. Each is a program build/PRESET/fuzz/TARGET,
# linked with
#
#   PARLEY_FUZZING_ENGINE   the linker's flags of a fuzzing engine; default: $LIB_FUZZING_ENGINE of the
#                           environment, else libFuzzer in the preset fuzz, else
#
# with runner.c, which replays files and folders: ctest does so with corpus/TARGET.
set(engine "$ENV{LIB_FUZZING_ENGINE}")
if(NOT engine AND CMAKE_BUILD_TYPE STREQUAL "Fuzz")
  set(engine -fsanitize=fuzzer)
endif()
set(PARLEY_FUZZING_ENGINE "${engine}" CACHE STRING "Linker flags of a fuzzing engine; empty: replay only")
separate_arguments(engine UNIX_COMMAND "${PARLEY_FUZZING_ENGINE}")

include(fuzzers/mutator.cmake)

# What every target has in common.
add_library(parley_fuzz OBJECT fuzzers/entry.c fuzzers/work.c harness/tests/support_heap.c)
target_include_directories(parley_fuzz PRIVATE harness .)
target_link_libraries(parley_fuzz PRIVATE parley_options parley)
if(NOT engine)
  target_sources(parley_fuzz PRIVATE fuzzers/runner.c)
endif()

# The rows of a table whose lines match |pattern|, as |pattern|'s first group.
function(fuzz_rows variable table pattern)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${table}")
  file(STRINGS "${table}" lines REGEX "^ *${pattern}")
  set(rows "")
  foreach(line IN LISTS lines)
    string(REGEX MATCHALL "${pattern}" matches "${line}")
    foreach(match IN LISTS matches)
      string(REGEX REPLACE "${pattern}" "\\1" row "${match}")
      list(APPEND rows "${row}")
    endforeach()
  endforeach()
  if(NOT rows)
    message(FATAL_ERROR "${table} has no rows that look like ${pattern}")
  endif()
  set(${variable} "${rows}" PARENT_SCOPE)
endfunction()

# fuzz_target(NAME SOURCES [DEFINITION...]) adds one target and the test that replays its corpus.
function(fuzz_target name sources)
  add_executable(fuzz_${name} ${sources})
  set_target_properties(fuzz_${name} PROPERTIES
    OUTPUT_NAME ${name}
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}/fuzz")
  target_compile_definitions(fuzz_${name} PRIVATE "FUZZ_NAME=\"${name}\"" ${ARGN})
  target_include_directories(fuzz_${name} PRIVATE harness .)
  target_link_libraries(fuzz_${name} PRIVATE parley_options parley_fuzz parley ${PARLEY_CRYPTO_RUNTIME}
    ${engine})
  if(NOT engine)
    set_target_properties(fuzz_${name} PROPERTIES LINKER_LANGUAGE C)
  else()
    # libFuzzer and its like are C++.
    set_target_properties(fuzz_${name} PROPERTIES LINKER_LANGUAGE CXX)
  endif()
  set_property(GLOBAL APPEND PROPERTY FUZZ_TARGETS ${name})
  if(sources STREQUAL "fuzzers/parser.c")
    set_property(GLOBAL APPEND PROPERTY FUZZ_PARSERS ${name})
  endif()
  if(BUILD_TESTING AND NOT engine)
    add_test(NAME replay_${name} COMMAND fuzz_${name} -t 60 "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name}")
    set_tests_properties(replay_${name} PROPERTIES TIMEOUT 300)
  endif()
endfunction()

fuzz_rows(messages harness/tables/messages.def "MESSAGE\\(([a-z0-9_]+),")
foreach(row IN LISTS messages)
  fuzz_target(${row} fuzzers/parser.c "FUZZ_PARSER=parley_parser_of_message(PARLEY_MSG_${row})")
  if(engine)
    fuzz_mutator(fuzz_${row} "parley_message_syntax(PARLEY_MSG_${row})")
  endif()
endforeach()
fuzz_rows(forms harness/tables/extensions.def "FORM\\(([a-z0-9_]+),")
foreach(row IN LISTS forms)
  fuzz_target(ext_${row} fuzzers/parser.c "FUZZ_PARSER=parley_parser_of_form(PARLEY_FORM_${row})")
  if(engine)
    fuzz_mutator(fuzz_ext_${row} "parley_form_syntax(PARLEY_FORM_${row})")
  endif()
endforeach()
fuzz_target(record_header fuzzers/parser.c "FUZZ_PARSER=parley_parser_of_record_header()")
foreach(row reassembly dissect pem ticket trivial)
  fuzz_target(${row} fuzzers/${row}.c)
endforeach()

add_library(parley_endpoints OBJECT fuzzers/endpoints.c)
target_include_directories(parley_endpoints PRIVATE harness .)
target_link_libraries(parley_endpoints PRIVATE parley_options parley)
fuzz_rows(endpoints fuzzers/endpoints.def "ENDPOINT\\(([a-z0-9_]+),")
foreach(row IN LISTS endpoints)
  fuzz_target(${row} fuzzers/endpoint.c FUZZ_ENDPOINT=ENDPOINT_${row})
  target_link_libraries(fuzz_${row} PRIVATE parley_endpoints)
endforeach()

# fuzz/targets: their names, a line each; fuzz/parsers: of those that are one grammar. fuzz/tls.dict: the
# tables' code points.
foreach(list targets parsers)
  string(TOUPPER "FUZZ_${list}" property)
  get_property(names GLOBAL PROPERTY ${property})
  string(REPLACE ";" "\n" lines "${names}")
  file(WRITE "${CMAKE_CURRENT_BINARY_DIR}/fuzz/${list}" "${lines}\n")
endforeach()
if(TARGET parley_command)
  add_custom_command(OUTPUT fuzz/tls.dict
    COMMAND sh -c "\"$1\" messages --dict >\"$2\"" dict $<TARGET_FILE:parley_command> fuzz/tls.dict
    DEPENDS parley_command VERBATIM)
  add_custom_target(fuzz_dictionary ALL DEPENDS fuzz/tls.dict)
endif()

# What ci/seeds runs.
if(NOT engine)
  add_executable(fuzz_seeds EXCLUDE_FROM_ALL fuzzers/seeds.c harness/tests/support_examples.c)
  set_target_properties(fuzz_seeds PROPERTIES LINKER_LANGUAGE C)
  target_include_directories(fuzz_seeds PRIVATE harness .)
  target_link_libraries(fuzz_seeds PRIVATE parley_options parley_endpoints parley ${PARLEY_CRYPTO_RUNTIME})
endif()

# What judges or mutates is not what is looked at: it needs no counters, and what it does itself was
# tried with sanitizers elsewhere (test_oracle, test_mutate). They would only cost time.
if(CMAKE_BUILD_TYPE STREQUAL "Fuzz" AND "$ENV{LIB_FUZZING_ENGINE}" STREQUAL "")
  set(glue fuzzers/entry.c fuzzers/mutator.c fuzzers/parser.c fuzzers/work.c harness/tests/support_heap.c)
  sources(judges harness/oracle/*.c harness/script/mutate*.c)
  set_source_files_properties(${glue} PROPERTIES COMPILE_OPTIONS -fno-sanitize=fuzzer-no-link)
  set_source_files_properties(${judges} PROPERTIES
    COMPILE_OPTIONS -fno-sanitize=fuzzer-no-link,address,undefined)
endif()

# Counters of another kind, for the oracle "work": see fuzzers/work.h. Not where everything has them. What
# the parsers compare with is in the dictionary and in the mutator: tracing it finds no more, and costs a
# third of the time.
if(CMAKE_BUILD_TYPE STREQUAL "Fuzz" AND CMAKE_C_COMPILER_ID MATCHES "Clang" AND
   NOT CMAKE_C_FLAGS MATCHES "profile-instr-generate")
  sources(counted harness/wire/*.c harness/tables/*.c)
  set_source_files_properties(${counted} PROPERTIES COMPILE_OPTIONS
    "$<$<STREQUAL:$<TARGET_PROPERTY:NAME>,parley>:-fprofile-instr-generate;-fno-sanitize-coverage=trace-cmp>")
  set_source_files_properties(fuzzers/parser.c PROPERTIES COMPILE_DEFINITIONS FUZZ_COUNTS_WORK)
endif()
