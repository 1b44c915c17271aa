#!/usr/bin/env bats
# The fuzzing commands, on targets made for it: "crash" fails in its own way for each of bad0 to bad3, "slow"
# has no end, "dead" never runs an input, "calm" has nothing wrong with it.

setup_file() {
    cd "$BATS_FILE_TMPDIR" || return 1
    mkdir fuzzers
    cat >target.c <<'END'
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc, (void)argv;
#ifdef DEAD
    exit(0);
#endif
    return 0;
}
#if defined CRASH || defined SLOW
static void *volatile kept;
#endif
#ifdef CRASH
__attribute__((noinline)) static void oracle(char what) {
    fprintf(stderr, "oracle: crash: magic: %c\n", what);
    abort();
}
__attribute__((noinline)) static void over_read(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size);
    copy[0] = data[0];
    kept = copy + copy[size];
    free(copy);
}
__attribute__((noinline)) static void leak(void) {
    for (int i = 0; i < 20; i++) {
        kept = malloc(100);
    }
    kept = NULL;
}
#endif
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 4 || data[0] != 'b' || data[1] != 'a') {
        return 0;
    }
#ifdef SLOW
    for (;;) {
        kept = NULL;
    }
#endif
#ifdef CRASH
    if (data[2] == 'd') {
        switch (data[3]) {
        case '0': oracle('0');
        case '1': oracle('1');
        case '2': over_read(data, size); break;
        case '3': leak(); break;
        default: break;
        }
    }
#endif
    return 0;
}
END
    for target in crash calm dead slow; do
        clang -g -O1 -fsanitize=fuzzer,address,undefined -fno-sanitize=function,vptr \
            "-D$(echo "$target" | tr '[:lower:]' '[:upper:]')" target.c -o "fuzzers/$target"
    done
    printf 'crash\ncalm\ndead\nslow\n' >fuzzers/targets
}

setup() {
    PARLEY=${PARLEY:-$BATS_TEST_DIRNAME/../../build/release/parley}
    ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    export ROOT PARLEY_NO_INSTALL=1 PARLEY_FUZZERS=$BATS_FILE_TMPDIR/fuzzers
    export MINIMISE_SECONDS=1 INPUT_SECONDS=3
    unset SEED WORK SEEDS RUN ASAN_OPTIONS
    cd "$BATS_TEST_TMPDIR" || return 1
    mkdir -p seeds/crash seeds/calm work
    printf 'nothing' >seeds/calm/one
}

# fuzz STATUS ARGUMENT...: runs ci/fuzz; stdout is in out, stderr in err.
fuzz() {
    local wanted=$1 status=0
    shift
    "$ROOT/ci/fuzz" --time 1s --seed 1 --corpus seeds --work work "$@" >out 2>err </dev/null || status=$?
    echo "ci/fuzz $*: status $status, not $wanted?"
    cat out err
    [ "$status" -eq "$wanted" ]
}

# one_finding KIND: there is one of that kind, complete, and it fails again. Sets found to its folder.
one_finding() {
    run grep -lx -e "$1" work/findings/*/*/stack
    [ "${#lines[@]}" -eq 1 ]
    found=$(dirname "${lines[0]}")
    run sh "$found/command"
    [ "$status" -ne 0 ] && [ "$status" -lt 126 ]
    [ -s "$found/input" ]
}

@test "nothing found: 0, a table, a corpus that the next run goes on with" {
    fuzz 0 calm
    grep -Eq '^calm +libfuzzer +[1-9][0-9]+ +[1-9][0-9]* +[1-9][0-9]* +[1-9][0-9]* +0  ok$' out
    grep -q '^1 of 1 done, 1 without a finding$' out
    before=$(find work/calm/corpus -type f | wc -l)
    fuzz 0 calm
    [ "$(find work/calm/corpus -type f | wc -l)" -ge "$before" ]
    [ -z "$(find work -name '.run*')" ]
}

