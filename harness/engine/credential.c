/* Credentials: a certificate chain and its private key, from PEM. */
#include "engine/credential.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/bytestring.h>
#include <openssl/ec_key.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "engine/sign.h"
#include "parley/wire.h"

/* release frees owned bytes, which parley_bytes borrows as const. */
static void release(struct parley_bytes *bytes) {
    union {
        const uint8_t *borrowed;
        uint8_t *owned;
    } u = {bytes->data};
    free(u.owned);
    *bytes = (struct parley_bytes){NULL, 0};
}

/* keep replaces |*bytes| by a copy of |data|. */
static bool keep(struct parley_bytes *bytes, const uint8_t *data, size_t len) {
    uint8_t *copy = malloc(len > 0 ? len : 1);
    if (copy == NULL) {
        return false;
    }
    if (len > 0) {
        memcpy(copy, data, len);
    }
    release(bytes);
    *bytes = (struct parley_bytes){copy, len};
    return true;
}

static bool append(struct parley_credential *c, const uint8_t *der, size_t len) {
    struct parley_bytes *grown = realloc(c->chain, (c->count + 1) * sizeof(*grown));
    if (grown == NULL) {
        return false;
    }
    c->chain = grown;
    grown[c->count] = (struct parley_bytes){NULL, 0};
    if (!keep(&grown[c->count], der, len)) {
        return false;
    }
    c->count++;
    return true;
}

/* next_certificate reads the next PEM certificate, skipping other blocks, and keeps its DER.
 * Returns the decoded certificate, or NULL at the end, |*why| then being set if the end is an
 * error. */
static X509 *next_certificate(struct parley_credential *c, BIO *bio, const char **why) {
    unsigned char *der = NULL;
    long len = 0;
    if (!PEM_bytes_read_bio(&der, &len, NULL, PEM_STRING_X509, bio, NULL, NULL)) {
        if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
            *why = "the certificates are not valid PEM";
        }
        return NULL;
    }
    const uint8_t *p = der;
    X509 *x509 = d2i_X509(NULL, &p, len);
    if (x509 == NULL || p != der + len) {
        *why = "a certificate cannot be decoded";
    } else if (!append(c, der, (size_t)len)) {
        *why = "out of memory";
    }
    OPENSSL_free(der);
    if (*why != NULL) {
        X509_free(x509);
        return NULL;
    }
    return x509;
}

/* read_chain fills the chain and returns the leaf. */
static X509 *read_chain(struct parley_credential *c, struct parley_bytes pem, const char **why) {
    BIO *bio = BIO_new_mem_buf(pem.data, (ossl_ssize_t)pem.len);
    X509 *leaf = NULL;
    if (bio == NULL) {
        *why = "out of memory";
        return NULL;
    }
    for (X509 *x509; (x509 = next_certificate(c, bio, why)) != NULL;) {
        if (leaf == NULL) {
            leaf = x509;
        } else {
            X509_free(x509);
        }
    }
    BIO_free(bio);
    if (leaf == NULL && *why == NULL) {
        *why = "there is no certificate";
    }
    return leaf;
}

/* no_password keeps libcrypto from asking for one. */
static int no_password(char *buf, int size, int writing, void *arg) {
    (void)buf;
    (void)size;
    (void)writing;
    (void)arg;
    return -1;
}

static EVP_PKEY *read_key(struct parley_bytes pem) {
    BIO *bio = BIO_new_mem_buf(pem.data, (ossl_ssize_t)pem.len);
    EVP_PKEY *key = NULL;
    if (bio != NULL) {
        key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
        BIO_free(bio);
    }
    return key;
}

uint16_t credential_curve(const EVP_PKEY *key_or_null) {
    const EC_KEY *key = key_or_null ? EVP_PKEY_get0_EC_KEY(key_or_null) : NULL;
    if (!key) {
        return PARLEY_GROUP_none;
    }
    switch (EC_GROUP_get_curve_name(EC_KEY_get0_group(key))) {
    case NID_X9_62_prime256v1:
        return PARLEY_GROUP_secp256r1;
    case NID_secp224r1:
        return PARLEY_GROUP_secp224r1;
    case NID_secp384r1:
        return PARLEY_GROUP_secp384r1;
    case NID_secp521r1:
        return PARLEY_GROUP_secp521r1;
    default:
        return PARLEY_GROUP_none;
    }
}

/* classify sets kind and curve; false for a key that no signature scheme here can use. */
static bool classify(struct parley_credential *c) {
    switch (EVP_PKEY_id(c->key)) {
    case EVP_PKEY_RSA:
        c->kind = PARLEY_KEY_RSA;
        return true;
    case EVP_PKEY_ED25519:
        c->kind = PARLEY_KEY_ED25519;
        return true;
    case EVP_PKEY_EC:
        c->kind = PARLEY_KEY_ECDSA;
        c->curve = credential_curve(c->key);
        return c->curve != PARLEY_GROUP_none;
    default:
        return false;
    }
}

