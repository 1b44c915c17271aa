#!/usr/bin/env bats
# parley fuzz --stack: from a stack's name to a report. Runs are counted in traces, and seeded.

bats_require_minimum_version 1.5.0

setup() {
    BUILD=$(cd "$(dirname "${PARLEY:-build/release/parley}")" && pwd)
    # The preset release has the host.
    [ -x "$BUILD/fuzz/deep" ] || BUILD=$PWD/build/release
    [ -x "$BUILD/fuzz/deep" ] || skip "build/release has no fuzz/deep: ci/build release"
    PARLEY=$BUILD/parley PARLEY_HOST=$BUILD/fuzz
    unset PARLEY_STACKS
    export PARLEY PARLEY_HOST
    SOURCES=$PWD
    cd "$BATS_TEST_TMPDIR" || return 1
    FOUND=$PWD/work/findings
}

# fuzz OPTION...: a short run, always the same one.
fuzz() { "$PARLEY" fuzz --work "$PWD/work" --seed 1 --jobs 1 --time 5m "$@" 2>said; }

# liar FAULT: our engine as a plugin, with a fault.
liar() {
    export PARLEY_STACKS=$BUILD/tests/stacks PARLEY_LIAR_OF=$BUILD/tests/engine/engine.so PARLEY_LIAR_FAULT=$1
}

# count NAME FOLDER: a number of the report.
count() { jq ".$1" "work/deep/$2/report/report.json"; }

@test "wrong usage is said, with status 2" {
    run -2 "$PARLEY" fuzz --stack
    run -2 "$PARLEY" fuzz --stack ''
    run -2 "$PARLEY" fuzz --stack parley --role peer
    [[ $output == "parley fuzz: --role takes client, server or both, not 'peer'"* ]]
    run -2 "$PARLEY" fuzz --stack parley --time soon
    run -2 "$PARLEY" fuzz --stack parley --known nowhere
    run -2 "$PARLEY" fuzz --stack parley --engine steam
    run -2 "$PARLEY" fuzz --stack parley more
    run -2 "$PARLEY" fuzz --stack openssl@x=/nowhere
    run -2 "$PARLEY" fuzz --stack nobody
    [[ $output == "parley fuzz: --stack: no such stack: nobody"* ]]
    run -0 "$PARLEY" fuzz --stack parley --help
    [ "$output" = "$("$PARLEY" fuzz --stack --help)" ]
    [[ $output == "Usage: parley fuzz --stack NAME"*"--findings-only"* ]]
}

@test "our engine, in both roles: nothing is found, and the report says what was done" {
    fuzz --stack parley --runs 800 >out
    for role in server client; do
        [ "$(count executions parley-$role)" -ge 800 ]
        [ "$(count completed parley-$role)" -gt 100 ]
        [ "$(count aborted parley-$role)" -gt 100 ]
        [ "$(count classes parley-$role)" -gt 100 ]
        [ "$(count 'operations | map(select(. > 0)) | length' parley-$role)" -gt 15 ]
        [ "$(count 'findings | length' parley-$role)" = 0 ]
        grep -q 'tests="1" failures="0"' work/deep/parley-$role/report/junit.xml
        grep -q "\"role\":\"$role\"" work/deep/parley-$role/report/index.html
        grep -q "No findings" work/deep/parley-$role/report/report.md
    done
    grep -q "800 executions" out
    # The next run goes on with what this one has learnt.
    # (In which order it reads that is up to the file system, so what it finds may differ.)
    before=$(find work/deep/parley-server/corpus -type f | wc -l)
    [ "$before" -gt 100 ]
    fuzz --stack parley --role server --runs 1000 >out || [ $? -eq 1 ]
    [ "$(find work/deep/parley-server/corpus -type f | wc -l)" -gt "$before" ]
}

@test "OpenSSL as it is installed" {
    [ -f "$BUILD/stacks/openssl.so" ] || skip "no plugin for OpenSSL"
    fuzz --stack openssl --role server --runs 300 >out
    [[ $(jq -r .version work/deep/openssl-server/report/report.json) == OpenSSL* ]]
    [ "$(count completed openssl-server)" -gt 50 ]
}

@test "a fault is found, tried again, made smaller, told, known, expired, and mended" {
    mkdir seeds
    printf 'session\n  versions 1.3\n  its tolerant\n  alpn h2 http/1.1\n  flip finished 0 30 0xff\n' >seeds/fault
    run -1 fuzz --stack parley --role server --runs 100 --corpus seeds
    [[ $output == *"C      it completed over what it must abort for: flip finished verify_data 0 1 (RFC 8446 4.4.4"* ]]
    id=$(jq -r '.findings[] | select(.operation == "flip finished verify_data 0 1").id' work/deep/parley-server/report/report.json)
    folder=$FOUND/deep-parley-server/$id
    [ "$(grep -v '^#' "$folder/trace")" = "$(printf 'stack parley\nrole server\nseed 1\n\nsession\n  its tolerant\n  flip finished verify_data 0 1')" ]
    cmp "$folder/trace.bin" <("$PARLEY" trace compile "$folder/trace")
    grep -q "◀ flip finished verify_data 0 1" "$folder/run.txt"
    run -0 "$folder/reproduce.sh"
    [[ $output == *"VERDICT                C: it completed"* ]]
    [ "$(sh "$folder/command")" = "$output" ]
    for file in index.html report.md; do grep -q "flip finished verify_data 0 1" "work/deep/parley-server/report/$file"; done
    grep -q "<failure message=\"it completed over what it must abort for" work/deep/parley-server/report/junit.xml

    # Known, and no more known.
    printf 'parley server * * 2999-12-31 planted here\n' >known
    run -2 fuzz --stack parley --role server --findings-only --known seeds
    jq -r '.findings[].verdict' work/deep/parley-server/report/report.json | sort -u |
        sed 's/.*/parley@0 server & * 2999-12-31 planted here/' >known
    run -0 fuzz --stack parley --role server --findings-only --known known
    [[ $output == "known "*"flip finished verify_data 0 1"* ]]
    sed -i s/2999-12-31/2026-01-31/ known
    run -1 fuzz --stack parley --role server --findings-only --known known
    [[ $output == "expired "*"known until 2026-01-31 only: planted here"* ]]

    # Mended: its trace leads to nothing any more.
    sed -i '/tolerant/d' "$folder/trace"
    run -1 fuzz --stack parley --role server --findings-only
    [ -d "work/mended/deep-parley-server/$id" ]
    [[ $output != *"flip finished verify_data 0 1"* ]]
}

