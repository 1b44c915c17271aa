/* Floods, empty records, alerts good and bad, closing at any moment, and what is no TLS at all. */
#include <stdio.h>
#include <string.h>

#include "engine/inside.h"
#include "tests/support_refusal.h"

#define EMPTY ((struct parley_bytes){NULL, 0})

static size_t refused;

/* expect settles, and wants |who| to refuse. */
static void expect(struct duo *d, enum parley_role who, unsigned alert, enum parley_error error,
                   const char *what) {
    (void)duo_settle(d);
    duo_refused(d, who, alert, error, what);
    refused++;
}

#define EXPECT(who, alert, error, what)                                                            \
    expect(d, (who), PARLEY_ALERT_##alert, PARLEY_ERR_##error, (what))

static void again(struct duo *d) {
    duo_complete(d, false);
}

/* ---- Empty ones, and floods ---- */

static void test_empty_records(void **state) {
    (void)state;
    for (size_t i = 0; i < PROTECTIONS; i++) {
        struct duo *d = connected_pair(set_protection[i]);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            again(d);
            duo_emit(d, from, PARLEY_CONTENT_HANDSHAKE, EMPTY);
            EXPECT(who, unexpected_message, record_empty, "an empty handshake record");
            again(d);
            duo_emit(d, from, PARLEY_CONTENT_ALERT, EMPTY);
            EXPECT(who, unexpected_message, record_empty, "an empty alert record");
            /* So many empty records of data are borne, and no more; data in between helps. */
            again(d);
            for (int n = 0; n < 32; n++) {
                duo_emit(d, from, PARLEY_CONTENT_APPLICATION_DATA, EMPTY);
            }
            duo_echo(d, 1);
            for (int n = 0; n < 32; n++) {
                duo_emit(d, from, PARLEY_CONTENT_APPLICATION_DATA, EMPTY);
            }
            assert_true(duo_settle(d));
            duo_emit(d, from, PARLEY_CONTENT_APPLICATION_DATA, EMPTY);
            EXPECT(who, unexpected_message, too_many_empty_records, "a flood of empty records");
            if (!is_tls13(d)) {
                continue;
            }
            again(d);
            duo_seal(d, from, 0, EMPTY, 0);
            EXPECT(who, unexpected_message, record_padding_only, "nothing but zeros");
            again(d);
            duo_seal(d, from, 0, EMPTY, 1000);
            EXPECT(who, unexpected_message, record_padding_only, "a thousand zeros");
        }
        duo_free(d);
    }
    /* In plaintext, at the very beginning. */
    struct duo *d = duo_new();
    set_any(d);
    for (int role = 0; role < 2; role++) {
        static const uint8_t records[][5] = {{PARLEY_CONTENT_HANDSHAKE, 3, 3, 0, 0},
                                             {PARLEY_CONTENT_ALERT, 3, 3, 0, 0}};
        for (size_t i = 0; i < 2; i++) {
            duo_start(d, false);
            duo_push(d, (enum parley_role)role, BYTES_OF(records[i]));
            if (role == PARLEY_SERVER && i == 0) { /* means nothing yet, but there is a bound */
                assert_int_equal(parley_engine_status(d->engine[role]) & PARLEY_FAILED, 0);
                for (int n = 0; n < 32; n++) {
                    duo_push(d, PARLEY_SERVER, BYTES_OF(records[i]));
                }
                EXPECT(PARLEY_SERVER, unexpected_message, too_many_empty_records, "empty ones");
                continue;
            }
            EXPECT((enum parley_role)role, unexpected_message, record_empty, "empty");
        }
    }
    duo_free(d);
}

static const uint8_t warning[] = {1, PARLEY_ALERT_certificate_expired};
static const uint8_t canceled[] = {1, PARLEY_ALERT_user_canceled};

static void test_warnings(void **state) {
    (void)state;
    for (size_t i = 0; i < PROTECTIONS; i++) {
        struct duo *d = connected_pair(set_protection[i]);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            const uint8_t *alert = is_tls13(d) ? canceled : warning;
            again(d);
            for (int round = 0; round < 2; round++) {
                for (int n = 0; n < 4; n++) {
                    duo_emit(d, from, PARLEY_CONTENT_ALERT, (struct parley_bytes){alert, 2});
                }
                assert_true(duo_settle(d));
                if (round == 0) {
                    duo_echo(d, 1);
                }
            }
            duo_emit(d, from, PARLEY_CONTENT_ALERT, (struct parley_bytes){alert, 2});
            EXPECT(who, unexpected_message, too_many_warnings, "a flood of warnings");
            if (!is_tls13(d)) {
                continue;
            }
            /* RFC 8446 6: every other alert is an error, whatever its level. */
            again(d);
            duo_emit(d, from, PARLEY_CONTENT_ALERT, BYTES_OF(warning));
            EXPECT(who, decode_error, bad_alert, "an error as a warning");
        }
        duo_free(d);
    }
}

