/* encrypted_client_hello and ech_outer_extensions (RFC 9849 5), ECHConfig (RFC 9849 4). */
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

/* ---- ECHConfig ---- */

static bool cipher_suite(struct codec *c, void *unused) {
    uint16_t kdf_id = 0, aead_id = 0;
    (void)unused;
    return codec_uint16(c, "kdf_id", PARLEY_NAMES_NONE, &kdf_id) &&
           codec_uint16(c, "aead_id", PARLEY_NAMES_NONE, &aead_id);
}

static bool config_extension(struct codec *c, void *unused) {
    uint16_t type = 0;
    struct parley_bytes data = {NULL, 0};
    (void)unused;
    return codec_uint16(c, "extension_type", PARLEY_NAMES_NONE, &type) &&
           codec_opaque(c, "extension_data", 2, 0, 65535, &data);
}

static bool contents(struct codec *c, struct parley_ech_config *m) {
    struct codec_vector vector;
    return codec_open(c, "contents", 2, 0, 65535, &vector) &&
           codec_uint8(c, "config_id", PARLEY_NAMES_NONE, &m->config_id) &&
           codec_uint16(c, "kem_id", PARLEY_NAMES_NONE, &m->kem_id) &&
           codec_opaque(c, "public_key", 2, 1, 65535, &m->public_key) &&
           codec_list(c, "cipher_suites", "hpke_symmetric_cipher_suite", 2, 4, 65532, cipher_suite,
                      NULL, &m->cipher_suites) &&
           codec_uint8(c, "maximum_name_length", PARLEY_NAMES_NONE, &m->maximum_name_length) &&
           codec_text(c, "public_name", 1, 1, 255, &m->public_name) &&
           codec_list(c, "extensions", "extension", 2, 0, 65535, config_extension, NULL,
                      &m->extensions) &&
           codec_close(c, "contents", &vector);
}

/* A config of another version is passed over (RFC 9849 4). */
static bool ech_config(struct codec *c, void *out) {
    struct parley_ech_config unused, *m = out ? out : &unused;
    struct parley_bytes other = {NULL, 0};
    const uint8_t *start = c->in.data;
    *m = (struct parley_ech_config){0};
    if (!codec_uint16(c, "version", PARLEY_NAMES_NONE, &m->version) ||
        !(m->version == PARLEY_ECH_VERSION ? contents(c, m)
                                           : codec_opaque(c, "contents", 2, 0, 65535, &other))) {
        return false;
    }
    m->raw = (struct parley_bytes){start, (size_t)(c->in.data - start)};
    return true;
}

bool parley_grammar_ech_retry_configs(struct codec *c, struct parley_ech_retry_configs *m) {
    return codec_list(c, "retry_configs", "ech_config", 2, 4, 65535, ech_config, NULL,
                      &m->retry_configs);
}

bool parley_ech_config_next(struct parley_bytes *rest, struct parley_ech_config *out) {
    struct codec c;
    codec_read_from(&c, *rest, NULL);
    if (!ech_config(&c, out)) {
        return false;
    }
    *rest = (struct parley_bytes){c.in.data, c.in.len};
    return true;
}

bool parley_grammar_ech_outer_extensions(struct codec *c, struct parley_ech_outer_extensions *m) {
    return codec_uints(c, "outer_extensions", "extension_type", 1, 2, PARLEY_NAMES_EXTENSION, 2,
                       254, &m->outer_extensions);
}
