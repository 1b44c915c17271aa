/* BearSSL, 0.6: TLS 1.2 only, as a state machine without I/O, memory of its own, or a version
 * number. */
#define _GNU_SOURCE /* dladdr */
#include "stacks/bearssl.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SEED 32
#define DAY_SECONDS 86400
#define DAYS_TO_1970 719528 /* BearSSL's calendar begins with the year 0 */

/* ---- The server's sessions ---- */

static void save(const br_ssl_session_cache_class **cache, br_ssl_server_context *server,
                 const br_ssl_session_parameters *session) {
    struct bear_cache *own = (struct bear_cache *)cache;
    ((struct bear_connection *)server)->saved = true;
    own->lru.vtable->save(&own->lru.vtable, server, session);
}

static int load(const br_ssl_session_cache_class **cache, br_ssl_server_context *server,
                br_ssl_session_parameters *session) {
    struct bear_cache *own = (struct bear_cache *)cache;
    return own->lru.vtable->load(&own->lru.vtable, server, session);
}

static const br_ssl_session_cache_class cache_class = {sizeof(struct bear_cache), save, load};

/* ---- Contexts ---- */

static void context_free(struct parley_stack_context *context) {
    struct bear_context *own = context->own;
    if (own != NULL) {
        bear_free_credential(&own->credential);
        bear_free_anchors(&own->anchors);
        free(own->alpn);
        free(own);
    }
    context->own = NULL;
}

static bool set_alpn(struct bear_context *own, const struct parley_endpoint_options *o,
                     struct parley_stack_problem *problem) {
    if (o->alpn_count == 0) {
        return true;
    }
    own->alpn = calloc(o->alpn_count, sizeof *own->alpn);
    if (own->alpn == NULL) {
        return adapter_problem(problem, "out of memory");
    }
    for (size_t i = 0; i < o->alpn_count; i++) {
        own->alpn[i] = o->alpn[i];
    }
    return true;
}

static bool context_new(struct parley_stack_context *context,
                        struct parley_stack_problem *problem) {
    const struct parley_endpoint_options *o = &context->options;
    struct bear_context *own = context->own = calloc(1, sizeof *own);
    if (own == NULL) {
        return adapter_problem(problem, "out of memory");
    }
    if (!adapter_wants(o, PARLEY_TLS12)) {
        return adapter_unsupported(problem, "no such version");
    }
    if (o->role == PARLEY_SERVER && o->credential_count == 0) {
        return adapter_unsupported(problem, "a server without a certificate");
    }
    own->verifies =
        o->ca.len > 0 && (o->role == PARLEY_CLIENT || o->client_auth != PARLEY_AUTH_NONE);
    br_ssl_session_cache_lru_init(&own->cache.lru, own->cache.store, sizeof own->cache.store);
    own->cache.vtable = &cache_class;
    /* An endpoint has one credential: the first. */
    return bear_set_lists(own, o, problem) && set_alpn(own, o, problem) &&
           (o->credential_count == 0 ||
            bear_read_credential(&own->credential, &o->credentials[0], problem)) &&
           (!own->verifies || bear_read_anchors(&own->anchors, o->ca, problem));
}

/* ---- Opening ---- */

static void set_client(struct bear_connection *own, struct bear_context *context) {
    const struct bear_credential *credential = &context->credential;
    br_ssl_client_context *client = &own->ssl.client;
    br_ssl_client_init_full(client, &own->x509.minimal, context->anchors.items,
                            context->anchors.count);
    if (credential->count == 0) {
        return;
    }
    if (br_skey_decoder_key_type(&credential->key) == BR_KEYTYPE_RSA) {
        br_ssl_client_set_single_rsa(client, credential->chain, credential->count,
                                     br_skey_decoder_get_rsa(&credential->key),
                                     br_rsa_pkcs1_sign_get_default());
    } else {
        br_ssl_client_set_single_ec(client, credential->chain, credential->count,
                                    br_skey_decoder_get_ec(&credential->key), BR_KEYTYPE_SIGN,
                                    credential->issuer, br_ec_get_default(),
                                    br_ecdsa_sign_asn1_get_default());
    }
}

static void set_server(struct bear_connection *own, struct bear_context *context,
                       const struct parley_endpoint_options *o) {
    const struct bear_credential *credential = &context->credential;
    br_ssl_server_context *server = &own->ssl.server;
    if (br_skey_decoder_key_type(&credential->key) == BR_KEYTYPE_RSA) {
        br_ssl_server_init_full_rsa(server, credential->chain, credential->count,
                                    br_skey_decoder_get_rsa(&credential->key));
    } else {
        br_ssl_server_init_full_ec(server, credential->chain, credential->count, credential->issuer,
                                   br_skey_decoder_get_ec(&credential->key));
    }
    br_x509_minimal_init_full(&own->x509.minimal, context->anchors.items, context->anchors.count);
    if (context->verifies) {
        br_ssl_engine_set_default_rsavrfy(&server->eng);
        br_ssl_engine_set_default_ecdsa(&server->eng);
        br_ssl_server_set_trust_anchor_names_alt(server, context->anchors.items,
                                                 context->anchors.count);
    }
    if (!o->no_resumption) {
        br_ssl_server_set_cache(server, &context->cache.vtable);
    }
}

