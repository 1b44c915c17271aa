# caddy, which has Go's TLS. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='caddy'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have caddy; }
version() { caddy version; }

features() {
    [ "$1" = serve ] || return 0
    openssl_features | sed -e 's/restrict_suite//' -e 's/suite=[A-Z0-9_]*256 *//' -e 's/suite=AES[^ ]*//'
    echo "http tickets resume close_notify answers_half_closed alpn=http/1.1 alpn=h2,http/1.1 alpn=h2 strict_alpn h2 keep_alive post download"
}

serve() {
    cat >Caddyfile.conf <<CONF
{
    admin off
    auto_https off
    log {
        output stdout
        format json
    }
}
https://$HOST:$PORT, https://*.wild.test:$PORT {
    bind 127.0.0.1
    log
    tls $PKI/$CERT.pem $PKI/$CERT.key {
$(
        case $TLS in 1.*) echo "protocols tls$TLS tls$TLS" ;; esac
        [ -z "$SUITE" ] || echo "ciphers TLS_$SUITE"
        [ -z "$HRR$GROUP" ] || echo "curves ${GROUP:-secp521r1}"
        [ -z "$ALPN" ] || echo "alpn $(printf %s "$ALPN" | tr , ' ')"
        case $CLIENT_AUTH in
        request) printf 'client_auth {\nmode verify_if_given\ntrusted_ca_cert_file %s\n}\n' "$PKI/ca.pem" ;;
        require) printf 'client_auth {\nmode require_and_verify\ntrusted_ca_cert_file %s\n}\n' "$PKI/ca.pem" ;;
        esac
    )
    }
    handle /api {
        header Content-Type application/json
        respond \`{"method": "{method}", "posted": {http.request.body}}\`
    }
    handle {
        root * $WWW
        file_server
    }
}
CONF
    launch env HOME="$PWD/local" XDG_DATA_HOME="$PWD/local" XDG_CONFIG_HOME="$PWD/local" \
        caddy run --config Caddyfile.conf --adapter caddyfile
}

facts() {
    grep -a '"tls":{' | tail -n 1 | jq -r '.request.tls | {resumed, server_name,
        version: (if .version == 772 then "TLS 1.3" else "TLS 1.2" end), alpn: .proto} |
        to_entries[] | select(.value != "") | "\(.key)=\(.value)"'
}
