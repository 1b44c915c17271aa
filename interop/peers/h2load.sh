# h2load: many connections with many requests in each. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='nghttp2-client'

available() { have h2load; }
version() { h2load --version; }

features() {
    [ "$1" = connect ] || return 0
    echo "load alpn=h2,http/1.1 tls1.2 tls1.3 cert=*"
}

connect() {
    launch h2load --requests=400 --clients=20 --max-concurrent-streams=10 --connect-to="127.0.0.1:$PORT" \
        "https://$SNI:$PORT$URL_PATH"
}

facts() {
    sed -nE -e 's/^TLS Protocol: TLSv/version=TLS /p' -e 's/^Application protocol: /alpn=/p'
}
