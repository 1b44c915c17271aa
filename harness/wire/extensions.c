/* Blocks of extensions (RFC 8446 4.2): what may stand where, how often, and in which grammar. */
#include "tables/places.h"
#include "wire/codec.h"

/* ---- One extension ---- */

static bool run(struct codec *c, enum parley_form form, union parley_extension_value *value) {
    switch (form) {
#define FORM(form, places)                                                                         \
    case PARLEY_FORM_##form:                                                                       \
        return parley_grammar_##form(c, &value->form);
#define EXTENSION(name, code, rfc, forms) forms
#include "tables/extensions.def"
#undef EXTENSION
#undef FORM
    case PARLEY_FORM_COUNT:
        break;
    }
    return codec_fail(c, PARLEY_ERR_misplaced_extension, "form");
}

static bool read_extension(struct codec *c, enum parley_form form,
                           union parley_extension_value *out) {
    if ((unsigned)form >= PARLEY_FORM_COUNT) {
        return codec_fail(c, PARLEY_ERR_misplaced_extension, "form");
    }
    const char *name = parley_extensions[parley_forms[form].extension].name;
    if (c->in.len > 0xffff) {
        return codec_fail(c, PARLEY_ERR_length_out_of_range, name);
    }
    if (c->spans != NULL) {
        (void)codec_enter(c, name, PARLEY_SPAN_STRUCT, c->in.len);
    }
    return run(c, form, out) && (c->in.len == 0 || codec_fail(c, PARLEY_ERR_trailing_bytes, name));
}

bool parley_extension_parse(enum parley_form form, struct parley_bytes body,
                            union parley_extension_value *out, struct parley_spans *spans,
                            struct parley_wire_error *error) {
    struct codec c;
    codec_read_from(&c, body, spans);
    bool ok = read_extension(&c, form, out);
    if (error != NULL) {
        *error = c.error;
    }
    return ok;
}

static bool write_extension(struct codec *c, enum parley_form form,
                            union parley_extension_value *value) {
    if ((unsigned)form >= PARLEY_FORM_COUNT) {
        return codec_fail(c, PARLEY_ERR_misplaced_extension, "form");
    }
    const struct parley_extension_row *row = &parley_extensions[parley_forms[form].extension];
    struct codec_vector data;
    return codec_put_number(c, "extension_type", 2, row->code) &&
           codec_open(c, "extension_data", 2, 0, 0xffff, &data) && run(c, form, value) &&
           codec_close(c, "extension_data", &data);
}

bool parley_extension_write(CBB *out, enum parley_form form,
                            const union parley_extension_value *value) {
    struct codec c = {.out = out};
    /* A grammar that writes leaves the struct alone. */
    return write_extension(&c, form, (union parley_extension_value *)(uintptr_t)value);
}

/* ---- A block of them ---- */

/* read_known parses the body of |extension| into the member of the form it has in |place|. */
static bool read_known(struct codec *c, enum parley_extension extension, unsigned place,
                       struct parley_extension_block *block) {
    switch (extension) {
#define FORM(form, places)                                                                         \
    if ((place & (places)) != 0) {                                                                 \
        return parley_grammar_##form(c, &block->form);                                             \
    }
#define EXTENSION(name, code, rfc, forms)                                                          \
    case PARLEY_EXT_##name:                                                                        \
        forms;                                                                                     \
        break;
#include "tables/extensions.def"
#undef EXTENSION
#undef FORM
    case PARLEY_EXTENSION_COUNT:
        break;
    }
    /* RFC 8446 4.2 wants illegal_parameter; in encrypted_extensions it is what no client asked for,
     * and so are retry_configs and application settings in TLS 1.2. */
    bool tls13_only = extension == PARLEY_EXT_encrypted_client_hello ||
                      extension == PARLEY_EXT_application_settings;
    bool unasked = place == PARLEY_PLACE_EE || (place == PARLEY_PLACE_SH12 && tls13_only);
    return codec_fail_at(c, c->in.data - 4,
                         unasked ? PARLEY_ERR_unsupported_extension
                                 : PARLEY_ERR_misplaced_extension,
                         parley_extensions[extension].name);
}

/* RFC 8446 4.2 names no alert for an extension that stands twice. What TLS 1.2 has in its hellos is
 * answered as it always was. */
static enum parley_error duplicate_in(unsigned place) {
    const unsigned hellos = PARLEY_PLACE_CH | PARLEY_PLACE_SH12 | PARLEY_PLACE_SH | PARLEY_PLACE_EE;
    return place & hellos ? PARLEY_ERR_duplicate_hello_extension : PARLEY_ERR_duplicate_extension;
}

