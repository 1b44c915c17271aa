#!/usr/bin/env bats
# parley matrix: faults in a stack show as what they are; expectations; reports.

setup() {
    BUILD=$(dirname "$PARLEY")
    PARLEY_STACKS=$BUILD/tests/stacks
    PARLEY_LIAR_OF=$BUILD/stacks/openssl.so
    export BUILD PARLEY_STACKS PARLEY_LIAR_OF
    DIR=$BATS_TEST_TMPDIR
}

# outcomes FAULT OPTION...: the outcomes of the cells that the stack with this fault is in.
outcomes() {
    PARLEY_LIAR_FAULT=$1
    export PARLEY_LIAR_FAULT
    shift
    "$PARLEY" matrix --json --quiet "$@" >"$DIR/report" || true
    jq -r '.cells[] | select([.client, .server] | index("liar")) | .outcome' "$DIR/report" | sort | uniq -c |
        sed 's/^ *//'
}

@test "an honest stack is ok" {
    [ "$(outcomes none --scenarios 'alpn_*,exporter_*')" = "12 ok" ]
}

@test "a wrong ALPN shows as a disagreement" {
    # Against our engine, as client and as server; with itself both lie alike.
    [ "$(outcomes alpn --scenarios 'alpn_*')" = "$(printf '4 disagreed\n2 failed')" ]
    jq -e '.cells[] | select(.client == "parley" and .server == "liar").detail | test("alpn")' "$DIR/report"
}

@test "wrong keying material shows as a disagreement" {
    [ "$(outcomes exporter --scenarios exporter_tls13)" = "$(printf '2 disagreed\n1 ok')" ]
}

@test "a crash, an exit, a loop, a hang" {
    [ "$(outcomes crash --scenarios tls13)" = "3 crashed" ]
    jq -e '[.cells[] | select(.outcome == "crashed").detail] | all(startswith("signal 6"))' "$DIR/report"
    [ "$(outcomes exit --scenarios tls13)" = "3 crashed" ]
    [ "$(outcomes loop --scenarios tls13 --timeout 1)" = "3 hung" ]
    [ "$(outcomes sleep --scenarios tls13 --timeout 1 --clients liar --servers liar)" = "1 hung" ]
}

@test "one spoilt cell spoils no other" {
    outcomes crash --scenarios tls12
    [ "$(jq -r '.cells[] | select(.client == "parley" and .server == "parley").outcome' "$DIR/report")" = ok ]
}

@test "expectations: new failures and new passes are both wrong" {
    PARLEY_LIAR_FAULT=crash
    export PARLEY_LIAR_FAULT
    printf '# a comment\n\nliar * tls1? crashed it does\nparley liar tls1? crashed it does\n' >"$DIR/known"
    run "$PARLEY" matrix --quiet --scenarios 'tls1?' --expect "$DIR/known"
    [ "$status" -eq 0 ]
    [[ "$output" == *"0 not as expected"* ]]
    PARLEY_LIAR_FAULT=none run "$PARLEY" matrix --quiet --scenarios 'tls1?' --expect "$DIR/known"
    [ "$status" -eq 1 ]
    [[ "$output" == *"liar -> parley tls12: ok, expected crashed"* ]]
    PARLEY_LIAR_FAULT=crash run "$PARLEY" matrix --quiet --scenarios 'tls1?'
    [ "$status" -eq 1 ]
    [[ "$output" == *"6 not as expected"* ]]
}

@test "expectations that say nothing, or fit nothing, are named" {
    printf '\nliar parley tls12 crashed\n' >"$DIR/known"
    run "$PARLEY" matrix --quiet --scenarios tls12 --expect "$DIR/known"
    [ "$status" -eq 2 ]
    [[ "$output" == *"known:2: not CLIENT SERVER SCENARIO OUTCOME REASON"* ]]
    printf 'nobody parley tls12 failed the stack is not here\nparley parley nosuch failed a slip\n' >"$DIR/known"
    PARLEY_STACKS=$DIR run "$PARLEY" matrix --quiet --expect "$DIR/known"
    [ "$status" -eq 1 ]
    [[ "$output" == *"known:2: fits no cell"* ]]
    [[ "$output" != *"known:1:"* ]]
    run "$PARLEY" matrix --quiet --scenarios tls12 --expect "$DIR/nothing"
    [ "$status" -eq 2 ]
}

@test "the four reports say the same" {
    PARLEY_LIAR_FAULT=alpn run "$PARLEY" matrix --quiet --scenarios 'alpn_*' --report "$DIR/out"
    [ "$status" -eq 1 ]
    [[ "$output" == *"$DIR/out/index.html" ]]
    [ "$(jq '.cells | length' "$DIR/out/report.json")" -eq 8 ]
    [ "$(jq '[.cells[] | select(.outcome != .expected)] | length' "$DIR/out/report.json")" -eq 6 ]
    grep -q 'tests="8" failures="6" skipped="0"' "$DIR/out/junit.xml"
    [ "$(grep -c '| alpn_tls1' "$DIR/out/report.md")" -eq 6 ]
    # The page holds the report, and nothing from elsewhere.
    sed -n 's/^<script type="application\/json" id="report">\(.*\)<\/script>$/\1/p' "$DIR/out/index.html" |
        jq -S . >"$DIR/in-page"
    jq -S . "$DIR/out/report.json" | cmp - "$DIR/in-page"
    run grep -oE '(src|href)=|https?:' "$DIR/out/index.html"
    [ "$status" -eq 1 ]
}

@test "the command of a cell does it again" {
    PARLEY_LIAR_FAULT=none
    export PARLEY_LIAR_FAULT
    "$PARLEY" matrix --quiet --scenarios wrong_host_tls12 --report "$DIR/out"
    command=$(jq -r '.cells[] | select(.client == "liar" and .server == "parley").command' "$DIR/out/report.json")
    [[ "$command" == "parley handshake --client liar --server parley "* ]]
    # shellcheck disable=SC2086 # words
    run "$PARLEY" ${command#parley }
    [ "$status" -eq 1 ]
    [[ "$output" == *"client stopped"* ]]
}

@test "bad usage" {
    run "$PARLEY" matrix --scenarios nosuch
    [ "$status" -eq 2 ]
    [[ "$output" == *"no cells"* ]]
    run "$PARLEY" matrix --jobs 0
    [ "$status" -eq 2 ]
    run "$PARLEY" matrix extra
    [ "$status" -eq 2 ]
    run "$PARLEY" matrix --scenarios tls12 --quiet --report "$DIR/no/such/folder"
    [ "$status" -eq 1 ]
    [[ "$output" == *"no/such/folder"* ]]
}

@test "the scenarios are many, and each suite is one" {
    [ "$("$PARLEY" matrix --list | wc -l)" -ge 80 ]
    "$PARLEY" matrix --list | grep -q '^suite_aes_128_gcm_sha256 '
}
