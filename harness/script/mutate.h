/* What the files of the mutator share. */
#ifndef PARLEY_SCRIPT_MUTATE_H
#define PARLEY_SCRIPT_MUTATE_H

#include "parley/mutate.h"

/* Spans kept of an input; what comes after them is changed as bytes only. */
#define MUTATE_SPANS 768

/* An input as its spans show it. */
struct mutate_view {
    const uint8_t *data;
    size_t len;
    size_t count;
    struct parley_span items[MUTATE_SPANS];
};

struct mutator {
    struct parley_syntax syntax;
    uint8_t *data;
    size_t len;
    size_t cap;
    uint64_t random;
    struct mutate_view view; /* of |data|, until the first change */
};

/* mutate_below returns a number from 0 to |limit| - 1, or 0 if |limit| is 0. */
uint32_t mutate_random(struct mutator *m);
size_t mutate_below(struct mutator *m, size_t limit);

/* mutate_look fills |view| with the spans of |data|. */
void mutate_look(struct parley_syntax syntax, const uint8_t *data, size_t len,
                 struct mutate_view *view);

/* mutate_number and mutate_set_number read and write |width| bytes, at most 4, big-endian. */
uint32_t mutate_number(const uint8_t *at, size_t width);
void mutate_set_number(uint8_t *at, size_t width, uint32_t value);

/* mutate_gap replaces |old| bytes at |at| with |new| bytes, whose content is the caller's to write,
 * and repairs all lengths around |owner|, the field or list that this happens in. It returns false,
 * and changes nothing, if a length or the capacity is too small. */
bool mutate_gap(struct mutator *m, const struct parley_span *owner, size_t at, size_t old,
                size_t new);

/* mutate_reverse turns |len| bytes round. */
void mutate_reverse(uint8_t *bytes, size_t len);

/* mutate_pick returns a random span that |fits|, or NULL. */
const struct parley_span *mutate_pick(struct mutator *m, const struct mutate_view *view,
                                      bool (*fits)(const struct mutate_view *view, size_t index));

/* mutate_value writes another value of |width| bytes, one that |names| often has. */
void mutate_value(struct mutator *m, uint8_t *at, size_t width, enum parley_span_names names);

/* mutate_fields.c: fields. mutate_lists.c: elements and extensions. Each returns whether it did
 * something. */
bool mutate_a_number(struct mutator *m);
bool mutate_opaque(struct mutator *m);
bool mutate_resize(struct mutator *m);
bool mutate_break_length(struct mutator *m);
bool mutate_insert_element(struct mutator *m);
bool mutate_remove_element(struct mutator *m);
bool mutate_duplicate_element(struct mutator *m);
bool mutate_swap_elements(struct mutator *m);
bool mutate_repeat_element(struct mutator *m);
bool mutate_insert_extension(struct mutator *m);
bool mutate_remove_extension(struct mutator *m);
bool mutate_duplicate_extension(struct mutator *m);
bool mutate_move_extension(struct mutator *m);
bool mutate_splice_field(struct mutator *m, const struct mutate_view *other);
bool mutate_splice_extension(struct mutator *m, const struct mutate_view *other);

/* mutate_body returns a short valid body of |form|. */
struct parley_bytes mutate_body(enum parley_form form);

#endif
