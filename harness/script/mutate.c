/* The mutator: randomness, spans, lengths, and the choice of what to do. */
#include "script/mutate.h"

#include <string.h>

/* splitmix64 */
uint32_t mutate_random(struct mutator *m) {
    m->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = m->random;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) >> 16);
}

size_t mutate_below(struct mutator *m, size_t limit) {
    return limit == 0 ? 0 : mutate_random(m) % limit;
}

uint32_t mutate_number(const uint8_t *at, size_t width) {
    uint32_t number = 0;
    for (size_t i = 0; i < width; i++) {
        number = number << 8 | at[i];
    }
    return number;
}

void mutate_set_number(uint8_t *at, size_t width, uint32_t value) {
    for (size_t i = width; i > 0; i--) {
        at[i - 1] = (uint8_t)value;
        value >>= 8;
    }
}

void mutate_look(struct parley_syntax syntax, const uint8_t *data, size_t len,
                 struct mutate_view *view) {
    struct parley_spans spans = {view->items, MUTATE_SPANS, 0};
    struct parley_bytes body = {data, len};
    if (syntax.is_form) {
        union parley_extension_value value;
        (void)parley_extension_parse((enum parley_form)syntax.row, body, &value, &spans, NULL);
    } else {
        union parley_message_value value;
        (void)parley_message_parse((enum parley_message)syntax.row, body, &value, &spans, NULL);
    }
    view->data = data;
    view->len = len;
    view->count = spans.count < MUTATE_SPANS ? spans.count : MUTATE_SPANS;
    /* What the parser says about the bytes may be wrong: that is what is looked for. */
    for (size_t i = 0; i < view->count; i++) {
        const struct parley_span *span = &view->items[i];
        if (span->offset > len || span->length > len - span->offset) {
            view->count = i;
        }
    }
}

const struct parley_span *mutate_pick(struct mutator *m, const struct mutate_view *view,
                                      bool (*fits)(const struct mutate_view *view, size_t index)) {
    uint16_t found[MUTATE_SPANS];
    size_t count = 0;
    for (size_t i = 0; i < view->count; i++) {
        if (fits(view, i)) {
            found[count++] = (uint16_t)i;
        }
    }
    return count != 0 ? &view->items[found[mutate_below(m, count)]] : NULL;
}

/* ---- Lengths ---- */

static bool is_apart(const struct parley_span *span) {
    size_t length = strlen(span->name);
    return span->kind == PARLEY_SPAN_LENGTH && length > 7 &&
           memcmp(span->name + length - 7, "_length", 7) == 0;
}

/* content_start returns where what |index|, a LENGTH, measures starts. In v2_client_hello the
 * lengths stand together, before what they measure in the same order. */
static size_t content_start(const struct mutate_view *view, size_t index) {
    const struct parley_span *span = &view->items[index];
    if (!is_apart(span)) {
        return span->offset + span->length;
    }
    size_t first = index;
    size_t end = index + 1;
    while (first > 0 && is_apart(&view->items[first - 1])) {
        first--;
    }
    while (end < view->count && is_apart(&view->items[end])) {
        end++;
    }
    size_t measured = end + (index - first);
    return measured < view->count ? view->items[measured].offset : view->len;
}

/* measures returns whether |index| is a length of something that |owner| is in. */
static bool measures(const struct mutate_view *view, size_t index,
                     const struct parley_span *owner) {
    const struct parley_span *span = &view->items[index];
    if (span->kind != PARLEY_SPAN_LENGTH || span->offset >= owner->offset) {
        return false;
    }
    size_t start = content_start(view, index);
    size_t length = mutate_number(view->data + span->offset, span->length);
    return start <= owner->offset && start + length >= (size_t)owner->offset + owner->length &&
           span->depth <= owner->depth;
}

bool mutate_gap(struct mutator *m, const struct parley_span *owner, size_t at, size_t old,
                size_t new) {
    const struct mutate_view *view = &m->view;
    uint16_t found[MUTATE_SPANS];
    size_t count = 0;
    if (m->len - old > m->cap || new > m->cap - (m->len - old)) {
        return false;
    }
    for (size_t i = 0; i < view->count && &view->items[i] <= owner; i++) {
        if (!measures(view, i, owner)) {
            continue;
        }
        const struct parley_span *span = &view->items[i];
        uint64_t length = mutate_number(m->data + span->offset, span->length);
        uint64_t limit = (UINT64_C(1) << 8 * span->length) - 1;
        if (length < old || length - old + new > limit) {
            return false;
        }
        found[count++] = (uint16_t)i;
    }
    for (size_t i = 0; i < count; i++) {
        const struct parley_span *span = &view->items[found[i]];
        uint8_t *where = m->data + span->offset;
        uint32_t length = mutate_number(where, span->length);
        mutate_set_number(where, span->length, (uint32_t)(length - old + new));
    }
    memmove(m->data + at + new, m->data + at + old, m->len - at - old);
    m->len = m->len - old + new;
    return true;
}

