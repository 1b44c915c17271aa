# Erlang's ssl.
# shellcheck shell=sh disable=SC2034
packages='erlang-base erlang-ssl erlang-public-key'
# shellcheck source=../programs/programs.sh
. "$INTEROP/programs/programs.sh"

available() {
    have erl || return 1
    for module in ssl public_key; do
        [ "$(erl_run -eval "io:put_chars(case code:lib_dir($module) of {error, _} -> \"no\"; _ -> \"yes\" end), halt()")" = yes ] || {
            printf 'not installed: erlang-%s\n' "$module" | tr _ -
            return 1
        }
    done
}
version() {
    erl_run -eval 'application:load(ssl), {ok, V} = application:get_key(ssl, vsn),
        io:format("Erlang/OTP ~s, ssl ~s", [erlang:system_info(otp_release), V]), halt()'
}
erl_run() { erl +S 1 -noinput -boot start_clean "$@"; }

# Tickets in TLS 1.3 only, as Ed25519 and x25519. No half-closed connections: ssl:shutdown(Socket, write) closes that of TCP, without close_notify.
features() {
    echo "tls1.2 tls1.3 alpn client_auth close_notify restrict_suite restrict_group resume early_data send_key_update"
    echo "cert=rsa cert=ecdsa* cert=chain cert=large cert=expired cert=not-* cert=bad-* cert=wrong-* cert=unknown-*"
    echo "cert=ed25519_tls13 suite=* group=x25519_tls13 group=secp256r1 group=secp384r1 group=secp521r1"
    case $1 in
    serve) echo "echo ends tickets_tls13 no_tickets strict_alpn" ;;
    connect) echo "pipe sni verify verify_name" ;;
    esac
}

prepare() { ! older parley_peer.beam "$INTEROP/programs/parley_peer.erl" || erlc -o . "$INTEROP/programs/parley_peer.erl"; }
serve() { launch_told erl +S 1 -noinput -boot start_clean -pa "$PREP" -run parley_peer main -extra; }
connect() { serve; }
