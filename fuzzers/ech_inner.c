/* EncodedClientHelloInner (RFC 9849 5.1), beside one outer client_hello. What comes out is a
 * client_hello of bounded length with the outer session id; made compact again, it either cannot be
 * (its order is not the outer one's) or stands for the same bytes. */
#include "wire/ech_inner.h"

#include <string.h>

#include "fuzzers/fuzz.h"

#define INPUT_MAX 8192
#define OUTPUT_MAX 2048 /* less, so that it can be full */

/* The outer hello, as far as it matters: a session id, and what inner hellos may refer to. */
static const uint8_t session_id[PARLEY_SESSION_ID_MAX] = {1, 2, 3};
static const uint8_t outer_extensions[] = {
    0x00, 0x00, 0x00, 0x08, 0x00, 0x06, 0x00, 0x00, 0x03, 'a',  '.',  'b', /* server_name */
    0x00, 0x0a, 0x00, 0x04, 0x00, 0x02, 0x00, 0x1d,                        /* supported_groups */
    0x00, 0x0d, 0x00, 0x04, 0x00, 0x02, 0x08, 0x07,                   /* signature_algorithms */
    0x00, 0x10, 0x00, 0x05, 0x00, 0x03, 0x02, 'h',  '2',              /* ALPN */
    0x00, 0x33, 0x00, 0x07, 0x00, 0x05, 0x00, 0x1d, 0x00, 0x01, 0x09, /* key_share */
    0x00, 0x2b, 0x00, 0x03, 0x02, 0x03, 0x04,                         /* supported_versions */
    0xfe, 0x0d, 0x00, 0x00,                                           /* its own */
};

/* A buffer and what is in it. */
struct output {
    uint8_t bytes[OUTPUT_MAX];
    size_t len;
};

static bool decode(struct parley_bytes in, struct output *out) {
    struct parley_client_hello outer = {.legacy_session_id = {session_id, sizeof(session_id)}};
    outer.extensions.raw = (struct parley_bytes){outer_extensions, sizeof(outer_extensions)};
    CBB cbb;
    bool fine = CBB_init_fixed(&cbb, out->bytes, sizeof(out->bytes)) &&
                parley_ech_decode_inner(&cbb, in, &outer) == PARLEY_OK;
    out->len = fine ? CBB_len(&cbb) : 0;
    return fine;
}

/* Takes |m|, a hello without header, apart: the length up to its extensions, and those. */
static bool split(struct parley_bytes m, size_t *before, struct parley_bytes *extensions) {
    CBS in, part;
    CBS_init(&in, m.data, m.len);
    if (!CBS_skip(&in, 2 + PARLEY_RANDOM_LENGTH) || !CBS_get_u8_length_prefixed(&in, &part) ||
        !CBS_get_u16_length_prefixed(&in, &part) || !CBS_get_u8_length_prefixed(&in, &part)) {
        return false;
    }
    *before = m.len - CBS_len(&in);
    if (!CBS_get_u16_length_prefixed(&in, &part)) {
        return false;
    }
    *extensions = (struct parley_bytes){CBS_data(&part), CBS_len(&part)};
    return true;
}

static struct parley_bytes body_of(const struct output *hello) {
    return (struct parley_bytes){hello->bytes + PARLEY_HANDSHAKE_HEADER,
                                 hello->len - PARLEY_HANDSHAKE_HEADER};
}

/* |hello| came out of |in|: makes it compact, decodes that, and compares with it in order. */
static void again(struct parley_bytes in, const struct output *hello) {
    static struct output compact, ordered, second;
    static const struct parley_bytes outer = {outer_extensions, sizeof(outer_extensions)};
    size_t before = 0, ignored = 0;
    struct parley_bytes unused = {NULL, 0}, inner = {NULL, 0}, result = {NULL, 0};
    CBB cbb, list;
    if (!split(in, &before, &unused) || !split(body_of(hello), &ignored, &inner)) {
        fuzz_fail("shape", "accepted, but it is no hello", in);
    }
    if (!CBB_init_fixed(&cbb, compact.bytes, sizeof(compact.bytes)) ||
        !CBB_add_bytes(&cbb, in.data, before) || !CBB_add_u16_length_prefixed(&cbb, &list) ||
        !parley_ech_compress_inner(&list, inner, outer) || !CBB_flush(&cbb)) {
        return; /* too many to refer to */
    }
    compact.len = CBB_len(&cbb);
    if (!CBB_init_fixed(&cbb, ordered.bytes, sizeof(ordered.bytes)) ||
        !parley_ech_order_inner(&cbb, inner, outer)) {
        fuzz_fail("order", "more than there was", in);
    }
    ordered.len = CBB_len(&cbb);
    if (!decode((struct parley_bytes){compact.bytes, compact.len}, &second)) {
        return;
    }
    if (!split(body_of(&second), &ignored, &result) || result.len != ordered.len ||
        memcmp(result.data, ordered.bytes, result.len) != 0) {
        fuzz_fail("round trip", "made compact, it stands for something else", in);
    }
}

static void run(struct parley_bytes in) {
    static struct output hello;
    if (in.len > INPUT_MAX || !decode(in, &hello)) {
        return;
    }
    const uint8_t *h = hello.bytes;
    if (hello.len >
        PARLEY_HANDSHAKE_HEADER + in.len + sizeof(session_id) + sizeof(outer_extensions)) {
        fuzz_fail("length", "longer than both together", in);
    }
    if (h[0] != parley_messages[PARLEY_MSG_client_hello].type ||
        ((size_t)h[1] << 16 | (size_t)h[2] << 8 | h[3]) != hello.len - PARLEY_HANDSHAKE_HEADER) {
        fuzz_fail("header", "not that of a client_hello of this length", in);
    }
    again(in, &hello);
}

const struct fuzz_target fuzz_target = {FUZZ_NAME, NULL, run};
