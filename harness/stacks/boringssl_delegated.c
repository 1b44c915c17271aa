/* A delegated credential (RFC 9345) for BoringSSL's server, made as an operator's tool would make
 * it. */
#include "stacks/boringssl.h"

#ifdef OPENSSL_IS_AWSLC

bool boringssl_delegate(SSL_CTX *ctx, struct boringssl_extras *extras) {
    (void)ctx, (void)extras;
    return true;
}

#else

#include <openssl/bytestring.h>
#include <openssl/ec_key.h>
#include <openssl/nid.h>

#define SCHEME SSL_SIGN_ECDSA_SECP256R1_SHA256
#define VALID_SECONDS 86400

static bool is_p256(const EVP_PKEY *key) {
    const EC_KEY *ec = key != NULL ? EVP_PKEY_get0_EC_KEY(key) : NULL;
    return ec != NULL && EC_GROUP_get_curve_name(EC_KEY_get0_group(ec)) == NID_X9_62_prime256v1;
}

static EVP_PKEY *new_key(void) {
    EC_KEY *ec = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    EVP_PKEY *key = EVP_PKEY_new();
    if (ec == NULL || key == NULL || EC_KEY_generate_key(ec) != 1 ||
        EVP_PKEY_set1_EC_KEY(key, ec) != 1) {
        EVP_PKEY_free(key);
        key = NULL;
    }
    EC_KEY_free(ec);
    return key;
}

/* write_credential: Credential of RFC 9345 4, and the algorithm that the certificate signs with. */
static bool write_credential(CBB *out, const EVP_PKEY *key) {
    CBB spki;
    return CBB_add_u32(out, VALID_SECONDS) && CBB_add_u16(out, SCHEME) &&
           CBB_add_u24_length_prefixed(out, &spki) && EVP_marshal_public_key(&spki, key) &&
           CBB_add_u16(out, SCHEME) && CBB_flush(out);
}

/* write_signed: what is signed. */
static bool write_signed(CBB *out, X509 *leaf, const CBB *credential) {
    static const char context[] = "TLS, server delegated credentials";
    uint8_t *der = NULL;
    int len = i2d_X509(leaf, &der);
    bool ok = len > 0;
    for (int i = 0; ok && i < 64; i++) {
        ok = CBB_add_u8(out, ' ') == 1;
    }
    ok = ok && CBB_add_bytes(out, (const uint8_t *)context, sizeof context) &&
         CBB_add_bytes(out, der, (size_t)len) &&
         CBB_add_bytes(out, CBB_data(credential), CBB_len(credential)) && CBB_flush(out);
    OPENSSL_free(der);
    return ok;
}

static bool add_signature(CBB *out, EVP_PKEY *key, const CBB *content) {
    EVP_MD_CTX ctx;
    CBB signature;
    uint8_t *room;
    size_t len = (size_t)EVP_PKEY_size(key);
    EVP_MD_CTX_init(&ctx);
    bool ok = EVP_DigestSignInit(&ctx, NULL, EVP_sha256(), NULL, key) &&
              CBB_add_u16_length_prefixed(out, &signature) && CBB_reserve(&signature, &room, len) &&
              EVP_DigestSign(&ctx, room, &len, CBB_data(content), CBB_len(content)) &&
              CBB_did_write(&signature, len) && CBB_flush(out);
    EVP_MD_CTX_cleanup(&ctx);
    return ok;
}

bool boringssl_delegate(SSL_CTX *ctx, struct boringssl_extras *extras) {
    EVP_PKEY *key = SSL_CTX_get0_privatekey(ctx);
    X509 *leaf = SSL_CTX_get0_certificate(ctx);
    if (!is_p256(key) || leaf == NULL) {
        return true;
    }
    CBB delegated, content;
    CBB_zero(&content);
    bool ok = CBB_init(&delegated, 512) && CBB_init(&content, 1024) &&
              (extras->delegated_key = new_key()) != NULL &&
              write_credential(&delegated, extras->delegated_key) &&
              write_signed(&content, leaf, &delegated) && add_signature(&delegated, key, &content);
    if (ok) {
        extras->delegated = CRYPTO_BUFFER_new(CBB_data(&delegated), CBB_len(&delegated), NULL);
    }
    CBB_cleanup(&delegated);
    CBB_cleanup(&content);
    return ok && extras->delegated != NULL;
}

#endif
