# Node's tls, over OpenSSL.
# shellcheck shell=sh disable=SC2034
packages='nodejs'
# shellcheck source=../programs/programs.sh
. "$INTEROP/programs/programs.sh"

available() { have node; }
version() { printf 'node %s, OpenSSL %s\n' "$(node --version)" "$(node -p process.versions.openssl)"; }

# OpenSSL has the suites and groups; a few will do.
features() {
    echo "tls1.2 tls1.3 alpn client_auth close_notify restrict_suite restrict_group cert=*"
    echo "suite=AES_*_GCM_* suite=ECDHE_*_AES_128_GCM_* suite=ECDHE_*_AES_256_GCM_* group=x25519 group=secp256r1 group=secp384r1"
    case $1 in
    serve)
        echo "echo ends tickets no_tickets answers_half_closed"
        # Before version 20 it goes on where no protocol is in common (RFC 7301 3.2), and cannot be told not to.
        case $(node --version) in v1?.*) ;; *) echo strict_alpn ;; esac
        ;;
    connect) echo "pipe resume sni verify verify_name half_close" ;;
    esac
}

serve() { launch_told node "$INTEROP/programs/peer.js"; }
connect() { launch_told node "$INTEROP/programs/peer.js"; }
