/* status_request (RFC 6066 8, RFC 8446 4.4.2.1). */
#include "wire/codec.h"

/* opaque ResponderID<1..2^16-1>; */
static bool responder_id(struct codec *c, void *unused) {
    (void)unused;
    struct parley_bytes id = {NULL, 0};
    return codec_opaque(c, "responder_id", 2, 1, 65535, &id);
}

/* A status_type other than ocsp(1) is not an error: a server passes over what it cannot serve. */
bool parley_grammar_status_request(struct codec *c, struct parley_status_request *m) {
    if (!codec_uint8(c, "status_type", PARLEY_NAMES_NONE, &m->status_type)) {
        return false;
    }
    if (m->status_type != 1) {
        if (c->out == NULL) {
            m->responder_id_list.data = c->in.data;
            m->responder_id_list.len = 0;
        }
        return codec_rest(c, "request", 0, 65535, &m->request_extensions);
    }
    return codec_list(c, "responder_id_list", NULL, 2, 0, 65535, responder_id, NULL,
                      &m->responder_id_list) &&
           codec_opaque(c, "request_extensions", 2, 0, 65535, &m->request_extensions);
}

GRAMMAR_EMPTY(status_request_ack)

bool parley_grammar_status_response(struct codec *c, struct parley_status_response *m) {
    return codec_uint8_in(c, "status_type", 1, 1, PARLEY_ERR_bad_value, &m->status_type) &&
           codec_opaque(c, "response", 3, 1, 0xffffff, &m->response);
}
