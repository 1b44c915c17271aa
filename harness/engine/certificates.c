/* Certificate and CertificateVerify, both roles and versions (RFC 8446 4.4.2, 4.4.3;
 * RFC 5246 7.4.2, 7.4.8). */
#include <openssl/evp.h>
#include <string.h>

#include "engine/actions.h"
#include "engine/credential.h"
#include "engine/ech.h"
#include "engine/leaf.h"
#include "engine/sign.h"
#include "engine/trust.h"

#define CHAIN_MAX 128

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

static bool is_for(const struct parley_credential *credential, struct parley_bytes groups,
                   enum parley_authentication authentication) {
    uint16_t curve = credential->curve;
    return fits_suite(credential, authentication) &&
           (groups.len == 0 || curve == PARLEY_GROUP_none || parley_uint16_in(groups, curve));
}

bool certificates_fit(const struct parley_engine *e, struct parley_bytes groups,
                      enum parley_authentication authentication) {
    for (size_t i = 0; i < e->config->credential_count; i++) {
        if (is_for(e->config->credentials[i], groups, authentication)) {
            return true;
        }
    }
    return false;
}

EVP_PKEY *certificates_key(const struct parley_engine *e) {
    const struct parley_bend *bend = e->config->bend;
    if (bend && bend->signer) {
        return bend->signer->key;
    }
    return e->delegated ? e->credential->delegated_key : e->credential->key;
}

/* bent_scheme returns |scheme|, or what is to be signed with in its place: as the bend says, or as
 * its key can. */
static const struct parley_sigalg *bent_scheme(const struct parley_engine *e,
                                               const struct parley_sigalg *scheme) {
    const struct parley_bend *bend = e->config->bend;
    if (!bend || (!bend->scheme && !bend->signer)) {
        return scheme;
    }
    EVP_PKEY *key = certificates_key(e);
    const struct parley_sigalg *asked = parley_sigalg_find(bend->scheme);
    if (asked && sign_fits(key, asked, PARLEY_TLS12)) {
        return asked;
    }
    for (size_t i = 0; !sign_fits(key, scheme, e->version) && i < parley_sigalg_count; i++) {
        if (sign_fits(key, &parley_sigalgs[i], e->version)) {
            return &parley_sigalgs[i];
        }
    }
    return scheme;
}

bool certificates_choose(struct parley_engine *e, struct parley_bytes schemes,
                         struct parley_bytes groups, enum parley_authentication authentication) {
    const struct parley_config *c = e->config;
    const uint16_t *list;
    size_t count = list_sign_sigalgs(c, &list);
    /* Better a certificate on a curve the client does not name than none: it may take it. */
    struct parley_bytes named =
        certificates_fit(e, groups, authentication) ? groups : bytes_of(NULL, 0);
    for (size_t i = 0; i < c->credential_count; i++) {
        if (!is_for(c->credentials[i], named, authentication)) {
            continue;
        }
        for (size_t j = 0; j < count; j++) {
            const struct parley_sigalg *scheme = parley_sigalg_find(list[j]);
            if (!scheme || !parley_uint16_in(schemes, list[j]) ||
                !sign_fits(c->credentials[i]->key, scheme, e->version)) {
                continue;
            }
            e->credential = c->credentials[i];
            e->own_scheme = bent_scheme(e, scheme);
            return true;
        }
    }
    e->credential = NULL;
    e->own_scheme = NULL;
    return false;
}

enum parley_error certificates_may_choose(struct parley_engine *e) {
    const struct parley_config *c = e->config;
    return c->judge_credential
               ? engine_judged(e, c->judge_credential(c->judge_arg), PARLEY_ERR_credential_refused)
               : PARLEY_OK;
}

