/* Trust: roots, verification of chains under them (RFC 5280 by libcrypto, RFC 6125), and a memory
 * of what verified, so that a repeated handshake decodes no certificate. */
#include "engine/trust.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/bytestring.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "engine/leaf.h"

#define MEMORY 16    /* remembered chains */
#define CHAIN_MAX 16 /* longer ones are verified, but not remembered */

enum purpose { LEAF_ONLY, CLIENT_CERTIFICATE, SERVER_CERTIFICATE };

/* question is all that the answer depends on, but for the time. */
struct question {
    enum purpose purpose;
    const char *host; /* "": not checked */
    const struct parley_bytes *certificates;
    size_t count;
};

/* memory is a remembered success: it holds for times in [from, until). */
struct memory {
    EVP_PKEY *key; /* NULL: empty */
    enum purpose purpose;
    int64_t from;
    int64_t until;
    char host[PARLEY_NAME_MAX + 1];
    size_t count;
    size_t lengths[CHAIN_MAX];
    uint8_t *bytes; /* of all certificates */
    size_t capacity;
};

struct parley_trust {
    X509_STORE *store;
    struct memory memory[MEMORY];
    size_t next; /* slot of the next memory */
};

struct parley_trust *parley_trust_new(void) {
    struct parley_trust *trust = calloc(1, sizeof(*trust));
    if (trust != NULL) {
        trust->store = X509_STORE_new();
        if (trust->store == NULL) {
            free(trust);
            trust = NULL;
        }
    }
    return trust;
}

void parley_trust_free(struct parley_trust *trust) {
    if (trust == NULL) {
        return;
    }
    for (size_t i = 0; i < MEMORY; i++) {
        EVP_PKEY_free(trust->memory[i].key);
        free(trust->memory[i].bytes);
    }
    X509_STORE_free(trust->store);
    free(trust);
}

bool parley_trust_add_pem(struct parley_trust *trust, struct parley_bytes pem, const char **why) {
    BIO *bio = BIO_new_mem_buf(pem.data, (ossl_ssize_t)pem.len);
    const char *reason = bio == NULL ? "out of memory" : NULL;
    size_t added = 0;
    while (reason == NULL) {
        X509 *x509 = PEM_read_bio_X509(bio, NULL, NULL, NULL);
        if (x509 == NULL) {
            if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
                reason = "a root certificate cannot be decoded";
            } else if (added == 0) {
                reason = "there is no root certificate";
            }
            break;
        }
        if (!X509_STORE_add_cert(trust->store, x509)) {
            reason = "out of memory";
        }
        added++;
        X509_free(x509);
    }
    BIO_free(bio);
    ERR_clear_error();
    if (reason != NULL) {
        *why = reason;
        return false;
    }
    return true;
}

/* ---- Memory ---- */

static bool same(const struct memory *m, const struct question *q) {
    if (m->key == NULL || m->purpose != q->purpose || m->count != q->count) {
        return false;
    }
    for (size_t i = 0; i < q->count; i++) {
        if (m->lengths[i] != q->certificates[i].len) {
            return false;
        }
    }
    const uint8_t *p = m->bytes;
    for (size_t i = 0; i < q->count; p += m->lengths[i++]) {
        if (m->lengths[i] > 0 && memcmp(p, q->certificates[i].data, m->lengths[i]) != 0) {
            return false;
        }
    }
    return strcmp(m->host, q->host) == 0;
}

/* recall returns a new reference to the remembered key, or NULL. */
static EVP_PKEY *recall(struct parley_trust *trust, const struct question *q, int64_t time) {
    for (size_t i = 0; i < MEMORY; i++) {
        const struct memory *m = &trust->memory[i];
        if (time >= m->from && time < m->until && same(m, q)) {
            EVP_PKEY_up_ref(m->key);
            return m->key;
        }
    }
    return NULL;
}

