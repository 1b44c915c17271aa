/* Certificate and CertificateVerify, both roles and versions (RFC 8446 4.4.2, 4.4.3;
 * RFC 5246 7.4.2, 7.4.8). */
#include <openssl/evp.h>
#include <string.h>

#include "engine/actions.h"
#include "engine/credential.h"
#include "engine/sign.h"
#include "engine/trust.h"

#define CHAIN_MAX 16

/* ---- Choosing ---- */

static bool fits_suite(const struct parley_credential *credential,
                       enum parley_authentication authentication) {
    int type = EVP_PKEY_id(credential->key);
    if (authentication == PARLEY_AUTH_ANY) {
        return true;
    }
    if (authentication == PARLEY_AUTH_RSA) {
        return type == EVP_PKEY_RSA;
    }
    return type == EVP_PKEY_EC || type == EVP_PKEY_ED25519; /* RFC 8422 5.10 */
}

bool certificates_choose(struct parley_engine *e, struct parley_bytes schemes,
                         struct parley_bytes groups, enum parley_authentication authentication) {
    const struct parley_config *c = e->config;
    const uint16_t *list;
    size_t count = list_sigalgs(c, &list);
    for (size_t i = 0; i < c->credential_count; i++) {
        uint16_t curve = c->credentials[i]->curve;
        if (!fits_suite(c->credentials[i], authentication) ||
            (groups.len > 0 && curve != PARLEY_GROUP_none && !parley_uint16_in(groups, curve))) {
            continue;
        }
        for (size_t j = 0; j < count; j++) {
            const struct parley_sigalg *scheme = parley_sigalg_find(list[j]);
            if (!scheme || !parley_uint16_in(schemes, list[j]) ||
                !sign_fits(c->credentials[i]->key, scheme, e->version)) {
                continue;
            }
            e->credential = c->credentials[i];
            e->own_scheme = scheme;
            return true;
        }
    }
    e->credential = NULL;
    e->own_scheme = NULL;
    return false;
}

/* ---- Sending ---- */

static size_t chain_of(const struct parley_engine *e) {
    return e->credential ? parley_credential_chain(e->credential) : 0;
}

enum parley_error send_certificate12(struct parley_engine *e, const union parley_message_value *m) {
    CBB list, cert;
    (void)m;
    CBB_init_fixed(&list, e->scratch, sizeof(e->scratch));
    for (size_t i = 0; i < chain_of(e); i++) {
        struct parley_bytes der = parley_credential_certificate(e->credential, i);
        if (!CBB_add_u24_length_prefixed(&list, &cert) ||
            !CBB_add_bytes(&cert, der.data, der.len) || !CBB_flush(&list)) {
            return PARLEY_ERR_buffer_full;
        }
    }
    union parley_message_value v = {.certificate_tls12 = {{e->scratch, CBB_len(&list)}}};
    return handshake_send(e, PARLEY_MSG_certificate_tls12, &v);
}

/* RFC 8446 4.4.2.1: the leaf's entry carries the status and the timestamps the peer asked for. */
static bool leaf_extensions(const struct parley_engine *e, CBB *entry) {
    CBB block;
    union parley_extension_value v;
    if (!CBB_add_u16_length_prefixed(entry, &block)) {
        return false;
    }
    if (e->peer_wants_ocsp && e->credential->ocsp.len) {
        v.status_response = (struct parley_status_response){1, e->credential->ocsp};
        if (!parley_extension_write(&block, PARLEY_FORM_status_response, &v)) {
            return false;
        }
    }
    if (e->peer_wants_scts && e->credential->scts.len) {
        v.sct_list.sct_list = e->credential->scts;
        if (!parley_extension_write(&block, PARLEY_FORM_sct_list, &v)) {
            return false;
        }
    }
    return CBB_flush(entry);
}

