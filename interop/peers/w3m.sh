# w3m. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='w3m libnss-wrapper'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have w3m && have_names; }
version() { w3m -version; }

features() {
    [ "$1" = connect ] || return 0
    openssl_features
    echo "http sni verify verify_name"
}

connect() {
    openssl_config
    set -- w3m -config /dev/null -o ssl_forbid_method=2,3,t,5 -o ssl_verify_server=true -o ssl_ca_path= -o "ssl_ca_file=$PKI/$CA.pem" \
        -o ssl_ca_default=false -o use_cookie=false
    [ -z "$CLIENT_CERT" ] || set -- "$@" -o "ssl_cert_file=$PKI/$CLIENT_CERT.pem" -o "ssl_key_file=$PKI/$CLIENT_CERT.key"
    HOME=$PWD/local
    export HOME
    # It would ask on the terminal whether to go on all the same.
    (with_names "$@" -dump_source "https://$SNI:$PORT$URL_PATH" </dev/null)
    # Its status is 0 whatever happened.
    ! grep -q "Can't load" client.log
}
