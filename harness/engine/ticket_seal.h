/* How tickets are protected: with AES-256-GCM, or as RFC 5077 4 recommends and other stacks do. */
#ifndef PARLEY_ENGINE_TICKET_SEAL_H
#define PARLEY_ENGINE_TICKET_SEAL_H

#include "engine/random.h"
#include "parley/engine.h"

/* The _seal functions write the ticket of |in| to |out| and return its length, at most |cap|, or 0.
 * The _open functions write what |ticket| holds to |out|, which has room for |ticket.len| bytes,
 * and return its length, or 0 if the ticket is not one of ours. */
size_t ticket_seal_gcm(const uint8_t key[32], struct parley_bytes in,
                       const struct parley_random *random, uint8_t *out, size_t cap);
size_t ticket_open_gcm(const uint8_t key[32], struct parley_bytes ticket, uint8_t *out);

/* RFC 5077 4: key_name[16] || iv[16] || AES-128-CBC || HMAC-SHA-256 over all of it. |key| is the
 * name, the MAC key and the cipher's. */
size_t ticket_seal_cbc(const uint8_t key[PARLEY_TICKET_KEY_RFC5077], struct parley_bytes in,
                       const struct parley_random *random, uint8_t *out, size_t cap);
size_t ticket_open_cbc(const uint8_t key[PARLEY_TICKET_KEY_RFC5077], struct parley_bytes ticket,
                       uint8_t *out);

#endif
