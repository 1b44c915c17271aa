#!/usr/bin/env bats
# parley serve: over loopback, with openssl, curl, socat, and with parley connect.

# shellcheck disable=SC2030,SC2031 # every test is a subshell

load support_net

setup() { net_setup; }
teardown() { net_teardown; }

# echoed PATTERN S_CLIENT-ARGUMENT...: a line goes there and back, and the server's summary has PATTERN.
echoed() {
    local pattern=$1
    shift
    say_and_wait 'parley over tls' '^parley over tls' s_client -quiet -no_ign_eof "$@"
    until_true grep -q -- "$pattern.*closed\$" "$DIR/server.err"
    : >"$DIR/server.err"
}

@test "openssl s_client: TLS 1.2 with RSA key exchange, ECDHE, DHE, CBC, and TLS 1.3" {
    serve server --echo
    echoed 'TLS 1.2, TLS_RSA_WITH_AES_128_GCM_SHA256, name' -tls1_2 -cipher AES128-GCM-SHA256
    echoed 'TLS 1.2, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, x25519' -tls1_2 -cipher ECDHE-RSA-AES256-GCM-SHA384
    echoed 'TLS 1.2, TLS_ECDHE_ECDSA_WITH_CHACHA20' -tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305
    echoed 'TLS 1.2, TLS_DHE_RSA_WITH_AES_128_GCM_SHA256' -tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256
    echoed 'TLS 1.2, TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256' -tls1_2 -cipher ECDHE-RSA-AES128-SHA256
    echoed 'TLS 1.3, TLS_AES_256_GCM_SHA384, x25519' -tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384
    echoed 'TLS 1.3, TLS_CHACHA20_POLY1305_SHA256, secp521r1' -tls1_3 -groups P-521 \
        -ciphersuites TLS_CHACHA20_POLY1305_SHA256
    echoed 'TLS 1.3, TLS_AES_.*ecdsa_secp256r1_sha256' -tls1_3 -sigalgs ECDSA+SHA256
    echoed 'TLS 1.3, .*rsa_pss_rsae_sha256' -tls1_3 -sigalgs rsa_pss_rsae_sha256
}

@test "openssl s_client resumes, TLS 1.2 and 1.3, with and without tickets" {
    serve server --echo
    for how in '-tls1_2' '-tls1_2 -no_ticket' '-tls1_3'; do
        # shellcheck disable=SC2086 # words
        echoed 'TLS' $how -sess_out "$DIR/session"
        # shellcheck disable=SC2086
        echoed ', resumed' $how -sess_in "$DIR/session"
    done
}

@test "curl gets a page from --www, by GET and HEAD, and keeps the session between two" {
    serve server --www --alpn http/1.1
    run curl -sS --max-time "$PATIENCE" --cacert "$PKI/ca.pem" --resolve "$HOST:$PORT:127.0.0.1" \
        -w '%{http_code} %{http_version}' "https://$HOST:$PORT/"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"TLS 1.3"*"name $HOST"*"alpn http/1.1"*"200 1.1" ]]
    run curl -sS --max-time "$PATIENCE" --cacert "$PKI/ca.pem" --resolve "$HOST:$PORT:127.0.0.1" -I \
        --tlsv1.2 --tls-max 1.2 "https://$HOST:$PORT/a/b?c"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ $output == *"200 OK"* && $output == *"Content-Length"* ]]
}

@test "--forward puts TLS in front of a plaintext HTTP program" {
    http_program program
    serve server --forward "127.0.0.1:$PROGRAM"
    for i in 1 2 3; do
        run curl -sS --max-time "$PATIENCE" --cacert "$PKI/ca.pem" --resolve "$HOST:$PORT:127.0.0.1" \
            "https://$HOST:$PORT/number/$i"
        echo "$output"
        [ "$status" -eq 0 ]
        [[ $output == "GET /number/$i HTTP/1.1"* ]]
    done
    until_true has_lines "$DIR/server.err" 3
    [ "$(grep -c 'closed$' "$DIR/server.err")" -eq 3 ]
}

@test "--forward to nothing: the client is told, and the server goes on" {
    background nobody socat -d -d TCP-LISTEN:0,bind=127.0.0.1 STDOUT
    until_true has_port "$DIR/nobody.err"
    PROGRAM=$(port_in "$DIR/nobody.err")
    kill "$PID"
    until_true gone "$PID"
    serve server --forward "127.0.0.1:$PROGRAM"
    for i in 1 2; do
        run connect </dev/null
        until_true has_lines "$DIR/server.err" "$i"
    done
    [ "$(grep -c "failed: cannot connect to 127.0.0.1:$PROGRAM: Connection refused" "$DIR/server.err")" -eq 2 ]
}

@test "half-close: a program that answers only when all was sent gets to answer" {
    background program socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork SYSTEM:'wc -c'
    until_true has_port "$DIR/program.err"
    serve server --forward "127.0.0.1:$(port_in "$DIR/program.err")"
    for tls in 1.2 1.3; do
        run connect --tls $tls < <(head -c 100000 /dev/zero)
        echo "$output"
        [ "$status" -eq 0 ]
        [[ ${lines[*]} =~ (^| )100000( |$) ]]
    done
}

