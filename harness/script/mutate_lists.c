/* The mutator's lists: elements, extensions, and what comes from a second input. */
#include <string.h>

#include "script/mutate.h"

/* ---- Elements ---- */

struct element {
    const struct parley_span *first; /* its own span, or that of its length */
    size_t offset;
    size_t length;
};

/* next_element takes the element of |list| at |*index| (a span after it). One without a span of its
 * own is a length and what follows it. */
static bool next_element(const struct mutate_view *view, const struct parley_span *list,
                         size_t *index, struct element *out) {
    uint16_t depth = (uint16_t)(list->depth + 1);
    size_t i = *index;
    while (i < view->count && view->items[i].depth > depth) {
        i++;
    }
    if (i == view->count || view->items[i].depth != depth) {
        return false;
    }
    const struct parley_span *first = &view->items[i++];
    size_t end = (size_t)first->offset + first->length;
    if (first->kind == PARLEY_SPAN_LENGTH && i < view->count && view->items[i].depth == depth) {
        end = (size_t)view->items[i].offset + view->items[i].length;
        i++;
    }
    *index = i;
    out->first = first;
    out->offset = first->offset;
    out->length = end - first->offset;
    return true;
}

static bool element_at(const struct mutate_view *view, const struct parley_span *list, size_t which,
                       struct element *out) {
    size_t index = (size_t)(list - view->items) + 1;
    for (size_t i = 0; i <= which; i++) {
        if (!next_element(view, list, &index, out)) {
            return false;
        }
    }
    return true;
}

static size_t element_count(const struct mutate_view *view, const struct parley_span *list) {
    struct element element;
    size_t index = (size_t)(list - view->items) + 1;
    size_t count = 0;
    while (next_element(view, list, &index, &element)) {
        count++;
    }
    return count;
}

static bool is_block(const struct mutate_view *view, size_t index) {
    return view->items[index].kind == PARLEY_SPAN_LIST &&
           strcmp(view->items[index].name, "extensions") == 0;
}

static bool is_full_block(const struct mutate_view *view, size_t index) {
    return is_block(view, index) && view->items[index].length != 0;
}

static bool is_full_list(const struct mutate_view *view, size_t index) {
    return view->items[index].kind == PARLEY_SPAN_LIST && view->items[index].length != 0 &&
           !is_block(view, index);
}

typedef bool fits(const struct mutate_view *view, size_t index);

/* pick_element picks a list that |fits|, and one of its elements. */
static const struct parley_span *pick_element(struct mutator *m, fits *list_fits,
                                              struct element *out) {
    const struct parley_span *list = mutate_pick(m, &m->view, list_fits);
    if (list == NULL) {
        return NULL;
    }
    size_t count = element_count(&m->view, list);
    return element_at(&m->view, list, mutate_below(m, count), out) ? list : NULL;
}

static bool remove_from(struct mutator *m, fits *list_fits) {
    struct element element;
    const struct parley_span *list = pick_element(m, list_fits, &element);
    return list != NULL && mutate_gap(m, list, element.offset, element.length, 0);
}

static bool duplicate_in(struct mutator *m, fits *list_fits, struct element *copy) {
    struct element element;
    const struct parley_span *list = pick_element(m, list_fits, &element);
    if (list == NULL) {
        return false;
    }
    size_t end = element.offset + element.length;
    if (!mutate_gap(m, list, end, 0, element.length)) {
        return false;
    }
    memcpy(m->data + end, m->data + element.offset, element.length);
    copy->first = element.first;
    copy->offset = end;
    copy->length = element.length;
    return true;
}

void mutate_reverse(uint8_t *bytes, size_t len) {
    for (size_t i = 0; i < len / 2; i++) {
        uint8_t byte = bytes[i];
        bytes[i] = bytes[len - 1 - i];
        bytes[len - 1 - i] = byte;
    }
}

/* swap_in turns A M B into B M A: all of it backwards, then each of them. */
static bool swap_in(struct mutator *m, fits *list_fits) {
    struct element a;
    struct element b;
    const struct parley_span *list = pick_element(m, list_fits, &a);
    if (list == NULL ||
        !element_at(&m->view, list, mutate_below(m, element_count(&m->view, list)), &b) ||
        a.offset == b.offset) {
        return false;
    }
    if (a.offset > b.offset) {
        struct element other = a;
        a = b;
        b = other;
    }
    size_t all = b.offset + b.length - a.offset;
    uint8_t *start = m->data + a.offset;
    mutate_reverse(start, all);
    mutate_reverse(start, b.length);
    mutate_reverse(start + b.length, all - a.length - b.length);
    mutate_reverse(start + all - a.length, a.length);
    return true;
}

