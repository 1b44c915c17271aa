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
    return e->config->client_auth != PARLEY_AUTH_NONE && !e->resumed;
}

bool peer_has_certificate(const struct parley_engine *e) {
    return e->peer_has_certificate;
}
bool peer_has_no_certificate(const struct parley_engine *e) {
    return !e->peer_has_certificate;
}

/* RFC 8446 D.4: a client with a fake session id sends a change_cipher_spec before its second
 * flight; a server whose client has a session id, after its first. */
bool owes_compat_ccs(const struct parley_engine *e) {
    return !e->config->no_middlebox_compatibility && e->session_id_length > 0 &&
           !e->compat_ccs_sent;
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

bool offered_post_handshake_auth(const struct parley_engine *e) {
    return e->post_auth_offered;
}
bool wants_post_handshake_auth(const struct parley_engine *e) {
    return e->post_auth_pending;
}
