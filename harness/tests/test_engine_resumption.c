/* Resumption and what hangs on it: hello_retry_request, sessions and tickets that fit or do not,
 * external PSKs, 0-RTT data accepted and rejected. */
#include <stdio.h>
#include <string.h>

#include "tests/support_duo.h"

static const uint16_t groups13[] = {PARLEY_GROUP_x25519, PARLEY_GROUP_secp256r1,
                                    PARLEY_GROUP_secp384r1, PARLEY_GROUP_secp521r1};
static const uint16_t suites13[] = {PARLEY_TLS_AES_128_GCM_SHA256, PARLEY_TLS_AES_256_GCM_SHA384,
                                    PARLEY_TLS_CHACHA20_POLY1305_SHA256};
static const uint8_t identity[] = "identity", other_identity[] = "another";
static const uint8_t key[32] = {9, 8, 7}, other_key[48] = {1, 2};

static size_t completed;

static void full(struct duo *d, bool resume) {
    d->seed++;
    duo_full(d, resume);
    completed++;
}

static struct duo *pair13(void) {
    struct duo *d = duo_new();
    duo_only(d, PARLEY_TLS13, 0, 0);
    return d;
}

/* first runs a connection and keeps its session; second resumes it, or tries to. */
static void first(struct duo *d) {
    full(d, false);
    duo_keep_session(d);
}

static void second(struct duo *d, bool resumed) {
    full(d, true);
    assert_int_equal(d->outcome[PARLEY_CLIENT].resumed, resumed);
}

/* ---- hello_retry_request (RFC 8446 4.1.4) ---- */

/* The client offers a share of one group, the server wants another: all pairs. */
static void test_retry_for_another_group(void **state) {
    (void)state;
    struct duo *d = pair13();
    for (size_t i = 0; i < 4 * 4 * 2 * 2; i++) {
        const uint16_t offer[] = {groups13[i % 4], groups13[i / 4 % 4]};
        bool same = offer[0] == offer[1];
        d->config[PARLEY_CLIENT].groups = offer;
        d->config[PARLEY_CLIENT].group_count = same ? 1 : 2;
        d->config[PARLEY_SERVER].groups = &offer[1];
        d->config[PARLEY_SERVER].group_count = 1;
        d->config[PARLEY_SERVER].hello_retry = i / 16 % 2; /* with a cookie */
        d->chunk = i / 32;
        full(d, false);
        assert_int_equal(d->outcome[PARLEY_CLIENT].group, offer[1]);
        assert_int_equal(d->outcome[PARLEY_CLIENT].hello_retry,
                         !same || d->config[PARLEY_SERVER].hello_retry);
        duo_keep_session(d);
        second(d, true);
    }
    duo_free(d);
}

/* No share at all, more than one, and the cookie alone; with and without client authentication. */
static void test_retry_variants(void **state) {
    (void)state;
    struct duo *d = pair13();
    static const char *const clients[] = {NULL, "client-rsa", "client-ed25519"};
    for (size_t i = 0; i < 3 * 3 * 2 * 2; i++) {
        const char *client = clients[i % 3];
        size_t shares = i / 3 % 3;
        bool cookie = i / 9 % 2, compatible = i / 18;
        duo_certificate(d, PARLEY_CLIENT, client);
        d->config[PARLEY_SERVER].client_auth =
            client != NULL ? PARLEY_AUTH_REQUIRE : PARLEY_AUTH_NONE;
        d->config[PARLEY_CLIENT].no_key_shares = shares == 0;
        d->config[PARLEY_CLIENT].key_share_count = shares == 2 ? 4 : 0;
        d->config[PARLEY_SERVER].hello_retry = cookie;
        d->config[PARLEY_CLIENT].no_middlebox_compatibility = !compatible;
        first(d);
        assert_int_equal(d->outcome[PARLEY_CLIENT].hello_retry, shares == 0 || cookie);
        second(d, true);
        assert_int_equal(d->outcome[PARLEY_CLIENT].hello_retry, shares == 0 || cookie);
    }
    duo_free(d);
}

