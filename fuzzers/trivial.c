/* A target that does nothing: what the fuzzing engine itself costs. */
#include "fuzzers/fuzz.h"

static void run(struct parley_bytes in) {
    (void)in;
}

const struct fuzz_target fuzz_target = {FUZZ_NAME, NULL, run};
