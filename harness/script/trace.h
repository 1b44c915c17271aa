/* What the files of the trace share: rows, and the words that numbers are written as. */
#ifndef PARLEY_SCRIPT_TRACE_H
#define PARLEY_SCRIPT_TRACE_H

#include "parley/trace.h"

/* trace_operand_count returns how many operands a row has. */
size_t trace_operand_count(const struct parley_line_row *row);

/* trace_row_by_name returns the row of a line that begins with |name|, or PARLEY_LINES. */
enum parley_trace_row trace_row_by_name(const char *name);

/* How the number of an operand is written: as one of |choices| words, or, of a registry, as a word
 * or as a number of |width| bytes. */
struct trace_words {
    size_t choices; /* 0: a registry */
    size_t width;
    const char *(*name)(uint64_t number); /* NULL: it has no name */
};

/* trace_words_of returns the words of an operand of |kind|, or of the elements of a list; NULL if
 * it has none. */
const struct trace_words *trace_words_of(enum parley_operand_kind kind);

/* trace_number_of finds what |word| stands for among |words|; false if there is no such word. */
bool trace_number_of(const struct trace_words *words, const char *word, uint64_t *out);

/* trace_number reads a decimal or 0x number. */
bool trace_number(const char *word, uint64_t *out);

/* trace_is_list returns whether an operand is several words, kept as numbers of two bytes each. */
bool trace_is_list(enum parley_operand_kind kind);

/* trace_parse_operand reads the |count| words of one operand, all of them, into |*out|. It returns
 * NULL, or what is wrong, and in |*bad| the index of the word. */
const char *trace_parse_operand(struct parley_trace *trace, enum parley_operand_kind kind,
                                char *const *words, size_t count, struct parley_operand *out,
                                size_t *bad);

/* trace_operand_words returns how many words an operand of |kind| is; 0: all that are left. */
size_t trace_operand_words(enum parley_operand_kind kind);

/* trace_header_set takes a line of kind HEADER into |trace|; false if it has no room. */
bool trace_header_set(struct parley_trace *trace, const struct parley_line *line);

/* A text that is written to a buffer, and counted where that is full. */
struct trace_out {
    char *at;
    size_t cap;
    size_t length;
};
void trace_put(struct trace_out *out, const char *text, size_t len);
void trace_put_text(struct trace_out *out, const char *text);

/* trace_print_operand appends a blank and the operand. */
void trace_print_operand(struct trace_out *out, const struct parley_trace *trace,
                         enum parley_operand_kind kind, const struct parley_operand *operand);

#endif