/* RFC 8446 4.1.4: after the retry only PSKs of the chosen suite's hash are offered again. */
static void test_retry_drops_psks_of_another_hash(void **state) {
    (void)state;
    struct duo *d = pair13();
    const struct parley_psk psks[] = {
        {BYTES_OF(other_identity), BYTES_OF(other_key), PARLEY_HASH_SHA384},
        {BYTES_OF(identity), BYTES_OF(key), PARLEY_HASH_SHA256}};
    d->config[PARLEY_SERVER].hello_retry = true;
    d->config[PARLEY_CLIENT].psks = d->config[PARLEY_SERVER].psks = psks;
    d->config[PARLEY_CLIENT].psk_count = d->config[PARLEY_SERVER].psk_count = 2;
    for (size_t i = 0; i < COUNT_OF(suites13); i++) {
        d->config[PARLEY_SERVER].suites = &suites13[i];
        d->config[PARLEY_SERVER].suite_count = 1;
        full(d, false);
        assert_true(d->outcome[PARLEY_CLIENT].resumed && d->outcome[PARLEY_CLIENT].hello_retry);
    }
    /* A session of another hash cannot be resumed, one of another suite is not. */
    d->config[PARLEY_CLIENT].psk_count = d->config[PARLEY_SERVER].psk_count = 0;
    for (size_t i = 0; i < 9; i++) {
        d->config[PARLEY_SERVER].suites = &suites13[i % 3];
        first(d);
        d->config[PARLEY_SERVER].suites = &suites13[i / 3];
        second(d, i % 3 == i / 3);
    }
    duo_free(d);
}

/* ---- PSKs ---- */

/* RFC 8446 4.2.11: a suite that goes with the PSK comes before one that does not. */
static void test_external_psk_decides_the_suite(void **state) {
    (void)state;
    struct duo *d = pair13();
    static const uint16_t suites[] = {0x1302, 0x1301};
    const struct parley_psk psk = {BYTES_OF(identity), BYTES_OF(key), PARLEY_HASH_SHA256};
    for (int role = 0; role < 2; role++) {
        d->config[role].suites = suites;
        d->config[role].suite_count = COUNT_OF(suites);
        d->config[role].psks = &psk;
        d->config[role].psk_count = 1;
    }
    full(d, false);
    assert_true(d->outcome[PARLEY_CLIENT].resumed);
    assert_int_equal(d->outcome[PARLEY_CLIENT].suite, 0x1301);
    d->config[PARLEY_SERVER].psk_count = 0;
    full(d, false);
    assert_false(d->outcome[PARLEY_CLIENT].resumed);
    assert_int_equal(d->outcome[PARLEY_CLIENT].suite, 0x1302);
    duo_free(d);
}

static void test_external_psks(void **state) {
    (void)state;
    struct duo *d = pair13();
    const struct parley_psk client[] = {
        {BYTES_OF(other_identity), BYTES_OF(key), PARLEY_HASH_SHA256},
        {BYTES_OF(identity), BYTES_OF(key), PARLEY_HASH_SHA256}};
    const struct parley_psk *server = &client[1];
    d->config[PARLEY_CLIENT].psks = client;
    d->config[PARLEY_CLIENT].psk_count = 2;
    d->config[PARLEY_SERVER].psks = server;
    d->config[PARLEY_SERVER].psk_count = 1;
    /* The second of two is known; then none, and the certificate serves instead. */
    full(d, false);
    assert_true(d->outcome[PARLEY_CLIENT].resumed);
    duo_keep_session(d);
    /* A ticket of a connection that began with an external PSK, offered before it. */
    second(d, true);
    d->config[PARLEY_SERVER].psk_count = 0;
    full(d, false);
    assert_false(d->outcome[PARLEY_CLIENT].resumed);
    /* Each set of modes against each: psk_dhe_ke where both have it. */
    d->config[PARLEY_SERVER].psk_count = 1;
    for (unsigned i = 0; i < 9; i++) {
        unsigned c = i % 3 + 1, s = i / 3 + 1;
        d->config[PARLEY_CLIENT].psk_modes = c;
        d->config[PARLEY_SERVER].psk_modes = s;
        full(d, false);
        assert_int_equal(d->outcome[PARLEY_CLIENT].resumed, (c & s) != 0);
        assert_int_equal(d->outcome[PARLEY_CLIENT].psk_only, (c & s) == PARLEY_PSK_KE);
    }
    duo_free(d);
}

