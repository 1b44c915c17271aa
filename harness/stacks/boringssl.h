/* BoringSSL's adapter, and AWS-LC's: boringssl.c has contexts and connections, boringssl_lists.c
 * code points, boringssl_random.c randomness, boringssl_extras.c, boringssl_delegated.c and
 * boringssl_late.c what is not set unless somebody asks for it. */
#ifndef PARLEY_STACKS_BORINGSSL_H
#define PARLEY_STACKS_BORINGSSL_H

#include <openssl/pool.h>

#include "stacks/libssl.h"

void boringssl_capabilities(struct parley_capabilities *out);

/* boringssl_set_lists sets suites, groups and signature schemes as |options| say. */
bool boringssl_set_lists(SSL_CTX *ctx, const struct parley_endpoint_options *options,
                         struct parley_stack_problem *problem);

/* boringssl_draws_ours returns whether all the library's randomness comes from us. */
bool boringssl_draws_ours(void);

/* What a context has for parley_extras: libssl_context.extras, NULL if there are none. */
struct boringssl_extras {
    uint8_t npn[256]; /* as in the extension, without its length */
    size_t npn_len;
    uint8_t ticket_key[48];
    EVP_PKEY *key; /* what a late application signs with */
    CRYPTO_BUFFER *delegated;
    EVP_PKEY *delegated_key;
    uint8_t *ech_list; /* client: what the server has said that it should have */
    size_t ech_list_len;
};

/* boringssl_extras_new does what |extras| of the context's options say, boringssl_extras_open what
 * of it is a connection's; boringssl_extras_outcome adds what there is to tell. */
bool boringssl_extras_new(struct parley_stack_context *context);
void boringssl_extras_free(struct parley_stack_context *context);
bool boringssl_extras_open(struct parley_stack_connection *connection);
void boringssl_extras_outcome(const struct parley_stack_connection *connection,
                              struct parley_endpoint_outcome *out);

/* boringssl_delegate gives a server that has a certificate for it a delegated credential. */
bool boringssl_delegate(SSL_CTX *ctx, struct boringssl_extras *extras);

/* boringssl_late makes the application one that answers late, boringssl_late_open of a connection.
 * boringssl_asks_again returns whether |status|, of a function of SSL, is that it waits for that.
 */
bool boringssl_late(struct parley_stack_context *context);
bool boringssl_late_open(struct parley_stack_connection *connection);
bool boringssl_asks_again(const SSL *ssl, int status);

#endif
