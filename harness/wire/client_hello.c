/* client_hello (RFC 8446 4.1.2). */
#include "wire/codec.h"

bool parley_grammar_client_hello(struct codec *c, struct parley_client_hello *m) {
    return codec_uint16(c, "legacy_version", PARLEY_NAMES_VERSION, &m->legacy_version) &&
           codec_fixed(c, "random", PARLEY_RANDOM_LENGTH, &m->random) &&
           codec_opaque(c, "legacy_session_id", 1, 0, PARLEY_SESSION_ID_MAX,
                        &m->legacy_session_id) &&
           codec_uints(c, "cipher_suites", "cipher_suite", 2, 2, PARLEY_NAMES_SUITE, 2, 65534,
                       &m->cipher_suites) &&
           codec_uints(c, "legacy_compression_methods", "compression_method", 1, 1,
                       PARLEY_NAMES_NONE, 1, 255, &m->legacy_compression_methods) &&
           codec_optional_extensions(c, PARLEY_PLACE_CH, &m->extensions);
}
