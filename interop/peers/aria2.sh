# aria2, which has GnuTLS in Debian. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='aria2 libnss-wrapper'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have aria2c && have_names; }
version() { aria2c --version; }

features() {
    [ "$1" = connect ] || return 0
    echo "http tls1.2 tls1.3 sni verify verify_name client_auth cert=ecdsa-p256 cert=rsa cert=chain"
    echo "cert=expired cert=not-yet-valid cert=bad-signature cert=wrong-host cert=unknown-ca"
}

# It writes to files only.
connect() {
    set -- aria2c --no-conf --dir=local --out=page --allow-overwrite=true --file-allocation=none --max-tries=1 \
        --split=1 --max-connection-per-server=1 --async-dns=false --console-log-level=info "--ca-certificate=$PKI/$CA.pem"
    [ -z "$CLIENT_CERT" ] || set -- "$@" "--certificate=$PKI/$CLIENT_CERT.pem" "--private-key=$PKI/$CLIENT_CERT.key"
    gnutls_config
    (with_names "$@" "https://$SNI:$PORT$URL_PATH" >&2) && cat local/page
}