static void test_key_update_flood(void **state) {
    (void)state;
    struct duo *d = connected_pair(set_tls13);
    for (int role = 0; role < 2; role++) {
        enum parley_role who = (enum parley_role)role, from = duo_other(who);
        again(d);
        for (int n = 0; n < 32; n++) {
            assert_true(parley_engine_key_update(d->engine[from], n & 1));
        }
        duo_echo(d, 1);
        for (int n = 0; n < 32; n++) {
            assert_true(parley_engine_key_update(d->engine[from], n & 1));
        }
        assert_true(duo_settle(d));
        assert_true(parley_engine_key_update(d->engine[from], false));
        EXPECT(who, unexpected_message, too_many_key_updates, "a flood of key updates");
        again(d);
        static const uint8_t two[] = {24, 0, 0, 1, 2};
        duo_emit(d, from, PARLEY_CONTENT_HANDSHAKE, BYTES_OF(two));
        EXPECT(who, illegal_parameter, bad_key_update, "request_update 2");
    }
    duo_free(d);
}

static void test_compatibility_flood(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const uint8_t ccs[] = {PARLEY_CONTENT_CHANGE_CIPHER_SPEC, 3, 3, 0, 1, 1};
    set_tls13(d);
    duo_start(d, false);
    for (int n = 0; n < 32; n++) {
        duo_push(d, PARLEY_CLIENT, BYTES_OF(ccs));
    }
    assert_int_equal(parley_engine_status(d->engine[PARLEY_CLIENT]) & PARLEY_FAILED, 0);
    duo_push(d, PARLEY_CLIENT, BYTES_OF(ccs));
    (void)duo_settle(d);
    assert_int_equal(d->outcome[PARLEY_CLIENT].error, PARLEY_ERR_too_many_empty_records);
    assert_int_equal(d->outcome[PARLEY_CLIENT].alert_sent, PARLEY_ALERT_unexpected_message);
    refused++;
    duo_free(d);
}

static void test_renegotiation(void **state) {
    (void)state;
    struct duo *d = connected_pair(set_tls12);
    static const uint8_t request[] = {0, 0, 0, 0};
    /* Declined with a warning so often, and no more. */
    for (int n = 0; n < 4; n++) {
        duo_emit(d, PARLEY_SERVER, PARLEY_CONTENT_HANDSHAKE, BYTES_OF(request));
    }
    assert_true(duo_settle(d));
    duo_emit(d, PARLEY_SERVER, PARLEY_CONTENT_HANDSHAKE, BYTES_OF(request));
    EXPECT(PARLEY_CLIENT, no_renegotiation, renegotiation, "a flood of hello_requests");
    /* Ignored while the handshake is under way, as often. */
    duo_start(d, false);
    static const uint8_t record[] = {PARLEY_CONTENT_HANDSHAKE, 3, 3, 0, 4, 0, 0, 0, 0};
    for (int n = 0; n < 4; n++) {
        duo_push(d, PARLEY_CLIENT, BYTES_OF(record));
    }
    assert_int_equal(parley_engine_status(d->engine[PARLEY_CLIENT]) & PARLEY_FAILED, 0);
    duo_push(d, PARLEY_CLIENT, BYTES_OF(record));
    (void)duo_settle(d);
    assert_int_equal(d->outcome[PARLEY_CLIENT].error, PARLEY_ERR_renegotiation);
    refused++;
    /* A client that begins anew. */
    again(d);
    static const uint8_t hello[] = {1,  0,  0,  43, 3,  3,  1,    2,  3,    4,  5,  6,
                                    7,  8,  9,  10, 11, 12, 13,   14, 15,   16, 17, 18,
                                    19, 20, 21, 22, 23, 24, 25,   26, 27,   28, 29, 30,
                                    31, 32, 0,  0,  4,  0,  0x2f, 0,  0xff, 1,  0};
    duo_emit(d, PARLEY_CLIENT, PARLEY_CONTENT_HANDSHAKE, BYTES_OF(hello));
    EXPECT(PARLEY_SERVER, no_renegotiation, renegotiation, "renegotiation");
    duo_free(d);
}

