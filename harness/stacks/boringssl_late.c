/* An application of BoringSSL's that takes its time: asked for a decision, a certificate, a
 * signature, a session, it says once "later", and has it when asked again. */
#include "stacks/boringssl.h"

#ifdef OPENSSL_IS_AWSLC

bool boringssl_late(struct parley_stack_context *context) {
    (void)context;
    return true;
}

bool boringssl_late_open(struct parley_stack_connection *connection) {
    (void)connection;
    return true;
}

bool boringssl_asks_again(const SSL *ssl, int status) {
    (void)ssl, (void)status;
    return false;
}

#else

#include <string.h>

#include <openssl/aead.h>
#include <openssl/rsa.h>
#include <openssl/x509_vfy.h>

#define NONCE 12

/* What a connection was asked already. */
enum {
    ASKED_HELLO = 1 << 0,
    ASKED_CERTIFICATE = 1 << 1,
    ASKED_PEER = 1 << 2,
    ASKED_TICKET = 1 << 3,
    ASKED_SESSION = 1 << 4,
};

struct late {
    unsigned asked;
    uint8_t answer[1024]; /* of a private key */
    size_t answer_len;
};

static struct late *late_of(const SSL *ssl) {
    const struct parley_stack_connection *connection = SSL_get_app_data(ssl);
    return ((const struct libssl_connection *)connection->own)->late;
}

static const struct parley_stack_context *context_of(const SSL *ssl) {
    return ((const struct parley_stack_connection *)SSL_get_app_data(ssl))->context;
}

static const struct boringssl_extras *extras_of(const SSL *ssl) {
    return ((const struct libssl_context *)context_of(ssl)->own)->extras;
}

static bool first_time(const SSL *ssl, unsigned what) {
    struct late *own = late_of(ssl);
    bool first = (own->asked & what) == 0;
    own->asked |= what;
    return first;
}

static enum ssl_select_cert_result_t hello(const SSL_CLIENT_HELLO *client_hello) {
    return first_time(client_hello->ssl, ASKED_HELLO) ? ssl_select_cert_retry
                                                      : ssl_select_cert_success;
}

/* ---- The peer's certificate ---- */

/* good verifies |chain| as BoringSSL itself would. */
static int good(SSL *ssl, STACK_OF(X509) * chain) {
    X509_STORE_CTX *c = X509_STORE_CTX_new();
    X509_STORE *roots = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
    const char *purpose = SSL_is_server(ssl) == 1 ? "ssl_client" : "ssl_server";
    int result = X509_V_ERR_UNSPECIFIED;
    if (c != NULL && chain != NULL && sk_X509_num(chain) > 0 &&
        X509_STORE_CTX_init(c, roots, sk_X509_value(chain, 0), chain) == 1 &&
        X509_STORE_CTX_set_default(c, purpose) == 1 &&
        X509_VERIFY_PARAM_set1(X509_STORE_CTX_get0_param(c), SSL_get0_param(ssl)) == 1) {
        result = X509_verify_cert(c) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(c);
    }
    X509_STORE_CTX_free(c);
    return result;
}

static enum ssl_verify_result_t peer(SSL *ssl, uint8_t *alert) {
    if (first_time(ssl, ASKED_PEER)) {
        return ssl_verify_retry;
    }
    int result = good(ssl, SSL_get_peer_full_cert_chain(ssl));
    if (result != X509_V_OK) {
        *alert = (uint8_t)SSL_alert_from_verify_result(result);
        return ssl_verify_invalid;
    }
    return ssl_verify_ok;
}

/* ---- Our key ---- */

/* give hands out the answer that is there by now. */
static enum ssl_private_key_result_t give(SSL *ssl, uint8_t *out, size_t *out_len, size_t cap) {
    const struct late *own = late_of(ssl);
    if (own->answer_len == 0 || own->answer_len > cap) {
        return ssl_private_key_failure;
    }
    memcpy(out, own->answer, own->answer_len);
    *out_len = own->answer_len;
    return ssl_private_key_success;
}

