/* Record protection: published records, every suite there and back, and everything that must not
 * open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/cipher.h>
#include <openssl/err.h>
#include <openssl/hmac.h>

#include "engine/protect.h"
#include "tests/support_vectors.h"

static size_t checked;

#define BIG (1 << 15)
static uint8_t plain[BIG], record[BIG + 512], copy[BIG + 512];
static struct parley_seeded seeded;
static struct parley_random source;

/* Keys of any suite: all that is asked for comes from here. */
static uint8_t keys[256];

static int set_up(void **state) {
    (void)state;
    parley_seeded_init(&seeded, 4, 2);
    source = parley_seeded_random(&seeded);
    random_fill(&source, plain, sizeof(plain));
    random_fill(&source, keys, sizeof(keys));
    return 0;
}

static bool is_cbc(const struct parley_suite *suite) {
    return suite->cipher > PARLEY_CIPHER_CHACHA20_POLY1305;
}

static void make(struct protect *p, const struct parley_suite *suite, enum protect_direction dir,
                 bool encrypt_then_mac) {
    if (suite->version == PARLEY_TLS13) {
        struct hmac_key secret;
        hmac_key_init(&secret, suite->hash,
                      (struct parley_bytes){keys, parley_hash_length(suite->hash)});
        protect_tls13(p, suite, &secret);
    } else {
        protect_tls12(p, suite, dir, keys, keys + 64, keys + 128, encrypt_then_mac);
    }
}

/* variant |i| of a suite: its both ends, if there is one. */
static bool make_both(const struct parley_suite *suite, int variant, struct protect *seal,
                      struct protect *open) {
    if (variant == 1 && !is_cbc(suite)) {
        return false;
    }
    make(seal, suite, PROTECT_SEAL, variant == 1);
    make(open, suite, PROTECT_OPEN, variant == 1);
    return true;
}

static size_t seal(struct protect *p, uint8_t type, size_t len, size_t padding) {
    size_t total = protect_sealed_length(p, len, padding);
    assert_true(total <= sizeof(record));
    assert_true(len + padding > PARLEY_RECORD_MAX ||
                total <= PARLEY_RECORD_HEADER + len + padding + PROTECT_OVERHEAD_MAX);
    record[total] = 0xee;
    assert_true(protect_seal(p, type, PARLEY_TLS10, (struct parley_bytes){plain, len}, padding,
                             &source, record));
    assert_int_equal(record[total], 0xee);
    assert_int_equal((size_t)record[3] << 8 | record[4], total - PARLEY_RECORD_HEADER);
    return total;
}

static void opens(struct protect *p, size_t total, uint8_t type, size_t len) {
    uint8_t got = 0;
    struct parley_bytes out = {NULL, 0};
    assert_int_equal(protect_open(p, record, total, &got, &out), PARLEY_OK);
    assert_int_equal(got, type);
    assert_int_equal(out.len, len);
    if (len > 0) {
        assert_true(out.data >= record && out.data + out.len <= record + total);
        assert_memory_equal(out.data, plain, len);
    }
    checked++;
}

/* refuses works on a copy, so that |record| can be used again, and |p| has to stay as it is. */
static void refuses(struct protect *p, size_t total, enum parley_error error) {
    uint8_t type = 99;
    struct parley_bytes out = {NULL, 77};
    uint64_t sequence = p->sequence;
    memcpy(copy, record, total);
    assert_int_equal(protect_open(p, copy, total, &type, &out), error);
    assert_int_equal(type, 99);
    assert_int_equal(out.len, 77);
    assert_true(p->sequence == sequence);
    assert_memory_equal(copy, record, PARLEY_RECORD_HEADER);
    ERR_clear_error();
    checked++;
}

/* Every suite (CBC twice: RFC 7366 or not) and many sizes; the struct may be copied on the way. */
static void round_trips(void **state) {
    (void)state;
    for (size_t i = 0; i < parley_suite_count; i++) {
        for (int variant = 0; variant < 2; variant++) {
            struct protect p, q;
            if (!make_both(&parley_suites[i], variant, &p, &q)) {
                continue;
            }
            for (size_t len = 0; len <= PARLEY_RECORD_MAX; len = len < 300 ? len + 1 : len + 4021) {
                size_t total = seal(&p, 23, len, 0);
                assert_int_equal(record[0], 23);
                assert_int_equal(record[1] << 8 | record[2], PARLEY_TLS12);
                opens(&q, total, 23, len);
                struct protect moved = p;
                protect_clear(&p);
                p = moved;
            }
            opens(&q, seal(&p, 22, PARLEY_RECORD_MAX, 0), 22, PARLEY_RECORD_MAX);
        }
    }
}