/* ---- Alerts ---- */

static void test_bad_alerts(void **state) {
    (void)state;
    for (size_t i = 0; i < PROTECTIONS; i++) {
        struct duo *d = connected_pair(set_protection[i]);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            static const uint8_t short_one[] = {1}, long_one[] = {1, 0, 0}, level[] = {3, 0};
            again(d);
            duo_emit(d, from, PARLEY_CONTENT_ALERT, BYTES_OF(short_one));
            EXPECT(who, decode_error, bad_alert, "half an alert");
            again(d);
            duo_emit(d, from, PARLEY_CONTENT_ALERT, BYTES_OF(long_one));
            EXPECT(who, decode_error, bad_alert, "an alert of three bytes");
            again(d);
            duo_emit(d, from, PARLEY_CONTENT_ALERT, BYTES_OF(level));
            EXPECT(who, illegal_parameter, unknown_alert_level, "level 3");
        }
        duo_free(d);
    }
}

#define ALERT(name, code, rfc) (code),
static const uint8_t descriptions[] = {
#include "tables/alerts.def"
    200, 255};
#undef ALERT

/* Every fatal alert ends both the handshake and the connection, without an answer. */
static void test_every_fatal_alert(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct duo *d = connected_pair(i == 0 ? set_tls12 : set_tls13);
        for (size_t n = 0; n < COUNT_OF(descriptions) * 2; n++) {
            const uint8_t alert[] = {2, descriptions[n / 2]};
            const uint8_t record[] = {PARLEY_CONTENT_ALERT, 3, 3, 0, 2, 2, descriptions[n / 2]};
            enum parley_role who = (enum parley_role)(n % 2);
            again(d);
            duo_emit(d, duo_other(who), PARLEY_CONTENT_ALERT, BYTES_OF(alert));
            for (int in_handshake = 0; in_handshake < 2; in_handshake++) {
                (void)duo_settle(d);
                assert_int_equal(d->outcome[who].error, PARLEY_ERR_peer_alert);
                assert_int_equal(d->outcome[who].alert_received, descriptions[n / 2]);
                assert_int_equal(d->outcome[who].alert_sent, PARLEY_ALERT_NONE);
                refused++;
                if (in_handshake != 0) {
                    break;
                }
                duo_start(d, false);
                duo_push(d, who, BYTES_OF(record));
            }
        }
        duo_free(d);
    }
}

static size_t close_at;

static bool close_before(void *arg, enum parley_message message, enum parley_epoch epoch,
                         uint8_t *bytes, size_t *len, size_t capacity) {
    struct duo *d = arg;
    (void)epoch;
    (void)bytes;
    (void)len;
    (void)capacity;
    if (message != PARLEY_MSG_alert && d->at++ == close_at) {
        parley_engine_close(d->engine[S]);
    }
    return true;
}

/* Closing in the middle of the handshake is no error of the bytes, but an end. */
static void test_close_in_the_handshake(void **state) {
    (void)state;
    static void (*const sets[])(struct duo * d) = {set_tls12_auth, set_tls13_auth, set_retry};
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        struct duo *d = duo_new();
        sets[i](d);
        d->config[PARLEY_SERVER].no_coalescing = true;
        d->config[PARLEY_SERVER].hooks =
            (struct parley_hooks){.arg = d, .message_out = close_before};
        for (close_at = 0;; close_at++) {
            d->at = 0;
            (void)duo_run(d, false);
            if (d->at <= close_at) {
                break; /* there are no more messages */
            }
            const struct parley_outcome *client = &d->outcome[PARLEY_CLIENT];
            if (client->done) {
                assert_true((parley_engine_status(d->engine[C]) & PARLEY_PEER_CLOSED) != 0);
            } else {
                assert_int_equal(client->error, PARLEY_ERR_closed_early);
                assert_int_equal(client->alert_sent, PARLEY_ALERT_NONE);
            }
            refused++;
        }
        assert_true(close_at >= 7);
        duo_free(d);
    }
}

/* ---- No TLS at all ---- */

/* begin starts |who| with bytes of somebody else's. */
static void begin(struct duo *d, enum parley_role who, struct parley_bytes bytes, size_t chunk) {
    duo_start(d, false);
    for (size_t n = 0; n < bytes.len; n += chunk) {
        size_t len = bytes.len - n < chunk ? bytes.len - n : chunk;
        duo_push(d, who, (struct parley_bytes){bytes.data + n, len});
    }
}

