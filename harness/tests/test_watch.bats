#!/usr/bin/env bats
# What serve and connect keep of connections (--pcap, --ladder), say of them (--json), and --key-update.

# shellcheck disable=SC2030,SC2031 # every test is a subshell

load support_net

setup() { net_setup; }
teardown() { net_teardown; }

# opened_as CAPTURE: the messages that tshark sees in it, decrypted, a line per packet.
opened_as() { tshark -r "$1" -Y tls -T fields -e _ws.col.Info 2>/dev/null; }

# stop: SIGTERM for the server, which has to end well.
stop() {
    kill "$SERVER"
    status_of "$SERVER"
}

# said FILE JQ-FILTER: what the one line of JSON in FILE says.
said() { grep '^{' "$1" | jq -c "$2"; }

@test "--pcap: all connections of a server, opened by tshark, written on SIGTERM" {
    serve server --echo --pcap "$DIR/all.pcapng" --keylog "$DIR/keys"
    [ "$(echo one | connect)" = one ]
    [ "$(echo two | connect --tls 1.2)" = two ]
    [ ! -e "$DIR/all.pcapng" ]
    stop
    opened_as "$DIR/all.pcapng" >"$DIR/seen"
    cat "$DIR/seen"
    [ "$(grep -c 'Client Hello' "$DIR/seen")" -eq 2 ]
    grep -q 'Server Hello.*Encrypted Extensions.*Certificate Verify, Finished' "$DIR/seen"
    grep -q 'New Session Ticket, Change Cipher Spec, Finished' "$DIR/seen"
    [ "$(grep -c 'Close Notify' "$DIR/seen")" -eq 4 ]
    # The secrets go to both.
    [ "$(grep -c ^CLIENT_RANDOM "$DIR/keys")" -eq 1 ]
    # Each connection has its own port.
    [ "$(tshark -r "$DIR/all.pcapng" -T fields -e tcp.stream 2>/dev/null | sort -u | wc -l)" -eq 2 ]
    ls -a "$DIR" >"$DIR/files"
    run grep 'pcapng\.' "$DIR/files"
    [ "$status" -eq 1 ]
}

@test "--pcap: a client's, of a connection that fails, too" {
    serve server --echo
    connect --pcap "$DIR/fine.pcapng" </dev/null
    opened_as "$DIR/fine.pcapng" | grep -q 'Finished'
    run connect --ca "$PKI/other-ca.pem" --sni other.test --pcap "$DIR/failed.pcapng" </dev/null
    [ "$status" -eq 1 ]
    opened_as "$DIR/failed.pcapng" | grep -q 'Alert (Level: Fatal'
}

@test "--pcap: nothing to write, or nowhere to" {
    serve server --echo --pcap "$DIR/none.pcapng"
    stop
    [ ! -e "$DIR/none.pcapng" ]
    grep -q 'none.pcapng: not written, no connection was made' "$DIR/server.err"
    serve second --echo
    run connect --pcap "$DIR/no/such/folder.pcapng" </dev/null
    [ "$status" -eq 1 ]
    [[ $output == *"no/such/folder.pcapng"* ]]
    run connect --ladder "$DIR/no/such/folder" </dev/null
    [ "$status" -eq 1 ]
    [[ $output == *"no/such/folder: No such file"* ]]
}

@test "--pcap: more than it may hold is left out, and said" {
    serve server --echo
    head -c 36000000 /dev/zero >"$DIR/much"
    connect --pcap "$DIR/cut.pcapng" <"$DIR/much" >"$DIR/back" 2>"$DIR/client.err"
    cmp "$DIR/back" "$DIR/much"
    [ "$(grep -c 'cut.pcapng: more than 64 MB .*left out' "$DIR/client.err")" -eq 1 ]
    [ "$(stat -c %s "$DIR/cut.pcapng")" -lt 70000000 ]
    tshark -c 1 -r "$DIR/cut.pcapng" 2>/dev/null | grep -q 'Client Hello'
}

@test "--ladder: a connection's messages, from either end, the failed ones' too" {
    serve server --echo --ladder "$DIR/server.ladder" --json
    echo hello | connect --ladder "$DIR/client.ladder"
    echo again | connect --tls 1.2 --ladder "$DIR/client.ladder"
    run connect --ca "$PKI/other-ca.pem" --sni other.test --ladder "$DIR/client.ladder" </dev/null
    [ "$status" -eq 1 ]
    # It is there before the connection's line is.
    until_true has_lines "$DIR/server.err" 3
    cat "$DIR/client.ladder"
    for file in client server; do
        [ "$(grep -c '^client  server  message' "$DIR/$file.ladder")" -eq 3 ]
        [ "$(grep -c '├──────▶│  client_hello ' "$DIR/$file.ladder")" -eq 3 ]
        grep -q '├──────▶│  client_key_exchange_ecdhe' "$DIR/$file.ladder"
        [ "$(grep -c '├══════▶│  application_data  *6  application  1 record' "$DIR/$file.ladder")" -eq 2 ]
        grep -q '├══════▶│  alert .*level 2; description' "$DIR/$file.ladder"
    done
    stop
}

