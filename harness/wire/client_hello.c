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

/* The three lengths stand together before what they measure. The session id is that of SSL 2.0,
 * and empty where TLS is claimed. */
bool parley_grammar_v2_client_hello(struct codec *c, struct parley_v2_client_hello *m) {
    uint32_t specs = c->out != NULL ? (uint32_t)m->cipher_specs.len : 0;
    uint32_t id = 0;
    uint32_t challenge = c->out != NULL ? (uint32_t)m->challenge.len : 0;
    return codec_uint8_in(c, "msg_type", 1, 1, PARLEY_ERR_bad_value, &m->msg_type) &&
           codec_uint16(c, "version", PARLEY_NAMES_VERSION, &m->version) &&
           codec_number(c, "cipher_spec_length", PARLEY_SPAN_LENGTH, PARLEY_NAMES_NONE, 2,
                        &specs) &&
           codec_check(c, specs > 0, 2, PARLEY_ERR_length_out_of_range, "cipher_spec_length") &&
           codec_check(c, specs % 3 == 0, 2, PARLEY_ERR_length_not_multiple,
                       "cipher_spec_length") &&
           codec_number(c, "session_id_length", PARLEY_SPAN_LENGTH, PARLEY_NAMES_NONE, 2, &id) &&
           codec_check(c, id == 0, 2, PARLEY_ERR_length_out_of_range, "session_id_length") &&
           codec_number(c, "challenge_length", PARLEY_SPAN_LENGTH, PARLEY_NAMES_NONE, 2,
                        &challenge) &&
           codec_check(c, challenge >= 16, 2, PARLEY_ERR_length_out_of_range, "challenge_length") &&
           codec_fixed(c, "cipher_specs", specs, &m->cipher_specs) &&
           codec_fixed(c, "session_id", id, &m->session_id) &&
           codec_fixed(c, "challenge", challenge, &m->challenge);
}
