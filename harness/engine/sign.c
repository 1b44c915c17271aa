/* Signatures of handshakes (RFC 8446 4.4.3, RFC 5246 4.7, RFC 8017) and the RSA key exchange. */
#include "engine/sign.h"

#include <string.h>

#include <openssl/bn.h>
#include <openssl/bytestring.h>
#include <openssl/curve25519.h>
#include <openssl/digest.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include "engine/hash.h"

#define SCALAR_MAX 66 /* of secp521r1 */
#define MAX_CANDIDATES 64
#define PREMASTER 48
#define NONCE_SEED 32

/* rsa_of and ec_of return the key in |key|, or NULL if it is of another type. */
static RSA *rsa_of(const EVP_PKEY *key) {
    return EVP_PKEY_id(key) == EVP_PKEY_RSA ? EVP_PKEY_get0_RSA(key) : NULL;
}

static const EC_KEY *ec_of(const EVP_PKEY *key) {
    return EVP_PKEY_id(key) == EVP_PKEY_EC ? EVP_PKEY_get0_EC_KEY(key) : NULL;
}

static int hash_nid(enum parley_hash hash) {
    switch (hash) {
    case PARLEY_HASH_SHA1:
        return NID_sha1;
    case PARLEY_HASH_SHA256:
        return NID_sha256;
    case PARLEY_HASH_SHA384:
        return NID_sha384;
    default:
        return NID_sha512;
    }
}

static const EVP_MD *hash_md(enum parley_hash hash) {
    return EVP_get_digestbynid(hash_nid(hash));
}

/* A question about |key|, made in |buffer|; without an answer if the key cannot be named. */
static struct memo_question ask(struct parley_memo *memo, const char *operation,
                                const EVP_PKEY *key, uint8_t buffer[MEMO_KEY_MAX]) {
    struct parley_bytes name = memo_key(memo, key, buffer);
    return (struct memo_question){name.len != 0 ? memo : NULL, operation, {name}};
}

static int curve_nid(uint16_t curve) {
    switch (curve) {
    case PARLEY_GROUP_secp256r1:
        return NID_X9_62_prime256v1;
    case PARLEY_GROUP_secp384r1:
        return NID_secp384r1;
    case PARLEY_GROUP_secp521r1:
        return NID_secp521r1;
    default:
        return NID_undef;
    }
}

bool sign_fits(const EVP_PKEY *key, const struct parley_sigalg *scheme, uint16_t version) {
    size_t hash_len = parley_hash_length(scheme->hash);
    if (version >= PARLEY_TLS13 && !scheme->tls13) {
        return false;
    }
    switch (scheme->key) {
    case PARLEY_KEY_RSA:
        /* 19 is the longest DigestInfo before the hash, 11 the least padding (RFC 8017 9.2). */
        return EVP_PKEY_id(key) == EVP_PKEY_RSA && (size_t)EVP_PKEY_size(key) >= hash_len + 19 + 11;
    case PARLEY_KEY_RSA_PSS:
        /* RFC 8017 9.1.1 with a salt as long as the hash; the encoding has one bit less than n. */
        return EVP_PKEY_id(key) == EVP_PKEY_RSA &&
               ((size_t)EVP_PKEY_bits(key) - 1 + 7) / 8 >= 2 * hash_len + 2;
    case PARLEY_KEY_ECDSA:
        return ec_of(key) != NULL &&
               (version < PARLEY_TLS13 ||
                EC_GROUP_get_curve_name(EC_KEY_get0_group(ec_of(key))) == curve_nid(scheme->curve));
    case PARLEY_KEY_ED25519:
        return EVP_PKEY_id(key) == EVP_PKEY_ED25519;
    case PARLEY_KEY_NONE:
        break;
    }
    return false;
}

/* ---- ECDSA ---- */

/* draw_nonce makes a nonce from |fresh| random bytes, hedged with the key and the digest:
 * HKDF-Expand under them, candidate after candidate until one is in [1, order). */