/* remember takes its own reference to |key|. It may forget: then the work is done again. */
static void remember(struct parley_trust *trust, const struct question *q, int64_t from,
                     int64_t until, EVP_PKEY *key) {
    size_t total = 0;
    size_t host_len = strlen(q->host);
    if (q->count > CHAIN_MAX || host_len > PARLEY_NAME_MAX) {
        return;
    }
    for (size_t i = 0; i < q->count; i++) {
        total += q->certificates[i].len;
    }
    struct memory *m = &trust->memory[trust->next];
    if (m->capacity < total) {
        uint8_t *grown = realloc(m->bytes, total);
        if (grown == NULL) {
            return;
        }
        m->bytes = grown;
        m->capacity = total;
    }
    trust->next = (trust->next + 1) % MEMORY;
    uint8_t *p = m->bytes;
    for (size_t i = 0; i < q->count; p += q->certificates[i++].len) {
        m->lengths[i] = q->certificates[i].len;
        if (m->lengths[i] > 0) {
            memcpy(p, q->certificates[i].data, m->lengths[i]);
        }
    }
    EVP_PKEY_free(m->key);
    EVP_PKEY_up_ref(key);
    m->key = key;
    m->purpose = q->purpose;
    m->from = from;
    m->until = until;
    m->count = q->count;
    memcpy(m->host, q->host, host_len + 1);
}

/* ---- Verification ---- */

/* error_of maps libcrypto's verdict to ours (RFC 8446 6.2). */
static enum parley_error error_of(int verdict) {
    switch (verdict) {
    case X509_V_ERR_CERT_NOT_YET_VALID:
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return PARLEY_ERR_certificate_expired;
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_UNABLE_TO_DECRYPT_CERT_SIGNATURE:
    case X509_V_ERR_ERROR_IN_CERT_NOT_BEFORE_FIELD:
    case X509_V_ERR_ERROR_IN_CERT_NOT_AFTER_FIELD:
    case X509_V_ERR_INVALID_EXTENSION:
        return PARLEY_ERR_bad_certificate;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_CHAIN_TOO_LONG:
    case X509_V_ERR_CERT_UNTRUSTED:
    case X509_V_ERR_INVALID_CA:
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
        return PARLEY_ERR_unknown_ca;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return PARLEY_ERR_wrong_host;
    case X509_V_ERR_INVALID_PURPOSE:
    case X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION:
    case X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY:
        return PARLEY_ERR_unsupported_certificate;
    case X509_V_ERR_OUT_OF_MEM:
        return PARLEY_ERR_crypto_failed;
    default:
        return PARLEY_ERR_certificate_unknown;
    }
}

/* decode decodes exactly one certificate. */
static X509 *decode(struct parley_bytes der) {
    const uint8_t *p = der.data;
    X509 *x509 = der.len > 0 ? d2i_X509(NULL, &p, (long)der.len) : NULL;
    if (x509 != NULL && p != der.data + der.len) {
        X509_free(x509);
        x509 = NULL;
    }
    return x509;
}

/* decode_chain returns the certificates from the second on and the first in |*leaf|, or NULL. */
static STACK_OF(X509) * decode_chain(const struct question *q, X509 **leaf) {
    STACK_OF(X509) *others = sk_X509_new_null();
    *leaf = NULL;
    for (size_t i = 0; others != NULL && i < q->count; i++) {
        X509 *x509 = decode(q->certificates[i]);
        if (x509 != NULL && i == 0) {
            *leaf = x509;
        } else if (x509 == NULL || !sk_X509_push(others, x509)) {
            X509_free(x509);
            sk_X509_pop_free(others, X509_free);
            others = NULL;
        }
    }
    return others;
}

/* set_host tells libcrypto the name to check; false if it is none. */
static bool set_host(X509_VERIFY_PARAM *param, const char *host) {
    uint8_t address[16];
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (inet_pton(AF_INET, host, address) == 1) {
        return X509_VERIFY_PARAM_set1_ip(param, address, 4);
    }
    if (inet_pton(AF_INET6, host, address) == 1) {
        return X509_VERIFY_PARAM_set1_ip(param, address, 16);
    }
    return X509_VERIFY_PARAM_set1_host(param, host, strlen(host));
}

/* signs returns whether a leaf may be used as |purpose|. What libcrypto's purpose leaves open:
 * client certificates and all keys but RSA are only used to sign. */
static bool signs(X509 *leaf, const EVP_PKEY *key, enum purpose purpose) {
    return (purpose == SERVER_CERTIFICATE && EVP_PKEY_id(key) == EVP_PKEY_RSA) ||
           (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) != 0;
}

/* narrow reduces [from, until) to the time in which every certificate of |chain| is valid. */
static bool narrow(const STACK_OF(X509) * chain, int64_t *from, int64_t *until) {
    *from = INT64_MIN;
    *until = INT64_MAX;
    for (size_t i = 0; i < sk_X509_num(chain); i++) {
        const X509 *x509 = sk_X509_value(chain, i);
        int64_t first, end;
        if (!ASN1_TIME_to_posix(X509_get0_notBefore(x509), &first) ||
            !ASN1_TIME_to_posix(X509_get0_notAfter(x509), &end)) {
            return false;
        }
        *from = first > *from ? first : *from;
        *until = end < *until ? end : *until;
    }
    return true;
}

