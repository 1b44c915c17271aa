/* server_hello and hello_retry_request (RFC 8446 4.1.3, 4.1.4): one struct, two sets of extensions,
 * told apart by the random. A server_hello's own extensions depend on its version: it is TLS 1.3's
 * if and only if supported_versions is there. */
#include "wire/codec.h"

/* SHA-256 of "HelloRetryRequest". */
const uint8_t parley_hello_retry_request_random[PARLEY_RANDOM_LENGTH] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
};

static bool is_retry_random(struct parley_bytes random) {
    return random.len == PARLEY_RANDOM_LENGTH &&
           memcmp(random.data, parley_hello_retry_request_random, PARLEY_RANDOM_LENGTH) == 0;
}

bool parley_is_hello_retry_request(struct parley_bytes body) {
    if (body.len < 2 + PARLEY_RANDOM_LENGTH) {
        return false;
    }
    return is_retry_random((struct parley_bytes){body.data + 2, PARLEY_RANDOM_LENGTH});
}

/* place_of_extensions looks ahead into the block that |c| stands before. */
static unsigned place_of_extensions(const struct codec *c) {
    if (c->out != NULL || c->in.len < 2) {
        return PARLEY_PLACE_SH12;
    }
    struct parley_bytes rest = {c->in.data + 2, c->in.len - 2};
    struct parley_extension_entry entry;
    while (parley_extension_next(&rest, &entry)) {
        if (parley_extension_find(entry.extension_type) == PARLEY_EXT_supported_versions) {
            return PARLEY_PLACE_SH;
        }
    }
    return PARLEY_PLACE_SH12;
}

bool parley_grammar_server_hello(struct codec *c, struct parley_server_hello *m) {
    return codec_uint16(c, "legacy_version", PARLEY_NAMES_VERSION, &m->legacy_version) &&
           codec_fixed(c, "random", PARLEY_RANDOM_LENGTH, &m->random) &&
           codec_opaque(c, "legacy_session_id_echo", 1, 0, PARLEY_SESSION_ID_MAX,
                        &m->legacy_session_id_echo) &&
           codec_uint16(c, "cipher_suite", PARLEY_NAMES_SUITE, &m->cipher_suite) &&
           codec_uint8(c, "legacy_compression_method", PARLEY_NAMES_NONE,
                       &m->legacy_compression_method) &&
           codec_optional_extensions(c, place_of_extensions(c), &m->extensions);
}

bool parley_grammar_hello_retry_request(struct codec *c, struct parley_hello_retry_request *m) {
    return codec_uint16(c, "legacy_version", PARLEY_NAMES_VERSION, &m->legacy_version) &&
           codec_fixed(c, "random", PARLEY_RANDOM_LENGTH, &m->random) &&
           codec_check(c, is_retry_random(m->random), PARLEY_RANDOM_LENGTH, PARLEY_ERR_bad_value,
                       "random") &&
           codec_opaque(c, "legacy_session_id_echo", 1, 0, PARLEY_SESSION_ID_MAX,
                        &m->legacy_session_id_echo) &&
           codec_uint16(c, "cipher_suite", PARLEY_NAMES_SUITE, &m->cipher_suite) &&
           codec_uint8(c, "legacy_compression_method", PARLEY_NAMES_NONE,
                       &m->legacy_compression_method) &&
           codec_extensions(c, PARLEY_PLACE_HRR, 6, 65535, &m->extensions);
}
