/* Operations: new ones, and others in place of those that are there. */
#include <string.h>

#include "script/trace.h"
#include "script/vary.h"

/* How often a row is taken compared to the others: those that say most come most. */
static unsigned weight(enum parley_trace_row row) {
    if (parley_line_rows[row].kind < PARLEY_LINE_KIND_MESSAGE) {
        return 0;
    }
    switch (row) {
    case PARLEY_LINE_set:
        return 16;
    case PARLEY_LINE_record:
        return 10;
    case PARLEY_LINE_mutate:
    case PARLEY_LINE_insert:
        return 6;
    case PARLEY_LINE_flip:
    case PARLEY_LINE_drop:
    case PARLEY_LINE_duplicate:
    case PARLEY_LINE_add_extension:
    case PARLEY_LINE_remove_extension:
    case PARLEY_LINE_share:
    case PARLEY_LINE_keys:
    case PARLEY_LINE_replay:
        return 4;
    case PARLEY_LINE_sign_key: /* about the whole connection: always done, soon all is said */
    case PARLEY_LINE_sign_scheme:
    case PARLEY_LINE_record_version:
    case PARLEY_LINE_handshake_length:
        return 1;
    default:
        return 2;
    }
}

enum parley_trace_row vary_row(struct varying *v) {
    unsigned sum = 0;
    for (unsigned i = 0; i < PARLEY_LINES; i++) {
        sum += weight((enum parley_trace_row)i);
    }
    uint32_t at = vary_below(v, sum);
    unsigned row = 0;
    while (at >= weight((enum parley_trace_row)row)) {
        at -= weight((enum parley_trace_row)row++);
    }
    return (enum parley_trace_row)row;
}

static bool fill(struct varying *v, size_t session, struct parley_line *line) {
    size_t count = trace_operand_count(&parley_line_rows[line->row]);
    for (size_t i = 0; i < count; i++) {
        if (!vary_operand(v, session, line, i)) {
            return false;
        }
    }
    return true;
}

bool vary_add_row(struct varying *v, size_t session, enum parley_trace_row row) {
    struct parley_trace_session *s = &v->trace->sessions[session];
    struct parley_line line = {.row = (uint8_t)row};
    if (s->operation_count == PARLEY_TRACE_OPERATIONS || !fill(v, session, &line)) {
        return false;
    }
    size_t at = vary_below(v, s->operation_count + 1);
    memmove(&s->operations[at + 1], &s->operations[at],
            (s->operation_count - at) * sizeof s->operations[0]);
    s->operations[at] = line;
    s->operation_count++;
    return true;
}

bool vary_add_operation(struct varying *v, size_t session) {
    return vary_add_row(v, session, vary_row(v));
}

/* A field's value goes with the field, which goes with the message. */
static bool is_chosen_by(enum parley_operand_kind kind) {
    return kind == PARLEY_OPERAND_POINT || kind == PARLEY_OPERAND_FIELD;
}

bool vary_change_operation(struct varying *v, size_t session) {
    struct parley_trace_session *s = &v->trace->sessions[session];
    if (s->operation_count == 0) {
        return vary_add_operation(v, session);
    }
    struct parley_line *line = &s->operations[vary_below(v, s->operation_count)];
    const struct parley_line_row *row = &parley_line_rows[line->row];
    size_t count = trace_operand_count(row);
    if (count == 0) {
        return false;
    }
    struct parley_line changed = *line;
    size_t first = vary_below(v, count);
    bool all = is_chosen_by(row->operands[first]);
    for (size_t i = first; i < (all ? count : first + 1); i++) {
        if (!vary_operand(v, session, &changed, i)) {
            return false;
        }
    }
    *line = changed;
    return true;
}
