#!/usr/bin/env bats
# parley connect: over loopback, with openssl, curl, socat, and with parley serve.

# shellcheck disable=SC2030,SC2031 # every test is a subshell

load support_net

setup() { net_setup; }
teardown() { net_teardown; }

# reversed PATTERN CONNECT-ARGUMENT...: s_server -rev turns a line around; our summary has PATTERN.
reversed() {
    local pattern=$1
    shift
    say_and_wait 'parley over tls' '^slt revo yelrap' connect "$@"
    grep -q -- "$pattern.*closed" "$DIR/client.err"
}

@test "openssl s_server: TLS 1.2 with RSA key exchange, ECDHE, DHE, CBC, and TLS 1.3" {
    openssl_server server server-rsa -rev -naccept 8
    reversed 'TLS 1.2, TLS_RSA_WITH_AES_128_GCM_SHA256, name.*peer verified' --tls 1.2 --suite RSA_WITH_AES_128_GCM_SHA256
    reversed 'TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, x25519' --tls 1.2 \
        --suite ECDHE_RSA_WITH_AES_128_GCM_SHA256
    reversed 'TLS_DHE_RSA' --tls 1.2 --suite DHE_RSA_WITH_AES_256_GCM_SHA384
    reversed 'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA' --tls 1.2 --suite ECDHE_RSA_WITH_AES_128_CBC_SHA
    reversed 'TLS 1.3, TLS_AES_128_GCM_SHA256, x25519, rsa_pss' --tls 1.3 --suite AES_128_GCM_SHA256
    reversed 'TLS 1.3, .*secp384r1' --tls 1.3 --group secp384r1
    openssl_server second server-ecdsa-p256 -rev
    reversed 'TLS 1.3, .*ecdsa_secp256r1_sha256'
    reversed 'TLS 1.2, TLS_ECDHE_ECDSA' --tls 1.2
}

@test "a hello_retry_request from openssl s_server" {
    openssl_server server server-rsa -rev -tls1_3 -groups P-256
    reversed 'secp256r1, .*hello_retry_request' --group x25519,secp256r1
}

@test "sessions of openssl s_server are resumed, from a file" {
    openssl_server server server-rsa -rev
    for tls in 1.2 1.3; do
        reversed 'TLS' --tls $tls --session-out "$DIR/session"
        [ "$(stat -c %a "$DIR/session")" = 600 ]
        reversed ', resumed' --tls $tls --session-in "$DIR/session"
    done
    echo '{}' >"$DIR/bad"
    run connect --session-in "$DIR/bad" </dev/null
    [ "$status" -eq 1 ]
    [[ $output == *"not a session that parley has written: "* ]]
}

@test "early data to openssl s_server" {
    # It reads its stdin: one that has no end yet.
    talking server openssl s_server -accept 127.0.0.1:0 -cert "$PKI/server-rsa.pem" -key "$PKI/server-rsa.key" \
        -early_data -max_early_data 16384 -tls1_3
    until_true has_port "$DIR/server.out"
    PORT=$(port_in "$DIR/server.out")
    connect --session-out "$DIR/session" </dev/null
    echo 'sent early' >"$DIR/early"
    connect --session-in "$DIR/session" --early-data <"$DIR/early" 2>"$DIR/client.err"
    cat "$DIR/client.err"
    grep -q 'resumed, early data.* 11 bytes out; closed' "$DIR/client.err"
    until_true grep -q 'sent early' "$DIR/server.out"
}

# renegotiated COMMAND SUMMARY CONNECT-ARGUMENT...: s_server takes COMMAND (r: renegotiate; R: and ask
# for a certificate) from its stdin; data follows either way.
renegotiated() {
    local command=$1 pattern=$2
    shift 2
    talking server openssl s_server -accept 127.0.0.1:0 -cert "$PKI/server-rsa.pem" -key "$PKI/server-rsa.key" \
        -CAfile "$PKI/ca.pem" -tls1_2 -msg
    local commands=$TO
    until_true has_port "$DIR/server.out"
    PORT=$(port_in "$DIR/server.out")
    talking client connect "$@"
    local client=$PID to=$TO
    printf 'before\n' >&"$to"
    until_true grep -q '^before' "$DIR/server.out"
    printf '%s\n' "$command" >&"$commands"
    # Whatever it reads along with the command is lost.
    until_true second_hello
    printf 'from the server\n' >&"$commands"
    until_true grep -q '^from the server' "$DIR/client.out"
    printf 'after\n' >&"$to"
    until_true grep -q '^after' "$DIR/server.out"
    hang_up "$to"
    status_of "$client"
    hang_up "$commands"
    cat "$DIR/client.err"
    grep -q -- "$pattern.*; closed" "$DIR/client.err"
}

second_hello() { [ "$(grep -c '<<<.*ClientHello' "$DIR/server.out")" -eq 2 ]; }

