/* Seeds that have a file of their own; seeds.c calls these. */
#ifndef PARLEY_FUZZERS_SEEDS_H
#define PARLEY_FUZZERS_SEEDS_H

#include "parley/bytes.h"

/* seed_writer keeps |bytes| as a seed of |target|, which must be a string that lives on; |prefix|
 * goes in front of its name. */
typedef void seed_writer(const char *prefix, const char *target, struct parley_bytes bytes);

void seeds_pipe(seed_writer *seed);
void seeds_text(seed_writer *seed);

#endif
