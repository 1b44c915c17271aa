/* Traces, changed for fuzzing engines, with what has been seen of handshakes. */
#ifndef PARLEY_FUZZERS_DEEP_MUTATOR_H
#define PARLEY_FUZZERS_DEEP_MUTATOR_H

#include "parley/vary.h"

/* deep_parse makes |trace| of an input, text or binary; it has a session. */
void deep_parse(struct parley_trace *trace, struct parley_bytes in);

/* deep_vary writes a changed |in| to |out|, which it may overlap, and returns its length;
 * deep_cross writes |a| with something of |b|. |role| is what the stack plays, whatever the input
 * says: the other end is the one whose messages are bent. */
size_t deep_vary(struct parley_bytes in, uint8_t *out, size_t cap, const struct parley_lore *lore,
                 enum parley_role role, uint32_t seed);
size_t deep_cross(struct parley_bytes a, struct parley_bytes b, uint8_t *out, size_t cap,
                  enum parley_role role, uint32_t seed);

#endif
