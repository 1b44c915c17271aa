# interop/lighttpd.sh: lighttpd with one of its modules for TLS, $MODULE; what peers/lighttpd_*.sh share. It gives
# us servers on stacks that have no program of their own.
# shellcheck shell=sh disable=SC2034,SC2153

available() {
    have lighttpd || return 1
    [ -e "/usr/lib/lighttpd/mod_$MODULE.so" ] || {
        printf 'not installed: lighttpd-mod-%s\n' "$MODULE"
        return 1
    }
}

# lighttpd_features: what all modules can. Of ALPN they know HTTP/2 and HTTP/1.1, and pass over what is neither.
lighttpd_features() {
    echo "http keep_alive tls1.2 alpn=http/1.1 tickets resume close_notify"
    echo "group=x25519 group=secp256r1 group=secp384r1 group=secp521r1"
    for cert in rsa ecdsa-p256 ecdsa-p384 chain large expired not-yet-valid bad-signature wrong-host unknown-ca; do
        echo "cert=$cert"
    done
}

# lighttpd_suite, lighttpd_group GROUP: as the module wants them, if it does; most follow OpenSSL.
lighttpd_suite() {
    case $SUITE in *_WITH_*) printf '"CipherString"' ;; *) printf '"Ciphersuites"' ;; esac
    printf ' => "%s"\n' "$(openssl_suite "$SUITE")"
}
lighttpd_group() { printf '"Curves" => "%s"\n' "$(openssl_group "$1")"; }

lighttpd_conf() {
    min=1.2 max=1.3
    [ -z "$TLS" ] || min=$TLS max=$TLS
    group=${HRR:+secp521r1}
    group=${GROUP:-$group}
    cat <<CONF
server.modules = ("mod_$MODULE")
server.bind = "127.0.0.1"
server.port = $PORT
server.document-root = "$WWW"
server.errorlog = "/dev/stderr"
server.feature-flags = ("server.h2proto" => "disable")
mimetype.assign = (".txt" => "text/plain")
ssl.engine = "enable"
ssl.pemfile = "$PKI/$CERT.pem"
ssl.privkey = "$PKI/$CERT.key"
ssl.openssl.ssl-conf-cmd = (
    $([ -z "$SUITE" ] || lighttpd_suite | sed 's/$/,/')
    $([ -z "$group" ] || lighttpd_group "$group" | sed 's/$/,/')
    "MinProtocol" => "TLSv$min", "MaxProtocol" => "TLSv$max"
)
CONF
    [ -z "$CLIENT_AUTH" ] || cat <<CONF
ssl.verifyclient.activate = "enable"
ssl.verifyclient.enforce = "$(if [ "$CLIENT_AUTH" = require ]; then echo enable; else echo disable; fi)"
ssl.verifyclient.ca-file = "$PKI/ca.pem"
CONF
}

serve() {
    lighttpd_conf >lighttpd.conf
    launch lighttpd -D -f lighttpd.conf
}

# lighttpd_version PACKAGE: its own, and that of the library, which is in a package of such a name.
lighttpd_version() {
    printf '%s, %s\n' "$(lighttpd -v | head -n 1 | cut -d' ' -f 1)" \
        "$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' "$1" 2>/dev/null | sed -n 's/^installed //p' | head -n 1)"
}
