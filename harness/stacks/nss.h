/* NSS's adapter: nss.c has contexts, nss_pki.c keys and certificates, nss_open.c and
 * nss_connection.c connections, nss_lists.c code points. */
#ifndef PARLEY_STACKS_NSS_H
#define PARLEY_STACKS_NSS_H

#include <nspr.h>

#include <cert.h>
#include <keyhi.h>
#include <ssl.h>
#include <sslexp.h>

#include "stacks/adapter.h"

#define NSS_MAX_CHAIN 8
#define NSS_MAX_CREDENTIALS 4

/* A chain and its key. */
struct nss_credential {
    CERTCertificate *chain[NSS_MAX_CHAIN]; /* leaf first */
    size_t chain_length;
    SECKEYPrivateKey *key;
};

struct nss_context {
    PRFileDesc *model; /* a socket that is never used, with the settings of every one that is */
    struct nss_credential credentials[NSS_MAX_CREDENTIALS];
    size_t credential_count;
    CERTCertList *roots; /* NULL: none */
    SSLAntiReplayContext *anti_replay;
    char peer[32]; /* client: NSS's name for the server, under which the newest session is */
};

struct nss_own {
    PRFileDesc *socket;
    bool verified;
    bool close_received;
    CERTCertificate *peer;
    uint8_t alpn[256];
    SECItem *server_name;
};

/* nss_reason returns why the last call failed. */
const char *nss_reason(void);

/* nss_network returns the lowest layer of |connection|'s socket, or of one that is never used
 * (NULL). */
PRFileDesc *nss_network(struct parley_stack_connection *connection);

/* nss_set_lists sets versions, suites, groups and signature schemes as |options| say. */
bool nss_set_lists(PRFileDesc *socket, const struct parley_endpoint_options *options,
                   struct parley_stack_problem *problem);

/* nss_load reads credentials and roots; nss_unload gives them back. nss_verify returns whether
 * |certificate|, the peer's, can be trusted now. */
bool nss_load(struct nss_context *context, const struct parley_endpoint_options *options,
              struct parley_stack_problem *problem);
void nss_unload(struct nss_context *context);
bool nss_verify(const struct parley_endpoint_options *options, CERTCertificate *certificate);

/* The members of struct adapter. */
void nss_capabilities(struct parley_capabilities *out);
bool nss_open(struct parley_stack_connection *connection, bool resume,
              struct parley_stack_problem *problem);
void nss_close(struct parley_stack_connection *connection);
enum adapter_result nss_handshake(struct parley_stack_connection *connection);
enum adapter_result nss_read(struct parley_stack_connection *connection, uint8_t *out, size_t cap,
                             size_t *moved);
enum adapter_result nss_write(struct parley_stack_connection *connection, const uint8_t *data,
                              size_t len, size_t *moved);
bool nss_control(struct parley_stack_connection *connection, enum parley_control operation);
void nss_outcome(const struct parley_stack_connection *connection,
                 struct parley_endpoint_outcome *out);
bool nss_exporter(const struct parley_stack_connection *connection, const char *label,
                  const struct parley_bytes *context, uint8_t *out, size_t len);

#endif
