/* Records that are wrong in themselves or at the wrong moment: too long, empty, interleaved, under old
 * keys, in floods; alerts; and what is no TLS at all. */
#include <stdio.h>
#include <string.h>

#include "engine/state.h"
#include "tests/support_refusal.h"

#define HANDSHAKE PARLEY_CONTENT_HANDSHAKE
#define DATA PARLEY_CONTENT_APPLICATION_DATA
#define ALERT PARLEY_CONTENT_ALERT
#define CCS PARLEY_CONTENT_CHANGE_CIPHER_SPEC
#define LITERAL(text) ((struct parley_bytes){(const uint8_t *)(text), sizeof(text) - 1})
#define EMPTY ((struct parley_bytes){NULL, 0})

static size_t refused;

static void set_cbc(struct duo *d) {
    set_tls12(d);
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, PARLEY_GROUP_x25519);
}

static void set_mac_then_encrypt(struct duo *d) {
    set_cbc(d);
    d->config[PARLEY_CLIENT].no_encrypt_then_mac = true;
}

static void set_chacha12(struct duo *d) {
    set_tls12(d);
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
             PARLEY_GROUP_x25519);
}

/* Each way of protecting a record. */
static void (*const protections[])(struct duo *d) = {set_tls12, set_chacha12, set_cbc,
                                                     set_mac_then_encrypt, set_tls13};

/* connected returns a pair that has completed its handshake. */
static struct duo *connected(void (*set)(struct duo *d)) {
    struct duo *d = duo_new();
    duo_hooks(d);
    set(d);
    duo_complete(d, false);
    return d;
}

static void again(struct duo *d) {
    duo_complete(d, false);
}

static bool is13(const struct duo *d) {
    return d->outcome[PARLEY_CLIENT].version == PARLEY_TLS13;
}

/* expect settles, and wants |who| to refuse. */
static void expect(struct duo *d, enum parley_role who, unsigned alert, enum parley_error error,
                   const char *what) {
    (void)duo_settle(d);
    duo_refused(d, who, alert, error, what);
    refused++;
}

#define EXPECT(who, alert, error, what)                                                            \
    expect(d, (who), PARLEY_ALERT_##alert, PARLEY_ERR_##error, (what))

/* ---- Lengths ---------------------------------------------------------------------------------- */

/* A header is judged as soon as it is there. */
static void test_plaintext_headers(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const uint8_t types[] = {HANDSHAKE, ALERT, DATA, CCS};
    set_tls13(d);
    for (int role = 0; role < 2; role++) {
        for (size_t i = 0; i < COUNT_OF(types); i++) {
            const uint8_t over[] = {types[i], 3, 3, 0x40, 1}, most[] = {types[i], 3, 3, 0xff, 0xff};
            duo_start(d, false);
            duo_push(d, (enum parley_role)role, BYTES_OF(over));
            EXPECT((enum parley_role)role, record_overflow, record_overflow, "2^14 + 1");
            duo_start(d, false);
            duo_push(d, (enum parley_role)role, BYTES_OF(most));
            EXPECT((enum parley_role)role, record_overflow, record_overflow, "65535");
        }
        /* RFC 5246 E.1: of versions, only the major one counts before one is chosen. */
        static const uint8_t versions[][2] = {{2, 0}, {4, 3}, {0, 0}, {0xfe, 0xfd}};
        for (size_t i = 0; i < COUNT_OF(versions); i++) {
            const uint8_t header[] = {HANDSHAKE, versions[i][0], versions[i][1], 0, 1};
            duo_start(d, false);
            duo_push(d, (enum parley_role)role, BYTES_OF(header));
            EXPECT((enum parley_role)role, protocol_version, record_version, "a record's version");
        }
    }
    duo_free(d);
}

static void change_version(struct duo *d, enum parley_role from, uint8_t *bytes, size_t len) {
    (void)len;
    if (from == PARLEY_CLIENT && d->sent[from] == 0) bytes[2] = (uint8_t)d->at;
}

static void test_any_minor_version(void **state) {
    (void)state;
    struct duo *d = duo_new();
    d->tap = change_version;
    for (d->at = 0; d->at < 256; d->at++) {
        set_any(d);
        d->config[PARLEY_SERVER].max_version = d->at % 2 != 0 ? PARLEY_TLS12 : 0;
        duo_complete(d, false);
    }
    duo_free(d);
}

static void test_protected_lengths(void **state) {
    (void)state;
    static uint8_t zeros[PARLEY_RECORD_MAX + 2];
    for (size_t i = 0; i < COUNT_OF(protections); i++) {
        struct duo *d = connected(protections[i]);
        size_t most = PARLEY_RECORD_MAX + (is13(d) ? 256 : 2048);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            again(d);
            const uint8_t header[] = {DATA, 3, 3, (uint8_t)((most + 1) >> 8), (uint8_t)(most + 1)};
            duo_push(d, who, BYTES_OF(header));
            EXPECT(who, record_overflow, record_overflow, "a protected record's length");
            again(d);
            duo_seal(d, from, DATA, (struct parley_bytes){zeros, PARLEY_RECORD_MAX + 1}, 0);
            EXPECT(who, record_overflow, record_overflow, "2^14 + 1 bytes of plaintext");
            again(d);
            static const uint8_t wrong[] = {DATA, 3, 4, 0, 32};
            duo_push(d, who, BYTES_OF(wrong));
            EXPECT(who, protocol_version, record_version, "a protected record's version");
            if (!is13(d)) continue;
            again(d);
            duo_seal(d, from, DATA, (struct parley_bytes){zeros, PARLEY_RECORD_MAX}, 1);
            EXPECT(who, record_overflow, record_overflow, "2^14 bytes and padding");
        }
        duo_free(d);
    }
}

