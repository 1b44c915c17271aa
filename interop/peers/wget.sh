# wget, which has GnuTLS in Debian. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='wget libnss-wrapper'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have wget && have_names; }
version() { wget --version; }

features() {
    [ "$1" = connect ] || return 0
    echo "http download tls1.2 tls1.3 sni verify verify_name client_auth cert=ecdsa* cert=rsa cert=chain cert=large cert=ed25519"
    echo "cert=expired cert=not-yet-valid cert=bad-signature cert=wrong-host cert=unknown-ca"
}

connect() {
    set -- wget --no-config --no-hsts --no-proxy --debug --tries=1 --output-document=- "--ca-certificate=$PKI/$CA.pem"
    [ -z "$CLIENT_CERT" ] || set -- "$@" "--certificate=$PKI/$CLIENT_CERT.pem" "--private-key=$PKI/$CLIENT_CERT.key"
    gnutls_config
    with_names "$@" "https://$SNI:$PORT$URL_PATH"
}
