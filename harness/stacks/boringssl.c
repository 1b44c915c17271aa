/* BoringSSL, ours or another one, and AWS-LC.
 *
 * It has no post-handshake authentication, no PSKs from outside in TLS 1.3 (but in TLS 1.2), no
 * finite-field Diffie-Hellman. How much early data a server takes is fixed (14336 bytes):
 * |max_early_data| only turns it on. */
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "stacks/boringssl.h"

#ifdef OPENSSL_IS_AWSLC
#include <openssl/service_indicator.h>
#endif

/* ---- Opening ---- */

/* current_time is asked for the lifetimes of sessions and ticket keys. */
static void current_time(const SSL *ssl, struct timeval *out) {
    (void)ssl;
    int64_t now = adapter_now();
    *out = (struct timeval){.tv_sec = (time_t)(now / 1000),
                            .tv_usec = (suseconds_t)(now % 1000 * 1000)};
}

/* ---- Pre-shared keys of TLS 1.2 ---- */

static const struct parley_psk12 *psk_of(const SSL *ssl) {
    const struct parley_stack_connection *connection = SSL_get_app_data(ssl);
    return connection->context->options.psk12;
}

static unsigned give_psk(const struct parley_psk12 *psk, uint8_t *out, unsigned max) {
    if (psk->key.len > max) {
        return 0;
    }
    memcpy(out, psk->key.data, psk->key.len);
    return (unsigned)psk->key.len;
}

static unsigned client_psk(SSL *ssl, const char *hint, char *identity, unsigned max_identity,
                           uint8_t *out, unsigned max) {
    const struct parley_psk12 *psk = psk_of(ssl);
    (void)hint;
    if (psk->identity.len >= max_identity) {
        return 0;
    }
    memcpy(identity, psk->identity.data, psk->identity.len);
    identity[psk->identity.len] = '\0';
    return give_psk(psk, out, max);
}

static unsigned server_psk(SSL *ssl, const char *identity, uint8_t *out, unsigned max) {
    const struct parley_psk12 *psk = psk_of(ssl);
    bool known = strlen(identity) == psk->identity.len &&
                 memcmp(identity, psk->identity.data, psk->identity.len) == 0;
    return known ? give_psk(psk, out, max) : 0;
}

static void set_psk(SSL_CTX *ctx, const struct parley_endpoint_options *o) {
    char hint[PARLEY_NAME_MAX + 1] = "";
    if (o->psk12 == NULL) {
        return;
    }
    SSL_CTX_set_psk_client_callback(ctx, client_psk);
    SSL_CTX_set_psk_server_callback(ctx, server_psk);
    if (o->psk12->hint.len > 0 && o->psk12->hint.len < sizeof hint) {
        memcpy(hint, o->psk12->hint.data, o->psk12->hint.len);
        (void)SSL_CTX_use_psk_identity_hint(ctx, hint);
    }
}

/* ---- Contexts, connections ---- */

static bool context_new(struct parley_stack_context *context,
                        struct parley_stack_problem *problem) {
    if (!libssl_context_new(context, problem)) {
        return false;
    }
    const struct parley_endpoint_options *o = &context->options;
    SSL_CTX *ctx = ((const struct libssl_context *)context->own)->ctx;
    SSL_CTX_set_current_time_cb(ctx, current_time);
    SSL_CTX_set_early_data_enabled(ctx, o->early_data || o->max_early_data > 0);
    set_psk(ctx, o);
    if (!boringssl_extras_new(context)) {
        return adapter_problem(problem, "settings: %s", libssl_reason());
    }
    return boringssl_set_lists(ctx, o, problem);
}

static void context_free(struct parley_stack_context *context) {
    boringssl_extras_free(context);
    libssl_context_free(context);
}

static bool open_connection(struct parley_stack_connection *connection, bool resume,
                            struct parley_stack_problem *problem) {
    if (!libssl_open(connection, resume, problem)) {
        return false;
    }
    if (!boringssl_extras_open(connection)) {
        return adapter_problem(problem, "settings: %s", libssl_reason());
    }
    const struct libssl_connection *own = connection->own;
    const SSL_SESSION *session = SSL_get_session(own->ssl);
    connection->may_send_early = connection->context->options.early_data && resume &&
                                 session != NULL && SSL_SESSION_early_data_capable(session) == 1;
    return true;
}

/* ---- Going on ---- */

/* take_early keeps the 0-RTT data that a server has. */
static int take_early(struct parley_stack_connection *connection) {
    const struct libssl_connection *own = connection->own;
    uint8_t data[4096];
    int n = SSL_read(own->ssl, data, sizeof data);
    if (n > 0 && !adapter_keep_data(connection, data, (size_t)n)) {
        (void)adapter_failed(connection, "out of memory");
        return -1;
    }
    return n;
}

