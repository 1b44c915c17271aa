#!/usr/bin/env bats
# The fuzz targets' runner, the list of targets, the corpus, the dictionary.

setup() {
    BUILD=$(dirname "$PARLEY")
    RUN=$BUILD/fuzz/record_header
    export BUILD RUN
}

@test "a run over nothing is not a success" {
    mkdir "$BATS_TEST_TMPDIR/empty"
    run "$RUN" "$BATS_TEST_TMPDIR/empty"
    [ "$status" -eq 2 ]
    [[ "$output" == *"nothing was replayed"* ]]
    run "$RUN"
    [ "$status" -eq 2 ]
}

@test "what cannot be read is not a success, and the rest is replayed" {
    run "$RUN" corpus/record_header "$BATS_TEST_TMPDIR/missing"
    [ "$status" -eq 2 ]
    [[ "$output" == *"missing: No such file"* ]]
    [[ "$output" == *"record_header: "[1-9]*" inputs"* ]]
}

@test "files, folders and folders in them" {
    mkdir -p "$BATS_TEST_TMPDIR/a/b/c"
    printf abc >"$BATS_TEST_TMPDIR/a/one"
    printf abcde >"$BATS_TEST_TMPDIR/a/b/c/two"
    run "$RUN" -q "$BATS_TEST_TMPDIR/a" "$BATS_TEST_TMPDIR/a/one"
    [ "$status" -eq 0 ]
    [ "$output" = "record_header: 3 inputs, 11 bytes" ]
}

@test "every row of the tables is a target, and every target has at most 50 seeds" {
    rows=$(grep -c '^MESSAGE(' harness/tables/messages.def)
    forms=$(sed '1,/\*\//d' harness/tables/extensions.def | grep -o 'FORM(' | wc -l)
    [ "$(wc -l <"$BUILD/fuzz/targets")" -gt $((rows + forms)) ]
    kinds=$(grep -c '^HANDSHAKE(' harness/tables/handshakes.def)
    while read -r target; do
        most=50
        # See corpus_of in ci/lib.sh.
        case $target in deep_*) target=deep most=$kinds ;; esac
        seeds=$(find "corpus/$target" -maxdepth 1 -type f | wc -l)
        [ "$seeds" -ge 1 ]
        [ "$seeds" -le "$most" ]
    done <"$BUILD/fuzz/targets"
}

@test "the dictionary has only lines that fuzzing engines understand" {
    "$PARLEY" messages --dict >"$BATS_TEST_TMPDIR/dict"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/dict")" -gt 100 ]
    run grep -vE '^[A-Za-z0-9_]+="(\\x[0-9a-f]{2})+"$' "$BATS_TEST_TMPDIR/dict"
    [ "$status" -eq 1 ]
}

@test "what reaches the same is chosen once, in builds that can tell" {
    mkdir "$BATS_TEST_TMPDIR/in"
    printf '\26\3\3\0\5' >"$BATS_TEST_TMPDIR/in/a"
    printf '\26\3\3\0\6' >"$BATS_TEST_TMPDIR/in/b"
    printf '\26' >"$BATS_TEST_TMPDIR/in/c"
    run "$RUN" -q -c 50 "$BATS_TEST_TMPDIR/in"
    if grep -q 'CMAKE_BUILD_TYPE:STRING=Coverage' "$BUILD/CMakeCache.txt"; then
        [ "$status" -eq 0 ]
        [ "$output" = "$BATS_TEST_TMPDIR/in/a
$BATS_TEST_TMPDIR/in/c" ]
    else
        [ "$status" -eq 2 ]
        [[ "$output" == *"needs the preset coverage"* ]]
    fi
}
