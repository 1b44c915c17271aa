/* NSS's connections: opening one. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stacks/nss.h"

/* ---- The network: a layer of NSPR's under the socket ---- */

static struct parley_stack_connection *connection_of(PRFileDesc *layer) {
    return (struct parley_stack_connection *)(void *)layer->secret;
}

static PRInt32 network_recv(PRFileDesc *layer, void *out, PRInt32 cap, PRIntn flags,
                            PRIntervalTime timeout) {
    struct parley_stack_connection *connection = connection_of(layer);
    (void)flags, (void)timeout;
    size_t n = adapter_receive(connection, out, (size_t)cap);
    if (n == 0 && !connection->input_ended) {
        PR_SetError(PR_WOULD_BLOCK_ERROR, 0);
        return -1;
    }
    return (PRInt32)n;
}

static PRInt32 network_read(PRFileDesc *layer, void *out, PRInt32 cap) {
    return network_recv(layer, out, cap, 0, PR_INTERVAL_NO_WAIT);
}

static PRInt32 network_send(PRFileDesc *layer, const void *data, PRInt32 len, PRIntn flags,
                            PRIntervalTime timeout) {
    (void)flags, (void)timeout;
    if (!adapter_send(connection_of(layer), data, (size_t)len)) {
        PR_SetError(PR_OUT_OF_MEMORY_ERROR, 0);
        return -1;
    }
    return len;
}

static PRInt32 network_write(PRFileDesc *layer, const void *data, PRInt32 len) {
    return network_send(layer, data, len, 0, PR_INTERVAL_NO_WAIT);
}

/* network_name: NSS asks for addresses; here all are the same. */
static PRStatus network_name(PRFileDesc *layer, PRNetAddr *out) {
    (void)layer;
    return PR_InitializeNetAddr(PR_IpAddrLoopback, 443, out);
}

static PRStatus network_get_option(PRFileDesc *layer, PRSocketOptionData *data) {
    (void)layer;
    if (data->option != PR_SockOpt_Nonblocking) {
        PR_SetError(PR_NOT_IMPLEMENTED_ERROR, 0);
        return PR_FAILURE;
    }
    data->value.non_blocking = PR_TRUE;
    return PR_SUCCESS;
}

static PRStatus network_set_option(PRFileDesc *layer, const PRSocketOptionData *data) {
    (void)layer, (void)data;
    return PR_SUCCESS;
}

static PRStatus network_shutdown(PRFileDesc *layer, PRIntn how) {
    (void)layer, (void)how;
    return PR_SUCCESS;
}

static PRStatus network_close(PRFileDesc *layer) {
    layer->dtor(layer);
    return PR_SUCCESS;
}

PRFileDesc *nss_network(struct parley_stack_connection *connection) {
    static PRDescIdentity identity;
    static PRIOMethods methods;
    if (identity == 0) {
        methods = *PR_GetDefaultIOMethods();
        methods.recv = network_recv;
        methods.read = network_read;
        methods.send = network_send;
        methods.write = network_write;
        methods.getpeername = network_name;
        methods.getsockname = network_name;
        methods.getsocketoption = network_get_option;
        methods.setsocketoption = network_set_option;
        methods.shutdown = network_shutdown;
        methods.close = network_close;
        identity = PR_GetUniqueIdentity("parley");
    }
    PRFileDesc *layer = PR_CreateIOLayerStub(identity, &methods);
    if (layer != NULL) {
        layer->secret = (PRFilePrivate *)(void *)connection;
    }
    return layer;
}

/* ---- What NSS asks ---- */

static SECStatus authenticate(void *arg, PRFileDesc *socket, PRBool check_signature,
                              PRBool is_server) {
    const struct parley_stack_connection *connection = arg;
    struct nss_own *own = connection->own;
    (void)check_signature, (void)is_server;
    if (connection->context->options.ca.len == 0) {
        return SECSuccess;
    }
    CERTCertificate *peer = SSL_PeerCertificate(socket);
    own->verified = peer != NULL && nss_verify(&connection->context->options, peer);
    CERT_DestroyCertificate(peer);
    return own->verified ? SECSuccess : SECFailure;
}

static SECStatus client_credential(void *arg, PRFileDesc *socket, CERTDistNames *authorities,
                                   CERTCertificate **certificate, SECKEYPrivateKey **key) {
    const struct parley_stack_connection *connection = arg;
    const struct nss_context *context = connection->context->own;
    (void)socket, (void)authorities;
    if (context->credential_count == 0) {
        return SECFailure;
    }
    *certificate = CERT_DupCertificate(context->credentials[0].chain[0]);
    *key = SECKEY_CopyPrivateKey(context->credentials[0].key);
    return SECSuccess;
}

