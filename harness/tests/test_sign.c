/* Signatures and RSA encryption: there and back, against libcrypto's own signing and verifying, the
 * same from the same randomness, and nothing changed that still verifies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/curve25519.h>
#include <openssl/digest.h>
#include <openssl/ec_key.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/nid.h>
#include <openssl/rsa.h>

#include "engine/credential.h"
#include "engine/sign.h"
#include "engine/trust.h"
#include "parley/pki.h"
#include "tests/support_vectors.h"
#include "tests/support_random.h"

static size_t checked;
static struct parley_pki *pki;

enum { RSA_2048, P256, P384, P521, ED25519, KEYS };
static const char *const key_names[KEYS] = {"server-rsa", "server-ecdsa-p256", "server-ecdsa-p384",
                                            "server-ecdsa-p521", "server-ed25519"};
static struct parley_credential *credentials[KEYS];

static int set_up(void **state) {
    (void)state;
    const char *why;
    pki = parley_pki_new(1);
    for (size_t i = 0; pki != NULL && i < KEYS; i++) {
        const struct parley_pki_entry *entry = parley_pki_entry(pki, key_names[i]);
        credentials[i] = parley_credential_from_pem(entry->certificates, entry->private_key, &why);
    }
    return pki == NULL;
}

static int tear_down(void **state) {
    (void)state;
    for (size_t i = 0; i < KEYS; i++) {
        parley_credential_free(credentials[i]);
    }
    parley_pki_free(pki);
    return 0;
}

/* counting is a seeded source that counts what is drawn. */
struct counting {
    struct parley_seeded seeded;
    size_t drawn;
};

static void counting_fill(void *arg, uint8_t *out, size_t len) {
    struct counting *c = arg;
    struct parley_random inner = parley_seeded_random(&c->seeded);
    random_fill(&inner, out, len);
    c->drawn += len;
}

static struct parley_random counting_start(struct counting *c, uint64_t seed) {
    parley_seeded_init(&c->seeded, seed, 0);
    c->drawn = 0;
    return (struct parley_random){counting_fill, c};
}

static const EVP_MD *md_of(enum parley_hash hash) {
    switch (hash) {
    case PARLEY_HASH_NONE:
        return NULL;
    case PARLEY_HASH_SHA1:
        return EVP_sha1();
    case PARLEY_HASH_SHA256:
        return EVP_sha256();
    case PARLEY_HASH_SHA384:
        return EVP_sha384();
    default:
        return EVP_sha512();
    }
}

/* configure makes an EVP context do what |scheme| asks for. */
static bool configure(EVP_PKEY_CTX *ctx, const struct parley_sigalg *scheme) {
    return scheme->key != PARLEY_KEY_RSA_PSS ||
           (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) &&
            EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, -1));
}

static bool libcrypto_verify(EVP_PKEY *key, const struct parley_sigalg *scheme,
                             struct parley_bytes content, struct parley_bytes signature) {
    EVP_MD_CTX ctx;
    EVP_PKEY_CTX *pctx;
    EVP_MD_CTX_init(&ctx);
    bool ok = EVP_DigestVerifyInit(&ctx, &pctx, md_of(scheme->hash), NULL, key) &&
              configure(pctx, scheme) &&
              EVP_DigestVerify(&ctx, signature.data, signature.len, content.data, content.len);
    EVP_MD_CTX_cleanup(&ctx);
    ERR_clear_error();
    return ok;
}

static size_t libcrypto_sign(EVP_PKEY *key, const struct parley_sigalg *scheme,
                             struct parley_bytes content, uint8_t out[SIGNATURE_MAX]) {
    EVP_MD_CTX ctx;
    EVP_PKEY_CTX *pctx;
    size_t len = SIGNATURE_MAX;
    EVP_MD_CTX_init(&ctx);
    assert_true(EVP_DigestSignInit(&ctx, &pctx, md_of(scheme->hash), NULL, key) &&
                configure(pctx, scheme) &&
                EVP_DigestSign(&ctx, out, &len, content.data, content.len));
    EVP_MD_CTX_cleanup(&ctx);
    return len;
}

