/* False Start (RFC 7918): when a client may write before the server's Finished, and what becomes of
 * it. */
#include <stdio.h>
#include <string.h>

#include "tests/support_duo.h"

static size_t started;

/* flight moves what |from| has to send, and nothing else. */
static void flight(struct duo *d, enum parley_role from) {
    static uint8_t bytes[DUO_RECORDS_MAX];
    size_t len;
    while ((len = parley_engine_pull(d->engine[from], bytes, sizeof(bytes))) > 0) {
        duo_push(d, duo_other(from), (struct parley_bytes){bytes, len});
    }
}

/* half_way stops a handshake where the client has sent its Finished, and returns whether it may
 * write. */
static bool half_way(struct duo *d, bool resume) {
    d->seed++;
    duo_start(d, resume);
    flight(d, PARLEY_CLIENT);
    flight(d, PARLEY_SERVER);
    unsigned status = parley_engine_status(d->engine[PARLEY_CLIENT]);
    struct parley_outcome outcome;
    parley_engine_outcome(d->engine[PARLEY_CLIENT], &outcome);
    assert_int_equal(outcome.error, PARLEY_OK);
    bool may = (status & (PARLEY_CAN_WRITE | PARLEY_DONE)) == PARLEY_CAN_WRITE;
    assert_int_equal(outcome.false_started, may);
    assert_int_equal(status & PARLEY_EARLY, 0);
    return may;
}

static struct duo *pair12(uint16_t suite, const char *certificate) {
    static const struct parley_psk12 psk12 = {.key = BYTES_IN("a key")};
    struct duo *d = duo_new();
    duo_only(d, PARLEY_TLS12, suite, 0);
    duo_certificate(d, PARLEY_SERVER, certificate);
    d->config[PARLEY_CLIENT].psk12 = d->config[PARLEY_SERVER].psk12 = &psk12;
    d->config[PARLEY_CLIENT].false_start = true;
    return d;
}

/* Data written at once arrives; so does all that comes later, and the exporters agree. */
static void test_data(void **state) {
    (void)state;
    for (size_t i = 0; i < parley_suite_count; i++) {
        const struct parley_suite *s = &parley_suites[i];
        if (s->version != PARLEY_TLS12 || s->authentication == PARLEY_AUTH_ANY) {
            continue;
        }
        struct duo *d = pair12(s->code, s->authentication == PARLEY_AUTH_RSA ? "server-rsa"
                                                                             : "server-ecdsa-p256");
        bool aead = s->cipher < PARLEY_CIPHER_AES_128_CBC_SHA;
        bool may = half_way(d, false);
        assert_int_equal(may, aead && s->key_exchange == PARLEY_KX_ECDHE);
        if (may) {
            uint8_t mine[32], theirs[32];
            const char *label = "EXPORTER-false-start";
            assert_null(parley_engine_session(d->engine[PARLEY_CLIENT]));
            assert_true(
                parley_engine_export(d->engine[PARLEY_CLIENT], label, NULL, mine, sizeof(mine)));
            duo_write(d, PARLEY_CLIENT, 20000);
            assert_true(d->outcome[PARLEY_CLIENT].done && d->outcome[PARLEY_SERVER].done);
            assert_true(parley_engine_export(d->engine[PARLEY_SERVER], label, NULL, theirs,
                                             sizeof(theirs)));
            assert_memory_equal(mine, theirs, sizeof(mine));
            duo_echo(d, 100);
            duo_close(d);
            duo_keep_session(d);
            started++;
            assert_false(half_way(d, true)); /* the other way round, the last flight is ours */
        }
        duo_free(d);
    }
}

/* Without a protocol only where that is asked for; never unasked; never in TLS 1.3. */
static void test_conditions(void **state) {
    (void)state;
    struct duo *d = pair12(0, "server-ecdsa-p256");
    struct parley_config *client = &d->config[PARLEY_CLIENT];
    assert_true(half_way(d, false));
    client->alpn_count = 0;
    assert_false(half_way(d, false));
    client->false_start_without_alpn = true;
    assert_true(half_way(d, false));
    client->false_start = false;
    assert_false(half_way(d, false));
    uint8_t out[8];
    assert_false(parley_engine_export(d->engine[PARLEY_CLIENT], "label", NULL, out, sizeof(out)));
    client->false_start = true;
    duo_only(d, PARLEY_TLS13, 0, 0);
    assert_false(half_way(d, false));
    duo_free(d);
}

static void wrong_finished(struct duo *d, struct edit *e) {
    (void)d;
    e->bytes[e->len - 1] ^= 1;
}

static void drop(struct duo *d, struct edit *e) {
    (void)d;
    edit_cut(e, 0);
}

/* What was written in good faith is lost; no session is kept. */
static void test_bad_ends(void **state) {
    (void)state;
    struct duo *d = pair12(0, "server-ecdsa-p256");
    duo_hooks(d);
    duo_bend(d, PARLEY_SERVER, PARLEY_MSG_finished, 0, wrong_finished);
    assert_true(half_way(d, false));
    assert_int_equal(duo_offer(d, PARLEY_CLIENT, 10), 10);
    assert_false(duo_settle(d));
    duo_refused(d, PARLEY_CLIENT, PARLEY_ALERT_decrypt_error, PARLEY_ERR_bad_finished,
                "the server's Finished");
    assert_null(parley_engine_session(d->engine[PARLEY_CLIENT]));
    /* Application data in place of the server's second flight. */
    duo_bend(d, PARLEY_SERVER, PARLEY_MSG_new_session_ticket_tls12, 0, drop);
    assert_true(half_way(d, false));
    duo_emit(d, PARLEY_SERVER, PARLEY_CONTENT_APPLICATION_DATA,
             (struct parley_bytes){(const uint8_t *)"x", 1});
    assert_false(duo_settle(d));
    assert_int_equal(d->outcome[PARLEY_CLIENT].error, PARLEY_ERR_data_before_handshake);
    duo_free(d);
}

static void test_count(void **state) {
    (void)state;
    print_message("%zu suites with False Start\n", started);
    assert_int_equal(started, 6);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_bad_ends),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests_name("engine_false_start", tests, NULL, NULL);
}
