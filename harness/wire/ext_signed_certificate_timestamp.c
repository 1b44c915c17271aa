/* signed_certificate_timestamp (RFC 6962 3.3). */
#include "wire/codec.h"

GRAMMAR_EMPTY(sct_request)

/* opaque SerializedSCT<1..2^16-1>; */
static bool serialized_sct(struct codec *c, void *unused) {
    (void)unused;
    struct parley_bytes sct = {NULL, 0};
    return codec_opaque(c, "serialized_sct", 2, 1, 65535, &sct);
}

bool parley_grammar_sct_list(struct codec *c, struct parley_sct_list *m) {
    return codec_list(c, "sct_list", NULL, 2, 1, 65535, serialized_sct, NULL, &m->sct_list);
}
