/* Connections of OpenSSL, BoringSSL, AWS-LC. */
#include <string.h>

#include <openssl/x509_vfy.h>

#include "stacks/libssl.h"

/* ---- The network ---- */

#define SMALL 64 /* bytes that even a slow one takes at once */

static int network_read(BIO *bio, char *out, int cap) {
    struct parley_stack_connection *connection = BIO_get_data(bio);
    size_t n = adapter_receive(connection, (uint8_t *)out, (size_t)cap);
    BIO_clear_retry_flags(bio);
    if (n == 0 && !connection->input_ended) {
        BIO_set_retry_read(bio);
        return -1;
    }
    return (int)n;
}

/* network_write: one that is slow takes half of it, and nothing the next time; not so with alerts,
 * which nobody waits for. */
static int network_write(BIO *bio, const char *data, int len) {
    struct parley_stack_connection *connection = BIO_get_data(bio);
    struct libssl_connection *own = connection->own;
    BIO_clear_retry_flags(bio);
    if (own->late != NULL && len > SMALL) {
        own->full = !own->full;
        if (!own->full) {
            BIO_set_retry_write(bio);
            return -1;
        }
        len = (len + 1) / 2;
    }
    return adapter_send(connection, (const uint8_t *)data, (size_t)len) ? len : -1;
}

static long network_control(BIO *bio, int command, long number, void *pointer) {
    const struct parley_stack_connection *connection = BIO_get_data(bio);
    (void)number, (void)pointer;
    switch (command) {
    case BIO_CTRL_FLUSH:
        return 1;
    case BIO_CTRL_EOF:
        return connection->input_ended && connection->in.start == connection->in.end;
    default:
        return 0;
    }
}

BIO_METHOD *libssl_network(void) {
    BIO_METHOD *method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "parley");
    if (method != NULL && (BIO_meth_set_read(method, network_read) != 1 ||
                           BIO_meth_set_write(method, network_write) != 1 ||
                           BIO_meth_set_ctrl(method, network_control) != 1)) {
        BIO_meth_free(method);
        return NULL;
    }
    return method;
}

/* ---- Opening ---- */

/* see_alerts: the fatal ones. */
static void see_alerts(const SSL *ssl, int where, int value) {
    struct parley_stack_connection *connection = SSL_get_app_data(ssl);
    if ((where & SSL_CB_ALERT) == 0 || value >> 8 != SSL3_AL_FATAL) {
        return;
    }
    *((where & SSL_CB_READ) != 0 ? &connection->alert_received : &connection->alert_sent) =
        (unsigned)value & 0xff;
}

/* set_peer: whom a client expects, and when it is. */
static bool set_peer(SSL *ssl, const struct parley_stack_connection *connection, bool resume) {
    const struct libssl_context *context = connection->context->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    X509_VERIFY_PARAM_set_time(SSL_get0_param(ssl), (time_t)(connection->now_ms / 1000));
    if (o->role == PARLEY_SERVER) {
        SSL_set_accept_state(ssl);
        return true;
    }
    SSL_set_connect_state(ssl);
    return (o->server_name == NULL || (SSL_set_tlsext_host_name(ssl, o->server_name) == 1 &&
                                       SSL_set1_host(ssl, o->server_name) == 1)) &&
           (!resume || context->session == NULL || SSL_set_session(ssl, context->session) == 1);
}

bool libssl_open(struct parley_stack_connection *connection, bool resume,
                 struct parley_stack_problem *problem) {
    const struct libssl_context *context = connection->context->own;
    struct libssl_connection *own = connection->own = calloc(1, sizeof *own);
    BIO *network = BIO_new(context->network);
    if (own != NULL) {
        own->ssl = SSL_new(context->ctx);
    }
    if (network == NULL || own == NULL || own->ssl == NULL) {
        BIO_free(network);
        return adapter_problem(problem, "out of memory");
    }
    BIO_set_data(network, connection);
    BIO_set_init(network, 1);
    SSL_set_bio(own->ssl, network, network);
    (void)SSL_set_app_data(own->ssl, connection);
    SSL_set_info_callback(own->ssl, see_alerts);
    if (!set_peer(own->ssl, connection, resume)) {
        return adapter_problem(problem, "%s", libssl_reason());
    }
    return true;
}

void libssl_close(struct parley_stack_connection *connection) {
    struct libssl_connection *own = connection->own;
    if (own != NULL) {
        OPENSSL_free(own->certificate);
        SSL_free(own->ssl);
        free(own->late);
        free(own);
    }
    ERR_clear_error();
}

