/* Key exchange against published vectors, against libcrypto's own functions, and with every kind of
 * public value that must be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/dh.h>
#include <openssl/ec_key.h>
#include <openssl/ecdh.h>
#include <openssl/err.h>
#include <openssl/nid.h>

#include "engine/kex.h"
#include "tests/support_examples.h"
#include "tests/support_random.h"
#include "tests/support_vectors.h"

static size_t checked;

static const uint16_t all_groups[] = {PARLEY_GROUP_x25519, PARLEY_GROUP_secp256r1,
                                      PARLEY_GROUP_secp384r1, PARLEY_GROUP_secp521r1,
                                      PARLEY_GROUP_ffdhe2048};
#define GROUPS (sizeof(all_groups) / sizeof(all_groups[0]))

/* set_dh_key and set_ec_key give libcrypto's side a key from |random|. */
static void set_dh_key(DH *dh, const struct parley_random *random) {
    uint8_t bytes[32];
    random_fill(random, bytes, sizeof(bytes));
    assert_true(DH_set0_key(dh, NULL, BN_bin2bn(bytes, sizeof(bytes), NULL)));
    assert_true(DH_generate_key(dh)); /* makes the public key only */
}

static void set_ec_key(EC_KEY *key, const struct parley_random *random) {
    uint8_t bytes[64];
    random_fill(random, bytes, sizeof(bytes));
    EC_KEY *derived = EC_KEY_derive_from_secret(EC_KEY_get0_group(key), bytes, sizeof(bytes));
    assert_non_null(derived);
    assert_true(EC_KEY_set_private_key(key, EC_KEY_get0_private_key(derived)));
    assert_true(EC_KEY_set_public_key(key, EC_KEY_get0_public_key(derived)));
    EC_KEY_free(derived);
}

/* fixed is a source that hands out the bytes it was given, then |rest| for ever. */
struct fixed {
    struct parley_bytes bytes;
    uint8_t rest;
    size_t drawn;
};

static void fixed_fill(void *arg, uint8_t *out, size_t len) {
    struct fixed *f = arg;
    for (size_t i = 0; i < len; i++, f->drawn++) {
        out[i] = f->drawn < f->bytes.len ? f->bytes.data[f->drawn] : f->rest;
    }
}

static struct parley_bytes share_of(const struct kex *k) {
    return (struct parley_bytes){k->share, k->share_len};
}

/* generate_fixed makes our half with |key| as the private key. */
static void generate_fixed(struct kex *k, uint16_t group, struct parley_bytes key) {
    struct fixed f = {key, 0, 0};
    struct parley_random random = {fixed_fill, &f};
    assert_true(kex_generate(k, group, &random, NULL));
    assert_int_equal(f.drawn, key.len);
    assert_int_equal(k->group, group);
    assert_int_equal(k->private_len, key.len);
    assert_memory_equal(k->private_key, key.data, key.len);
}

static void agree(const struct kex *k, struct parley_bytes peer, struct parley_bytes expected) {
    uint8_t out[KEX_SECRET_MAX];
    size_t len;
    assert_int_equal(kex_agree(k, peer, NULL, out, &len), PARLEY_OK);
    assert_int_equal(len, expected.len);
    assert_memory_equal(out, expected.data, len);
    checked++;
}

static void refuse(const struct kex *k, struct parley_bytes peer) {
    uint8_t out[KEX_SECRET_MAX];
    size_t len;
    assert_int_equal(kex_agree(k, peer, NULL, out, &len), PARLEY_ERR_bad_share);
    assert_int_equal(ERR_peek_error(), 0);
    checked++;
}

