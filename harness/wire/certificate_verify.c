/* certificate_verify and finished (RFC 8446 4.4.3, 4.4.4; RFC 5246 7.4.8, 7.4.9). */
#include "wire/codec.h"

bool parley_grammar_certificate_verify(struct codec *c, struct parley_certificate_verify *m) {
    return codec_uint16(c, "algorithm", PARLEY_NAMES_SIGALG, &m->algorithm) &&
           codec_opaque(c, "signature", 2, 0, 65535, &m->signature);
}

bool parley_grammar_finished(struct codec *c, struct parley_finished *m) {
    return codec_rest(c, "verify_data", 0, parley_messages[PARLEY_MSG_finished].max_length,
                      &m->verify_data);
}
