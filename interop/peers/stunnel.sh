# stunnel, as a server in front of cat(1), and as a client. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='stunnel4'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have stunnel; }
version() { stunnel -version 2>&1 | grep '^stunnel'; }

features() {
    openssl_features
    case $1 in serve) echo "echo tickets no_tickets resume close_notify answers_half_closed" ;; connect) echo "pipe sni verify verify_name close_notify" ;; esac
}

# common: what both roles are told the same way.
common() {
    printf 'foreground = yes\npid =\nsyslog = no\ndebug = info\n'
    case $TLS in 1.*) printf 'sslVersion = TLSv%s\n' "$TLS" ;; *) printf 'sslVersionMin = TLSv1.2\n' ;; esac
    [ -z "$(suite12)" ] || printf 'ciphers = %s\n' "$(suite12)"
    [ -z "$(suite13)" ] || printf 'ciphersuites = %s\n' "$(suite13)"
    [ -z "$(groups_are)" ] || printf 'curves = %s\n' "$(groups_are)"
}

serve() {
    {
        common
        [ -z "$NO_TICKETS" ] || echo "options = NO_TICKET"
        case $CLIENT_AUTH in
        request) printf 'CAfile = %s\nverify = 1\n' "$PKI/ca.pem" ;;
        require) printf 'CAfile = %s\nverifyChain = yes\n' "$PKI/ca.pem" ;;
        esac
        printf '[tls]\naccept = 127.0.0.1:%s\ncert = %s\nkey = %s\nexec = /bin/cat\n' "$PORT" "$PKI/$CERT.pem" "$PKI/$CERT.key"
    } >serve.conf
    launch stunnel serve.conf
}

connect() {
    {
        common
        printf 'client = yes\nconnect = 127.0.0.1:%s\nsni = %s\ncheckHost = %s\n' "$PORT" "$SNI" "$SNI"
        printf 'CAfile = %s\nverifyChain = yes\n' "$PKI/$CA.pem"
        [ -z "$CLIENT_CERT" ] || printf 'cert = %s\nkey = %s\n' "$PKI/$CLIENT_CERT.pem" "$PKI/$CLIENT_CERT.key"
    } >connect.conf
    # Its status is 0 whatever happened.
    (launch stunnel connect.conf)
    grep -q 'Connection closed:' client.log
}

facts() {
    sed -nE -e 's/.* (TLSv1\.[23]) ciphersuite: ([^ ]*) .*/facts version=\1 suite=\2/p' |
        tail -n 1 | log_facts
}
