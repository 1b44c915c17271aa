# wolfSSL, in a small program of ours.
# shellcheck shell=sh disable=SC2034
packages='libwolfssl-dev gcc libc6-dev'
LIBRARY=wolfssl
# shellcheck source=interop/programs/c.sh
. "$INTEROP/programs/c.sh"

available() { available_c wolfssl/ssl.h; }
version() { printf 'wolfSSL %s\n' "$(dpkg-query -W -f '${Version}' libwolfssl-dev 2>/dev/null)"; }

# Debian's is built without 0-RTT data and RSA key exchange.
features() {
    echo "tls1.2 tls1.3 alpn client_auth close_notify restrict_suite restrict_group send_key_update cert=*"
    echo "suite=AES_* suite=CHACHA20_* suite=ECDHE_* suite=DHE_* group=x25519 group=secp256r1 group=secp384r1 group=secp521r1"
    case $1 in
    serve) echo "echo ends tickets no_tickets resume strict_alpn" ;;
    connect) echo "pipe resume_both sni verify verify_name half_close" ;;
    esac
}

prepare() { prepare_c; }
