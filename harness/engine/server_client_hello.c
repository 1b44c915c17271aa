/* The server's side of client_hello: everything that is negotiated (RFC 8446 4.1.1, 4.2;
 * RFC 5246 7.4.1). */
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <string.h>

#include "engine/actions.h"
#include "engine/credential.h"

enum parley_error server_pick_version(struct parley_engine *e,
                                      const struct parley_client_hello *m) {
    const struct parley_config *c = e->config;
    uint16_t best = 0, version;
    if (parley_has(&m->extensions, PARLEY_EXT_supported_versions)) {
        struct parley_bytes rest = m->extensions.supported_versions_offer.versions;
        while (parley_uint16_next(&rest, &version)) {
            if (version >= config_min(c) && version <= config_max(c) && version > best) {
                best = version;
            }
        }
    } else if (m->legacy_version >= PARLEY_TLS12 && config_min(c) <= PARLEY_TLS12) {
        best = PARLEY_TLS12;
    }
    if (best == 0) {
        return PARLEY_ERR_no_shared_version;
    }
    if (e->hello_retry && best != e->version) {
        return PARLEY_ERR_changed_client_hello;
    }
    if (best < config_max(c) && parley_uint16_in(m->cipher_suites, PARLEY_TLS_FALLBACK_SCSV)) {
        return PARLEY_ERR_inappropriate_fallback;
    }
    e->version = best;
    handshake_machine(e, best);
    return PARLEY_OK;
}

/* ---- What both versions read ------------------------------------------------------------------
 */

static enum parley_error read_name(struct parley_engine *e,
                                   const struct parley_extension_block *x) {
    const char *own = e->config->server_name;
    if (!parley_has(x, PARLEY_EXT_server_name)) {
        return PARLEY_OK;
    }
    struct parley_bytes name = x->server_name.host_name;
    if (name.len == 0 || name.len > sizeof(e->name)) {
        return PARLEY_OK;
    }
    if (own && !bytes_equal(name, bytes_of(own, strlen(own)))) {
        return handshake_refuse(e, PARLEY_ERR_unrecognized_name);
    }
    e->name_length = (uint8_t)name.len;
    memcpy(e->name, name.data, name.len);
    return PARLEY_OK;
}

static enum parley_error read_compression(const struct parley_engine *e,
                                          const struct parley_client_hello *m) {
    struct parley_bytes methods = m->legacy_compression_methods;
    if (!parley_uint8_in(methods, 0)) {
        return PARLEY_ERR_no_compression_null;
    }
    if (e->version == PARLEY_TLS13 && methods.len != 1) {
        return PARLEY_ERR_bad_compression;
    }
    return PARLEY_OK;
}

static enum parley_error read_hello(struct parley_engine *e, const struct parley_client_hello *m) {
    const struct parley_extension_block *x = &m->extensions;
    e->client_version = m->legacy_version;
    memcpy(e->client_random, m->random.data, PARLEY_RANDOM_LENGTH);
    memcpy(e->session_id, m->legacy_session_id.data, m->legacy_session_id.len);
    e->session_id_length = (uint8_t)m->legacy_session_id.len;
    e->peer_extensions = x->present;
    e->peer_wants_ocsp = parley_has(x, PARLEY_EXT_status_request);
    e->peer_wants_scts = parley_has(x, PARLEY_EXT_signed_certificate_timestamp);
    e->post_auth_offered = parley_has(x, PARLEY_EXT_post_handshake_auth);
    enum parley_error error = read_compression(e, m);
    return error ? error : read_name(e, x);
}

static enum parley_error choose_alpn(struct parley_engine *e,
                                     const struct parley_extension_block *x) {
    const struct parley_config *c = e->config;
    if (!parley_has(x, PARLEY_EXT_application_layer_protocol_negotiation) || c->alpn_count == 0) {
        return PARLEY_OK;
    }
    for (size_t i = 0; i < c->alpn_count; i++) {
        struct parley_bytes own = bytes_of(c->alpn[i], strlen(c->alpn[i]));
        struct parley_bytes rest = x->alpn_offer.protocol_name_list, name;
        while (parley_opaque8_next(&rest, &name)) {
            if (bytes_equal(own, name)) {
                e->alpn_length = (uint8_t)own.len;
                memcpy(e->alpn, own.data, own.len);
                return PARLEY_OK;
            }
        }
    }
    return PARLEY_ERR_no_application_protocol;
}

static void choose_limits(struct parley_engine *e, const struct parley_extension_block *x) {
    if (parley_has(x, PARLEY_EXT_record_size_limit) && e->config->record_size_limit) {
        limits_record_size(e, x->record_size_limit.record_size_limit);
    } else if (parley_has(x, PARLEY_EXT_max_fragment_length)) {
        limits_max_fragment(e, x->max_fragment_length.length_code);
    }
}

