#!/usr/bin/env bats
# parley report: cells from a runner as TAP, tables and files; parts of a report as one.

PARLEY=${PARLEY:-$PWD/build/release/parley}

setup() {
    DIR=$BATS_TEST_TMPDIR
    printf '%s\n' 'go * key_update hung Go hangs' '* * zzz failed for nobody' >"$DIR/known"
}

# cell CLIENT SERVER SCENARIO OUTCOME [JQ-EXPRESSION]: a cell as a runner writes it.
cell() {
    jq -nc --arg c "$1" --arg s "$2" --arg n "$3" --arg o "$4" \
        "{client: \$c, server: \$s, scenario: \$n, outcome: \$o, command: \"run \\(\$n)\"} + ${5:-{\}}"
}

# head PLAN [JQ-EXPRESSION]
head_of() { jq -nc "{stacks: [{name: \"parley\", version: \"0\"}, {name: \"go\", version: \"1.19\"}], plan: $1} + ${2:-{\}}"; }

# report ARGUMENT...: stdout and stderr apart.
report() {
    local status=0
    "$PARLEY" report "$@" >"$DIR/out" 2>"$DIR/err" || status=$?
    cat "$DIR/out" "$DIR/err"
    return "$status"
}

# some: two cells as expected, one unsupported.
some() {
    cell parley go tls13 ok
    cell go parley key_update hung
    cell go parley tls12 unsupported '{detail: "not installed"}'
}

@test "all as expected: a table, the sums, exit status 0" {
    { head_of 3 '{complete: false}'; some; } >"$DIR/in"
    report --expect "$DIR/known" <"$DIR/in"
    grep -q '^go  *0/1  *-$' "$DIR/out"
    [ "$(wc -l <"$DIR/err")" -eq 1 ]
    grep -q '^3 cells: 1 ok, 0 failed, 0 disagreed, 1 unsupported, 0 crashed, 1 hung; 0 not as expected; ' "$DIR/err"
    report --quiet --expect "$DIR/known" "$DIR/in"
    [ ! -s "$DIR/out" ]
}

@test "new failures, new passes: named, with what does it again, exit status 1" {
    { head_of 2 '{complete: false}'; cell go parley key_update ok
      cell parley go tls13 failed '{detail: "it said no", folder: "cells/1"}'; } >"$DIR/in"
    run report --expect "$DIR/known" "$DIR/in"
    [ "$status" -eq 1 ]
    grep -q '^go -> parley key_update: ok, expected hung$' "$DIR/err"
    grep -A 2 '^parley -> go tls13: failed, expected ok: it said no$' "$DIR/err" | grep -q '^    run tls13$'
    grep -q '^    cells/1$' "$DIR/err"
    grep -q '; 2 not as expected; ' "$DIR/err"
}

@test "TAP: plan, skip, todo, and what is known of a failure" {
    { head_of 4; some; cell parley go tls12 crashed '{detail: "a\nb", who: "server"}'; } >"$DIR/in"
    run report --tap --expect <(grep '^go' "$DIR/known") "$DIR/in"
    [ "$status" -eq 1 ]
    diff - "$DIR/out" <<'END'
TAP version 14
1..4
ok 1 - parley -> go tls13
not ok 2 - go -> parley key_update # TODO Go hangs
ok 3 - go -> parley tls12 # SKIP not installed
not ok 4 - parley -> go tls12
  ---
  outcome: "crashed"
  expected: "ok"
  who: "server"
  detail: "a\nb"
  command: "run tls12"
  ...
END
    # Without a plan it comes last.
    some >"$DIR/in"
    report --tap --expect <(grep '^go' "$DIR/known") "$DIR/in"
    [ "$(tail -n 1 "$DIR/out")" = 1..3 ]
}

