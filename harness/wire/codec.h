/* The codec: one description of a message's syntax serves reading, writing and spans.
 *
 * A grammar is a function that names the fields in the order of the RFC's struct, and returns
 * whether all of them were good:
 *
 *     bool parley_grammar_certificate_verify(struct codec *c, struct parley_certificate_verify *m)
 * { return codec_uint16(c, "algorithm", PARLEY_NAMES_SIGALG, &m->algorithm) && codec_opaque(c,
 * "signature", 2, 0, 65535, &m->signature);
 *     }
 *
 * Reading fills the struct from |in|; writing appends the struct to |out| and leaves it as it is.
 * The first error stops. What a ClientHello needs on every handshake is inline. */
#ifndef PARLEY_WIRE_CODEC_H
#define PARLEY_WIRE_CODEC_H

#include <string.h>

#include "parley/wire.h"

struct codec {
    CBB *out;             /* not NULL: writing */
    CBS in;               /* reading: what is left of the innermost vector */
    const uint8_t *start; /* reading: offset 0 of spans and errors */
    struct parley_spans *spans;
    uint16_t depth;
    struct parley_wire_error error;
};

/* codec_read_from makes |c| read |in|, and empties |spans| (which may be NULL). */
void codec_read_from(struct codec *c, struct parley_bytes in, struct parley_spans *spans);

/* codec_fail notes |error| at the current offset, codec_fail_at at |at| (a pointer into the
 * input). Both return false. */
bool codec_fail(struct codec *c, enum parley_error error, const char *field);
bool codec_fail_at(struct codec *c, const uint8_t *at, enum parley_error error, const char *field);

/* codec_check fails with |error| unless |good|; |width| is the length of the field just read. */
static inline bool codec_check(struct codec *c, bool good, size_t width, enum parley_error error,
                               const char *field) {
    return good || codec_fail_at(c, c->in.data - width, error, field);
}

/* ---- Spans; callers test |c->spans| first ---- */

/* codec_leaf records a leaf of |length| bytes at |at|. codec_enter records a container of |length|
 * bytes and goes one level down; codec_leave comes up again, and with |index| (what codec_enter
 * returned) sets the length to what was read since. */
void codec_leaf(struct codec *c, const char *name, enum parley_span_kind kind,
                enum parley_span_names names, const uint8_t *at, size_t length);
size_t codec_enter(struct codec *c, const char *name, enum parley_span_kind kind, size_t length);
void codec_leave(struct codec *c, size_t index);

/* ---- Numbers of 1 to 4 bytes ---- */

bool codec_put_number(struct codec *c, const char *name, size_t width, uint32_t value);

/* codec_take_number reads a big-endian number. It opens CBS, whose own functions are calls in some
 * releases of BoringSSL: this is the innermost loop of everything. */
static inline bool codec_take_number(struct codec *c, const char *name, size_t width,
                                     uint32_t *value) {
    if (c->in.len < width) {
        return codec_fail(c, PARLEY_ERR_truncated, name);
    }
    uint32_t number = 0;
    for (size_t i = 0; i < width; i++) {
        number = number << 8 | c->in.data[i];
    }
    *value = number;
    c->in.data += width;
    c->in.len -= width;
    return true;
}

static inline bool codec_number(struct codec *c, const char *name, enum parley_span_kind kind,
                                enum parley_span_names names, size_t width, uint32_t *value) {
    if (c->out != NULL) {
        return codec_put_number(c, name, width, *value);
    }
    if (!codec_take_number(c, name, width, value)) {
        return false;
    }
    if (c->spans != NULL) {
        codec_leaf(c, name, kind, names, c->in.data - width, width);
    }
    return true;
}

static inline bool codec_uint8(struct codec *c, const char *name, enum parley_span_names names,
                               uint8_t *value) {
    uint32_t number = c->out != NULL ? *value : 0;
    if (!codec_number(c, name, PARLEY_SPAN_UINT, names, 1, &number)) {
        return false;
    }
    if (c->out == NULL) {
        *value = (uint8_t)number;
    }
    return true;
}

static inline bool codec_uint16(struct codec *c, const char *name, enum parley_span_names names,
                                uint16_t *value) {
    uint32_t number = c->out != NULL ? *value : 0;
    if (!codec_number(c, name, PARLEY_SPAN_UINT, names, 2, &number)) {
        return false;
    }
    if (c->out == NULL) {
        *value = (uint16_t)number;
    }
    return true;
}

static inline bool codec_uint24(struct codec *c, const char *name, enum parley_span_names names,
                                uint32_t *value) {
    return codec_number(c, name, PARLEY_SPAN_UINT, names, 3, value);
}

static inline bool codec_uint32(struct codec *c, const char *name, enum parley_span_names names,
                                uint32_t *value) {
    return codec_number(c, name, PARLEY_SPAN_UINT, names, 4, value);
}

