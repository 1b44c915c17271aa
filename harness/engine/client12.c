/* The client of TLS 1.2 between server_hello and the Finished messages (RFC 5246 7.4). */
#include <string.h>

#include "engine/actions.h"
#include "engine/sign.h"

enum parley_error take_certificate_status(struct parley_engine *e,
                                          const union parley_message_value *m) {
    return staples_keep_ocsp(e, m->certificate_status.response);
}

/* RFC 5246 7.4.3: the signature covers both randoms and the parameters. */
static enum parley_error check_params(struct parley_engine *e, struct parley_bytes params,
                                      uint16_t scheme, struct parley_bytes signature) {
    if (params.len > sizeof(e->scratch) - 2 * PARLEY_RANDOM_LENGTH) {
        return PARLEY_ERR_buffer_full;
    }
    memcpy(e->scratch, e->client_random, PARLEY_RANDOM_LENGTH);
    memcpy(e->scratch + PARLEY_RANDOM_LENGTH, e->server_random, PARLEY_RANDOM_LENGTH);
    memcpy(e->scratch + 2 * PARLEY_RANDOM_LENGTH, params.data, params.len);
    return certificates_check_signature(
        e, scheme, bytes_of(e->scratch, 2 * PARLEY_RANDOM_LENGTH + params.len), signature);
}

enum parley_error client12_take_point(struct parley_engine *e, uint16_t curve,
                                      struct parley_bytes point) {
    const struct parley_group *group = parley_group_find(curve);
    const uint16_t *list;
    size_t count = list_groups(e->config, &list);
    if (!group || !list_has(list, count, curve) ||
        (group->kind != PARLEY_GROUP_KIND_X25519 && group->kind != PARLEY_GROUP_KIND_NIST)) {
        return PARLEY_ERR_bad_group;
    }
    if (point.len > sizeof(e->peer_share)) {
        return PARLEY_ERR_bad_share;
    }
    e->group = curve;
    memcpy(e->peer_share, point.data, point.len);
    e->peer_share_length = (uint16_t)point.len;
    return PARLEY_OK;
}

enum parley_error take_key_exchange_ecdhe(struct parley_engine *e,
                                          const union parley_message_value *m) {
    const struct parley_server_key_exchange_ecdhe *k = &m->server_key_exchange_ecdhe;
    enum parley_error error = client12_take_point(e, k->namedcurve, k->point);
    return error ? error : check_params(e, k->params, k->algorithm, k->signature);
}

/* named_field returns the group that has this prime and generator (RFC 7919 A), or none. */
static uint16_t named_field(struct parley_bytes dh_p, struct parley_bytes dh_g) {
    uint8_t p[KEX_FIELD_MAX], g;
    size_t len;
    for (size_t i = 0; i < parley_group_count; i++) {
        if (parley_groups[i].kind == PARLEY_GROUP_KIND_FFDHE &&
            kex_dhe_parameters(parley_groups[i].code, p, &len, &g) &&
            bytes_equal(dh_p, bytes_of(p, len)) && bytes_equal(dh_g, bytes_of(&g, 1))) {
            return parley_groups[i].code;
        }
    }
    return PARLEY_GROUP_none;
}

enum parley_error take_key_exchange_dhe(struct parley_engine *e,
                                        const union parley_message_value *m) {
    const struct parley_server_key_exchange_dhe *k = &m->server_key_exchange_dhe;
    if (k->dh_p.len > sizeof(e->dh_p) || k->dh_g.len > sizeof(e->dh_g) ||
        k->dh_ys.len > sizeof(e->peer_share)) {
        return PARLEY_ERR_bad_dh;
    }
    memcpy(e->dh_p, k->dh_p.data, k->dh_p.len);
    memcpy(e->dh_g, k->dh_g.data, k->dh_g.len);
    memcpy(e->peer_share, k->dh_ys.data, k->dh_ys.len);
    e->group = named_field(k->dh_p, k->dh_g);
    e->dh_p_length = (uint16_t)k->dh_p.len;
    e->dh_g_length = (uint16_t)k->dh_g.len;
    e->peer_share_length = (uint16_t)k->dh_ys.len;
    return check_params(e, k->params, k->algorithm, k->signature);
}

enum parley_error take_certificate_request12(struct parley_engine *e,
                                             const union parley_message_value *m) {
    const struct parley_certificate_request_tls12 *r = &m->certificate_request_tls12;
    enum parley_error error = certificates_may_choose(e);
    if (error) {
        return error;
    }
    e->certificate_requested = true;
    return certificates_answer(e, r->supported_signature_algorithms);
}

