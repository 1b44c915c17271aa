/* What fuzzing engines ask of a mutator: libFuzzer's and AFL++'s interfaces to parley/mutate.h. */
#ifndef PARLEY_FUZZERS_MUTATOR_H
#define PARLEY_FUZZERS_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/* libFuzzer; LLVMFuzzerMutate is the engine's own, and mixed in where there is one. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out_size, unsigned seed);

/* AFL++ (AFL_CUSTOM_MUTATOR_LIBRARY). afl_custom_init returns NULL, which ends afl-fuzz, if it is
 * not told what to mutate or memory runs out. */
void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *state, uint8_t *data, size_t size, uint8_t **out, uint8_t *add,
                       size_t add_size, size_t max_size);
const char *afl_custom_describe(void *state, size_t max_size);
void afl_custom_deinit(void *state);

#endif