/* RFC 7748 6.1, and the shares of RFC 8448 and of the illustrated TLS 1.2 connection. */
static void x25519_vectors(void **state) {
    (void)state;
    static const char *const alice[2] = {
        "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a",
        "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"};
    static const char *const bob[2] = {
        "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb",
        "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"};
    struct kex a, b;
    uint8_t bytes[5][32];
    parley_example_bytes(alice[0], bytes[0], 32);
    parley_example_bytes(alice[1], bytes[1], 32);
    parley_example_bytes(bob[0], bytes[2], 32);
    parley_example_bytes(bob[1], bytes[3], 32);
    parley_example_bytes("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742",
                         bytes[4], 32);
    generate_fixed(&a, PARLEY_GROUP_x25519, (struct parley_bytes){bytes[0], 32});
    generate_fixed(&b, PARLEY_GROUP_x25519, (struct parley_bytes){bytes[2], 32});
    assert_memory_equal(a.share, bytes[1], 32);
    assert_memory_equal(b.share, bytes[3], 32);
    agree(&a, share_of(&b), (struct parley_bytes){bytes[4], 32});
    agree(&b, share_of(&a), (struct parley_bytes){bytes[4], 32});
    static const char *const traces[2][3] = {
        {"harness/tests/vectors/rfc8448.txt", "simple_1rtt", "shared_secret"},
        {"harness/tests/vectors/tls12.txt", "illustrated_tls12", "pre_master_secret"}};
    for (size_t i = 0; i < 2; i++) {
        struct parley_vectors v;
        const char *s = traces[i][1];
        assert_true(parley_vectors_open(&v, traces[i][0]));
        generate_fixed(&a, PARLEY_GROUP_x25519, parley_vector_get(&v, s, "client_x25519_private"));
        generate_fixed(&b, PARLEY_GROUP_x25519, parley_vector_get(&v, s, "server_x25519_private"));
        assert_memory_equal(a.share, parley_vector_get(&v, s, "client_x25519_public").data, 32);
        assert_memory_equal(b.share, parley_vector_get(&v, s, "server_x25519_public").data, 32);
        agree(&a, share_of(&b), parley_vector_get(&v, s, traces[i][2]));
        agree(&b, share_of(&a), parley_vector_get(&v, s, traces[i][2]));
        parley_vectors_close(&v);
    }
}

/* RFC 5903 8.1. */
static void p256_vector(void **state) {
    (void)state;
    static const char *const hex[5] = {
        "c88f01f510d9ac3f70a292daa2316de544e9aab8afe84049c62a9c57862d1433",
        "04dad0b65394221cf9b051e1feca5787d098dfe637fc90b9ef945d0c3772581180"
        "5271a0461cdb8252d61f1c456fa3e59ab1f45b33accf5f58389e0577b8990bb3",
        "c6ef9c5d78ae012a011164acb397ce2088685d8f06bf9be0b283ab46476bee53",
        "04d12dfb5289c8d4f81208b70270398c342296970a0bccb74c736fc7554494bf63"
        "56fbf3ca366cc23e8157854c13c58d6aac23f046ada30f8353e74f33039872ab",
        "d6840f6b42f6edafd13116e0e12565202fef8e9ece7dce03812464d04b9442de"};
    uint8_t bytes[5][65];
    struct kex a, b;
    for (size_t i = 0; i < 5; i++) {
        parley_example_bytes(hex[i], bytes[i], sizeof(bytes[i]));
    }
    generate_fixed(&a, PARLEY_GROUP_secp256r1, (struct parley_bytes){bytes[0], 32});
    generate_fixed(&b, PARLEY_GROUP_secp256r1, (struct parley_bytes){bytes[2], 32});
    assert_memory_equal(a.share, bytes[1], 65);
    assert_memory_equal(b.share, bytes[3], 65);
    agree(&a, share_of(&b), (struct parley_bytes){bytes[4], 32});
    agree(&b, share_of(&a), (struct parley_bytes){bytes[4], 32});
}

static EC_KEY *ec_key_of(uint16_t group) {
    return EC_KEY_new_by_curve_name(group == PARLEY_GROUP_secp256r1   ? NID_X9_62_prime256v1
                                    : group == PARLEY_GROUP_secp384r1 ? NID_secp384r1
                                                                      : NID_secp521r1);
}

/* Our half against libcrypto's ECDH. */
static void nist_libcrypto(void **state) {
    (void)state;
    for (size_t g = 1; g <= 3; g++) {
        for (uint64_t seed = 0; seed < 10; seed++) {
            struct parley_seeded s;
            struct kex k;
            uint8_t share[KEX_SHARE_MAX], secret[KEX_SECRET_MAX];
            parley_seeded_init(&s, seed, g);
            struct parley_random random = parley_seeded_random(&s);
            assert_true(kex_generate(&k, all_groups[g], &random, NULL));
            EC_KEY *key = ec_key_of(all_groups[g]);
            const EC_GROUP *group = EC_KEY_get0_group(key);
            set_ec_key(key, &random);
            size_t len =
                EC_POINT_point2oct(group, EC_KEY_get0_public_key(key),
                                   POINT_CONVERSION_UNCOMPRESSED, share, sizeof(share), NULL);
            EC_POINT *point = EC_POINT_new(group);
            assert_true(EC_POINT_oct2point(group, point, k.share, k.share_len, NULL));
            int secret_len = ECDH_compute_key(secret, sizeof(secret), point, key, NULL);
            assert_true(secret_len > 0);
            agree(&k, (struct parley_bytes){share, len},
                  (struct parley_bytes){secret, (size_t)secret_len});
            EC_POINT_free(point);
            EC_KEY_free(key);
        }
    }
}