static bool draw_nonce(const EC_KEY *key, struct parley_bytes digest, struct parley_bytes fresh,
                       uint8_t nonce[SCALAR_MAX], size_t len) {
    const BIGNUM *order = EC_GROUP_get0_order(EC_KEY_get0_group(key));
    uint8_t bound[SCALAR_MAX];
    uint8_t secret[SCALAR_MAX];
    uint8_t prk[HASH_MAX];
    struct hmac_key k;
    uint8_t mask = (uint8_t)(0xff >> (8 * len - BN_num_bits(order)));
    bool found = false;
    if (!BN_bn2bin_padded(bound, len, order) ||
        !BN_bn2bin_padded(secret, len, EC_KEY_get0_private_key(key))) {
        return false;
    }
    hkdf_extract(PARLEY_HASH_SHA256, fresh, (struct parley_bytes){secret, len}, prk);
    hmac_key_init(&k, PARLEY_HASH_SHA256, (struct parley_bytes){prk, SHA256_DIGEST_LENGTH});
    for (uint8_t i = 0; i < MAX_CANDIDATES && !found; i++) {
        uint8_t info[1 + HASH_MAX] = {i};
        uint8_t any = 0;
        memcpy(info + 1, digest.data, digest.len);
        hkdf_expand(&k, (struct parley_bytes){info, 1 + digest.len}, nonce, len);
        nonce[0] &= mask;
        for (size_t j = 0; j < len; j++) {
            any |= nonce[j];
        }
        found = any != 0 && memcmp(nonce, bound, len) < 0;
    }
    OPENSSL_cleanse(secret, sizeof(secret));
    OPENSSL_cleanse(prk, sizeof(prk));
    OPENSSL_cleanse(&k, sizeof(k));
    return found;
}

static bool ecdsa_sign(EVP_PKEY *key, struct parley_bytes digest, struct parley_bytes fresh,
                       uint8_t out[SIGNATURE_MAX], size_t *out_len) {
    const EC_KEY *ec = ec_of(key);
    uint8_t nonce[SCALAR_MAX];
    CBB cbb;
    if (ec == NULL || EC_KEY_get0_private_key(ec) == NULL) {
        return false;
    }
    size_t len = BN_num_bytes(EC_GROUP_get0_order(EC_KEY_get0_group(ec)));
    if (len > SCALAR_MAX || !draw_nonce(ec, digest, fresh, nonce, len)) {
        return false;
    }
    /* The name warns of reused nonces: equal randomness and content give the equal signature, all
     * else another nonce. libcrypto has no other function that takes one. */
    ECDSA_SIG *sig = ECDSA_sign_with_nonce_and_leak_private_key_for_testing(digest.data, digest.len,
                                                                            ec, nonce, len);
    OPENSSL_cleanse(nonce, sizeof(nonce));
    bool ok = sig != NULL && CBB_init_fixed(&cbb, out, SIGNATURE_MAX) &&
              ECDSA_SIG_marshal(&cbb, sig) && CBB_finish(&cbb, NULL, out_len);
    ECDSA_SIG_free(sig);
    return ok;
}

static bool ecdsa_verify(EVP_PKEY *key, struct parley_bytes digest, struct parley_bytes signature) {
    const EC_KEY *ec = ec_of(key);
    /* Strict DER without anything behind it. */
    ECDSA_SIG *sig = ec != NULL ? ECDSA_SIG_from_bytes(signature.data, signature.len) : NULL;
    bool ok = sig != NULL && ECDSA_do_verify(digest.data, digest.len, sig, ec);
    ECDSA_SIG_free(sig);
    return ok;
}

/* ---- RSA ---- */

/* mgf1_xor XORs MGF1(seed) onto |out| (RFC 8017 B.2.1). */
static void mgf1_xor(enum parley_hash hash, const uint8_t *seed, size_t seed_len, uint8_t *out,
                     size_t len) {
    uint8_t block[HASH_MAX];
    for (uint32_t counter = 0; len > 0; counter++) {
        uint8_t c[4] = {(uint8_t)(counter >> 24), (uint8_t)(counter >> 16), (uint8_t)(counter >> 8),
                        (uint8_t)counter};
        struct hash_state s;
        hash_init(&s, hash);
        hash_update(&s, seed, seed_len);
        hash_update(&s, c, sizeof(c));
        size_t n = hash_peek(&s, block);
        for (size_t i = 0; i < n && len > 0; i++, len--) {
            *out++ ^= block[i];
        }
    }
}

/* pss_encode is EMSA-PSS-ENCODE (RFC 8017 9.1.1) of |digest| into |em|, as long as the modulus of
 * |bits| bits; |salt| is as long as the hash. */
