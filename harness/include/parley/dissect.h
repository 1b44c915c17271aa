/* The dissector: bytes of TLS as a tree of named fields with their offsets. */
#ifndef PARLEY_DISSECT_H
#define PARLEY_DISSECT_H

#include <stdio.h>

#include "parley/wire.h"

/* parley_dissect_as says what the bytes are. AUTO: records if the first byte is a content type and
 * the second 3; handshake messages if the first is a handshake type; a client_hello without its
 * handshake header if it is 3 (of the version). */
enum parley_dissect_as {
    PARLEY_DISSECT_AUTO,
    PARLEY_DISSECT_RECORDS,
    PARLEY_DISSECT_HANDSHAKE,
    PARLEY_DISSECT_CLIENT_HELLO,
};

/* parley_dissect prints |in| to |out|, a line per field: its offset (hex) and length (decimal,
 * with the length prefix if it has one), name and value, indented below what holds it. Handshake
 * messages are put together across records; which grammar a message has follows from the
 * server_hello before it, or else is the first that fits. Records whose content is encrypted (TLS
 * 1.3: application_data; TLS 1.2: those behind a change_cipher_spec) are shown as opaque.
 *
 * Returns true if all of |in| was well formed. If not, what could be read is printed all the same,
 * and |*error| is the first thing wrong, its offset from the start of |in|. */
bool parley_dissect(FILE *out, struct parley_bytes in, enum parley_dissect_as as,
                    struct parley_wire_error *error);

/* parley_dissect_body does the same for the body of one message (without its handshake header) or
 * of one extension. |grammar| is a row of messages.def, or "ext_" and a form of extensions.def:
 * what fuzz targets are called. parley_dissect_knows returns whether there is such a grammar. */
bool parley_dissect_knows(const char *grammar);
bool parley_dissect_body(FILE *out, const char *grammar, struct parley_bytes in,
                         struct parley_wire_error *error);

#endif
