/* The server's side of client_hello in TLS 1.3 (RFC 8446 4.1.1, 4.2). */
#include <string.h>

#include "engine/actions.h"
#include "engine/negotiate.h"

/* digest_hello hashes what a second client_hello must repeat (RFC 8446 4.1.2). */
static void digest_hello(const struct parley_client_hello *m, uint8_t out[32]) {
    const uint16_t may_change[] = {51, 42, 44, 41, 21}; /* key_share … padding */
    struct hash_state s;
    uint8_t digest[HASH_MAX];
    struct parley_bytes rest = m->extensions.raw;
    struct parley_extension_entry entry;
    hash_init(&s, PARLEY_HASH_SHA256);
    hash_update(&s, m->random.data, m->random.len);
    hash_update(&s, m->legacy_session_id.data, m->legacy_session_id.len);
    hash_update(&s, m->cipher_suites.data, m->cipher_suites.len);
    hash_update(&s, m->legacy_compression_methods.data, m->legacy_compression_methods.len);
    while (parley_extension_next(&rest, &entry)) {
        const uint8_t type[] = {(uint8_t)(entry.extension_type >> 8),
                                (uint8_t)entry.extension_type};
        if (list_has(may_change, sizeof(may_change) / sizeof(may_change[0]),
                     entry.extension_type)) {
            continue;
        }
        hash_update(&s, type, sizeof(type));
        hash_update(&s, entry.extension_data.data, entry.extension_data.len);
    }
    hash_peek(&s, digest);
    memcpy(out, digest, 32);
}

static enum parley_error choose_suite13(struct parley_engine *e,
                                        const struct parley_client_hello *m) {
    size_t at = 0;
    const struct parley_suite *suite = negotiate_suite(e, m->cipher_suites, &at);
    if (!suite) {
        return PARLEY_ERR_no_shared_suite;
    }
    if (e->hello_retry && suite != e->suite) {
        return PARLEY_ERR_changed_client_hello;
    }
    e->suite = suite;
    return PARLEY_OK;
}

/* choose_share picks the group, and notes whether a retry must ask for its share. */
static enum parley_error choose_share(struct parley_engine *e,
                                      const struct parley_extension_block *x) {
    /* RFC 8446 9.2: both or neither, and both unless psk_ke does without. */
    bool groups_there = parley_has(x, PARLEY_EXT_supported_groups);
    if (groups_there != parley_has(x, PARLEY_EXT_key_share) || !(groups_there || e->psk_only)) {
        return PARLEY_ERR_missing_extension;
    }
    if (e->psk_only) {
        return PARLEY_OK;
    }
    struct parley_bytes groups = x->supported_groups.named_group_list;
    struct parley_bytes rest = x->key_share_offer.client_shares;
    struct parley_key_share_entry share;
    e->group = rest.len ? negotiate_group(e, groups, rest) : 0;
    e->retry_needed = e->group == 0;
    if (e->retry_needed) {
        e->group = negotiate_group(e, groups, bytes_of(NULL, 0));
    }
    if (e->group == 0) {
        return PARLEY_ERR_no_shared_group;
    }
    if (e->retry_needed) {
        e->retry_group = e->group;
        return e->hello_retry ? PARLEY_ERR_bad_group : PARLEY_OK;
    }
    while (parley_key_share_next(&rest, &share)) {
        if (share.group == e->group && share.key_exchange.len <= sizeof(e->peer_share)) {
            memcpy(e->peer_share, share.key_exchange.data, share.key_exchange.len);
            e->peer_share_length = (uint16_t)share.key_exchange.len;
        }
    }
    return PARLEY_OK;
}

static enum parley_error choose_credential13(struct parley_engine *e,
                                             const struct parley_extension_block *x) {
    e->credential = NULL; /* a first hello may have chosen otherwise */
    e->own_scheme = NULL;
    if (e->psk_chosen) {
        return PARLEY_OK;
    }
    if (!parley_has(x, PARLEY_EXT_signature_algorithms)) {
        return PARLEY_ERR_missing_extension;
    }
    if (e->config->credential_count == 0) {
        return PARLEY_ERR_no_certificate;
    }
    return certificates_choose(e, x->signature_algorithms.supported_signature_algorithms,
                               bytes_of(NULL, 0), PARLEY_AUTH_ANY)
               ? PARLEY_OK
               : PARLEY_ERR_no_shared_signature_scheme;
}