@test "an oracle's finding: 1, minimised, once, until it is mended" {
    printf 'bad0 and a long tail that does not matter at all' >seeds/crash/one
    printf 'bad0 and another' >seeds/crash/two
    fuzz 1 crash
    one_finding "oracle magic: 0"
    [ "$(cat "$found/input")" = bad0 ]
    grep -q "^oracle .*target.c:" "$found/stack"
    grep -Eq "^crash +libfuzzer .* [1-9]  FINDINGS$" out
    fuzz 1 crash
    one_finding "oracle magic: 0"
    cp "$PARLEY_FUZZERS/calm" mended
    mkdir fuzzers
    cp mended fuzzers/crash
    echo crash >fuzzers/targets
    PARLEY_FUZZERS=$PWD/fuzzers fuzz 0 crash
    grep -q 'does not fail any more' err
    [ -n "$(find work/mended/crash -name input)" ]
}

@test "two bugs are two findings; a read behind the end, and a leak" {
    printf 'bad2' >seeds/crash/one
    fuzz 1 crash
    one_finding "heap-buffer-overflow"
    grep -q "^over_read " "$found/stack"
    rm seeds/crash/one
    mv work/findings other
    printf 'bad3' >seeds/crash/one
    fuzz 1 crash
    one_finding "memory leak"
}

@test "an input without an end is a finding" {
    mkdir seeds/slow
    printf 'ba and more' >seeds/slow/one
    INPUT_SECONDS=1 fuzz 1 slow
    one_finding "timeout"
}

@test "a target that never ran is not a success" {
    fuzz 1 dead calm
    grep -Eq '^dead +libfuzzer +0 .* FAILED$' out
    grep -q '^2 of 2 done, 1 without a finding$' out
}

@test "killed at any moment: nothing runs on, nothing is lost" {
    printf 'bad0' >seeds/crash/seed
    "$ROOT/ci/fuzz" crash calm --time 100s --corpus seeds --work work >out 2>err </dev/null 3>&- &
    fuzz=$!
    # calm's engine runs; crash has failed, and is being looked at.
    for _ in {1..200}; do
        [ ! -s work/calm/libfuzzer.log ] || [ -z "$(find work/crash/artifacts -type f)" ] || break
        sleep 0.05
    done
    kill -KILL "$fuzz"
    wait "$fuzz" || true
    for _ in {1..100}; do
        pgrep -af "$BATS_TEST_TMPDIR/work" || break
        sleep 0.1
    done
    run pgrep -f "fuzzers/calm .*$BATS_TEST_TMPDIR/work"
    [ "$status" -eq 1 ]
    rm seeds/crash/seed
    fuzz 1 crash
    one_finding "oracle magic: 0"
}

@test "SIGTERM: ends soon, with a table" {
    "$ROOT/ci/fuzz" calm --time 100s --corpus seeds --work work >out 2>err </dev/null 3>&- &
    fuzz=$!
    for _ in {1..200}; do
        [ ! -s work/calm/libfuzzer.log ] || break
        sleep 0.05
    done
    kill -TERM "$fuzz"
    wait "$fuzz" || true
    cat out err
    grep -q '^1 of 1 done' out
    grep -q '^interrupted$' err
}

@test "the list; wrong usage: 2" {
    fuzz 0 --list
    [ "$(cat out)" = "$(cat "$PARLEY_FUZZERS/targets")" ]
    fuzz 2
    fuzz 2 crahs
    grep -q "no such target: crahs" err
    fuzz 2 calm --time 5x
    fuzz 2 calm --time
    fuzz 2 calm --jobs 0
    fuzz 2 calm --engine hope
    fuzz 2 calm --corpus nowhere
    fuzz 2 calm --fast
    fuzz 0 --help
    grep -q '^Usage: ci/fuzz' out
}

@test "triage: the target from the path, where it happens, a smaller input, a regression" {
    mkdir -p found/crash
    printf 'bad1 and a long tail' >found/crash/one
    export WORK=$PWD/work SEEDS=$PWD/seeds
    run "$ROOT/ci/triage" found/crash/one
    [ "$status" -eq 1 ]
    [[ "$output" == *"crash fails: oracle magic: 1"* ]]
    [[ "$output" == *"    oracle "*"target.c:"* ]]
    [[ "$output" == *"4 of 20 bytes: "* ]]
    run "$ROOT/ci/triage" --regression found/crash/one
    [ "$status" -eq 0 ]
    [ "$(cat seeds/crash/regressions/*)" = bad1 ]
    run "$ROOT/ci/triage" found/crash/one calm
    [ "$status" -eq 0 ]
    [[ "$output" == *"calm does not fail on found/crash/one"* ]]
    cp found/crash/one elsewhere
    run "$ROOT/ci/triage" elsewhere
    [ "$status" -eq 2 ]
    run "$ROOT/ci/triage" missing crash
    [ "$status" -eq 2 ]
}

