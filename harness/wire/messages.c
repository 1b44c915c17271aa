/* From a row of messages.def to its grammar. */
#include "wire/codec.h"

static bool run(struct codec *c, enum parley_message message, union parley_message_value *value) {
    switch (message) {
#define MESSAGE(name, ...)                                                                         \
    case PARLEY_MSG_##name:                                                                        \
        return parley_grammar_##name(c, &value->name);
#include "tables/messages.def"
#undef MESSAGE
    case PARLEY_MESSAGE_COUNT:
        break;
    }
    return codec_fail(c, PARLEY_ERR_unknown_message, "message");
}

static bool read_message(struct codec *c, enum parley_message message,
                         union parley_message_value *out) {
    if ((unsigned)message >= PARLEY_MESSAGE_COUNT) {
        return codec_fail(c, PARLEY_ERR_unknown_message, "message");
    }
    const struct parley_message_row *row = &parley_messages[message];
    if (c->in.len > row->max_length && row->max_length > 0) {
        return codec_fail_at(c, c->in.data + row->max_length, PARLEY_ERR_message_too_long,
                             row->name);
    }
    if (c->spans != NULL) {
        (void)codec_enter(c, row->name, PARLEY_SPAN_STRUCT, c->in.len);
    }
    return run(c, message, out) &&
           (c->in.len == 0 || codec_fail(c, PARLEY_ERR_trailing_bytes, row->name));
}

bool parley_message_parse(enum parley_message message, struct parley_bytes body,
                          union parley_message_value *out, struct parley_spans *spans,
                          struct parley_wire_error *error) {
    struct codec c;
    codec_read_from(&c, body, spans);
    bool ok = read_message(&c, message, out);
    if (error != NULL) {
        *error = c.error;
    }
    return ok;
}

static bool write_message(struct codec *c, enum parley_message message,
                          union parley_message_value *value) {
    if ((unsigned)message >= PARLEY_MESSAGE_COUNT ||
        parley_messages[message].content != PARLEY_CONTENT_HANDSHAKE) {
        return run(c, message, value);
    }
    struct codec_vector body;
    return codec_put_number(c, "msg_type", 1, parley_messages[message].type) &&
           codec_open(c, "body", 3, 0, 0xffffff, &body) && run(c, message, value) &&
           codec_close(c, "body", &body);
}

bool parley_message_write(CBB *out, enum parley_message message,
                          const union parley_message_value *value) {
    struct codec c = {.out = out};
    /* A grammar that writes leaves the struct alone. */
    return write_message(&c, message, (union parley_message_value *)(uintptr_t)value);
}
