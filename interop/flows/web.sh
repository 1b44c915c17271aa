# What people do with TLS, with real servers and clients of HTTP. Parley is a tunnel on one of the two ends: "parley
# connect --listen" in front of a server, with a plain curl that knows nothing of TLS; or "parley serve --forward"
# in front of a plain nginx. ASK is what is done: see cases/everyday.sh.
# shellcheck shell=sh disable=SC2034,SC2153,SC2154

# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"
LONG=60

# HTML of which a browser shows only with its script what is expected; it says it to the server, too.
write_page() {
    lines 20 expect
    printf '<!DOCTYPE html>\n<title>Parley</title>\n<pre>\n<script src="page.js"></script></pre>\n' >local/page.html
    {
        awk '{ printf "document.write(\"%s\\n\");\n", $0 }' expect
        echo 'const seen = new XMLHttpRequest();'
        echo 'seen.open("PUT", "seen", false);'
        echo 'seen.send(document.querySelector("pre").innerText);'
    } >local/page.js
}

# The question for the address of $HOST (RFC 1035 4.1), and the answer of peers/dnsdist.sh.
write_query() {
    name='\0006parley\0004test\0000\0000\0001\0000\0001'
    printf '\000\000\001\000\000\001\000\000\000\000\000\000%b' "$name" >query
    printf '\000\000\201\200\000\001\000\001\000\000\000\000%b\300\014\000\001\000\001\000\000\000\074\000\004\300\000\002\007' "$name" |
        as_hex >expect
}
as_hex() { od -An -v -tx1; }
as_sum() { sha256sum | cut -d ' ' -f 1; }

# numbers BYTES FILE: a file as large as that, always the same. One for all cases.
numbers() {
    [ -e "$2" ] || { seq 20000000 | head -c "$1" >"$2.$$" && mv "$2.$$" "$2"; }
}

# to_ask: what curl and the plain server need for ASK, and in "expect" what must come out.
to_ask() {
    expected='' URL_PATH=/20.txt
    case $ASK in
    once) cp "$WWW/20.txt" expect ;;
    twice) cat "$WWW/20.txt" "$WWW/20.txt" >expect ;;
    post)
        printf '{"name": "parley", "numbers": [1, 2.5, null], "text": "\\u00fc \\" \\\\ tls"}' >query
        jq -S '{method: "POST", posted: .}' query >expect
        ;;
    doh) write_query ;;
    load)
        CONNECTIONS=20
        echo 'requests: 400 total, 400 started, 400 done, 400 succeeded, 0 failed, 0 errored, 0 timeout' >expect
        ;;
    page)
        write_page
        expected='^parley [0-9]' URL_PATH=/files/page.html
        ;;
    get)
        NO_CAPTURE=yes URL_PATH=/numbers.bin
        numbers 100000000 "$WWW/numbers.bin"
        as_sum <"$WWW/numbers.bin" >expect
        ;;
    put)
        NO_CAPTURE=yes
        seq 20000000 | head -c 10000000 >query
        as_sum <query >expect
        ;;
    esac
    expected_count=$(grep -c . expect)
}

# came_back: what the client got, in the form of "expect".
came_back() {
    case $ASK in
    post) jq -S . got ;;
    doh) as_hex <got ;;
    get) as_sum <got ;;
    put) as_sum <local/stored ;;
    load) grep '^requests:' got ;;
    *) cat got ;;
    esac >client.out 2>>client.log
}

# plain_listen: the server behind "parley serve --forward".
plain_listen() {
    port_take
    FORWARD=127.0.0.1:$PORT
    plain_start "$FORWARD$(case "$ALPN$of_serve" in *h2*) echo ' http2' ;; esac)"
    until_true "$PATIENCE" listening "$PORT" || result failed server "nginx did not start: $(last_line plain.log)"
}

# tunnel_start: "parley connect --listen", $client, at $tunnel.
tunnel_start() {
    server_port=$PORT
    port_take
    tunnel=$PORT PORT=$server_port
    LISTEN=127.0.0.1:$tunnel
    as connect </dev/null >tunnel.out 2>client.log &
    client=$!
    until_true "$PATIENCE" listening "$tunnel" || result failed client "it did not listen: $(last_line client.log)"
}

# ends_in SECONDS PID WHO: waits for it; its status.
ends_in() {
    until_true "$1" gone "$2" || {
        result hung "$3" "the $3 did not end"
        kill -s KILL "$2"
    }
    wait "$2"
}

# ask: the client of HTTP does what it is to do; then all end.
ask() {
    if [ "$CLIENT" = parley ]; then
        tunnel_start
        (ROLE=plain && curl_asks "http://$HOST:$tunnel" --resolve "$HOST:$tunnel:127.0.0.1") >got 2>plain.log &
        ends_in "$LONG" "$!" "plain client" || result failed '' "curl behind the tunnel: $(last_line plain.log)"
        ends_in "$LONG" "$client" client
    else
        as connect </dev/null >got 2>client.log &
        ends_in "$LONG" "$!" client
    fi
    client_status=$?
    cat client.log >>local/connect
    came_back
}

# connections: that ours counts no more and no less than there should be.
connections() {
    [ -z "$CONNECTIONS" ] || [ "$(cat client.log server.log | grep -c '^{"peer":')" = "$CONNECTIONS" ] ||
        result failed '' "there were not $CONNECTIONS connections"
}

# note_rest: the client behind the tunnel, for reproduce.sh.
note_rest() {
    [ -e plain.command ] || return 0
    { sed '$s/$/ \&/' connect.command && printf 'until %s; do sleep 0.1; done\n' "$(cat plain.command)"; } >again
    mv again connect.command
}

flow() {
    to_ask
    [ "$SERVER" != parley ] || plain_listen
    if server_start; then ask; fi
    judge
    connections
    [ -z "${plain-}" ] || { kill "$plain" && wait "$plain"; } 2>/dev/null
    note_rest
    # The large ones.
    rm -f local/stored
    case $ASK in get | put) rm -f got query ;; esac
}
