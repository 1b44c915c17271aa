/* supported_versions (RFC 8446 4.2.1) and cookie (4.2.2). */
#include "wire/codec.h"

bool parley_grammar_supported_versions_offer(struct codec *c,
                                             struct parley_supported_versions_offer *m) {
    return codec_uints(c, "versions", "version", 1, 2, PARLEY_NAMES_VERSION, 2, 254, &m->versions);
}

bool parley_grammar_supported_versions_choice(struct codec *c,
                                              struct parley_supported_versions_choice *m) {
    return codec_uint16(c, "selected_version", PARLEY_NAMES_VERSION, &m->selected_version);
}

bool parley_grammar_cookie(struct codec *c, struct parley_cookie *m) {
    return codec_opaque(c, "cookie", 2, 1, 65535, &m->cookie);
}
