/* Published test vectors as the tests read them: named byte strings in named sections.
 *
 * A vector file holds `[section]` lines, `name = hex` lines and `#` comments; blank lines are
 * skipped and an empty value is the empty string. Names are unique within a section. */
#ifndef PARLEY_TESTS_SUPPORT_VECTORS_H
#define PARLEY_TESTS_SUPPORT_VECTORS_H

#include <stdbool.h>
#include <stddef.h>

#include "parley/bytes.h"

struct parley_vector;

/* parley_vectors is one vector file held in memory. Every pointer it hands out stays valid until
 * parley_vectors_close. */
struct parley_vectors {
    char *path;
    char *text;
    struct parley_vector *entries;
    size_t count;
};

/* parley_vectors_open reads the file at |path|. On failure it says on stderr what is wrong and
 * where, leaves |vectors| empty and returns false. */
bool parley_vectors_open(struct parley_vectors *vectors, const char *path);

/* parley_vectors_has says whether |section| has a value called |name|. */
bool parley_vectors_has(const struct parley_vectors *vectors, const char *section,
                        const char *name);

/* parley_vector_get returns the value |name| of |section|. A missing one is a mistake in the test:
 * it aborts, naming the file, the section and the name. */
struct parley_bytes parley_vector_get(const struct parley_vectors *vectors, const char *section,
                                      const char *name);

/* parley_vector_name returns the name of the value at |index| of |section|, in the file's order, or
 * NULL past its last. */
const char *parley_vector_name(const struct parley_vectors *vectors, const char *section,
                               size_t index);

/* parley_vectors_close frees what parley_vectors_open took and leaves |vectors| empty. */
void parley_vectors_close(struct parley_vectors *vectors);

#endif
