/* What is the same for OpenSSL and BoringSSL: compiled with either. */
#ifndef PARLEY_FUZZERS_OTHER_LIBSSL_H
#define PARLEY_FUZZERS_OTHER_LIBSSL_H

#include "fuzzers/other.h"

struct ssl_ctx_st; /* either one's SSL_CTX */

/* other_accept has a server of |context| read |body|, with an empty error queue before. */
void other_accept(struct ssl_ctx_st *context, struct parley_bytes body);

/* other_certificate decodes |der| with the libcrypto it is linked with; copies lie in |room|. */
void other_certificate(struct other_room *room, struct parley_bytes der,
                       struct parley_seen_certificate *out);

#endif
