/* OpenSSL's adapter: openssl.c has contexts, openssl_connection.c connections, openssl_lists.c code
 * points. */
#ifndef PARLEY_STACKS_OPENSSL_H
#define PARLEY_STACKS_OPENSSL_H

#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include "stacks/adapter.h"

struct openssl_context {
    SSL_CTX *ctx;
    BIO_METHOD *network;
    SSL_SESSION *session; /* client: the newest */
    uint8_t alpn[256];    /* as in the extension's ProtocolNameList, without its length */
    size_t alpn_len;
};

/* openssl_reason returns why the last call failed, and clears the error queue. */
const char *openssl_reason(void);

/* openssl_network returns the BIO_METHOD of a connection's queues; the caller frees it. */
BIO_METHOD *openssl_network(void);

/* openssl_set_lists sets suites, groups and signature schemes as |options| say. */
bool openssl_set_lists(SSL_CTX *ctx, const struct parley_endpoint_options *options,
                       struct parley_stack_problem *problem);

/* openssl_group and openssl_sigalg return the code point of what was negotiated, 0: unknown. */
uint16_t openssl_group(SSL *ssl);
uint16_t openssl_sigalg(SSL *ssl, bool of_peer);

/* The members of struct adapter. */
void openssl_capabilities(struct parley_capabilities *out);
bool openssl_open(struct parley_stack_connection *connection, bool resume,
                  struct parley_stack_problem *problem);
void openssl_close(struct parley_stack_connection *connection);
enum adapter_result openssl_handshake(struct parley_stack_connection *connection);
enum adapter_result openssl_read(struct parley_stack_connection *connection, uint8_t *out,
                                 size_t cap, size_t *moved);
enum adapter_result openssl_write(struct parley_stack_connection *connection, const uint8_t *data,
                                  size_t len, size_t *moved);
enum adapter_result openssl_write_early(struct parley_stack_connection *connection,
                                        const uint8_t *data, size_t len, size_t *moved);
bool openssl_control(struct parley_stack_connection *connection, enum parley_control operation);
void openssl_outcome(const struct parley_stack_connection *connection,
                     struct parley_endpoint_outcome *out);
bool openssl_exporter(const struct parley_stack_connection *connection, const char *label,
                      const struct parley_bytes *context, uint8_t *out, size_t len);

#endif