enum parley_error certificates_answer(struct parley_engine *e, struct parley_bytes schemes) {
    if (e->ech.status == ECH_REJECTED) {
        return PARLEY_OK; /* RFC 9849 6.1.6: none, as it was meant for another */
    }
    bool chosen = certificates_choose(e, schemes, bytes_of(NULL, 0), PARLEY_AUTH_ANY);
    return chosen || e->config->credential_count == 0 ? PARLEY_OK
                                                      : PARLEY_ERR_no_shared_signature_scheme;
}

/* RFC 9345 4.1.1: the client must be able to verify both signatures, the delegated credential's own
 * and the one made with it. */
void certificates_delegate(struct parley_engine *e, const struct parley_extension_block *x) {
    const struct parley_credential *c = e->credential;
    e->delegated = false;
    if (!c || !c->delegated_scheme || !parley_has(x, PARLEY_EXT_delegated_credential) ||
        !parley_uint16_in(x->delegated_credential_request.supported_signature_algorithms,
                          c->delegated_scheme->code) ||
        !parley_uint16_in(x->signature_algorithms.supported_signature_algorithms,
                          c->delegation_algorithm)) {
        return;
    }
    e->delegated = true;
    e->own_scheme = c->delegated_scheme;
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
    CBB block, body;
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
    if (e->delegated &&
        (!CBB_add_u16(&block, parley_extensions[PARLEY_EXT_delegated_credential].code) ||
         !CBB_add_u16_length_prefixed(&block, &body) ||
         !CBB_add_bytes(&body, e->credential->delegated.data, e->credential->delegated.len))) {
        return false;
    }
    return CBB_flush(entry);
}

struct parley_bytes certificates_build13(struct parley_engine *e) {
    CBB list, child;
    CBB_init_fixed(&list, e->scratch, sizeof(e->scratch));
    for (size_t i = 0; i < chain_of(e); i++) {
        struct parley_bytes der = parley_credential_certificate(e->credential, i);
        if (!CBB_add_u24_length_prefixed(&list, &child) ||
            !CBB_add_bytes(&child, der.data, der.len) || !CBB_flush(&list)) {
            return bytes_of(NULL, 0);
        }
        if (i == 0 ? !leaf_extensions(e, &list) : !CBB_add_u16(&list, 0)) {
            return bytes_of(NULL, 0);
        }
    }
    union parley_message_value v = {
        .certificate_tls13 = {
            .certificate_request_context = {e->request_context, e->request_context_length},
            .certificate_list = {e->scratch, CBB_len(&list)}}};
    return handshake_build(e, PARLEY_MSG_certificate_tls13, &v);
}

enum parley_error send_certificate13(struct parley_engine *e, const union parley_message_value *m) {
    (void)m;
    enum parley_error error = staples_decide(e);
    if (error) {
        return error;
    }
    struct parley_bytes built = certificates_build13(e);
    return built.len ? handshake_commit(e, PARLEY_MSG_certificate_tls13, built.len)
                     : PARLEY_ERR_buffer_full;
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
    if (!sign_create(certificates_key(e), e->own_scheme, content, &e->random, e->config->memo,
                     signature, &len)) {
        return PARLEY_ERR_crypto_failed;
    }
    union parley_message_value v = {.certificate_verify = {e->own_scheme->code, {signature, len}}};
    return handshake_send(e, PARLEY_MSG_certificate_verify, &v);
}

/* ---- Receiving ---- */

static enum parley_error ask_judge(struct parley_engine *e, const struct parley_bytes *chain,
                                   size_t count) {
    const struct parley_config *c = e->config;
    enum parley_error error = engine_judged(e, c->judge_certificate(c->judge_arg, chain, count),
                                            PARLEY_ERR_certificate_refused);
    e->peer_verified = !error;
    return error;
}

enum parley_error certificates_rejudge(struct parley_engine *e) {
    const struct parley_config *c = e->config;
    return c->judge_certificate && c->judge_resumed ? ask_judge(e, NULL, 0) : PARLEY_OK;
}

