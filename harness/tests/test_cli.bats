#!/usr/bin/env bats
# The command line itself: help, usage errors, listings, the manual.

PARLEY=${PARLEY:-$PWD/build/release/parley}
COMMANDS=$(sed -n 's/^COMMAND(\([a-z]*\),.*/\1/p' harness/cli/commands.def)

# refused PATTERN ARGUMENT...: exit status 2, and one line on stderr that has PATTERN.
refused() {
    local pattern=$1 status=0
    shift
    "$PARLEY" "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" </dev/null || status=$?
    echo "parley $*: $status: $(cat "$BATS_TEST_TMPDIR/err")"
    [ "$status" -eq 2 ]
    [ "$(wc -l <"$BATS_TEST_TMPDIR/err")" -eq 1 ]
    [ ! -s "$BATS_TEST_TMPDIR/out" ]
    grep -q -- "$pattern" "$BATS_TEST_TMPDIR/err"
}

@test "--help lists every command, --version names BoringSSL" {
    run "$PARLEY" --help
    [ "$status" -eq 0 ]
    for command in $COMMANDS; do
        [[ $output == *"  $command "* ]]
    done
    run "$PARLEY" --version
    [ "$status" -eq 0 ]
    [[ ${lines[0]} =~ ^parley\ [0-9] ]]
    [[ $output == *BoringSSL* ]]
}

@test "no command, an unknown command, an unknown option: status 2, one line" {
    refused 'which command'
    refused "unknown command 'sevre'" sevre
    refused "unknown option '--x'" --x
    for command in $COMMANDS; do
        refused "parley $command: unknown option '--no-such-option'" "$command" --no-such-option
    done
}

@test "every command has a --help, and the manual has each of its options" {
    for command in $COMMANDS "fuzz --stack"; do
        # shellcheck disable=SC2086 # words
        run "$PARLEY" $command --help
        [ "$status" -eq 0 ]
        [[ ${lines[0]} == "Usage: parley $command"* ]]
        grep -q "^## parley $command" harness/cli/parley.1.scd
        for option in $(printf '%s\n' "$output" | sed -n 's/^  --\([a-z0-9-]*\).*/\1/p'); do
            echo "$command --$option"
            [ "$option" = help ] || grep -q -- "--${option}[^a-z-]" harness/cli/parley.1.scd
        done
    done
}

@test "the manual has no option that no --help has" {
    for command in $COMMANDS "fuzz --stack"; do
        # shellcheck disable=SC2086 # words
        "$PARLEY" $command --help
    done >"$BATS_TEST_TMPDIR/help"
    for option in $(sed 's/^\t.*//' harness/cli/parley.1.scd | grep -o -- '\*--[a-z][a-z0-9-]*' | tr -d '*' | sort -u); do
        echo "$option"
        grep -q -- "^  $option" "$BATS_TEST_TMPDIR/help"
    done
}

@test "the manual is well formed" {
    scdoc <harness/cli/parley.1.scd >"$BATS_TEST_TMPDIR/parley.1"
    [ -s "$BATS_TEST_TMPDIR/parley.1" ]
}

@test "usage errors of every command: status 2, one line" {
    refused "needs a value" serve --cert
    refused "takes no value" messages --json=yes
    refused "no ADDR:PORT" serve --cert x --key x
    refused "no --cert" serve 127.0.0.1:0
    refused "as many --key" serve 127.0.0.1:0 --cert x
    refused "only one of" serve 127.0.0.1:0 --cert x --key x --echo --www
    refused "is not HOST:PORT" serve localhost --cert x --key x
    refused "port" serve 127.0.0.1:70000 --cert x --key x
    refused "brackets" serve ::1:443 --cert x --key x
    refused "needs --ca" serve 127.0.0.1:0 --cert x --key x --client-auth require
    refused "neither request nor require" serve 127.0.0.1:0 --client-auth perhaps
    refused "neither 1.2 nor 1.3" serve 127.0.0.1:0 --tls 1.1
    refused "not one that Parley speaks" connect 127.0.0.1:1 --suite NULL_WITH_NULL
    refused "not one that Parley speaks" connect 127.0.0.1:1 --group x25519,nonsense
    refused "not one that Parley speaks" connect 127.0.0.1:1 --sigalg nonsense
    refused "an empty name" connect 127.0.0.1:1 --alpn h2,,h3
    refused "not a number" connect 127.0.0.1:1 --timeout soon
    refused "not a number" connect 127.0.0.1:1 --timeout -1
    refused "not a number" connect 127.0.0.1:1 --timeout 99999999999999999999999
    refused "no HOST:PORT" connect
    refused "more than one" connect a:1 b:2
    refused "needs --listen" connect 127.0.0.1:1 --insecure --count 2
    refused "unexpected argument" messages extra
    refused "unexpected argument" states extra
    refused "unexpected argument" bench extra
    refused "neither client nor server" states --role both
    refused "neither 1.2 nor 1.3" states --tls 1
    refused "not a number" bench --rounds 0
}

@test "options may be shortened while they are unambiguous" {
    run "$PARLEY" messages --js
    [ "$status" -eq 0 ]
    refused "unknown option '--t'" connect 127.0.0.1:1 --t 1
}

@test "a full disk is noticed" {
    [ -w /dev/full ] || skip "no /dev/full"
    run sh -c '"$1" messages >/dev/full' sh "$PARLEY"
    [ "$status" -eq 1 ]
    [[ $output == *"standard output"* ]]
}

