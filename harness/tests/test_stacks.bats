#!/usr/bin/env bats
# Foreign stacks: loading them, and what each says it can do, done with our engine at the other end and
# with itself. PARLEY_TEST_STACKS="a b" looks at these only.

setup() {
    STACKS=$("$PARLEY" stacks --json | jq -r '.stacks[] | select(.version != null and .name != "parley") | .name')
    STACKS=${PARLEY_TEST_STACKS-$STACKS}
    export STACKS
}

# can STACK FEATURE...: whether it says so; the name of a suite is a feature, too.
can() {
    can_stack=$1
    shift
    for can_feature; do
        "$PARLEY" stacks --json | jq -e --arg s "$can_stack" --arg f "$can_feature" \
            '.stacks[] | select(.name == $s) | .features + .suites | index($f)' >/dev/null || return 1
    done
}

# pairs FEATURES OPTION...: the handshake with these options, for each stack with these FEATURES
# ("a,b"), against our engine in both roles and against itself; twice, with the same bytes if it
# claims to be deterministic. Says what was not as it should be, and fails if so, or if nothing ran.
pairs() {
    features=$(printf %s "$1" | tr , ' ')
    shift
    ran=0
    wrong=0
    for stack in $STACKS; do
        # shellcheck disable=SC2086 # words
        can "$stack" $features || continue
        for pair in "parley $stack client" "$stack parley server" "$stack $stack client"; do
            # shellcheck disable=SC2086
            set -- $pair "$@"
            client=$1 server=$2
            shift 3
            ran=$((ran + 1))
            if ! "$PARLEY" handshake --client "$client" --server "$server" "$@" --json \
                >"$BATS_TEST_TMPDIR/one" 2>"$BATS_TEST_TMPDIR/why"; then
                echo "$client -> $server $*: $(cat "$BATS_TEST_TMPDIR/why")"
                wrong=$((wrong + 1))
            elif can "$stack" deterministic; then
                "$PARLEY" handshake --client "$client" --server "$server" "$@" --json >"$BATS_TEST_TMPDIR/two"
                cmp "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two" || wrong=$((wrong + 1))
            fi
        done
    done
    echo "$ran handshakes, $wrong wrong"
    [ "$ran" -gt 0 ] && [ "$wrong" -eq 0 ]
}

@test "there are foreign stacks, each with its version" {
    run "$PARLEY" stacks
    [ "$status" -eq 0 ]
    [ -n "$STACKS" ]
    [[ "$output" == *"OpenSSL 3."* ]]
}

@test "TLS 1.2" { pairs tls1.2 --tls 1.2; }
@test "TLS 1.2, RSA certificate" { pairs tls1.2 --tls 1.2 --cert rsa; }
@test "TLS 1.3" { pairs tls1.3 --tls 1.3; }
@test "TLS 1.3, RSA certificate" { pairs tls1.3 --tls 1.3 --cert rsa; }
@test "a byte at a time" { pairs client,server --chunk 1; }
@test "much data" { pairs client,server --data 100000; }
@test "client authentication, TLS 1.2" { pairs tls1.2,client-auth --tls 1.2 --client-auth; }
@test "client authentication, TLS 1.3" { pairs tls1.3,client-auth --tls 1.3 --client-auth; }
@test "ALPN" { pairs alpn --alpn h2,http/1.1; }
@test "RSA key exchange" { pairs TLS_RSA_WITH_AES_128_GCM_SHA256 --suite RSA_WITH_AES_128_GCM_SHA256; }
@test "a hello_retry_request" { pairs hello-retry --hrr --group secp256r1; }
@test "resumption by session id" { pairs session-id --tls 1.2 --resume --session-id; }
@test "resumption by ticket" { pairs ticket --tls 1.2 --resume; }
@test "resumption in TLS 1.3" { pairs resumption-psk --tls 1.3 --resume; }
@test "0-RTT data" { pairs early-data --early-data; }
@test "an external PSK" { pairs external-psk --psk; }
@test "a PSK without a key exchange" { pairs external-psk,psk-ke --psk --psk-ke; }
@test "resumption without a key exchange" { pairs resumption-psk,psk-ke --tls 1.3 --resume --psk-ke; }
@test "key_update" { pairs key-update --key-update; }

@test "a wrong host name is refused by the client" {
    for stack in $STACKS; do
        can "$stack" sni || continue
        run "$PARLEY" handshake --client "$stack" --sni wrong.test
        [ "$status" -eq 1 ]
        [[ "$output" == *"client stopped"* ]]
    done
}

@test "an alert that comes in the clear is drawn so, by our engine and off the wire" {
    for server in parley openssl; do
        run "$PARLEY" handshake --client openssl --server "$server" --tls 1.3 --sni wrong.test
        [ "$status" -eq 1 ]
        [[ "$output" == *"├──────▶│  alert                            2  initial "* ]]
    done
}

@test "a stack that is not there, a file that is no plugin" {
    run "$PARLEY" handshake --client nosuch
    [ "$status" -eq 1 ]
    [[ "$output" == *"no such stack: nosuch"* ]]
    echo text >"$BATS_TEST_TMPDIR/text.so"
    run "$PARLEY" handshake --client "$BATS_TEST_TMPDIR/text.so"
    [ "$status" -eq 1 ]
    [[ "$output" == *"text.so"* ]]
    PARLEY_STACKS=$BATS_TEST_TMPDIR run "$PARLEY" stacks
    [ "$status" -eq 1 ]
    [[ "$output" == *"text"*"text.so"* ]]
    echo "not built: no reason" >"$BATS_TEST_TMPDIR/left.missing"
    rm "$BATS_TEST_TMPDIR/text.so"
    PARLEY_STACKS=$BATS_TEST_TMPDIR run "$PARLEY" stacks
    [ "$status" -eq 0 ]
    [[ "$output" == *"left"*"not built: no reason"* ]]
}
