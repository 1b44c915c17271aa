#!/usr/bin/env bats
# parley handshake: exit statuses, what it says, what it leaves behind.

PARLEY=${PARLEY:-$PWD/build/release/parley}

setup() {
    cd "$BATS_TEST_TMPDIR" || return 1
}

# handshake ARGUMENT...: runs it; $status, $output (stdout), $said (stderr).
handshake() {
    status=0
    output=$("$PARLEY" handshake "$@" 2>said </dev/null) || status=$?
    said=$(cat said)
    printf 'parley handshake %s: status %s: %s\n' "$*" "$status" "$said"
}

completes() {
    handshake "$@"
    [ "$status" -eq 0 ]
    [ -z "$said" ]
}

# stops PATTERN ARGUMENT...: status 1, and one line on stderr that has PATTERN.
stops() {
    local pattern=$1
    shift
    handshake "$@"
    [ "$status" -eq 1 ]
    [ "$(wc -l <said)" -eq 1 ]
    grep -q -- "$pattern" said
}

# refuses PATTERN ARGUMENT...: status 2, one line on stderr, nothing on stdout.
refuses() {
    local pattern=$1
    shift
    handshake "$@"
    [ "$status" -eq 2 ]
    [ "$(wc -l <said)" -eq 1 ]
    [ -z "$output" ]
    grep -q -- "$pattern" said
}

@test "a handshake completes, and says what was negotiated" {
    completes
    [[ $output == *client_hello* && $output == *finished* && $output == *close_notify* ]]
    [[ $output == *"version                TLS 1.3"* ]]
    [[ $output == *"both ends agree        yes"* ]]
    [[ $output != *$'\033'* ]]
    completes --tls 1.2 --cert rsa
    [[ $output == *"version                TLS 1.2"* && $output == *server_key_exchange_ecdhe* ]]
    completes --tls 1.2 --suite RSA_WITH_AES_128_GCM_SHA256
    [[ $output == *client_key_exchange_rsa* && $output != *server_key_exchange* ]]
}

@test "certificates are compressed where both ends can" {
    completes --compress-certificates zlib --client-auth
    [ "$(grep -c 'compressed_certificate .*uncompressed_length' <<<"$output")" -eq 2 ]
    [[ $output != *certificate_tls13* ]]
    completes --compress-certificates zlib --hrr --chunk 1 --cert rsa
    [[ $output == *compressed_certificate* ]]
    refuses 'brotli.*not known' --compress-certificates brotli
    refuses 'is of TLS 1.3' --compress-certificates zlib --tls 1.2
    refuses 'place of certificates' --compress-certificates zlib --psk
}

@test "what is asked for is what is negotiated" {
    completes --tls 1.3 --suite TLS_CHACHA20_POLY1305_SHA256 --group secp384r1 --cert ed25519 --json
    jq -e '.ok and .failure == null and (.connections | length) == 1' <<<"$output"
    jq -e '.connections[0].client
        | .suite == "TLS_CHACHA20_POLY1305_SHA256" and .group == "secp384r1"
        and .server_signature_scheme == "ed25519" and .version == "TLS 1.3"' <<<"$output"
    completes --alpn h2,http/1.1 --sni parley.test --client-auth --json
    jq -e '.connections[0].server | .alpn == "h2" and .server_name == "parley.test" and .peer_verified' <<<"$output"
    completes --hrr --json
    jq -e '[.connections[0].messages[].message] | index("hello_retry_request") == 1' <<<"$output"
    completes --psk --json
    jq -e '[.connections[0].messages[].message] | index("certificate_tls13") == null' <<<"$output"
}

@test "resumption and early data: two connections, both shown" {
    completes --tls 1.3 --resume --json
    jq -e '[.connections[].client.resumed] == [false, true]' <<<"$output"
    completes --tls 1.2 --resume --json
    jq -e '[.connections[].client.resumed] == [false, true]' <<<"$output"
    completes --tls 1.2 --resume --session-id --json
    jq -e '[.connections[].server.resumed] == [false, true]' <<<"$output"
    jq -e '[.connections[].messages[].message] | index("new_session_ticket_tls12") == null' <<<"$output"
    completes --early-data --json
    jq -e '.connections[1] | .client.early_data_accepted and .server.early_data_accepted
        and .early_data_sent == 64' <<<"$output"
    jq -e '.connections[1].messages | map(select(.message == "application_data"))[0].epoch == "early"' <<<"$output"
    completes --early-data --hrr --json
    jq -e '.connections[1] | (.client.early_data_accepted | not) and .early_data_sent == 64
        and .application_data_received.server == 192' <<<"$output"
}