/* check runs libcrypto's verification and gives the time for which its answer stands. */
static enum parley_error check(X509_STORE *store, const struct question *q, X509 *leaf,
                               STACK_OF(X509) * others, int64_t time, int64_t *from,
                               int64_t *until) {
    enum parley_error error = PARLEY_ERR_crypto_failed;
    bool server = q->purpose == SERVER_CERTIFICATE;
    X509_STORE_CTX *ctx = X509_STORE_CTX_new();
    if (ctx == NULL || !X509_STORE_CTX_init(ctx, store, leaf, others)) {
        goto done;
    }
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
    /* A trusted certificate ends the chain wherever it stands, also a pinned leaf. */
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_time(param, (time_t)time);
    if (!X509_VERIFY_PARAM_set_purpose(param, server ? X509_PURPOSE_SSL_SERVER
                                                     : X509_PURPOSE_SSL_CLIENT) ||
        !X509_VERIFY_PARAM_set_trust(param,
                                     server ? X509_TRUST_SSL_SERVER : X509_TRUST_SSL_CLIENT)) {
        goto done;
    }
    if (q->host[0] != '\0' && !set_host(param, q->host)) {
        error = PARLEY_ERR_wrong_host;
    } else if (X509_verify_cert(ctx) != 1) {
        error = error_of(X509_STORE_CTX_get_error(ctx));
    } else if (narrow(X509_STORE_CTX_get0_chain(ctx), from, until)) {
        error = PARLEY_OK;
    }
done:
    X509_STORE_CTX_free(ctx);
    return error;
}

enum parley_error trust_verify(struct parley_trust *trust, const struct parley_bytes *certificates,
                               size_t count, const char *host, bool server_certificate,
                               int64_t time, EVP_PKEY **key) {
    struct question q = {server_certificate ? SERVER_CERTIFICATE : CLIENT_CERTIFICATE,
                         host != NULL ? host : "", certificates, count};
    enum parley_error error = PARLEY_ERR_bad_certificate;
    int64_t from = 0, until = 0;
    X509 *leaf = NULL;
    *key = recall(trust, &q, time);
    if (*key != NULL) {
        return PARLEY_OK;
    }
    STACK_OF(X509) *others = decode_chain(&q, &leaf);
    if (leaf != NULL && others != NULL) {
        error = check(trust->store, &q, leaf, others, time, &from, &until);
    } else if (count > 0 && leaf == NULL) {
        error = PARLEY_ERR_undecodable_certificate;
    }
    if (error == PARLEY_OK) {
        *key = X509_get_pubkey(leaf);
        if (*key == NULL || !signs(leaf, *key, q.purpose)) {
            EVP_PKEY_free(*key);
            *key = NULL;
            error = PARLEY_ERR_unsupported_certificate;
        } else {
            remember(trust, &q, from, until, *key);
        }
    }
    sk_X509_pop_free(others, X509_free);
    X509_free(leaf);
    ERR_clear_error();
    return error;
}

/* ---- Leaves that nobody verifies ---- */

enum parley_error trust_leaf(struct parley_trust *trust, struct parley_bytes leaf, EVP_PKEY **key) {
    struct question q = {LEAF_ONLY, "", &leaf, 1};
    CBS spki;
    *key = trust != NULL ? recall(trust, &q, 0) : NULL;
    if (*key != NULL) {
        return PARLEY_OK;
    }
    if (!leaf_key(leaf, &spki)) {
        return PARLEY_ERR_undecodable_certificate;
    }
    *key = EVP_parse_public_key(&spki);
    if (*key == NULL) {
        uint32_t why = ERR_peek_last_error();
        ERR_clear_error();
        return ERR_GET_LIB(why) == ERR_LIB_EVP && ERR_GET_REASON(why) == EVP_R_UNSUPPORTED_ALGORITHM
                   ? PARLEY_ERR_unsupported_certificate
                   : PARLEY_ERR_bad_certificate;
    }
    if (trust != NULL) {
        remember(trust, &q, INT64_MIN, INT64_MAX, *key);
    }
    return PARLEY_OK;
}
