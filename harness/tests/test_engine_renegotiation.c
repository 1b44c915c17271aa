/* Renegotiation by the client of TLS 1.2 (RFC 5246 7.4.1.1, RFC 5746 3.5): when, and what comes of
 * it. */
#include <stdio.h>
#include <string.h>

#include "tests/support_renegotiation.h"

static unsigned status(const struct duo *d) {
    return parley_engine_status(d->engine[PARLEY_CLIENT]);
}

static size_t unique(const struct duo *d, enum parley_role role, uint8_t out[12]) {
    return parley_engine_tls_unique(d->engine[role], out, 12);
}

/* ---- It works ---- */

static void set_limits(struct duo *d) {
    set_tls12(d);
    d->config[PARLEY_CLIENT].record_size_limit = d->config[PARLEY_SERVER].record_size_limit = 300;
}

static void set_mac_then_encrypt(struct duo *d) {
    set_protection[3](d);
}

static void set_cbc(struct duo *d) {
    set_protection[2](d);
}

static void set_status12(struct duo *d) {
    set_tls12(d);
    set_status(d);
}

static void set_client_of_both(struct duo *d) {
    set_server12(d);
    d->config[PARLEY_CLIENT].grease = true;
}

static void (*const sets[])(struct duo *d) = {
    set_tls12,    set_tls12_rsa, set_tls12_dhe,      set_tls12_auth, set_cbc, set_mac_then_encrypt,
    set_status12, set_limits,    set_client_of_both,
};

/* What renegotiation leaves as it is, and what it changes. */
static void check_outcome(struct duo *d, unsigned count, uint8_t binding[12], uint8_t keys[32]) {
    uint8_t bindings[2][12], exported[32];
    const struct parley_outcome *o = &d->outcome[PARLEY_CLIENT];
    d->outcome[PARLEY_SERVER].alpn = o->alpn; /* ready_server */
    assert_null(duo_disagreement(d));
    assert_int_equal(o->renegotiations, count);
    assert_true(o->secure_renegotiation && !o->resumed && o->peer_verified);
    assert_int_equal(o->alpn.len, 2);
    assert_true(o->peer_certificate.len > 0);
    assert_string_equal(o->state, "connected");
    assert_int_equal(unique(d, PARLEY_CLIENT, bindings[0]), 12);
    assert_int_equal(unique(d, PARLEY_SERVER, bindings[1]), 12);
    assert_memory_equal(bindings[0], bindings[1], 12);
    assert_memory_not_equal(bindings[0], binding, 12);
    memcpy(binding, bindings[0], 12);
    assert_true(parley_engine_export(d->engine[PARLEY_CLIENT], "x", NULL, exported, 32));
    assert_memory_not_equal(exported, keys, 32);
    memcpy(keys, exported, 32);
}

static void test_freely(void **state) {
    (void)state;
    for (size_t i = 0; i < 2 * COUNT_OF(sets); i++) {
        uint8_t binding[12] = {0}, keys[32] = {0};
        struct duo *d = renegotiating_pair(sets[i / 2], PARLEY_RENEGOTIATE_FREELY);
        d->chunk = i % 2;
        for (unsigned n = 0; n < 3; n++) {
            if (n > 0 && !renegotiate(d)) {
                fail_msg("set %zu: %s", i, duo_explain(d));
            }
            check_outcome(d, n, binding, keys);
            duo_echo(d, 20000);
        }
        duo_close(d);
        duo_free(d);
    }
}

/* A server of both versions writes the downgrade sentinel, as the hello offers only TLS 1.2. */
static void test_server_of_both(void **state) {
    (void)state;
    struct duo *d = renegotiating_pair(set_server12, PARLEY_RENEGOTIATE_FREELY);
    d->config[PARLEY_SERVER].max_version = PARLEY_TLS13;
    assert_true(renegotiate(d));
    assert_int_equal(d->outcome[PARLEY_CLIENT].version, PARLEY_TLS12);
    duo_echo(d, 100);
    duo_free(d);
}

static void test_other_suite(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const uint16_t suites[] = {PARLEY_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
                                      PARLEY_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384};
    duo_only(d, PARLEY_TLS12, 0, 0);
    d->config[PARLEY_CLIENT].renegotiation = PARLEY_RENEGOTIATE_FREELY;
    for (int i = 0; i < 2; i++) {
        d->config[PARLEY_SERVER].suites = &suites[i];
        d->config[PARLEY_SERVER].suite_count = 1;
        if (i == 0) {
            duo_complete(d, false);
        } else {
            assert_true(renegotiate(d));
        }
        assert_int_equal(d->outcome[PARLEY_CLIENT].suite, suites[i]);
        duo_echo(d, 100);
    }
    duo_free(d);
}

