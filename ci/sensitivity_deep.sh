# ci/sensitivity_deep.sh: a part of ci/sensitivity. Whether fuzzing whole handshakes finds a fault of a stack.
# The stack is our engine as a plugin, the only thing that is built with the fault; the engine in the host,
# which plays the other end, the mutator and the judge are as they are.
# shellcheck shell=sh

deep_limit=${LIMIT:-120}
DEEP=$ROOT/build/release/fuzz/deep

deep_prepare() {
    # The fuzzing host, and BoringSSL for both.
    [ -f build/release/build.ninja ] || TARGETS=fuzz_deep ci/build release
    ninja -C build/release -j "$(jobs_wanted)" fuzz_deep >"$DIR/log" 2>&1 || fail "the host does not build: $DIR/log"
    # The counters are the host's, which libFuzzer is linked to.
    configure deep Release release -DCMAKE_C_FLAGS=-fsanitize=fuzzer-no-link
    deep_build || fail "the copy does not build: $DIR/log"
    rm -rf "$DIR/deep-clean" "$DIR/deep-found"
    cp -R "$DIR/deep/tests/engine" "$DIR/deep-clean"
}

# deep_build [FAULT]: the plugin; only what has changed is compiled.
deep_build() { make_in deep stack_engine; }

deep_heading() {
    printf '%-24s %-6s %6s %10s %-6s  %s\n' fault role CPU/s executions oracle 'what it is; what noticed it'
}

# deep_finding FOLDER ORACLE|...: the first finding in FOLDER that one of these oracles made.
deep_finding() {
    for file in "$1"/*.trace; do
        case "|$2|" in *"|$(deep_said "$file" verdict)|"*)
            printf '%s\n' "$file"
            return 0
            ;;
        esac
    done
    case "|$2|" in
    *'|crash|'*) set -- "$1"/crash-* ;;
    *'|hang|'*) set -- "$1"/timeout-* ;;
    *) return 1 ;;
    esac
    [ -f "$1" ] && printf '%s\n' "$1"
}

# deep_said FILE KEY: what stands behind KEY in a finding's head.
deep_said() { [ ! -f "$1" ] || sed -n "s/^# $2 //p; /^[^#]/q" "$1" | head -n 1; }

# deep_run FOLDER ROLE ORACLE|...: fuzzes until one of these oracles has made a finding that is none without the
# fault, or to the limit. Prints the CPU-seconds it took.
deep_run() {
    mkdir -p "$1/corpus"
    # Its status says nothing, what it found does.
    # shellcheck disable=SC2086 # words
    PARLEY_STACKS=$DIR/deep/tests/engine PARLEY_DEEP_STACK=engine PARLEY_DEEP_ROLE=$2 \
        PARLEY_DEEP_FINDINGS=$1 PARLEY_DEEP_SECONDS=$deep_limit PARLEY_DEEP_STATS=$1/stats.json \
        prlimit --core=0 --cpu=$((deep_limit + 60)) "$DEEP" -seed=1 -reload=0 $DEEP_OPTIONS -timeout=25 \
        -print_final_stats=1 -artifact_prefix="$1/" "$1/corpus" corpus/deep >"$1/log" 2>&1 &
    while kill -0 $! 2>/dev/null; do
        if deep_finding "$1" "$3" >"$1/found"; then
            deep_again "$DIR/deep-clean" "$2" "$(cat "$1/found")" || break
            mv "$(cat "$1/found")" "$1/found-without"
        fi
        sleep 0.2
    done
    kill $! 2>/dev/null || true
    wait $! 2>/dev/null || true
    cpu_of_children
}

# deep_again FOLDER ROLE TRACE: whether the host finds something in it, with the plugin in FOLDER.
deep_again() {
    ! PARLEY_STACKS=$1 PARLEY_DEEP_STACK=engine PARLEY_DEEP_ROLE=$2 "$DEEP" -timeout=25 "$3" \
        >"$DIR/log" 2>&1
}

deep_judge() {
    # shellcheck disable=SC2046 # two words
    set -- "$1" $(head_of "$1" Deep)
    found=$DIR/deep-found/$1
    seconds=$(deep_run "$found" "$2" "$3")
    file=$(deep_finding "$found" "$3") || file=''
    excuse=''
    if [ -z "$file" ]; then
        others=$(cat "$found"/*.trace 2>/dev/null | sed -n 's/^# verdict //p' | sort -u | tr '\n' ' ')
        excuse="not found${others:+, but: $others}"
        ! deep_again "$DIR/deep/tests/engine" "$2" "$FAULTS/$1.trace" ||
            excuse="$excuse (its trace by hand is a finding)"
    elif ! deep_again "$DIR/deep/tests/engine" "$2" "$file"; then
        excuse="what it found is not found again: ${file#"$ROOT/"}"
    elif deep_again "$DIR/deep-clean" "$2" "$file"; then
        excuse="what it found is one without the fault, too: ${file#"$ROOT/"}"
    fi
    executions=$(deep_said "$file" execution)
    in_head=$(deep_said "$file" seconds)
    seconds=${in_head:-$seconds}
    oracle=$(deep_said "$file" verdict)
    [ -z "$file" ] || : "${oracle:=${file##*/}}"
    oracle=${oracle%%-*}
    [ -n "$executions" ] || executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$found/log")
    if [ -n "$excuse" ]; then
        printf '%-24s %-6s %6s %10s %-6s  %s\n' "$1" "$2" "$seconds" "${executions:--}" MISSED \
            "$(head_of "$1" Fault); wanted $3, $excuse"
        return 1
    fi
    printf '%-24s %-6s %6s %10s %-6s  %s\n' "$1" "$2" "$seconds" "${executions:--}" "$oracle" \
        "$(head_of "$1" Fault); $(deep_said "$file" operation)"
}