static bool pss_encode(enum parley_hash hash, struct parley_bytes digest, size_t bits,
                       struct parley_bytes salt, uint8_t *em) {
    static const uint8_t zeros[8];
    size_t em_bits = bits - 1;
    size_t em_len = (em_bits + 7) / 8;
    struct hash_state s;
    if (em_len < 2 * digest.len + 2) {
        return false;
    }
    if (em_len < (bits + 7) / 8) {
        *em++ = 0;
    }
    size_t db_len = em_len - digest.len - 1;
    hash_init(&s, hash);
    hash_update(&s, zeros, sizeof(zeros));
    hash_update(&s, digest.data, digest.len);
    hash_update(&s, salt.data, salt.len);
    uint8_t h[HASH_MAX];
    hash_peek(&s, h);
    memset(em, 0, db_len);
    em[db_len - digest.len - 1] = 1;
    memcpy(em + db_len - salt.len, salt.data, salt.len);
    memcpy(em + db_len, h, digest.len);
    em[em_len - 1] = 0xbc;
    mgf1_xor(hash, h, digest.len, em, db_len);
    em[0] &= (uint8_t)(0xff >> (8 * em_len - em_bits));
    return true;
}

static bool pss_sign(EVP_PKEY *key, enum parley_hash hash, struct parley_bytes digest,
                     struct parley_bytes salt, uint8_t out[SIGNATURE_MAX], size_t *out_len) {
    RSA *rsa = rsa_of(key);
    uint8_t em[SIGNATURE_MAX];
    if (rsa == NULL || RSA_size(rsa) > sizeof(em)) {
        return false;
    }
    return pss_encode(hash, digest, RSA_bits(rsa), salt, em) &&
           RSA_sign_raw(rsa, out_len, out, SIGNATURE_MAX, em, RSA_size(rsa), RSA_NO_PADDING);
}

static bool pkcs1_sign(EVP_PKEY *key, enum parley_hash hash, struct parley_bytes digest,
                       uint8_t out[SIGNATURE_MAX], size_t *out_len) {
    RSA *rsa = rsa_of(key);
    unsigned len;
    if (rsa == NULL || RSA_size(rsa) > SIGNATURE_MAX ||
        !RSA_sign(hash_nid(hash), digest.data, digest.len, out, &len, rsa)) {
        return false;
    }
    *out_len = len;
    return true;
}

/* ---- Ed25519 ---- */

static bool ed25519_sign(EVP_PKEY *key, struct parley_bytes content, uint8_t out[SIGNATURE_MAX],
                         size_t *out_len) {
    uint8_t private_key[ED25519_PRIVATE_KEY_LEN]; /* seed || public key */
    size_t seed_len = 32;
    size_t public_len = ED25519_PUBLIC_KEY_LEN;
    bool ok = EVP_PKEY_get_raw_private_key(key, private_key, &seed_len) &&
              EVP_PKEY_get_raw_public_key(key, private_key + 32, &public_len) &&
              ED25519_sign(out, content.data, content.len, private_key);
    OPENSSL_cleanse(private_key, sizeof(private_key));
    *out_len = ED25519_SIGNATURE_LEN;
    return ok;
}

static bool ed25519_verify(EVP_PKEY *key, struct parley_bytes content,
                           struct parley_bytes signature) {
    uint8_t public_key[ED25519_PUBLIC_KEY_LEN];
    size_t len = sizeof(public_key);
    return signature.len == ED25519_SIGNATURE_LEN &&
           EVP_PKEY_get_raw_public_key(key, public_key, &len) &&
           ED25519_verify(content.data, content.len, signature.data, public_key);
}

/* ---- All schemes ---- */

/* What is hashed before it is signed. */
static struct parley_bytes digest_of(const struct parley_sigalg *scheme,
                                     struct parley_bytes content, uint8_t hashed[HASH_MAX]) {
    if (scheme->hash == PARLEY_HASH_NONE) {
        return content;
    }
    return (struct parley_bytes){hashed, hash_once(scheme->hash, content, hashed)};
}

static struct parley_bytes code_of(const struct parley_sigalg *scheme) {
    return (struct parley_bytes){(const uint8_t *)&scheme->code, sizeof(scheme->code)};
}

/* create signs |digest| (for Ed25519 the content) with the random bytes |fresh|. */
static bool create(EVP_PKEY *key, const struct parley_sigalg *scheme, struct parley_bytes digest,
                   struct parley_bytes fresh, uint8_t out[SIGNATURE_MAX], size_t *out_len) {
    switch (scheme->key) {
    case PARLEY_KEY_RSA:
        return pkcs1_sign(key, scheme->hash, digest, out, out_len);
    case PARLEY_KEY_RSA_PSS:
        return pss_sign(key, scheme->hash, digest, fresh, out, out_len);
    case PARLEY_KEY_ECDSA:
        return ecdsa_sign(key, digest, fresh, out, out_len);
    case PARLEY_KEY_ED25519:
        return ed25519_sign(key, digest, out, out_len);
    case PARLEY_KEY_NONE:
        break;
    }
    return false;
}

