/* What a misbehaving peer does in a recording: one thing, somewhere in its handshake. */
#ifndef PARLEY_FUZZERS_SEEDS_BENDS_H
#define PARLEY_FUZZERS_SEEDS_BENDS_H

#include "engine/inside.h"

/* bend is one such thing; all zeros stands before the first. */
struct bend {
    unsigned number; /* of those that bend_next went through */
    unsigned kind, at, variant;
    unsigned messages, records; /* that went out so far */
};

/* bend_next moves on to the next one, and returns false behind the last. */
bool bend_next(struct bend *bend);

/* bend_begin hooks |bend| into the peer's |config|; bend_turn lets it act after each |turn|. */
void bend_begin(struct bend *bend, struct parley_config *config);
void bend_turn(struct bend *bend, struct parley_engine *engine, unsigned turn);

#endif
