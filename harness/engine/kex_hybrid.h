/* X25519 beside a post-quantum KEM: the secret is both secrets, so that it holds while either does.
 */
#ifndef PARLEY_ENGINE_KEX_HYBRID_H
#define PARLEY_ENGINE_KEX_HYBRID_H

#include "engine/kex.h"

/* The steps of kex.h for the hybrids. The client's: a private key, its share, the secret; and the
 * server's one. */
bool hybrid_draw(struct kex *k, const struct parley_random *random);
bool hybrid_share(struct kex *k);
enum parley_error hybrid_agree(const struct kex *k, struct parley_bytes peer,
                               uint8_t out[KEX_SECRET_MAX], size_t *out_len);
enum parley_error hybrid_respond(struct kex *k, struct parley_bytes peer,
                                 const struct parley_random *random, uint8_t out[KEX_SECRET_MAX],
                                 size_t *out_len);

#endif
