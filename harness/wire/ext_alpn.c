/* application_layer_protocol_negotiation (RFC 7301 3.1). */
#include "wire/codec.h"

/* opaque ProtocolName<1..2^8-1>; */
static bool protocol_name(struct codec *c, void *unused) {
    (void)unused;
    struct parley_bytes name = {NULL, 0};
    return codec_text(c, "protocol_name", 1, 1, 255, &name);
}

bool parley_grammar_alpn_offer(struct codec *c, struct parley_alpn_offer *m) {
    return codec_list(c, "protocol_name_list", NULL, 2, 2, 65535, protocol_name, NULL,
                      &m->protocol_name_list);
}

/* The same list, with exactly one name. */
bool parley_grammar_alpn_choice(struct codec *c, struct parley_alpn_choice *m) {
    struct codec_vector list;
    return codec_open(c, "protocol_name_list", 2, 2, 65535, &list) &&
           codec_text(c, "protocol_name", 1, 1, 255, &m->protocol_name) &&
           codec_close(c, "protocol_name_list", &list);
}
