/* Operations on the bytes of a message. */
#include <string.h>

#include "script/bender.h"

/* ---- Fields ---- */

static bool set(struct mutator *m, const struct parley_span *span, struct parley_bytes value) {
    size_t at = span->offset;
    bool same = value.len == span->length && memcmp(m->data + at, value.data, value.len) == 0;
    if (same || !mutate_gap(m, span, at, span->length, value.len)) {
        return false;
    }
    memcpy(m->data + at, value.data, value.len);
    return true;
}

static bool flip(struct mutator *m, const struct parley_span *span, uint64_t offset,
                 uint64_t mask) {
    if (span->length == 0 || (uint8_t)mask == 0) {
        return false;
    }
    m->data[span->offset + offset % span->length] ^= (uint8_t)mask;
    return true;
}

static bool set_length(struct mutator *m, const struct parley_span *span, uint64_t number) {
    uint32_t before = mutate_number(m->data + span->offset, span->length);
    mutate_set_number(m->data + span->offset, span->length, (uint32_t)number);
    return mutate_number(m->data + span->offset, span->length) != before;
}

static bool edit_field(struct bent *now, const struct parley_trace *trace,
                       const struct parley_line *line) {
    struct mutator m;
    bend_look(&m, now);
    bool length = line->row == PARLEY_LINE_length;
    struct parley_bytes path = parley_trace_bytes(trace, &line->operands[1]);
    const struct parley_span *span = bend_find(&m.view, path, length);
    bool done = false;
    if (span == NULL) {
        return false;
    }
    if (length) {
        done = set_length(&m, span, line->operands[2].number);
    } else if (line->row == PARLEY_LINE_set) {
        done = set(&m, span, parley_trace_bytes(trace, &line->operands[2]));
    } else {
        done = flip(&m, span, line->operands[2].number, line->operands[3].number);
    }
    if (done) {
        bend_done(&m, now);
    }
    return done;
}

static bool change_binder(struct bent *now, uint64_t offset) {
    static const uint8_t name[] = "binder";
    struct mutator m;
    bend_look(&m, now);
    const struct parley_span *span =
        bend_find(&m.view, (struct parley_bytes){name, sizeof name - 1}, false);
    return span != NULL && flip(&m, span, offset, 0xff);
}

/* ---- Ends and headers ---- */

static bool extend(struct bent *now, struct parley_bytes more) {
    struct mutator m;
    bend_look(&m, now);
    if (more.len == 0 || more.len > m.cap - m.len) {
        return false;
    }
    memcpy(m.data + m.len, more.data, more.len);
    m.len += more.len;
    bend_done(&m, now);
    return true;
}

static bool truncate(struct bent *now, uint64_t less) {
    struct mutator m;
    bend_look(&m, now);
    size_t before = m.len;
    m.len -= less < m.len ? (size_t)less : m.len;
    if (m.len != before) {
        bend_done(&m, now);
    }
    return m.len != before;
}

static bool mutate(struct bent *now, uint64_t seed) {
    struct mutator m;
    enum parley_mutation made;
    bend_look(&m, now);
    m.len = parley_mutate(m.syntax, m.data, m.len, m.cap, (uint32_t)seed, &made);
    if (made != PARLEY_MUTATION_NONE) {
        bend_done(&m, now);
    }
    return made != PARLEY_MUTATION_NONE;
}

static bool header(struct bent *now, size_t at, size_t width, uint64_t number) {
    bool handshake = parley_messages[now->message].content == PARLEY_CONTENT_HANDSHAKE;
    if (!handshake || now->len < PARLEY_HANDSHAKE_HEADER) {
        return false;
    }
    uint32_t before = mutate_number(now->bytes + at, width);
    mutate_set_number(now->bytes + at, width, (uint32_t)number);
    return mutate_number(now->bytes + at, width) != before;
}

bool bend_edit(struct bent *now, const struct parley_trace *trace, const struct parley_line *line) {
    const struct parley_operand *operands = line->operands;
    switch (line->row) {
    case PARLEY_LINE_set:
    case PARLEY_LINE_flip:
    case PARLEY_LINE_length:
        return edit_field(now, trace, line);
    case PARLEY_LINE_truncate:
        return truncate(now, operands[1].number);
    case PARLEY_LINE_extend:
        return extend(now, parley_trace_bytes(trace, &operands[1]));
    case PARLEY_LINE_handshake_length:
        return header(now, 1, 3, operands[1].number);
    case PARLEY_LINE_handshake_type:
        return header(now, 0, 1, operands[1].number);
    case PARLEY_LINE_binder:
        return change_binder(now, operands[1].number);
    case PARLEY_LINE_mutate:
        return mutate(now, operands[1].number);
    default:
        return bend_extension_edit(now, trace, line);
    }
}
