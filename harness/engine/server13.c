/* The server of TLS 1.3 after client_hello (RFC 8446 4.1.3 to 4.6). */
#include <string.h>

#include "engine/actions.h"
#include "engine/ech.h"
#include "engine/settings.h"

/* send_hello sends a server_hello or, with the same syntax, a hello_retry_request. */
static enum parley_error send_hello(struct parley_engine *e, enum parley_message message,
                                    const uint8_t *random, CBB *extensions) {
    union parley_message_value v;
    v.server_hello = (struct parley_server_hello){
        .legacy_version = PARLEY_TLS12,
        .random = {random, PARLEY_RANDOM_LENGTH},
        .legacy_session_id_echo = {e->session_id, e->session_id_length},
        .cipher_suite = e->suite->code,
    };
    v.server_hello.extensions.raw = bytes_of(e->scratch, CBB_len(extensions));
    if (message == PARLEY_MSG_hello_retry_request) {
        struct parley_server_hello h = v.server_hello;
        v.hello_retry_request = (struct parley_hello_retry_request){
            h.legacy_version, h.random, h.legacy_session_id_echo, h.cipher_suite, 0, h.extensions};
    }
    struct parley_bytes built = handshake_build(e, message, &v);
    if (built.len == 0) {
        return PARLEY_ERR_buffer_full;
    }
    if (e->ech.is_inner) {
        ech_server_confirm(e, message, e->pending + e->pending_length, built.len);
    }
    return handshake_commit(e, message, built.len);
}

static bool write_version(CBB *out) {
    union parley_extension_value v = {.supported_versions_choice = {PARLEY_TLS13}};
    return parley_extension_write(out, PARLEY_FORM_supported_versions_choice, &v);
}

enum parley_error send_hello_retry_request(struct parley_engine *e,
                                           const union parley_message_value *m) {
    static const uint8_t zeros[ECH_CONFIRMATION];
    CBB out;
    union parley_extension_value v = {.key_share_retry = {e->retry_group}};
    (void)m;
    if (!CBB_init_fixed(&out, e->scratch, sizeof(e->scratch)) || !write_version(&out)) {
        return PARLEY_ERR_buffer_full;
    }
    if (e->retry_group && !parley_extension_write(&out, PARLEY_FORM_key_share_retry, &v)) {
        return PARLEY_ERR_buffer_full;
    }
    if (e->config->hello_retry) {
        e->cookie_length = COOKIE_LENGTH;
        random_fill(&e->random, e->cookie, COOKIE_LENGTH);
        v.cookie.cookie = bytes_of(e->cookie, COOKIE_LENGTH);
        if (!parley_extension_write(&out, PARLEY_FORM_cookie, &v)) {
            return PARLEY_ERR_buffer_full;
        }
    }
    v.ech_confirmation.confirmation = bytes_of(zeros, sizeof(zeros));
    if (e->ech.is_inner && !parley_extension_write(&out, PARLEY_FORM_ech_confirmation, &v)) {
        return PARLEY_ERR_buffer_full;
    }
    transcript_retry(e);
    e->hello_retry = true;
    return send_hello(e, PARLEY_MSG_hello_retry_request, parley_hello_retry_request_random, &out);
}

/* agree makes our share and the shared secret; psk_ke has neither. */
static enum parley_error agree(struct parley_engine *e, uint8_t secret[KEX_SECRET_MAX],
                               size_t *len) {
    *len = 0;
    if (e->psk_only) {
        return PARLEY_OK;
    }
    struct parley_bytes peer = {e->peer_share, e->peer_share_length};
    enum parley_error error =
        kex_respond(&e->shares[0], e->group, peer, &e->random, e->config->memo, secret, len);
    return bend_bad_share(e, error, peer, secret, len);
}

static bool write_answer(struct parley_engine *e, CBB *out) {
    const struct kex *k = &e->shares[0];
    union parley_extension_value v = {.key_share_choice = {k->group, {k->share, k->share_len}}};
    if (!CBB_init_fixed(out, e->scratch, sizeof(e->scratch)) || !write_version(out)) {
        return false;
    }
    if (!e->psk_only && !parley_extension_write(out, PARLEY_FORM_key_share_choice, &v)) {
        return false;
    }
    v.pre_shared_key_choice.selected_identity = e->psk_index;
    return !e->psk_chosen || parley_extension_write(out, PARLEY_FORM_pre_shared_key_choice, &v);
}

