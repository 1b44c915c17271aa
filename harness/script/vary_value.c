/* Fields and their values, as the messages that were seen have them. */
#include <stdio.h>
#include <string.h>

#include "script/vary.h"

#define VALUE_MAX 2048

/* is_one returns whether span |index| can be drawn: a length, or what is none. */
static bool is_one(const struct mutate_view *view, size_t index, bool length) {
    return index > 0 && (view->items[index].kind == PARLEY_SPAN_LENGTH) == length;
}

/* look shows |message| as it was last seen; false: never, or it has no such field. */
static bool look(const struct varying *v, enum parley_message message, bool length,
                 struct mutate_view *view, size_t *count) {
    struct parley_bytes bytes = vary_message(v, message);
    *count = 0;
    if (bytes.len == 0) {
        return false;
    }
    mutate_look(parley_message_syntax(message), bytes.data, bytes.len, view);
    for (size_t i = 0; i < view->count; i++) {
        *count += is_one(view, i, length);
    }
    return *count > 0;
}

/* number_of returns which of the fields of its name span |index| is, from 1. */
static size_t number_of(const struct mutate_view *view, size_t index, bool length) {
    size_t number = 0;
    for (size_t i = 1; i <= index; i++) {
        number +=
            is_one(view, i, length) && strcmp(view->items[i].name, view->items[index].name) == 0;
    }
    return number;
}

/* is_first returns whether no such field of its name comes before span |index|. */
static bool is_first(const struct mutate_view *view, size_t index, bool length) {
    return is_one(view, index, length) && number_of(view, index, length) == 1;
}

/* worth returns how often a field is drawn, compared to others: what is negotiated comes most. */
static size_t worth(const struct parley_span *span) {
    bool chosen = span->kind == PARLEY_SPAN_UINT && span->names != PARLEY_NAMES_NONE;
    return chosen || strcmp(span->name, "random") == 0 ? 3 : 1;
}

/* draw_field draws a name, and then one of the fields that have it: of most names there is one, of
 * some there are dozens. */
static size_t draw_field(struct varying *v, const struct mutate_view *view, bool length) {
    size_t names = 0, index = 0, same = 0;
    for (size_t i = 0; i < view->count; i++) {
        names += is_first(view, i, length) ? worth(&view->items[i]) : 0;
    }
    size_t left = vary_below(v, names), here;
    while ((here = is_first(view, index, length) ? worth(&view->items[index]) : 0) <= left) {
        left -= here;
        index++;
    }
    for (size_t i = index; i < view->count; i++) {
        same +=
            is_one(view, i, length) && strcmp(view->items[i].name, view->items[index].name) == 0;
    }
    for (left = vary_chance(v, 50) ? 0 : vary_below(v, same); left > 0; left--) {
        const char *name = view->items[index].name;
        do {
            index++;
        } while (!is_one(view, index, length) || strcmp(view->items[index].name, name) != 0);
    }
    return index;
}

bool vary_field(struct varying *v, enum parley_message message, bool length,
                struct parley_operand *out) {
    static struct mutate_view view;
    char path[80];
    size_t count;
    if (!look(v, message, length, &view, &count)) {
        (void)snprintf(path, sizeof path, "%u", vary_below(v, 16));
    } else {
        size_t index = draw_field(v, &view, length);
        size_t number = number_of(&view, index, length);
        (void)snprintf(path, sizeof path, number > 1 ? "%s:%zu" : "%s", view.items[index].name,
                       number);
    }
    return parley_trace_keep(v->trace, out,
                             (struct parley_bytes){(const uint8_t *)path, strlen(path)});
}

/* find returns the field that |path| (as vary_field writes it) names in what was seen, or NULL. */
static const struct parley_span *find(const struct mutate_view *view, struct parley_bytes path) {
    const char *colon = memchr(path.data, ':', path.len);
    size_t len = colon != NULL ? (size_t)(colon - (const char *)path.data) : path.len, number = 1;
    if (colon != NULL) {
        number = 0;
        for (size_t i = len + 1; i < path.len && number < MUTATE_SPANS; i++) {
            number = 10 * number + (size_t)(path.data[i] - '0') % 10;
        }
    }
    for (size_t i = 0; i < view->count; i++) {
        const char *name = view->items[i].name;
        if (is_one(view, i, false) && strlen(name) == len && memcmp(name, path.data, len) == 0 &&
            --number == 0) {
            return &view->items[i];
        }
    }
    return NULL;
}

/* ---- Values ---- */

