/* use_srtp (RFC 5764 4.1.1) and heartbeat (RFC 6520 2). */
#include "wire/codec.h"

bool parley_grammar_use_srtp(struct codec *c, struct parley_use_srtp *m) {
    return codec_uints(c, "SRTPProtectionProfiles", "SRTPProtectionProfile", 2, 2,
                       PARLEY_NAMES_NONE, 2, 65535, &m->profiles) &&
           codec_opaque(c, "srtp_mki", 1, 0, 255, &m->srtp_mki);
}

/* peer_allowed_to_send(1), peer_not_allowed_to_send(2) */
bool parley_grammar_heartbeat(struct codec *c, struct parley_heartbeat *m) {
    return codec_uint8_in(c, "mode", 1, 2, PARLEY_ERR_bad_value, &m->mode);
}
