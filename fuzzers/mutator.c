/* The mutator behind the interfaces of libFuzzer and AFL++. FUZZ_SYNTAX, a call that makes a struct
 * parley_syntax, says what a target's inputs are; without it (the shared object, which serves all
 * targets) PARLEY_FUZZ_TARGET of the environment does, with a target's name: a row of messages.def,
 * or "ext_" and a FORM of extensions.def. */
#include "fuzzers/mutator.h"

#include <stdlib.h>
#include <string.h>

#include "fuzzers/afl.h"
#include "parley/mutate.h"

#define PUBLIC __attribute__((visibility("default")))

/* spread makes independent seeds of neighbouring ones. */
static uint32_t spread(uint32_t seed) {
    seed = (seed ^ seed >> 16) * UINT32_C(0x7feb352d);
    seed = (seed ^ seed >> 15) * UINT32_C(0x846ca68b);
    return seed ^ seed >> 16;
}

/* several mutates once, or sometimes up to four times. */
static size_t several(struct parley_syntax syntax, uint8_t *data, size_t size, size_t max_size,
                      uint32_t seed) {
    uint32_t chance = spread(seed);
    uint32_t times = chance % 2 == 0 ? 1 : 1 + chance / 2 % 4;
    for (uint32_t i = 0; i < times; i++) {
        size = parley_mutate(syntax, data, size, max_size, spread(chance + i + 1), NULL);
    }
    return size;
}

#ifdef FUZZ_SYNTAX

#pragma weak LLVMFuzzerMutate

/* One in eight is the engine's: it has the dictionary and the operands of comparisons. */
PUBLIC size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    if (seed % 8 == 0 && LLVMFuzzerMutate != NULL) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    return several(FUZZ_SYNTAX, data, size, max_size, seed);
}

PUBLIC size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                        size_t size2, uint8_t *out, size_t max_out_size,
                                        unsigned seed) {
    struct parley_bytes a = {data1, size1};
    struct parley_bytes b = {data2, size2};
    return parley_crossover(FUZZ_SYNTAX, a, b, out, max_out_size, spread(seed), NULL);
}

#else

struct state {
    struct parley_syntax syntax;
    uint32_t seed;
    struct afl_room room;
};

static bool find(const char *name, struct parley_syntax *out) {
    if (strncmp(name, "ext_", 4) == 0) {
        for (unsigned i = 0; i < PARLEY_FORM_COUNT; i++) {
            if (strcmp(parley_forms[i].name, name + 4) == 0) {
                *out = parley_form_syntax((enum parley_form)i);
                return true;
            }
        }
        return false;
    }
    enum parley_message message = parley_message_by_name(name);
    *out = parley_message_syntax(message);
    return message != PARLEY_MESSAGE_UNKNOWN;
}

PUBLIC void *afl_custom_init(void *afl, unsigned seed) {
    (void)afl;
    const char *name = getenv("PARLEY_FUZZ_TARGET");
    struct parley_syntax syntax;
    if (name == NULL || !find(name, &syntax)) {
        return NULL;
    }
    struct state *s = calloc(1, sizeof(*s));
    if (s != NULL) {
        s->syntax = syntax;
        s->seed = seed;
    }
    return s;
}

/* The input stays as it is; what is returned lives until the next call. */
PUBLIC size_t afl_custom_fuzz(void *state, uint8_t *data, size_t size, uint8_t **out, uint8_t *add,
                              size_t add_size, size_t max_size) {
    struct state *s = state;
    *out = afl_room_of(&s->room, max_size);
    if (*out == NULL) {
        return 0;
    }
    uint32_t seed = spread(s->seed++);
    if (add != NULL && add_size != 0 && seed % 8 == 0) {
        struct parley_bytes a = {data, size};
        struct parley_bytes b = {add, add_size};
        return parley_crossover(s->syntax, a, b, *out, max_size, seed, NULL);
    }
    size_t copied = size < max_size ? size : max_size;
    if (copied != 0) {
        memcpy(*out, data, copied);
    }
    return several(s->syntax, *out, copied, max_size, seed);
}

PUBLIC const char *afl_custom_describe(void *state, size_t max_size) {
    (void)state;
    return max_size > 6 ? "parley" : "";
}

PUBLIC void afl_custom_deinit(void *state) {
    struct state *s = state;
    free(s->room.bytes);
    free(s);
}

#endif
