/* NSS, 3.79 and later. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nss.h>
#include <sslproto.h>

#include "stacks/nss.h"

/* The bloom filters of RFC 8446 8.2's kind: hash functions, bits each. */
#define REPLAY_HASHES 7
#define REPLAY_BITS 14
#define REPLAY_WINDOW (10 * PR_USEC_PER_SEC)

const char *nss_reason(void) {
    PRErrorCode code = PR_GetError();
    const char *text = PR_ErrorToString(code, PR_LANGUAGE_I_DEFAULT);
    return text != NULL && text[0] != '\0' ? text : PR_ErrorToName(code);
}

/* start: NSS lives as long as the process. In a plugin that has not seen a context, it does not
 * yet: what forks before its first one is fine (PKCS #11 modules do not survive fork). */
static bool start(void) {
    static bool started;
    started =
        started || (NSS_NoDB_Init(NULL) == SECSuccess && NSS_SetDomesticPolicy() == SECSuccess &&
                    SSL_ConfigServerSessionIDCache(0, 0, 0, NULL) == SECSuccess);
    return started;
}

/* ---- Contexts ---- */

static void context_free(struct parley_stack_context *context) {
    struct nss_context *own = context->own;
    if (own == NULL) {
        return;
    }
    if (own->model != NULL) {
        (void)PR_Close(own->model);
    }
    if (own->anti_replay != NULL) {
        (void)SSL_ReleaseAntiReplayContext(own->anti_replay);
    }
    nss_unload(own);
    free(own);
    context->own = NULL;
}

static bool set_option(PRFileDesc *socket, PRInt32 option, PRIntn value) {
    return SSL_OptionSet(socket, option, value) == SECSuccess;
}

/* set_alpn: NSS takes the last one first, for the sake of an older extension. */
static bool set_alpn(PRFileDesc *socket, const struct parley_endpoint_options *o) {
    uint8_t names[1024];
    size_t len = 0;
    for (size_t i = 0; i < o->alpn_count; i++) {
        const char *name = o->alpn[(i + o->alpn_count - 1) % o->alpn_count];
        size_t n = strlen(name);
        if (n == 0 || n > 255 || len + 1 + n > sizeof names) {
            return false;
        }
        names[len] = (uint8_t)n;
        for (size_t k = 0; k < n; k++) {
            names[len + 1 + k] = (uint8_t)name[k];
        }
        len += 1 + n;
    }
    return len == 0 || SSL_SetNextProtoNego(socket, names, (unsigned)len) == SECSuccess;
}

/* set_server_credential: the chain goes as it was given. */
static bool set_server_credential(PRFileDesc *socket, const struct nss_credential *credential) {
    SECItem chain[NSS_MAX_CHAIN];
    for (size_t i = 0; i < credential->chain_length; i++) {
        chain[i] = credential->chain[i]->derCert;
    }
    CERTCertificateList list = {chain, (int)credential->chain_length, NULL};
    SSLExtraServerCertData extra = {.authType = ssl_auth_null, .certChain = &list};
    return SSL_ConfigServerCert(socket, credential->chain[0], credential->key, &extra,
                                sizeof extra) == SECSuccess;
}

static bool set_server(struct nss_context *own, const struct parley_endpoint_options *o) {
    PRFileDesc *socket = own->model;
    bool ok = set_option(socket, SSL_HANDSHAKE_AS_SERVER, PR_TRUE) &&
              set_option(socket, SSL_ENABLE_SERVER_DHE, PR_TRUE) &&
              set_option(socket, SSL_REQUEST_CERTIFICATE, o->client_auth != PARLEY_AUTH_NONE) &&
              set_option(socket, SSL_REQUIRE_CERTIFICATE,
                         o->client_auth == PARLEY_AUTH_REQUIRE ? SSL_REQUIRE_ALWAYS
                                                               : SSL_REQUIRE_NEVER) &&
              set_option(socket, SSL_NO_CACHE, o->no_resumption);
    for (size_t i = 0; ok && i < own->credential_count; i++) {
        ok = set_server_credential(socket, &own->credentials[i]);
    }
    if (ok && own->roots != NULL) {
        ok = SSL_SetTrustAnchors(socket, own->roots) == SECSuccess;
    }
    if (ok && o->max_early_data > 0) {
        ok = SSL_SetMaxEarlyDataSize(socket, o->max_early_data) == SECSuccess &&
             SSL_CreateAntiReplayContext(0, REPLAY_WINDOW, REPLAY_HASHES, REPLAY_BITS,
                                         &own->anti_replay) == SECSuccess &&
             SSL_SetAntiReplayContext(socket, own->anti_replay) == SECSuccess;
    }
    return ok;
}

static bool set_options(struct nss_context *own, const struct parley_endpoint_options *o) {
    PRFileDesc *socket = own->model;
    bool tickets = !o->no_tickets && !o->no_resumption;
    bool early = o->role == PARLEY_SERVER ? o->max_early_data > 0 : o->early_data;
    return set_option(socket, SSL_SECURITY, PR_TRUE) &&
           set_option(socket, SSL_ENABLE_SESSION_TICKETS, tickets) &&
           set_option(socket, SSL_ENABLE_RENEGOTIATION, SSL_RENEGOTIATE_NEVER) &&
           set_option(socket, SSL_ENABLE_EXTENDED_MASTER_SECRET, PR_TRUE) &&
           set_option(socket, SSL_ENABLE_POST_HANDSHAKE_AUTH, o->post_handshake_auth) &&
           set_option(socket, SSL_ENABLE_0RTT_DATA, early) && set_alpn(socket, o) &&
           (o->role == PARLEY_SERVER ? set_server(own, o)
                                     : set_option(socket, SSL_HANDSHAKE_AS_CLIENT, PR_TRUE));
}

static bool context_new(struct parley_stack_context *context,
                        struct parley_stack_problem *problem) {
    const struct parley_endpoint_options *o = &context->options;
    struct nss_context *own = context->own = calloc(1, sizeof *own);
    if (own == NULL) {
        return adapter_problem(problem, "out of memory");
    }
    if (!start()) {
        return adapter_problem(problem, "NSS does not start: %s", nss_reason());
    }
    PRFileDesc *network = nss_network(NULL);
    own->model = network != NULL ? SSL_ImportFD(NULL, network) : NULL;
    if (own->model == NULL) {
        if (network != NULL) {
            (void)PR_Close(network);
        }
        return adapter_problem(problem, "no socket: %s", nss_reason());
    }
    return nss_load(own, o, problem) && nss_set_lists(own->model, o, problem) &&
           (set_options(own, o) || adapter_problem(problem, "settings: %s", nss_reason()));
}

static const char *version(void) {
    static char text[32];
    (void)snprintf(text, sizeof text, "NSS %s", NSS_GetVersion());
    return text;
}

const struct adapter adapter = {
    .name = "nss",
    .version = version,
    .capabilities = nss_capabilities,
    .context_new = context_new,
    .context_free = context_free,
    .open = nss_open,
    .close = nss_close,
    .handshake = nss_handshake,
    .read = nss_read,
    .write = nss_write,
    .write_early = nss_write,
    .control = nss_control,
    .outcome = nss_outcome,
    .exporter = nss_exporter,
};
