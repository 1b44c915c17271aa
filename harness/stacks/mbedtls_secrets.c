/* Mbed TLS's key log and exporter. Its TLS 1.2 has no exporter, but hands out what RFC 5705 4 makes
 * one from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stacks/mbedtls.h"

#define RANDOM 32
#define MASTER 48

static void log_secret(const struct parley_endpoint_options *o, const char *label,
                       const uint8_t *client_random, const uint8_t *secret, size_t len) {
    char line[256];
    int n = snprintf(line, sizeof line, "%s ", label);
    for (size_t i = 0; i < RANDOM; i++) {
        n += snprintf(line + n, sizeof line - (size_t)n, "%02x", client_random[i]);
    }
    line[n++] = ' ';
    for (size_t i = 0; i < len; i++) {
        n += snprintf(line + n, sizeof line - (size_t)n, "%02x", secret[i]);
    }
    if (o->key_log != NULL) {
        o->key_log(o->key_log_arg, line);
    }
}

/* keep_master takes down what the exporter of TLS 1.2 needs. */
static void keep_master(const struct parley_stack_connection *connection, const uint8_t *master,
                        const uint8_t *client_random, const uint8_t *server_random,
                        mbedtls_tls_prf_types prf) {
    struct mbed_connection *own = connection->own;
    memcpy(own->master, master, MASTER);
    memcpy(own->randoms, client_random, RANDOM);
    memcpy(own->randoms + RANDOM, server_random, RANDOM);
    own->prf = prf;
    log_secret(&connection->context->options, "CLIENT_RANDOM", client_random, master, MASTER);
}

#if MBED_3
static const char *label_of(mbedtls_ssl_key_export_type type) {
    switch (type) {
    case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_EARLY_SECRET:
        return "CLIENT_EARLY_TRAFFIC_SECRET";
    case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_HANDSHAKE_TRAFFIC_SECRET:
        return "CLIENT_HANDSHAKE_TRAFFIC_SECRET";
    case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_SERVER_HANDSHAKE_TRAFFIC_SECRET:
        return "SERVER_HANDSHAKE_TRAFFIC_SECRET";
    case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_CLIENT_APPLICATION_TRAFFIC_SECRET:
        return "CLIENT_TRAFFIC_SECRET_0";
    case MBEDTLS_SSL_KEY_EXPORT_TLS1_3_SERVER_APPLICATION_TRAFFIC_SECRET:
        return "SERVER_TRAFFIC_SECRET_0";
    default:
        return NULL;
    }
}

static void secret(void *arg, mbedtls_ssl_key_export_type type, const unsigned char *bytes,
                   size_t len, const unsigned char client_random[32],
                   const unsigned char server_random[32], mbedtls_tls_prf_types prf) {
    const struct parley_stack_connection *connection = arg;
    if (type == MBEDTLS_SSL_KEY_EXPORT_TLS12_MASTER_SECRET) {
        keep_master(connection, bytes, client_random, server_random, prf);
    } else if (label_of(type) != NULL) {
        log_secret(&connection->context->options, label_of(type), client_random, bytes, len);
    }
}

void mbed_see_secrets(struct parley_stack_connection *connection) {
    struct mbed_connection *own = connection->own;
    mbedtls_ssl_set_export_keys_cb(&own->ssl, secret, connection);
}
#else
static int keys(void *arg, const unsigned char *master, const unsigned char *block, size_t mac_len,
                size_t key_len, size_t iv_len, const unsigned char client_random[32],
                const unsigned char server_random[32], mbedtls_tls_prf_types prf) {
    const struct mbed_context *own = arg;
    (void)block, (void)mac_len, (void)key_len, (void)iv_len;
    keep_master(own->working, master, client_random, server_random, prf);
    return 0;
}

void mbed_see_secrets(struct parley_stack_connection *connection) {
    struct mbed_context *own = connection->context->own;
    own->working = connection;
    mbedtls_ssl_conf_export_keys_ext_cb(&own->config, keys, own);
}
#endif

/* export12: PRF(master, label, client random + server random [+ context's length + context]). */
static bool export12(const struct mbed_connection *own, const char *label,
                     const struct parley_bytes *context, uint8_t *out, size_t len) {
    size_t context_len = context != NULL ? context->len : 0;
    size_t seed_len = sizeof own->randoms + (context != NULL ? 2 + context_len : 0);
    uint8_t *seed = context_len <= UINT16_MAX ? malloc(seed_len) : NULL;
    if (seed == NULL) {
        return false;
    }
    memcpy(seed, own->randoms, sizeof own->randoms);
    if (context != NULL) {
        uint8_t *rest = seed + sizeof own->randoms;
        rest[0] = (uint8_t)(context_len >> 8);
        rest[1] = (uint8_t)context_len;
        if (context_len > 0) {
            memcpy(rest + 2, context->data, context_len);
        }
    }
    bool ok =
        mbedtls_ssl_tls_prf(own->prf, own->master, MASTER, label, seed, seed_len, out, len) == 0;
    free(seed);
    return ok;
}

bool mbed_exporter(const struct parley_stack_connection *connection, const char *label,
                   const struct parley_bytes *context, uint8_t *out, size_t len) {
    struct mbed_connection *own = connection->own;
    if (strcmp(mbedtls_ssl_get_version(&own->ssl), "TLSv1.2") == 0) {
        return export12(own, label, context, out, len);
    }
#if MBED_TLS13 && defined(MBEDTLS_SSL_KEYING_MATERIAL_EXPORT)
    return mbedtls_ssl_export_keying_material(
               &own->ssl, out, len, label, strlen(label), context != NULL ? context->data : NULL,
               context != NULL ? context->len : 0, context != NULL) == 0;
#else
    return false;
#endif
}
