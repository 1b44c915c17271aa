/* Hashes, HMAC, HKDF and the TLS 1.2 PRF without heap: all state lies in the caller's structs. */
#ifndef PARLEY_ENGINE_HASH_H
#define PARLEY_ENGINE_HASH_H

#include <openssl/sha.h>

#include "parley/bytes.h"
#include "parley/tables.h"

#define HASH_MAX 64 /* longest output, in bytes */

/* hash_state is a running hash. It may be copied by assignment. */
struct hash_state {
    enum parley_hash hash;
    union {
        SHA_CTX sha1;
        SHA256_CTX sha256;
        SHA512_CTX sha512; /* SHA-384 too */
    } u;
};

void hash_init(struct hash_state *s, enum parley_hash hash);
void hash_update(struct hash_state *s, const uint8_t *data, size_t len);

/* hash_peek writes the hash of what went in so far and returns its length; |s| can go on. */
size_t hash_peek(const struct hash_state *s, uint8_t out[HASH_MAX]);

/* hash_once hashes one string. */
size_t hash_once(enum parley_hash hash, struct parley_bytes in, uint8_t out[HASH_MAX]);

/* hmac_key is a key with its two pads absorbed, so that each use costs two blocks less. It holds
 * the bare chaining values: a whole hash_state is costlier to copy than the block it saves. */
union hash_words {
    uint32_t w32[8]; /* SHA-1, SHA-256 */
    uint64_t w64[8];
};
struct hmac_key {
    enum parley_hash hash;
    union hash_words inner;
    union hash_words outer;
};

void hmac_key_init(struct hmac_key *k, enum parley_hash hash, struct parley_bytes key);

/* hmac writes HMAC(key, parts[0] || parts[1] || …) and returns its length (RFC 2104). */
size_t hmac(const struct hmac_key *k, const struct parley_bytes *parts, size_t count,
            uint8_t out[HASH_MAX]);

/* hkdf_extract is HKDF-Extract (RFC 5869 2.2); an empty |salt| stands for zeros. |out| gets
 * the hash's length. */
void hkdf_extract(enum parley_hash hash, struct parley_bytes salt, struct parley_bytes ikm,
                  uint8_t out[HASH_MAX]);

/* hkdf_expand is HKDF-Expand (RFC 5869 2.3) under a PRK held as hmac_key; |out_len| ≤ 255 hashes.
 */
void hkdf_expand(const struct hmac_key *prk, struct parley_bytes info, uint8_t *out,
                 size_t out_len);

/* hkdf_expand_label is HKDF-Expand-Label (RFC 8446 7.1); |label| without "tls13 ". */
void hkdf_expand_label(const struct hmac_key *secret, const char *label,
                       struct parley_bytes context, uint8_t *out, size_t out_len);

/* prf is the TLS 1.2 PRF (RFC 5246 5) over |label| || |seed1| || |seed2|. */
void prf(enum parley_hash hash, struct parley_bytes secret, const char *label,
         struct parley_bytes seed1, struct parley_bytes seed2, uint8_t *out, size_t out_len);

#endif
