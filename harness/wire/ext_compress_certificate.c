/* compress_certificate (RFC 8879 3). */
#include "wire/codec.h"

bool parley_grammar_compress_certificate(struct codec *c, struct parley_compress_certificate *m) {
    return codec_uints(c, "algorithms", "algorithm", 1, 2, PARLEY_NAMES_NONE, 2, 254,
                       &m->algorithms);
}
