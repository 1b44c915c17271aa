# Haskell's tls.
# shellcheck shell=sh disable=SC2034
packages='?ghc ?libghc-tls-dev'
large='800 MB, a compiler'
# shellcheck source=../programs/programs.sh
. "$INTEROP/programs/programs.sh"

available() {
    have ghc || return 1
    ghc-pkg list --simple-output tls | grep -q . || {
        echo "not installed: libghc-tls-dev"
        return 1
    }
}
version() { printf '%s, ghc %s\n' "$(ghc-pkg list --simple-output tls)" "$(ghc --numeric-version)"; }

# Tickets in TLS 1.3 only; of the keys of ECDSA, it signs with those of P-256 only.
features() {
    echo "tls1.2 tls1.3 alpn client_auth close_notify restrict_suite restrict_group early_data send_key_update"
    echo "suite=* group=x25519 group=secp256r1 group=secp384r1 group=secp521r1"
    case $1 in
    serve)
        echo "cert=rsa cert=ed25519 cert=ecdsa-p256 cert=chain cert=large cert=expired cert=not-* cert=bad-*"
        echo "cert=wrong-* cert=unknown-ca echo ends tickets_tls13 no_tickets strict_alpn answers_half_closed"
        ;;
    connect) echo "cert=* pipe resume_both sni verify verify_name half_close" ;;
    esac
}

prepare() { ! older peer "$INTEROP/programs/Peer.hs" || ghc -v0 -O1 -outputdir objects -o peer "$INTEROP/programs/Peer.hs"; }
serve() { launch_told "$PREP/peer"; }
connect() { launch_told "$PREP/peer"; }
