#include "fuzzers/other.h"

#include <stdlib.h>
#include <string.h>

size_t other_record(struct parley_bytes body, uint8_t out[OTHER_RECORD_MAX]) {
    size_t len = body.len + 4;
    const uint8_t headers[] = {PARLEY_CONTENT_HANDSHAKE,
                               3,
                               1,
                               (uint8_t)(len >> 8),
                               (uint8_t)len,
                               1 /* client_hello */,
                               0,
                               (uint8_t)(body.len >> 8),
                               (uint8_t)body.len};
    memcpy(out, headers, sizeof(headers));
    if (body.len > 0) {
        memcpy(out + sizeof(headers), body.data, body.len);
    }
    return sizeof(headers) + body.len;
}

struct parley_bytes other_keep(struct other_room *room, const void *data, size_t len) {
    struct parley_bytes copy = {room->bytes + room->used, len};
    if (len > sizeof(room->bytes) - room->used) {
        abort(); /* more than there was in the input */
    }
    if (len > 0) {
        memcpy(room->bytes + room->used, data, len);
    }
    room->used += len;
    return copy;
}

struct parley_bytes other_keep_codes(struct other_room *room, const uint16_t *codes, size_t count) {
    struct parley_bytes all = other_keep(room, NULL, 0);
    for (size_t i = 0; i < count; i++) {
        const uint8_t code[] = {(uint8_t)(codes[i] >> 8), (uint8_t)codes[i]};
        all.len += other_keep(room, code, sizeof(code)).len;
    }
    return all;
}
