/* What the adapters of OpenSSL and of the libraries that come from it have in common: BoringSSL,
 * AWS-LC. libssl.c has contexts, libssl_connection.c connections, as far as all of these agree;
 * NAME.c has the rest, NAME_lists.c its code points. */
#ifndef PARLEY_STACKS_LIBSSL_H
#define PARLEY_STACKS_LIBSSL_H

#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "stacks/adapter.h"

struct libssl_context {
    SSL_CTX *ctx;
    BIO_METHOD *network;
    SSL_SESSION *session; /* client: the newest */
    uint8_t alpn[256];    /* as in the extension's ProtocolNameList, without its length */
    size_t alpn_len;
    void *extras; /* NAME.c's own */
};

struct libssl_connection {
    SSL *ssl;
    bool reads_early; /* OpenSSL's server: SSL_read_early_data comes before SSL_do_handshake */
    uint8_t *certificate;
    int certificate_len;
    void *late; /* NAME.c's own, from malloc; if it is there, the network is slow */
    bool full;  /* and takes nothing the next time */
};

/* ---- libssl.c ---- */

/* libssl_reason returns why the last call failed, and clears the error queue. */
const char *libssl_reason(void);

/* The members of struct adapter. After libssl_context_new everything but suites, groups, signature
 * schemes, early data is set. */
bool libssl_context_new(struct parley_stack_context *context, struct parley_stack_problem *problem);
void libssl_context_free(struct parley_stack_context *context);

/* ---- libssl_connection.c ---- */

/* libssl_network returns the BIO_METHOD of a connection's queues; the caller frees it. */
BIO_METHOD *libssl_network(void);

/* The members of struct adapter. */
bool libssl_open(struct parley_stack_connection *connection, bool resume,
                 struct parley_stack_problem *problem);
void libssl_close(struct parley_stack_connection *connection);
bool libssl_exporter(const struct parley_stack_connection *connection, const char *label,
                     const struct parley_bytes *context, uint8_t *out, size_t len);

/* libssl_result says what |status|, the value that a function of SSL returned, means. */
enum adapter_result libssl_result(struct parley_stack_connection *connection, int status);

/* libssl_outcome tells what all of them can. Returns false if there is no more to tell yet. */
bool libssl_outcome(const struct parley_stack_connection *connection,
                    struct parley_endpoint_outcome *out);

/* libssl_tell adds what NAME.c found out: code points, 0 where it did not. */
void libssl_tell(struct parley_endpoint_outcome *out, uint16_t group, uint16_t sigalg_server,
                 uint16_t sigalg_client);

#endif