/* any_name takes the first name that the client asks for, whatever it is. */
static PRInt32 any_name(PRFileDesc *socket, const SECItem *names, PRUint32 count, void *arg) {
    (void)socket, (void)names, (void)count, (void)arg;
    return 0;
}

static PRTime time_now(void *arg) {
    (void)arg;
    return adapter_now() * PR_USEC_PER_MSEC;
}

/* ---- What NSS tells ---- */

enum { LEVEL_FATAL = 2, CLOSE_NOTIFY = 0 };

static void alert_sent(const PRFileDesc *socket, void *arg, const SSLAlert *alert) {
    struct parley_stack_connection *connection = arg;
    (void)socket;
    if (alert->level == LEVEL_FATAL) {
        connection->alert_sent = alert->description;
    }
}

static void alert_received(const PRFileDesc *socket, void *arg, const SSLAlert *alert) {
    struct parley_stack_connection *connection = arg;
    struct nss_own *own = connection->own;
    (void)socket;
    if (alert->level == LEVEL_FATAL) {
        connection->alert_received = alert->description;
    }
    own->close_received |= alert->description == CLOSE_NOTIFY;
}

/* ---- Opening ---- */

static bool set_hooks(PRFileDesc *socket, struct parley_stack_connection *connection) {
    return SSL_AuthCertificateHook(socket, authenticate, connection) == SECSuccess &&
           SSL_GetClientAuthDataHook(socket, client_credential, connection) == SECSuccess &&
           SSL_SNISocketConfigHook(socket, any_name, NULL) == SECSuccess &&
           SSL_AlertSentCallback(socket, alert_sent, connection) == SECSuccess &&
           SSL_AlertReceivedCallback(socket, alert_received, connection) == SECSuccess &&
           SSL_SetTimeFunc(socket, time_now, NULL) == SECSuccess;
}

/* set_peer: the session cache of clients is the process's. A connection that shall not resume is
 * one to a server never heard of; the next one may then go there again. */
static bool set_peer(PRFileDesc *socket, struct nss_context *context,
                     const struct parley_endpoint_options *o, bool resume) {
    static unsigned long servers;
    if (!resume || context->peer[0] == '\0') {
        (void)snprintf(context->peer, sizeof context->peer, "server %lu", ++servers);
    }
    return SSL_SetSockPeerID(socket, context->peer) == SECSuccess &&
           (o->server_name == NULL || SSL_SetURL(socket, o->server_name) == SECSuccess);
}

/* start sends the client_hello: only then NSS tells whether it takes 0-RTT data. */
static bool start(struct parley_stack_connection *connection) {
    const struct nss_own *own = connection->own;
    SSLPreliminaryChannelInfo info;
    if (SSL_ForceHandshake(own->socket) != SECSuccess && PR_GetError() != PR_WOULD_BLOCK_ERROR) {
        return false;
    }
    connection->may_send_early =
        connection->context->options.early_data &&
        SSL_GetPreliminaryChannelInfo(own->socket, &info, sizeof info) == SECSuccess &&
        info.canSendEarlyData;
    return true;
}

bool nss_open(struct parley_stack_connection *connection, bool resume,
              struct parley_stack_problem *problem) {
    struct nss_context *context = connection->context->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    bool server = o->role == PARLEY_SERVER;
    struct nss_own *own = connection->own = calloc(1, sizeof *own);
    PRFileDesc *network = own != NULL ? nss_network(connection) : NULL;
    if (network == NULL) {
        return adapter_problem(problem, "out of memory");
    }
    own->socket = SSL_ImportFD(context->model, network);
    if (own->socket == NULL) {
        (void)PR_Close(network);
        return adapter_problem(problem, "no socket: %s", nss_reason());
    }
    bool ok = set_hooks(own->socket, connection) &&
              SSL_ResetHandshake(own->socket, server ? PR_TRUE : PR_FALSE) == SECSuccess &&
              (server || (set_peer(own->socket, context, o, resume) && start(connection)));
    return ok || adapter_problem(problem, "%s", nss_reason());
}

void nss_close(struct parley_stack_connection *connection) {
    struct nss_own *own = connection->own;
    if (own == NULL) {
        return;
    }
    if (own->socket != NULL) {
        (void)PR_Close(own->socket);
    }
    if (own->peer != NULL) {
        CERT_DestroyCertificate(own->peer);
    }
    SECITEM_FreeItem(own->server_name, PR_TRUE);
    free(own);
}
