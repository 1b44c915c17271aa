/* The key exchange messages of TLS 1.2 (RFC 5246 7.4.3, 7.4.7; RFC 8422 5.4, 5.7; RFC 4279; RFC
 * 5489). */
#include "wire/codec.h"

/* struct { SignatureAndHashAlgorithm algorithm; opaque signature<0..2^16-1>; } over |params|, which
 * is everything from |start| to here. */
static bool digitally_signed(struct codec *c, const uint8_t *start, struct parley_bytes *params,
                             uint16_t *algorithm, struct parley_bytes *signature) {
    if (c->out == NULL) {
        params->data = start;
        params->len = (size_t)(c->in.data - start);
    }
    return codec_uint16(c, "algorithm", PARLEY_NAMES_SIGALG, algorithm) &&
           codec_opaque(c, "signature", 2, 0, 65535, signature);
}

/* curve_type is named_curve(3): RFC 8422 removed the others. */
bool parley_grammar_server_key_exchange_ecdhe(struct codec *c,
                                              struct parley_server_key_exchange_ecdhe *m) {
    const uint8_t *start = c->in.data;
    return codec_uint8_in(c, "curve_type", 3, 3, PARLEY_ERR_bad_value, &m->curve_type) &&
           codec_uint16(c, "namedcurve", PARLEY_NAMES_GROUP, &m->namedcurve) &&
           codec_opaque(c, "point", 1, 1, 255, &m->point) &&
           digitally_signed(c, start, &m->params, &m->algorithm, &m->signature);
}

bool parley_grammar_server_key_exchange_dhe(struct codec *c,
                                            struct parley_server_key_exchange_dhe *m) {
    const uint8_t *start = c->in.data;
    return codec_opaque(c, "dh_p", 2, 1, 65535, &m->dh_p) &&
           codec_opaque(c, "dh_g", 2, 1, 65535, &m->dh_g) &&
           codec_opaque(c, "dh_Ys", 2, 1, 65535, &m->dh_ys) &&
           digitally_signed(c, start, &m->params, &m->algorithm, &m->signature);
}

bool parley_grammar_client_key_exchange_rsa(struct codec *c,
                                            struct parley_client_key_exchange_rsa *m) {
    return codec_opaque(c, "encrypted_pre_master_secret", 2, 0, 65535,
                        &m->encrypted_pre_master_secret);
}

bool parley_grammar_client_key_exchange_ecdhe(struct codec *c,
                                              struct parley_client_key_exchange_ecdhe *m) {
    return codec_opaque(c, "ecdh_Yc", 1, 1, 255, &m->ecdh_yc);
}

bool parley_grammar_client_key_exchange_dhe(struct codec *c,
                                            struct parley_client_key_exchange_dhe *m) {
    return codec_opaque(c, "dh_Yc", 2, 1, 65535, &m->dh_yc);
}

/* ---- Pre-shared keys (RFC 4279 2, RFC 5489 2) ---- */

bool parley_grammar_server_key_exchange_psk(struct codec *c,
                                            struct parley_server_key_exchange_psk *m) {
    return codec_opaque(c, "psk_identity_hint", 2, 0, 65535, &m->psk_identity_hint);
}

bool parley_grammar_server_key_exchange_ecdhe_psk(struct codec *c,
                                                  struct parley_server_key_exchange_ecdhe_psk *m) {
    return codec_opaque(c, "psk_identity_hint", 2, 0, 65535, &m->psk_identity_hint) &&
           codec_uint8_in(c, "curve_type", 3, 3, PARLEY_ERR_bad_value, &m->curve_type) &&
           codec_uint16(c, "namedcurve", PARLEY_NAMES_GROUP, &m->namedcurve) &&
           codec_opaque(c, "point", 1, 1, 255, &m->point);
}

bool parley_grammar_client_key_exchange_psk(struct codec *c,
                                            struct parley_client_key_exchange_psk *m) {
    return codec_opaque(c, "psk_identity", 2, 0, 65535, &m->psk_identity);
}

bool parley_grammar_client_key_exchange_ecdhe_psk(struct codec *c,
                                                  struct parley_client_key_exchange_ecdhe_psk *m) {
    return codec_opaque(c, "psk_identity", 2, 0, 65535, &m->psk_identity) &&
           codec_opaque(c, "ecdh_Yc", 1, 1, 255, &m->ecdh_yc);
}