static void plaintext(void **state) {
    (void)state;
    struct protect p, q;
    protect_clear(&p);
    protect_clear(&q);
    const size_t sizes[] = {0, 1, 500, PARLEY_RECORD_MAX};
    for (size_t i = 0; i < 4; i++) {
        size_t total = seal(&p, 22, sizes[i], 0);
        assert_int_equal(total, PARLEY_RECORD_HEADER + sizes[i]);
        assert_int_equal(record[1] << 8 | record[2], PARLEY_TLS10);
        opens(&q, total, 22, sizes[i]);
    }
    refuses(&q, seal(&p, 22, PARLEY_RECORD_MAX + 1, 0), PARLEY_ERR_plaintext_overflow);
}

/* Each bit of each byte of a record flipped, and each shorter length. */
static void corrupted(void **state) {
    (void)state;
    for (size_t i = 0; i < parley_suite_count; i++) {
        const struct parley_suite *suite = &parley_suites[i];
        for (int variant = 0; variant < 2; variant++) {
            struct protect p, q;
            if (!make_both(suite, variant, &p, &q)) {
                continue;
            }
            for (size_t len = 0; len <= 40; len += 20) {
                size_t total = seal(&p, 23, len, 0);
                for (size_t bit = 0; bit < 8 * total; bit++) {
                    size_t at = bit / 8;
                    /* The header's length is the caller's to read; TLS 1.3 authenticates it. */
                    if (suite->version == PARLEY_TLS12 && (at == 3 || at == 4)) {
                        continue;
                    }
                    bool type = suite->version == PARLEY_TLS13 && at == 0;
                    record[at] ^= (uint8_t)(1u << (bit % 8));
                    refuses(&q, total,
                            type ? PARLEY_ERR_outer_record_type : PARLEY_ERR_record_decrypt);
                    record[at] ^= (uint8_t)(1u << (bit % 8));
                }
                for (size_t cut = PARLEY_RECORD_HEADER; cut < total; cut++) {
                    refuses(&q, cut, PARLEY_ERR_record_decrypt);
                }
                opens(&q, total, 23, len);
            }
        }
    }
}

/* A record out of turn does not open, and does no harm. */
static void sequence(void **state) {
    (void)state;
    for (size_t i = 0; i < parley_suite_count; i++) {
        for (int variant = 0; variant < 2; variant++) {
            struct protect p, q;
            if (!make_both(&parley_suites[i], variant, &p, &q)) {
                continue;
            }
            struct protect first = p;
            seal(&p, 23, 100, 0);
            refuses(&q, seal(&p, 23, 100, 0), PARLEY_ERR_record_decrypt);
            size_t total = seal(&first, 23, 100, 0);
            opens(&q, total, 23, 100);
            seal(&first, 23, 100, 0);
            refuses(&p, total, PARLEY_ERR_record_decrypt); /* two further */
            opens(&q, total, 23, 100);
            p.sequence = q.sequence = UINT64_MAX - 1;
            opens(&q, seal(&p, 23, 100, 0), 23, 100);
            assert_false(protect_seal(&p, 23, PARLEY_TLS12, (struct parley_bytes){plain, 1}, 0,
                                      &source, record));
            refuses(&q, total, PARLEY_ERR_record_sequence_overflow);
        }
    }
}

/* RFC 8446 5.4: zeros behind the type, up to 2^14 + 1 bytes altogether. */
static void tls13_padding(void **state) {
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct protect p, q;
        make_both(&parley_suites[i], 0, &p, &q);
        for (size_t padding = 0; padding < 70; padding++) {
            size_t total = seal(&p, 22, padding, padding);
            assert_int_equal(record[0], 23);
            opens(&q, total, 22, padding);
        }
        opens(&q, seal(&p, 21, 0, PARLEY_RECORD_MAX), 21, 0);
        opens(&q, seal(&p, 21, 2, PARLEY_RECORD_MAX - 2), 21, 2);
        refuses(&q, seal(&p, 21, 2, PARLEY_RECORD_MAX - 1), PARLEY_ERR_plaintext_overflow);
        p.sequence = q.sequence;
        refuses(&q, seal(&p, 23, PARLEY_RECORD_MAX + 1, 0), PARLEY_ERR_plaintext_overflow);
        p.sequence = q.sequence;
        refuses(&q, seal(&p, 0, 0, 0), PARLEY_ERR_record_padding_only);
        p.sequence = q.sequence;
        refuses(&q, seal(&p, 0, 0, 1000), PARLEY_ERR_record_padding_only);
        p.sequence = q.sequence;
        opens(&q, seal(&p, 23, 5, 0), 23, 5);
    }
}

