/* What BoringSSL can do besides, if told: parley_extras. AWS-LC has parts of it under other names,
 * which nobody has asked for yet. */
#include "stacks/boringssl.h"

#ifdef OPENSSL_IS_AWSLC

bool boringssl_extras_new(struct parley_stack_context *context) {
    (void)context;
    return true;
}

void boringssl_extras_free(struct parley_stack_context *context) {
    (void)context;
}

bool boringssl_extras_open(struct parley_stack_connection *connection) {
    (void)connection;
    return true;
}

void boringssl_extras_outcome(const struct parley_stack_connection *connection,
                              struct parley_endpoint_outcome *out) {
    (void)connection, (void)out;
}

#else

#include <string.h>

#include <openssl/ec_key.h>
#include <openssl/hmac.h>
#include <openssl/hpke.h>
#include <openssl/nid.h>

static const struct parley_extras *extras_of(const SSL *ssl) {
    const struct parley_stack_connection *connection = SSL_get_app_data(ssl);
    return connection->context->options.extras;
}

/* ---- Certificates: what comes with them, and compressed ---- */

static bool set_staples(SSL_CTX *ctx, const struct parley_extras *x) {
    uint8_t list[1024];
    size_t len = x->scts.len;
    SSL_CTX_enable_ocsp_stapling(ctx);
    SSL_CTX_enable_signed_cert_timestamps(ctx);
    if (len + 2 > sizeof list || len == 0) {
        return false;
    }
    list[0] = (uint8_t)(len >> 8);
    list[1] = (uint8_t)len;
    memcpy(list + 2, x->scts.data, len);
    return SSL_CTX_set_ocsp_response(ctx, x->ocsp_response.data, x->ocsp_response.len) == 1 &&
           SSL_CTX_set_signed_cert_timestamp_list(ctx, list, len + 2) == 1;
}

/* compress: a packed certificate is not longer than this, or is not sent so. */
static int compress(SSL *ssl, CBB *out, const uint8_t *in, size_t in_len) {
    const struct parley_compression *c = &extras_of(ssl)->compressions[0];
    uint8_t *room;
    size_t cap = in_len + 64;
    size_t len = CBB_reserve(out, &room, cap) == 1
                     ? c->compress(c->arg, (struct parley_bytes){in, in_len}, room, cap)
                     : 0;
    return len > 0 && CBB_did_write(out, len) == 1;
}

static int decompress(SSL *ssl, CRYPTO_BUFFER **out, size_t length, const uint8_t *in,
                      size_t in_len) {
    const struct parley_compression *c = &extras_of(ssl)->compressions[0];
    uint8_t *room;
    *out = CRYPTO_BUFFER_alloc(&room, length);
    if (*out != NULL &&
        c->decompress(c->arg, (struct parley_bytes){in, in_len}, room, length) == length) {
        return 1;
    }
    CRYPTO_BUFFER_free(*out);
    *out = NULL;
    return 0;
}

/* ---- Protocols ---- */

static int advertise(SSL *ssl, const uint8_t **out, unsigned *out_len, void *arg) {
    const struct boringssl_extras *own = arg;
    (void)ssl;
    *out = own->npn;
    *out_len = (unsigned)own->npn_len;
    return SSL_TLSEXT_ERR_OK;
}

static int choose(SSL *ssl, uint8_t **out, uint8_t *out_len, const uint8_t *in, unsigned in_len,
                  void *arg) {
    const struct boringssl_extras *own = arg;
    (void)ssl;
    (void)SSL_select_next_proto(out, out_len, in, in_len, own->npn, (unsigned)own->npn_len);
    return SSL_TLSEXT_ERR_OK;
}

static bool set_npn(SSL_CTX *ctx, struct boringssl_extras *own, const struct parley_extras *x) {
    for (size_t i = 0; i < x->npn_count; i++) {
        size_t n = strlen(x->npn[i]);
        if (own->npn_len + 1 + n > sizeof own->npn) {
            return false;
        }
        own->npn[own->npn_len] = (uint8_t)n;
        memcpy(own->npn + own->npn_len + 1, x->npn[i], n);
        own->npn_len += 1 + n;
    }
    SSL_CTX_set_next_protos_advertised_cb(ctx, advertise, own);
    SSL_CTX_set_next_proto_select_cb(ctx, choose, own);
    return true;
}

