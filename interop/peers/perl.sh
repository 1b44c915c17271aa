# Perl's IO::Socket::SSL, over the system's OpenSSL.
# shellcheck shell=sh disable=SC2034
packages='perl libio-socket-ssl-perl'
# shellcheck source=../programs/programs.sh
. "$INTEROP/programs/programs.sh"

available() {
    have perl || return 1
    perl -MIO::Socket::SSL -e 1 2>/dev/null || {
        echo "not installed: libio-socket-ssl-perl"
        return 1
    }
}
version() { perl -MIO::Socket::SSL -e 'print "IO::Socket::SSL $IO::Socket::SSL::VERSION, ", Net::SSLeay::SSLeay_version(0)'; }

# OpenSSL has the suites and groups; a few will do. Its servers take a connection without ALPN if none is in common.
features() {
    echo "tls1.2 tls1.3 alpn client_auth close_notify restrict_suite restrict_group cert=*"
    echo "suite=AES_128_GCM_SHA256 suite=AES_256_GCM_SHA384 suite=ECDHE_*_GCM_* group=x25519 group=secp256r1 group=secp384r1"
    case $1 in
    serve) echo "echo ends answers_half_closed" ;;
    connect) echo "pipe sni verify verify_name half_close" ;;
    esac
}

serve() { launch_told perl "$INTEROP/programs/peer.pl"; }
connect() { launch_told perl "$INTEROP/programs/peer.pl"; }