@test "key update and a megabyte each way" {
    completes --key-update --data 1000000 --json
    jq -e '[.connections[0].messages[].message] | map(select(. == "key_update")) | length == 2' <<<"$output"
    jq -e '.connections[0].application_data_received == {"client": 2000000, "server": 2000000}' <<<"$output"
    completes --tls 1.2 --data 1000000 --suite RSA_WITH_AES_128_CBC_SHA
}

@test "the same seed gives the same bytes, in chunks or whole; another one does not" {
    local first
    for options in '--tls 1.3' '--tls 1.2' '--early-data --cert rsa' '--tls 1.2 --cert rsa --client-auth'; do
        # shellcheck disable=SC2086 # words
        completes $options --seed 7 --json
        first=$output
        # shellcheck disable=SC2086
        completes $options --seed 7 --json
        [ "$output" = "$first" ]
        # shellcheck disable=SC2086
        completes $options --seed 7 --json --chunk 1
        [ "$(jq '.sha256' <<<"$output")" = "$(jq '.sha256' <<<"$first")" ]
        # shellcheck disable=SC2086
        completes $options --seed 8 --json
        [ "$(jq '.sha256' <<<"$output")" != "$(jq '.sha256' <<<"$first")" ]
    done
}

@test "100 runs of one seed, one SHA-256" {
    for _ in $(seq 100); do
        "$PARLEY" handshake --tls 1.3 --client-auth --resume --seed 3 | grep '^SHA-256'
    done >digests
    [ "$(wc -l <digests)" -eq 100 ]
    [ "$(sort -u digests | wc -l)" -eq 1 ]
}

@test "a dropped message: who stopped, where, with which alert" {
    stops 'client stopped at certificate_verify .*unexpected_message' --tls 1.3 --drop certificate
    [[ $output == *dropped* ]]
    stops 'server stopped at .*unexpected_message, which the client received' --tls 1.2 --drop client_key_exchange
    stops 'stalled (handshake): client waits in state .*, server waits in state ' --drop finished
    stops 'server waits in state wait_finished' --tls 1.3 --drop client:finished
    stops 'stalled (close)' --drop alert
    handshake --tls 1.3 --drop certificate --json
    [ "$status" -eq 1 ]
    jq -e '.ok == false and (.failure | startswith("client stopped"))' <<<"$output"
    jq -e '.connections[0] | .outcome == "failed" and .who == "client" and .at == "certificate_verify"
        and .alert == "unexpected_message"' <<<"$output"
    jq -e '[.connections[0].messages[] | select(.dropped)] | length == 1' <<<"$output"
    completes --tls 1.3 --drop new_session_ticket
    # Of two connections, the drop is the second one's.
    stops 'resumed' --tls 1.3 --resume --drop client_hello || stops 'stalled' --tls 1.3 --resume --drop client_hello
    handshake --resume --drop client_hello --json
    jq -e '[.connections[].outcome] == ["complete", "stalled"]' <<<"$output"
}

@test "a wrong host, a suite that the certificate cannot sign for" {
    stops 'client stopped at certificate.*bad_certificate' --sni wrong.example
    stops 'handshake_failure' --suite ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 --cert rsa
}

@test "bad usage: status 2 and one line" {
    refuses "'1.1' is neither 1.2 nor 1.3" --tls 1.1
    refuses "unknown suite 'AES'" --suite AES
    refuses "unknown group 'p256'" --group p256
    refuses "not a spoken group 'MLKEM768'" --group MLKEM768
    refuses "unknown certificate 'dsa'" --cert dsa
    refuses "unknown message 'finishe'" --drop finishe
    refuses "unknown message 'server:client_hello'" --drop server:client_hello
    refuses 'not of TLS 1.3' --tls 1.3 --suite RSA_WITH_AES_128_GCM_SHA256
    refuses 'uses no group' --suite RSA_WITH_AES_128_GCM_SHA256 --group x25519
    for option in --hrr --psk --early-data --key-update; do
        refuses "$option is of TLS 1.3" --tls 1.2 "$option"
    done
    refuses 'wants --tls 1.2 --resume' --session-id
    refuses 'not a number' --seed x
    refuses 'not a number' --chunk 0
    refuses 'not a number' --data 99999999999
    refuses 'an empty name' --alpn h2,,x
    refuses 'host name' --sni 127.0.0.1
    refuses "unexpected 'x'" x
    refuses 'needs a value' --suite
    refuses 'goes with' --all --tls 1.3
}

