/* The server of TLS 1.2 after client_hello (RFC 5246 7.4). */
#include <openssl/evp.h>
#include <string.h>

#include "engine/actions.h"
#include "engine/credential.h"
#include "engine/jdk11.h"
#include "engine/sign.h"

static bool asked(const struct parley_engine *e, enum parley_extension extension) {
    return (e->peer_extensions >> extension & 1) != 0;
}

/* server_answer_common writes what server_hello of TLS 1.2 and encrypted_extensions both may hold.
 */
bool server_answer_common(const struct parley_engine *e, CBB *out) {
    union parley_extension_value v = {.alpn_choice = {{e->alpn, e->alpn_length}}};
    if (e->alpn_length && !parley_extension_write(out, PARLEY_FORM_alpn_choice, &v)) {
        return false;
    }
    /* RFC 6066 3: acknowledged where the name was used, and not in resumption. */
    if (e->name_length && e->config->server_name && !e->resumed &&
        !parley_extension_write(out, PARLEY_FORM_server_name_ack, &v)) {
        return false;
    }
    v.max_fragment_length.length_code = e->max_fragment_length;
    if (e->max_fragment_length &&
        !parley_extension_write(out, PARLEY_FORM_max_fragment_length, &v)) {
        return false;
    }
    v.record_size_limit.record_size_limit = e->config->record_size_limit;
    return !e->record_size_limit || parley_extension_write(out, PARLEY_FORM_record_size_limit, &v);
}

static bool answer12(const struct parley_engine *e, CBB *out) {
    static const uint8_t uncompressed[] = {0};
    union parley_extension_value v = {.renegotiation_info = {renegotiation_info(e, PARLEY_SERVER)}};
    if (e->secure_renegotiation &&
        !parley_extension_write(out, PARLEY_FORM_renegotiation_info, &v)) {
        return false;
    }
    if (e->extended_master_secret &&
        !parley_extension_write(out, PARLEY_FORM_extended_master_secret, &v)) {
        return false;
    }
    if (e->encrypt_then_mac && !parley_extension_write(out, PARLEY_FORM_encrypt_then_mac, &v)) {
        return false;
    }
    v.session_ticket.ticket = bytes_of(NULL, 0);
    if (e->ticket_expected && !parley_extension_write(out, PARLEY_FORM_session_ticket, &v)) {
        return false;
    }
    if (e->status_expected && !parley_extension_write(out, PARLEY_FORM_status_request_ack, &v)) {
        return false;
    }
    bool with_scts =
        e->peer_wants_scts && !e->resumed && e->credential && e->credential->scts.len > 0;
    if (with_scts) { /* RFC 6962 3.3.1 */
        v.sct_list.sct_list = e->credential->scts;
    }
    if (with_scts && !parley_extension_write(out, PARLEY_FORM_sct_list, &v)) {
        return false;
    }
    v.ec_point_formats.ec_point_format_list = bytes_of(uncompressed, 1);
    bool curve = is_ecdhe(e) || is_ecdhe_psk(e);
    if (asked(e, PARLEY_EXT_ec_point_formats) && curve &&
        !parley_extension_write(out, PARLEY_FORM_ec_point_formats, &v)) {
        return false;
    }
    return next_protocol_answer(e, out) && server_answer_common(e, out);
}

enum parley_error send_server_hello12(struct parley_engine *e,
                                      const union parley_message_value *m) {
    static const uint8_t downgrade[8] = {'D', 'O', 'W', 'N', 'G', 'R', 'D', 1};
    CBB extensions;
    (void)m;
    random_fill(&e->random, e->server_random, PARLEY_RANDOM_LENGTH);
    if (config_max(e->config) >= PARLEY_TLS13) { /* RFC 8446 4.1.3 */
        memcpy(e->server_random + PARLEY_RANDOM_LENGTH - 8, e->jdk11 ? jdk11_downgrade : downgrade,
               sizeof(downgrade));
    }
    if (!CBB_init_fixed(&extensions, e->scratch, sizeof(e->scratch)) || !answer12(e, &extensions)) {
        return PARLEY_ERR_buffer_full;
    }
    union parley_message_value hello;
    hello.server_hello = (struct parley_server_hello){
        .legacy_version = PARLEY_TLS12,
        .random = {e->server_random, PARLEY_RANDOM_LENGTH},
        .legacy_session_id_echo = {e->session_id, e->session_id_length},
        .cipher_suite = e->suite->code,
    };
    hello.server_hello.extensions.raw = bytes_of(e->scratch, CBB_len(&extensions));
    hello.server_hello.extensions.absent = CBB_len(&extensions) == 0;
    if (e->resumed) {
        schedule12_keys(e);
    }
    return handshake_send(e, PARLEY_MSG_server_hello, &hello);
}

