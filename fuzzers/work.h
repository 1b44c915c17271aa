/* Counting steps: how often any piece of the code that parses and writes was entered. */
#ifndef PARLEY_FUZZERS_WORK_H
#define PARLEY_FUZZERS_WORK_H

#include <stdint.h>

/* fuzz_work returns the steps there have been so far, from the counters that the compiler puts into
 * every branch and loop of harness/wire and harness/tables (-fprofile-instr-generate: see
 * fuzzers.cmake). fuzz_work_counted returns whether there are any. */
uint64_t fuzz_work(void);
int fuzz_work_counted(void);

#endif
