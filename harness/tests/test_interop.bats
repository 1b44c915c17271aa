#!/usr/bin/env bats
# interop/run: whatever a peer does, a case ends as what it is, leaves nothing behind, and spoils no other. The
# peers here are OpenSSL's programs with a fault each; they meet Parley, all in one run, and the tests look at
# what came of it.
# shellcheck disable=SC2030,SC2031,SC2154 # variables are for one test; bats sets some

bats_require_minimum_version 1.5.0

setup_file() {
    DIR=$BATS_FILE_TMPDIR
    PARLEY=${PARLEY:-$PWD/build/release/parley}
    PEERS=$DIR/peers CASES=$DIR/cases TMPDIR=$DIR PATIENCE=3 LIMIT=12
    export DIR PARLEY PEERS CASES TMPDIR PATIENCE LIMIT
    mkdir "$PEERS" "$CASES"
    ln -s "$PWD/interop/peers/parley.sh" "$PEERS/parley.sh"
    cat >"$CASES/cases.sh" <<'END'
cat <<'CASES'
talk        exchange  -            TLS=1.3
again       exchange  -            TLS=1.3
old         exchange  -            TLS=1.2
group       exchange  -            TLS=1.3 WANT=group=secp384r1
unsaid      exchange  -            TLS=1.3 WANT=weather=fine
unverified  exchange  -            CA=other-ca FAILS=connect:certificate
unasked     exchange  -            CLIENT_AUTH=require FAILS=serve:certificate
alert       exchange  -            connect.TLS=1.3 serve.TLS=1.2 FAILS=serve:alpn
CASES
END
    faults
    # All of them at once, with what is not in Parley's way ("good") among them.
    status=0
    interop/run --jobs 6 --cases talk --report "$DIR/all" >"$DIR/tap" 2>"$DIR/err" || status=$?
    echo "$status" >"$DIR/status"
}

# peer NAME: OpenSSL, and what stdin says is different.
peer() {
    {
        # shellcheck disable=SC2016 # for that file
        echo '. "$INTEROP/peers/openssl.sh"'
        cat
    } >"$PEERS/$1.sh"
}

# What a broken runner left would keep bats waiting.
teardown_file() {
    pgrep -f "$DIR/" | xargs -r kill -KILL
}

faults() {
    peer good </dev/null
    peer deaf <<'END'
serve() { launch sleep 1000; }
END
    peer quits <<'END'
serve() { launch sh -c 'echo "cannot do that" >&2; exit 3'; }
connect() { launch sh -c 'echo "will not do that" >&2; exit 4'; }
END
    peer dies <<'END'
serve() {
    launch sh -c 'socat "TCP-LISTEN:$1,bind=127.0.0.1,reuseaddr" SYSTEM:"head -c 100 >/dev/null" & wait; kill -SEGV $$' sh "$PORT"
}
connect() { launch sh -c 'kill -SEGV $$'; }
END
    # What listens is in a session of its own, and outlives the one that is ended.
    peer leaves <<'END'
serve() {
    (launch() { setsid "$@" & }; . "$INTEROP/peers/openssl.sh"; launch_echo() { mkfifo loop; setsid "$@" <>loop >&0 & }; serve)
    launch sleep 1000
}
END
    peer garbage <<'END'
garbage() { printf '\377\000\033[2J|x|"y"\t{"ok":false,"version":"TLS 9"}\n}]\\%s%%d $(exit)`exit`\n'; head -c 300000 /dev/zero | tr '\0' a; }
version() { garbage; }
serve() { garbage >&2; garbage; exit 1; }
connect() { garbage >&2; garbage; echo; . "$INTEROP/peers/openssl.sh"; connect; }
facts() { garbage; garbage | tr '{' '='; }
END
    peer hangs <<'END'
connect() { launch sleep 1000; }
END
    peer stuck <<'END'
features() {
    if [ -n "${PARLEY_CELL-}" ]; then sleep 1000; fi
    echo "pipe echo tls1.3 cert=*"
}
END
    peer mute <<'END'
version() { echo "what version?" >&2; return 1; }
END
    peer absent <<'END'
available() { have nosuch-program; }
END
    peer raw <<'END'
prepare() { echo "no compiler" >&2; return 1; }
END
    peer forger <<'END'
launch_echo() { mkfifo loop; "$@" <loop | sed -u s/home/away/ >loop; }
connect() { (. "$INTEROP/peers/openssl.sh"; connect) | sed -u s/home/away/; }
END
    # Verifies less than it was told, and has any version.
    peer lax <<'END'
serve() { CLIENT_AUTH='' TLS='' && . "$INTEROP/peers/openssl.sh" && serve; }
connect() { CA=ca TLS='' && . "$INTEROP/peers/openssl.sh" && connect; }
END
    peer liar <<'END'
facts() { echo suite=TLS_NULL_WITH_NULL_NULL; }
END
}