bool mutate_remove_element(struct mutator *m) {
    return remove_from(m, is_full_list);
}

bool mutate_duplicate_element(struct mutator *m) {
    struct element copy;
    return duplicate_in(m, is_full_list, &copy);
}

/* number_of returns the number that an element starts with, whose first span is |first|, if any. */
static const struct parley_span *number_of(const struct mutator *m,
                                           const struct parley_span *first) {
    const struct parley_span *end = m->view.items + m->view.count;
    if (first->kind == PARLEY_SPAN_STRUCT && first + 1 < end && first[1].depth > first->depth) {
        first++;
    }
    return first->kind == PARLEY_SPAN_UINT ? first : NULL;
}

/* A copy with another number, if it is one or starts with one, so that it is not the same twice;
 * else with another last byte. */
bool mutate_insert_element(struct mutator *m) {
    struct element copy;
    if (!duplicate_in(m, is_full_list, &copy) || copy.length == 0) {
        return false;
    }
    const struct parley_span *number = number_of(m, copy.first);
    if (number != NULL && number->length <= copy.length) {
        mutate_value(m, m->data + copy.offset, number->length,
                     (enum parley_span_names)number->names);
    } else {
        m->data[copy.offset + copy.length - 1] ^= (uint8_t)(1 + mutate_below(m, 255));
    }
    return true;
}

bool mutate_swap_elements(struct mutator *m) {
    return swap_in(m, is_full_list);
}

static bool is_any_list(const struct mutate_view *view, size_t index) {
    return view->items[index].kind == PARLEY_SPAN_LIST && view->items[index].length != 0;
}

/* Up to 256 copies behind an element. What starts with a number has another one each time, so that
 * lists in which nothing may stand twice become long, too. */
bool mutate_repeat_element(struct mutator *m) {
    struct element element;
    const struct parley_span *list = pick_element(m, is_any_list, &element);
    if (list == NULL || element.length == 0) {
        return false;
    }
    size_t times = (size_t)1 << (1 + mutate_below(m, 8));
    size_t room = (m->cap - m->len) / element.length;
    times = times < room ? times : room;
    size_t at = element.offset + element.length;
    const struct parley_span *number = number_of(m, element.first);
    if (times == 0 || !mutate_gap(m, list, at, 0, times * element.length)) {
        return false;
    }
    uint32_t value = mutate_random(m);
    for (size_t i = 0; i < times; i++, at += element.length) {
        memcpy(m->data + at, m->data + element.offset, element.length);
        if (number != NULL && number->length <= element.length) {
            mutate_set_number(m->data + at, number->length, value++);
        }
    }
    return true;
}

/* ---- Extensions ---- */

bool mutate_remove_extension(struct mutator *m) {
    return remove_from(m, is_full_block);
}

bool mutate_duplicate_extension(struct mutator *m) {
    struct element copy;
    return duplicate_in(m, is_full_block, &copy);
}

bool mutate_move_extension(struct mutator *m) {
    return swap_in(m, is_full_block);
}

/* place_of returns where the blocks of a message stand, as in extensions.def; all places if that is
 * not known. */
static unsigned place_of(struct mutator *m) {
    if (m->syntax.is_form) {
        return 0xff;
    }
    switch ((enum parley_message)m->syntax.row) {
    case PARLEY_MSG_client_hello:
        return PARLEY_PLACE_CH;
    case PARLEY_MSG_server_hello:
        return mutate_below(m, 2) == 0 ? PARLEY_PLACE_SH : PARLEY_PLACE_SH12;
    case PARLEY_MSG_hello_retry_request:
        return PARLEY_PLACE_HRR;
    case PARLEY_MSG_encrypted_extensions:
        return PARLEY_PLACE_EE;
    case PARLEY_MSG_certificate_tls13:
        return PARLEY_PLACE_CT;
    case PARLEY_MSG_certificate_request_tls13:
        return PARLEY_PLACE_CR;
    case PARLEY_MSG_new_session_ticket_tls13:
        return PARLEY_PLACE_NST;
    default:
        return 0xff;
    }
}

static bool block_has(const struct mutate_view *view, const struct parley_span *block,
                      uint16_t code) {
    struct element element;
    size_t index = (size_t)(block - view->items) + 1;
    while (next_element(view, block, &index, &element)) {
        if (element.length >= 2 && mutate_number(view->data + element.offset, 2) == code) {
            return true;
        }
    }
    return false;
}

