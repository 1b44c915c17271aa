# interop/lib.sh: what run, cell and install-peers share, and what peers/*.sh build on. Source it, after
# setting ROOT:
#
#     ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
#     . "$ROOT/interop/lib.sh"
#
# A peer is a file peers/NAME.sh, sourced in a subshell, with
#
#     packages='...'      what Debian calls it; "?" before a package that not every release has
#     large='...'         what makes these packages large, if they are: they are installed only by name
#     available           whether it can be used here; if not, prints why
#     version             prints its version, in one line
#     features ROLE       prints what it can do as "serve" and as "connect", in words (below);
#                         nothing: not that role
#     serve               runs the server on 127.0.0.1:$PORT, in the foreground, through "launch"
#     connect             runs the client to 127.0.0.1:$PORT: stdin goes to the server, what it says to
#                         stdout, anything else to stderr; status 0 only if all went well
#     prepare             before any case: makes in the folder it is in what it needs (may be left out)
#     facts               reads its own output on stdin and prints what it says of the connection, as lines
#                         KEY=VALUE in the words of "parley serve --json" (may be left out)
#
# "serve" and "connect" are told what to do by variables; those of a case (TLS, SUITE, ...) may be empty:
#
#     PORT HOST PKI       where to; the name that servers' certificates have; the folder of "parley pki"
#     PREP                the folder that "prepare" was in
#     WWW                 serve: the folder of the files that a server of HTTP has
#     URL_PATH            connect: what a client of HTTP asks for; it prints the page
#     CONNECTION          connect: empty, or 1 (keep the session in the working folder), then 2 (resume it), or,
#                         for those with "resume_both", both
#     CONNECTIONS         serve: how many there will be, if all goes well; nothing: nobody knows
#     TLS                 1.2 or 1.3: this version only
#     SUITE GROUP         this suite, this group only (names of the RFCs, no TLS_), where it can be told to
#     CERT                serve: the certificate: $PKI/$CERT.pem and $PKI/$CERT.key
#     SNI CA              connect: the name to ask for and to verify, $PKI/$CA.pem the root to trust
#     ALPN                protocols, with commas, in order
#     CLIENT_AUTH         serve: request or require: ask for a certificate, under $PKI/ca.pem
#     CLIENT_CERT         connect: the certificate, as CERT
#     HRR                 serve: ask for another group than is offered first
#     EARLY               connect: in connection 2 the file to send as 0-RTT data (nothing comes on stdin then);
#                         serve: accept it
#     KEY_UPDATE          send a KeyUpdate, and ask for one
#     NO_TICKETS          serve: no session tickets
#     ASK                 what a client of HTTP does: flows/web.sh
#     LISTEN              connect of "tunnel": carry what comes there; FORWARD: serve of "forward": where to carry it
#     NO_CAPTURE          no capture, as there will be too much
#     STRICT              a connection that ends without close_notify has failed
#
# The words of "features": echo (serve: says everything back), echo_request (serve: the same, but once, up to an
# empty line), http (serve: has the files of $WWW; connect: fetches $URL_PATH, in each of its connections; ours answers
# with a page), pipe (connect: stdin and stdout as above); tls1.2 tls1.3; suite=X group=X cert=X, patterns allowed;
# restrict_suite restrict_group (can be told to have one only: with HRR, too); alpn (any protocols) or alpn=LIST (this
# list) strict_alpn (refuses if none is in common); sni verify verify_name client_auth or client_auth=X (request or
# require only); any_client (serve: takes any certificate); tickets no_tickets; resume or resume_both; tickets_only
# session_ids_only (connect: cannot resume by anything else); early_data; send_key_update; close_notify (sends it; with
# STRICT, misses it, if its API tells); half_close (connect: goes on reading) answers_half_closed (serve: goes on
# writing); slow (connect: takes seconds to start); preconnects (connect: may make more connections than it uses); ends (serve: by itself, behind the last of
# CONNECTIONS or the first that failed, with status 0 only if all went well). What it can do in one version only has
# _tls12 or _tls13 behind it. A case may ask for others: see cases/*.sh, whose lines are
#
#     NAME FLOW NEEDS SETTING...
#
# FLOW is what happens, a file of flows/; NEEDS are words that both ends must have beside those that follow from the
# settings (plan.awk), with commas, or "-"; "serve:" or "connect:" in front: that end only; "no:": what an end
# must not have. Settings are the variables above; FAILS=ROLE:CLASS says that ROLE must refuse, with an alert of CLASS
# (see cell); WANT=KEY=VALUE,... what must have come out, in the words of "facts".
# shellcheck shell=sh disable=SC2034