@test "openssl s_server asks for renegotiation" {
    renegotiated r 'TLS 1.2, .*renegotiated 1 time, peer verified' --renegotiate
    renegotiated r 'renegotiated 1 time' --renegotiate --suite RSA_WITH_AES_128_CBC_SHA
    renegotiated R 'renegotiated 1 time' --renegotiate --cert "$PKI/client-rsa.pem" --key "$PKI/client-rsa.key"
}

@test "a client certificate for openssl s_server" {
    openssl_server server server-rsa -rev -Verify 2 -verify_return_error -CAfile "$PKI/ca.pem"
    for tls in 1.2 1.3; do
        for key in rsa ecdsa-p256 ed25519; do
            reversed "$tls" --tls $tls --cert "$PKI/client-$key.pem" --key "$PKI/client-$key.key"
        done
        run connect --tls $tls < <(echo nobody)
        [ "$status" -eq 1 ]
    done
}

@test "certificates that must be refused are, each with its alert" {
    local name want
    while read -r name want; do
        openssl_server "$name" "$name" -rev
        run connect </dev/null
        echo "$name: $output"
        [ "$status" -eq 1 ]
        [[ $output == *"alert $want sent"* ]]
        run connect --insecure --ca "$PKI/ca.pem" </dev/null
        [ "$status" -eq 2 ]
    done <<'END'
server-expired certificate_expired
server-not-yet-valid certificate_expired
server-wrong-host bad_certificate
server-unknown-ca unknown_ca
END
}

@test "--insecure takes any certificate; without a name that fits, verification fails" {
    openssl_server server server-wrong-host -rev
    say_and_wait 'abc' '^cba' "$PARLEY" connect "127.0.0.1:$PORT" --insecure
    [ "$(grep -c 'peer verified' "$DIR/client.err")" -eq 0 ]
    run "$PARLEY" connect "127.0.0.1:$PORT" --ca "$PKI/ca.pem" </dev/null
    [ "$status" -eq 1 ]
    [[ $output == *wrong_host* ]]
}

@test "roots come from SSL_CERT_FILE; an address is verified as one" {
    serve server --echo
    run env SSL_CERT_FILE="$PKI/ca.pem" "$PARLEY" connect "127.0.0.1:$PORT" </dev/null
    [ "$status" -eq 0 ]
    [[ $output == *"peer verified"* ]]
    run env SSL_CERT_FILE="$PKI/other-ca.pem" "$PARLEY" connect "127.0.0.1:$PORT" </dev/null
    [ "$status" -eq 1 ]
    [[ $output == *unknown_ca* ]]
}

@test "nobody there, silence, garbage: one line, exit status 1" {
    background silent socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork,reuseaddr EXEC:'cat'
    until_true has_port "$DIR/silent.err"
    PORT=$(port_in "$DIR/silent.err")
    # Our own client_hello comes back.
    run connect --timeout 5 </dev/null
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"unexpected_message sent"* ]]
    kill "$PID"
    until_true gone "$PID"
    run connect </dev/null
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"failed: cannot connect: Connection refused" ]]
    background deaf socat -d -d -u TCP-LISTEN:0,bind=127.0.0.1,fork,reuseaddr OPEN:/dev/null
    until_true has_port "$DIR/deaf.err"
    PORT=$(port_in "$DIR/deaf.err")
    run connect --timeout 1 </dev/null
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"the handshake took longer than 1 s"* ]]
}

@test "a server that dies is a truncation, unless it is to be ignored" {
    local option
    for option in '' --ignore-truncation; do
        openssl_server "server$option" server-rsa -rev
        # shellcheck disable=SC2086 # none or one
        talking "client$option" connect $option
        local client=$PID to=$TO
        echo abc >&"$to"
        until_true grep -q cba "$DIR/client$option.out"
        kill -9 "$SERVER"
        local status=0
        status_of "$client" || status=$?
        hang_up "$to"
        cat "$DIR/client$option.err"
        if [ -z "$option" ]; then
            [ "$status" -eq 1 ]
            grep -q 'truncation' "$DIR/client.err"
        else
            [ "$status" -eq 0 ]
        fi
    done
}

@test "--listen: curl over plaintext, TLS in between, a plaintext program behind" {
    http_program program
    serve server --forward "127.0.0.1:$PROGRAM"
    background tunnel connect --listen 127.0.0.1:0
    local tunnel=$PID
    until_true has_port "$DIR/tunnel.out"
    local port i
    port=$(port_in "$DIR/tunnel.out")
    for i in 1 2 3; do
        run curl -sS --max-time "$PATIENCE" "http://127.0.0.1:$port/$i"
        echo "$output"
        [ "$status" -eq 0 ]
        [[ $output == "GET /$i HTTP/1.1"* ]]
    done
    until_true has_lines "$DIR/tunnel.err" 3
    grep -q 'resumed' "$DIR/tunnel.err"
    # 20 at once.
    curl -sS --max-time "$PATIENCE" --parallel --parallel-immediate --parallel-max 20 \
        "http://127.0.0.1:$port/[1-20]" >"$DIR/answers"
    [ "$(grep -o 'GET /' "$DIR/answers" | wc -l)" -eq 20 ]
    kill "$tunnel"
    status_of "$tunnel"
}

