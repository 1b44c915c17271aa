/* Oracle E: faults that must be answered alike, as an answer tells an attacker what he has sent
 * (RFC 5246 7.4.7.1: what an RSA key decrypts; 6.2.3.2: what CBC does). */
#include <stdio.h>
#include <string.h>

#include "oracle/judge.h"

static bool is_secretive(const struct parley_line *line) {
    return line->row == PARLEY_LINE_premaster || line->row == PARLEY_LINE_cbc;
}

static bool same_line(const struct parley_trace *trace, const struct parley_line *a,
                      const struct parley_line *b) {
    bool same = a->row == b->row && a->whose == b->whose;
    for (size_t i = 0; same && i < PARLEY_OPERANDS_MAX; i++) {
        struct parley_bytes x = parley_trace_bytes(trace, &a->operands[i]);
        struct parley_bytes y = parley_trace_bytes(trace, &b->operands[i]);
        same = a->operands[i].number == b->operands[i].number && x.len == y.len &&
               (x.len == 0 || memcmp(x.data, y.data, x.len) == 0);
    }
    return same;
}

/* is_variant returns whether |a| and |b| are the same operation with another fault. */
static bool is_variant(const struct parley_line *a, const struct parley_line *b) {
    size_t fault = a->row == PARLEY_LINE_cbc ? 1 : 0;
    return is_secretive(a) && a->row == b->row &&
           (fault == 0 || a->operands[0].number == b->operands[0].number) &&
           a->operands[fault].number != b->operands[fault].number;
}

/* variant returns in which operation two sessions differ, if only in the fault of that one; else
 * PARLEY_TRACE_OPERATIONS. */
static size_t variant(const struct parley_trace *trace, const struct parley_trace_session *a,
                      const struct parley_trace_session *b) {
    size_t found = PARLEY_TRACE_OPERATIONS;
    bool same = a->setting_count == b->setting_count && a->operation_count == b->operation_count;
    for (size_t i = 0; same && i < a->setting_count; i++) {
        same = same_line(trace, &a->settings[i], &b->settings[i]);
    }
    for (size_t i = 0; same && i < a->operation_count; i++) {
        const struct parley_line *x = &a->operations[i], *y = &b->operations[i];
        bool varies = found == PARLEY_TRACE_OPERATIONS && is_variant(x, y);
        found = varies ? i : found;
        same = varies || same_line(trace, x, y);
    }
    return same ? found : PARLEY_TRACE_OPERATIONS;
}

static bool answered_alike(const struct parley_trial_session *a,
                           const struct parley_trial_session *b) {
    return a->answer == b->answer && a->was_done == b->was_done && a->alert == b->alert &&
           a->records == b->records && a->record_types == b->record_types;
}

static const char *describe(const struct parley_trace *trace, const struct parley_line *a,
                            const struct parley_line *b) {
    static _Thread_local char text[200];
    char first[64], second[64];
    (void)parley_trace_print_line(trace, a, first, sizeof first);
    (void)parley_trace_print_line(trace, b, second, sizeof second);
    (void)snprintf(text, sizeof text, "it answers '%s' otherwise than '%s'", second, first);
    return text;
}

bool judge_alike(const struct parley_trace *trace, size_t session,
                 const struct parley_trial_result *result, struct parley_judgement *out) {
    const struct parley_trial_session *s = &result->sessions[session];
    const struct parley_trace_session *now = &trace->sessions[session];
    for (size_t i = 0; i < session; i++) {
        size_t at = variant(trace, &trace->sessions[i], now);
        if (at < PARLEY_TRACE_OPERATIONS && s->applied == result->sessions[i].applied &&
            (s->applied >> at & 1) != 0 && !answered_alike(&result->sessions[i], s)) {
            bool premaster = now->operations[at].row == PARLEY_LINE_premaster;
            *out = (struct parley_judgement){
                .oracle = "E",
                .detail = describe(trace, &trace->sessions[i].operations[at], &now->operations[at]),
                .section = premaster ? "RFC 5246 7.4.7.1" : "RFC 5246 6.2.3.2",
                .operation = at,
            };
            return true;
        }
    }
    return false;
}