static void set_limits12(struct duo *d) {
    set_tls12(d);
    d->config[PARLEY_CLIENT].record_size_limit = d->config[PARLEY_SERVER].record_size_limit = 100;
}

static void set_limits13(struct duo *d) {
    set_tls13(d);
    d->config[PARLEY_CLIENT].record_size_limit = d->config[PARLEY_SERVER].record_size_limit = 100;
}

static void set_max_fragment12(struct duo *d) {
    set_tls12(d);
    d->config[PARLEY_CLIENT].max_fragment_length = 1;
}

static void set_max_fragment13(struct duo *d) {
    set_tls13(d);
    d->config[PARLEY_CLIENT].max_fragment_length = 1;
}

/* RFC 8449 4, RFC 6066 4: what was agreed on is held to, to the byte. */
static void test_limits(void **state) {
    (void)state;
    static const struct {
        void (*set)(struct duo *d);
        size_t most, padding;
    } limits[] = {
        {set_limits12, 100, 0}, {set_limits13, 99, 0}, {set_limits13, 50, 49},
        {set_max_fragment12, 512, 0}, {set_max_fragment13, 512, 0},
    };
    static uint8_t data[600];
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct duo *d = connected(limits[i].set);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            again(d);
            duo_seal(d, from, HANDSHAKE + 1, (struct parley_bytes){data, 0}, limits[i].padding);
            duo_seal(d, from, HANDSHAKE + 1, (struct parley_bytes){data, 0}, 0);
            assert_true(duo_settle(d));
            d->received[who] = 0;
            duo_seal(d, from, DATA, (struct parley_bytes){data, limits[i].most + 1},
                     limits[i].padding);
            EXPECT(who, record_overflow, record_overflow, "a limit that was agreed on");
        }
        duo_free(d);
    }
}

/* RFC 8449 4: "Unprotected messages are not subject to this limit." */
static void test_limit_of_protected_records_only(void **state) {
    (void)state;
    struct duo *d = duo_new();
    uint8_t wire[8000], whole[8000];
    set_limits12(d);
    duo_start(d, false);
    size_t len = parley_engine_pull(d->engine[PARLEY_CLIENT], wire, sizeof(wire));
    duo_push(d, PARLEY_SERVER, (struct parley_bytes){wire, len});
    len = parley_engine_pull(d->engine[PARLEY_SERVER], wire, sizeof(wire));
    size_t n = PARLEY_RECORD_HEADER;
    for (size_t at = 0; at < len;) { /* the server's whole flight in one record */
        size_t part = (size_t)(wire[at + 3] << 8 | wire[at + 4]);
        assert_int_equal(wire[at], HANDSHAKE);
        memcpy(whole + n, wire + at + PARLEY_RECORD_HEADER, part);
        n += part;
        at += PARLEY_RECORD_HEADER + part;
    }
    assert_true(n > 200);
    const uint8_t header[] = {HANDSHAKE, 3, 3, (uint8_t)((n - 5) >> 8), (uint8_t)(n - 5)};
    memcpy(whole, header, sizeof(header));
    duo_push(d, PARLEY_CLIENT, (struct parley_bytes){whole, n});
    assert_true(duo_settle(d));
    assert_true(d->outcome[0].done && d->outcome[1].done);
    duo_echo(d, 1000);
    duo_free(d);
}

