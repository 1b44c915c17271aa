# socat: its OPENSSL addresses. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='socat'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have socat; }
version() { socat -V | grep '^socat version'; }

features() {
    # It takes P-256 only, and no TLS 1.3 suites but through OpenSSL's configuration.
    openssl_features | sed -e 's/restrict_group//' -e 's/group=secp384r1//'
    case $1 in
    serve) echo "echo tickets close_notify answers_half_closed" ;;
    connect) echo "pipe sni verify verify_name close_notify half_close" ;;
    esac
}

serve() {
    tls="OPENSSL-LISTEN:$PORT,bind=127.0.0.1,reuseaddr,fork,cert=$PKI/$CERT.pem,key=$PKI/$CERT.key"
    # It asks always if it verifies, and takes none then.
    case $CLIENT_AUTH in require) tls="$tls,cafile=$PKI/ca.pem,verify=1" ;; *) tls="$tls,verify=0" ;; esac
    [ -z "$(suite12)" ] || tls="$tls,cipher=$(suite12)"
    openssl_config
    launch socat -d -d -d "$tls" PIPE
}

connect() {
    tls="OPENSSL:127.0.0.1:$PORT,cafile=$PKI/$CA.pem,verify=1,snihost=$SNI,commonname=$SNI"
    [ -z "$CLIENT_CERT" ] || tls="$tls,cert=$PKI/$CLIENT_CERT.pem,key=$PKI/$CLIENT_CERT.key"
    [ -z "$(suite12)" ] || tls="$tls,cipher=$(suite12)"
    openssl_config
    launch socat -d -d -d - "$tls"
}

facts() {
    sed -nE -e 's/.* SSL proto version used: (TLSv1\.[23]).*/version=\1/p' -e 's/.* SSL connection using ([^ ]*).*/suite=\1/p' |
        tr '\n' ' ' | sed 's/.*version=/facts version=/' | log_facts
}