enum parley_error take_server_hello_done(struct parley_engine *e,
                                         const union parley_message_value *m) {
    (void)m;
    /* Only now is it certain that no certificate_status comes. */
    return staples_check(e);
}

/* The extended master secret covers client_key_exchange, so it comes after sending it. */
static enum parley_error send_and_derive(struct parley_engine *e, enum parley_message message,
                                         const union parley_message_value *v,
                                         struct parley_bytes premaster) {
    enum parley_error error = handshake_send(e, message, v);
    if (error) {
        return error;
    }
    schedule12_master(e, premaster);
    schedule12_keys(e);
    return PARLEY_OK;
}

enum parley_error send_key_exchange_rsa(struct parley_engine *e,
                                        const union parley_message_value *m) {
    uint8_t premaster[48], encrypted[SIGNATURE_MAX];
    size_t len;
    (void)m;
    random_fill(&e->random, premaster, sizeof(premaster));
    premaster[0] = (uint8_t)(e->client_version >> 8);
    premaster[1] = (uint8_t)e->client_version;
    const enum parley_bad_premaster *bad = bend_premaster(e);
    premaster[1] ^= bad && *bad == PARLEY_PREMASTER_VERSION;
    if (!e->peer_key || !premaster_encrypt(e->peer_key, premaster, bad, &e->random, e->config->memo,
                                           encrypted, &len)) {
        return PARLEY_ERR_crypto_failed;
    }
    union parley_message_value v = {.client_key_exchange_rsa = {{encrypted, len}}};
    return send_and_derive(e, PARLEY_MSG_client_key_exchange_rsa, &v,
                           bytes_of(premaster, sizeof(premaster)));
}

enum parley_error send_key_exchange_ecdhe(struct parley_engine *e,
                                          const union parley_message_value *m) {
    struct kex *k = &e->shares[0];
    uint8_t premaster[KEX_SECRET_MAX];
    size_t len;
    (void)m;
    if (!kex_generate(k, e->group, &e->random, e->config->memo)) {
        return PARLEY_ERR_crypto_failed;
    }
    enum parley_error error = kex_agree(k, bytes_of(e->peer_share, e->peer_share_length),
                                        e->config->memo, premaster, &len);
    if (error) {
        return error;
    }
    union parley_message_value v = {.client_key_exchange_ecdhe = {{k->share, k->share_len}}};
    return send_and_derive(e, PARLEY_MSG_client_key_exchange_ecdhe, &v, bytes_of(premaster, len));
}

enum parley_error send_key_exchange_dhe(struct parley_engine *e,
                                        const union parley_message_value *m) {
    struct kex *k = &e->shares[0];
    uint8_t premaster[KEX_SECRET_MAX];
    size_t len;
    (void)m;
    enum parley_error error =
        kex_dhe_client(k, bytes_of(e->dh_p, e->dh_p_length), bytes_of(e->dh_g, e->dh_g_length),
                       bytes_of(e->peer_share, e->peer_share_length), &e->random, premaster, &len);
    if (error) {
        return error;
    }
    union parley_message_value v = {.client_key_exchange_dhe = {{k->share, k->share_len}}};
    return send_and_derive(e, PARLEY_MSG_client_key_exchange_dhe, &v, bytes_of(premaster, len));
}

/* new_session notes a session to resume and tells the config's callback. */
static void note_session(struct parley_engine *e) {
    if (e->config->new_session) {
        e->config->new_session(e->config->new_session_arg, &e->new_session);
    }
}

enum parley_error take_ticket12(struct parley_engine *e, const union parley_message_value *m) {
    const struct parley_new_session_ticket_tls12 *t = &m->new_session_ticket_tls12;
    e->ticket_expected = false;
    if (t->ticket.len == 0 || t->ticket.len > PARLEY_TICKET_MAX || e->renegotiating) {
        return PARLEY_OK; /* RFC 5077 3.3: an empty one means none */
    }
    tickets_describe(e, &e->new_session);
    e->new_session.lifetime = t->ticket_lifetime_hint ? t->ticket_lifetime_hint : 7200;
    memcpy(e->new_session.ticket, t->ticket.data, t->ticket.len);
    e->new_session.ticket_length = (uint16_t)t->ticket.len;
    return PARLEY_OK;
}

/* A session is worth resuming only once the server's Finished was right. */
void client12_keep_session(struct parley_engine *e) {
    if (!e->new_session.version && !e->resumed && e->session_id_length) {
        tickets_describe(e, &e->new_session);
        memcpy(e->new_session.session_id, e->session_id, e->session_id_length);
        e->new_session.session_id_length = e->session_id_length;
    }
    if (e->new_session.version) {
        note_session(e);
    }
}