/* ---- Sessions that fit or do not ---- */

static void test_tickets13(void **state) {
    (void)state;
    struct duo *d = pair13();
    for (unsigned count = 1; count <= 6; count++) {
        d->config[PARLEY_SERVER].ticket_count = count;
        first(d);
        second(d, true);
        first(d);
        d->now_ms += INT64_C(7200) * 1000; /* at the very end of its life */
        second(d, true);
        first(d);
        d->now_ms += INT64_C(7200) * 1000 + 1;
        second(d, false);
        first(d);
        d->now_ms -= 1; /* from the future */
        second(d, false);
        d->now_ms = DUO_NOW;
    }
    /* Another key, no tickets any more, none given. */
    first(d);
    d->config[PARLEY_SERVER].ticket_key[0] ^= 1;
    second(d, false);
    first(d);
    d->config[PARLEY_SERVER].no_tickets = true;
    second(d, false);
    assert_null(parley_engine_session(d->engine[PARLEY_CLIENT]));
    d->config[PARLEY_SERVER].no_tickets = false;
    /* A chain of resumptions keeps who the peer was. */
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
    duo_certificate(d, PARLEY_CLIENT, "client-ecdsa-p256");
    first(d);
    for (int i = 0; i < 5; i++) {
        second(d, true);
        assert_true(d->outcome[PARLEY_SERVER].peer_verified);
        duo_keep_session(d);
    }
    /* Without a client certificate then, none now where one is needed. */
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_NONE;
    first(d);
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
    second(d, false);
    assert_true(d->outcome[PARLEY_SERVER].peer_verified);
    duo_free(d);
}

static void ticket_or_id(struct duo *d, bool tickets) {
    d->config[PARLEY_CLIENT].no_tickets = d->config[PARLEY_SERVER].no_tickets = !tickets;
}

static void test_sessions12(void **state) {
    (void)state;
    struct duo *d = duo_new();
    duo_only(d, PARLEY_TLS12, 0, 0);
    d->config[PARLEY_SERVER].session_cache = parley_session_cache_new(2);
    for (int tickets = 0; tickets < 2; tickets++) {
        ticket_or_id(d, tickets);
        first(d);
        d->now_ms += INT64_C(7200) * 1000;
        second(d, true);
        d->now_ms += 1;
        second(d, false);
        d->now_ms = DUO_NOW;
        /* RFC 6066 3: not under another name. */
        first(d);
        d->config[PARLEY_CLIENT].server_name = "localhost";
        second(d, false);
        d->config[PARLEY_CLIENT].server_name = "parley.test";
        /* RFC 7627 5.3: a session without extended_master_secret is not resumed with it. */
        d->config[PARLEY_CLIENT].no_extended_master_secret = true;
        first(d);
        d->config[PARLEY_CLIENT].no_extended_master_secret = false;
        second(d, false);
        /* The suite is no longer spoken by the one or the other. */
        for (int role = 0; role < 2; role++) {
            static const uint16_t other = PARLEY_TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA;
            first(d);
            d->config[role].suites = &other;
            d->config[role].suite_count = 1;
            second(d, false);
            duo_only(d, PARLEY_TLS12, 0, 0);
        }
        /* Where a client certificate is needed now, it was needed then. */
        duo_certificate(d, PARLEY_CLIENT, "client-ecdsa-p256");
        first(d);
        d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
        second(d, false);
        duo_keep_session(d);
        second(d, true);
        assert_true(d->outcome[PARLEY_SERVER].peer_verified);
        d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_NONE;
        /* TLS 1.3 takes no session of TLS 1.2. */
        first(d);
        duo_only(d, PARLEY_TLS13, 0, 0);
        second(d, false);
        duo_only(d, PARLEY_TLS12, 0, 0);
    }
    /* A client may offer both, and a server forget: the ring of two is full of others. */
    ticket_or_id(d, false);
    first(d);
    struct parley_session kept = d->session;
    first(d);
    first(d);
    d->session = kept;
    second(d, false);
    /* A ticket under another key: the handshake is full, and gives a new one. */
    ticket_or_id(d, true);
    first(d);
    d->config[PARLEY_SERVER].ticket_key[31] ^= 0x80;
    second(d, false);
    duo_keep_session(d);
    second(d, true);
    parley_session_cache_free(d->config[PARLEY_SERVER].session_cache);
    duo_free(d);
}