/* Schemes against keys, as RFC 8446 4.2.3 and RFC 8422 5.1.3 have it. */
static void fits(void **state) {
    (void)state;
    for (size_t i = 0; i < parley_sigalg_count; i++) {
        const struct parley_sigalg *s = &parley_sigalgs[i];
        for (size_t k = 0; k < KEYS; k++) {
            bool type = s->key == PARLEY_KEY_RSA || s->key == PARLEY_KEY_RSA_PSS ? k == RSA_2048
                        : s->key == PARLEY_KEY_ECDSA   ? k >= P256 && k <= P521
                        : s->key == PARLEY_KEY_ED25519 ? k == ED25519
                                                       : false;
            bool tls13 = type && s->tls13 &&
                         (s->key != PARLEY_KEY_ECDSA || s->curve == credentials[k]->curve);
            assert_int_equal(sign_fits(credentials[k]->key, s, PARLEY_TLS12), type);
            assert_int_equal(sign_fits(credentials[k]->key, s, PARLEY_TLS13), tls13);
            checked++;
        }
    }
}

/* An RSA key of 1024 bits is too short for PSS with SHA-512 (RFC 8446 4.2.3), one of 512 for more.
 */
static void short_rsa(void **state) {
    (void)state;
    const struct {
        int bits;
        uint16_t scheme;
        bool fits;
    } rows[] = {
        {1024, PARLEY_SIGALG_rsa_pss_rsae_sha512, false},
        {1024, PARLEY_SIGALG_rsa_pss_rsae_sha384, true},
        {1024, PARLEY_SIGALG_rsa_pkcs1_sha512, true},
        {1033, PARLEY_SIGALG_rsa_pss_rsae_sha512, false},
        {1041, PARLEY_SIGALG_rsa_pss_rsae_sha512, true},
        {512, PARLEY_SIGALG_rsa_pss_rsae_sha256, false},
        {512, PARLEY_SIGALG_rsa_pkcs1_sha256, true},
        {512, PARLEY_SIGALG_rsa_pkcs1_sha384, false},
        {512, PARLEY_SIGALG_rsa_pkcs1_sha1, true},
    };
    struct parley_random random = test_random(8);
    BIGNUM *e = BN_new();
    assert_true(e != NULL && BN_set_word(e, 65537));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct parley_sigalg *scheme = parley_sigalg_find(rows[i].scheme);
        EVP_PKEY *key = EVP_PKEY_new();
        RSA *rsa = RSA_new();
        uint8_t content[3] = "abc", out[SIGNATURE_MAX], pre[48] = {3, 3};
        struct parley_bytes signature = {out, 0};
        assert_true(key != NULL && EVP_PKEY_assign_RSA(key, rsa));
        /* libcrypto rounds the bits of what it makes; those of an odd length are only measured. */
        if (rows[i].bits % 64 == 0) {
            assert_true(RSA_generate_key_ex(rsa, rows[i].bits, e, NULL));
            assert_int_equal(sign_create(key, scheme, (struct parley_bytes){content, 3}, &random,
                                         NULL, out, &signature.len),
                             rows[i].fits);
            if (rows[i].fits) {
                assert_true(
                    sign_verify(key, scheme, (struct parley_bytes){content, 3}, signature, NULL));
            }
            assert_true(premaster_encrypt(key, pre, NULL, &random, NULL, out, &signature.len) ==
                        (rows[i].bits >= 8 * (48 + 11)));
            premaster_decrypt(key, signature, 0x0303, &random, NULL, pre);
        } else {
            BIGNUM *n = BN_new();
            assert_true(n != NULL && BN_set_bit(n, rows[i].bits - 1) && BN_set_bit(n, 0) &&
                        RSA_set0_key(rsa, n, BN_dup(e), NULL));
        }
        assert_int_equal(sign_fits(key, scheme, PARLEY_TLS12), rows[i].fits);
        assert_int_equal(ERR_peek_error(), 0);
        EVP_PKEY_free(key);
        checked++;
    }
    BN_free(e);
}

/* Ours verifies with libcrypto and theirs with us; equal randomness gives the equal signature. */
static void check_scheme(EVP_PKEY *key, const struct parley_sigalg *scheme) {
    static uint8_t content[200];
    for (uint64_t seed = 0; seed < 12; seed++) {
        struct counting source;
        uint8_t out[SIGNATURE_MAX], again[SIGNATURE_MAX];
        struct parley_bytes in = {content, seed * 17}, signature = {out, 0};
        size_t len;
        memset(content, (int)seed, sizeof(content));
        struct parley_random random = counting_start(&source, seed);
        assert_true(sign_create(key, scheme, in, &random, NULL, out, &signature.len));
        size_t drawn = scheme->key == PARLEY_KEY_ECDSA     ? 32
                       : scheme->key == PARLEY_KEY_RSA_PSS ? parley_hash_length(scheme->hash)
                                                           : 0;
        assert_int_equal(source.drawn, drawn);
        assert_true(sign_verify(key, scheme, in, signature, NULL));
        assert_true(libcrypto_verify(key, scheme, in, signature));
        random = counting_start(&source, seed);
        assert_true(sign_create(key, scheme, in, &random, NULL, again, &len));
        assert_int_equal(len, signature.len);
        assert_memory_equal(again, out, len);
        random = counting_start(&source, seed + 100);
        assert_true(sign_create(key, scheme, in, &random, NULL, again, &len));
        assert_int_equal(drawn == 0, len == signature.len && memcmp(again, out, len) == 0);
        signature.len = libcrypto_sign(key, scheme, in, out);
        assert_true(sign_verify(key, scheme, in, signature, NULL));
        checked += 4;
    }
}

