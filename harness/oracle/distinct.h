/* Lists in which nothing may stand twice, judged from the spans: parsers have their own opinion. */
#ifndef PARLEY_ORACLE_DISTINCT_H
#define PARLEY_ORACLE_DISTINCT_H

#include "parley/wire.h"

enum { DISTINCT_LISTS = 3 };

/* When each number was last seen, by kind of list: in the list of which |generation|. Zeros at
 * first; too large for the stack. */
struct distinct {
    uint32_t generation;
    uint32_t seen[DISTINCT_LISTS][UINT16_MAX + 1];
};

/* distinct_check returns NULL if in all lists of |spans| (complete, and they tile |data|) whose
 * elements must differ they do; otherwise what stands twice. */
const char *distinct_check(struct distinct *d, const struct parley_spans *spans,
                           const uint8_t *data);

#endif
