/* Operations on the extensions of a message. The lengths around them are repaired. */
#include <string.h>

#include "script/bender.h"

enum { CODE_AND_LENGTH = 4 };

/* insert puts |len| bytes at |at| into the block; if the message has none, one is begun. */
static bool insert(struct mutator *m, size_t at, const uint8_t *bytes, size_t len) {
    const struct parley_span *list = bend_block(&m->view);
    if (list == NULL) {
        if (len + 2 > m->cap - m->len || len > UINT16_MAX) {
            return false;
        }
        mutate_set_number(m->data + m->len, 2, (uint32_t)len);
        m->len += 2;
        at = m->len;
        m->len += len;
    } else if (!mutate_gap(m, list, at, 0, len)) {
        return false;
    }
    memcpy(m->data + at, bytes, len);
    return true;
}

/* end_of_block: behind the last extension, but before a pre_shared_key (RFC 8446 4.2.11). */
static size_t end_of_block(const struct mutate_view *view) {
    const struct parley_span *list = bend_block(view);
    struct bend_extension psk;
    size_t end = list != NULL ? (size_t)list->offset + list->length : 0;
    bool last = bend_extension(view, parley_extensions[PARLEY_EXT_pre_shared_key].code, &psk) &&
                psk.offset + psk.length == end;
    return last ? psk.offset : end;
}

static bool add(struct mutator *m, uint16_t code, struct parley_bytes body) {
    uint8_t bytes[CODE_AND_LENGTH + PARLEY_TRACE_POOL];
    mutate_set_number(bytes, 2, code);
    mutate_set_number(bytes + 2, 2, (uint32_t)body.len);
    memcpy(bytes + CODE_AND_LENGTH, body.data, body.len);
    return insert(m, end_of_block(&m->view), bytes, CODE_AND_LENGTH + body.len);
}

static bool duplicate(struct mutator *m, const struct bend_extension *x) {
    size_t end = x->offset + x->length;
    if (!mutate_gap(m, x->list, end, 0, x->length)) {
        return false;
    }
    memcpy(m->data + end, m->data + x->offset, x->length);
    return true;
}

/* rotate brings the |b| bytes behind the first |a| to the front. */
static void rotate(uint8_t *bytes, size_t a, size_t b) {
    mutate_reverse(bytes, a);
    mutate_reverse(bytes + a, b);
    mutate_reverse(bytes, a + b);
}

/* move_to: an extension that does not go beyond the last stands last. */
static bool move_to(struct mutator *m, const struct bend_extension *x, uint64_t place) {
    struct bend_extension other, last = *x;
    size_t end = (size_t)x->list->offset + x->list->length;
    if (place == x->place) {
        return false;
    }
    if (place < x->place && bend_extension_at(&m->view, (size_t)place, &other)) {
        rotate(m->data + other.offset, x->offset - other.offset, x->length);
        return true;
    }
    if (place < SIZE_MAX && bend_extension_at(&m->view, (size_t)place, &last)) {
        end = last.offset + last.length;
    }
    rotate(m->data + x->offset, x->length, end - (x->offset + x->length));
    return end != x->offset + x->length;
}

/* reorder: each place from the front takes one of those that are left. */
static bool reorder(struct bent *now, uint64_t seed) {
    struct mutator m;
    struct bend_extension x, to;
    bool moved = false;
    bend_look(&m, now);
    size_t end = end_of_block(&m.view), count = 0;
    while (bend_extension_at(&m.view, count, &x) && x.offset < end) {
        count++;
    }
    for (size_t place = 0; place < count; place++) {
        struct mutator at;
        bend_look(&at, now);
        at.random = seed + place;
        size_t from = place + mutate_below(&at, count - place);
        if (from != place && bend_extension_at(&at.view, from, &x) &&
            bend_extension_at(&at.view, place, &to)) {
            rotate(at.data + to.offset, x.offset - to.offset, x.length);
            moved = true;
        }
    }
    return moved;
}

bool bend_extension_edit(struct bent *now, const struct parley_trace *trace,
                         const struct parley_line *line) {
    struct mutator m;
    struct bend_extension x;
    uint16_t code = (uint16_t)line->operands[1].number;
    bool done = false;
    if (line->row == PARLEY_LINE_reorder_extensions) {
        return reorder(now, line->operands[1].number);
    }
    bend_look(&m, now);
    bool there = bend_extension(&m.view, code, &x);
    switch (line->row) {
    case PARLEY_LINE_remove_extension:
        done = there && mutate_gap(&m, x.list, x.offset, x.length, 0);
        break;
    case PARLEY_LINE_add_extension:
        done = add(&m, code, parley_trace_bytes(trace, &line->operands[2]));
        break;
    case PARLEY_LINE_duplicate_extension:
        done = there && duplicate(&m, &x);
        break;
    case PARLEY_LINE_move_extension:
        done = there && move_to(&m, &x, line->operands[2].number);
        break;
    default:
        break;
    }
    if (done) {
        bend_done(&m, now);
    }
    return done;
}