/* RFC 5246 7.2: a session that a fatal alert has ended is resumed no more. Who has merely named it
 * ends nothing. */
static void test_failed_sessions12(void **state) {
    (void)state;
    static const uint16_t other = PARLEY_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256;
    static const uint8_t garbage[] = {0xff, 3, 3, 0, 1, 0};
    struct duo *d = duo_new();
    duo_only(d, PARLEY_TLS12, 0, 0);
    ticket_or_id(d, false);
    d->config[PARLEY_SERVER].session_cache = parley_session_cache_new(2);
    for (unsigned resumed = 0; resumed < 2; resumed++) {
        first(d);
        d->config[PARLEY_SERVER].suites = &other;
        d->config[PARLEY_SERVER].suite_count = 1;
        assert_false(duo_run(d, true));
        assert_int_equal(d->outcome[PARLEY_SERVER].error, PARLEY_ERR_no_shared_suite);
        duo_only(d, PARLEY_TLS12, 0, 0);
        second(d, true);
        if (resumed) {
            duo_complete(d, true);
        } else {
            duo_complete(d, false);
            duo_keep_session(d);
        }
        assert_int_equal(d->outcome[PARLEY_SERVER].resumed, resumed);
        duo_push(d, PARLEY_SERVER, BYTES_OF(garbage));
        second(d, false);
    }
    parley_session_cache_free(d->config[PARLEY_SERVER].session_cache);
    duo_free(d);
}

/* A ticket is for the version it came from (RFC 8446 4.6.1): another one's is none. */
static void test_tickets_of_the_other_version(void **state) {
    (void)state;
    struct duo *d = duo_new();
    for (int from = 0; from < 2; from++) {
        duo_only(d, from == 0 ? PARLEY_TLS12 : PARLEY_TLS13, 0, 0);
        first(d);
        duo_only(d, from == 0 ? PARLEY_TLS13 : PARLEY_TLS12, 0, 0);
        d->session.version = from == 0 ? PARLEY_TLS13 : PARLEY_TLS12;
        d->session.suite = from == 0 ? PARLEY_TLS_AES_128_GCM_SHA256
                                     : PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
        d->session.secret_length = from == 0 ? 32 : 48;
        second(d, false);
    }
    duo_free(d);
}

static unsigned told;

static void count_session(void *arg, const struct parley_session *session) {
    (void)arg;
    assert_int_not_equal(session->version, 0);
    told++;
}

static void test_new_session_is_told(void **state) {
    (void)state;
    struct duo *d = duo_new();
    d->config[PARLEY_CLIENT].new_session = count_session;
    d->config[PARLEY_SERVER].session_cache = parley_session_cache_new(2);
    told = 0;
    d->config[PARLEY_SERVER].ticket_count = 5;
    duo_only(d, PARLEY_TLS13, 0, 0);
    full(d, false);
    assert_int_equal(told, 5);
    duo_only(d, PARLEY_TLS12, 0, 0);
    full(d, false);
    assert_int_equal(told, 6);
    ticket_or_id(d, false);
    full(d, false);
    assert_int_equal(told, 7);
    parley_session_cache_free(d->config[PARLEY_SERVER].session_cache);
    duo_free(d);
}

