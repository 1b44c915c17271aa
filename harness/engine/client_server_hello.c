/* The client's side of server_hello and hello_retry_request (RFC 8446 4.1.3, 4.1.4;
 * RFC 5246 7.4.1.3). */
#include <string.h>

#include "engine/actions.h"
#include "engine/ech.h"
#include "engine/jdk11.h"

/* RFC 8446 4.1.3: the last bytes of the random of a server that was made to choose less. */
static bool has_downgrade_sentinel(struct parley_bytes random) {
    static const uint8_t sentinel[7] = {'D', 'O', 'W', 'N', 'G', 'R', 'D'};
    const uint8_t *tail = random.data + PARLEY_RANDOM_LENGTH - 8;
    return (memcmp(tail, sentinel, sizeof(sentinel)) == 0 && tail[7] <= 1) ||
           memcmp(tail, jdk11_downgrade, sizeof(jdk11_downgrade)) == 0;
}

enum parley_error client_pick_version(struct parley_engine *e,
                                      const struct parley_server_hello *m) {
    const struct parley_config *c = e->config;
    uint16_t version = m->legacy_version;
    if (e->renegotiating) {
        return version == e->version ? PARLEY_OK : PARLEY_ERR_renegotiation_version;
    }
    if (parley_has(&m->extensions, PARLEY_EXT_supported_versions)) {
        version = m->extensions.supported_versions_choice.selected_version;
        if (version != PARLEY_TLS13 || config_max(c) < PARLEY_TLS13) {
            return e->hello_retry ? PARLEY_ERR_second_version_mismatch : PARLEY_ERR_bad_version;
        }
        if (m->legacy_version != PARLEY_TLS12) {
            return e->hello_retry ? PARLEY_ERR_bad_encoding : PARLEY_ERR_no_shared_version;
        }
    } else if (e->hello_retry) {
        return PARLEY_ERR_second_version_mismatch;
    } else if (version != PARLEY_TLS12 || config_min(c) > PARLEY_TLS12) {
        return PARLEY_ERR_no_shared_version;
    }
    e->version = version;
    handshake_machine(e, version);
    if (version < config_max(c) && has_downgrade_sentinel(m->random)) {
        return handshake_refuse(e, PARLEY_ERR_downgrade);
    }
    return PARLEY_OK;
}

static bool offers_suite(const struct parley_engine *e, const struct parley_suite *suite) {
    const uint16_t *list;
    size_t count = list_suites(e->config, &list);
    return suite && suite->version == e->version && config_speaks(e->config, suite) &&
           list_has(list, count, suite->code);
}

/* RFC 8446 4.2: an answer may hold only what was offered. */
static enum parley_error check_answers(struct parley_engine *e,
                                       const struct parley_extension_block *x, uint64_t also) {
    if (x->unknown || x->present & ~(e->offered | also)) {
        return handshake_refuse(e, PARLEY_ERR_unsupported_extension);
    }
    return PARLEY_OK;
}

static enum parley_error take_suite(struct parley_engine *e, uint16_t code, uint8_t compression) {
    const struct parley_suite *suite = parley_suite_find(code);
    if (compression != 0) { /* RFC 8446 4.1.3: a constant in TLS 1.3 */
        return e->version == PARLEY_TLS13 ? PARLEY_ERR_bad_encoding : PARLEY_ERR_bad_compression;
    }
    /* What a bent client_hello offered, this side does not know. */
    bool speaks = suite && suite->version == e->version && config_speaks(e->config, suite);
    if (!offers_suite(e, suite) && !(speaks && e->config->tolerant)) {
        return PARLEY_ERR_bad_suite;
    }
    if (e->hello_retry && suite != e->suite &&
        !(e->config->tolerant && suite->hash == e->suite->hash)) {
        return PARLEY_ERR_changed_suite;
    }
    e->suite = suite;
    return PARLEY_OK;
}

/* ---- TLS 1.3 ---- */

enum parley_error refuse_second_retry(struct parley_engine *e,
                                      const union parley_message_value *m) {
    (void)e;
    (void)m;
    return PARLEY_ERR_second_hello_retry_request;
}

static bool has_share(const struct parley_engine *e, uint16_t group) {
    for (size_t i = 0; i < e->share_count; i++) {
        if (e->shares[i].group == group) {
            return true;
        }
    }
    return false;
}