/* read_unknown keeps nothing of an extension but the code point. */
static bool read_unknown(struct codec *c, uint16_t code, unsigned place, struct codec_set *unknown,
                         struct parley_extension_block *block) {
    if (!codec_set_add(unknown, code)) {
        return codec_fail_at(c, c->in.data - 4, duplicate_in(place), "extension_type");
    }
    if (block->unknown++ == 0) {
        block->first_unknown = code;
    }
    struct parley_bytes data = {NULL, 0};
    codec_take_bytes(c, "extension_data", PARLEY_NAMES_NONE, c->in.len, &data);
    return true;
}

static bool read_body(struct codec *c, uint16_t code, unsigned place, struct codec_set *unknown,
                      struct parley_extension_block *block) {
    enum parley_extension extension = parley_extension_find(code);
    if (place == PARLEY_PLACE_CH && parley_has(block, PARLEY_EXT_pre_shared_key) &&
        extension != PARLEY_EXT_pre_shared_key) {
        return codec_fail_at(c, c->in.data - 4, PARLEY_ERR_psk_not_last, "pre_shared_key");
    }
    if (extension == PARLEY_EXTENSION_UNKNOWN) {
        return read_unknown(c, code, place, unknown, block);
    }
    const char *name = parley_extensions[extension].name;
    if (parley_has(block, extension)) {
        return codec_fail_at(c, c->in.data - 4, duplicate_in(place), name);
    }
    block->present |= UINT64_C(1) << extension;
    if (!read_known(c, extension, place, block)) {
        return false;
    }
    return c->in.len == 0 || codec_fail(c, PARLEY_ERR_trailing_bytes, name);
}

/* span_name is what the span of a whole extension is called; the code may not be there yet. */
static const char *span_name(const struct codec *c) {
    if (c->in.len < 2) {
        return "extension";
    }
    uint16_t code = (uint16_t)(c->in.data[0] << 8 | c->in.data[1]);
    if (parley_is_grease(code)) {
        return "GREASE";
    }
    enum parley_extension extension = parley_extension_find(code);
    return extension != PARLEY_EXTENSION_UNKNOWN ? parley_extensions[extension].name : "unknown";
}

/* read_entry is struct { ExtensionType extension_type; opaque extension_data<0..2^16-1>; }, with
 * the fields of the body in place of the opaque. */
static bool read_entry(struct codec *c, unsigned place, struct codec_set *unknown,
                       struct parley_extension_block *block) {
    size_t index = 0;
    if (c->spans != NULL) {
        index = codec_enter(c, span_name(c), PARLEY_SPAN_STRUCT, c->in.len);
    }
    uint16_t code = 0;
    size_t length;
    if (!codec_uint16(c, "extension_type", PARLEY_NAMES_EXTENSION, &code) ||
        !codec_take_length(c, "extension_data", 2, 0, 0xffff, &length)) {
        return false;
    }
    CBS outer = {c->in.data + length, c->in.len - length};
    c->in.len = length;
    if (!read_body(c, code, place, unknown, block)) {
        c->error.extension = parley_extension_name(code);
        return false;
    }
    c->in = outer;
    if (c->spans != NULL) {
        codec_leave(c, index);
    }
    return true;
}

bool codec_extensions(struct codec *c, unsigned place, size_t min, size_t max,
                      struct parley_extension_block *block) {
    if (c->out != NULL) {
        return codec_put_vector(c, "extensions", 2, min, max, block->raw);
    }
    struct codec_vector list;
    struct codec_set unknown;
    unknown.count = 0;
    block->absent = false;
    block->present = 0;
    block->unknown = 0;
    block->first_unknown = 0;
    if (!codec_open(c, "extensions", 2, min, max, &list)) {
        return false;
    }
    block->raw = list.bytes;
    while (c->in.len != 0) {
        if (!read_entry(c, place, &unknown, block)) {
            return false;
        }
    }
    return codec_close(c, "extensions", &list);
}

bool codec_optional_extensions(struct codec *c, unsigned place,
                               struct parley_extension_block *block) {
    if (c->out != NULL) {
        return block->absent || codec_extensions(c, place, 0, 0xffff, block);
    }
    if (c->in.len != 0) {
        return codec_extensions(c, place, 0, 0xffff, block);
    }
    block->absent = true;
    block->raw.data = c->in.data;
    block->raw.len = 0;
    block->present = 0;
    block->unknown = 0;
    block->first_unknown = 0;
    return true;
}
