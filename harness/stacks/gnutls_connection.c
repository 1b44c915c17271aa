/* GnuTLS's connections: going on with one, and what came of it. */
#include <string.h>

#include "stacks/gnutls.h"

/* ---- Going on ---- */

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

enum adapter_result gnu_read(struct parley_stack_connection *connection, uint8_t *out, size_t cap,
                             size_t *moved) {
    const struct gnu_own *own = connection->own;
    size_t waiting;
    ssize_t n;
    do {
        waiting = connection->in.end - connection->in.start;
        n = gnutls_record_recv(own->session, out, cap);
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
    case PARLEY_CONTROL_END_OF_INPUT:
        break;
    }
    return false;
}

/* ---- What came of it ---- */

/* verified: a session that is resumed was not looked at again. */
static bool verified(const struct parley_stack_connection *connection) {
    const struct parley_endpoint_options *o = &connection->context->options;
    const struct gnu_own *own = connection->own;
    if (!gnutls_session_is_resumed(own->session)) {
        return gnutls_session_get_verify_cert_status(own->session) == 0;
    }
    unsigned status = 0;
    const char *name = o->role == PARLEY_CLIENT ? o->server_name : NULL;
    return gnutls_certificate_verify_peers3(own->session, name, &status) >= 0 && status == 0;
}

/* tell_names: GnuTLS tells the server_name to servers only; a client sends what it was given. */
static void tell_names(const struct parley_stack_connection *connection,
                       struct parley_endpoint_outcome *out) {
    struct gnu_own *own = connection->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    size_t size = sizeof own->server_name;
    unsigned type = GNUTLS_NAME_DNS;
    if (o->role == PARLEY_CLIENT && o->server_name != NULL) {
        out->server_name =
            (struct parley_bytes){(const uint8_t *)o->server_name, strlen(o->server_name)};
    } else if (gnutls_server_name_get(own->session, own->server_name, &size, &type, 0) >= 0) {
        out->server_name = (struct parley_bytes){(const uint8_t *)own->server_name, size};
    }
    gnutls_datum_t alpn;
    if (gnutls_alpn_get_selected_protocol(own->session, &alpn) >= 0) {
        out->alpn = (struct parley_bytes){alpn.data, alpn.size};
    }
    out->known |= PARLEY_KNOWS_ALPN;
}

/* tell_codes: a resumed session remembers the signatures of the handshake that made it. */
static void tell_codes(gnutls_session_t session, struct parley_endpoint_outcome *out) {
    out->suite = gnu_suite_code(session);
    out->group = gnu_group_code(gnutls_group_get(session));
    if (!out->resumed) {
        out->sigalg_server = gnu_sigalg_code(gnutls_sign_algorithm_get(session));
        out->sigalg_client = gnu_sigalg_code(gnutls_sign_algorithm_get_client(session));
    }
    out->known |= (out->suite != 0 ? PARLEY_KNOWS_SUITE : 0U) |
                  (out->group != 0 ? PARLEY_KNOWS_GROUP : 0U) |
                  (out->sigalg_server != 0 ? PARLEY_KNOWS_SIGALG_SERVER : 0U) |
                  (out->sigalg_client != 0 ? PARLEY_KNOWS_SIGALG_CLIENT : 0U);
}

void gnu_outcome(const struct parley_stack_connection *connection,
                 struct parley_endpoint_outcome *out) {
    const struct gnu_own *own = connection->own;
    gnutls_session_t session = own->session;
    out->state = gnutls_handshake_description_get_name(gnutls_handshake_get_last_in(session));
    tell_names(connection, out);
    if (!connection->done) {
        return;
    }
    bool tls13 = gnutls_protocol_get_version(session) == GNUTLS_TLS1_3;
    out->known |=
        PARLEY_KNOWS_VERSION | PARLEY_KNOWS_RESUMED | PARLEY_KNOWS_EARLY_DATA |
        PARLEY_KNOWS_HELLO_RETRY | PARLEY_KNOWS_SERVER_NAME | PARLEY_KNOWS_PEER |
        (tls13 ? 0U : PARLEY_KNOWS_EXTENDED_MASTER_SECRET | PARLEY_KNOWS_ENCRYPT_THEN_MAC);
    out->version = tls13 ? PARLEY_TLS13 : PARLEY_TLS12;
    out->resumed = gnutls_session_is_resumed(session) != 0;
    out->early_data_accepted = (gnutls_session_get_flags(session) & GNUTLS_SFLAGS_EARLY_DATA) != 0;
    out->hello_retry = own->hello_retry;
    out->extended_master_secret = !tls13 && gnutls_session_ext_master_secret_status(session) != 0;
    out->encrypt_then_mac = !tls13 && gnutls_session_etm_status(session) != 0;
    tell_codes(session, out);
    unsigned count = 0;
    const gnutls_datum_t *chain = gnutls_certificate_get_peers(session, &count);
    if (chain != NULL && count > 0) {
        out->peer_certificate = (struct parley_bytes){chain[0].data, chain[0].size};
        out->peer_verified = own->verifies && verified(connection);
    }
}

bool gnu_exporter(const struct parley_stack_connection *connection, const char *label,
                  const struct parley_bytes *context, uint8_t *out, size_t len) {
    const struct gnu_own *own = connection->own;
    /* No context and an empty one differ in TLS 1.2: NULL is none. */
    static const char nothing[] = "";
    const char *bytes = context == NULL         ? NULL
                        : context->data == NULL ? nothing
                                                : (const char *)context->data;
    return gnutls_prf_rfc5705(own->session, strlen(label), label,
                              context != NULL ? context->len : 0, bytes, len, (char *)out) >= 0;
}
