/* Records that are wrong in themselves, or right but at the wrong moment: too long, interleaved,
 * across a change of keys, under old keys, too much of them to skip. */
#include <stdio.h>
#include <string.h>

#include "engine/inside.h"
#include "tests/support_refusal.h"

#define LITERAL(text) ((struct parley_bytes){(const uint8_t *)(text), sizeof(text) - 1})

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

/* ---- Lengths ---- */

/* A header is judged as soon as it is there. */
static void test_plaintext_headers(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const uint8_t types[] = {PARLEY_CONTENT_HANDSHAKE, PARLEY_CONTENT_ALERT,
                                    PARLEY_CONTENT_APPLICATION_DATA,
                                    PARLEY_CONTENT_CHANGE_CIPHER_SPEC};
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
            const uint8_t header[] = {PARLEY_CONTENT_HANDSHAKE, versions[i][0], versions[i][1], 0,
                                      1};
            duo_start(d, false);
            duo_push(d, (enum parley_role)role, BYTES_OF(header));
            EXPECT((enum parley_role)role, protocol_version, record_version, "a record's version");
        }
    }
    duo_free(d);
}

static size_t change_version(struct duo *d, enum parley_role from, uint8_t *bytes, size_t len,
                             size_t cap) {
    (void)cap;
    if (from == PARLEY_CLIENT && d->sent[from] == len) {
        bytes[2] = (uint8_t)d->at;
    }
    return len;
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
    for (size_t i = 0; i < PROTECTIONS; i++) {
        struct duo *d = connected_pair(set_protection[i]);
        size_t most = PARLEY_RECORD_MAX + (is_tls13(d) ? 256 : 2048);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            again(d);
            const uint8_t header[] = {PARLEY_CONTENT_APPLICATION_DATA, 3, 3,
                                      (uint8_t)((most + 1) >> 8), (uint8_t)(most + 1)};
            duo_push(d, who, BYTES_OF(header));
            EXPECT(who, record_overflow, record_overflow, "a protected record's length");
            again(d);
            duo_seal(d, from, PARLEY_CONTENT_APPLICATION_DATA,
                     (struct parley_bytes){zeros, PARLEY_RECORD_MAX + 1}, 0);
            EXPECT(who, record_overflow, plaintext_overflow, "2^14 + 1 bytes of plaintext");
            again(d);
            static const uint8_t wrong[] = {PARLEY_CONTENT_APPLICATION_DATA, 3, 4, 0, 32};
            duo_push(d, who, BYTES_OF(wrong));
            EXPECT(who, protocol_version, record_version, "a protected record's version");
            if (!is_tls13(d)) {
                continue;
            }
            again(d);
            duo_seal(d, from, PARLEY_CONTENT_APPLICATION_DATA,
                     (struct parley_bytes){zeros, PARLEY_RECORD_MAX}, 1);
            EXPECT(who, record_overflow, plaintext_overflow, "2^14 bytes and padding");
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
        {set_limits12, 100, 0},       {set_limits13, 99, 0},        {set_limits13, 50, 49},
        {set_max_fragment12, 512, 0}, {set_max_fragment13, 512, 0},
    };
    static uint8_t data[600];
    for (size_t i = 0; i < COUNT_OF(limits); i++) {
        struct duo *d = connected_pair(limits[i].set);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            again(d);
            duo_echo(d, 3 * limits[i].most);
            duo_seal(d, from, PARLEY_CONTENT_APPLICATION_DATA,
                     (struct parley_bytes){data, limits[i].most + 1}, limits[i].padding);
            EXPECT(who, record_overflow, plaintext_overflow, "a limit that was agreed on");
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
        assert_int_equal(wire[at], PARLEY_CONTENT_HANDSHAKE);
        memcpy(whole + n, wire + at + PARLEY_RECORD_HEADER, part);
        n += part;
        at += PARLEY_RECORD_HEADER + part;
    }
    assert_true(n > 200);
    const uint8_t header[] = {PARLEY_CONTENT_HANDSHAKE, 3, 3, (uint8_t)((n - 5) >> 8),
                              (uint8_t)(n - 5)};
    memcpy(whole, header, sizeof(header));
    duo_push(d, PARLEY_CLIENT, (struct parley_bytes){whole, n});
    assert_true(duo_settle(d));
    assert_true(d->outcome[0].done && d->outcome[1].done);
    duo_echo(d, 1000);
    duo_free(d);
}

/* ---- Interleaving and key changes ---- */

