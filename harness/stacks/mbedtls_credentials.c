/* Certificates and keys, as Mbed TLS takes them. */
#include <stdlib.h>
#include <string.h>

#include "stacks/mbedtls.h"

/* text_of returns PEM text as Mbed TLS wants it, ending in NUL; the caller frees it. */
static unsigned char *text_of(struct parley_bytes pem) {
    return (unsigned char *)strndup((const char *)pem.data, pem.len);
}

/* parse_chain returns 0, or an error: a certificate of a kind that it does not have is one, too. */
static int parse_chain(mbedtls_x509_crt *out, struct parley_bytes pem) {
    unsigned char *text = text_of(pem);
    int status = text != NULL ? mbedtls_x509_crt_parse(out, text, strlen((char *)text) + 1)
                              : MBEDTLS_ERR_X509_ALLOC_FAILED;
    free(text);
    return status > 0 ? MBEDTLS_ERR_PK_UNKNOWN_PK_ALG : status;
}

static int parse_key(mbedtls_pk_context *out, struct parley_bytes pem) {
    unsigned char *text = text_of(pem);
    int status = MBEDTLS_ERR_PK_ALLOC_FAILED;
    if (text != NULL) {
        size_t len = strlen((char *)text) + 1;
#if MBED_3
        status = mbedtls_pk_parse_key(out, text, len, NULL, 0, mbed_random, NULL);
#else
        status = mbedtls_pk_parse_key(out, text, len, NULL, 0);
#endif
    }
    free(text);
    return status;
}

bool mbed_set_credentials(struct mbed_context *own, const struct parley_endpoint_options *o,
                          struct parley_stack_problem *problem) {
    char why[120];
    own->chains = calloc(o->credential_count, sizeof *own->chains);
    own->keys = calloc(o->credential_count, sizeof *own->keys);
    if (o->credential_count > 0 && (own->chains == NULL || own->keys == NULL)) {
        return adapter_problem(problem, "out of memory");
    }
    for (size_t i = 0; i < o->credential_count; i++) {
        mbedtls_x509_crt_init(&own->chains[i]);
        mbedtls_pk_init(&own->keys[i]);
        own->credential_count++;
        int status = parse_chain(&own->chains[i], o->credentials[i].certificates);
        status = status != 0 ? status : parse_key(&own->keys[i], o->credentials[i].private_key);
        status = status != 0
                     ? status
                     : mbedtls_ssl_conf_own_cert(&own->config, &own->chains[i], &own->keys[i]);
        if (status == MBEDTLS_ERR_PK_UNKNOWN_PK_ALG || status == MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG) {
            return adapter_unsupported(problem, "credential: %s", mbed_reason(status, why));
        }
        if (status != 0) {
            return adapter_problem(problem, "credential: %s", mbed_reason(status, why));
        }
    }
    return true;
}

/* A server that only requests a certificate (VERIFY_OPTIONAL) would take a wrong one, too.
 * The alert is then access_denied, whatever was wrong. */
int mbed_refuse(void *arg, mbedtls_x509_crt *certificate, int depth, uint32_t *flags) {
    struct mbed_connection *own = arg;
    (void)certificate, (void)depth;
    own->refused |= *flags;
    return *flags == 0 ? 0 : MBEDTLS_ERR_X509_FATAL_ERROR;
}

bool mbed_set_trust(struct mbed_context *own, const struct parley_endpoint_options *o,
                    struct parley_stack_problem *problem) {
    char why[120];
    bool verifies = o->role == PARLEY_CLIENT || o->client_auth != PARLEY_AUTH_NONE;
    bool optional = o->role == PARLEY_SERVER && o->client_auth == PARLEY_AUTH_REQUEST;
    mbedtls_ssl_conf_authmode(&own->config, MBEDTLS_SSL_VERIFY_NONE);
    if (o->ca.len == 0 || !verifies) {
        return true;
    }
    int status = parse_chain(&own->roots, o->ca);
    if (status != 0) {
        return adapter_problem(problem, "roots: %s", mbed_reason(status, why));
    }
    mbedtls_ssl_conf_ca_chain(&own->config, &own->roots, NULL);
    mbedtls_ssl_conf_authmode(&own->config,
                              optional ? MBEDTLS_SSL_VERIFY_OPTIONAL : MBEDTLS_SSL_VERIFY_REQUIRED);
    return true;
}
