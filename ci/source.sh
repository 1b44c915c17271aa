# ci/source.sh: Debian's source packages, through an apt configuration of our own: nothing in /etc is
# touched, and nobody needs to be root. Source it after ci/lib.sh, with TMP set to a folder for what is
# fetched. APT_DIR is where the package lists are (default: $TMP/apt, so that they go with it).
# shellcheck shell=sh

KEYRING=/usr/share/keyrings/debian-archive-keyring.gpg

# source_ready: whether there are apt and Debian's keys, and a mirror to ask. Writes $TMP/mirrors: those of
# this system's own package sources, one a line.
source_ready() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ -r $KEYRING ] || {
        say "no $KEYRING"
        return 1
    }
    set -- /etc/apt/sources.list /etc/apt/sources.list.d/*.list
    {
        sed -n 's/^ *deb\(-src\)\{0,1\}  *\(\[[^]]*\] *\)\{0,1\}\([a-z+]*:[^ ]*\) .*/\3/p' "$@" 2>/dev/null || true
        sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/*.sources 2>/dev/null | tr ' ' '\n'
    } | sed 's|/*$||' >"$TMP/uris"
    # Security archives have no such packages.
    grep -v security "$TMP/uris" | sort -u >"$TMP/mirrors"
    [ -s "$TMP/mirrors" ] || {
        say "no Debian mirror among this system's package sources"
        return 1
    }
}

# private_apt PROGRAM ARGUMENT...: apt-get or apt-cache, with that configuration.
private_apt() {
    private_program=$1
    shift
    "$private_program" -o Dir::Etc::sourcelist="$APT_DIR/sources.list" -o Dir::Etc::sourceparts="$APT_DIR/parts" \
        -o Dir::State::lists="$APT_DIR/lists" -o Dir::Cache="$APT_DIR/cache" -o APT::Sandbox::User=root \
        -o Debug::NoLocking=1 -o Acquire::Retries=2 -o Acquire::http::Timeout=30 "$@" </dev/null
}

# source_lists MIRROR "SUITE COMPONENT"...: gets the lists of these, which are signed.
source_lists() {
    APT_DIR=${APT_DIR-$TMP/apt}
    mkdir -p "$APT_DIR/lists/partial" "$APT_DIR/cache/archives/partial" "$APT_DIR/parts"
    source_mirror=$1
    shift
    for source_suite; do
        echo "deb-src [signed-by=$KEYRING] $source_mirror $source_suite"
    done >"$APT_DIR/sources.list"
    private_apt apt-get update -qq >&2
}

# source_versions PACKAGE: those on the lists, the newest first.
source_versions() {
    private_apt apt-cache showsrc "$1" 2>/dev/null | sed -n 's/^Version: //p' | sort -Vru
}

# source_fetch PACKAGE VERSION: the upstream archive, into $TMP/get, checked against the signed lists.
# --tar-only because mirrors were seen to refuse the small files beside it.
source_fetch() {
    rm -rf "$TMP/get"
    mkdir -p "$TMP/get"
    (cd "$TMP/get" && private_apt apt-get source -qq --tar-only --download-only "$1=$2" >&2)
}
