/* The pre-shared key suites of TLS 1.2: what is offered, the hint, wrong keys and identities. That
 * they complete, in full and resumed, is in test_engine_matrix.c. */
#include <string.h>

#include "tests/support_kinds.h"

static const struct parley_psk12 known = {TEXT_IN("somebody"), TEXT_IN("a key"), TEXT_IN("a hint")};

static const uint16_t psk_suites[] = {
    PARLEY_TLS_PSK_WITH_AES_128_CBC_SHA, PARLEY_TLS_PSK_WITH_AES_256_CBC_SHA,
    PARLEY_TLS_ECDHE_PSK_WITH_AES_128_CBC_SHA, PARLEY_TLS_ECDHE_PSK_WITH_AES_256_CBC_SHA,
    PARLEY_TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256};

/* pair returns two ends that speak |suite| only, each with its own idea of the key (NULL: none). */
static struct duo *pair(uint16_t suite, const struct parley_psk12 *client,
                        const struct parley_psk12 *server) {
    struct duo *d = duo_new();
    duo_hooks(d);
    duo_only(d, PARLEY_TLS12, suite, 0);
    d->config[PARLEY_CLIENT].psk12 = client;
    d->config[PARLEY_SERVER].psk12 = server;
    return d;
}

static void refuses(size_t suite, const struct parley_psk12 *client,
                    const struct parley_psk12 *server, unsigned alert, enum parley_error error,
                    const char *what) {
    struct duo *d = pair(psk_suites[suite], client, server);
    duo_refuses(d, PARLEY_SERVER, alert, error, what);
    duo_free(d);
}

static void test_refusals(void **state) {
    static const struct parley_psk12 other_key = {TEXT_IN("somebody"), TEXT_IN("b key"), {NULL, 0}};
    static const struct parley_psk12 other_name = {
        TEXT_IN("somebodY"), TEXT_IN("a key"), {NULL, 0}};
    static const struct parley_psk12 longer_name = {
        TEXT_IN("somebody "), TEXT_IN("a key"), {NULL, 0}};
    static const struct parley_psk12 no_name = {{NULL, 0}, TEXT_IN("a key"), {NULL, 0}};
    static const struct parley_psk12 *const strangers[] = {&other_name, &longer_name, &no_name};
    (void)state;
    for (size_t s = 0; s < COUNT_OF(psk_suites); s++) {
        refuses(s, &other_key, &known, PARLEY_ALERT_bad_record_mac, PARLEY_ERR_record_decrypt,
                "another key");
        for (size_t i = 0; i < COUNT_OF(strangers); i++) {
            refuses(s, strangers[i], &known, PARLEY_ALERT_unknown_psk_identity,
                    PARLEY_ERR_unknown_psk_identity, "another identity");
        }
        refuses(s, &known, NULL, PARLEY_ALERT_handshake_failure, PARLEY_ERR_no_shared_suite,
                "a server without a key");
    }
}

/* Without a certificate, a server with a key does PSK suites, with the defaults of all else. */
static void test_defaults(void **state) {
    (void)state;
    struct duo *d = pair(0, &known, &known);
    duo_certificate(d, PARLEY_SERVER, NULL);
    duo_full(d, false);
    assert_int_equal(d->outcome[PARLEY_CLIENT].suite,
                     PARLEY_TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256);
    duo_free(d);
}

static size_t psk_offered, offered;

static void see(void *arg, const struct parley_event *event) {
    union parley_message_value m;
    struct parley_wire_error where;
    struct parley_bytes body = {event->bytes.data + PARLEY_HANDSHAKE_HEADER,
                                event->bytes.len - PARLEY_HANDSHAKE_HEADER};
    uint16_t code;
    (void)arg;
    if (event->kind != PARLEY_EVENT_MESSAGE_OUT || event->message != PARLEY_MSG_client_hello) {
        return;
    }
    assert_true(parley_message_parse(PARLEY_MSG_client_hello, body, &m, NULL, &where));
    for (struct parley_bytes rest = m.client_hello.cipher_suites; parley_uint16_next(&rest, &code);
         offered++) {
        const struct parley_suite *suite = parley_suite_find(code);
        psk_offered += suite != NULL && suite->authentication == PARLEY_AUTH_PSK;
    }
}