static void test_interleaved(void **state) {
    (void)state;
    static const uint8_t half13[] = {24, 0, 0}, half12[] = {0, 0, 0}, data[] = {1};
    static const uint8_t canceled[] = {1, PARLEY_ALERT_user_canceled};
    for (size_t i = 0; i < PROTECTIONS; i++) {
        struct duo *d = connected_pair(set_protection[i]);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            const uint8_t *half = is_tls13(d) ? half13 : half12;
            again(d);
            duo_emit(d, from, PARLEY_CONTENT_HANDSHAKE, (struct parley_bytes){half, 3});
            duo_emit(d, from, PARLEY_CONTENT_APPLICATION_DATA, BYTES_OF(data));
            EXPECT(who, unexpected_message, interleaved_record, "data in a message");
            again(d);
            duo_emit(d, from, PARLEY_CONTENT_HANDSHAKE, (struct parley_bytes){half, 1});
            duo_emit(d, from, PARLEY_CONTENT_ALERT, BYTES_OF(canceled));
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
    {"a byte behind the server's Finished", set_tls13, OF(S, finished), CALL(append_byte),
     REFUSES(C, unexpected_message, key_change_mid_record)},
    {"a message behind the server's Finished", set_tls13, OF(S, finished), CALL(append_message),
     REFUSES(C, unexpected_message, key_change_mid_record)},
    {"a byte behind the client's Finished", set_tls13, OF(C, finished), CALL(append_byte),
     REFUSES(S, unexpected_message, key_change_mid_record)},
    {"a message behind the client's Finished", set_tls13, OF(C, finished), CALL(append_message),
     REFUSES(S, unexpected_message, key_change_mid_record)},
    /* TLS 1.2: change_cipher_spec comes in between. */
    {"a byte behind client_key_exchange", set_tls12, OF(C, client_key_exchange_ecdhe),
     CALL(append_byte), REFUSES(S, unexpected_message, unexpected_record)},
    {"a byte behind certificate_verify", set_tls12_auth, OF(C, certificate_verify),
     CALL(append_byte), REFUSES(S, unexpected_message, unexpected_record)},
    {"a byte behind new_session_ticket", set_tls12, OF(S, new_session_ticket_tls12),
     CALL(append_byte), REFUSES(C, unexpected_message, unexpected_record)},
    {"a byte behind server_hello of a resumption", set_tls12, OF(S, server_hello),
     CALL(append_byte), REFUSES_RESUMED(C, unexpected_message, unexpected_record)},
};

/* lengthen puts |d->with| behind the last message of the first plaintext handshake record that the
 * end |d->at| sends; neither end's transcript knows. */
static size_t lengthen(struct duo *d, enum parley_role from, uint8_t *bytes, size_t len,
                       size_t cap) {
    const struct parley_bytes *more = d->with;
    if (more == NULL || from != (enum parley_role)d->at) {
        return len;
    }
    size_t record = PARLEY_RECORD_HEADER + (size_t)(bytes[3] << 8 | bytes[4]) + more->len;
    assert_true(bytes[0] == PARLEY_CONTENT_HANDSHAKE && len + more->len <= cap);
    memmove(bytes + record, bytes + record - more->len, len + more->len - record);
    memcpy(bytes + record - more->len, more->data, more->len);
    bytes[3] = (uint8_t)((record - PARLEY_RECORD_HEADER) >> 8);
    bytes[4] = (uint8_t)(record - PARLEY_RECORD_HEADER);
    d->with = NULL;
    return len + more->len;
}

static const struct parley_bytes one_byte = {(const uint8_t *)"\x08", 1};
static const struct parley_bytes one_message = {(const uint8_t *)"\x18\0\0\1\0", 5};

/* Behind the hellos, which are in the clear. */
static void test_key_changes_in_the_clear(void **state) {
    (void)state;
    struct duo *d = duo_new();
    d->tap = lengthen;
    for (int i = 0; i < 8; i++) {
        set_tls13(d);
        d->at = i & 1;
        d->with = i & 2 ? &one_message : &one_byte;
        d->chunk = i >> 2 & 1;
        (void)duo_run(d, false);
        enum parley_role who = duo_other((enum parley_role)d->at);
        duo_refused(d, who, PARLEY_ALERT_unexpected_message,
                    who == S ? PARLEY_ERR_answer_mid_record : PARLEY_ERR_key_change_mid_record,
                    "more behind a hello");
        refused++;
    }
    /* Behind the second client_hello. */
    set_retry(d);
    duo_start(d, false);
    uint8_t wire[2000];
    size_t len = parley_engine_pull(d->engine[C], wire, sizeof(wire));
    duo_push(d, S, (struct parley_bytes){wire, len});
    d->at = C;
    d->with = &one_byte;
    len = parley_engine_pull(d->engine[S], wire, sizeof(wire));
    d->config[C].no_middlebox_compatibility = true; /* so that the hello comes first */
    duo_push(d, C, (struct parley_bytes){wire, len});
    EXPECT(S, unexpected_message, answer_mid_record, "more behind the second hello");
    duo_free(d);
}

static void test_key_changes(void **state) {
    (void)state;
    refused += refuse_all(key_changes, COUNT_OF(key_changes));
    struct duo *d = connected_pair(set_tls13);
    for (int role = 0; role < 2; role++) {
        enum parley_role who = (enum parley_role)role;
        again(d);
        duo_emit(d, duo_other(who), PARLEY_CONTENT_HANDSHAKE, LITERAL("\x18\0\0\1\0\x18\0\0\1\0"));
        EXPECT(who, unexpected_message, key_change_mid_record, "two key_updates in one record");
    }
    duo_free(d);
}

/* ---- The wrong keys ---- */

static void test_wrong_keys(void **state) {
    (void)state;
    static const uint8_t data[] = "data";
    for (size_t i = 0; i < PROTECTIONS; i++) {
        struct duo *d = connected_pair(set_protection[i]);
        for (int role = 0; role < 2; role++) {
            enum parley_role who = (enum parley_role)role, from = duo_other(who);
            uint8_t wire[200];
            /* The same record twice; its own back; the second before the first. */
            for (int what = 0; what < 3; what++) {
                uint8_t out[4];
                again(d);
                assert_int_equal(parley_engine_write(d->engine[from], data, 4), 4);
                size_t len = parley_engine_pull(d->engine[from], wire, sizeof(wire));
                if (what == 2) {
                    assert_int_equal(parley_engine_write(d->engine[from], data, 4), 4);
                    EXPECT(who, bad_record_mac, record_decrypt, "records the wrong way round");
                    continue;
                }
                parley_engine_push(d->engine[who], wire, len);
                assert_int_equal(parley_engine_read(d->engine[who], out, 4), 4);
                parley_engine_push(d->engine[what == 0 ? who : from], wire, len);
                EXPECT(what == 0 ? who : from, bad_record_mac, record_decrypt, "a record again");
            }
            /* In the clear, when keys are there. */
            static const uint8_t clear[] = {
                PARLEY_CONTENT_APPLICATION_DATA, 3, 3, 0, 4, 'd', 'a', 't', 'a'};
            again(d);
            duo_push(d, who, BYTES_OF(clear));
            EXPECT(who, bad_record_mac, record_decrypt, "data in the clear");
            static const uint8_t hello[] = {PARLEY_CONTENT_HANDSHAKE, 3, 3, 0, 4, 0, 0, 0, 0};
            again(d);
            duo_push(d, who, BYTES_OF(hello));
            if (is_tls13(d)) {
                EXPECT(who, unexpected_message, outer_record_type, "a message in the clear");
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
    struct duo *d = connected_pair(set_tls13);
    static const uint8_t data[] = "data";
    for (int role = 0; role < 2; role++) {
        enum parley_role who = (enum parley_role)role, from = duo_other(who);
        again(d);
        struct protect old = d->engine[from]->write;
        assert_true(parley_engine_key_update(d->engine[from], false));
        assert_true(duo_settle(d));
        old.sequence++;
        d->engine[from]->write = old;
        duo_seal(d, from, PARLEY_CONTENT_APPLICATION_DATA, BYTES_OF(data), 0);
        (void)duo_settle(d);
        assert_int_equal(d->outcome[who].error, PARLEY_ERR_record_decrypt);
        assert_int_equal(d->outcome[who].alert_sent, PARLEY_ALERT_bad_record_mac);
        refused++;
    }
    duo_free(d);
}

/* After end_of_early_data the keys of 0-RTT are those of another epoch. */
static void test_early_keys(void **state) {
    (void)state;
    static const uint8_t data[] = "data";
    struct duo *d = connected_pair(set_early);
    duo_keep_session(d);
    d->early_data = 10;
    duo_start(d, true);
    struct protect early = d->engine[PARLEY_CLIENT]->write;
    assert_int_equal(d->engine[PARLEY_CLIENT]->write_epoch, PARLEY_EPOCH_EARLY);
    assert_true(duo_settle(d));
    assert_int_equal(d->early_received, 10);
    d->engine[PARLEY_CLIENT]->write = early;
    duo_seal(d, PARLEY_CLIENT, PARLEY_CONTENT_APPLICATION_DATA, BYTES_OF(data), 0);
    (void)duo_settle(d);
    assert_int_equal(d->outcome[PARLEY_SERVER].error, PARLEY_ERR_record_decrypt);
    assert_int_equal(d->outcome[PARLEY_SERVER].alert_sent, PARLEY_ALERT_bad_record_mac);
    refused++;
    duo_free(d);
}

/* ---- 0-RTT ---- */

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
        while (written < 16000) {
            written += duo_offer(d, PARLEY_CLIENT, 4000);
        }
        (void)duo_settle(d);
        if (retry == 0) {
            assert_true(d->outcome[PARLEY_SERVER].error == PARLEY_OK);
        }
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

static void test_count(void **state) {
    (void)state;
    print_message("%zu refusals of records checked\n", refused);
    assert_int_equal(refused, 168);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plaintext_headers),
        cmocka_unit_test(test_any_minor_version),
        cmocka_unit_test(test_protected_lengths),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_limit_of_protected_records_only),
        cmocka_unit_test(test_interleaved),
        cmocka_unit_test(test_key_changes),
        cmocka_unit_test(test_key_changes_in_the_clear),
        cmocka_unit_test(test_wrong_keys),
        cmocka_unit_test(test_old_keys),
        cmocka_unit_test(test_early_keys),
        cmocka_unit_test(test_too_much_to_skip),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
