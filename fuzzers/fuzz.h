/* A fuzz target: what every source in this folder defines, or is handed.
 *
 * entry.c makes LLVMFuzzerInitialize and LLVMFuzzerTestOneInput of the one |fuzz_target| that a
 * program is linked with; a fuzzing engine, or runner.c, calls those. */
#ifndef PARLEY_FUZZERS_FUZZ_H
#define PARLEY_FUZZERS_FUZZ_H

#include "parley/oracle.h"

/* fuzz_target: |start| runs once and may be NULL, |run| once per input. */
struct fuzz_target {
    const char *name;
    void (*start)(void);
    void (*run)(struct parley_bytes in);
};
extern const struct fuzz_target fuzz_target;

/* fuzz_fail ends the program, saying which oracle of |fuzz_target| found |what|. */
void fuzz_fail(const char *oracle, const char *what, struct parley_bytes in);

/* The interface of fuzzing engines. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
