# lighttpd on OpenSSL.
# shellcheck shell=sh disable=SC2034
packages='lighttpd lighttpd-mod-openssl'
MODULE=openssl
# shellcheck source=interop/lighttpd.sh
. "$INTEROP/lighttpd.sh"

version() { lighttpd_version 'libssl3*'; }

# OpenSSL is a peer of its own: a few suites are enough.
features() {
    [ "$1" = serve ] || return 0
    lighttpd_features
    echo "tls1.3 client_auth restrict_suite restrict_group cert=ed25519 suite=AES_*"
    echo "suite=ECDHE_*_GCM_* suite=DHE_*_GCM_* suite=RSA_*_GCM_*"
}
