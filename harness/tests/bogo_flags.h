/* The runner's command line, one struct of flags for each kind of connection. */
#ifndef PARLEY_TESTS_BOGO_FLAGS_H
#define PARLEY_TESTS_BOGO_FLAGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "parley/bytes.h"

enum { CODES_MAX = 64 };

struct codes {
    uint16_t list[CODES_MAX];
    size_t count;
};

struct blobs {
    struct parley_bytes list[8];
    size_t count;
};

struct flags {
#define BOOL(name, member) bool member;
#define INT(name, member) int member;
#define TEXT(name, member) const char *member; /* NULL: not given */
#define BASE64(name, member) struct parley_bytes member;
#define BASE64S(name, member) struct blobs member;
#define CODES(name, member) struct codes member;
#define NONE(name)
#define NONE_ARG(name)
#include "tests/bogo_flags.def"
#undef BOOL
#undef INT
#undef TEXT
#undef BASE64
#undef BASE64S
#undef CODES
#undef NONE
#undef NONE_ARG
};

/* Flags of the first connection, of those that resume, and of one that goes on after its early data
 * was rejected. */
enum occasion { INITIAL, RESUME, RETRY, OCCASIONS };

/* flags_parse reads |argv| into |out|. Exits with 89 at a flag it does not know, with 1 at a bad
 * value. Strings are borrowed from |argv|; decoded bytes live as long as the program. */
void flags_parse(int argc, char **argv, struct flags out[OCCASIONS]);

#endif
