# ci/fuzzing.sh: what the fuzzing scripts share: ci/fuzz, ci/fuzz-target, ci/triage, ci/minimize and
# ci/continuous. Source it after ci/lib.sh.
#
# Where things are, all of it exported to ci/fuzz-target:
#
#   FUZZERS   the programs that libFuzzer is linked to, "targets" (their names), "tls.dict"
#   FUZZERS_AFL, FUZZERS_CMPLOG, MUTATOR   the same for AFL++; the library that mutates for it
#   SEEDS     SEEDS/TARGET/, what a target starts with
#   WORK      WORK/TARGET/corpus, what was found to be interesting; WORK/TARGET/artifacts, inputs that
#             failed, as an engine left them; WORK/findings/TARGET/HASH, what became of those
#
# shellcheck shell=sh
if [ -f "$ROOT/CMakeLists.txt" ]; then
    FUZZERS=${PARLEY_FUZZERS-$ROOT/build/fuzz/fuzz}
    FUZZERS_AFL=${PARLEY_FUZZERS_AFL-$ROOT/build/afl/fuzz}
    FUZZERS_CMPLOG=${PARLEY_FUZZERS_CMPLOG-$ROOT/build/afl-cmplog/fuzz}
    MUTATOR=${PARLEY_MUTATOR-$ROOT/build/release/fuzz/parley_mutator.so}
    WORK=${WORK-$ROOT/build/fuzzing}
else
    # Installed, all of it in one folder.
    FUZZERS=${PARLEY_FUZZERS-$ROOT/fuzzers}
    FUZZERS_AFL=${PARLEY_FUZZERS_AFL-$ROOT/fuzzers-afl}
    FUZZERS_CMPLOG=${PARLEY_FUZZERS_CMPLOG-$ROOT/fuzzers-cmplog}
    MUTATOR=${PARLEY_MUTATOR-$ROOT/parley_mutator.so}
    WORK=${WORK-$PWD/parley-fuzz}
fi
SEEDS=${SEEDS-$ROOT/corpus}
export FUZZERS FUZZERS_AFL FUZZERS_CMPLOG MUTATOR SEEDS WORK
# An input that takes longer, in seconds, or more memory, in MB, is a finding. Generous: machines are busy.
INPUT_SECONDS=${INPUT_SECONDS-25}
INPUT_MB=2048
LIMITS="-timeout=$INPUT_SECONDS -rss_limit_mb=$INPUT_MB -report_slow_units=86400"
# The seconds that minimising one finding may take.
MINIMISE_SECONDS=${MINIMISE_SECONDS-10}
export INPUT_SECONDS MINIMISE_SECONDS UBSAN_OPTIONS=print_stacktrace=1
# shellcheck disable=SC2034 # for those that source this
TAB=$(printf '\t')

# wrong TEXT...: wrong usage. PARLEY_AS is what parley(1) calls us, when it did.
wrong() {
    printf '%s: %s (see --help)\n' "${PARLEY_AS-${0##*/}}" "$*" >&2
    exit 2
}

# manual FILE: of this script.
manual() {
    if [ -n "${PARLEY_AS-}" ]; then
        usage_of "$1" | sed "s#ci/\\(fuzz\\|triage\\)#parley \\1#g"
    else
        usage_of "$1"
    fi
}

