/* Renegotiation by a TLS 1.2 client (RFC 5246 7.4.1.1, RFC 5746 3.5): a full handshake under the
 * keys of the one before, which may change neither version, server certificate, nor whether the
 * master secret is an extended one. */
#include <openssl/mem.h>
#include <openssl/sha.h>
#include <string.h>

#include "engine/actions.h"

enum { HELLO_REQUESTS_MAX = 4 };

/* ---- Answers to a hello_request ---- */

/* RFC 5246 7.4.1.1: ignored while a handshake is under way. */
enum parley_error ignore_hello_request(struct parley_engine *e,
                                       const union parley_message_value *m) {
    (void)m;
    return ++e->hello_requests > HELLO_REQUESTS_MAX ? PARLEY_ERR_renegotiation : PARLEY_OK;
}

enum parley_error decline_renegotiation(struct parley_engine *e,
                                        const union parley_message_value *m) {
    (void)m;
    if (++e->hello_requests > HELLO_REQUESTS_MAX) {
        return PARLEY_ERR_renegotiation;
    }
    records_alert(e, 1, PARLEY_ALERT_no_renegotiation);
    return PARLEY_OK;
}

enum parley_error await_renegotiation(struct parley_engine *e,
                                      const union parley_message_value *m) {
    (void)m;
    if (++e->hello_requests > HELLO_REQUESTS_MAX) {
        return PARLEY_ERR_renegotiation;
    }
    e->renegotiation_pending = true;
    return PARLEY_OK;
}

/* What the first handshake left, other than its keys and what the peer is bound to by it. */
static void forget_handshake(struct parley_engine *e) {
    e->transcript = (struct transcript){.keeping = true};
    e->credential = NULL;
    e->own_scheme = e->peer_scheme = NULL;
    e->group = 0;
    e->session.version = 0;
    e->session_id_length = 0;
    e->record_size_limit = 0;
    e->max_fragment_length = 0;
    e->resumed = e->false_started = e->psk_offered = e->early_offered = e->post_auth_offered =
        false;
    e->peer_has_certificate = e->certificate_requested = e->ticket_expected = e->status_expected =
        false;
}

enum parley_error begin_renegotiation(struct parley_engine *e,
                                      const union parley_message_value *m) {
    (void)m;
    if (!e->renegotiation_granted && ++e->hello_requests > HELLO_REQUESTS_MAX) {
        return PARLEY_ERR_renegotiation;
    }
    forget_handshake(e);
    e->renegotiation_pending = e->renegotiation_granted = false;
    e->renegotiating = true;
    e->done = false;
    return PARLEY_OK;
}

/* ---- The handshake ---- */

void renegotiation_complete(struct parley_engine *e) {
    e->renegotiating = false;
    e->renegotiations++;
}

/* RFC 5746 3.2: empty at first, then a client's verify_data, answered with both. */
struct parley_bytes renegotiation_info(const struct parley_engine *e, enum parley_role sender) {
    size_t len = sender == PARLEY_CLIENT ? VERIFY_DATA_LENGTH : sizeof(e->verify_data);
    return bytes_of(e->verify_data, e->renegotiating ? len : 0);
}

enum parley_error renegotiation_check_info(struct parley_engine *e, bool there,
                                           struct parley_bytes got) {
    enum parley_role peer = e->role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
    struct parley_bytes expected = renegotiation_info(e, peer);
    /* RFC 5746 3.5, 4.2: a peer that did not speak of it at first may not do so now, nor the other
     * way round. */
    if (e->renegotiating && there != e->secure_renegotiation) {
        return PARLEY_ERR_renegotiation_mismatch;
    }
    e->secure_renegotiation = there;
    if (there && (got.len != expected.len || CRYPTO_memcmp(got.data, expected.data, got.len))) {
        return PARLEY_ERR_renegotiation_mismatch;
    }
    return PARLEY_OK;
}

/* The triple handshake attack (RFC 7627 1) needs one certificate before and another after. */
enum parley_error renegotiation_check_chain(struct parley_engine *e, struct parley_bytes list) {
    uint8_t digest[SHA256_DIGEST_LENGTH];
    SHA256(list.data, list.len, digest);
    if (e->renegotiating && memcmp(e->chain_sha256, digest, sizeof(digest)) != 0) {
        return PARLEY_ERR_server_certificate_changed;
    }
    memcpy(e->chain_sha256, digest, sizeof(digest));
    return PARLEY_OK;
}
