/* One message's body, or one extension's, under a grammar that is known. */
#include <stdlib.h>
#include <string.h>

#include "parley/dissect.h"
#include "report/dissect_print.h"

/* grammar: a row of messages.def, or of the forms of extensions.def. */
struct grammar {
    bool is_form;
    unsigned row;
};

static bool find(const char *name, struct grammar *out) {
    static const char prefix[] = "ext_";
    enum parley_message message = parley_message_by_name(name);
    if (message != PARLEY_MESSAGE_UNKNOWN) {
        *out = (struct grammar){false, message};
        return true;
    }
    if (strncmp(name, prefix, sizeof(prefix) - 1) != 0) {
        return false;
    }
    for (unsigned i = 0; i < PARLEY_FORM_COUNT; i++) {
        if (strcmp(parley_forms[i].name, name + sizeof(prefix) - 1) == 0) {
            *out = (struct grammar){true, i};
            return true;
        }
    }
    return false;
}

static bool parse(struct grammar grammar, struct parley_bytes in, struct parley_spans *spans,
                  struct parley_wire_error *error) {
    static union parley_message_value message;
    static union parley_extension_value extension;
    *error = (struct parley_wire_error){PARLEY_OK, 0, NULL, NULL};
    return grammar.is_form
               ? parley_extension_parse((enum parley_form)grammar.row, in, &extension, spans, error)
               : parley_message_parse((enum parley_message)grammar.row, in, &message, spans, error);
}

bool parley_dissect_knows(const char *grammar) {
    struct grammar found;
    return find(grammar, &found);
}

bool parley_dissect_body(FILE *out, const char *grammar, struct parley_bytes in,
                         struct parley_wire_error *error) {
    struct grammar found;
    struct parley_spans spans = {NULL, 0, 0};
    if (!find(grammar, &found)) {
        *error = (struct parley_wire_error){PARLEY_ERR_unknown_message, 0, "grammar", NULL};
        return false;
    }
    (void)parse(found, in, &spans, error); /* only counts */
    size_t capacity = spans.count != 0 ? spans.count : 1;
    spans = (struct parley_spans){calloc(capacity, sizeof(struct parley_span)), capacity, 0};
    if (spans.items == NULL) {
        *error = (struct parley_wire_error){PARLEY_ERR_buffer_full, 0, "memory", NULL};
        return false;
    }
    bool ok = parse(found, in, &spans, error);
    struct dissect_piece piece = {0, 0};
    struct dissect_pieces pieces = {&piece, 1};
    dissect_begin(out, 0, in.len, 0);
    (void)fprintf(out, "%s\n", grammar);
    dissect_fields(out, &spans, in, &pieces, 0, 0);
    if (!ok) {
        dissect_error(out, error->error, error->offset, error->field);
    }
    free(spans.items);
    return ok;
}
