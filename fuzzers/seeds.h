/* What makes the seeds of the corpora. Same build, same bytes. */
#ifndef PARLEY_FUZZERS_SEEDS_H
#define PARLEY_FUZZERS_SEEDS_H

#include <stdbool.h>

#include "parley/bytes.h"

/* seed writes |bytes| as a seed of the target |prefix||target|, a string that lives on. False: it
 * was there already, or the target has enough. */
bool seed(const char *prefix, const char *target, struct parley_bytes bytes);

/* seeds_diff_hello writes the body of a client_hello as one of the targets diff_client_hello_*. */
void seeds_diff_hello(struct parley_bytes hello);

/* Where they come from. */
void seeds_pipe(void);
void seeds_text(void);
void seeds_diff(void);

#endif
