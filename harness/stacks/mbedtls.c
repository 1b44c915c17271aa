/* Mbed TLS, 2.28 (TLS 1.2) and 3.x (with TLS 1.3). */
#include "stacks/mbedtls.h"

#include <stdlib.h>
#include <string.h>

#include <mbedtls/error.h>
#if MBED_TLS13
#include <psa/crypto.h>
#endif

#define TICKET_SECONDS 7200

int mbed_random(void *arg, unsigned char *out, size_t len) {
    (void)arg;
    adapter_random(out, len);
    return 0;
}

#ifdef MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG
/* PSA's randomness, where it was built to ask for it: TLS 1.3 draws from nothing else. */
psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                             uint8_t *out, size_t len, size_t *out_len);
psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                             uint8_t *out, size_t len, size_t *out_len) {
    (void)context;
    adapter_random(out, len);
    *out_len = len;
    return PSA_SUCCESS;
}
#endif

const char *mbed_reason(int error, char out[120]) {
    mbedtls_strerror(error, out, 120);
    return out;
}

static bool set_versions(mbedtls_ssl_config *config, const struct parley_endpoint_options *o,
                         struct parley_stack_problem *problem) {
    bool tls12 = adapter_wants(o, PARLEY_TLS12);
    bool tls13 = MBED_TLS13 != 0 && adapter_wants(o, PARLEY_TLS13);
    if (!tls12 && !tls13) {
        return adapter_unsupported(problem, "no such version");
    }
#if MBED_3
    mbedtls_ssl_conf_min_tls_version(config, tls12 ? MBEDTLS_SSL_VERSION_TLS1_2
                                                   : MBEDTLS_SSL_VERSION_TLS1_3);
    mbedtls_ssl_conf_max_tls_version(config, tls13 ? MBEDTLS_SSL_VERSION_TLS1_3
                                                   : MBEDTLS_SSL_VERSION_TLS1_2);
#else
    mbedtls_ssl_conf_min_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
    mbedtls_ssl_conf_max_version(config, MBEDTLS_SSL_MAJOR_VERSION_3, MBEDTLS_SSL_MINOR_VERSION_3);
#endif
    return true;
}

static int set_alpn(struct mbed_context *own, const struct parley_endpoint_options *o) {
    if (o->alpn_count == 0) {
        return 0;
    }
    own->alpn = calloc(o->alpn_count + 1, sizeof *own->alpn);
    if (own->alpn == NULL) {
        return MBEDTLS_ERR_SSL_ALLOC_FAILED;
    }
    for (size_t i = 0; i < o->alpn_count; i++) {
        own->alpn[i] = o->alpn[i];
    }
    return mbedtls_ssl_conf_alpn_protocols(&own->config, own->alpn);
}

/* set_sessions: what outlives a connection. */
static int set_sessions(struct mbed_context *own, const struct parley_endpoint_options *o) {
    bool tickets = !o->no_tickets && !o->no_resumption;
    if (o->role == PARLEY_CLIENT) {
        mbedtls_ssl_conf_session_tickets(&own->config, tickets
                                                           ? MBEDTLS_SSL_SESSION_TICKETS_ENABLED
                                                           : MBEDTLS_SSL_SESSION_TICKETS_DISABLED);
#ifdef MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED
        mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
            &own->config, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
        return 0;
    }
    if (!o->no_resumption) {
        mbedtls_ssl_conf_session_cache(&own->config, &own->cache, mbedtls_ssl_cache_get,
                                       mbedtls_ssl_cache_set);
    }
    if (tickets) {
        mbedtls_ssl_conf_session_tickets_cb(&own->config, mbedtls_ssl_ticket_write,
                                            mbedtls_ssl_ticket_parse, &own->tickets);
        return mbedtls_ssl_ticket_setup(&own->tickets, mbed_random, NULL,
                                        MBEDTLS_CIPHER_AES_256_GCM, TICKET_SECONDS);
    }
    return 0;
}

static struct mbed_context *new_parts(void) {
    struct mbed_context *own = calloc(1, sizeof *own);
    if (own != NULL) {
        mbedtls_ssl_config_init(&own->config);
        mbedtls_x509_crt_init(&own->roots);
        mbedtls_ssl_cache_init(&own->cache);
        mbedtls_ssl_ticket_init(&own->tickets);
        mbedtls_ssl_session_init(&own->session);
    }
    return own;
}

static void context_free(struct parley_stack_context *context) {
    struct mbed_context *own = context->own;
    if (own == NULL) {
        return;
    }
    for (size_t i = 0; i < own->credential_count; i++) {
        mbedtls_x509_crt_free(&own->chains[i]);
        mbedtls_pk_free(&own->keys[i]);
    }
    mbedtls_ssl_config_free(&own->config);
    mbedtls_x509_crt_free(&own->roots);
    mbedtls_ssl_cache_free(&own->cache);
    mbedtls_ssl_ticket_free(&own->tickets);
    mbedtls_ssl_session_free(&own->session);
    free(own->chains);
    free(own->keys);
    free(own->alpn);
    free(own);
    context->own = NULL;
}

static bool context_new(struct parley_stack_context *context,
                        struct parley_stack_problem *problem) {
    const struct parley_endpoint_options *o = &context->options;
    struct mbed_context *own = context->own = new_parts();
    if (own == NULL) {
        return adapter_problem(problem, "out of memory");
    }
#if MBED_TLS13
    if (psa_crypto_init() != PSA_SUCCESS) {
        return adapter_problem(problem, "psa_crypto_init");
    }
#endif
    char why[120];
    int status = mbedtls_ssl_config_defaults(
        &own->config, o->role == PARLEY_CLIENT ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER,
        MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (status != 0) {
        return adapter_problem(problem, "%s", mbed_reason(status, why));
    }
    mbedtls_ssl_conf_rng(&own->config, mbed_random, NULL);
    mbedtls_ssl_conf_sni(&own->config, mbed_server_name, NULL);
    if (!set_versions(&own->config, o, problem) || !mbed_set_lists(own, o, problem) ||
        !mbed_set_credentials(own, o, problem) || !mbed_set_trust(own, o, problem)) {
        return false;
    }
    status = set_alpn(own, o);
    status = status != 0 ? status : set_sessions(own, o);
    return status == 0 || adapter_problem(problem, "settings: %s", mbed_reason(status, why));
}

static const char *version(void) {
    static char text[32];
    mbedtls_version_get_string_full(text);
    return text;
}

const struct adapter adapter = {
    .name = "mbedtls",
    .version = version,
    .capabilities = mbed_capabilities,
    .context_new = context_new,
    .context_free = context_free,
    .open = mbed_open,
    .close = mbed_close,
    .handshake = mbed_handshake,
    .read = mbed_read,
    .write = mbed_write,
    .control = mbed_control,
    .outcome = mbed_outcome,
    .exporter = mbed_exporter,
};