# absolute PATH: the same place from anywhere.
absolute() {
    case $1 in
    /*) printf '%s\n' "$1" ;;
    *) printf '%s/%s\n' "$PWD" "$1" ;;
    esac
}

# ---- Targets ----

# building: whether there are sources to build the targets from; else they are given.
building() { [ -z "${PARLEY_FUZZERS-}" ] && [ -f "$ROOT/CMakeLists.txt" ]; }

# compile PRESET NINJA-TARGET...: these of build/PRESET, the whole preset being set up if need be. Its
# talk goes to a log, of which the end is shown when something failed.
compile() {
    preset=$1
    shift
    compile_log=$WORK/build-$preset.log
    mkdir -p "$WORK"
    if [ -f "$ROOT/build/$preset/build.ninja" ]; then
        ninja -C "$ROOT/build/$preset" -j "$(jobs_wanted)" "$@" >"$compile_log" 2>&1
    else
        say "building the preset $preset"
        TARGETS="$*" "$ROOT/ci/build" "$preset" >"$compile_log" 2>&1
    fi || {
        tail -n 20 "$compile_log" >&2
        die "cannot build the preset $preset: $compile_log"
    }
}

# all_targets: their names, a line each.
all_targets() {
    ! building || compile fuzz build.ninja
    [ -s "$FUZZERS/targets" ] || die "$FUZZERS/targets: no list of targets"
    cat "$FUZZERS/targets"
}

# targets_wanted NAME...: the names, each checked; "all" is every target, but for those that have stacks of others on
# trial: what is known of them is known to ci/deep only.
targets_wanted() {
    known=$(all_targets) || exit 1
    for name; do
        if [ "$name" = all ]; then
            printf '%s\n' "$known" | awk '!/^deep_/ || /^deep_parley_/'
        elif printf '%s\n' "$known" | grep -qxF -e "$name"; then
            printf '%s\n' "$name"
        else
            wrong "no such target: $name"
        fi
    done
}

# build_fuzzers PRESET TARGET...: the programs of these targets.
build_fuzzers() {
    building || return 0
    preset=$1
    shift
    # shellcheck disable=SC2046 # names
    compile "$preset" fuzz_dictionary $(printf 'fuzz_%s ' "$@")
}

# ---- Running ----

# with_us SIGNAL COMMAND...: replaces this process by the command, which gets the signal when its parent
# dies, however that dies: nothing is left fuzzing for ever.
with_us() {
    if command -v setpriv >/dev/null 2>&1; then
        exec setpriv --pdeathsig "$@"
    fi
    shift
    exec "$@"
}

# under_watch SECONDS COMMAND...: runs it as our child; sets status. Its output is in $log. It gets SIGTERM if its time
# is up, if we are stopped ($stopped; then stop, the caller's, ends $child), or if we die; and is killed soon
# after, as libFuzzer prints in its signal handler, from which it may never return.
# shellcheck disable=SC2154,SC2034 # the caller's
under_watch() {
    status=0
    [ -z "$stopped" ] || return 0
    (with_us TERM timeout -k 3 "$@") >"$log" 2>&1 </dev/null 9>&- &
    child=$!
    [ -z "$stopped" ] || stop
    wait "$child" || status=$?
    # A signal ends the first wait, and then, through stop, the child.
    while kill -0 "$child" 2>/dev/null; do
        status=0
        wait "$child" || status=$?
    done
    child=''
}

# replay TARGET FILE: runs one input; fails if it does.
replay() {
    # shellcheck disable=SC2086 # words
    "$FUZZERS/$1" $LIMITS "$2" </dev/null
}

# fails TARGET FILE: whether the input still fails.
fails() { ! ASAN_OPTIONS=symbolize=0 replay "$1" "$2" >/dev/null 2>&1; }

# files_of FOLDER...: how many files are in and below it.
files_of() { find "$@" -type f 2>/dev/null | wc -l; }

# ---- Findings ----

# signature LOG: what happened, on the first line, and then where: the functions of ours on the first
# stack, innermost first, as "FUNCTION FILE:LINE". Tools' own functions and those of oracles that end
# the program are left out.
signature() {
    awk -v root="$ROOT/" '
        !kind && /^oracle: / { sub(/^oracle: [^:]*: /, ""); kind = "oracle " $0 }
        !kind && /runtime error: / { sub(/.*runtime error: /, ""); gsub(/0x[0-9a-f]+|[0-9]+/, "N"); kind = $0 }
        !kind && /ERROR: (Address|Leak|Memory)Sanitizer/ {
            kind = $3; sub(/:$/, "", kind); if (kind == "detected") kind = "memory leak"
            if (kind == "attempting") kind = $4 }
        !kind && /ERROR: libFuzzer: timeout/ { kind = "timeout" }
        !kind && /ERROR: libFuzzer: out-of-memory/ { kind = "out of memory" }
        !kind && /ERROR: libFuzzer: deadly signal/ { kind = "deadly signal" }
        kind && !ended && $1 ~ /^#[0-9]+$/ && $3 == "in" {
            begun = 1
            if ($4 ~ /^LLVMFuzzerTestOneInput/) ended = 1
            else if ($NF !~ /^\(|BuildId/ && $NF !~ /\/(nptl|signal|stdlib|sysdeps|csu|malloc|string)\// &&
                     $NF !~ /\.\/(nptl|signal|stdlib|sysdeps|csu|malloc|string)/ &&
                     $4 !~ /^(raise|abort|__|fuzzer::|parley_oracle_demand$|fuzz_fail$|mem(cpy|move|set)$)/) {
                place = $NF; sub("^" root, "", place); sub(/:[0-9]+$/, "", place)
                if (frames < 5) frame[++frames] = $4 " " place }
        }
        begun && /^ *$/ { ended = 1 }
        END { print (kind ? kind : "unknown"); for (i = 1; i <= frames; i++) print frame[i] }' "$1"
}

# hash_of SIGNATURE-FILE: what tells this bug from others: what happened, and the three innermost
# functions. Where a limit of time or memory struck is an accident.
hash_of() {
    awk 'NR == 1 { print; if ($0 == "timeout" || $0 == "out of memory") exit }
         NR > 1 && NR <= 4 { print $1 }' "$1" | sha256sum | cut -c 1-16
}

# examine TARGET FILE SIGNATURE-FILE LOG: runs the input, and notes what it says; 1 if it does not fail.
examine() {
    if replay "$1" "$2" >"$4" 2>&1; then return 1; fi
    signature "$4" >"$3"
}

# minimise TARGET FILE FOLDER HASH: leaves FOLDER/small, a smaller input with the same hash, and its
# signature and log; fails if there is none.
minimise() {
    rm -f "$3/small"
    # shellcheck disable=SC2086
    ASAN_OPTIONS=symbolize=0 timeout -k 5 $((MINIMISE_SECONDS + 10)) "$FUZZERS/$1" $LIMITS -minimize_crash=1 \
        -max_total_time="$MINIMISE_SECONDS" -runs=200000 -exact_artifact_path="$3/small" "$2" \
        >/dev/null 2>&1 </dev/null || true
    [ -f "$3/small" ] && [ "$(wc -c <"$3/small")" -lt "$(wc -c <"$2")" ] &&
        examine "$1" "$3/small" "$3/signature.small" "$3/log.small" &&
        [ "$(hash_of "$3/signature.small")" = "$4" ]
}

# quoted TEXT: as one word of a shell.
quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

# reproducer TARGET FILE: the line that shows the failure again.
reproducer() {
    printf '%s %s %s\n' "$(quoted "$(absolute "$FUZZERS/$1")")" "$LIMITS" "$(quoted "$(absolute "$2")")"
}

# finding TARGET FILE: makes WORK/findings/TARGET/HASH of a file that an engine says fails, if that bug
# is not there already, and then removes the file. Sets found to the folder, or to '' if it was dropped.
finding() {
    found=''
    new=$WORK/$1/new # ours alone: we have the target's lock
    rm -rf "$new"
    mkdir -p "$new" "$WORK/findings/$1"
    if examine "$1" "$2" "$new/signature" "$new/log"; then
        hash=$(hash_of "$new/signature")
    else
        case ${2##*/} in
        timeout-* | oom-*)
            say "$1: ${2##*/}: neither slow nor large when run alone: dropped"
            rm -rf "$new" "$2"
            return 0
            ;;
        esac
        echo "fails only sometimes, or only after other inputs" >"$new/signature"
        hash=$(sha256sum "$2" | cut -c 1-16)
    fi
    found=$WORK/findings/$1/$hash
    [ -d "$found" ] || settle "$1" "$2" "$new" "$hash"
    rm -rf "$new" "$2"
}

