# What must fail, on the right side, for the right reason.
# shellcheck shell=sh
cat <<'END'
unknown_ca_tls12             exchange  connect:verify          TLS=1.2 CA=other-ca FAILS=connect:certificate
unknown_ca_tls13             exchange  connect:verify          TLS=1.3 CA=other-ca FAILS=connect:certificate
expired_tls12                exchange  connect:verify          TLS=1.2 CERT=server-expired FAILS=connect:certificate
expired_tls13                exchange  connect:verify          TLS=1.3 CERT=server-expired FAILS=connect:certificate
not_yet_valid                exchange  connect:verify          CERT=server-not-yet-valid FAILS=connect:certificate
bad_certificate_signature    exchange  connect:verify          CERT=server-bad-signature FAILS=connect:certificate
wrong_name_tls12             exchange  connect:verify_name     TLS=1.2 CERT=server-wrong-host FAILS=connect:certificate
wrong_name_tls13             exchange  connect:verify_name     TLS=1.3 CERT=server-wrong-host FAILS=connect:certificate
no_client_certificate_tls12  exchange  -                       TLS=1.2 CLIENT_AUTH=require FAILS=serve:certificate
no_client_certificate_tls13  exchange  -                       TLS=1.3 CLIENT_AUTH=require FAILS=serve:certificate
untrusted_client_tls12       exchange  serve:no:any_client           TLS=1.2 CLIENT_AUTH=require CLIENT_CERT=client-unknown-ca FAILS=serve:certificate
untrusted_client_tls13       exchange  serve:no:any_client           TLS=1.3 CLIENT_AUTH=require CLIENT_CERT=client-unknown-ca FAILS=serve:certificate
expired_client               exchange  serve:no:any_client           CLIENT_AUTH=require CLIENT_CERT=client-expired FAILS=serve:certificate
old_server                   exchange  -                       serve.TLS=1.2 connect.TLS=1.3 FAILS=serve:version
old_client                   exchange  -                       serve.TLS=1.3 connect.TLS=1.2 FAILS=serve:version
no_common_suite_tls12        exchange  restrict_suite_tls12    TLS=1.2 connect.SUITE=ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 serve.SUITE=ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 FAILS=serve:negotiation
no_common_suite_tls13        exchange  restrict_suite_tls13    TLS=1.3 connect.SUITE=AES_128_GCM_SHA256 serve.SUITE=AES_256_GCM_SHA384 FAILS=serve:negotiation
no_common_group              exchange  restrict_group          TLS=1.3 connect.GROUP=secp256r1 serve.GROUP=secp384r1 FAILS=serve:negotiation
no_common_alpn               exchange  serve:strict_alpn       connect.ALPN=h2 serve.ALPN=http/1.1 FAILS=serve:alpn
END