/* put_extension writes an extension before a random other one, or at the end. */
static bool put_extension(struct mutator *m, const struct parley_span *block, uint16_t code,
                          struct parley_bytes body) {
    struct element element;
    size_t which = mutate_below(m, element_count(&m->view, block) + 1);
    size_t at = (size_t)block->offset + block->length;
    if (element_at(&m->view, block, which, &element)) {
        at = element.offset;
    }
    if (body.len > 0xffff || !mutate_gap(m, block, at, 0, 4 + body.len)) {
        return false;
    }
    mutate_set_number(m->data + at, 2, code);
    mutate_set_number(m->data + at + 2, 2, (uint32_t)body.len);
    if (body.len != 0) {
        memcpy(m->data + at + 4, body.data, body.len);
    }
    return true;
}

bool mutate_insert_extension(struct mutator *m) {
    const struct parley_span *block = mutate_pick(m, &m->view, is_block);
    if (block == NULL) {
        return false;
    }
    unsigned place = mutate_below(m, 8) == 0 ? 0xff : place_of(m);
    bool again = mutate_below(m, 8) == 0;
    for (unsigned try = 0; try < 16; try++) {
        enum parley_form form = (enum parley_form)mutate_below(m, PARLEY_FORM_COUNT);
        uint16_t code = parley_extensions[parley_forms[form].extension].code;
        if ((parley_forms[form].places & place) != 0 &&
            (again || !block_has(&m->view, block, code))) {
            return put_extension(m, block, code, mutate_body(form));
        }
    }
    /* One that nobody knows: GREASE. */
    uint16_t code = (uint16_t)(0x0a0a + 0x1010 * mutate_below(m, 16));
    struct parley_bytes body = {(const uint8_t *)"", mutate_below(m, 2)};
    return put_extension(m, block, code, body);
}

/* ---- From a second input ---- */

static bool is_field(const struct mutate_view *view, size_t index) {
    uint8_t kind = view->items[index].kind;
    return kind == PARLEY_SPAN_UINT || kind == PARLEY_SPAN_OPAQUE || kind == PARLEY_SPAN_LIST;
}

static bool same_field(const struct parley_span *a, const struct parley_span *b) {
    return a->kind == b->kind && (a->name == b->name || strcmp(a->name, b->name) == 0) &&
           (a->kind != PARLEY_SPAN_UINT || a->length == b->length);
}

bool mutate_splice_field(struct mutator *m, const struct mutate_view *other) {
    const struct parley_span *from = mutate_pick(m, other, is_field);
    if (from == NULL) {
        return false;
    }
    size_t skip = mutate_below(m, m->view.count);
    for (size_t i = 0; i < m->view.count; i++) {
        const struct parley_span *to = &m->view.items[(skip + i) % m->view.count];
        const uint8_t *bytes = other->data + from->offset;
        if (!same_field(to, from) ||
            (to->length == from->length &&
             (to->length == 0 || memcmp(m->data + to->offset, bytes, to->length) == 0))) {
            continue;
        }
        if (!mutate_gap(m, to, to->offset, to->length, from->length)) {
            return false;
        }
        if (from->length != 0) {
            memcpy(m->data + to->offset, bytes, from->length);
        }
        return true;
    }
    return false;
}

/* put_over replaces the extension |code| of |block| by |from|. */
static bool put_over(struct mutator *m, const struct parley_span *block, uint16_t code,
                     struct parley_bytes from) {
    struct element element;
    size_t index = (size_t)(block - m->view.items) + 1;
    while (next_element(&m->view, block, &index, &element)) {
        if (element.length < 2 || mutate_number(m->data + element.offset, 2) != code) {
            continue;
        }
        if (!mutate_gap(m, block, element.offset, element.length, from.len)) {
            return false;
        }
        memcpy(m->data + element.offset, from.data, from.len);
        return true;
    }
    return false;
}

bool mutate_splice_extension(struct mutator *m, const struct mutate_view *other) {
    const struct parley_span *block = mutate_pick(m, &m->view, is_block);
    const struct parley_span *source = mutate_pick(m, other, is_full_block);
    struct element element;
    if (block == NULL || source == NULL ||
        !element_at(other, source, mutate_below(m, element_count(other, source)), &element) ||
        element.length < 4) {
        return false;
    }
    struct parley_bytes from = {other->data + element.offset, element.length};
    uint16_t code = (uint16_t)mutate_number(from.data, 2);
    if (block_has(&m->view, block, code)) {
        return put_over(m, block, code, from);
    }
    from.data += 4;
    from.len -= 4;
    return put_extension(m, block, code, from);
}
