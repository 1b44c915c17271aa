/* Next Protocol Negotiation (draft-agl-tls-nextprotoneg): what ALPN has replaced. */
#include "wire/codec.h"

GRAMMAR_EMPTY(next_protocol_request)

/* opaque ProtocolName<1..2^8-1>; as many as the extension holds, without a length of their own. */
bool parley_grammar_next_protocol_list(struct codec *c, struct parley_next_protocol_list *m) {
    if (c->out != NULL) {
        return codec_fixed(c, "protocol_names", m->protocol_names.len, &m->protocol_names);
    }
    struct parley_bytes name;
    m->protocol_names = (struct parley_bytes){c->in.data, c->in.len};
    do {
        if (!codec_text(c, "protocol_name", 1, 1, 255, &name)) {
            return false;
        }
    } while (c->in.len > 0);
    return true;
}

/* struct { opaque selected_protocol<0..255>; opaque padding<0..255>; } NextProtocol; */
bool parley_grammar_next_protocol(struct codec *c, struct parley_next_protocol *m) {
    return codec_text(c, "selected_protocol", 1, 0, 255, &m->selected_protocol) &&
           codec_opaque(c, "padding", 1, 0, 255, &m->padding);
}
