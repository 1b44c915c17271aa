/* A mutator that knows the grammars: it changes one message or one extension body at the bounds
 * that its spans show, and repairs the lengths around the change or leaves them broken. It serves
 * the fuzzers, and works on any bytes: where an input stops being well formed, the spans up to
 * there are used. Nothing is allocated, all randomness comes from |seed|: same seed, same bytes. */
#ifndef PARLEY_MUTATE_H
#define PARLEY_MUTATE_H

#include "parley/wire.h"

/* What bytes are: a row of messages.def (without its handshake header) or a FORM of
 * extensions.def. */
struct parley_syntax {
    bool is_form;
    unsigned row; /* enum parley_message, or enum parley_form if |is_form| */
};

static inline struct parley_syntax parley_message_syntax(enum parley_message message) {
    return (struct parley_syntax){false, message};
}

static inline struct parley_syntax parley_form_syntax(enum parley_form form) {
    return (struct parley_syntax){true, form};
}

/* What a mutation did. From BREAK_LENGTH on the lengths around it are left as they were. */
enum parley_mutation {
    PARLEY_MUTATION_NONE,              /* nothing was possible: the bytes are as they were */
    PARLEY_MUTATION_NUMBER,            /* a number has another value */
    PARLEY_MUTATION_OPAQUE,            /* an opaque of the same length has other bytes */
    PARLEY_MUTATION_RESIZE,            /* an opaque grew, shrank or was emptied */
    PARLEY_MUTATION_INSERT_ELEMENT,    /* a changed copy of another element */
    PARLEY_MUTATION_REMOVE_ELEMENT,    /* of a list */
    PARLEY_MUTATION_DUPLICATE_ELEMENT, /* of a list, behind itself */
    PARLEY_MUTATION_SWAP_ELEMENTS,     /* two of a list */
    PARLEY_MUTATION_REPEAT_ELEMENT,    /* of a list, up to 256 times, with other numbers */
    PARLEY_MUTATION_INSERT_EXTENSION,  /* one from the tables, with a short valid body, or GREASE */
    PARLEY_MUTATION_REMOVE_EXTENSION,  /* one of a block */
    PARLEY_MUTATION_DUPLICATE_EXTENSION, /* one of a block, behind itself */
    PARLEY_MUTATION_MOVE_EXTENSION,      /* two of a block change places */
    PARLEY_MUTATION_SPLICE_FIELD,     /* crossover: a field of the same name in the other input */
    PARLEY_MUTATION_SPLICE_EXTENSION, /* crossover: an extension of the other input */
    PARLEY_MUTATION_BREAK_LENGTH,     /* a length has another value */
    PARLEY_MUTATION_TRUNCATE,         /* the end is missing */
    PARLEY_MUTATION_APPEND,           /* bytes after the end */
    PARLEY_MUTATION_COUNT,
};

/* parley_mutate changes the |len| bytes at |data| once, in place, never past |cap|, and returns the
 * new length (0 is possible). What does not fit |cap| from the start is cut off. |made|, which may
 * be NULL, receives what was done. A row that does not exist has no fields: its bytes are truncated
 * or appended to. */
size_t parley_mutate(struct parley_syntax syntax, uint8_t *data, size_t len, size_t cap,
                     uint32_t seed, enum parley_mutation *made);

/* parley_crossover writes |a| to |out|, of |cap| bytes, with one field or extension of |b| in it,
 * and returns its length. Both are of |syntax|, and neither overlaps |out|. If they have nothing in
 * common, |a| is mutated as by parley_mutate. */
size_t parley_crossover(struct parley_syntax syntax, struct parley_bytes a, struct parley_bytes b,
                        uint8_t *out, size_t cap, uint32_t seed, enum parley_mutation *made);

#endif
