/* Mbed TLS's connections. */
#include <stdlib.h>
#include <string.h>

#include "stacks/mbedtls.h"

#if !MBED_3
#include <mbedtls/ssl_internal.h>
#endif

/* ---- The network ---- */

static int network_read(void *arg, unsigned char *out, size_t cap) {
    struct parley_stack_connection *connection = arg;
    size_t n = adapter_receive(connection, out, cap);
    return n > 0 || connection->input_ended ? (int)n : MBEDTLS_ERR_SSL_WANT_READ;
}

/* network_write is handed whole records: a fatal alert in the clear can be read there. What comes
 * encrypted says nothing: such an alert that Mbed TLS 2.28 sends stays unknown.
 *
 * A client of 3.6.7 refuses every hello_retry_request with a cookie, as an extension that it has
 * not sent itself, which RFC 8446 4.1.4 allows cookies to be. */
static int network_write(void *arg, const unsigned char *data, size_t len) {
    struct parley_stack_connection *connection = arg;
    if (len == 7 && data[0] == MBEDTLS_SSL_MSG_ALERT && data[5] == MBEDTLS_SSL_ALERT_LEVEL_FATAL) {
        connection->alert_sent = data[6];
    }
    return adapter_send(connection, data, len) ? (int)len : MBEDTLS_ERR_SSL_ALLOC_FAILED;
}

/* ---- Opening ---- */

int mbed_server_name(void *arg, mbedtls_ssl_context *ssl, const unsigned char *name, size_t len) {
    (void)arg;
    const struct parley_stack_connection *connection = ssl->p_bio;
    struct mbed_connection *own = connection->own;
    if (len >= sizeof own->name) {
        return -1;
    }
    memcpy(own->name, name, len);
    own->name[len] = '\0';
    return 0;
}

bool mbed_open(struct parley_stack_connection *connection, bool resume,
               struct parley_stack_problem *problem) {
    struct mbed_context *context = connection->context->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    struct mbed_connection *own = connection->own = calloc(1, sizeof *own);
    if (own == NULL) {
        return adapter_problem(problem, "out of memory");
    }
    char why[120];
    mbedtls_ssl_init(&own->ssl);
    mbedtls_ssl_set_bio(&own->ssl, connection, network_write, network_read, NULL);
    int status = mbedtls_ssl_setup(&own->ssl, &context->config);
    if (status == 0 && o->role == PARLEY_CLIENT) {
        /* NULL, too, has to be said: 3.6 does not verify a certificate without being told a name.
         */
        status = mbedtls_ssl_set_hostname(&own->ssl, o->server_name);
        if (status == 0 && resume && context->has_session) {
            status = mbedtls_ssl_set_session(&own->ssl, &context->session);
        }
    }
    if (context->config.authmode == MBEDTLS_SSL_VERIFY_OPTIONAL) {
        mbedtls_ssl_set_verify(&own->ssl, mbed_refuse, own);
    }
    return status == 0 || adapter_problem(problem, "%s", mbed_reason(status, why));
}

void mbed_close(struct parley_stack_connection *connection) {
    struct mbed_connection *own = connection->own;
    if (own != NULL) {
        mbedtls_ssl_free(&own->ssl);
        free(own);
    }
}

/* ---- Going on ---- */

static void keep_session(struct parley_stack_connection *connection) {
    struct mbed_connection *own = connection->own;
    struct mbed_context *context = connection->context->own;
    mbedtls_ssl_session_free(&context->session);
    mbedtls_ssl_session_init(&context->session);
    context->has_session = mbedtls_ssl_get_session(&own->ssl, &context->session) == 0;
}

/* failed: an alert that came is in the record that was read last. */
static enum adapter_result failed(struct parley_stack_connection *connection, int status) {
    struct mbed_connection *own = connection->own;
    char why[120], what[120] = "";
    if (status == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        connection->alert_received = own->ssl.in_msg[1];
    }
#if MBED_3
    if (connection->alert_sent == PARLEY_ALERT_NONE && own->ssl.alert_type != 0) {
        connection->alert_sent = own->ssl.alert_type;
    }
#endif
    uint32_t wrong = own->refused;
    if (status == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
        wrong = mbedtls_ssl_get_verify_result(&own->ssl);
    }
    if (wrong != 0) {
        (void)mbedtls_x509_crt_verify_info(what, sizeof what, ": ", wrong);
        what[strcspn(what, "\n")] = '\0';
    }
    return adapter_failed(connection, "%s%s", mbed_reason(status, why), what);
}

/* result_of says what |status|, a function's return value, means. */
static enum adapter_result result_of(struct parley_stack_connection *connection, int status) {
    switch (status) {
    case MBEDTLS_ERR_SSL_WANT_READ:
    case MBEDTLS_ERR_SSL_WANT_WRITE:
        return ADAPTER_AGAIN;
    case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
        return ADAPTER_CLOSED;
    default:
        return failed(connection, status);
    }
}

/* look takes down what is gone when the handshake is over. From 3.0 on no header tells of it at
 * all. */
static void look(struct mbed_connection *own) {
    own->full = own->full || own->ssl.state == MBEDTLS_SSL_SERVER_CERTIFICATE;
#if !MBED_3
    const mbedtls_ssl_handshake_params *handshake = own->ssl.handshake;
    own->extended_master_secret = handshake->extended_ms == MBEDTLS_SSL_EXTENDED_MS_ENABLED;
#ifdef MBEDTLS_ECDH_LEGACY_CONTEXT
    mbedtls_ecp_group_id group = handshake->ecdh_ctx.grp.id;
#else
    mbedtls_ecp_group_id group = handshake->ecdh_ctx.grp_id;
#endif
    const mbedtls_ecp_curve_info *curve = mbedtls_ecp_curve_info_from_grp_id(group);
    own->group = curve != NULL ? curve->tls_id : own->group;
#endif
}

