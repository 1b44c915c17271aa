# BearSSL, in tlswrapper, which gets each connection from socat.
# shellcheck shell=sh disable=SC2034,SC2153
packages='tlswrapper socat'

available() {
    have tlswrapper && have socat || return 1
    [ "$(id -u)" -eq 0 ] || {
        echo "tlswrapper wants to be root, to give that up"
        return 1
    }
}
version() { printf 'tlswrapper %s\n' "$(dpkg-query -W -f '${Version}' tlswrapper 2>/dev/null)"; }

# It can require a certificate, not only ask for one. Each connection is another process: no sessions.
features() {
    [ "$1" = serve ] || return 0
    echo "echo tls1.2 client_auth=require close_notify restrict_suite restrict_group suite=ECDHE_*"
    echo "group=x25519 group=secp256r1 group=secp384r1 group=secp521r1"
    for cert in rsa ecdsa-p256 ecdsa-p384 chain large expired not-yet-valid bad-signature wrong-host unknown-ca; do
        echo "cert=$cert"
    done
}

serve() {
    cat "$PKI/$CERT.pem" "$PKI/$CERT.key" >local/server.pem
    cp "$PKI/ca.pem" local/ca.pem
    set -- tlswrapper -v -f local/server.pem
    [ -z "$SUITE" ] || set -- "$@" -c "${SUITE#*_WITH_}"
    [ -z "$GROUP" ] || set -- "$@" -e "$GROUP"
    [ -z "$CLIENT_AUTH" ] || set -- "$@" -a local/ca.pem
    # No path but these: a comma, or another of the characters that socat knows, would mean something there.
    launch socat "TCP-LISTEN:$PORT,bind=127.0.0.1,reuseaddr,fork" EXEC:"$* cat"
}

# ... SSL connection: TLS 1.2, ECDSA + ECDHE + AES256/CBC + SHA384 (TLS 1.2+), x25519, sni=...
facts() {
    sed -n 's/.* SSL connection: //p' | tail -n 1 | awk -F', ' '{
        sub(/ [(].*/, "", $2)
        gsub(/\/|[+]Poly/, "_", $2)
        split($2, part, " [+] ")
        cipher = part[3]
        sub(/^AES/, "AES_", cipher)
        sub(/^ChaCha20/, "CHACHA20_POLY", cipher)
        sub(/_1305$/, "1305", cipher)
        mac = part[4] == "SHA1" ? "SHA" : part[4] != "" ? part[4] : cipher ~ /256_GCM/ ? "SHA384" : "SHA256"
        print "version=" $1
        print "suite=TLS_" part[2] "_" part[1] "_WITH_" cipher "_" mac
        print "group=" $3
    }'
}
