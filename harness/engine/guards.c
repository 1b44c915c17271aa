/* The conditions of the edges. */
#include "engine/actions.h"

static enum parley_key_exchange exchange(const struct parley_engine *e) {
    return e->suite ? e->suite->key_exchange : PARLEY_KX_ANY;
}

bool is_full(const struct parley_engine *e) {
    return !e->resumed;
}
bool is_resumed(const struct parley_engine *e) {
    return e->resumed;
}
bool is_ecdhe(const struct parley_engine *e) {
    return exchange(e) == PARLEY_KX_ECDHE;
}
bool is_dhe(const struct parley_engine *e) {
    return exchange(e) == PARLEY_KX_DHE;
}
bool is_ephemeral(const struct parley_engine *e) {
    return is_ecdhe(e) || is_dhe(e);
}
bool is_rsa_exchange(const struct parley_engine *e) {
    return exchange(e) == PARLEY_KX_RSA;
}

bool is_psk(const struct parley_engine *e) {
    return exchange(e) == PARLEY_KX_PSK;
}
bool is_ecdhe_psk(const struct parley_engine *e) {
    return exchange(e) == PARLEY_KX_ECDHE_PSK;
}
/* RFC 4279 2: a PSK takes the place of certificates, and of the request for one. */
bool uses_certificates(const struct parley_engine *e) {
    return !e->suite || e->suite->authentication != PARLEY_AUTH_PSK;
}
bool expects_certificate(const struct parley_engine *e) {
    return is_full(e) && uses_certificates(e);
}
bool gives_identity_hint(const struct parley_engine *e) {
    return is_psk(e) && e->config->psk12->hint.len > 0;
}

bool expects_status(const struct parley_engine *e) {
    return e->status_expected;
}
bool promised_status(const struct parley_engine *e) {
    return e->status_expected;
}
bool expects_ticket(const struct parley_engine *e) {
    return e->ticket_expected;
}
bool expects_no_ticket(const struct parley_engine *e) {
    return !e->ticket_expected;
}

bool has_credential(const struct parley_engine *e) {
    return e->credential && e->own_scheme;
}
bool was_asked_for_certificate(const struct parley_engine *e) {
    return e->certificate_requested;
}
bool asked_for_certificate(const struct parley_engine *e) {
    return e->certificate_requested;
}
bool asked_for_no_certificate(const struct parley_engine *e) {
    return !e->certificate_requested;
}

bool wants_client_certificate(const struct parley_engine *e) {
    return e->config->client_auth != PARLEY_AUTH_NONE && !e->resumed && uses_certificates(e);
}

/* RFC 8879 4: only who offered gets compressed certificates. */
bool offered_compression(const struct parley_engine *e) {
    return e->compression_offered;
}
bool compresses_certificate(const struct parley_engine *e) {
    return e->compression && e->credential;
}

bool peer_has_certificate(const struct parley_engine *e) {
    return e->peer_has_certificate;
}
bool peer_has_no_certificate(const struct parley_engine *e) {
    return !e->peer_has_certificate;
}

/* RFC 8446 D.4: a client with a fake session id sends a change_cipher_spec before its second
 * flight; a server after its first hello, whatever the client's id. */
bool owes_compat_ccs(const struct parley_engine *e) {
    return !e->config->no_middlebox_compatibility && !e->compat_ccs_sent &&
           (e->session_id_length > 0 || e->role == PARLEY_SERVER);
}

bool offers_early_data(const struct parley_engine *e) {
    return e->early_offered;
}
bool offers_no_early_data(const struct parley_engine *e) {
    return !e->early_offered;
}

bool offers_early_data_and_ccs(const struct parley_engine *e) {
    return e->early_offered && owes_compat_ccs(e);
}

bool has_early_data(const struct parley_engine *e) {
    return e->early_accepted;
}
bool has_no_early_data(const struct parley_engine *e) {
    return !e->early_accepted;
}
/* Where 0-RTT data is accepted, both sides keep to the settings of the session. */
bool owes_settings(const struct parley_engine *e) {
    return e->alps && !e->early_accepted;
}
bool expects_settings(const struct parley_engine *e) {
    return e->alps && !e->early_accepted;
}
bool expects_no_settings(const struct parley_engine *e) {
    return !e->alps || e->early_accepted;
}
bool owes_key_update(const struct parley_engine *e) {
    return e->key_update_owed && !e->write_closed;
}

bool needs_retry(const struct parley_engine *e) {
    return e->retry_needed && !e->hello_retry;
}

bool has_tickets_to_send(const struct parley_engine *e) {
    const struct parley_config *c = e->config;
    unsigned wanted = c->ticket_count ? c->ticket_count : 1;
    return !c->no_tickets && e->ticket_expected && e->tickets_sent < wanted;
}

bool negotiated_next_protocol(const struct parley_engine *e) {
    return e->next_protocol;
}
bool negotiated_no_next_protocol(const struct parley_engine *e) {
    return !e->next_protocol;
}

bool offered_post_handshake_auth(const struct parley_engine *e) {
    return e->post_auth_offered;
}
bool wants_post_handshake_auth(const struct parley_engine *e) {
    return e->post_auth_pending;
}

/* RFC 7918 4: only with what an attacker cannot have talked us down to. A server's downgrade
 * sentinel has been refused before. */
bool may_false_start(const struct parley_engine *e) {
    const struct parley_config *c = e->config;
    return c->false_start && !e->done && !e->renegotiating && e->ech.status != ECH_REJECTED &&
           is_ecdhe(e) && !suite_is_cbc(e->suite) &&
           (e->alpn_length > 0 || e->next_protocol || c->false_start_without_alpn);
}

/* Renegotiation is for moments of rest: a handshake must not run into data on its way out. */
bool may_renegotiate(const struct parley_engine *e) {
    enum parley_renegotiation mode = e->config->renegotiation;
    bool wanted = mode == PARLEY_RENEGOTIATE_FREELY ||
                  (mode == PARLEY_RENEGOTIATE_ONCE && e->renegotiations == 0);
    return wanted && !e->write_closed && e->out_start == e->out_end;
}
bool caller_renegotiates(const struct parley_engine *e) {
    return e->renegotiation_granted;
}
bool lets_caller_renegotiate(const struct parley_engine *e) {
    return e->config->renegotiation == PARLEY_RENEGOTIATE_EXPLICIT;
}
bool ignores_renegotiation(const struct parley_engine *e) {
    return e->config->renegotiation == PARLEY_RENEGOTIATE_IGNORE;
}
bool declines_renegotiation(const struct parley_engine *e) {
    return e->config->renegotiation == PARLEY_RENEGOTIATE_DECLINE;
}
bool ignores_stray_requests(const struct parley_engine *e) {
    return e->config->renegotiation != PARLEY_RENEGOTIATE_NEVER;
}
