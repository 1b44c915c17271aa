/* The transcript: the handshake messages as both sides hash them (RFC 8446 4.4.1, RFC 5246 7.4.9).
 *
 * Its bytes are kept until the hash is known, and in TLS 1.2 for the whole handshake, as the hash
 * of a client's signature may differ from the PRF's. */
#include <string.h>

#include "engine/inside.h"

enum parley_error transcript_add(struct parley_engine *e, struct parley_bytes message) {
    struct transcript *t = &e->transcript;
    if (t->hashing) {
        hash_update(&t->hash, message.data, message.len);
    }
    if (t->keeping) {
        if (message.len > sizeof(e->kept) - t->length) {
            return PARLEY_ERR_buffer_full;
        }
        memcpy(e->kept + t->length, message.data, message.len);
        t->length += message.len;
    }
    return PARLEY_OK;
}

void transcript_start(struct parley_engine *e, enum parley_hash hash) {
    struct transcript *t = &e->transcript;
    if (t->hashing) {
        return;
    }
    if (t->ahead_length > 0 && t->ahead.hash == hash) {
        t->hash = t->ahead;
    } else {
        hash_init(&t->hash, hash);
        t->ahead_length = 0;
    }
    hash_update(&t->hash, e->kept + t->ahead_length, t->length - t->ahead_length);
    t->hashing = true;
    t->keeping = e->version != PARLEY_TLS13;
}

size_t transcript_peek(const struct parley_engine *e, uint8_t out[HASH_MAX]) {
    return hash_peek(&e->transcript.hash, out);
}

void transcript_retry(struct parley_engine *e) {
    struct transcript *t = &e->transcript;
    uint8_t digest[HASH_MAX];
    size_t len = hash_peek(&t->hash, digest);
    const uint8_t header[4] = {254, 0, 0, (uint8_t)len}; /* message_hash */
    hash_init(&t->hash, t->hash.hash);
    hash_update(&t->hash, header, sizeof(header));
    hash_update(&t->hash, digest, len);
}

struct parley_bytes transcript_bytes(const struct parley_engine *e) {
    return (struct parley_bytes){e->kept, e->transcript.length};
}

void transcript_rehash(struct parley_engine *e, enum parley_hash hash) {
    struct transcript *t = &e->transcript;
    if (t->hashing && t->hash.hash != hash) {
        t->hashing = false;
        t->ahead_length = 0;
        transcript_start(e, hash);
    }
}
