/* Traces as structs. */
#include "parley/trace.h"

#include <string.h>

#include "script/trace.h"

void parley_trace_init(struct parley_trace *trace) {
    *trace = (struct parley_trace){.role = PARLEY_SERVER, .seed = 1};
}

struct parley_bytes parley_trace_bytes(const struct parley_trace *trace,
                                       const struct parley_operand *operand) {
    return (struct parley_bytes){trace->pool + operand->offset, operand->length};
}

struct parley_point parley_point_of(const struct parley_operand *operand) {
    return (struct parley_point){
        .message = (uint8_t)operand->number,
        .nth = (uint16_t)(operand->number >> 8),
        .after = (operand->number >> 24 & 1) != 0,
    };
}

uint64_t parley_point_number(struct parley_point point) {
    return (uint64_t)point.message | (uint64_t)point.nth << 8 | (uint64_t)point.after << 24;
}

struct parley_trace_session *parley_trace_session_add(struct parley_trace *trace) {
    if (trace->session_count == PARLEY_TRACE_SESSIONS) {
        return NULL;
    }
    struct parley_trace_session *session = &trace->sessions[trace->session_count++];
    session->setting_count = session->operation_count = 0;
    return session;
}

bool trace_header_set(struct parley_trace *trace, const struct parley_line *line) {
    const struct parley_operand *operand = &line->operands[0];
    struct parley_bytes text = parley_trace_bytes(trace, operand);
    switch (line->row) {
    case PARLEY_LINE_stack:
        if (text.len >= sizeof trace->stack || memchr(text.data, 0, text.len) != NULL) {
            return false;
        }
        memcpy(trace->stack, text.data, text.len);
        trace->stack[text.len] = '\0';
        trace->pool_length = operand->offset; /* it is kept here, not there */
        return true;
    case PARLEY_LINE_role:
        trace->role = (enum parley_role)operand->number;
        return true;
    case PARLEY_LINE_seed:
        trace->seed = operand->number;
        return true;
    default:
        return parley_trace_session_add(trace) != NULL;
    }
}

bool parley_trace_line_add(struct parley_trace *trace, const struct parley_line *line) {
    if (trace->session_count == 0) {
        return false;
    }
    struct parley_trace_session *session = &trace->sessions[trace->session_count - 1];
    if (parley_line_rows[line->row].kind == PARLEY_LINE_KIND_SETTING) {
        if (session->setting_count == PARLEY_TRACE_SETTINGS) {
            return false;
        }
        session->settings[session->setting_count++] = *line;
        return true;
    }
    if (session->operation_count == PARLEY_TRACE_OPERATIONS) {
        return false;
    }
    session->operations[session->operation_count++] = *line;
    return true;
}

bool parley_trace_keep(struct parley_trace *trace, struct parley_operand *operand,
                       struct parley_bytes bytes) {
    if (bytes.len > sizeof trace->pool - trace->pool_length) {
        return false;
    }
    if (bytes.len > 0) {
        memcpy(trace->pool + trace->pool_length, bytes.data, bytes.len);
    }
    operand->offset = (uint16_t)trace->pool_length;
    operand->length = (uint16_t)bytes.len;
    trace->pool_length += bytes.len;
    return true;
}

void parley_trace_remove(struct parley_trace_session *session, size_t index) {
    session->operation_count--;
    memmove(&session->operations[index], &session->operations[index + 1],
            (session->operation_count - index) * sizeof session->operations[0]);
}

bool parley_trace_is_text(struct parley_bytes bytes) {
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t c = bytes.data[i];
        if (c < ' ' && c != '\n' && c != '\t' && c != '\r') {
            return false;
        }
    }
    return true;
}
