/* Signatures and RSA encryption with the randomness handed in (ECDSA nonces, PSS salts, PKCS#1
 * padding), so that libcrypto's own generator decides no byte on the wire. |memo| may be NULL. */
#ifndef PARLEY_ENGINE_SIGN_H
#define PARLEY_ENGINE_SIGN_H

#include <openssl/evp.h>

#include "engine/memo.h"
#include "engine/random.h"
#include "parley/bend.h"

#define SIGNATURE_MAX 1024

/* sign_fits returns whether |scheme| can be used with |key| in |version|: key type, for TLS 1.3
 * the curve and the ban on PKCS#1 and SHA-1 (RFC 8446 4.2.3), and that an RSA key is long enough
 * for the scheme's PSS padding. */
bool sign_fits(const EVP_PKEY *key, const struct parley_sigalg *scheme, uint16_t version);

/* sign_create signs |content| (unhashed). Returns false if libcrypto fails. */
bool sign_create(EVP_PKEY *key, const struct parley_sigalg *scheme, struct parley_bytes content,
                 const struct parley_random *random, struct parley_memo *memo,
                 uint8_t out[SIGNATURE_MAX], size_t *out_len);

/* sign_verify returns whether |signature| over |content| verifies under |key| with |scheme|. */
bool sign_verify(EVP_PKEY *key, const struct parley_sigalg *scheme, struct parley_bytes content,
                 struct parley_bytes signature, struct parley_memo *memo);

/* premaster_encrypt encrypts 48 bytes to an RSA key with PKCS#1 v1.5 padding (RFC 5246 7.4.7.1);
 * |bad| not NULL: with that wrong. */
bool premaster_encrypt(EVP_PKEY *key, const uint8_t premaster[48],
                       const enum parley_bad_premaster *bad, const struct parley_random *random,
                       struct parley_memo *memo, uint8_t out[SIGNATURE_MAX], size_t *out_len);

/* premaster_decrypt always fills |out|: with the plaintext if padding, length and |client_version|
 * are right, else with random bytes drawn beforehand; no branch, error or length depends on which
 * (RFC 5246 7.4.7.1, "implicit rejection"). Exactly 48 bytes of randomness are drawn. */
void premaster_decrypt(EVP_PKEY *key, struct parley_bytes encrypted, uint16_t client_version,
                       const struct parley_random *random, struct parley_memo *memo,
                       uint8_t out[48]);

#endif
