/* Bending: what an engine sends that no edge sends (parley/bend.h). */
#include "parley/bend.h"

#include <string.h>

#include "engine/actions.h"

bool parley_engine_hash(struct parley_engine *e, enum parley_message message,
                        struct parley_bytes bytes) {
    bool handshake = message < PARLEY_MESSAGE_COUNT &&
                     parley_messages[message].content == PARLEY_CONTENT_HANDSHAKE;
    return !handshake || !handshake_in_transcript(e, message) || !transcript_add(e, bytes);
}

static enum parley_epoch shown_epoch(const struct parley_engine *e, enum parley_message message) {
    bool bare = message == PARLEY_MSG_change_cipher_spec && e->version != PARLEY_TLS12;
    return bare ? PARLEY_EPOCH_INITIAL : e->write_epoch;
}

bool parley_engine_put(struct parley_engine *e, enum parley_message message,
                       struct parley_bytes bytes) {
    uint8_t content = message < PARLEY_MESSAGE_COUNT ? parley_messages[message].content
                                                     : PARLEY_CONTENT_HANDSHAKE;
    e->put = true;
    engine_observe(e, PARLEY_EVENT_MESSAGE_OUT, message, shown_epoch(e, message), bytes);
    if (content != PARLEY_CONTENT_HANDSHAKE) {
        return !records_flush(e) && !records_emit(e, content, bytes);
    }
    if (bytes.len > sizeof(e->pending) - e->pending_length) {
        return false;
    }
    if (bytes.len > 0) {
        memcpy(e->pending + e->pending_length, bytes.data, bytes.len);
    }
    e->pending_length += bytes.len;
    return true;
}

void parley_engine_hold(struct parley_engine *e) {
    e->put = true;
}

enum parley_epoch parley_engine_write_epoch(const struct parley_engine *e) {
    return e->write_epoch;
}

bool parley_engine_flush(struct parley_engine *e) {
    return !records_flush(e);
}

bool parley_engine_spoil(struct parley_engine *e, enum parley_bad_cbc kind) {
    return protect_spoil(&e->write, kind);
}

const enum parley_bad_premaster *bend_premaster(const struct parley_engine *e) {
    const struct parley_bend *bend = e->config->bend;
    return bend && bend->premaster ? &bend->bad_premaster : NULL;
}

void bend_secret(const struct parley_engine *e, uint8_t *secret, size_t len) {
    if (e->config->bend && e->config->bend->zero_secret) {
        memset(secret, 0, len);
    }
}

enum parley_error bend_bad_share(const struct parley_engine *e, enum parley_error error,
                                 struct parley_bytes peer, uint8_t *secret, size_t *len) {
    enum { X25519_LENGTH = 32 };
    if (error == PARLEY_ERR_bad_share && e->config->tolerant && peer.len == X25519_LENGTH) {
        *len = X25519_LENGTH;
        memset(secret, 0, *len);
        return PARLEY_OK;
    }
    return error;
}

void bend_flight_end(const struct parley_engine *e) {
    if (e->config->bend && e->config->bend->flight_end) {
        e->config->bend->flight_end(e->config->bend->arg);
    }
}

void bend_key_change(struct parley_engine *e) {
    if (e->config->bend) {
        e->former_write = e->write;
        e->has_former = true;
    }
}

/* ---- Other keys ---- */

/* keys_of_zeros: as they follow from a secret that everybody knows. */
static void keys_of_zeros(const struct parley_engine *e, struct protect *out) {
    static const uint8_t zeros[256];
    const struct parley_suite *suite =
        e->suite ? e->suite : parley_suite_find(PARLEY_TLS_AES_128_GCM_SHA256);
    if (suite->version == PARLEY_TLS13) {
        struct hmac_key secret;
        hmac_key_init(&secret, suite->hash, bytes_of(zeros, parley_hash_length(suite->hash)));
        protect_tls13(out, suite, &secret);
    } else {
        protect_tls12(out, suite, PROTECT_SEAL, zeros, zeros, zeros, e->encrypt_then_mac);
    }
}

/* keys_of_epoch13 returns our traffic secret of |epoch| or, reflecting, the peer's; NULL while
 * there is none. */