static enum ssl_private_key_result_t sign(SSL *ssl, uint8_t *out, size_t *out_len, size_t max_out,
                                          uint16_t scheme, const uint8_t *in, size_t in_len) {
    struct late *own = late_of(ssl);
    EVP_MD_CTX ctx;
    EVP_PKEY_CTX *settings;
    (void)out, (void)out_len, (void)max_out;
    EVP_MD_CTX_init(&ctx);
    own->answer_len = sizeof own->answer;
    if (EVP_DigestSignInit(&ctx, &settings, SSL_get_signature_algorithm_digest(scheme), NULL,
                           extras_of(ssl)->key) != 1 ||
        (SSL_is_signature_algorithm_rsa_pss(scheme) == 1 &&
         (EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING) != 1 ||
          EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, -1) != 1)) ||
        EVP_DigestSign(&ctx, own->answer, &own->answer_len, in, in_len) != 1) {
        own->answer_len = 0;
    }
    EVP_MD_CTX_cleanup(&ctx);
    return ssl_private_key_retry;
}

static enum ssl_private_key_result_t decrypt(SSL *ssl, uint8_t *out, size_t *out_len,
                                             size_t max_out, const uint8_t *in, size_t in_len) {
    struct late *own = late_of(ssl);
    RSA *rsa = EVP_PKEY_get0_RSA(extras_of(ssl)->key);
    (void)out, (void)out_len, (void)max_out;
    if (rsa == NULL || RSA_decrypt(rsa, &own->answer_len, own->answer, sizeof own->answer, in,
                                   in_len, RSA_NO_PADDING) != 1) {
        own->answer_len = 0;
    }
    return ssl_private_key_retry;
}

static const SSL_PRIVATE_KEY_METHOD key_method = {sign, decrypt, give};

/* give_chain sets what the context has, for this connection: its certificate and those above it. */
static bool give_chain(SSL *ssl) {
    enum { CHAIN_MAX = 8 };
    CRYPTO_BUFFER *chain[CHAIN_MAX];
    const STACK_OF(CRYPTO_BUFFER) *have = SSL_CTX_get0_chain(SSL_get_SSL_CTX(ssl));
    size_t count = have != NULL ? sk_CRYPTO_BUFFER_num(have) : 0;
    for (size_t i = 0; i < count && i < CHAIN_MAX; i++) {
        chain[i] = sk_CRYPTO_BUFFER_value(have, i);
    }
    return count == 0 || count > CHAIN_MAX || extras_of(ssl)->key == NULL ||
           SSL_set_chain_and_key(ssl, chain, count, NULL, &key_method) == 1;
}

static bool give_staples(SSL *ssl) {
    const struct parley_extras *x = context_of(ssl)->options.extras;
    const uint8_t *scts = x->scts.data;
    uint8_t list[256] = {(uint8_t)(x->scts.len >> 8), (uint8_t)x->scts.len};
    if (!x->staples || SSL_is_server(ssl) == 0 || x->scts.len > sizeof list - 2) {
        return true;
    }
    memcpy(list + 2, scts, x->scts.len);
    return SSL_set_ocsp_response(ssl, x->ocsp_response.data, x->ocsp_response.len) == 1 &&
           SSL_set_signed_cert_timestamp_list(ssl, list, x->scts.len + 2) == 1;
}

static int certificate(SSL *ssl, void *arg) {
    (void)arg;
    if (first_time(ssl, ASKED_CERTIFICATE)) {
        return -1;
    }
    return give_chain(ssl) && give_staples(ssl) ? 1 : 0;
}

/* ---- Tickets, sessions ---- */

static size_t overhead(SSL *ssl) {
    (void)ssl;
    return NONCE + EVP_AEAD_max_overhead(EVP_aead_aes_128_gcm());
}

