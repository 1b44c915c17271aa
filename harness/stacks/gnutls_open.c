/* GnuTLS's connections: opening one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stacks/gnutls.h"

#define MAX_ALPN 8               /* what GnuTLS takes */
#define MAX_SECRET 64            /* of the key log */
#define NO_EARLY_DATA UINT32_MAX /* what a session says that was not promised any */

/* ---- The network ---- */

static ssize_t network_read(gnutls_transport_ptr_t arg, void *out, size_t cap) {
    struct parley_stack_connection *connection = arg;
    const struct gnu_own *own = connection->own;
    size_t n = adapter_receive(connection, out, cap);
    if (n == 0 && !connection->input_ended) {
        gnutls_transport_set_errno(own->session, EAGAIN);
        return -1;
    }
    return (ssize_t)n;
}

static ssize_t network_write(gnutls_transport_ptr_t arg, const void *data, size_t len) {
    struct parley_stack_connection *connection = arg;
    const struct gnu_own *own = connection->own;
    if (!adapter_send(connection, data, len)) {
        gnutls_transport_set_errno(own->session, ENOMEM);
        return -1;
    }
    return (ssize_t)len;
}

/* network_wait never waits. */
static int network_wait(gnutls_transport_ptr_t arg, unsigned ms) {
    const struct parley_stack_connection *connection = arg;
    (void)ms;
    return connection->input_ended || connection->in.start != connection->in.end;
}

/* ---- What GnuTLS tells by itself ---- */

