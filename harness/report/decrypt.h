/* Decrypt: what its two files share. */
#ifndef PARLEY_REPORT_DECRYPT_H
#define PARLEY_REPORT_DECRYPT_H

#include <openssl/buf.h>

#include "engine/protect.h"
#include "parley/report.h"

/* What one end sends. */
struct decrypt_lane {
    struct protect keys;
    struct hmac_key traffic; /* TLS 1.3: the secret that |keys| are made of */
    enum parley_epoch epoch; /* of |keys|; INITIAL: none */
    struct protect next;     /* TLS 1.2: in use after change_cipher_spec */
    bool has_next;
    BUF_MEM *record;  /* the part of one that has come */
    BUF_MEM *message; /* likewise of a handshake message */
};

struct decryption {
    struct parley_ladder *ladder;
    const struct parley_keylog *keylog;
    struct decrypt_lane lanes[2]; /* by role */
    uint8_t client_random[PARLEY_RANDOM_LENGTH], server_random[PARLEY_RANDOM_LENGTH];
    const struct parley_suite *suite;
    bool tls13, encrypt_then_mac, failed;
    bool opened; /* the record at hand was protected */
};

/* decrypt_keys13 gives |from| the keys of |epoch|; false: the key log does not have their secret.
 * decrypt_update13 goes on to the next ones (RFC 8446 7.2). */
bool decrypt_keys13(struct decryption *d, enum parley_role from, enum parley_epoch epoch);
void decrypt_update13(struct decryption *d, enum parley_role from);

/* decrypt_keys12 makes both ends' next keys from the master secret, if it is there (RFC 5246 6.3).
 */
void decrypt_keys12(struct decryption *d);

#endif