static void tls12_overflow(void **state) {
    (void)state;
    for (size_t i = 0; i < parley_suite_count; i++) {
        for (int variant = 0; variant < 2; variant++) {
            struct protect p, q;
            if (parley_suites[i].version == PARLEY_TLS12 &&
                make_both(&parley_suites[i], variant, &p, &q)) {
                refuses(&q, seal(&p, 23, PARLEY_RECORD_MAX + 1, 0), PARLEY_ERR_plaintext_overflow);
            }
        }
    }
}

/* ---- CBC records made by hand ---- */

static const EVP_MD *mac_of(enum parley_cipher cipher) {
    return cipher <= PARLEY_CIPHER_AES_256_CBC_SHA || cipher == PARLEY_CIPHER_3DES_EDE_CBC_SHA
               ? EVP_sha1()
           : cipher <= PARLEY_CIPHER_AES_256_CBC_SHA256 ? EVP_sha256()
                                                        : EVP_sha384();
}

/* mac_bytes writes the MAC of record |sequence| over |data|. */
static size_t mac_bytes(const struct parley_suite *suite, uint8_t number, const uint8_t *data,
                        size_t len, uint8_t *out) {
    static uint8_t in[13 + BIG];
    size_t mac_len, key_len, iv_len;
    unsigned n;
    protect_tls12_lengths(suite->cipher, &mac_len, &key_len, &iv_len);
    memset(in, 0, 8);
    in[7] = number;
    in[8] = 23;
    in[9] = in[10] = 3;
    in[11] = (uint8_t)(len >> 8);
    in[12] = (uint8_t)len;
    memcpy(in + 13, data, len);
    assert_non_null(HMAC(mac_of(suite->cipher), keys, mac_len, in, 13 + len, out, &n));
    assert_int_equal(n, mac_len);
    return n;
}

static size_t block_of(const struct parley_suite *suite) {
    return suite->cipher == PARLEY_CIPHER_3DES_EDE_CBC_SHA ? 8 : 16;
}

/* encrypt is CBC in place, with an IV out of |plain|. */
static void encrypt(const struct parley_suite *suite, size_t key_len, uint8_t *data, size_t len) {
    const EVP_CIPHER *cipher = block_of(suite) == 8 ? EVP_des_ede3_cbc()
                               : key_len == 16      ? EVP_aes_128_cbc()
                                                    : EVP_aes_256_cbc();
    EVP_CIPHER_CTX ctx;
    int n;
    EVP_CIPHER_CTX_init(&ctx);
    assert_true(EVP_EncryptInit_ex(&ctx, cipher, NULL, keys + 64, plain + 999));
    assert_true(EVP_CIPHER_CTX_set_padding(&ctx, 0));
    assert_true(EVP_EncryptUpdate(&ctx, data, &n, data, (int)len));
    assert_int_equal(n, len);
    EVP_CIPHER_CTX_cleanup(&ctx);
}

/* hand_made writes a CBC record 0 of |len| bytes with |pad| bytes of padding before the last, that
 * at |wrong_at| (if there is one) XORed with |wrong|. Returns its length, or 0 if it fills no
 * blocks. */
