# One connection: what is said comes back, or is answered with a page.
# shellcheck shell=sh

flow() {
    server_start && talk
    judge
}