/* Renegotiation neither offers a session nor gives one; it may follow a resumption. */
static void test_sessions(void **state) {
    (void)state;
    struct duo *d = renegotiating_pair(set_ecdsa12, PARLEY_RENEGOTIATE_FREELY);
    duo_keep_session(d);
    assert_true(renegotiate(d));
    assert_memory_equal(parley_engine_session(d->engine[PARLEY_CLIENT]), &d->session,
                        sizeof(d->session));
    assert_true(duo_run(d, true));
    assert_true(d->outcome[PARLEY_CLIENT].resumed);
    assert_int_equal(d->outcome[PARLEY_CLIENT].peer_certificate.len, 0);
    assert_true(renegotiate(d));
    assert_false(d->outcome[PARLEY_CLIENT].resumed);
    assert_true(d->outcome[PARLEY_CLIENT].peer_verified);
    assert_true(d->outcome[PARLEY_CLIENT].peer_certificate.len > 0);
    duo_echo(d, 100);
    /* What is bound to the session is its whole chain. */
    assert_true(duo_run(d, true));
    duo_certificate(d, PARLEY_SERVER, "server-chain");
    (void)renegotiate(d);
    EXPECT(illegal_parameter, server_certificate_changed, "another certificate after resumption");
    duo_free(d);
}

/* ---- Who decides ---- */

static void test_not_wanted(void **state) {
    (void)state;
    struct duo *d = renegotiating_pair(set_tls12, PARLEY_RENEGOTIATE_NEVER);
    emit_request(d);
    EXPECT(no_renegotiation, renegotiation, "never");
    d->config[PARLEY_CLIENT].renegotiation = PARLEY_RENEGOTIATE_IGNORE;
    duo_complete(d, false);
    size_t sent = d->sent[PARLEY_CLIENT];
    emit_request(d);
    assert_true(duo_settle(d));
    assert_int_equal(d->sent[PARLEY_CLIENT], sent);
    duo_echo(d, 10);
    d->config[PARLEY_CLIENT].renegotiation = PARLEY_RENEGOTIATE_DECLINE;
    emit_request(d);
    assert_true(duo_settle(d));
    assert_true(d->sent[PARLEY_CLIENT] > sent);
    duo_echo(d, 10);
    assert_false(parley_engine_renegotiate(d->engine[PARLEY_CLIENT]));
    duo_free(d);
}

static void test_once(void **state) {
    (void)state;
    struct duo *d = renegotiating_pair(set_tls12, PARLEY_RENEGOTIATE_ONCE);
    assert_true(renegotiate(d));
    duo_echo(d, 10);
    emit_request(d);
    EXPECT(no_renegotiation, renegotiation, "the second time");
    duo_free(d);
}

static void test_explicit(void **state) {
    (void)state;
    struct duo *d = renegotiating_pair(set_tls12, PARLEY_RENEGOTIATE_EXPLICIT);
    struct parley_engine *client = d->engine[PARLEY_CLIENT];
    assert_false(parley_engine_renegotiate(d->engine[PARLEY_SERVER]));
    emit_request(d);
    assert_true(duo_settle(d));
    assert_true((status(d) & PARLEY_WANTS_RENEGOTIATION) != 0);
    duo_echo(d, 10); /* nothing hurries */
    assert_int_equal(duo_offer(d, PARLEY_CLIENT, 10), 10);
    assert_false(parley_engine_renegotiate(client)); /* output waits */
    assert_true(duo_settle(d));
    ready_server(d);
    assert_true(parley_engine_renegotiate(client));
    assert_int_equal(status(d) & PARLEY_WANTS_RENEGOTIATION, 0);
    assert_false(parley_engine_renegotiate(client));
    assert_true(duo_settle(d));
    assert_int_equal(d->outcome[PARLEY_CLIENT].renegotiations, 1);
    for (unsigned n = 2; n < 10; n++) { /* as often as the caller likes */
        ready_server(d);
        assert_true(parley_engine_renegotiate(client));
        assert_true(duo_settle(d));
        assert_int_equal(d->outcome[PARLEY_CLIENT].renegotiations, n);
    }
    /* A server of ours refuses by itself. */
    assert_true(parley_engine_renegotiate(client));
    (void)duo_settle(d);
    duo_refused(d, PARLEY_SERVER, PARLEY_ALERT_no_renegotiation, PARLEY_ERR_renegotiation, "again");
    assert_false(parley_engine_renegotiate(client));
    duo_only(d, PARLEY_TLS13, 0, 0);
    duo_complete(d, false);
    assert_false(parley_engine_renegotiate(client));
    duo_free(d);
}

