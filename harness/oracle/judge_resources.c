/* Oracle R: what a peer may be made to spend, without end or out of all proportion. The limits are
 * our own: no RFC has any. */
#include "oracle/judge.h"

/* More than that many messages that get nobody anywhere, one behind the other, no peer needs. */
#define FLOOD_LIMIT 1000

/* What a connection may take of the heap: that much, and so many bytes for each that it was sent.
 */
#define HEAP_FREE ((size_t)1 << 20)
#define HEAP_FOR_EACH 16

static const char *const floods[PARLEY_FLOODS] = {
    [PARLEY_FLOOD_KEY_UPDATE] = "it takes key_updates without end",
    [PARLEY_FLOOD_KEY_UPDATE_REQUESTED] = "it answers key_updates without end",
    [PARLEY_FLOOD_EMPTY_RECORD] = "it takes empty records without end",
    [PARLEY_FLOOD_WARNING] = "it takes warning alerts without end",
    [PARLEY_FLOOD_HELLO_REQUEST] = "it takes hello_requests without end",
};

/* is_endless returns whether an operation sends more than anybody needs. */
static const char *is_endless(const struct parley_trial_session *s,
                              const struct parley_line *line) {
    if (line->row == PARLEY_LINE_flood && s->flooded >= FLOOD_LIMIT) {
        return floods[line->operands[1].number];
    }
    bool ccs = parley_point_of(&line->operands[0]).message == PARLEY_MSG_change_cipher_spec;
    return line->row == PARLEY_LINE_duplicate && ccs && s->flooded >= FLOOD_LIMIT
               ? "it takes change_cipher_specs without end"
               : NULL;
}

bool judge_resources(const struct parley_trace *trace, size_t session,
                     const struct parley_trial_session *s, struct parley_judgement *out) {
    const struct parley_trace_session *now = &trace->sessions[session];
    size_t sent = s->pipe.sent[trace->role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT];
    *out = (struct parley_judgement){
        .oracle = "R", .section = "", .operation = PARLEY_TRACE_OPERATIONS};
    if (s->heap > HEAP_FREE + HEAP_FOR_EACH * sent) {
        out->detail = "its heap grows out of all proportion to what it was sent";
        out->doubtful = true; /* it may have made what it needs but once */
        return true;
    }
    for (size_t i = 0; i < now->operation_count && s->answer == PARLEY_ANSWER_COMPLETED; i++) {
        out->detail = (s->applied >> i & 1) != 0 ? is_endless(s, &now->operations[i]) : NULL;
        if (out->detail != NULL) {
            out->operation = i;
            return true;
        }
    }
    return false;
}
