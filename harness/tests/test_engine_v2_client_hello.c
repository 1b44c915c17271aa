/* The client_hello in the framing of SSL 2.0 (RFC 5246 E.2): whole handshakes that begin with one,
 * and what of it is refused. */
#include <stdio.h>
#include <string.h>

#include "engine/inside.h"
#include "tests/support_duo.h"

static size_t completed, refused;

static struct {
    size_t challenge; /* length */
    bool sent;
    unsigned told; /* messages of this kind that the server's observer saw */
} now;

static void put16(uint8_t *at, size_t value) {
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

/* v2_message writes a hello for one suite of TLS and one of SSL 2.0 with |challenge|, and returns
 * its length. */
static size_t v2_message(uint8_t *out, uint16_t suite, struct parley_bytes challenge) {
    const uint8_t specs[] = {1, 0, 0x80, 0, (uint8_t)(suite >> 8), (uint8_t)suite};
    out[0] = 1;
    put16(out + 1, PARLEY_TLS12);
    put16(out + 3, sizeof(specs));
    put16(out + 5, 0);
    put16(out + 7, challenge.len);
    memcpy(out + 9, specs, sizeof(specs));
    memcpy(out + 9 + sizeof(specs), challenge.data, challenge.len);
    return 9 + sizeof(specs) + challenge.len;
}

/* into_v2 makes the client's hello one of SSL 2.0 before it enters the client's transcript. */
static void into_v2(struct duo *d, struct edit *e) {
    uint8_t challenge[64];
    uint8_t *random = d->engine[PARLEY_CLIENT]->client_random;
    size_t len = now.challenge < PARLEY_RANDOM_LENGTH ? now.challenge : PARLEY_RANDOM_LENGTH;
    memset(challenge, 0x77, sizeof(challenge));
    memset(random, 0, PARLEY_RANDOM_LENGTH - len);
    memcpy(challenge, random + PARLEY_RANDOM_LENGTH - len, len);
    e->len = v2_message(e->bytes, PARLEY_TLS_RSA_WITH_AES_128_GCM_SHA256,
                        (struct parley_bytes){challenge, now.challenge});
}

/* reframe puts the length of SSL 2.0 in the place of the record header. */
static size_t reframe(struct duo *d, enum parley_role from, uint8_t *bytes, size_t len,
                      size_t cap) {
    (void)d;
    (void)cap;
    if (from == PARLEY_SERVER || now.sent) {
        return len;
    }
    now.sent = true;
    size_t body = len - PARLEY_RECORD_HEADER;
    memmove(bytes + 2, bytes + PARLEY_RECORD_HEADER, body);
    put16(bytes, 0x8000 | body);
    return 2 + body;
}

static void watch(void *arg, const struct parley_event *event) {
    (void)arg;
    if (event->kind == PARLEY_EVENT_MESSAGE_IN && event->message == PARLEY_MSG_v2_client_hello) {
        assert_int_equal(event->bytes.data[0], 1);
        assert_int_equal(event->bytes.len, 15 + now.challenge);
        now.told++;
    }
}

static struct duo *v2_pair(void) {
    struct duo *d = duo_new();
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_RSA_WITH_AES_128_GCM_SHA256, 0);
    d->config[PARLEY_SERVER].min_version = 0;
    d->config[PARLEY_SERVER].max_version = 0;
    d->config[PARLEY_SERVER].v2_client_hello = true;
    duo_certificate(d, PARLEY_SERVER, "server-rsa");
    return d;
}

static void test_whole_handshakes(void **state) {
    static const size_t challenges[] = {16, 17, 31, 32, 33, 48};
    (void)state;
    struct duo *d = v2_pair();
    duo_hooks(d);
    d->config[PARLEY_SERVER].hooks.observe = watch;
    d->tap = reframe;
    duo_bend(d, PARLEY_CLIENT, PARLEY_MSG_client_hello, 0, into_v2);
    for (size_t i = 0; i < COUNT_OF(challenges) * 2; i++) {
        now.challenge = challenges[i / 2];
        now.sent = false;
        now.told = 0;
        d->chunk = i % 2;
        d->seed++;
        duo_full(d, false);
        assert_int_equal(now.told, 1);
        assert_int_equal(d->outcome[PARLEY_SERVER].version, PARLEY_TLS12);
        completed++;
    }
    duo_free(d);
}

