/* Operands of new operations: what has been seen, most of the time; else anything. */
#include <string.h>

#include "parley/pki.h"
#include "script/trace.h"
#include "script/vary.h"

/* ---- Numbers ---- */

static uint64_t a_length(struct varying *v, size_t now) {
    static const uint32_t lengths[] = {0,   1,      2,      4,      32,     127,     255,
                                       256, 0x3fff, 0x4000, 0x4001, 0xffff, 0xffffff};
    switch (vary_below(v, 4)) {
    case 0:
        return now + 1;
    case 1:
        return now > 0 ? now - 1 : 0;
    case 2:
        return vary_below(v, now + 1);
    default:
        return lengths[vary_below(v, sizeof lengths / sizeof *lengths)];
    }
}

/* a_count: how often. What takes long comes seldom. */
static uint64_t a_count(struct varying *v) {
    static const uint16_t many[] = {5, 17, 33, 40, 100, 1100};
    return vary_chance(v, 90) ? 1 + vary_below(v, 3)
                              : many[vary_below(v, sizeof many / sizeof *many)];
}

static uint64_t a_number(struct varying *v, const struct parley_line *line, size_t index) {
    size_t len = vary_message(v, vary_message_of(line)).len;
    switch (line->row) {
    case PARLEY_LINE_duplicate:
        return a_count(v);
    case PARLEY_LINE_flood: /* few tell nothing, and many take their time */
        return vary_chance(v, 70) ? 1000 : vary_below(v, 100);
    case PARLEY_LINE_truncate:
        return 1 + (vary_chance(v, 50) ? 0 : vary_below(v, len));
    case PARLEY_LINE_fragment:
        return vary_chance(v, 60) ? 1 + vary_below(v, 5) : a_length(v, len);
    case PARLEY_LINE_coalesce:
        return vary_chance(v, 50) ? 0 : 1 + vary_below(v, 8);
    case PARLEY_LINE_flip:
        return index == 2 ? (vary_chance(v, 60) ? 0 : vary_below(v, 64)) : 1U << vary_below(v, 8);
    case PARLEY_LINE_length:
    case PARLEY_LINE_handshake_length:
    case PARLEY_LINE_record_length:
        return a_length(v, len);
    case PARLEY_LINE_handshake_type:
        return vary_chance(v, 80) ? parley_messages[vary_below(v, PARLEY_MESSAGE_COUNT)].type
                                  : vary_below(v, 256);
    case PARLEY_LINE_move_extension:
        return vary_below(v, 12);
    case PARLEY_LINE_binder:
        return vary_below(v, 48);
    case PARLEY_LINE_record_version:
        return 0x0300 + vary_below(v, 6);
    case PARLEY_LINE_record_flip:
        return index == 1 ? vary_below(v, 80) : 1U << vary_below(v, 8);
    case PARLEY_LINE_reorder_extensions:
    case PARLEY_LINE_mutate:
        return vary_below(v, UINT32_MAX);
    case PARLEY_LINE_early_data:
    case PARLEY_LINE_data:
        return vary_chance(v, 90) ? vary_below(v, 40) : vary_below(v, 40000);
    case PARLEY_LINE_chunk:
        return 1 + vary_below(v, 9);
    default:
        return vary_chance(v, 80) ? vary_below(v, 16) : a_count(v);
    }
}

/* ---- Names ---- */

/* an_extension: one that the message had, or one of the tables, or none that anybody knows. */
static uint64_t an_extension(struct varying *v, const struct parley_line *line) {
    static struct mutate_view view;
    enum parley_message message = vary_message_of(line);
    struct parley_bytes bytes = vary_message(v, message);
    if (bytes.len > 0 && line->row != PARLEY_LINE_add_extension && vary_chance(v, 85)) {
        uint32_t seen = 0;
        uint16_t codes[32];
        mutate_look(parley_message_syntax(message), bytes.data, bytes.len, &view);
        for (size_t i = 0; i < view.count && seen < 32; i++) {
            if (view.items[i].kind == PARLEY_SPAN_UINT &&
                view.items[i].names == PARLEY_NAMES_EXTENSION) {
                codes[seen++] = (uint16_t)mutate_number(bytes.data + view.items[i].offset, 2);
            }
        }
        if (seen > 0) {
            return codes[vary_below(v, seen)];
        }
    }
    /* Those that stacks know and the tables do not: Channel ID, QUIC's parameters, the newer ALPS.
     */
    static const uint16_t others[] = {0x7550, 0x0039, 0xffa5, 0x44cd};
    uint32_t how = vary_below(v, 100);
    return how < 80   ? parley_extensions[vary_below(v, PARLEY_EXTENSION_COUNT)].code
           : how < 90 ? others[vary_below(v, sizeof others / sizeof *others)]
                      : 0x1000 + vary_below(v, 0x2000);
}

