# lighttpd on NSS.
# shellcheck shell=sh disable=SC2034
packages='lighttpd lighttpd-mod-nss'
MODULE=nss
# shellcheck source=interop/lighttpd.sh
. "$INTEROP/lighttpd.sh"

version() { lighttpd_version 'libnss3*'; }

# The module cannot be told groups and suites of TLS 1.3, and cannot load the root for clients' certificates.
# NSS is a peer of its own.
features() {
    [ "$1" = serve ] || return 0
    lighttpd_features
    echo "tls1.3 restrict_suite_tls12 suite=AES_* suite=ECDHE_*_GCM_* suite=DHE_*_GCM_* suite=RSA_*_GCM_*"
}

lighttpd_suite() { case $SUITE in *_WITH_*) printf '"CipherString" => "%s"\n' "$(openssl_suite "$SUITE")" ;; esac }
lighttpd_group() { :; }
