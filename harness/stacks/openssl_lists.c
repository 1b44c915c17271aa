/* Code points, and what OpenSSL calls them. */
#include <stdio.h>
#include <string.h>

#include <openssl/obj_mac.h>

#include "stacks/openssl.h"

#define MAX_LISTED 64
#define LIST_SIZE 4096

static const struct adapter_code groups[] = {
    {PARLEY_GROUP_x25519, NID_X25519},       {PARLEY_GROUP_secp256r1, NID_X9_62_prime256v1},
    {PARLEY_GROUP_secp384r1, NID_secp384r1}, {PARLEY_GROUP_secp521r1, NID_secp521r1},
    {PARLEY_GROUP_x448, NID_X448},           {PARLEY_GROUP_ffdhe2048, NID_ffdhe2048},
    {PARLEY_GROUP_ffdhe3072, NID_ffdhe3072}, {0, 0},
};

/* A signature is a kind of key and a hash. */
static const struct {
    uint16_t code;
    int key, hash;
} sigalgs[] = {
    {PARLEY_SIGALG_ecdsa_secp256r1_sha256, EVP_PKEY_EC, NID_sha256},
    {PARLEY_SIGALG_ecdsa_secp384r1_sha384, EVP_PKEY_EC, NID_sha384},
    {PARLEY_SIGALG_ecdsa_secp521r1_sha512, EVP_PKEY_EC, NID_sha512},
    {PARLEY_SIGALG_ed25519, EVP_PKEY_ED25519, NID_undef},
    {PARLEY_SIGALG_ed448, EVP_PKEY_ED448, NID_undef},
    {PARLEY_SIGALG_rsa_pss_rsae_sha256, EVP_PKEY_RSA_PSS, NID_sha256},
    {PARLEY_SIGALG_rsa_pss_rsae_sha384, EVP_PKEY_RSA_PSS, NID_sha384},
    {PARLEY_SIGALG_rsa_pss_rsae_sha512, EVP_PKEY_RSA_PSS, NID_sha512},
    {PARLEY_SIGALG_rsa_pkcs1_sha256, EVP_PKEY_RSA, NID_sha256},
    {PARLEY_SIGALG_rsa_pkcs1_sha384, EVP_PKEY_RSA, NID_sha384},
    {PARLEY_SIGALG_rsa_pkcs1_sha512, EVP_PKEY_RSA, NID_sha512},
};
#define SIGALGS (sizeof sigalgs / sizeof *sigalgs)

/* cipher_of returns the cipher of a suite's code point, or NULL. */
static const SSL_CIPHER *cipher_of(SSL *ssl, uint16_t code) {
    const unsigned char wire[] = {(unsigned char)(code >> 8), (unsigned char)code};
    return SSL_CIPHER_find(ssl, wire);
}

uint16_t openssl_group(SSL *ssl) {
    return adapter_code_of(groups, (int)SSL_get_negotiated_group(ssl));
}

uint16_t openssl_sigalg(SSL *ssl, bool of_peer) {
    int key = NID_undef, hash = NID_undef;
    if ((of_peer ? SSL_get_peer_signature_type_nid(ssl, &key)
                 : SSL_get_signature_type_nid(ssl, &key)) != 1) {
        return 0;
    }
    (void)(of_peer ? SSL_get_peer_signature_nid(ssl, &hash) : SSL_get_signature_nid(ssl, &hash));
    for (size_t i = 0; i < SIGALGS; i++) {
        if (sigalgs[i].key == key && sigalgs[i].hash == hash) {
            return sigalgs[i].code;
        }
    }
    return 0;
}

/* list_suites adds every suite of the tables that OpenSSL has; some need a connection to ask. */
static size_t list_suites(uint16_t *out, size_t cap) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = ctx != NULL ? SSL_new(ctx) : NULL;
    size_t n = 0;
    for (size_t i = 0; ssl != NULL && i < parley_suite_count && n < cap; i++) {
        bool psk = parley_suites[i].authentication == PARLEY_AUTH_PSK;
        if (!psk && cipher_of(ssl, parley_suites[i].code) != NULL) {
            out[n++] = parley_suites[i].code;
        }
    }
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    return n;
}

