# What is negotiated, and who shows which certificate. For the form of a line see ../lib.sh.
# shellcheck shell=sh
cat <<'END'
tls12                         exchange  -                     TLS=1.2
tls13                         exchange  -                     TLS=1.3
rsa_certificate_tls12         exchange  -                     TLS=1.2 CERT=server-rsa
rsa_certificate_tls13         exchange  -                     TLS=1.3 CERT=server-rsa
ecdsa_p384_certificate_tls13  exchange  -                     TLS=1.3 CERT=server-ecdsa-p384
ed25519_certificate_tls12     exchange  -                     TLS=1.2 CERT=server-ed25519
ed25519_certificate_tls13     exchange  -                     TLS=1.3 CERT=server-ed25519
intermediate_tls12            exchange  -                     TLS=1.2 CERT=server-chain
intermediate_tls13            exchange  -                     TLS=1.3 CERT=server-chain
fragmented_certificate_tls12  exchange  -                     TLS=1.2 CERT=server-large
fragmented_certificate_tls13  exchange  -                     TLS=1.3 CERT=server-large
hello_retry                   exchange  serve:restrict_group  TLS=1.3 HRR=yes WANT=hello_retry=true
hello_retry_group             exchange  serve:restrict_group,connect:group=secp384r1  TLS=1.3 serve.GROUP=secp384r1 WANT=hello_retry=true
client_auth_tls12             exchange  -                     TLS=1.2 CLIENT_AUTH=require CLIENT_CERT=client-ecdsa-p256 WANT=peer_verified=true
client_auth_tls13             exchange  -                     TLS=1.3 CLIENT_AUTH=require CLIENT_CERT=client-ecdsa-p256 WANT=peer_verified=true
client_auth_rsa_tls12         exchange  -                     TLS=1.2 CLIENT_AUTH=require CLIENT_CERT=client-rsa CERT=server-rsa WANT=peer_verified=true
client_auth_rsa_tls13         exchange  -                     TLS=1.3 CLIENT_AUTH=require CLIENT_CERT=client-rsa CERT=server-rsa WANT=peer_verified=true
client_auth_declined          exchange  -                     CLIENT_AUTH=request
alpn_tls12                    exchange  -                     TLS=1.2 connect.ALPN=h2,http/1.1 serve.ALPN=http/1.1 WANT=alpn=http/1.1
alpn_tls13                    exchange  -                     TLS=1.3 connect.ALPN=h2,http/1.1 serve.ALPN=http/1.1 WANT=alpn=http/1.1
server_name_wildcard          exchange  connect:sni           SNI=any.wild.test WANT=server_name=any.wild.test
END