/* codec_uint8_in is a uint8 whose type allows |min| to |max| (the RFC's enum). */
static inline bool codec_uint8_in(struct codec *c, const char *name, uint8_t min, uint8_t max,
                                  enum parley_error error, uint8_t *value) {
    return codec_uint8(c, name, PARLEY_NAMES_NONE, value) &&
           codec_check(c, *value >= min && *value <= max, 1, error, name);
}

/* ---- Opaque ---- */

bool codec_put_bytes(struct codec *c, const char *name, struct parley_bytes value);
bool codec_put_vector(struct codec *c, const char *name, size_t prefix, size_t min, size_t max,
                      struct parley_bytes value);

/* codec_take_bytes takes |length| bytes, which the caller knows to be there, as a leaf. */
static inline void codec_take_bytes(struct codec *c, const char *name, enum parley_span_names names,
                                    size_t length, struct parley_bytes *value) {
    value->data = c->in.data;
    value->len = length;
    c->in.data += length;
    c->in.len -= length;
    if (c->spans != NULL) {
        codec_leaf(c, name, PARLEY_SPAN_OPAQUE, names, value->data, length);
    }
}

/* codec_take_length reads a vector's length prefix and checks that the vector is there and that
 * its type <min..max> allows the length. */
static inline bool codec_take_length(struct codec *c, const char *name, size_t prefix, size_t min,
                                     size_t max, size_t *length) {
    uint32_t number = 0;
    if (!codec_number(c, name, PARLEY_SPAN_LENGTH, PARLEY_NAMES_NONE, prefix, &number)) {
        return false;
    }
    *length = number;
    if (number > c->in.len) {
        return codec_fail(c, PARLEY_ERR_truncated, name);
    }
    return codec_check(c, number >= min && number <= max, prefix, PARLEY_ERR_length_out_of_range,
                       name);
}

/* codec_fixed is opaque name[length]. */
static inline bool codec_fixed(struct codec *c, const char *name, size_t length,
                               struct parley_bytes *value) {
    if (c->out != NULL) {
        return value->len == length ? codec_put_bytes(c, name, *value)
                                    : codec_fail(c, PARLEY_ERR_length_out_of_range, name);
    }
    if (c->in.len < length) {
        return codec_fail(c, PARLEY_ERR_truncated, name);
    }
    codec_take_bytes(c, name, PARLEY_NAMES_NONE, length, value);
    return true;
}

/* codec_rest is opaque up to the end of the message. */
bool codec_rest(struct codec *c, const char *name, size_t min, size_t max,
                struct parley_bytes *value);

static inline bool codec_opaque_named(struct codec *c, const char *name,
                                      enum parley_span_names names, size_t prefix, size_t min,
                                      size_t max, struct parley_bytes *value) {
    if (c->out != NULL) {
        return codec_put_vector(c, name, prefix, min, max, *value);
    }
    size_t length;
    if (!codec_take_length(c, name, prefix, min, max, &length)) {
        return false;
    }
    codec_take_bytes(c, name, names, length, value);
    return true;
}

/* codec_opaque is opaque name<min..max> with a length prefix of |prefix| bytes. */
static inline bool codec_opaque(struct codec *c, const char *name, size_t prefix, size_t min,
                                size_t max, struct parley_bytes *value) {
    return codec_opaque_named(c, name, PARLEY_NAMES_NONE, prefix, min, max, value);
}

/* codec_text is codec_opaque for what people read as text. */
static inline bool codec_text(struct codec *c, const char *name, size_t prefix, size_t min,
                              size_t max, struct parley_bytes *value) {
    return codec_opaque_named(c, name, PARLEY_NAMES_TEXT, prefix, min, max, value);
}

/* ---- Vectors ---- */

/* codec_vector is the state around an open vector. */
struct codec_vector {
    struct parley_bytes bytes; /* reading: its content */
    CBS outer;                 /* reading: what follows it */
    CBB *out;                  /* writing: where it is appended */
    CBB child;
};

/* codec_open and codec_close stand around the fields of a vector that has a length prefix of
 * |prefix| bytes and whose type is <min..max>. */
bool codec_put_open(struct codec *c, size_t prefix, struct codec_vector *vector);
bool codec_put_close(struct codec *c, const char *name, struct codec_vector *vector);

static inline bool codec_open(struct codec *c, const char *name, size_t prefix, size_t min,
                              size_t max, struct codec_vector *vector) {
    if (c->out != NULL) {
        return codec_put_open(c, prefix, vector);
    }
    size_t length;
    if (!codec_take_length(c, name, prefix, min, max, &length)) {
        return false;
    }
    if (c->spans != NULL) {
        (void)codec_enter(c, name, PARLEY_SPAN_LIST, length);
    }
    vector->bytes.data = c->in.data;
    vector->bytes.len = length;
    vector->outer.data = c->in.data + length;
    vector->outer.len = c->in.len - length;
    c->in.len = length;
    return true;
}

