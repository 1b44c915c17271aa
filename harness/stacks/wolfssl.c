/* wolfSSL, 5.5 and later.
 *
 * 0-RTT data, which Debian's is built without, is left out.
 *
 * What it does in its own way: as a client it refuses tickets of TLS 1.3 whose nonce has more than
 * eight bytes (RFC 8446 4.6.1 allows 255); as a server of TLS 1.2 it prefers secp256r1 to x25519
 * whatever it is told, and says nothing to a client that does not give the certificate it must; as
 * a server of TLS 1.3 it refuses an alert in the clear, such as OpenSSL sends before its own keys
 * are in place, and asks for a key share that it has already been given when no group is common. */
#include "stacks/wolfssl.h"

#include <stdlib.h>
#include <string.h>

#include <wolfssl/error-ssl.h>
#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/cryptocb.h>

#define DEVICE 0x706172 /* ours, of wolfSSL's crypto callbacks */

/* ---- Randomness and time ---- */

/* device is asked first for whatever a context computes; it does randomness only. */
static int device(int id, wc_CryptoInfo *info, void *arg) {
    (void)id, (void)arg;
    switch (info->algo_type) {
    case WC_ALGO_TYPE_RNG:
        adapter_random(info->rng.out, info->rng.sz);
        return 0;
    case WC_ALGO_TYPE_SEED:
        adapter_random(info->seed.seed, info->seed.sz);
        return 0;
    default:
        return CRYPTOCB_UNAVAILABLE;
    }
}

/* now is the time that certificates are verified at. */
static time_t now(time_t *out) {
    time_t seconds = (time_t)(adapter_now() / 1000);
    if (out != NULL) {
        *out = seconds;
    }
    return seconds;
}

static bool set_up(void) {
    static bool done;
    done =
        done || (wolfSSL_Init() == WOLFSSL_SUCCESS &&
                 wc_CryptoCb_RegisterDevice(DEVICE, device, NULL) == 0 && wc_SetTimeCb(now) == 0);
    return done;
}

const char *wolf_reason(int error) {
    static char text[WOLFSSL_MAX_ERROR_SZ];
    return wolfSSL_ERR_error_string((unsigned long)error, text);
}

/* ---- Contexts ---- */

static void context_free(struct parley_stack_context *context) {
    struct wolf_context *own = context->own;
    if (own != NULL) {
        for (size_t i = 0; i < WOLF_SESSIONS; i++) {
            wolfSSL_SESSION_free(own->sessions[i]);
        }
        wolfSSL_CTX_free(own->ctx);
        free(own->alpn);
        free(own);
    }
    context->own = NULL;
}

#ifdef HAVE_SECRET_CALLBACK
static void key_log(const WOLFSSL *ssl, const char *line) {
    const struct parley_stack_connection *connection = wolfSSL_get_ex_data(ssl, 0);
    const struct parley_endpoint_options *o = &connection->context->options;
    o->key_log(o->key_log_arg, line);
}
#endif

/* new_ctx returns one for the versions that are wanted, NULL: none of them. */
static WOLFSSL_CTX *new_ctx(const struct parley_endpoint_options *o) {
    bool client = o->role == PARLEY_CLIENT;
    bool tls12 = adapter_wants(o, PARLEY_TLS12), tls13 = adapter_wants(o, PARLEY_TLS13);
    if (!tls12 && !tls13) {
        return NULL;
    }
    if (!tls13) {
        return wolfSSL_CTX_new(client ? wolfTLSv1_2_client_method() : wolfTLSv1_2_server_method());
    }
    if (!tls12) {
        return wolfSSL_CTX_new(client ? wolfTLSv1_3_client_method() : wolfTLSv1_3_server_method());
    }
    WOLFSSL_CTX *ctx =
        wolfSSL_CTX_new(client ? wolfSSLv23_client_method() : wolfSSLv23_server_method());
    if (ctx != NULL && wolfSSL_CTX_SetMinVersion(ctx, WOLFSSL_TLSV1_2) != WOLFSSL_SUCCESS) {
        wolfSSL_CTX_free(ctx);
        return NULL;
    }
    return ctx;
}

/* set_credential: a context of wolfSSL's has one only, the first. */
static bool set_credential(WOLFSSL_CTX *ctx, const struct parley_endpoint_options *o,
                           struct parley_stack_problem *problem) {
    if (o->credential_count == 0) {
        return true;
    }
    const struct parley_pem_credential *credential = &o->credentials[0];
    int status = wolfSSL_CTX_use_certificate_chain_buffer(ctx, credential->certificates.data,
                                                          (long)credential->certificates.len);
    if (status == WOLFSSL_SUCCESS) {
        status = wolfSSL_CTX_use_PrivateKey_buffer(ctx, credential->private_key.data,
                                                   (long)credential->private_key.len,
                                                   WOLFSSL_FILETYPE_PEM);
    }
    return status == WOLFSSL_SUCCESS ||
           adapter_problem(problem, "credential: %s", wolf_reason(status));
}