/* RFC 8446 4.2.8: the group asked for must be one that was offered without a share. */
static enum parley_error take_retry_group(struct parley_engine *e, uint16_t group) {
    const struct parley_group *row = parley_group_find(group);
    const uint16_t *list;
    size_t count = list_groups(e->config, &list);
    if (!row || !list_has(list, count, group) || row->kind == PARLEY_GROUP_KIND_FFDHE ||
        row->kind == PARLEY_GROUP_KIND_NONE) {
        return PARLEY_ERR_bad_group;
    }
    if (has_share(e, group)) {
        enum parley_error error = handshake_refuse(e, PARLEY_ERR_useless_hello_retry_request);
        if (error) {
            return error;
        }
    }
    e->retry_group = group;
    return PARLEY_OK;
}

enum parley_error take_hello_retry_request(struct parley_engine *e,
                                           const union parley_message_value *m) {
    const struct parley_hello_retry_request *r = &m->hello_retry_request;
    const struct parley_extension_block *x = &r->extensions;
    if (!parley_has(x, PARLEY_EXT_supported_versions)) {
        return PARLEY_ERR_missing_extension;
    }
    if (r->legacy_version != PARLEY_TLS12) {
        return PARLEY_ERR_bad_encoding;
    }
    if (x->supported_versions_choice.selected_version != PARLEY_TLS13) {
        return PARLEY_ERR_bad_version;
    }
    e->version = PARLEY_TLS13;
    enum parley_error error = check_answers(e, x, UINT64_C(1) << PARLEY_EXT_cookie);
    if (!error) {
        error = take_suite(e, r->cipher_suite, r->legacy_compression_method);
    }
    if (!error &&
        !bytes_equal(r->legacy_session_id_echo, bytes_of(e->session_id, e->session_id_length))) {
        error = handshake_refuse(e, PARLEY_ERR_bad_echo);
    }
    if (!error && parley_has(x, PARLEY_EXT_key_share)) {
        error = take_retry_group(e, x->key_share_retry.selected_group);
    } else if (!error && !parley_has(x, PARLEY_EXT_cookie)) {
        error = PARLEY_ERR_empty_hello_retry_request;
    }
    if (error) {
        return error;
    }
    if (parley_has(x, PARLEY_EXT_cookie)) {
        struct parley_bytes cookie = x->cookie.cookie;
        if (cookie.len > sizeof(e->cookie)) {
            return PARLEY_ERR_buffer_full;
        }
        memcpy(e->cookie, cookie.data, cookie.len);
        e->cookie_length = (uint16_t)cookie.len;
    }
    error = ech_client_retry(e, r);
    if (error) {
        return error;
    }
    e->hello_retry = true;
    if (e->early_offered) {
        e->early_reason = PARLEY_EARLY_DATA_hello_retry_request;
    }
    e->early_limit = e->early_seen; /* 0-RTT is rejected (RFC 8446 4.1.2) */
    protect_clear(&e->write);
    e->write_epoch = PARLEY_EPOCH_INITIAL;
    transcript_start(e, e->suite->hash);
    transcript_retry(e);
    return transcript_add(e, e->current);
}

static enum parley_error take_psk(struct parley_engine *e, const struct parley_extension_block *x,
                                  struct parley_bytes *psk) {
    *psk = bytes_of(NULL, 0);
    if (!parley_has(x, PARLEY_EXT_pre_shared_key)) {
        return PARLEY_OK;
    }
    if (e->ech.status == ECH_REJECTED) {
        return PARLEY_ERR_bad_psk_choice; /* the outer hello offered none */
    }
    e->psk_index = x->pre_shared_key_choice.selected_identity;
    enum parley_error error = psk_accepted(e, e->psk_index, psk);
    if (error) {
        return error;
    }
    e->resumed = e->psk_chosen = true;
    return PARLEY_OK;
}

