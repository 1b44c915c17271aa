/* The two sources of randomness that Parley offers: a seeded one and the kernel's. */
#include "engine/random.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <openssl/chacha.h>
#include <openssl/sha.h>

#define BLOCK 64 /* of ChaCha20 */

static void put_le64(uint8_t out[8], uint64_t v) {
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(v >> (8 * i));
    }
}

void parley_seeded_init(struct parley_seeded *s, uint64_t seed, uint64_t stream) {
    uint8_t in[16];
    put_le64(in, seed);
    put_le64(in + 8, stream);
    SHA256(in, sizeof(in), s->key);
    s->position = 0;
}

/* keystream writes |len| bytes from the start of block |block| on. The counter of ChaCha20 has 32
 * bits; the block's upper 32 bits go into the nonce. */
static void keystream(const struct parley_seeded *s, uint64_t block, uint8_t *out, size_t len) {
    memset(out, 0, len);
    while (len > 0) {
        uint32_t counter = (uint32_t)block;
        uint64_t until_wrap = ((UINT64_C(1) << 32) - counter) * BLOCK;
        size_t take = len < until_wrap ? len : (size_t)until_wrap;
        uint8_t nonce[12] = {0};
        put_le64(nonce, block >> 32);
        CRYPTO_chacha_20(out, out, take, s->key, nonce, counter);
        out += take;
        len -= take;
        block += take / BLOCK;
    }
}

/* seeded_fill hands out the bytes at |position|, which need not be at a block's start. */
static void seeded_fill(void *arg, uint8_t *out, size_t len) {
    struct parley_seeded *s = arg;
    size_t skip = (size_t)(s->position % BLOCK);
    uint64_t block = s->position / BLOCK;
    s->position += len;
    if (skip > 0) {
        uint8_t first[BLOCK];
        size_t take = BLOCK - skip < len ? BLOCK - skip : len;
        keystream(s, block, first, skip + take);
        memcpy(out, first + skip, take);
        out += take;
        len -= take;
        block++;
    }
    if (len > 0) {
        keystream(s, block, out, len);
    }
}

struct parley_random parley_seeded_random(struct parley_seeded *s) {
    return (struct parley_random){seeded_fill, s};
}

/* system_fill aborts if the kernel has no randomness: there is nothing sensible to go on with. */
static void system_fill(void *arg, uint8_t *out, size_t len) {
    (void)arg;
    while (len > 0) {
        ssize_t n = getrandom(out, len, 0);
        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }
            abort();
        }
        out += n;
        len -= (size_t)n;
    }
}

struct parley_random parley_system_random(void) {
    return (struct parley_random){system_fill, NULL};
}