enum parley_error send_certificate_status(struct parley_engine *e,
                                          const union parley_message_value *m) {
    union parley_message_value v = {.certificate_status = {1, e->credential->ocsp}};
    (void)m;
    return handshake_send(e, PARLEY_MSG_certificate_status, &v);
}

/* sign_params signs randoms and parameters (RFC 5246 7.4.3) with the chosen scheme. */
static bool sign_params(struct parley_engine *e, struct parley_bytes params,
                        uint8_t signature[SIGNATURE_MAX], size_t *len) {
    uint8_t *content = e->scratch;
    memcpy(content, e->client_random, PARLEY_RANDOM_LENGTH);
    memcpy(content + PARLEY_RANDOM_LENGTH, e->server_random, PARLEY_RANDOM_LENGTH);
    memcpy(content + 2 * PARLEY_RANDOM_LENGTH, params.data, params.len);
    return sign_create(certificates_key(e), e->own_scheme,
                       bytes_of(content, 2 * PARLEY_RANDOM_LENGTH + params.len), &e->random,
                       e->config->memo, signature, len);
}

static enum parley_error send_ecdhe(struct parley_engine *e) {
    const struct kex *k = &e->shares[0];
    uint8_t params[4 + KEX_SHARE_MAX] = {3, (uint8_t)(k->group >> 8), (uint8_t)k->group,
                                         (uint8_t)k->share_len};
    uint8_t signature[SIGNATURE_MAX];
    size_t len;
    memcpy(params + 4, k->share, k->share_len);
    if (!sign_params(e, bytes_of(params, 4u + k->share_len), signature, &len)) {
        return PARLEY_ERR_crypto_failed;
    }
    union parley_message_value v = {.server_key_exchange_ecdhe = {.curve_type = 3,
                                                                  .namedcurve = k->group,
                                                                  .point = {k->share, k->share_len},
                                                                  .algorithm = e->own_scheme->code,
                                                                  .signature = {signature, len}}};
    return handshake_send(e, PARLEY_MSG_server_key_exchange_ecdhe, &v);
}

static enum parley_error send_dhe(struct parley_engine *e) {
    const struct kex *k = &e->shares[0];
    uint8_t p[KEX_FIELD_MAX], g, params[2 * KEX_FIELD_MAX + 16], signature[SIGNATURE_MAX];
    size_t p_len, len;
    CBB out, child;
    if (!kex_dhe_parameters(k->group, p, &p_len, &g) ||
        !CBB_init_fixed(&out, params, sizeof(params)) ||
        !CBB_add_u16_length_prefixed(&out, &child) || !CBB_add_bytes(&child, p, p_len) ||
        !CBB_add_u16_length_prefixed(&out, &child) || !CBB_add_bytes(&child, &g, 1) ||
        !CBB_add_u16_length_prefixed(&out, &child) ||
        !CBB_add_bytes(&child, k->share, k->share_len) || !CBB_flush(&out) ||
        !sign_params(e, bytes_of(params, CBB_len(&out)), signature, &len)) {
        return PARLEY_ERR_crypto_failed;
    }
    union parley_message_value v = {.server_key_exchange_dhe = {.dh_p = {p, p_len},
                                                                .dh_g = {&g, 1},
                                                                .dh_ys = {k->share, k->share_len},
                                                                .algorithm = e->own_scheme->code,
                                                                .signature = {signature, len}}};
    return handshake_send(e, PARLEY_MSG_server_key_exchange_dhe, &v);
}

