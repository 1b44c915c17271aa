/* Making what is in a line smaller: numbers, bytes, lists, and which message it is about. */
#include "script/shrink.h"

#include <string.h>

/* Which operand is at work. */
struct place {
    size_t session, line, operand;
};

static struct parley_line *line_of(struct parley_trace *trace, size_t session, size_t line) {
    struct parley_trace_session *s = &trace->sessions[session];
    return line < s->setting_count ? &s->settings[line] : &s->operations[line - s->setting_count];
}

static struct parley_operand *operand_of(struct parley_trace *trace, const struct place *at) {
    return &line_of(trace, at->session, at->line)->operands[at->operand];
}

/* begin makes |s->next| the trace, to be changed in the operand that is returned. */
static struct parley_operand *begin(struct shrinker *s, const struct place *at) {
    *s->next = *s->trace;
    return operand_of(s->next, at);
}

/* ---- Numbers ---- */

static bool less_number(struct shrinker *s, const struct place *at) {
    uint64_t now = operand_of(s->trace, at)->number;
    const uint64_t smaller[] = {0, 1, now / 2, now - 1};
    for (size_t i = 0; now > 0 && i < sizeof smaller / sizeof *smaller; i++) {
        begin(s, at)->number = smaller[i];
        if (smaller[i] < now && shrink_try(s)) {
            return true;
        }
    }
    return false;
}

/* ---- Bytes ---- */

/* zero_bytes makes the bytes zeros one by one, as far as that does not matter. */
static bool zero_bytes(struct shrinker *s, const struct place *at) {
    struct parley_operand o = *operand_of(s->trace, at);
    bool smaller = false;
    for (size_t i = 0; i < o.length; i++) {
        if (s->trace->pool[o.offset + i] != 0) {
            (void)begin(s, at);
            s->next->pool[o.offset + i] = 0;
            smaller |= shrink_try(s);
        }
    }
    return smaller;
}

static bool less_bytes(struct shrinker *s, const struct place *at) {
    size_t now = operand_of(s->trace, at)->length;
    const size_t smaller[] = {0, now / 2, now - 1};
    for (size_t i = 0; now > 0 && i < sizeof smaller / sizeof *smaller; i++) {
        begin(s, at)->length = (uint16_t)smaller[i];
        if (smaller[i] < now && shrink_try(s)) {
            return true;
        }
    }
    return zero_bytes(s, at);
}

/* ---- Lists ---- */

/* without tries the list without the |len| bytes at |from|. */
static bool without(struct shrinker *s, const struct place *at, size_t from, size_t len) {
    struct parley_bytes all = parley_trace_bytes(s->trace, operand_of(s->trace, at));
    uint8_t rest[PARLEY_TRACE_POOL];
    memcpy(rest, all.data, from);
    memcpy(rest + from, all.data + from + len, all.len - from - len);
    return parley_trace_keep(s->next, begin(s, at), (struct parley_bytes){rest, all.len - len}) &&
           shrink_try(s);
}

/* fewer takes away elements from the front on; one stays. Names have their length before them. */
static bool fewer(struct shrinker *s, const struct place *at, bool names) {
    bool smaller = false;
    for (size_t from = 0;;) {
        struct parley_bytes all = parley_trace_bytes(s->trace, operand_of(s->trace, at));
        size_t len = from >= all.len ? 0 : names ? 1U + all.data[from] : 2;
        if (len == 0 || len >= all.len || from + len > all.len) {
            return smaller;
        }
        if (without(s, at, from, len)) {
            smaller = true;
        } else {
            from += len;
        }
    }
}

/* ---- Points ---- */

static bool with_point(struct shrinker *s, const struct place *at, struct parley_point point) {
    begin(s, at)->number = parley_point_number(point);
    return shrink_try(s);
}

/* plainer_point: not each message of a name, or the Nth, but the first; not any, but one. */
static bool plainer_point(struct shrinker *s, const struct place *at) {
    struct parley_point point = parley_point_of(operand_of(s->trace, at));
    if (point.message == PARLEY_POINT_ANY) {
        for (unsigned i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
            if (with_point(s, at, (struct parley_point){(uint8_t)i, 1, point.after})) {
                return true;
            }
        }
    }
    if (point.nth == 1) {
        return false;
    }
    point.nth = 1;
    return with_point(s, at, point);
}

bool shrink_line(struct shrinker *s, size_t session, size_t line) {
    const struct parley_line_row *row = &parley_line_rows[line_of(s->trace, session, line)->row];
    bool smaller = false;
    for (size_t i = 0; i < trace_operand_count(row); i++) {
        struct place at = {session, line, i};
        enum parley_operand_kind kind = row->operands[i];
        if (kind == PARLEY_OPERAND_NUMBER) {
            smaller |= less_number(s, &at);
        } else if (kind == PARLEY_OPERAND_BYTES) {
            smaller |= less_bytes(s, &at);
        } else if (kind == PARLEY_OPERAND_POINT || kind == PARLEY_OPERAND_PLACE) {
            smaller |= plainer_point(s, &at);
        } else if (trace_is_list(kind) || kind == PARLEY_OPERAND_PROTOCOLS) {
            smaller |= fewer(s, &at, kind == PARLEY_OPERAND_PROTOCOLS);
        }
    }
    return smaller;
}
