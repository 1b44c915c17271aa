# Botan's own command: its tls_server and tls_client. What may be negotiated is in a policy, a file.
# shellcheck shell=sh disable=SC2034,SC2153
packages='botan'

available() { have botan; }
version() { printf 'Botan %s\n' "$(botan version)"; }

# No certificates of clients on either side, no words for ALPN and tickets as server, which refuses a name that is not
# in its certificate. The client asks for "localhost" always, a name that must be found.
features() {
    echo "tls1.2 close_notify restrict_suite restrict_group"
    echo "suite=*GCM* suite=*CHACHA20* suite=*_CBC_* group=x25519 group=secp256r1 group=secp384r1 group=secp521r1"
    for cert in rsa ecdsa-p256 ecdsa-p384 chain large expired not-yet-valid bad-signature unknown-ca; do
        echo "cert=$cert"
    done
    case $1 in
    serve) echo "echo no_tickets resume" ;;
    connect) echo "pipe alpn verify verify_name resume cert=wrong-host" ;;
    esac
}

# policy: what is not said is left as it is.
policy() {
    [ -z "$GROUP" ] || echo "key_exchange_groups = $GROUP"
    if [ "$ROLE" = serve ] && [ -n "$HRR" ]; then echo "key_exchange_groups = secp521r1"; fi
    [ -n "$SUITE" ] || return 0
    case $SUITE in
    RSA_*) printf 'key_exchange_methods = RSA\nsignature_methods = IMPLICIT\n' ;;
    ECDHE_*) echo "key_exchange_methods = ECDH" ;;
    *) echo "key_exchange_methods = DH" ;;
    esac
    case $SUITE in *E_ECDSA_*) echo "signature_methods = ECDSA" ;; *E_RSA_*) echo "signature_methods = RSA" ;; esac
    case $SUITE in
    *CHACHA20*) echo "ciphers = ChaCha20Poly1305" ;;
    *3DES*) echo "ciphers = 3DES" ;;
    *GCM*) echo "ciphers = $(cipher_of)/GCM" ;;
    *) echo "ciphers = $(cipher_of)" ;;
    esac
    case $SUITE in
    *_CBC_SHA) echo "macs = SHA-1" ;;
    *_CBC_SHA*) echo "macs = SHA-${SUITE##*_SHA}" ;;
    *) echo "macs = AEAD" ;;
    esac
}
cipher_of() { printf %s "$SUITE" | sed 's/.*AES_\([0-9]*\).*/AES-\1/'; }

# It listens on all addresses.
serve() {
    policy >local/server.policy
    launch botan tls_server "$PKI/$CERT.pem" "$PKI/$CERT.key" "--port=$PORT" --policy=local/server.policy
}

connect() {
    policy >local/client.policy
    set -- stdbuf -oL botan tls_client localhost "--port=$PORT" "--trusted-cas=$PKI/$CA.pem" --skip-system-cert-store \
        --policy=local/client.policy
    [ -z "$ALPN" ] || set -- "$@" "--next-protocols=$ALPN"
    [ -z "$CONNECTION" ] || set -- "$@" --session-db=sessions --session-db-pass=parley
    launch "$@"
}

facts() {
    sed -n -e 's/^Handshake complete, TLS v\([0-9.]*\) using \(.*\)/version=TLS \1\nsuite=TLS_\2/p' \
        -e 's/^Server choose protocol: /alpn=/p'
}
