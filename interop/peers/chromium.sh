# Chromium, headless. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='?chromium libnss3-tools'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have chromium && have certutil; }
version() { chromium --version; }

features() {
    [ "$1" = connect ] || return 0
    echo "http tls1.2 tls1.3 sni verify verify_name alpn=h2,http/1.1 page preconnects slow cert=ecdsa-p256 cert=ecdsa-p384 cert=rsa cert=chain"
    echo "cert=large cert=expired cert=not-yet-valid cert=bad-signature cert=wrong-host"
}

# A home for each CA, with a database in which it is trusted.
prepare() {
    # Where Chromium had it, and where it has it.
    for ca in ca other-ca; do trusting "home-$ca" "$ca" .pki/nssdb .local/share/pki/nssdb; done
}

connect() {
    cp -r "$PREP/home-$CA" local/home
    set -- chromium --headless --disable-gpu --no-first-run --disable-background-networking --disable-component-update \
        --disable-quic --disable-dev-shm-usage --log-level=2 --user-data-dir=local/profile \
        --host-resolver-rules="MAP $SNI 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
    # Its own sandbox is not for root.
    [ "$(id -u)" -ne 0 ] || set -- "$@" --no-sandbox
    case $TLS in 1.*) set -- "$@" "--ssl-version-min=tls$TLS" "--ssl-version-max=tls$TLS" ;; esac
    # The page as it shows it, without what it puts around a text.
    page=$(launch env HOME="$PWD/local/home" timeout "$LONG" "$@" --dump-dom "https://$SNI:$PORT$URL_PATH") || exit
    # What it shows in place of a page; not every version ends with an error then.
    case $page in *net::ERR_*) exit 1 ;; esac
    printf '%s\n' "$page" | sed 's/<[^>]*>//g' | grep .
}