/* next_suite walks the suites both sides know, in the order of whoever decides. */
static const struct parley_suite *next_suite(const struct parley_engine *e,
                                             struct parley_bytes offered, size_t *at) {
    const uint16_t *own;
    size_t count = list_suites(e->config, &own);
    bool by_server = e->config->server_order;
    size_t most = by_server ? count : offered.len / 2;
    while (*at < most) {
        size_t i = (*at)++;
        uint16_t code =
            by_server ? own[i] : (uint16_t)(offered.data[2 * i] << 8 | offered.data[2 * i + 1]);
        bool shared = by_server ? parley_uint16_in(offered, code) : list_has(own, count, code);
        const struct parley_suite *suite = shared ? parley_suite_find(code) : NULL;
        if (suite && suite->version == e->version) {
            return suite;
        }
    }
    return NULL;
}

/* choose_group finds the first group of ours that the client supports and |wanted| allows. */
static uint16_t choose_group(const struct parley_engine *e, struct parley_bytes offered,
                             struct parley_bytes shares) {
    const uint16_t *own;
    size_t count = list_groups(e->config, &own);
    for (size_t i = 0; i < count; i++) {
        const struct parley_group *group = parley_group_find(own[i]);
        if (!group || group->kind == PARLEY_GROUP_KIND_NONE ||
            group->kind == PARLEY_GROUP_KIND_FFDHE || !parley_uint16_in(offered, own[i])) {
            continue;
        }
        struct parley_bytes rest = shares;
        struct parley_key_share_entry share;
        if (shares.len == 0) {
            return own[i];
        }
        while (parley_key_share_next(&rest, &share)) {
            if (share.group == own[i]) {
                return own[i];
            }
        }
    }
    return 0;
}

/* ---- TLS 1.3 ----------------------------------------------------------------------------------
 */

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
    const struct parley_suite *suite = next_suite(e, m->cipher_suites, &at);
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
    if (e->psk_only) {
        return PARLEY_OK;
    }
    if (!parley_has(x, PARLEY_EXT_supported_groups) || !parley_has(x, PARLEY_EXT_key_share)) {
        return PARLEY_ERR_missing_extension;
    }
    struct parley_bytes groups = x->supported_groups.named_group_list;
    struct parley_bytes rest = x->key_share_offer.client_shares;
    struct parley_key_share_entry share;
    e->group = rest.len ? choose_group(e, groups, rest) : 0;
    e->retry_needed = e->group == 0;
    if (e->retry_needed) {
        e->group = choose_group(e, groups, bytes_of(NULL, 0));
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
    enum parley_error error = read_hello(e, m);
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
        error = choose_alpn(e, x);
    }
    if (!error) {
        error = choose_credential13(e, x);
    }
    if (error) {
        return error;
    }
    choose_limits(e, x);
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

/* ---- TLS 1.2 ----------------------------------------------------------------------------------
 */

/* RFC 5246 7.4.1.4.1: without signature_algorithms a client means SHA-1. */
static struct parley_bytes schemes12(const struct parley_extension_block *x) {
    static const uint8_t sha1[] = {0x02, 0x01, 0x02, 0x03};
    return parley_has(x, PARLEY_EXT_signature_algorithms)
               ? x->signature_algorithms.supported_signature_algorithms
               : bytes_of(sha1, sizeof(sha1));
}

static bool choose_rsa_key(struct parley_engine *e) {
    for (size_t i = 0; i < e->config->credential_count; i++) {
        if (EVP_PKEY_id(e->config->credentials[i]->key) == EVP_PKEY_RSA) {
            e->credential = e->config->credentials[i];
            e->own_scheme = NULL;
            return true;
        }
    }
    return false;
}

/* RFC 7919 4: a client that names FFDHE groups gets one of them or no DHE. */
static uint16_t choose_ffdhe(const struct parley_engine *e, struct parley_bytes offered) {
    const uint16_t *own;
    size_t count = list_groups(e->config, &own);
    uint16_t code;
    bool names_any = false;
    struct parley_bytes rest = offered;
    while (parley_uint16_next(&rest, &code)) {
        names_any |= code >> 8 == 1;
    }
    for (size_t i = 0; i < count; i++) {
        const struct parley_group *group = parley_group_find(own[i]);
        if (group && group->kind == PARLEY_GROUP_KIND_FFDHE &&
            (!names_any || parley_uint16_in(offered, own[i]))) {
            return own[i];
        }
    }
    return 0;
}

/* try_suite12 returns whether the suite can be carried out with what both sides have. */
static bool try_suite12(struct parley_engine *e, const struct parley_suite *suite,
                        const struct parley_extension_block *x) {
    static const uint8_t p256[] = {0x00, 0x17};
    struct parley_bytes groups = parley_has(x, PARLEY_EXT_supported_groups)
                                     ? x->supported_groups.named_group_list
                                     : bytes_of(NULL, 0);
    e->group = 0;
    if (suite->key_exchange == PARLEY_KX_RSA) {
        return choose_rsa_key(e);
    }
    if (suite->key_exchange == PARLEY_KX_DHE) {
        e->group = choose_ffdhe(e, groups);
    } else {
        e->group =
            choose_group(e, groups.len ? groups : bytes_of(p256, sizeof(p256)), bytes_of(NULL, 0));
    }
    return e->group != 0 && certificates_choose(e, schemes12(x), groups, suite->authentication);
}

