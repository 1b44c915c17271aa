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
};

#endif