static size_t hand_made(const struct parley_suite *suite, bool encrypt_then_mac, size_t len,
                        size_t pad, size_t wrong_at, uint8_t wrong) {
    const size_t block = block_of(suite);
    uint8_t *body = record + 5 + block;
    size_t mac_len, key_len, iv_len, n = len;
    protect_tls12_lengths(suite->cipher, &mac_len, &key_len, &iv_len);
    if ((len + (encrypt_then_mac ? 0 : mac_len) + pad + 1) % block != 0) {
        return 0;
    }
    memcpy(body, plain, len);
    if (!encrypt_then_mac) {
        n += mac_bytes(suite, 0, plain, len, body + len);
    }
    memset(body + n, (int)pad, pad + 1);
    if (wrong_at <= pad) {
        body[n + wrong_at] ^= wrong;
    }
    n += pad + 1;
    memcpy(record + 5, plain + 999, block);
    encrypt(suite, key_len, body, n);
    if (encrypt_then_mac) {
        n += mac_bytes(suite, 0, record + 5, block + n, body + n);
    }
    record[0] = 23;
    record[1] = record[2] = 3;
    record[3] = (uint8_t)((block + n) >> 8);
    record[4] = (uint8_t)(block + n);
    return 5 + block + n;
}

/* All padding lengths open; with one byte wrong none does (RFC 5246 6.2.3.2). */
static void cbc_padding(void **state) {
    (void)state;
    for (size_t i = 0; i < parley_suite_count; i++) {
        const struct parley_suite *suite = &parley_suites[i];
        for (int variant = 0; is_cbc(suite) && variant < 2; variant++) {
            for (size_t pad = 0; pad <= 255; pad++) {
                for (size_t len = 0; len < 64; len++) {
                    struct protect q;
                    make(&q, suite, PROTECT_OPEN, variant == 1);
                    size_t total = hand_made(suite, variant == 1, len, pad, SIZE_MAX, 0);
                    if (total == 0) {
                        continue;
                    }
                    opens(&q, total, 23, len);
                    make(&q, suite, PROTECT_OPEN, variant == 1);
                    /* Another length could be right by chance, which only an inner MAC finds. */
                    size_t end = variant == 1 ? pad : pad + 1;
                    for (size_t at = 0; at < end; at += pad < 40 ? 1 : 37) {
                        refuses(&q, hand_made(suite, variant == 1, len, pad, at, 1),
                                PARLEY_ERR_record_decrypt);
                        refuses(&q, hand_made(suite, variant == 1, len, pad, at, 0x80),
                                PARLEY_ERR_record_decrypt);
                    }
                }
            }
        }
    }
}

/* ---- Published and independently composed records ---- */

static void check_record(const struct parley_vectors *v, const char *section, struct protect *seals,
                         struct protect *p, const char *name, uint8_t type,
                         struct parley_bytes content) {
    struct parley_bytes expected = parley_vector_get(v, section, name);
    memcpy(plain, content.data, content.len);
    assert_int_equal(seal(seals, type, content.len, 0), expected.len);
    assert_memory_equal(record, expected.data, expected.len);
    opens(p, expected.len, type, content.len);
}

static void trace_keys(struct protect *p, const struct parley_suite *suite,
                       struct parley_bytes traffic_secret) {
    struct hmac_key secret;
    hmac_key_init(&secret, suite->hash, traffic_secret);
    protect_tls13(p, suite, &secret);
}

static void rfc8448(void **state) {
    (void)state;
    static const char s[] = "simple_1rtt";
    static const char *const flight[] = {"encrypted_extensions", "certificate",
                                         "certificate_verify", "server_finished"};
    static uint8_t joined[2048];
    struct parley_vectors v;
    struct protect p, q;
    const struct parley_suite *suite = parley_suite_find(0x1301);
    struct parley_bytes content = {joined, 0};
    assert_true(parley_vectors_open(&v, "harness/tests/vectors/rfc8448.txt"));
    for (size_t i = 0; i < 4; i++) {
        struct parley_bytes m = parley_vector_get(&v, s, flight[i]);
        memcpy(joined + content.len, m.data, m.len);
        content.len += m.len;
    }
    trace_keys(&p, suite, parley_vector_get(&v, s, "server_handshake_traffic_secret"));
    q = p;
    check_record(&v, s, &p, &q, "server_flight_record", 22, content);
    trace_keys(&p, suite, parley_vector_get(&v, s, "client_handshake_traffic_secret"));
    q = p;
    check_record(&v, s, &p, &q, "client_flight_record", 22,
                 parley_vector_get(&v, s, "client_finished"));
    trace_keys(&p, suite, parley_vector_get(&v, s, "server_application_traffic_secret"));
    q = p;
    check_record(&v, s, &p, &q, "new_session_ticket_record", 22,
                 parley_vector_get(&v, s, "new_session_ticket"));
    check_record(&v, s, &p, &q, "server_application_data_record", 23,
                 parley_vector_get(&v, s, "server_application_data"));
    check_record(&v, s, &p, &q, "server_alert_record", 21,
                 parley_vector_get(&v, s, "server_alert"));
    parley_vectors_close(&v);
}

