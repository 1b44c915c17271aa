/* libssl's way, on the same libcrypto: two SSL objects over a BIO pair, new for each handshake as
 * libssl wants it, contexts and sessions kept. A callback accepts the server's certificate without
 * looking, so that libssl, like our engine, verifies no chain in what is timed. */
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "cli/bench.h"
#include "cli/cli.h"

struct bench_boringssl {
    SSL_CTX *client, *server;
    SSL_SESSION *session; /* the newest that the client was given */
    SSL_SESSION *resume;
};

static enum ssl_verify_result_t accept_any(SSL *ssl, uint8_t *alert) {
    (void)ssl;
    (void)alert;
    return ssl_verify_ok;
}

static int keep_session(SSL *ssl, SSL_SESSION *session) {
    struct bench_boringssl *b = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    SSL_SESSION_free(b->session);
    b->session = session;
    return 1; /* it is ours now */
}

/* ---- One handshake ---- */

/* Has |ssl| do what it can; false if it failed. */
static bool step(SSL *ssl) {
    int result = SSL_do_handshake(ssl);
    return result == 1 || SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ;
}

/* Runs both ends. A TLS 1.3 server keeps its ticket back until it writes, if only nothing; the
 * client takes it when it reads. */
static bool drive(SSL *client, SSL *server) {
    uint8_t none;
    for (int i = 0; i < 10 && (SSL_in_init(client) || SSL_in_init(server)); i++) {
        if (!step(client) || !step(server)) {
            return false;
        }
    }
    if (SSL_in_init(client) || SSL_in_init(server)) {
        return false;
    }
    SSL_write(server, "", 0);
    return SSL_read(client, &none, 1) < 0 && SSL_get_error(client, -1) == SSL_ERROR_WANT_READ;
}

static bool handshake(struct bench_boringssl *b, bool *resumed, int *version) {
    BIO *client_bio = NULL;
    BIO *server_bio = NULL;
    SSL *client = SSL_new(b->client);
    SSL *server = SSL_new(b->server);
    bool fine =
        client != NULL && server != NULL && BIO_new_bio_pair(&client_bio, 0, &server_bio, 0) == 1;
    if (fine) {
        SSL_set_bio(client, client_bio, client_bio);
        SSL_set_bio(server, server_bio, server_bio);
        SSL_set_connect_state(client);
        SSL_set_accept_state(server);
        fine = SSL_set_tlsext_host_name(client, BENCH_HOST) == 1 &&
               (b->resume == NULL || SSL_set_session(client, b->resume) == 1) &&
               drive(client, server);
    }
    if (fine && resumed != NULL) {
        *resumed = SSL_session_reused(client) == 1;
        *version = SSL_version(client);
    }
    SSL_free(client);
    SSL_free(server);
    return fine;
}

/* ---- What is not timed ---- */

static BIO *text(struct parley_bytes pem) {
    return BIO_new_mem_buf(pem.data, (int)pem.len);
}

static bool use_identity(SSL_CTX *ctx, const struct bench_identity *id) {
    BIO *chain = text(id->chain);
    BIO *key_text = text(id->key);
    X509 *leaf = chain != NULL ? PEM_read_bio_X509(chain, NULL, NULL, NULL) : NULL;
    EVP_PKEY *key = key_text != NULL ? PEM_read_bio_PrivateKey(key_text, NULL, NULL, NULL) : NULL;
    bool fine = leaf != NULL && key != NULL && SSL_CTX_use_certificate(ctx, leaf) == 1 &&
                SSL_CTX_use_PrivateKey(ctx, key) == 1;
    for (X509 *more; fine && (more = PEM_read_bio_X509(chain, NULL, NULL, NULL)) != NULL;) {
        fine = SSL_CTX_add_extra_chain_cert(ctx, more) == 1;
    }
    ERR_clear_error();
    X509_free(leaf);
    EVP_PKEY_free(key);
    BIO_free(chain);
    BIO_free(key_text);
    return fine;
}

static bool set_both(SSL_CTX *ctx, const struct bench_handshake *h) {
    return SSL_CTX_set_min_proto_version(ctx, h->version) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, h->version) == 1 &&
           SSL_CTX_set1_curves_list(ctx, "X25519") == 1 &&
           (h->boringssl_ciphers == NULL ||
            SSL_CTX_set_strict_cipher_list(ctx, h->boringssl_ciphers) == 1);
}

static bool configure(struct bench_boringssl *b, const struct bench_handshake *h,
                      const struct bench_identity *id) {
    b->client = SSL_CTX_new(TLS_method());
    b->server = SSL_CTX_new(TLS_method());
    if (b->client == NULL || b->server == NULL || !set_both(b->client, h) ||
        !set_both(b->server, h) || !use_identity(b->server, id)) {
        return false;
    }
    SSL_CTX_set_custom_verify(b->client, SSL_VERIFY_PEER, accept_any);
    SSL_CTX_set_session_cache_mode(b->client, SSL_SESS_CACHE_CLIENT);
    SSL_CTX_sess_set_new_cb(b->client, keep_session);
    SSL_CTX_set_app_data(b->client, b);
    /* As many as our engine's. */
    return SSL_CTX_set_num_tickets(b->server, 1) == 1;
}

/* One handshake, and for a resumption two, looked at. */
static bool prepare(struct bench_boringssl *b, const struct bench_handshake *h) {
    bool resumed = false;
    int version = 0;
    if (!handshake(b, &resumed, &version)) {
        return false;
    }
    if (h->resume) {
        b->resume = b->session;
        b->session = NULL;
        if (b->resume == NULL || !handshake(b, &resumed, &version)) {
            return false;
        }
    }
    return resumed == h->resume && version == h->version;
}

struct bench_boringssl *bench_boringssl_new(const struct bench_handshake *h,
                                            const struct bench_identity *id) {
    struct bench_boringssl *b = calloc(1, sizeof(*b));
    if (b != NULL && configure(b, h, id) && prepare(b, h)) {
        return b;
    }
    char why[256];
    ERR_error_string_n(ERR_peek_error(), why, sizeof(why));
    cli_note("%s: libssl: %s", h->name, why);
    bench_boringssl_free(b);
    return NULL;
}

bool bench_boringssl_run(struct bench_boringssl *b, unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        if (!handshake(b, NULL, NULL)) {
            return false;
        }
    }
    return true;
}

void bench_boringssl_free(struct bench_boringssl *b) {
    if (b == NULL) {
        return;
    }
    SSL_SESSION_free(b->session);
    SSL_SESSION_free(b->resume);
    SSL_CTX_free(b->client);
    SSL_CTX_free(b->server);
    free(b);
}