@test "a cell is printed as it comes" {
    mkfifo "$DIR/pipe"
    "$PARLEY" report --tap <"$DIR/pipe" >"$DIR/out" 2>"$DIR/err" 3>&- &
    local pid=$! tries=200
    exec 9>"$DIR/pipe"
    head_of 2 >&9
    cell parley go tls13 ok >&9
    until grep -q '^ok 1 - ' "$DIR/out"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ]
        sleep 0.05
    done
    cell parley go tls12 ok >&9
    exec 9>&-
    wait "$pid"
    [ "$(grep -c '^ok' "$DIR/out")" -eq 2 ]
}

@test "fewer cells than planned, more, or none: exit status 1" {
    { head_of 4; cell parley go tls13 ok; } >"$DIR/in"
    run report "$DIR/in"
    [ "$status" -eq 1 ]
    grep -q '4 cells were planned, 1 came' "$DIR/err"
    grep -q '^1 of 4 cells: ' "$DIR/err"
    { head_of 0; cell parley go tls13 ok; } >"$DIR/in"
    run report "$DIR/in"
    [ "$status" -eq 1 ]
    for text in '' '{"plan": 0}'; do
        printf '%s' "$text" >"$DIR/in"
        run report --tap "$DIR/in"
        [ "$status" -eq 1 ]
        [[ $output == *"no cells"* ]]
    done
}

@test "expectations that fit nothing are wrong in a whole run only" {
    some >"$DIR/cells"
    { head_of 3; cat "$DIR/cells"; } >"$DIR/in"
    run report --expect "$DIR/known" "$DIR/in"
    [ "$status" -eq 1 ]
    grep -q 'known:2: fits no cell' "$DIR/err"
    { head_of 3 '{complete: false}'; cat "$DIR/cells"; } >"$DIR/in"
    report --expect "$DIR/known" "$DIR/in"
    # Where cells are missing, it may have been for them.
    { head_of 4; cat "$DIR/cells"; } >"$DIR/in"
    run report --expect "$DIR/known" "$DIR/in"
    [ "$status" -eq 1 ]
    run grep 'fits no cell' "$DIR/err"
    [ "$status" -ne 0 ]
}

@test "shards' reports are one again" {
    { head_of 2 '{complete: false, title: "Over sockets"}'; cell parley go a ok '{ladder: "rungs"}'
      cell parley go b failed; } >"$DIR/1"
    { head_of 2 '{complete: false}'; cell go parley a ok '{ladder: "rungs", folder: "x", files: ["y"]}'
      cell go parley b ok; } >"$DIR/2"
    for i in 1 2; do "$PARLEY" report --quiet --report "$DIR/shard$i" <"$DIR/$i" || true; done
    run report --tap --report "$DIR/all" "$DIR/shard1/report.json" "$DIR/shard2/report.json"
    [ "$status" -eq 1 ]
    [ "$(tail -n 1 "$DIR/out")" = 1..4 ]
    cat "$DIR/1" "$DIR/2" >"$DIR/both"
    run report --quiet --report "$DIR/direct" "$DIR/both"
    jq -S 'del(.seconds)' "$DIR/direct/report.json" >"$DIR/a"
    jq -S 'del(.seconds)' "$DIR/all/report.json" | diff "$DIR/a" -
    [ "$(jq -c '[.title, .plan, .complete, (.ladders | length)]' "$DIR/a")" = '["Over sockets",4,false,1]' ]
    report --title Mine --report "$DIR/all" --expect <(echo '* * b failed known') "$DIR/shard1/report.json"
    [ "$(jq -r .title "$DIR/all/report.json")" = Mine ]
}

@test "a matrix's report is taken as it is" {
    PARLEY_STACKS=$DIR "$PARLEY" matrix --quiet --scenarios 'tls1?' --report "$DIR/matrix"
    report --report "$DIR/again" "$DIR/matrix/report.json"
    jq -S . "$DIR/matrix/report.json" >"$DIR/a"
    jq -S . "$DIR/again/report.json" | diff "$DIR/a" -
    diff "$DIR/matrix/junit.xml" "$DIR/again/junit.xml"
    # ... and beside one that was planned.
    { head_of 1 '{title: "Over sockets"}'; cell parley go a ok; } >"$DIR/in"
    report --report "$DIR/sockets" "$DIR/in"
    report --quiet --report "$DIR/both" "$DIR/matrix/report.json" "$DIR/sockets/report.json"
}

