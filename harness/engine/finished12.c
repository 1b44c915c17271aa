/* ChangeCipherSpec and Finished of TLS 1.2, both roles (RFC 5246 7.1, 7.4.9). */
#include <openssl/mem.h>
#include <string.h>

#include "engine/actions.h"
#include "engine/ech.h"

enum parley_error send_change_cipher_spec(struct parley_engine *e,
                                          const union parley_message_value *m) {
    (void)m;
    enum parley_error error = handshake_send_ccs(e);
    bend_key_change(e);
    e->write = e->next_write;
    e->write_epoch = PARLEY_EPOCH_APPLICATION;
    if (e->renegotiating) {
        e->send_limit = e->config->fragment ? e->config->fragment : PARLEY_RECORD_MAX;
    }
    return error;
}

enum parley_error take_change_cipher_spec(struct parley_engine *e,
                                          const union parley_message_value *m) {
    (void)m;
    e->read = e->next_read;
    e->read_epoch = PARLEY_EPOCH_APPLICATION;
    if (e->renegotiating) {
        e->receive_limit = PARLEY_RECORD_MAX;
    }
    return records_end_read(e);
}

enum parley_error send_first_finished12(struct parley_engine *e,
                                        const union parley_message_value *m) {
    uint8_t *verify_data = e->verify_data[e->role];
    (void)m;
    schedule12_finished(e, e->role, verify_data);
    union parley_message_value v = {.finished = {{verify_data, VERIFY_DATA_LENGTH}}};
    return handshake_send(e, PARLEY_MSG_finished, &v);
}

/* From here on application data may be written (RFC 7918 3). */
enum parley_error send_finished_and_start(struct parley_engine *e,
                                          const union parley_message_value *m) {
    enum parley_error error = send_first_finished12(e, m);
    e->false_started = !error;
    return error;
}

enum parley_error take_first_finished12(struct parley_engine *e,
                                        const union parley_message_value *m) {
    enum parley_role peer = e->role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
    uint8_t *expected = e->verify_data[peer];
    struct parley_bytes got = m->finished.verify_data;
    schedule12_finished(e, peer, expected);
    if (got.len != VERIFY_DATA_LENGTH ||
        CRYPTO_memcmp(got.data, expected, VERIFY_DATA_LENGTH) != 0) {
        enum parley_error error = handshake_refuse(e, PARLEY_ERR_bad_finished);
        if (error) {
            return error;
        }
    }
    enum parley_error error = transcript_add(e, e->current);
    if (!error && e->hs_position != e->hs_length) {
        error = handshake_refuse(e, PARLEY_ERR_answer_mid_record);
    }
    return error;
}

/* Whoever sees the last Finished, has completed the handshake. */
static enum parley_error complete(struct parley_engine *e, enum parley_error error) {
    if (!error) {
        error = ech_client_end(e);
    }
    if (error) {
        return error;
    }
    e->done = true;
    e->transcript.keeping = false;
    if (e->renegotiating) {
        renegotiation_complete(e);
    } else if (e->role == PARLEY_CLIENT) {
        client12_keep_session(e);
    } else {
        server12_keep_session(e);
    }
    return PARLEY_OK;
}

enum parley_error send_last_finished12(struct parley_engine *e,
                                       const union parley_message_value *m) {
    return complete(e, send_first_finished12(e, m));
}

enum parley_error take_last_finished12(struct parley_engine *e,
                                       const union parley_message_value *m) {
    return complete(e, take_first_finished12(e, m));
}
