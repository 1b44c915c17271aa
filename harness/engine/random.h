/* Randomness as it is handed to the engine: nothing below the engine draws its own. */
#ifndef PARLEY_ENGINE_RANDOM_H
#define PARLEY_ENGINE_RANDOM_H

#include "parley/engine.h"

static inline void random_fill(const struct parley_random *r, uint8_t *out, size_t len) {
    r->fill(r->arg, out, len);
}

#endif
