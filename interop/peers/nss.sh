# NSS's selfserv and tstclnt. Certificates and keys are in a database, with a nickname each: one database for each
# root that may be trusted.
# shellcheck shell=sh disable=SC2034,SC2153
packages='libnss3-tools openssl'

available() { have selfserv && have tstclnt && have certutil && have pk12util && have openssl; }
version() { printf 'NSS %s\n' "$(dpkg-query -W -f '${Version}' libnss3 2>/dev/null)"; }

# No early_data as server: one that has just begun takes none for its first ten seconds, as RFC 8446 8.2 advises.
features() {
    echo "tls1.2 tls1.3 client_auth close_notify restrict_suite restrict_group suite=*"
    echo "group=x25519 group=secp256r1 group=secp384r1 group=secp521r1"
    for cert in rsa ecdsa-p256 ecdsa-p384 chain large expired not-yet-valid bad-signature wrong-host unknown-ca; do
        echo "cert=$cert"
    done
    case $1 in
    serve) echo "echo_request alpn=http/1.1 strict_alpn tickets no_tickets resume" ;;
    connect) echo "http sni verify verify_name resume_both early_data" ;;
    esac
}

# No Ed25519: a key of that kind cannot be imported.
prepare() {
    sum=$(cat "$PKI"/*.pem | cksum)
    [ "$(cat made-from 2>/dev/null)" != "$sum" ] || return 0
    rm -rf ca other-ca made-from
    for root in ca other-ca; do
        mkdir "$root" && certutil -N -d "sql:$root" --empty-password &&
            certutil -A -d "sql:$root" -n "$root" -t CT,C,C -a -i "$PKI/$root.pem" || return 1
        for file in "$PKI"/server-*.pem "$PKI"/client-*.pem; do
            name=${file##*/} name=${name%.pem}
            case $name in *ed25519) continue ;; esac
            openssl pkcs12 -export -in "$file" -inkey "${file%.pem}.key" -name "$name" -passout pass: -out one.p12 &&
                pk12util -i one.p12 -d "sql:$root" -W '' || return 1
        done
    done
    rm -f one.p12
    printf '%s\n' "$sum" >made-from
}

# common COMMAND...: with what both are told the same way.
common() {
    case $TLS in '') set -- "$@" -V tls1.2:tls1.3 ;; *) set -- "$@" -V "tls$TLS:tls$TLS" ;; esac
    [ -z "$SUITE" ] || set -- "$@" -c ":$(suite_code "$SUITE")"
    [ -z "$GROUP" ] || set -- "$@" -I "$(nss_group "$GROUP")"
    launch env "HOME=$PREP" "$@"
}
nss_group() {
    case $1 in
    secp*) printf 'P%s\n' "$(printf %s "${1#secp}" | cut -c 1-3)" ;;
    *) printf '%s\n' "$1" ;;
    esac
}

# It says a request back once that is complete, with an empty line. (What it is asked for it looks for from the
# root of the file system: it has no files of ours.)
serve() {
    set -- selfserv -v -p "$PORT" -d "sql:$PREP/ca" -n "$CERT"
    case $CLIENT_AUTH in request) set -- "$@" -r ;; require) set -- "$@" -r -r ;; esac
    [ -n "$NO_TICKETS" ] || set -- "$@" -u
    [ -z "$ALPN" ] || set -- "$@" -Q
    [ -z "$HRR" ] || set -- "$@" -I P521
    common "$@"
}

# It ends when the server does, not when its stdin does: it fetches a page.
connect() {
    printf 'GET %s HTTP/1.0\r\n\r\n' "$URL_PATH" >request
    set -- tstclnt -v -4 -h 127.0.0.1 -p "$PORT" -a "$SNI" -d "sql:$PREP/$CA" -A request -u -n "${CLIENT_CERT:-none}"
    [ -z "$CONNECTION" ] || set -- "$@" -L 2
    [ -z "$EARLY" ] || set -- "$@" -Z
    HRR='' common "$@"
}

# The last connection: ... SSL version 3.3 using 128-bit AES with 160-bit SHA1 MAC
#                      ... Server Auth: 2048-bit RSA, Key Exchange: 255-bit ECDHE
facts() {
    awk '
        match($0, /SSL version 3[.][34] using /) {
            version = substr($0, RSTART + 12, 3) == "3.4" ? "1.3" : "1.2"
            split(substr($0, RSTART + RLENGTH), part, /-bit | /)
            cipher = part[2] ~ /^CHA/ ? "CHACHA20_POLY1305" : part[2] ~ /^3DES/ ? "3DES_EDE_CBC" : "AES_" part[1] "_CBC"
            if (part[2] == "AES-GCM") sub(/CBC/, "GCM", cipher)
            mac = part[5] == "SHA1" ? "SHA" : part[5] != "AEAD" ? part[5] : cipher ~ /256_GCM/ ? "SHA384" : "SHA256"
        }
        match($0, /Server Auth: .*, Key Exchange: /) {
            split(substr($0, RSTART + RLENGTH), part, /-bit /)
            bits = part[1]
            kx = part[2] ~ /^RSA/ ? "RSA" : part[2] (/-bit ECDSA,/ ? "_ECDSA" : "_RSA")
        }
        / cache hits; / { resumed = / 0 cache hits/ ? "false" : "true" }
        /^0 cache hits/ { resumed = "false" }
        END {
            if (version == "") exit
            print "version=TLS " version
            print "resumed=" resumed
            print "suite=TLS_" (version == "1.2" ? kx "_WITH_" : "") cipher "_" mac
            if (version == "1.3" || kx ~ /^ECDHE/) print "group=" (bits == 255 ? "x25519" : "secp" bits "r1")
        }'
}
