/* A hello read, a certificate decoded: OpenSSL and BoringSSL have the same names for this, so this
 * is compiled with either. */
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "fuzzers/other_libssl.h"

void other_accept(SSL_CTX *context, struct parley_bytes body) {
    static uint8_t record[OTHER_RECORD_MAX];
    size_t len = other_record(body, record);
    ERR_clear_error();
    SSL *ssl = SSL_new(context);
    BIO *in = BIO_new_mem_buf(record, (int)len), *sink = BIO_new(BIO_s_mem());
    if (ssl == NULL || in == NULL || sink == NULL) {
        abort();
    }
    SSL_set_bio(ssl, in, sink);
    (void)SSL_accept(ssl);
    SSL_free(ssl);
}

/* Takes what an i2d function made: a copy in |room|. */
static struct parley_bytes keep_encoding(struct other_room *room, unsigned char *encoded, int len) {
    struct parley_bytes kept = other_keep(room, encoded, len > 0 ? (size_t)len : 0);
    OPENSSL_free(encoded);
    return kept;
}

static bool same(struct parley_bytes a, struct parley_bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* Names are kept as they came, so they are put together again. */
static bool name_is_der(struct other_room *room, X509_NAME *name) {
    X509_NAME *copy = X509_NAME_new();
    unsigned char *as_it_came = NULL, *again = NULL;
    int set = -1;
    bool fine = copy != NULL;
    for (int i = 0; fine && i < X509_NAME_entry_count(name); i++) {
        X509_NAME_ENTRY *entry = X509_NAME_get_entry(name, i);
        bool same_set = X509_NAME_ENTRY_set(entry) == set;
        set = X509_NAME_ENTRY_set(entry);
        fine = X509_NAME_add_entry(copy, entry, -1, same_set ? -1 : 0) == 1;
    }
    int len = i2d_X509_NAME(name, &as_it_came);
    struct parley_bytes before = keep_encoding(room, as_it_came, len);
    len = fine ? i2d_X509_NAME(copy, &again) : 0;
    struct parley_bytes after = keep_encoding(room, again, len);
    X509_NAME_free(copy);
    return same(before, after);
}

/* The inside of extensions is kept as it came, too. */
static bool usage_is_der(struct other_room *room, const X509 *x509) {
    int at = X509_get_ext_by_NID(x509, NID_key_usage, -1);
    if (at < 0) {
        return true;
    }
    X509_EXTENSION *extension = X509_get_ext(x509, at);
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(extension);
    ASN1_BIT_STRING *bits = X509V3_EXT_d2i(extension);
    unsigned char *encoded = NULL;
    int len = bits != NULL ? i2d_ASN1_BIT_STRING(bits, &encoded) : 0;
    struct parley_bytes after = keep_encoding(room, encoded, len);
    ASN1_BIT_STRING_free(bits);
    return same(after, (struct parley_bytes){ASN1_STRING_get0_data(value),
                                             (size_t)ASN1_STRING_length(value)});
}

/* What was signed is kept as it came, unless it is encoded again. */
static bool is_der(struct other_room *room, X509 *x509, struct parley_bytes der) {
    unsigned char *encoded = NULL;
    int len = i2d_re_X509_tbs(x509, &encoded);
    struct parley_bytes signed_part = keep_encoding(room, encoded, len);
    encoded = NULL;
    len = i2d_X509(x509, &encoded);
    struct parley_bytes all = keep_encoding(room, encoded, len);
    return signed_part.len > 0 && same(all, der) && name_is_der(room, X509_get_issuer_name(x509)) &&
           name_is_der(room, X509_get_subject_name(x509));
}

void other_certificate(struct other_room *room, struct parley_bytes der,
                       struct parley_seen_certificate *out) {
    const unsigned char *at = der.data;
    *out = (struct parley_seen_certificate){.decoded = false};
    room->used = 0;
    X509 *x509 = der.len != 0 ? d2i_X509(NULL, &at, (long)der.len) : NULL;
    if (x509 != NULL && at == der.data + der.len) {
        unsigned char *key = NULL;
        int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &key);
        out->decoded = true;
        out->subject_public_key_info = keep_encoding(room, key, len);
        out->knows_usage =
            (X509_get_extension_flags(x509) & EXFLAG_INVALID) == 0 && usage_is_der(room, x509);
        out->key_usage = X509_get_key_usage(x509);
        out->is_der = is_der(room, x509, der);
    }
    X509_free(x509);
    ERR_clear_error();
}