static bool set_trust(WOLFSSL_CTX *ctx, const struct parley_endpoint_options *o,
                      struct parley_stack_problem *problem) {
    int mode = WOLFSSL_VERIFY_PEER;
    if (o->ca.len == 0 || (o->role == PARLEY_SERVER && o->client_auth == PARLEY_AUTH_NONE)) {
        mode = WOLFSSL_VERIFY_NONE;
    } else if (o->role == PARLEY_SERVER && o->client_auth == PARLEY_AUTH_REQUIRE) {
        mode |= WOLFSSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    }
    /* A context that verifies looks at the dates of its roots when they are loaded, and has no time
     * of its own yet. */
    int status = WOLFSSL_SUCCESS;
    wolfSSL_CTX_set_verify(ctx, WOLFSSL_VERIFY_NONE, NULL);
    if (mode != WOLFSSL_VERIFY_NONE) {
        status =
            wolfSSL_CTX_load_verify_buffer(ctx, o->ca.data, (long)o->ca.len, WOLFSSL_FILETYPE_PEM);
    }
    wolfSSL_CTX_set_verify(ctx, mode, NULL);
    return status == WOLFSSL_SUCCESS || adapter_problem(problem, "roots: %s", wolf_reason(status));
}

/* set_alpn: a list with commas. A server takes the first name of the client's that is on its own
 * list. */
static bool set_alpn(struct wolf_context *own, const struct parley_endpoint_options *o,
                     struct parley_stack_problem *problem) {
    size_t len = 0;
    if (o->alpn_count == 0) {
        return true;
    }
    for (size_t i = 0; i < o->alpn_count; i++) {
        if (strchr(o->alpn[i], ',') != NULL) {
            return adapter_unsupported(problem, "an ALPN name with a comma");
        }
        len += strlen(o->alpn[i]) + 1;
    }
    own->alpn = calloc(1, len);
    if (own->alpn == NULL) {
        return adapter_problem(problem, "out of memory");
    }
    for (size_t i = 0, at = 0; i < o->alpn_count; i++) {
        size_t n = strlen(o->alpn[i]);
        memcpy(own->alpn + at, o->alpn[i], n);
        own->alpn[at + n] = i + 1 < o->alpn_count ? ',' : '\0';
        at += n + 1;
    }
    return true;
}

/* set_sessions: what outlives a connection. */
static bool set_sessions(WOLFSSL_CTX *ctx, const struct parley_endpoint_options *o) {
    bool tickets = !o->no_tickets && !o->no_resumption;
    bool server = o->role == PARLEY_SERVER;
    if (server && !tickets) {
        (void)wolfSSL_CTX_NoTicketTLSv12(ctx);
        (void)wolfSSL_CTX_no_ticket_TLSv13(ctx); /* fails where there is no TLS 1.3 to have any */
    }
    (void)wolfSSL_CTX_set_session_cache_mode(ctx, WOLFSSL_SESS_CACHE_NO_INTERNAL);
    if (server && !o->no_resumption) {
        wolfSSL_CTX_sess_set_get_cb(ctx, wolf_find_session);
    }
    wolfSSL_CTX_sess_set_new_cb(ctx, wolf_new_session);
    return server || !tickets || wolfSSL_CTX_UseSessionTicket(ctx) == WOLFSSL_SUCCESS;
}

static bool context_new(struct parley_stack_context *context,
                        struct parley_stack_problem *problem) {
    const struct parley_endpoint_options *o = &context->options;
    struct wolf_context *own = context->own = calloc(1, sizeof *own);
    if (own == NULL || !set_up()) {
        return adapter_problem(problem, "wolfSSL does not start");
    }
    own->ctx = new_ctx(o);
    if (own->ctx == NULL) {
        return adapter_unsupported(problem, "no such version");
    }
    (void)wolfSSL_CTX_SetDevId(own->ctx, DEVICE);
    wolfSSL_CTX_SetIORecv(own->ctx, wolf_network_read);
    wolfSSL_CTX_SetIOSend(own->ctx, wolf_network_write);
    if (!wolf_set_lists(own, o, problem) || !set_credential(own->ctx, o, problem) ||
        !set_trust(own->ctx, o, problem) || !set_alpn(own, o, problem)) {
        return false;
    }
    if (!set_sessions(own->ctx, o)) {
        return adapter_problem(problem, "settings refused");
    }
#ifdef HAVE_SECRET_CALLBACK
    if (o->key_log != NULL) {
        wolfSSL_CTX_set_keylog_callback(own->ctx, key_log);
    }
#endif
    return true;
}

static const char *version(void) {
    static char text[40];
    (void)snprintf(text, sizeof text, "wolfSSL %s", wolfSSL_lib_version());
    return text;
}

const struct adapter adapter = {
    .name = "wolfssl",
    .version = version,
    .capabilities = wolf_capabilities,
    .context_new = context_new,
    .context_free = context_free,
    .open = wolf_open,
    .close = wolf_close,
    .handshake = wolf_handshake,
    .read = wolf_read,
    .write = wolf_write,
    .control = wolf_control,
    .outcome = wolf_outcome,
    .exporter = wolf_exporter,
};