enum parley_error send_server_hello13(struct parley_engine *e,
                                      const union parley_message_value *m) {
    uint8_t secret[KEX_SECRET_MAX], hello_hash[HASH_MAX];
    size_t len, hash_len = transcript_peek(e, hello_hash);
    CBB out;
    (void)m;
    enum parley_error error = agree(e, secret, &len);
    if (error) {
        return error;
    }
    random_fill(&e->random, e->server_random, PARLEY_RANDOM_LENGTH);
    if (!write_answer(e, &out)) {
        return PARLEY_ERR_buffer_full;
    }
    error = send_hello(e, PARLEY_MSG_server_hello, e->server_random, &out);
    if (error) {
        return error;
    }
    if (!e->early_ready) {
        schedule13_early(&e->schedule, e->suite->hash, bytes_of(NULL, 0));
    }
    if (e->early_accepted) {
        schedule13_early_keys(e, bytes_of(hello_hash, hash_len));
    }
    bend_secret(e, secret, len);
    schedule13_handshake(&e->schedule, bytes_of(secret, len));
    schedule13_handshake_keys(e);
    error = schedule13_write(e, PARLEY_EPOCH_HANDSHAKE);
    if (!error) {
        error = schedule13_read(e, e->early_accepted ? PARLEY_EPOCH_EARLY : PARLEY_EPOCH_HANDSHAKE);
    }
    return error;
}

enum parley_error send_encrypted_extensions(struct parley_engine *e,
                                            const union parley_message_value *m) {
    CBB out;
    union parley_message_value v;
    union parley_extension_value early = {.early_data = {0}};
    union parley_extension_value ech = {.ech_retry_configs = {ech_server_retry_configs(e)}};
    (void)m;
    if (!CBB_init_fixed(&out, e->scratch, sizeof(e->scratch)) || !server_answer_common(e, &out) ||
        !settings_answer(e, &out) ||
        (e->early_accepted && !parley_extension_write(&out, PARLEY_FORM_early_data, &early)) ||
        (ech.ech_retry_configs.retry_configs.len &&
         !parley_extension_write(&out, PARLEY_FORM_ech_retry_configs, &ech))) {
        return PARLEY_ERR_buffer_full;
    }
    v.encrypted_extensions.extensions.absent = false;
    v.encrypted_extensions.extensions.raw = bytes_of(e->scratch, CBB_len(&out));
    return handshake_send(e, PARLEY_MSG_encrypted_extensions, &v);
}

static enum parley_error send_request(struct parley_engine *e) {
    uint8_t schemes[128];
    const uint16_t *list;
    size_t count = list_sigalgs(e->config, &list);
    CBB out;
    for (size_t i = 0; i < count && i < sizeof(schemes) / 2; i++) {
        schemes[2 * i] = (uint8_t)(list[i] >> 8);
        schemes[2 * i + 1] = (uint8_t)list[i];
    }
    union parley_extension_value x = {.signature_algorithms = {{schemes, 2 * count}}};
    if (!CBB_init_fixed(&out, e->scratch, sizeof(e->scratch)) ||
        !parley_extension_write(&out, PARLEY_FORM_signature_algorithms, &x) ||
        !compression_offer(e, &out)) {
        return PARLEY_ERR_buffer_full;
    }
    x.certificate_authorities.authorities = e->config->certificate_authorities;
    if (e->config->certificate_authorities.len &&
        !parley_extension_write(&out, PARLEY_FORM_certificate_authorities, &x)) {
        return PARLEY_ERR_buffer_full;
    }
    union parley_message_value v;
    v.certificate_request_tls13.certificate_request_context =
        bytes_of(e->request_context, e->request_context_length);
    v.certificate_request_tls13.extensions.absent = false;
    v.certificate_request_tls13.extensions.raw = bytes_of(e->scratch, CBB_len(&out));
    e->certificate_requested = true;
    return handshake_send(e, PARLEY_MSG_certificate_request_tls13, &v);
}