static enum parley_error choose_suite12(struct parley_engine *e,
                                        const struct parley_client_hello *m) {
    const struct parley_suite *suite;
    if (e->config->credential_count == 0) {
        return PARLEY_ERR_no_certificate;
    }
    for (size_t at = 0; (suite = next_suite(e, m->cipher_suites, &at));) {
        if (try_suite12(e, suite, &m->extensions)) {
            e->suite = suite;
            return PARLEY_OK;
        }
    }
    return PARLEY_ERR_no_shared_suite;
}

static bool find_session12(struct parley_engine *e, const struct parley_client_hello *m) {
    const struct parley_extension_block *x = &m->extensions;
    const struct parley_session *cached;
    if (parley_has(x, PARLEY_EXT_session_ticket) && x->session_ticket.ticket.len &&
        m->legacy_session_id.len && !e->config->no_tickets) {
        return tickets_open(e, x->session_ticket.ticket, &e->session);
    }
    if (!e->config->session_cache ||
        !(cached = session_cache_get(e->config->session_cache, m->legacy_session_id)) ||
        !session_fresh(e, cached)) {
        return false;
    }
    e->session = *cached;
    return true;
}

static bool session_usable12(const struct parley_engine *e, const struct parley_client_hello *m) {
    const struct parley_session *s = &e->session;
    const uint16_t *own;
    size_t count = list_suites(e->config, &own);
    return s->version == PARLEY_TLS12 && parley_uint16_in(m->cipher_suites, s->suite) &&
           list_has(own, count, s->suite) &&
           /* RFC 6066 3: not under another name */
           bytes_equal(bytes_of(s->server_name, s->server_name_length),
                       bytes_of(e->name, e->name_length)) &&
           (e->config->client_auth != PARLEY_AUTH_REQUIRE || s->peer_verified);
}

static enum parley_error try_resume12(struct parley_engine *e,
                                      const struct parley_client_hello *m) {
    const struct parley_session *s = &e->session;
    if (!find_session12(e, m) || !session_usable12(e, m)) {
        return PARLEY_OK;
    }
    if (s->extended_master_secret != e->extended_master_secret) { /* RFC 7627 5.3 */
        return s->extended_master_secret ? PARLEY_ERR_extended_master_secret_mismatch : PARLEY_OK;
    }
    e->resumed = true;
    e->suite = parley_suite_find(s->suite);
    e->group = s->group;
    e->peer_verified = s->peer_verified;
    memcpy(e->master_secret, s->secret, sizeof(e->master_secret));
    return PARLEY_OK;
}

static enum parley_error read_extensions12(struct parley_engine *e,
                                           const struct parley_client_hello *m) {
    const struct parley_extension_block *x = &m->extensions;
    e->secure_renegotiation =
        parley_has(x, PARLEY_EXT_renegotiation_info) ||
        parley_uint16_in(m->cipher_suites, PARLEY_TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
    if (parley_has(x, PARLEY_EXT_renegotiation_info) &&
        x->renegotiation_info.renegotiated_connection.len) {
        return PARLEY_ERR_renegotiation_mismatch;
    }
    if (parley_has(x, PARLEY_EXT_ec_point_formats) &&
        !parley_uint8_in(x->ec_point_formats.ec_point_format_list, 0)) {
        return PARLEY_ERR_bad_extension;
    }
    e->extended_master_secret =
        parley_has(x, PARLEY_EXT_extended_master_secret) && !e->config->no_extended_master_secret;
    return PARLEY_OK;
}

/* A full handshake gives a ticket to clients that want one, else an id if there is a cache. */
static void choose_session12(struct parley_engine *e) {
    bool wants = e->peer_extensions >> PARLEY_EXT_session_ticket & 1;
    e->ticket_expected = wants && !e->config->no_tickets && !e->resumed;
    if (e->resumed) {
        return;
    }
    e->session_id_length = 0;
    if (!e->ticket_expected && e->config->session_cache) {
        random_fill(&e->random, e->session_id, sizeof(e->session_id));
        e->session_id_length = sizeof(e->session_id);
    }
}

enum parley_error take_client_hello12(struct parley_engine *e,
                                      const union parley_message_value *m) {
    const struct parley_client_hello *h = &m->client_hello;
    enum parley_error error = read_hello(e, h);
    if (!error) {
        error = read_extensions12(e, h);
    }
    if (!error) {
        error = try_resume12(e, h);
    }
    if (!error && !e->resumed) {
        error = choose_suite12(e, h);
    }
    if (!error) {
        error = choose_alpn(e, &h->extensions);
    }
    if (error) {
        return error;
    }
    e->encrypt_then_mac = e->peer_extensions >> PARLEY_EXT_encrypt_then_mac & 1 &&
                          e->suite->cipher >= PARLEY_CIPHER_AES_128_CBC_SHA &&
                          !e->config->no_encrypt_then_mac;
    e->status_expected = e->peer_wants_ocsp && !e->resumed && e->credential->ocsp.len > 0;
    choose_limits(e, &h->extensions);
    choose_session12(e);
    error = transcript_add(e, e->current);
    transcript_start(e, e->suite->hash);
    return error;
}
