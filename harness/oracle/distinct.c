/* Lists in which nothing may stand twice. */
#include "oracle/distinct.h"

#include <string.h>

/* Each element is a struct that starts with a number of these names; no two have the same. */
static const struct {
    const char *list;
    enum parley_span_names names;
    const char *twice;
} rules[DISTINCT_LISTS] = {
    /* RFC 8446 4.2, 4.2.8; RFC 6066 3 */
    {"extensions", PARLEY_NAMES_EXTENSION, "an extension stands twice"},
    {"client_shares", PARLEY_NAMES_GROUP, "a group has two key shares"},
    {"server_name_list", PARLEY_NAMES_NONE, "a type of server name stands twice"},
};

static uint32_t next_generation(struct distinct *d) {
    if (++d->generation == 0) {
        memset(d->seen, 0, sizeof(d->seen));
        d->generation = 1;
    }
    return d->generation;
}

static uint16_t number_at(const uint8_t *at, size_t length) {
    return length == 1 ? at[0] : (uint16_t)(at[0] << 8 | at[1]);
}

/* check_list looks at the list at |index|, whose elements follow rule |rule|. */
static bool check_list(struct distinct *d, const struct parley_spans *spans, size_t index,
                       size_t rule, const uint8_t *data) {
    unsigned depth = spans->items[index].depth;
    uint32_t generation = next_generation(d);
    for (size_t i = index + 1; i < spans->count && spans->items[i].depth > depth; i++) {
        const struct parley_span *number = &spans->items[i];
        if (number->depth != depth + 2 || number[-1].depth != depth + 1 ||
            number->kind != PARLEY_SPAN_UINT || number->length == 0 || number->length > 2 ||
            number->names != rules[rule].names) {
            continue;
        }
        uint32_t *seen = &d->seen[rule][number_at(data + number->offset, number->length)];
        if (*seen == generation) {
            return false;
        }
        *seen = generation;
    }
    return true;
}

const char *distinct_check(struct distinct *d, const struct parley_spans *spans,
                           const uint8_t *data) {
    for (size_t i = 0; i < spans->count; i++) {
        if (spans->items[i].kind != PARLEY_SPAN_LIST) {
            continue;
        }
        for (size_t rule = 0; rule < DISTINCT_LISTS; rule++) {
            if (strcmp(spans->items[i].name, rules[rule].list) == 0 &&
                !check_list(d, spans, i, rule, data)) {
                return rules[rule].twice;
            }
        }
    }
    return NULL;
}
