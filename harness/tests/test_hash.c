/* Hashes, HMAC, HKDF and the PRF against published vectors and against libcrypto. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/hkdf.h>
#include <openssl/hmac.h>

#include "engine/hash.h"
#include "engine/random.h"
#include "tests/support_examples.h"
#include "tests/support_vectors.h"

#define TLS12 "harness/tests/vectors/tls12.txt"
#define TLS13 "harness/tests/vectors/rfc8448.txt"

static size_t checked;

static const enum parley_hash hashes[] = {PARLEY_HASH_SHA1, PARLEY_HASH_SHA256, PARLEY_HASH_SHA384,
                                          PARLEY_HASH_SHA512};
#define HASHES (sizeof(hashes) / sizeof(hashes[0]))

static const EVP_MD *md_of(enum parley_hash hash) {
    switch (hash) {
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

static struct parley_bytes text(const char *s) {
    return (struct parley_bytes){(const uint8_t *)s, strlen(s)};
}

static void assert_bytes(const uint8_t *got, struct parley_bytes expected) {
    if (expected.len > 0) {
        assert_memory_equal(got, expected.data, expected.len);
    }
    checked++;
}

/* FIPS 180-4's "abc", and every length around the block boundaries against libcrypto, in one piece
 * and in two. */
static void hash_digests(void **state) {
    (void)state;
    uint8_t in[300], out[HASH_MAX], expected[EVP_MAX_MD_SIZE];
    for (size_t i = 0; i < sizeof(in); i++) {
        in[i] = (uint8_t)(i * 7);
    }
    assert_int_equal(hash_once(PARLEY_HASH_SHA256, text("abc"), out), 32);
    uint8_t abc[32];
    parley_example_bytes("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", abc,
                         32);
    assert_bytes(out, (struct parley_bytes){abc, 32});
    for (size_t h = 0; h < HASHES; h++) {
        for (size_t len = 0; len <= sizeof(in); len++) {
            unsigned expected_len;
            struct hash_state s;
            assert_true(EVP_Digest(in, len, expected, &expected_len, md_of(hashes[h]), NULL));
            assert_int_equal(expected_len, parley_hash_length(hashes[h]));
            assert_int_equal(hash_once(hashes[h], (struct parley_bytes){in, len}, out),
                             expected_len);
            assert_bytes(out, (struct parley_bytes){expected, expected_len});
            hash_init(&s, hashes[h]);
            hash_update(&s, in, len / 3);
            hash_peek(&s, out);
            hash_update(&s, in + len / 3, len - len / 3);
            assert_int_equal(hash_peek(&s, out), expected_len);
            assert_bytes(out, (struct parley_bytes){expected, expected_len});
            hash_peek(&s, out);
            assert_bytes(out, (struct parley_bytes){expected, expected_len});
        }
    }
}

/* RFC 4231 4.2 to 4.8 (without 4.6, truncated). */
static const struct {
    const char *key, *data, *sha256, *sha384, *sha512;
} rfc4231[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
     "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
     "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
     "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
     "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"},
    {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
     "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
     "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
     "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "dddddddddddddddddddddddddddddddddddddddddddddddddd"
     "dddddddddddddddddddddddddddddddddddddddddddddddddd",
     "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
     "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
     "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
     "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb"},
    {"0102030405060708090a0b0c0d0e0f10111213141516171819",
     "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
     "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd",
     "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
     "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
     "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
     "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd"},
};

static void check_hmac(enum parley_hash hash, struct parley_bytes key, struct parley_bytes data,
                       const char *hex) {
    uint8_t expected[HASH_MAX], out[HASH_MAX];
    struct hmac_key k;
    size_t len = parley_example_bytes(hex, expected, sizeof(expected));
    hmac_key_init(&k, hash, key);
    assert_int_equal(hmac(&k, &data, 1, out), len);
    assert_bytes(out, (struct parley_bytes){expected, len});
}

