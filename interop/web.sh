# interop/web.sh: what the peers share that are servers and clients of HTTP, or stand in front of one; and the
# plain server behind "parley serve --forward". Sourced after lib.sh, in a cell.
# shellcheck shell=sh disable=SC2034,SC2154

# ---- The same OpenSSL in another server ----

# What all of them can: that they are one library shows in few suites and groups.
openssl_features() {
    echo "tls1.2 tls1.3 client_auth restrict_suite restrict_group cert=*"
    echo "suite=ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 suite=ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"
    echo "suite=RSA_WITH_AES_128_GCM_SHA256 suite=AES_128_GCM_SHA256 suite=AES_256_GCM_SHA384"
    echo "group=secp256r1 group=secp384r1"
}

# versions_are TLS1.2 TLS1.3: as the program calls these versions, those wanted.
versions_are() {
    case $TLS in 1.2) echo "$1" ;; 1.3) echo "$2" ;; *) echo "$1 $2" ;; esac
}

# suite12, suite13: the suite that is wanted, if it is of this version, by OpenSSL's name.
suite12() { case $SUITE in *_WITH_*) openssl_suite "$SUITE" ;; esac }
suite13() { case $SUITE in '' | *_WITH_*) ;; *) openssl_suite "$SUITE" ;; esac }

# groups_are: those that are wanted. A client offers a share of the first group it has: not of P-521.
groups_are() {
    if [ -n "$HRR" ]; then echo P-521; elif [ -n "$GROUP" ]; then openssl_group "$GROUP"; fi
}

# one_pem: the certificate and its key in one file, as some want it.
one_pem() {
    cat "$PKI/$CERT.pem" "$PKI/$CERT.key" >local/server.pem
    echo local/server.pem
}

# log_facts: what servers write as "facts KEY=VALUE ..." in the words of OpenSSL, as facts.
log_facts() {
    grep -a '^facts ' | tail -n 1 | tr ' ' '\n' | sed -E \
        -e '/=-?$/d' \
        -e 's/^version=TLSv1(\.[23])/version=TLS 1\1/' \
        -e '/^suite=[^T]/{ s/-/_/g; s/DES_CBC3/3DES_EDE_CBC/; s/=(AES|3DES)/=RSA_\1/; s/=((EC)?DHE_)?[EC]*[DR]SA_/&WITH_/; s/AES([0-9]+)/AES_\1/
            s/(AES_[0-9]+)_SHA/\1_CBC_SHA/; s/POLY1305$/&_SHA256/; s/=/=TLS_/ }' \
        -e '/^group=/{ s/prime256v1/secp256r1/; s/X25519/x25519/ }' \
        -e '/^resumed=/{ s/(r|1|Resumed)$/true/; s/([.]|0|Initial)$/false/ }' \
        -e 's/^verified=(SUCCESS|1)$/peer_verified=true/' \
        -e 's/^early=1$/early_data_accepted=true/'
}

# ---- nginx, with TLS and without ----

# nginx_conf NAME LISTEN: what nginx is told to have the files of $WWW, at /api an API that says back as JSON what is
# posted to it, and at /files/ files that can be put and got again; LISTEN is what makes it one with TLS, or without.
nginx_conf() {
    cat <<CONF
daemon off;
master_process off;
pid local/$1.pid;
error_log stderr notice;
events { }
http {
    log_format facts 'facts version=\$ssl_protocol suite=\$ssl_cipher group=\$ssl_curve alpn=\$ssl_alpn_protocol resumed=\$ssl_session_reused server_name=\$ssl_server_name verified=\$ssl_client_verify early=\$ssl_early_data';
    access_log /dev/stdout facts;
    client_body_temp_path local/$1.body;
    proxy_temp_path local/$1.proxy;
    fastcgi_temp_path local/$1.fastcgi;
    uwsgi_temp_path local/$1.uwsgi;
    scgi_temp_path local/$1.scgi;
    types { text/plain txt; text/html html; text/javascript js; }
    server {
        $2
        root $WWW;
        client_max_body_size 200m;
        # A body is not read before somebody asks for it: it goes on in a header, to this server's other half.
        location = /api {
            client_body_buffer_size 64k;
            proxy_pass http://unix:local/$1.sock:/;
            proxy_pass_request_body off;
            proxy_set_header Content-Length '';
            proxy_set_header Body \$request_body;
            proxy_set_header Was \$request_method;
        }
        location /files/ {
            alias $PWD/local/;
            dav_methods PUT;
        }
    }
    server {
        listen unix:local/$1.sock;
        access_log off;
        default_type application/json;
        return 200 '{"method": "\$http_was", "posted": \$http_body}\n';
    }
}
CONF
}