/* RFC 8446 4.2.10, 8: when 0-RTT data may be accepted. */
static bool accepts_early_data(const struct parley_engine *e) {
    const struct parley_config *c = e->config;
    const struct parley_session *s = &e->session;
    return e->psk_chosen && e->early_data_usable && !e->hello_retry && !e->retry_needed &&
           c->max_early_data > 0 && s->max_early_data > 0 &&
           bytes_equal(bytes_of(s->alpn, s->alpn_length), bytes_of(e->alpn, e->alpn_length)) &&
           (!c->accept_early_data ||
            c->accept_early_data(c->accept_early_data_arg, e->early_identity));
}

static void choose_early_data(struct parley_engine *e, const struct parley_extension_block *x) {
    if (!parley_has(x, PARLEY_EXT_early_data)) {
        return;
    }
    e->early_accepted = accepts_early_data(e);
    e->early_seen = 0;
    if (e->early_accepted) {
        e->early_limit = e->session.max_early_data;
        return;
    }
    e->skipping = true;
    e->skip_until_hello = e->retry_needed;
    /* What a client may have sent under our ticket, and the overhead of its records. */
    e->skip_left = 2 * e->config->max_early_data + 64 * 1024;
}

static enum parley_error take_hello13(struct parley_engine *e,
                                      const struct parley_client_hello *m) {
    const struct parley_extension_block *x = &m->extensions;
    enum parley_error error = negotiate_read(e, m);
    if (!error) {
        error = choose_suite13(e, m);
    }
    if (!error) {
        error = psk_choose(e, m);
    }
    if (!error) {
        error = choose_share(e, x);
    }
    if (!error) {
        error = negotiate_alpn(e, x);
    }
    if (!error) {
        error = choose_credential13(e, x);
    }
    if (error) {
        return error;
    }
    negotiate_limits(e, x);
    unsigned modes = e->config->psk_modes ? e->config->psk_modes : PARLEY_PSK_DHE_KE;
    if (parley_has(x, PARLEY_EXT_psk_key_exchange_modes)) {
        struct parley_bytes offered = x->psk_key_exchange_modes.ke_modes;
        e->ticket_expected = (modes & PARLEY_PSK_DHE_KE && parley_uint8_in(offered, 1)) ||
                             (modes & PARLEY_PSK_KE && parley_uint8_in(offered, 0));
    }
    if (e->config->hello_retry && !e->hello_retry) {
        e->retry_needed = true;
    }
    if (!e->hello_retry) {
        choose_early_data(e, x);
    }
    e->resumed = e->psk_chosen;
    e->peer_verified = e->psk_chosen && !e->external && e->session.peer_verified;
    return PARLEY_OK;
}

enum parley_error take_client_hello13(struct parley_engine *e,
                                      const union parley_message_value *m) {
    enum parley_error error = take_hello13(e, &m->client_hello);
    if (!error) {
        error = transcript_add(e, e->current);
    }
    if (error) {
        return error;
    }
    transcript_start(e, e->suite->hash);
    if (e->retry_needed) {
        digest_hello(&m->client_hello, e->hello_digest);
    }
    return PARLEY_OK;
}

enum parley_error take_second_client_hello(struct parley_engine *e,
                                           const union parley_message_value *m) {
    const struct parley_client_hello *h = &m->client_hello;
    const struct parley_extension_block *x = &h->extensions;
    uint8_t digest[32];
    digest_hello(h, digest);
    if (memcmp(digest, e->hello_digest, sizeof(digest)) != 0 ||
        parley_has(x, PARLEY_EXT_early_data)) {
        enum parley_error error = handshake_refuse(e, PARLEY_ERR_changed_client_hello);
        if (error) {
            return error;
        }
    }
    if (e->cookie_length) {
        if (!parley_has(x, PARLEY_EXT_cookie)) {
            return PARLEY_ERR_missing_extension;
        }
        if (!bytes_equal(x->cookie.cookie, bytes_of(e->cookie, e->cookie_length))) {
            return PARLEY_ERR_bad_cookie;
        }
    }
    e->skipping = false;
    e->retry_needed = false;
    uint16_t asked = e->retry_group;
    enum parley_error error = take_hello13(e, h);
    if (!error && asked && e->group != asked) {
        error = PARLEY_ERR_bad_group;
    }
    return error ? error : transcript_add(e, e->current);
}
