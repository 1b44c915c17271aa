# curl. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='curl'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have curl; }
version() { curl --version; }

features() {
    [ "$1" = connect ] || return 0
    openssl_features
    echo "http sni verify verify_name resume_both alpn=http/1.1 alpn=h2,http/1.1 keep_alive post upload download h2"
}

# What TLS is like, and how to get to $SNI.
connect() {
    set -- "https://$SNI:$PORT" -v --resolve "$SNI:$PORT:127.0.0.1" --cacert "$PKI/$CA.pem"
    case $TLS in 1.2) set -- "$@" --tlsv1.2 --tls-max 1.2 ;; 1.3) set -- "$@" --tlsv1.3 ;; *) set -- "$@" --tlsv1.2 ;; esac
    [ -z "$(suite12)" ] || set -- "$@" --ciphers "$(suite12)"
    [ -z "$(suite13)" ] || set -- "$@" --tls13-ciphers "$(suite13)"
    [ -z "$(groups_are)" ] || set -- "$@" --curves "$(groups_are)"
    case $ALPN in h2,*) set -- "$@" --http2 ;; '') set -- "$@" --http1.1 --no-alpn ;; *) set -- "$@" --http1.1 ;; esac
    [ -z "$CLIENT_CERT" ] || set -- "$@" --cert "$PKI/$CLIENT_CERT.pem" --key "$PKI/$CLIENT_CERT.key"
    # Both in one process, which keeps sessions, but not this connection.
    [ "$CONNECTION" != both ] || set -- "$@" --header 'Connection: close' "https://$SNI:$PORT$URL_PATH"
    curl_asks "$@"
}

facts() {
    sed -nE -e 's/^\* SSL connection using (TLSv1\.[23]) \/ ([^ ]*).*/version=\1 suite=\2/p' \
        -e 's/^\* ALPN: server accepted (.*)/alpn=\1/p' -e 's/^\* SSL re-using session ID/resumed=true/p' |
        tr '\n' ' ' | sed 's/.*version=/facts version=/' | log_facts
}
