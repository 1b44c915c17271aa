# haproxy, in front of a plain nginx. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='haproxy nginx-light'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have haproxy && have nginx; }
version() { haproxy -v; }

features() {
    [ "$1" = serve ] || return 0
    openssl_features
    echo "http tickets no_tickets resume early_data close_notify answers_half_closed"
    echo "alpn strict_alpn keep_alive post upload"
}

# bind_line: haproxy has it all in one line.
bind_line() {
    set -- bind "127.0.0.1:$PORT" ssl crt "$(one_pem)"
    case $TLS in 1.*) set -- "$@" ssl-min-ver "TLSv$TLS" ssl-max-ver "TLSv$TLS" ;; esac
    [ -z "$(suite12)" ] || set -- "$@" ciphers "$(suite12)"
    [ -z "$(suite13)" ] || set -- "$@" ciphersuites "$(suite13)"
    [ -z "$(groups_are)" ] || set -- "$@" curves "$(groups_are)"
    [ -z "$NO_TICKETS" ] || set -- "$@" no-tls-tickets
    [ -z "$EARLY" ] || set -- "$@" allow-0rtt
    [ -z "$ALPN" ] || set -- "$@" alpn "$ALPN"
    case $CLIENT_AUTH in
    request) set -- "$@" ca-file "$PKI/ca.pem" verify optional ;;
    require) set -- "$@" ca-file "$PKI/ca.pem" verify required ;;
    esac
    echo "    $*"
}

serve() {
    plain_behind
    {
        cat <<CONF
global
    log stdout format raw local0
    stats timeout 1s
defaults
    mode http
    timeout connect 5s
    timeout client 60s
    timeout server 60s
    option dontlognull
frontend tls
    log global
    log-format "facts version=%sslv suite=%sslc alpn=%[ssl_fc_alpn] resumed=%[ssl_fc_is_resumed] server_name=%[ssl_fc_sni] early=%[ssl_fc_has_early] verified=%[ssl_c_used]"
    default_backend plain
$(bind_line)
backend plain
    server plain unix@local/plain
CONF
    } >haproxy.conf
    launch haproxy -db -f haproxy.conf
}

facts() { log_facts; }
