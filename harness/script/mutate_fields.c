/* The mutator's fields: numbers, opaques, lengths. */
#include <string.h>

#include "script/mutate.h"

/* ---- Values ---- */

static uint16_t grease(struct mutator *m) {
    return (uint16_t)(0x0a0a + 0x1010 * mutate_below(m, 16));
}

/* named returns a value of the table that |names| stands for; 0 to 0xffff. */
static uint32_t named(struct mutator *m, enum parley_span_names names) {
    static const uint16_t versions[] = {0x0002,       0x0300,       PARLEY_TLS10, PARLEY_TLS11,
                                        PARLEY_TLS12, PARLEY_TLS13, 0x0305,       0x7f1c,
                                        0xfeff,       0xfefd};
    bool coded = names >= PARLEY_NAMES_VERSION && names <= PARLEY_NAMES_EXTENSION;
    if (coded && mutate_below(m, 8) == 0) {
        return grease(m);
    }
    switch (names) {
    case PARLEY_NAMES_VERSION:
        return versions[mutate_below(m, sizeof(versions) / sizeof(versions[0]))];
    case PARLEY_NAMES_SUITE:
        switch (mutate_below(m, 10)) {
        case 0:
            return PARLEY_TLS_EMPTY_RENEGOTIATION_INFO_SCSV;
        case 1:
            return PARLEY_TLS_FALLBACK_SCSV;
        default:
            return parley_suites[mutate_below(m, parley_suite_count)].code;
        }
    case PARLEY_NAMES_GROUP:
        return parley_groups[mutate_below(m, parley_group_count)].code;
    case PARLEY_NAMES_SIGALG:
        return parley_sigalgs[mutate_below(m, parley_sigalg_count)].code;
    case PARLEY_NAMES_EXTENSION:
        return parley_extensions[mutate_below(m, PARLEY_EXTENSION_COUNT)].code;
    case PARLEY_NAMES_CONTENT:
        return (uint32_t)(20 + mutate_below(m, 6));
    case PARLEY_NAMES_HANDSHAKE:
        return parley_messages[mutate_below(m, PARLEY_MESSAGE_COUNT)].type;
    default:
        return mutate_random(m) & 0xff;
    }
}

static uint32_t bound(struct mutator *m, uint32_t max) {
    const uint32_t bounds[] = {
        0,    1,     2,      3,      31,  32,      33,       0x7f,          0x80,
        0xff, 0x100, 0x4000, 0x4001, max, max - 1, max >> 1, (max >> 1) + 1};
    return bounds[mutate_below(m, sizeof(bounds) / sizeof(bounds[0]))] & max;
}

void mutate_value(struct mutator *m, uint8_t *at, size_t width, enum parley_span_names names) {
    uint32_t max = width >= 4 ? UINT32_MAX : ((uint32_t)1 << 8 * width) - 1;
    uint32_t old = mutate_number(at, width);
    uint32_t value;
    switch (mutate_below(m, names == PARLEY_NAMES_NONE ? 4 : 8)) {
    case 0:
        value = bound(m, max);
        break;
    case 1:
        value = mutate_below(m, 2) == 0 ? old + 1 : old - 1;
        break;
    case 2:
        value = old ^ (uint32_t)1 << mutate_below(m, 8 * width);
        break;
    case 3:
        value = mutate_random(m);
        break;
    default:
        value = named(m, names);
        break;
    }
    value &= max;
    mutate_set_number(at, width, value != old ? value : value ^ 1);
}

static bool is_number(const struct mutate_view *view, size_t index) {
    return view->items[index].kind == PARLEY_SPAN_UINT && view->items[index].length != 0 &&
           view->items[index].length <= 4;
}

bool mutate_a_number(struct mutator *m) {
    const struct parley_span *span = mutate_pick(m, &m->view, is_number);
    if (span == NULL) {
        return false;
    }
    mutate_value(m, m->data + span->offset, span->length, (enum parley_span_names)span->names);
    return true;
}

/* ---- Opaques ---- */

static bool is_opaque(const struct mutate_view *view, size_t index) {
    return view->items[index].kind == PARLEY_SPAN_OPAQUE;
}

