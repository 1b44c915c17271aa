/* Certificate compression (RFC 8879): with mock algorithms, in both directions and after the
 * handshake, and what must be refused. */
#include <string.h>

#include "tests/support_refusal.h"

/* The mock algorithms put their code in front. */
static size_t mark(uint16_t code, struct parley_bytes in, uint8_t *out, size_t cap) {
    if (in.len + 2 > cap) {
        return 0;
    }
    out[0] = (uint8_t)(code >> 8);
    out[1] = (uint8_t)code;
    memcpy(out + 2, in.data, in.len);
    return in.len + 2;
}

static size_t unmark(uint16_t code, struct parley_bytes in, uint8_t *out, size_t cap) {
    if (in.len < 2 || (in.data[0] << 8 | in.data[1]) != code || in.len - 2 > cap) {
        return 0;
    }
    memcpy(out, in.data + 2, in.len - 2);
    return in.len - 2;
}

static size_t pack(void *arg, struct parley_bytes in, uint8_t *out, size_t cap) {
    return mark(*(const uint16_t *)arg, in, out, cap);
}
static size_t unpack(void *arg, struct parley_bytes in, uint8_t *out, size_t cap) {
    return unmark(*(const uint16_t *)arg, in, out, cap);
}
static size_t no(void *arg, struct parley_bytes in, uint8_t *out, size_t cap) {
    (void)arg;
    (void)in;
    (void)out;
    (void)cap;
    return 0;
}

static uint16_t first = 0xff02, second = 0xff01;
static const struct parley_compression both[] = {{0xff02, pack, unpack, &first},
                                                 {0xff01, pack, unpack, &second}};
static const struct parley_compression one[] = {{0xff01, pack, unpack, &second}};
static const struct parley_compression sends_only[] = {{0xff02, pack, NULL, &first}};
static const struct parley_compression takes_only[] = {{0xff02, NULL, unpack, &first}};
static const struct parley_compression fails[] = {{0xff02, no, no, NULL}};

/* ---- What is negotiated ---- */

static unsigned compressed, plain;
static uint16_t seen;

static void count(void *arg, const struct parley_event *event) {
    (void)arg;
    if (event->kind != PARLEY_EVENT_MESSAGE_IN) {
        return;
    }
    if (event->message == PARLEY_MSG_compressed_certificate) {
        compressed++;
        seen = (uint16_t)(event->bytes.data[4] << 8 | event->bytes.data[5]);
    }
    plain += event->message == PARLEY_MSG_certificate_tls13 ||
             event->message == PARLEY_MSG_certificate_tls12;
}

#define LIST(list) (list), COUNT_OF(list)

static const struct negotiation {
    uint16_t version;
    const struct parley_compression *server;
    size_t server_count;
    const struct parley_compression *client;
    size_t client_count;
    unsigned compressed; /* of two certificates */
    uint16_t code;
} negotiations[] = {
    {PARLEY_TLS13, NULL, 0, NULL, 0, 0, 0},
    {PARLEY_TLS13, LIST(both), NULL, 0, 0, 0},
    {PARLEY_TLS13, NULL, 0, LIST(both), 0, 0},
    {PARLEY_TLS13, LIST(both), LIST(both), 2, 0xff02},
    {PARLEY_TLS13, LIST(both), LIST(one), 2, 0xff01},
    {PARLEY_TLS13, LIST(one), LIST(takes_only), 0, 0},
    {PARLEY_TLS13, LIST(sends_only), LIST(takes_only), 1, 0xff02},
    {PARLEY_TLS13, LIST(takes_only), LIST(sends_only), 1, 0xff02},
    {PARLEY_TLS13, LIST(sends_only), LIST(sends_only), 0, 0},
    {PARLEY_TLS12, LIST(both), LIST(both), 0, 0},
};

static void set_lists(struct duo *d, const struct negotiation *n) {
    d->config[PARLEY_SERVER].compressions = n->server;
    d->config[PARLEY_SERVER].compression_count = n->server_count;
    d->config[PARLEY_CLIENT].compressions = n->client;
    d->config[PARLEY_CLIENT].compression_count = n->client_count;
}

static void test_negotiations(void **state) {
    (void)state;
    struct duo *d = duo_new();
    duo_certificate(d, PARLEY_CLIENT, "client-ecdsa-p256");
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
    d->config[PARLEY_SERVER].hooks.observe = d->config[PARLEY_CLIENT].hooks.observe = count;
    for (size_t i = 0; i < COUNT_OF(negotiations); i++) {
        const struct negotiation *n = &negotiations[i];
        for (int retry = 0; retry < 2; retry++) {
            duo_only(d, n->version, 0, 0);
            set_lists(d, n);
            d->config[PARLEY_SERVER].hello_retry = retry && n->version == PARLEY_TLS13;
            compressed = plain = seen = 0;
            duo_full(d, false);
            assert_int_equal(compressed, n->compressed);
            assert_int_equal(plain, 2 - n->compressed);
            assert_int_equal(seen, n->code);
            /* Resumption has no certificates. */
            duo_keep_session(d);
            compressed = plain = 0;
            duo_full(d, true);
            assert_int_equal(compressed + plain, 0);
        }
    }
    duo_free(d);
}

static void test_post_handshake(void **state) {
    (void)state;
    struct duo *d = duo_new();
    duo_only(d, PARLEY_TLS13, 0, 0);
    set_lists(d, &negotiations[3]);
    duo_certificate(d, PARLEY_CLIENT, "client-ecdsa-p256");
    d->config[PARLEY_CLIENT].post_handshake_auth = true;
    duo_complete(d, false);
    d->config[PARLEY_SERVER].hooks.observe = count;
    compressed = 0;
    assert_true(parley_engine_request_certificate(d->engine[PARLEY_SERVER]));
    assert_true(duo_settle(d));
    assert_int_equal(compressed, 1);
    assert_true(d->outcome[PARLEY_SERVER].peer_verified);
    duo_echo(d, 100);
    duo_free(d);
}

