# ci/deep.sh: what ci/deep and ci/deep-job share: running a trace, and what becomes of what was found. Source
# it after ci/fuzzing.sh. ci/deep sets, and exports:
#
#   HOST      the program that puts a stack on trial: fuzz/deep or fuzz/deep-asan
#   PARLEY    the command, which has the same stacks
#   PARLEY_STACKS, PARLEY_DEEP_STACK, PARLEY_DEEP_ROLE   what is fuzzed
#   DIR       WORK/deep/STACK-ROLE: corpus, seeds, found/ID.trace (verdicts), artifacts (inputs that ended HOST), counts
#   fuzzing   empty: nothing was run, only what was found is looked at
#   FOUND     WORK/findings/deep-STACK-ROLE: ID/ with what becomes of these, see parley/findings.h
#
# shellcheck shell=sh

# Runs that making a trace smaller may take, of our own command and of HOST.
SHRINK_TRIES=${SHRINK_TRIES-1000}
SHRINK_CRASH_TRIES=${SHRINK_CRASH_TRIES-60}
# Leaks are for HOST to find.
QUIET_ASAN=detect_leaks=0${ASAN_OPTIONS:+:$ASAN_OPTIONS}

# run_trace FILE: prints what happens, in a process of its own.
run_trace() {
    timeout -k 3 "$((INPUT_SECONDS * 2))" env "ASAN_OPTIONS=$QUIET_ASAN" "$PARLEY" trace run \
        --stack "$PARLEY_DEEP_STACK" --role "$PARLEY_DEEP_ROLE" "$1" </dev/null 2>&1
}

# replay_trace FILE: fails if the trace, text or binary, ends HOST. Verdicts do not.
replay_trace() {
    mkdir -p "$DIR/ignored"
    # shellcheck disable=SC2086 # words
    PARLEY_DEEP_FINDINGS=$DIR/ignored PARLEY_DEEP_STATS='' timeout -k 3 "$((INPUT_SECONDS * 2 + 10))" \
        "$HOST" $LIMITS "$1" </dev/null
}

# bug_in LOG: what ended HOST, and where in the stack: see signature. What called the stack tells bugs not apart.
bug_in() { signature "$1" | awk 'NR > 1 && $2 ~ /(^|\/)harness\/(pipe|script|engine)\// { exit } { print }'; }

# line_of NAME FILE: what a file like "verdict" has under this name.
line_of() { sed -n "s/^$1 //p" "$2" | head -n 1; }

# verdict_in RUN VERDICT-FILE: prints "SESSION|SECTION|OPERATION" of the verdict that a run ended in, if it is the
# one of that file; else fails. Said in other words, it may be about another operation, in another section.
verdict_in() {
    awk -v verdict="$(line_of verdict "$2")" -v what="$(line_of what "$2")" '
        /^Session [0-9]+$/ { session = $2 }
        $1 == "VERDICT" && $2 == verdict ":" {
            sub(/^VERDICT +[^ ]+ /, "")
            if (index($0, what) != 1) next
            rest = substr($0, length(what) + 1)
            if (match(rest, / \([^()]*\)$/)) {
                section = substr(rest, RSTART + 2, RLENGTH - 3)
                rest = substr(rest, 1, RSTART - 1)
            }
            sub(/^: /, "", rest)
            found = 1
            print (session ? session : 1) "|" section "|" rest
            exit
        }
        END { exit !found }' "$1"
}

# ---- Folders of findings ----

