/* What both roles of TLS 1.3 do: change_cipher_spec for middleboxes (RFC 8446 D.4) and KeyUpdate
 * (RFC 8446 4.6.3), Finished (4.4.4), resumption (4.6.1). */
#include <openssl/mem.h>

#include "engine/actions.h"

enum parley_error send_compat_ccs(struct parley_engine *e, const union parley_message_value *m) {
    (void)m;
    e->compat_ccs_sent = true;
    return handshake_send_ccs(e);
}

enum parley_error send_key_update(struct parley_engine *e, const union parley_message_value *m) {
    union parley_message_value v = {.key_update = {0}};
    (void)m;
    e->key_update_owed = false;
    enum parley_error error = handshake_send(e, PARLEY_MSG_key_update, &v);
    return error ? error : schedule13_update(e, false);
}

enum parley_error take_key_update(struct parley_engine *e, const union parley_message_value *m) {
    enum { KEY_UPDATES_MAX = 32 };
    if (++e->key_updates > KEY_UPDATES_MAX) {
        return PARLEY_ERR_too_many_key_updates;
    }
    /* RFC 8446 4.6.3: who is silent answers any number of requests with one update. */
    if (m->key_update.request_update && !e->key_update_answered) {
        e->key_update_owed = e->key_update_answered = true;
    }
    return schedule13_update(e, true);
}

/* check_finished13 compares verify_data under |base_key|; the message then joins the transcript. */
enum parley_error check_finished13(struct parley_engine *e, const struct hmac_key *base_key,
                                   struct parley_bytes got) {
    uint8_t digest[HASH_MAX], expected[HASH_MAX];
    struct parley_bytes hash = {digest, transcript_peek(e, digest)};
    size_t n = schedule13_finished(&e->schedule, base_key, hash, expected);
    if (got.len != n || CRYPTO_memcmp(got.data, expected, n) != 0) {
        enum parley_error error = handshake_refuse(e, PARLEY_ERR_bad_finished);
        if (error) {
            return error;
        }
    }
    return transcript_add(e, e->current);
}

enum parley_error send_finished13(struct parley_engine *e, const struct hmac_key *base_key) {
    uint8_t digest[HASH_MAX], verify_data[HASH_MAX];
    struct parley_bytes hash = {digest, transcript_peek(e, digest)};
    size_t n = schedule13_finished(&e->schedule, base_key, hash, verify_data);
    union parley_message_value v = {.finished = {{verify_data, n}}};
    return handshake_send(e, PARLEY_MSG_finished, &v);
}

/* complete13 keeps what tickets and post-handshake authentication will need of the transcript. */
void complete13(struct parley_engine *e) {
    transcript_peek(e, e->schedule.client_finished_hash);
    e->post_base = e->transcript.hash;
    e->done = true;
}
