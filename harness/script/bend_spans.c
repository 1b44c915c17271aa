/* Fields of a message by the names of their spans. */
#include <stdio.h>
#include <string.h>

#include "script/bender.h"

static bool has_header(const struct bent *now) {
    return parley_messages[now->message].content == PARLEY_CONTENT_HANDSHAKE &&
           now->len >= PARLEY_HANDSHAKE_HEADER;
}

void bend_look(struct mutator *m, struct bent *now) {
    size_t header = has_header(now) ? PARLEY_HANDSHAKE_HEADER : 0;
    m->syntax = parley_message_syntax(now->message);
    m->data = now->bytes + header;
    m->len = now->len - header;
    m->cap = sizeof now->bytes - header;
    m->random = 0;
    mutate_look(m->syntax, m->data, m->len, &m->view);
}

void bend_done(const struct mutator *m, struct bent *now) {
    size_t header = (size_t)(m->data - now->bytes);
    now->len = m->len + header;
    if (header != 0) {
        mutate_set_number(now->bytes + 1, 3, (uint32_t)m->len);
    }
}

/* ---- Paths ---- */

static bool is_leaf(const struct parley_span *span) {
    return span->kind != PARLEY_SPAN_LIST && span->kind != PARLEY_SPAN_STRUCT;
}

static const struct parley_span *leaf_at(const struct mutate_view *view, size_t index) {
    for (size_t i = 0; i < view->count; i++) {
        if (is_leaf(&view->items[i]) && index-- == 0) {
            return &view->items[i];
        }
    }
    return NULL;
}

static bool is_name(const char *name, struct parley_bytes text) {
    return strlen(name) == text.len && memcmp(name, text.data, text.len) == 0;
}

/* last_part takes what is behind the last dot off |*path|. */
static struct parley_bytes last_part(struct parley_bytes *path) {
    size_t at = path->len;
    while (at > 0 && path->data[at - 1] != '.') {
        at--;
    }
    struct parley_bytes part = {path->data + at, path->len - at};
    path->len = at > 0 ? at - 1 : 0;
    return part;
}

/* is_in returns whether the span |index| is in spans of the names |path|, the last the innermost.
 */
static bool is_in(const struct mutate_view *view, size_t index, struct parley_bytes path) {
    uint16_t depth = view->items[index].depth;
    while (path.len > 0) {
        struct parley_bytes part = last_part(&path);
        for (;;) {
            while (index > 0 && view->items[index].depth >= depth) {
                index--;
            }
            if (view->items[index].depth >= depth) {
                return false;
            }
            depth = view->items[index].depth;
            if (is_name(view->items[index].name, part)) {
                break;
            }
        }
    }
    return true;
}

/* number_behind takes ":N" off |*path|, and returns N, or 1. */
static size_t number_behind(struct parley_bytes *path) {
    size_t digits = 0, number = 0, scale = 1;
    while (digits < 4 && digits < path->len && path->data[path->len - 1 - digits] >= '0' &&
           path->data[path->len - 1 - digits] <= '9') {
        number += scale * (size_t)(path->data[path->len - 1 - digits] - '0');
        scale *= 10;
        digits++;
    }
    if (digits == 0 || digits == path->len || path->data[path->len - 1 - digits] != ':') {
        return 1;
    }
    path->len -= digits + 1;
    return number;
}

static bool all_digits(struct parley_bytes path, size_t *number) {
    *number = 0;
    for (size_t i = 0; i < path.len; i++) {
        if (path.data[i] < '0' || path.data[i] > '9' || i == 6) {
            return false;
        }
        *number = 10 * *number + (size_t)(path.data[i] - '0');
    }
    return path.len > 0;
}

const struct parley_span *bend_find(const struct mutate_view *view, struct parley_bytes path,
                                    bool length) {
    size_t nth;
    if (all_digits(path, &nth)) {
        const struct parley_span *leaf = leaf_at(view, nth);
        return leaf != NULL && (leaf->kind == PARLEY_SPAN_LENGTH) == length ? leaf : NULL;
    }
    nth = number_behind(&path);
    struct parley_bytes name = last_part(&path);
    for (size_t i = 0; i < view->count; i++) {
        const struct parley_span *span = &view->items[i];
        if ((span->kind == PARLEY_SPAN_LENGTH) == length && is_name(span->name, name) &&
            is_in(view, i, path) && --nth == 0) {
            return span;
        }
    }
    return NULL;
}

/* ---- Names ---- */

/* outer returns the span that the span |index| is in. */
static size_t outer(const struct mutate_view *view, size_t index) {
    uint16_t depth = view->items[index].depth;
    while (index > 0 && view->items[index].depth >= depth) {
        index--;
    }
    return index;
}

bool bend_name(const struct mutate_view *view, const struct parley_span *span,
               char out[BEND_NAME_MAX]) {
    char inner[BEND_NAME_MAX];
    bool length = span->kind == PARLEY_SPAN_LENGTH;
    size_t index = (size_t)(span - view->items);
    int n = snprintf(out, BEND_NAME_MAX, "%s", span->name);
    /* With the names of what it is in before it, as far as that is needed. */
    for (size_t at = index; n > 0 && n < BEND_NAME_MAX; at = outer(view, at)) {
        struct parley_bytes path = {(const uint8_t *)out, (size_t)n};
        if (bend_find(view, path, length) == span) {
            return true;
        }
        if (view->items[outer(view, at)].depth == 0) {
            break;
        }
        memcpy(inner, out, (size_t)n + 1);
        n = snprintf(out, BEND_NAME_MAX, "%.60s.%.120s", view->items[outer(view, at)].name, inner);
    }
    for (unsigned nth = 2; nth < MUTATE_SPANS; nth++) {
        n = snprintf(out, BEND_NAME_MAX, "%.120s:%u", span->name, nth);
        const struct parley_span *found =
            bend_find(view, (struct parley_bytes){(const uint8_t *)out, (size_t)n}, length);
        if (found == NULL || found == span) {
            return found == span;
        }
    }
    return false;
}

/* ---- Extensions ---- */

const struct parley_span *bend_block(const struct mutate_view *view) {
    for (size_t i = 0; i < view->count; i++) {
        if (view->items[i].kind == PARLEY_SPAN_LIST &&
            strcmp(view->items[i].name, "extensions") == 0) {
            return &view->items[i];
        }
    }
    return NULL;
}

bool bend_extension_at(const struct mutate_view *view, size_t place, struct bend_extension *out) {
    const struct parley_span *list = bend_block(view), *end = view->items + view->count;
    size_t seen = 0;
    if (list == NULL) {
        return false;
    }
    for (const struct parley_span *span = list + 1; span < end; span++) {
        if (span->depth <= list->depth) {
            break;
        }
        if (span->depth == list->depth + 1 && span->kind == PARLEY_SPAN_STRUCT &&
            span->length >= 4 && seen++ == place) {
            *out = (struct bend_extension){list, span->offset, span->length, place};
            return true;
        }
    }
    return false;
}

bool bend_extension(const struct mutate_view *view, uint16_t code, struct bend_extension *out) {
    for (size_t place = 0; bend_extension_at(view, place, out); place++) {
        if (mutate_number(view->data + out->offset, 2) == code) {
            return true;
        }
    }
    return false;
}