@test "plaintext is printed on stdout when nothing else is asked for" {
    serve server --once
    printf 'to be printed\n' | connect
    status_of "$SERVER"
    [ "$(tail -n 1 "$DIR/server.out")" = 'to be printed' ]
}

@test "20 connections at once" {
    local i fds=() clients=()
    serve server --echo
    for i in {1..20}; do
        talking "client$i" connect
        clients+=("$PID")
        fds+=("$TO")
        echo "line $i" >&"$TO"
    done
    for i in {1..20}; do until_true grep -qx "line $i" "$DIR/client$i.out"; done
    # All are open: none has ended.
    [ ! -s "$DIR/server.err" ]
    for i in "${fds[@]}"; do hang_up "$i"; done
    for i in "${clients[@]}"; do status_of "$i"; done
    until_true has_lines "$DIR/server.err" 20
    [ "$(grep -c 'closed$' "$DIR/server.err")" -eq 20 ]
}

@test "--max-connections lets the others wait" {
    serve server --echo --max-connections 1
    talking first connect
    local first=$PID to=$TO
    echo one >&"$to"
    until_true grep -qx one "$DIR/first.out"
    echo two >"$DIR/two"
    STDIN=$DIR/two background second connect
    local second=$PID
    # It cannot get further than the queue: the first one still talks.
    echo three >&"$to"
    until_true grep -qx three "$DIR/first.out"
    [ ! -s "$DIR/second.out" ]
    hang_up "$to"
    status_of "$first"
    status_of "$second"
    grep -qx two "$DIR/second.out"
}

@test "a peer that dies, in the handshake or later, ends only its own connection" {
    serve server --echo --idle-timeout 20
    # In the middle of a record header.
    printf '\026\003\001' | socat -u - "TCP:127.0.0.1:$PORT"
    until_true grep -q 'failed: .*closed_early.*wait_client_hello' "$DIR/server.err"
    talking client connect
    local client=$PID to=$TO
    echo hello >&"$to"
    until_true grep -q hello "$DIR/client.out"
    kill -9 "$client"
    hang_up "$to"
    until_true grep -q 'failed: .*truncation' "$DIR/server.err"
    [ "$(echo again | connect)" = again ]
}

@test "garbage instead of TLS: an alert, one line, and the server goes on" {
    serve server --echo
    printf 'GET / HTTP/1.0\r\n\r\n' | socat -t 5 - "TCP:127.0.0.1:$PORT" >"$DIR/answer"
    [ "$(head -c 2 "$DIR/answer" | od -An -tx1 | tr -d ' ')" = 1503 ]
    until_true grep -q 'failed: the peer speaks HTTP' "$DIR/server.err"
    local i
    for i in 1 2 3; do
        head -c 5000 /dev/urandom | socat -t 5 - "TCP:127.0.0.1:$PORT" >/dev/null 2>&1 || true
    done
    until_true has_lines "$DIR/server.err" 4
    [ "$(grep -c 'failed: ' "$DIR/server.err")" -eq 4 ]
    [ "$(echo again | connect)" = again ]
}

@test "no suite, no protocol, no version in common: the alert is named on both sides" {
    serve server --echo --alpn h2 --suite AES_128_GCM_SHA256,ECDHE_RSA_WITH_AES_128_GCM_SHA256
    run connect --suite AES_256_GCM_SHA384 </dev/null
    [ "$status" -eq 1 ]
    [[ $output == *"the peer sent the alert handshake_failure"* ]]
    until_true grep -q 'no_shared_suite.*handshake_failure sent' "$DIR/server.err"
    run connect --alpn http/1.1 </dev/null
    [ "$status" -eq 1 ]
    [[ $output == *"the peer sent the alert no_application_protocol"* ]]
    until_true grep -q 'no_application_protocol.*sent' "$DIR/server.err"
    run s_client -tls1_1 -cipher DEFAULT@SECLEVEL=0 </dev/null
    [ "$status" -ne 0 ]
    until_true grep -q 'no_shared_version.*protocol_version sent' "$DIR/server.err"
}

@test "--client-auth: required, requested, refused" {
    serve server --echo --ca "$PKI/ca.pem" --client-auth require
    for tls in 1.2 1.3; do
        run connect --tls $tls </dev/null
        echo "$output"
        [ "$status" -eq 1 ]
        [ "$(echo me | connect --tls $tls --cert "$PKI/client-ecdsa-p256.pem" --key "$PKI/client-ecdsa-p256.key")" = me ]
        run connect --tls $tls --cert "$PKI/client-unknown-ca.pem" --key "$PKI/client-unknown-ca.key" </dev/null
        echo "$output"
        [ "$status" -eq 1 ]
        [[ $output == *"the peer sent the alert unknown_ca"* ]]
    done
    until_true has_lines "$DIR/server.err" 6
    [ "$(grep -c 'peer verified.*closed$' "$DIR/server.err")" -eq 2 ]
    serve second --echo --ca "$PKI/ca.pem" --client-auth request
    [ "$(echo nobody | connect)" = nobody ]
}

