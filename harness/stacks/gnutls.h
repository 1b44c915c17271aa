/* GnuTLS's adapter: gnutls.c has contexts and gnutls_psk.c their pre-shared keys, gnutls_open.c,
 * gnutls_connection.c and gnutls_outcome.c connections, gnutls_lists.c code points. Names begin
 * with gnu_, as gnutls_ is the library's. */
#ifndef PARLEY_STACKS_GNUTLS_H
#define PARLEY_STACKS_GNUTLS_H

#include <gnutls/gnutls.h>

#include "stacks/adapter.h"

/* What a server remembers: TLS 1.2 sessions by their id, and 0-RTT data that has come before. */
struct gnu_entry {
    struct gnu_entry *next;
    gnutls_datum_t key, value;
};

struct gnu_context {
    gnutls_certificate_credentials_t credentials;
    gnutls_priority_t priorities;
    gnutls_datum_t ticket_key;        /* server */
    gnutls_anti_replay_t anti_replay; /* server that takes 0-RTT data; else NULL */
    struct gnu_entry *entries;
    gnutls_datum_t session;                     /* client: the newest */
    gnutls_psk_client_credentials_t client_psk; /* NULL: none */
    gnutls_psk_server_credentials_t server_psk;
};

struct gnu_own {
    gnutls_session_t session;
    bool verifies; /* the peer's certificate, if there is one */
    bool hello_retry;
    bool asked; /* server: for a certificate, after the handshake */
    char server_name[256];
};

/* gnu_use_memory makes the server's |session| keep what it must remember in |context|. */
void gnu_use_memory(gnutls_session_t session, struct gnu_context *context);

/* gnu_keep_session keeps the client's session in its context: the newest is what it resumes. */
void gnu_keep_session(const struct parley_stack_connection *connection);

/* gnu_psk_load reads the pre-shared keys, gnu_psk_unload gives them back. gnu_psk_use gives them to
 * |session| and returns GnuTLS's status. */
bool gnu_psk_load(struct gnu_context *own, const struct parley_endpoint_options *options,
                  struct parley_stack_problem *problem);
void gnu_psk_unload(struct gnu_context *own);
int gnu_psk_use(gnutls_session_t session, const struct gnu_context *own);

/* gnu_priorities makes what |options| allow: versions, suites, groups, signature schemes. */
bool gnu_priorities(gnutls_priority_t *out, const struct parley_endpoint_options *options,
                    struct parley_stack_problem *problem);

/* The code points of what was negotiated, 0: unknown. */
uint16_t gnu_suite_code(gnutls_session_t session);
uint16_t gnu_group_code(gnutls_group_t group);
uint16_t gnu_sigalg_code(int sign);

/* The members of struct adapter. */
void gnu_capabilities(struct parley_capabilities *out);
bool gnu_open(struct parley_stack_connection *connection, bool resume,
              struct parley_stack_problem *problem);
void gnu_close(struct parley_stack_connection *connection);
enum adapter_result gnu_handshake(struct parley_stack_connection *connection);
enum adapter_result gnu_read(struct parley_stack_connection *connection, uint8_t *out, size_t cap,
                             size_t *moved);
enum adapter_result gnu_write(struct parley_stack_connection *connection, const uint8_t *data,
                              size_t len, size_t *moved);
enum adapter_result gnu_write_early(struct parley_stack_connection *connection, const uint8_t *data,
                                    size_t len, size_t *moved);
bool gnu_control(struct parley_stack_connection *connection, enum parley_control operation);
void gnu_outcome(const struct parley_stack_connection *connection,
                 struct parley_endpoint_outcome *out);
bool gnu_exporter(const struct parley_stack_connection *connection, const char *label,
                  const struct parley_bytes *context, uint8_t *out, size_t len);

#endif
