/* BearSSL's adapter: bearssl.c sets contexts and connections up, bearssl_connection.c goes on with
 * them, bearssl_x509.c has certificates, bearssl_lists.c code points and the names of errors. */
#ifndef PARLEY_STACKS_BEARSSL_H
#define PARLEY_STACKS_BEARSSL_H

#include <bearssl.h>

#include "stacks/adapter.h"

#define BEAR_LISTED 48 /* as many suites as an engine takes */

/* Whom the roots are. |keys| hold the public keys that |items| point into. */
struct bear_anchors {
    br_x509_trust_anchor *items;
    br_x509_decoder_context *keys;
    size_t count;
};

/* Who an endpoint is. |key| holds the private key. */
struct bear_credential {
    br_x509_certificate *chain;
    size_t count;
    br_skey_decoder_context key;
    unsigned issuer; /* the kind of key that signed the leaf, BR_KEYTYPE_* */
};

/* The server's sessions: BearSSL's cache, and who saves into it (see bearssl.c). */
struct bear_cache {
    const br_ssl_session_cache_class *vtable;
    br_ssl_session_cache_lru lru;
    uint8_t store[1 << 13];
};

struct bear_context {
    struct bear_credential credential;
    struct bear_anchors anchors;
    bool verifies;
    br_ec_impl curves; /* those that may be negotiated */
    uint16_t suites[BEAR_LISTED];
    size_t suite_count;
    const char **alpn;
    struct bear_cache cache;
    br_ssl_session_parameters session; /* client: the newest, if |has_session| */
    bool has_session;
};

/* An X.509 engine that keeps the leaf, and verifies or not. |minimal| is BearSSL's own. */
struct bear_x509 {
    const br_x509_class *vtable;
    br_x509_minimal_context minimal;
    br_x509_decoder_context decoder;
    bool verifies, verified;
    bool used; /* a chain came: the session was not resumed */
    size_t index;
    uint8_t *leaf;
    size_t leaf_len, leaf_cap;
};

struct bear_connection {
    union {
        br_ssl_engine_context engine; /* first in both */
        br_ssl_client_context client;
        br_ssl_server_context server;
    } ssl;
    struct bear_x509 x509;
    bool saved; /* server: the session was new */
    uint8_t buffer[BR_SSL_BUFSIZE_BIDI];
};

/* bear_read_credential and bear_read_anchors read PEM. The first needs a kind of key that BearSSL
 * has. bear_free_* give back what was read. */
bool bear_read_credential(struct bear_credential *out, const struct parley_pem_credential *pem,
                          struct parley_stack_problem *problem);
bool bear_read_anchors(struct bear_anchors *out, struct parley_bytes pem,
                       struct parley_stack_problem *problem);
void bear_free_credential(struct bear_credential *credential);
void bear_free_anchors(struct bear_anchors *anchors);

/* bear_x509_class is the class of struct bear_x509. */
extern const br_x509_class bear_x509_class;

/* bear_set_lists chooses suites and curves as |options| say. */
bool bear_set_lists(struct bear_context *own, const struct parley_endpoint_options *options,
                    struct parley_stack_problem *problem);

/* bear_reason returns the name of an error, never NULL. */
const char *bear_reason(int error);

/* The members of struct adapter. */
void bear_capabilities(struct parley_capabilities *out);
enum adapter_result bear_handshake(struct parley_stack_connection *connection);
enum adapter_result bear_read(struct parley_stack_connection *connection, uint8_t *out, size_t cap,
                              size_t *moved);
enum adapter_result bear_write(struct parley_stack_connection *connection, const uint8_t *data,
                               size_t len, size_t *moved);
bool bear_control(struct parley_stack_connection *connection, enum parley_control operation);
void bear_outcome(const struct parley_stack_connection *connection,
                  struct parley_endpoint_outcome *out);
bool bear_exporter(const struct parley_stack_connection *connection, const char *label,
                   const struct parley_bytes *context, uint8_t *out, size_t len);

#endif