@test "--hrr, --no-tickets, --keylog, --json" {
    serve server --echo --hrr --no-tickets --keylog "$DIR/keys" --json
    say_and_wait hello '^hello' s_client -quiet -no_ign_eof -tls1_3
    until_true grep -q '"hello_retry":true' "$DIR/server.err"
    grep -q '"ok":true,"done":true,"version":"TLS 1.3"' "$DIR/server.err"
    [ "$(grep -c '^[A-Z_0-9]* [0-9a-f]\{64\} [0-9a-f]*$' "$DIR/keys")" -ge 5 ]
    [ "$(stat -c %a "$DIR/keys")" = 600 ]
    connect --session-out "$DIR/session" </dev/null
    [ ! -e "$DIR/session" ]
}

@test "--compress-certificates: with clients that can, and those that cannot" {
    serve server --echo --compress-certificates zlib --ca "$PKI/ca.pem" --client-auth request
    echoed 'TLS 1.3' -tls1_3
    echoed 'TLS 1.2' -tls1_2
    for how in '' '--compress-certificates zlib' '--compress-certificates zlib --tls 1.2'; do
        # shellcheck disable=SC2086 # words
        echo hello | connect $how --cert "$PKI/client-rsa.pem" --key "$PKI/client-rsa.key" >"$DIR/back"
        [ "$(cat "$DIR/back")" = hello ]
    done
}

@test "early data is accepted once, and never lost" {
    serve server --echo --early-data 16384
    connect --session-out "$DIR/session" < <(echo first)
    [ "$(echo second | connect --session-in "$DIR/session" --early-data)" = second ]
    until_true grep -q 'resumed, early data.* 7 bytes in' "$DIR/server.err"
    # The same ticket again: refused as early data, and sent after the handshake.
    : >"$DIR/server.err"
    run connect --session-in "$DIR/session" --early-data < <(echo third)
    echo "$output"
    [[ ${lines[*]} == *third* ]]
    until_true has_lines "$DIR/server.err" 1
    cat "$DIR/server.err"
    [ "$(grep -c 'early data' "$DIR/server.err")" -eq 0 ]
    grep -q ' 6 bytes in' "$DIR/server.err"
    # Theirs.
    echo early >"$DIR/early"
    say_and_wait hello '^hello' s_client -quiet -no_ign_eof -tls1_3 -sess_out "$DIR/theirs"
    say_and_wait hello '^hello' s_client -quiet -no_ign_eof -tls1_3 -sess_in "$DIR/theirs" \
        -early_data "$DIR/early"
    until_true grep -q 'resumed, early data.* 12 bytes in' "$DIR/server.err"
}

@test "time-outs: a silent handshake, an idle connection" {
    serve server --echo --timeout 1 --idle-timeout 1
    background silent socat -u "TCP:127.0.0.1:$PORT" STDOUT
    until_true grep -q 'failed: the handshake took longer than 1 s, in state wait_client_hello' "$DIR/server.err"
    status_of "$PID"
    talking client connect
    local client=$PID to=$TO
    echo hello >&"$to"
    until_true grep -q hello "$DIR/client.out"
    until_true grep -q 'failed: nothing came or went for 1 s' "$DIR/server.err"
    # The client was told properly.
    status_of "$client"
    hang_up "$to"
}

@test "SIGTERM and SIGINT: open connections get close_notify, exit status 0" {
    local signal
    for signal in TERM INT; do
        serve "server$signal" --echo
        talking "client$signal" connect
        local client=$PID to=$TO
        echo hello >&"$to"
        until_true grep -q hello "$DIR/client$signal.out"
        # (A shell has its background children ignore SIGINT; ours takes it back.)
        kill "-$signal" "$SERVER"
        status_of "$client"
        status_of "$SERVER"
        grep -q 'closed' "$DIR/server$signal.err"
        hang_up "$to"
    done
}

@test "--count: ends after so many, and its exit status is theirs" {
    serve server --echo --count 2
    connect </dev/null
    connect </dev/null
    status_of "$SERVER"
    serve second --echo --once
    run connect --ca "$PKI/other-ca.pem" --sni other.test </dev/null
    local status=0
    status_of "$SERVER" || status=$?
    [ "$status" -eq 1 ]
}

@test "what keeps it from starting is one line and exit status 1" {
    serve server --echo
    run "$PARLEY" serve "127.0.0.1:$PORT" --cert "$PKI/server-rsa.pem" --key "$PKI/server-rsa.key"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"cannot listen on 127.0.0.1:$PORT: Address already in use" ]]
    run "$PARLEY" serve 127.0.0.1:0 --cert "$PKI/none.pem" --key "$PKI/server-rsa.key"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ $output == *"none.pem: No such file or directory" ]]
    run "$PARLEY" serve 127.0.0.1:0 --cert "$PKI/server-rsa.pem" --key "$PKI/client-rsa.key"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
    run "$PARLEY" serve 127.0.0.1:0 --cert "$PKI/server-rsa.pem" --key "$PKI/server-rsa.key" --ca "$PKI/ca.key"
    [ "$status" -eq 1 ]
    [ "${#lines[@]}" -eq 1 ]
}
