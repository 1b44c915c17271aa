# Ten million bytes: there and back again where the server echoes, else a page of that size.
# shellcheck shell=sh disable=SC2034,SC2154

flow() {
    to_say 22000
    if server_start; then PATIENCE=60 talk; fi
    judge
    # For reproduce.sh there is one for all.
    if cmp -s say expect; then ln -sf ../../www/22000.txt say; fi
    rm -f expect client.out local/connect local/echo
}
