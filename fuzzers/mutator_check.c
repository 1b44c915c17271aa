/* Drives the mutator as fuzzing engines do: libFuzzer's calls with FUZZ_SYNTAX, AFL++'s without.
 * Exit status 0 if the mutants are within their bounds, and most of them new. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzzers/mutator.h"

#define ROUNDS 20000

/* key_share_offer: one share of two bytes. */
static uint8_t input[] = {0, 6, 0, 29, 0, 2, 1, 2};

static int done(unsigned differing, const char *what) {
    printf("%s: %u of %d differ\n", what, differing, ROUNDS);
    return differing > ROUNDS / 2 ? 0 : 1;
}

static unsigned differs(const uint8_t *data, size_t size) {
    return size != sizeof(input) || memcmp(data, input, size) != 0 ? 1 : 0;
}

#ifdef FUZZ_SYNTAX
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) {
    if (size < max_size) {
        data[size++] = 0;
    }
    return size;
}

int main(void) {
    unsigned differing = 0;
    for (unsigned seed = 0; seed < ROUNDS; seed++) {
        uint8_t data[64];
        uint8_t out[64];
        memcpy(data, input, sizeof(input));
        size_t size = LLVMFuzzerCustomMutator(data, sizeof(input), sizeof(data), seed);
        if (size > sizeof(data) || LLVMFuzzerCustomCrossOver(input, sizeof(input), data, size, out,
                                                             sizeof(out), seed) > sizeof(out)) {
            return 1;
        }
        differing += differs(data, size);
    }
    return done(differing, "libFuzzer");
}
#else
int main(void) {
    if (setenv("PARLEY_FUZZ_TARGET", "no_such_target", 1) != 0 ||
        afl_custom_init(NULL, 1) != NULL ||
        setenv("PARLEY_FUZZ_TARGET", "ext_key_share_offer", 1) != 0) {
        return 1;
    }
    void *state = afl_custom_init(NULL, 1);
    if (state == NULL) {
        return 1;
    }
    unsigned differing = 0;
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint8_t add[] = {0, 7, 0, 23, 0, 3, 4, 5, 6};
        uint8_t *out = NULL;
        size_t size = afl_custom_fuzz(state, input, sizeof(input), &out, i % 2 == 0 ? add : NULL,
                                      i % 2 == 0 ? sizeof(add) : 0, 32 + i % 64);
        if (size > 32 + i % 64 || out == NULL) {
            return 1;
        }
        differing += differs(out, size);
    }
    afl_custom_deinit(state);
    return done(differing, "AFL++");
}
#endif