/* refuses gives a server |bytes| as the first of a connection, whole and bytewise. */
static void refuses(struct duo *d, enum parley_role who, struct parley_bytes bytes,
                    enum parley_error error) {
    for (size_t step = 1; step <= bytes.len; step += bytes.len - 1) {
        duo_start(d, false);
        for (size_t at = 0; at < bytes.len; at += step) {
            size_t len = bytes.len - at < step ? bytes.len - at : step;
            (void)parley_engine_push(d->engine[who], bytes.data + at, len);
        }
        struct parley_outcome outcome;
        parley_engine_outcome(d->engine[who], &outcome);
        if (outcome.error != error || outcome.alert_sent != parley_error_alert(error)) {
            fail_msg("%s, not %s", parley_error_name(outcome.error), parley_error_name(error));
        }
        refused++;
    }
}

static void test_framing(void **state) {
    (void)state;
    static const uint8_t too_long[] = {0x90, 0x01, 1, 3, 3}, too_short[] = {0x80, 8, 1, 3, 3},
                         empty[] = {0x80, 0, 1, 3, 3}, ssl2[] = {0x80, 31, 1, 0, 2},
                         ssl4[] = {0x80, 31, 1, 4, 0}, padded[] = {0x00, 31, 0, 1, 3},
                         type[] = {0x80, 31, 2, 3, 3};
    struct duo *d = v2_pair();
    refuses(d, PARLEY_SERVER, BYTES_OF(too_long), PARLEY_ERR_record_overflow);
    refuses(d, PARLEY_SERVER, BYTES_OF(too_short), PARLEY_ERR_length_out_of_range);
    refuses(d, PARLEY_SERVER, BYTES_OF(empty), PARLEY_ERR_length_out_of_range);
    refuses(d, PARLEY_SERVER, BYTES_OF(ssl2), PARLEY_ERR_not_tls);
    refuses(d, PARLEY_SERVER, BYTES_OF(ssl4), PARLEY_ERR_not_tls);
    refuses(d, PARLEY_SERVER, BYTES_OF(padded), PARLEY_ERR_not_tls);
    refuses(d, PARLEY_SERVER, BYTES_OF(type), PARLEY_ERR_not_tls);
    duo_free(d);
}

/* What is well framed, and wrong within, or not wanted here. */
static void test_contents(void **state) {
    (void)state;
    static const uint8_t challenge[32] = {9}, warning[] = {21, 3, 1, 0, 2, 1, 30};
    uint8_t bytes[128], late[160];
    struct duo *d = v2_pair();
    size_t len = v2_message(bytes + 2, PARLEY_TLS_RSA_WITH_AES_128_GCM_SHA256, BYTES_OF(challenge));
    put16(bytes, 0x8000 | len);
    struct parley_bytes hello = {bytes, 2 + len};
    /* Not the first record, not a server, not asked for. */
    memcpy(late, warning, sizeof(warning));
    memcpy(late + sizeof(warning), bytes, hello.len);
    refuses(d, PARLEY_SERVER, (struct parley_bytes){late, sizeof(warning) + hello.len},
            PARLEY_ERR_record_version);
    refuses(d, PARLEY_CLIENT, hello, PARLEY_ERR_not_tls);
    d->config[PARLEY_CLIENT].v2_client_hello = true;
    refuses(d, PARLEY_CLIENT, hello, PARLEY_ERR_not_tls);
    d->config[PARLEY_SERVER].v2_client_hello = false;
    refuses(d, PARLEY_SERVER, hello, PARLEY_ERR_not_tls);
    d->config[PARLEY_SERVER].v2_client_hello = true;
    /* RFC 8446 D.5: TLS 1.3 is never negotiated by one. */
    d->config[PARLEY_SERVER].min_version = PARLEY_TLS13;
    refuses(d, PARLEY_SERVER, hello, PARLEY_ERR_no_shared_version);
    d->config[PARLEY_SERVER].min_version = 0;
    bytes[4] = 2;
    refuses(d, PARLEY_SERVER, hello, PARLEY_ERR_no_shared_version);
    bytes[4] = 3;
    /* Nothing but SSL 2.0's own ciphers; a challenge that ends too late, or too soon. */
    bytes[14] = 1;
    refuses(d, PARLEY_SERVER, hello, PARLEY_ERR_no_shared_suite);
    bytes[14] = 0;
    bytes[10] = 33;
    refuses(d, PARLEY_SERVER, hello, PARLEY_ERR_truncated);
    bytes[10] = 31;
    refuses(d, PARLEY_SERVER, hello, PARLEY_ERR_trailing_bytes);
    duo_free(d);
}

static void test_count(void **state) {
    (void)state;
    print_message("%zu handshakes begun as in SSL 2.0, %zu refused\n", completed, refused);
    assert_int_equal(completed, 12);
    assert_int_equal(refused, 32);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_handshakes),
        cmocka_unit_test(test_framing),
        cmocka_unit_test(test_contents),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests_name("engine_v2_client_hello", tests, NULL, NULL);
}