/* set_engine: what both roles have. */
static void set_engine(struct bear_connection *own, struct bear_context *context,
                       const struct parley_endpoint_options *o) {
    br_ssl_engine_context *engine = &own->ssl.engine;
    uint32_t flags = BR_OPT_NO_RENEGOTIATION | BR_OPT_FAIL_ON_ALPN_MISMATCH;
    /* A client that need not give a certificate may then give a wrong one, too: it is not verified,
     * and the handshake goes on. */
    if (o->client_auth != PARLEY_AUTH_REQUIRE) {
        flags |= BR_OPT_TOLERATE_NO_CLIENT_AUTH;
    }
    br_ssl_engine_set_versions(engine, BR_TLS12, BR_TLS12);
    br_ssl_engine_add_flags(engine, flags);
    br_ssl_engine_set_ec(engine, &context->curves);
    br_ssl_engine_set_x509(engine, &own->x509.vtable);
    if (context->suite_count > 0) {
        br_ssl_engine_set_suites(engine, context->suites, context->suite_count);
    }
    if (context->alpn != NULL) {
        br_ssl_engine_set_protocol_names(engine, context->alpn, o->alpn_count);
    }
    br_ssl_engine_set_buffer(engine, own->buffer, sizeof own->buffer, 1);

    /* All randomness comes from this seed; the system's source is not asked. */
    uint8_t seed[SEED];
    adapter_random(seed, sizeof seed);
    br_ssl_engine_inject_entropy(engine, seed, sizeof seed);
    engine->rng_os_rand_done = 1;
}

static bool open_connection(struct parley_stack_connection *connection, bool resume,
                            struct parley_stack_problem *problem) {
    struct bear_context *context = connection->context->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    struct bear_connection *own = connection->own = calloc(1, sizeof *own);
    if (own == NULL) {
        return adapter_problem(problem, "out of memory");
    }
    if (o->role == PARLEY_CLIENT) {
        set_client(own, context);
    } else {
        set_server(own, context, o);
    }
    int64_t seconds = adapter_now() / 1000;
    br_x509_minimal_set_time(&own->x509.minimal, (uint32_t)(seconds / DAY_SECONDS + DAYS_TO_1970),
                             (uint32_t)(seconds % DAY_SECONDS));
    own->x509.vtable = &bear_x509_class;
    own->x509.verifies = context->verifies;
    set_engine(own, context, o);
    bool resumes = resume && context->has_session;
    if (o->role == PARLEY_CLIENT && resumes) {
        br_ssl_engine_set_session_parameters(&own->ssl.engine, &context->session);
    }
    int ok = o->role == PARLEY_CLIENT
                 ? br_ssl_client_reset(&own->ssl.client, o->server_name, resumes)
                 : br_ssl_server_reset(&own->ssl.server);
    return ok == 1 ||
           adapter_problem(problem, "%s", bear_reason(br_ssl_engine_last_error(&own->ssl.engine)));
}

static void close_connection(struct parley_stack_connection *connection) {
    struct bear_connection *own = connection->own;
    if (own != NULL) {
        free(own->x509.leaf);
        free(own);
    }
}

/* ---- What it is ---- */

/* version: the library cannot say. What it was loaded from does. */
static const char *version(void) {
    static char text[128];
    Dl_info info;
    const br_ec_impl *(*inside)(void) = br_ec_get_default;
    void *address;
    memcpy(&address, &inside, sizeof address);
    char *path = dladdr(address, &info) != 0 ? realpath(info.dli_fname, NULL) : NULL;
    const char *name = path != NULL ? strrchr(path, '/') : NULL;
    (void)snprintf(text, sizeof text, "BearSSL (%s)", name != NULL ? name + 1 : "no version");
    free(path);
    return text;
}

const struct adapter adapter = {
    .name = "bearssl",
    .version = version,
    .capabilities = bear_capabilities,
    .context_new = context_new,
    .context_free = context_free,
    .open = open_connection,
    .close = close_connection,
    .handshake = bear_handshake,
    .read = bear_read,
    .write = bear_write,
    .control = bear_control,
    .outcome = bear_outcome,
    .exporter = bear_exporter,
};
