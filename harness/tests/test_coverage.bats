#!/usr/bin/env bats
# What ci/coverage makes of llvm-cov's numbers; wrong usage of it and its neighbours.

setup() {
    cat >"$BATS_TEST_TMPDIR/export" <<'END'
{"data": [{"files": [
  {"filename": "/r/harness/wire/a.c", "summary": {"lines": {"count": 10, "covered": 9}}},
  {"filename": "/r/harness/wire/b.h", "summary": {"lines": {"count": 20, "covered": 20}}},
  {"filename": "/r/harness/tables/none.def", "summary": {"lines": {"count": 0, "covered": 0}}},
  {"filename": "/r/harness/engine/c.c", "summary": {"lines": {"count": 3, "covered": 0}}}
]}]}
END
}

report() {
    jq -r -L ci --arg root /r/ --arg by words --arg form "$1" -f ci/coverage.jq "$BATS_TEST_TMPDIR/export"
}

@test "rooms are the sums of their files, and files without lines are none" {
    run report text
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 4 ]
    [[ "${lines[1]}" =~ ^harness/engine\ +3\ +0\ +0\.0$ ]]
    [[ "${lines[2]}" =~ ^harness/wire\ +30\ +29\ +96\.7$ ]]
    [[ "${lines[3]}" =~ ^everything\ +33\ +29\ +87\.9$ ]]
}

@test "the same for programs and for the README" {
    run report json
    [ "$(jq -r '.by, .everything.percent, .files[0].file' <<<"$output" | tr '\n' ' ')" = \
        "words 87.9 harness/wire/a.c " ]
    run report markdown
    # shellcheck disable=SC2016 # backquotes of Markdown
    [ "${lines[3]}" = '| `harness/wire` | 30 | 29 | 96.7 |' ]
}

@test "a stack: its files that are wanted, their sum, and what it took" {
    stack_report() {
        jq -r -L ci --arg stack x@1 --arg wanted "$2" --arg form "$1" \
            --argjson runs '[{"role": "client", "seconds": 60.04, "executions": 7, "corpus": 3}]' \
            -f ci/coverage_stack.jq "$BATS_TEST_TMPDIR/export"
    }
    run stack_report text '/wire/[a-z]*[.](c|h)$'
    [ "$status" -eq 0 ]
    [[ "${lines[1]}" =~ ^a.c\ +10\ +9\ +90\.0$ ]]
    [[ "${lines[3]}" =~ ^2\ files\ +30\ +29\ +96\.7$ ]]
    [ "${lines[4]}" = "client: 60.0 CPU-seconds, 7 executions, 3 inputs kept" ]
    run stack_report json '[.]c$'
    [ "$(jq -c '[.stack, .everything.lines, .seconds]' <<<"$output")" = '["x@1",13,60]' ]
    run stack_report text nothing
    [ "$status" -ne 0 ]
    [[ "$output" == *"no file of x@1 matches nothing"* ]]
}

@test "wrong usage" {
    mkdir "$BATS_TEST_TMPDIR/there"
    for words in "ci/coverage --wrong" "ci/oss-fuzz/try --engine none" "ci/oss-fuzz/try --sanitizer" \
        "ci/oss-fuzz/try --engine afl --sanitizer memory" "ci/seeds --candidates $BATS_TEST_TMPDIR/there"; do
        # shellcheck disable=SC2086 # words
        run $words
        [ "$status" -eq 2 ]
        [[ "$output" == *Usage:* ]]
    done
    for words in "" nosuch "boringssl --time never" "boringssl --corpus /nonexistent" "boringssl --wrong"; do
        # shellcheck disable=SC2086 # words
        run ci/coverage --stack $words
        [ "$status" -eq 2 ]
        [[ "$output" == "ci/coverage: "* ]]
    done
}
