/* wolfSSL's connections. */
#include "stacks/wolfssl.h"

#include <stdlib.h>
#include <string.h>

#include <wolfssl/wolfcrypt/dh.h>
#include <wolfssl/wolfio.h>

struct own {
    WOLFSSL *ssl;
    char name[256], alpn[256]; /* server_name, of a server; what was negotiated */
};

/* ---- The network ---- */

int wolf_network_read(WOLFSSL *ssl, char *out, int cap, void *arg) {
    struct parley_stack_connection *connection = arg;
    (void)ssl;
    size_t n = adapter_receive(connection, (uint8_t *)out, (size_t)cap);
    if (n > 0) {
        return (int)n;
    }
    return connection->input_ended ? WOLFSSL_CBIO_ERR_CONN_CLOSE : WOLFSSL_CBIO_ERR_WANT_READ;
}

int wolf_network_write(WOLFSSL *ssl, char *data, int len, void *arg) {
    (void)ssl;
    return adapter_send(arg, (const uint8_t *)data, (size_t)len) ? len : WOLFSSL_CBIO_ERR_GENERAL;
}

/* ---- Sessions ---- */

/* Sessions are kept here: wolfSSL's own cache is one for the whole process, outlives contexts, and
 * gives a new session the peer's certificates of an older one that had the same id. */
int wolf_new_session(WOLFSSL *ssl, WOLFSSL_SESSION *session) {
    const struct parley_stack_connection *connection = wolfSSL_get_ex_data(ssl, 0);
    struct wolf_context *own = connection->context->own;
    wolfSSL_SESSION_free(own->sessions[own->next]);
    own->sessions[own->next] = session;
    if (connection->context->options.role == PARLEY_SERVER) {
        own->next = (own->next + 1) % WOLF_SESSIONS;
    }
    return 1;
}

WOLFSSL_SESSION *wolf_find_session(WOLFSSL *ssl, const unsigned char *id, int len, int *copy) {
    const struct parley_stack_connection *connection = wolfSSL_get_ex_data(ssl, 0);
    const struct wolf_context *own = connection->context->own;
    *copy = 1; /* it stays ours */
    for (size_t i = 0; i < WOLF_SESSIONS && own->sessions[i] != NULL; i++) {
        unsigned size = 0;
        const uint8_t *theirs = wolfSSL_SESSION_get_id(own->sessions[i], &size);
        if (theirs != NULL && len > 0 && size == (unsigned)len && memcmp(theirs, id, size) == 0) {
            return own->sessions[i];
        }
    }
    return NULL;
}

/* ---- Opening ---- */

/* set_client: whom it expects and what it starts with. */
static bool set_client(const struct parley_stack_connection *connection, bool resume) {
    const struct own *own = connection->own;
    const struct wolf_context *context = connection->context->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    if (o->server_name != NULL &&
        (wolfSSL_UseSNI(own->ssl, WOLFSSL_SNI_HOST_NAME, o->server_name,
                        (unsigned short)strlen(o->server_name)) != WOLFSSL_SUCCESS ||
         wolfSSL_check_domain_name(own->ssl, o->server_name) != WOLFSSL_SUCCESS)) {
        return false;
    }
    if (context->share != 0 && wolfSSL_UseKeyShare(own->ssl, context->share) != WOLFSSL_SUCCESS) {
        return false;
    }
    return !resume || context->sessions[0] == NULL ||
           wolfSSL_set_session(own->ssl, context->sessions[0]) == WOLFSSL_SUCCESS;
}

/* set_dhe gives a server its group for DHE. The context could have it; but wolfSSL would look
 * whether its prime is one each time, for tens of milliseconds. */
static bool set_dhe(WOLFSSL *ssl) {
    const DhParams *dh = wc_Dh_ffdhe2048_Get();
    return wolfSSL_SetTmpDH(ssl, dh->p, (int)dh->p_len, dh->g, (int)dh->g_len) == WOLFSSL_SUCCESS &&
           wolfSSL_SetEnableDhKeyTest(ssl, 0) == WOLFSSL_SUCCESS;
}

