#!/usr/bin/env bats
# The planted faults: that they can be planted, and are asked for by name. ci/sensitivity itself takes
# minutes.

faults=harness/tests/faults

@test "every fault can be planted, and says what it is" {
    for file in "$faults"/*.patch; do
        patch -p0 -s -f --dry-run <"$file"
        grep -q '^Fault: .' "$file"
        grep -qE '^(BoGo|Fuzz|Deep): .' "$file"
    done
}

@test "ten faults are for BoGo, ten for fuzz targets, which exist" {
    [ "$(grep -l '^BoGo: ' "$faults"/*.patch | wc -l)" -ge 10 ]
    [ "$(grep -l '^Fuzz: ' "$faults"/*.patch | wc -l)" -ge 10 ]
    # shellcheck disable=SC2013 # words
    for target in $(sed -n 's/^Fuzz: //p' "$faults"/*.patch); do
        grep -qx "$target" "$(dirname "$PARLEY")/fuzz/targets"
        [ -d "corpus/$target" ]
    done
}

@test "what is no fault, or none of that kind, is wrong usage" {
    run ci/sensitivity no-such-fault
    [ "$status" -eq 2 ]
    [[ "$output" == *"no such fault: no-such-fault"* ]]
    run ci/sensitivity fuzz any-finished
    [ "$status" -eq 2 ]
    [[ "$output" == *"none of these faults is for fuzz: any-finished"* ]]
}

# faulty FAULT: the engine as a plugin with that fault, as $BATS_TEST_TMPDIR/FAULT/engine.so: what the patch
# changes is compiled and linked in front of the library.
faulty() {
    build=$(dirname "$PARLEY") folder=$BATS_TEST_TMPDIR/$1 objects=''
    mkdir -p "$folder"
    cp -R harness "$folder"
    patch -d "$folder" -p0 -s -f <"$faults/$1.patch"
    # shellcheck disable=SC2013 # words
    for file in $(sed -n 's/^+++ \([^[:blank:]]*\).*/\1/p' "$faults/$1.patch"); do
        compile=$(jq -r --arg file "$PWD/$file" --arg to "$folder" \
            'first(.[] | select(.file == $file)) | .command | sub(" -o [^ ]*"; "") | split($file) | join($to)' \
            "$build/compile_commands.json" | sed "s|$folder\$|$folder/$file -o $folder/${file##*/}.o|")
        (cd "$build" && sh -c "$compile")
        objects="$objects $folder/${file##*/}.o"
    done
    link=$(ninja -C "$build" -t commands stack_engine | tail -n 1 |
        sed "s| -o [^ ]*| -o $folder/engine.so|; s| libparley.a|$objects&|")
    (cd "$build" && sh -c "$link")
}

# answers FOLDER FAULT: what `parley trace run` says of the fault's trace, with the plugin in FOLDER.
answers() { PARLEY_STACKS=$1 "$PARLEY" trace run "$faults/$2.trace"; }

@test "a fault of the plugin shows as the verdict that it is for, and is none without it" {
    clean=$(dirname "$PARLEY")/tests/engine
    for fault in any-finished no-certificate-verify zero-secret; do
        faulty "$fault"
        answers "$BATS_TEST_TMPDIR/$fault" "$fault" >"$BATS_TEST_TMPDIR/verdict"
        oracles=$(sed -n 's/^Deep: [^ ]* //p' "$faults/$fault.patch")
        grep -E "^VERDICT +($oracles): " "$BATS_TEST_TMPDIR/verdict"
        ! answers "$clean" "$fault" | grep '^VERDICT' || false
    done
}

@test "every fault of a handshake has a trace by hand, of the role that it is for" {
    grep -l '^Deep: ' "$faults"/*.patch | while read -r file; do
        role=$(sed -n 's/^Deep: \([^ ]*\) .*/\1/p' "$file")
        grep -qx "role $role" "${file%.patch}.trace"
        "$PARLEY" trace show "${file%.patch}.trace" >/dev/null
    done
    [ "$(grep -l '^Deep: ' "$faults"/*.patch | wc -l)" -ge 30 ]
}
