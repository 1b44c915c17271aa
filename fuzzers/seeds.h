/* What makes the candidates among which ci/seeds chooses the corpora. Same build, same bytes. */
#ifndef PARLEY_FUZZERS_SEEDS_H
#define PARLEY_FUZZERS_SEEDS_H

#include "parley/mutate.h"

/* seed writes |bytes| as a candidate of the target |prefix||target|, a string that lives on. False:
 * it was there already, or the target has enough. */
bool seed(const char *prefix, const char *target, struct parley_bytes bytes);

/* seed_bytes writes |bytes| with some that are cut short and some that have one byte changed. */
void seed_bytes(const char *target, struct parley_bytes bytes);

/* seed_grammar writes |bytes|, which are of |syntax|, with what the mutator makes of them.
 * seed_message does so with the body of |message| and all that is in it. */
void seed_grammar(struct parley_syntax syntax, struct parley_bytes bytes);
void seed_message(enum parley_message message, struct parley_bytes body);

/* seed_impossible ends the program: |what| failed. */
_Noreturn void seed_impossible(const char *what);

/* Where they come from. seeds_flights takes the files of a folder, what somebody's client sent. */
void seeds_examples(void);
void seeds_pem(void);
void seeds_made(void);
void seeds_handshakes(void);
void seeds_flights(const char *folder);

#endif