# cell CLIENT SERVER CASE [REPORT]: its outcome, who is to blame and why.
cell() {
    jq -r --arg client "$1" --arg server "$2" --arg scenario "$3" \
        '.cells[] | select(.client == $client and .server == $server and .scenario == $scenario) |
         "\(.outcome) \(.who): \(.detail)"' "$DIR/${4-all}/report.json"
}

# is EXPECTED ACTUAL: patterns are allowed.
is() {
    # shellcheck disable=SC2053 # a pattern
    [[ "$2" == $1 ]] || {
        printf 'not %s but %s\n' "$1" "$2"
        return 1
    }
}

# nothing_left: no process that has to do with us, and no port that is noted as taken.
nothing_left() {
    ! pgrep -af "$DIR/" && [ -z "$(ls "$DIR"/parley-ports.*)" ]
}

@test "a good peer among bad ones" {
    is "ok null: " "$(cell good parley talk)"
    is "ok null: " "$(cell parley good talk)"
    is "ok null: " "$(cell parley parley talk)"
}

@test "a server that never listens" {
    is "failed server: the server did not listen in 3 s" "$(cell parley deaf talk)"
}

@test "programs that end at once" {
    is "failed server: the server ended before it listened (attempt 1): cannot do that" "$(cell parley quits talk)"
    is "failed client: status 4: will not do that" "$(cell quits parley talk)"
}

@test "programs that crash" {
    is "crashed server: it ended by signal 11" "$(cell parley dies talk)"
    is "crashed client: it ended by signal 11" "$(cell dies parley talk)"
}

@test "a process that leaves its session is ended with its case" {
    is "ok null: " "$(cell parley leaves talk)"
    nothing_left
}

@test "garbage" {
    is "failed server: the server ended before it listened (attempt 1): aaa*" "$(cell parley garbage talk)"
    [ "$(cell parley garbage talk | wc -c)" -lt 400 ]
    is "ok null: " "$(cell garbage parley talk)"
    is '?*x "y"*TLS 9*' "$(jq -r '.stacks[] | select(.name == "garbage").version' "$DIR/all/report.json")"
}

@test "a client that hangs" {
    is "hung client: nothing came back in 3 s" "$(cell hangs parley talk)"
}

@test "a case that hangs" {
    is "hung null: it took more than 12 s" "$(cell stuck parley talk)"
    is "hung null: it took more than 12 s" "$(cell parley stuck talk)"
}

@test "a peer that does not say its version" {
    is "ok null: " "$(cell mute parley talk)"
    is "does not say its version" "$(jq -r '.stacks[] | select(.name == "mute").version' "$DIR/all/report.json")"
}

@test "a peer that is not installed is counted" {
    is "unsupported null: absent: not installed: nosuch-program" "$(cell absent parley talk)"
    is "unsupported null: absent: not installed: nosuch-program" "$(cell parley absent talk)"
    grep -q "2 unsupported" "$DIR/err"
    grep -q "^ok .* absent -> parley talk # SKIP absent: not installed: nosuch-program" "$DIR/tap"
}

@test "a peer that cannot be prepared" {
    is "failed null: cannot prepare raw: no compiler" "$(cell raw parley talk)"
    is "failed null: cannot prepare raw: no compiler" "$(cell parley raw talk)"
}

@test "wrong data" {
    is "failed client: what came back is not what was said: 20 of 20 lines" "$(cell parley forger talk)"
    is "failed client: what came back is not what was said: 20 of 20 lines" "$(cell forger parley talk)"
}

@test "ends that disagree" {
    is "disagreed null: suite: the client says TLS_NULL_WITH_NULL_NULL, the server TLS_*" "$(cell liar parley talk)"
    is "disagreed null: suite: the client says TLS_*, the server TLS_NULL_WITH_NULL_NULL" "$(cell parley liar talk)"
}

@test "nothing is left behind" {
    nothing_left
    is "cells index.html junit.xml pki report.json report.md www" "$(cd "$DIR/all" && echo .[!.]* * | sed 's/^[^ ]*\* //')"
}

