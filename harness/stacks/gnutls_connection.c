/* GnuTLS's connections: going on with one. */
#include "stacks/gnutls.h"

/* failed tells the peer, which GnuTLS leaves to its caller, and says why. */
static enum adapter_result failed(struct parley_stack_connection *connection, int status) {
    const struct gnu_own *own = connection->own;
    if (status == GNUTLS_E_FATAL_ALERT_RECEIVED) {
        connection->alert_received = gnutls_alert_get(own->session);
        const char *name = gnutls_alert_get_name(gnutls_alert_get(own->session));
        return adapter_failed(connection, "%s: %s", gnutls_strerror(status),
                              name != NULL ? name : "unknown");
    }
    int level = 0;
    int alert = gnutls_error_to_alert(status, &level);
    if (!connection->input_ended && gnutls_alert_send_appropriate(own->session, status) >= 0 &&
        level == GNUTLS_AL_FATAL) {
        connection->alert_sent = (unsigned)alert;
    }
    gnutls_datum_t words = {NULL, 0};
    if (status == GNUTLS_E_CERTIFICATE_VERIFICATION_ERROR) {
        (void)gnutls_certificate_verification_status_print(
            gnutls_session_get_verify_cert_status(own->session), GNUTLS_CRT_X509, &words, 0);
    }
    (void)adapter_failed(connection, "%s%s%s", gnutls_strerror(status),
                         words.data != NULL ? " " : "",
                         words.data != NULL ? (const char *)words.data : "");
    gnutls_free(words.data);
    return ADAPTER_FAILED;
}

/* goes_on: whether what returned |status| is to be called again at once. It says "again" after a
 * record, too, that brought nothing for its caller: 0-RTT data, a ticket. |waiting| is what had
 * not been read before. */
static bool goes_on(const struct parley_stack_connection *connection, ssize_t status,
                    size_t waiting) {
    if (status >= 0 || gnutls_error_is_fatal((int)status) != 0) {
        return false;
    }
    return status != GNUTLS_E_AGAIN || connection->in.end - connection->in.start < waiting;
}

static enum adapter_result result_of(struct parley_stack_connection *connection, ssize_t status) {
    return status == GNUTLS_E_AGAIN ? ADAPTER_AGAIN : failed(connection, (int)status);
}

/* take_early hands over the 0-RTT data that came before the handshake was done. */
static enum adapter_result take_early(struct parley_stack_connection *connection) {
    const struct gnu_own *own = connection->own;
    uint8_t data[4096];
    ssize_t n;
    while ((n = gnutls_record_recv_early_data(own->session, data, sizeof data)) > 0) {
        if (!adapter_keep_data(connection, data, (size_t)n)) {
            return adapter_failed(connection, "out of memory");
        }
    }
    return ADAPTER_OK;
}

enum adapter_result gnu_handshake(struct parley_stack_connection *connection) {
    const struct gnu_own *own = connection->own;
    size_t waiting;
    int status;
    do {
        waiting = connection->in.end - connection->in.start;
        status = gnutls_handshake(own->session);
    } while (goes_on(connection, status, waiting));
    if (status < 0) {
        return result_of(connection, status);
    }
    if (connection->context->options.role == PARLEY_SERVER) {
        return take_early(connection);
    }
    if (gnutls_protocol_get_version(own->session) != GNUTLS_TLS1_3) {
        gnu_keep_session(connection);
    }
    return ADAPTER_OK;
}

/* ask requests the client's certificate (RFC 8446 4.6.2); take_answer goes on with that, and
 * returns a status. */
static int take_answer(struct gnu_own *own) {
    int status = own->asked ? gnutls_reauth(own->session, 0) : 0;
    if (status == 0) {
        own->asked = false;
    }
    return status == GNUTLS_E_GOT_APPLICATION_DATA ? 0 : status;
}

static bool ask(const struct parley_stack_connection *connection) {
    const struct parley_endpoint_options *o = &connection->context->options;
    struct gnu_own *own = connection->own;
    if (o->client_auth == PARLEY_AUTH_NONE) {
        gnutls_certificate_server_set_request(own->session, GNUTLS_CERT_REQUEST);
    }
    if (o->ca.len > 0) {
        own->verifies = true;
        gnutls_session_set_verify_cert(own->session, NULL, 0);
    }
    own->asked = true;
    return take_answer(own) == GNUTLS_E_AGAIN;
}

enum adapter_result gnu_read(struct parley_stack_connection *connection, uint8_t *out, size_t cap,
                             size_t *moved) {
    struct gnu_own *own = connection->own;
    size_t waiting;
    ssize_t n;
    do {
        waiting = connection->in.end - connection->in.start;
        n = take_answer(own);
        n = n == 0 ? gnutls_record_recv(own->session, out, cap) : n;
        if (n == GNUTLS_E_REHANDSHAKE) { /* we do not: it says so */
            (void)gnutls_alert_send_appropriate(own->session, (int)n);
        }
    } while (goes_on(connection, n, waiting));
    if (n < 0) {
        return result_of(connection, n);
    }
    *moved = (size_t)n;
    return n > 0 ? ADAPTER_OK : ADAPTER_CLOSED;
}

enum adapter_result gnu_write(struct parley_stack_connection *connection, const uint8_t *data,
                              size_t len, size_t *moved) {
    const struct gnu_own *own = connection->own;
    ssize_t n = gnutls_record_send(own->session, data, len);
    if (n < 0) {
        return result_of(connection, n);
    }
    *moved = (size_t)n;
    return ADAPTER_OK;
}

/* gnu_write_early: it keeps what it is given, and sends it behind the client_hello. */
enum adapter_result gnu_write_early(struct parley_stack_connection *connection, const uint8_t *data,
                                    size_t len, size_t *moved) {
    const struct gnu_own *own = connection->own;
    ssize_t status = gnutls_record_send_early_data(own->session, data, len);
    if (status < 0) {
        return ADAPTER_AGAIN; /* more than the session allows */
    }
    *moved = len;
    return ADAPTER_OK;
}

bool gnu_control(struct parley_stack_connection *connection, enum parley_control operation) {
    const struct gnu_own *own = connection->own;
    switch (operation) {
    case PARLEY_CONTROL_CLOSE:
        return gnutls_bye(own->session, GNUTLS_SHUT_WR) >= 0;
    case PARLEY_CONTROL_KEY_UPDATE:
        return gnutls_session_key_update(own->session, 0) >= 0;
    case PARLEY_CONTROL_KEY_UPDATE_BOTH:
        return gnutls_session_key_update(own->session, GNUTLS_KU_PEER) >= 0;
    case PARLEY_CONTROL_REQUEST_CERTIFICATE:
        return ask(connection);
    case PARLEY_CONTROL_END_OF_INPUT:
        break;
    }
    return false;
}
