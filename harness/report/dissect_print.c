#include "report/dissect_print.h"

#include <string.h>

/* How many bytes of an opaque, and how many characters of a text, a line shows. */
#define HEX_SHOWN 32
#define TEXT_SHOWN 64

size_t dissect_place(const struct dissect_pieces *pieces, size_t at) {
    size_t low = 0;
    size_t high = pieces->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (pieces->items[middle].at <= at) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return pieces->items[low].input + (at - pieces->items[low].at);
}

void dissect_begin(FILE *out, size_t offset, size_t length, unsigned depth) {
    (void)fprintf(out, "%04zx %6zu  %*s", offset, length, (int)(2 * depth), "");
}

void dissect_error(FILE *out, enum parley_error error, size_t offset, const char *field) {
    dissect_begin(out, offset, 0, 0);
    (void)fprintf(out, "^ %s: %s (%s)\n", parley_error_name(error), parley_error_text(error),
                  field);
}

void dissect_hex(FILE *out, struct parley_bytes bytes) {
    size_t shown = bytes.len < HEX_SHOWN ? bytes.len : HEX_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        (void)fprintf(out, "%02x", bytes.data[i]);
    }
    if (shown < bytes.len) {
        (void)fputs("...", out);
    }
}

static void print_text(FILE *out, struct parley_bytes bytes) {
    size_t shown = bytes.len < TEXT_SHOWN ? bytes.len : TEXT_SHOWN;
    (void)fputc('"', out);
    for (size_t i = 0; i < shown; i++) {
        uint8_t c = bytes.data[i];
        if (c < 0x20 || c > 0x7e) {
            (void)fprintf(out, "\\x%02x", c);
        } else {
            (void)fprintf(out, c == '"' || c == '\\' ? "\\%c" : "%c", c);
        }
    }
    (void)fputs(shown < bytes.len ? "\"..." : "\"", out);
}

static const char *handshake_name(unsigned type) {
    for (unsigned i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        if (parley_messages[i].content == PARLEY_CONTENT_HANDSHAKE &&
            parley_messages[i].type == type) {
            return parley_messages[i].name;
        }
    }
    return "?";
}

/* name_of returns the word for |number|, or NULL if it is only a number. */
static const char *name_of(enum parley_span_names names, uint32_t number) {
    switch (names) {
    case PARLEY_NAMES_VERSION:
        return parley_version_name((uint16_t)number);
    case PARLEY_NAMES_SUITE:
        return parley_suite_name((uint16_t)number);
    case PARLEY_NAMES_GROUP:
        return parley_group_name((uint16_t)number);
    case PARLEY_NAMES_SIGALG:
        return parley_sigalg_name((uint16_t)number);
    case PARLEY_NAMES_EXTENSION:
        return parley_extension_name((uint16_t)number);
    case PARLEY_NAMES_ALERT:
        return parley_alert_name(number);
    case PARLEY_NAMES_CONTENT:
        return parley_content_name(number);
    case PARLEY_NAMES_HANDSHAKE:
        return handshake_name(number);
    case PARLEY_NAMES_NONE:
    case PARLEY_NAMES_TEXT:
        break;
    }
    return NULL;
}

static uint32_t number_at(const struct parley_span *span, struct parley_bytes in) {
    uint32_t number = 0;
    for (uint32_t i = 0; i < span->length; i++) {
        number = number << 8 | in.data[span->offset + i];
    }
    return number;
}

static void print_number(FILE *out, const struct parley_span *span, struct parley_bytes in) {
    uint32_t number = number_at(span, in);
    const char *name = name_of((enum parley_span_names)span->names, number);
    if (name == NULL) {
        (void)fprintf(out, " %u", number);
    } else if (span->length == 1) {
        (void)fprintf(out, " %u %s", number, name);
    } else {
        (void)fprintf(out, " 0x%0*x %s", (int)(2 * span->length), number, name);
    }
}

static void print_opaque(FILE *out, const struct parley_span *span, struct parley_bytes in) {
    struct parley_bytes bytes = {in.data + span->offset, span->length};
    if (bytes.len == 0) {
        return;
    }
    (void)fputc(' ', out);
    if (span->names == PARLEY_NAMES_TEXT) {
        print_text(out, bytes);
    } else {
        dissect_hex(out, bytes);
    }
}

