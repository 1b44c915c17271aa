/* The key schedule of TLS 1.3 (RFC 8446 7). */
#include <string.h>

#include "engine/state.h"

void schedule13_early(struct schedule13 *s, enum parley_hash hash, struct parley_bytes psk) {
    static const uint8_t zeros[HASH_MAX];
    uint8_t secret[HASH_MAX];
    s->hash = hash;
    s->length = parley_hash_length(hash);
    if (psk.len == 0)
        psk = bytes_of(zeros, s->length);
    hkdf_extract(hash, bytes_of(NULL, 0), psk, secret);
    hmac_key_init(&s->current, hash, bytes_of(secret, s->length));
}

/* Each stage salts the next with Derive-Secret(., "derived", ""). */
static void next_stage(struct schedule13 *s, struct parley_bytes input) {
    uint8_t empty[HASH_MAX], salt[HASH_MAX], secret[HASH_MAX];
    hash_once(s->hash, bytes_of(NULL, 0), empty);
    hkdf_expand_label(&s->current, "derived", bytes_of(empty, s->length), salt, s->length);
    hkdf_extract(s->hash, bytes_of(salt, s->length), input, secret);
    hmac_key_init(&s->current, s->hash, bytes_of(secret, s->length));
}

void schedule13_handshake(struct schedule13 *s, struct parley_bytes shared_secret) {
    static const uint8_t zeros[HASH_MAX];
    if (shared_secret.len == 0)
        shared_secret = bytes_of(zeros, s->length); /* psk_ke */
    next_stage(s, shared_secret);
}

void schedule13_master(struct schedule13 *s) {
    static const uint8_t zeros[HASH_MAX];
    next_stage(s, bytes_of(zeros, s->length));
}

void schedule13_derive(const struct schedule13 *s, const char *label, struct parley_bytes hash,
                       uint8_t out[HASH_MAX]) {
    hkdf_expand_label(&s->current, label, hash, out, s->length);
}

static void expand(enum parley_hash hash, const uint8_t *secret, const char *label,
                   struct parley_bytes context, uint8_t *out, size_t len) {
    struct hmac_key key;
    hmac_key_init(&key, hash, bytes_of(secret, parley_hash_length(hash)));
    hkdf_expand_label(&key, label, context, out, len);
}

size_t schedule13_finished(enum parley_hash hash, const uint8_t *base_key,
                           struct parley_bytes transcript_hash, uint8_t out[HASH_MAX]) {
    uint8_t finished_key[HASH_MAX];
    size_t len = parley_hash_length(hash);
    struct hmac_key key;
    expand(hash, base_key, "finished", bytes_of(NULL, 0), finished_key, len);
    hmac_key_init(&key, hash, bytes_of(finished_key, len));
    return hmac(&key, &transcript_hash, 1, out);
}

size_t schedule13_binder(enum parley_hash hash, struct parley_bytes psk, bool external,
                         struct parley_bytes truncated_hash, uint8_t out[HASH_MAX]) {
    struct schedule13 s;
    uint8_t empty[HASH_MAX], binder_key[HASH_MAX];
    schedule13_early(&s, hash, psk);
    hash_once(hash, bytes_of(NULL, 0), empty);
    schedule13_derive(&s, external ? "ext binder" : "res binder", bytes_of(empty, s.length),
                      binder_key);
    return schedule13_finished(hash, binder_key, truncated_hash, out);
}

void schedule13_early_keys(struct parley_engine *e, struct parley_bytes hello_hash) {
    struct schedule13 *s = &e->schedule;
    schedule13_derive(s, "c e traffic", hello_hash, s->client_early);
    keylog_line(e, "CLIENT_EARLY_TRAFFIC_SECRET", s->client_early, s->length);
}

void schedule13_handshake_keys(struct parley_engine *e) {
    struct schedule13 *s = &e->schedule;
    uint8_t digest[HASH_MAX];
    struct parley_bytes hash = {digest, transcript_peek(e, digest)};
    schedule13_derive(s, "c hs traffic", hash, s->client_handshake);
    schedule13_derive(s, "s hs traffic", hash, s->server_handshake);
    keylog_line(e, "CLIENT_HANDSHAKE_TRAFFIC_SECRET", s->client_handshake, s->length);
    keylog_line(e, "SERVER_HANDSHAKE_TRAFFIC_SECRET", s->server_handshake, s->length);
}

void schedule13_application_keys(struct parley_engine *e) {
    struct schedule13 *s = &e->schedule;
    uint8_t digest[HASH_MAX];
    struct parley_bytes hash = {digest, transcript_peek(e, digest)};
    schedule13_derive(s, "c ap traffic", hash, s->client_application);
    schedule13_derive(s, "s ap traffic", hash, s->server_application);
    schedule13_derive(s, "exp master", hash, s->exporter);
    keylog_line(e, "CLIENT_TRAFFIC_SECRET_0", s->client_application, s->length);
    keylog_line(e, "SERVER_TRAFFIC_SECRET_0", s->server_application, s->length);
    keylog_line(e, "EXPORTER_SECRET", s->exporter, s->length);
}

static uint8_t *traffic_secret(struct parley_engine *e, enum parley_role sender,
                               enum parley_epoch epoch) {
    struct schedule13 *s = &e->schedule;
    if (epoch == PARLEY_EPOCH_EARLY)
        return s->client_early;
    if (epoch == PARLEY_EPOCH_HANDSHAKE)
        return sender == PARLEY_CLIENT ? s->client_handshake : s->server_handshake;
    return sender == PARLEY_CLIENT ? s->client_application : s->server_application;
}

static enum parley_role peer_of(const struct parley_engine *e) {
    return e->role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
}

enum parley_error schedule13_read(struct parley_engine *e, enum parley_epoch epoch) {
    struct protect keys;
    protect_tls13(&keys, e->suite, bytes_of(traffic_secret(e, peer_of(e), epoch), e->schedule.length));
    return records_read_keys(e, &keys, epoch);
}

enum parley_error schedule13_write(struct parley_engine *e, enum parley_epoch epoch) {
    struct protect keys;
    protect_tls13(&keys, e->suite, bytes_of(traffic_secret(e, e->role, epoch), e->schedule.length));
    return records_write_keys(e, &keys, epoch);
}

enum parley_error schedule13_update(struct parley_engine *e, bool reading) {
    uint8_t *secret = traffic_secret(e, reading ? peer_of(e) : e->role, PARLEY_EPOCH_APPLICATION);
    uint8_t next[HASH_MAX];
    expand(e->schedule.hash, secret, "traffic upd", bytes_of(NULL, 0), next, e->schedule.length);
    memcpy(secret, next, e->schedule.length);
    return reading ? schedule13_read(e, PARLEY_EPOCH_APPLICATION)
                   : schedule13_write(e, PARLEY_EPOCH_APPLICATION);
}

bool schedule13_export(struct parley_engine *e, const char *label, struct parley_bytes context,
                       uint8_t *out, size_t len) {
    const struct schedule13 *s = &e->schedule;
    uint8_t empty[HASH_MAX], digest[HASH_MAX], secret[HASH_MAX];
    if (len > 255 * s->length)
        return false;
    hash_once(s->hash, bytes_of(NULL, 0), empty);
    hash_once(s->hash, context, digest);
    expand(s->hash, s->exporter, label, bytes_of(empty, s->length), secret, s->length);
    expand(s->hash, secret, "exporter", bytes_of(digest, s->length), out, len);
    return true;
}
