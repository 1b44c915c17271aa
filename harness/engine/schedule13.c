/* The key schedule of TLS 1.3 (RFC 8446 7). */
#include <pthread.h>
#include <string.h>

#include "engine/inside.h"

/* What the schedule computes alike in every connection, once per process and hash. */
struct constants {
    uint8_t empty[HASH_MAX];   /* the hash of nothing */
    struct hmac_key zero_salt; /* of the Early Secret */
    struct hmac_key no_psk;    /* the Early Secret without a PSK */
    struct hmac_key no_psk_salt;
};

static const uint8_t zeros[HASH_MAX];
static struct constants constants_of[PARLEY_HASH_SHA512 + 1];

/* next_salt is Derive-Secret(., "derived", ""), which salts the next stage. */
static void next_salt(const struct hmac_key *stage, enum parley_hash hash, struct hmac_key *salt) {
    uint8_t derived[HASH_MAX];
    size_t len = parley_hash_length(hash);
    hkdf_expand_label(stage, "derived", bytes_of(constants_of[hash].empty, len), derived, len);
    hmac_key_init(salt, hash, bytes_of(derived, len));
}

static void extract(const struct hmac_key *salt, enum parley_hash hash, struct parley_bytes input,
                    struct hmac_key *out) {
    uint8_t secret[HASH_MAX];
    size_t len = hmac(salt, &input, 1, secret);
    hmac_key_init(out, hash, bytes_of(secret, len));
}

static void compute_constants(void) {
    static const enum parley_hash hashes[] = {PARLEY_HASH_SHA256, PARLEY_HASH_SHA384};
    for (size_t i = 0; i < sizeof(hashes) / sizeof(hashes[0]); i++) {
        enum parley_hash hash = hashes[i];
        struct constants *c = &constants_of[hash];
        hash_once(hash, bytes_of(NULL, 0), c->empty);
        hmac_key_init(&c->zero_salt, hash, bytes_of(NULL, 0));
        extract(&c->zero_salt, hash, bytes_of(zeros, parley_hash_length(hash)), &c->no_psk);
        next_salt(&c->no_psk, hash, &c->no_psk_salt);
    }
}

static const struct constants *constants(enum parley_hash hash) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, compute_constants);
    return &constants_of[hash];
}

void schedule13_early(struct schedule13 *s, enum parley_hash hash, struct parley_bytes psk) {
    const struct constants *c = constants(hash);
    s->hash = hash;
    s->length = parley_hash_length(hash);
    s->with_psk = psk.len > 0;
    if (s->with_psk) {
        extract(&c->zero_salt, hash, psk, &s->current);
    } else {
        s->current = c->no_psk;
    }
}

void schedule13_handshake(struct schedule13 *s, struct parley_bytes shared_secret) {
    struct hmac_key salt;
    if (shared_secret.len == 0) {
        shared_secret = bytes_of(zeros, s->length); /* psk_ke */
    }
    if (s->with_psk) {
        next_salt(&s->current, s->hash, &salt);
    } else {
        salt = constants(s->hash)->no_psk_salt;
    }
    extract(&salt, s->hash, shared_secret, &s->current);
}

void schedule13_master(struct schedule13 *s) {
    struct hmac_key salt;
    next_salt(&s->current, s->hash, &salt);
    extract(&salt, s->hash, bytes_of(zeros, s->length), &s->current);
}

void schedule13_derive(const struct schedule13 *s, const char *label, struct parley_bytes hash,
                       uint8_t out[HASH_MAX]) {
    hkdf_expand_label(&s->current, label, hash, out, s->length);
}

/* expand is HKDF-Expand-Label of one hash length under a secret that is used just once. */
static void expand(const struct schedule13 *s, const uint8_t *secret, const char *label,
                   struct parley_bytes context, uint8_t *out, size_t len) {
    struct hmac_key key;
    hmac_key_init(&key, s->hash, bytes_of(secret, s->length));
    hkdf_expand_label(&key, label, context, out, len);
}

size_t schedule13_finished(const struct schedule13 *s, const struct hmac_key *base_key,
                           struct parley_bytes transcript_hash, uint8_t out[HASH_MAX]) {
    uint8_t finished_key[HASH_MAX];
    struct hmac_key key;
    hkdf_expand_label(base_key, "finished", bytes_of(NULL, 0), finished_key, s->length);
    hmac_key_init(&key, s->hash, bytes_of(finished_key, s->length));
    return hmac(&key, &transcript_hash, 1, out);
}

size_t schedule13_binder(const struct schedule13 *s, bool external,
                         struct parley_bytes truncated_hash, uint8_t out[HASH_MAX]) {
    uint8_t binder_key[HASH_MAX];
    struct hmac_key key;
    schedule13_derive(s, external ? "ext binder" : "res binder",
                      bytes_of(constants(s->hash)->empty, s->length), binder_key);
    hmac_key_init(&key, s->hash, bytes_of(binder_key, s->length));
    return schedule13_finished(s, &key, truncated_hash, out);
}

