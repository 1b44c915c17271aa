/* Making a trace smaller: sessions, operations, settings, then what is in them. */
#include <string.h>

#include "script/trace.h"

struct shrinker {
    struct parley_trace *trace; /* the smallest so far */
    struct parley_trace *next;  /* what is tried */
    bool (*keeps)(void *arg, const struct parley_trace *trace);
    void *arg;
    size_t tries;
};

/* try returns whether |s->next| still does it, and then makes it the smallest. */
static bool try(struct shrinker *s) {
    s->tries++;
    if (!s->keeps(s->arg, s->next)) {
        return false;
    }
    *s->trace = *s->next;
    return true;
}

static void remove_session(struct parley_trace *trace, size_t index) {
    trace->session_count--;
    memmove(&trace->sessions[index], &trace->sessions[index + 1],
            (trace->session_count - index) * sizeof trace->sessions[0]);
}

static void remove_setting(struct parley_trace_session *session, size_t index) {
    session->setting_count--;
    memmove(&session->settings[index], &session->settings[index + 1],
            (session->setting_count - index) * sizeof session->settings[0]);
}

/* Each of these walks from the end, and returns whether something went. */
static bool drop_sessions(struct shrinker *s) {
    bool smaller = false;
    for (size_t i = s->trace->session_count; i > 0 && s->trace->session_count > 1; i--) {
        *s->next = *s->trace;
        remove_session(s->next, i - 1);
        smaller |= try(s);
    }
    return smaller;
}

static bool drop_lines(struct shrinker *s, size_t session) {
    bool smaller = false;
    for (size_t i = s->trace->sessions[session].operation_count; i > 0; i--) {
        *s->next = *s->trace;
        parley_trace_remove(&s->next->sessions[session], i - 1);
        smaller |= try(s);
    }
    for (size_t i = s->trace->sessions[session].setting_count; i > 0; i--) {
        *s->next = *s->trace;
        remove_setting(&s->next->sessions[session], i - 1);
        smaller |= try(s);
    }
    return smaller;
}

/* ---- Operands ---- */

/* with_number tries another number; false if it is no smaller. */
static bool with_number(struct shrinker *s, size_t session, size_t line, size_t operand,
                        uint64_t number) {
    *s->next = *s->trace;
    struct parley_operand *o = &s->next->sessions[session].operations[line].operands[operand];
    if (number >= o->number) {
        return false;
    }
    o->number = number;
    return try(s);
}

static bool with_length(struct shrinker *s, size_t session, size_t line, size_t operand,
                        size_t length) {
    *s->next = *s->trace;
    struct parley_operand *o = &s->next->sessions[session].operations[line].operands[operand];
    if (length >= o->length) {
        return false;
    }
    o->length = (uint16_t)length;
    return try(s);
}

static bool less_number(struct shrinker *s, size_t session, size_t line, size_t operand) {
    uint64_t now = s->trace->sessions[session].operations[line].operands[operand].number;
    const uint64_t smaller[] = {0, 1, now / 2, now - 1};
    for (size_t i = 0; i < sizeof smaller / sizeof *smaller; i++) {
        if (now > 0 && with_number(s, session, line, operand, smaller[i])) {
            return true;
        }
    }
    return false;
}

/* zero_bytes makes the bytes zeros one by one, as far as that does not matter. */
static bool zero_bytes(struct shrinker *s, size_t session, size_t line, size_t operand) {
    struct parley_operand o = s->trace->sessions[session].operations[line].operands[operand];
    bool smaller = false;
    for (size_t i = 0; i < o.length; i++) {
        if (s->trace->pool[o.offset + i] != 0) {
            *s->next = *s->trace;
            s->next->pool[o.offset + i] = 0;
            smaller |= try(s);
        }
    }
    return smaller;
}

static bool less_bytes(struct shrinker *s, size_t session, size_t line, size_t operand) {
    size_t now = s->trace->sessions[session].operations[line].operands[operand].length;
    const size_t smaller[] = {0, now / 2, now - 1};
    for (size_t i = 0; i < sizeof smaller / sizeof *smaller; i++) {
        if (now > 0 && with_length(s, session, line, operand, smaller[i])) {
            return true;
        }
    }
    return zero_bytes(s, session, line, operand);
}

static bool less_in(struct shrinker *s, size_t session, size_t line) {
    bool smaller = false;
    const struct parley_line_row *row =
        &parley_line_rows[s->trace->sessions[session].operations[line].row];
    for (size_t i = 0; i < trace_operand_count(row); i++) {
        if (row->operands[i] == PARLEY_OPERAND_NUMBER) {
            smaller |= less_number(s, session, line, i);
        } else if (row->operands[i] == PARLEY_OPERAND_BYTES) {
            smaller |= less_bytes(s, session, line, i);
        }
    }
    return smaller;
}

/* tidy leaves out of the pool what no line needs any more. */
static void tidy(struct shrinker *s) {
    static uint8_t bytes[4 * PARLEY_TRACE_POOL];
    size_t len = parley_trace_encode(s->trace, bytes, sizeof bytes);
    if (len > 0) {
        parley_trace_decode(s->next, (struct parley_bytes){bytes, len});
        *s->trace = *s->next;
    }
}

size_t parley_trace_shrink(struct parley_trace *trace, struct parley_trace *room,
                           bool (*keeps)(void *arg, const struct parley_trace *trace), void *arg) {
    struct shrinker s = {trace, room, keeps, arg, 0};
    bool smaller = true;
    while (smaller) {
        smaller = drop_sessions(&s);
        for (size_t i = 0; i < trace->session_count; i++) {
            smaller |= drop_lines(&s, i);
        }
        for (size_t i = 0; i < trace->session_count; i++) {
            for (size_t j = 0; j < trace->sessions[i].operation_count; j++) {
                smaller |= less_in(&s, i, j);
            }
        }
    }
    tidy(&s);
    return s.tries;
}
