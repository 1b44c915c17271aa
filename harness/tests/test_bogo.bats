#!/usr/bin/env bats
# ci/bogo itself: its verdicts and what it leaves behind, in a tree of its own with a pretended Go,
# BoringSSL and shim. What the pretended runner answers is in the file "answers": NAME PASS|FAIL|SKIP.

setup() {
    cp -r --parents ci/bogo ci/bogo.jq ci/lib.sh harness/tests/bogo.areas "$BATS_TEST_TMPDIR"
    cd "$BATS_TEST_TMPDIR" || return 1
    export ROOT=$PWD PARLEY_NO_INSTALL=1 PATH=$PWD/bin:$PATH
    unset SHIM WORKERS LIMIT GOPATH
    mkdir -p bin source/ssl/test/runner source/util/testresult
    touch source/ssl/test/runner/runner.go source/util/testresult/testresult.go
    printf 'run 3\npassed 3\n' >harness/tests/bogo.count
    cat >harness/tests/bogo.json <<'END'
{"DisabledTests": {"Old-*": "out of scope: TLS 1.1 and older", "Slow": "takes an <hour>"}, "ErrorMap": {}}
END
    cat >answers <<'END'
Basic-A PASS
Basic-B PASS
KeyUpdate-A PASS
Old-A PASS
Old-B PASS
Slow PASS
END
    program ci/boringssl <<'END'
echo "$ROOT/source"
END
    program ci/build <<'END'
mkdir -p "$ROOT/build/release"
cp "$ROOT/bin/go" "$ROOT/build/$1/$TARGETS"
END
    program bin/go <<'END'
[ "$1" = test ] || exit 0
[ "$3" = -o ] && cp "$ROOT/runner" "$4"
echo compiled >>"$ROOT/compiled"
END
    # The real one's arguments and its output; without -test it runs all that is enabled.
    program runner <<'END'
tests='*' disabled='Old-*|Slow'
while [ $# -gt 0 ]; do
    case $1 in
    -json-output) json=$2 ;;
    -test) tests=$2 ;;
    -include-disabled) disabled='' all=1 ;;
    esac
    shift
done
if [ -z "${all-}" ] && [ -f "$ROOT/hang" ]; then
    echo $$ >"$ROOT/running"
    exec sleep 60
fi
while read -r name answer; do
    case $name in
    Old-* | Slow) [ -z "$disabled" ] || continue ;;
    esac
    # shellcheck disable=SC2254 # a pattern
    case $name in $tests) ;; *) continue ;; esac
    case $answer in
    PASS) echo "PASSED ($name)" ;;
    SKIP) echo "UNIMPLEMENTED ($name)" ;;
    FAIL) printf 'FAILED (%s)\nbad error <of %s>\nstderr: \001&\n' "$name" "$name" ;;
    DIE) if [ -z "${all-}" ]; then echo "panic: $name"; exit 2; fi ;;
    NONE) [ -n "${all-}" ] || continue ;;
    esac
    printf '%s %s\n' "$name" "$answer" >>"$json.list"
done <"$ROOT/answers"
echo
jq -Rn '{tests: ([inputs | split(" ") | {key: .[0], value: {actual: .[1]}}] | from_entries)}' \
    <"$json.list" >"$json"
rm "$json.list"
END
}

# program FILE: its text on stdin.
program() {
    {
        echo '#!/bin/sh'
        cat
    } >"$1"
    chmod +x "$1"
}

# answers NAME ANSWER: the pretended runner's for this test.
answers() { sed -i "s/^$1 .*/$1 $2/" answers; }

# bogo STATUS ARGUMENT...: runs it; stdout is in out, stderr in err.
bogo() {
    local wanted=$1 status=0
    shift
    ci/bogo "$@" >out 2>err </dev/null || status=$?
    echo "ci/bogo $*: status $status, not $wanted?"
    cat out err
    [ "$status" -eq "$wanted" ]
}

# says PATTERN FILE: with any number of blanks for one.
says() { tr -s ' ' <"$2" | grep -q -e "$1"; }

@test "all passed: 0, a table, a report, JUnit, the results" {
    bogo 0
    says '^plain handshakes 2 0 0 0 2$' out
    says '^key update 1 0 0 0 1$' out
    says '^other 0 0 0 1 1$' out
    says '^total 3 0 0 1 4$' out
    says '^ 1 takes an <hour>$' out
    says '^out of scope, 2 of 6:$' out
    says '^ 2 TLS 1.1 and older$' out
    cmp out build/bogo/report.txt
    says '^BoGo: 3 tests ran, 3 passed, 0 failed, 0 not implemented, 1 disabled; [0-9]* s$' out
    grep -q '<testsuites name="bogo" tests="4" failures="0" errors="0" skipped="1"' build/bogo/junit.xml
    grep -q 'name="Slow"><skipped message="takes an &lt;hour&gt;"/>' build/bogo/junit.xml
    [ "$(jq '.tests | length' build/bogo/results.json)" -eq 3 ]
    [ -z "$(find build/bogo -name 'tmp*')" ]
}