static bool add_settings(SSL *ssl, const struct parley_extras *x) {
    bool ok = true;
    for (size_t i = 0; ok && i < x->alps_count; i++) {
        const struct parley_alps *a = &x->alps[i];
        ok = SSL_add_application_settings(ssl, (const uint8_t *)a->protocol, strlen(a->protocol),
                                          a->settings.data, a->settings.len) == 1;
    }
    return ok;
}

/* ---- Encrypted Client Hello ---- */

static bool set_ech_keys(SSL_CTX *ctx, const struct parley_extras *x) {
    SSL_ECH_KEYS *keys = SSL_ECH_KEYS_new();
    EVP_HPKE_KEY *key = EVP_HPKE_KEY_new();
    bool ok = keys != NULL && key != NULL &&
              EVP_HPKE_KEY_init(key, EVP_hpke_x25519_hkdf_sha256(), x->ech_private_key.data,
                                x->ech_private_key.len) == 1 &&
              SSL_ECH_KEYS_add(keys, 1, x->ech_config.data, x->ech_config.len, key) == 1 &&
              SSL_CTX_set1_ech_keys(ctx, keys) == 1;
    EVP_HPKE_KEY_free(key);
    SSL_ECH_KEYS_free(keys);
    return ok;
}

/* ---- From old times ---- */

/* ticket_keys: RFC 5077 4 as OpenSSL has it, tickets under keys of the application's. */
static int ticket_keys(SSL *ssl, uint8_t *name, uint8_t *iv, EVP_CIPHER_CTX *cipher, HMAC_CTX *mac,
                       int encrypt) {
    const struct parley_stack_connection *connection = SSL_get_app_data(ssl);
    const struct boringssl_extras *own =
        ((const struct libssl_context *)connection->context->own)->extras;
    if (encrypt == 1) {
        memcpy(name, own->ticket_key, 16);
        adapter_random(iv, 16);
    } else if (memcmp(name, own->ticket_key, 16) != 0) {
        return 0;
    }
    return HMAC_Init_ex(mac, own->ticket_key + 16, 16, EVP_sha256(), NULL) == 1 &&
                   EVP_CipherInit_ex(cipher, EVP_aes_128_cbc(), NULL, own->ticket_key + 32, iv,
                                     encrypt) == 1
               ? 1
               : -1;
}

/* set_channel_id gives a client the key that it proves to have. */
static bool set_channel_id(SSL_CTX *ctx, const struct parley_endpoint_options *o) {
    SSL_CTX_set_tls_channel_id_enabled(ctx, 1);
    if (o->role == PARLEY_SERVER) {
        return true;
    }
    EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    EVP_PKEY *wrapped = EVP_PKEY_new();
    bool ok = key != NULL && wrapped != NULL && EC_KEY_generate_key(key) == 1 &&
              EVP_PKEY_set1_EC_KEY(wrapped, key) == 1 &&
              SSL_CTX_set1_tls_channel_id(ctx, wrapped) == 1;
    EC_KEY_free(key);
    EVP_PKEY_free(wrapped);
    return ok;
}

static bool set_old_ways(SSL_CTX *ctx, struct boringssl_extras *own,
                         const struct parley_endpoint_options *o) {
    adapter_random(own->ticket_key, sizeof own->ticket_key);
    SSL_CTX_set_mode(ctx, SSL_MODE_CBC_RECORD_SPLITTING);
    return SSL_CTX_set_tlsext_ticket_key_cb(ctx, ticket_keys) == 1 && set_channel_id(ctx, o);
}

/* ---- All of it ---- */

