/* What the mutator has done to a message, as another operation that says it. */
#include <string.h>

#include "script/spell.h"

/* A message before and after, with the fields of both. */
struct pair {
    struct mutator before, after;
};

static bool same(const struct mutator *a, const struct mutator *b) {
    return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* set_in returns whether the message becomes what it became if |span| is set to what is there then;
 * |work| is a copy to try that on. */
static bool set_in(const struct pair *p, const struct parley_span *span, struct bent *work) {
    struct mutator m;
    size_t length = span->length + p->after.len - p->before.len;
    if (span->kind == PARLEY_SPAN_LENGTH || span->length + p->after.len < p->before.len ||
        span->offset + length > p->after.len) {
        return false;
    }
    bend_look(&m, work);
    const struct parley_span *place = &m.view.items[span - p->before.view.items];
    if (!mutate_gap(&m, place, span->offset, span->length, length)) {
        return false;
    }
    memcpy(m.data + span->offset, p->after.data + span->offset, length);
    return same(&m, &p->after);
}

/* spell_set: the smallest field that was set. */
static bool spell_set(const struct pair *p, const struct bent *before, struct parley_trace *trace,
                      struct parley_line *line) {
    static struct bent work;
    const struct parley_span *best = NULL;
    char name[BEND_NAME_MAX];
    for (size_t i = 0; i < p->before.view.count; i++) {
        const struct parley_span *span = &p->before.view.items[i];
        work.message = before->message;
        work.len = before->len;
        memcpy(work.bytes, before->bytes, before->len);
        if ((best == NULL || span->length <= best->length) && set_in(p, span, &work)) {
            best = span;
        }
    }
    if (best == NULL || !bend_name(&p->before.view, best, name)) {
        return false;
    }
    struct parley_bytes value = {p->after.data + best->offset,
                                 best->length + p->after.len - p->before.len};
    line->row = PARLEY_LINE_set;
    return parley_trace_keep(trace, &line->operands[1],
                             (struct parley_bytes){(const uint8_t *)name, strlen(name)}) &&
           parley_trace_keep(trace, &line->operands[2], value);
}

/* other_extension finds the first extension of |in| that |out| does not have. */
static bool other_extension(const struct mutate_view *in, const struct mutate_view *out,
                            uint16_t *code, struct parley_bytes *body) {
    struct bend_extension found, unused;
    for (size_t place = 0; bend_extension_at(in, place, &found); place++) {
        *code = (uint16_t)mutate_number(in->data + found.offset, 2);
        *body = (struct parley_bytes){in->data + found.offset + 4, found.length - 4};
        if (!bend_extension(out, *code, &unused)) {
            return true;
        }
    }
    return false;
}

static bool spell_extension(const struct pair *p, struct parley_trace *trace,
                            struct parley_line *line) {
    uint16_t code;
    struct parley_bytes body;
    bool added = other_extension(&p->after.view, &p->before.view, &code, &body);
    if (!added && !other_extension(&p->before.view, &p->after.view, &code, &body)) {
        return false;
    }
    line->row = added ? PARLEY_LINE_add_extension : PARLEY_LINE_remove_extension;
    line->operands[1] = (struct parley_operand){.number = code};
    line->operands[2] = (struct parley_operand){0};
    return !added || parley_trace_keep(trace, &line->operands[2], body);
}

bool spell_mutation(const struct bent *before, const struct parley_line *mutation, unsigned choice,
                    struct parley_trace *trace, struct parley_line *line) {
    static struct bent first, second;
    static struct pair p;
    first = *before;
    second = *before;
    if (!bend_edit(&second, trace, mutation)) {
        return false;
    }
    bend_look(&p.before, &first);
    bend_look(&p.after, &second);
    *line = *mutation;
    line->operands[1] = (struct parley_operand){0};
    return choice == 0 ? spell_extension(&p, trace, line) : spell_set(&p, before, trace, line);
}
