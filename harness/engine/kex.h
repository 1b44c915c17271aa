/* Ephemeral key exchange: X25519, the NIST curves, finite-field Diffie-Hellman, and the hybrids of
 * X25519 with a post-quantum KEM. Private keys come
 * from the randomness handed in, so the same seed gives the same shares. |memo| may be NULL. */
#ifndef PARLEY_ENGINE_KEX_H
#define PARLEY_ENGINE_KEX_H

#include "engine/memo.h"
#include "engine/random.h"

#define KEX_PRIVATE_MAX 96
#define KEX_SHARE_MAX 1216
#define KEX_FIELD_MAX 512 /* 4096-bit DHE of TLS 1.2 */
#define KEX_SECRET_MAX 512

/* kex is our half of an exchange: private scalar, big-endian (X25519: as RFC 7748; hybrids:
 * followed by the seed of the KEM's key), and share. */
struct kex {
    uint16_t group; /* 0: none */
    uint16_t private_len;
    uint16_t share_len;
    uint8_t private_key[KEX_PRIVATE_MAX];
    uint8_t share[KEX_SHARE_MAX];
};

/* kex_generate makes a fresh private key and its share for |group|, one of groups.def whose kind is
 * not NONE. Returns false only if libcrypto fails. X25519: exactly 32 bytes are drawn and used as
 * the private key; NIST: candidates of the scalar's length are drawn until one is in [1, order). */
bool kex_generate(struct kex *k, uint16_t group, const struct parley_random *random,
                  struct parley_memo *memo);

/* kex_agree computes the shared secret with the peer's share. PARLEY_ERR_bad_share if it is no
 * valid public value (wrong length, off the curve, all-zero X25519 result, RFC 8446 7.4.2). */
enum parley_error kex_agree(const struct kex *k, struct parley_bytes peer, struct parley_memo *memo,
                            uint8_t out[KEX_SECRET_MAX], size_t *out_len);

/* kex_respond is the server's step in TLS 1.3: it answers the client's share |peer| with ours, in
 * |k|, and computes the secret. Like kex_generate and kex_agree, but for hybrids, whose server
 * encapsulates to the client's key. */
enum parley_error kex_respond(struct kex *k, uint16_t group, struct parley_bytes peer,
                              const struct parley_random *random, struct parley_memo *memo,
                              uint8_t out[KEX_SECRET_MAX], size_t *out_len);

/* kex_dhe_client makes our half for the server's group (p, g) and agrees with |ys| in one step
 * (RFC 5246 7.4.3, 8.1.2: leading zeros stripped). PARLEY_ERR_weak_dh below 2048 bits,
 * PARLEY_ERR_bad_dh for values out of range or p above 4096 bits. |k->share| is dh_Yc. */
enum parley_error kex_dhe_client(struct kex *k, struct parley_bytes p, struct parley_bytes g,
                                 struct parley_bytes ys, const struct parley_random *random,
                                 uint8_t out[KEX_SECRET_MAX], size_t *out_len);

/* kex_dhe_parameters gives p and g of an FFDHE group, big-endian, into p (256 bytes for
 * ffdhe2048) and g; returns false if it is not spoken. For FFDHE kex_agree, leading zeros of the
 * secret are stripped. */
bool kex_dhe_parameters(uint16_t group, uint8_t p[KEX_FIELD_MAX], size_t *p_len, uint8_t *g);

#endif
