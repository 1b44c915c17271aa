/* A second client_hello that differs from the first where it may, and which PSK and whose
 * certificate a handshake with a hello_retry_request ends up with (RFC 8446 4.1.2, 4.1.4). */
#include <stdio.h>
#include <string.h>

#include "tests/support_refusal.h"

static size_t checked;

#define EXT(name) PARLEY_EXT_CODE_##name

/* ---- What the server takes no notice of ---- */

static void add_unknown(struct duo *d, struct edit *e) {
    (void)d;
    edit_add(e, 0xabcd, (struct parley_bytes){0});
}

static void add_early_data(struct duo *d, struct edit *e) {
    (void)d;
    edit_add(e, EXT(early_data), (struct parley_bytes){0});
}

static void add_padding(struct duo *d, struct edit *e) {
    static const uint8_t zeros[64];
    (void)d;
    edit_add(e, EXT(padding), BYTES_OF(zeros));
}

/* other_order moves an extension before all others. */
static void other_order(struct duo *d, struct edit *e) {
    uint8_t copy[200];
    struct parley_bytes body = edit_get(e, EXT(signature_algorithms));
    (void)d;
    assert_true(body.len <= sizeof(copy));
    memcpy(copy, body.data, body.len);
    body.data = copy;
    edit_remove(e, EXT(signature_algorithms));
    edit_add(e, EXT(signature_algorithms), body);
}

static void test_accepted(void **state) {
    (void)state;
    static duo_rewrite *const rewrites[] = {add_unknown, add_early_data, add_padding, other_order};
    void (*const sets[])(struct duo * d) = {set_retry, set_retry_group};
    for (size_t i = 0; i < COUNT_OF(rewrites) * COUNT_OF(sets) * 2; i++) {
        struct duo *d = duo_new();
        sets[i / 4 % 2](d);
        duo_hooks(d);
        d->chunk = i / 8;
        duo_bend(d, C, PARLEY_MSG_client_hello, 1, rewrites[i % 4]);
        duo_complete(d, false);
        assert_int_equal(d->bend[C].bent, 1);
        assert_true(d->outcome[S].hello_retry);
        duo_echo(d, 100);
        duo_close(d);
        checked++;
        duo_free(d);
    }
}

/* ---- Data behind it ---- */

/* data_behind puts a record of application_data behind the second client_hello. */
static size_t data_behind(struct duo *d, enum parley_role from, uint8_t *bytes, size_t len,
                          size_t cap) {
    static const uint8_t record[PARLEY_RECORD_HEADER + 32] = {23, 3, 3, 0, 32};
    if (from != C || ++d->at != 2) {
        return len;
    }
    assert_true(len + sizeof(record) <= cap);
    memcpy(bytes + len, record, sizeof(record));
    return len + sizeof(record);
}

/* The first flight's 0-RTT data is skipped, but only up to the second hello: what comes then must
 * decrypt, whether that hello offers early_data or not. */
static void test_early_data_behind(void **state) {
    (void)state;
    for (int offered = 0; offered < 2; offered++) {
        struct duo *d = duo_new();
        set_retry(d);
        duo_hooks(d);
        d->tap = data_behind;
        if (offered) {
            duo_bend(d, C, PARLEY_MSG_client_hello, 1, add_early_data);
        }
        duo_refuses(d, S, PARLEY_ALERT_bad_record_mac, PARLEY_ERR_record_decrypt,
                    "0-RTT data behind the second hello");
        checked++;
        duo_free(d);
    }
}

/* ---- PSKs ---- */

static void other_identity(struct duo *d, struct edit *e) {
    size_t len, at = edit_find(e, EXT(pre_shared_key), &len);
    (void)d;
    assert_true(at != 0 && len > 40);
    e->bytes[at + 30] ^= 1; /* within the ticket */
}

/* A ticket that vouches for the client's certificate in the first hello only: the handshake is a
 * full one, and nothing of the session is left. */
