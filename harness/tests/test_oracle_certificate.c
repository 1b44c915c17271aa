/* The oracle of two readings of a certificate: silent where they agree, and it fires on each lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/mem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "parley/oracle.h"
#include "parley/pki.h"

/* A leaf of the test CA, and an honest account of it. */
static struct parley_pki *pki;
static struct parley_credential *credential;
static struct parley_bytes leaf;
static uint8_t *key;
static struct parley_seen_certificate honest;

static int make_leaf(void **state) {
    const char *why = NULL;
    (void)state;
    pki = parley_pki_new(1);
    assert_non_null(pki);
    const struct parley_pki_entry *entry = parley_pki_entry(pki, "server-rsa");
    credential = parley_credential_from_pem(entry->certificates, entry->private_key, &why);
    assert_non_null(credential);
    leaf = parley_credential_certificate(credential, 0);
    const uint8_t *at = leaf.data;
    X509 *x509 = d2i_X509(NULL, &at, (long)leaf.len);
    assert_non_null(x509);
    int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &key);
    assert_true(len > 0);
    honest = (struct parley_seen_certificate){
        .decoded = true,
        .is_der = true,
        .subject_public_key_info = {key, (size_t)len},
        .knows_usage = true,
        .key_usage = X509_get_key_usage(x509),
    };
    X509_free(x509);
    return 0;
}

static int free_leaf(void **state) {
    (void)state;
    OPENSSL_free(key);
    parley_credential_free(credential);
    parley_pki_free(pki);
    return 0;
}

static void expect(struct parley_bytes in, const struct parley_seen_certificate *seen,
                   const char *oracle, const char *what) {
    struct parley_finding finding = parley_oracle_certificate(in, seen);
    const char *found = finding.oracle != NULL ? finding.oracle : "silence";
    if (strcmp(found, oracle != NULL ? oracle : "silence") != 0) {
        fail_msg("%s: %s instead of %s", what, found, oracle != NULL ? oracle : "silence");
    }
}

static void test_key(void **state) {
    (void)state;
    struct parley_seen_certificate seen = honest;
    expect(leaf, &seen, NULL, "the same");
    seen.subject_public_key_info.len--;
    expect(leaf, &seen, "key", "a shorter key");
    seen = honest;
    seen.subject_public_key_info.data = leaf.data;
    expect(leaf, &seen, "key", "another key");
    expect((struct parley_bytes){leaf.data, leaf.len - 1}, &honest, "key", "half a certificate");
}

static void test_usage(void **state) {
    (void)state;
    struct parley_seen_certificate seen = honest;
    assert_int_not_equal(honest.key_usage, UINT32_MAX); /* it says what it is for */
    seen.key_usage ^= KU_DIGITAL_SIGNATURE;
    expect(leaf, &seen, "usage", "other signatures");
    seen.key_usage = honest.key_usage ^ KU_KEY_ENCIPHERMENT;
    expect(leaf, &seen, "usage", "other decryption");
    seen.key_usage = honest.key_usage ^ KU_CRL_SIGN;
    expect(leaf, &seen, NULL, "what no handshake asks");
    seen.key_usage ^= KU_DIGITAL_SIGNATURE;
    seen.knows_usage = false;
    expect(leaf, &seen, NULL, "it cannot say");
}

static void test_other_encodings(void **state) {
    (void)state;
    struct parley_seen_certificate seen = honest;
    const struct parley_bytes half = {leaf.data, leaf.len - 1};
    seen.is_der = false;
    expect(half, &seen, NULL, "not in DER");
    seen.decoded = false;
    expect(half, &seen, NULL, "both refuse");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_usage),
        cmocka_unit_test(test_other_encodings),
    };
    return cmocka_run_group_tests_name("oracle of certificates", tests, make_leaf, free_leaf);
}