@test "--key-update: before the first data, in both roles, with theirs and ours" {
    serve server --echo --key-update --json --ladder "$DIR/server.ladder"
    say_and_wait hello '^hello' s_client -quiet -no_ign_eof -tls1_3
    until_true has_lines "$DIR/server.err" 1
    [ "$(said "$DIR/server.err" '[.key_updates_sent, .key_updates_received]')" = '[1,1]' ]
    grep -o 'key_update.*\|application_data' "$DIR/server.ladder" >"$DIR/order"
    head -n 1 "$DIR/order" | grep -q 'request_update 1'
    # Both: each answers the other's.
    : >"$DIR/server.err"
    [ "$(echo hello | connect --key-update --json --ladder "$DIR/client.ladder" 2>"$DIR/client.err")" = hello ]
    until_true has_lines "$DIR/server.err" 1
    grep -o 'key_update.*\|application_data' "$DIR/client.ladder" | head -n 1 | grep -q 'request_update 1'
    for file in client server; do
        [ "$(said "$DIR/$file.err" '.key_updates_sent >= 1 and .key_updates_received >= 1')" = true ]
    done
    [ "$(said "$DIR/client.err" .key_updates_sent)" = "$(said "$DIR/server.err" .key_updates_received)" ]
    # Without data, in TLS 1.2, and with early data.
    connect --key-update </dev/null
    until_true has_lines "$DIR/server.err" 2
    : >"$DIR/server.err"
    [ "$(echo old | connect --tls 1.2 --key-update)" = old ]
    until_true has_lines "$DIR/server.err" 1
    [ "$(said "$DIR/server.err" '[.ok, .key_updates_sent, .key_updates_received]')" = '[true,0,0]' ]
    openssl_server theirs server-rsa -tls1_3 -rev
    [ "$(echo abc | connect --key-update --json 2>"$DIR/client.err")" = cba ]
    [ "$(said "$DIR/client.err" '[.key_updates_sent, .key_updates_received]')" = '[1,1]' ]
}

@test "--key-update and early data: what is answered to 0-RTT comes under new keys" {
    serve server --echo --early-data 1000 --key-update --ladder "$DIR/server.ladder"
    connect --session-out "$DIR/session" </dev/null
    until_true has_lines "$DIR/server.err" 1
    : >"$DIR/server.ladder"
    [ "$(echo early | connect --session-in "$DIR/session" --early-data --json 2>"$DIR/client.err")" = early ]
    [ "$(said "$DIR/client.err" '[.early_data_accepted, .early_data_bytes]')" = '[true,6]' ]
    until_true grep -q alert "$DIR/server.ladder"
    grep -A 99 'request_update 1' "$DIR/server.ladder" | grep -q '◀══════┤  application_data'
    run grep -B 99 'request_update 1' "$DIR/server.ladder"
    [[ $output != *'◀══════┤  application_data'* ]]
}

@test "--json: every line has every name" {
    serve server --echo --json --alpn h2 --ca "$PKI/ca.pem" --client-auth request
    echo hello | connect --json --alpn h2 --cert "$PKI/client-rsa.pem" --key "$PKI/client-rsa.key" 2>"$DIR/client.err"
    until_true has_lines "$DIR/server.err" 1
    run connect --json --alpn http/1.1 </dev/null
    printf '%s\n' "${lines[@]}" >"$DIR/refused.err"
    run "$PARLEY" connect 127.0.0.1:1 --insecure --json </dev/null
    printf '%s\n' "${lines[@]}" >"$DIR/nobody.err"
    until_true has_lines "$DIR/server.err" 2
    jq -c keys "$DIR/server.err" "$DIR/client.err" "$DIR/refused.err" "$DIR/nobody.err" >"$DIR/names"
    [ "$(wc -l <"$DIR/names")" -eq 5 ]
    [ "$(sort -u "$DIR/names" | wc -l)" -eq 1 ]
    [ "$(said "$DIR/client.err" '[.ok, .version, .alpn, .peer_verified, .peer_subject, .bytes_in, .bytes_out, .closed, .error]')" = \
        '[true,"TLS 1.3","h2",true,"CN=server-rsa,O=Parley test",6,6,"close_notify",null]' ]
    [ "$(head -n 1 "$DIR/server.err" | jq -r '.peer_subject, .client_signature_scheme, .signature_scheme')" = \
        "$(printf '%s\n' 'CN=client-rsa,O=Parley test' rsa_pss_rsae_sha256 rsa_pss_rsae_sha256)" ]
    [ "$(said "$DIR/refused.err" '[.ok, .done, .closed, .alert_received, .error]')" = \
        '[false,false,"alert","no_application_protocol","peer_alert"]' ]
    [ "$(tail -n 1 "$DIR/server.err" | jq -c '[.closed, .alert_sent, .error]')" = \
        '["by us","no_application_protocol","no_application_protocol"]' ]
    [ "$(said "$DIR/nobody.err" '[.closed, .error, .version]')" = '[null,"connection",null]' ]
}

@test "--json: a peer that ends without close_notify has truncated" {
    serve server --echo --json
    talking client connect
    local client=$PID to=$TO
    echo hello >&"$to"
    until_true grep -q hello "$DIR/client.out"
    kill -9 "$client"
    hang_up "$to"
    until_true has_lines "$DIR/server.err" 1
    [ "$(said "$DIR/server.err" '[.ok, .closed, .error]')" = '[false,"truncated","truncation"]' ]
}