@test "messages: a line for each row of the tables" {
    "$PARLEY" messages >"$BATS_TEST_TMPDIR/list"
    rows=$(grep -c '^MESSAGE(' harness/tables/messages.def)
    [ "$rows" -gt 20 ]
    [ "$(sed -n '/^MESSAGE/,/^$/p' "$BATS_TEST_TMPDIR/list" | grep -cE "RFC|draft-")" -eq "$rows" ]
    extensions=$(grep -c '^EXTENSION(' harness/tables/extensions.def)
    [ "$extensions" -gt 30 ]
    [ "$(sed -n '/^EXTENSION/,$p' "$BATS_TEST_TMPDIR/list" | grep -c '^[a-z_]* *0x')" -eq "$extensions" ]
    # shellcheck disable=SC2013 # names have no blanks
    for name in $(sed -n 's/^MESSAGE(\([a-z0-9_]*\),.*/\1/p; s/^EXTENSION(\([a-z0-9_]*\),.*/\1/p' \
        harness/tables/messages.def harness/tables/extensions.def); do
        grep -q "^$name " "$BATS_TEST_TMPDIR/list"
    done
    "$PARLEY" messages --json >"$BATS_TEST_TMPDIR/json"
    [ "$(grep -c '"max_length"' "$BATS_TEST_TMPDIR/json")" -eq "$rows" ]
    [ "$(grep -c '"code"' "$BATS_TEST_TMPDIR/json")" -eq "$extensions" ]
}

@test "states: a table of every machine, of one, and drawings that graphviz takes" {
    "$PARLEY" states >"$BATS_TEST_TMPDIR/all"
    [ "$(grep -c '^[a-z].*TLS 1' "$BATS_TEST_TMPDIR/all")" -eq 4 ]
    edges=$(grep -c '^  [a-z]' "$BATS_TEST_TMPDIR/all")
    [ "$edges" -gt 80 ]
    "$PARLEY" states --dot >"$BATS_TEST_TMPDIR/all.dot"
    [ "$(grep -c -- ' -> ' "$BATS_TEST_TMPDIR/all.dot")" -eq "$edges" ]
    dot -Tsvg "$BATS_TEST_TMPDIR/all.dot" >"$BATS_TEST_TMPDIR/all.svg"
    [ "$(grep -c 'class="edge"' "$BATS_TEST_TMPDIR/all.svg")" -eq "$edges" ]
    some=0
    for role in client server; do
        for tls in 1.2 1.3; do
            "$PARLEY" states --role $role --tls $tls --dot >"$BATS_TEST_TMPDIR/one.dot"
            dot -Tsvg "$BATS_TEST_TMPDIR/one.dot" | grep -q '</svg>'
            some=$((some + $(grep -c -- ' -> ' "$BATS_TEST_TMPDIR/one.dot")))
        done
    done
    [ "$some" -eq "$edges" ]
}

@test "bench: every figure is there, in text and JSON" {
    "$PARLEY" bench --rounds 1 >"$BATS_TEST_TMPDIR/text"
    [ "$(grep -c '^1\.[23] ' "$BATS_TEST_TMPDIR/text")" -eq 5 ]
    "$PARLEY" bench --rounds 1 --json >"$BATS_TEST_TMPDIR/json"
    for key in name us boringssl_us primitives_us ratio boringssl_ratio heap_calls boringssl_heap_calls; do
        [ "$(sed '/client_hello/,$d' "$BATS_TEST_TMPDIR/json" | grep -c "\"$key\":")" -eq 5 ]
    done
    for key in bytes ns boringssl_ns heap_calls; do
        [ "$(sed '1,/client_hello/d' "$BATS_TEST_TMPDIR/json" | grep -c "\"$key\":")" -eq 1 ]
    done
    # Address Sanitizer's build does not count heap calls.
    [ "$(grep -c null "$BATS_TEST_TMPDIR/json")" -eq 0 ] || nm "$PARLEY" | grep -q __asan_init
}

@test "bench --deep: trials of a stack, and what of them is spent in it" {
    run "$PARLEY" bench --deep --rounds 1 boringssl
    [ "$status" -eq 0 ]
    [ "$(grep -c '^boringssl ' <<<"$output")" -eq 10 ]
    "$PARLEY" bench --deep --rounds 1 --json boringssl >"$BATS_TEST_TMPDIR/json"
    [ "$(jq '[.trials[] | select(.stack_us > 0 and .us > 0 and .per_second > 0)] | length' \
        "$BATS_TEST_TMPDIR/json")" -eq 10 ]
    run "$PARLEY" bench --deep nosuch
    [ "$status" -eq 1 ]
    [[ "$output" == *"nosuch: no such stack"* ]]
}

@test "messages --markdown: the README's tables are those" {
    "$PARLEY" messages --markdown >"$BATS_TEST_TMPDIR/tables"
    [ "$(grep -c '^| `' "$BATS_TEST_TMPDIR/tables")" -eq \
        "$(cat harness/tables/messages.def harness/tables/extensions.def | grep -c '^[A-Z]*(')" ]
    sed '1,/^<!-- parley messages --markdown -->$/d; /^<!-- end -->$/,$d' README.md |
        cmp - "$BATS_TEST_TMPDIR/tables"
}

@test "the README's commands exist" {
    sed -n 's/^    \(build\/release\/\)\{0,1\}parley \([a-z]*\).*/\2/p' README.md | sort -u >"$BATS_TEST_TMPDIR/named"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/named")" -ge 7 ]
    while read -r name; do
        "$PARLEY" "$name" --help >/dev/null
    done <"$BATS_TEST_TMPDIR/named"
}
