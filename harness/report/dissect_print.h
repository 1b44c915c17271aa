/* The dissector's lines. */
#ifndef PARLEY_REPORT_DISSECT_PRINT_H
#define PARLEY_REPORT_DISSECT_PRINT_H

#include <stdio.h>

#include "parley/wire.h"

/* A piece says where in the input the bytes of a reassembled message from |at| on lie. The first
 * has |at| 0. */
struct dissect_piece {
    size_t at;
    size_t input;
};

struct dissect_pieces {
    const struct dissect_piece *items;
    size_t count;
};

/* dissect_place returns where in the input byte |at| of the message lies. */
size_t dissect_place(const struct dissect_pieces *pieces, size_t at);

/* dissect_begin prints a line's offset, length and indentation. */
void dissect_begin(FILE *out, size_t offset, size_t length, unsigned depth);

/* dissect_hex prints the first bytes of |bytes|. */
void dissect_hex(FILE *out, struct parley_bytes bytes);

/* dissect_error marks a place with what is wrong there. */
void dissect_error(FILE *out, enum parley_error error, size_t offset, const char *field);

/* dissect_fields prints the fields of a parsed message, of the bytes |in|, below |depth|, and, if
 * parsing stopped before their end, the rest. The first span, which is all of it, is left out.
 * |skip| is what of the message lies before |in| (its handshake header). */
void dissect_fields(FILE *out, const struct parley_spans *spans, struct parley_bytes in,
                    const struct dissect_pieces *pieces, size_t skip, unsigned depth);

#endif
