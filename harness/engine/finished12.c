/* ChangeCipherSpec and Finished of TLS 1.2, both roles (RFC 5246 7.1, 7.4.9). */
#include <openssl/mem.h>
#include <string.h>

#include "engine/actions.h"

enum parley_error send_change_cipher_spec(struct parley_engine *e,
                                          const union parley_message_value *m) {
    (void)m;
    enum parley_error error = handshake_send_ccs(e);
    e->write = e->next_write;
    e->write_epoch = PARLEY_EPOCH_APPLICATION;
    return error;
}

enum parley_error take_change_cipher_spec(struct parley_engine *e,
                                          const union parley_message_value *m) {
    (void)m;
    e->read = e->next_read;
    e->read_epoch = PARLEY_EPOCH_APPLICATION;
    return records_end_read(e);
}

enum parley_error send_first_finished12(struct parley_engine *e,
                                        const union parley_message_value *m) {
    uint8_t verify_data[12];
    (void)m;
    schedule12_finished(e, e->role, verify_data);
    union parley_message_value v = {.finished = {{verify_data, sizeof(verify_data)}}};
    return handshake_send(e, PARLEY_MSG_finished, &v);
}

enum parley_error take_first_finished12(struct parley_engine *e,
                                        const union parley_message_value *m) {
    uint8_t expected[12];
    struct parley_bytes got = m->finished.verify_data;
    schedule12_finished(e, e->role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT, expected);
    if (got.len != sizeof(expected) || CRYPTO_memcmp(got.data, expected, sizeof(expected)) != 0) {
        enum parley_error error =
            handshake_refuse(e, got.len != sizeof(expected) ? PARLEY_ERR_length_out_of_range
                                                            : PARLEY_ERR_bad_finished);
        if (error) {
            return error;
        }
    }
    return transcript_add(e, e->current);
}

/* Whoever sees the last Finished, has completed the handshake. */
static enum parley_error complete(struct parley_engine *e, enum parley_error error) {
    if (error) {
        return error;
    }
    e->done = true;
    e->transcript.keeping = false;
    if (e->role == PARLEY_CLIENT) {
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
