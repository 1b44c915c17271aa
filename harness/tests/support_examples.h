/* Valid examples of every message, every extension body and the record header: what the tests of
 * the wire code parse, write, cut short and mutate. */
#ifndef PARLEY_TESTS_SUPPORT_EXAMPLES_H
#define PARLEY_TESTS_SUPPORT_EXAMPLES_H

#include <stddef.h>
#include <stdint.h>

#include "parley/oracle.h"

/* The longest example, in bytes. */
#define EXAMPLE_MAX 1024

/* One example: |hex|, with spaces wherever they help to read it, is a body of the row |row|. */
struct parley_example {
    unsigned row;
    const char *hex;
};

/* Examples of messages.def (row: enum parley_message) and of the FORMs of extensions.def (row: enum
 * parley_form). */
extern const struct parley_example parley_message_examples[];
extern const size_t parley_message_example_count;
extern const struct parley_example parley_form_examples[];
extern const size_t parley_form_example_count;

/* parley_example_bytes decodes |hex| into |out|, of |capacity| bytes, and returns the length. Bad
 * hex or too much of it is a mistake in the test: it aborts. */
size_t parley_example_bytes(const char *hex, uint8_t *out, size_t capacity);

#endif
