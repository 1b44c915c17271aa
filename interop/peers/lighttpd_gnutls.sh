# lighttpd on GnuTLS.
# shellcheck shell=sh disable=SC2034
packages='lighttpd lighttpd-mod-gnutls'
MODULE=gnutls
# shellcheck source=interop/lighttpd.sh
. "$INTEROP/lighttpd.sh"

version() { lighttpd_version 'libgnutls30*'; }

# The module does not know OpenSSL's names of suites: it cannot be told which to have. GnuTLS is a peer of its own.
features() {
    [ "$1" = serve ] || return 0
    lighttpd_features
    echo "tls1.3 client_auth restrict_group cert=ed25519 suite=AES_* suite=ECDHE_*_GCM_* suite=RSA_*_GCM_*"
}

lighttpd_suite() { :; }
