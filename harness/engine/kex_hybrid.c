/* The hybrids: X25519Kyber768Draft00 (draft-tls-westerbaan-xyber768d00), X25519 first in shares and
 * secret, and X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem), X25519 last. Which are spoken depends on
 * libcrypto; rows.c knows. */
#include "engine/kex_hybrid.h"

#include <openssl/bytestring.h>
#include <openssl/curve25519.h>
#include <openssl/mem.h>
#include <string.h>

enum {
    CURVE = X25519_PUBLIC_VALUE_LEN, /* as long as its private key and its secret */
    KEM_SEED = 64,
    KEM_ENTROPY = 32,
    KEM_PUBLIC = 1184,
    KEM_CIPHERTEXT = 1088,
    KEM_SECRET = 32,
};

/* A KEM as it is used here: keys come from a seed, so that no private key need be kept, and the
 * randomness of encapsulation is handed in. */
struct kem {
    bool curve_first;
    void (*public_from_seed)(const uint8_t seed[KEM_SEED], uint8_t out[KEM_PUBLIC]);
    bool (*encapsulate)(const uint8_t public_key[KEM_PUBLIC], const uint8_t entropy[KEM_ENTROPY],
                        uint8_t ciphertext[KEM_CIPHERTEXT], uint8_t secret[KEM_SECRET]);
    bool (*decapsulate)(const uint8_t seed[KEM_SEED], const uint8_t ciphertext[KEM_CIPHERTEXT],
                        uint8_t secret[KEM_SECRET]);
};

#ifdef PARLEY_HAVE_KYBER768
#include <openssl/kyber.h>

/* libcrypto's own tests use these; their public twins draw from the system. */
void KYBER_generate_key_external_entropy(uint8_t out_encoded_public_key[KYBER_PUBLIC_KEY_BYTES],
                                         struct KYBER_private_key *out_private_key,
                                         const uint8_t entropy[KEM_SEED]);
void KYBER_encap_external_entropy(uint8_t out_ciphertext[KYBER_CIPHERTEXT_BYTES],
                                  uint8_t *out_shared_secret, size_t out_shared_secret_len,
                                  const struct KYBER_public_key *public_key,
                                  const uint8_t entropy[KEM_ENTROPY]);

static void kyber_public(const uint8_t seed[KEM_SEED], uint8_t out[KEM_PUBLIC]) {
    struct KYBER_private_key key;
    KYBER_generate_key_external_entropy(out, &key, seed);
    OPENSSL_cleanse(&key, sizeof(key));
}

static bool kyber_encapsulate(const uint8_t public_key[KEM_PUBLIC],
                              const uint8_t entropy[KEM_ENTROPY],
                              uint8_t ciphertext[KEM_CIPHERTEXT], uint8_t secret[KEM_SECRET]) {
    struct KYBER_public_key key;
    CBS in;
    CBS_init(&in, public_key, KEM_PUBLIC);
    if (!KYBER_parse_public_key(&key, &in)) {
        return false;
    }
    KYBER_encap_external_entropy(ciphertext, secret, KEM_SECRET, &key, entropy);
    return true;
}

static bool kyber_decapsulate(const uint8_t seed[KEM_SEED],
                              const uint8_t ciphertext[KEM_CIPHERTEXT],
                              uint8_t secret[KEM_SECRET]) {
    struct KYBER_private_key key;
    uint8_t public_key[KEM_PUBLIC];
    KYBER_generate_key_external_entropy(public_key, &key, seed);
    KYBER_decap(secret, KEM_SECRET, ciphertext, &key);
    OPENSSL_cleanse(&key, sizeof(key));
    return true;
}

static const struct kem kyber768 = {true, kyber_public, kyber_encapsulate, kyber_decapsulate};
#endif

#ifdef PARLEY_HAVE_MLKEM768
#include <openssl/mlkem.h>

static void mlkem_public(const uint8_t seed[KEM_SEED], uint8_t out[KEM_PUBLIC]) {
    struct MLKEM768_private_key key;
    struct MLKEM768_public_key public_key;
    CBB cbb;
    if (MLKEM768_private_key_from_seed(&key, seed, KEM_SEED) &&
        CBB_init_fixed(&cbb, out, KEM_PUBLIC)) {
        MLKEM768_public_from_private(&public_key, &key);
        (void)MLKEM768_marshal_public_key(&cbb, &public_key);
    }
    OPENSSL_cleanse(&key, sizeof(key));
}

/* Encapsulation draws from the system: this libcrypto takes no other randomness, so that a server's
 * bytes differ from run to run. */