bool sign_create(EVP_PKEY *key, const struct parley_sigalg *scheme, struct parley_bytes content,
                 const struct parley_random *random, struct parley_memo *memo,
                 uint8_t out[SIGNATURE_MAX], size_t *out_len) {
    uint8_t hashed[HASH_MAX], drawn[HASH_MAX], name[MEMO_KEY_MAX];
    struct parley_bytes digest = digest_of(scheme, content, hashed);
    struct parley_bytes fresh = {drawn, scheme->key == PARLEY_KEY_RSA_PSS ? digest.len
                                        : scheme->key == PARLEY_KEY_ECDSA ? NONCE_SEED
                                                                          : 0};
    if (fresh.len != 0) {
        random_fill(random, drawn, fresh.len);
    }
    struct memo_question question = ask(memo, "sign", key, name);
    question.inputs[1] = code_of(scheme);
    question.inputs[2] = digest;
    question.inputs[3] = fresh;
    if (memo_find(&question, out, out_len)) {
        return true;
    }
    if (!create(key, scheme, digest, fresh, out, out_len)) {
        ERR_clear_error();
        return false;
    }
    memo_keep(&question, out, *out_len);
    return true;
}

/* verify checks a signature over |digest| (for Ed25519 the content). */
static bool verify(EVP_PKEY *key, const struct parley_sigalg *scheme, struct parley_bytes digest,
                   struct parley_bytes signature) {
    RSA *rsa = rsa_of(key);
    switch (scheme->key) {
    case PARLEY_KEY_RSA:
        return rsa != NULL && RSA_verify(hash_nid(scheme->hash), digest.data, digest.len,
                                         signature.data, signature.len, rsa);
    case PARLEY_KEY_RSA_PSS:
        return rsa != NULL &&
               RSA_verify_pss_mgf1(rsa, digest.data, digest.len, hash_md(scheme->hash),
                                   hash_md(scheme->hash), -1 /* salt as long as the hash */,
                                   signature.data, signature.len);
    case PARLEY_KEY_ECDSA:
        return ecdsa_verify(key, digest, signature);
    case PARLEY_KEY_ED25519:
        return ed25519_verify(key, digest, signature);
    case PARLEY_KEY_NONE:
        break;
    }
    return false;
}

bool sign_verify(EVP_PKEY *key, const struct parley_sigalg *scheme, struct parley_bytes content,
                 struct parley_bytes signature, struct parley_memo *memo) {
    uint8_t hashed[HASH_MAX], name[MEMO_KEY_MAX];
    struct parley_bytes digest = digest_of(scheme, content, hashed);
    struct memo_question question = ask(memo, "verify", key, name);
    question.inputs[1] = code_of(scheme);
    question.inputs[2] = digest;
    question.inputs[3] = signature;
    if (memo_find(&question, NULL, NULL)) {
        return true;
    }
    if (!verify(key, scheme, digest, signature)) {
        ERR_clear_error();
        return false;
    }
    memo_keep(&question, NULL, 0);
    return true;
}

/* ---- The RSA key exchange ---- */

/* draw_nonzero fills |out| with random bytes other than zero. Zeros are drawn again a few times;
 * what then still is zero, of a broken source only, becomes 1. */
static void draw_nonzero(const struct parley_random *random, uint8_t *out, size_t len) {
    random_fill(random, out, len);
    for (size_t i = 0; i < len; i++) {
        for (int tries = 0; out[i] == 0 && tries < 8; tries++) {
            random_fill(random, out + i, 1);
        }
        out[i] |= out[i] == 0;
    }
}

