/* Records: the header, and what the short ones carry. */
#include "wire/codec.h"

static bool header_grammar(struct codec *c, struct parley_record_header *m) {
    uint32_t length = m->length;
    if (!codec_uint8(c, "type", PARLEY_NAMES_CONTENT, &m->type) ||
        !codec_uint16(c, "legacy_record_version", PARLEY_NAMES_VERSION,
                      &m->legacy_record_version) ||
        !codec_number(c, "length", PARLEY_SPAN_LENGTH, PARLEY_NAMES_NONE, 2, &length)) {
        return false;
    }
    m->length = (uint16_t)length;
    return true;
}

bool parley_record_header_parse(struct parley_bytes in, struct parley_record_header *out,
                                struct parley_spans *spans, struct parley_wire_error *error) {
    size_t length = in.len < PARLEY_RECORD_HEADER ? in.len : PARLEY_RECORD_HEADER;
    struct codec c;
    codec_read_from(&c, (struct parley_bytes){in.data, length}, spans);
    if (spans != NULL) {
        (void)codec_enter(&c, "record_header", PARLEY_SPAN_STRUCT, length);
    }
    out->length = 0;
    bool ok = header_grammar(&c, out);
    if (error != NULL) {
        *error = c.error;
    }
    return ok;
}

bool parley_record_header_write(CBB *out, const struct parley_record_header *header) {
    struct codec c = {.out = out};
    struct parley_record_header copy = *header;
    return header_grammar(&c, &copy);
}

/* struct { AlertLevel level; AlertDescription description; } Alert; */
bool parley_grammar_alert(struct codec *c, struct parley_alert *m) {
    if (c->out == NULL && c->in.len != 2) {
        return codec_fail(c, PARLEY_ERR_bad_alert, "alert");
    }
    return codec_uint8_in(c, "level", 1, 2, PARLEY_ERR_unknown_alert_level, &m->level) &&
           codec_uint8(c, "description", PARLEY_NAMES_ALERT, &m->description);
}

/* struct { enum { change_cipher_spec(1), (255) } type; } ChangeCipherSpec; */
bool parley_grammar_change_cipher_spec(struct codec *c, struct parley_change_cipher_spec *m) {
    if (c->out == NULL && c->in.len != 1) {
        return codec_fail(c, PARLEY_ERR_bad_change_cipher_spec, "type");
    }
    return codec_uint8_in(c, "type", 1, 1, PARLEY_ERR_bad_change_cipher_spec, &m->type);
}
