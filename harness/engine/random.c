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

/* refill computes the buffer that |position| lies in. The counter of ChaCha20 has 32 bits; the
 * upper bits of the block number go into the nonce. */
static void refill(struct parley_seeded *s) {
    uint64_t block = s->position / BLOCK;
    uint8_t nonce[12] = {0};
    put_le64(nonce, block >> 32);
    memset(s->buffer, 0, sizeof(s->buffer));
    CRYPTO_chacha_20(s->buffer, s->buffer, sizeof(s->buffer), s->key, nonce, (uint32_t)block);
}

static void seeded_fill(void *arg, uint8_t *out, size_t len) {
    struct parley_seeded *s = arg;
    while (len > 0) {
        size_t at = (size_t)(s->position % sizeof(s->buffer));
        size_t take = sizeof(s->buffer) - at < len ? sizeof(s->buffer) - at : len;
        if (at == 0) {
            refill(s);
        }
        memcpy(out, s->buffer + at, take);
        s->position += take;
        out += take;
        len -= take;
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