/* Two halves agree, in every group and for many seeds; the same seed gives the same shares. */
static void round_trips(void **state) {
    (void)state;
    for (size_t g = 0; g < GROUPS; g++) {
        for (uint64_t seed = 0; seed < 20; seed++) {
            struct parley_seeded s;
            struct kex a, b, again;
            uint8_t secret[KEX_SECRET_MAX];
            size_t len;
            parley_seeded_init(&s, seed, g);
            struct parley_random random = parley_seeded_random(&s);
            assert_true(kex_generate(&a, all_groups[g], &random, NULL));
            assert_true(kex_generate(&b, all_groups[g], &random, NULL));
            assert_int_equal(a.share_len, parley_group_find(all_groups[g])->share_length);
            assert_int_equal(kex_agree(&a, share_of(&b), NULL, secret, &len), PARLEY_OK);
            agree(&b, share_of(&a), (struct parley_bytes){secret, len});
            parley_seeded_init(&s, seed, g);
            assert_true(kex_generate(&again, all_groups[g], &random, NULL));
            assert_memory_equal(again.share, a.share, a.share_len);
            assert_memory_not_equal(b.share, a.share, a.share_len);
        }
    }
}

/* NIST scalars outside [1, order) are drawn again; a source that never gives one is refused. */
static void rejected_scalars(void **state) {
    (void)state;
    for (size_t g = 1; g <= 3; g++) {
        EC_KEY *key = ec_key_of(all_groups[g]);
        const BIGNUM *order = EC_GROUP_get0_order(EC_KEY_get0_group(key));
        size_t len = BN_num_bytes(order);
        uint8_t draws[5 * KEX_PRIVATE_MAX] = {0};
        struct kex k;
        /* All ones, zero, the order; then the order minus 1. */
        memset(draws, 0xff, len);
        BN_bn2bin(order, draws + 2 * len);
        BN_bn2bin(order, draws + 3 * len);
        draws[4 * len - 1]--;
        struct fixed f = {{draws, 4 * len}, 0, 0};
        struct parley_random random = {fixed_fill, &f};
        assert_true(kex_generate(&k, all_groups[g], &random, NULL));
        assert_int_equal(f.drawn, 4 * len);
        assert_memory_equal(k.private_key, draws + 3 * len, len);
        for (unsigned rest = 0; rest <= 0xff; rest += 0xff) {
            f = (struct fixed){{NULL, 0}, (uint8_t)rest, 0};
            assert_false(kex_generate(&k, all_groups[g], &random, NULL));
            assert_int_equal(k.group, PARLEY_GROUP_none);
        }
        EC_KEY_free(key);
        checked++;
    }
    struct kex k;
    struct parley_random random = test_random(1);
    assert_false(kex_generate(&k, PARLEY_GROUP_x448, &random, NULL));
    assert_false(kex_generate(&k, 0x9999, &random, NULL));
}

/* Lengths other than the group's, for every group. */
static void wrong_lengths(void **state) {
    (void)state;
    struct parley_random random = test_random(2);
    for (size_t g = 0; g < GROUPS; g++) {
        struct kex a, b;
        uint8_t longer[KEX_SHARE_MAX + 1];
        assert_true(kex_generate(&a, all_groups[g], &random, NULL));
        assert_true(kex_generate(&b, all_groups[g], &random, NULL));
        memcpy(longer, b.share, b.share_len);
        longer[b.share_len] = 1;
        refuse(&a, (struct parley_bytes){longer, b.share_len + 1u});
        refuse(&a, (struct parley_bytes){longer, 0});
        if (all_groups[g] != PARLEY_GROUP_ffdhe2048) { /* there it is a number */
            for (size_t len = 1; len < b.share_len; len++) {
                refuse(&a, (struct parley_bytes){longer, len});
            }
        }
    }
}

/* RFC 7748 6.1: the all-zero result, which points of small order give. */
static void x25519_low_order(void **state) {
    (void)state;
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    struct parley_random random = test_random(3);
    struct kex k;
    assert_true(kex_generate(&k, PARLEY_GROUP_x25519, &random, NULL));
    for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++) {
        uint8_t point[32];
        parley_example_bytes(points[i], point, sizeof(point));
        refuse(&k, (struct parley_bytes){point, 32});
    }
}