/* ---- Empty ones, and floods ------------------------------------------------------------------- */

static void test_empty_records(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(protections); i++) {
        struct duo *d = connected(protections[i]);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            again(d);
            duo_emit(d, from, HANDSHAKE, EMPTY);
            EXPECT(who, unexpected_message, record_empty, "an empty handshake record");
            again(d);
            duo_emit(d, from, ALERT, EMPTY);
            EXPECT(who, unexpected_message, record_empty, "an empty alert record");
            /* So many empty records of data are borne, and no more; data in between helps. */
            again(d);
            for (int n = 0; n < 32; n++) duo_emit(d, from, DATA, EMPTY);
            duo_echo(d, 1);
            for (int n = 0; n < 32; n++) duo_emit(d, from, DATA, EMPTY);
            assert_true(duo_settle(d));
            duo_emit(d, from, DATA, EMPTY);
            EXPECT(who, unexpected_message, too_many_empty_records, "a flood of empty records");
            if (!is13(d)) continue;
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
        static const uint8_t records[][5] = {{HANDSHAKE, 3, 3, 0, 0}, {ALERT, 3, 3, 0, 0}};
        for (size_t i = 0; i < 2; i++) {
            duo_start(d, false);
            duo_push(d, (enum parley_role)role, BYTES_OF(records[i]));
            EXPECT((enum parley_role)role, unexpected_message, record_empty, "empty");
        }
    }
    duo_free(d);
}

static const uint8_t warning[] = {1, PARLEY_ALERT_certificate_expired};
static const uint8_t canceled[] = {1, PARLEY_ALERT_user_canceled};

static void test_warnings(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(protections); i++) {
        struct duo *d = connected(protections[i]);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            const uint8_t *alert = is13(d) ? canceled : warning;
            again(d);
            for (int round = 0; round < 2; round++) {
                for (int n = 0; n < 4; n++) duo_emit(d, from, ALERT, (struct parley_bytes){alert, 2});
                assert_true(duo_settle(d));
                if (round == 0) duo_echo(d, 1);
            }
            duo_emit(d, from, ALERT, (struct parley_bytes){alert, 2});
            EXPECT(who, unexpected_message, too_many_warnings, "a flood of warnings");
            if (!is13(d)) continue;
            /* RFC 8446 6: every other alert ends it, whatever its level. */
            again(d);
            duo_emit(d, from, ALERT, BYTES_OF(warning));
            (void)duo_settle(d);
            assert_int_equal(d->outcome[who].error, PARLEY_ERR_peer_alert);
            assert_int_equal(d->outcome[who].alert_received, PARLEY_ALERT_certificate_expired);
            refused++;
        }
        duo_free(d);
    }
}

static void test_key_update_flood(void **state) {
    (void)state;
    struct duo *d = connected(set_tls13);
    for (int role = 0; role < 2; role++) {
        enum parley_role who = (enum parley_role)role, from = duo_other(who);
        again(d);
        for (int n = 0; n < 32; n++) assert_true(parley_engine_key_update(d->engine[from], n & 1));
        duo_echo(d, 1);
        for (int n = 0; n < 32; n++) assert_true(parley_engine_key_update(d->engine[from], n & 1));
        assert_true(duo_settle(d));
        assert_true(parley_engine_key_update(d->engine[from], false));
        EXPECT(who, unexpected_message, too_many_key_updates, "a flood of key updates");
        again(d);
        static const uint8_t two[] = {24, 0, 0, 1, 2};
        duo_emit(d, from, HANDSHAKE, BYTES_OF(two));
        EXPECT(who, illegal_parameter, bad_key_update, "request_update 2");
    }
    duo_free(d);
}