/* Offered with a usable key, never without, whether by default or by name. */
static void test_offer(void **state) {
    static const uint8_t long_key[PARLEY_PSK12_KEY_MAX + 1];
    static const struct parley_psk12 no_key = {TEXT_IN("somebody"), {NULL, 0}, {NULL, 0}};
    static const struct parley_psk12 longest = {
        {NULL, 0}, {long_key, PARLEY_PSK12_KEY_MAX}, {NULL, 0}};
    static const struct parley_psk12 too_long = {
        {NULL, 0}, {long_key, PARLEY_PSK12_KEY_MAX + 1}, {NULL, 0}};
    static const struct {
        const struct parley_psk12 *psk;
        bool usable;
    } rows[] = {
        {NULL, false}, {&no_key, false}, {&too_long, false}, {&longest, true}, {&known, true}};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (int named = 0; named < 2; named++) {
            struct duo *d = pair(0, rows[i].psk, rows[i].psk);
            d->config[PARLEY_CLIENT].suites = named ? psk_suites : NULL;
            d->config[PARLEY_CLIENT].suite_count = named ? COUNT_OF(psk_suites) : 0;
            d->config[PARLEY_CLIENT].hooks.observe = see;
            psk_offered = offered = 0;
            bool ok = duo_run(d, false);
            assert_int_equal(psk_offered, rows[i].usable ? COUNT_OF(psk_suites) : 0);
            assert_int_equal(ok, rows[i].usable || !named);
            duo_free(d);
        }
    }
}

/* A hint is read out as it came; what is too long for that does not stop the handshake. */
static void test_hint(void **state) {
    static const uint8_t bytes[PARLEY_NAME_MAX + 1] = {'h', 0, 'x'};
    static const size_t lengths[] = {0, 1, 3, PARLEY_NAME_MAX, PARLEY_NAME_MAX + 1};
    (void)state;
    for (size_t s = 0; s < COUNT_OF(psk_suites); s++) {
        for (size_t i = 0; i < COUNT_OF(lengths); i++) {
            struct parley_psk12 server = known;
            server.hint = (struct parley_bytes){bytes, lengths[i]};
            struct duo *d = pair(psk_suites[s], &known, &server);
            duo_run(d, false);
            assert_true(d->outcome[PARLEY_CLIENT].done && d->outcome[PARLEY_SERVER].done);
            struct parley_bytes hint = d->outcome[PARLEY_CLIENT].psk_identity_hint;
            size_t len = lengths[i] <= PARLEY_NAME_MAX ? lengths[i] : 0;
            assert_int_equal(hint.len, len);
            assert_true(len == 0 || memcmp(hint.data, bytes, len) == 0);
            assert_int_equal(d->outcome[PARLEY_CLIENT].peer_certificate.len, 0);
            duo_free(d);
        }
    }
}

/* A session made with a key is not resumed by a server that no longer has one. */
static void test_key_withdrawn(void **state) {
    (void)state;
    struct duo *d = pair(psk_suites[0], &known, &known);
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
    duo_full(d, false);
    duo_keep_session(d);
    duo_full(d, true); /* the key stands for the client's certificate */
    assert_true(d->outcome[PARLEY_SERVER].resumed);
    d->config[PARLEY_SERVER].psk12 = NULL;
    assert_false(duo_run(d, true));
    assert_int_equal(d->outcome[PARLEY_SERVER].error, PARLEY_ERR_no_shared_suite);
    duo_free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refusals),      cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_offer),         cmocka_unit_test(test_hint),
        cmocka_unit_test(test_key_withdrawn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