static void test_ticket_of_the_first_hello(void **state) {
    (void)state;
    struct duo *d = duo_new();
    set_tls13_auth(d);
    duo_hooks(d);
    duo_full(d, false);
    assert_true(d->outcome[S].peer_verified && d->outcome[S].sigalg_client != 0);
    duo_keep_session(d);
    d->config[S].client_auth = PARLEY_AUTH_NONE;
    d->config[S].hello_retry = true;
    for (int other = 0; other < 2; other++) {
        duo_bend(d, C, PARLEY_MSG_client_hello, 1, other ? other_identity : NULL);
        duo_complete(d, true);
        assert_int_equal(d->outcome[S].resumed, !other);
        assert_int_equal(d->outcome[S].peer_verified, !other);
        assert_int_equal(d->outcome[S].sigalg_client != 0, !other);
        checked++;
    }
    duo_free(d);
}

static const uint8_t identity[] = "identity";
static const uint8_t key[48] = {1, 2, 3};

/* The session's hash is not the retry's, so that the external PSK comes first in the second hello:
 * the server proves its key, not the session's certificate. */
static void test_external_psk_first(void **state) {
    (void)state;
    static const uint16_t sha384 = PARLEY_TLS_AES_256_GCM_SHA384;
    const struct parley_psk psk = {BYTES_OF(identity), BYTES_OF(key), PARLEY_HASH_SHA384};
    struct duo *d = duo_new();
    set_tls13(d);
    duo_full(d, false);
    assert_int_equal(d->outcome[C].suite, PARLEY_TLS_AES_128_GCM_SHA256);
    duo_keep_session(d);
    duo_only(d, PARLEY_TLS13, 0, 0);
    d->config[S].suites = &sha384;
    d->config[S].suite_count = 1;
    d->config[S].psks = d->config[C].psks = &psk;
    d->config[S].psk_count = d->config[C].psk_count = 1;
    for (int retry = 0; retry < 2; retry++) {
        d->config[S].hello_retry = retry;
        duo_complete(d, true);
        for (int role = 0; role < 2; role++) {
            assert_true(d->outcome[role].resumed);
            assert_false(d->outcome[role].peer_verified);
            assert_int_equal(d->outcome[role].sigalg_server, 0);
        }
        checked++;
    }
    duo_free(d);
}

/* RFC 8446 4.2.11: 0-RTT data goes with the first PSK, and with no other. */
static void test_early_data_of_another_psk(void **state) {
    (void)state;
    const struct parley_psk psk = {BYTES_OF(identity), BYTES_OF(key), PARLEY_HASH_SHA256};
    struct duo *d = duo_new();
    set_early(d);
    duo_hooks(d);
    duo_full(d, false);
    duo_keep_session(d);
    d->config[S].ticket_key[0] ^= 1;
    d->config[S].psks = d->config[C].psks = &psk;
    d->config[S].psk_count = d->config[C].psk_count = 1;
    duo_complete(d, true);
    assert_true(d->outcome[C].resumed && !d->outcome[C].early_data_accepted);
    checked++;
    duo_bend(d, S, PARLEY_MSG_encrypted_extensions, 0, add_early_data);
    (void)duo_run(d, true);
    /* Its alert is under the early keys, as if they were accepted. */
    assert_int_equal(d->outcome[C].error, PARLEY_ERR_early_data_psk);
    assert_int_equal(d->outcome[C].alert_sent, PARLEY_ALERT_illegal_parameter);
    checked++;
    duo_free(d);
}

static void test_count(void **state) {
    (void)state;
    print_message("%zu handshakes around a second client_hello checked\n", checked);
    assert_int_equal(checked, 4 * 2 * 2 + 2 + 2 + 2 + 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_early_data_behind),
        cmocka_unit_test(test_ticket_of_the_first_hello),
        cmocka_unit_test(test_external_psk_first),
        cmocka_unit_test(test_early_data_of_another_psk),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
