/* delegated_credential (RFC 9345 4): the algorithms a client takes, and a server's credential. */
#include "wire/codec.h"

/* RFC 9345 wants at least one; clients that send none are about, and mean nothing by it. */
bool parley_grammar_delegated_credential_request(struct codec *c,
                                                 struct parley_delegated_credential_request *m) {
    return codec_uints(c, "supported_signature_algorithms", "signature_algorithm", 2, 2,
                       PARLEY_NAMES_SIGALG, 0, 65534, &m->supported_signature_algorithms);
}

bool parley_grammar_delegated_credential(struct codec *c, struct parley_delegated_credential *m) {
    return codec_uint32(c, "valid_time", PARLEY_NAMES_NONE, &m->valid_time) &&
           codec_uint16(c, "dc_cert_verify_algorithm", PARLEY_NAMES_SIGALG,
                        &m->dc_cert_verify_algorithm) &&
           codec_opaque(c, "ASN1_subjectPublicKeyInfo", 3, 1, 0xffffff,
                        &m->subject_public_key_info) &&
           codec_uint16(c, "algorithm", PARLEY_NAMES_SIGALG, &m->algorithm) &&
           codec_opaque(c, "signature", 2, 1, 65535, &m->signature);
}
