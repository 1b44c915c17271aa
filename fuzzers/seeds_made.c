/* Seeds that nothing else leads to: hellos with more extensions than anybody sends, inner hellos of
 * Encrypted Client Hello. */
#include <string.h>

#include <openssl/bytestring.h>

#include "fuzzers/endpoints.h"
#include "fuzzers/seeds.h"

#define HELLO_MAX 8192

/* begin_hello writes a hello up to its extensions, with |suites| cipher suites. */
static bool begin_hello(CBB *cbb, uint8_t *out, CBB *extensions, uint8_t session_id_length,
                        size_t suites) {
    static const uint8_t random[PARLEY_RANDOM_LENGTH] = {7};
    CBB child;
    bool fine = CBB_init_fixed(cbb, out, HELLO_MAX) && CBB_add_u16(cbb, PARLEY_TLS12) &&
                CBB_add_bytes(cbb, random, sizeof(random)) &&
                CBB_add_u8_length_prefixed(cbb, &child) &&
                CBB_add_bytes(&child, random, session_id_length) &&
                CBB_add_u16_length_prefixed(cbb, &child);
    for (; suites > 0; suites--) {
        fine = fine && CBB_add_u16(&child, 0x1301);
    }
    return fine && CBB_add_u8_length_prefixed(cbb, &child) && CBB_add_u8(&child, 0) &&
           CBB_add_u16_length_prefixed(cbb, extensions);
}

/* A hundred extensions that nobody knows; |twice|: one of them again. */
static void crowded(bool twice) {
    uint8_t hello[HELLO_MAX];
    CBB cbb, list;
    bool fine = begin_hello(&cbb, hello, &list, 0, 1);
    for (uint16_t i = 0; i < 100; i++) {
        fine = fine && CBB_add_u16(&list, (uint16_t)(0x5000 + i)) && CBB_add_u16(&list, 0);
    }
    if (!fine || (twice && !CBB_add_u32(&list, 0x50400000)) || !CBB_flush(&cbb)) {
        seed_impossible("crowded");
    }
    seed_message(PARLEY_MSG_client_hello, (struct parley_bytes){hello, CBB_len(&cbb)});
}

/* EncodedClientHelloInner beside the outer hello of ech_inner.c: |count| |types| of the outer one
 * are referred to, |times| times; an extension of its own, and one that both have. */
static void encoded(uint8_t session_id_length, const uint16_t *types, uint8_t count, unsigned times,
                    uint8_t padding) {
    static const uint8_t own[] = {0, 0x2d, 0, 2, 1, 1}, shared[] = {0, 10, 0, 4, 0, 2, 0, 0x1d};
    uint8_t hello[HELLO_MAX];
    CBB cbb, list;
    bool fine = begin_hello(&cbb, hello, &list, session_id_length, 1) &&
                CBB_add_bytes(&list, own, sizeof(own));
    for (; times > 0; times--) {
        fine = fine && CBB_add_u16(&list, 0xfd00) &&
               CBB_add_u16(&list, (uint16_t)(1 + 2 * count)) &&
               CBB_add_u8(&list, (uint8_t)(2 * count));
        for (uint8_t i = 0; i < count; i++) {
            fine = fine && CBB_add_u16(&list, types[i]);
        }
    }
    fine = fine && (count != 0 || CBB_add_bytes(&list, shared, sizeof(shared)));
    if (!fine || !CBB_flush(&cbb) || !CBB_add_u16(&cbb, padding)) {
        seed_impossible("encoded");
    }
    seed_bytes("ech_inner", (struct parley_bytes){hello, CBB_len(&cbb)});
}

/* What else may come first to a server. */
static void first_words(const void *words, size_t len) {
    for (int row = 0; row < ENDPOINT_COUNT; row++) {
        if (endpoint_rows[row].role == PARLEY_SERVER) {
            (void)seed("", endpoint_rows[row].name, (struct parley_bytes){words, len});
        }
    }
}

static void other_protocols(void) {
    static const char *const requests[] = {"GET / HTTP/1.0\r\n\r\n", "PUT / HTTP/1.1\r\n\r\n",
                                           "CONNECT a:1 HTTP/1.1\r\n\r\n", "SSH-2.0-x\r\n"};
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        first_words(requests[i], strlen(requests[i]));
    }
}

/* A client_hello in the framing of SSL 2.0, and with each byte of its header changed: length, type,
 * version, then the lengths of cipher specs, session id and challenge. */
static void ssl2_hellos(void) {
    enum { HEADER = 11, LENGTH = HEADER + 6 + 32 };
    uint8_t hello[LENGTH] = {0x80, LENGTH - 2, 1, 3,    3,    0, 6, 0,   0,
                             0,    32,         0, 0xc0, 0x2f, 0, 0, 0xff};
    first_words(hello, LENGTH);
    for (size_t at = 0; at < HEADER; at++) {
        hello[at] ^= 0x01;
        first_words(hello, LENGTH);
        hello[at] ^= 0x81;
        first_words(hello, LENGTH);
        hello[at] ^= 0x80;
    }
}

/* Inner hellos that do not fit: |suites|, an extension of |len| bytes, two of the outer one. */
static void oversize(size_t suites, uint16_t len) {
    static const uint8_t references[] = {0xfd, 0, 0, 5, 4, 0, 10, 0, 13};
    uint8_t hello[HELLO_MAX];
    CBB cbb, list;
    bool fine = begin_hello(&cbb, hello, &list, 0, suites) && CBB_add_u16(&list, 0x5000) &&
                CBB_add_u16(&list, len);
    for (; len > 0; len--) {
        fine = fine && CBB_add_u8(&list, 0);
    }
    for (size_t i = 0; i < sizeof(references); i++) {
        fine = fine && CBB_add_u8(&list, references[i]);
    }
    if (!fine || !CBB_flush(&cbb)) {
        seed_impossible("oversize");
    }
    (void)seed("", "ech_inner", (struct parley_bytes){hello, CBB_len(&cbb)});
}

void seeds_made(void) {
    oversize(1500, 0);
    oversize(1, 1950);
    oversize(1, 3000);
    other_protocols();
    ssl2_hellos();
    static const uint16_t in_order[] = {10, 13, 16, 51, 43}, disordered[] = {51, 13},
                          own[] = {0xfe0d};
    crowded(false);
    crowded(true);
    encoded(0, in_order, 0, 0, 0);
    encoded(0, in_order, 5, 1, 0);
    encoded(0, in_order, 0, 1, 0);
    encoded(0, in_order, 2, 2, 0);
    encoded(0, disordered, 2, 1, 0);
    encoded(0, own, 1, 1, 0);
    encoded(1, in_order, 1, 1, 0);
    encoded(0, in_order, 1, 1, 3);
}