static enum parley_error verify_chain(struct parley_engine *e, const struct parley_bytes *chain,
                                      size_t count) {
    const struct parley_config *c = e->config;
    bool client = e->role == PARLEY_CLIENT;
    char name[PARLEY_NAME_MAX + 1];
    const char *host = client && !c->no_server_name_check ? ech_client_host(e, name) : NULL;
    EVP_PKEY *key = NULL;
    enum parley_error error = PARLEY_OK;
    bool known = e->renegotiating; /* the chain is that of before: renegotiation_check_chain */
    if (!known && c->judge_certificate) {
        error = ask_judge(e, chain, count);
    } else if (!known && c->trust) {
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
            return e->version == PARLEY_TLS13 ? PARLEY_ERR_empty_certificate
                                              : PARLEY_ERR_length_out_of_range;
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

/* RFC 8422 5.1: in TLS 1.2 supported_groups is about the curves of certificates, too. */
static bool curve_offered(const struct parley_engine *e) {
    uint16_t curve = credential_curve(e->peer_key);
    const uint16_t *list;
    size_t count = list_groups(e->config, &list);
    return curve == PARLEY_GROUP_none || list_has(list, count, curve);
}

/* RFC 5246 7.4.2, RFC 8446 4.4.2.2: keyUsage, where the leaf has it, must allow what its key does
 * here: sign, or decrypt in RSA key exchange. */
static enum parley_error check_usage(struct parley_engine *e, struct parley_bytes leaf) {
    bool decrypts = e->role == PARLEY_CLIENT && e->version == PARLEY_TLS12 &&
                    e->suite->key_exchange == PARLEY_KX_RSA;
    bool allowed;
    if (!leaf_allows(leaf, decrypts ? LEAF_KEY_ENCIPHERMENT : LEAF_DIGITAL_SIGNATURE, &allowed)) {
        return PARLEY_ERR_undecodable_certificate;
    }
    if (allowed) {
        return PARLEY_OK;
    }
    if (e->role == PARLEY_CLIENT && e->version == PARLEY_TLS12 && e->config->ignore_rsa_key_usage &&
        e->peer_key && EVP_PKEY_id(e->peer_key) == EVP_PKEY_RSA) {
        e->key_usage_wrong = true;
        return PARLEY_OK;
    }
    return handshake_refuse(e, PARLEY_ERR_key_usage_incorrect);
}

/* RFC 5246 7.4.2: the certificate's key must fit the suite. */
static enum parley_error check_suite_key(const struct parley_engine *e) {
    int type = e->peer_key ? EVP_PKEY_id(e->peer_key) : EVP_PKEY_NONE;
    enum parley_authentication auth = e->suite->authentication;
    bool fits = auth == PARLEY_AUTH_RSA ? type == EVP_PKEY_RSA
                                        : type == EVP_PKEY_EC || type == EVP_PKEY_ED25519;
    if (e->role == PARLEY_CLIENT && !fits) {
        return PARLEY_ERR_unsupported_certificate;
    }
    return e->role == PARLEY_SERVER || curve_offered(e) ? PARLEY_OK
                                                        : PARLEY_ERR_bad_certificate_curve;
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
    enum parley_error error = PARLEY_OK;
    if (e->role == PARLEY_CLIENT && count) {
        error = renegotiation_check_chain(e, m->certificate_tls12.certificate_list);
    }
    if (!error) {
        error = take_chain(e, chain, count);
    }
    if (!error && count) {
        error = check_suite_key(e);
    }
    if (!error && count) {
        error = check_usage(e, chain[0]);
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
        enum parley_error error = staples_keep_ocsp(e, x->status_response.response);
        if (error) {
            return error;
        }
    }
    if (leaf && parley_has(x, PARLEY_EXT_signed_certificate_timestamp)) {
        staples_keep_scts(e, x->sct_list.sct_list);
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
    enum parley_error error = take_chain(e, chain, count);
    if (!error && count) {
        error = check_usage(e, chain[0]);
    }
    return error ? error : staples_check(e);
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
    if (!sign_verify(e->peer_key, row, content, signature, e->config->memo)) {
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
