/* Settings: others, more of them, fewer. */
#include <string.h>

#include "script/trace.h"
#include "script/vary.h"

/* wanted returns whether fuzzing sets |row| by itself: |tolerant| is for trying oracles only. */
static bool wanted(enum parley_trace_row row) {
    return parley_line_rows[row].kind == PARLEY_LINE_KIND_SETTING && row != PARLEY_LINE_tolerant;
}

static enum parley_trace_row draw_row(struct varying *v) {
    for (;;) {
        enum parley_trace_row row = (enum parley_trace_row)vary_below(v, PARLEY_LINES);
        if (wanted(row)) {
            return row;
        }
    }
}

/* only_ours returns whether the stack has no such setting. */
static bool only_ours(enum parley_trace_row row) {
    return row == PARLEY_LINE_strict || row == PARLEY_LINE_no_extended_master_secret ||
           row == PARLEY_LINE_no_encrypt_then_mac;
}

/* fill draws all operands, and whose setting it is: both ends have to fit together, mostly. */
static bool fill(struct varying *v, size_t session, struct parley_line *line) {
    size_t count = trace_operand_count(&parley_line_rows[line->row]);
    line->whose = PARLEY_BOTH;
    if (!only_ours((enum parley_trace_row)line->row) && vary_chance(v, 35)) {
        line->whose = vary_chance(v, 60) ? PARLEY_OUR : PARLEY_ITS;
    }
    for (size_t i = 0; i < count; i++) {
        if (!vary_operand(v, session, line, i)) {
            return false;
        }
    }
    return true;
}

bool vary_setting(struct varying *v, size_t session) {
    struct parley_trace_session *s = &v->trace->sessions[session];
    uint32_t choice = vary_below(v, 10);
    if (choice < 3 && s->setting_count > 0) {
        size_t at = vary_below(v, s->setting_count);
        s->setting_count--;
        memmove(&s->settings[at], &s->settings[at + 1],
                (s->setting_count - at) * sizeof s->settings[0]);
        return true;
    }
    if (choice < 6 && s->setting_count > 0) {
        struct parley_line *old = &s->settings[vary_below(v, s->setting_count)];
        struct parley_line line = {.row = old->row};
        bool filled = fill(v, session, &line);
        *old = filled ? line : *old;
        return filled;
    }
    struct parley_line line = {.row = (uint8_t)draw_row(v)};
    if (s->setting_count == PARLEY_TRACE_SETTINGS || !fill(v, session, &line)) {
        return false;
    }
    s->settings[s->setting_count++] = line;
    return true;
}