/* ---- 0-RTT (RFC 8446 2.3, 4.2.10, 8) ---- */

/* early_pair: ends that do 0-RTT, with a session that allows it. */
static struct duo *early_pair(void) {
    struct duo *d = pair13();
    d->config[PARLEY_CLIENT].early_data = true;
    d->config[PARLEY_SERVER].max_early_data = 5000;
    first(d);
    d->early_data = 1000;
    return d;
}

/* early resumes with 0-RTT data; rejected data is lost, and what follows is not. */
static void early(struct duo *d, bool resumed, bool accepted) {
    d->seed++;
    bool ok = duo_run(d, true);
    if (!ok) {
        fail_msg("0-RTT: %s", duo_explain(d));
    }
    assert_null(duo_disagreement(d));
    assert_int_equal(d->early_sent, d->early_data);
    assert_int_equal(d->outcome[PARLEY_CLIENT].resumed, resumed);
    assert_int_equal(d->outcome[PARLEY_CLIENT].early_data_accepted, accepted);
    assert_int_equal(d->early_received, accepted ? d->early_data : 0);
    if (!accepted) {
        d->received[PARLEY_SERVER] = d->early_sent;
    }
    duo_echo(d, 3000);
    duo_close(d);
    completed++;
}

static void test_early_data(void **state) {
    (void)state;
    struct duo *d = early_pair();
    static const size_t lengths[] = {1, 1000, 4999, 5000};
    for (size_t i = 0; i < COUNT_OF(suites13) * COUNT_OF(lengths) * 2; i++) {
        duo_only(d, PARLEY_TLS13, suites13[i % 3], 0);
        d->early_data = 0;
        first(d);
        d->early_data = lengths[i / 3 % 4];
        d->chunk = i / 12;
        d->config[PARLEY_CLIENT].fragment = i % 5 == 4 ? 100 : 0;
        d->config[PARLEY_CLIENT].no_middlebox_compatibility = i % 2;
        early(d, true, true);
    }
    duo_free(d);
}

/* A server may write before it has the client's Finished (RFC 8446 2.3): half-RTT data. */
static void test_half_rtt(void **state) {
    (void)state;
    struct duo *d = early_pair();
    duo_start(d, true);
    uint8_t wire[8000];
    size_t len = parley_engine_pull(d->engine[PARLEY_CLIENT], wire, sizeof(wire));
    duo_push(d, PARLEY_SERVER, (struct parley_bytes){wire, len});
    unsigned status = parley_engine_status(d->engine[PARLEY_SERVER]);
    assert_true((status & PARLEY_CAN_WRITE) != 0 && (status & PARLEY_DONE) == 0);
    duo_write(d, PARLEY_SERVER, 500);
    assert_true(duo_settle(d));
    assert_true(d->outcome[PARLEY_SERVER].done);
    duo_echo(d, 100);
    duo_close(d);
    completed++;
    duo_free(d);
}

static bool refuse_replay(void *arg, struct parley_bytes id) {
    const struct parley_session *session = arg;
    assert_int_equal(id.len, session->ticket_length);
    assert_memory_equal(id.data, session->ticket, id.len);
    return false;
}

static bool once(void *arg, struct parley_bytes id) {
    unsigned *calls = arg;
    (void)id;
    return ++*calls == 1;
}

