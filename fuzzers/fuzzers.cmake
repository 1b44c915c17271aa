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
  target_sources(parley_fuzz PRIVATE fuzzers/runner.c fuzzers/choose.c)
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
    # See corpus_of in ci/lib.sh.
    string(REGEX REPLACE "^deep_.*" deep corpus "${name}")
    add_test(NAME replay_${name} COMMAND fuzz_${name} -t 60 "${CMAKE_CURRENT_SOURCE_DIR}/corpus/${corpus}")
    set_tests_properties(replay_${name} PROPERTIES TIMEOUT 300)
  endif()
endfunction()

# fuzz_structured(NAME SYNTAX) lets the mutator work on a target: see mutator.cmake. AFL++ gets it as a
# library.
function(fuzz_structured name syntax)
  set_property(GLOBAL APPEND PROPERTY FUZZ_STRUCTURED ${name})
  if(engine AND NOT CMAKE_C_COMPILER MATCHES "afl-")
    fuzz_mutator(fuzz_${name} "${syntax}")
  endif()
endfunction()

fuzz_rows(messages harness/tables/messages.def "MESSAGE\\(([a-z0-9_]+),")
foreach(row IN LISTS messages)
  fuzz_target(${row} fuzzers/parser.c "FUZZ_PARSER=parley_parser_of_message(PARLEY_MSG_${row})")
  fuzz_structured(${row} "parley_message_syntax(PARLEY_MSG_${row})")
endforeach()
fuzz_rows(forms harness/tables/extensions.def "FORM\\(([a-z0-9_]+),")
foreach(row IN LISTS forms)
  fuzz_target(ext_${row} fuzzers/parser.c "FUZZ_PARSER=parley_parser_of_form(PARLEY_FORM_${row})")
  fuzz_structured(ext_${row} "parley_form_syntax(PARLEY_FORM_${row})")
endforeach()
fuzz_target(record_header fuzzers/parser.c "FUZZ_PARSER=parley_parser_of_record_header()")
foreach(row reassembly dissect pem ticket ech_inner trivial)
  fuzz_target(${row} fuzzers/${row}.c)
endforeach()
if(engine AND NOT CMAKE_C_COMPILER MATCHES "afl-")
  fuzz_mutator(fuzz_ech_inner "parley_message_syntax(PARLEY_MSG_client_hello)")
endif()

add_library(parley_endpoints OBJECT fuzzers/endpoints.c fuzzers/endpoints_setups.c)
target_include_directories(parley_endpoints PRIVATE harness .)
target_link_libraries(parley_endpoints PRIVATE parley_options parley)
fuzz_rows(endpoints fuzzers/endpoints.def "ENDPOINT\\(([a-z0-9_]+),")
foreach(row IN LISTS endpoints)
  fuzz_target(${row} fuzzers/endpoint.c FUZZ_ENDPOINT=ENDPOINT_${row})
  target_link_libraries(fuzz_${row} PRIVATE parley_endpoints)
endforeach()
# MemorySanitizer takes what libraries without it have written for not written.
set(uninstrumented OFF)
if("${CMAKE_C_FLAGS} ${PARLEY_SANITIZE_OPTIONS}" MATCHES "fsanitize=memory")
  set(uninstrumented ON)
endif()
include(fuzzers/diff.cmake)

# What people write, as the command reads it.
if(TARGET parley_command)
  fuzz_rows(texts fuzzers/text.def "TEXT\\(([a-z0-9_]+),")
  if(uninstrumented)
    list(REMOVE_ITEM texts session) # jansson reads it
  endif()
  foreach(row IN LISTS texts)
    fuzz_target(text_${row} fuzzers/text.c FUZZ_TEXT=TEXT_${row})
    target_link_libraries(fuzz_text_${row} PRIVATE parley_text)
  endforeach()
endif()

fuzz_target(pipe "fuzzers/pipe.c;fuzzers/schedule.c")
target_link_libraries(fuzz_pipe PRIVATE parley_endpoints)
include(fuzzers/deep.cmake)

# Lists, a name a line: fuzz/targets; of these, fuzz/parsers, those of one grammar, and fuzz/structured, those
# that the mutator knows the grammar of. fuzz/tls.dict: the tables' code points.
get_property(fuzz_targets GLOBAL PROPERTY FUZZ_TARGETS)
foreach(list targets parsers structured)
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
  sources(seeds fuzzers/seeds*.c)
  add_executable(fuzz_seeds EXCLUDE_FROM_ALL ${seeds} harness/tests/support_examples.c)
  set_target_properties(fuzz_seeds PROPERTIES LINKER_LANGUAGE C)
  target_include_directories(fuzz_seeds PRIVATE harness .)
  target_link_libraries(fuzz_seeds PRIVATE parley_options parley_endpoints parley_text parley
    ${PARLEY_CRYPTO_RUNTIME})
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

# Installed, in libexec/parley, is what ci/fuzzing.sh looks for: from this preset its programs, as the
# component "fuzz"; from those without an engine the scripts, the corpus and AFL++'s mutator.
set(libexec "${CMAKE_INSTALL_LIBEXECDIR}/parley")
if(engine)
  string(TOLOWER "${CMAKE_BUILD_TYPE}" folder)
  string(REPLACE "fuzzers-fuzz" "fuzzers" folder "fuzzers-${folder}")
  foreach(name IN LISTS fuzz_targets)
    install(TARGETS fuzz_${name} RUNTIME DESTINATION "${libexec}/${folder}" COMPONENT fuzz OPTIONAL)
  endforeach()
  foreach(file targets structured tls.dict)
    install(FILES "${CMAKE_CURRENT_BINARY_DIR}/fuzz/${file}" DESTINATION "${libexec}/${folder}"
      COMPONENT fuzz)
  endforeach()
else()
  install(PROGRAMS ci/fuzz ci/fuzz-target ci/triage ci/minimize ci/continuous ci/deep ci/deep-job
    DESTINATION "${libexec}/ci")
  install(FILES ci/lib.sh ci/fuzzing.sh ci/deep.sh ci/deep_stack.sh DESTINATION "${libexec}/ci")
  install(DIRECTORY corpus DESTINATION "${libexec}")
  if(TARGET parley_mutator)
    install(TARGETS parley_mutator LIBRARY DESTINATION "${libexec}")
  endif()
  foreach(name fuzz_deep fuzz_deep_asan parley_asan)
    if(TARGET ${name})
      install(TARGETS ${name} RUNTIME DESTINATION "${libexec}/fuzzers")
    endif()
  endforeach()
endif()
