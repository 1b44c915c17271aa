# interop/verdict.sh: how a case ended: what both ends say of it, and whether that is as it should be. For
# interop/cell.
# shellcheck shell=sh disable=SC2034,SC2154 # of interop/cell

# The result, "ok" until something says otherwise: the first that does counts.
OUTCOME=ok WHO='' ALERT='' DETAIL=''
# result OUTCOME WHO DETAIL
result() {
    [ "$OUTCOME" = ok ] || return 0
    OUTCOME=$1 WHO=$2 DETAIL=$3
}

# ---- Facts ----

# say_facts: asks both ends; what they say is in variables fact_ROLE_KEY.
say_facts() {
    cat server.out server.log >local/serve 2>/dev/null
    for role in serve connect; do
        (the_peer "$(end_of "$role")" && facts <"local/$role") >"local/$role.facts" 2>/dev/null
        while IFS='=' read -r key value; do
            case $key in
            '' | *[!a-z0-9_]*) ;;
            *) eval "fact_${role}_$key=\$value" ;;
            esac
        done <"local/$role.facts"
    done
}

# learn ROLE KEY: puts what it says of the connection into $said.
learn() { eval "said=\${fact_$1_$2-}"; }

# is_ours ROLE: whether we have it. Our word is the surest, and we say everything.
is_ours() { if [ "$1" = serve ]; then [ "$SERVER" = parley ]; else [ "$CLIENT" = parley ]; fi; }
# ours: the role in which we are; nothing where neither end is ours.
ours() { if is_ours connect; then echo connect; elif is_ours serve; then echo serve; fi; }
who_is() { if [ "$1" = serve ]; then echo server; else echo client; fi; }

# wanted KEY VALUE: what must have come out, for all who say anything of it; and we do.
wanted() {
    anybody=''
    for role in connect serve; do
        learn "$role" "$1"
        anybody=$anybody$said
        [ -z "$said" ] || [ "$said" = "$2" ] || result failed "$(who_is "$role")" "$1 is $said, not $2"
    done
    [ -n "$anybody" ] || [ -z "$(ours)" ] || result failed '' "nobody says what $1 is"
}

# agree KEY...: what both say must be the same.
agree() {
    for key; do
        learn connect "$key"
        one=$said
        learn serve "$key"
        [ -z "$one" ] || [ -z "$said" ] || [ "$one" = "$said" ] ||
            result disagreed '' "$key: the client says $one, the server $said"
    done
}

# ---- The verdict ----

# ended_well ROLE STATUS: what a program ended with, and what it says of that; we do.
ended_well() {
    learn "$1" ok
    if [ "$said" = false ]; then
        learn "$1" alert_sent
        [ "$said" = null ] || ALERT=$said
        learn "$1" reason
        reason=$said
        learn "$1" error
        result failed "$(who_is "$1")" "$reason, $said"
    elif [ "$said" != true ] && is_ours "$1"; then
        result failed "$(who_is "$1")" "it says nothing of the connection: $(last_line "local/$1")"
    fi
    [ "$2" -eq 0 ] || result failed "$(who_is "$1")" "status $2: $(last_line "local/$1")"
}

judge_ok() {
    ended_well connect "$client_status"
    if can serve ends; then ended_well serve "${server_status:-0}"; else ended_well serve 0; fi
    grep -a "$expected" client.out | tr -d '\r' | cmp -s - expect ||
        result failed client "what came back is not what was said: $(grep -ac "$expected" client.out) of $expected_count lines"
    [ -z "$TLS" ] || wanted version "TLS $TLS"
    [ -z "$SUITE" ] || wanted suite "TLS_$SUITE"
    [ -z "$GROUP" ] || wanted group "$GROUP"
    rest=$WANT,
    while [ -n "${rest#,}" ]; do
        item=${rest%%,*} rest=${rest#*,}
        wanted "${item%%=*}" "${item#*=}"
    done
    agree version suite group alpn resumed
}

# alerts CLASS: those that say what it is.
alerts() {
    case $1 in
    certificate) echo bad_certificate unsupported_certificate certificate_expired certificate_unknown unknown_ca \
        access_denied certificate_required handshake_failure decrypt_error unrecognized_name ;;
    version) echo protocol_version ;;
    negotiation) echo handshake_failure insufficient_security illegal_parameter ;;
    alpn) echo no_application_protocol ;;
    esac
}

# judge_fails: FAILS is ROLE:CLASS, the role that has to refuse, and the alerts of which it is one, as we see it;
# where neither end is ours, nobody says which it was.
judge_fails() {
    refuser=${FAILS%%:*} us=$(ours)
    WHO=$(who_is "$refuser")
    if [ "$refuser" = connect ] && [ "$client_status" -eq 0 ]; then
        result failed client "it ended as if all were well"
    fi
    if [ -z "$us" ]; then
        ! heard || result failed "$WHO" "it did not refuse"
        return
    fi
    learn "$us" ok
    if [ "$said" = true ] && [ "$refuser" = connect ] && [ "$client_status" -ne 0 ]; then
        result failed client "it refused behind the handshake, without an alert (status $client_status)"
    elif [ "$said" = true ]; then
        result failed "$WHO" "it did not refuse"
    fi
    if [ "$refuser" = "$us" ]; then learn "$us" alert_sent; else learn "$us" alert_received; fi
    case $said in null) ALERT='' ;; *) ALERT=$said ;; esac
    case " $(alerts "${FAILS#*:}") " in
    *" ${ALERT:-none} "*) ;;
    *) result failed "$WHO" "it refused with ${ALERT:-no alert}, which is none of ${FAILS#*:}" ;;
    esac
}

# by_signal STATUS: whether a program ended by one. (NSS's end with 254 when they refuse.)
by_signal() { [ "$1" -gt 128 ] && [ "$1" -le 192 ]; }

# judge: at the end of every flow.
judge() {
    server_stop
    say_facts
    ! by_signal "${server_status:-0}" || result crashed server "it ended by signal $((server_status - 128))"
    [ -n "${client_status-}" ] || return 0
    ! by_signal "$client_status" || result crashed client "it ended by signal $((client_status - 128))"
    if [ -n "$FAILS" ]; then judge_fails; else judge_ok; fi
}

# ---- The result ----

# write_result HUNDREDTHS: the line that cells.jq reads.
write_result() {
    # What programs said goes into a line.
    [ -z "$DETAIL" ] || DETAIL=$(printf %s "$DETAIL" | tr -c '[:print:]' ' ')
    [ -z "$ALERT" ] || ALERT=$(printf %s "$ALERT" | tr -cd 'a-z0-9_')
    printf '%s\t' "$CLIENT" "$SERVER" "$CASE" "$OUTCOME" "$DETAIL" "$WHO" "$ALERT" "$1" "${DIR##*/}"
    set -- *.*
    printf '%s\t' "$*"
    # A ladder's lines become one. Of a long one, the beginning.
    head -qc 20000 ./*.ladder 2>/dev/null | tr '\n\t' '\036 '
    echo
}
