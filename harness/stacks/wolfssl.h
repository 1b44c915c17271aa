/* wolfSSL's adapter: wolfssl.c has contexts, wolfssl_connection.c connections, wolfssl_lists.c code
 * points. */
#ifndef PARLEY_STACKS_WOLFSSL_H
#define PARLEY_STACKS_WOLFSSL_H

#include <wolfssl/options.h> /* how it was built; before all others */
#include <wolfssl/ssl.h>

#include "stacks/adapter.h"

#if !defined(OPENSSL_EXTRA) || !defined(WOLF_CRYPTO_CB) || !defined(HAVE_EXT_CACHE) ||             \
    !defined(HAVE_KEYING_MATERIAL) || !defined(SESSION_CERTS) || !defined(HAVE_SESSION_TICKET)
#error "this wolfSSL was built without what the adapter needs: configure it with --enable-all"
#endif

#define WOLF_SESSIONS 16

struct wolf_context {
    WOLFSSL_CTX *ctx;
    /* a client's newest is the first; a server's are a ring. */
    WOLFSSL_SESSION *sessions[WOLF_SESSIONS];
    size_t next;
    char *alpn;     /* names with commas, as it wants them; NULL: none */
    uint16_t share; /* client: the group of its only key share, 0: wolfSSL's choice */
};

/* The network's callbacks. */
int wolf_network_read(WOLFSSL *ssl, char *out, int cap, void *arg);
int wolf_network_write(WOLFSSL *ssl, char *data, int len, void *arg);

/* The callbacks of a cache of sessions, which is the context's. */
int wolf_new_session(WOLFSSL *ssl, WOLFSSL_SESSION *session);
WOLFSSL_SESSION *wolf_find_session(WOLFSSL *ssl, const unsigned char *id, int len, int *copy);

/* wolf_reason returns the text of an error, in a buffer that the next call writes again. */
const char *wolf_reason(int error);

/* wolf_set_lists sets suites, groups and signature schemes as |options| say. */
bool wolf_set_lists(struct wolf_context *own, const struct parley_endpoint_options *options,
                    struct parley_stack_problem *problem);

/* wolf_group returns the code point of the group that was negotiated, 0: unknown. */
uint16_t wolf_group(WOLFSSL *ssl);

/* The members of struct adapter. */
void wolf_capabilities(struct parley_capabilities *out);
bool wolf_open(struct parley_stack_connection *connection, bool resume,
               struct parley_stack_problem *problem);
void wolf_close(struct parley_stack_connection *connection);
enum adapter_result wolf_handshake(struct parley_stack_connection *connection);
enum adapter_result wolf_read(struct parley_stack_connection *connection, uint8_t *out, size_t cap,
                              size_t *moved);
enum adapter_result wolf_write(struct parley_stack_connection *connection, const uint8_t *data,
                               size_t len, size_t *moved);
bool wolf_control(struct parley_stack_connection *connection, enum parley_control operation);
void wolf_outcome(const struct parley_stack_connection *connection,
                  struct parley_endpoint_outcome *out);
bool wolf_exporter(const struct parley_stack_connection *connection, const char *label,
                   const struct parley_bytes *context, uint8_t *out, size_t len);

#endif
