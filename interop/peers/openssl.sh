# OpenSSL's s_server and s_client.
# shellcheck shell=sh disable=SC2034
packages='openssl'

available() { have openssl; }
version() { openssl version; }

features() {
    echo "tls1.2 tls1.3 pipe alpn client_auth resume early_data close_notify restrict_suite restrict_group"
    echo "cert=* suite=*AES_* suite=*CHACHA20* group=x25519 group=secp256r1 group=secp384r1 group=secp521r1"
    case $1 in serve) echo "echo tickets no_tickets strict_alpn" ;; connect) echo "sni verify verify_name send_key_update" ;; esac
}

# common LAUNCHER COMMAND...: with what both are told the same way.
common() {
    case $TLS in 1.2) set -- "$@" -tls1_2 ;; 1.3) set -- "$@" -tls1_3 ;; esac
    case $SUITE in
    '') ;;
    *_WITH_*) set -- "$@" -cipher "$(openssl_suite "$SUITE"):@SECLEVEL=0" ;;
    *) set -- "$@" -ciphersuites "$(openssl_suite "$SUITE")" ;;
    esac
    [ -z "$GROUP" ] || set -- "$@" -groups "$(openssl_group "$GROUP")"
    [ -n "$STRICT" ] || set -- "$@" -ignore_unexpected_eof
    "$@"
}

serve() {
    set -- launch_echo openssl s_server -brief -accept "127.0.0.1:$PORT" -cert "$PKI/$CERT.pem" -key "$PKI/$CERT.key"
    case $CERT in *chain) set -- "$@" -cert_chain "$PKI/intermediate.pem" ;; esac
    [ -z "$ALPN" ] || set -- "$@" -alpn "$ALPN"
    [ -z "$HRR" ] || set -- "$@" -groups P-521
    [ -z "$NO_TICKETS" ] || set -- "$@" -no_ticket
    [ -z "$EARLY" ] || set -- "$@" -early_data
    case $CLIENT_AUTH in
    request) set -- "$@" -CAfile "$PKI/ca.pem" -verify 4 ;;
    require) set -- "$@" -CAfile "$PKI/ca.pem" -Verify 4 -verify_return_error ;;
    esac
    common "$@"
}

# Not -quiet, as that says nothing of the connection. No chunk of ours begins with one of its commands: Q, R, K, k.
connect() {
    set -- openssl s_client -connect "127.0.0.1:$PORT" -servername "$SNI" -verify_hostname "$SNI" \
        -CAfile "$PKI/$CA.pem" -verify_return_error -no_ign_eof
    [ -z "$CLIENT_CERT" ] || set -- "$@" -cert "$PKI/$CLIENT_CERT.pem" -key "$PKI/$CLIENT_CERT.key"
    [ -z "$ALPN" ] || set -- "$@" -alpn "$ALPN"
    case $CONNECTION in
    1) set -- "$@" -sess_out session.pem ;;
    2) set -- "$@" -sess_in session.pem ${EARLY:+-early_data "$EARLY"} ;;
    esac
    if [ -z "$KEY_UPDATE" ]; then common launch "$@"; fi
    # A command is one only if it is all that is read at once.
    {
        until_true "$PATIENCE" grep -q "Verify return code" client.out && echo K &&
            until_true "$PATIENCE" grep -q KEYUPDATE client.log && cat
    } | common launch "$@"
}

facts() {
    sed -n -e "s/^Protocol version: TLSv/version=TLS /p" -e "s/^ *Protocol  : TLSv/version=TLS /p" \
        -e "s/^ALPN protocol: /alpn=/p" -e "s/^New, .*/resumed=false/p" -e "s/^Reused, .*/resumed=true/p"
}
