/* What is behind struct parley_credential. */
#ifndef PARLEY_ENGINE_CREDENTIAL_H
#define PARLEY_ENGINE_CREDENTIAL_H

#include <openssl/evp.h>

#include "parley/engine.h"

struct parley_credential {
    EVP_PKEY *key;
    enum parley_key_kind kind;  /* RSA, ECDSA or ED25519 */
    uint16_t curve;             /* group of an ECDSA key, else none */
    struct parley_bytes *chain; /* DER, leaf first; each one's bytes are owned */
    size_t count;
    struct parley_bytes ocsp; /* owned; empty: none */
    struct parley_bytes scts;
    /* A delegated credential (RFC 9345 4), if |delegated_scheme| is not NULL. */
    struct parley_bytes delegated;                /* owned */
    EVP_PKEY *delegated_key;                      /* what it signs with, */
    const struct parley_sigalg *delegated_scheme; /* and how: dc_cert_verify_algorithm */
    uint16_t delegation_algorithm; /* of the signature under it, by the certificate's key */
};

/* credential_curve returns the group whose curve an ECDSA |key| is on, PARLEY_GROUP_none for other
 * keys, other curves and NULL. */
uint16_t credential_curve(const EVP_PKEY *key);

#endif