: "${PARLEY:=$ROOT/build/release/parley}"
export PARLEY
INTEROP=$ROOT/interop
HOST=parley.test

# The settings of a case, all of them; with "serve." or "connect." in front for that end only.
SETTINGS='TLS SUITE GROUP CERT ALPN CLIENT_AUTH CLIENT_CERT HRR EARLY KEY_UPDATE NO_TICKETS STRICT CA SNI HALF ASK FAILS WANT'

packages='' large='' # a peer's own
prepare() { :; }
facts() { :; }
features() { :; }

# have PROGRAM: whether it is installed; says so if it is not.
have() {
    command -v "$1" >/dev/null 2>&1 && return 0
    printf 'not installed: %s\n' "$1"
    return 1
}

# the_peer NAME: makes the functions above those of NAME. In a subshell, as they stay.
the_peer() {
    # shellcheck source=/dev/null
    . "${PEERS:-$INTEROP/peers}/$1.sh"
}

# all_peers: their names.
all_peers() {
    for file in "${PEERS:-$INTEROP/peers}"/*.sh; do
        file=${file##*/}
        printf '%s\n' "${file%.sh}"
    done
}

# quoted WORD...: as one line that a shell reads as these words.
quoted() {
    for word; do
        case $word in
        '' | *[!A-Za-z0-9_./:=,@%+-]*) printf "'%s' " "$(printf %s "$word" | sed "s/'/'\\\\''/g")" ;;
        *) printf '%s ' "$word" ;;
        esac
    done
    echo
}

# noted COMMAND...: as a line for reproduce.sh: what a client of ours hears comes before its input ends, and a server
# takes the place of the shell, so that it is what is ended.
noted() {
    case $ROLE in
    serve) printf 'exec %s' "$(quoted "$@")" ;;
    *) if [ -n "$STDIN" ]; then quoted "$@"; else printf '{ cat say; sleep 1; } | %s' "$(quoted "$@")"; fi ;;
    esac
}

# launch COMMAND...: becomes the command, and notes it for reproduce.sh. How "serve" and "connect" end; for
# a client of several commands in parentheses. A file that is its input, in place of "say", is named by $STDIN.
launch() {
    printf '%s%s\n' "$(noted "$@")" "${STDIN:+<$STDIN}" >>"$ROLE.command"
    exec "$@"
}

# launch_echo COMMAND...: the same for a server that only prints what it gets and sends what it reads: its
# output is its input.
launch_echo() {
    [ -p loop ] || mkfifo loop
    printf 'rm -f loop; mkfifo loop\n%s<>loop >&0\n' "$(noted "$@")" >>"$ROLE.command"
    exec "$@" <>loop >&0
}

# launch_echo_kept COMMAND...: the same for one that reads nothing while it cannot print: what it prints is kept.
launch_echo_kept() {
    [ -p loop ] || mkfifo loop
    : >local/echo
    # shellcheck disable=SC2016 # of that shell
    kept='tail -f -c +1 --pid="$(exec sh -c '\''echo $PPID'\'')" local/echo >loop &'
    printf 'rm -f loop; mkfifo loop; : >local/echo\n%s\n%s<loop >local/echo\n' "$kept" "$(noted "$@")" >>"$ROLE.command"
    eval "$kept"
    exec "$@" <loop >local/echo
}

