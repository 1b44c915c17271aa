/* The client of TLS 1.3 after server_hello (RFC 8446 4.3 to 4.6). */
#include <string.h>

#include "engine/actions.h"
#include "engine/ech.h"
#include "engine/settings.h"

/* No early data, or no more: what is sent next, if it is an alert, is under the handshake's keys.
 */
static enum parley_error reject_early_data(struct parley_engine *e) {
    enum parley_error error = PARLEY_OK;
    e->early_limit = e->early_seen;
    if (e->early_offered) {
        e->early_reason =
            e->resumed ? PARLEY_EARLY_DATA_peer_declined : PARLEY_EARLY_DATA_session_not_resumed;
    }
    if (e->write_epoch == PARLEY_EPOCH_EARLY) {
        error = schedule13_write(e, PARLEY_EPOCH_HANDSHAKE);
    }
    if (!error && e->resumed) {
        error = certificates_rejudge(e);
    }
    return error;
}

enum parley_error take_encrypted_extensions(struct parley_engine *e,
                                            const union parley_message_value *m) {
    const struct parley_extension_block *x = &m->encrypted_extensions.extensions;
    enum parley_error error = client_take_common(e, x);
    if (!error) {
        error = ech_client_extensions(e, x);
    }
    if (!error) {
        error = settings_take(e, x);
    }
    if (error) {
        return error;
    }
    if (!parley_has(x, PARLEY_EXT_early_data)) {
        return reject_early_data(e);
    }
    if (!e->psk_chosen || e->hello_retry) {
        return PARLEY_ERR_unasked_early_data;
    }
    if (e->psk_index != 0) { /* RFC 8446 4.2.11 */
        return PARLEY_ERR_early_data_psk;
    }
    if (e->session.suite != e->suite->code) {
        return PARLEY_ERR_early_data_suite;
    }
    if (!bytes_equal(bytes_of(e->session.alpn, e->session.alpn_length),
                     bytes_of(e->alpn, e->alpn_length))) {
        return PARLEY_ERR_early_data_alpn; /* RFC 8446 4.2.10 */
    }
    if (e->alps) {
        return PARLEY_ERR_early_data_settings;
    }
    settings_recall(e);
    e->early_accepted = true;
    e->early_reason = PARLEY_EARLY_DATA_accepted;
    return certificates_rejudge(e);
}

static enum parley_error take_request(struct parley_engine *e,
                                      const struct parley_certificate_request_tls13 *r) {
    const struct parley_extension_block *x = &r->extensions;
    if (!parley_has(x, PARLEY_EXT_signature_algorithms)) {
        return PARLEY_ERR_missing_extension;
    }
    enum parley_error error = certificates_may_choose(e);
    if (error) {
        return error;
    }
    struct parley_bytes context = r->certificate_request_context;
    memcpy(e->request_context, context.data, context.len);
    e->request_context_length = (uint8_t)context.len;
    e->certificate_requested = true;
    e->peer_wants_ocsp = parley_has(x, PARLEY_EXT_status_request);
    e->peer_wants_scts = parley_has(x, PARLEY_EXT_signed_certificate_timestamp);
    error = certificates_answer(e, x->signature_algorithms.supported_signature_algorithms);
    return error ? error : compression_choose(e, x);
}

enum parley_error take_certificate_request13(struct parley_engine *e,
                                             const union parley_message_value *m) {
    const struct parley_certificate_request_tls13 *r = &m->certificate_request_tls13;
    if (r->certificate_request_context.len) { /* RFC 8446 4.3.2: empty within the handshake */
        return handshake_refuse(e, PARLEY_ERR_bad_request_context);
    }
    return take_request(e, r);
}

enum parley_error take_server_finished13(struct parley_engine *e,
                                         const union parley_message_value *m) {
    enum parley_error error =
        check_finished13(e, &e->schedule.server_handshake.key, m->finished.verify_data);
    if (error) {
        return error;
    }
    schedule13_master(&e->schedule);
    schedule13_application_keys(e);
    return schedule13_read(e, PARLEY_EPOCH_APPLICATION);
}

enum parley_error send_end_of_early_data(struct parley_engine *e,
                                         const union parley_message_value *m) {
    union parley_message_value v = {.end_of_early_data = {0}};
    (void)m;
    return handshake_send(e, PARLEY_MSG_end_of_early_data, &v);
}

enum parley_error write_handshake_keys(struct parley_engine *e,
                                       const union parley_message_value *m) {
    (void)m;
    return schedule13_write(e, PARLEY_EPOCH_HANDSHAKE);
}

enum parley_error send_client_finished13(struct parley_engine *e,
                                         const union parley_message_value *m) {
    (void)m;
    enum parley_error error = send_finished13(e, &e->schedule.client_handshake.key);
    if (!error) {
        error = schedule13_write(e, PARLEY_EPOCH_APPLICATION);
    }
    if (!error) {
        error = ech_client_end(e);
    }
    if (!error) {
        complete13(e);
    }
    return error;
}

enum parley_error take_ticket13(struct parley_engine *e, const union parley_message_value *m) {
    enum { WEEK = 7 * 24 * 3600 };
    const struct parley_new_session_ticket_tls13 *t = &m->new_session_ticket_tls13;
    if (t->ticket_lifetime == 0 || t->ticket.len > PARLEY_TICKET_MAX) {
        return PARLEY_OK;
    }
    struct parley_session *s = &e->new_session;
    tickets_describe(e, s);
    schedule13_resumption(&e->schedule, t->ticket_nonce, s->secret);
    s->secret_length = (uint16_t)e->schedule.length;
    s->lifetime = t->ticket_lifetime > WEEK ? WEEK : t->ticket_lifetime;
    s->age_add = t->ticket_age_add;
    if (settings_remember(e, s) && parley_has(&t->extensions, PARLEY_EXT_early_data)) {
        s->max_early_data = t->extensions.early_data_limit.max_early_data_size;
    }
    memcpy(s->ticket, t->ticket.data, t->ticket.len);
    s->ticket_length = (uint16_t)t->ticket.len;
    if (e->config->new_session) {
        e->config->new_session(e->config->new_session_arg, s);
    }
    return PARLEY_OK;
}

/* ---- Post-handshake authentication (RFC 8446 4.6.2) ---- */

enum parley_error take_post_certificate_request(struct parley_engine *e,
                                                const union parley_message_value *m) {
    e->transcript.hash = e->post_base;
    enum parley_error error = transcript_add(e, e->current);
    return error ? error : take_request(e, &m->certificate_request_tls13);
}

enum parley_error send_post_finished(struct parley_engine *e, const union parley_message_value *m) {
    (void)m;
    return send_finished13(e, &e->schedule.client_application.key);
}
