/* BoringSSL's adapter, and AWS-LC's: boringssl.c has contexts and connections, boringssl_lists.c
 * code points, boringssl_random.c randomness, boringssl_extras.c and boringssl_late.c what is not
 * set unless somebody asks for it. */
#ifndef PARLEY_STACKS_BORINGSSL_H
#define PARLEY_STACKS_BORINGSSL_H

#include "stacks/libssl.h"

void boringssl_capabilities(struct parley_capabilities *out);

/* boringssl_set_lists sets suites, groups and signature schemes as |options| say. */
bool boringssl_set_lists(SSL_CTX *ctx, const struct parley_endpoint_options *options,
                         struct parley_stack_problem *problem);

/* boringssl_draws_ours returns whether all the library's randomness comes from us. */
bool boringssl_draws_ours(void);

/* boringssl_extras does what |extras| of the context's options say, boringssl_extras_open what of it
 * is a connection's. boringssl_late makes the application one that answers late;
 * boringssl_asks_again returns whether |status|, of a function of SSL, is that it waits for that. */
bool boringssl_extras(struct parley_stack_context *context);
bool boringssl_extras_open(struct parley_stack_connection *connection);
bool boringssl_late(struct parley_stack_context *context);
bool boringssl_asks_again(const SSL *ssl, int status);

#endif