bool wolf_open(struct parley_stack_connection *connection, bool resume,
               struct parley_stack_problem *problem) {
    const struct wolf_context *context = connection->context->own;
    struct own *own = connection->own = calloc(1, sizeof *own);
    if (own == NULL || (own->ssl = wolfSSL_new(context->ctx)) == NULL) {
        return adapter_problem(problem, "out of memory");
    }
    wolfSSL_SetIOReadCtx(own->ssl, connection);
    wolfSSL_SetIOWriteCtx(own->ssl, connection);
    (void)wolfSSL_set_ex_data(own->ssl, 0, connection);
    bool client = connection->context->options.role == PARLEY_CLIENT;
    if (client ? !set_client(connection, resume) : !set_dhe(own->ssl)) {
        return adapter_problem(problem, "settings refused");
    }
    if (context->alpn != NULL &&
        wolfSSL_UseALPN(own->ssl, context->alpn, (unsigned)strlen(context->alpn),
                        WOLFSSL_ALPN_FAILED_ON_MISMATCH) != WOLFSSL_SUCCESS) {
        return adapter_problem(problem, "ALPN refused");
    }
    return true;
}

void wolf_close(struct parley_stack_connection *connection) {
    struct own *own = connection->own;
    if (own != NULL) {
        wolfSSL_free(own->ssl);
        free(own);
    }
}

/* ---- Going on ---- */

static void see_alerts(struct parley_stack_connection *connection) {
    const struct own *own = connection->own;
    WOLFSSL_ALERT_HISTORY history;
    if (wolfSSL_get_alert_history(own->ssl, &history) != WOLFSSL_SUCCESS) {
        return;
    }
    if (history.last_tx.level == alert_fatal) {
        connection->alert_sent = (unsigned)history.last_tx.code;
    }
    if (history.last_rx.level == alert_fatal) {
        connection->alert_received = (unsigned)history.last_rx.code;
    }
}

/* result_of says what |status|, a function's return value, means. */
static enum adapter_result result_of(struct parley_stack_connection *connection, int status) {
    const struct own *own = connection->own;
    int error = wolfSSL_get_error(own->ssl, status);
    switch (error) {
    case WOLFSSL_ERROR_WANT_READ:
    case WOLFSSL_ERROR_WANT_WRITE:
        return ADAPTER_AGAIN;
    case WOLFSSL_ERROR_ZERO_RETURN:
        return ADAPTER_CLOSED;
    default:
        see_alerts(connection);
        return adapter_failed(connection, "%s", wolf_reason(error));
    }
}

/* keep_words: wolfSSL forgets them after the handshake. */
static void keep_words(struct own *own) {
    void *name = NULL;
    char *alpn = NULL;
    unsigned short alpn_len = 0;
    size_t len = wolfSSL_SNI_GetRequest(own->ssl, WOLFSSL_SNI_HOST_NAME, &name);
    if (len > 0 && len < sizeof own->name) {
        memcpy(own->name, name, len);
        own->name[len] = '\0';
    }
    if (wolfSSL_ALPN_GetProtocol(own->ssl, &alpn, &alpn_len) == WOLFSSL_SUCCESS &&
        alpn_len < sizeof own->alpn) {
        memcpy(own->alpn, alpn, alpn_len);
        own->alpn[alpn_len] = '\0';
    }
}

enum adapter_result wolf_handshake(struct parley_stack_connection *connection) {
    struct own *own = connection->own;
    bool client = connection->context->options.role == PARLEY_CLIENT;
    int status = client ? wolfSSL_connect(own->ssl) : wolfSSL_accept(own->ssl);
    keep_words(own);
    return status == WOLFSSL_SUCCESS ? ADAPTER_OK : result_of(connection, status);
}

