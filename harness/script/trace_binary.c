/* Traces as bytes, made for fuzzers: what a mutation breaks is a line, not the rest. */
#include <string.h>

#include "script/trace.h"

/* ---- In ---- */

struct source {
    struct parley_bytes rest;
    bool ended; /* more was wanted than there is */
};

static uint8_t take_byte(struct source *s) {
    if (s->rest.len == 0) {
        s->ended = true;
        return 0;
    }
    s->rest.len--;
    return *s->rest.data++;
}

/* take_varint: seven bits a byte, the lowest first; the highest bit says that more follow. */
static uint64_t take_varint(struct source *s) {
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = take_byte(s);
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            break;
        }
    }
    return number;
}

static struct parley_bytes take_bytes(struct source *s, size_t len) {
    struct parley_bytes bytes = {s->rest.data, len};
    if (len > s->rest.len) {
        s->ended = true;
        bytes.len = 0;
        return bytes;
    }
    s->rest.data += len;
    s->rest.len -= len;
    return bytes;
}

static uint64_t take_point(struct source *s, bool place) {
    uint8_t message = take_byte(s);
    uint64_t nth = take_varint(s);
    struct parley_point point = {
        .message = (uint8_t)(message % (PARLEY_MESSAGE_COUNT + 1)),
        .nth = (uint16_t)nth,
        .after = place && (nth >> 16 & 1) != 0,
    };
    if (point.message == PARLEY_MESSAGE_COUNT) {
        point.message = PARLEY_POINT_ANY;
    }
    return parley_point_number(point);
}

static uint64_t take_named(struct source *s, const struct trace_words *words) {
    uint64_t number = take_byte(s);
    if (words->width == 2) {
        number = number << 8 | take_byte(s);
    }
    return words->choices != 0 ? number % words->choices : number;
}

/* A protocol's name is behind its length; names past the end of the list are left out. */
static struct parley_bytes whole_names(struct parley_bytes list) {
    struct parley_bytes rest = list, name;
    while (parley_opaque8_next(&rest, &name)) {
    }
    list.len -= rest.len;
    return list;
}

static bool take_operand(struct source *s, struct parley_trace *trace,
                         enum parley_operand_kind kind, struct parley_operand *out) {
    const struct trace_words *words = trace_words_of(kind);
    if (kind == PARLEY_OPERAND_NUMBER) {
        out->number = take_varint(s);
        return true;
    }
    if (kind == PARLEY_OPERAND_POINT || kind == PARLEY_OPERAND_PLACE) {
        out->number = take_point(s, kind == PARLEY_OPERAND_PLACE);
        return true;
    }
    if (words != NULL && !trace_is_list(kind)) {
        out->number = take_named(s, words);
        return true;
    }
    uint64_t len = take_varint(s);
    bool list = trace_is_list(kind);
    if (len > sizeof trace->pool || (list && len > 64)) {
        return false;
    }
    struct parley_bytes bytes = take_bytes(s, list ? 2 * (size_t)len : (size_t)len);
    if (kind == PARLEY_OPERAND_PROTOCOLS) {
        bytes = whole_names(bytes);
    }
    /* A list says something only if something is on it. */
    bool empty = bytes.len == 0 && (list || kind == PARLEY_OPERAND_PROTOCOLS);
    return !empty && parley_trace_keep(trace, out, bytes);
}

static bool take_line(struct source *s, struct parley_trace *trace) {
    struct parley_line line = {.row = (uint8_t)(take_byte(s) % PARLEY_LINES)};
    const struct parley_line_row *row = &parley_line_rows[line.row];
    if (row->kind == PARLEY_LINE_KIND_SETTING) {
        line.whose = (uint8_t)(take_byte(s) % 3);
    }
    size_t before = trace->pool_length;
    for (size_t i = 0; i < trace_operand_count(row); i++) {
        if (!take_operand(s, trace, row->operands[i], &line.operands[i]) || s->ended) {
            trace->pool_length = before;
            return false;
        }
    }
    bool taken = row->kind == PARLEY_LINE_KIND_HEADER ? trace_header_set(trace, &line)
                                                      : parley_trace_line_add(trace, &line);
    if (!taken) {
        trace->pool_length = before;
    }
    return taken;
}