# settle_trace NEW ID: the folder NEW, with "verdict" and "trace", gets what is missing, and its name.
settle_trace() {
    # shellcheck disable=SC2153 # it comes from ci/deep
    home=$FOUND/$2
    { sed 's/^/# /' "$1/verdict" && sed '/^#/d' "$1/trace"; } >"$1/trace.new"
    mv "$1/trace.new" "$1/trace"
    "$PARLEY" trace compile -o "$1/trace.bin" "$1/trace"
    there="$(quoted "$PARLEY") trace run"
    [ "$PARLEY_STACKS" = "${PARLEY%/*}/stacks" ] || there="env PARLEY_STACKS=$(quoted "$PARLEY_STACKS") $there"
    again=$there
    if [ -f "$1/stack" ]; then
        again="env PARLEY_DEEP_STACK=$(quoted "$PARLEY_DEEP_STACK") PARLEY_DEEP_ROLE=$PARLEY_DEEP_ROLE"
        again="$again PARLEY_STACKS=$(quoted "$PARLEY_STACKS") $(quoted "$HOST") $LIMITS"
    fi
    printf '%s %s\n' "$again" "$(quoted "$home/trace")" >"$1/command"
    # shellcheck disable=SC2016 # dirname is for the script
    printf '#!/bin/sh\n# %s\n# What happens, message by message: %s FILE\nexec %s "$(dirname "$0")/trace"\n' \
        "$(line_of verdict "$1/verdict"): $(line_of what "$1/verdict")" "$there" "$again" >"$1/reproduce.sh"
    chmod +x "$1/reproduce.sh"
    rm -rf "$home"
    mv -T "$1" "$home"
    operation=$(line_of operation "$home/verdict")
    say "  $(line_of verdict "$home/verdict"): $(line_of what "$home/verdict")${operation:+: $operation}"
}

# say_in FILE NAME VALUE: the value under this name in a file like "verdict".
say_in() {
    { sed "/^$2 /d" "$1" && printf '%s %s\n' "$2" "$3"; } >"$1.new"
    mv "$1.new" "$1"
}

# twin NEW: whether another finding has the same verdict and, made small, the same trace.
twin() {
    for other in "$FOUND"/*; do
        if [ -f "$other/trace" ] && [ "$(line_of what "$other/verdict")" = "$(line_of what "$1/verdict")" ] &&
            [ "$(sed '/^#/d' "$other/trace")" = "$(sed '/^#/d' "$1/trace")" ]; then
            return 0
        fi
    done
    return 1
}

# take_verdict FILE: a trace that HOST wrote down. It must lead to the same again, in a process of its own; then
# it is made smaller. What only other runs lead to ("state") does not.
take_verdict() {
    id=${1##*/} id=${id%.trace}
    new=$DIR/new
    rm -rf "$new"
    mkdir "$new"
    sed '/^[^#]/,$d; s/^# //' "$1" >"$new/verdict"
    cp "$1" "$new/trace"
    run_trace "$new/trace" >"$new/run.txt" || true
    if verdict_in "$new/run.txt" "$new/verdict" >/dev/null; then
        if ASAN_OPTIONS=$QUIET_ASAN "$PARLEY" trace shrink --stack "$PARLEY_DEEP_STACK" --role "$PARLEY_DEEP_ROLE" --tries "$SHRINK_TRIES" \
            --verdict "$(line_of verdict "$new/verdict")" -o "$new/small" "$new/trace" </dev/null 2>"$new/said" &&
            run_trace "$new/small" >"$new/run.small" && found=$(verdict_in "$new/run.small" "$new/verdict"); then
            mv "$new/small" "$new/trace"
            mv "$new/run.small" "$new/run.txt"
            say_in "$new/verdict" session "${found%%|*}"
            found=${found#*|}
            say_in "$new/verdict" section "${found%%|*}"
            say_in "$new/verdict" operation "${found#*|}"
        fi
        rm -f "$new/small" "$new/run.small" "$new/said"
    elif [ "$(line_of verdict "$new/verdict")" != state ]; then
        say_in "$new/verdict" state unreproduced
    fi
    rm -f "$1"
    if twin "$new"; then rm -rf "$new"; else settle_trace "$new" "$id"; fi
}

# kind_of SIGNATURE-FILE: a verdict's name for how HOST ended.
kind_of() {
    case $(sed -n 1p "$1") in
    timeout) echo hang ;;
    'out of memory') echo memory ;;
    'memory leak') echo leak ;;
    *) echo crash ;;
    esac
}

