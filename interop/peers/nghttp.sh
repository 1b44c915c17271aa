# nghttp, which speaks HTTP/2 only. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='nghttp2-client libnss-wrapper'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have nghttp && have_names; }
version() { nghttp --version; }

features() {
    [ "$1" = connect ] || return 0
    echo "h2 alpn=h2,http/1.1 tls1.2 tls1.3 cert=*"
}

# Both requests are made at once.
connect() {
    with_names env SSL_CERT_FILE="$PKI/$CA.pem" nghttp --no-push --no-dep --timeout="$PATIENCE" --multiply=2 "https://$SNI:$PORT$URL_PATH"
}
