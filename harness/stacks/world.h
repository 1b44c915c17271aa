/* The C library's randomness and clocks, as plugins see them. */
#ifndef PARLEY_STACKS_WORLD_H
#define PARLEY_STACKS_WORLD_H

#include "parley/engine.h"

/* world_enter puts |random| and |now_ms| in the place of the system's, world_leave puts those back.
 * They are in world.c, which a program is linked with, or not: then nothing is replaced. */
__attribute__((weak)) void world_enter(struct parley_random random, int64_t now_ms);
__attribute__((weak)) void world_leave(void);

#endif