@test "TAP: a plan, each cell once, in the order of the plan" {
    [ "$(cat "$DIR/status")" -eq 1 ]
    is "TAP version 14" "$(sed -n 1p "$DIR/tap")"
    count=$(jq '.cells | length' "$DIR/all/report.json")
    is "1..$count" "$(sed -n 2p "$DIR/tap")"
    [ "$(grep -c '^\(not \)\?ok ' "$DIR/tap")" -eq "$count" ]
    seq "$count" | diff - <(sed -n 's/^\(not \)\?ok \([0-9]*\) - .*/\2/p' "$DIR/tap")
    jq -r '.cells[] | "\(.client) -> \(.server) \(.scenario)"' "$DIR/all/report.json" |
        diff - <(sed -n 's/^\(not \)\?ok [0-9]* - \([^#]*[^# ]\).*/\2/p' "$DIR/tap")
    # Names only: nothing that a program said is a line of its own.
    run ! grep -v -e '^\(not \)\?ok ' -e '^  ' -e '^1\.\.' -e '^TAP ' "$DIR/tap"
}

# run_to REPORT OPTION...: interop/run with a report of its own.
run_to() {
    local report=$1
    shift
    run --separate-stderr interop/run --report "$DIR/$report" "$@"
    printf "%s\n" "$stderr" # shown where a test fails
}

@test "what must fail, and does not; what fails for another reason" {
    run_to refusals --peers good,lax --cases 'unverified,unasked,alert'
    [ "$status" -eq 1 ]
    is "failed client: it ended as if all were well" "$(cell lax parley unverified refusals)"
    is "failed server: it did not refuse" "$(cell parley lax unasked refusals)"
    is "ok client: " "$(cell good parley unverified refusals)"
    is "ok server: " "$(cell parley good unasked refusals)"
    is "failed server: it refused with protocol_version, which is none of alpn" "$(cell parley good alert refusals)"
    is "failed server: it refused with protocol_version, which is none of alpn" "$(cell good parley alert refusals)"
}

@test "something else than was wanted, or nothing at all" {
    run_to wanted --peers good --cases group,unsaid
    [ "$status" -eq 1 ]
    is "failed server: group is x25519, not secp384r1" "$(cell good parley group wanted)"
    is "failed null: nobody says what weather is" "$(cell parley good unsaid wanted)"
    run_to lax --clients lax --servers lax --cases old
    is "failed client: version is TLS 1.3, not TLS 1.2" "$(cell lax lax old lax)"
}

@test "what is known to be different, and what no longer is" {
    printf 'dies parley talk crashed it does\n' >"$DIR/known.txt"
    run_to known --peers dies --clients dies --servers parley --cases talk --expect "$DIR/known.txt"
    [ "$status" -eq 0 ]
    is "*not ok 1 - dies -> parley talk # TODO it does*" "$output"
    printf 'good parley talk crashed it did\n' >"$DIR/known.txt"
    run_to known --clients good --servers parley --cases talk --expect "$DIR/known.txt"
    [ "$status" -eq 1 ]
    is "*good -> parley talk: ok, expected crashed*" "$stderr"
}

@test "a peer that is no shell script is not missing but wrong" {
    mkdir "$DIR/broken"
    ln -s "$PWD/interop/peers/parley.sh" "$DIR/broken/parley.sh"
    echo 'serve() { if; }' >"$DIR/broken/slip.sh"
    PEERS=$DIR/broken run_to broken --cases talk
    [ "$status" -eq 1 ]
    is "run: the peer slip:*yntax error*" "$stderr"
    [ "${#stderr_lines[@]}" -eq 1 ]
    PEERS=$DIR/broken run_to broken --peers parley --cases talk
    [ "$status" -eq 0 ]
}

@test "wrong usage: status 2, and one line that says why" {
    local words
    while read -r -a words; do
        run_to usage "${words[@]}"
        [ "$status" -eq 2 ]
        is "run: * \(see --help\)" "$stderr"
        [ "${#stderr_lines[@]}" -eq 1 ] && [ -z "$output" ]
    done <<'END'
--nosuch
--nosuch x
extra
--peers
--peers nosuch
--clients good,nosuch
--cases nosuch
--cases talk,nosuch
--jobs 0
--jobs many
--shard 1
--shard 0/2
--shard 3/2
--shard 1/2/3
--expect /nosuch
END
    [ ! -e "$DIR/usage" ]
    interop/run --help | grep -q -- '--shard I/N'
}

