/* signature_algorithms and signature_algorithms_cert (RFC 8446 4.2.3). */
#include "wire/codec.h"

/* SignatureScheme supported_signature_algorithms<2..2^16-2>; */
static bool schemes(struct codec *c, struct parley_bytes *value) {
    return codec_uints(c, "supported_signature_algorithms", "signature_algorithm", 2, 2,
                       PARLEY_NAMES_SIGALG, 2, 65534, value);
}

bool parley_grammar_signature_algorithms(struct codec *c, struct parley_signature_algorithms *m) {
    return schemes(c, &m->supported_signature_algorithms);
}

bool parley_grammar_signature_algorithms_cert(struct codec *c,
                                              struct parley_signature_algorithms_cert *m) {
    return schemes(c, &m->supported_signature_algorithms);
}
