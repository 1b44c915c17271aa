# Ten million bytes: there and back again where the server echoes, else a page of that size.
# shellcheck shell=sh disable=SC2034,SC2154

flow() {
    to_say 220000
    if server_start; then PATIENCE=60 talk; fi
    judge
    rm -f say expect client.out local/connect local/echo
}
