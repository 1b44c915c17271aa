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

/* try_suite12 judges whether the suite can be carried out with what both sides have. */
static enum parley_error try_suite12(struct parley_engine *e, const struct parley_suite *suite,
                                     const struct parley_extension_block *x) {
    struct parley_bytes groups = parley_has(x, PARLEY_EXT_supported_groups)
                                     ? x->supported_groups.named_group_list
                                     : bytes_of(NULL, 0);
    e->group = 0;
    if (suite->authentication == PARLEY_AUTH_PSK) {
        e->credential = NULL;
        e->own_scheme = NULL;
        bool curve = suite->key_exchange == PARLEY_KX_ECDHE_PSK;
        return !curve || (e->group = negotiate_group(e, groups)) ? PARLEY_OK
                                                                 : PARLEY_ERR_no_shared_suite;
    }
    if (suite->key_exchange == PARLEY_KX_RSA) {
        return choose_rsa_key(e) ? PARLEY_OK : PARLEY_ERR_no_shared_suite;
    }
    if (suite->key_exchange == PARLEY_KX_DHE) {
        e->group = choose_ffdhe(e, groups);
    } else {
        e->group = negotiate_group(e, groups);
    }
    if (e->group == 0 || !certificates_fit(e, bytes_of(NULL, 0), suite->authentication)) {
        return PARLEY_ERR_no_shared_suite;
    }
    return certificates_choose(e, schemes12(x), groups, suite->authentication)
               ? PARLEY_OK
               : PARLEY_ERR_no_shared_signature_scheme;
}

static enum parley_error choose_suite12(struct parley_engine *e,
                                        const struct parley_client_hello *m) {
    const struct parley_suite *suites[NEGOTIATE_SUITES_MAX];
    if (e->config->credential_count == 0 && !e->config->psk12) {
        return PARLEY_ERR_no_certificate;
    }
    enum parley_error error = PARLEY_ERR_no_shared_suite;
    size_t count = negotiate_suites(e, m->cipher_suites, suites);
    for (size_t i = 0; i < count; i++) {
        enum parley_error why = try_suite12(e, suites[i], &m->extensions);
        if (!why) {
            e->suite = suites[i];
            return PARLEY_OK;
        }
        if (why == PARLEY_ERR_no_shared_signature_scheme) {
            error = why; /* says more */
        }
    }
    return error;
}

static bool find_session12(struct parley_engine *e, const struct parley_client_hello *m) {
    const struct parley_extension_block *x = &m->extensions;
    const struct parley_session *cached;
    if (parley_has(x, PARLEY_EXT_session_ticket) && x->session_ticket.ticket.len &&
        !e->config->no_tickets) {
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

/* A session is resumed only where a full handshake would have its suite. */
static bool session_usable12(const struct parley_engine *e) {
    const struct parley_session *s = &e->session;
    return s->version == PARLEY_TLS12 && s->context == e->config->session_context &&
           s->suite == e->suite->code &&
           /* RFC 6066 3: not under another name */
           bytes_equal(bytes_of(s->server_name, s->server_name_length),
                       bytes_of(e->name, e->name_length)) &&
           (e->config->client_auth != PARLEY_AUTH_REQUIRE || s->peer_verified ||
            !uses_certificates(e));
}

static enum parley_error try_resume12(struct parley_engine *e,
                                      const struct parley_client_hello *m) {
    const struct parley_session *s = &e->session;
    if (!find_session12(e, m) || !session_usable12(e)) {
        return PARLEY_OK;
    }
    if (s->extended_master_secret != e->extended_master_secret) { /* RFC 7627 5.3 */
        return s->extended_master_secret ? PARLEY_ERR_extended_master_secret_missing : PARLEY_OK;
    }
    session_resumed(e);
    e->credential = NULL;
    e->group = s->group;
    memcpy(e->master_secret, s->secret, sizeof(e->master_secret));
    return PARLEY_OK;
}

static enum parley_error read_extensions12(struct parley_engine *e,
                                           const struct parley_client_hello *m) {
    const struct parley_extension_block *x = &m->extensions;
    bool extension = parley_has(x, PARLEY_EXT_renegotiation_info);
    /* RFC 5746 3.6: the SCSV means an empty one. */
    bool there =
        extension || parley_uint16_in(m->cipher_suites, PARLEY_TLS_EMPTY_RENEGOTIATION_INFO_SCSV);
    enum parley_error error = renegotiation_check_info(
        e, there, extension ? x->renegotiation_info.renegotiated_connection : bytes_of(NULL, 0));
    e->extended_master_secret =
        parley_has(x, PARLEY_EXT_extended_master_secret) && !e->config->no_extended_master_secret;
    return error;
}

/* A full handshake gives a ticket to clients that want one, else an id if there is a cache. */
static void choose_session12(struct parley_engine *e) {
    bool wants = e->peer_extensions >> PARLEY_EXT_session_ticket & 1;
    e->ticket_expected =
        wants && !e->config->no_tickets && (!e->resumed || e->config->renew_tickets);
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
        error = choose_suite12(e, h);
    }
    if (!error) {
        error = try_resume12(e, h);
    }
    if (!error) {
        error = negotiate_alpn(e, &h->extensions);
    }
    if (!error && !e->resumed) {
        error = staples_decide(e);
    }
    if (error) {
        return error;
    }
    e->encrypt_then_mac = e->peer_extensions >> PARLEY_EXT_encrypt_then_mac & 1 &&
                          e->suite->cipher >= PARLEY_CIPHER_AES_128_CBC_SHA &&
                          !e->config->no_encrypt_then_mac;
    e->status_expected =
        e->peer_wants_ocsp && !e->resumed && e->credential && e->credential->ocsp.len > 0;
    e->next_protocol = parley_has(&h->extensions, PARLEY_EXT_next_protocol_negotiation) &&
                       e->config->npn_count > 0 && e->alpn_length == 0;
    negotiate_limits(e, &h->extensions);
    choose_session12(e);
    error = transcript_add(e, e->current);
    transcript_start(e, e->suite->hash);
    return error;
}