enum parley_error send_server_key_exchange(struct parley_engine *e,
                                           const union parley_message_value *m) {
    (void)m;
    if (!kex_generate(&e->shares[0], e->group, &e->random, e->config->memo)) {
        return PARLEY_ERR_crypto_failed;
    }
    return e->suite->key_exchange == PARLEY_KX_DHE ? send_dhe(e) : send_ecdhe(e);
}

enum parley_error send_certificate_request12(struct parley_engine *e,
                                             const union parley_message_value *m) {
    static const uint8_t types[] = {1, 64}; /* rsa_sign, ecdsa_sign */
    uint8_t schemes[128];
    const uint16_t *list;
    size_t count = list_sigalgs(e->config, &list);
    (void)m;
    for (size_t i = 0; i < count && i < sizeof(schemes) / 2; i++) {
        schemes[2 * i] = (uint8_t)(list[i] >> 8);
        schemes[2 * i + 1] = (uint8_t)list[i];
    }
    union parley_message_value v = {
        .certificate_request_tls12 = {.certificate_types = {types, sizeof(types)},
                                      .supported_signature_algorithms = {schemes, 2 * count},
                                      .certificate_authorities =
                                          e->config->certificate_authorities}};
    e->certificate_requested = true;
    return handshake_send(e, PARLEY_MSG_certificate_request_tls12, &v);
}

enum parley_error send_server_hello_done(struct parley_engine *e,
                                         const union parley_message_value *m) {
    union parley_message_value v = {.server_hello_done = {0}};
    (void)m;
    return handshake_send(e, PARLEY_MSG_server_hello_done, &v);
}

static enum parley_error derive(struct parley_engine *e, struct parley_bytes premaster) {
    schedule12_master(e, premaster);
    schedule12_keys(e);
    return PARLEY_OK;
}

enum parley_error take_key_exchange_rsa(struct parley_engine *e,
                                        const union parley_message_value *m) {
    uint8_t premaster[48];
    premaster_decrypt(e->credential->key, m->client_key_exchange_rsa.encrypted_pre_master_secret,
                      e->client_version, &e->random, e->config->memo, premaster);
    return derive(e, bytes_of(premaster, sizeof(premaster)));
}

static enum parley_error take_client_share(struct parley_engine *e, struct parley_bytes share) {
    uint8_t premaster[KEX_SECRET_MAX];
    size_t len;
    enum parley_error error = kex_agree(&e->shares[0], share, e->config->memo, premaster, &len);
    return error ? error : derive(e, bytes_of(premaster, len));
}

enum parley_error take_client_share_ecdhe(struct parley_engine *e,
                                          const union parley_message_value *m) {
    return take_client_share(e, m->client_key_exchange_ecdhe.ecdh_yc);
}

enum parley_error take_client_share_dhe(struct parley_engine *e,
                                        const union parley_message_value *m) {
    return take_client_share(e, m->client_key_exchange_dhe.dh_yc);
}

enum parley_error send_ticket12(struct parley_engine *e, const union parley_message_value *m) {
    struct parley_session session;
    uint8_t ticket[1024];
    (void)m;
    tickets_describe(e, &session);
    size_t len = tickets_seal(e, &session, ticket, sizeof(ticket));
    e->ticket_expected = false;
    union parley_message_value v = {.new_session_ticket_tls12 = {session.lifetime, {ticket, len}}};
    return handshake_send(e, PARLEY_MSG_new_session_ticket_tls12, &v);
}

void server12_keep_session(struct parley_engine *e) {
    struct parley_session session;
    if (e->resumed || !e->config->session_cache || e->session_id_length == 0) {
        return;
    }
    tickets_describe(e, &session);
    memcpy(session.session_id, e->session_id, e->session_id_length);
    session.session_id_length = e->session_id_length;
    session_cache_put(e->config->session_cache, &session);
}

enum parley_error refuse_renegotiation(struct parley_engine *e,
                                       const union parley_message_value *m) {
    (void)e;
    (void)m;
    return PARLEY_ERR_renegotiation;
}