# settle TARGET FILE FOLDER HASH: the folder of a new finding, complete before it gets its name.
settle() {
    cp "$2" "$3/input"
    case $(sed -n 1p "$3/signature") in
    timeout | 'out of memory' | 'fails only'*) ;;
    *)
        if minimise "$1" "$2" "$3" "$4"; then
            for part in signature log; do mv -f "$3/$part.small" "$3/$part"; done
            mv -f "$3/small" "$3/input"
        fi
        ;;
    esac
    { cat "$3/signature" && echo && cat "$3/log"; } >"$3/stack"
    reproducer "$1" "$WORK/findings/$1/$4/input" >"$3/command"
    rm -f "$3"/signature* "$3"/log* "$3/small"
    mv -T "$3" "$WORK/findings/$1/$4"
}

# take FOLDER PREFIX: moves the files that stdin names ("SHA-1  FILE") there, as libFuzzer calls them.
take() {
    while read -r hash file; do
        if [ -e "$1/$2$hash" ]; then rm -f "$file"; else mv -f "$file" "$1/$2$hash"; fi
    done
}

# harvest TARGET: takes in what engines left behind: AFL++'s queue and crashes, and inputs that failed.
# If something was killed before it came to this, the next one catches up.
harvest() {
    home=$WORK/$1
    mkdir -p "$home/corpus" "$home/artifacts"
    if [ -d "$home/afl" ]; then
        find "$home/afl" -path '*/queue/id:*' ! -name '*,orig:*' -exec sha1sum {} + | take "$home/corpus" ''
        find "$home/afl" -path '*/crashes/id:*' -exec sha1sum {} + | take "$home/artifacts" crash-
        find "$home/afl" -path '*/hangs/id:*' -exec sha1sum {} + | take "$home/artifacts" timeout-
        rm -rf "$home/afl"
    fi
    for artifact in "$home/artifacts"/*; do
        [ ! -f "$artifact" ] || finding "$1" "$artifact"
    done
}
