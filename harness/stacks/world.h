/* The C library's randomness and clocks, as plugins see them. */
#ifndef PARLEY_STACKS_WORLD_H
#define PARLEY_STACKS_WORLD_H

#include "parley/engine.h"

/* world_enter puts |random| and |now_ms| in the place of the system's, world_leave puts those back.
 * They are in world.c, which a program is linked with, or not: then nothing is replaced. */
__attribute__((weak)) void world_enter(struct parley_random random, int64_t now_ms);
__attribute__((weak)) void world_leave(void);

/* What was spent between the two: CPU time of this thread, which the clock's own share of is in,
 * and how often. */
struct world_spent {
    int64_t ns;
    uint64_t times;
};

/* world_watch has that counted from now on, or not any more, and returns what was so far.
 * world_clock_ns returns what asking the clock costs, which |ns| has as often as |times| says. */
struct world_spent world_watch(bool on);
double world_clock_ns(void);

#endif