@test "the runner is compiled again only when its source changed" {
    bogo 0
    bogo 0
    [ "$(wc -l <compiled)" -eq 1 ]
    echo '//' >>source/ssl/test/runner/runner.go
    bogo 0
    [ "$(wc -l <compiled)" -eq 2 ]
}

@test "a failed test: 1, with the runner's output" {
    answers Basic-B FAIL
    bogo 1
    says '^FAILED Basic-B$' out
    says '^bad error <of Basic-B>$' out
    says '^plain handshakes 1 1 0 0 2$' out
    says '^FAILED: 1 failed$' out
    grep -q 'bad error &lt;of Basic-B&gt;' build/bogo/junit.xml
    grep -q 'stderr: ?&amp;</failure>' build/bogo/junit.xml
}

@test "a test that is not implemented, or all of them: 1" {
    answers Basic-B SKIP
    bogo 1
    says '^NOT IMPLEMENTED Basic-B$' out
    says '^plain handshakes 1 0 1 0 2$' out
    says '^FAILED: 1 not implemented' out
    grep -q 'failures="1"' build/bogo/junit.xml
    sed -i 's/ PASS$/ SKIP/' answers
    printf 'run 0\npassed 0\n' >harness/tests/bogo.count
    bogo 1
    says '^FAILED: no test ran$' out
}

@test "fewer tests than the count: 1; more: 0 and a hint" {
    printf 'run 4\npassed 4\n' >harness/tests/bogo.count
    bogo 1
    says '^FAILED: only 3 ran, not 4 as before$' out
    printf 'run 2\npassed 2\n' >harness/tests/bogo.count
    bogo 0
    says 'more tests than the 2 before: ci/bogo --update-count' out
}

@test "--update-count writes the count, but not after a failure" {
    printf 'run 9\npassed 9\n' >harness/tests/bogo.count
    answers Basic-B FAIL
    bogo 1 --update-count
    grep -qx 'run 9' harness/tests/bogo.count
    answers Basic-B PASS
    bogo 0 --update-count
    grep -qx 'run 3' harness/tests/bogo.count
    grep -qx 'passed 3' harness/tests/bogo.count
    rm harness/tests/bogo.count
    bogo 2
    says 'no "run N" in' err
}

@test "with patterns: these tests only, whatever the count" {
    bogo 0 'Key*'
    says '^total 1 0 0 0 1$' out
    bogo 1 'Nothing*'
    says 'no test ran: no test has such a name' err
    bogo 1 'Old-*'
    says 'no test ran: 2 tests, all disabled: out of scope: TLS 1.1 and older' err
}

@test "tests that the runner left out, and one that it should have: 1" {
    answers Basic-B NONE
    printf 'run 0\npassed 0\n' >harness/tests/bogo.count
    bogo 1
    says '^FAILED: 1 without a result: the runner left them out$' out
    answers Basic-B PASS
    sed -i "s/disabled='Old-.*/disabled=''/" build/bogo/runner.test
    bogo 1
    says '^FAILED: 3 ran that should not have$' out
}

@test "a runner that dies, or takes too long: 1, and what it had done" {
    answers KeyUpdate-A DIE
    bogo 1
    says '^FAILED: 1 without a result: the runner ended with status 2$' out
    says '^plain handshakes 2 0 0 0 2$' out
    says '^panic: KeyUpdate-A$' err
    [ ! -e build/bogo/results.json ]
    touch hang
    LIMIT=1 bogo 1
    says '^FAILED: 3 without a result: more than 1 s$' out
}

@test "a signal ends what it started" {
    touch hang
    ci/bogo >out 2>err </dev/null 3>&- &
    bogo=$!
    for _ in {1..100}; do
        [ ! -s running ] || break
        sleep 0.05
    done
    kill -TERM "$bogo"
    status=0
    wait "$bogo" || status=$?
    [ "$status" -eq 1 ]
    run kill -0 "$(cat running)"
    [ "$status" -ne 0 ]
    [ -z "$(find build/bogo -name 'tmp*')" ]
}

@test "wrong usage and a broken set-up: 2" {
    bogo 2 --no-such-option
    bogo 2 --update-count 'Key*'
    WORKERS=many bogo 2
    SHIM=/nowhere/shim bogo 2
    echo '{' >harness/tests/bogo.json
    bogo 2
    program ci/build <<<'exit 1'
    echo '{"DisabledTests": {}}' >harness/tests/bogo.json
    bogo 2
    says 'cannot build the shim' err
    bogo 0 --help
    says '^Usage: ci/bogo' out
}

@test "every pattern of bogo.areas and bogo.json is one that jq can read" {
    cp "$BATS_TEST_DIRNAME/bogo.json" harness/tests/bogo.json
    bogo 0 'Basic-*'
    jq -e '.DisabledTests | all(type == "string" and length > 0)' harness/tests/bogo.json
}
