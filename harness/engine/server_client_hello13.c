/* The server's side of client_hello in TLS 1.3 (RFC 8446 4.1.1, 4.2). */
#include <string.h>

#include "engine/actions.h"
#include "engine/negotiate.h"
#include "engine/settings.h"

/* The extensions that this server acts on and a second client_hello must repeat (RFC 8446 4.1.2).
 * Of others, and of their order, it takes no notice. */
static const enum parley_extension repeated[] = {
    PARLEY_EXT_server_name,
    PARLEY_EXT_max_fragment_length,
    PARLEY_EXT_status_request,
    PARLEY_EXT_supported_groups,
    PARLEY_EXT_signature_algorithms,
    PARLEY_EXT_application_layer_protocol_negotiation,
    PARLEY_EXT_signed_certificate_timestamp,
    PARLEY_EXT_record_size_limit,
    PARLEY_EXT_supported_versions,
    PARLEY_EXT_psk_key_exchange_modes,
    PARLEY_EXT_post_handshake_auth,
    PARLEY_EXT_application_settings,
};

static void hash_extension(struct hash_state *s, struct parley_bytes block,
                           enum parley_extension extension) {
    struct parley_extension_entry entry;
    const uint16_t code = parley_extensions[extension].code;
    while (parley_extension_next(&block, &entry)) {
        if (entry.extension_type == code) {
            const uint8_t type[] = {(uint8_t)(code >> 8), (uint8_t)code};
            hash_update(s, type, sizeof(type));
            hash_update(s, entry.extension_data.data, entry.extension_data.len);
        }
    }
}

static void digest_hello(const struct parley_client_hello *m, uint8_t out[32]) {
    struct hash_state s;
    uint8_t digest[HASH_MAX];
    hash_init(&s, PARLEY_HASH_SHA256);
    hash_update(&s, m->random.data, m->random.len);
    hash_update(&s, m->legacy_session_id.data, m->legacy_session_id.len);
    hash_update(&s, m->cipher_suites.data, m->cipher_suites.len);
    hash_update(&s, m->legacy_compression_methods.data, m->legacy_compression_methods.len);
    for (size_t i = 0; i < sizeof(repeated) / sizeof(repeated[0]); i++) {
        hash_extension(&s, m->extensions.raw, repeated[i]);
    }
    hash_peek(&s, digest);
    memcpy(out, digest, 32);
}

static enum parley_error choose_suite13(struct parley_engine *e,
                                        const struct parley_client_hello *m) {
    const struct parley_suite *suites[NEGOTIATE_SUITES_MAX];
    size_t count = negotiate_suites(e, m->cipher_suites, suites);
    if (count == 0) {
        return PARLEY_ERR_no_shared_suite;
    }
    const struct parley_suite *suite = psk_suite(e, &m->extensions, suites, count);
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
    if (groups_there && !parley_has(x, PARLEY_EXT_key_share)) {
        return PARLEY_ERR_missing_key_share;
    }
    if (!groups_there && (parley_has(x, PARLEY_EXT_key_share) || !e->psk_only)) {
        return PARLEY_ERR_missing_groups;
    }
    if (e->psk_only) {
        return PARLEY_OK;
    }
    struct parley_bytes groups = x->supported_groups.named_group_list;
    struct parley_bytes rest = x->key_share_offer.client_shares;
    struct parley_key_share_entry share;
    e->group = negotiate_group(e, groups);
    if (e->hello_retry && e->retry_group && e->config->tolerant) {
        e->group = e->retry_group; /* a bent hello_retry_request may have asked for any */
    }
    if (e->group == 0) {
        return PARLEY_ERR_no_shared_group;
    }
    while (parley_key_share_next(&rest, &share)) {
        if (share.group == e->group && share.key_exchange.len <= sizeof(e->peer_share)) {
            memcpy(e->peer_share, share.key_exchange.data, share.key_exchange.len);
            e->peer_share_length = (uint16_t)share.key_exchange.len;
            return PARLEY_OK;
        }
    }
    e->retry_needed = true;
    e->retry_group = e->group;
    return e->hello_retry ? PARLEY_ERR_bad_group : PARLEY_OK;
}

static enum parley_error choose_credential13(struct parley_engine *e,
                                             const struct parley_extension_block *x) {
    e->credential = NULL; /* a first hello may have chosen otherwise */
    e->own_scheme = NULL;
    e->delegated = false;
    e->peer_scheme = NULL;
    e->peer_verified = false;
    if (e->psk_chosen) {
        return PARLEY_OK;
    }
    if (!parley_has(x, PARLEY_EXT_signature_algorithms)) {
        return PARLEY_ERR_missing_signature_algorithms;
    }
    if (e->config->credential_count == 0) {
        return PARLEY_ERR_no_certificate;
    }
    if (!certificates_choose(e, x->signature_algorithms.supported_signature_algorithms,
                             bytes_of(NULL, 0), PARLEY_AUTH_ANY)) {
        return PARLEY_ERR_no_shared_signature_scheme;
    }
    certificates_delegate(e, x);
    return PARLEY_OK;
}