@test "minimize: few files that reach as much; folders below stay; a failing input changes nothing" {
    mkdir -p work/calm/corpus seeds/calm/regressions
    printf 'ba and more' >seeds/calm/regressions/keep
    for i in 1 2 3 4 5 6; do printf 'ba-%s-%s' "$i" "$i$i$i" >"work/calm/corpus/$i"; done
    run "$ROOT/ci/minimize" calm --work work --corpus seeds
    echo "$output"
    [ "$status" -eq 0 ]
    [ "$(find seeds/calm -maxdepth 1 -type f | wc -l)" -le 2 ]
    grep -q '^ba-' seeds/calm/*
    [ -f seeds/calm/regressions/keep ]
    before=$(ls seeds/calm)
    run "$ROOT/ci/minimize" calm --work work --corpus seeds
    [ "$status" -eq 0 ]
    [ "$(ls seeds/calm)" = "$before" ]
    printf bad0 >seeds/crash/one
    printf xyz >seeds/crash/two
    run "$ROOT/ci/minimize" crash --work work --corpus seeds
    echo "$output"
    [ "$status" -eq 1 ]
    [ "$(ls seeds/crash)" = "one
two" ]
    run "$ROOT/ci/minimize" crash --corpus nowhere
    [ "$status" -eq 2 ]
    run "$ROOT/ci/minimize"
    [ "$status" -eq 2 ]
}

@test "continuous: rounds, weights, two machines that share, findings, SIGTERM" {
    mkdir share
    for name in one two; do
        run "$ROOT/ci/continuous" calm --rounds 1 --slice 1s --seed 1 --work "$name" --corpus seeds \
            --share share --name "$name"
        echo "$output"
        [ "$status" -eq 0 ]
        [[ "$output" == *"round 1, libfuzzer: "*" 0 findings in all, 0 targets did not run"* ]]
        grep -Eq '^calm [0-9.]+$' "$name/continuous/state"
        [ "$(ls "share/calm/$name")" = "$(ls "$name/calm/corpus")" ]
    done
    [ -n "$(ls share/calm/one)" ]
    printf bad0 >seeds/crash/one
    run "$ROOT/ci/continuous" crash dead --rounds 1 --slice 1s --seed 1 --work work --corpus seeds
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *" 1 targets did not run"*"finding: "*"work/findings/crash/"* ]]
    "$ROOT/ci/continuous" calm --slice 100s --work work --corpus seeds >out 2>err </dev/null 3>&- &
    continuous=$!
    for _ in {1..200}; do
        [ ! -s work/calm/libfuzzer.log ] || break
        sleep 0.05
    done
    kill -TERM "$continuous"
    wait "$continuous" || true
    grep -q '^stopped$' err
    run pgrep -f "fuzzers/calm .*$BATS_TEST_TMPDIR/work"
    [ "$status" -eq 1 ]
    run "$ROOT/ci/continuous" calm --name a/b
    [ "$status" -eq 2 ]
}

@test "parley fuzz and parley triage are the same" {
    printf bad1 >seeds/crash/one
    run "$PARLEY" fuzz crash --time 1s --corpus seeds --work work
    echo "$output"
    [ "$status" -eq 1 ]
    one_finding "oracle magic: 1"
    run "$PARLEY" triage "$found/input" --work work
    [ "$status" -eq 1 ]
    [[ "$output" == *"crash fails: oracle magic: 1"* ]]
    run "$PARLEY" fuzz no_such_target
    [ "$status" -eq 2 ]
    [[ "$output" == "parley fuzz: no such target: no_such_target"* ]]
}
