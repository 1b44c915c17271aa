/* Hashes, HMAC (RFC 2104), HKDF (RFC 5869, RFC 8446 7.1) and the TLS 1.2 PRF (RFC 5246 5). */
#include "engine/hash.h"

#include <assert.h>
#include <string.h>

#define BLOCK_MAX SHA512_CBLOCK

static size_t block_length(enum parley_hash hash) {
    return hash == PARLEY_HASH_SHA384 || hash == PARLEY_HASH_SHA512 ? SHA512_CBLOCK : SHA256_CBLOCK;
}

void hash_init(struct hash_state *s, enum parley_hash hash) {
    s->hash = hash;
    switch (hash) {
    case PARLEY_HASH_SHA1:
        SHA1_Init(&s->u.sha1);
        break;
    case PARLEY_HASH_SHA256:
        SHA256_Init(&s->u.sha256);
        break;
    case PARLEY_HASH_SHA384:
        SHA384_Init(&s->u.sha512);
        break;
    case PARLEY_HASH_SHA512:
        SHA512_Init(&s->u.sha512);
        break;
    case PARLEY_HASH_NONE:
        break;
    }
}

void hash_update(struct hash_state *s, const uint8_t *data, size_t len) {
    switch (s->hash) {
    case PARLEY_HASH_SHA1:
        SHA1_Update(&s->u.sha1, data, len);
        break;
    case PARLEY_HASH_SHA256:
        SHA256_Update(&s->u.sha256, data, len);
        break;
    case PARLEY_HASH_SHA384:
        SHA384_Update(&s->u.sha512, data, len);
        break;
    case PARLEY_HASH_SHA512:
        SHA512_Update(&s->u.sha512, data, len);
        break;
    case PARLEY_HASH_NONE:
        break;
    }
}

/* hash_finish is hash_peek on a state that is not needed any more. */
static size_t hash_finish(struct hash_state *s, uint8_t out[HASH_MAX]) {
    switch (s->hash) {
    case PARLEY_HASH_SHA1:
        SHA1_Final(out, &s->u.sha1);
        return SHA_DIGEST_LENGTH;
    case PARLEY_HASH_SHA256:
        SHA256_Final(out, &s->u.sha256);
        return SHA256_DIGEST_LENGTH;
    case PARLEY_HASH_SHA384:
        SHA384_Final(out, &s->u.sha512);
        return SHA384_DIGEST_LENGTH;
    case PARLEY_HASH_SHA512:
        SHA512_Final(out, &s->u.sha512);
        return SHA512_DIGEST_LENGTH;
    case PARLEY_HASH_NONE:
        break;
    }
    return 0;
}

size_t hash_peek(const struct hash_state *s, uint8_t out[HASH_MAX]) {
    struct hash_state copy = *s;
    return hash_finish(&copy, out);
}

size_t hash_once(enum parley_hash hash, struct parley_bytes in, uint8_t out[HASH_MAX]) {
    struct hash_state s;
    hash_init(&s, hash);
    hash_update(&s, in.data, in.len);
    return hash_finish(&s, out);
}

void hmac_key_init(struct hmac_key *k, enum parley_hash hash, struct parley_bytes key) {
    uint8_t hashed[HASH_MAX];
    uint8_t pad[BLOCK_MAX];
    size_t block = block_length(hash);
    if (key.len > block) {
        key.len = hash_once(hash, key, hashed);
        key.data = hashed;
    }
    memset(pad, 0x36, block);
    for (size_t i = 0; i < key.len; i++) {
        pad[i] ^= key.data[i];
    }
    hash_init(&k->inner, hash);
    hash_update(&k->inner, pad, block);
    for (size_t i = 0; i < block; i++) {
        pad[i] ^= 0x36 ^ 0x5c;
    }
    hash_init(&k->outer, hash);
    hash_update(&k->outer, pad, block);
}

size_t hmac(const struct hmac_key *k, const struct parley_bytes *parts, size_t count,
            uint8_t out[HASH_MAX]) {
    struct hash_state s = k->inner;
    for (size_t i = 0; i < count; i++) {
        hash_update(&s, parts[i].data, parts[i].len);
    }
    size_t len = hash_finish(&s, out);
    s = k->outer;
    hash_update(&s, out, len);
    return hash_finish(&s, out);
}

void hkdf_extract(enum parley_hash hash, struct parley_bytes salt, struct parley_bytes ikm,
                  uint8_t out[HASH_MAX]) {
    /* HMAC pads its key with zeros, so an empty salt already is the string of zeros. */
    struct hmac_key k;
    hmac_key_init(&k, hash, salt);
    hmac(&k, &ikm, 1, out);
}

void hkdf_expand(const struct hmac_key *prk, struct parley_bytes info, uint8_t *out,
                 size_t out_len) {
    uint8_t block[HASH_MAX];
    uint8_t counter = 1;
    struct parley_bytes parts[3] = {{block, 0}, info, {&counter, 1}};
    assert(out_len <= 255 * parley_hash_length(prk->inner.hash));
    while (out_len > 0) {
        size_t len = hmac(prk, parts, 3, block);
        size_t take = len < out_len ? len : out_len;
        memcpy(out, block, take);
        out += take;
        out_len -= take;
        parts[0].len = len;
        counter++;
    }
}

void hkdf_expand_label(const struct hmac_key *secret, const char *label,
                       struct parley_bytes context, uint8_t *out, size_t out_len) {
    static const char prefix[6] = {'t', 'l', 's', '1', '3', ' '};
    uint8_t info[2 + 1 + 255 + 1 + 255];
    size_t label_len = strlen(label);
    size_t n = 0;
    assert(label_len <= 255 - sizeof(prefix) && context.len <= 255 && out_len <= 0xffff);
    info[n++] = (uint8_t)(out_len >> 8);
    info[n++] = (uint8_t)out_len;
    info[n++] = (uint8_t)(sizeof(prefix) + label_len);
    memcpy(info + n, prefix, sizeof(prefix));
    n += sizeof(prefix);
    for (size_t i = 0; i < label_len; i++) {
        info[n++] = (uint8_t)label[i];
    }
    info[n++] = (uint8_t)context.len;
    if (context.len > 0) {
        memcpy(info + n, context.data, context.len);
        n += context.len;
    }
    hkdf_expand(secret, (struct parley_bytes){info, n}, out, out_len);
}

void prf(enum parley_hash hash, struct parley_bytes secret, const char *label,
         struct parley_bytes seed1, struct parley_bytes seed2, uint8_t *out, size_t out_len) {
    uint8_t a[HASH_MAX];
    uint8_t block[HASH_MAX];
    struct hmac_key k;
    struct parley_bytes label_bytes = {(const uint8_t *)label, strlen(label)};
    struct parley_bytes parts[4] = {{a, 0}, label_bytes, seed1, seed2};
    hmac_key_init(&k, hash, secret);
    /* parts holds A(i) || label || seed; A(1) is HMAC of it with A(0) left out. */
    parts[0].len = hmac(&k, parts + 1, 3, a);
    while (out_len > 0) {
        size_t len = hmac(&k, parts, 4, block);
        size_t take = len < out_len ? len : out_len;
        memcpy(out, block, take);
        out += take;
        out_len -= take;
        if (out_len > 0) {
            hmac(&k, parts, 1, a);
        }
    }
}
