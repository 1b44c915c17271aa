/* EncodedClientHelloInner (RFC 9849 5.1): the inner client_hello as it is encrypted, without its
 * session id, and with ech_outer_extensions for what the outer one holds, too. */
#include "wire/ech_inner.h"

#include <openssl/bytestring.h>
#include <string.h>

enum { OUTER_EXTENSIONS = 0xfd00, ENCRYPTED_CLIENT_HELLO = 0xfe0d };

/* What stands in an EncodedClientHelloInner. */
struct encoded {
    CBS fixed; /* legacy_version, random */
    CBS session_id, suites, compression;
    CBS extensions;
};

static enum parley_error split(struct parley_bytes in, struct encoded *out) {
    CBS rest;
    CBS_init(&rest, in.data, in.len);
    if (!CBS_get_bytes(&rest, &out->fixed, 2 + PARLEY_RANDOM_LENGTH) ||
        !CBS_get_u8_length_prefixed(&rest, &out->session_id) ||
        !CBS_get_u16_length_prefixed(&rest, &out->suites) ||
        !CBS_get_u8_length_prefixed(&rest, &out->compression) ||
        !CBS_get_u16_length_prefixed(&rest, &out->extensions)) {
        return PARLEY_ERR_truncated;
    }
    for (size_t i = 0; i < CBS_len(&rest); i++) {
        if (CBS_data(&rest)[i] != 0) {
            return PARLEY_ERR_ech_bad_padding;
        }
    }
    return CBS_len(&out->session_id) ? PARLEY_ERR_ech_bad_inner : PARLEY_OK;
}

static bool add_extension(CBB *out, const struct parley_extension_entry *entry) {
    CBB body;
    return CBB_add_u16(out, entry->extension_type) && CBB_add_u16_length_prefixed(out, &body) &&
           CBB_add_bytes(&body, entry->extension_data.data, entry->extension_data.len) &&
           CBB_flush(out);
}

/* refer copies the outer extensions that |list| names. They stand in the same order in both, so
 * that one walk finds them all. */
static enum parley_error refer(CBB *out, struct parley_bytes list, struct parley_bytes outer) {
    union parley_extension_value value;
    struct parley_extension_entry entry;
    uint16_t wanted;
    if (!parley_extension_parse(PARLEY_FORM_ech_outer_extensions, list, &value, NULL, NULL)) {
        return PARLEY_ERR_bad_encoding;
    }
    struct parley_bytes types = value.ech_outer_extensions.outer_extensions;
    while (parley_uint16_next(&types, &wanted)) {
        do {
            if (wanted == ENCRYPTED_CLIENT_HELLO || !parley_extension_next(&outer, &entry)) {
                return PARLEY_ERR_ech_bad_outer_extension;
            }
        } while (entry.extension_type != wanted);
        if (!add_extension(out, &entry)) {
            return PARLEY_ERR_buffer_full;
        }
    }
    return PARLEY_OK;
}

static enum parley_error expand(CBB *out, struct parley_bytes rest, struct parley_bytes outer) {
    struct parley_extension_entry entry;
    bool referred = false;
    while (rest.len != 0) {
        enum parley_error error = PARLEY_OK;
        if (!parley_extension_next(&rest, &entry)) {
            return PARLEY_ERR_truncated;
        }
        if (entry.extension_type != OUTER_EXTENSIONS) {
            error = add_extension(out, &entry) ? PARLEY_OK : PARLEY_ERR_buffer_full;
        } else if (referred) {
            error = PARLEY_ERR_duplicate_hello_extension;
        } else {
            referred = true;
            error = refer(out, entry.extension_data, outer);
        }
        if (error) {
            return error;
        }
    }
    return PARLEY_OK;
}

