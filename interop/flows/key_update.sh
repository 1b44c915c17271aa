# One connection, in which all is said in two parts: a KeyUpdate is answered before what is sent next, and not before
# (RFC 8446 4.6.3).
# shellcheck shell=sh disable=SC2034,SC2154

flow() {
    tail -n +11 say >local/later
    head -n 10 expect >say
    LATER=local/later
    if server_start; then talk; fi
    judge
}
