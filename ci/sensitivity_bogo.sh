# ci/sensitivity_bogo.sh: a part of ci/sensitivity. Whether BoGo notices a fault of the engine.
# shellcheck shell=sh

bogo_prepare() {
    # ci/bogo builds and installs what is missing; one quick test is enough for that.
    [ -x build/bogo/runner.test ] && [ -x build/release/bogo_shim ] ||
        ci/bogo NoFallbackSCSV >/dev/null || fail "ci/bogo does not work here"
    configure bogo Release release
}

bogo_build() { make_in bogo bogo_shim; }

bogo_heading() { printf '%-22s %6s %6s  %s\n' fault run failed 'what it is; a test that failed'; }

bogo_judge() {
    globs=$(head_of "$1" BoGo)
    [ -z "$all_tests" ] || globs='*'
    printf '%s\n' "$globs" | tr ';' '\n' >"$DIR/globs"
    # ci/bogo fails, as it should; its report says in how many tests.
    set -f
    # shellcheck disable=SC2046 # a glob has no blanks
    SHIM=$DIR/bogo/bogo_shim ci/bogo $(cat "$DIR/globs") >"$DIR/$1.txt" 2>&1 || true
    set +f
    ran=$(jq '[.tests[] | select(.actual != "SKIP")] | length' build/bogo/results.json)
    failed=$(jq '[.tests[] | select(.actual == "FAIL")] | length' build/bogo/results.json)
    example=$(jq -r '[.tests | to_entries[] | select(.value.actual == "FAIL").key] | sort | .[0] // "none"' \
        build/bogo/results.json)
    printf '%-22s %6s %6s  %s; %s\n' "$1" "$ran" "$failed" "$(head_of "$1" Fault)" "$example"
    [ "$failed" -gt 0 ]
}
