# Go's crypto/tls.
# shellcheck shell=sh disable=SC2034
packages='golang-go'
# shellcheck source=../programs/programs.sh
. "$INTEROP/programs/programs.sh"

available() { have go; }
version() { go version; }

# Only a resumption in one process (before Go 1.21), and by tickets only; the suites of TLS 1.3 cannot be chosen.
features() {
    echo "tls1.2 tls1.3 alpn client_auth close_notify restrict_suite_tls12 restrict_group"
    echo "cert=* group=x25519 group=secp256r1 group=secp384r1 group=secp521r1"
    echo "suite=AES_* suite=CHACHA20_* suite=ECDHE_*_GCM_* suite=ECDHE_*_CHACHA20_* suite=ECDHE_*_CBC_SHA"
    echo "suite=ECDHE_*_128_CBC_SHA256 suite=RSA_*_GCM_* suite=RSA_*_CBC_SHA suite=RSA_*_128_CBC_SHA256"
    case $1 in
    serve) echo "echo ends tickets strict_alpn answers_half_closed" ;;
    connect) echo "pipe resume_both tickets_only sni verify verify_name half_close" ;;
    esac
}

prepare() {
    ! older peer "$INTEROP/programs/peer.go" || GO111MODULE=off GOFLAGS='' GOCACHE=$PWD/cache GOPATH=$PWD \
        go build -o peer "$INTEROP/programs/peer.go"
}

serve() { launch_told "$PREP/peer"; }
connect() { launch_told "$PREP/peer"; }
