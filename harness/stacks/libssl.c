/* Contexts of OpenSSL, BoringSSL, AWS-LC. */
#include <string.h>

#include <openssl/pem.h>

#include "stacks/libssl.h"

const char *libssl_reason(void) {
    bool told = ERR_peek_error() != 0;
    const char *reason = ERR_reason_error_string(ERR_peek_error());
    ERR_clear_error();
    return reason != NULL ? reason : told ? "unknown error" : "the connection was cut";
}

static void *free_context_parts(struct libssl_context *own) {
    if (own != NULL) {
        SSL_SESSION_free(own->session);
        SSL_CTX_free(own->ctx);
        BIO_meth_free(own->network);
        free(own);
    }
    return NULL;
}

void libssl_context_free(struct parley_stack_context *context) {
    context->own = free_context_parts(context->own);
}

static int new_session(SSL *ssl, SSL_SESSION *session) {
    struct parley_stack_connection *connection = SSL_get_app_data(ssl);
    struct libssl_context *own = connection->context->own;
    SSL_SESSION_free(own->session);
    own->session = session;
    return 1;
}

static void key_log(const SSL *ssl, const char *line) {
    const struct parley_stack_connection *connection = SSL_get_app_data(ssl);
    const struct parley_endpoint_options *o = &connection->context->options;
    o->key_log(o->key_log_arg, line);
}

static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
                       const unsigned char *in, unsigned in_len, void *arg) {
    const struct libssl_context *own = ((struct parley_stack_context *)arg)->own;
    unsigned char *chosen = NULL;
    (void)ssl;
    if (SSL_select_next_proto(&chosen, out_len, own->alpn, (unsigned)own->alpn_len, in, in_len) !=
        OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
}

static bool set_alpn(struct parley_stack_context *context) {
    struct libssl_context *own = context->own;
    const struct parley_endpoint_options *o = &context->options;
    for (size_t i = 0; i < o->alpn_count; i++) {
        size_t n = strlen(o->alpn[i]);
        if (n == 0 || n > 255 || own->alpn_len + 1 + n > sizeof own->alpn) {
            return false;
        }
        own->alpn[own->alpn_len] = (uint8_t)n;
        memcpy(own->alpn + own->alpn_len + 1, o->alpn[i], n);
        own->alpn_len += 1 + n;
    }
    if (own->alpn_len > 0 && o->role == PARLEY_SERVER) {
        SSL_CTX_set_alpn_select_cb(own->ctx, select_alpn, context);
    }
    return own->alpn_len == 0 || o->role == PARLEY_SERVER ||
           SSL_CTX_set_alpn_protos(own->ctx, own->alpn, (unsigned)own->alpn_len) == 0;
}

static bool set_credential(SSL_CTX *ctx, const struct parley_pem_credential *credential) {
    BIO *certificates =
        BIO_new_mem_buf(credential->certificates.data, (int)credential->certificates.len);
    BIO *key = BIO_new_mem_buf(credential->private_key.data, (int)credential->private_key.len);
    EVP_PKEY *private_key = PEM_read_bio_PrivateKey(key, NULL, NULL, NULL);
    X509 *leaf = PEM_read_bio_X509(certificates, NULL, NULL, NULL);
    bool ok = leaf != NULL && private_key != NULL && SSL_CTX_use_certificate(ctx, leaf) == 1 &&
              SSL_CTX_use_PrivateKey(ctx, private_key) == 1;
    X509 *issuer;
    while (ok && (issuer = PEM_read_bio_X509(certificates, NULL, NULL, NULL)) != NULL) {
        ok = SSL_CTX_add1_chain_cert(ctx, issuer) == 1;
        X509_free(issuer);
    }
    ERR_clear_error(); /* there was no more of them */
    X509_free(leaf);
    EVP_PKEY_free(private_key);
    BIO_free(certificates);
    BIO_free(key);
    return ok;
}

/* set_trust: the peer is verified against |ca|; its names reach a client in certificate_request. */
static bool set_trust(SSL_CTX *ctx, const struct parley_endpoint_options *o) {
    bool server = o->role == PARLEY_SERVER;
    int mode = server ? SSL_VERIFY_NONE : SSL_VERIFY_PEER;
    if (server && o->client_auth != PARLEY_AUTH_NONE) {
        mode = SSL_VERIFY_PEER |
               (o->client_auth == PARLEY_AUTH_REQUIRE ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
    }
    if (o->ca.len == 0) {
        return true;
    }
    SSL_CTX_set_verify(ctx, mode, NULL);
    BIO *certificates = BIO_new_mem_buf(o->ca.data, (int)o->ca.len);
    X509 *root;
    bool ok = true;
    while (ok && (root = PEM_read_bio_X509(certificates, NULL, NULL, NULL)) != NULL) {
        ok = X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root) == 1 &&
             (!server || SSL_CTX_add_client_CA(ctx, root) == 1);
        X509_free(root);
    }
    ERR_clear_error();
    BIO_free(certificates);
    return ok;
}

/* set_sessions: what outlives a connection. */
static void set_sessions(const struct libssl_context *own,
                         const struct parley_endpoint_options *o) {
    if (o->role == PARLEY_CLIENT) {
        SSL_CTX_set_session_cache_mode(own->ctx,
                                       SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(own->ctx, new_session);
    }
    (void)SSL_CTX_set_session_id_context(own->ctx, (const unsigned char *)"parley", 6);
    if (o->no_tickets || o->no_resumption) {
        SSL_CTX_set_options(own->ctx, SSL_OP_NO_TICKET);
    }
    if (o->no_resumption) {
        SSL_CTX_set_session_cache_mode(own->ctx, SSL_SESS_CACHE_OFF);
        (void)SSL_CTX_set_num_tickets(own->ctx, 0);
    }
}

bool libssl_context_new(struct parley_stack_context *context,
                        struct parley_stack_problem *problem) {
    const struct parley_endpoint_options *o = &context->options;
    struct libssl_context *own = context->own = calloc(1, sizeof *own);
    if (own == NULL || (own->ctx = SSL_CTX_new(TLS_method())) == NULL ||
        (own->network = libssl_network()) == NULL) {
        return adapter_problem(problem, "out of memory");
    }
    if (SSL_CTX_set_min_proto_version(own->ctx,
                                      o->min_version != 0 ? o->min_version : PARLEY_TLS12) != 1 ||
        SSL_CTX_set_max_proto_version(own->ctx, o->max_version) != 1) {
        return adapter_unsupported(problem, "no such version");
    }
    for (size_t i = 0; i < o->credential_count; i++) {
        if (!set_credential(own->ctx, &o->credentials[i])) {
            return adapter_problem(problem, "credential: %s", libssl_reason());
        }
    }
    if (!set_trust(own->ctx, o) || !set_alpn(context)) {
        return adapter_problem(problem, "settings: %s", libssl_reason());
    }
    set_sessions(own, o);
    if (o->key_log != NULL) {
        SSL_CTX_set_keylog_callback(own->ctx, key_log);
    }
    return true;
}
