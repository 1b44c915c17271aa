# h2o. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='h2o'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have h2o; }
version() { h2o --version; }

features() {
    [ "$1" = serve ] || return 0
    openssl_features | sed 's/client_auth//'
    echo "http tickets no_tickets resume close_notify answers_half_closed alpn=h2,http/1.1 alpn=h2 h2 keep_alive"
}

serve() {
    cat >h2o.conf <<CONF
listen:
  host: 127.0.0.1
  port: $PORT
  ssl:
    certificate-file: $PKI/$CERT.pem
    key-file: $PKI/$CERT.key
    minimum-version: TLSv1.2
    neverbleed: OFF
num-threads: 1
ssl-session-resumption:
  mode: $(if [ -n "$NO_TICKETS" ]; then echo cache; else echo ticket; fi)
http2-max-concurrent-requests-per-connection: 16
access-log:
  path: /dev/stdout
  format: "facts version=%{ssl.protocol-version}x suite=%{ssl.cipher}x resumed=%{ssl.session-reused}x server_name=%{ssl.server-name}x"
hosts:
  default:
    paths:
      /:
        file.dir: $WWW
CONF
    openssl_config
    launch h2o -m worker -c h2o.conf
}

facts() { log_facts; }
