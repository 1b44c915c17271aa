# What people do with TLS; see flows/web.sh. Each in two ways: Parley as a client in front of a server (tunnel), and
# as a server in front of a plain one (forward). ASK, and what a peer says that it can:
#
#     once, twice  get $URL_PATH, and once more on the same connection (h2, keep_alive)
#     post         post a JSON object to /api; it comes back in another (post)
#     put, get     10 MB to /files/, and 100 MB from there; the SHA-256 must be the same (upload, download)
#     doh          ask for an address over HTTPS (doh)
#     page         show a page that a script writes (page)
#     load         400 requests on 20 connections (load)
#
# curl 7.88 cannot ask twice over HTTP/2 without TLS: http2_tunnel asks once.
# shellcheck shell=sh
cat <<'END_OF_CASES'
keep_alive_tunnel      web  connect:tunnel,serve:keep_alive     ASK=twice
keep_alive_forward     web  serve:forward,connect:keep_alive    ASK=twice
api_post_tunnel        web  connect:tunnel,serve:post           ASK=post
api_post_forward       web  serve:forward,connect:post          ASK=post
http2_tunnel           web  connect:tunnel,serve:h2             ASK=once ALPN=h2 WANT=alpn=h2
http2_forward          web  serve:forward,connect:h2            ASK=twice connect.ALPN=h2,http/1.1 serve.ALPN=h2 WANT=alpn=h2
http2_load             web  serve:forward,connect:load          ASK=load connect.ALPN=h2,http/1.1 serve.ALPN=h2 WANT=alpn=h2
dns_over_https         web  connect:tunnel,serve:doh            ASK=doh ALPN=h2 WANT=alpn=h2
dns_over_https_http11  web  connect:tunnel,serve:doh            ASK=doh
browser                web  serve:forward,connect:page          ASK=page
browser_http2          web  serve:forward,connect:page          ASK=page connect.ALPN=h2,http/1.1 serve.ALPN=h2 WANT=alpn=h2
browser_unknown_ca     web  serve:forward,connect:page          ASK=page CA=other-ca FAILS=connect:certificate
download_tunnel        web  connect:tunnel,serve:download       ASK=get
download_forward       web  serve:forward,connect:download      ASK=get
upload_tunnel          web  connect:tunnel,serve:upload         ASK=put
upload_forward         web  serve:forward,connect:upload        ASK=put
END_OF_CASES
