# Two connections, the second of which resumes the first; in both, what is said comes back.
# shellcheck shell=sh disable=SC2034,SC2154

flow() {
    CONNECTIONS=2
    if server_start; then
        if can connect resume_both; then
            talk_both
        else
            CONNECTION=1 talk
            [ "$OUTCOME" != ok ] || CONNECTION=2 talk
        fi
    fi
    judge
}
