/* The channel binding tls-unique (RFC 5929 3): the first Finished of the newest handshake. */
#include <string.h>

#include "parley/wire.h"
#include "tests/support_kinds.h"

/* What the first Finished of a handshake held, whoever sent it. */
static struct {
    size_t count;
    uint8_t first[12];
} finished;

static void observe(void *arg, const struct parley_event *event) {
    (void)arg;
    if (event->kind != PARLEY_EVENT_MESSAGE_OUT && event->kind != PARLEY_EVENT_MESSAGE_IN) {
        return;
    }
    if (event->message == PARLEY_MSG_finished && finished.count++ == 0) {
        memcpy(finished.first, event->bytes.data + PARLEY_HANDSHAKE_HEADER, 12);
    }
}

static struct duo *observed_pair(void (*set)(struct duo *d)) {
    struct duo *d = duo_new();
    duo_hooks(d);
    d->config[PARLEY_CLIENT].hooks.observe = observe;
    set(d);
    return d;
}

/* run has both ends complete, and checks that they bind to the first Finished, or to nothing. */
static void run(struct duo *d, bool resume, bool binds) {
    finished.count = 0;
    assert_true(duo_run(d, resume));
    assert_int_equal(finished.count, 2);
    assert_int_equal(d->outcome[PARLEY_CLIENT].resumed, resume);
    for (int role = 0; role < 2; role++) {
        uint8_t out[20];
        memset(out, 0x55, sizeof(out));
        assert_int_equal(parley_engine_tls_unique(d->engine[role], out, 11), 0);
        assert_int_equal(parley_engine_tls_unique(d->engine[role], out, sizeof(out)),
                         binds ? 12 : 0);
        assert_int_equal(out[binds ? 12 : 0], 0x55);
        if (binds) {
            assert_memory_equal(out, finished.first, 12);
        }
    }
}

static void test_tls12(void **state) {
    (void)state;
    static void (*const sets[])(struct duo * d) = {set_tls12, set_tls12_rsa, set_tls12_auth};
    for (size_t i = 0; i < 2 * COUNT_OF(sets); i++) {
        struct duo *d = observed_pair(sets[i / 2]);
        bool extended = i % 2;
        d->config[PARLEY_CLIENT].no_extended_master_secret = !extended;
        run(d, false, true);
        duo_keep_session(d);
        /* RFC 7627 1: without it, another handshake may come to the same. */
        run(d, true, extended);
        duo_free(d);
    }
}

static void test_tls13(void **state) {
    (void)state;
    struct duo *d = observed_pair(set_tls13);
    run(d, false, false);
    duo_free(d);
}

static void test_too_early(void **state) {
    (void)state;
    struct duo *d = observed_pair(set_tls12);
    uint8_t out[12];
    for (int role = 0; role < 2; role++) {
        assert_int_equal(parley_engine_tls_unique(d->engine[role], out, sizeof(out)), 0);
    }
    duo_start(d, false);
    for (int role = 0; role < 2; role++) {
        assert_int_equal(parley_engine_tls_unique(d->engine[role], out, sizeof(out)), 0);
    }
    duo_free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls12),
        cmocka_unit_test(test_tls13),
        cmocka_unit_test(test_too_early),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
