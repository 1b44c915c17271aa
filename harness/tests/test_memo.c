/* A memo answers just the questions that were asked before: every operation gives with it what it
 * gives without, and what was refused without is refused with it. That whole connections have the
 * same bytes is in test_engine_determinism.c. */
#include <string.h>

#include "engine/credential.h"
#include "engine/kex.h"
#include "engine/memo.h"
#include "engine/sign.h"
#include "tests/support_duo.h"
#include "tests/support_random.h"

static struct parley_memo *memo;

static int make(void **state) {
    (void)state;
    memo = parley_memo_new();
    return memo == NULL ? -1 : 0;
}

static int end(void **state) {
    (void)state;
    parley_memo_free(memo);
    return 0;
}

/* asked fails the test unless |count| questions were answered since the last call. */
static void asked(size_t count) {
    static size_t before;
    assert_int_equal(memo_found(memo) - before, count);
    before = memo_found(memo);
}

static void test_shares(void **state) {
    static const uint16_t groups[] = {
        PARLEY_GROUP_x25519,
        PARLEY_GROUP_secp224r1,
        PARLEY_GROUP_secp256r1,
        PARLEY_GROUP_secp384r1,
        PARLEY_GROUP_secp521r1,
        PARLEY_GROUP_ffdhe2048,
#ifdef PARLEY_HAVE_KYBER768
        PARLEY_GROUP_X25519Kyber768Draft00,
#endif
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        struct kex plain, kept, again;
        struct parley_random random = test_random(i);
        assert_true(kex_generate(&plain, groups[i], &random, NULL));
        random = test_random(i);
        assert_true(kex_generate(&kept, groups[i], &random, memo));
        asked(0);
        random = test_random(i);
        assert_true(kex_generate(&again, groups[i], &random, memo));
        asked(1);
        assert_int_equal(again.share_len, plain.share_len);
        assert_memory_equal(again.share, plain.share, plain.share_len);
        assert_memory_equal(again.private_key, plain.private_key, plain.private_len);
    }
}

static void test_secrets(void **state) {
    static const uint16_t groups[] = {PARLEY_GROUP_x25519, PARLEY_GROUP_secp256r1,
                                      PARLEY_GROUP_ffdhe2048};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(groups); i++) {
        struct kex a, b;
        struct parley_random random = test_random(100 + i);
        uint8_t first[KEX_SECRET_MAX], second[KEX_SECRET_MAX];
        size_t first_len = 0, second_len = 0;
        assert_true(kex_generate(&a, groups[i], &random, NULL));
        assert_true(kex_generate(&b, groups[i], &random, NULL));
        struct parley_bytes share = {b.share, b.share_len};
        assert_int_equal(kex_agree(&a, share, memo, first, &first_len), PARLEY_OK);
        asked(0);
        assert_int_equal(kex_agree(&a, share, memo, second, &second_len), PARLEY_OK);
        asked(1);
        assert_int_equal(first_len, second_len);
        assert_memory_equal(first, second, first_len);
        /* Another key of ours; another share, a bad one. */
        assert_int_equal(kex_agree(&b, share, memo, second, &second_len), PARLEY_OK);
        assert_memory_not_equal(first, second, first_len);
        memset(b.share, 0, b.share_len);
        for (int twice = 0; twice < 2; twice++) {
            assert_int_equal(kex_agree(&a, share, memo, second, &second_len), PARLEY_ERR_bad_share);
        }
        asked(0);
    }
}

static void check_signature(EVP_PKEY *key, EVP_PKEY *other, uint16_t code) {
    const struct parley_sigalg *scheme = parley_sigalg_find(code);
    uint8_t content[] = "content", first[SIGNATURE_MAX], second[SIGNATURE_MAX];
    struct parley_bytes in = BYTES_OF(content), signature = {first, 0}, same = {second, 0};
    struct parley_random random = test_random(code);
    assert_true(sign_create(key, scheme, in, &random, memo, first, &signature.len));
    random = test_random(code);
    asked(0);
    assert_true(sign_create(key, scheme, in, &random, memo, second, &same.len));
    asked(1);
    assert_int_equal(signature.len, same.len);
    assert_memory_equal(first, second, signature.len);
    for (size_t i = 0; i < 3; i++) {
        assert_true(sign_verify(key, scheme, in, signature, memo));
    }
    asked(2);
    assert_false(sign_verify(other, scheme, in, signature, memo));
    content[0] ^= 1;
    assert_false(sign_verify(key, scheme, in, signature, memo));
    content[0] ^= 1;
    first[signature.len - 1] ^= 1;
    assert_false(sign_verify(key, scheme, in, signature, memo));
    assert_false(sign_verify(key, scheme, in, signature, memo));
    asked(0);
}

static void test_signatures(void **state) {
    EVP_PKEY *rsa = duo_credential("server-rsa")->key;
    EVP_PKEY *other_rsa = duo_credential("client-rsa")->key;
    EVP_PKEY *p256 = duo_credential("server-ecdsa-p256")->key;
    EVP_PKEY *ed25519 = duo_credential("server-ed25519")->key;
    (void)state;
    check_signature(rsa, other_rsa, PARLEY_SIGALG_rsa_pkcs1_sha256);
    check_signature(rsa, other_rsa, PARLEY_SIGALG_rsa_pss_rsae_sha384);
    check_signature(p256, duo_credential("client-ecdsa-p256")->key,
                    PARLEY_SIGALG_ecdsa_secp256r1_sha256);
    check_signature(ed25519, duo_credential("client-ed25519")->key, PARLEY_SIGALG_ed25519);
    /* A signature under one scheme is none under another. */
    uint8_t content[] = "content", signed_[SIGNATURE_MAX];
    struct parley_bytes in = BYTES_OF(content), signature = {signed_, 0};
    struct parley_random random = test_random(1);
    const struct parley_sigalg *pss = parley_sigalg_find(PARLEY_SIGALG_rsa_pss_rsae_sha256);
    assert_true(sign_create(rsa, pss, in, &random, memo, signed_, &signature.len));
    assert_true(sign_verify(rsa, pss, in, signature, memo));
    assert_false(
        sign_verify(rsa, parley_sigalg_find(PARLEY_SIGALG_rsa_pkcs1_sha256), in, signature, memo));
    asked(0);
}

static void test_premaster(void **state) {
    EVP_PKEY *key = duo_credential("server-rsa")->key;
    uint8_t premaster[48] = {3, 3, 1, 2, 3}, out[48], encrypted[SIGNATURE_MAX];
    struct parley_bytes in = {encrypted, 0};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct parley_random random = test_random(1);
        assert_true(premaster_encrypt(key, premaster, NULL, &random, memo, encrypted, &in.len));
        asked(i);
        random = test_random(2);
        premaster_decrypt(key, in, 0x0303, &random, memo, out);
        asked(i);
        assert_memory_equal(out, premaster, sizeof(out));
    }
    /* The version is no part of the question, and still matters. */
    struct parley_random random = test_random(2);
    premaster_decrypt(key, in, 0x0302, &random, memo, out);
    asked(1);
    assert_memory_not_equal(out, premaster, sizeof(out));
}

static void test_without(void **state) {
    struct memo_question question = {NULL, "share", {{NULL, 0}}};
    uint8_t out[1] = {0};
    (void)state;
    memo_keep(&question, out, 1);
    assert_false(memo_find(&question, out, NULL));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shares),     cmocka_unit_test(test_secrets),
        cmocka_unit_test(test_signatures), cmocka_unit_test(test_premaster),
        cmocka_unit_test(test_without),
    };
    return cmocka_run_group_tests(tests, make, end);
}
