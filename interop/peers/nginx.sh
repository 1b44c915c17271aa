# nginx. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='nginx-light'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have nginx; }
version() { nginx -v 2>&1; }

features() {
    [ "$1" = serve ] || return 0
    openssl_features
    echo "http tickets no_tickets resume early_data close_notify answers_half_closed"
    echo "alpn=http/1.1 alpn=h2,http/1.1 alpn=h2 strict_alpn h2 keep_alive post upload download"
}

serve() {
    nginx_conf nginx "$(
        case $ALPN in *h2*) h2=http2 ;; *) h2='' ;; esac
        echo "listen 127.0.0.1:$PORT ssl $h2;"
        echo "ssl_certificate $PKI/$CERT.pem; ssl_certificate_key $PKI/$CERT.key;"
        echo "ssl_protocols $(versions_are TLSv1.2 TLSv1.3);"
        echo "ssl_session_cache shared:sessions:1m;"
        [ -z "$(suite12)" ] || echo "ssl_ciphers $(suite12);"
        [ -z "$(suite13)" ] || echo "ssl_conf_command Ciphersuites $(suite13);"
        [ -z "$(groups_are)" ] || echo "ssl_ecdh_curve $(groups_are);"
        [ -z "$NO_TICKETS" ] || echo "ssl_session_tickets off;"
        [ -z "$EARLY" ] || echo "ssl_early_data on;"
        case $CLIENT_AUTH in
        request) echo "ssl_verify_client optional; ssl_client_certificate $PKI/ca.pem;" ;;
        require) echo "ssl_verify_client on; ssl_client_certificate $PKI/ca.pem;" ;;
        esac
    )" >nginx.conf
    launch nginx -p "$PWD" -c nginx.conf -e stderr
}

facts() { log_facts; }