static uint64_t a_content(struct varying *v) {
    return vary_chance(v, 90) ? 20 + vary_below(v, 5) : vary_below(v, 256);
}

static uint64_t a_name(struct varying *v, const struct parley_line *line,
                       enum parley_operand_kind kind) {
    const struct trace_words *words = trace_words_of(kind);
    switch (kind) {
    case PARLEY_OPERAND_EXTENSION:
        return an_extension(v, line);
    case PARLEY_OPERAND_CONTENT:
        return a_content(v);
    case PARLEY_OPERAND_SIGALG:
        return parley_sigalgs[vary_below(v, parley_sigalg_count)].code;
    case PARLEY_OPERAND_KEYS:
        return vary_chance(v, 60) ? 0 : vary_below(v, words->choices);
    default:
        return words != NULL ? vary_below(v, words->choices != 0 ? words->choices : 256) : 0;
    }
}

/* ---- Lists ---- */

static uint16_t a_code(struct varying *v, enum parley_operand_kind kind) {
    switch (kind) {
    case PARLEY_OPERAND_VERSIONS:
        return vary_chance(v, 50) ? PARLEY_TLS12 : PARLEY_TLS13;
    case PARLEY_OPERAND_SUITES:
        return parley_suites[vary_below(v, parley_suite_count)].code;
    case PARLEY_OPERAND_GROUPS:
        return parley_groups[vary_below(v, parley_group_count)].code;
    default:
        return parley_sigalgs[vary_below(v, parley_sigalg_count)].code;
    }
}

static bool a_list(struct varying *v, enum parley_operand_kind kind, struct parley_operand *out) {
    uint8_t room[16];
    size_t count = kind == PARLEY_OPERAND_VERSIONS ? 1 + vary_below(v, 2) : 1 + vary_below(v, 6);
    for (size_t i = 0; i < count; i++) {
        mutate_set_number(room + 2 * i, 2, a_code(v, kind));
    }
    return parley_trace_keep(v->trace, out, (struct parley_bytes){room, 2 * count});
}

static bool a_text(struct varying *v, enum parley_operand_kind kind, struct parley_operand *out) {
    static const char *const protocols[] = {"\2h2", "\10http/1.1", "\2h2\10http/1.1", "\3foo"};
    static const char *const hosts[] = {"parley.test", "any.wild.test", "localhost", "%", "a"};
    const char *text = kind == PARLEY_OPERAND_PROTOCOLS
                           ? protocols[vary_below(v, sizeof protocols / sizeof *protocols)]
                           : hosts[vary_below(v, sizeof hosts / sizeof *hosts)];
    return parley_trace_keep(v->trace, out,
                             (struct parley_bytes){(const uint8_t *)text, strlen(text)});
}

bool vary_operand(struct varying *v, size_t session, struct parley_line *line, size_t index) {
    enum parley_operand_kind kind = parley_line_rows[line->row].operands[index];
    struct parley_operand *out = &line->operands[index];
    *out = (struct parley_operand){0};
    switch (kind) {
    case PARLEY_OPERAND_NONE:
        return true;
    case PARLEY_OPERAND_NUMBER:
        out->number = a_number(v, line, index);
        return true;
    case PARLEY_OPERAND_POINT:
    case PARLEY_OPERAND_PLACE:
        out->number =
            vary_point(v, session, (enum parley_trace_row)line->row, kind == PARLEY_OPERAND_PLACE);
        return true;
    case PARLEY_OPERAND_MESSAGE:
        out->number = vary_another(v, session, line);
        return true;
    case PARLEY_OPERAND_FIELD:
        return vary_field(v, vary_message_of(line), line->row == PARLEY_LINE_length, out);
    case PARLEY_OPERAND_BYTES:
        return vary_content(v, line, index, out);
    case PARLEY_OPERAND_TEXT:
    case PARLEY_OPERAND_PROTOCOLS:
        return a_text(v, kind, out);
    case PARLEY_OPERAND_VERSIONS:
    case PARLEY_OPERAND_SUITES:
    case PARLEY_OPERAND_GROUPS:
    case PARLEY_OPERAND_SIGALGS:
        return a_list(v, kind, out);
    default:
        out->number = a_name(v, line, kind);
        return true;
    }
}
