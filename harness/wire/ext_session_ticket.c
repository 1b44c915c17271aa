/* session_ticket (RFC 5077 3.2) and renegotiation_info (RFC 5746 3.2). */
#include "wire/codec.h"

bool parley_grammar_session_ticket(struct codec *c, struct parley_session_ticket *m) {
    return codec_rest(c, "ticket", 0, 65535, &m->ticket);
}

bool parley_grammar_renegotiation_info(struct codec *c, struct parley_renegotiation_info *m) {
    return codec_opaque(c, "renegotiated_connection", 1, 0, 255, &m->renegotiated_connection);
}
