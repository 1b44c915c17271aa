/* OpenSSL, 3.0 and later. */
#include <openssl/rand.h>

#include "stacks/openssl.h"

/* ---- Randomness ---- */

static int random_bytes(unsigned char *out, int len) {
    adapter_random(out, (size_t)len);
    return 1;
}
static int random_status(void) {
    return 1;
}

/* use_our_random: every library context draws from the connection. */
static void use_our_random(void) {
    static const RAND_METHOD method = {
        .bytes = random_bytes, .pseudorand = random_bytes, .status = random_status};
    static bool set;
    if (!set) {
        (void)RAND_set_rand_method(&method);
        set = true;
    }
}

/* ---- Opening ---- */

static bool context_new(struct parley_stack_context *context,
                        struct parley_stack_problem *problem) {
    use_our_random();
    if (!libssl_context_new(context, problem)) {
        return false;
    }
    const struct parley_endpoint_options *o = &context->options;
    SSL_CTX *ctx = ((const struct libssl_context *)context->own)->ctx;
    (void)SSL_CTX_set_max_early_data(ctx, o->max_early_data);
    (void)SSL_CTX_set_recv_max_early_data(ctx, o->max_early_data);
    SSL_CTX_set_post_handshake_auth(ctx, o->post_handshake_auth);
    (void)SSL_CTX_set_dh_auto(ctx, 1);
    return openssl_set_lists(ctx, o, problem);
}

static bool open_connection(struct parley_stack_connection *connection, bool resume,
                            struct parley_stack_problem *problem) {
    if (!libssl_open(connection, resume, problem)) {
        return false;
    }
    const struct parley_endpoint_options *o = &connection->context->options;
    struct libssl_connection *own = connection->own;
    const SSL_SESSION *session = SSL_get_session(own->ssl);
    own->reads_early = o->role == PARLEY_SERVER && o->max_early_data > 0;
    connection->may_send_early =
        o->early_data && resume && session != NULL && SSL_SESSION_get_max_early_data(session) > 0;
    return true;
}

/* ---- Going on ---- */

/* read_early takes 0-RTT data until there is no more: then the handshake can go on. */
static enum adapter_result read_early(struct parley_stack_connection *connection) {
    struct libssl_connection *own = connection->own;
    uint8_t data[4096];
    for (;;) {
        size_t n = 0;
        switch (SSL_read_early_data(own->ssl, data, sizeof data, &n)) {
        case SSL_READ_EARLY_DATA_SUCCESS:
            if (!adapter_keep_data(connection, data, n)) {
                return adapter_failed(connection, "out of memory");
            }
            break;
        case SSL_READ_EARLY_DATA_FINISH:
            own->reads_early = false;
            return ADAPTER_OK;
        default:
            return libssl_result(connection, 0);
        }
    }
}

static enum adapter_result handshake(struct parley_stack_connection *connection) {
    const struct libssl_connection *own = connection->own;
    ERR_clear_error();
    if (own->reads_early) {
        enum adapter_result result = read_early(connection);
        if (result != ADAPTER_OK) {
            return result;
        }
    }
    return libssl_result(connection, SSL_do_handshake(own->ssl));
}

static enum adapter_result read_data(struct parley_stack_connection *connection, uint8_t *out,
                                     size_t cap, size_t *moved) {
    const struct libssl_connection *own = connection->own;
    ERR_clear_error();
    return libssl_result(connection, SSL_read_ex(own->ssl, out, cap, moved));
}

static enum adapter_result write_data(struct parley_stack_connection *connection,
                                      const uint8_t *data, size_t len, size_t *moved) {
    const struct libssl_connection *own = connection->own;
    ERR_clear_error();
    return libssl_result(connection, SSL_write_ex(own->ssl, data, len, moved));
}

static enum adapter_result write_early(struct parley_stack_connection *connection,
                                       const uint8_t *data, size_t len, size_t *moved) {
    const struct libssl_connection *own = connection->own;
    ERR_clear_error();
    return libssl_result(connection, SSL_write_early_data(own->ssl, data, len, moved));
}

static bool control(struct parley_stack_connection *connection, enum parley_control operation) {
    const struct libssl_connection *own = connection->own;
    ERR_clear_error();
    switch (operation) {
    case PARLEY_CONTROL_CLOSE:
        return SSL_shutdown(own->ssl) >= 0;
    case PARLEY_CONTROL_KEY_UPDATE:
        return SSL_key_update(own->ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
               SSL_do_handshake(own->ssl) == 1;
    case PARLEY_CONTROL_KEY_UPDATE_BOTH:
        return SSL_key_update(own->ssl, SSL_KEY_UPDATE_REQUESTED) == 1 &&
               SSL_do_handshake(own->ssl) == 1;
    case PARLEY_CONTROL_REQUEST_CERTIFICATE:
        /* Who asked for none in the handshake has not said that it is to be verified. */
        SSL_set_verify(own->ssl, SSL_get_verify_mode(own->ssl) | SSL_VERIFY_PEER, NULL);
        return SSL_verify_client_post_handshake(own->ssl) == 1 && SSL_do_handshake(own->ssl) == 1;
    case PARLEY_CONTROL_END_OF_INPUT:
        break;
    }
    return false;
}

static void outcome(const struct parley_stack_connection *connection,
                    struct parley_endpoint_outcome *out) {
    if (!libssl_outcome(connection, out)) {
        return;
    }
    SSL *ssl = ((const struct libssl_connection *)connection->own)->ssl;
    bool client = connection->context->options.role == PARLEY_CLIENT;
    out->early_data_accepted = SSL_get_early_data_status(ssl) == SSL_EARLY_DATA_ACCEPTED;
    /* It reports a scheme for RSA key exchange, too, where nothing is signed. */
    const struct parley_suite *suite = parley_suite_find(out->suite);
    bool unsigned_keys = suite != NULL && suite->key_exchange == PARLEY_KX_RSA;
    libssl_tell(out, openssl_group(ssl), unsigned_keys ? 0 : openssl_sigalg(ssl, client),
                openssl_sigalg(ssl, !client));
}

static const char *version(void) {
    return OpenSSL_version(OPENSSL_VERSION);
}

const struct adapter adapter = {
    .name = "openssl",
    .version = version,
    .capabilities = openssl_capabilities,
    .context_new = context_new,
    .context_free = libssl_context_free,
    .open = open_connection,
    .close = libssl_close,
    .handshake = handshake,
    .read = read_data,
    .write = write_data,
    .write_early = write_early,
    .control = control,
    .outcome = outcome,
    .exporter = libssl_exporter,
};
