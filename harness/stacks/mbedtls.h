/* Mbed TLS's adapter, for 2.28 and 3.x: mbedtls.c has contexts, mbed_connection.c connections,
 * mbedtls_secrets.c the key log and the exporter, mbedtls_lists.c code points. */
#ifndef PARLEY_STACKS_MBEDTLS_H
#define PARLEY_STACKS_MBEDTLS_H

/* From 3.0 on most members of its structs are private, and some of what an outcome holds is told by
 * no function. */
#define MBEDTLS_ALLOW_PRIVATE_ACCESS

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_cache.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/version.h>

#include "stacks/adapter.h"

#define MBED_3 (MBEDTLS_VERSION_NUMBER >= 0x03000000)

/* 2.28 declares PSA's functions, too, but its TLS does not use them. */
#if MBED_3 && defined(MBEDTLS_SSL_PROTO_TLS1_3)
#define MBED_TLS13 1
#else
#define MBED_TLS13 0
#endif

#define MBED_LISTED 64

struct mbed_context {
    mbedtls_ssl_config config;
    mbedtls_x509_crt roots;
    mbedtls_x509_crt *chains;
    mbedtls_pk_context *keys;
    size_t credential_count;
    mbedtls_ssl_cache_context cache;
    mbedtls_ssl_ticket_context tickets;
    mbedtls_ssl_session session; /* client: the newest, if |has_session| */
    bool has_session;
    const char **alpn; /* ends with NULL */
    int suites[MBED_LISTED + 1];
#if MBED_3
    uint16_t groups[MBED_LISTED + 1];
    uint16_t sigalgs[MBED_LISTED + 1];
#else
    mbedtls_ecp_group_id groups[MBED_LISTED + 1];
    int hashes[MBED_LISTED + 1];
    struct parley_stack_connection *working; /* who the key callback, the context's own, is for */
#endif
};

struct mbed_connection {
    mbedtls_ssl_context ssl;
    bool full;      /* certificates went by: not resumed */
    uint16_t group; /* 2.28: once known */
    bool extended_master_secret;
    uint32_t
        refused;    /* server: what is wrong with a certificate that was requested, not required */
    char name[256]; /* server: what server_name asked for */
    uint8_t master[48]; /* of TLS 1.2, for the exporter */
    uint8_t randoms[64];
    mbedtls_tls_prf_types prf;
};

/* mbed_random is an f_rng: draws from the source that is in force. */
int mbed_random(void *arg, unsigned char *out, size_t len);

/* mbed_reason writes an error's text. */
const char *mbed_reason(int error, char out[120]);

/* mbed_set_lists sets suites, groups and signature schemes as |options| say. */
bool mbed_set_lists(struct mbed_context *own, const struct parley_endpoint_options *options,
                    struct parley_stack_problem *problem);

/* mbed_set_credentials and mbed_set_trust set own certificates, and whose are believed. */
bool mbed_set_credentials(struct mbed_context *own, const struct parley_endpoint_options *options,
                          struct parley_stack_problem *problem);
bool mbed_set_trust(struct mbed_context *own, const struct parley_endpoint_options *options,
                    struct parley_stack_problem *problem);

/* mbed_refuse is the callback of those who request a certificate; |arg| is a mbed_connection. */
int mbed_refuse(void *arg, mbedtls_x509_crt *certificate, int depth, uint32_t *flags);

/* mbed_see_secrets has the callback of the keys called for |connection|. In 2.28 it belongs to the
 * context, in 3.x to the connection: called before every step. */
void mbed_see_secrets(struct parley_stack_connection *connection);

/* The members of struct adapter. */
void mbed_capabilities(struct parley_capabilities *out);
bool mbed_open(struct parley_stack_connection *connection, bool resume,
               struct parley_stack_problem *problem);
void mbed_close(struct parley_stack_connection *connection);
enum adapter_result mbed_handshake(struct parley_stack_connection *connection);
enum adapter_result mbed_read(struct parley_stack_connection *connection, uint8_t *out, size_t cap,
                              size_t *moved);
enum adapter_result mbed_write(struct parley_stack_connection *connection, const uint8_t *data,
                               size_t len, size_t *moved);
bool mbed_control(struct parley_stack_connection *connection, enum parley_control operation);
void mbed_outcome(const struct parley_stack_connection *connection,
                  struct parley_endpoint_outcome *out);
bool mbed_exporter(const struct parley_stack_connection *connection, const char *label,
                   const struct parley_bytes *context, uint8_t *out, size_t len);

/* mbed_server_name is an SNI callback: notes the name. */
int mbed_server_name(void *arg, mbedtls_ssl_context *ssl, const unsigned char *name, size_t len);

#endif
