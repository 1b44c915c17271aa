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

@test "shrink: which verdict stays, a field by its name, a command that decides, a bound" {
    printf 'session\n  its tolerant\n  alpn h2 h3\n  flip finished 0 20 0xff\n  truncate certificate_verify 1\n' >several
    run -0 "$PARLEY" trace shrink --verdict D several
    [[ $output == *"session"*"its tolerant"*"flip finished verify_data 0 1" ]]
    run -1 "$PARLEY" trace shrink --verdict K several
    [ "$output" = "parley trace: several: no verdict K" ]
    # What the mutator did is said in words.
    printf 'session\n  its tolerant\n  mutate finished 5\n' >mutated
    run -0 "$PARLEY" trace shrink mutated
    [[ $output == *"set finished "* && $output != *mutate* ]]
    run -0 "$PARLEY" trace shrink --if 'grep -q "alpn.*h3"' several
    [[ $output == *"session"*"alpn h3" ]]
    run -1 "$PARLEY" trace shrink --if 'grep -q nothing' several
    run -0 "$PARLEY" trace shrink --tries 1 several
    [[ $output != *truncate* && $output == *alpn* ]]
}

@test "shrink --export c: a program of its own, which says the verdict" {
    sed 's/^  data 5/  its tolerant/' bad >fault
    "$PARLEY" trace shrink --export c -o fault.c fault
    cmake --install "$(dirname "$PARLEY")" --prefix "$PWD/installed" >/dev/null
    PKG_CONFIG_PATH=$PWD/installed/lib/pkgconfig:$PWD/installed/lib/$(uname -m)-linux-gnu/pkgconfig
    export PKG_CONFIG_PATH
    # shellcheck disable=SC2046 # words
    clang -std=c11 -Wall -Wextra -Werror -o fault fault.c $(pkg-config --cflags --static --libs parley)
    run -1 ./fault
    [[ $output == "session 1: completed"*"verdict C: it completed over what it must abort for"*"RFC 8446 4.4.4"* ]]
    # A stack without the fault.
    "$PARLEY" trace show --export c -o bad.c bad
    # shellcheck disable=SC2046
    clang -std=c11 -Wall -Wextra -Werror -o fine bad.c $(pkg-config --cflags --static --libs parley)
    run -0 ./fine
    [ "$output" = "session 1: aborted" ]
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
    run -2 "$PARLEY" trace show --export d bad
    run -2 "$PARLEY" trace shrink --tries 0 bad
}

# Each line is a trace; a plus sign begins a line of it.
unbent="versions 1.3+data 9
versions 1.2+data 9
versions 1.2+suites TLS_RSA_WITH_AES_128_GCM_SHA256+server_certificate server-rsa
versions 1.2+client_auth require+alpn h2 http/1.1
versions 1.3+client_auth require+server_certificate server-rsa
versions 1.3+groups x25519 secp256r1+its groups secp256r1
versions 1.3+key_update+chunk 1
versions 1.3+data 9+session+versions 1.3+data 9+resume
versions 1.2+data 9+session+versions 1.2+data 9+resume
versions 1.2+session_id+session+versions 1.2+session_id+resume
versions 1.3+early_data 0+session+versions 1.3+early_data 20+resume+data 9"

@test "every stack there is, in both roles: unbent handshakes complete, and get no verdict" {
    ran=0
    for stack in $("$PARLEY" stacks --json | jq -r '.stacks[] | select(.version).name'); do
        for role in client server; do
            while IFS= read -r lines; do
                printf 'session\n%s\n' "$lines" | tr + '\n' >unbent
                out=$("$PARLEY" trace run --stack "$stack" --role "$role" unbent 2>said) || {
                    grep -q 'the stack does not have that' said && continue
                    return 1
                }
                printf '%s as %s: %s\n%s\n' "$stack" "$role" "$lines" "$out"
                [[ $out != *VERDICT* && $out != *"answer     aborted"* && $out != *"answer     hung"* ]]
                ran=$((ran + 1))
            done <<<"$unbent"
        done
    done
    printf '%s ran\n' "$ran"
    [ "$ran" -ge 22 ]
}

# what_it_sends ROLE KIND: what a stack sends and is sent in that handshake, which it completes.
what_it_sends() {
    "$PARLEY" trace run --stack boringssl --role "$1" "$BATS_TEST_DIRNAME/../../corpus/deep/$2.trace" >out || return 1
    grep -q "the stack's answer     completed" out && cat out
}

@test "what stacks do if they are told to: BoringSSL does it, and the other end sees it" {
    for kind in staples13 staples12 compressed npn alps alps_early ech ech_retry_groups ech_resumed delegated \
        late13 late12 late_resumed old_ways permuted; do
        for role in client server; do
            what_it_sends $role $kind >/dev/null
        done
    done
    what_it_sends server compressed | grep -q compressed_certificate
    what_it_sends client npn | grep -q next_protocol
    what_it_sends server staples12 | grep -q certificate_status
    what_it_sends client ech | grep -q 'client_hello (inner)'
    what_it_sends server ech | grep -q 'client_hello (inner)'
    # Who comes with another key is told so.
    printf 'role client\nsession\nversions 1.3\nour ech 1\nits ech 2\n' >rejected
    "$PARLEY" trace run --stack boringssl rejected | grep -q 'aborted, alert ech_required'
    # A delegated credential goes out with the certificate to who offers it.
    for setting in 'data 9' delegated; do
        printf '%s\n' 'role server' session "$setting" 'versions 1.3' \
            'add_extension client_hello delegated_credential 00020403' >asked
        "$PARLEY" trace run --stack boringssl asked >out
        sed -n 's/.* certificate_tls13 *\([0-9]*\).*/\1/p' out >>lengths
    done
    [ "$(sort -nu lengths | wc -l)" -eq 2 ]
}

@test "every line that can stand in a trace is in the help" {
    run -0 "$PARLEY" trace --help
    sed -n 's/^LINE(\([a-z_0-9]*\),.*/\1/p' "$BATS_TEST_DIRNAME/../tables/operations.def" >names
    [ "$(wc -l <names)" -ge 60 ]
    while IFS= read -r name; do
        [[ $output == *"  $name"* ]]
    done <names
}

@test "a group of DHE that our tables do not have is nothing to disagree about" {
    # GnuTLS takes the prime that was asked for, and tells which it was.
    grep -q 'gnutls .*GnuTLS' <("$PARLEY" stacks) || skip "no plugin for GnuTLS"
    printf '%s\n' 'role server' session 'versions 1.2' 'server_certificate server-rsa' 'our groups ffdhe3072' >dhe
    run -0 "$PARLEY" trace run --stack gnutls dhe
    [[ $output == *"dh_p 384 bytes"*"both ends agree        yes"*"verdict                none"* ]]
    # What they do disagree about is said.
    export PARLEY_STACKS=${PARLEY%/*}/tests/stacks PARLEY_LIAR_OF=${PARLEY%/*}/tests/engine/engine.so PARLEY_LIAR_FAULT=exporter
    run -0 "$PARLEY" trace run --stack liar dhe
    [[ $output == *"both ends agree        NO: exporter"*"P: the two ends are done and disagree on exporter"* ]]
}