static void hex(const unsigned char *bytes, size_t len, char *out) {
    for (size_t i = 0; i < len; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
}

static int key_log(gnutls_session_t session, const char *label, const gnutls_datum_t *secret) {
    const struct parley_stack_connection *connection = gnutls_session_get_ptr(session);
    const struct parley_endpoint_options *o = &connection->context->options;
    char client_random[2 * 32 + 1] = "", value[2 * MAX_SECRET + 1] = "", line[256];
    gnutls_datum_t random = {NULL, 0};
    gnutls_session_get_random(session, &random, NULL);
    if (random.size != 32 || secret->size > MAX_SECRET) {
        return 0;
    }
    hex(random.data, random.size, client_random);
    hex(secret->data, secret->size, value);
    (void)snprintf(line, sizeof line, "%s %s %s", label, client_random, value);
    o->key_log(o->key_log_arg, line);
    return 0;
}

void gnu_keep_session(const struct parley_stack_connection *connection) {
    struct gnu_context *context = connection->context->own;
    const struct gnu_own *own = connection->own;
    gnutls_datum_t session;
    if (gnutls_session_get_data2(own->session, &session) >= 0) {
        gnutls_free(context->session.data);
        context->session = session;
    }
}

/* see_message: a TLS 1.3 session can be had as soon as its ticket has come; one of TLS 1.2 is had
 * when the handshake is done. */
static int see_message(gnutls_session_t session, unsigned type, unsigned when, unsigned incoming,
                       const gnutls_datum_t *message) {
    const struct parley_stack_connection *connection = gnutls_session_get_ptr(session);
    struct gnu_own *own = connection->own;
    (void)when, (void)message;
    own->hello_retry |= type == GNUTLS_HANDSHAKE_HELLO_RETRY_REQUEST;
    if (type == GNUTLS_HANDSHAKE_NEW_SESSION_TICKET && incoming != 0 &&
        gnutls_protocol_get_version(session) == GNUTLS_TLS1_3) {
        gnu_keep_session(connection);
    }
    return 0;
}

/* ---- Opening ---- */

static unsigned flags_of(const struct parley_endpoint_options *o) {
    bool server = o->role == PARLEY_SERVER;
    return (server ? GNUTLS_SERVER : GNUTLS_CLIENT) | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL |
           GNUTLS_NO_AUTO_REKEY | (o->groups != NULL ? GNUTLS_KEY_SHARE_TOP : 0U) |
           (server ? GNUTLS_POST_HANDSHAKE_AUTH : 0U) |
           (o->post_handshake_auth ? GNUTLS_POST_HANDSHAKE_AUTH | GNUTLS_AUTO_REAUTH : 0U) |
           (o->no_tickets || (server && o->no_resumption) ? GNUTLS_NO_TICKETS : 0U) |
           (server && o->max_early_data > 0 ? GNUTLS_ENABLE_EARLY_DATA : 0U);
}

static int set_alpn(gnutls_session_t session, const struct parley_endpoint_options *o) {
    gnutls_datum_t names[MAX_ALPN];
    for (size_t i = 0; i < o->alpn_count && i < MAX_ALPN; i++) {
        /* It is not written to: the type has no const. */
        names[i] =
            (gnutls_datum_t){(unsigned char *)(uintptr_t)o->alpn[i], (unsigned)strlen(o->alpn[i])};
    }
    unsigned flags =
        o->role == PARLEY_SERVER ? GNUTLS_ALPN_MANDATORY | GNUTLS_ALPN_SERVER_PRECEDENCE : 0;
    return gnutls_alpn_set_protocols(session, names, (unsigned)o->alpn_count, flags);
}

static int set_client(struct parley_stack_connection *connection, bool resume) {
    const struct gnu_context *context = connection->context->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    const struct gnu_own *own = connection->own;
    int status = 0;
    if (o->server_name != NULL) {
        status = gnutls_server_name_set(own->session, GNUTLS_NAME_DNS, o->server_name,
                                        strlen(o->server_name));
    }
    if (status >= 0 && resume && context->session.data != NULL) {
        status =
            gnutls_session_set_data(own->session, context->session.data, context->session.size);
        size_t early = gnutls_record_get_max_early_data_size(own->session);
        connection->may_send_early = o->early_data && early > 0 && early != NO_EARLY_DATA;
    }
    return status;
}

static int set_server(struct parley_stack_connection *connection) {
    struct gnu_context *context = connection->context->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    gnutls_session_t session = ((const struct gnu_own *)connection->own)->session;
    static const gnutls_certificate_request_t requests[] = {
        [PARLEY_AUTH_NONE] = GNUTLS_CERT_IGNORE,
        [PARLEY_AUTH_REQUEST] = GNUTLS_CERT_REQUEST,
        [PARLEY_AUTH_REQUIRE] = GNUTLS_CERT_REQUIRE,
    };
    gnutls_certificate_server_set_request(session, requests[o->client_auth]);
    if (o->no_resumption) {
        return 0;
    }
    gnu_use_memory(session, context);
    if (context->anti_replay != NULL) {
        gnutls_anti_replay_enable(session, context->anti_replay);
        (void)gnutls_record_set_max_early_data_size(session, o->max_early_data);
    }
    return o->no_tickets ? 0 : gnutls_session_ticket_enable_server(session, &context->ticket_key);
}

bool gnu_open(struct parley_stack_connection *connection, bool resume,
              struct parley_stack_problem *problem) {
    const struct gnu_context *context = connection->context->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    struct gnu_own *own = connection->own = calloc(1, sizeof *own);
    if (own == NULL || gnutls_init(&own->session, flags_of(o)) < 0) {
        return adapter_problem(problem, "out of memory");
    }
    gnutls_session_set_ptr(own->session, connection);
    gnutls_transport_set_ptr(own->session, connection);
    gnutls_transport_set_pull_function(own->session, network_read);
    gnutls_transport_set_push_function(own->session, network_write);
    gnutls_transport_set_pull_timeout_function(own->session, network_wait);
    gnutls_handshake_set_hook_function(own->session, GNUTLS_HANDSHAKE_ANY, GNUTLS_HOOK_POST,
                                       see_message);
    if (o->key_log != NULL) {
        gnutls_session_set_keylog_function(own->session, key_log);
    }
    int status = gnutls_priority_set(own->session, context->priorities);
    if (status >= 0) {
        status = gnutls_credentials_set(own->session, GNUTLS_CRD_CERTIFICATE, context->credentials);
    }
    if (status >= 0) {
        status = gnu_psk_use(own->session, context);
    }
    bool server = o->role == PARLEY_SERVER;
    own->verifies = o->ca.len > 0 && (!server || o->client_auth != PARLEY_AUTH_NONE);
    if (own->verifies) {
        gnutls_session_set_verify_cert(own->session, server ? NULL : o->server_name, 0);
    }
    if (status >= 0 && o->alpn_count > 0) {
        if (o->alpn_count > MAX_ALPN) {
            return adapter_unsupported(problem, "more than %d application protocols", MAX_ALPN);
        }
        status = set_alpn(own->session, o);
    }
    if (status >= 0) {
        status = server ? set_server(connection) : set_client(connection, resume);
    }
    return status >= 0 || adapter_problem(problem, "%s", gnutls_strerror(status));
}

void gnu_close(struct parley_stack_connection *connection) {
    struct gnu_own *own = connection->own;
    if (own != NULL && own->session != NULL) {
        gnutls_deinit(own->session);
    }
    free(own);
}
