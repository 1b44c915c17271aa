# Parley itself. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034,SC2153

available() {
    [ -x "$PARLEY" ] || {
        printf 'not built: %s\n' "$PARLEY"
        return 1
    }
}

version() { "$PARLEY" --version; }

features() {
    echo "tls1.2 tls1.3 pipe http alpn client_auth resume early_data send_key_update close_notify restrict_suite restrict_group"
    echo "suite=* group=* cert=*"
    case $1 in serve) echo "echo forward ends tickets no_tickets strict_alpn answers_half_closed" ;; connect) echo "tunnel sni verify verify_name half_close" ;; esac
}

# common: what both roles are told the same way.
common() {
    [ -n "$NO_CAPTURE" ] || set -- "$@" --pcap "$ROLE$CONNECTION.pcapng"
    set -- "$@" --json --ladder "$ROLE.ladder" --keylog keys.log --timeout "$PATIENCE"
    [ -n "$STRICT" ] || set -- "$@" --ignore-truncation
    [ -z "$TLS" ] || set -- "$@" --tls "$TLS"
    [ -z "$SUITE" ] || set -- "$@" --suite "$SUITE"
    [ -z "$GROUP" ] || set -- "$@" --group "$GROUP"
    [ -z "$KEY_UPDATE" ] || set -- "$@" --key-update
    launch "$PARLEY" "$@"
}

# What a server does with the plaintext is up to the client: it speaks HTTP only, or says anything.
serve() {
    set -- serve "127.0.0.1:$PORT" --cert "$PKI/$CERT.pem" --key "$PKI/$CERT.key"
    if [ -n "$FORWARD" ]; then
        set -- "$@" --forward "$FORWARD"
    elif [ -n "$SPEAKS_HTTP" ]; then
        set -- "$@" --www
    else
        set -- "$@" --echo
    fi
    [ -z "$CONNECTIONS" ] || set -- "$@" --count "$CONNECTIONS"
    [ -z "$CLIENT_AUTH" ] || set -- "$@" --client-auth "$CLIENT_AUTH" --ca "$PKI/ca.pem"
    [ -z "$HRR" ] || set -- "$@" --hrr
    [ -z "$NO_TICKETS" ] || set -- "$@" --no-tickets
    [ -z "$EARLY" ] || set -- "$@" --early-data 16384
    [ -z "$ALPN" ] || set -- "$@" --alpn "$ALPN"
    common "$@"
}

# early_stdin: on stdin all of $EARLY is there at once, and its end comes with that of the stdin there was: who hangs up
# earlier may find that the server did, too.
# shellcheck disable=SC2094 # read and written it is
early_stdin() {
    STDIN=$EARLY
    mkfifo early.fifo
    # shellcheck disable=SC2094 # a pipe
    exec 3<>early.fifo 4<&0 5<early.fifo
    cat "$EARLY" >&3
    cat <&4 >/dev/null &
    exec <&5 3>&- 4<&- 5<&-
}

connect() {
    set -- connect "127.0.0.1:$PORT" --ca "$PKI/$CA.pem" --sni "$SNI"
    [ -z "$LISTEN" ] || set -- "$@" --listen "$LISTEN" --count 1
    [ -z "$CLIENT_CERT" ] || set -- "$@" --cert "$PKI/$CLIENT_CERT.pem" --key "$PKI/$CLIENT_CERT.key"
    [ -z "$ALPN" ] || set -- "$@" --alpn "$ALPN"
    case $CONNECTION in
    1) set -- "$@" --session-out session.json ;;
    2)
        set -- "$@" --session-in session.json ${EARLY:+--early-data}
        [ -z "$EARLY" ] || early_stdin
        ;;
    esac
    common "$@"
}

# The last connection's line; of a client that makes more than it uses, the first in which there was something.
last_used() {
    if [ -n "$CONNECTIONS" ]; then
        tail -n 1
    else
        jq -cn '[inputs] | (map(select(.bytes_in > 0 or .alert_received or .alert_sent)) | first) // last // {}'
    fi
}

# One object, without others in it: a line for each of its members.
facts() {
    grep '^{' | last_used | sed -e 's/^{"/"/' -e 's/}$//' -e 's/,"\([a-z0-9_]*\)":/\n"\1":/g' |
        sed -e 's/^"\([a-z0-9_]*\)":/\1=/' -e 's/="\(.*\)"$/=\1/'
}