# ---- Names ----

# openssl_suite SUITE: as OpenSSL and its relatives call it; of TLS 1.3 the same.
openssl_suite() {
    case $1 in
    *_WITH_*) printf '%s\n' "$1" | sed -e 's/_WITH_/-/' -e 's/3DES_EDE_CBC/DES-CBC3/' -e 's/AES_\([0-9]*\)/AES\1/' \
        -e 's/_CBC//' -e 's/POLY1305_SHA256/POLY1305/' -e 's/^RSA-//' -e 's/_/-/g' ;;
    *) printf 'TLS_%s\n' "$1" ;;
    esac
}

# openssl_group GROUP
openssl_group() {
    case $1 in
    x25519) echo X25519 ;;
    x448) echo X448 ;;
    secp*r1)
        set -- "${1#secp}"
        printf 'P-%s\n' "${1%r1}"
        ;;
    *) printf '%s\n' "$1" ;;
    esac
}

# suite_code SUITE: its number, four digits.
suite_code() { sed -n "s/^SUITE($1, 0x\([0-9a-f]*\),.*/\\1/p" "$ROOT/harness/tables/suites.def"; }

# ---- Waiting, and ending ----

# until_true SECONDS COMMAND...: tries twenty times a second, and a little more often at first.
until_true() {
    tries=$(($1 * 20 + 5)) quickly=$(($1 * 20))
    shift
    while ! "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        if [ "$tries" -ge "$quickly" ]; then sleep 0.01; else sleep 0.05; fi
    done
}

# gone PID: whether it has ended. (A child that nobody waited for is still there, as a zombie.)
gone() {
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
    stat=${stat##*) }
    case $stat in [ZX]*) return 0 ;; *) return 1 ;; esac
}

# listening PORT: whether somebody does; taken PORT: whether anybody uses it for anything.
listening() { grep -qs "$(printf ':%04X 0*:0000 0A ' "$1")" /proc/net/tcp /proc/net/tcp6; }
taken() { grep -qs "$(printf '[0-9A-F]:%04X [0-9A-F]*:' "$1")" /proc/net/tcp /proc/net/tcp6; }

# left_of SID MARK: the processes of a session that are still there, and those that left it: what has PARLEY_CELL=MARK
# in the environment it was started with. Zombies are not there.
left_of() {
    found=$(grep -ls -e "^[0-9]* (.*) [^ZX] [0-9]* [0-9]* $1 " -e "PARLEY_CELL=$2;" /proc/[0-9]*/stat /proc/[0-9]*/environ)
    [ -z "$found" ] || printf '%s\n' "$found" | cut -d / -f 3 | sort -u
}

# end_session SID MARK: ends them, and does not come back before they are gone.
end_session() {
    for signal in TERM KILL KILL; do
        left=$(left_of "$1" "$2")
        [ -n "$left" ] || return 0
        # shellcheck disable=SC2086 # numbers
        kill -s "$signal" $left 2>/dev/null
        until_true 2 session_over "$1" "$2" && return 0
    done
}
session_over() { [ -z "$(left_of "$1" "$2")" ]; }

# take FILE TEXT: makes a file with this in it; false if there is one already, or no other can be made.
take() {
    set -C
    { printf '%s\n' "$2" >"$1"; } 2>/dev/null
    took=$?
    set +C
    return "$took"
}

# ---- What is said ----

# lines COUNT FILE: that many lines, each another, that can be told from what a program prints in between.
# SAID has the counts that there are files of in $WWW: a few lines, and more than ten million bytes, in long ones, as
# some programs send each line by itself.
SAID='20 22000'
lines() {
    awk -v n="$1" 'BEGIN {
        for (more = ""; n > 1000 && length(more) < 430; ) more = more ", and again"
        for (i = 1; i <= n; i++) printf "parley %07d, there and home again, over TLS%s\n", i, more
    }' >"$2"
}
