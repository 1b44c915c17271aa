# GnuTLS's gnutls-serv and gnutls-cli.
# shellcheck shell=sh disable=SC2034
packages='gnutls-bin'

available() { have gnutls-serv && have gnutls-cli; }
version() { gnutls-cli --version; }

features() {
    echo "tls1.2 tls1.3 pipe alpn client_auth early_data close_notify restrict_suite restrict_group cert=* suite=*"
    echo "group=x25519 group=secp256r1 group=secp384r1 group=secp521r1 group=secp224r1"
    case $1 in
    serve) echo "echo tickets no_tickets strict_alpn resume" ;;
    connect) echo "sni verify verify_name resume_both send_key_update half_close" ;;
    esac
}

# priority: what may be negotiated.
priority() {
    printf NORMAL
    [ -z "$TLS" ] || printf %s ":-VERS-ALL:+VERS-TLS$TLS"
    [ -z "$GROUP" ] || printf %s ":-GROUP-ALL:+GROUP-$GROUP" | tr '[:lower:]' '[:upper:]'
    if [ "$ROLE" = serve ] && [ -n "$HRR" ]; then printf ":-GROUP-ALL:+GROUP-SECP521R1"; fi
    [ -n "$SUITE" ] || return 0
    # ECDHE_RSA_WITH_AES_128_CBC_SHA256: key exchange, cipher, and with CBC the MAC.
    case $SUITE in *_WITH_*) printf ':-KX-ALL:+%s' "$(printf %s "${SUITE%_WITH_*}" | tr _ -)" ;; esac
    cipher=$(printf %s "${SUITE#*_WITH_}" | sed -e 's/_SHA[0-9]*$//' -e 's/_EDE//' | tr _ -)
    case $SUITE in
    *_CBC_SHA) mac=SHA1 ;;
    *_CBC_*) mac=${SUITE##*_} ;;
    *) mac=AEAD ;;
    esac
    printf %s ":-CIPHER-ALL:+$cipher:-MAC-ALL:+$mac"
}

# with_alpn COMMAND...: "launch" it, with a --alpn for each protocol, and without what /etc says.
with_alpn() {
    for protocol in $(printf %s "$ALPN" | tr , ' '); do set -- "$@" "--alpn=$protocol"; done
    launch env GNUTLS_SYSTEM_PRIORITY_FILE=/dev/null "$@"
}

# It cannot be told an address: it listens on all.
serve() {
    set -- gnutls-serv "--port=$PORT" --echo "--priority=$(priority)" \
        "--x509certfile=$PKI/$CERT.pem" "--x509keyfile=$PKI/$CERT.key"
    case $CLIENT_AUTH in
    '') set -- "$@" --disable-client-cert ;;
    request) set -- "$@" --verify-client-cert "--x509cafile=$PKI/ca.pem" ;;
    require) set -- "$@" --require-client-cert --verify-client-cert "--x509cafile=$PKI/ca.pem" ;;
    esac
    [ -z "$ALPN" ] || set -- "$@" --alpn-fatal
    [ -z "$NO_TICKETS" ] || set -- "$@" --noticket
    [ -z "$EARLY" ] || set -- "$@" --earlydata --maxearlydata=16384
    with_alpn "$@"
}

connect() {
    set -- gnutls-cli "--port=$PORT" 127.0.0.1 "--priority=$(priority)" \
        "--sni-hostname=$SNI" "--verify-hostname=$SNI" "--x509cafile=$PKI/$CA.pem"
    [ -z "$CLIENT_CERT" ] ||
        set -- "$@" "--x509certfile=$PKI/$CLIENT_CERT.pem" "--x509keyfile=$PKI/$CLIENT_CERT.key"
    [ -z "$CONNECTION" ] || set -- "$@" --resume --waitresumption
    [ -z "$EARLY" ] || set -- "$@" "--earlydata=$EARLY"
    [ -n "$KEY_UPDATE" ] || with_alpn "$@"
    { echo '^rekey^' && cat; } | with_alpn "$@" --inline-commands
}

# The last connection: (TLS1.2-X.509)-(ECDHE-SECP256R1)-(RSA-SHA256)-(AES-128-CBC)-(SHA1), without the third for RSA
# key exchange; (TLS1.3-X.509)--(AES-128-GCM) if it is resumed.
facts() {
    awk '
        /^- Handshake was completed/ || /^\* Accepted connection/ { resumed = "false"; alpn = "" }
        /^\*\*\* This is a resumed session/ { resumed = "true" }
        /^- Application protocol: / { alpn = $NF }
        /^- Description: / { said = $3 }
        END {
            if (said == "") exit
            print "resumed=" resumed
            if (alpn != "") print "alpn=" alpn
            print "version=TLS " substr(said, 5, 3)
            count = split(said, part, /[)]-*[(]/)
            sub(/[)]$/, "", part[count])
            if (part[2] ~ /^(EC)?DHE-[SFX]/) print "group=" tolower(substr(part[2], index(part[2], "-") + 1))
            mac = part[count] ~ /^SHA/ ? part[count--] : part[count] ~ /256-GCM/ ? "SHA384" : "SHA256"
            sub(/SHA1$/, "SHA", mac)
            cipher = part[count]
            sub(/^3DES/, "3DES-EDE", cipher)
            if (said ~ /TLS1.2/) {
                if (resumed == "true" && part[2] !~ /^RSA/) exit
                auth = part[3] ~ /^ECDSA|^EdDSA/ ? "_ECDSA" : "_RSA"
                kx = part[2] ~ /^RSA/ ? "RSA" : (part[2] ~ /^EC/ ? "ECDHE" : "DHE") auth
                cipher = kx "_WITH_" cipher
            }
            gsub(/-/, "_", cipher)
            print "suite=TLS_" cipher "_" mac
        }'
}