static bool matches(const EVP_PKEY *key, X509 *leaf) {
    EVP_PKEY *public_key = X509_get_pubkey(leaf);
    bool ok = public_key != NULL && EVP_PKEY_cmp(public_key, key) == 1;
    EVP_PKEY_free(public_key);
    return ok;
}

struct parley_credential *parley_credential_from_pem(struct parley_bytes certificates,
                                                     struct parley_bytes private_key,
                                                     const char **why) {
    const char *reason = NULL;
    struct parley_credential *c = calloc(1, sizeof(*c));
    X509 *leaf = NULL;
    if (c == NULL) {
        *why = "out of memory";
        return NULL;
    }
    leaf = read_chain(c, certificates, &reason);
    if (reason == NULL) {
        c->key = read_key(private_key);
        if (c->key == NULL) {
            reason = "the private key cannot be decoded";
        } else if (!classify(c)) {
            reason = "the key is not RSA, ECDSA (P-224, P-256, P-384, P-521) or Ed25519";
        } else if (!matches(c->key, leaf)) {
            reason = "the private key does not belong to the first certificate";
        }
    }
    X509_free(leaf);
    ERR_clear_error();
    if (reason != NULL) {
        *why = reason;
        parley_credential_free(c);
        return NULL;
    }
    return c;
}

void parley_credential_free(struct parley_credential *credential) {
    if (credential == NULL) {
        return;
    }
    for (size_t i = 0; i < credential->count; i++) {
        release(&credential->chain[i]);
    }
    free(credential->chain);
    release(&credential->ocsp);
    release(&credential->scts);
    release(&credential->delegated);
    EVP_PKEY_free(credential->delegated_key);
    EVP_PKEY_free(credential->key);
    free(credential);
}

bool parley_credential_set_ocsp(struct parley_credential *credential,
                                struct parley_bytes response) {
    return keep(&credential->ocsp, response.data, response.len);
}

static bool is_sct_list(struct parley_bytes scts) {
    struct parley_bytes rest = scts, sct;
    while (parley_opaque16_next(&rest, &sct)) {
        if (sct.len == 0) {
            return false;
        }
    }
    return rest.len == 0 && scts.len > 0 && scts.len <= UINT16_MAX;
}

bool parley_credential_set_scts(struct parley_credential *credential, struct parley_bytes scts) {
    return is_sct_list(scts) && keep(&credential->scts, scts.data, scts.len);
}

/* ---- Delegated ---- */

static EVP_PKEY *exactly(EVP_PKEY *(*parse)(CBS *in), struct parley_bytes der) {
    CBS in;
    CBS_init(&in, der.data, der.len);
    EVP_PKEY *key = parse(&in);
    if (key != NULL && CBS_len(&in) != 0) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    ERR_clear_error();
    return key;
}

bool parley_credential_set_delegated(struct parley_credential *credential,
                                     struct parley_bytes delegated, struct parley_bytes private_key,
                                     const char **why) {
    union parley_extension_value v;
    if (!parley_extension_parse(PARLEY_FORM_delegated_credential, delegated, &v, NULL, NULL)) {
        *why = "the delegated credential cannot be decoded";
        return false;
    }
    const struct parley_delegated_credential *dc = &v.delegated_credential;
    const struct parley_sigalg *scheme = parley_sigalg_find(dc->dc_cert_verify_algorithm);
    EVP_PKEY *public_key = exactly(EVP_parse_public_key, dc->subject_public_key_info);
    EVP_PKEY *key = exactly(EVP_parse_private_key, private_key);
    const char *reason = NULL;
    if (public_key == NULL || key == NULL) {
        reason = "a key of the delegated credential cannot be decoded";
    } else if (EVP_PKEY_cmp(public_key, key) != 1) {
        reason = "the private key does not belong to the delegated credential";
    } else if (scheme == NULL || !sign_fits(key, scheme, PARLEY_TLS13)) {
        reason = "the delegated credential's key does not fit its algorithm";
    } else if (!keep(&credential->delegated, delegated.data, delegated.len)) {
        reason = "out of memory";
    }
    EVP_PKEY_free(public_key);
    if (reason != NULL) {
        EVP_PKEY_free(key);
        *why = reason;
        return false;
    }
    EVP_PKEY_free(credential->delegated_key);
    credential->delegated_key = key;
    credential->delegated_scheme = scheme;
    credential->delegation_algorithm = dc->algorithm;
    return true;
}

/* ---- Reading ---- */

size_t parley_credential_chain(const struct parley_credential *credential) {
    return credential->count;
}

struct parley_bytes parley_credential_certificate(const struct parley_credential *credential,
                                                  size_t index) {
    return credential->chain[index];
}
