# What ci/bogo knows about a run, as lines (jq -r): run, passed, failed, unimplemented, missing, stray;
# the summary; why there was nothing to run; the report; JUnit, from "<?xml" to the end.
#
# Takes $names (all tests, one a line), $config (bogo.json), $areas (bogo.areas), $results (the
# runner's JSON, null if it left none), $log (its output), $seconds, and the GLOBs that were asked for.

# A glob as Go's filepath.Match has it.
def pattern: "^" + (gsub("(?<c>[.+(){}|$])"; "\\\(.c)") | gsub("\\*"; ".*") | gsub("\\?"; ".")) + "$";
def lines: split("\n") | if .[-1] == "" then .[:-1] else . end;
def right($width): tostring | (" " * ([$width - length, 0] | max)) + .;
def left($width): . + (" " * ([$width - length, 0] | max));
def xml: gsub("[^\t\n\r -\ud7ff\ue000-\ufffd]"; "?") | @html;
def plural($word): "\(.) \($word)\(if . == 1 then "" else "s" end)";

# The runner's output, by test: {NAME: {actual, output}}. Only what it says about a failure is taken
# from here, unless it did not live to write its results.
def logged:
    reduce ($log | lines[]) as $line ({tests: {}, name: null};
        ($line | capture("^(?<actual>PASSED|FAILED|UNIMPLEMENTED) \\((?<name>[^)]*)\\)$") // null) as $new
        | if $new then
            .name = $new.name
            | .tests[$new.name] = {actual: {PASSED: "PASS", FAILED: "FAIL", UNIMPLEMENTED: "SKIP"}[$new.actual],
                output: []}
        elif .name then .tests[.name].output += [$line]
        else . end)
    | .tests;

def scoped: startswith("out of scope: ") | not;

# [passed, failed, unimplemented, disabled, all] of some tests.
def columns:
    . as $tests
    | ["passed", "failed", "unimplemented", "disabled"]
    | map(. as $state | [$tests[] | select(.state == $state)] | length) + [$tests | length];

def row($width): .[0:1] + (.[1:] | map(right(9))) | (.[0] | left($width)) + (.[1:] | add);

# Lines of "number  reason", the largest first.
def reasons: group_by(.reason) | sort_by(-length) | map("\(length | right(6))  \(.[0].reason)");

# A heading and its lines, nothing if there are none.
def section($heading): if length == 0 then [] else ["", $heading] + . end;

($areas | lines | map(select(test("^[^#]")) | capture("^(?<area>[^:]*): *(?<pattern>.*)$"))) as $areas
| ($config[0].DisabledTests | to_entries | map({glob: .key, pattern: (.key | pattern), reason: .value})
    | sort_by(.reason | scoped)) as $disabled
| ($ARGS.positional | map(pattern)) as $asked
| ($names | lines) as $all
| logged as $logged
| ($results[0].tests // $logged) as $outcomes
| [$all[] | select(. as $name | ($asked | length) == 0 or any($asked[]; . as $glob | $name | test($glob)))
    | . as $name
    | (first($disabled[] | select(.pattern as $glob | $name | test($glob)) | .reason) // null) as $reason
    | {
        name: $name,
        reason: $reason,
        area: (first($areas[] | select(.pattern as $area | $name | test($area)) | .area) // "other"),
        state: (if $reason then "disabled"
            else {PASS: "passed", FAIL: "failed", SKIP: "unimplemented"}[$outcomes[$name].actual // ""] // "missing"
            end),
        output: ($logged[$name].output // [] | join("\n") | sub("\n+(PASS)?$"; ""))
    }] as $tests
| [$tests[] | select(.reason == null or (.reason | scoped))] as $scope
| [$tests[] | select(.reason != null and (.reason | scoped | not)) | .reason |= ltrimstr("out of scope: ")] as $outside
| ($tests | map({key: .name, value: .state}) | from_entries) as $states
| [$disabled[] | select(.pattern as $glob | any($all[]; test($glob)) | not) | .glob] as $idle
| (["total"] + ($scope | columns)) as $total
| {
    passed: $total[1], failed: $total[2], unimplemented: $total[3], disabled: $total[4],
    run: ($total[1] + $total[2]),
    missing: ([$scope[] | select(.state == "missing")] | length),
    stray: ([$outcomes | keys_unsorted[] | select($states[.] == null or $states[.] == "disabled")] | length)
} as $counts
| ([$areas[].area, "other"] | reduce .[] as $area ([]; if index([$area]) then . else . + [$area] end)
    | map(. as $area | [$scope[] | select(.area == $area)] | select(length > 0) | [$area] + columns)) as $rows
| ($rows | map(.[0] | length) | max // 0 | [., 5] | max) as $width
| ($counts | "\(.run) \(.passed) \(.failed) \(.unimplemented) \(.missing) \(.stray)"),
    "BoGo: \($counts.run | plural("test")) ran, \($counts.passed) passed, \($counts.failed) failed, \(
        $counts.unimplemented) not implemented, \($counts.disabled) disabled; \($seconds) s",
    (if ($tests | length) == 0 then "no test has such a name"
        else "\($tests | length | plural("test")), all disabled: \($tests[0].reason)" end),
    (
        ([$scope[] | select(.state == "failed") | "FAILED \(.name)", (.output | select(. != "")), ""])
        + ([$scope[] | select(.state == "unimplemented") | "NOT IMPLEMENTED \(.name)"] | if length > 0 then . + [""] else . end)
        + [["area", "passed", "failed", "not impl", "disabled", "all"] | row($width)]
        + ($rows + [$total] | map(row($width)))
        + ([$scope[] | select(.reason)] | reasons | section("disabled within the scope:"))
        + ($outside | reasons | section("out of scope, \($outside | length) of \($tests | length):"))
        + ($idle | if ($asked | length) == 0 then . else [] end | map("        " + .)
            | section("patterns in bogo.json that no test has:"))
        + [""] | join("\n")),
    (
        ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<testsuites name=\"bogo\" tests=\"\($scope | length)\" failures=\"\(
                $counts.failed + $counts.unimplemented)\" errors=\"\($counts.missing)\" skipped=\"\(
                $counts.disabled)\" time=\"\($seconds)\">"]
        + ($rows | map(.[0] as $area | "  <testsuite name=\"\($area | xml)\" tests=\"\(.[5])\" failures=\"\(
                .[2] + .[3])\" errors=\"\(.[5] - (.[1:5] | add))\" skipped=\"\(.[4])\">",
            ($scope[] | select(.area == $area)
                | "    <testcase classname=\"bogo.\($area | xml)\" name=\"\(.name | xml)\"" + (
                    if .state == "passed" then "/>"
                    elif .state == "failed" then "><failure message=\"failed\">\(.output | xml)</failure></testcase>"
                    elif .state == "disabled" then "><skipped message=\"\(.reason | xml)\"/></testcase>"
                    elif .state == "missing" then "><error message=\"no result\"/></testcase>"
                    else "><failure message=\"not implemented\"/></testcase>" end)),
            "  </testsuite>"))
        + ["</testsuites>"] | join("\n"))
