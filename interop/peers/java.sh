# JSSE, the TLS of the Java runtime.
# shellcheck shell=sh disable=SC2034
packages='default-jre-headless'
# shellcheck source=../programs/java.sh
. "$INTEROP/programs/java.sh"

available() { have java; }
version() { java -version 2>&1; }

features() {
    echo "tls1.2 tls1.3 alpn client_auth close_notify restrict_suite restrict_group send_key_update cert=*"
    echo "group=x25519 group=secp256r1 group=secp384r1 group=secp521r1 suite=*"
    case $1 in
    serve) echo "echo ends tickets no_tickets strict_alpn answers_half_closed" ;;
    connect) echo "pipe resume_both sni verify verify_name half_close" ;;
    esac
}

prepare() { prepare_java peer.jar; }
serve() { launch_java "$PREP/peer.jar"; }
connect() { launch_java "$PREP/peer.jar"; }