static uint16_t code_point(struct varying *v, enum parley_span_names names, uint16_t old) {
    switch (names) {
    case PARLEY_NAMES_VERSION:
        return (uint16_t)(0x0300 + vary_below(v, 6));
    case PARLEY_NAMES_SUITE:
        return vary_chance(v, old >> 8 == 0x13 ? 80 : 10)
                   ? (uint16_t)(0x1301 + vary_below(v, 3))
                   : parley_suites[vary_below(v, parley_suite_count)].code;
    case PARLEY_NAMES_GROUP:
        return parley_groups[vary_below(v, parley_group_count)].code;
    case PARLEY_NAMES_SIGALG:
        return parley_sigalgs[vary_below(v, parley_sigalg_count)].code;
    case PARLEY_NAMES_EXTENSION:
        return parley_extensions[vary_below(v, PARLEY_EXTENSION_COUNT)].code;
    default:
        return (uint16_t)(old + 1);
    }
}

/* a_random: one that a server which has been made to speak TLS 1.2 draws (RFC 8446 4.1.3), or one
 * that others have. */
static size_t a_random(struct varying *v, uint8_t *value, size_t len) {
    static const uint8_t downgraded[] = {0x44, 0x4f, 0x57, 0x4e, 0x47, 0x52, 0x44, 0x01};
    if (len >= sizeof downgraded && vary_chance(v, 70)) {
        memcpy(value + len - sizeof downgraded, downgraded, sizeof downgraded);
        value[len - 1] = (uint8_t)vary_below(v, 2);
    } else {
        memset(value, (int)vary_below(v, 256), len);
    }
    return len;
}

static size_t number_value(struct varying *v, const struct parley_span *span, uint8_t *value) {
    static const uint8_t fills[] = {0x00, 0xff, 0x7f, 0x01};
    size_t width = span->length < 8 ? span->length : 8;
    uint32_t how = vary_below(v, 6);
    if (how < 2) {
        memset(value, fills[vary_below(v, sizeof fills)], width);
    } else if (how < 3 && width > 0) {
        value[vary_below(v, width)] ^= (uint8_t)(1U << vary_below(v, 8));
    } else if (width == 2 && span->names != PARLEY_NAMES_NONE) {
        uint16_t old = (uint16_t)(value[0] << 8 | value[1]);
        mutate_set_number(value, 2, code_point(v, (enum parley_span_names)span->names, old));
    } else if (width > 0) {
        value[width - 1] = (uint8_t)(value[width - 1] + (how == 3   ? 1
                                                         : how == 4 ? 255
                                                                    : vary_below(v, 256)));
    }
    return width;
}

/* bytes_value changes some bytes, or how many there are. */
static size_t bytes_value(struct varying *v, uint8_t *value, size_t len) {
    static const size_t lengths[] = {0, 1, 2, 16, 32, 33, 64, 127, 128, 255, 256, 512, 2000};
    switch (vary_below(v, 8)) {
    case 0:
        memset(value, vary_chance(v, 50) ? 0 : 0xff, len);
        return len;
    case 1:
        return len > 0 ? len - 1 : 0;
    case 2:
        value[len] = (uint8_t)vary_below(v, 256);
        return len + 1;
    case 3: {
        size_t more = lengths[vary_below(v, sizeof lengths / sizeof *lengths)];
        if (more > len) {
            memset(value + len, (int)vary_below(v, 256), more - len);
        }
        return more;
    }
    case 4: /* twice */
        if (2 * len <= VALUE_MAX) {
            memcpy(value + len, value, len);
            return 2 * len;
        }
        return len;
    default:
        if (len > 0) {
            value[vary_below(v, len)] ^= (uint8_t)(1U << vary_below(v, 8));
        }
        return len;
    }
}

bool vary_bytes(struct varying *v, enum parley_message message, const struct parley_operand *field,
                struct parley_operand *out) {
    static struct mutate_view view;
    static uint8_t value[2 * VALUE_MAX];
    size_t count, len = 0;
    const struct parley_span *span = NULL;
    if (look(v, message, false, &view, &count)) {
        span = find(&view, parley_trace_bytes(v->trace, field));
    }
    if (span != NULL && span->length <= VALUE_MAX) {
        len = span->length;
        memcpy(value, view.data + span->offset, len);
    }
    if (span != NULL && span->kind == PARLEY_SPAN_UINT) {
        len = number_value(v, span, value);
    } else if (span != NULL && strcmp(span->name, "random") == 0 && vary_chance(v, 50)) {
        len = a_random(v, value, len);
    } else {
        len = bytes_value(v, value, len);
    }
    return parley_trace_keep(v->trace, out, (struct parley_bytes){value, len});
}
