# Mbed TLS 2.28, in a small program of ours: no TLS 1.3.
# shellcheck shell=sh disable=SC2034
packages='libmbedtls-dev gcc libc6-dev'
LIBRARY=mbedtls
# shellcheck source=interop/programs/c.sh
. "$INTEROP/programs/c.sh"

available() {
    available_c mbedtls/ssl.h || return 1
    case $(version) in *' 2.'*) ;; *) version | sed 's/$/: not 2.28/' && return 1 ;; esac
}
version() { printf 'Mbed TLS %s\n' "$(dpkg-query -W -f '${Version}' libmbedtls-dev 2>/dev/null)"; }

features() {
    echo "tls1.2 alpn client_auth close_notify restrict_suite restrict_group suite=*_WITH_*"
    echo "group=x25519 group=secp256r1 group=secp384r1 group=secp521r1"
    for cert in rsa ecdsa-p256 ecdsa-p384 chain large expired not-yet-valid bad-signature wrong-host unknown-ca; do
        echo "cert=$cert"
    done
    case $1 in
    serve) echo "echo ends tickets no_tickets resume strict_alpn" ;;
    connect) echo "pipe resume_both sni verify verify_name half_close" ;;
    esac
}

prepare() { prepare_c -lmbedx509 -lmbedcrypto; }