static void hmac_vectors(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof(rfc4231) / sizeof(rfc4231[0]); i++) {
        uint8_t key[256], data[256];
        struct parley_bytes k = {key, parley_example_bytes(rfc4231[i].key, key, sizeof(key))};
        struct parley_bytes d = {data, parley_example_bytes(rfc4231[i].data, data, sizeof(data))};
        check_hmac(PARLEY_HASH_SHA256, k, d, rfc4231[i].sha256);
        check_hmac(PARLEY_HASH_SHA384, k, d, rfc4231[i].sha384);
        check_hmac(PARLEY_HASH_SHA512, k, d, rfc4231[i].sha512);
    }
    /* 4.7 and 4.8: keys of 131 bytes, longer than a block. */
    uint8_t key[131];
    memset(key, 0xaa, sizeof(key));
    struct parley_bytes k = {key, sizeof(key)};
    check_hmac(PARLEY_HASH_SHA256, k,
               text("Test Using Larger Than Block-Size Key - Hash Key First"),
               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    check_hmac(
        PARLEY_HASH_SHA256, k,
        text("This is a test using a larger than block-size key and a larger than block-size "
             "data. The key needs to be hashed before being used by the HMAC algorithm."),
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
}

/* Every key length around the block boundaries, the data in three parts, against libcrypto. */
static void hmac_libcrypto(void **state) {
    (void)state;
    uint8_t in[300], out[HASH_MAX], expected[EVP_MAX_MD_SIZE];
    memset(in, 0x5a, sizeof(in));
    for (size_t h = 0; h < HASHES; h++) {
        for (size_t len = 0; len <= 260; len++) {
            unsigned expected_len;
            struct hmac_key k;
            struct parley_bytes parts[3] = {{in, len}, {NULL, 0}, {in + len, 33}};
            in[len] ^= (uint8_t)len;
            assert_non_null(HMAC(md_of(hashes[h]), in, len, in, len + 33, expected, &expected_len));
            hmac_key_init(&k, hashes[h], (struct parley_bytes){in, len});
            assert_int_equal(hmac(&k, parts, 3, out), expected_len);
            assert_bytes(out, (struct parley_bytes){expected, expected_len});
        }
    }
}

static void hkdf_vectors(void **state) {
    (void)state;
    struct parley_vectors v;
    static const char *const sections[] = {"hkdf_sha256_1", "hkdf_sha256_2", "hkdf_sha256_3"};
    assert_true(parley_vectors_open(&v, TLS12));
    for (size_t i = 0; i < 3; i++) {
        uint8_t prk[HASH_MAX], okm[256];
        struct hmac_key k;
        struct parley_bytes expected = parley_vector_get(&v, sections[i], "okm");
        hkdf_extract(PARLEY_HASH_SHA256, parley_vector_get(&v, sections[i], "salt"),
                     parley_vector_get(&v, sections[i], "ikm"), prk);
        assert_bytes(prk, parley_vector_get(&v, sections[i], "prk"));
        hmac_key_init(&k, PARLEY_HASH_SHA256, (struct parley_bytes){prk, 32});
        hkdf_expand(&k, parley_vector_get(&v, sections[i], "info"), okm, expected.len);
        assert_bytes(okm, expected);
    }
    parley_vectors_close(&v);
}

/* Every output length up to some blocks, and the longest there is, against libcrypto. */
static void hkdf_libcrypto(void **state) {
    (void)state;
    static uint8_t out[255 * HASH_MAX], expected[255 * HASH_MAX];
    struct parley_bytes secret = text("secret"), salt = text("salt"), info = text("info");
    for (size_t h = 0; h < HASHES; h++) {
        uint8_t prk[HASH_MAX];
        struct hmac_key k;
        size_t longest = 255 * parley_hash_length(hashes[h]);
        hkdf_extract(hashes[h], salt, secret, prk);
        hmac_key_init(&k, hashes[h], (struct parley_bytes){prk, parley_hash_length(hashes[h])});
        for (size_t len = 0; len <= 201; len++) {
            size_t n = len == 201 ? longest : len;
            assert_true(HKDF(expected, n, md_of(hashes[h]), secret.data, secret.len, salt.data,
                             salt.len, info.data, info.len));
            hkdf_expand(&k, info, out, n);
            assert_bytes(out, (struct parley_bytes){expected, n});
        }
    }
}

static void check_label(const struct parley_vectors *v, const char *section, const char *secret,
                        const char *label, struct parley_bytes context, const char *name) {
    uint8_t out[64];
    struct hmac_key k;
    struct parley_bytes expected = parley_vector_get(v, section, name);
    hmac_key_init(&k, PARLEY_HASH_SHA256, parley_vector_get(v, section, secret));
    hkdf_expand_label(&k, label, context, out, expected.len);
    assert_bytes(out, expected);
}

/* The key schedule of RFC 8448's first trace. */
static void hkdf_labels(void **state) {
    (void)state;
    static const char s[] = "simple_1rtt";
    struct parley_vectors v;
    struct parley_bytes none = {NULL, 0};
    uint8_t out[HASH_MAX];
    assert_true(parley_vectors_open(&v, TLS13));
    struct parley_bytes empty = parley_vector_get(&v, s, "empty_hash");
    struct parley_bytes hello = parley_vector_get(&v, s, "hash_client_hello_to_server_hello");
    hkdf_extract(PARLEY_HASH_SHA256, none, parley_vector_get(&v, s, "early_secret_ikm"), out);
    assert_bytes(out, parley_vector_get(&v, s, "early_secret"));
    hkdf_extract(PARLEY_HASH_SHA256, parley_vector_get(&v, s, "derived_secret_for_handshake"),
                 parley_vector_get(&v, s, "shared_secret"), out);
    assert_bytes(out, parley_vector_get(&v, s, "handshake_secret"));
    check_label(&v, s, "early_secret", "derived", empty, "derived_secret_for_handshake");
    check_label(&v, s, "handshake_secret", "derived", empty, "derived_secret_for_master");
    check_label(&v, s, "handshake_secret", "c hs traffic", hello,
                "client_handshake_traffic_secret");
    check_label(&v, s, "handshake_secret", "s hs traffic", hello,
                "server_handshake_traffic_secret");
    check_label(&v, s, "client_handshake_traffic_secret", "key", none, "client_handshake_key");
    check_label(&v, s, "client_handshake_traffic_secret", "iv", none, "client_handshake_iv");
    check_label(&v, s, "server_handshake_traffic_secret", "key", none, "server_handshake_key");
    check_label(&v, s, "server_handshake_traffic_secret", "iv", none, "server_handshake_iv");
    check_label(&v, s, "server_handshake_traffic_secret", "finished", none, "server_finished_key");
    parley_vectors_close(&v);
}

static void check_prf(const struct parley_vectors *v, const char *section, enum parley_hash hash,
                      struct parley_bytes secret, const char *label, struct parley_bytes seed1,
                      struct parley_bytes seed2, const char *name) {
    uint8_t out[512];
    struct parley_bytes expected = parley_vector_get(v, section, name);
    /* Every shorter output is its head. */
    for (size_t len = 0; len <= expected.len; len++) {
        prf(hash, secret, label, seed1, seed2, out, len);
        assert_bytes(out, (struct parley_bytes){expected.data, len});
    }
}

static void prf_vectors(void **state) {
    (void)state;
    static const struct {
        const char *section;
        enum parley_hash hash;
    } rows[] = {
        {"prf_sha256", PARLEY_HASH_SHA256},   {"prf_sha384", PARLEY_HASH_SHA384},
        {"prf_sha512", PARLEY_HASH_SHA512},   {"kdf_sha256", PARLEY_HASH_SHA256},
        {"kdf_sha384", PARLEY_HASH_SHA384},   {"ems_sha256_1", PARLEY_HASH_SHA256},
        {"ems_sha256_2", PARLEY_HASH_SHA256}, {"ems_sha384_1", PARLEY_HASH_SHA384},
        {"ems_sha384_2", PARLEY_HASH_SHA384},
    };
    struct parley_bytes none = {NULL, 0};
    struct parley_vectors v;
    assert_true(parley_vectors_open(&v, TLS12));
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *s = rows[i].section;
        enum parley_hash hash = rows[i].hash;
        if (parley_vectors_has(&v, s, "output")) {
            check_prf(&v, s, hash, parley_vector_get(&v, s, "secret"), "test label",
                      parley_vector_get(&v, s, "seed"), none, "output");
            continue;
        }
        struct parley_bytes premaster = parley_vector_get(&v, s, "pre_master_secret");
        if (parley_vectors_has(&v, s, "session_hash")) {
            check_prf(&v, s, hash, premaster, "extended master secret",
                      parley_vector_get(&v, s, "session_hash"), none, "master_secret");
        } else {
            check_prf(&v, s, hash, premaster, "master secret",
                      parley_vector_get(&v, s, "client_hello_random"),
                      parley_vector_get(&v, s, "server_hello_random"), "master_secret");
        }
        check_prf(&v, s, hash, parley_vector_get(&v, s, "master_secret"), "key expansion",
                  parley_vector_get(&v, s, "server_random"),
                  parley_vector_get(&v, s, "client_random"), "key_block");
    }
    parley_vectors_close(&v);
}