enum parley_error parley_ech_decode_inner(CBB *out, struct parley_bytes encoded,
                                          const struct parley_client_hello *outer) {
    struct encoded m;
    CBB body, child;
    enum parley_error error = split(encoded, &m);
    if (error) {
        return error;
    }
    if (!CBB_add_u8(out, 1) || !CBB_add_u24_length_prefixed(out, &body) ||
        !CBB_add_bytes(&body, CBS_data(&m.fixed), CBS_len(&m.fixed)) ||
        !CBB_add_u8_length_prefixed(&body, &child) ||
        !CBB_add_bytes(&child, outer->legacy_session_id.data, outer->legacy_session_id.len) ||
        !CBB_add_u16_length_prefixed(&body, &child) ||
        !CBB_add_bytes(&child, CBS_data(&m.suites), CBS_len(&m.suites)) ||
        !CBB_add_u8_length_prefixed(&body, &child) ||
        !CBB_add_bytes(&child, CBS_data(&m.compression), CBS_len(&m.compression)) ||
        !CBB_add_u16_length_prefixed(&body, &child)) {
        return PARLEY_ERR_buffer_full;
    }
    struct parley_bytes extensions = {CBS_data(&m.extensions), CBS_len(&m.extensions)};
    error = expand(&child, extensions, outer->extensions.raw);
    return error || CBB_flush(out) ? error : PARLEY_ERR_buffer_full;
}

/* ---- Encoding ---- */

/* RFC 9849 6.1, 10.5: server_name stays even where both are the same, as that is not known; the
 * extension itself differs, and pre_shared_key is never in the outer one. */
static bool is_shared(const struct parley_extension_entry *inner, struct parley_bytes outer) {
    static const enum parley_extension own[] = {
        PARLEY_EXT_server_name, PARLEY_EXT_encrypted_client_hello, PARLEY_EXT_pre_shared_key};
    struct parley_extension_entry entry;
    for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
        if (inner->extension_type == parley_extensions[own[i]].code) {
            return false;
        }
    }
    while (parley_extension_next(&outer, &entry)) {
        if (entry.extension_type == inner->extension_type) {
            return entry.extension_data.len == inner->extension_data.len &&
                   (entry.extension_data.len == 0 ||
                    memcmp(entry.extension_data.data, inner->extension_data.data,
                           entry.extension_data.len) == 0);
        }
    }
    return false;
}

/* The extensions of an inner hello, in the order in which they are written. */
enum part { OWN, SHARED, LAST };

static enum part part_of(const struct parley_extension_entry *entry, struct parley_bytes outer) {
    if (entry->extension_type == parley_extensions[PARLEY_EXT_pre_shared_key].code) {
        return LAST;
    }
    return is_shared(entry, outer) ? SHARED : OWN;
}

static bool add_part(CBB *out, enum part part, struct parley_bytes inner,
                     struct parley_bytes outer) {
    struct parley_extension_entry entry;
    while (parley_extension_next(&inner, &entry)) {
        if (part_of(&entry, outer) == part && !add_extension(out, &entry)) {
            return false;
        }
    }
    return true;
}

bool parley_ech_order_inner(CBB *out, struct parley_bytes inner, struct parley_bytes outer) {
    return add_part(out, OWN, inner, outer) && add_part(out, SHARED, inner, outer) &&
           add_part(out, LAST, inner, outer);
}

bool parley_ech_compress_inner(CBB *out, struct parley_bytes inner, struct parley_bytes outer) {
    uint8_t types[254];
    size_t n = 0;
    struct parley_extension_entry entry;
    struct parley_bytes rest = inner;
    while (parley_extension_next(&rest, &entry)) {
        if (part_of(&entry, outer) == SHARED) {
            if (n == sizeof(types)) {
                return false;
            }
            types[n++] = (uint8_t)(entry.extension_type >> 8);
            types[n++] = (uint8_t)entry.extension_type;
        }
    }
    union parley_extension_value value = {.ech_outer_extensions = {{types, n}}};
    return add_part(out, OWN, inner, outer) &&
           (n == 0 || parley_extension_write(out, PARLEY_FORM_ech_outer_extensions, &value)) &&
           add_part(out, LAST, inner, outer);
}
