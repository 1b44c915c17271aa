# Apache's httpd. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='apache2-bin'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have apache2; }
version() { apache2 -v; }

features() {
    [ "$1" = serve ] || return 0
    openssl_features
    echo "http tickets no_tickets resume close_notify answers_half_closed"
    echo "alpn=http/1.1 alpn=h2,http/1.1 alpn=h2 strict_alpn h2 keep_alive"
}

serve() {
    {
        for module in mpm_event authz_core ssl socache_shmcb mime setenvif; do
            echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
        done
        case $ALPN in
        '') ;;
        *h2*) printf 'LoadModule http2_module /usr/lib/apache2/modules/mod_http2.so\nProtocols %s\n' "$(printf %s "$ALPN" | tr , ' ')" ;;
        *) echo "Protocols $ALPN" ;;
        esac
        cat <<CONF
ServerRoot $PWD
DefaultRuntimeDir local
PidFile local/apache.pid
ServerName $HOST
User www-data
Group www-data
StartServers 1
Listen 127.0.0.1:$PORT
ErrorLog /dev/stderr
LogLevel warn ssl:info
LogFormat "facts version=%{SSL_PROTOCOL}x suite=%{SSL_CIPHER}x resumed=%{SSL_SESSION_RESUMED}x server_name=%{SSL_TLS_SNI}x verified=%{SSL_CLIENT_VERIFY}x" facts
CustomLog /dev/stdout facts
TypesConfig /dev/null
AddType text/plain txt
DocumentRoot $WWW
SSLEngine on
SSLCertificateFile $PKI/$CERT.pem
SSLCertificateKeyFile $PKI/$CERT.key
SSLProtocol -all $(versions_are +TLSv1.2 +TLSv1.3)
SSLSessionCache shmcb:local/sessions(512000)
CONF
        [ -z "$(suite12)" ] || echo "SSLCipherSuite $(suite12)"
        [ -z "$(suite13)" ] || echo "SSLCipherSuite TLSv1.3 $(suite13)"
        [ -z "$(groups_are)" ] || echo "SSLOpenSSLConfCmd Groups $(groups_are)"
        [ -z "$NO_TICKETS" ] || echo "SSLSessionTickets off"
        case $CLIENT_AUTH in
        request) printf 'SSLVerifyClient optional\nSSLCACertificateFile %s\n' "$PKI/ca.pem" ;;
        require) printf 'SSLVerifyClient require\nSSLCACertificateFile %s\n' "$PKI/ca.pem" ;;
        esac
    } >httpd.conf
    launch apache2 -X -d "$PWD" -f httpd.conf
}

facts() { log_facts; }