/* An extension is a STRUCT with an extension_type and the length of extension_data, which its own
 * line says both. extension_header returns how many of the spans from |at| on are such a header
 * (the STRUCT with them): 3, or fewer if the input ends inside it. */
static size_t extension_header(const struct parley_spans *spans, size_t at) {
    const struct parley_span *items = spans->items;
    if (items[at].kind != PARLEY_SPAN_STRUCT || at + 1 >= spans->count ||
        strcmp(items[at + 1].name, "extension_type") != 0 ||
        items[at + 1].depth != items[at].depth + 1) {
        return 0;
    }
    return at + 2 < spans->count && strcmp(items[at + 2].name, "extension_data") == 0 ? 3 : 2;
}

/* A printer walks the spans of one message. */
struct printer {
    FILE *out;
    const struct parley_spans *spans;
    struct parley_bytes in;
    const struct dissect_pieces *pieces;
    size_t skip;
    unsigned depth;
};

static void begin(const struct printer *p, const struct parley_span *span, size_t length) {
    dissect_begin(p->out, dissect_place(p->pieces, p->skip + span->offset), length,
                  p->depth + span->depth);
    (void)fputs(span->name, p->out);
}

static size_t print_extension(const struct printer *p, size_t at, size_t header) {
    const struct parley_span *items = p->spans->items;
    begin(p, &items[at], items[at].length);
    (void)fprintf(p->out, " (0x%04x)", number_at(&items[at + 1], p->in));
    if (header == 3) {
        uint32_t length = number_at(&items[at + 2], p->in);
        (void)fprintf(p->out, ", %u byte%s", length, length == 1 ? "" : "s");
    }
    (void)fputc('\n', p->out);
    return at + header;
}

/* print_vector prints a length prefix with what follows it: an opaque in the same line, a list's
 * elements below. The input may end behind the prefix. */
static size_t print_vector(const struct printer *p, size_t at) {
    const struct parley_span *length = &p->spans->items[at];
    const struct parley_span *content = at + 1 < p->spans->count ? length + 1 : NULL;
    if (content == NULL || content->depth != length->depth ||
        strcmp(content->name, length->name) != 0) {
        content = NULL;
    }
    begin(p, length, length->length + (content != NULL ? content->length : 0));
    (void)fprintf(p->out, "<%u>", number_at(length, p->in));
    if (content != NULL && content->kind == PARLEY_SPAN_OPAQUE) {
        print_opaque(p->out, content, p->in);
    }
    (void)fputc('\n', p->out);
    return at + (content != NULL ? 2 : 1);
}

static size_t print_span(const struct printer *p, size_t at) {
    const struct parley_span *span = &p->spans->items[at];
    size_t header = extension_header(p->spans, at);
    if (header != 0) {
        return print_extension(p, at, header);
    }
    if (span->kind == PARLEY_SPAN_LENGTH) {
        return print_vector(p, at);
    }
    if (span->kind == PARLEY_SPAN_OPAQUE && span->length == 0) {
        return at + 1; /* nothing to show, not even a length */
    }
    begin(p, span, span->length);
    if (span->kind == PARLEY_SPAN_UINT) {
        print_number(p->out, span, p->in);
    } else if (span->kind == PARLEY_SPAN_OPAQUE) {
        print_opaque(p->out, span, p->in);
    }
    (void)fputc('\n', p->out);
    return at + 1;
}

/* leaves_end returns how far the leaves reach: not to the end where parsing stopped. */
static size_t leaves_end(const struct parley_spans *spans) {
    for (size_t at = spans->count; at-- > 0;) {
        const struct parley_span *span = &spans->items[at];
        if (span->kind != PARLEY_SPAN_LIST && span->kind != PARLEY_SPAN_STRUCT) {
            return span->offset + span->length;
        }
    }
    return 0;
}

void dissect_fields(FILE *out, const struct parley_spans *spans, struct parley_bytes in,
                    const struct dissect_pieces *pieces, size_t skip, unsigned depth) {
    struct printer p = {out, spans, in, pieces, skip, depth};
    for (size_t at = 1; at < spans->count;) {
        at = print_span(&p, at);
    }
    size_t read = leaves_end(spans);
    if (read < in.len) {
        dissect_begin(out, dissect_place(pieces, skip + read), in.len - read, depth + 1);
        (void)fputs("unread ", out);
        dissect_hex(out, (struct parley_bytes){in.data + read, in.len - read});
        (void)fputc('\n', out);
    }
}
