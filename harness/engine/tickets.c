/* Sessions: what is remembered of a connection, sealed into tickets (RFC 5077 4, RFC 8446 4.6.1)
 * and kept in a server's cache of TLS 1.2 session ids. */
#include <openssl/aead.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "engine/state.h"

#define TICKET_NONCE 12
#define TICKET_TAG 16

void tickets_describe(const struct parley_engine *e, struct parley_session *out) {
    memset(out, 0, offsetof(struct parley_session, session_id));
    out->version = e->version;
    out->suite = e->suite->code;
    out->group = e->group;
    out->issued_ms = e->now_ms;
    out->lifetime = e->config->ticket_lifetime ? e->config->ticket_lifetime : 7200;
    out->extended_master_secret = e->extended_master_secret;
    out->peer_verified = e->peer_verified;
    out->alpn_length = e->alpn_length;
    memcpy(out->alpn, e->alpn, e->alpn_length);
    out->server_name_length = e->name_length;
    memcpy(out->server_name, e->name, e->name_length);
    if (e->role == PARLEY_SERVER && e->leaf_length) {
        SHA256(e->leaf, e->leaf_length, out->peer_sha256);
    } else if (e->resumed && !e->external) {
        memcpy(out->peer_sha256, e->session.peer_sha256, sizeof(out->peer_sha256));
    }
    if (e->version == PARLEY_TLS12) {
        memcpy(out->secret, e->master_secret, sizeof(e->master_secret));
        out->secret_length = sizeof(e->master_secret);
    }
}

bool session_fresh(const struct parley_engine *e, const struct parley_session *s) {
    int64_t age = e->now_ms - s->issued_ms;
    return age >= 0 && age <= (int64_t)s->lifetime * 1000;
}

static bool write_session(CBB *out, const struct parley_session *s) {
    CBB child;
    uint8_t flags = (uint8_t)(s->extended_master_secret | s->peer_verified << 1);
    return CBB_add_u16(out, s->version) && CBB_add_u16(out, s->suite) &&
           CBB_add_u16(out, s->group) && CBB_add_u8_length_prefixed(out, &child) &&
           CBB_add_bytes(&child, s->secret, s->secret_length) &&
           CBB_add_u64(out, (uint64_t)s->issued_ms) && CBB_add_u32(out, s->lifetime) &&
           CBB_add_u32(out, s->age_add) && CBB_add_u32(out, s->max_early_data) &&
           CBB_add_u8(out, flags) && CBB_add_bytes(out, s->peer_sha256, sizeof(s->peer_sha256)) &&
           CBB_add_u8_length_prefixed(out, &child) &&
           CBB_add_bytes(&child, s->alpn, s->alpn_length) &&
           CBB_add_u8_length_prefixed(out, &child) &&
           CBB_add_bytes(&child, s->server_name, s->server_name_length) && CBB_flush(out);
}

static bool read_short(CBS *in, uint8_t *out, size_t cap, size_t *len) {
    CBS child;
    if (!CBS_get_u8_length_prefixed(in, &child) || CBS_len(&child) > cap) {
        return false;
    }
    *len = CBS_len(&child);
    return CBS_copy_bytes(&child, out, *len);
}

static bool read_session(CBS *in, struct parley_session *s) {
    uint64_t issued;
    uint8_t flags;
    size_t secret, alpn, name;
    s->ticket_length = s->session_id_length = 0;
    if (!CBS_get_u16(in, &s->version) || !CBS_get_u16(in, &s->suite) ||
        !CBS_get_u16(in, &s->group) || !read_short(in, s->secret, sizeof(s->secret), &secret) ||
        !CBS_get_u64(in, &issued) || !CBS_get_u32(in, &s->lifetime) ||
        !CBS_get_u32(in, &s->age_add) || !CBS_get_u32(in, &s->max_early_data) ||
        !CBS_get_u8(in, &flags) || !CBS_copy_bytes(in, s->peer_sha256, sizeof(s->peer_sha256)) ||
        !read_short(in, s->alpn, sizeof(s->alpn), &alpn) ||
        !read_short(in, s->server_name, sizeof(s->server_name), &name) || CBS_len(in) != 0) {
        return false;
    }
    s->secret_length = (uint16_t)secret;
    s->issued_ms = (int64_t)issued;
    s->extended_master_secret = flags & 1;
    s->peer_verified = flags >> 1 & 1;
    s->alpn_length = (uint8_t)alpn;
    s->server_name_length = (uint8_t)name;
    return true;
}

static bool ticket_aead(const struct parley_engine *e, EVP_AEAD_CTX *ctx) {
    EVP_AEAD_CTX_zero(ctx);
    return EVP_AEAD_CTX_init(ctx, EVP_aead_aes_256_gcm(), e->config->ticket_key,
                             sizeof(e->config->ticket_key), TICKET_TAG, NULL);
}

size_t tickets_seal(struct parley_engine *e, const struct parley_session *session, uint8_t *out,
                    size_t cap) {
    uint8_t plain[1024];
    EVP_AEAD_CTX ctx;
    CBB cbb;
    size_t len;
    if (cap < TICKET_NONCE || !CBB_init_fixed(&cbb, plain, sizeof(plain)) ||
        !write_session(&cbb, session) || !ticket_aead(e, &ctx)) {
        return 0;
    }
    random_fill(&e->random, out, TICKET_NONCE);
    bool ok = EVP_AEAD_CTX_seal(&ctx, out + TICKET_NONCE, &len, cap - TICKET_NONCE, out,
                                TICKET_NONCE, plain, CBB_len(&cbb), NULL, 0);
    EVP_AEAD_CTX_cleanup(&ctx);
    return ok ? TICKET_NONCE + len : 0;
}

bool tickets_open(struct parley_engine *e, struct parley_bytes ticket, struct parley_session *out) {
    uint8_t plain[1024];
    EVP_AEAD_CTX ctx;
    size_t len;
    if (ticket.len < TICKET_NONCE + TICKET_TAG || ticket.len > sizeof(plain) ||
        e->config->no_tickets || !ticket_aead(e, &ctx)) {
        return false;
    }
    bool ok = EVP_AEAD_CTX_open(&ctx, plain, &len, sizeof(plain), ticket.data, TICKET_NONCE,
                                ticket.data + TICKET_NONCE, ticket.len - TICKET_NONCE, NULL, 0);
    EVP_AEAD_CTX_cleanup(&ctx);
    CBS in;
    CBS_init(&in, plain, ok ? len : 0);
    return ok && read_session(&in, out) && session_fresh(e, out);
}

/* ---- Session ids ---- */

struct parley_session_cache {
    size_t capacity, next;
    struct parley_session entries[];
};

struct parley_session_cache *parley_session_cache_new(size_t capacity) {
    struct parley_session_cache *cache =
        calloc(1, sizeof(*cache) + capacity * sizeof(cache->entries[0]));
    if (cache) {
        cache->capacity = capacity;
    }
    return cache;
}

void parley_session_cache_free(struct parley_session_cache *cache) {
    free(cache);
}

void session_cache_put(struct parley_session_cache *cache, const struct parley_session *session) {
    if (cache->capacity == 0) {
        return;
    }
    cache->entries[cache->next] = *session;
    cache->next = (cache->next + 1) % cache->capacity;
}

const struct parley_session *session_cache_get(struct parley_session_cache *cache,
                                               struct parley_bytes id) {
    for (size_t i = 0; i < cache->capacity; i++) {
        const struct parley_session *s = &cache->entries[i];
        if (id.len && bytes_equal(bytes_of(s->session_id, s->session_id_length), id)) {
            return s;
        }
    }
    return NULL;
}