static void test_flood(void **state) {
    (void)state;
    struct duo *d = renegotiating_pair(set_tls12, PARLEY_RENEGOTIATE_FREELY);
    for (int n = 0; n < 4; n++) {
        assert_true(renegotiate(d));
    }
    duo_echo(d, 1);
    for (int n = 0; n < 4; n++) {
        assert_true(renegotiate(d));
    }
    emit_request(d);
    EXPECT(no_renegotiation, renegotiation, "renegotiation without end");
    duo_free(d);
}

/* ---- Moments ---- */

/* push_request delivers what the server has to say, and nothing else. */
static void push_request(struct duo *d) {
    uint8_t request[64];
    size_t len = parley_engine_pull(d->engine[PARLEY_SERVER], request, sizeof(request));
    duo_push(d, PARLEY_CLIENT, (struct parley_bytes){request, len});
}

static void test_meanwhile(void **state) {
    (void)state;
    static const uint8_t data[] = {1, 2, 3};
    uint8_t out[12], hello[2048];
    size_t len;
    struct duo *d = renegotiating_pair(set_tls12, PARLEY_RENEGOTIATE_FREELY);
    emit_request(d);
    push_request(d);
    assert_string_equal(duo_state(d, PARLEY_CLIENT), "wait_server_hello");
    assert_int_equal(status(d) & (PARLEY_DONE | PARLEY_CAN_WRITE | PARLEY_FAILED), 0);
    assert_int_equal(duo_offer(d, PARLEY_CLIENT, 10), 0);
    assert_false(parley_engine_export(d->engine[PARLEY_CLIENT], "x", NULL, out, 12));
    assert_int_equal(unique(d, PARLEY_CLIENT, out), 0);
    /* A second request changes nothing; the hello goes out under the old keys, and the handshake
     * completes. */
    emit_request(d);
    ready_server(d);
    assert_true(duo_settle(d));
    assert_int_equal(d->outcome[PARLEY_CLIENT].renegotiations, 1);
    /* What the server wrote before it saw the hello arrives; later it must not write. */
    emit_request(d);
    assert_int_equal(duo_offer(d, PARLEY_SERVER, 100), 100);
    ready_server(d);
    assert_true(duo_settle(d));
    assert_int_equal(d->received[PARLEY_CLIENT], 100);
    assert_int_equal(d->outcome[PARLEY_CLIENT].renegotiations, 2);
    emit_request(d);
    push_request(d);
    ready_server(d);
    len = parley_engine_pull(d->engine[PARLEY_CLIENT], hello, sizeof(hello));
    duo_push(d, PARLEY_SERVER, (struct parley_bytes){hello, len});
    duo_emit(d, PARLEY_SERVER, PARLEY_CONTENT_APPLICATION_DATA, BYTES_OF(data));
    EXPECT(unexpected_message, unexpected_record, "data during renegotiation");
    duo_free(d);
}

static void test_not_at_rest(void **state) {
    (void)state;
    struct duo *d = renegotiating_pair(set_tls12, PARLEY_RENEGOTIATE_FREELY);
    assert_int_equal(duo_offer(d, PARLEY_CLIENT, 10), 10);
    emit_request(d);
    push_request(d);
    EXPECT(no_renegotiation, renegotiation, "while output waits");
    duo_complete(d, false);
    parley_engine_close(d->engine[PARLEY_CLIENT]);
    (void)duo_settle(d);
    emit_request(d);
    (void)duo_settle(d);
    assert_int_equal(d->outcome[PARLEY_CLIENT].error, PARLEY_ERR_renegotiation);
    assert_int_equal(d->outcome[PARLEY_CLIENT].alert_sent, PARLEY_ALERT_NONE);
    duo_free(d);
}

