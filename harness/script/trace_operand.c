/* One operand of a trace's line, from words and to words. */
#include <stdio.h>
#include <string.h>

#include "script/trace.h"

/* ---- Out ---- */

void trace_put(struct trace_out *out, const char *text, size_t len) {
    if (out->length < out->cap) {
        size_t room = out->cap - out->length;
        memcpy(out->at + out->length, text, len < room ? len : room);
    }
    out->length += len;
}

void trace_put_text(struct trace_out *out, const char *text) {
    trace_put(out, text, strlen(text));
}

static void put_number(struct trace_out *out, uint64_t number, bool hex) {
    char text[24];
    (void)snprintf(text, sizeof text, hex ? "0x%llx" : "%llu", (unsigned long long)number);
    trace_put_text(out, text);
}

static bool plain(uint8_t c) {
    return c > ' ' && c < 0x7f && c != '#' && c != '%' && c != ',';
}

/* put_word: an empty word is "%", which stands for no byte. */
static void put_word(struct trace_out *out, struct parley_bytes word) {
    if (word.len == 0) {
        trace_put_text(out, "%");
    }
    for (size_t i = 0; i < word.len; i++) {
        char text[4];
        (void)snprintf(text, sizeof text, plain(word.data[i]) ? "%c" : "%%%02x", word.data[i]);
        trace_put_text(out, text);
    }
}

static void put_hex(struct trace_out *out, struct parley_bytes bytes) {
    if (bytes.len == 0) {
        trace_put_text(out, "-");
    }
    for (size_t i = 0; i < bytes.len; i++) {
        char text[3];
        (void)snprintf(text, sizeof text, "%02x", bytes.data[i]);
        trace_put_text(out, text);
    }
}

static void put_point(struct trace_out *out, const struct parley_operand *operand, bool place) {
    struct parley_point point = parley_point_of(operand);
    if (place) {
        trace_put_text(out, point.after ? "after " : "before ");
    }
    trace_put_text(out,
                   point.message == PARLEY_POINT_ANY ? "any" : parley_messages[point.message].name);
    if (point.nth == 0) {
        trace_put_text(out, ":*");
    } else if (point.nth > 1) {
        trace_put_text(out, ":");
        put_number(out, point.nth, false);
    }
}

static void put_named(struct trace_out *out, const struct trace_words *words, uint64_t number) {
    const char *name = words->name(number);
    if (name != NULL) {
        trace_put_text(out, name);
    } else {
        put_number(out, number, true);
    }
}

static void put_list(struct trace_out *out, const struct trace_words *words,
                     struct parley_bytes list) {
    for (size_t i = 0; i + 1 < list.len; i += 2) {
        trace_put(out, " ", i > 0);
        put_named(out, words, (uint64_t)list.data[i] << 8 | list.data[i + 1]);
    }
}

static void put_protocols(struct trace_out *out, struct parley_bytes list) {
    struct parley_bytes name;
    for (bool first = true; parley_opaque8_next(&list, &name); first = false) {
        trace_put(out, " ", !first);
        put_word(out, name);
    }
}

void trace_print_operand(struct trace_out *out, const struct parley_trace *trace,
                         enum parley_operand_kind kind, const struct parley_operand *operand) {
    struct parley_bytes bytes = parley_trace_bytes(trace, operand);
    const struct trace_words *words = trace_words_of(kind);
    trace_put_text(out, " ");
    if (trace_is_list(kind)) {
        put_list(out, words, bytes);
    } else if (words != NULL) {
        put_named(out, words, operand->number);
    } else if (kind == PARLEY_OPERAND_NUMBER) {
        put_number(out, operand->number, false);
    } else if (kind == PARLEY_OPERAND_BYTES) {
        put_hex(out, bytes);
    } else if (kind == PARLEY_OPERAND_PROTOCOLS) {
        put_protocols(out, bytes);
    } else if (kind == PARLEY_OPERAND_POINT || kind == PARLEY_OPERAND_PLACE) {
        put_point(out, operand, kind == PARLEY_OPERAND_PLACE);
    } else {
        put_word(out, bytes);
    }
}

/* ---- In ---- */

