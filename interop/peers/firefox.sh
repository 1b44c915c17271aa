# Firefox, headless, with an NSS of its own. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='?firefox-esr libnss3-tools'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have firefox-esr && have certutil; }
version() { firefox-esr --version; }

# It prints no page: the one of flows/web.sh sends back what the browser made of it.
features() {
    [ "$1" = connect ] || return 0
    echo "tls1.2 tls1.3 alpn=h2,http/1.1 page preconnects slow cert=ecdsa-p256 cert=rsa"
}

# For each CA a profile in which it is trusted, and which asks nobody but the server for anything.
prepare() {
    for ca in ca other-ca; do trusting "profile-$ca" "$ca" .; done
}

preferences() {
    cat <<'PREFS'
user_pref("app.normandy.enabled", false);
user_pref("app.update.enabled", false);
user_pref("browser.aboutwelcome.enabled", false);
user_pref("browser.region.network.url", "");
user_pref("browser.safebrowsing.malware.enabled", false);
user_pref("browser.safebrowsing.phishing.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("extensions.getAddons.cache.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.dns.forceResolve", "127.0.0.1");
user_pref("network.trr.mode", 5);
user_pref("security.remote_settings.crlite_filters.enabled", false);
user_pref("security.remote_settings.intermediates.enabled", false);
user_pref("services.settings.server", "data:,");
user_pref("toolkit.telemetry.enabled", false);
PREFS
}

connect() {
    cp -r "$PREP/profile-$CA" local/profile
    preferences >local/profile/user.js
    case $TLS in
    1.2) version=3 ;;
    1.3) version=4 ;;
    *) version='' ;;
    esac
    [ -z "$version" ] || printf 'user_pref("security.tls.version.%s", %s);\n' min "$version" max "$version" >>local/profile/user.js
    (launch env HOME="$PWD/local" MOZ_HEADLESS=1 timeout "$LONG" firefox-esr --no-remote --profile "$PWD/local/profile" \
        --screenshot "$PWD/local/page.png" "https://$SNI:$PORT$URL_PATH" >&2) && cat local/seen
}
