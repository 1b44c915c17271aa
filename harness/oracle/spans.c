/* Whether spans tile their input. */
#include "parley/oracle.h"

#define DEPTH_MAX 16

/* How far the walk is. |ends| holds where the open containers end, the innermost last. */
struct walk {
    size_t ends[DEPTH_MAX];
    size_t open;
    size_t at;
};

/* Closes the containers deeper than |depth|; false if one does not end where its content does. */
static bool close_to(struct walk *w, size_t depth) {
    while (w->open > depth) {
        if (w->ends[--w->open] != w->at) {
            return false;
        }
    }
    return true;
}

static const char *take(struct walk *w, const struct parley_span *span, size_t length) {
    if (!close_to(w, span->depth)) {
        return "a container ends before or behind its content";
    }
    if (span->depth != w->open) {
        return "a depth jumps";
    }
    if (span->name == NULL || span->offset != w->at) {
        return "a gap, an overlap or no name";
    }
    size_t end = w->at + span->length;
    if (end > (w->open > 0 ? w->ends[w->open - 1] : length)) {
        return "a span leaves its container";
    }
    if (span->kind != PARLEY_SPAN_LIST && span->kind != PARLEY_SPAN_STRUCT) {
        w->at = end;
        return NULL;
    }
    if (w->open == DEPTH_MAX) {
        return "too deep";
    }
    w->ends[w->open++] = end;
    return NULL;
}

static const char *walk_all(struct walk *w, const struct parley_spans *spans, size_t length) {
    if (spans->count == 0 || spans->count > spans->capacity) {
        return "no spans, or not all of them";
    }
    const struct parley_span *whole = &spans->items[0];
    if (whole->depth != 0 || whole->offset != 0 || whole->length != length) {
        return "the first is not around everything";
    }
    for (size_t i = 0; i < spans->count; i++) {
        if (i > 0 && spans->items[i].depth == 0) {
            return "a depth jumps";
        }
        const char *wrong = take(w, &spans->items[i], length);
        if (wrong != NULL) {
            return wrong;
        }
    }
    return NULL;
}

const char *parley_spans_tile(const struct parley_spans *spans, size_t length) {
    struct walk w = {.open = 0};
    const char *wrong = walk_all(&w, spans, length);
    if (wrong != NULL) {
        return wrong;
    }
    if (!close_to(&w, 0)) {
        return "a container ends before or behind its content";
    }
    return w.at == length ? NULL : "bytes without a span";
}

const char *parley_spans_tile_start(const struct parley_spans *spans, size_t length) {
    struct walk w = {.open = 0};
    return spans->count == 0 ? NULL : walk_all(&w, spans, length);
}