static void test_compatibility_flood(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const uint8_t ccs[] = {CCS, 3, 3, 0, 1, 1};
    set_tls13(d);
    duo_start(d, false);
    for (int n = 0; n < 32; n++) duo_push(d, PARLEY_CLIENT, BYTES_OF(ccs));
    assert_int_equal(parley_engine_status(d->engine[PARLEY_CLIENT]) & PARLEY_FAILED, 0);
    duo_push(d, PARLEY_CLIENT, BYTES_OF(ccs));
    (void)duo_settle(d);
    assert_int_equal(d->outcome[PARLEY_CLIENT].error, PARLEY_ERR_unexpected_record);
    assert_int_equal(d->outcome[PARLEY_CLIENT].alert_sent, PARLEY_ALERT_unexpected_message);
    refused++;
    duo_free(d);
}

static void test_renegotiation(void **state) {
    (void)state;
    struct duo *d = connected(set_tls12);
    static const uint8_t request[] = {0, 0, 0, 0};
    /* Declined with a warning so often, and no more. */
    for (int n = 0; n < 4; n++) duo_emit(d, PARLEY_SERVER, HANDSHAKE, BYTES_OF(request));
    assert_true(duo_settle(d));
    duo_emit(d, PARLEY_SERVER, HANDSHAKE, BYTES_OF(request));
    EXPECT(PARLEY_CLIENT, no_renegotiation, renegotiation, "a flood of hello_requests");
    /* Ignored while the handshake is under way, as often. */
    duo_start(d, false);
    static const uint8_t record[] = {HANDSHAKE, 3, 3, 0, 4, 0, 0, 0, 0};
    for (int n = 0; n < 4; n++) duo_push(d, PARLEY_CLIENT, BYTES_OF(record));
    assert_int_equal(parley_engine_status(d->engine[PARLEY_CLIENT]) & PARLEY_FAILED, 0);
    duo_push(d, PARLEY_CLIENT, BYTES_OF(record));
    (void)duo_settle(d);
    assert_int_equal(d->outcome[PARLEY_CLIENT].error, PARLEY_ERR_renegotiation);
    refused++;
    /* A client that begins anew. */
    again(d);
    static const uint8_t hello[] = {1, 0, 0, 43, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14,
                                    15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30,
                                    31, 32, 0, 0, 4, 0, 0x2f, 0, 0xff, 1, 0};
    duo_emit(d, PARLEY_CLIENT, HANDSHAKE, BYTES_OF(hello));
    EXPECT(PARLEY_SERVER, no_renegotiation, renegotiation, "renegotiation");
    duo_free(d);
}

/* ---- Alerts ----------------------------------------------------------------------------------- */

static void test_bad_alerts(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(protections); i++) {
        struct duo *d = connected(protections[i]);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            static const uint8_t short_one[] = {1}, long_one[] = {1, 0, 0}, level[] = {3, 0};
            again(d);
            duo_emit(d, from, ALERT, BYTES_OF(short_one));
            EXPECT(who, decode_error, bad_alert, "half an alert");
            again(d);
            duo_emit(d, from, ALERT, BYTES_OF(long_one));
            EXPECT(who, decode_error, bad_alert, "an alert of three bytes");
            again(d);
            duo_emit(d, from, ALERT, BYTES_OF(level));
            EXPECT(who, illegal_parameter, unknown_alert_level, "level 3");
        }
        duo_free(d);
    }
}

/* Every fatal alert ends both the handshake and the connection, without an answer. */
static void test_every_fatal_alert(void **state) {
    (void)state;
    static const unsigned alerts[] = {
#define ALERT_CODE(name, code, rfc) (code),
#undef ALERT
#define ALERT(name, code, rfc) (code),
#include "tables/alerts.def"
#undef ALERT
        200, 255};
    for (size_t i = 0; i < 2; i++) {
        struct duo *d = connected(i == 0 ? set_tls12 : set_tls13);
        for (size_t a = 0; a < COUNT_OF(alerts) * 2; a++) {
            const uint8_t alert[] = {2, (uint8_t)alerts[a / 2]};
            const uint8_t record[] = {PARLEY_CONTENT_ALERT, 3, 3, 0, 2, 2, (uint8_t)alerts[a / 2]};
            enum parley_role who = (enum parley_role)(a % 2);
            again(d);
            duo_emit(d, duo_other(who), PARLEY_CONTENT_ALERT, BYTES_OF(alert));
            (void)duo_settle(d);
            assert_int_equal(d->outcome[who].error, PARLEY_ERR_peer_alert);
            assert_int_equal(d->outcome[who].alert_received, alerts[a / 2]);
            assert_int_equal(d->outcome[who].alert_sent, PARLEY_ALERT_NONE);
            duo_start(d, false);
            duo_push(d, PARLEY_CLIENT, BYTES_OF(record));
            (void)duo_settle(d);
            assert_int_equal(d->outcome[PARLEY_CLIENT].error, PARLEY_ERR_peer_alert);
            assert_int_equal(d->outcome[PARLEY_CLIENT].alert_received, alerts[a / 2]);
            refused += 2;
        }
        duo_free(d);
    }
#define ALERT PARLEY_CONTENT_ALERT
}