size_t trace_operand_words(enum parley_operand_kind kind) {
    if (kind >= PARLEY_OPERAND_VERSIONS) {
        return 0;
    }
    return kind == PARLEY_OPERAND_PLACE ? 2 : 1;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* in_place decodes |word| where it stands: hex, or with %XX; returns its length, or -1. */
static long hex_in_place(char *word) {
    size_t len = strlen(word);
    if (strcmp(word, "-") == 0) {
        return 0;
    }
    if (len % 2 != 0) {
        return -1;
    }
    for (size_t i = 0; i < len; i += 2) {
        int high = hex_digit(word[i]), low = hex_digit(word[i + 1]);
        if (high < 0 || low < 0) {
            return -1;
        }
        word[i / 2] = (char)(high << 4 | low);
    }
    return (long)(len / 2);
}

static long word_in_place(char *word) {
    long n = 0;
    if (strcmp(word, "%") == 0) {
        return 0;
    }
    for (const char *in = word; *in != '\0'; in++) {
        if (*in == '%') {
            int high = hex_digit(in[1]), low = high < 0 ? -1 : hex_digit(in[2]);
            if (low < 0) {
                return -1;
            }
            word[n++] = (char)(high << 4 | low);
            in += 2;
        } else {
            word[n++] = *in;
        }
    }
    return n;
}

static const char *keep(struct parley_trace *trace, struct parley_operand *out, const char *word,
                        long len) {
    struct parley_bytes bytes = {(const uint8_t *)word, (size_t)len};
    return parley_trace_keep(trace, out, bytes) ? NULL : "there is too much in this trace";
}

static const char *parse_point(char *const *words, bool place, struct parley_operand *out,
                               size_t *bad) {
    struct parley_point point = {.nth = 1};
    if (place) {
        point.after = strcmp(words[0], "after") == 0;
        if (!point.after && strcmp(words[0], "before") != 0) {
            return "'before' or 'after' is expected";
        }
        words++;
        *bad += 1;
    }
    char name[64];
    const char *colon = strchr(words[0], ':');
    size_t len = colon != NULL ? (size_t)(colon - words[0]) : strlen(words[0]);
    if (len >= sizeof name) {
        return "no such message";
    }
    memcpy(name, words[0], len);
    name[len] = '\0';
    if (colon != NULL && strcmp(colon, ":*") == 0) {
        point.nth = 0;
    } else if (colon != NULL) {
        uint64_t nth;
        if (!trace_number(colon + 1, &nth) || nth == 0 || nth > UINT16_MAX) {
            return "behind the colon, a number from 1 or '*' is expected";
        }
        point.nth = (uint16_t)nth;
    }
    uint64_t message = PARLEY_POINT_ANY;
    if (strcmp(name, "any") != 0 &&
        !trace_number_of(trace_words_of(PARLEY_OPERAND_MESSAGE), name, &message)) {
        return "no such message: 'parley messages' lists them";
    }
    point.message = (uint8_t)message;
    out->number = parley_point_number(point);
    return NULL;
}

static const char *parse_list(struct parley_trace *trace, const struct trace_words *names,
                              char *const *words, size_t count, struct parley_operand *out,
                              size_t *bad) {
    uint8_t list[2 * 64];
    if (count > sizeof list / 2) {
        return "at most 64 of them can be named";
    }
    for (size_t i = 0; i < count; i++) {
        uint64_t number;
        if (!trace_number_of(names, words[i], &number)) {
            *bad = i;
            return "no such name";
        }
        list[2 * i] = (uint8_t)(number >> 8);
        list[2 * i + 1] = (uint8_t)number;
    }
    return keep(trace, out, (const char *)list, (long)(2 * count));
}

static const char *parse_protocols(struct parley_trace *trace, char *const *words, size_t count,
                                   struct parley_operand *out, size_t *bad) {
    struct parley_operand part = {0};
    for (size_t i = 0; i < count; i++) {
        long len = word_in_place(words[i]);
        *bad = i;
        if (len < 0 || len > PARLEY_NAME_MAX) {
            return "a protocol's name is 255 bytes at most, and % has two hex digits behind it";
        }
        uint8_t length = (uint8_t)len;
        const char *wrong = keep(trace, &part, (const char *)&length, 1);
        if (i == 0) {
            *out = part;
        }
        wrong = wrong != NULL ? wrong : keep(trace, &part, words[i], len);
        if (wrong != NULL) {
            return wrong;
        }
        out->length = (uint16_t)(part.offset + part.length - out->offset);
    }
    return NULL;
}

const char *trace_parse_operand(struct parley_trace *trace, enum parley_operand_kind kind,
                                char *const *words, size_t count, struct parley_operand *out,
                                size_t *bad) {
    const struct trace_words *names = trace_words_of(kind);
    *out = (struct parley_operand){0};
    *bad = 0;
    if (trace_is_list(kind)) {
        return parse_list(trace, names, words, count, out, bad);
    }
    if (names != NULL) {
        return trace_number_of(names, words[0], &out->number) ? NULL : "no such name";
    }
    switch (kind) {
    case PARLEY_OPERAND_PROTOCOLS:
        return parse_protocols(trace, words, count, out, bad);
    case PARLEY_OPERAND_POINT:
    case PARLEY_OPERAND_PLACE:
        return parse_point(words, kind == PARLEY_OPERAND_PLACE, out, bad);
    case PARLEY_OPERAND_NUMBER:
        return trace_number(words[0], &out->number) ? NULL : "a number is expected";
    case PARLEY_OPERAND_BYTES: {
        long len = hex_in_place(words[0]);
        return len < 0 ? "hex digits, two a byte, are expected" : keep(trace, out, words[0], len);
    }
    default: {
        long len = word_in_place(words[0]);
        return len < 0 ? "% has two hex digits behind it" : keep(trace, out, words[0], len);
    }
    }
}
