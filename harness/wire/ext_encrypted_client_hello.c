/* encrypted_client_hello and ech_outer_extensions (RFC 9849 5). */
#include "wire/codec.h"

enum { OUTER = 0, INNER = 1 };

bool parley_grammar_ech_offer(struct codec *c, struct parley_ech_offer *m) {
    if (!codec_uint8_in(c, "type", OUTER, INNER, PARLEY_ERR_bad_value, &m->type)) {
        return false;
    }
    if (m->type == INNER) {
        return true;
    }
    return codec_uint16(c, "kdf_id", PARLEY_NAMES_NONE, &m->kdf_id) &&
           codec_uint16(c, "aead_id", PARLEY_NAMES_NONE, &m->aead_id) &&
           codec_uint8(c, "config_id", PARLEY_NAMES_NONE, &m->config_id) &&
           codec_opaque(c, "enc", 2, 0, 65535, &m->enc) &&
           codec_opaque(c, "payload", 2, 1, 65535, &m->payload);
}

bool parley_grammar_ech_confirmation(struct codec *c, struct parley_ech_confirmation *m) {
    return codec_fixed(c, "confirmation", 8, &m->confirmation);
}

static bool ech_config(struct codec *c, void *unused) {
    (void)unused;
    uint16_t version = 0;
    struct parley_bytes contents = {NULL, 0};
    return codec_uint16(c, "version", PARLEY_NAMES_NONE, &version) &&
           codec_opaque(c, "contents", 2, 0, 65535, &contents);
}

bool parley_grammar_ech_retry_configs(struct codec *c, struct parley_ech_retry_configs *m) {
    return codec_list(c, "retry_configs", "ech_config", 2, 4, 65535, ech_config, NULL,
                      &m->retry_configs);
}

bool parley_grammar_ech_outer_extensions(struct codec *c, struct parley_ech_outer_extensions *m) {
    return codec_uints(c, "outer_extensions", "extension_type", 1, 2, PARLEY_NAMES_EXTENSION, 2,
                       254, &m->outer_extensions);
}
