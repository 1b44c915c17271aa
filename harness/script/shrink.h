/* The shrinker: what its files share. */
#ifndef PARLEY_SCRIPT_SHRINK_H
#define PARLEY_SCRIPT_SHRINK_H

#include "script/trace.h"

struct shrinker {
    struct parley_trace *trace; /* the smallest so far */
    struct parley_trace *next;  /* what is tried */
    bool (*keeps)(void *arg, const struct parley_trace *trace);
    void *arg;
    size_t tries;
};

/* shrink_try returns whether |s->next| still does it, and then makes it the smallest. */
bool shrink_try(struct shrinker *s);

/* shrink_line makes what is in a line of |session| smaller: its settings are counted first, then
 * its operations. Returns whether something became smaller. */
bool shrink_line(struct shrinker *s, size_t session, size_t line);

#endif
