/* NSS's connections: going on with one, and what came of it. */
#include <limits.h>
#include <string.h>

#include "stacks/nss.h"

/* result_of says what a failed call means. */
static enum adapter_result result_of(struct parley_stack_connection *connection) {
    if (PR_GetError() == PR_WOULD_BLOCK_ERROR) {
        return ADAPTER_AGAIN;
    }
    return adapter_failed(connection, "%s", nss_reason());
}

/* take_early hands over the 0-RTT data that has come: NSS gives it before the handshake is done. */
static enum adapter_result take_early(struct parley_stack_connection *connection) {
    const struct nss_own *own = connection->own;
    uint8_t data[4096];
    PRInt32 n;
    while ((n = PR_Recv(own->socket, data, sizeof data, 0, PR_INTERVAL_NO_WAIT)) > 0) {
        if (!adapter_keep_data(connection, data, (size_t)n)) {
            return adapter_failed(connection, "out of memory");
        }
    }
    return n < 0 ? result_of(connection) : ADAPTER_AGAIN;
}

enum adapter_result nss_handshake(struct parley_stack_connection *connection) {
    const struct parley_endpoint_options *o = &connection->context->options;
    const struct nss_own *own = connection->own;
    if (SSL_ForceHandshake(own->socket) == SECSuccess) {
        return ADAPTER_OK;
    }
    enum adapter_result result = result_of(connection);
    if (result == ADAPTER_AGAIN && o->role == PARLEY_SERVER && o->max_early_data > 0) {
        result = take_early(connection);
    }
    return result;
}

enum adapter_result nss_read(struct parley_stack_connection *connection, uint8_t *out, size_t cap,
                             size_t *moved) {
    const struct nss_own *own = connection->own;
    PRInt32 n =
        PR_Recv(own->socket, out, cap < INT_MAX ? (PRInt32)cap : INT_MAX, 0, PR_INTERVAL_NO_WAIT);
    if (n < 0) {
        return result_of(connection);
    }
    *moved = (size_t)n;
    if (n > 0) {
        return ADAPTER_OK;
    }
    return own->close_received ? ADAPTER_CLOSED
                               : adapter_failed(connection, "the connection was cut");
}

enum adapter_result nss_write(struct parley_stack_connection *connection, const uint8_t *data,
                              size_t len, size_t *moved) {
    const struct nss_own *own = connection->own;
    PRInt32 n =
        PR_Send(own->socket, data, len < INT_MAX ? (PRInt32)len : INT_MAX, 0, PR_INTERVAL_NO_WAIT);
    if (n < 0) {
        return result_of(connection);
    }
    *moved = (size_t)n;
    return ADAPTER_OK;
}

bool nss_control(struct parley_stack_connection *connection, enum parley_control operation) {
    const struct nss_own *own = connection->own;
    switch (operation) {
    case PARLEY_CONTROL_CLOSE:
        return PR_Shutdown(own->socket, PR_SHUTDOWN_SEND) == PR_SUCCESS;
    case PARLEY_CONTROL_KEY_UPDATE:
        return SSL_KeyUpdate(own->socket, PR_FALSE) == SECSuccess;
    case PARLEY_CONTROL_KEY_UPDATE_BOTH:
        return SSL_KeyUpdate(own->socket, PR_TRUE) == SECSuccess;
    case PARLEY_CONTROL_REQUEST_CERTIFICATE:
        return SSL_SendCertificateRequest(own->socket) == SECSuccess;
    case PARLEY_CONTROL_END_OF_INPUT:
        break;
    }
    return false;
}

/* ---- What came of it ---- */

