/* What an engine keeps of Encrypted Client Hello (RFC 9849). */
#ifndef PARLEY_ENGINE_ECH_STATE_H
#define PARLEY_ENGINE_ECH_STATE_H

#include <openssl/hpke.h>

#include "engine/hash.h"
#include "parley/wire.h"

#define ECH_BUFFER (72 * 1024)
#define ECH_CONFIRMATION 8

/* Encrypted Client Hello (RFC 9849). A client's engine stands as if the inner hello were accepted,
 * until the server says otherwise: then what is kept here of the outer one takes over. */
enum ech_status { ECH_NONE, ECH_GREASE, ECH_OFFERED, ECH_ACCEPTED, ECH_REJECTED };
enum hello_kind { HELLO_PLAIN, HELLO_INNER, HELLO_OUTER };
struct ech {
    enum ech_status status;
    enum hello_kind kind; /* client: of the hello that is being built */
    bool is_inner;        /* server: the hello it answers says that it is an inner one */
    bool hpke_ready;
    struct parley_ech_config config; /* client: the one in use */
    uint16_t kdf_id, aead_id;
    uint8_t config_id;
    uint8_t enc_length, enc[EVP_HPKE_MAX_ENC_LENGTH]; /* client */
    uint64_t offered;                                 /* client: extensions of the outer hello */
    uint8_t outer_random[PARLEY_RANDOM_LENGTH];
    bool hashing; /* client: |hash| has the inner transcript, after a hello_retry_request */
    struct hash_state hash;
    size_t inner_length;   /* of ech_inner: the inner hello, or the server's retry_configs */
    size_t payload_length; /* of ech_payload */
};

#endif
