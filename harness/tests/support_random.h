/* Randomness for tests: the same in every run, as no test may depend on chance. */
#ifndef PARLEY_TESTS_SUPPORT_RANDOM_H
#define PARLEY_TESTS_SUPPORT_RANDOM_H

#include "parley/engine.h"

/* test_random starts the source called |stream| anew; valid until the next call. */
static inline struct parley_random test_random(uint64_t stream) {
    static struct parley_seeded seeded;
    parley_seeded_init(&seeded, 8448, stream);
    return parley_seeded_random(&seeded);
}

#endif