bool boringssl_extras_new(struct parley_stack_context *context) {
    const struct parley_endpoint_options *o = &context->options;
    const struct parley_extras *x = o->extras;
    struct libssl_context *libssl = context->own;
    SSL_CTX *ctx = libssl->ctx;
    if (x == NULL) {
        return true;
    }
    struct boringssl_extras *own = libssl->extras = calloc(1, sizeof *own);
    if (own == NULL) {
        return false;
    }
    SSL_CTX_set_grease_enabled(ctx, x->grease);
    SSL_CTX_set_permute_extensions(ctx, x->permute);
    if (x->false_start) {
        SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_FALSE_START);
        SSL_CTX_set_false_start_allowed_without_alpn(ctx, 1);
    }
    return (!x->staples || set_staples(ctx, x)) &&
           (x->compression_count == 0 ||
            SSL_CTX_add_cert_compression_alg(ctx, x->compressions[0].algorithm, compress,
                                             decompress) == 1) &&
           (x->npn_count == 0 || set_npn(ctx, own, x)) &&
           (o->role == PARLEY_CLIENT || x->ech_config.len == 0 || set_ech_keys(ctx, x)) &&
           (o->role == PARLEY_CLIENT || !x->delegated || boringssl_delegate(ctx, own)) &&
           (!x->old_ways || set_old_ways(ctx, own, o)) && (!x->late || boringssl_late(context));
}

void boringssl_extras_free(struct parley_stack_context *context) {
    struct libssl_context *libssl = context->own;
    struct boringssl_extras *own = libssl != NULL ? libssl->extras : NULL;
    if (own != NULL) {
        CRYPTO_BUFFER_free(own->delegated);
        EVP_PKEY_free(own->delegated_key);
        EVP_PKEY_free(own->key);
        free(own->ech_list);
        free(own);
    }
}

bool boringssl_extras_open(struct parley_stack_connection *connection) {
    const struct libssl_connection *own = connection->own;
    const struct parley_endpoint_options *o = &connection->context->options;
    const struct parley_extras *x = o->extras;
    if (x == NULL) {
        return true;
    }
    const struct boringssl_extras *extras =
        ((const struct libssl_context *)connection->context->own)->extras;
    struct parley_bytes ech = x->ech_config_list;
    if (x->old_ways) {
        SSL_set_renegotiate_mode(own->ssl, ssl_renegotiate_freely);
        SSL_set_jdk11_workaround(own->ssl, 1);
    }
    if (extras->ech_list != NULL) {
        ech = (struct parley_bytes){extras->ech_list, extras->ech_list_len};
    }
    SSL_set_enable_ech_grease(own->ssl, x->grease);
    return add_settings(own->ssl, x) && (!x->late || boringssl_late_open(connection)) &&
           (extras->delegated == NULL ||
            SSL_set1_delegated_credential(own->ssl, extras->delegated, extras->delegated_key,
                                          NULL) == 1) &&
           (o->role == PARLEY_SERVER || ech.len == 0 ||
            SSL_set1_ech_config_list(own->ssl, ech.data, ech.len) == 1);
}

/* learn keeps the configs that a server which has rejected ours gives in its place (RFC 9849
 * 6.1.6): the next connection takes them. */
static void learn(const struct parley_stack_connection *connection, const SSL *ssl) {
    struct boringssl_extras *extras =
        ((const struct libssl_context *)connection->context->own)->extras;
    const uint8_t *list;
    size_t len;
    SSL_get0_ech_retry_configs(ssl, &list, &len);
    uint8_t *copy = len > 0 && extras->ech_list == NULL ? malloc(len) : NULL;
    if (copy != NULL) {
        memcpy(copy, list, len);
        extras->ech_list = copy;
        extras->ech_list_len = len;
    }
}

void boringssl_extras_outcome(const struct parley_stack_connection *connection,
                              struct parley_endpoint_outcome *out) {
    const SSL *ssl = ((const struct libssl_connection *)connection->own)->ssl;
    const struct parley_extras *x = connection->context->options.extras;
    out->ech_accepted = SSL_ech_accepted(ssl) == 1;
    if (x != NULL && connection->context->options.role == PARLEY_CLIENT &&
        connection->alert_sent == SSL_AD_ECH_REQUIRED) {
        learn(connection, ssl);
    }
}

#endif
