#!/usr/bin/env bats
# parley trace, as it is used.

bats_require_minimum_version 1.5.0
PARLEY=${PARLEY:-$PWD/build/release/parley}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
    cat >bad <<'END'
# a Finished that is wrong
stack parley
role server
session
  versions 1.3
  data 5
  flip finished verify_data 0 0x01   # here
END
}

@test "run: the ladder, the bend, the answer, no verdict, the same bytes twice" {
    run -0 "$PARLEY" trace run bad
    first=$output
    [[ $output == *"◀ flip finished verify_data 0 1"* ]]
    [[ $output == *"the stack's answer     aborted, alert decrypt_error"* ]]
    [[ $output == *"verdict                none"* ]]
    run -0 "$PARLEY" trace run bad
    [ "$output" = "$first" ]
    run -0 "$PARLEY" trace run --seed 2 bad
    [ "$output" != "$first" ]
}

@test "run: a stack with that fault gets a verdict, with the section" {
    sed 's/^  data 5/  its tolerant/' bad >fault
    run -0 "$PARLEY" trace run fault
    [[ $output == *"VERDICT                C: it completed over what it must abort for: flip finished"*"RFC 8446 4.4.4"* ]]
    [[ $output == *"VERDICT                D: "* ]]
}

@test "run: what had no effect is said" {
    printf 'session\ndrop new_session_ticket_tls12\nset client_hello no_such_field 00\n' >idle
    run -0 "$PARLEY" trace run idle
    [[ $output == *"had no effect          drop new_session_ticket_tls12"* ]]
    [[ $output == *"had no effect          set client_hello no_such_field 00"* ]]
    [[ $output == *"completed"* ]]
}

@test "compile and show: nothing is lost, and both forms run the same" {
    run -0 "$PARLEY" trace compile -o bad.bin bad
    "$PARLEY" trace show -o one bad
    "$PARLEY" trace show bad.bin >two
    cmp one two
    "$PARLEY" trace compile two | cmp - bad.bin
    [ "$("$PARLEY" trace run bad.bin)" = "$("$PARLEY" trace run - <bad)" ]
}

@test "shrink: the smallest with the same verdict, as a script that runs" {
    cat >large <<'END'
session
  versions 1.3
  data 9
session
  versions 1.3
  its tolerant
  alpn h2
  fragment client_hello 9
  flip finished verify_data 20 0xff
END
    run -0 "$PARLEY" trace shrink large
    [[ $output == *"session"*"its tolerant"*"flip finished verify_data 0 1" ]]
    [[ $output != *"fragment"* ]]
    "$PARLEY" trace shrink --export sh -o small.sh large
    run -0 sh small.sh
    [[ $output == *"VERDICT                C: "* ]]
}

@test "what is wrong with a trace is said with its line and word" {
    printf 'session\n  drop finishd\n' >wrong
    run -1 "$PARLEY" trace run wrong
    [[ $output == "parley trace: wrong:2: 'finishd': no such message"* ]]
    printf 'stack nobody\nsession\n' >nobody
    run -1 "$PARLEY" trace run nobody
    [[ $output == *nobody* ]]
    run -2 "$PARLEY" trace
    run -2 "$PARLEY" trace walk bad
    run -2 "$PARLEY" trace run bad bad
    run -2 "$PARLEY" trace run --role both bad
    run -2 "$PARLEY" trace show --export c bad
}

@test "every line that can stand in a trace is in the help" {
    run -0 "$PARLEY" trace --help
    for name in $(sed -n 's/^LINE(\([a-z_0-9]*\),.*/\1/p' "$BATS_TEST_DIRNAME/../tables/operations.def"); do
        [[ $output == *"  $name"* ]]
    done
}