static inline bool codec_close(struct codec *c, const char *name, struct codec_vector *vector) {
    if (c->out != NULL) {
        return codec_put_close(c, name, vector);
    }
    if (c->in.len != 0) {
        return codec_fail(c, PARLEY_ERR_trailing_bytes, name);
    }
    if (c->spans != NULL) {
        c->depth--;
    }
    c->in = vector->outer;
    return true;
}

/* codec_uints is uintN name<min..max>: elements of |width| bytes, each called |each|. */
void codec_uint_spans(struct codec *c, const char *name, const char *each,
                      enum parley_span_names names, size_t width, struct parley_bytes value);

static inline bool codec_uints(struct codec *c, const char *name, const char *each, size_t prefix,
                               size_t width, enum parley_span_names names, size_t min, size_t max,
                               struct parley_bytes *value) {
    if (c->out != NULL) {
        return value->len % width == 0 ? codec_put_vector(c, name, prefix, min, max, *value)
                                       : codec_fail(c, PARLEY_ERR_length_not_multiple, name);
    }
    size_t length;
    if (!codec_take_length(c, name, prefix, min, max, &length) ||
        !codec_check(c, length % width == 0, prefix, PARLEY_ERR_length_not_multiple, name)) {
        return false;
    }
    value->data = c->in.data;
    value->len = length;
    if (c->spans != NULL) {
        codec_uint_spans(c, name, each, names, width, *value);
    }
    c->in.data += length;
    c->in.len -= length;
    return true;
}

/* codec_list is Element name<min..max>. Reading runs |element| with |context| until the vector is
 * used up, each in a span called |each| (NULL: none of its own); writing copies |*value|. */
static inline bool codec_list(struct codec *c, const char *name, const char *each, size_t prefix,
                              size_t min, size_t max,
                              bool (*element)(struct codec *c, void *context), void *context,
                              struct parley_bytes *value) {
    if (c->out != NULL) {
        return codec_put_vector(c, name, prefix, min, max, *value);
    }
    struct codec_vector vector;
    if (!codec_open(c, name, prefix, min, max, &vector)) {
        return false;
    }
    while (c->in.len != 0) {
        bool wrap = c->spans != NULL && each != NULL;
        size_t index = wrap ? codec_enter(c, each, PARLEY_SPAN_STRUCT, c->in.len) : 0;
        if (!element(c, context)) {
            return false;
        }
        if (wrap) {
            codec_leave(c, index);
        }
    }
    *value = vector.bytes;
    return codec_close(c, name, &vector);
}

/* ---- Sets of code points ---- */

#define CODEC_SET_FEW 16

/* codec_set holds uint16s: the first few in a list, all of them in a bitmap once there are more.
 * Only |count| needs to be set to 0. */
struct codec_set {
    size_t count;
    uint16_t few[CODEC_SET_FEW];
    uint64_t many[65536 / 64];
};

bool codec_set_add_many(struct codec_set *set, uint16_t code);

/* codec_set_add adds |code| and returns true, or returns false if the set has it already. */
static inline bool codec_set_add(struct codec_set *set, uint16_t code) {
    if (set->count >= CODEC_SET_FEW) {
        return codec_set_add_many(set, code);
    }
    for (size_t i = 0; i < set->count; i++) {
        if (set->few[i] == code) {
            return false;
        }
    }
    set->few[set->count++] = code;
    return true;
}

/* ---- Extensions and grammars ---- */

/* codec_extensions is Extension extensions<min..max> as |place| (one PARLEY_PLACE_*) allows them;
 * codec_optional_extensions is the same <0..2^16-1>, but the message may end before it. */
bool codec_extensions(struct codec *c, unsigned place, size_t min, size_t max,
                      struct parley_extension_block *block);
bool codec_optional_extensions(struct codec *c, unsigned place,
                               struct parley_extension_block *block);

/* The grammars, one per FORM of extensions.def and per row of messages.def. A row without its
 * grammar does not link. */
#define FORM(form, places) bool parley_grammar_##form(struct codec *c, struct parley_##form *m);
#define EXTENSION(name, code, rfc, forms) forms
#include "tables/extensions.def"
#undef EXTENSION
#undef FORM
#define MESSAGE(name, ...) bool parley_grammar_##name(struct codec *c, struct parley_##name *m);
#include "tables/messages.def"
#undef MESSAGE

/* GRAMMAR_EMPTY defines the grammar of what has no fields. */
#define GRAMMAR_EMPTY(name)                                                                        \
    bool parley_grammar_##name(struct codec *c, struct parley_##name *m) {                         \
        (void)c;                                                                                   \
        (void)m;                                                                                   \
        return true;                                                                               \
    }

#endif