enum parley_error send_certificate_request13(struct parley_engine *e,
                                             const union parley_message_value *m) {
    (void)m;
    return send_request(e);
}

enum parley_error send_server_finished13(struct parley_engine *e,
                                         const union parley_message_value *m) {
    (void)m;
    enum parley_error error = send_finished13(e, &e->schedule.server_handshake.key);
    if (error) {
        return error;
    }
    schedule13_master(&e->schedule);
    schedule13_application_keys(e);
    return schedule13_write(e, PARLEY_EPOCH_APPLICATION);
}

enum parley_error take_end_of_early_data(struct parley_engine *e,
                                         const union parley_message_value *m) {
    (void)m;
    return schedule13_read(e, PARLEY_EPOCH_HANDSHAKE);
}

enum parley_error take_client_finished13(struct parley_engine *e,
                                         const union parley_message_value *m) {
    enum parley_error error =
        check_finished13(e, &e->schedule.client_handshake.key, m->finished.verify_data);
    if (!error) {
        error = schedule13_read(e, PARLEY_EPOCH_APPLICATION);
    }
    if (!error) {
        complete13(e);
    }
    return error;
}

/* RFC 8701 3: what a client does not know it passes over. */
static bool grease_extension(struct parley_engine *e, CBB *out) {
    CBB body;
    e->grease_seed = (uint16_t)random_uint32(&e->random);
    return CBB_add_u16(out, grease(e, 0)) && CBB_add_u16_length_prefixed(out, &body) &&
           CBB_flush(out);
}

static size_t make_ticket(struct parley_engine *e, uint8_t nonce[8], struct parley_session *session,
                          uint8_t *out, size_t cap) {
    uint64_t number = e->ticket_nonce++;
    for (int i = 0; i < 8; i++) {
        nonce[i] = (uint8_t)(number >> (56 - 8 * i));
    }
    tickets_describe(e, session);
    schedule13_resumption(&e->schedule, bytes_of(nonce, 8), session->secret);
    session->secret_length = (uint16_t)e->schedule.length;
    session->age_add = random_uint32(&e->random);
    session->max_early_data = settings_remember(e, session) ? e->config->max_early_data : 0;
    return tickets_seal(e, session, out, cap);
}

enum parley_error send_ticket13(struct parley_engine *e, const union parley_message_value *m) {
    struct parley_session session;
    uint8_t nonce[8], ticket[TICKET_SEALED_MAX];
    CBB out;
    (void)m;
    size_t len = make_ticket(e, nonce, &session, ticket, sizeof(ticket));
    if (len == 0 || !CBB_init_fixed(&out, e->scratch, sizeof(e->scratch))) {
        return PARLEY_ERR_crypto_failed;
    }
    union parley_extension_value x = {.early_data_limit = {session.max_early_data}};
    if (session.max_early_data && !parley_extension_write(&out, PARLEY_FORM_early_data_limit, &x)) {
        return PARLEY_ERR_buffer_full;
    }
    if (e->config->grease && !grease_extension(e, &out)) {
        return PARLEY_ERR_buffer_full;
    }
    union parley_message_value v;
    v.new_session_ticket_tls13 = (struct parley_new_session_ticket_tls13){
        .ticket_lifetime = session.lifetime,
        .ticket_age_add = session.age_add,
        .ticket_nonce = {nonce, sizeof(nonce)},
        .ticket = {ticket, len},
    };
    v.new_session_ticket_tls13.extensions.raw = bytes_of(e->scratch, CBB_len(&out));
    e->tickets_sent++;
    return handshake_send(e, PARLEY_MSG_new_session_ticket_tls13, &v);
}

/* ---- Post-handshake authentication (RFC 8446 4.6.2) ---- */

enum parley_error send_post_certificate_request(struct parley_engine *e,
                                                const union parley_message_value *m) {
    (void)m;
    e->post_auth_pending = false;
    e->peer_has_certificate = false;
    e->request_context_length = 16;
    random_fill(&e->random, e->request_context, e->request_context_length);
    e->transcript.hash = e->post_base;
    return send_request(e);
}

enum parley_error take_post_finished(struct parley_engine *e, const union parley_message_value *m) {
    return check_finished13(e, &e->schedule.client_application.key, m->finished.verify_data);
}
