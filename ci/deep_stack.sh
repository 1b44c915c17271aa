# ci/deep_stack.sh: finds, and makes, what ci/deep fuzzes with: the stack's plugin, the command and the host. Source it
# after ci/fuzzing.sh. It reads stack, what was asked for, sanitize and engine.
# shellcheck shell=sh
# shellcheck disable=SC2154,SC2034 # variables of ci/deep

# has_asan FILE...: whether one of them was compiled with AddressSanitizer.
has_asan() { grep -qls __asan_init "$@" 2>/dev/null; }

# given: prints the stack's plugin in a folder of PARLEY_STACKS, or as a path; fails if there is none.
given() {
    case $stack in
    */*.so) printf '%s\n' "$(absolute "$stack")" ;;
    *)
        printf '%s\n' "${PARLEY_STACKS-}" | tr ':' '\n' | while read -r folder; do
            [ ! -f "$folder/$stack.so" ] || printf '%s\n' "$folder/$stack.so"
        done | grep -m 1 .
        ;;
    esac
}

# own_build: prints the plugin for what is in a PREFIX.
own_build() {
    prefix=$(absolute "${stack#*=}") label=${stack%%=*}
    case $label in
    *@*) ;;
    *) label=$label@mine ;;
    esac
    if has_asan "$prefix"/lib*/*.a "$prefix"/lib*/*.so; then sanitize=yes; fi
    "$ROOT/ci/stacks" ${sanitize:+--sanitize} "$label=$prefix"
}

# find_plugin: prints the stack's plugin, which may have to be made first; from source with sanitizers, as that
# finds more.
find_plugin() {
    plugins=$ROOT/build/release/stacks
    case $stack in
    *=*) own_build ;;
    *)
        given && return 0
        [ -n "$sanitize" ] || for file in "$plugins/$stack.so" "$plugins/sanitize/$stack.so"; do
            if [ -f "$file" ]; then
                printf '%s\n' "$file"
                return 0
            fi
        done
        "$ROOT/ci/stacks" --sanitize "$stack"
        ;;
    esac
}

# build: what is missing of the plugin, the command and the host. Sets file, the plugin; hosts, PARLEY and
# PARLEY_STACKS.
build() {
    install_deps build stacks fuzz run
    compile release parley_command
    file=''
    [ "$stack" = parley ] || file=$(find_plugin) || exit
    compile release fuzz_deep fuzz_deep_asan parley_asan
    if [ "$engine" = afl ]; then
        install_deps afl
        compile release parley_mutator
        # For any stack: PARLEY_DEEP_STACK counts more than what is built in.
        compile afl fuzz_deep_parley_client fuzz_deep_parley_server
    fi
    hosts=$ROOT/build/release/fuzz PARLEY=$ROOT/build/release/parley
}

# find_host: where nothing is built: installed, or given.
find_host() {
    hosts=${PARLEY_HOST-$ROOT/fuzzers}
    PARLEY=${PARLEY-$(command -v parley)} || die "parley is not in PATH: set PARLEY"
    case $stack in
    *=*) wrong "--stack: your own build needs Parley's sources: ci/fuzz --stack '$stack' there" ;;
    esac
    PARLEY_STACKS=${PARLEY_STACKS:+$PARLEY_STACKS:}${PARLEY%/*}/stacks:${PARLEY%/*}/../lib/parley/stacks
    file=$(given) || file=''
}