/* Points off the curve (every bit flipped), in other forms, and at infinity. */
static void nist_bad_points(void **state) {
    (void)state;
    struct parley_random random = test_random(4);
    for (size_t g = 1; g <= 3; g++) {
        struct kex a, b;
        assert_true(kex_generate(&a, all_groups[g], &random, NULL));
        assert_true(kex_generate(&b, all_groups[g], &random, NULL));
        for (size_t bit = 0; bit < 8u * b.share_len; bit++) {
            b.share[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            refuse(&a, share_of(&b));
            b.share[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        }
        uint8_t form = (uint8_t)(b.share[b.share_len - 1] & 1);
        b.share[0] = (uint8_t)(POINT_CONVERSION_COMPRESSED | form);
        refuse(&a, (struct parley_bytes){b.share, (b.share_len + 1u) / 2});
        b.share[0] = (uint8_t)(6 | form); /* hybrid */
        refuse(&a, share_of(&b));
        memset(b.share, 0, b.share_len);
        refuse(&a, share_of(&b));
        refuse(&a, (struct parley_bytes){b.share, 1}); /* infinity */
        b.share[0] = POINT_CONVERSION_UNCOMPRESSED;
        refuse(&a, share_of(&b));
        memset(b.share + 1, 0xff, b.share_len - 1u); /* coordinates above p */
        refuse(&a, share_of(&b));
    }
}

/* number writes |n| + |add| as |len| bytes. */
static struct parley_bytes number(const BIGNUM *n, int add, uint8_t *out, size_t len) {
    BIGNUM *copy = BN_dup(n);
    assert_true(add < 0 ? BN_sub_word(copy, (BN_ULONG)-add) : BN_add_word(copy, (BN_ULONG)add));
    assert_true(BN_bn2bin_padded(out, len, copy));
    BN_free(copy);
    return (struct parley_bytes){out, len};
}

static BIGNUM *zero(void) {
    BIGNUM *n = BN_new();
    assert_non_null(n);
    return n;
}

/* ffdhe2048 against libcrypto's DH, and public values out of range (RFC 7919 5.1). */
static void ffdhe(void **state) {
    (void)state;
    struct parley_random random = test_random(5);
    DH *dh = DH_get_rfc7919_2048();
    const BIGNUM *p = DH_get0_p(dh);
    BIGNUM *none = zero();
    uint8_t buf[KEX_SHARE_MAX], g;
    struct kex k;
    size_t len;
    assert_true(kex_dhe_parameters(PARLEY_GROUP_ffdhe2048, buf, &len, &g));
    assert_int_equal(len, 256);
    assert_int_equal(g, 2);
    BIGNUM *same = BN_bin2bn(buf, len, NULL);
    assert_int_equal(BN_cmp(same, p), 0);
    assert_false(kex_dhe_parameters(PARLEY_GROUP_ffdhe3072, buf, &len, &g));
    set_dh_key(dh, &random);
    /* Until a secret with a leading zero has come, which is left out (RFC 5246 8.1.2). */
    for (bool zeros = false; !zeros;) {
        uint8_t secret[256], share[256];
        assert_true(kex_generate(&k, PARLEY_GROUP_ffdhe2048, &random, NULL));
        BIGNUM *y = BN_bin2bn(k.share, k.share_len, NULL);
        assert_int_equal(DH_compute_key_padded(secret, y, dh), 256);
        size_t skip = 0;
        while (secret[skip] == 0) {
            skip++;
        }
        zeros = zeros || skip > 0;
        agree(&k, number(DH_get0_pub_key(dh), 0, share, 256),
              (struct parley_bytes){secret + skip, 256 - skip});
        BN_free(y);
    }
    refuse(&k, number(none, 0, buf, 256));
    refuse(&k, number(none, 1, buf, 256));
    refuse(&k, number(p, -1, buf, 256));
    refuse(&k, number(p, 0, buf, 256));
    refuse(&k, number(p, 1, buf, 256));
    memset(buf, 0xff, 256);
    refuse(&k, (struct parley_bytes){buf, 256});
    BN_free(none);
    BN_free(same);
    DH_free(dh);
}

/* A server's own group of each size, against libcrypto's DH. */
static void dhe_client(void **state) {
    (void)state;
    struct parley_random random = test_random(6);
    static uint8_t p_bytes[KEX_SHARE_MAX], ys_bytes[KEX_SHARE_MAX];
    const uint8_t two = 2;
    BIGNUM *primes[] = {BN_get_rfc3526_prime_2048(NULL), BN_get_rfc3526_prime_3072(NULL),
                        BN_get_rfc3526_prime_4096(NULL)};
    for (size_t i = 0; i < 3; i++) {
        DH *dh = DH_new();
        BIGNUM *g = zero();
        struct kex k;
        uint8_t ours[KEX_SECRET_MAX], theirs[KEX_SECRET_MAX];
        size_t ours_len, len = BN_num_bytes(primes[i]);
        struct parley_bytes p = number(primes[i], 0, p_bytes, len);
        assert_true(BN_set_word(g, 2) && DH_set0_pqg(dh, primes[i], NULL, g));
        set_dh_key(dh, &random);
        struct parley_bytes ys = number(DH_get0_pub_key(dh), 0, ys_bytes, len);
        assert_int_equal(
            kex_dhe_client(&k, p, (struct parley_bytes){&two, 1}, ys, &random, ours, &ours_len),
            PARLEY_OK);
        assert_int_equal(k.share_len, len);
        BIGNUM *yc = BN_bin2bn(k.share, k.share_len, NULL);
        int theirs_len = DH_compute_key(theirs, yc, dh); /* strips leading zeros */
        assert_int_equal(theirs_len, ours_len);
        assert_memory_equal(ours, theirs, ours_len);
        BN_free(yc);
        DH_free(dh);
        checked++;
    }
}

static void refuse_dhe(enum parley_error error, struct parley_bytes p, struct parley_bytes g,
                       struct parley_bytes ys) {
    struct parley_random random = test_random(7);
    struct kex k;
    uint8_t out[KEX_SECRET_MAX];
    size_t len;
    assert_int_equal(kex_dhe_client(&k, p, g, ys, &random, out, &len), error);
    checked++;
}

static void dhe_refused(void **state) {
    (void)state;
    static uint8_t p_bytes[1100], buf[1100];
    const uint8_t two = 2, three = 3;
    struct parley_bytes g = {&two, 1}, ys = {&three, 1};
    BIGNUM *p2048 = BN_get_rfc3526_prime_2048(NULL), *none = zero();
    BIGNUM *p1536 = BN_get_rfc3526_prime_1536(NULL), *p6144 = BN_get_rfc3526_prime_6144(NULL);
    struct parley_bytes p = number(p2048, 0, p_bytes, 256);
    refuse_dhe(PARLEY_OK, p, g, ys);
    refuse_dhe(PARLEY_ERR_weak_dh, number(p1536, 0, buf, 192), g, ys);
    refuse_dhe(PARLEY_ERR_weak_dh, number(p1536, 0, buf, 256), g, ys); /* leading zeros */
    refuse_dhe(PARLEY_ERR_weak_dh, (struct parley_bytes){buf, 0}, g, ys);
    refuse_dhe(PARLEY_ERR_bad_dh, number(p6144, 0, buf, 768), g, ys);
    refuse_dhe(PARLEY_ERR_bad_dh, number(p2048, 1, buf, 256), g, ys); /* even */
    memset(buf, 0xff, sizeof(buf));
    refuse_dhe(PARLEY_ERR_bad_dh, (struct parley_bytes){buf, 513}, g, ys);
    refuse_dhe(PARLEY_ERR_bad_dh, (struct parley_bytes){buf, sizeof(buf)}, g, ys);
    refuse_dhe(PARLEY_ERR_bad_dh, p, (struct parley_bytes){buf, sizeof(buf)}, ys);
    const struct {
        const BIGNUM *base;
        int add;
    } values[] = {{none, 0}, {none, 1}, {p2048, -1}, {p2048, 0}, {p2048, 1}};
    for (size_t i = 0; i < 5; i++) {
        struct parley_bytes bad = number(values[i].base, values[i].add, buf, 256);
        refuse_dhe(PARLEY_ERR_bad_dh, p, bad, ys);
        refuse_dhe(PARLEY_ERR_bad_dh, p, g, bad);
    }
    refuse_dhe(PARLEY_ERR_bad_dh, p, g, (struct parley_bytes){buf, 0});
    refuse_dhe(PARLEY_ERR_bad_dh, p, g, number(none, 3, buf, 257));
    refuse_dhe(PARLEY_OK, p, g, number(p2048, -2, buf, 256));
    BN_free(none);
    BN_free(p1536);
    BN_free(p2048);
    BN_free(p6144);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(x25519_vectors),
        cmocka_unit_test(p256_vector),
        cmocka_unit_test(nist_libcrypto),
        cmocka_unit_test(round_trips),
        cmocka_unit_test(rejected_scalars),
        cmocka_unit_test(wrong_lengths),
        cmocka_unit_test(x25519_low_order),
        cmocka_unit_test(nist_bad_points),
        cmocka_unit_test(ffdhe),
        cmocka_unit_test(dhe_client),
        cmocka_unit_test(dhe_refused),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    printf("%zu exchanges checked\n", checked);
    return failed;
}