static bool is_full_opaque(const struct mutate_view *view, size_t index) {
    return is_opaque(view, index) && view->items[index].length != 0;
}

/* An opaque whose length can be repaired. */
static bool is_measured(const struct mutate_view *view, size_t index) {
    return is_opaque(view, index) && index > 0 && view->items[index - 1].kind == PARLEY_SPAN_LENGTH;
}

static uint8_t character(struct mutator *m) {
    static const char characters[] = "\0.*-_/:aA0 \x7f\x80\xff";
    return (uint8_t)characters[mutate_below(m, sizeof(characters) - 1)];
}

bool mutate_opaque(struct mutator *m) {
    const struct parley_span *span = mutate_pick(m, &m->view, is_full_opaque);
    if (span == NULL) {
        return false;
    }
    uint8_t *bytes = m->data + span->offset;
    size_t at = mutate_below(m, span->length);
    size_t choice = mutate_below(m, 6);
    uint8_t old = bytes[at];
    if (span->names == PARLEY_NAMES_TEXT && choice > 1) {
        bytes[at] = character(m);
    } else if (choice == 2) {
        bytes[at] = (uint8_t)mutate_random(m);
    } else if (choice == 3) {
        size_t some = 1 + mutate_below(m, span->length - at);
        memset(bytes + at, mutate_below(m, 2) == 0 ? 0 : 0xff, some);
    } else if (choice == 4) {
        size_t from = mutate_below(m, span->length);
        size_t end = at > from ? at : from;
        memmove(bytes + at, bytes + from, 1 + mutate_below(m, span->length - end));
    } else {
        bytes[at] ^= (uint8_t)(1 << mutate_below(m, 8));
    }
    /* Bytes before |at| are never changed. */
    if (bytes[at] == old) {
        bytes[at] ^= (uint8_t)(1 << mutate_below(m, 8));
    }
    return true;
}

static size_t amount(struct mutator *m) {
    switch (mutate_below(m, 16)) {
    case 0:
        return 1 + mutate_below(m, 1024);
    case 1:
    case 2:
        return 1 + mutate_below(m, 64);
    default:
        return 1 + mutate_below(m, 8);
    }
}

bool mutate_resize(struct mutator *m) {
    bool any = mutate_below(m, 16) == 0;
    const struct parley_span *span = mutate_pick(m, &m->view, any ? is_opaque : is_measured);
    if (span == NULL) {
        return false;
    }
    size_t at = mutate_below(m, (size_t)span->length + 1);
    size_t choice = mutate_below(m, 8);
    if (choice < 4 || span->length == 0) {
        size_t more = amount(m);
        if (!mutate_gap(m, span, span->offset + at, 0, more)) {
            return false;
        }
        uint8_t *bytes = m->data + span->offset;
        for (size_t i = 0; i < more; i++) {
            bytes[at + i] = choice == 0 || at == 0 ? (uint8_t)mutate_random(m) : bytes[at - 1];
        }
        return true;
    }
    if (choice == 4) {
        return mutate_gap(m, span, span->offset, span->length, 0);
    }
    at = mutate_below(m, span->length);
    size_t less = amount(m);
    size_t left = span->length - at;
    return mutate_gap(m, span, span->offset + at, less < left ? less : left, 0);
}

/* ---- Lengths ---- */

static bool is_length(const struct mutate_view *view, size_t index) {
    return view->items[index].kind == PARLEY_SPAN_LENGTH;
}

bool mutate_break_length(struct mutator *m) {
    const struct parley_span *span = mutate_pick(m, &m->view, is_length);
    if (span == NULL) {
        return false;
    }
    uint8_t *at = m->data + span->offset;
    size_t end = (size_t)span->offset + span->length;
    uint32_t old = mutate_number(at, span->length);
    /* All that is left, exactly or by one too much: where checks are wrong. */
    uint32_t all = (uint32_t)(m->len - end + mutate_below(m, 2));
    if (mutate_below(m, 4) == 0 && all != old && all < UINT32_C(1) << 8 * span->length) {
        mutate_set_number(at, span->length, all);
    } else {
        mutate_value(m, at, span->length, PARLEY_NAMES_NONE);
    }
    return true;
}