@test "--list: peers with versions, and cases; runs none" {
    run_to list --list --cases 'a*'
    [ "$status" -eq 0 ]
    is "*absent *not installed: nosuch-program*good *OpenSSL *parley *parley *again *exchange*alert *exchange*" "$output"
    [[ "$output" != *"talk"* ]]
    [ ! -e "$DIR/list" ]
}

# cells_of REPORT...: what was paired.
cells_of() {
    local report
    for report; do jq -r '.cells[] | "\(.client) \(.server) \(.scenario)"' "$DIR/$report/report.json"; done
}

@test "shards are the whole, and no cell twice; two runs at once do not meet" {
    interop/run --peers good --cases 'talk,again,old' --jobs 1 --shard 1/2 --report "$DIR/one" >"$DIR/one.tap" 2>&1 &
    local first=$!
    run_to two --peers good --cases 'talk,again,old' --jobs 1 --shard 2/2
    [ "$status" -eq 0 ]
    wait "$first"
    run_to whole --peers good --cases 'talk,again,old'
    [ "$status" -eq 0 ]
    [ "$(cells_of one | wc -l)" -eq 3 ]
    [ "$(cells_of one two | sort)" = "$(cells_of whole | sort)" ]
    "$PARLEY" report --quiet --report "$DIR/both" "$DIR/one/report.json" "$DIR/two/report.json"
    [ "$(cells_of both | sort)" = "$(cells_of whole | sort)" ]
}

# until_true COMMAND...
until_true() {
    local tries=600
    until "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.05
    done
}
ended() { ! kill -0 "$1" 2>/dev/null; }
begun() { [ -e "$DIR/$1/cells/parley-deaf-talk/serve.command" ]; }
nothing_runs() { [ -z "$(pgrep -f "$DIR/$1/")" ]; }

# long_run REPORT: one that is not yet through when it has begun; its id is $long.
long_run() {
    PATIENCE=60 env --default-signal=INT interop/run --clients parley,good --servers parley,deaf --cases talk --jobs 2 \
        --report "$DIR/$1" >"$DIR/$1.tap" 2>"$DIR/$1.err" 3>&- &
    long=$!
    until_true begun "$1"
}

@test "SIGINT: what runs is ended, and what was done is reported" {
    long_run interrupted
    until_true grep -q '^ok 1 ' "$DIR/interrupted.tap"
    kill -INT "$long"
    status=0
    wait "$long" || status=$?
    [ "$status" -eq 130 ]
    nothing_left
    is "ok null: " "$(cell parley parley talk interrupted)"
    is "" "$(cell parley deaf talk interrupted)"
    grep -q "interrupted" "$DIR/interrupted.err"
}

@test "one report, one run; and another when that was killed" {
    long_run same
    run_to same --peers good --cases talk
    [ "$status" -eq 1 ]
    is "run: another run writes to $DIR/same" "$stderr"
    kill -KILL "$long"
    run_to same --peers good --cases talk
    [ "$status" -eq 0 ]
    [ "$(cells_of same | wc -l)" -eq 2 ]
    # What worked for it goes no further than the case that it was at.
    pgrep -f "$DIR/same/cells/parley-deaf-talk" | xargs -r kill
    until_true nothing_runs same
    rm -f "$DIR"/parley-ports.*/*
}

@test "reproduce.sh does it again, alone" {
    local folder
    for folder in good-parley-talk parley-good-talk; do
        rm -f "$DIR/all/cells/$folder"/*.log
        run --separate-stderr "$DIR/all/cells/$folder/reproduce.sh"
        [ "$status" -eq 0 ]
        [ "$(grep -c '^parley 0000' <<<"$output")" -eq 20 ]
    done
    run --separate-stderr "$DIR/all/cells/parley-dies-talk/reproduce.sh"
    [ "$status" -eq 1 ]
    nothing_left
}

@test "the capture opens decrypted" {
    local pcap
    for pcap in good-parley-talk/serve.pcapng parley-good-talk/connect.pcapng; do
        tshark -r "$DIR/all/cells/$pcap" -V 2>/dev/null >"$DIR/shown"
        [ "$(grep -c 'Handshake Protocol: Finished' "$DIR/shown")" -ge 2 ]
        tshark -r "$DIR/all/cells/$pcap" -q -z follow,tls,ascii,0 2>/dev/null | grep -q "parley 0000001, there and home again"
    done
}