static const struct {
    struct parley_bytes bytes;
    enum parley_error error;
} others[] = {
    {{(const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18}, PARLEY_ERR_http_request},
    {{(const uint8_t *)"POST / HTTP/1.1\r\n", 17}, PARLEY_ERR_http_request},
    {{(const uint8_t *)"HEAD / HTTP/1.0\r\n", 17}, PARLEY_ERR_http_request},
    {{(const uint8_t *)"PUT /x HTTP/1.1\r\n", 17}, PARLEY_ERR_http_request},
    {{(const uint8_t *)"CONNECT example:443 ", 20}, PARLEY_ERR_https_proxy_request},
    {{(const uint8_t *)"HTTP/1.1 400 Bad Request\r\n", 26}, PARLEY_ERR_not_tls},
    {{(const uint8_t *)"SSH-2.0-OpenSSH_9.2\r\n", 21}, PARLEY_ERR_not_tls},
    {{(const uint8_t *)"220 mail ESMTP\r\n", 16}, PARLEY_ERR_not_tls},
    {{(const uint8_t *)"\0\0\0\0\0\0\0\0", 8}, PARLEY_ERR_not_tls},
    /* SSLv2's CLIENT-HELLO, with two and with three bytes of length. */
    {{(const uint8_t *)"\x80\x2e\1\3\1\0\x15\0\0\0\x10", 11}, PARLEY_ERR_not_tls},
    {{(const uint8_t *)"\0\x2e\0\1\3\1\0\x15\0\0\0\x10", 12}, PARLEY_ERR_not_tls},
};

static void test_other_protocols(void **state) {
    (void)state;
    struct duo *d = duo_new();
    set_any(d);
    for (size_t i = 0; i < COUNT_OF(others) * 4; i++) {
        enum parley_role who = (enum parley_role)(i % 2);
        begin(d, who, others[i / 4].bytes, i / 2 % 2 == 0 ? 100 : 1);
        struct parley_outcome o;
        parley_engine_outcome(d->engine[who], &o);
        assert_int_equal(o.error, others[i / 4].error);
        assert_int_equal(o.alert_sent, PARLEY_ALERT_protocol_version);
        refused++;
    }
    duo_free(d);
}

/* Random bytes, as they are, and with a record's header, and with a message's header, before them.
 */
static void test_garbage(void **state) {
    (void)state;
    struct duo *d = duo_new();
    struct parley_seeded seeded;
    struct parley_random random = parley_seeded_random(&seeded);
    size_t runs = duo_quick() ? 1000 : 20000, tally = 0;
    parley_seeded_init(&seeded, 7, 7);
    for (size_t i = 0; i < runs; i++) {
        uint8_t bytes[600];
        enum parley_role who = (enum parley_role)(i % 2);
        random.fill(random.arg, bytes, sizeof(bytes));
        if (i % 3 > 0) {
            memcpy(bytes, (const uint8_t[]){PARLEY_CONTENT_HANDSHAKE, 3, 1, 1, 0}, 5);
        }
        if (i % 3 > 1) {
            memcpy(bytes + 5, (const uint8_t[]){who == S ? 1 : 2, 0, 0, 252}, 4);
        }
        (i % 5 == 0 ? set_tls12 : i % 5 == 1 ? set_tls13 : set_any)(d);
        begin(d, who, BYTES_OF(bytes), i % 7 == 0 ? 1 : sizeof(bytes));
        parley_engine_end_of_input(d->engine[who]);
        struct parley_outcome o;
        parley_engine_outcome(d->engine[who], &o);
        assert_int_not_equal(o.error, PARLEY_OK);
        assert_false(o.done);
        assert_int_not_equal(o.alert_sent, PARLEY_ALERT_internal_error);
        tally += o.alert_sent != PARLEY_ALERT_NONE;
    }
    print_message("%zu times garbage, answered with %zu alerts\n", runs, tally);
    assert_true(tally > runs * 9 / 10);
    duo_free(d);
}

static void test_count(void **state) {
    (void)state;
    print_message("%zu refusals of floods, alerts and other protocols checked\n", refused);
    assert_int_equal(refused, 452);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty_records),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_key_update_flood),
        cmocka_unit_test(test_compatibility_flood),
        cmocka_unit_test(test_renegotiation),
        cmocka_unit_test(test_bad_alerts),
        cmocka_unit_test(test_every_fatal_alert),
        cmocka_unit_test(test_close_in_the_handshake),
        cmocka_unit_test(test_other_protocols),
        cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