/* A hello_request in the midst of a handshake is nothing (RFC 5246 7.4.1.1), or refused. */
static void test_strays(void **state) {
    (void)state;
    static const uint8_t record[] = {PARLEY_CONTENT_HANDSHAKE, 3, 3, 0, 4, 0, 0, 0, 0};
    static const enum parley_renegotiation modes[] = {
        PARLEY_RENEGOTIATE_DECLINE, PARLEY_RENEGOTIATE_IGNORE,   PARLEY_RENEGOTIATE_ONCE,
        PARLEY_RENEGOTIATE_FREELY,  PARLEY_RENEGOTIATE_EXPLICIT, PARLEY_RENEGOTIATE_NEVER};
    for (size_t i = 0; i < COUNT_OF(modes); i++) {
        struct duo *d = duo_new();
        set_tls12(d);
        d->config[PARLEY_CLIENT].renegotiation = modes[i];
        duo_start(d, false);
        duo_push(d, PARLEY_CLIENT, BYTES_OF(record));
        bool ok = duo_settle(d);
        assert_true(ok == (modes[i] != PARLEY_RENEGOTIATE_NEVER));
        if (ok) {
            assert_int_equal(d->outcome[PARLEY_CLIENT].renegotiations, 0);
        } else {
            assert_int_equal(d->outcome[PARLEY_CLIENT].error, PARLEY_ERR_unexpected_message);
        }
        duo_free(d);
    }
}

static void test_bad_requests(void **state) {
    (void)state;
    static const uint8_t body[] = {0, 0, 0, 1, 0}, other[] = {14, 0, 0, 0}, half[] = {0, 0};
    static const uint8_t data[] = {1}, again[] = {0, 0, 0, 0, 0};
    struct duo *d = renegotiating_pair(set_tls12, PARLEY_RENEGOTIATE_FREELY);
    duo_emit(d, PARLEY_SERVER, PARLEY_CONTENT_HANDSHAKE, BYTES_OF(body));
    EXPECT(decode_error, bad_hello_request, "a hello_request with a body");
    duo_complete(d, false);
    duo_emit(d, PARLEY_SERVER, PARLEY_CONTENT_HANDSHAKE, BYTES_OF(other));
    EXPECT(unexpected_message, not_hello_request, "a server_hello_done");
    duo_complete(d, false);
    duo_emit(d, PARLEY_SERVER, PARLEY_CONTENT_HANDSHAKE, BYTES_OF(half));
    duo_emit(d, PARLEY_SERVER, PARLEY_CONTENT_APPLICATION_DATA, BYTES_OF(data));
    EXPECT(unexpected_message, interleaved_record, "data within a hello_request");
    /* In two records it is one; with something behind it, what comes next is not in its place. */
    duo_complete(d, false);
    duo_emit(d, PARLEY_SERVER, PARLEY_CONTENT_HANDSHAKE, BYTES_OF(half));
    duo_emit(d, PARLEY_SERVER, PARLEY_CONTENT_HANDSHAKE, BYTES_OF(half));
    ready_server(d);
    assert_true(duo_settle(d));
    assert_int_equal(d->outcome[PARLEY_CLIENT].renegotiations, 1);
    duo_emit(d, PARLEY_SERVER, PARLEY_CONTENT_HANDSHAKE, BYTES_OF(again));
    ready_server(d);
    (void)duo_settle(d);
    assert_true(d->outcome[PARLEY_CLIENT].error != PARLEY_OK);
    duo_free(d);
}

/* The server declines in its turn (RFC 5246 7.2.2). */
static void test_declined(void **state) {
    (void)state;
    static const uint8_t warning[] = {1, PARLEY_ALERT_no_renegotiation};
    struct duo *d = renegotiating_pair(set_tls12, PARLEY_RENEGOTIATE_EXPLICIT);
    uint8_t hello[2048];
    assert_true(parley_engine_renegotiate(d->engine[PARLEY_CLIENT]));
    assert_true(parley_engine_pull(d->engine[PARLEY_CLIENT], hello, sizeof(hello)) > 0);
    duo_emit(d, PARLEY_SERVER, PARLEY_CONTENT_ALERT, BYTES_OF(warning));
    (void)duo_settle(d);
    assert_int_equal(d->outcome[PARLEY_CLIENT].error, PARLEY_ERR_renegotiation);
    duo_free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_freely),      cmocka_unit_test(test_server_of_both),
        cmocka_unit_test(test_other_suite), cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_not_wanted),  cmocka_unit_test(test_once),
        cmocka_unit_test(test_explicit),    cmocka_unit_test(test_flood),
        cmocka_unit_test(test_meanwhile),   cmocka_unit_test(test_not_at_rest),
        cmocka_unit_test(test_strays),      cmocka_unit_test(test_bad_requests),
        cmocka_unit_test(test_declined),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
