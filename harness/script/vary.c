/* Varying a trace: which change it is to be, and those of whole sessions. */
#include "script/vary.h"

#include <string.h>

#include "script/trace.h"

const struct parley_handshake_kind parley_handshake_kinds[] = {
#define HANDSHAKE(name, settings) {#name, "session\n" settings},
#include "tables/handshakes.def"
#undef HANDSHAKE
};
const size_t parley_handshake_kind_count =
    sizeof parley_handshake_kinds / sizeof parley_handshake_kinds[0];

/* SplitMix64. */
static uint64_t draw(struct varying *v) {
    uint64_t z = v->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

uint32_t vary_below(struct varying *v, size_t limit) {
    return limit > 1 ? (uint32_t)(draw(v) % limit) : 0;
}

bool vary_chance(struct varying *v, unsigned percent) {
    return vary_below(v, 100) < percent;
}

/* ---- Sessions ---- */

/* copy_lines appends lines of |from|, a part of |other|, to |to| of |trace|. */
static size_t copy_lines(struct parley_trace *trace, struct parley_line *to, size_t room,
                         const struct parley_trace *other, const struct parley_line *from,
                         size_t count) {
    size_t copied = 0;
    for (; copied < count && copied < room; copied++) {
        struct parley_line line = from[copied];
        for (size_t i = 0; i < PARLEY_OPERANDS_MAX; i++) {
            struct parley_bytes bytes = parley_trace_bytes(other, &line.operands[i]);
            if (bytes.len > 0 && !parley_trace_keep(trace, &line.operands[i], bytes)) {
                return copied;
            }
        }
        to[copied] = line;
    }
    return copied;
}

/* take_session appends |from|, a session of |other|. */
static bool take_session(struct parley_trace *trace, const struct parley_trace *other,
                         const struct parley_trace_session *from) {
    struct parley_trace_session *to = parley_trace_session_add(trace);
    if (to == NULL) {
        return false;
    }
    to->setting_count = copy_lines(trace, to->settings, PARLEY_TRACE_SETTINGS, other,
                                   from->settings, from->setting_count);
    to->operation_count = copy_lines(trace, to->operations, PARLEY_TRACE_OPERATIONS, other,
                                     from->operations, from->operation_count);
    return true;
}

/* become makes the trace one of the kinds; sometimes the operations of its first session stay. */
static void become(struct varying *v, size_t index) {
    static struct parley_trace kind;
    struct parley_trace *trace = v->trace;
    struct parley_trace_error error;
    const char *text = parley_handshake_kinds[index].text;
    if (!parley_trace_parse(&kind, (struct parley_bytes){(const uint8_t *)text, strlen(text)},
                            &error)) {
        return; /* the table is tested */
    }
    if (trace->session_count > 0 && vary_chance(v, 50)) {
        struct parley_trace_session *last = &kind.sessions[kind.session_count - 1];
        const struct parley_trace_session *first = &trace->sessions[0];
        last->operation_count = copy_lines(&kind, last->operations, PARLEY_TRACE_OPERATIONS, trace,
                                           first->operations, first->operation_count);
    }
    memcpy(kind.stack, trace->stack, sizeof kind.stack);
    kind.role = trace->role;
    kind.seed = trace->seed;
    *trace = kind;
}

static bool has(const struct parley_trace_session *session, enum parley_trace_row row) {
    for (size_t i = 0; i < session->setting_count; i++) {
        if (session->settings[i].row == row) {
            return true;
        }
    }
    return false;
}

/* add_session: another connection with the settings of one, which may resume it. */
static bool add_session(struct varying *v) {
    struct parley_trace *trace = v->trace;
    struct parley_trace_session *from = &trace->sessions[vary_below(v, trace->session_count)];
    size_t operations = from->operation_count;
    if (!vary_chance(v, 30)) {
        from->operation_count = 0;
    }
    bool added = take_session(trace, trace, from);
    from->operation_count = operations;
    struct parley_trace_session *last = &trace->sessions[trace->session_count - 1];
    if (added && !has(last, PARLEY_LINE_resume) && vary_chance(v, 70) &&
        last->setting_count < PARLEY_TRACE_SETTINGS) {
        last->settings[last->setting_count++] = (struct parley_line){.row = PARLEY_LINE_resume};
    }
    return added;
}

static bool remove_session(struct varying *v) {
    struct parley_trace *trace = v->trace;
    if (trace->session_count < 2) {
        return false;
    }
    size_t at = vary_below(v, trace->session_count);
    trace->session_count--;
    memmove(&trace->sessions[at], &trace->sessions[at + 1],
            (trace->session_count - at) * sizeof trace->sessions[0]);
    return true;
}

/* ---- Operations ---- */

static bool remove_operation(struct varying *v, size_t session) {
    struct parley_trace_session *s = &v->trace->sessions[session];
    if (s->operation_count == 0) {
        return false;
    }
    parley_trace_remove(s, vary_below(v, s->operation_count));
    return true;
}

/* Some operations are possible in some kinds of handshakes only. */
static const struct {
    enum parley_trace_row row;
    const char *kind;
} homes[] = {
    {PARLEY_LINE_cbc, "mac_then_encrypt"},
    {PARLEY_LINE_cbc, "ecdhe_cbc"},
    {PARLEY_LINE_premaster, "rsa_key_exchange"},
    {PARLEY_LINE_premaster, "rsa_cbc"},
    {PARLEY_LINE_binder, "resumed13"},
    {PARLEY_LINE_binder, "psk13"},
    {PARLEY_LINE_replay, "hello_retry_always"},
    {PARLEY_LINE_replay, "tls13"},
    {PARLEY_LINE_replay, "tls12"},
    {PARLEY_LINE_renegotiate, "tls12"},
    {PARLEY_LINE_zero_master, "tls12"},
    {PARLEY_LINE_share, "tls13_p256"},
    {PARLEY_LINE_share, "tls12_p256"},
    {PARLEY_LINE_share, "tls13"},
    {PARLEY_LINE_share, "dhe"},
};

/* home_of returns the kind of handshake for an operation of |row|: one of those above, or any. */
static size_t home_of(struct varying *v, enum parley_trace_row row) {
    const char *name = NULL;
    unsigned seen = 0;
    for (size_t i = 0; i < sizeof homes / sizeof *homes; i++) {
        if (homes[i].row == row && vary_below(v, ++seen) == 0) {
            name = homes[i].kind;
        }
    }
    for (size_t i = 0; name != NULL && i < parley_handshake_kind_count; i++) {
        if (strcmp(parley_handshake_kinds[i].name, name) == 0) {
            return i;
        }
    }
    return vary_below(v, parley_handshake_kind_count);
}

/* one_operation: none but a new one, so that what comes of it is its doing; mostly in a handshake
 * of a kind that it fits. */
static bool one_operation(struct varying *v) {
    enum parley_trace_row row = vary_row(v);
    for (size_t i = 0; i < v->trace->session_count; i++) {
        v->trace->sessions[i].operation_count = 0;
    }
    if (vary_chance(v, 70)) {
        become(v, home_of(v, row));
    }
    return vary_add_row(v, vary_below(v, v->trace->session_count), row);
}

/* ---- All ---- */

/* change does the change that |choice| of a hundred stands for. */
static bool change(struct varying *v, uint32_t choice) {
    size_t session = vary_below(v, v->trace->session_count);
    if (choice < 18) {
        return vary_add_operation(v, session);
    }
    if (choice < 50) {
        return one_operation(v);
    }
    if (choice < 64) {
        return vary_change_operation(v, session);
    }
    if (choice < 72) {
        return remove_operation(v, session);
    }
    if (choice < 84) {
        return vary_setting(v, session);
    }
    if (choice < 86) {
        return add_session(v);
    }
    if (choice < 92) {
        return remove_session(v);
    }
    if (choice < 99) {
        become(v, vary_below(v, parley_handshake_kind_count));
        return true;
    }
    v->trace->seed = 1 + vary_below(v, 4);
    return true;
}

void parley_trace_vary(struct parley_trace *trace, const struct parley_lore *lore, uint64_t seed) {
    struct varying v = {trace, lore, seed};
    if (trace->session_count == 0) {
        become(&v, vary_below(&v, parley_handshake_kind_count));
        return;
    }
    /* Some cannot be done to this trace. */
    for (unsigned tries = 0; tries < 8 && !change(&v, vary_below(&v, 100)); tries++) {
    }
}

void parley_trace_cross(struct parley_trace *trace, const struct parley_trace *other,
                        uint64_t seed) {
    struct varying v = {trace, NULL, seed};
    if (other->session_count == 0) {
        return;
    }
    const struct parley_trace_session *from =
        &other->sessions[vary_below(&v, other->session_count)];
    if (trace->session_count == 0 || vary_chance(&v, 8)) {
        (void)take_session(trace, other, from);
        return;
    }
    struct parley_trace_session *to = &trace->sessions[vary_below(&v, trace->session_count)];
    size_t room = PARLEY_TRACE_OPERATIONS - to->operation_count;
    /* Few: what many come to together is mostly that the first of them ends it. */
    size_t skipped = vary_below(&v, from->operation_count);
    size_t count = from->operation_count - skipped;
    count = count > 1 && !vary_chance(&v, 20) ? 1 : count;
    to->operation_count += copy_lines(trace, to->operations + to->operation_count, room, other,
                                      from->operations + skipped, count);
}
