/* A toy stack for tests of the pipe: three handshake frames and no cryptography, with faults on
 * demand.
 *
 * Frames are a type, a 16-bit length, and so many bytes. */
#ifndef PARLEY_TESTS_SUPPORT_TOY_H
#define PARLEY_TESTS_SUPPORT_TOY_H

#include "parley/stack.h"

/* What a toy does wrong. */
struct toy_faults {
    bool mute;          /* never sends anything */
    bool babbles;       /* never stops sending */
    bool deaf;          /* takes no input */
    bool fails;         /* answers the first frame with an alert */
    bool lies;          /* changes application data */
    bool repeats;       /* gives application data that nobody sent */
    bool rejects_early; /* server */
    bool no_key_update;
    bool never_closes;
    uint16_t version; /* says that it negotiated this; 0: TLS 1.3 */
    bool other_exporter;
    bool no_exporter;    /* says it has one, and gives none */
    size_t pull_at_once; /* bytes; 0: all */
};

/* toy_open returns a connection of |role|; toy_stack.close frees it. */
struct parley_stack_connection *toy_open(enum parley_role role, const struct toy_faults *faults,
                                         bool early);

extern const struct parley_stack toy_stack;

#endif