enum adapter_result mbed_handshake(struct parley_stack_connection *connection) {
    struct mbed_connection *own = connection->own;
    mbed_see_secrets(connection);
    while (own->ssl.state != MBEDTLS_SSL_HANDSHAKE_OVER) {
        look(own);
        int status = mbedtls_ssl_handshake_step(&own->ssl);
        if (status != 0) {
            return result_of(connection, status);
        }
    }
    if (connection->context->options.role == PARLEY_CLIENT &&
        strcmp(mbedtls_ssl_get_version(&own->ssl), "TLSv1.2") == 0) {
        keep_session(connection);
    }
    return ADAPTER_OK;
}

enum adapter_result mbed_read(struct parley_stack_connection *connection, uint8_t *out, size_t cap,
                              size_t *moved) {
    struct mbed_connection *own = connection->own;
    for (;;) {
#if MBED_TLS13
        bool over = own->ssl.state == MBEDTLS_SSL_HANDSHAKE_OVER;
#endif
        int status = mbedtls_ssl_read(&own->ssl, out, cap);
        if (status > 0) {
            *moved = (size_t)status;
            return ADAPTER_OK;
        }
        if (status == 0) {
            return adapter_failed(connection, "the connection was cut");
        }
#if MBED_TLS13
        /* It says so, too, when it has a ticket's message and would only be called again. */
        if (status == MBEDTLS_ERR_SSL_WANT_READ && over &&
            own->ssl.state != MBEDTLS_SSL_HANDSHAKE_OVER) {
            continue;
        }
        if (status == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
            keep_session(connection);
            continue;
        }
#endif
        return result_of(connection, status);
    }
}

enum adapter_result mbed_write(struct parley_stack_connection *connection, const uint8_t *data,
                               size_t len, size_t *moved) {
    struct mbed_connection *own = connection->own;
    int status = mbedtls_ssl_write(&own->ssl, data, len);
    if (status < 0) {
        return result_of(connection, status);
    }
    *moved = (size_t)status;
    return ADAPTER_OK;
}

bool mbed_control(struct parley_stack_connection *connection, enum parley_control operation) {
    struct mbed_connection *own = connection->own;
    return operation == PARLEY_CONTROL_CLOSE && mbedtls_ssl_close_notify(&own->ssl) == 0;
}

/* ---- What came of it ---- */

static void tell_peer(const struct parley_stack_connection *connection,
                      struct parley_endpoint_outcome *out) {
    const struct mbed_connection *own = connection->own;
    const struct mbed_context *context = connection->context->own;
    const mbedtls_x509_crt *peer = mbedtls_ssl_get_peer_cert(&own->ssl);
    if (peer != NULL) {
        out->peer_certificate = (struct parley_bytes){peer->raw.p, peer->raw.len};
        out->peer_verified = context->config.authmode != MBEDTLS_SSL_VERIFY_NONE &&
                             mbedtls_ssl_get_verify_result(&own->ssl) == 0;
    }
}

static struct parley_bytes bytes_of(const char *text) {
    return (struct parley_bytes){(const uint8_t *)text, text != NULL ? strlen(text) : 0};
}

static bool is_cbc(const struct parley_suite *suite) {
    return suite != NULL && suite->cipher >= PARLEY_CIPHER_AES_128_CBC_SHA;
}

void mbed_outcome(const struct parley_stack_connection *connection,
                  struct parley_endpoint_outcome *out) {
    const struct mbed_connection *own = connection->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    out->alpn = bytes_of(mbedtls_ssl_get_alpn_protocol(&own->ssl));
    out->server_name = o->role == PARLEY_SERVER ? bytes_of(own->name) : bytes_of(o->server_name);
    out->known |= PARLEY_KNOWS_ALPN | PARLEY_KNOWS_SERVER_NAME;
    const mbedtls_ssl_session *session = own->ssl.session;
    if (session == NULL) {
        return;
    }
    out->known |= PARLEY_KNOWS_VERSION | PARLEY_KNOWS_SUITE | PARLEY_KNOWS_RESUMED |
                  PARLEY_KNOWS_ENCRYPT_THEN_MAC;
    out->version =
        strcmp(mbedtls_ssl_get_version(&own->ssl), "TLSv1.3") == 0 ? PARLEY_TLS13 : PARLEY_TLS12;
    out->suite = (uint16_t)session->ciphersuite;
    out->resumed = !own->full;
    /* It notes that the client offered it, and does not do it with an AEAD (RFC 7366 3). */
    out->encrypt_then_mac = session->encrypt_then_mac != 0 && is_cbc(parley_suite_find(out->suite));
    tell_peer(connection, out);
    /* A ticket of 3.x has no certificate in it. */
    if (!out->resumed || out->peer_certificate.len > 0) {
        out->known |= PARLEY_KNOWS_PEER;
    }
#if !MBED_3
    out->extended_master_secret = own->extended_master_secret;
    out->group = own->group;
    out->known |= PARLEY_KNOWS_EXTENDED_MASTER_SECRET | (own->group != 0 ? PARLEY_KNOWS_GROUP : 0U);
#endif
}
