# dnsdist, as a server of DNS over HTTPS, and of the files. (See ../lib.sh for what the functions are for.)
# shellcheck shell=sh disable=SC2034
packages='dnsdist'
# shellcheck source=interop/web.sh
. "$INTEROP/web.sh"

available() { have dnsdist; }
version() { dnsdist --version; }

features() {
    [ "$1" = serve ] || return 0
    openssl_features | sed -e 's/client_auth//'
    echo "http tickets no_tickets resume close_notify answers_half_closed alpn=h2,http/1.1 alpn=h2 h2 doh"
}

# It answers one name by itself, and asks nobody.
serve() {
    cat >dnsdist.conf <<CONF
-- What makes a file of \$WWW one of its own pages.
local function page(name)
    local file = io.open("$WWW/" .. name)
    local text = file:read("*a")
    file:close()
    return newDOHResponseMapEntry("^/" .. name .. "\$", 200, text, {["content-type"] = "text/plain"})
end
addDOHLocal("127.0.0.1:$PORT", "$PKI/$CERT.pem", "$PKI/$CERT.key", { "/dns-query", $(for count in $SAID; do printf '"/%s.txt", ' "$count"; done)}, {
    $([ -z "$TLS" ] || echo "minTLSVersion = \"tls$TLS\",")
    $([ -z "$(suite12)" ] || echo "ciphers = \"$(suite12)\",")
    $([ -z "$(suite13)" ] || echo "ciphersTLS13 = \"$(suite13)\",")
    sessionTickets = $([ -n "$NO_TICKETS" ] && echo false || echo true)
})
getDOHFrontend(0):setResponsesMap({$(for count in $SAID; do printf 'page("%s.txt"), ' "$count"; done)})
setSecurityPollSuffix("")
setAddEDNSToSelfGeneratedResponses(false)
addAction("$HOST.", SpoofAction({"192.0.2.7"}))
addAction(AllRule(), RCodeAction(DNSRCode.REFUSED))
CONF
    openssl_config
    # It wants one for DNS without TLS, too.
    launch dnsdist --supervised --disable-syslog -C dnsdist.conf -l "127.0.0.2:$PORT"
}