static enum parley_error take_share(struct parley_engine *e, const struct parley_extension_block *x,
                                    uint8_t secret[KEX_SECRET_MAX], size_t *len) {
    unsigned modes = e->config->psk_modes ? e->config->psk_modes : PARLEY_PSK_DHE_KE;
    bool there = parley_has(x, PARLEY_EXT_key_share);
    *len = 0;
    /* RFC 8446 4.2.9, 4.2.11: with a PSK, the modes that were offered say whether it may be there.
     */
    if (e->resumed && there && !(modes & PARLEY_PSK_DHE_KE)) {
        return PARLEY_ERR_bad_psk_choice;
    }
    if (!there) {
        e->psk_only = e->resumed && modes & PARLEY_PSK_KE;
        return e->psk_only ? PARLEY_OK : PARLEY_ERR_missing_key_share;
    }
    for (size_t i = 0; i < e->share_count; i++) {
        if (e->shares[i].group == x->key_share_choice.group) {
            e->group = x->key_share_choice.group;
            struct parley_bytes peer = x->key_share_choice.key_exchange;
            return bend_bad_share(e, kex_agree(&e->shares[i], peer, e->config->memo, secret, len),
                                  peer, secret, len);
        }
    }
    return PARLEY_ERR_bad_group;
}

enum parley_error take_server_hello13(struct parley_engine *e,
                                      const union parley_message_value *m) {
    const struct parley_server_hello *h = &m->server_hello;
    const struct parley_extension_block *x = &h->extensions;
    uint8_t secret[KEX_SECRET_MAX];
    size_t len = 0;
    struct parley_bytes psk = {0};
    memcpy(e->server_random, h->random.data, PARLEY_RANDOM_LENGTH);
    enum parley_error error = ech_client_hello13(e, h);
    if (error) {
        return error;
    }
    if (parley_has(x, PARLEY_EXT_pre_shared_key) && e->session.version == PARLEY_TLS12) {
        return PARLEY_ERR_session_version_mismatch;
    }
    error = check_answers(e, x, 0);
    if (!error) {
        error = take_suite(e, h->cipher_suite, h->legacy_compression_method);
    }
    if (!error &&
        !bytes_equal(h->legacy_session_id_echo, bytes_of(e->session_id, e->session_id_length))) {
        error = handshake_refuse(e, PARLEY_ERR_bad_echo);
    }
    if (!error) {
        error = take_psk(e, x, &psk);
    }
    if (!error) {
        error = take_share(e, x, secret, &len);
    }
    if (error) {
        return error;
    }
    transcript_start(e, e->suite->hash);
    error = transcript_add(e, e->current);
    if (error) {
        return error;
    }
    if (!e->psk_chosen || e->psk_index != 0 || !e->early_ready) {
        schedule13_early(&e->schedule, e->suite->hash, psk);
    }
    bend_secret(e, secret, len);
    schedule13_handshake(&e->schedule, bytes_of(secret, len));
    schedule13_handshake_keys(e);
    return schedule13_read(e, PARLEY_EPOCH_HANDSHAKE);
}

/* ---- TLS 1.2 ---- */

/* RFC 5246 7.4.1.3: our session id coming back means that the session is resumed. */
static enum parley_error take_session_id(struct parley_engine *e,
                                         const struct parley_server_hello *h) {
    const struct parley_session *s = &e->session;
    bool echoed =
        e->session_id_length > 0 &&
        bytes_equal(h->legacy_session_id_echo, bytes_of(e->session_id, e->session_id_length));
    if (!echoed) {
        e->session_id_length = (uint8_t)h->legacy_session_id_echo.len;
        memcpy(e->session_id, h->legacy_session_id_echo.data, e->session_id_length);
        return PARLEY_OK;
    }
    if (s->version != PARLEY_TLS12) {
        return s->version ? PARLEY_ERR_session_version_mismatch : PARLEY_ERR_bad_echo;
    }
    if (s->suite != h->cipher_suite) {
        return PARLEY_ERR_session_mismatch;
    }
    if (s->extended_master_secret != e->extended_master_secret) {
        return s->extended_master_secret ? PARLEY_ERR_extended_master_secret_missing
                                         : PARLEY_ERR_extended_master_secret_added;
    }
    session_resumed(e);
    e->group = s->group;
    memcpy(e->master_secret, s->secret, sizeof(e->master_secret));
    staples_recall(e);
    memcpy(e->chain_sha256, s->peer_sha256, sizeof(e->chain_sha256));
    return PARLEY_OK;
}