/* handshake: it says it is done when only 0-RTT data can be moved, and is not (SSL_in_init). */
static enum adapter_result handshake(struct parley_stack_connection *connection) {
    const struct libssl_connection *own = connection->own;
    SSL *ssl = own->ssl;
    int status;
    do {
        ERR_clear_error();
        status = SSL_do_handshake(ssl);
        if (status == 1 && SSL_in_early_data(ssl) == 1 && SSL_is_server(ssl) == 1) {
            status = take_early(connection);
        } else if (status < 1 && SSL_get_error(ssl, status) == SSL_ERROR_EARLY_DATA_REJECTED) {
            SSL_reset_early_data_reject(ssl);
            status = 1;
        }
    } while ((status > 0 && SSL_in_init(ssl) == 1) || boringssl_asks_again(ssl, status));
    if (connection->failed) {
        return ADAPTER_FAILED;
    }
    return SSL_in_init(ssl) == 1 ? libssl_result(connection, status) : ADAPTER_OK;
}

/* moved_result: |n| is how many bytes SSL_read or SSL_write moved, if any. */
static enum adapter_result moved_result(struct parley_stack_connection *connection, int n,
                                        size_t *moved) {
    *moved = n > 0 ? (size_t)n : 0;
    return libssl_result(connection, n);
}

static int limited(size_t n) {
    return n < INT32_MAX ? (int)n : INT32_MAX;
}

static enum adapter_result read_data(struct parley_stack_connection *connection, uint8_t *out,
                                     size_t cap, size_t *moved) {
    const struct libssl_connection *own = connection->own;
    int n;
    do {
        ERR_clear_error();
        n = SSL_read(own->ssl, out, limited(cap));
    } while (boringssl_asks_again(own->ssl, n));
    return moved_result(connection, n, moved);
}

static enum adapter_result write_data(struct parley_stack_connection *connection,
                                      const uint8_t *data, size_t len, size_t *moved) {
    const struct libssl_connection *own = connection->own;
    int n;
    do {
        ERR_clear_error();
        n = SSL_write(own->ssl, data, limited(len));
    } while (boringssl_asks_again(own->ssl, n));
    return moved_result(connection, n, moved);
}

/* key_update goes out with the next data; none of it is enough. */
static bool key_update(SSL *ssl, int request) {
    return SSL_key_update(ssl, request) == 1 && SSL_write(ssl, "", 0) >= 0;
}

static bool control(struct parley_stack_connection *connection, enum parley_control operation) {
    const struct libssl_connection *own = connection->own;
    ERR_clear_error();
    switch (operation) {
    case PARLEY_CONTROL_CLOSE:
        return SSL_shutdown(own->ssl) >= 0;
    case PARLEY_CONTROL_KEY_UPDATE:
        return key_update(own->ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
    case PARLEY_CONTROL_KEY_UPDATE_BOTH:
        return key_update(own->ssl, SSL_KEY_UPDATE_REQUESTED);
    case PARLEY_CONTROL_REQUEST_CERTIFICATE:
    case PARLEY_CONTROL_END_OF_INPUT:
        break;
    }
    return false;
}

/* ---- What came of it ---- */

/* outcome: of the two signatures, it tells the peer's. */
static void outcome(const struct parley_stack_connection *connection,
                    struct parley_endpoint_outcome *out) {
    bool told = libssl_outcome(connection, out);
    boringssl_extras_outcome(connection, out);
    if (!told) {
        return;
    }
    const SSL *ssl = ((const struct libssl_connection *)connection->own)->ssl;
    bool client = connection->context->options.role == PARLEY_CLIENT;
    uint16_t theirs = SSL_get_peer_signature_algorithm(ssl);
    out->known |= PARLEY_KNOWS_HELLO_RETRY | PARLEY_KNOWS_ENCRYPT_THEN_MAC; /* it has none */
    out->early_data_accepted = SSL_early_data_accepted(ssl) == 1;
    out->hello_retry = SSL_used_hello_retry_request(ssl) == 1;
    libssl_tell(out, SSL_get_curve_id(ssl), client ? theirs : 0, client ? 0 : theirs);
}

static const char *version(void) {
    static char text[64];
#ifdef OPENSSL_IS_AWSLC
    (void)snprintf(text, sizeof text, "%s", awslc_version_string());
#else
    (void)snprintf(text, sizeof text, "%s API %d", OpenSSL_version(OPENSSL_VERSION),
                   BORINGSSL_API_VERSION);
#endif
    return text;
}

const struct adapter adapter = {
#ifdef OPENSSL_IS_AWSLC
    .name = "awslc",
#else
    .name = "boringssl",
#endif
    .version = version,
    .capabilities = boringssl_capabilities,
    .context_new = context_new,
    .context_free = context_free,
    .open = open_connection,
    .close = libssl_close,
    .handshake = handshake,
    .read = read_data,
    .write = write_data,
    .write_early = write_data,
    .control = control,
    .outcome = outcome,
    .exporter = libssl_exporter,
};
