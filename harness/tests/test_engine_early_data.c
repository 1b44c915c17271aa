/* Why 0-RTT data is accepted or not (RFC 8446 4.2.10, 8), as either end's outcome has it. */
#include <stdio.h>
#include <string.h>

#include "tests/support_duo.h"

#define REASON(name) PARLEY_EARLY_DATA_##name

static size_t settled;

/* early_pair returns ends that do 0-RTT, with a session that allows it. */
static struct duo *early_pair(void) {
    struct duo *d = duo_new();
    d->config[PARLEY_CLIENT].early_data = true;
    d->config[PARLEY_SERVER].max_early_data = 1000;
    duo_complete(d, false);
    duo_keep_session(d);
    d->early_data = 100;
    return d;
}

/* reasons runs a connection that must complete, and checks what either end says. */
static void reasons(struct duo *d, bool resume, enum parley_early_data_reason client,
                    enum parley_early_data_reason server) {
    d->seed++;
    if (!duo_run(d, resume)) {
        fail_msg("%s", duo_explain(d));
    }
    const enum parley_early_data_reason expected[] = {client, server};
    for (int role = 0; role < 2; role++) {
        const struct parley_outcome *o = &d->outcome[role];
        if (o->early_data_reason != expected[role]) {
            fail_msg("%s: %s, not %s", role == PARLEY_CLIENT ? "client" : "server",
                     parley_early_data_name(o->early_data_reason),
                     parley_early_data_name(expected[role]));
        }
        assert_int_equal(o->early_data_accepted, expected[role] == REASON(accepted));
    }
    settled++;
}

static void test_offers(void **state) {
    (void)state;
    static const char *const other[] = {"http/1.1"};
    struct duo *d = early_pair();
    struct parley_config *client = &d->config[PARLEY_CLIENT], *server = &d->config[PARLEY_SERVER];
    struct parley_config clean[2] = {*client, *server};
    reasons(d, true, REASON(accepted), REASON(accepted));
    reasons(d, false, REASON(no_session_offered), REASON(no_session_offered));
    client->early_data = false;
    reasons(d, true, REASON(disabled), REASON(peer_declined));
    *client = clean[0];
    server->max_early_data = 0;
    reasons(d, true, REASON(peer_declined), REASON(disabled));
    *server = clean[1];
    client->alpn = server->alpn = other; /* not what was spoken then */
    client->alpn_count = server->alpn_count = 1;
    reasons(d, true, REASON(alpn_mismatch), REASON(peer_declined));
    *client = clean[0];
    *server = clean[1];
    client->max_version = PARLEY_TLS12;
    reasons(d, false, REASON(protocol_version), REASON(protocol_version));
    *client = clean[0];
    server->max_version = PARLEY_TLS12;
    reasons(d, false, REASON(no_session_offered), REASON(protocol_version));
    *server = clean[1];
    d->session.max_early_data = 0;
    reasons(d, true, REASON(unsupported_for_session), REASON(peer_declined));
    duo_free(d);
}

static bool replayed(void *arg, struct parley_bytes identity) {
    (void)arg;
    assert_true(identity.len > 0);
    return false;
}

static void test_answers(void **state) {
    (void)state;
    static const char *const none[] = {"http/1.1", "h2"};
    static const uint16_t chacha = PARLEY_TLS_CHACHA20_POLY1305_SHA256;
    struct duo *d = early_pair();
    struct parley_config *client = &d->config[PARLEY_CLIENT], *server = &d->config[PARLEY_SERVER];
    struct parley_config clean[2] = {*client, *server};
    server->accept_early_data = replayed;
    reasons(d, true, REASON(peer_declined), REASON(replay));
    *server = clean[1];
    server->hello_retry = true;
    reasons(d, true, REASON(hello_retry_request), REASON(hello_retry_request));
    *server = clean[1];
    server->suites = &chacha;
    server->suite_count = 1;
    reasons(d, true, REASON(session_not_resumed), REASON(session_not_resumed));
    *server = clean[1];
    client->alpn = server->alpn = none;
    client->alpn_count = server->alpn_count = 2;
    reasons(d, true, REASON(peer_declined), REASON(alpn_mismatch));
    *client = clean[0];
    *server = clean[1];
    server->ticket_key[0] ^= 1;
    reasons(d, true, REASON(session_not_resumed), REASON(session_not_resumed));
    /* A retry comes to the same. */
    server->hello_retry = true;
    reasons(d, true, REASON(hello_retry_request), REASON(session_not_resumed));
    duo_free(d);
    /* The session's ticket allows none, whatever the client has been told. */
    d = duo_new();
    duo_complete(d, false);
    duo_keep_session(d);
    d->session.max_early_data = 100;
    d->config[PARLEY_CLIENT].early_data = true;
    d->config[PARLEY_SERVER].max_early_data = 1000;
    reasons(d, true, REASON(peer_declined), REASON(unsupported_for_session));
    duo_free(d);
}

static void skew(struct duo *d, int64_t ms, int32_t seconds, bool accepted) {
    d->session.age_add += (uint32_t)ms;
    reasons(d, true, accepted ? REASON(accepted) : REASON(peer_declined),
            accepted ? REASON(accepted) : REASON(ticket_age_skew));
    assert_int_equal(d->outcome[PARLEY_SERVER].ticket_age_skew, seconds);
    assert_int_equal(d->outcome[PARLEY_CLIENT].ticket_age_skew, 0);
    d->session.age_add -= (uint32_t)ms;
}

static void test_ticket_age(void **state) {
    (void)state;
    struct duo *d = early_pair();
    skew(d, 0, 0, true);
    skew(d, 5000, 5, true);
    d->now_ms += 70000;
    skew(d, 0, 0, true);
    skew(d, 60000, 60, true);
    skew(d, 60999, 60, true);
    skew(d, 61000, 61, false);
    skew(d, -60000, -60, true);
    skew(d, -61000, -61, false);
    /* Without 0-RTT the age decides nothing. */
    d->config[PARLEY_CLIENT].early_data = false;
    d->session.age_add += 3600000;
    reasons(d, true, REASON(disabled), REASON(peer_declined));
    assert_int_equal(d->outcome[PARLEY_SERVER].ticket_age_skew, 3600);
    assert_true(d->outcome[PARLEY_SERVER].resumed);
    duo_free(d);
}

/* RFC 8446 4.2.11: external PSKs may come, too; none of them allows 0-RTT here. */
static void test_external(void **state) {
    (void)state;
    static const struct parley_psk psk = {
        {(const uint8_t *)"id", 2}, {(const uint8_t *)"0123456789abcdef", 16}, PARLEY_HASH_SHA256};
    struct duo *d = early_pair();
    for (int role = 0; role < 2; role++) {
        d->config[role].psks = &psk;
        d->config[role].psk_count = 1;
    }
    reasons(d, true, REASON(accepted), REASON(accepted));
    reasons(d, false, REASON(no_session_offered), REASON(unsupported_for_session));
    d->config[PARLEY_SERVER].ticket_key[0] ^= 1;
    reasons(d, true, REASON(peer_declined), REASON(unsupported_for_session));
    duo_free(d);
}

static void test_count(void **state) {
    (void)state;
    print_message("%zu connections with reasons about 0-RTT\n", settled);
    assert_int_equal(settled, 27);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offers),     cmocka_unit_test(test_answers),
        cmocka_unit_test(test_ticket_age), cmocka_unit_test(test_external),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests_name("engine_early_data", tests, NULL, NULL);
}