static enum parley_error take_extensions12(struct parley_engine *e,
                                           const struct parley_extension_block *x) {
    bool extended_master_secret = parley_has(x, PARLEY_EXT_extended_master_secret);
    bool info = parley_has(x, PARLEY_EXT_renegotiation_info);
    enum parley_error error = renegotiation_check_info(
        e, info, info ? x->renegotiation_info.renegotiated_connection : bytes_of(NULL, 0));
    if (error) {
        return error;
    }
    if (e->renegotiating && extended_master_secret != e->extended_master_secret) {
        return PARLEY_ERR_renegotiation_ems_mismatch;
    }
    e->extended_master_secret = extended_master_secret;
    e->encrypt_then_mac = parley_has(x, PARLEY_EXT_encrypt_then_mac);
    if (e->encrypt_then_mac && !suite_is_cbc(e->suite)) {
        return PARLEY_ERR_bad_extension; /* RFC 7366 3 */
    }
    e->ticket_expected = parley_has(x, PARLEY_EXT_session_ticket);
    e->status_expected = parley_has(x, PARLEY_EXT_status_request);
    if (e->status_expected && !uses_certificates(e)) {
        return PARLEY_ERR_bad_extension; /* there is no certificate to be about */
    }
    error = client_take_common(e, x);
    return error ? error : next_protocol_choose(e, x);
}

enum parley_error take_server_hello12(struct parley_engine *e,
                                      const union parley_message_value *m) {
    const struct parley_server_hello *h = &m->server_hello;
    const struct parley_extension_block *x = &h->extensions;
    memcpy(e->server_random, h->random.data, PARLEY_RANDOM_LENGTH);
    if (e->early_offered) { /* RFC 8446 4.2.10, D.3 */
        return PARLEY_ERR_early_data_version;
    }
    ech_client_hello12(e);
    enum parley_error error = check_answers(e, x, 0);
    if (!error) {
        error = take_suite(e, h->cipher_suite, h->legacy_compression_method);
    }
    if (!error) {
        error = take_extensions12(e, x);
    }
    if (!error) {
        error = take_session_id(e, h);
    }
    if (error) {
        return error;
    }
    /* RFC 6962 3.3.1 does not forbid them in resumption, where they mean nothing. */
    if (!e->resumed && parley_has(x, PARLEY_EXT_signed_certificate_timestamp)) {
        staples_keep_scts(e, x->sct_list.sct_list);
    }
    transcript_start(e, e->suite->hash);
    if (e->resumed) {
        error = certificates_rejudge(e);
        schedule12_keys(e);
    }
    return error ? error : transcript_add(e, e->current);
}

/* ---- Both ---- */

static bool offered_protocol(const struct parley_config *c, struct parley_bytes name) {
    for (size_t i = 0; i < c->alpn_count; i++) {
        if (bytes_equal(name, bytes_of(c->alpn[i], strlen(c->alpn[i])))) {
            return true;
        }
    }
    return c->alpn_any;
}

static enum parley_error take_alpn(struct parley_engine *e, struct parley_bytes name) {
    if (!offered_protocol(e->config, name)) {
        enum parley_error error = handshake_refuse(e, PARLEY_ERR_bad_application_protocol);
        if (error) {
            return error;
        }
    }
    e->alpn_length = (uint8_t)name.len;
    memcpy(e->alpn, name.data, name.len);
    return PARLEY_OK;
}

enum parley_error client_take_common(struct parley_engine *e,
                                     const struct parley_extension_block *x) {
    enum parley_error error = check_answers(e, x, 0);
    if (!error && parley_has(x, PARLEY_EXT_application_layer_protocol_negotiation)) {
        error = take_alpn(e, x->alpn_choice.protocol_name);
    }
    if (error) {
        return error;
    }
    if (parley_has(x, PARLEY_EXT_max_fragment_length)) {
        if (x->max_fragment_length.length_code != e->config->max_fragment_length ||
            parley_has(x, PARLEY_EXT_record_size_limit)) {
            return PARLEY_ERR_bad_extension;
        }
        limits_max_fragment(e, e->config->max_fragment_length);
    }
    if (parley_has(x, PARLEY_EXT_record_size_limit)) {
        limits_record_size(e, x->record_size_limit.record_size_limit);
    }
    return PARLEY_OK;
}