/* What the PSK says about 0-RTT data under it. */
static enum parley_early_data_reason judge_psk(const struct parley_engine *e) {
    enum { SKEW_MAX = 60 }; /* seconds: clocks drift, and a flight takes its time */
    const struct parley_session *s = &e->session;
    if (e->external || s->max_early_data == 0) {
        return PARLEY_EARLY_DATA_unsupported_for_session;
    }
    if (e->psk_index != 0) {
        return PARLEY_EARLY_DATA_psk_not_first;
    }
    if (s->suite != e->suite->code) {
        return PARLEY_EARLY_DATA_suite_mismatch;
    }
    if (!bytes_equal(bytes_of(s->alpn, s->alpn_length), bytes_of(e->alpn, e->alpn_length))) {
        return PARLEY_EARLY_DATA_alpn_mismatch;
    }
    if (!settings_match(e, e->alps)) {
        return PARLEY_EARLY_DATA_alps_mismatch;
    }
    return e->ticket_age_skew < -SKEW_MAX || e->ticket_age_skew > SKEW_MAX
               ? PARLEY_EARLY_DATA_ticket_age_skew
               : PARLEY_EARLY_DATA_accepted;
}

/* RFC 8446 4.2.10, 8: when 0-RTT data may be accepted. The anti-replay hook comes last, as what it
 * has seen is used up. */
static enum parley_early_data_reason judge_early_data(const struct parley_engine *e,
                                                      const struct parley_extension_block *x) {
    const struct parley_config *c = e->config;
    if (c->max_early_data == 0) {
        return PARLEY_EARLY_DATA_disabled;
    }
    if (!e->psk_chosen) {
        return parley_has(x, PARLEY_EXT_pre_shared_key) ? PARLEY_EARLY_DATA_session_not_resumed
                                                        : PARLEY_EARLY_DATA_no_session_offered;
    }
    enum parley_early_data_reason reason = judge_psk(e);
    if (reason == PARLEY_EARLY_DATA_unsupported_for_session) {
        return reason;
    }
    if (!parley_has(x, PARLEY_EXT_early_data)) {
        return PARLEY_EARLY_DATA_peer_declined;
    }
    if (reason != PARLEY_EARLY_DATA_accepted) {
        return reason;
    }
    if (e->retry_needed) {
        return PARLEY_EARLY_DATA_hello_retry_request;
    }
    return !c->accept_early_data ||
                   c->accept_early_data(c->accept_early_data_arg, e->early_identity)
               ? PARLEY_EARLY_DATA_accepted
               : PARLEY_EARLY_DATA_replay;
}

static void choose_early_data(struct parley_engine *e, const struct parley_extension_block *x) {
    e->early_reason = judge_early_data(e, x);
    if (!parley_has(x, PARLEY_EXT_early_data)) {
        return;
    }
    e->early_accepted = e->early_reason == PARLEY_EARLY_DATA_accepted;
    e->early_seen = 0;
    if (e->early_accepted) {
        e->early_limit = e->session.max_early_data;
        settings_recall(e);
        return;
    }
    e->skipping = true;
    e->skip_until_hello = e->retry_needed;
    /* What a client may have sent under our ticket, and the overhead of its records. */
    uint32_t most = e->config->max_early_data;
    e->skip_left = most > UINT32_MAX / 2 ? UINT32_MAX : 2 * most;
    if (e->skip_left < PARLEY_RECORD_MAX) {
        e->skip_left = PARLEY_RECORD_MAX;
    }
}

static enum parley_error take_hello13(struct parley_engine *e,
                                      const struct parley_client_hello *m) {
    const struct parley_extension_block *x = &m->extensions;
    enum parley_error error = negotiate_read(e, m);
    e->ech.is_inner = parley_has(x, PARLEY_EXT_encrypted_client_hello) && x->ech_offer.type == 1;
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
    settings_choose(e, x);
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
    if (e->psk_chosen && !e->external) {
        session_resumed(e);
    }
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
    /* A PSK that was chosen must be offered again; 0-RTT data that follows will not decrypt. */
    if (memcmp(digest, e->hello_digest, sizeof(digest)) != 0 ||
        (e->psk_chosen && !parley_has(x, PARLEY_EXT_pre_shared_key))) {
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