/* ---- The whole ---- */

static bool truncate(struct mutator *m) {
    if (m->len == 0) {
        return false;
    }
    m->len = mutate_below(m, 2) == 0 ? m->len - 1 : mutate_below(m, m->len);
    return true;
}

static bool append(struct mutator *m) {
    size_t room = m->cap - m->len;
    if (room == 0) {
        return false;
    }
    size_t more = 1 + mutate_below(m, room < 8 ? room : 8);
    for (size_t i = 0; i < more; i++) {
        m->data[m->len++] = mutate_below(m, 2) == 0 ? 0 : (uint8_t)mutate_random(m);
    }
    return true;
}

/* What is done how often. */
static const struct {
    enum parley_mutation mutation;
    unsigned weight;
    bool (*run)(struct mutator *m);
} choices[] = {
    {PARLEY_MUTATION_NUMBER, 16, mutate_a_number},
    {PARLEY_MUTATION_OPAQUE, 10, mutate_opaque},
    {PARLEY_MUTATION_RESIZE, 10, mutate_resize},
    {PARLEY_MUTATION_INSERT_ELEMENT, 6, mutate_insert_element},
    {PARLEY_MUTATION_REMOVE_ELEMENT, 6, mutate_remove_element},
    {PARLEY_MUTATION_DUPLICATE_ELEMENT, 4, mutate_duplicate_element},
    {PARLEY_MUTATION_SWAP_ELEMENTS, 6, mutate_swap_elements},
    {PARLEY_MUTATION_REPEAT_ELEMENT, 1, mutate_repeat_element},
    {PARLEY_MUTATION_INSERT_EXTENSION, 14, mutate_insert_extension},
    {PARLEY_MUTATION_REMOVE_EXTENSION, 6, mutate_remove_extension},
    {PARLEY_MUTATION_DUPLICATE_EXTENSION, 3, mutate_duplicate_extension},
    {PARLEY_MUTATION_MOVE_EXTENSION, 6, mutate_move_extension},
    {PARLEY_MUTATION_BREAK_LENGTH, 8, mutate_break_length},
    {PARLEY_MUTATION_TRUNCATE, 3, truncate},
    {PARLEY_MUTATION_APPEND, 2, append},
};
#define CHOICES (sizeof(choices) / sizeof(choices[0]))
#define TRIES 24

static enum parley_mutation mutate(struct mutator *m) {
    unsigned total = 0;
    for (size_t i = 0; i < CHOICES; i++) {
        total += choices[i].weight;
    }
    for (unsigned try = 0; try < TRIES; try++) {
        size_t at = mutate_below(m, total);
        size_t i = 0;
        while (at >= choices[i].weight) {
            at -= choices[i++].weight;
        }
        if (choices[i].run(m)) {
            return choices[i].mutation;
        }
    }
    return append(m)     ? PARLEY_MUTATION_APPEND
           : truncate(m) ? PARLEY_MUTATION_TRUNCATE
                         : PARLEY_MUTATION_NONE;
}

static void begin(struct mutator *m, struct parley_syntax syntax, uint8_t *data, size_t len,
                  size_t cap, uint32_t seed) {
    m->syntax = syntax;
    m->data = data;
    m->len = len < cap ? len : cap;
    m->cap = cap;
    m->random = seed;
    mutate_look(syntax, data, m->len, &m->view);
}

size_t parley_mutate(struct parley_syntax syntax, uint8_t *data, size_t len, size_t cap,
                     uint32_t seed, enum parley_mutation *made) {
    struct mutator m;
    begin(&m, syntax, data, len, cap, seed);
    enum parley_mutation done = mutate(&m);
    if (made != NULL) {
        *made = done;
    }
    return m.len;
}

size_t parley_crossover(struct parley_syntax syntax, struct parley_bytes a, struct parley_bytes b,
                        uint8_t *out, size_t cap, uint32_t seed, enum parley_mutation *made) {
    struct mutator m;
    struct mutate_view other;
    size_t len = a.len < cap ? a.len : cap;
    if (len != 0) {
        memcpy(out, a.data, len);
    }
    begin(&m, syntax, out, len, cap, seed);
    mutate_look(syntax, b.data, b.len, &other);
    enum parley_mutation done = PARLEY_MUTATION_NONE;
    for (unsigned try = 0; try < 4 && done == PARLEY_MUTATION_NONE; try++) {
        if (mutate_below(&m, 2) == 0) {
            done = mutate_splice_field(&m, &other) ? PARLEY_MUTATION_SPLICE_FIELD : done;
        } else {
            done = mutate_splice_extension(&m, &other) ? PARLEY_MUTATION_SPLICE_EXTENSION : done;
        }
    }
    if (done == PARLEY_MUTATION_NONE) {
        done = mutate(&m);
    }
    if (made != NULL) {
        *made = done;
    }
    return m.len;
}
