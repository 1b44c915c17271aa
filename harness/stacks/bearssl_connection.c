/* BearSSL's connections. */
#include "stacks/bearssl.h"

#include <stdio.h>
#include <string.h>

/* ---- Going on ---- */

/* send_records hands over what is ready for the peer; false: out of memory. */
static bool send_records(struct parley_stack_connection *connection) {
    struct bear_connection *own = connection->own;
    size_t len;
    const uint8_t *data;
    while ((data = br_ssl_engine_sendrec_buf(&own->ssl.engine, &len)) != NULL) {
        if (!adapter_send(connection, data, len)) {
            return false;
        }
        br_ssl_engine_sendrec_ack(&own->ssl.engine, len);
    }
    return true;
}

static enum adapter_result failed(struct parley_stack_connection *connection, int error) {
    if (error >= BR_ERR_SEND_FATAL_ALERT) {
        connection->alert_sent = (unsigned)(error - BR_ERR_SEND_FATAL_ALERT);
    } else if (error >= BR_ERR_RECV_FATAL_ALERT) {
        connection->alert_received = (unsigned)(error - BR_ERR_RECV_FATAL_ALERT);
    }
    return adapter_failed(connection, "%s", bear_reason(error));
}

/* move passes records on, both ways, until the engine is in a state of |wanted|. */
static enum adapter_result move(struct parley_stack_connection *connection, unsigned wanted) {
    struct bear_connection *own = connection->own;
    br_ssl_engine_context *engine = &own->ssl.engine;
    for (;;) {
        if (!send_records(connection)) {
            return adapter_failed(connection, "out of memory");
        }
        unsigned state = br_ssl_engine_current_state(engine);
        if (state == BR_SSL_CLOSED) {
            int error = br_ssl_engine_last_error(engine);
            return error == BR_ERR_OK ? ADAPTER_CLOSED : failed(connection, error);
        }
        if ((state & wanted) != 0) {
            return ADAPTER_OK;
        }
        size_t room;
        uint8_t *in = br_ssl_engine_recvrec_buf(engine, &room);
        size_t n = in != NULL ? adapter_receive(connection, in, room) : 0;
        if (n == 0) {
            return in != NULL && connection->input_ended
                       ? adapter_failed(connection, "the connection was cut")
                       : ADAPTER_AGAIN;
        }
        br_ssl_engine_recvrec_ack(engine, n);
    }
}

static void log_key(const struct parley_stack_connection *connection) {
    const struct bear_connection *own = connection->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    const br_ssl_engine_context *engine = &own->ssl.engine;
    char line[256] = "CLIENT_RANDOM ";
    size_t n = strlen(line);
    for (size_t i = 0; i < sizeof engine->client_random; i++) {
        n += (size_t)snprintf(line + n, sizeof line - n, "%02x", engine->client_random[i]);
    }
    line[n++] = ' ';
    for (size_t i = 0; i < sizeof engine->session.master_secret; i++) {
        n += (size_t)snprintf(line + n, sizeof line - n, "%02x", engine->session.master_secret[i]);
    }
    if (o->key_log != NULL) {
        o->key_log(o->key_log_arg, line);
    }
}

enum adapter_result bear_handshake(struct parley_stack_connection *connection) {
    struct bear_connection *own = connection->own;
    struct bear_context *context = connection->context->own;
    enum adapter_result result = move(connection, BR_SSL_SENDAPP);
    if (result == ADAPTER_OK) {
        log_key(connection);
        if (connection->context->options.role == PARLEY_CLIENT) {
            br_ssl_engine_get_session_parameters(&own->ssl.engine, &context->session);
            context->has_session = context->session.session_id_len > 0;
        }
    }
    return result;
}

enum adapter_result bear_read(struct parley_stack_connection *connection, uint8_t *out, size_t cap,
                              size_t *moved) {
    struct bear_connection *own = connection->own;
    enum adapter_result result = move(connection, BR_SSL_RECVAPP);
    if (result == ADAPTER_OK) {
        size_t len;
        const uint8_t *data = br_ssl_engine_recvapp_buf(&own->ssl.engine, &len);
        *moved = len < cap ? len : cap;
        memcpy(out, data, *moved);
        br_ssl_engine_recvapp_ack(&own->ssl.engine, *moved);
    }
    return result;
}

enum adapter_result bear_write(struct parley_stack_connection *connection, const uint8_t *data,
                               size_t len, size_t *moved) {
    struct bear_connection *own = connection->own;
    size_t room;
    uint8_t *out = br_ssl_engine_sendapp_buf(&own->ssl.engine, &room);
    if (out == NULL) {
        return ADAPTER_AGAIN;
    }
    *moved = len < room ? len : room;
    memcpy(out, data, *moved);
    br_ssl_engine_sendapp_ack(&own->ssl.engine, *moved);
    br_ssl_engine_flush(&own->ssl.engine, 0);
    return send_records(connection) ? ADAPTER_OK : adapter_failed(connection, "out of memory");
}

bool bear_control(struct parley_stack_connection *connection, enum parley_control operation) {
    struct bear_connection *own = connection->own;
    if (operation != PARLEY_CONTROL_CLOSE) {
        return false;
    }
    br_ssl_engine_close(&own->ssl.engine);
    return send_records(connection);
}

/* ---- What came of it ---- */

void bear_outcome(const struct parley_stack_connection *connection,
                  struct parley_endpoint_outcome *out) {
    struct bear_connection *own = connection->own;
    const struct bear_context *context = connection->context->own;
    br_ssl_engine_context *engine = &own->ssl.engine;
    bool client = connection->context->options.role == PARLEY_CLIENT;
    const char *name = br_ssl_engine_get_server_name(engine);
    const char *alpn = br_ssl_engine_get_selected_protocol(engine);
    out->server_name = (struct parley_bytes){(const uint8_t *)name, strlen(name)};
    out->known |= PARLEY_KNOWS_SERVER_NAME;
    if (own->x509.leaf_len > 0) {
        out->peer_certificate = (struct parley_bytes){own->x509.leaf, own->x509.leaf_len};
    }
    if (!connection->done) {
        return;
    }
    out->alpn = (struct parley_bytes){(const uint8_t *)alpn, alpn != NULL ? strlen(alpn) : 0};
    out->version = engine->session.version;
    out->suite = engine->session.cipher_suite;
    out->resumed =
        client ? !own->x509.used : !own->saved && !connection->context->options.no_resumption;
    out->group = out->resumed ? 0 : (uint16_t)br_ssl_engine_get_ecdhe_curve(engine);
    out->peer_verified = context->verifies && own->x509.verified;
    /* A session remembers neither the peer's certificate nor whether it was verified. */
    out->known |= PARLEY_KNOWS_ALPN | PARLEY_KNOWS_VERSION | PARLEY_KNOWS_SUITE |
                  PARLEY_KNOWS_RESUMED | (out->group != 0 ? PARLEY_KNOWS_GROUP : 0U) |
                  (out->resumed ? 0U : PARLEY_KNOWS_PEER);
}

bool bear_exporter(const struct parley_stack_connection *connection, const char *label,
                   const struct parley_bytes *context, uint8_t *out, size_t len) {
    struct bear_connection *own = connection->own;
    static const uint8_t nothing;
    const uint8_t *data = context == NULL ? NULL : context->len > 0 ? context->data : &nothing;
    return br_ssl_key_export(&own->ssl.engine, out, len, label, data,
                             context != NULL ? context->len : 0) == 1;
}