static void test_early_data_rejected(void **state) {
    (void)state;
    static const char *const other_protocols[] = {"http/1.1"};
    struct duo *d = early_pair();
    struct parley_config *server = &d->config[PARLEY_SERVER], clean = *server;
    for (size_t i = 0; i < 2; i++) {
        d->chunk = i;
        server->max_early_data = 0;
        early(d, true, false);
        *server = clean;
        /* The anti-replay hook. */
        server->accept_early_data = refuse_replay;
        server->accept_early_data_arg = &d->session;
        early(d, true, false);
        unsigned calls = 0;
        server->accept_early_data = once;
        server->accept_early_data_arg = &calls;
        early(d, true, true);
        early(d, true, false);
        assert_int_equal(calls, 2);
        *server = clean;
        /* Another protocol, another suite of the same hash, a full handshake. */
        server->alpn = other_protocols;
        server->alpn_count = 1;
        early(d, true, false);
        *server = clean;
        static const uint16_t chacha = PARLEY_TLS_CHACHA20_POLY1305_SHA256;
        server->suites = &chacha;
        server->suite_count = 1;
        early(d, false, false);
        *server = clean;
        server->ticket_key[5] ^= 1;
        early(d, false, false);
        *server = clean;
        /* A retry, with a cookie, for a group, for both. */
        server->hello_retry = true;
        early(d, true, false);
        server->groups = &groups13[1];
        server->group_count = 1;
        early(d, true, false);
        server->hello_retry = false;
        early(d, true, false);
        *server = clean;
        /* RFC 8446 8.3: the age the client states is off by more than a minute. */
        d->session.age_add += 61000;
        early(d, true, false);
        d->session.age_add -= 1000;
        early(d, true, true);
        d->session.age_add -= 60000;
    }
    duo_free(d);
}

/* What the ticket does not allow is not offered, and no more is sent than it allows. */
static void test_early_data_limit(void **state) {
    (void)state;
    struct duo *d = early_pair();
    d->early_data = 6000;
    duo_start(d, true);
    assert_int_equal(d->early_sent, 5000);
    assert_int_equal(parley_engine_status(d->engine[PARLEY_CLIENT]) & PARLEY_CAN_WRITE, 0);
    assert_true(duo_settle(d));
    assert_int_equal(d->early_received, 5000);
    duo_echo(d, 10);
    completed++;
    d->session.max_early_data = 0;
    duo_start(d, true);
    assert_int_equal(d->early_sent, 0);
    assert_true(duo_settle(d));
    assert_false(d->outcome[PARLEY_CLIENT].early_data_accepted);
    completed++;
    /* The server's bound is that of the ticket, not the client's idea of it. */
    d->session.max_early_data = 5001;
    d->early_data = 5001;
    (void)duo_run(d, true);
    duo_refused(d, PARLEY_SERVER, PARLEY_ALERT_unexpected_message, PARLEY_ERR_too_much_early_data,
                "one byte more than the ticket allows");
    duo_free(d);
}

static void test_early_data_with_client_auth(void **state) {
    (void)state;
    struct duo *d = pair13();
    d->config[PARLEY_CLIENT].early_data = true;
    d->config[PARLEY_SERVER].max_early_data = 5000;
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
    duo_certificate(d, PARLEY_CLIENT, "client-ed25519");
    first(d);
    d->early_data = 100;
    early(d, true, true);
    /* Rejected with the PSK: the handshake is full, certificates and all. */
    d->config[PARLEY_SERVER].ticket_key[0] ^= 1;
    early(d, false, false);
    assert_true(d->outcome[PARLEY_SERVER].peer_verified);
    duo_free(d);
}

static void test_count(void **state) {
    (void)state;
    print_message("%zu connections with retries, resumption and 0-RTT completed\n", completed);
    assert_int_equal(completed, 429); /* fewer: something was skipped */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retry_for_another_group),
        cmocka_unit_test(test_retry_variants),
        cmocka_unit_test(test_retry_drops_psks_of_another_hash),
        cmocka_unit_test(test_external_psk_decides_the_suite),
        cmocka_unit_test(test_external_psks),
        cmocka_unit_test(test_tickets13),
        cmocka_unit_test(test_sessions12),
        cmocka_unit_test(test_failed_sessions12),
        cmocka_unit_test(test_tickets_of_the_other_version),
        cmocka_unit_test(test_new_session_is_told),
        cmocka_unit_test(test_early_data),
        cmocka_unit_test(test_half_rtt),
        cmocka_unit_test(test_early_data_rejected),
        cmocka_unit_test(test_early_data_limit),
        cmocka_unit_test(test_early_data_with_client_auth),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