/* ---- Going on ---- */

enum adapter_result libssl_result(struct parley_stack_connection *connection, int status) {
    const struct libssl_connection *own = connection->own;
    switch (SSL_get_error(own->ssl, status)) {
    case SSL_ERROR_NONE:
        return ADAPTER_OK;
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return ADAPTER_AGAIN;
    case SSL_ERROR_ZERO_RETURN:
        return ADAPTER_CLOSED;
    default:
        break;
    }
    long verified = SSL_get_verify_result(own->ssl);
    const char *reason = libssl_reason();
    if (verified != X509_V_OK) {
        return adapter_failed(connection, "%s: %s", reason,
                              X509_verify_cert_error_string(verified));
    }
    return adapter_failed(connection, "%s", reason);
}

/* ---- What came of it ---- */

static void tell_peer(struct libssl_connection *own, struct parley_endpoint_outcome *out) {
    X509 *peer = SSL_get_peer_certificate(own->ssl);
    OPENSSL_free(own->certificate);
    own->certificate = NULL;
    own->certificate_len = peer != NULL ? i2d_X509(peer, &own->certificate) : 0;
    if (own->certificate_len > 0) {
        out->peer_certificate =
            (struct parley_bytes){own->certificate, (size_t)own->certificate_len};
    }
    out->peer_verified = peer != NULL && (SSL_get_verify_mode(own->ssl) & SSL_VERIFY_PEER) != 0 &&
                         SSL_get_verify_result(own->ssl) == X509_V_OK;
    X509_free(peer);
}

bool libssl_outcome(const struct parley_stack_connection *connection,
                    struct parley_endpoint_outcome *out) {
    struct libssl_connection *own = connection->own;
    SSL *ssl = own->ssl;
    const SSL_CIPHER *cipher = SSL_get_current_cipher(ssl);
    const unsigned char *alpn = NULL;
    unsigned alpn_len = 0;
    SSL_get0_alpn_selected(ssl, &alpn, &alpn_len);
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

    out->state = SSL_state_string_long(ssl);
    out->alpn = (struct parley_bytes){alpn, alpn_len};
    out->server_name =
        (struct parley_bytes){(const uint8_t *)name, name != NULL ? strlen(name) : 0};
    out->known |= PARLEY_KNOWS_ALPN;
    if (cipher == NULL) {
        return false;
    }
    out->known |= PARLEY_KNOWS_VERSION | PARLEY_KNOWS_SUITE | PARLEY_KNOWS_RESUMED |
                  PARLEY_KNOWS_EARLY_DATA | PARLEY_KNOWS_EXTENDED_MASTER_SECRET | PARLEY_KNOWS_PEER;
    out->version = (uint16_t)SSL_version(ssl);
    out->suite = SSL_CIPHER_get_protocol_id(cipher);
    out->resumed = SSL_session_reused(ssl) == 1;
    /* BoringSSL says so of all of TLS 1.3, which has no such extension (RFC 7627). */
    out->extended_master_secret = out->version == PARLEY_TLS12 && SSL_get_extms_support(ssl) == 1;
    tell_peer(own, out);
    /* A server that resumes in TLS 1.2 does not look at server_name (RFC 6066 3). */
    if (connection->context->options.role == PARLEY_CLIENT || !out->resumed ||
        out->version == PARLEY_TLS13) {
        out->known |= PARLEY_KNOWS_SERVER_NAME;
    }
    return true;
}

void libssl_tell(struct parley_endpoint_outcome *out, uint16_t group, uint16_t sigalg_server,
                 uint16_t sigalg_client) {
    out->group = group;
    out->sigalg_server = sigalg_server;
    out->sigalg_client = sigalg_client;
    out->known |= (group != 0 ? PARLEY_KNOWS_GROUP : 0U) |
                  (sigalg_server != 0 ? PARLEY_KNOWS_SIGALG_SERVER : 0U) |
                  (sigalg_client != 0 ? PARLEY_KNOWS_SIGALG_CLIENT : 0U);
}

bool libssl_exporter(const struct parley_stack_connection *connection, const char *label,
                     const struct parley_bytes *context, uint8_t *out, size_t len) {
    const struct libssl_connection *own = connection->own;
    return SSL_export_keying_material(own->ssl, out, len, label, strlen(label),
                                      context != NULL ? context->data : NULL,
                                      context != NULL ? context->len : 0, context != NULL) == 1;
}