@test "--help lists suites and groups" {
    handshake --help
    [ "$status" -eq 0 ]
    [[ $output == *"Usage: parley handshake"* && $output == *x25519* ]]
    [[ $output == *DHE_RSA_WITH_AES_128_CBC_SHA256* ]]
}

@test "the key log and the capture: Wireshark sees inside" {
    completes --tls 1.3 --client-auth --keylog keys --pcap capture.pcapng
    [ "$(stat -c %a keys)" = 600 ]
    grep -q '^CLIENT_HANDSHAKE_TRAFFIC_SECRET [0-9a-f]\{64\} [0-9a-f]\{64\}$' keys
    [ "$(sort keys | uniq -d | wc -l)" -eq 0 ]
    tshark -r capture.pcapng -T fields -e tcp.srcport -e tls.handshake.type >seen
    head -n 1 seen | grep -q '^40000'
    cut -f 2 seen | tr '\n' ',' | tr -s ',' >types
    echo "handshake types: $(cat types)"
    # client_hello; server_hello encrypted_extensions certificate_request certificate
    # certificate_verify finished; certificate certificate_verify finished; new_session_ticket
    grep -q '^1,2,8,13,11,15,20,11,15,20,4,$' types
    completes --tls 1.2 --suite RSA_WITH_AES_128_CBC_SHA256 --pcap capture.pcapng
    tshark -r capture.pcapng -T fields -e tls.handshake.type | tr '\n' ',' | tr -s ',' >types
    echo "handshake types: $(cat types)"
    grep -q '^1,2,11,14,16,20,4,20,$' types
    tshark -r capture.pcapng -q -z follow,tls,ascii,0 | grep -q 'parley parley'
}

@test "captures are the same for the same seed, of two connections too" {
    for run in 1 2; do
        completes --early-data --seed 9 --keylog keys.$run --pcap capture.$run
    done
    cmp keys.1 keys.2
    cmp capture.1 capture.2
    [ "$(tshark -r capture.1 -T fields -e tcp.stream | sort -u | wc -l)" -eq 2 ]
    tshark -r capture.1 -T fields -e tls.handshake.type | tr '\n' ',' | grep -q '5,20' # end_of_early_data
}

@test "files that cannot be written: status 1 and one line, nothing left behind" {
    stops 'not a regular file' --keylog /dev/null
    stops 'not a regular file' --pcap "$BATS_TEST_TMPDIR"
    stops 'No such file' --pcap no/such/file
    [ "$(find . -name 'capture*' | wc -l)" -eq 0 ]
}

@test "every kind of handshake" {
    "$PARLEY" handshake --all >all || { grep -v '^ok' all | head -n 20; false; }
    tail -n 1 all
    [ "$(grep -c '^ok ' all)" -ge 900 ]
    [ "$(grep -vc '^ok ' all)" -eq 1 ]
}

@test "every kind of handshake, a byte at a time" {
    "$PARLEY" handshake --all --chunk 1 --json >all || { jq -c '.kinds[] | select(.ok | not)' all | head -n 20; false; }
    jq -e '.ok and .ran == .passed and .ran >= .least and .never_worked == 0' all
}

@test "--ech: the hello goes encrypted, and is shown" {
    completes --ech --json
    jq -e '.connections[0].messages[0] | .inner and .message == "client_hello"' <<<"$output"
    jq -e '.connections[0].messages[0].fields.host_name == "parley.test"' <<<"$output"
    jq -e '.connections[0].messages[1].fields.host_name == "public.test"' <<<"$output"
    completes --ech --hrr --chunk 1
    completes --ech --early-data
}
