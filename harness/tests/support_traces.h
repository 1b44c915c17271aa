/* Traces that tests go through: random ones. */
#ifndef PARLEY_TESTS_SUPPORT_TRACES_H
#define PARLEY_TESTS_SUPPORT_TRACES_H

#include "parley/trace.h"

/* traces_random makes a trace of all kinds of lines, the same for the same |seed|. traces_probable
 * makes one whose one or two operations are about messages that are sent, in a handshake that
 * completes without them; the stack is our engine. */
void traces_random(struct parley_trace *out, uint64_t seed);
void traces_probable(struct parley_trace *out, uint64_t seed);

#endif