static void tell_names(const struct parley_stack_connection *connection,
                       struct parley_endpoint_outcome *out) {
    struct nss_own *own = connection->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    SSLNextProtoState state = SSL_NEXT_PROTO_NO_SUPPORT;
    unsigned len = 0;
    if (SSL_GetNextProto(own->socket, &state, own->alpn, &len, sizeof own->alpn) == SECSuccess &&
        (state == SSL_NEXT_PROTO_NEGOTIATED || state == SSL_NEXT_PROTO_SELECTED)) {
        out->alpn = (struct parley_bytes){own->alpn, len};
    }
    out->known |= PARLEY_KNOWS_ALPN;
    if (o->role == PARLEY_CLIENT) {
        const char *name = o->server_name;
        out->server_name =
            (struct parley_bytes){(const uint8_t *)name, name != NULL ? strlen(name) : 0};
        return;
    }
    SECITEM_FreeItem(own->server_name, PR_TRUE);
    own->server_name = SSL_GetNegotiatedHostInfo(own->socket);
    if (own->server_name != NULL) {
        out->server_name = (struct parley_bytes){own->server_name->data, own->server_name->len};
    }
}

/* tell_peer: a session that is resumed was not looked at again. */
static void tell_peer(const struct parley_stack_connection *connection,
                      struct parley_endpoint_outcome *out) {
    struct nss_own *own = connection->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    if (own->peer == NULL) {
        own->peer = SSL_PeerCertificate(own->socket);
    }
    if (own->peer != NULL) {
        out->peer_certificate =
            (struct parley_bytes){own->peer->derCert.data, own->peer->derCert.len};
        out->peer_verified =
            own->verified || (out->resumed && o->ca.len > 0 && nss_verify(o, own->peer));
    }
}

/* tell_codes: of the two signatures, NSS tells the server's. */
static void tell_codes(const SSLChannelInfo *info, struct parley_endpoint_outcome *out) {
    out->version = info->protocolVersion;
    out->suite = info->cipherSuite;
    bool exchanged = info->protocolVersion == PARLEY_TLS13 || !out->resumed;
    if (exchanged && (unsigned)info->keaGroup <= UINT16_MAX) {
        out->group = (uint16_t)info->keaGroup;
    }
    if (!out->resumed && (unsigned)info->signatureScheme <= UINT16_MAX) {
        out->sigalg_server = (uint16_t)info->signatureScheme;
    }
    out->known |= PARLEY_KNOWS_VERSION | PARLEY_KNOWS_SUITE |
                  (out->group != 0 ? PARLEY_KNOWS_GROUP : 0U) |
                  (out->sigalg_server != 0 ? PARLEY_KNOWS_SIGALG_SERVER : 0U);
}

void nss_outcome(const struct parley_stack_connection *connection,
                 struct parley_endpoint_outcome *out) {
    const struct nss_own *own = connection->own;
    SSLChannelInfo info;
    if (!connection->done || SSL_GetChannelInfo(own->socket, &info, sizeof info) != SECSuccess) {
        return;
    }
    bool tls13 = info.protocolVersion == PARLEY_TLS13;
    out->resumed = info.resumed != PR_FALSE;
    out->early_data_accepted = info.earlyDataAccepted != PR_FALSE;
    out->extended_master_secret = info.extendedMasterSecretUsed != PR_FALSE;
    out->known |= PARLEY_KNOWS_RESUMED | PARLEY_KNOWS_EARLY_DATA | PARLEY_KNOWS_PEER |
                  PARLEY_KNOWS_SERVER_NAME | (tls13 ? 0U : PARLEY_KNOWS_EXTENDED_MASTER_SECRET);
    tell_codes(&info, out);
    tell_names(connection, out);
    tell_peer(connection, out);
}

bool nss_exporter(const struct parley_stack_connection *connection, const char *label,
                  const struct parley_bytes *context, uint8_t *out, size_t len) {
    const struct nss_own *own = connection->own;
    return SSL_ExportKeyingMaterial(
               own->socket, label, (unsigned)strlen(label), context != NULL ? PR_TRUE : PR_FALSE,
               context != NULL ? context->data : NULL, context != NULL ? (unsigned)context->len : 0,
               out, (unsigned)len) == SECSuccess;
}
