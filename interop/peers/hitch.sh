# hitch, in front of a plain nginx. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='hitch nginx-light'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have hitch && have nginx; }
version() { hitch --version; }

features() {
    [ "$1" = serve ] || return 0
    # A close_notify ends both directions, unless what it brought is answered before hitch sees it: RFC 8446 6.1. As chance
    # decides, not "answers_half_closed".
    openssl_features
    echo "http tickets resume close_notify alpn strict_alpn keep_alive post upload"
}

serve() {
    plain_behind
    {
        printf 'frontend = "[127.0.0.1]:%s"\nbackend = "%s"\n' "$PORT" "$PWD/local/plain"
        printf 'pem-file = "%s"\n' "$(one_pem)"
        printf 'workers = 1\ndaemon = off\nbacklog = 100\nlog-level = 2\nuser = "root"\n'
        printf 'tls-protos = %s\n' "$(versions_are TLSv1.2 TLSv1.3)"
        [ -z "$(suite12)" ] || printf 'ciphers = "%s"\n' "$(suite12)"
        [ -z "$(suite13)" ] || printf 'ciphersuites = "%s"\n' "$(suite13)"
        [ -z "$(groups_are)" ] || printf 'ecdh-curve = "%s"\n' "$(groups_are)"
        [ -z "$ALPN" ] || printf 'alpn-protos = "%s"\n' "$ALPN"
        case $CLIENT_AUTH in
        request) printf 'client-verify = optional\nclient-verify-ca = "%s"\n' "$PKI/ca.pem" ;;
        require) printf 'client-verify = required\nclient-verify-ca = "%s"\n' "$PKI/ca.pem" ;;
        esac
    } >hitch.conf
    launch hitch --config=hitch.conf
}
