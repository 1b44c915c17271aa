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
