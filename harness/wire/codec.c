/* The codec's slower half: errors, spans, writing. */
#include "wire/codec.h"

void codec_read_from(struct codec *c, struct parley_bytes in, struct parley_spans *spans) {
    static const uint8_t nothing;
    c->out = NULL;
    c->in.data = in.len != 0 ? in.data : &nothing; /* never NULL: it is calculated with */
    c->in.len = in.len;
    c->start = c->in.data;
    c->spans = spans;
    c->depth = 0;
    c->error.error = PARLEY_OK;
    c->error.offset = 0;
    c->error.field = NULL;
    c->error.extension = NULL;
    if (spans != NULL) {
        spans->count = 0;
    }
}

bool codec_fail_at(struct codec *c, const uint8_t *at, enum parley_error error, const char *field) {
    c->error.error = error;
    c->error.offset = c->out == NULL ? (size_t)(at - c->start) : 0;
    c->error.field = field;
    if (c->out != NULL) {
        /* Does not fit: puts the CBB in its error state, while the vectors that are open still
         * live. */
        (void)CBB_add_u24(c->out, UINT32_MAX);
    }
    return false;
}

bool codec_fail(struct codec *c, enum parley_error error, const char *field) {
    return codec_fail_at(c, c->in.data, error, field);
}

/* ---- Spans ---- */

static size_t add_span(struct codec *c, const char *name, enum parley_span_kind kind,
                       enum parley_span_names names, const uint8_t *at, size_t length) {
    struct parley_spans *spans = c->spans;
    if (spans->count < spans->capacity) {
        struct parley_span *span = &spans->items[spans->count];
        span->name = name;
        span->offset = (uint32_t)(at - c->start);
        span->length = (uint32_t)length;
        span->depth = c->depth;
        span->kind = (uint8_t)kind;
        span->names = (uint8_t)names;
    }
    return spans->count++;
}

void codec_leaf(struct codec *c, const char *name, enum parley_span_kind kind,
                enum parley_span_names names, const uint8_t *at, size_t length) {
    (void)add_span(c, name, kind, names, at, length);
}

size_t codec_enter(struct codec *c, const char *name, enum parley_span_kind kind, size_t length) {
    size_t index = add_span(c, name, kind, PARLEY_NAMES_NONE, c->in.data, length);
    c->depth++;
    return index;
}

void codec_leave(struct codec *c, size_t index) {
    struct parley_spans *spans = c->spans;
    c->depth--;
    if (index < spans->capacity) {
        struct parley_span *span = &spans->items[index];
        span->length = (uint32_t)(c->in.data - c->start) - span->offset;
    }
}

void codec_uint_spans(struct codec *c, const char *name, const char *each,
                      enum parley_span_names names, size_t width, struct parley_bytes value) {
    (void)codec_enter(c, name, PARLEY_SPAN_LIST, value.len);
    for (size_t at = 0; at < value.len; at += width) {
        codec_leaf(c, each, PARLEY_SPAN_UINT, names, value.data + at, width);
    }
    c->depth--;
}

/* ---- Writing ---- */

bool codec_put_number(struct codec *c, const char *name, size_t width, uint32_t value) {
    int ok = 0;
    switch (width) {
    case 1:
        ok = CBB_add_u8(c->out, (uint8_t)value);
        break;
    case 2:
        ok = CBB_add_u16(c->out, (uint16_t)value);
        break;
    case 3:
        ok = CBB_add_u24(c->out, value); /* refuses what does not fit */
        break;
    default:
        ok = CBB_add_u32(c->out, value);
        break;
    }
    return ok || codec_fail(c, PARLEY_ERR_buffer_full, name);
}

bool codec_put_bytes(struct codec *c, const char *name, struct parley_bytes value) {
    return CBB_add_bytes(c->out, value.data, value.len) ||
           codec_fail(c, PARLEY_ERR_buffer_full, name);
}

bool codec_put_vector(struct codec *c, const char *name, size_t prefix, size_t min, size_t max,
                      struct parley_bytes value) {
    if (value.len < min || value.len > max) {
        return codec_fail(c, PARLEY_ERR_length_out_of_range, name);
    }
    return codec_put_number(c, name, prefix, (uint32_t)value.len) &&
           codec_put_bytes(c, name, value);
}

bool codec_put_open(struct codec *c, size_t prefix, struct codec_vector *vector) {
    int ok = prefix == 1   ? CBB_add_u8_length_prefixed(c->out, &vector->child)
             : prefix == 2 ? CBB_add_u16_length_prefixed(c->out, &vector->child)
                           : CBB_add_u24_length_prefixed(c->out, &vector->child);
    vector->out = c->out;
    c->out = &vector->child;
    return ok != 0;
}

bool codec_put_close(struct codec *c, const char *name, struct codec_vector *vector) {
    c->out = vector->out;
    return CBB_flush(c->out) || codec_fail(c, PARLEY_ERR_length_out_of_range, name);
}

bool codec_rest(struct codec *c, const char *name, size_t min, size_t max,
                struct parley_bytes *value) {
    size_t length = c->out != NULL ? value->len : c->in.len;
    if (length < min || length > max) {
        return codec_fail(c, PARLEY_ERR_length_out_of_range, name);
    }
    if (c->out != NULL) {
        return codec_put_bytes(c, name, *value);
    }
    codec_take_bytes(c, name, PARLEY_NAMES_NONE, length, value);
    return true;
}

/* ---- Sets ---- */

bool codec_set_add_many(struct codec_set *set, uint16_t code) {
    if (set->count == CODEC_SET_FEW) {
        memset(set->many, 0, sizeof(set->many));
        for (size_t i = 0; i < CODEC_SET_FEW; i++) {
            set->many[set->few[i] / 64] |= UINT64_C(1) << set->few[i] % 64;
        }
    }
    uint64_t bit = UINT64_C(1) << code % 64;
    if ((set->many[code / 64] & bit) != 0) {
        return false;
    }
    set->many[code / 64] |= bit;
    set->count++;
    return true;
}
