/* Next Protocol Negotiation (draft-agl-tls-nextprotoneg), in TLS 1.2: the server lists protocols,
 * the client says under the new keys which it takes. Where both sides speak ALPN, ALPN it is. */
#include <string.h>

#include "engine/actions.h"

bool next_protocol_offer(struct parley_engine *e, CBB *out) {
    union parley_extension_value v = {0};
    if (e->config->npn_count == 0 || e->renegotiating) {
        return true;
    }
    e->offered |= UINT64_C(1) << PARLEY_EXT_next_protocol_negotiation;
    return parley_extension_write(out, PARLEY_FORM_next_protocol_request, &v);
}

static void keep(struct parley_engine *e, struct parley_bytes name) {
    e->npn_length = (uint8_t)name.len;
    memcpy(e->npn, name.data, name.len);
}

/* The first of ours that the server lists, else our first: it is for the client to say. */
static struct parley_bytes pick(const struct parley_config *c, struct parley_bytes listed) {
    for (size_t i = 0; i < c->npn_count; i++) {
        struct parley_bytes own = bytes_of(c->npn[i], strlen(c->npn[i])), rest = listed, name;
        while (parley_opaque8_next(&rest, &name)) {
            if (bytes_equal(own, name)) {
                return own;
            }
        }
    }
    return bytes_of(c->npn[0], strlen(c->npn[0]));
}

enum parley_error next_protocol_choose(struct parley_engine *e,
                                       const struct parley_extension_block *x) {
    e->next_protocol = parley_has(x, PARLEY_EXT_next_protocol_negotiation);
    if (!e->next_protocol) {
        return PARLEY_OK;
    }
    if (parley_has(x, PARLEY_EXT_application_layer_protocol_negotiation)) {
        return PARLEY_ERR_two_application_protocols;
    }
    struct parley_bytes name = pick(e->config, x->next_protocol_list.protocol_names);
    if (name.len > PARLEY_NAME_MAX) {
        return PARLEY_ERR_bad_config;
    }
    keep(e, name);
    return PARLEY_OK;
}

bool next_protocol_answer(const struct parley_engine *e, CBB *out) {
    const struct parley_config *c = e->config;
    uint8_t names[2048];
    size_t len = 0;
    for (size_t i = 0; e->next_protocol && i < c->npn_count; i++) {
        size_t n = strlen(c->npn[i]);
        if (n == 0 || n > PARLEY_NAME_MAX || len + 1 + n > sizeof(names)) {
            return false;
        }
        names[len++] = (uint8_t)n;
        memcpy(names + len, c->npn[i], n);
        len += n;
    }
    union parley_extension_value v = {.next_protocol_list = {{names, len}}};
    return !e->next_protocol || parley_extension_write(out, PARLEY_FORM_next_protocol_list, &v);
}

enum parley_error send_next_protocol(struct parley_engine *e, const union parley_message_value *m) {
    static const uint8_t zeros[32];
    (void)m;
    /* Padded, so that the length tells little. */
    union parley_message_value v = {
        .next_protocol = {{e->npn, e->npn_length}, {zeros, 32u - (e->npn_length + 2u) % 32}}};
    return handshake_send(e, PARLEY_MSG_next_protocol, &v);
}

enum parley_error take_next_protocol(struct parley_engine *e, const union parley_message_value *m) {
    keep(e, m->next_protocol.selected_protocol);
    return PARLEY_OK;
}
