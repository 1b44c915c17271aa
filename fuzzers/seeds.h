/* Seeds that have a file of their own; seeds.c calls these. */
#ifndef PARLEY_FUZZERS_SEEDS_H
#define PARLEY_FUZZERS_SEEDS_H

#include "parley/bytes.h"

/* seed_writer keeps |bytes| as a seed of |target|, which must be a string that lives on; |prefix|
 * goes in front of its name. */
typedef void seed_writer(const char *prefix, const char *target, struct parley_bytes bytes);

void seeds_pipe(seed_writer *seed);
void seeds_text(seed_writer *seed);

/* seeds_diff keeps certificates and the first flights of other clients, seeds_diff_hello a
 * client_hello of ours, without header, for the targets diff_client_hello_*. */
void seeds_diff(seed_writer *seed);
void seeds_diff_hello(seed_writer *seed, struct parley_bytes hello);

#endif
