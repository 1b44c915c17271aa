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

/* ---- HMAC ----
 *
 * Nearly all of what a handshake authenticates fits into one block, where the bookkeeping of Update
 * and Final would cost as much as the compression. So messages of up to BUFFER bytes are padded
 * here. */

#define BUFFER (3 * BLOCK_MAX)

/* words_init gives the chaining value before the first block. */
static void words_init(union hash_words *w, enum parley_hash hash) {
    struct hash_state s;
    hash_init(&s, hash);
    if (hash == PARLEY_HASH_SHA1) {
        memcpy(w->w32, s.u.sha1.h, sizeof(s.u.sha1.h));
    } else if (hash == PARLEY_HASH_SHA256) {
        memcpy(w->w32, s.u.sha256.h, sizeof(s.u.sha256.h));
    } else {
        memcpy(w->w64, s.u.sha512.h, sizeof(s.u.sha512.h));
    }
}

/* words_resume puts |s| where |block_length| bytes with the chaining value |w| have gone in. */
static void words_resume(const union hash_words *w, enum parley_hash hash, struct hash_state *s) {
    static const uint8_t any[BLOCK_MAX];
    hash_init(s, hash);
    hash_update(s, any, block_length(hash)); /* so that it counts them */
    if (hash == PARLEY_HASH_SHA1) {
        memcpy(s->u.sha1.h, w->w32, sizeof(s->u.sha1.h));
    } else if (hash == PARLEY_HASH_SHA256) {
        memcpy(s->u.sha256.h, w->w32, sizeof(s->u.sha256.h));
    } else {
        memcpy(s->u.sha512.h, w->w64, sizeof(s->u.sha512.h));
    }
}

/* compress takes |count| blocks into |w|. */
static void compress(union hash_words *w, enum parley_hash hash, const uint8_t *blocks,
                     size_t count) {
    if (hash == PARLEY_HASH_SHA256) {
        SHA256_TransformBlocks(w->w32, blocks, count);
    } else if (hash == PARLEY_HASH_SHA1) {
        SHA_CTX ctx;
        memcpy(ctx.h, w->w32, sizeof(ctx.h));
        for (size_t i = 0; i < count; i++) {
            SHA1_Transform(&ctx, blocks + i * SHA_CBLOCK);
        }
        memcpy(w->w32, ctx.h, sizeof(ctx.h));
    } else {
        SHA512_CTX ctx;
        memcpy(ctx.h, w->w64, sizeof(ctx.h));
        for (size_t i = 0; i < count; i++) {
            SHA512_Transform(&ctx, blocks + i * SHA512_CBLOCK);
        }
        memcpy(w->w64, ctx.h, sizeof(ctx.h));
    }
}

static void put32(uint8_t *out, uint32_t v) {
    out[0] = (uint8_t)(v >> 24);
    out[1] = (uint8_t)(v >> 16);
    out[2] = (uint8_t)(v >> 8);
    out[3] = (uint8_t)v;
}

/* finish_words pads the |len| bytes in |buffer|, before which one block has gone into |w|, takes
 * them in and writes the hash, whose length it returns. */
static size_t finish_words(union hash_words *w, enum parley_hash hash, uint8_t buffer[BUFFER],
                           size_t len, uint8_t out[HASH_MAX]) {
    size_t block = block_length(hash);
    size_t hash_len = parley_hash_length(hash);
    size_t count =
        (len + block / 8 + block) / block; /* 0x80 and a length of an eighth of a block */
    buffer[len] = 0x80;
    memset(buffer + len + 1, 0, count * block - 4 - (len + 1));
    put32(buffer + count * block - 4, (uint32_t)((block + len) * 8));
    compress(w, hash, buffer, count);
    for (size_t i = 0; i < hash_len / 4; i++) {
        put32(out + 4 * i,
              block == SHA512_CBLOCK ? (uint32_t)(w->w64[i / 2] >> (i % 2 ? 0 : 32)) : w->w32[i]);
    }
    return hash_len;
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
    k->hash = hash;
    words_init(&k->inner, hash);
    k->outer = k->inner;
    compress(&k->inner, hash, pad, 1);
    for (size_t i = 0; i < block; i++) {
        pad[i] ^= 0x36 ^ 0x5c;
    }
    compress(&k->outer, hash, pad, 1);
}

size_t hmac(const struct hmac_key *k, const struct parley_bytes *parts, size_t count,
            uint8_t out[HASH_MAX]) {
    uint8_t buffer[BUFFER];
    union hash_words words = k->inner;
    size_t total = 0;
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        total += parts[i].len;
    }
    if (total <= BUFFER - BLOCK_MAX) {
        for (size_t i = 0; i < count; i++) {
            if (parts[i].len > 0) {
                memcpy(buffer + len, parts[i].data, parts[i].len);
                len += parts[i].len;
            }
        }
        len = finish_words(&words, k->hash, buffer, len, buffer);
    } else {
        struct hash_state s;
        words_resume(&words, k->hash, &s);
        for (size_t i = 0; i < count; i++) {
            hash_update(&s, parts[i].data, parts[i].len);
        }
        len = hash_finish(&s, buffer);
    }
    words = k->outer;
    return finish_words(&words, k->hash, buffer, len, out);
}

/* ---- HKDF and PRF ---- */

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
    assert(out_len <= 255 * parley_hash_length(prk->hash));
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