/* derive_traffic derives one traffic secret and logs it. */
static void derive_traffic(struct parley_engine *e, const char *label, struct parley_bytes hash,
                           const char *log_label, struct traffic *out) {
    const struct schedule13 *s = &e->schedule;
    schedule13_derive(s, label, hash, out->secret);
    hmac_key_init(&out->key, s->hash, bytes_of(out->secret, s->length));
    keylog_line(e, log_label, out->secret, s->length);
}

void schedule13_early_keys(struct parley_engine *e, struct parley_bytes hello_hash) {
    derive_traffic(e, "c e traffic", hello_hash, "CLIENT_EARLY_TRAFFIC_SECRET",
                   &e->schedule.client_early);
}

void schedule13_handshake_keys(struct parley_engine *e) {
    struct schedule13 *s = &e->schedule;
    uint8_t digest[HASH_MAX];
    struct parley_bytes hash = {digest, transcript_peek(e, digest)};
    derive_traffic(e, "c hs traffic", hash, "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                   &s->client_handshake);
    derive_traffic(e, "s hs traffic", hash, "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                   &s->server_handshake);
}

void schedule13_application_keys(struct parley_engine *e) {
    struct schedule13 *s = &e->schedule;
    struct parley_bytes hash = {s->server_finished_hash,
                                transcript_peek(e, s->server_finished_hash)};
    derive_traffic(e, "c ap traffic", hash, "CLIENT_TRAFFIC_SECRET_0", &s->client_application);
    derive_traffic(e, "s ap traffic", hash, "SERVER_TRAFFIC_SECRET_0", &s->server_application);
    if (e->config->key_log) {
        uint8_t exporter[HASH_MAX];
        schedule13_derive(s, "exp master", hash, exporter);
        keylog_line(e, "EXPORTER_SECRET", exporter, s->length);
    }
}

static struct traffic *traffic_of(struct parley_engine *e, enum parley_role sender,
                                  enum parley_epoch epoch) {
    struct schedule13 *s = &e->schedule;
    if (epoch == PARLEY_EPOCH_EARLY) {
        return &s->client_early;
    }
    if (epoch == PARLEY_EPOCH_HANDSHAKE) {
        return sender == PARLEY_CLIENT ? &s->client_handshake : &s->server_handshake;
    }
    return sender == PARLEY_CLIENT ? &s->client_application : &s->server_application;
}

static enum parley_role peer_of(const struct parley_engine *e) {
    return e->role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
}

enum parley_error schedule13_read(struct parley_engine *e, enum parley_epoch epoch) {
    enum parley_error error = records_end_read(e);
    protect_tls13(&e->read, e->suite, &traffic_of(e, peer_of(e), epoch)->key);
    e->read_epoch = epoch;
    return error;
}

enum parley_error schedule13_write(struct parley_engine *e, enum parley_epoch epoch) {
    enum parley_error error = records_flush(e);
    bend_key_change(e);
    protect_tls13(&e->write, e->suite, &traffic_of(e, e->role, epoch)->key);
    e->write_epoch = epoch;
    return error;
}

enum parley_error schedule13_update(struct parley_engine *e, bool reading) {
    const struct schedule13 *s = &e->schedule;
    struct traffic *t = traffic_of(e, reading ? peer_of(e) : e->role, PARLEY_EPOCH_APPLICATION);
    uint8_t next[HASH_MAX];
    hkdf_expand_label(&t->key, "traffic upd", bytes_of(NULL, 0), next, s->length);
    memcpy(t->secret, next, s->length);
    hmac_key_init(&t->key, s->hash, bytes_of(t->secret, s->length));
    ++*(reading ? &e->key_updates_received : &e->key_updates_sent);
    return reading ? schedule13_read(e, PARLEY_EPOCH_APPLICATION)
                   : schedule13_write(e, PARLEY_EPOCH_APPLICATION);
}

void schedule13_resumption(const struct schedule13 *s, struct parley_bytes nonce,
                           uint8_t out[HASH_MAX]) {
    uint8_t secret[HASH_MAX];
    schedule13_derive(s, "res master", bytes_of(s->client_finished_hash, s->length), secret);
    expand(s, secret, "resumption", nonce, out, s->length);
}

bool schedule13_export(struct parley_engine *e, const char *label, struct parley_bytes context,
                       uint8_t *out, size_t len) {
    const struct schedule13 *s = &e->schedule;
    uint8_t exporter[HASH_MAX], digest[HASH_MAX], secret[HASH_MAX];
    if (len > 255 * s->length) {
        return false;
    }
    schedule13_derive(s, "exp master", bytes_of(s->server_finished_hash, s->length), exporter);
    hash_once(s->hash, context, digest);
    expand(s, exporter, label, bytes_of(constants(s->hash)->empty, s->length), secret, s->length);
    expand(s, secret, "exporter", bytes_of(digest, s->length), out, len);
    return true;
}