static void test_failing_sender(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const struct negotiation n = {PARLEY_TLS13, LIST(fails), LIST(both), 0, 0};
    duo_only(d, PARLEY_TLS13, 0, 0);
    set_lists(d, &n);
    duo_refuses(d, PARLEY_SERVER, PARLEY_ALERT_internal_error, PARLEY_ERR_compression_failed,
                "a compression that fails");
    duo_free(d);
}

/* ---- What is refused ---- */

static void set_both(struct duo *d) {
    set_tls13(d);
    set_lists(d, &negotiations[3]);
}

static void set_client_fails(struct duo *d) {
    static const struct negotiation n = {PARLEY_TLS13, LIST(both), LIST(fails), 0, 0};
    set_tls13(d);
    set_lists(d, &n);
}

static void set_client_small(struct duo *d) {
    set_both(d);
    d->config[PARLEY_CLIENT].max_certificate = 100;
}

/* The client's offer is taken away, so that nobody but the server thinks of compression. */
static void set_server_only(struct duo *d) {
    set_both(d);
    d->config[PARLEY_CLIENT].compression_count = 0;
}

static void set_auth(struct duo *d) {
    set_both(d);
    duo_certificate(d, PARLEY_CLIENT, "client-ecdsa-p256");
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
}

/* An empty Certificate in compressed form; then one with garbage in it. */
static void empty_certificate(struct duo *d, struct edit *e) {
    static const uint8_t body[] = {0xff, 0x02, 0, 0, 4, 0, 0, 6, 0xff, 0x02, 0, 0, 0, 0};
    (void)d;
    edit_splice(e, PARLEY_HANDSHAKE_HEADER, e->len - PARLEY_HANDSHAKE_HEADER, BYTES_OF(body));
}

static void cut_certificate(struct duo *d, struct edit *e) {
    static const uint8_t body[] = {0xff, 0x02, 0, 0, 4, 0, 0, 6, 0xff, 0x02, 0, 0, 0, 9};
    (void)d;
    edit_splice(e, PARLEY_HANDSHAKE_HEADER, e->len - PARLEY_HANDSHAKE_HEADER, BYTES_OF(body));
}

#define EXT(name) PARLEY_EXT_CODE_##name

static const struct refusal rows[] = {
    {"an algorithm that was not offered", set_both, OF(S, compressed_certificate), PUT(0, "0001"),
     REFUSES(C, illegal_parameter, unknown_compression)},
    {"a length that is too long", set_both, OF(S, compressed_certificate), PUT(2, "100000"),
     REFUSES(C, bad_certificate, uncompressed_too_long)},
    {"a length beyond the limit", set_client_small, OF(S, compressed_certificate), PUT(2, "000065"),
     REFUSES(C, bad_certificate, uncompressed_too_long)},
    {"a length that is one too long", set_both, OF(S, compressed_certificate), FLIP(4),
     REFUSES(C, bad_certificate, bad_compressed_certificate)},
    {"a length of nothing", set_both, OF(S, compressed_certificate), PUT(2, "000000"),
     REFUSES(C, bad_certificate, bad_compressed_certificate)},
    {"bytes that do not decompress", set_both, OF(S, compressed_certificate), PUT(8, "00"),
     REFUSES(C, bad_certificate, bad_compressed_certificate)},
    {"a decompression that fails", set_client_fails, NOTHING,
     REFUSES(C, bad_certificate, bad_compressed_certificate)},
    {"a compressed empty list", set_both, OF(S, compressed_certificate), CALL(empty_certificate),
     REFUSES(C, decode_error, empty_certificate)},
    {"a compressed message that ends early", set_both, OF(S, compressed_certificate),
     CALL(cut_certificate), REFUSES(C, decode_error, truncated)},
    {"a client's bytes that do not decompress", set_auth, OF(C, compressed_certificate),
     PUT(8, "00"), REFUSES(S, bad_certificate, bad_compressed_certificate)},
    {"a compressed certificate that nobody offered to take", set_server_only, OF(C, client_hello),
     SET(EXT(compress_certificate), "02ff02"), REFUSES(C, unexpected_message, unexpected_message)},
    {"an algorithm offered twice", set_both, OF(C, client_hello),
     SET(EXT(compress_certificate), "06ff02ff01ff02"),
     REFUSES(S, illegal_parameter, duplicate_compression)},
    {"the same, where nothing is configured", set_tls13, OF(C, client_hello),
     SET(EXT(compress_certificate), "0400010001"),
     REFUSES(S, illegal_parameter, duplicate_compression)},
    {"the same, TLS 1.2", set_tls12, OF(C, client_hello),
     SET(EXT(compress_certificate), "0400010001"),
     REFUSES(S, illegal_parameter, duplicate_compression)},
    {"the same from the server", set_auth, OF(S, certificate_request_tls13),
     SET(EXT(compress_certificate), "0400010001"),
     REFUSES(C, illegal_parameter, duplicate_compression)},
};

static void test_refusals(void **state) {
    (void)state;
    assert_int_equal(refuse_all(rows, COUNT_OF(rows)), 2 * COUNT_OF(rows));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_negotiations),
        cmocka_unit_test(test_post_handshake),
        cmocka_unit_test(test_failing_sender),
        cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
