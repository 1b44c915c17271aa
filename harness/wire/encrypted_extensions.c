/* encrypted_extensions (RFC 8446 4.3.1). */
#include "wire/codec.h"

bool parley_grammar_encrypted_extensions(struct codec *c, struct parley_encrypted_extensions *m) {
    return codec_extensions(c, PARLEY_PLACE_EE, 0, 65535, &m->extensions);
}