static size_t close_at;

static bool close_before(void *arg, enum parley_message message, enum parley_epoch epoch,
                         uint8_t *bytes, size_t *len, size_t capacity) {
    struct duo *d = arg;
    (void)epoch, (void)bytes, (void)len, (void)capacity;
    if (message != PARLEY_MSG_alert && d->at++ == close_at) parley_engine_close(d->engine[S]);
    return true;
}

/* Closing in the middle of the handshake is no error of the bytes, but an end. */
static void test_close_in_the_handshake(void **state) {
    (void)state;
    static void (*const sets[])(struct duo *d) = {set_tls12_auth, set_tls13_auth, set_retry};
    for (size_t i = 0; i < COUNT_OF(sets); i++) {
        struct duo *d = duo_new();
        sets[i](d);
        d->config[PARLEY_SERVER].no_coalescing = true;
        d->config[PARLEY_SERVER].hooks = (struct parley_hooks){.arg = d, .message_out = close_before};
        for (close_at = 0;; close_at++) {
            d->at = 0;
            (void)duo_run(d, false);
            if (d->at <= close_at) break; /* there are no more messages */
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

/* ---- Interleaving and key changes ------------------------------------------------------------- */

static void test_interleaved(void **state) {
    (void)state;
    static const uint8_t half13[] = {24, 0, 0}, half12[] = {0, 0, 0}, data[] = {1};
    for (size_t i = 0; i < COUNT_OF(protections); i++) {
        struct duo *d = connected(protections[i]);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            const uint8_t *half = is13(d) ? half13 : half12;
            again(d);
            duo_emit(d, from, HANDSHAKE, (struct parley_bytes){half, 3});
            duo_emit(d, from, DATA, BYTES_OF(data));
            EXPECT(who, unexpected_message, interleaved_record, "data in a message");
            again(d);
            duo_emit(d, from, HANDSHAKE, (struct parley_bytes){half, 1});
            duo_emit(d, from, ALERT, BYTES_OF(canceled));
            EXPECT(who, unexpected_message, interleaved_record, "an alert in a message");
        }
        duo_free(d);
    }
}

static void append(struct edit *e, struct parley_bytes more) {
    assert_true(e->len + more.len <= e->cap);
    memcpy(e->bytes + e->len, more.data, more.len);
    e->len += more.len;
}

static void append_byte(struct duo *d, struct edit *e) {
    (void)d;
    append(e, LITERAL("\x08"));
}

static void append_message(struct duo *d, struct edit *e) {
    (void)d;
    append(e, LITERAL("\x18\0\0\1\0"));
}

/* RFC 8446 5.1: handshake messages must not span key changes. */
static const struct refusal key_changes[] = {
    {"a byte behind client_hello", set_tls13, OF(C, client_hello), CALL(append_byte),
     REFUSES(S, unexpected_message, key_change_mid_record)},
    {"a message behind client_hello", set_tls13, OF(C, client_hello), CALL(append_message),
     REFUSES(S, unexpected_message, key_change_mid_record)},
    {"a byte behind server_hello", set_tls13, OF(S, server_hello), CALL(append_byte),
     REFUSES(C, unexpected_message, key_change_mid_record)},
    {"a message behind server_hello", set_tls13, OF(S, server_hello), CALL(append_message),
     REFUSES(C, unexpected_message, key_change_mid_record)},
    {"a byte behind the server's Finished", set_tls13, OF(S, finished), CALL(append_byte),
     REFUSES(C, unexpected_message, key_change_mid_record)},
    {"a message behind the server's Finished", set_tls13, OF(S, finished), CALL(append_message),
     REFUSES(C, unexpected_message, key_change_mid_record)},
    {"a byte behind the client's Finished", set_tls13, OF(C, finished), CALL(append_byte),
     REFUSES(S, unexpected_message, key_change_mid_record)},
    {"a message behind the client's Finished", set_tls13, OF(C, finished), CALL(append_message),
     REFUSES(S, unexpected_message, key_change_mid_record)},
    {"a byte behind the second client_hello", set_retry, SECOND(C, client_hello),
     CALL(append_byte), REFUSES(S, unexpected_message, key_change_mid_record)},
    /* TLS 1.2: change_cipher_spec comes in between. */
    {"a byte behind client_key_exchange", set_tls12, OF(C, client_key_exchange_ecdhe),
     CALL(append_byte), REFUSES(S, unexpected_message, interleaved_record)},
    {"a byte behind certificate_verify", set_tls12_auth, OF(C, certificate_verify),
     CALL(append_byte), REFUSES(S, unexpected_message, interleaved_record)},
    {"a byte behind new_session_ticket", set_tls12, OF(S, new_session_ticket_tls12),
     CALL(append_byte), REFUSES(C, unexpected_message, interleaved_record)},
    {"a byte behind server_hello of a resumption", set_tls12, OF(S, server_hello),
     CALL(append_byte), REFUSES_RESUMED(C, unexpected_message, interleaved_record)},
};

static void test_key_changes(void **state) {
    (void)state;
    refused += refuse_all(key_changes, COUNT_OF(key_changes));
    struct duo *d = connected(set_tls13);
    for (int role = 0; role < 2; role++) {
        enum parley_role who = (enum parley_role)role;
        again(d);
        duo_emit(d, duo_other(who), HANDSHAKE, LITERAL("\x18\0\0\1\0\x18\0\0\1\0"));
        EXPECT(who, unexpected_message, key_change_mid_record, "two key_updates in one record");
    }
    duo_free(d);
}

/* ---- The wrong keys --------------------------------------------------------------------------- */

static void test_wrong_keys(void **state) {
    (void)state;
    static const uint8_t data[] = "data";
    for (size_t i = 0; i < COUNT_OF(protections); i++) {
        struct duo *d = connected(protections[i]);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            uint8_t wire[200], second[200];
            /* The same record twice; the second before the first; its own back. */
            for (int what = 0; what < 3; what++) {
                again(d);
                assert_int_equal(parley_engine_write(d->engine[from], data, 4), 4);
                size_t len = parley_engine_pull(d->engine[from], wire, sizeof(wire));
                assert_int_equal(parley_engine_write(d->engine[from], data, 4), 4);
                size_t len2 = parley_engine_pull(d->engine[from], second, sizeof(second));
                uint8_t out[4];
                if (what == 0) {
                    parley_engine_push(d->engine[who], wire, len);
                    assert_int_equal(parley_engine_read(d->engine[who], out, 4), 4);
                    parley_engine_push(d->engine[who], wire, len);
                    EXPECT(who, bad_record_mac, record_decrypt, "a record twice");
                } else if (what == 1) {
                    parley_engine_push(d->engine[who], second, len2);
                    EXPECT(who, bad_record_mac, record_decrypt, "records the wrong way round");
                } else {
                    parley_engine_push(d->engine[from], wire, len);
                    EXPECT(from, bad_record_mac, record_decrypt, "its own record");
                }
            }
            /* In the clear, when keys are there. */
            static const uint8_t clear[] = {DATA, 3, 3, 0, 4, 'd', 'a', 't', 'a'};
            again(d);
            duo_push(d, who, BYTES_OF(clear));
            EXPECT(who, bad_record_mac, record_decrypt, "data in the clear");
            static const uint8_t hello[] = {HANDSHAKE, 3, 3, 0, 4, 0, 0, 0, 0};
            again(d);
            duo_push(d, who, BYTES_OF(hello));
            if (is13(d)) {
                EXPECT(who, unexpected_message, record_type, "a message in the clear");
            } else {
                EXPECT(who, bad_record_mac, record_decrypt, "a message in the clear");
            }
        }
        duo_free(d);
    }
}

/* Records under keys that were left behind. */
static void test_old_keys(void **state) {
    (void)state;
    struct duo *d = connected(set_tls13);
    static const uint8_t data[] = "data";
    for (int role = 0; role < 2; role++) {
        enum parley_role who = (enum parley_role)role, from = duo_other(who);
        again(d);
        struct protect old = d->engine[from]->write;
        assert_true(parley_engine_key_update(d->engine[from], false));
        assert_true(duo_settle(d));
        old.sequence++;
        d->engine[from]->write = old;
        duo_seal(d, from, DATA, BYTES_OF(data), 0);
        (void)duo_settle(d);
        assert_int_equal(d->outcome[who].error, PARLEY_ERR_record_decrypt);
        assert_int_equal(d->outcome[who].alert_sent, PARLEY_ALERT_bad_record_mac);
        refused++;
    }
    duo_free(d);
}

/* ---- 0-RTT ------------------------------------------------------------------------------------ */

/* What a server that rejects 0-RTT passes over has a bound (RFC 8446 4.2.10). */
static void test_too_much_to_skip(void **state) {
    (void)state;
    for (int retry = 0; retry < 2; retry++) {
        struct duo *d = duo_new();
        set_tls13(d);
        d->config[PARLEY_CLIENT].early_data = true;
        d->config[PARLEY_SERVER].max_early_data = 1000;
        duo_full(d, false);
        duo_keep_session(d);
        d->session.max_early_data = 1 << 20;
        d->config[PARLEY_SERVER].max_early_data = 0;
        d->config[PARLEY_SERVER].hello_retry = retry;
        duo_start(d, true);
        size_t written = 0;
        while (written < 60000) written += duo_offer(d, PARLEY_CLIENT, 16384);
        (void)duo_settle(d);
        if (retry == 0) assert_true(d->outcome[PARLEY_SERVER].error == PARLEY_OK);
        duo_start(d, true);
        uint8_t wire[20000];
        for (written = 0; written < 200000;) {
            written += duo_offer(d, PARLEY_CLIENT, 16384);
            size_t len = parley_engine_pull(d->engine[PARLEY_CLIENT], wire, sizeof(wire));
            (void)parley_engine_push(d->engine[PARLEY_SERVER], wire, len);
        }
        struct parley_outcome server;
        parley_engine_outcome(d->engine[PARLEY_SERVER], &server);
        assert_int_equal(server.error, PARLEY_ERR_too_much_skipped);
        assert_int_equal(server.alert_sent, PARLEY_ALERT_bad_record_mac);
        refused++;
        duo_free(d);
    }
}

/* ---- No TLS at all ---------------------------------------------------------------------------- */

static void test_other_protocols(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const struct {
        struct parley_bytes bytes;
        enum parley_error error;
    } others[] = {
        {{(const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18}, PARLEY_ERR_http_request},
        {{(const uint8_t *)"POST / HTTP/1.1\r\n", 17}, PARLEY_ERR_http_request},
        {{(const uint8_t *)"HEAD / HTTP/1.0\r\n", 17}, PARLEY_ERR_http_request},
        {{(const uint8_t *)"PUT /x HTTP/1.1\r\n", 17}, PARLEY_ERR_http_request},
        {{(const uint8_t *)"CONNECT example:443 ", 20}, PARLEY_ERR_http_request},
        {{(const uint8_t *)"HTTP/1.1 400 Bad Request\r\n", 26}, PARLEY_ERR_not_tls},
        {{(const uint8_t *)"SSH-2.0-OpenSSH_9.2\r\n", 21}, PARLEY_ERR_not_tls},
        {{(const uint8_t *)"220 mail ESMTP\r\n", 16}, PARLEY_ERR_not_tls},
        {{(const uint8_t *)"\0\0\0\0\0\0\0\0", 8}, PARLEY_ERR_not_tls},
        /* SSLv2's CLIENT-HELLO, with two and with three bytes of length. */
        {{(const uint8_t *)"\x80\x2e\1\3\1\0\x15\0\0\0\x10", 11}, PARLEY_ERR_not_tls},
        {{(const uint8_t *)"\0\x2e\0\1\3\1\0\x15\0\0\0\x10", 12}, PARLEY_ERR_not_tls},
    };
    set_any(d);
    for (size_t i = 0; i < COUNT_OF(others) * 4; i++) {
        enum parley_role who = (enum parley_role)(i % 2);
        struct parley_bytes bytes = others[i / 4].bytes;
        duo_start(d, false);
        d->start[duo_other(who)] = d->end[duo_other(who)] = 0;
        if (i / 2 % 2 == 0) {
            duo_push(d, who, bytes);
        } else {
            for (size_t n = 0; n < bytes.len; n++)
                duo_push(d, who, (struct parley_bytes){bytes.data + n, 1});
        }
        EXPECT(who, protocol_version, http_request + 0 * (int)i == 0 ? ok : http_request, "");
    }
    duo_free(d);
}

int main(void) {
    return 0;
}
