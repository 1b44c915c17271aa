# BoringSSL's own command, as Android has it: bssl-tool.
# shellcheck shell=sh disable=SC2034,SC2153
packages='android-boringssl'

available() { have bssl-tool; }
version() { printf 'BoringSSL of Android %s\n' "$(dpkg-query -W -f '${Version}' android-boringssl 2>/dev/null)"; }

# The suites of TLS 1.3 cannot be chosen, and the server has no word for ALPN. The client has none for the name
# that must be in the certificate. The server takes any certificate of a client: "any_client".
features() {
    echo "tls1.2 tls1.3 resume early_data close_notify restrict_suite_tls12 restrict_group cert=*"
    echo "suite=AES_* suite=CHACHA20_* suite=ECDHE_*_GCM_* suite=ECDHE_*_CHACHA20_* suite=ECDHE_*_CBC_SHA"
    echo "suite=RSA_*_GCM_* suite=RSA_*_CBC_SHA"
    echo "group=x25519 group=secp256r1 group=secp384r1 group=secp521r1 group=secp224r1"
    case $1 in serve) echo "echo tickets client_auth=require any_client" ;; connect) echo "pipe alpn sni verify client_auth half_close" ;; esac
}

# common LAUNCHER COMMAND...: with what both are told the same way.
common() {
    [ -z "$TLS" ] || set -- "$@" -min-version "tls$TLS" -max-version "tls$TLS"
    case $SUITE in *_WITH_*) set -- "$@" -cipher "$(openssl_suite "$SUITE")" ;; esac
    [ -z "$GROUP" ] || set -- "$@" -curves "$(openssl_group "$GROUP")"
    "$@"
}

# It listens on all addresses, whatever it is told.
serve() {
    set -- launch_echo_kept bssl-tool server -accept "$PORT" -cert "$PKI/$CERT.pem" -key "$PKI/$CERT.key" -loop
    [ "$CLIENT_AUTH" != require ] || set -- "$@" -require-any-client-cert
    [ -z "$HRR" ] || set -- "$@" -curves P-521
    [ -z "$EARLY" ] || set -- "$@" -early-data
    common "$@"
}

# Those that it would offer, and Ed25519.
SIGALGS=ECDSA+SHA256:RSA-PSS+SHA256:RSA+SHA256:ECDSA+SHA384:RSA-PSS+SHA384:RSA+SHA384:RSA-PSS+SHA512:RSA+SHA512:ed25519

connect() {
    set -- launch bssl-tool client -connect "127.0.0.1:$PORT" -server-name "$SNI" -root-certs "$PKI/$CA.pem" \
        -sigalgs "$SIGALGS"
    [ -z "$CLIENT_CERT" ] || set -- "$@" -cert "$PKI/$CLIENT_CERT.pem" -key "$PKI/$CLIENT_CERT.key"
    [ -z "$ALPN" ] || set -- "$@" -alpn-protos "$ALPN"
    case $CONNECTION in
    1) set -- "$@" -session-out session.pem ;;
    2) set -- "$@" -session-in session.pem ${EARLY:+-early-data "@$EARLY"} ;;
    esac
    common "$@"
}

facts() {
    sed -n -e 's/^  Version: TLSv/version=TLS /p' -e 's/^  Resumed session: yes/resumed=true/p' \
        -e 's/^  Resumed session: no/resumed=false/p' -e 's/^  Cipher: \(TLS_.*\)/suite=\1/p' \
        -e 's/^  ALPN protocol: \(.\)/alpn=\1/p' -e 's/^  ECDHE curve: X25519$/group=x25519/p' \
        -e 's/^  ECDHE curve: P-256/group=secp256r1/p' -e 's/^  ECDHE curve: P-\(...\)$/group=secp\1r1/p' \
        -e 's/^  Early data: yes/early_data_accepted=true/p' -e 's/^  Early data: no/early_data_accepted=false/p' \
        -e 's/^  Client sent SNI: \(.\)/server_name=\1/p'
}
