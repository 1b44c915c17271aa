#!/usr/bin/env bats
# Adding stacks: the template that adapters begin with, and ci/stacks.

setup() {
    BUILD=$(dirname "$PARLEY")
    TEMPLATE=$BUILD/tests/template
    export PARLEY_NO_INSTALL=1
}

@test "the template loads, and says what it is" {
    run env PARLEY_STACKS="$TEMPLATE" "$PARLEY" stacks
    [ "$status" -eq 0 ]
    [[ "$output" == *$'\n'"template     template"* ]]
    run env PARLEY_STACKS="$TEMPLATE" "$PARLEY" handshake --client template
    [ "$status" -eq 1 ]
    [[ "$output" == *"client: an adapter that is not written yet"* ]]
}

@test "the template is unsupported by every scenario, and spoils none" {
    run env PARLEY_STACKS="$TEMPLATE" "$PARLEY" matrix --quiet --scenarios 'tls1?'
    [ "$status" -eq 0 ]
    [[ "$output" == *"8 cells: 2 ok, 0 failed, 0 disagreed, 6 unsupported, 0 crashed, 0 hung"* ]]
}

@test "ci/stacks lists what it can compile" {
    run ci/stacks --list
    [ "$status" -eq 0 ]
    [[ "$output" == *"openssl openssl 3."* ]]
    [[ "$output" == *boringssl* ]]
    [ "${#lines[@]}" -ge 5 ]
}

@test "ci/stacks: wrong usage" {
    for wrong in "" "nosuch" "nosuch@1" "openssl@=/tmp" "openssl=/tmp" "openssl@mine=relative"; do
        # shellcheck disable=SC2086 # the first is no argument at all
        run ci/stacks $wrong
        [ "$status" -eq 2 ]
        [[ "$output" == "ci/stacks: "* ]]
    done
    for wrong in "--sanitize" "--coverage" "--sanitize nosuch" "boringssl --sanitize" "--wrong openssl"; do
        # shellcheck disable=SC2086 # words
        run ci/stacks $wrong
        [ "$status" -eq 2 ]
    done
    run ci/stacks boringssl@1
    [ "$status" -eq 1 ]
    [[ "$output" == *"ci/boringssl has version"*", not 1"* ]]
    # All are looked at before the first is compiled.
    run ci/stacks boringssl openssl@mine=/nonexistent
    [ "$status" -eq 2 ]
    [ "$output" = "ci/stacks: openssl@mine=/nonexistent: no such folder" ]
}

@test "our engine as a plugin: shown as that, exports one symbol, shakes hands with the engine inside" {
    engine=$(dirname "$PARLEY")/tests/engine
    [ "$(nm -D --defined-only "$engine/engine.so" | awk '{ print $3 }')" = parley_stack_plugin ]
    export PARLEY_STACKS=$engine
    run "$PARLEY" stacks
    [[ "$output" == *"engine "*"the engine as a plugin"* ]]
    for version in 1.2 1.3; do
        "$PARLEY" handshake --client engine --tls "$version"
        "$PARLEY" handshake --server engine --tls "$version"
    done
}
