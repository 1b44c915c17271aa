/* The least that a handshake can cost: its asymmetric operations, each as often as both ends
 * together perform it, asked of libcrypto directly, with keys that are decoded already. */
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/curve25519.h>
#include <openssl/digest.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "cli/bench.h"
#include "cli/cli.h"

#define RSA_BYTES_MAX 512

struct bench_primitives {
    struct bench_operations operations;
    EVP_PKEY *key;
    EC_KEY *ec; /* borrowed from |key| */
    RSA *rsa;
    uint8_t private_share[32], public_share[32], peer_share[32], secret[48];
    uint8_t digest[32];
    uint8_t ecdsa_signature[256], rsa_signature[RSA_BYTES_MAX], ciphertext[RSA_BYTES_MAX];
    unsigned ecdsa_length;
    size_t rsa_length, ciphertext_length;
};

static bool rsa_sign(struct bench_primitives *b) {
    return RSA_sign_pss_mgf1(b->rsa, &b->rsa_length, b->rsa_signature, sizeof(b->rsa_signature),
                             b->digest, sizeof(b->digest), EVP_sha256(), EVP_sha256(), -1) == 1;
}

static bool rsa_verify(struct bench_primitives *b) {
    return RSA_verify_pss_mgf1(b->rsa, b->digest, sizeof(b->digest), EVP_sha256(), EVP_sha256(), -1,
                               b->rsa_signature, b->rsa_length) == 1;
}

static bool rsa_encrypt(struct bench_primitives *b) {
    return RSA_encrypt(b->rsa, &b->ciphertext_length, b->ciphertext, sizeof(b->ciphertext),
                       b->secret, sizeof(b->secret), RSA_PKCS1_PADDING) == 1;
}

static bool rsa_decrypt(struct bench_primitives *b) {
    uint8_t plain[RSA_BYTES_MAX];
    size_t length;
    /* The padding is the handshake's own business (RFC 5246 7.4.7.1). */
    return RSA_decrypt(b->rsa, &length, plain, sizeof(plain), b->ciphertext, b->ciphertext_length,
                       RSA_NO_PADDING) == 1;
}

static bool once(struct bench_primitives *b) {
    const struct bench_operations *o = &b->operations;
    bool fine = true;
    for (unsigned i = 0; i < o->x25519_keypair; i++) {
        X25519_keypair(b->public_share, b->private_share);
    }
    for (unsigned i = 0; i < o->x25519; i++) {
        fine &= X25519(b->secret, b->private_share, b->peer_share) == 1;
    }
    for (unsigned i = 0; i < o->ecdsa_sign; i++) {
        fine &= ECDSA_sign(0, b->digest, sizeof(b->digest), b->ecdsa_signature, &b->ecdsa_length,
                           b->ec) == 1;
    }
    for (unsigned i = 0; i < o->ecdsa_verify; i++) {
        fine &= ECDSA_verify(0, b->digest, sizeof(b->digest), b->ecdsa_signature, b->ecdsa_length,
                             b->ec) == 1;
    }
    for (unsigned i = 0; i < o->rsa_sign; i++) {
        fine &= rsa_sign(b);
    }
    for (unsigned i = 0; i < o->rsa_verify; i++) {
        fine &= rsa_verify(b);
    }
    for (unsigned i = 0; i < o->rsa_encrypt; i++) {
        fine &= rsa_encrypt(b);
    }
    for (unsigned i = 0; i < o->rsa_decrypt; i++) {
        fine &= rsa_decrypt(b);
    }
    return fine;
}

struct bench_primitives *bench_primitives_new(const struct bench_handshake *h,
                                              const struct bench_identity *id) {
    uint8_t unused[32];
    struct bench_primitives *b = calloc(1, sizeof(*b));
    BIO *text = BIO_new_mem_buf(id->key.data, (int)id->key.len);
    if (b != NULL && text != NULL) {
        b->key = PEM_read_bio_PrivateKey(text, NULL, NULL, NULL);
    }
    BIO_free(text);
    if (b != NULL && b->key != NULL) {
        b->operations = h->operations;
        b->ec = EVP_PKEY_get0_EC_KEY(b->key);
        b->rsa = EVP_PKEY_get0_RSA(b->key);
        memset(b->digest, 7, sizeof(b->digest));
        X25519_keypair(b->peer_share, unused);
        if ((h->ecdsa ? b->ec != NULL : b->rsa != NULL) && once(b)) {
            return b;
        }
    }
    cli_note("%s: the primitives fail", h->name);
    bench_primitives_free(b);
    return NULL;
}

bool bench_primitives_run(struct bench_primitives *b, unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        if (!once(b)) {
            return false;
        }
    }
    return true;
}

void bench_primitives_free(struct bench_primitives *b) {
    if (b == NULL) {
        return;
    }
    EVP_PKEY_free(b->key);
    free(b);
}