# plain_start LISTEN: nginx without TLS, in the background, $plain: what stands behind something else.
plain_start() {
    nginx_conf plain "listen $1;" >plain.conf
    echo "nginx -p . -c plain.conf -e stderr" >beside.command
    nginx -p "$PWD" -c plain.conf -e stderr >plain.out 2>plain.log &
    plain=$!
}

# plain_behind: the same for a server that only does TLS, at local/plain, until it is there. It ends with the cell.
plain_behind() {
    plain_start "unix:local/plain"
    until_true 5 test -S local/plain
}

# openssl_config: tells a program by OpenSSL's own configuration what it has no option for.
openssl_config() {
    {
        printf 'openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\n'
        case $TLS in
        1.*) printf 'MinProtocol = TLSv%s\nMaxProtocol = TLSv%s\n' "$TLS" "$TLS" ;;
        *) printf 'MinProtocol = TLSv1.2\n' ;;
        esac
        [ -z "$(suite12)" ] || printf 'CipherString = %s\n' "$(suite12)"
        [ -z "$(suite13)" ] || printf 'Ciphersuites = %s\n' "$(suite13)"
        [ -z "$(groups_are)" ] || printf 'Groups = %s\n' "$(groups_are)"
        [ -z "$NO_TICKETS" ] || printf 'Options = -SessionTicket\n'
    } >openssl.conf
    OPENSSL_CONF=$PWD/openssl.conf
    export OPENSSL_CONF
    printf 'OPENSSL_CONF=openssl.conf; export OPENSSL_CONF\n' >>"$ROLE.command"
}

# ---- Clients ----

# with_names COMMAND...: launches a client that finds $SNI at 127.0.0.1, though no name server knows it.
have_names() {
    [ -n "$(names_library)" ] || {
        echo 'not installed: libnss-wrapper'
        return 1
    }
}
names_library() { ls /usr/lib/*/libnss_wrapper.so 2>/dev/null; }
with_names() {
    echo "127.0.0.1 $SNI" >local/hosts
    launch env LD_PRELOAD="$(names_library)" NSS_WRAPPER_HOSTS=local/hosts "$@"
}

# curl_asks BASE OPTION...: curl does what ASK says at the server BASE; without ASK it gets $URL_PATH.
curl_asks() {
    base=$1
    shift
    set -- curl -q -sS --noproxy '*' "$@"
    case $base,$ALPN in http:*h2*) set -- "$@" --http2-prior-knowledge ;; esac
    case $ASK in
    twice) set -- "$@" "$base$URL_PATH" "$base$URL_PATH" ;;
    post) set -- "$@" --header 'Content-Type: application/json' --data-binary @query "$base/api" ;;
    doh) set -- "$@" --header 'Content-Type: application/dns-message' --data-binary @query "$base/dns-query" ;;
    put) set -- "$@" --upload-file query "$base/files/stored" ;;
    *) set -- "$@" "$base$URL_PATH" ;;
    esac
    launch "$@"
}

# gnutls_config: tells a program by GnuTLS's own configuration which version it may use.
gnutls_config() {
    {
        printf '[overrides]\ndisabled-version = tls1.0\ndisabled-version = tls1.1\n'
        case $TLS in
        1.2) printf 'disabled-version = tls1.3\n' ;;
        1.3) printf 'disabled-version = tls1.2\n' ;;
        esac
    } >gnutls.conf
    GNUTLS_SYSTEM_PRIORITY_FILE=$PWD/gnutls.conf
    export GNUTLS_SYSTEM_PRIORITY_FILE
    printf 'GNUTLS_SYSTEM_PRIORITY_FILE=gnutls.conf; export GNUTLS_SYSTEM_PRIORITY_FILE\n' >>"$ROLE.command"
}

# trusting FOLDER CA DATABASE...: in "prepare": a folder for a browser, with databases of NSS in which $PKI/$CA.pem is
# trusted. One that is there stays, as another run may be using it.
trusting() {
    ! cmp -s "$1/ca.pem" "$PKI/$2.pem" || return 0
    rm -rf "$1" "$1.new"
    made=$1 ca=$2
    shift 2
    for database; do
        mkdir -p "$made.new/$database"
        certutil -N -d "sql:$made.new/$database" --empty-password
        certutil -A -d "sql:$made.new/$database" -n parley -t C,, -i "$PKI/$ca.pem"
    done
    cp "$PKI/$ca.pem" "$made.new/ca.pem"
    mv "$made.new" "$made"
}