static const struct hmac_key *keys_of_epoch13(const struct parley_engine *e, enum parley_role role,
                                              enum parley_epoch epoch) {
    const struct schedule13 *s = &e->schedule;
    bool client = role == PARLEY_CLIENT;
    enum parley_epoch newest = e->read_epoch > e->write_epoch ? e->read_epoch : e->write_epoch;
    if (newest < epoch || (epoch == PARLEY_EPOCH_EARLY && !e->early_offered)) {
        return NULL;
    }
    const struct traffic *t = epoch == PARLEY_EPOCH_EARLY ? &s->client_early
                              : epoch == PARLEY_EPOCH_HANDSHAKE
                                  ? (client ? &s->client_handshake : &s->server_handshake)
                                  : (client ? &s->client_application : &s->server_application);
    return &t->key;
}

static void other_keys(struct parley_engine *e, enum parley_keys keys, struct protect *out) {
    *out = (struct protect){.cipher = PARLEY_CIPHER_NONE};
    const struct hmac_key *secret = NULL;
    enum parley_epoch epoch = keys == PARLEY_KEYS_EARLY       ? PARLEY_EPOCH_EARLY
                              : keys == PARLEY_KEYS_HANDSHAKE ? PARLEY_EPOCH_HANDSHAKE
                                                              : PARLEY_EPOCH_APPLICATION;
    if (keys == PARLEY_KEYS_CLEAR) {
        return;
    }
    if (keys == PARLEY_KEYS_PEER && e->version != PARLEY_TLS13 &&
        e->read.cipher != PARLEY_CIPHER_NONE) {
        *out = e->read;
        return;
    }
    bool ours = keys != PARLEY_KEYS_ZERO && keys != PARLEY_KEYS_PEER;
    if (ours && e->suite && e->suite->version == PARLEY_TLS12 &&
        e->next_write.cipher != PARLEY_CIPHER_NONE) {
        *out = e->write.cipher != PARLEY_CIPHER_NONE ? e->write : e->next_write;
        return;
    }
    if (keys == PARLEY_KEYS_PEER && e->version == PARLEY_TLS13 &&
        e->read_epoch != PARLEY_EPOCH_INITIAL) {
        enum parley_role peer = e->role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
        secret = keys_of_epoch13(e, peer, e->read_epoch);
    } else if (ours && e->suite) {
        secret = keys_of_epoch13(e, e->role, epoch);
    }
    if (secret != NULL && e->suite) {
        protect_tls13(out, e->suite, secret);
    } else {
        keys_of_zeros(e, out);
    }
    out->sequence = keys == PARLEY_KEYS_ZERO ? e->write.sequence : 0;
}

/* shown_message names what is in a record, as far as its first bytes say. */
static enum parley_message shown_message(uint8_t type) {
    return type == PARLEY_CONTENT_ALERT                ? PARLEY_MSG_alert
           : type == PARLEY_CONTENT_CHANGE_CIPHER_SPEC ? PARLEY_MSG_change_cipher_spec
                                                       : PARLEY_MESSAGE_UNKNOWN;
}

bool parley_engine_put_record(struct parley_engine *e, uint8_t type, enum parley_keys keys,
                              struct parley_bytes content) {
    if (records_flush(e)) {
        return false;
    }
    e->put = true;
    bool clear = keys == PARLEY_KEYS_CLEAR ||
                 (keys == PARLEY_KEYS_CURRENT && e->write_epoch == PARLEY_EPOCH_INITIAL);
    enum parley_epoch epoch = clear                           ? PARLEY_EPOCH_INITIAL
                              : keys == PARLEY_KEYS_EARLY     ? PARLEY_EPOCH_EARLY
                              : keys == PARLEY_KEYS_HANDSHAKE ? PARLEY_EPOCH_HANDSHAKE
                              : keys == PARLEY_KEYS_CURRENT   ? e->write_epoch
                                                              : PARLEY_EPOCH_APPLICATION;
    engine_observe(e, PARLEY_EVENT_RECORD_PUT, shown_message(type), epoch, content);
    if (keys == PARLEY_KEYS_FORMER) {
        return !records_emit_under(e, e->has_former ? &e->former_write : &e->write, type, content);
    }
    if (keys == PARLEY_KEYS_CURRENT) {
        return !records_emit_under(e, NULL, type, content);
    }
    struct protect other;
    other_keys(e, keys, &other);
    return !records_emit_under(e, &other, type, content);
}

bool parley_engine_rebind(struct parley_engine *e, uint8_t *hello, size_t len) {
    return e->psk_offered && psk_rebind(e, hello, len);
}
