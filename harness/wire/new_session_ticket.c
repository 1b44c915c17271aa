/* new_session_ticket (RFC 5077 3.3, RFC 8446 4.6.1) and key_update (RFC 8446 4.6.3). */
#include "wire/codec.h"

bool parley_grammar_new_session_ticket_tls12(struct codec *c,
                                             struct parley_new_session_ticket_tls12 *m) {
    return codec_uint32(c, "ticket_lifetime_hint", PARLEY_NAMES_NONE, &m->ticket_lifetime_hint) &&
           codec_opaque(c, "ticket", 2, 0, 65535, &m->ticket);
}

bool parley_grammar_new_session_ticket_tls13(struct codec *c,
                                             struct parley_new_session_ticket_tls13 *m) {
    return codec_uint32(c, "ticket_lifetime", PARLEY_NAMES_NONE, &m->ticket_lifetime) &&
           codec_uint32(c, "ticket_age_add", PARLEY_NAMES_NONE, &m->ticket_age_add) &&
           codec_opaque(c, "ticket_nonce", 1, 0, 255, &m->ticket_nonce) &&
           codec_opaque(c, "ticket", 2, 1, 65535, &m->ticket) &&
           codec_extensions(c, PARLEY_PLACE_NST, 0, 65534, &m->extensions);
}

bool parley_grammar_key_update(struct codec *c, struct parley_key_update *m) {
    return codec_uint8_in(c, "request_update", 0, 1, PARLEY_ERR_bad_key_update, &m->request_update);
}
