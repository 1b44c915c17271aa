/* Walking the vectors that a parsed struct keeps as bytes. */
#include "wire/codec.h"

static inline bool take(struct parley_bytes *rest, size_t length, struct parley_bytes *out) {
    if (rest->len < length) {
        return false;
    }
    out->data = rest->data;
    out->len = length;
    rest->data += length;
    rest->len -= length;
    return true;
}

static inline bool take_number(struct parley_bytes *rest, size_t width, uint32_t *out) {
    struct parley_bytes bytes;
    if (!take(rest, width, &bytes)) {
        return false;
    }
    *out = 0;
    for (size_t i = 0; i < width; i++) {
        *out = *out << 8 | bytes.data[i];
    }
    return true;
}

static inline bool take_opaque(struct parley_bytes *rest, size_t prefix, struct parley_bytes *out) {
    uint32_t length;
    return take_number(rest, prefix, &length) && take(rest, length, out);
}

bool parley_uint8_next(struct parley_bytes *rest, uint8_t *out) {
    uint32_t number;
    if (!take_number(rest, 1, &number)) {
        return false;
    }
    *out = (uint8_t)number;
    return true;
}

bool parley_uint16_next(struct parley_bytes *rest, uint16_t *out) {
    uint32_t number;
    if (!take_number(rest, 2, &number)) {
        return false;
    }
    *out = (uint16_t)number;
    return true;
}

bool parley_opaque8_next(struct parley_bytes *rest, struct parley_bytes *out) {
    return take_opaque(rest, 1, out);
}

bool parley_opaque16_next(struct parley_bytes *rest, struct parley_bytes *out) {
    return take_opaque(rest, 2, out);
}

bool parley_opaque24_next(struct parley_bytes *rest, struct parley_bytes *out) {
    return take_opaque(rest, 3, out);
}

bool parley_key_share_next(struct parley_bytes *rest, struct parley_key_share_entry *out) {
    return parley_uint16_next(rest, &out->group) && take_opaque(rest, 2, &out->key_exchange);
}

bool parley_psk_identity_next(struct parley_bytes *rest, struct parley_psk_identity *out) {
    return take_opaque(rest, 2, &out->identity) &&
           take_number(rest, 4, &out->obfuscated_ticket_age);
}

bool parley_extension_next(struct parley_bytes *rest, struct parley_extension_entry *out) {
    return parley_uint16_next(rest, &out->extension_type) &&
           take_opaque(rest, 2, &out->extension_data);
}

bool parley_uint16_in(struct parley_bytes list, uint16_t value) {
    for (size_t i = 0; i + 1 < list.len; i += 2) {
        if (list.data[i] == value >> 8 && list.data[i + 1] == (value & 0xff)) {
            return true;
        }
    }
    return false;
}

bool parley_uint8_in(struct parley_bytes list, uint8_t value) {
    return list.len != 0 && memchr(list.data, value, list.len) != NULL;
}