@test "a crash is found, with where it happened, and what leads to it" {
    liar crash_alpn
    run -1 fuzz --stack liar --role server --runs 300
    [[ $output == *"crash  deadly signal: "* ]]
    folder=$(find "$FOUND/deep-liar-server" -mindepth 1 -type d)
    grep -Eq '^  .*(alpn|alps)' "$folder/trace"
    [ "$(grep -vc '^#' "$folder/trace")" -le 10 ]
    run -77 "$folder/reproduce.sh"
    [[ $output == *"deadly signal"* ]]
    jq -e '.findings[0].stack | test("outcome")' work/deep/liar-server/report/report.json
    # It is no finding any more when it is mended.
    PARLEY_LIAR_FAULT=none
    run -0 fuzz --stack liar --role server --findings-only
    [ -z "$(ls "$FOUND/deep-liar-server")" ]
}

@test "a loop without an end is found, with where it is" {
    liar loop
    mkdir seeds
    echo session >seeds/one
    INPUT_SECONDS=1 run -1 fuzz --stack liar --role server --runs 5 --corpus seeds
    [[ $output == *"new          hang   timeout: pull "*"stack_liar.c"* ]]
    grep -q "^session" "$FOUND"/deep-liar-server/*/trace
}

@test "ends that disagree" {
    liar exporter
    run -1 fuzz --stack liar --role client --runs 20
    [[ $output == *"P      the two ends are done and disagree"* ]]
}

@test "a stack that runs before have changed is told from one that is as it was" {
    liar tires
    run -1 fuzz --stack liar --role server --runs 1500
    [[ $output == *"state  it answers otherwise after other runs, in the same context"* ]]
}

@test "a stack that does nothing has not been fuzzed" {
    liar exit
    run -1 fuzz --stack liar --role server --runs 20
    grep -q "no handshake completed" said
    grep -q "It did not run" work/deep/liar-server/report/report.md
}

@test "Ctrl-C ends it, with the report" {
    "$PARLEY" fuzz --work "$PWD/work" --seed 1 --jobs 2 --stack parley --role server >out 2>said &
    for _ in $(seq 300); do
        grep -q '"executions": [1-9]' work/deep/parley-server/counts/1.1.json 2>/dev/null && break
        sleep 0.1
    done
    kill -TERM $!
    # It may have found something until then.
    wait $! || [ $? -eq 1 ]
    grep -q interrupted said
    grep -q " executions in " out
    [ -f work/deep/parley-server/report/index.html ]
    run -1 pgrep -f "$PWD/work/deep/parley-server/corpus"
}

@test "findings: versions, patterns, and what is no line of known.txt" {
    mkdir -p found/one
    printf 'verdict C\nwhat it went on\noperation drop finished\n' >found/one/verdict
    printf '{"stack": "some@1.2.3", "version": "Some 1.2.3", "role": "client", "executions": 9, "completed": 3}' >counts
    for line in 'some client C drop*' 'some@1 * C drop?finished' 'some@1.2.3 client C *'; do
        echo "$line 2026-06-30 a reason" >known
        run -0 "$PARLEY" findings --today 2026-06-30 --known known found counts
        [[ $output == "known "* ]]
        run -1 "$PARLEY" findings --today 2026-07-01 --known known found counts
        [[ $output == "expired "* ]]
    done
    for line in 'other client C *' 'some server C *' 'some client D *' 'some client C drop' 'some@1.2.30 client C *' \
        'some@2.3 client C *' 'som client C *'; do
        echo "$line 2026-06-30 a reason" >known
        run -1 "$PARLEY" findings --today 2026-06-30 --known known found counts
        [[ $output == "new "* ]]
    done
    for line in 'some client C * 2026-06-30' 'some client C * soon a reason' 'some peer C * 2026-06-30 a reason'; do
        printf '# one\n%s\n' "$line" >known
        run -2 "$PARLEY" findings --known known found counts
        [ "$output" = "parley findings: known:2: not STACK[@VERSION] ROLE VERDICT OPERATION EXPIRES REASON" ]
    done
    run -0 "$PARLEY" findings --known "$SOURCES/corpus/known.txt" --today 2026-01-01 "$(mkdir none && echo none)" counts
    mkdir found/two
    run -2 "$PARLEY" findings found counts
    [[ $output == *"found/two: its \"verdict\" names no verdict" ]]
    run -2 "$PARLEY" findings found
    run -2 "$PARLEY" findings none none
}