@test "the page holds the report, and nothing from elsewhere" {
    cell parley go a failed '{detail: "</script><b>", folder: "x", files: ["y"]}' >"$DIR/in"
    run report --report "$DIR/all" "$DIR/in"
    [ "$status" -eq 1 ]
    sed -n 's/^<script type="application\/json" id="report">\(.*\)<\/script>$/\1/p' "$DIR/all/index.html" |
        jq -S . >"$DIR/in-page"
    jq -S . "$DIR/all/report.json" | cmp - "$DIR/in-page"
    run grep -oE '(src|href)=|https?:' "$DIR/all/index.html"
    [ "$status" -eq 1 ]
}

@test "what is nothing of the kind: the file, the line, exit status 2" {
    { head_of 2; printf '\n\n{"client": 1}\n'; } >"$DIR/in"
    run report "$DIR/in"
    [ "$status" -eq 2 ]
    [ "$(wc -l <"$DIR/err")" -eq 1 ]
    grep -q "$DIR/in:4: " "$DIR/err"
    { head_of 2; cell parley go a ok; printf '{"client":\n "x",\n oops}\n'; } >"$DIR/in"
    run report --tap --report "$DIR/no" "$DIR/in"
    [ "$status" -eq 2 ]
    grep -q "$DIR/in:5: " "$DIR/err"
    grep -q '^Bail out! ' "$DIR/out"
    [ ! -e "$DIR/no" ]
    for text in 'garbage' '[]' '"text"' '{"client"' '{"a": 1}'; do
        run "$PARLEY" report <<<"$text"
        [ "$status" -eq 2 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == *"standard input:"[12]": "* ]]
    done
    { head_of 1; cell parley go a ok; head_of 1; } >"$DIR/in"
    run report --tap "$DIR/in"
    [ "$status" -eq 2 ]
    grep -q 'in:3: a second plan' "$DIR/err"
}

@test "bad usage" {
    run "$PARLEY" report "$DIR/none"
    [ "$status" -eq 2 ]
    [[ $output == *"none: No such file"* ]]
    run "$PARLEY" report "$DIR"
    [ "$status" -eq 2 ]
    run "$PARLEY" report --expect "$DIR/none" </dev/null
    [ "$status" -eq 2 ]
    run "$PARLEY" report --expect <(echo 'a b c d e') </dev/null
    [ "$status" -eq 2 ]
    run "$PARLEY" report --nosuch </dev/null
    [ "$status" -eq 2 ]
    cell parley go a ok >"$DIR/in"
    run "$PARLEY" report --report "$DIR/no/such/folder" "$DIR/in"
    [ "$status" -eq 1 ]
    [[ $output == *"no/such/folder"* ]]
}

@test "of reports with several titles, a cell knows which it came in" {
    { head_of 1 '{title: "In memory"}'; cell parley go a ok; } >"$DIR/1"
    { head_of 1 '{title: "Over sockets"}'; cell parley go a failed; } >"$DIR/2"
    for i in 1 2; do "$PARLEY" report --quiet --report "$DIR/part$i" <"$DIR/$i" || true; done
    run report --report "$DIR/all" "$DIR/part1/report.json" "$DIR/part2/report.json"
    [ "$status" -eq 1 ]
    [ "$(jq -c '[.title, [.cells[].report]]' "$DIR/all/report.json")" = '["In memory",[null,"Over sockets"]]' ]
    # ... and still does when that is read again.
    run report --report "$DIR/again" "$DIR/all/report.json"
    [ "$(jq -c '[.cells[].report]' "$DIR/again/report.json")" = '[null,"Over sockets"]' ]
}
