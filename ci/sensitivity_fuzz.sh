# ci/sensitivity_fuzz.sh: a part of ci/sensitivity. Whether a fuzz target finds a fault of a parser. The
# seed is always the same, and what is limited is the processor's time: a busy machine changes nothing.
# shellcheck shell=sh

fuzz_limit=${LIMIT:-60}

fuzz_prepare() {
    [ -f build/asan/boringssl/libssl.a ] || TARGETS="crypto ssl" ci/build asan
    configure fuzz Fuzz asan
    # The targets without a fault, to ask afterwards.
    rm -rf "$DIR/found" "$DIR/clean"
    mkdir -p "$DIR/found" "$DIR/clean"
    for name; do
        for target in $(head_of "$name" Fuzz); do
            [ -d "corpus/$target" ] || fail "$name.patch: no such target: $target"
            make_in fuzz "fuzz_$target" || fail "the copy does not build: $DIR/log"
            cp "$DIR/fuzz/fuzz/$target" "$DIR/clean/$target"
        done
    done
}

# fuzz_build [FAULT]: its targets.
fuzz_build() {
    [ $# -eq 0 ] || for target in $(head_of "$1" Fuzz); do
        make_in fuzz "fuzz_$target" || return 1
    done
}

fuzz_heading() {
    printf '%-22s %-26s %6s %10s  %s\n' fault target CPU/s executions 'what it is; what noticed it'
}

# fuzz_run FAULT TARGET: prints the CPU-seconds it took; what it said is in found/FAULT.log, and what it
# found in found/FAULT-*.
fuzz_run() {
    mkdir -p "$DIR/found/$1.corpus"
    # Killed at the limit: its status says nothing, what it found does.
    prlimit --core=0 --cpu="$fuzz_limit" "$DIR/fuzz/fuzz/$2" -seed=1 -reload=0 -print_final_stats=1 \
        -artifact_prefix="$DIR/found/$1-" "$DIR/found/$1.corpus" "corpus/$2" \
        >"$DIR/found/$1.log" 2>&1 || true
    cpu_of_children
}

# fuzz_noticed LOG: the oracle or the sanitizer that fired.
fuzz_noticed() {
    sed -n -e 's/^oracle: [^:]*: \(.*\)/oracle: \1/p' -e 's/.*runtime error: /UBSan: /p' \
        -e 's/^SUMMARY: AddressSanitizer: \([0-9]* byte(s) leaked\).*/LeakSanitizer: \1/p' \
        -e 's/^==.*ERROR: AddressSanitizer: \([^ ]*\).*/ASan: \1/p' "$1" | head -n 1
}

fuzz_judge() {
    for target in $(head_of "$1" Fuzz); do
        seconds=$(fuzz_run "$1" "$target")
        log=$DIR/found/$1.log
        set -- "$1" "$DIR/found/$1-"*
        [ -f "$2" ] || continue
        # The same input must be found again by itself, and be nothing to the target without the fault.
        excuse=''
        ! "$DIR/fuzz/fuzz/$target" "$2" >"$DIR/found/$1.again.log" 2>&1 ||
            excuse='what it found is not found again'
        "$DIR/clean/$target" "$2" >"$DIR/found/$1.clean.log" 2>&1 ||
            excuse='what it found is one without the fault, too'
        [ -z "$excuse" ] || {
            printf '%-22s %-26s %6s %10s  %s\n' "$1" "$target" "$seconds" - \
                "MISSED: $excuse: ${2#"$ROOT/"}"
            return 1
        }
        executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        grep -q 'INITED' "$log" || executions='(a seed)'
        printf '%-22s %-26s %6s %10s  %s; %s\n' "$1" "$target" "$seconds" "$executions" \
            "$(head_of "$1" Fault)" "$(fuzz_noticed "$log")"
        return 0
    done
    printf '%-22s %-26s %6s %10s  %s\n' "$1" "$(head_of "$1" Fuzz)" "${seconds-}" - MISSED
    return 1
}