/* The seeded source: the same bytes however they are asked for, also across 2^32 blocks, and others
 * for another seed or stream. */
static void seeded_random(void **state) {
    (void)state;
    static uint8_t whole[5000], pieces[5000], sizes[700];
    struct parley_seeded a, b;
    const uint64_t starts[] = {0, 1, 63, (UINT64_C(1) << 38) - 2500};
    parley_seeded_init(&a, 9, 9);
    struct parley_random lengths = parley_seeded_random(&a);
    random_fill(&lengths, sizes, sizeof(sizes));
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        parley_seeded_init(&a, 1, 2);
        a.position = starts[i];
        b = a;
        struct parley_random source = parley_seeded_random(&a);
        random_fill(&source, whole, sizeof(whole));
        source = parley_seeded_random(&b);
        size_t done = 0;
        for (size_t j = 0; done < sizeof(pieces); j++) {
            size_t take = sizes[j] < sizeof(pieces) - done ? sizes[j] : sizeof(pieces) - done;
            random_fill(&source, pieces + done, take);
            done += take;
        }
        assert_memory_equal(whole, pieces, sizeof(whole));
        assert_true(a.position == b.position && a.position == starts[i] + sizeof(whole));
        checked++;
    }
    for (uint64_t seed = 0; seed < 4; seed++) {
        parley_seeded_init(&a, seed & 1, seed >> 1);
        struct parley_random source = parley_seeded_random(&a);
        random_fill(&source, whole + 64 * seed, 64);
        for (uint64_t other = 0; other < seed; other++) {
            assert_memory_not_equal(whole + 64 * seed, whole + 64 * other, 64);
            checked++;
        }
    }
}

static void system_random(void **state) {
    (void)state;
    struct parley_random source = parley_system_random();
    uint8_t a[64] = {0}, b[64] = {0};
    random_fill(&source, a, sizeof(a));
    random_fill(&source, b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
    checked++;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hash_digests),   cmocka_unit_test(hmac_vectors),
        cmocka_unit_test(hmac_libcrypto), cmocka_unit_test(hkdf_vectors),
        cmocka_unit_test(hkdf_libcrypto), cmocka_unit_test(hkdf_labels),
        cmocka_unit_test(prf_vectors),    cmocka_unit_test(seeded_random),
        cmocka_unit_test(system_random),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("%zu values checked\n", checked);
    return failed;
}
