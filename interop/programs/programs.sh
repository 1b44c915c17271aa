# interop/programs/programs.sh: what the peers have in common that are a small program of ours, over the TLS
# stack of a language. Each is told what to do by words,
#
#     serve|connect port=N tls=1.3 suite=X group=X cert=FILE key=FILE ca=FILE sni=NAME alpn=A,B
#     client_auth=request|require client_cert=FILE client_key=FILE hrr=yes early=FILE key_update=yes
#     no_tickets=yes strict=yes connections=N connection=both
#
# which mean what the variables of ../lib.sh do; what is not said is left to the stack. A server handles one
# connection after another, says everything back, answers close_notify with its own, and ends behind the last one,
# or behind the first that failed. A client sends its stdin, then close_notify, and prints what comes until
# the other end closes. Told connection=both, it makes one connection in which it says its file of 0-RTT data,
# or the first that it reads, and drops the answer; and then a second one, resuming the first, with the
# same. Each says "fact KEY=VALUE" on stderr, as soon as it knows: version, suite, group, alpn, resumed, ...; at the
# end of a connection "ok", and if that is false, "error". Status 0 only if all went well.
#
# Whoever gives up sends its alert and then reads on until the other end has closed, too: closing a socket
# that has not been read to its end takes back what was sent, the alert, and so the other end's reason.
# shellcheck shell=sh disable=SC2034,SC2153

# launch_told COMMAND...: launches it, with these words.
launch_told() {
    set -- "$@" "$ROLE" "port=$PORT"
    if [ "$ROLE" = serve ]; then
        set -- "$@" "cert=$PKI/$CERT.pem" "key=$PKI/$CERT.key" "connections=$CONNECTIONS"
        CA=${CLIENT_AUTH:+ca} SNI='' CONNECTION=''
    else
        [ -z "$CLIENT_CERT" ] || set -- "$@" "client_cert=$PKI/$CLIENT_CERT.pem" "client_key=$PKI/$CLIENT_CERT.key"
        CLIENT_AUTH='' HRR='' NO_TICKETS=''
    fi
    [ -z "$CA" ] || set -- "$@" "ca=$PKI/$CA.pem"
    [ -z "$SUITE" ] || set -- "$@" "suite=TLS_$SUITE"
    for name in TLS GROUP SNI ALPN CLIENT_AUTH HRR EARLY KEY_UPDATE NO_TICKETS STRICT CONNECTION; do
        eval "value=\$$name"
        [ -z "$value" ] || set -- "$@" "$(printf %s "$name" | tr '[:upper:]' '[:lower:]')=$value"
    done
    launch "$@"
}

# older RESULT SOURCE...: whether the result has to be made again: made "RESULT" once all went well.
older() {
    result=$1
    shift
    [ -e "$result" ] || return 0
    [ -n "$(find "$@" -newer "$result")" ]
}

facts() { sed -n 's/^fact //p'; }