/* iv_fill hands out the IV of a published record as the randomness that sealing it draws. */
static void iv_fill(void *arg, uint8_t *out, size_t len) {
    memcpy(out, arg, len);
}

static void illustrated_tls12(void **state) {
    (void)state;
    static const char s[] = "illustrated_tls12";
    static const char *const records[] = {"client_finished_record",
                                          "client_application_data_record", "client_alert_record"};
    static const char *const contents[] = {"client_finished", "client_application_data",
                                           "client_alert"};
    const uint8_t types[] = {22, 23, 21};
    struct parley_vectors v;
    struct protect p, q;
    const struct parley_suite *suite = parley_suite_find(0xc013);
    assert_true(parley_vectors_open(&v, "harness/tests/vectors/tls12.txt"));
    const uint8_t *mac = parley_vector_get(&v, s, "client_mac_key").data;
    const uint8_t *key = parley_vector_get(&v, s, "client_key").data;
    protect_tls12(&p, suite, PROTECT_SEAL, mac, key, NULL, false);
    protect_tls12(&q, suite, PROTECT_OPEN, mac, key, NULL, false);
    for (size_t i = 0; i < 3; i++) {
        uint8_t iv[16];
        memcpy(iv, parley_vector_get(&v, s, records[i]).data + PARLEY_RECORD_HEADER, sizeof(iv));
        source = (struct parley_random){iv_fill, iv};
        check_record(&v, s, &p, &q, records[i], types[i], parley_vector_get(&v, s, contents[i]));
    }
    source = parley_seeded_random(&seeded);
    parley_vectors_close(&v);
}

/* TLS 1.2's AEADs, composed from RFC 5288 3, RFC 7905 2 and RFC 5246 6.2.3.3. */
static void tls12_aead(void **state) {
    (void)state;
    const struct {
        uint16_t suite;
        const EVP_AEAD *aead;
        size_t key_len, explicit_len;
    } rows[] = {{0xc02b, EVP_aead_aes_128_gcm(), 16, 8},
                {0xc02c, EVP_aead_aes_256_gcm(), 32, 8},
                {0xcca9, EVP_aead_chacha20_poly1305(), 32, 0}};
    for (size_t i = 0; i < 3; i++) {
        struct protect p;
        uint8_t expected[200], nonce[12];
        const uint8_t ad[13] = {0, 0, 0, 0, 0, 0, 1, 2, 23, 3, 3, 0, 100};
        size_t len, e = rows[i].explicit_len;
        make(&p, parley_suite_find(rows[i].suite), PROTECT_SEAL, false);
        p.sequence = 0x102;
        memcpy(nonce, keys + 128, 12);
        if (e > 0) {
            memcpy(nonce + 4, ad, 8);
        } else {
            nonce[10] ^= 1;
            nonce[11] ^= 2;
        }
        EVP_AEAD_CTX *ctx = EVP_AEAD_CTX_new(rows[i].aead, keys + 64, rows[i].key_len, 16);
        assert_non_null(ctx);
        assert_true(EVP_AEAD_CTX_seal(ctx, expected, &len, sizeof(expected), nonce, 12, plain, 100,
                                      ad, sizeof(ad)));
        assert_int_equal(seal(&p, 23, 100, 0), 5 + e + len);
        assert_memory_equal(record + 5, ad, e);
        assert_memory_equal(record + 5 + e, expected, len);
        EVP_AEAD_CTX_free(ctx);
        checked++;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trips),       cmocka_unit_test(plaintext),
        cmocka_unit_test(corrupted),         cmocka_unit_test(sequence),
        cmocka_unit_test(tls13_padding),     cmocka_unit_test(tls12_overflow),
        cmocka_unit_test(cbc_padding),       cmocka_unit_test(rfc8448),
        cmocka_unit_test(illustrated_tls12), cmocka_unit_test(tls12_aead),
    };
    int failed = cmocka_run_group_tests(tests, set_up, NULL);
    printf("%zu records checked\n", checked);
    return failed;
}