/* spoil_block makes the |len| bytes of |em|, padding and 48 bytes of secret, wrong. */
static void spoil_block(enum parley_bad_premaster kind, const struct parley_random *random,
                        uint8_t *em, size_t len) {
    uint8_t *zero = em + len - PREMASTER - 1, *secret = zero + 1;
    switch (kind) {
    case PARLEY_PREMASTER_RANDOM:
        random_fill(random, secret + 2, PREMASTER - 2);
        break;
    case PARLEY_PREMASTER_BLOCK_TYPE:
        em[1] = 1;
        break;
    case PARLEY_PREMASTER_LEADING:
        em[0] = 1;
        break;
    case PARLEY_PREMASTER_NO_ZERO:
        draw_nonzero(random, zero, PREMASTER + 1);
        break;
    case PARLEY_PREMASTER_ZERO_EARLY:
        em[5] = 0;
        break;
    case PARLEY_PREMASTER_SHORT:
        zero[0] = 1;
        zero[1] = 0;
        break;
    case PARLEY_PREMASTER_LONG:
        zero[-1] = 0;
        zero[0] = secret[0];
        break;
    case PARLEY_PREMASTER_EMPTY:
        draw_nonzero(random, zero, PREMASTER);
        em[len - 1] = 0;
        break;
    case PARLEY_PREMASTER_VERSION: /* that of the secret itself */
        break;
    default:
        random_fill(random, em + 1, len - 1);
        break;
    }
}

bool premaster_encrypt(EVP_PKEY *key, const uint8_t premaster[48],
                       const enum parley_bad_premaster *bad, const struct parley_random *random,
                       struct parley_memo *memo, uint8_t out[SIGNATURE_MAX], size_t *out_len) {
    uint8_t name[MEMO_KEY_MAX];
    RSA *rsa = rsa_of(key);
    uint8_t em[SIGNATURE_MAX];
    size_t len = rsa != NULL ? RSA_size(rsa) : 0;
    if (len > sizeof(em) || len < PREMASTER + 11) {
        return false;
    }
    em[0] = 0;
    em[1] = 2;
    draw_nonzero(random, em + 2, len - PREMASTER - 3);
    em[len - PREMASTER - 1] = 0;
    memcpy(em + len - PREMASTER, premaster, PREMASTER);
    if (bad != NULL) {
        spoil_block(*bad, random, em, len);
    }
    struct memo_question question = ask(memo, "encrypt", key, name);
    question.inputs[1] = (struct parley_bytes){em, len};
    bool ok = memo_find(&question, out, out_len);
    if (!ok && RSA_encrypt(rsa, out_len, out, SIGNATURE_MAX, em, len, RSA_NO_PADDING)) {
        memo_keep(&question, out, *out_len);
        ok = true;
    }
    OPENSSL_cleanse(em, sizeof(em));
    ERR_clear_error();
    return ok;
}

/* is_zero returns 0xff if |v| is 0, else 0, without a branch. */
static uint8_t is_zero(uint8_t v) {
    return (uint8_t)((((uint32_t)v - 1) >> 8) & 0xff);
}

void premaster_decrypt(EVP_PKEY *key, struct parley_bytes encrypted, uint16_t client_version,
                       const struct parley_random *random, struct parley_memo *memo,
                       uint8_t out[48]) {
    uint8_t name[MEMO_KEY_MAX];
    RSA *rsa = rsa_of(key);
    uint8_t em[SIGNATURE_MAX] = {0};
    size_t len = rsa != NULL ? RSA_size(rsa) : 0;
    size_t got;
    random_fill(random, out, PREMASTER);
    if (len > sizeof(em) || len < PREMASTER + 11) {
        return;
    }
    /* This fails only for a wrong length or a value above the modulus, which everyone can see; |em|
     * then has no padding. */
    struct memo_question question = ask(memo, "decrypt", key, name);
    question.inputs[1] = encrypted;
    if (!memo_find(&question, em, &got)) {
        if (RSA_decrypt(rsa, &got, em, sizeof(em), encrypted.data, encrypted.len, RSA_NO_PADDING)) {
            memo_keep(&question, em, got);
        } else {
            ERR_clear_error();
            memset(em, 0, sizeof(em));
        }
    }
    const uint8_t *secret = em + len - PREMASTER;
    uint8_t bad = (uint8_t)(em[0] | (em[1] ^ 2) | secret[-1]);
    for (size_t i = 2; i < len - PREMASTER - 1; i++) {
        bad |= is_zero(em[i]);
    }
    bad |= (uint8_t)(secret[0] ^ (client_version >> 8));
    bad |= (uint8_t)(secret[1] ^ (client_version & 0xff));
    uint8_t good = is_zero(bad);
    for (size_t i = 0; i < PREMASTER; i++) {
        out[i] = (uint8_t)((out[i] & ~good) | (secret[i] & good));
    }
    OPENSSL_cleanse(em, sizeof(em));
}