enum adapter_result wolf_read(struct parley_stack_connection *connection, uint8_t *out, size_t cap,
                              size_t *moved) {
    const struct own *own = connection->own;
    int status = wolfSSL_read(own->ssl, out, (int)cap);
    if (status <= 0) {
        return result_of(connection, status);
    }
    *moved = (size_t)status;
    return ADAPTER_OK;
}

enum adapter_result wolf_write(struct parley_stack_connection *connection, const uint8_t *data,
                               size_t len, size_t *moved) {
    const struct own *own = connection->own;
    int status = wolfSSL_write(own->ssl, data, (int)len);
    if (status <= 0) {
        return result_of(connection, status);
    }
    *moved = (size_t)status;
    return ADAPTER_OK;
}

bool wolf_control(struct parley_stack_connection *connection, enum parley_control operation) {
    const struct own *own = connection->own;
    switch (operation) {
    case PARLEY_CONTROL_CLOSE:
        return wolfSSL_shutdown(own->ssl) != WOLFSSL_FATAL_ERROR;
    case PARLEY_CONTROL_KEY_UPDATE_BOTH: /* the only kind that it starts */
        return wolfSSL_update_keys(own->ssl) == WOLFSSL_SUCCESS;
    default:
        return false;
    }
}

/* ---- What came of it ---- */

/* tell_peer: from the chain; there is no X509 object of a certificate with an Ed25519 key. */
static void tell_peer(const struct own *own, struct parley_endpoint_outcome *out) {
    WOLFSSL_X509_CHAIN *chain = wolfSSL_get_peer_chain(own->ssl);
    bool kept = chain != NULL && wolfSSL_get_chain_count(chain) > 0;
    if (kept) {
        out->peer_certificate = (struct parley_bytes){wolfSSL_get_chain_cert(chain, 0),
                                                      (size_t)wolfSSL_get_chain_length(chain, 0)};
    }
    /* It does not keep what is longer than MAX_X509_SIZE; but a server always gives one. */
    bool given = kept || (wolfSSL_is_server(own->ssl) == 0 && !out->resumed);
    out->peer_verified = given && wolfSSL_get_verify_mode(own->ssl) != WOLFSSL_VERIFY_NONE &&
                         wolfSSL_get_verify_result(own->ssl) == 0;
}

static struct parley_bytes bytes_of(const char *text) {
    return (struct parley_bytes){(const uint8_t *)text, text != NULL ? strlen(text) : 0};
}

void wolf_outcome(const struct parley_stack_connection *connection,
                  struct parley_endpoint_outcome *out) {
    const struct own *own = connection->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    out->server_name = bytes_of(o->role == PARLEY_SERVER ? own->name : o->server_name);
    out->alpn = bytes_of(own->alpn);
    out->state = wolfSSL_state_string_long(own->ssl);
    out->known |= PARLEY_KNOWS_ALPN | PARLEY_KNOWS_SERVER_NAME;
    if (!connection->done) {
        return;
    }
    out->version = (uint16_t)wolfSSL_version(own->ssl);
    out->suite = (uint16_t)wolfSSL_get_current_cipher_suite(own->ssl);
    out->group = wolf_group(own->ssl);
    out->resumed = wolfSSL_session_reused(own->ssl) == 1;
    tell_peer(own, out);
    /* A ticket has no certificate in it. */
    if (!out->resumed || out->peer_certificate.len > 0) {
        out->known |= PARLEY_KNOWS_PEER;
    }
    out->known |= PARLEY_KNOWS_VERSION | PARLEY_KNOWS_SUITE | PARLEY_KNOWS_RESUMED |
                  (out->group != 0 ? PARLEY_KNOWS_GROUP : 0U);
}

bool wolf_exporter(const struct parley_stack_connection *connection, const char *label,
                   const struct parley_bytes *context, uint8_t *out, size_t len) {
    const struct own *own = connection->own;
    return wolfSSL_export_keying_material(
               own->ssl, out, len, label, strlen(label), context != NULL ? context->data : NULL,
               context != NULL ? context->len : 0, context != NULL) == WOLFSSL_SUCCESS;
}
