# ci/lib.sh: what the scripts in this folder share. Source it, after setting ROOT:
#
#     ROOT=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
#     . "$ROOT/ci/lib.sh"
# shellcheck shell=sh

# One list of packages, in one place. Groups: "build" compiles the command, "stacks" its plugins, "stack-NAME"
# a stack from source (ci/stacks); "run" is what the main job talks to, "test" is for ci/test, "coverage" for
# the coverage report, "bogo" for ci/bogo, "fuzz" and "afl" for fuzzing with libFuzzer and AFL++, "faults" for
# ci/sensitivity, "flights" for ci/flights. A "?" in front: skip it where the distribution has no such package
# (its name changed, or another package holds it).
PACKAGES="
build    ca-certificates xz-utils git clang cmake ninja-build pkg-config libc6-dev g++
build    libjansson-dev libevent-dev zlib1g-dev libssl-dev scdoc
stacks   libssl-dev libgnutls28-dev libwolfssl-dev libmbedtls-dev libnss3-dev libbearssl-dev
run      openssl jq procps util-linux
test     libcmocka-dev shellcheck clang-tidy bats graphviz llvm ?libclang-rt-dev openssl
test     tshark jq curl socat patch procps
coverage llvm libcmocka-dev jq
bogo     patch golang-go golang-golang-x-crypto-dev golang-golang-x-net-dev golang-golang-x-sys-dev
bogo     golang-golang-x-term-dev golang-golang-x-text-dev jq
fuzz     llvm ?libclang-rt-dev jq
afl      afl++
faults   patch
stack-openssl perl make
stack-bearssl make
stack-gnutls nettle-dev libgmp-dev libtasn1-6-dev make
stack-wolfssl autoconf automake libtool make
flights  socat openssl gnutls-bin libnss3-tools curl wget ?chromium ?firefox-esr
flights  ?openjdk-17-jre-headless golang-go
"

# What somebody on another system installs by hand.
OTHER_SYSTEMS="a C11 and C++17 compiler (clang), cmake 3.22, ninja, pkg-config, git, xz, jansson, libevent, zlib, scdoc, openssl with its headers (and for ci/test cmocka, shellcheck, clang-tidy, bats, graphviz, tshark, jq, curl, socat; for ci/bogo jq, Go and golang.org/x/crypto; for ci/fuzz AFL++, llvm)"

# say TEXT...: one line of progress, on stderr.
say() { printf '%s\n' "$*" >&2; }

# die TEXT...: one line that says what is wrong, and the end.
die() {
    printf '%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# seconds_of TEXT: 90, 90s, 5m or 2h in seconds; fails if it is none of these, or nothing.
seconds_of() {
    number=${1%[smh]}
    case $number in
    '' | *[!0-9]* | 0*) return 1 ;;
    esac
    case $1 in
    *h) echo $((number * 3600)) ;;
    *m) echo $((number * 60)) ;;
    *) echo "$number" ;;
    esac
}

# help_wanted "$@": whether the first argument asks for help.
help_wanted() {
    case ${1-} in
    -h | --help) return 0 ;;
    *) return 1 ;;
    esac
}

# usage_of FILE: prints the comment at the top of a script, its manual.
usage_of() { sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$1"; }

# step NAME COMMAND...: runs the command, prints how long it took, and notes both for summary.
# The status is the command's. Call it as a plain command or with "|| ...".
STEPS=''
step() {
    step_name=$1
    shift
    step_start=$(date +%s)
    say "== $step_name"
    step_status=0
    "$@" || step_status=$?
    step_done "$step_name" "$step_start" "$step_status"
    return "$step_status"
}

# step_done NAME START STATUS: notes a step that was timed elsewhere.
step_done() {
    set -- "$1" $(($(date +%s) - $2)) "$3"
    if [ "$3" -eq 0 ]; then
        say "== $1: ok, $2 s"
        STEPS="$STEPS$(printf '%-44s %6s s  ok' "$1" "$2")
"
    else
        say "== $1: FAILED (status $3), $2 s"
        STEPS="$STEPS$(printf '%-44s %6s s  FAILED' "$1" "$2")
"
    fi
}

# summary: the table of every step so far.
summary() {
    printf '\n%s' "$STEPS"
}

# jobs_wanted: how many processes a build may use.
jobs_wanted() {
    if [ -n "${JOBS-}" ]; then
        printf '%s\n' "$JOBS"
    else
        getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2
    fi
}

# as_root COMMAND...: runs it as root, through sudo when we are not.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        die "cannot install packages: neither root nor sudo. As root: apt-get install $missing"
    fi
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# packages_of GROUP...: the names on the list for these groups, each once.
packages_of() {
    for group; do
        printf '%s' "$PACKAGES" | sed -n "s/^$group  *//p"
    done | tr ' ' '\n' | awk 'NF && !seen[$0]++'
}

# install_deps GROUP...: installs what is missing, and says what. Nothing missing: does nothing,
# and needs neither root nor a network.
install_deps() {
    if ! command -v apt-get >/dev/null 2>&1; then
        [ -z "${PARLEY_NO_INSTALL-}" ] || return 0
        die "not Debian or Ubuntu: install $OTHER_SYSTEMS yourself, then set PARLEY_NO_INSTALL=1"
    fi
    missing='' optional=''
    for package in $(packages_of "$@"); do
        case $package in
        \?libclang-rt-*) installed "${package#?}" || sanitizers_link || optional="$optional ${package#?}" ;;
        \?*) installed "${package#?}" || optional="$optional ${package#?}" ;;
        *) installed "$package" || missing="$missing $package" ;;
        esac
    done
    [ -n "$missing$optional" ] || return 0
    if [ -n "${PARLEY_NO_INSTALL-}" ]; then
        say "missing, and PARLEY_NO_INSTALL is set:$missing$optional"
        return 0
    fi
    # A fresh machine has no lists; one with old lists asks for files that the mirror no longer has.
    # shellcheck disable=SC2086 # the lists are words
    if ! apt-cache show ${missing:-dpkg} >/dev/null 2>&1; then
        say "apt-get update"
        as_root apt-get update -qq || die "apt-get update failed"
    fi
    for package in $optional; do
        if apt-cache show "$package" >/dev/null 2>&1; then missing="$missing $package"; fi
    done
    [ -n "$missing" ] || return 0
    say "installing:$missing"
    # shellcheck disable=SC2086
    apt_install $missing && return 0
    say "apt-get install failed: trying once more with fresh lists"
    as_root apt-get update -qq || die "apt-get update failed"
    # shellcheck disable=SC2086
    apt_install $missing || die "cannot install:$missing"
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        -o Dpkg::Use-Pty=0 "$@" </dev/null >/dev/null
}

# sanitizers_link: whether clang already finds its sanitizer libraries.
sanitizers_link() {
    command -v clang >/dev/null 2>&1 || return 1
    echo 'int main(void) { return 0; }' |
        clang -fsanitize=address,undefined -x c -o /dev/null - >/dev/null 2>&1
}

# corpus_of TARGET: the folder in corpus/ that a fuzz target begins with. All that have stacks on trial share one.
corpus_of() {
    case $1 in
    deep_*) echo deep ;;
    *) printf '%s\n' "$1" ;;
    esac
}

# libFuzzer's options where stacks are on trial: one change of a trace at a time, as what several come to is mostly
# that the first of them ends it; and without a schedule that costs more of the time than it finds.
# shellcheck disable=SC2034 # for those that source this
DEEP_OPTIONS='-mutate_depth=1 -entropic=0'
