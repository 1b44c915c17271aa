# Two connections; in the second all is said as 0-RTT data, and comes back.
# shellcheck shell=sh disable=SC2034,SC2154

flow() {
    cp say early
    CONNECTIONS=2 EARLY=early
    if server_start; then
        if can connect resume_both; then
            : >say
            talk_both
        else
            CONNECTION=1 talk
            : >say
            [ "$OUTCOME" != ok ] || CONNECTION=2 talk
        fi
    fi
    judge
}
