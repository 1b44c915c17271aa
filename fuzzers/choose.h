/* Which of many inputs to keep: in builds with clang's source-based coverage, the runner can tell
 * what each of them reached. */
#ifndef PARLEY_FUZZERS_CHOOSE_H
#define PARLEY_FUZZERS_CHOOSE_H

#include <stdbool.h>
#include <stddef.h>

/* choose_possible returns whether this build counts what is reached. */
bool choose_possible(void);

/* choose_before and choose_after stand around the run of the input at |path|. */
void choose_before(void);
void choose_after(const char *path);

/* choose_print prints the paths of at most |most| inputs, best first: each is the one that adds the
 * most to what those before it reach. It ends when nothing more is reached. */
void choose_print(size_t most);

#endif
