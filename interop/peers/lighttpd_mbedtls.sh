# lighttpd on Mbed TLS.
# shellcheck shell=sh disable=SC2034
packages='lighttpd lighttpd-mod-mbedtls'
MODULE=mbedtls
# shellcheck source=interop/lighttpd.sh
. "$INTEROP/lighttpd.sh"

version() { lighttpd_version 'libmbedtls1*'; }

# Mbed TLS 2.28 has no TLS 1.3.
features() {
    [ "$1" = serve ] || return 0
    lighttpd_features
    echo "client_auth restrict_suite restrict_group suite=*_WITH_*"
}

lighttpd_suite() { printf '"Ciphersuites" => "TLS-%s"\n' "$(printf %s "$SUITE" | tr _ -)"; }
lighttpd_group() { printf '"Curves" => "%s"\n' "$1"; }
