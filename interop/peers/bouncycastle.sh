# Bouncy Castle's JSSE: a TLS of its own, in Java.
# shellcheck shell=sh disable=SC2034
packages='default-jre-headless libbctls-java'
# shellcheck source=../programs/java.sh
. "$INTEROP/programs/java.sh"
jars=/usr/share/java/bctls.jar:/usr/share/java/bcutil.jar:/usr/share/java/bcprov.jar

available() {
    have java || return 1
    [ -e /usr/share/java/bctls.jar ] || {
        echo "not installed: bctls.jar"
        return 1
    }
}
version() { basename "$(readlink -f /usr/share/java/bctls.jar)" .jar; }

# No tickets, and nothing is resumed in TLS 1.3.
features() {
    echo "tls1.2 tls1.3 alpn client_auth close_notify restrict_suite restrict_group cert=*"
    echo "group=x25519 group=secp256r1 group=secp384r1 group=secp521r1 suite=*"
    case $1 in
    serve) echo "echo ends no_tickets strict_alpn" ;;
    connect) echo "pipe resume_both session_ids_only sni verify verify_name" ;;
    esac
}

prepare() { prepare_java "peer.jar:$jars" -Dprovider=BCJSSE; }
serve() { launch_java "$PREP/peer.jar:$jars" -Dprovider=BCJSSE; }
connect() { launch_java "$PREP/peer.jar:$jars" -Dprovider=BCJSSE; }
