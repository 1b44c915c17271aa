/* Oracle E: faults that must be answered alike, as an answer tells an attacker what he has sent
 * (RFC 5246 7.4.7.1: what an RSA key decrypts; 6.2.3.2: what CBC does). */
#include <stdio.h>

#include "oracle/judge.h"

static size_t secret_of(const struct parley_trace_session *session) {
    size_t i = 0;
    while (i < session->operation_count && session->operations[i].row != PARLEY_LINE_premaster &&
           session->operations[i].row != PARLEY_LINE_cbc) {
        i++;
    }
    return i;
}

/* is_alone returns whether nothing else was done to the message that has the fault. */
static bool is_alone(const struct parley_trace_session *session, uint64_t applied, size_t at) {
    uint8_t message = session->operations[at].row == PARLEY_LINE_premaster
                          ? (uint8_t)PARLEY_MSG_client_key_exchange_rsa
                          : parley_point_of(&session->operations[at].operands[0]).message;
    for (size_t i = 0; i < session->operation_count; i++) {
        const struct parley_line *line = &session->operations[i];
        uint8_t other = parley_point_of(&line->operands[0]).message;
        bool pointed = parley_line_rows[line->row].kind != PARLEY_LINE_KIND_CONNECTION;
        if (i != at && (applied >> i & 1) != 0 &&
            (!pointed || other == message || other == PARLEY_POINT_ANY)) {
            return false;
        }
    }
    return true;
}

static bool same_reply(const struct parley_trial_reply *a, const struct parley_trial_reply *b) {
    return a->answer == b->answer && a->was_done == b->was_done && a->alert == b->alert &&
           a->records == b->records && a->record_types == b->record_types;
}

/* describe names the two faults. */
static const char *describe(const struct parley_trace *trace, const struct parley_line *line) {
    static _Thread_local char text[200];
    char one[64], other[64];
    struct parley_line first = *line;
    first.operands[line->row == PARLEY_LINE_cbc ? 1 : 0].number = 0;
    (void)parley_trace_print_line(trace, line, one, sizeof one);
    (void)parley_trace_print_line(trace, &first, other, sizeof other);
    (void)snprintf(text, sizeof text, "it answers '%s' otherwise than '%s'", one, other);
    return text;
}

bool judge_alike(const struct parley_trace *trace, size_t session,
                 const struct parley_trial_session *s, struct parley_judgement *out) {
    const struct parley_trace_session *now = &trace->sessions[session];
    size_t at = secret_of(now);
    if (!s->has_twin || at == now->operation_count || s->reply.applied != s->twin.applied ||
        (s->reply.applied >> at & 1) == 0 || !is_alone(now, s->reply.applied, at) ||
        same_reply(&s->reply, &s->twin)) {
        return false;
    }
    bool premaster = now->operations[at].row == PARLEY_LINE_premaster;
    *out = (struct parley_judgement){
        .oracle = "E",
        .detail = describe(trace, &now->operations[at]),
        .section = premaster ? "RFC 5246 7.4.7.1" : "RFC 5246 6.2.3.2",
        .operation = at,
    };
    return true;
}
