/* parley/vary.h: traces, changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parley/vary.h"
#include "tests/support_judging.h"

static struct parley_trace other;

static void parse(const char *text, enum parley_role role) {
    judging_parse(text);
    trace.role = role;
}

static bool run(const struct parley_trial_watch *watch) {
    char why[200];
    return parley_trial_run(trial, &trace, watch, NULL, NULL, &result, why, NULL);
}

/* ---- Kinds ---- */

static void test_every_kind_completes(void **state) {
    (void)state;
    assert_true(parley_handshake_kind_count >= 30);
    for (size_t i = 0; i < parley_handshake_kind_count; i++) {
        for (int role = PARLEY_CLIENT; role <= PARLEY_SERVER; role++) {
            parse(parley_handshake_kinds[i].text, (enum parley_role)role);
            assert_true(run(NULL));
            assert_true(result.session_count > 0);
            for (size_t j = 0; j < result.session_count; j++) {
                if (result.sessions[j].pipe.verdict != PARLEY_VERDICT_COMPLETE) {
                    fail_msg("%s, session %zu", parley_handshake_kinds[i].name, j + 1);
                }
            }
        }
    }
}

/* What corpus/deep has is what the table says: parley trace new writes it. */
static void test_seeds_are_the_kinds(void **state) {
    (void)state;
    for (size_t i = 0; i < parley_handshake_kind_count; i++) {
        static char text[8192], there[8192];
        char path[200];
        parse(parley_handshake_kinds[i].text, PARLEY_SERVER);
        size_t len = parley_trace_print(&trace, text, sizeof text);
        (void)snprintf(path, sizeof path, "corpus/deep/%s.trace", parley_handshake_kinds[i].name);
        FILE *file = fopen(path, "rb");
        if (file == NULL) {
            fail_msg("%s: parley trace new -o it", path);
            return;
        }
        size_t found = fread(there, 1, sizeof there, file);
        (void)fclose(file);
        assert_int_equal(found, len);
        assert_memory_equal(there, text, len);
    }
}

/* ---- Changes ---- */

static size_t encoded(const struct parley_trace *from, uint8_t *out, size_t cap) {
    size_t len = parley_trace_encode(from, out, cap);
    assert_true(len > 0);
    return len;
}

static void test_same_seed_same_trace(void **state) {
    (void)state;
    static uint8_t first[65536], second[65536], before[65536];
    unsigned changed = 0;
    for (uint64_t seed = 0; seed < 500; seed++) {
        const char *kind = parley_handshake_kinds[seed % parley_handshake_kind_count].text;
        parse(kind, PARLEY_SERVER);
        size_t length = encoded(&trace, before, sizeof before);
        parley_trace_vary(&trace, NULL, seed);
        size_t len = encoded(&trace, first, sizeof first);
        parse(kind, PARLEY_SERVER);
        parley_trace_vary(&trace, NULL, seed);
        assert_int_equal(encoded(&trace, second, sizeof second), len);
        assert_memory_equal(first, second, len);
        changed += len != length || memcmp(first, before, len) != 0;
    }
    assert_true(changed > 450);
}

/* Every row of operations.def comes up, and whatever comes up is a trace that can be written and
 * read. */
static void test_everything_comes_up(void **state) {
    (void)state;
    static uint8_t bytes[65536], again[65536];
    bool seen[PARLEY_LINES] = {false};
    parse("session\n", PARLEY_SERVER);
    for (uint64_t seed = 0; seed < 30000; seed++) {
        if (seed % 40 == 0) {
            parse("session\n", (enum parley_role)(seed / 40 % 2));
        }
        parley_trace_vary(&trace, NULL, seed);
        assert_in_range(trace.session_count, 1, PARLEY_TRACE_SESSIONS);
        for (size_t i = 0; i < trace.session_count; i++) {
            for (size_t j = 0; j < trace.sessions[i].operation_count; j++) {
                seen[trace.sessions[i].operations[j].row] = true;
            }
            for (size_t j = 0; j < trace.sessions[i].setting_count; j++) {
                seen[trace.sessions[i].settings[j].row] = true;
            }
        }
        size_t len = encoded(&trace, bytes, sizeof bytes);
        parley_trace_decode(&other, (struct parley_bytes){bytes, len});
        assert_int_equal(encoded(&other, again, sizeof again), len);
        assert_memory_equal(bytes, again, len);
    }
    for (unsigned i = PARLEY_LINE_session + 1; i < PARLEY_LINES; i++) {
        if (!seen[i] && i != PARLEY_LINE_tolerant) {
            fail_msg("%s never comes up", parley_line_rows[i].name);
        }
    }
    assert_false(seen[PARLEY_LINE_tolerant]);
}

static void see(void *arg, const struct parley_event *event, const char *bends) {
    parley_lore_event(arg, event, bends);
}

/* applied_of varies |kind| with |lore| many times and returns how many of a hundred operations had
 * an effect. */
static unsigned applied_of(const char *kind, const struct parley_lore *lore) {
    unsigned operations = 0, applied = 0;
    for (uint64_t seed = 0; operations < 400; seed++) {
        parse(kind, PARLEY_SERVER);
        parley_trace_vary(&trace, lore, seed);
        if (trace.session_count != 1 || trace.sessions[0].operation_count == 0 || !run(NULL)) {
            continue;
        }
        operations += (unsigned)trace.sessions[0].operation_count;
        for (uint64_t bits = result.sessions[0].applied; bits != 0; bits >>= 1) {
            applied += bits & 1;
        }
    }
    return 100 * applied / operations;
}

/* Who has seen a handshake hits it. */
static void test_lore_helps(void **state) {
    (void)state;
    static const char kind[] = "session\nversions 1.3\n";
    struct parley_lore *lore = parley_lore_new();
    assert_non_null(lore);
    const struct parley_trial_watch watch = {.arg = lore, .event = see};
    parse(kind, PARLEY_SERVER);
    assert_true(run(&watch));
    parley_lore_run(lore, &trace, &result);
    unsigned with = applied_of(kind, lore), without = applied_of(kind, NULL);
    parley_lore_free(lore);
    assert_true(with > 60);
    assert_true(with > 2 * without);
}

static void test_cross(void **state) {
    (void)state;
    struct parley_trace_error error;
    static const char text[] =
        "session\nversions 1.2\ndrop finished\nflip finished verify_data 0 1\n";
    unsigned taken = 0, sessions = 0;
    assert_true(parley_trace_parse(
        &other, (struct parley_bytes){(const uint8_t *)text, sizeof text - 1}, &error));
    for (uint64_t seed = 0; seed < 100; seed++) {
        parse("session\nversions 1.3\n", PARLEY_CLIENT);
        parley_trace_cross(&trace, &other, seed);
        taken += trace.sessions[0].operation_count > 0;
        sessions += trace.session_count == 2 && trace.sessions[1].operation_count == 2;
    }
    assert_true(taken > 80);
    assert_true(sessions > 2);
    assert_int_equal(taken + sessions, 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_completes), cmocka_unit_test(test_seeds_are_the_kinds),
        cmocka_unit_test(test_same_seed_same_trace), cmocka_unit_test(test_everything_comes_up),
        cmocka_unit_test(test_lore_helps),           cmocka_unit_test(test_cross),
    };
    return cmocka_run_group_tests(tests, judging_set_up, judging_tear_down);
}