# as_text FILE: prints an input, of which HOST makes a session where there is none.
as_text() {
    if [ -s "$1" ]; then cat "$1"; else echo session; fi |
        "$PARLEY" trace show --stack "$PARLEY_DEEP_STACK" --role "$PARLEY_DEEP_ROLE" - |
        awk '{ print } $1 == "session" { there = 1 } END { if (!there) print "\nsession" }'
}

# take_crash FILE: an input that ended HOST, as libFuzzer left it.
take_crash() {
    new=$DIR/new
    rm -rf "$new"
    mkdir "$new"
    as_text "$1" >"$new/trace"
    if replay_trace "$1" >"$new/log" 2>&1; then
        case ${1##*/} in
        timeout-* | oom-* | slow-*)
            say "  ${1##*/}: neither slow nor large when run alone: dropped"
            rm -rf "$new" "$1"
            return 0
            ;;
        esac
        printf 'verdict crash\nwhat ends it only sometimes, or only after other traces\nstate unreproduced\n' >"$new/verdict"
        hash=$(sha256sum "$1" | cut -c 1-16)
        : >"$new/log"
        echo "nowhere that can be told" >"$new/signature"
    else
        bug_in "$new/log" >"$new/signature"
        hash=$(hash_of "$new/signature")
        kind=$(kind_of "$new/signature")
        if [ -d "$FOUND/$hash" ]; then
            rm -rf "$new" "$1"
            return 0
        fi
        printf 'verdict %s\nwhat %s\n' "$kind" "$(sed -n 1p "$new/signature")" >"$new/verdict"
        sed -n '2s/^/operation /p' "$new/signature" >>"$new/verdict"
        # One that takes half a minute each time is left as it is.
        if [ "$kind" = crash ] && "$PARLEY" trace shrink --tries "$SHRINK_CRASH_TRIES" -o "$new/small" \
            --if "$(quoted "$ROOT/ci/deep-job") same $hash" "$new/trace" 2>/dev/null; then
            mv "$new/small" "$new/trace"
            replay_trace "$new/trace" >"$new/log" 2>&1 || true
        fi
    fi
    run_trace "$new/trace" >"$new/run.txt" || true
    { cat "$new/signature" && echo && cat "$new/log"; } >"$new/stack"
    rm -f "$new/signature" "$new/log"
    settle_trace "$new" "$hash"
    rm -f "$1"
}

# still_there FOLDER: whether an earlier finding still is one.
still_there() {
    if [ -f "$1/stack" ]; then
        ! replay_trace "$1/trace" >/dev/null 2>&1
    elif [ "$(line_of verdict "$1/verdict")" = state ]; then
        # Only fuzzing can tell: it writes it down again.
        [ -z "$fuzzing" ]
    else
        run_trace "$1/trace" >"$1/run.new" || true
        mv "$1/run.new" "$1/run.txt"
        verdict_in "$1/run.txt" "$1/verdict" >/dev/null
    fi
}

# triage: everything that was found, now and earlier, becomes FOUND/ID, or goes.
triage() {
    rm -rf "$DIR/ignored"
    mkdir -p "$FOUND"
    for folder in "$FOUND"/*; do
        [ -d "$folder" ] || continue
        still_there "$folder" || {
            mended=$WORK/mended/${FOUND##*/}/${folder##*/}
            rm -rf "$mended"
            mkdir -p "${mended%/*}"
            mv "$folder" "$mended"
            say "  is no finding any more: $mended/trace"
        }
    done
    for trace in "$DIR/found"/*.trace; do
        [ -f "$trace" ] || continue
        id=${trace##*/} id=${id%.trace}
        if [ -d "$FOUND/$id" ]; then rm -f "$trace"; else take_verdict "$trace"; fi
    done
    for artifact in "$DIR/artifacts"/*; do
        [ ! -f "$artifact" ] || take_crash "$artifact"
    done
    rm -rf "$DIR/ignored"
}
