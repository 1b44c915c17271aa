# lighttpd on wolfSSL.
# shellcheck shell=sh disable=SC2034
packages='lighttpd lighttpd-mod-wolfssl'
MODULE=wolfssl
# shellcheck source=interop/lighttpd.sh
. "$INTEROP/lighttpd.sh"

version() { lighttpd_version 'libwolfssl[0-9]*'; }

# No RSA key exchange, no Ed25519. What the module is told of groups is only the one of its own choice.
features() {
    [ "$1" = serve ] || return 0
    lighttpd_features
    echo "tls1.3 client_auth restrict_suite_tls12 suite=AES_* suite=CHACHA20_* suite=ECDHE_* suite=DHE_* cert=ed25519"
}

lighttpd_group() { :; }
