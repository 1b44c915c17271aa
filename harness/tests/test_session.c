/* A client's session between two connections. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <setjmp.h>

#include <cmocka.h>

#include "cli/session.h"

static struct parley_session received(uint16_t version, int64_t ms) {
    return (struct parley_session){.version = version, .issued_ms = ms};
}

static void test_used_once(void **state) {
    (void)state;
    struct session_store store = {0};
    struct parley_session out;
    assert_false(session_resume(&store, 9, &out));
    struct parley_session session = received(PARLEY_TLS13, 5);
    session_keep(&store, &session);
    assert_true(session_resume(&store, 9, &out));
    assert_false(session_resume(&store, 9, &out));
    session = received(PARLEY_TLS12, 5);
    session_keep(&store, &session);
    assert_true(session_resume(&store, 9, &out));
    assert_true(session_resume(&store, 9, &out));
}

/* What is received at 5.9 and offered at 9.0 is 3.1 ms old; rounded down, the clocks make it 4. */
static void test_never_too_old(void **state) {
    (void)state;
    static const int64_t cases[][2] = {{5, 6}, {8, 9}, {9, 9}, {10, 10}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct session_store store = {0};
        struct parley_session out, session = received(PARLEY_TLS13, cases[i][0]);
        session_keep(&store, &session);
        assert_true(session_resume(&store, 9, &out));
        assert_int_equal(out.issued_ms, cases[i][1]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_used_once),
        cmocka_unit_test(test_never_too_old),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
