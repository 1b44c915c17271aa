/* Traces as text. */
#include <stdio.h>
#include <string.h>

#include "script/trace.h"

#define LINE_MAX_BYTES 40000 /* of a line: two digits for each byte of the pool, and some more */
#define WORDS_MAX 80

/* ---- Out ---- */

static void put_line(struct trace_out *out, const struct parley_trace *trace,
                     const struct parley_line *line) {
    const struct parley_line_row *row = &parley_line_rows[line->row];
    static const char *const whose[] = {"", "our ", "its "};
    trace_put_text(out, whose[line->whose]);
    trace_put_text(out, row->name);
    for (size_t i = 0; i < trace_operand_count(row); i++) {
        trace_print_operand(out, trace, row->operands[i], &line->operands[i]);
    }
}

static size_t finish(struct trace_out *out) {
    if (out->cap > 0) {
        out->at[out->length < out->cap ? out->length : out->cap - 1] = '\0';
    }
    return out->length;
}

size_t parley_trace_print_line(const struct parley_trace *trace, const struct parley_line *line,
                               char *out, size_t cap) {
    struct trace_out text = {out, cap, 0};
    put_line(&text, trace, line);
    return finish(&text);
}

static void put_lines(struct trace_out *out, const struct parley_trace *trace,
                      const struct parley_line *lines, size_t count) {
    for (size_t i = 0; i < count; i++) {
        trace_put_text(out, "  ");
        put_line(out, trace, &lines[i]);
        trace_put_text(out, "\n");
    }
}

static void put_header(struct trace_out *out, const struct parley_trace *trace) {
    struct parley_trace names = {.pool_length = 0};
    struct parley_line line = {.row = PARLEY_LINE_stack};
    if (trace->stack[0] != '\0') {
        struct parley_bytes text = {(const uint8_t *)trace->stack, strlen(trace->stack)};
        (void)parley_trace_keep(&names, &line.operands[0], text);
        put_line(out, &names, &line);
        trace_put_text(out, "\n");
    }
    line = (struct parley_line){.row = PARLEY_LINE_role, .operands = {{.number = trace->role}}};
    put_line(out, trace, &line);
    trace_put_text(out, "\n");
    line = (struct parley_line){.row = PARLEY_LINE_seed, .operands = {{.number = trace->seed}}};
    put_line(out, trace, &line);
    trace_put_text(out, "\n");
}

size_t parley_trace_print(const struct parley_trace *trace, char *out, size_t cap) {
    struct trace_out text = {out, cap, 0};
    put_header(&text, trace);
    for (size_t i = 0; i < trace->session_count; i++) {
        const struct parley_trace_session *session = &trace->sessions[i];
        trace_put_text(&text, "\nsession\n");
        put_lines(&text, trace, session->settings, session->setting_count);
        put_lines(&text, trace, session->operations, session->operation_count);
    }
    return finish(&text);
}

/* ---- In ---- */

struct parser {
    struct parley_trace *trace;
    struct parley_trace_error *error;
    size_t line;
    char *words[WORDS_MAX];
    size_t count;
};

static bool fail(struct parser *p, const char *word, const char *text) {
    p->error->line = p->line;
    (void)snprintf(p->error->word, sizeof p->error->word, "%s", word);
    (void)snprintf(p->error->text, sizeof p->error->text, "%s", text);
    return false;
}

/* split takes |line|, which it writes to, apart. */
static bool split(struct parser *p, char *line) {
    static const char blanks[] = " \t\r";
    p->count = 0;
    for (char *at = line + strspn(line, blanks); *at != '\0' && *at != '#';) {
        if (p->count == WORDS_MAX) {
            return fail(p, at, "there are too many words on this line");
        }
        p->words[p->count++] = at;
        at += strcspn(at, blanks);
        if (*at != '\0') {
            *at++ = '\0';
        }
        at += strspn(at, blanks);
    }
    return true;
}

/* operands reads the words from |at| on into |line|. */
static bool operands(struct parser *p, size_t at, struct parley_line *line) {
    const struct parley_line_row *row = &parley_line_rows[line->row];
    char word[48];
    for (size_t i = 0; i < trace_operand_count(row); i++) {
        enum parley_operand_kind kind = row->operands[i];
        size_t wanted = trace_operand_words(kind);
        size_t left = p->count - at;
        size_t bad;
        if (left < (wanted != 0 ? wanted : 1)) {
            return fail(p, p->words[p->count - 1], "something is missing behind this word");
        }
        wanted = wanted != 0 ? wanted : left;
        const char *wrong =
            trace_parse_operand(p->trace, kind, p->words + at, wanted, &line->operands[i], &bad);
        if (wrong != NULL) {
            (void)snprintf(word, sizeof word, "%s", p->words[at + bad]);
            return fail(p, word, wrong);
        }
        at += wanted;
    }
    return at == p->count || fail(p, p->words[at], "nothing is expected here");
}

static enum parley_whose whose(const char *word) {
    return strcmp(word, "our") == 0   ? PARLEY_OUR
           : strcmp(word, "its") == 0 ? PARLEY_ITS
                                      : PARLEY_BOTH;
}

static bool take_line(struct parser *p) {
    struct parley_line line = {.whose = (uint8_t)whose(p->words[0])};
    size_t at = line.whose != PARLEY_BOTH ? 1 : 0;
    if (at == p->count) {
        return fail(p, p->words[0], "a setting is expected behind this word");
    }
    line.row = (uint8_t)trace_row_by_name(p->words[at]);
    if (line.row == PARLEY_LINES) {
        return fail(p, p->words[at], "no such line: 'parley trace --help' lists them");
    }
    enum parley_line_kind kind = parley_line_rows[line.row].kind;
    if (at == 1 && kind != PARLEY_LINE_KIND_SETTING) {
        return fail(p, p->words[at], "only settings are ours or its");
    }
    if (!operands(p, at + 1, &line)) {
        return false;
    }
    if (kind == PARLEY_LINE_KIND_HEADER) {
        if (p->trace->session_count > 0 && line.row != PARLEY_LINE_session) {
            return fail(p, p->words[at], "this stands before the first session");
        }
        return trace_header_set(p->trace, &line) ||
               fail(p, p->words[at], "that is more than a trace can hold");
    }
    if (p->trace->session_count == 0) {
        return fail(p, p->words[at], "this belongs to a session: 'session' is missing before it");
    }
    return parley_trace_line_add(p->trace, &line) ||
           fail(p, p->words[at], "that is more than a session can hold");
}

bool parley_trace_parse(struct parley_trace *out, struct parley_bytes text,
                        struct parley_trace_error *error) {
    struct parser p = {.trace = out, .error = error};
    char line[LINE_MAX_BYTES];
    parley_trace_init(out);
    for (size_t at = 0; at < text.len;) {
        const uint8_t *start = text.data + at;
        const uint8_t *end = memchr(start, '\n', text.len - at);
        size_t len = end != NULL ? (size_t)(end - start) : text.len - at;
        p.line++;
        at += len + 1;
        if (len >= sizeof line) {
            return fail(&p, "", "the line is too long");
        }
        memcpy(line, start, len);
        line[len] = '\0';
        if (strlen(line) != len) {
            return fail(&p, line, "there is a zero byte on this line");
        }
        if (!split(&p, line) || (p.count > 0 && !take_line(&p))) {
            return false;
        }
    }
    if (out->session_count == 0) {
        return fail(&p, "", "there is no session in it");
    }
    return true;
}