void parley_trace_decode(struct parley_trace *out, struct parley_bytes bytes) {
    struct source s = {.rest = bytes};
    parley_trace_init(out);
    (void)take_byte(&s);
    while (s.rest.len > 0 && take_line(&s, out)) {
    }
}

/* ---- Out ---- */

static bool put_varint(CBB *out, uint64_t number) {
    while (number >= 0x80) {
        if (!CBB_add_u8(out, (uint8_t)(number | 0x80))) {
            return false;
        }
        number >>= 7;
    }
    return CBB_add_u8(out, (uint8_t)number);
}

static bool put_operand(CBB *out, const struct parley_trace *trace, enum parley_operand_kind kind,
                        const struct parley_operand *operand) {
    const struct trace_words *words = trace_words_of(kind);
    if (kind == PARLEY_OPERAND_NUMBER) {
        return put_varint(out, operand->number);
    }
    if (kind == PARLEY_OPERAND_POINT || kind == PARLEY_OPERAND_PLACE) {
        struct parley_point point = parley_point_of(operand);
        bool any = point.message == PARLEY_POINT_ANY;
        return CBB_add_u8(out, any ? PARLEY_MESSAGE_COUNT : point.message) &&
               put_varint(out, (uint64_t)point.nth | (uint64_t)point.after << 16);
    }
    if (words != NULL && !trace_is_list(kind)) {
        return words->width == 2 ? CBB_add_u16(out, (uint16_t)operand->number)
                                 : CBB_add_u8(out, (uint8_t)operand->number);
    }
    return put_varint(out, trace_is_list(kind) ? operand->length / 2u : operand->length) &&
           CBB_add_bytes(out, trace->pool + operand->offset, operand->length);
}

static bool put_lines(CBB *out, const struct parley_trace *trace, const struct parley_line *lines,
                      size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct parley_line_row *row = &parley_line_rows[lines[i].row];
        bool setting = row->kind == PARLEY_LINE_KIND_SETTING;
        if (!CBB_add_u8(out, lines[i].row) || (setting && !CBB_add_u8(out, lines[i].whose))) {
            return false;
        }
        for (size_t j = 0; j < trace_operand_count(row); j++) {
            if (!put_operand(out, trace, row->operands[j], &lines[i].operands[j])) {
                return false;
            }
        }
    }
    return true;
}

static bool put_header(CBB *out, const struct parley_trace *trace) {
    size_t len = strlen(trace->stack);
    bool ok = CBB_add_u8(out, PARLEY_TRACE_BINARY);
    if (len > 0) {
        ok = ok && CBB_add_u8(out, PARLEY_LINE_stack) && put_varint(out, len) &&
             CBB_add_bytes(out, (const uint8_t *)trace->stack, len);
    }
    return ok && CBB_add_u8(out, PARLEY_LINE_role) && CBB_add_u8(out, (uint8_t)trace->role) &&
           CBB_add_u8(out, PARLEY_LINE_seed) && put_varint(out, trace->seed);
}

size_t parley_trace_encode(const struct parley_trace *trace, uint8_t *out, size_t cap) {
    CBB bytes;
    if (!CBB_init_fixed(&bytes, out, cap) || !put_header(&bytes, trace)) {
        return 0;
    }
    for (size_t i = 0; i < trace->session_count; i++) {
        const struct parley_trace_session *session = &trace->sessions[i];
        if (!CBB_add_u8(&bytes, PARLEY_LINE_session) ||
            !put_lines(&bytes, trace, session->settings, session->setting_count) ||
            !put_lines(&bytes, trace, session->operations, session->operation_count)) {
            return 0;
        }
    }
    return CBB_flush(&bytes) ? CBB_len(&bytes) : 0;
}