/* Each bit of content and signature flipped, each shorter and one longer signature. */
static void check_corrupted(EVP_PKEY *key, const struct parley_sigalg *scheme) {
    uint8_t content[48], out[SIGNATURE_MAX + 1];
    struct counting source;
    struct parley_random random = counting_start(&source, 5);
    struct parley_bytes in = {content, sizeof(content)}, signature = {out, 0};
    random_fill(&random, content, sizeof(content));
    assert_true(sign_create(key, scheme, in, &random, NULL, out, &signature.len));
    /* The slow curves by one bit of each byte only. */
    size_t step =
        scheme->key == PARLEY_KEY_ECDSA && scheme->curve != PARLEY_GROUP_secp256r1 ? 9 : 1;
    for (size_t bit = 0; bit < 8 * signature.len; bit += step) {
        out[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_false(sign_verify(key, scheme, in, signature, NULL));
        out[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        checked++;
    }
    for (size_t bit = 0; bit < 8 * sizeof(content); bit += step) {
        content[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_false(sign_verify(key, scheme, in, signature, NULL));
        content[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        checked++;
    }
    out[signature.len] = 0;
    for (size_t len = 0; len <= signature.len + 1; len++) {
        struct parley_bytes other = {out, len};
        assert_int_equal(sign_verify(key, scheme, in, other, NULL), len == signature.len);
        checked++;
    }
    assert_int_equal(ERR_peek_error(), 0);
}

static void schemes(void **state) {
    (void)state;
    for (size_t i = 0; i < parley_sigalg_count; i++) {
        for (size_t k = 0; k < KEYS; k++) {
            EVP_PKEY *key = credentials[k]->key;
            const struct parley_sigalg *scheme = &parley_sigalgs[i];
            if (sign_fits(key, scheme, scheme->tls13 ? PARLEY_TLS13 : PARLEY_TLS12)) {
                check_scheme(key, scheme);
                check_corrupted(key, scheme);
            }
        }
    }
}

/* TLS 1.2 has ECDSA schemes with any curve (RFC 8422 5.1.3): hashes longer than the order, too. */
static void other_curves(void **state) {
    (void)state;
    for (size_t i = 0; i < parley_sigalg_count; i++) {
        for (size_t k = P256; parley_sigalgs[i].key == PARLEY_KEY_ECDSA && k <= P521; k++) {
            check_scheme(credentials[k]->key, &parley_sigalgs[i]);
        }
    }
}

/* A key of the wrong type neither signs nor verifies, and leaves no error behind. */
static void wrong_keys(void **state) {
    (void)state;
    struct parley_random random = test_random(9);
    uint8_t out[SIGNATURE_MAX] = {0};
    struct parley_bytes in = {out, 64};
    size_t len;
    for (size_t i = 0; i < parley_sigalg_count; i++) {
        for (size_t k = 0; k < KEYS; k++) {
            EVP_PKEY *key = credentials[k]->key;
            if (!sign_fits(key, &parley_sigalgs[i], PARLEY_TLS12)) {
                assert_false(sign_create(key, &parley_sigalgs[i], in, &random, NULL, out, &len));
                assert_false(sign_verify(key, &parley_sigalgs[i], in, in, NULL));
                checked++;
            }
        }
    }
    assert_false(premaster_encrypt(credentials[P256]->key, out, NULL, &random, NULL, out, &len));
    assert_int_equal(ERR_peek_error(), 0);
}

/* The signatures of RFC 8448's first trace (PSS, with a 1024-bit key) and of the illustrated
 * TLS 1.2 connection (PKCS#1). */
static void published(void **state) {
    (void)state;
    struct parley_vectors v;
    EVP_PKEY *key = EVP_PKEY_new();
    RSA *rsa = RSA_new();
    assert_true(parley_vectors_open(&v, "harness/tests/vectors/rfc8448.txt"));
    struct parley_bytes n = parley_vector_get(&v, "server_rsa_key", "modulus");
    struct parley_bytes e = parley_vector_get(&v, "server_rsa_key", "public_exponent");
    struct parley_bytes verify = parley_vector_get(&v, "simple_1rtt", "certificate_verify");
    assert_true(
        key != NULL && EVP_PKEY_assign_RSA(key, rsa) &&
        RSA_set0_key(rsa, BN_bin2bn(n.data, n.len, NULL), BN_bin2bn(e.data, e.len, NULL), NULL));
    /* handshake header, scheme, length, signature */
    assert_true(sign_verify(key, parley_sigalg_find(PARLEY_SIGALG_rsa_pss_rsae_sha256),
                            parley_vector_get(&v, "simple_1rtt", "certificate_verify_content"),
                            (struct parley_bytes){verify.data + 8, verify.len - 8}, NULL));
    EVP_PKEY_free(key);
    parley_vectors_close(&v);
    assert_true(parley_vectors_open(&v, "harness/tests/vectors/tls12.txt"));
    static const char s[] = "illustrated_tls12";
    assert_int_equal(trust_leaf(NULL, parley_vector_get(&v, s, "server_certificate_der"), &key),
                     PARLEY_OK);
    assert_true(sign_verify(key, parley_sigalg_find(PARLEY_SIGALG_rsa_pkcs1_sha256),
                            parley_vector_get(&v, s, "server_key_exchange_signed_content"),
                            parley_vector_get(&v, s, "server_key_exchange_signature"), NULL));
    EVP_PKEY_free(key);
    parley_vectors_close(&v);
    checked += 2;
}

/* RFC 8032 7.1, test 3. */
static void ed25519_vector(void **state) {
    (void)state;
    static const uint8_t seed[32] = {0xc5, 0xaa, 0x8d, 0xf4, 0x3f, 0x9f, 0x83, 0x7b,
                                     0xed, 0xb7, 0x44, 0x2f, 0x31, 0xdc, 0xb7, 0xb1,
                                     0x66, 0xd3, 0x85, 0x35, 0x07, 0x6f, 0x09, 0x4b,
                                     0x85, 0xce, 0x3a, 0x2e, 0x0b, 0x44, 0x58, 0xf7};
    static const uint8_t head[8] = {0x62, 0x91, 0xd6, 0x57, 0xde, 0xec, 0x24, 0x02};
    static const uint8_t message[2] = {0xaf, 0x82};
    struct parley_random random = test_random(10);
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, seed, sizeof(seed));
    uint8_t out[SIGNATURE_MAX];
    size_t len;
    assert_true(sign_create(key, parley_sigalg_find(PARLEY_SIGALG_ed25519),
                            (struct parley_bytes){message, 2}, &random, NULL, out, &len));
    assert_int_equal(len, 64);
    assert_memory_equal(out, head, sizeof(head));
    EVP_PKEY_free(key);
    checked++;
}

/* ---- The RSA key exchange ---- */

static const uint8_t premaster[48] = {3, 3, 1, 2, 3, [47] = 9};

/* decrypt decrypts twice, with one randomness, and returns whether |out| is no random; it checks
 * that 48 bytes were drawn and that random output is those. */
static bool decrypt(struct parley_bytes encrypted, uint16_t version, uint8_t out[48]) {
    struct counting source;
    uint8_t expected[48];
    struct parley_random random = counting_start(&source, 77);
    random_fill(&random, expected, sizeof(expected));
    random = counting_start(&source, 77);
    premaster_decrypt(credentials[RSA_2048]->key, encrypted, version, &random, NULL, out);
    assert_int_equal(source.drawn, 48);
    assert_int_equal(ERR_peek_error(), 0);
    checked++;
    return memcmp(out, expected, 48) != 0;
}

/* encrypt_raw encrypts a whole padded block. */
static struct parley_bytes encrypt_raw(const uint8_t em[256], uint8_t out[256]) {
    size_t len;
    assert_true(RSA_encrypt(EVP_PKEY_get0_RSA(credentials[RSA_2048]->key), &len, out, 256, em, 256,
                            RSA_NO_PADDING));
    return (struct parley_bytes){out, len};
}

static void premaster_good(void **state) {
    (void)state;
    EVP_PKEY *key = credentials[RSA_2048]->key;
    for (uint64_t seed = 0; seed < 20; seed++) {
        struct counting source;
        uint8_t out[SIGNATURE_MAX], again[SIGNATURE_MAX], plain[48], em[256];
        struct parley_bytes encrypted = {out, 0};
        size_t len;
        struct parley_random random = counting_start(&source, seed);
        assert_true(premaster_encrypt(key, premaster, NULL, &random, NULL, out, &encrypted.len));
        assert_int_equal(encrypted.len, 256);
        assert_true(decrypt(encrypted, 0x0303, plain));
        assert_memory_equal(plain, premaster, 48);
        assert_true(
            RSA_decrypt(EVP_PKEY_get0_RSA(key), &len, em, sizeof(em), out, 256, RSA_PKCS1_PADDING));
        assert_int_equal(len, 48);
        assert_memory_equal(em, premaster, 48);
        random = counting_start(&source, seed);
        assert_true(premaster_encrypt(key, premaster, NULL, &random, NULL, again, &len));
        assert_memory_equal(again, out, 256);
        random = counting_start(&source, seed + 1000);
        assert_true(premaster_encrypt(key, premaster, NULL, &random, NULL, again, &len));
        assert_memory_not_equal(again, out, 256);
        assert_true(RSA_encrypt(EVP_PKEY_get0_RSA(key), &len, out, sizeof(out), premaster, 48,
                                RSA_PKCS1_PADDING));
        assert_true(decrypt(encrypted, 0x0303, plain));
        assert_memory_equal(plain, premaster, 48);
    }
}

/* A source of zeros must not end in an endless loop or a zero in the padding. */
static void zero_fill(void *arg, uint8_t *out, size_t len) {
    (void)arg;
    memset(out, 0, len);
}

/* Wrong version, wrong padding at every place, wrong length: random, and not to be told apart. */
static void premaster_bad(void **state) {
    (void)state;
    uint8_t em[256], out[SIGNATURE_MAX], plain[48];
    memset(em, 7, sizeof(em));
    em[0] = 0;
    em[1] = 2;
    em[207] = 0;
    memcpy(em + 208, premaster, 48);
    assert_true(decrypt(encrypt_raw(em, out), 0x0303, plain));
    assert_memory_equal(plain, premaster, 48);
    for (unsigned version = 0x0300; version <= 0x0304; version++) {
        assert_int_equal(decrypt(encrypt_raw(em, out), (uint16_t)version, plain),
                         version == 0x0303);
    }
    assert_false(decrypt(encrypt_raw(em, out), 0x0203, plain));
    for (size_t i = 0; i < 208; i++) {
        uint8_t was = em[i];
        em[i] = i == 0 ? 0x01 : i == 1 ? 1 : i == 207 ? 0x80 : 0;
        assert_false(decrypt(encrypt_raw(em, out), 0x0303, plain));
        em[i] = was;
    }
    for (size_t bit = 0; bit < 8; bit++) { /* the type and the zero in front of the secret */
        em[1] ^= (uint8_t)(1u << bit);
        assert_false(decrypt(encrypt_raw(em, out), 0x0303, plain));
        em[1] = 2;
        em[207] = (uint8_t)(1u << bit);
        assert_false(decrypt(encrypt_raw(em, out), 0x0303, plain));
        em[207] = 0;
    }
    struct parley_bytes encrypted = encrypt_raw(em, out);
    out[256] = 0;
    for (size_t len = 0; len <= 257; len++) {
        assert_int_equal(decrypt((struct parley_bytes){out, len}, 0x0303, plain), len == 256);
    }
    memset(out, 0xff, 256); /* above the modulus */
    assert_false(decrypt(encrypted, 0x0303, plain));
    memset(out, 0, 256);
    assert_false(decrypt(encrypted, 0x0303, plain));
    struct parley_random zeros = {zero_fill, NULL};
    assert_true(premaster_encrypt(credentials[RSA_2048]->key, premaster, NULL, &zeros, NULL, out,
                                  &encrypted.len));
    assert_true(decrypt(encrypted, 0x0303, plain));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits),           cmocka_unit_test(short_rsa),
        cmocka_unit_test(schemes),        cmocka_unit_test(other_curves),
        cmocka_unit_test(wrong_keys),     cmocka_unit_test(published),
        cmocka_unit_test(ed25519_vector), cmocka_unit_test(premaster_good),
        cmocka_unit_test(premaster_bad),
    };
    int failed = cmocka_run_group_tests(tests, set_up, tear_down);
    printf("%zu signatures and secrets checked\n", checked);
    return failed;
}