static bool mlkem_encapsulate(const uint8_t public_key[KEM_PUBLIC],
                              const uint8_t entropy[KEM_ENTROPY],
                              uint8_t ciphertext[KEM_CIPHERTEXT], uint8_t secret[KEM_SECRET]) {
    struct MLKEM768_public_key key;
    CBS in;
    (void)entropy;
    CBS_init(&in, public_key, KEM_PUBLIC);
    if (!MLKEM768_parse_public_key(&key, &in)) {
        return false;
    }
    MLKEM768_encap(ciphertext, secret, &key);
    return true;
}

static bool mlkem_decapsulate(const uint8_t seed[KEM_SEED],
                              const uint8_t ciphertext[KEM_CIPHERTEXT],
                              uint8_t secret[KEM_SECRET]) {
    struct MLKEM768_private_key key;
    bool ok = MLKEM768_private_key_from_seed(&key, seed, KEM_SEED) &&
              MLKEM768_decap(secret, ciphertext, KEM_CIPHERTEXT, &key);
    OPENSSL_cleanse(&key, sizeof(key));
    return ok;
}

static const struct kem mlkem768 = {false, mlkem_public, mlkem_encapsulate, mlkem_decapsulate};
#endif

static const struct kem *kem_of(uint16_t group) {
    switch (group) {
#ifdef PARLEY_HAVE_KYBER768
    case PARLEY_GROUP_X25519Kyber768Draft00:
        return &kyber768;
#endif
#ifdef PARLEY_HAVE_MLKEM768
    case PARLEY_GROUP_X25519MLKEM768:
        return &mlkem768;
#endif
    default:
        return NULL;
    }
}

/* Where the parts of a share or a secret begin, whose KEM part has |kem_len| bytes. */
static size_t curve_at(const struct kem *kem, size_t kem_len) {
    return kem->curve_first ? 0 : kem_len;
}
static size_t kem_at(const struct kem *kem) {
    return kem->curve_first ? CURVE : 0;
}

bool hybrid_draw(struct kex *k, const struct parley_random *random) {
    k->private_len = CURVE + KEM_SEED;
    random_fill(random, k->private_key, k->private_len);
    return kem_of(k->group) != NULL;
}

bool hybrid_share(struct kex *k) {
    const struct kem *kem = kem_of(k->group);
    if (!kem) {
        return false;
    }
    k->share_len = CURVE + KEM_PUBLIC;
    X25519_public_from_private(k->share + curve_at(kem, KEM_PUBLIC), k->private_key);
    kem->public_from_seed(k->private_key + CURVE, k->share + kem_at(kem));
    return true;
}

enum parley_error hybrid_agree(const struct kex *k, struct parley_bytes peer,
                               uint8_t out[KEX_SECRET_MAX], size_t *out_len) {
    const struct kem *kem = kem_of(k->group);
    *out_len = CURVE + KEM_SECRET;
    return kem && peer.len == CURVE + KEM_CIPHERTEXT &&
                   X25519(out + curve_at(kem, KEM_SECRET), k->private_key,
                          peer.data + curve_at(kem, KEM_CIPHERTEXT)) &&
                   kem->decapsulate(k->private_key + CURVE, peer.data + kem_at(kem),
                                    out + kem_at(kem))
               ? PARLEY_OK
               : PARLEY_ERR_bad_share;
}

enum parley_error hybrid_respond(struct kex *k, struct parley_bytes peer,
                                 const struct parley_random *random, uint8_t out[KEX_SECRET_MAX],
                                 size_t *out_len) {
    const struct kem *kem = kem_of(k->group);
    uint8_t entropy[KEM_ENTROPY];
    if (!kem || peer.len != CURVE + KEM_PUBLIC) {
        return PARLEY_ERR_bad_share;
    }
    k->private_len = CURVE;
    k->share_len = CURVE + KEM_CIPHERTEXT;
    *out_len = CURVE + KEM_SECRET;
    random_fill(random, k->private_key, CURVE);
    random_fill(random, entropy, sizeof(entropy));
    X25519_public_from_private(k->share + curve_at(kem, KEM_CIPHERTEXT), k->private_key);
    return X25519(out + curve_at(kem, KEM_SECRET), k->private_key,
                  peer.data + curve_at(kem, KEM_PUBLIC)) &&
                   kem->encapsulate(peer.data + kem_at(kem), entropy, k->share + kem_at(kem),
                                    out + kem_at(kem))
               ? PARLEY_OK
               : PARLEY_ERR_bad_share;
}
