/* Randomness as it is handed to the engine: nothing below the engine draws its own. */
#ifndef PARLEY_ENGINE_RANDOM_H
#define PARLEY_ENGINE_RANDOM_H

#include "parley/engine.h"

static inline void random_fill(const struct parley_random *r, uint8_t *out, size_t len) {
    r->fill(r->arg, out, len);
}

/* random_uint32 draws four bytes, the same number on machines of either byte order. */
static inline uint32_t random_uint32(const struct parley_random *r) {
    uint8_t b[4];
    random_fill(r, b, sizeof(b));
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

#endif
