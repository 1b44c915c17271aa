/* OpenSSL's adapter: openssl.c has contexts and connections, openssl_lists.c code points. */
#ifndef PARLEY_STACKS_OPENSSL_H
#define PARLEY_STACKS_OPENSSL_H

#include "stacks/libssl.h"

void openssl_capabilities(struct parley_capabilities *out);

/* openssl_set_lists sets suites, groups and signature schemes as |options| say. */
bool openssl_set_lists(SSL_CTX *ctx, const struct parley_endpoint_options *options,
                       struct parley_stack_problem *problem);

/* openssl_group and openssl_sigalg return the code point of what was negotiated, 0: unknown. */
uint16_t openssl_group(SSL *ssl);
uint16_t openssl_sigalg(SSL *ssl, bool of_peer);

#endif
