/* The bytes that new operations send: records, messages, extensions. */
#include <string.h>

#include "script/trace.h"
#include "script/vary.h"

/* content_bytes is what a record of that type may have in it. */
static size_t content_bytes(struct varying *v, uint64_t content, uint8_t *out) {
    switch (content) {
    case PARLEY_CONTENT_CHANGE_CIPHER_SPEC:
        out[0] = vary_chance(v, 80) ? 1 : (uint8_t)vary_below(v, 3);
        return vary_chance(v, 90) ? 1 : vary_below(v, 3);
    case PARLEY_CONTENT_ALERT:
        out[0] = (uint8_t)(1 + vary_below(v, 2));
        out[1] = vary_chance(v, 70) ? (uint8_t)(vary_chance(v, 50) ? 90 : 0)
                                    : (uint8_t)vary_below(v, 121);
        return vary_chance(v, 90) ? 2 : vary_below(v, 4);
    case 24: { /* heartbeat_request with a payload length beyond what there is (RFC 6520 4) */
        static const uint8_t request[] = {1, 0x40, 0, 'a'};
        memcpy(out, request, sizeof request);
        return sizeof request;
    }
    default: {
        size_t len = vary_chance(v, 40) ? 0 : vary_below(v, 24);
        for (size_t i = 0; i < len; i++) {
            out[i] = (uint8_t)vary_below(v, i < 4 ? 21 : 256);
        }
        return len;
    }
    }
}

/* message_bytes is a body for |message|: as one was seen, short, or none. */
static struct parley_bytes message_bytes(struct varying *v, enum parley_message message,
                                         uint8_t room[64]) {
    struct parley_bytes seen = vary_message(v, message);
    if (seen.len > 0 && seen.len <= 2048 && vary_chance(v, 70)) {
        return seen;
    }
    size_t len = vary_chance(v, 50) ? 0 : vary_below(v, 40);
    for (size_t i = 0; i < len; i++) {
        room[i] = (uint8_t)(vary_chance(v, 60) ? 0 : vary_below(v, 256));
    }
    return (struct parley_bytes){room, len};
}

/* extension_bytes is a body for extension |code| of |message|. */
static struct parley_bytes extension_bytes(struct varying *v, uint16_t code, uint8_t room[64]) {
    for (unsigned i = 0; i < PARLEY_FORM_COUNT && vary_chance(v, 95); i++) {
        if (parley_extensions[parley_forms[i].extension].code == code && vary_chance(v, 50)) {
            return mutate_body((enum parley_form)i);
        }
    }
    size_t len = vary_chance(v, 40) ? 0 : vary_below(v, 10);
    for (size_t i = 0; i < len; i++) {
        room[i] = (uint8_t)(vary_chance(v, 60) ? 0 : vary_below(v, 256));
    }
    return (struct parley_bytes){room, len};
}

bool vary_content(struct varying *v, const struct parley_line *line, size_t index,
                  struct parley_operand *out) {
    uint8_t room[64] = {0};
    struct parley_bytes bytes = {room, 0};
    switch (line->row) {
    case PARLEY_LINE_set:
        return vary_bytes(v, vary_message_of(line), &line->operands[index - 1], out);
    case PARLEY_LINE_insert:
        bytes = message_bytes(v, (enum parley_message)line->operands[1].number, room);
        break;
    case PARLEY_LINE_record:
        bytes.len = content_bytes(v, line->operands[1].number, room);
        break;
    case PARLEY_LINE_add_extension:
        bytes = extension_bytes(v, (uint16_t)line->operands[1].number, room);
        break;
    default:
        bytes.len = 1 + vary_below(v, 8);
        memset(room, (int)vary_below(v, 256), bytes.len);
        break;
    }
    return parley_trace_keep(v->trace, out, bytes);
}