@test "--listen: what fails is a reset for the local program" {
    openssl_server server server-unknown-ca -rev
    background tunnel connect --listen 127.0.0.1:0 --count 1
    local tunnel=$PID
    until_true has_port "$DIR/tunnel.out"
    run curl -sS --max-time "$PATIENCE" "http://127.0.0.1:$(port_in "$DIR/tunnel.out")/"
    echo "$output"
    [[ $output == *"reset by peer"* ]]
    local status=0
    status_of "$tunnel" || status=$?
    [ "$status" -eq 1 ]
}

@test "100 MB there and back, TLS 1.2 and 1.3, the same bytes" {
    serve server --echo
    head -c 104857600 /dev/urandom >"$DIR/data"
    for tls in 1.2 1.3; do
        # shellcheck disable=SC2094 # both only read it
        connect --tls $tls <"$DIR/data" 2>"$DIR/client.err" | cmp - "$DIR/data"
        grep -q '104857600 bytes in, 104857600 bytes out; closed' "$DIR/client.err"
    done
    rm "$DIR/data"
}

# to_pipe PIPE COMMAND...: with its output going there.
to_pipe() {
    local pipe=$1
    shift
    "$@" >"$pipe"
}

@test "back-pressure: who does not read is waited for, and nothing piles up in memory" {
    serve server --echo
    head -c 50000000 /dev/zero >"$DIR/data"
    mkfifo "$DIR/out"
    exec 8<>"$DIR/out"
    STDIN=$DIR/data background client to_pipe "$DIR/out" connect
    local client=$PID
    # Until neither moves any more.
    local before=-1 now=0
    while [ "$before" != "$now" ]; do
        before=$now
        sleep 0.3
        now=$(sed -n 's/^rchar: //p' "/proc/$client/io")
    done
    [ "$now" -gt 1000000 ]
    [ "$now" -lt 45000000 ]
    local pid
    for pid in "$client" "$SERVER"; do
        local peak
        peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")
        echo "peak $peak kB"
        # (Address Sanitizer's own memory is no matter of ours.)
        [ "$peak" -lt 30000 ] || nm "$PARLEY" | grep -q __asan_init
    done
    # Its end of the pipe is opened before ours is closed: then the end of the data is seen.
    exec 9<"$DIR/out" 8<&-
    [ "$(wc -c <&9)" -eq 50000000 ]
    exec 9<&-
    status_of "$client"
}

@test "stdin and stdout may be files, closed, or gone" {
    serve server --echo
    echo from-a-file >"$DIR/file"
    connect <"$DIR/file" >"$DIR/copy" 2>/dev/null
    cmp "$DIR/file" "$DIR/copy"
    connect </dev/null >/dev/null 2>&1
    # A reader that leaves.
    run bash -c 'head -c 10000000 /dev/zero | "$@" | head -c 1 | wc -c' bash "$PARLEY" connect "127.0.0.1:$PORT" \
        --ca "$PKI/ca.pem"
    [[ ${lines[*]} == *"1"* ]]
    until_true has_lines "$DIR/server.err" 3
}

@test "--keep-open: the end of stdin does not end the connection" {
    # shellcheck disable=SC2016 # another shell's
    background program socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork \
        SYSTEM:'read -r line; echo "got $line"'
    until_true has_port "$DIR/program.err"
    serve server --forward "127.0.0.1:$(port_in "$DIR/program.err")"
    run connect --keep-open < <(echo question)
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"got question"* ]]
}

@test "many connections leave nothing behind" {
    serve server --echo
    background tunnel connect --listen 127.0.0.1:0
    until_true has_port "$DIR/tunnel.out"
    local port=0 i
    port=$(port_in "$DIR/tunnel.out")
    for i in {1..60}; do
        [ "$(echo "$i" | socat -t "$PATIENCE" - "TCP:127.0.0.1:$port")" = "$i" ]
    done
    until_true has_lines "$DIR/server.err" 60
    until_true has_lines "$DIR/tunnel.err" 60
    # Only what they had before anybody came: stdio, the event loop, the listening socket.
    [ "$(find "/proc/$SERVER/fd" -type l | wc -l)" -le 10 ]
    [ "$(find "/proc/$PID/fd" -type l | wc -l)" -le 10 ]
}