enum parley_error send_certificate13(struct parley_engine *e, const union parley_message_value *m) {
    CBB list, child;
    (void)m;
    CBB_init_fixed(&list, e->scratch, sizeof(e->scratch));
    for (size_t i = 0; i < chain_of(e); i++) {
        struct parley_bytes der = parley_credential_certificate(e->credential, i);
        if (!CBB_add_u24_length_prefixed(&list, &child) ||
            !CBB_add_bytes(&child, der.data, der.len) || !CBB_flush(&list)) {
            return PARLEY_ERR_buffer_full;
        }
        if (i == 0 ? !leaf_extensions(e, &list) : !CBB_add_u16(&list, 0)) {
            return PARLEY_ERR_buffer_full;
        }
    }
    union parley_message_value v = {
        .certificate_tls13 = {
            .certificate_request_context = {e->request_context, e->request_context_length},
            .certificate_list = {e->scratch, CBB_len(&list)}}};
    return handshake_send(e, PARLEY_MSG_certificate_tls13, &v);
}

/* RFC 8446 4.4.3: what a signature covers; returned in |out|. */
static struct parley_bytes signed_content13(const struct parley_engine *e, enum parley_role signer,
                                            uint8_t out[64 + 34 + HASH_MAX]) {
    const char *context = signer == PARLEY_SERVER ? "TLS 1.3, server CertificateVerify"
                                                  : "TLS 1.3, client CertificateVerify";
    size_t len = strlen(context) + 1;
    memset(out, 0x20, 64);
    memcpy(out + 64, context, len);
    return bytes_of(out, 64 + len + transcript_peek(e, out + 64 + len));
}

enum parley_error send_certificate_verify(struct parley_engine *e,
                                          const union parley_message_value *m) {
    uint8_t buffer[64 + 34 + HASH_MAX], signature[SIGNATURE_MAX];
    size_t len;
    (void)m;
    struct parley_bytes content =
        e->version == PARLEY_TLS13 ? signed_content13(e, e->role, buffer) : transcript_bytes(e);
    if (!sign_create(e->credential->key, e->own_scheme, content, &e->random, signature, &len)) {
        return PARLEY_ERR_crypto_failed;
    }
    union parley_message_value v = {.certificate_verify = {e->own_scheme->code, {signature, len}}};
    return handshake_send(e, PARLEY_MSG_certificate_verify, &v);
}

/* ---- Receiving ---- */

static enum parley_error verify_chain(struct parley_engine *e, const struct parley_bytes *chain,
                                      size_t count) {
    const struct parley_config *c = e->config;
    bool client = e->role == PARLEY_CLIENT;
    const char *host = client && !c->no_server_name_check ? c->server_name : NULL;
    EVP_PKEY *key = NULL;
    enum parley_error error = PARLEY_OK;
    if (c->trust) {
        error =
            trust_verify(c->trust, chain, count, host ? host : "", client, e->now_ms / 1000, &key);
        e->peer_verified = !error;
        error = error ? handshake_refuse(e, error) : PARLEY_OK;
    }
    if (!error && !key) {
        error = trust_leaf(c->trust, chain[0], &key);
    }
    EVP_PKEY_free(e->peer_key);
    e->peer_key = key;
    return error;
}

/* take_chain judges the peer's chain, leaf first, and keeps what outcome reports of it. */
static enum parley_error take_chain(struct parley_engine *e, const struct parley_bytes *chain,
                                    size_t count) {
    e->peer_has_certificate = count > 0;
    if (count == 0) {
        if (e->role == PARLEY_CLIENT) {
            return PARLEY_ERR_empty_certificate;
        }
        if (e->config->client_auth != PARLEY_AUTH_REQUIRE) {
            return PARLEY_OK;
        }
        return handshake_refuse(e, e->version == PARLEY_TLS13 ? PARLEY_ERR_certificate_required
                                                              : PARLEY_ERR_no_certificate);
    }
    e->leaf_length = 0;
    if (chain[0].len <= sizeof(e->leaf)) {
        memcpy(e->leaf, chain[0].data, chain[0].len);
        e->leaf_length = (uint16_t)chain[0].len;
    }
    return verify_chain(e, chain, count);
}

/* RFC 5246 7.4.2: the certificate's key must fit the suite. */
static enum parley_error check_suite_key(const struct parley_engine *e) {
    int type = e->peer_key ? EVP_PKEY_id(e->peer_key) : EVP_PKEY_NONE;
    enum parley_authentication auth = e->suite->authentication;
    bool fits = auth == PARLEY_AUTH_RSA ? type == EVP_PKEY_RSA
                                        : type == EVP_PKEY_EC || type == EVP_PKEY_ED25519;
    return e->role == PARLEY_SERVER || fits ? PARLEY_OK : PARLEY_ERR_unsupported_certificate;
}

