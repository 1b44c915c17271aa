/* GnuTLS's connections: what came of one. */
#include <string.h>

#include "stacks/gnutls.h"

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

/* by_psk: in TLS 1.3 an external PSK is like a session that is resumed. */
static bool by_psk(gnutls_session_t session) {
    gnutls_kx_algorithm_t kx = gnutls_kx_get(session);
    return kx == GNUTLS_KX_PSK || kx == GNUTLS_KX_DHE_PSK || kx == GNUTLS_KX_ECDHE_PSK;
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
    out->resumed = gnutls_session_is_resumed(session) != 0 || (tls13 && by_psk(session));
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