static int seal(SSL *ssl, uint8_t *out, size_t *out_len, size_t max_out, const uint8_t *in,
                size_t in_len) {
    EVP_AEAD_CTX ctx;
    EVP_AEAD_CTX_zero(&ctx);
    adapter_random(out, NONCE);
    int ok = EVP_AEAD_CTX_init(&ctx, EVP_aead_aes_128_gcm(), extras_of(ssl)->ticket_key, 16,
                               EVP_AEAD_DEFAULT_TAG_LENGTH, NULL) == 1 &&
             EVP_AEAD_CTX_seal(&ctx, out + NONCE, out_len, max_out - NONCE, out, NONCE, in, in_len,
                               NULL, 0) == 1;
    EVP_AEAD_CTX_cleanup(&ctx);
    *out_len += NONCE;
    return ok;
}

static enum ssl_ticket_aead_result_t open_ticket(SSL *ssl, uint8_t *out, size_t *out_len,
                                                 size_t max_out, const uint8_t *in, size_t in_len) {
    EVP_AEAD_CTX ctx;
    if (first_time(ssl, ASKED_TICKET)) {
        return ssl_ticket_aead_retry;
    }
    EVP_AEAD_CTX_zero(&ctx);
    bool ok = in_len >= NONCE &&
              EVP_AEAD_CTX_init(&ctx, EVP_aead_aes_128_gcm(), extras_of(ssl)->ticket_key, 16,
                                EVP_AEAD_DEFAULT_TAG_LENGTH, NULL) == 1 &&
              EVP_AEAD_CTX_open(&ctx, out, out_len, max_out, in, NONCE, in + NONCE, in_len - NONCE,
                                NULL, 0) == 1;
    EVP_AEAD_CTX_cleanup(&ctx);
    return ok ? ssl_ticket_aead_success : ssl_ticket_aead_ignore_ticket;
}

static const SSL_TICKET_AEAD_METHOD ticket_method = {overhead, seal, open_ticket};

static SSL_SESSION *find_session(SSL *ssl, const uint8_t *id, int id_len, int *copy) {
    (void)id, (void)id_len, (void)copy;
    return first_time(ssl, ASKED_SESSION) ? SSL_magic_pending_session_ptr() : NULL;
}

/* ---- All of it ---- */

bool boringssl_late(struct parley_stack_context *context) {
    const struct parley_endpoint_options *o = &context->options;
    const struct libssl_context *libssl = context->own;
    struct boringssl_extras *own = libssl->extras;
    SSL_CTX *ctx = libssl->ctx;
    SSL_CTX_set_cert_cb(ctx, certificate, NULL);
    SSL_CTX_set_reverify_on_resume(ctx, 1);
    if (o->ca.len > 0) {
        SSL_CTX_set_custom_verify(ctx, SSL_CTX_get_verify_mode(ctx), peer);
    }
    if (o->role == PARLEY_SERVER) {
        SSL_CTX_set_select_certificate_cb(ctx, hello);
        SSL_CTX_sess_set_get_cb(ctx, find_session);
        adapter_random(own->ticket_key, sizeof own->ticket_key);
        SSL_CTX_set_ticket_aead_method(ctx, &ticket_method);
    }
    own->key = SSL_CTX_get0_privatekey(ctx);
    if (own->key != NULL) {
        (void)EVP_PKEY_up_ref(own->key);
        SSL_CTX_set_private_key_method(ctx, &key_method);
    }
    return true;
}

bool boringssl_late_open(struct parley_stack_connection *connection) {
    struct libssl_connection *own = connection->own;
    own->late = calloc(1, sizeof(struct late));
    return own->late != NULL;
}

bool boringssl_asks_again(const SSL *ssl, int status) {
    switch (status < 1 ? SSL_get_error(ssl, status) : SSL_ERROR_NONE) {
    case SSL_ERROR_WANT_X509_LOOKUP:
    case SSL_ERROR_PENDING_SESSION:
    case SSL_ERROR_PENDING_CERTIFICATE:
    case SSL_ERROR_PENDING_TICKET:
    case SSL_ERROR_WANT_PRIVATE_KEY_OPERATION:
    case SSL_ERROR_WANT_CERTIFICATE_VERIFY:
    case SSL_ERROR_WANT_WRITE: /* see libssl_connection.c */
        return true;
    default:
        return false;
    }
}

#endif
