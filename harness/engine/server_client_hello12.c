/* The server's side of client_hello in TLS 1.2 (RFC 5246 7.4.1). */
#include <openssl/evp.h>
#include <string.h>

#include "engine/actions.h"
#include "engine/credential.h"
#include "engine/negotiate.h"

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
        e->group = negotiate_group(e, groups.len ? groups : bytes_of(p256, sizeof(p256)),
                                   bytes_of(NULL, 0));
    }
    return e->group != 0 && certificates_choose(e, schemes12(x), groups, suite->authentication);
}

static enum parley_error choose_suite12(struct parley_engine *e,
                                        const struct parley_client_hello *m) {
    const struct parley_suite *suite;
    if (e->config->credential_count == 0) {
        return PARLEY_ERR_no_certificate;
    }
    for (size_t at = 0; (suite = negotiate_suite(e, m->cipher_suites, &at));) {
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
    enum parley_error error = negotiate_read(e, h);
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
        error = negotiate_alpn(e, &h->extensions);
    }
    if (error) {
        return error;
    }
    e->encrypt_then_mac = e->peer_extensions >> PARLEY_EXT_encrypt_then_mac & 1 &&
                          e->suite->cipher >= PARLEY_CIPHER_AES_128_CBC_SHA &&
                          !e->config->no_encrypt_then_mac;
    e->status_expected = e->peer_wants_ocsp && !e->resumed && e->credential->ocsp.len > 0;
    negotiate_limits(e, &h->extensions);
    choose_session12(e);
    error = transcript_add(e, e->current);
    transcript_start(e, e->suite->hash);
    return error;
}