void openssl_capabilities(struct parley_capabilities *out) {
    static uint16_t suite_codes[MAX_LISTED], group_codes[MAX_LISTED], sigalg_codes[SIGALGS];
    for (size_t i = 0; i < SIGALGS; i++) {
        sigalg_codes[i] = sigalgs[i].code;
    }
    *out = (struct parley_capabilities){
        .features = PARLEY_CAP_CLIENT | PARLEY_CAP_SERVER | PARLEY_CAP_TLS12 | PARLEY_CAP_TLS13 |
                    PARLEY_CAP_CLIENT_AUTH | PARLEY_CAP_POST_HANDSHAKE_AUTH | PARLEY_CAP_ALPN |
                    PARLEY_CAP_SERVER_NAME | PARLEY_CAP_SESSION_ID | PARLEY_CAP_TICKET |
                    PARLEY_CAP_RESUMPTION_PSK | PARLEY_CAP_EARLY_DATA | PARLEY_CAP_HELLO_RETRY |
                    PARLEY_CAP_KEY_UPDATE | PARLEY_CAP_EXPORTER | PARLEY_CAP_KEY_LOG |
                    PARLEY_CAP_DETERMINISTIC,
        .suites = suite_codes,
        .suite_count = list_suites(suite_codes, MAX_LISTED),
        .groups = group_codes,
        .group_count = adapter_codes(groups, group_codes, MAX_LISTED),
        .sigalgs = sigalg_codes,
        .sigalg_count = SIGALGS,
    };
}

/* add_name appends |name| to a list with colons. */
static void add_name(char list[LIST_SIZE], const char *name) {
    size_t n = strlen(list);
    (void)snprintf(list + n, LIST_SIZE - n, "%s%s", n > 0 ? ":" : "", name);
}

/* set_suites: those of TLS 1.3 have a list of their own. */
static bool set_suites(SSL_CTX *ctx, const struct parley_endpoint_options *o) {
    char lists[2][LIST_SIZE] = {"", ""};
    SSL *ssl = SSL_new(ctx);
    for (size_t i = 0; ssl != NULL && i < o->suite_count; i++) {
        const SSL_CIPHER *cipher = cipher_of(ssl, o->suites[i]);
        if (cipher != NULL) {
            bool tls13 = o->suites[i] >> 8 == 0x13;
            add_name(lists[tls13], SSL_CIPHER_get_name(cipher));
        }
    }
    SSL_free(ssl);
    /* An empty list of TLS 1.3's suites is allowed; one of TLS 1.2's is not, and then not needed.
     */
    return SSL_CTX_set_ciphersuites(ctx, lists[1]) == 1 &&
           (lists[0][0] != '\0' ? SSL_CTX_set_cipher_list(ctx, lists[0]) == 1
                                : lists[1][0] != '\0');
}

static bool set_groups(SSL_CTX *ctx, const struct parley_endpoint_options *o) {
    int nids[MAX_LISTED];
    int n = 0;
    for (size_t i = 0; i < o->group_count && n < MAX_LISTED; i++) {
        int nid = adapter_theirs(groups, o->groups[i]);
        if (nid != 0) {
            nids[n++] = nid;
        }
    }
    return n > 0 && SSL_CTX_set1_groups(ctx, nids, n) == 1;
}

static bool set_sigalgs(SSL_CTX *ctx, const struct parley_endpoint_options *o) {
    char list[LIST_SIZE] = "";
    for (size_t i = 0; i < o->sigalg_count; i++) {
        const struct parley_sigalg *sigalg = parley_sigalg_find(o->sigalgs[i]);
        if (sigalg != NULL) {
            add_name(list, sigalg->name);
        }
    }
    return SSL_CTX_set1_sigalgs_list(ctx, list) == 1;
}

bool openssl_set_lists(SSL_CTX *ctx, const struct parley_endpoint_options *o,
                       struct parley_stack_problem *problem) {
    if (o->suites != NULL && !set_suites(ctx, o)) {
        return adapter_unsupported(problem, "none of the suites: %s", libssl_reason());
    }
    if (o->groups != NULL && !set_groups(ctx, o)) {
        return adapter_unsupported(problem, "none of the groups: %s", libssl_reason());
    }
    if (o->sigalgs != NULL && !set_sigalgs(ctx, o)) {
        return adapter_unsupported(problem, "none of the signature schemes: %s", libssl_reason());
    }
    return true;
}
