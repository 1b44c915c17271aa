# Ten million bytes: there and back again where the server echoes, else a page of that size.
# shellcheck shell=sh disable=SC2034,SC2154

flow() {
    NO_CAPTURE=yes
    to_say 22000
    if server_start; then PATIENCE=60 talk; fi
    judge
    # For reproduce.sh there is one for all; of a program that logs what it carries, the end is enough.
    if cmp -s say expect; then ln -sf ../../www/22000.txt say; fi
    tail -c 100000 server.log >local/end && mv local/end server.log
    rm -f expect client.out local/echo
}