enum parley_error take_certificate12(struct parley_engine *e, const union parley_message_value *m) {
    struct parley_bytes chain[CHAIN_MAX], rest = m->certificate_tls12.certificate_list;
    size_t count = 0;
    while (rest.len) {
        if (count == CHAIN_MAX) {
            return PARLEY_ERR_bad_certificate;
        }
        if (!parley_opaque24_next(&rest, &chain[count++])) {
            return PARLEY_ERR_truncated;
        }
    }
    enum parley_error error = take_chain(e, chain, count);
    if (!error && count) {
        error = check_suite_key(e);
    }
    return error;
}

/* RFC 8446 4.4.2: extensions of an entry answer ones that were asked for. */
static enum parley_error check_entry(struct parley_engine *e,
                                     const struct parley_certificate_entry *entry, bool leaf) {
    const struct parley_extension_block *x = &entry->extensions;
    uint64_t allowed = 0;
    if (e->role == PARLEY_CLIENT && e->config->request_ocsp) {
        allowed |= UINT64_C(1) << PARLEY_EXT_status_request;
    }
    if (e->role == PARLEY_CLIENT && e->config->request_scts) {
        allowed |= UINT64_C(1) << PARLEY_EXT_signed_certificate_timestamp;
    }
    if (x->present & ~allowed || x->unknown) {
        return handshake_refuse(e, PARLEY_ERR_unsupported_extension);
    }
    if (leaf && parley_has(x, PARLEY_EXT_status_request)) {
        struct parley_bytes response = x->status_response.response;
        if (response.len == 0 || response.len > sizeof(e->ocsp)) {
            return PARLEY_ERR_bad_status_response;
        }
        memcpy(e->ocsp, response.data, response.len);
        e->ocsp_length = (uint16_t)response.len;
    }
    return PARLEY_OK;
}

enum parley_error take_certificate13(struct parley_engine *e, const union parley_message_value *m) {
    struct parley_bytes chain[CHAIN_MAX], rest = m->certificate_tls13.certificate_list;
    struct parley_bytes context = {e->request_context,
                                   e->role == PARLEY_SERVER ? e->request_context_length : 0};
    struct parley_certificate_entry entry;
    size_t count = 0;
    if (!bytes_equal(m->certificate_tls13.certificate_request_context, context)) {
        return handshake_refuse(e, PARLEY_ERR_bad_request_context);
    }
    while (rest.len) {
        if (count == CHAIN_MAX) {
            return PARLEY_ERR_bad_certificate;
        }
        if (!parley_certificate_entry_next(&rest, &entry)) {
            return PARLEY_ERR_truncated;
        }
        enum parley_error error = check_entry(e, &entry, count == 0);
        if (error) {
            return error;
        }
        chain[count++] = entry.cert_data;
    }
    return take_chain(e, chain, count);
}

enum parley_error certificates_check_signature(struct parley_engine *e, uint16_t scheme,
                                               struct parley_bytes content,
                                               struct parley_bytes signature) {
    const struct parley_sigalg *row = parley_sigalg_find(scheme);
    const uint16_t *list;
    size_t count = list_sigalgs(e->config, &list);
    if (!row || !list_has(list, count, scheme) || !e->peer_key ||
        !sign_fits(e->peer_key, row, e->version)) {
        return PARLEY_ERR_bad_signature_scheme;
    }
    e->peer_scheme = row;
    if (!sign_verify(e->peer_key, row, content, signature)) {
        return handshake_refuse(e, PARLEY_ERR_bad_signature);
    }
    return PARLEY_OK;
}

enum parley_error take_certificate_verify(struct parley_engine *e,
                                          const union parley_message_value *m) {
    uint8_t buffer[64 + 34 + HASH_MAX];
    enum parley_role peer = e->role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
    struct parley_bytes content =
        e->version == PARLEY_TLS13 ? signed_content13(e, peer, buffer) : transcript_bytes(e);
    enum parley_error error = certificates_check_signature(
        e, m->certificate_verify.algorithm, content, m->certificate_verify.signature);
    return error ? error : transcript_add(e, e->current);
}
