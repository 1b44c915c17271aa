# interop/programs/c.sh: what the peers share that are peer.c over a TLS library, $LIBRARY. See programs.sh.
# shellcheck shell=sh disable=SC2034
# shellcheck source=interop/programs/programs.sh
. "$INTEROP/programs/programs.sh"

# available_c HEADER: with the library's -dev package, and a compiler.
available_c() {
    have cc || return 1
    [ -e "/usr/include/$1" ] || {
        printf 'not installed: %s\n' "$1"
        return 1
    }
}

# prepare_c FLAG...: makes "peer", linked with these.
prepare_c() {
    set -- -l"$LIBRARY" "$@"
    own=$INTEROP/programs/peer_$LIBRARY.c
    ! older peer "$INTEROP/programs/peer.c" "$INTEROP/programs/peer.h" "$own" || {
        cc -std=gnu11 -O2 -Wall -Wextra -Werror -o peer.new "$INTEROP/programs/peer.c" "$own" "$@" &&
            mv peer.new peer
    }
}

serve() { launch_told "$PREP/peer"; }
connect() { launch_told "$PREP/peer"; }
