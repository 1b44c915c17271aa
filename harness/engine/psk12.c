/* The pre-shared key suites of TLS 1.2: RFC 4279 (PSK), RFC 5489 (ECDHE_PSK), RFC 7905 (with
 * ChaCha20). Both roles. */
#include <string.h>

#include "engine/actions.h"

/* RFC 4279 2, RFC 5489 2: the other secret and the PSK, each behind its length; without an
 * exchange the other secret is as many zeros as the PSK is long. */
static enum parley_error derive(struct parley_engine *e, const uint8_t *other, size_t len) {
    static const uint8_t zeros[PARLEY_PSK12_KEY_MAX];
    struct parley_bytes key = e->config->psk12->key;
    uint8_t premaster[2 + KEX_SECRET_MAX + 2 + PARLEY_PSK12_KEY_MAX], *at = premaster;
    if (!other) {
        other = zeros;
        len = key.len;
    }
    *at++ = (uint8_t)(len >> 8);
    *at++ = (uint8_t)len;
    memcpy(at, other, len);
    at += len;
    *at++ = (uint8_t)(key.len >> 8);
    *at++ = (uint8_t)key.len;
    memcpy(at, key.data, key.len);
    at += key.len;
    schedule12_master(e, bytes_of(premaster, (size_t)(at - premaster)));
    schedule12_keys(e);
    return PARLEY_OK;
}

/* ---- Client ---- */

static void keep_hint(struct parley_engine *e, struct parley_bytes hint) {
    if (hint.len > 0 && hint.len <= sizeof(e->hint)) {
        memcpy(e->hint, hint.data, hint.len);
        e->hint_length = (uint8_t)hint.len;
    }
}

enum parley_error take_key_exchange_psk(struct parley_engine *e,
                                        const union parley_message_value *m) {
    keep_hint(e, m->server_key_exchange_psk.psk_identity_hint);
    return PARLEY_OK;
}

enum parley_error take_key_exchange_ecdhe_psk(struct parley_engine *e,
                                              const union parley_message_value *m) {
    const struct parley_server_key_exchange_ecdhe_psk *k = &m->server_key_exchange_ecdhe_psk;
    keep_hint(e, k->psk_identity_hint);
    return client12_take_point(e, k->namedcurve, k->point);
}

enum parley_error send_key_exchange_psk(struct parley_engine *e,
                                        const union parley_message_value *m) {
    union parley_message_value v = {.client_key_exchange_psk = {e->config->psk12->identity}};
    (void)m;
    enum parley_error error = handshake_send(e, PARLEY_MSG_client_key_exchange_psk, &v);
    return error ? error : derive(e, NULL, 0);
}

enum parley_error send_key_exchange_ecdhe_psk(struct parley_engine *e,
                                              const union parley_message_value *m) {
    struct kex *k = &e->shares[0];
    uint8_t secret[KEX_SECRET_MAX];
    size_t len;
    (void)m;
    if (!kex_generate(k, e->group, &e->random, e->config->memo)) {
        return PARLEY_ERR_crypto_failed;
    }
    enum parley_error error =
        kex_agree(k, bytes_of(e->peer_share, e->peer_share_length), e->config->memo, secret, &len);
    union parley_message_value v = {
        .client_key_exchange_ecdhe_psk = {e->config->psk12->identity, {k->share, k->share_len}}};
    if (!error) {
        error = handshake_send(e, PARLEY_MSG_client_key_exchange_ecdhe_psk, &v);
    }
    return error ? error : derive(e, secret, len);
}

/* ---- Server ---- */

enum parley_error send_identity_hint(struct parley_engine *e, const union parley_message_value *m) {
    union parley_message_value v = {.server_key_exchange_psk = {e->config->psk12->hint}};
    (void)m;
    return handshake_send(e, PARLEY_MSG_server_key_exchange_psk, &v);
}

enum parley_error send_identity_hint_ecdhe(struct parley_engine *e,
                                           const union parley_message_value *m) {
    struct kex *k = &e->shares[0];
    (void)m;
    if (!kex_generate(k, e->group, &e->random, e->config->memo)) {
        return PARLEY_ERR_crypto_failed;
    }
    union parley_message_value v = {
        .server_key_exchange_ecdhe_psk = {.psk_identity_hint = e->config->psk12->hint,
                                          .curve_type = 3,
                                          .namedcurve = k->group,
                                          .point = {k->share, k->share_len}}};
    return handshake_send(e, PARLEY_MSG_server_key_exchange_ecdhe_psk, &v);
}

static bool is_known(const struct parley_engine *e, struct parley_bytes identity) {
    return bytes_equal(identity, e->config->psk12->identity);
}

enum parley_error take_identity(struct parley_engine *e, const union parley_message_value *m) {
    return is_known(e, m->client_key_exchange_psk.psk_identity) ? derive(e, NULL, 0)
                                                                : PARLEY_ERR_unknown_psk_identity;
}

enum parley_error take_identity_ecdhe(struct parley_engine *e,
                                      const union parley_message_value *m) {
    const struct parley_client_key_exchange_ecdhe_psk *k = &m->client_key_exchange_ecdhe_psk;
    uint8_t secret[KEX_SECRET_MAX];
    size_t len;
    if (!is_known(e, k->psk_identity)) {
        return PARLEY_ERR_unknown_psk_identity;
    }
    enum parley_error error = kex_agree(&e->shares[0], k->ecdh_yc, e->config->memo, secret, &len);
    return error ? error : derive(e, secret, len);
}
