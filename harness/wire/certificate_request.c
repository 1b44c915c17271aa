/* certificate_request (RFC 5246 7.4.4, RFC 8446 4.3.2). */
#include "wire/codec.h"

/* opaque DistinguishedName<1..2^16-1>; */
static bool distinguished_name(struct codec *c, void *unused) {
    (void)unused;
    struct parley_bytes name = {NULL, 0};
    return codec_opaque(c, "distinguished_name", 2, 1, 65535, &name);
}

bool parley_grammar_certificate_request_tls12(struct codec *c,
                                              struct parley_certificate_request_tls12 *m) {
    return codec_uints(c, "certificate_types", "certificate_type", 1, 1, PARLEY_NAMES_NONE, 1, 255,
                       &m->certificate_types) &&
           codec_uints(c, "supported_signature_algorithms", "signature_algorithm", 2, 2,
                       PARLEY_NAMES_SIGALG, 2, 65534, &m->supported_signature_algorithms) &&
           codec_list(c, "certificate_authorities", NULL, 2, 0, 65535, distinguished_name, NULL,
                      &m->certificate_authorities);
}

bool parley_grammar_certificate_request_tls13(struct codec *c,
                                              struct parley_certificate_request_tls13 *m) {
    return codec_opaque(c, "certificate_request_context", 1, 0, 255,
                        &m->certificate_request_context) &&
           codec_extensions(c, PARLEY_PLACE_CR, 2, 65535, &m->extensions);
}
