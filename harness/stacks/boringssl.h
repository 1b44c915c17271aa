/* BoringSSL's adapter, and AWS-LC's: boringssl.c has contexts and connections, boringssl_lists.c
 * code points, boringssl_random.c randomness. */
#ifndef PARLEY_STACKS_BORINGSSL_H
#define PARLEY_STACKS_BORINGSSL_H

#include "stacks/libssl.h"

void boringssl_capabilities(struct parley_capabilities *out);

/* boringssl_set_lists sets suites, groups and signature schemes as |options| say. */
bool boringssl_set_lists(SSL_CTX *ctx, const struct parley_endpoint_options *options,
                         struct parley_stack_problem *problem);

/* boringssl_draws_ours returns whether all the library's randomness comes from us. */
bool boringssl_draws_ours(void);

#endif
