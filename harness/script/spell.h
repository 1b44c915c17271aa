/* Saying in words what operations have as numbers: what the files share. */
#ifndef PARLEY_SCRIPT_SPELL_H
#define PARLEY_SCRIPT_SPELL_H

#include "script/bender.h"

/* The ways there are to say what the mutator has done. */
enum { SPELL_CHOICES = 2 };

/* spell_mutation makes |line|, of |trace|, another operation that does to |before| what |mutation|,
 * a mutate, does; |choice| is less than SPELL_CHOICES. False: there is none. */
bool spell_mutation(const struct bent *before, const struct parley_line *mutation, unsigned choice,
                    struct parley_trace *trace, struct parley_line *line);

#endif
