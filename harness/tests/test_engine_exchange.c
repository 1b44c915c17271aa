/* Key exchanges and Finished messages that are wrong, and the one that must not tell: the RSA key
 * exchange (RFC 5246 7.4.7.1). */
#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/rsa.h>

#include "engine/credential.h"
#include "engine/sign.h"
#include "engine/inside.h"
#include "tests/support_refusal.h"

static size_t refused;

/* ---- server_key_exchange ---- */

/* sign_anew makes |params| the content of a server_key_exchange, signed by the server's own key. */
static void sign_anew(struct duo *d, struct edit *e, struct parley_bytes params) {
    struct parley_engine *server = d->engine[PARLEY_SERVER];
    struct parley_random random = parley_seeded_random(&d->seeded[PARLEY_SERVER]);
    uint8_t content[64 + 2048], tail[4 + SIGNATURE_MAX];
    size_t len = 0;
    assert_true(params.len <= 2048);
    memcpy(content, server->client_random, 32);
    memcpy(content + 32, server->server_random, 32);
    memcpy(content + 64, params.data, params.len);
    assert_true(sign_create(server->credential->key, server->own_scheme,
                            (struct parley_bytes){content, 64 + params.len}, &random, NULL,
                            tail + 4, &len));
    tail[0] = (uint8_t)(server->own_scheme->code >> 8);
    tail[1] = (uint8_t)server->own_scheme->code;
    tail[2] = (uint8_t)(len >> 8);
    tail[3] = (uint8_t)len;
    edit_splice(e, PARLEY_HANDSHAKE_HEADER, e->len - PARLEY_HANDSHAKE_HEADER, params);
    edit_splice(e, e->len, 0, (struct parley_bytes){tail, 4 + len});
}

#define SIGNED(name, ...)                                                                          \
    static void name(struct duo *d, struct edit *e) {                                              \
        static const uint8_t params[] = {__VA_ARGS__};                                             \
        sign_anew(d, e, BYTES_OF(params));                                                         \
    }
#define SIXTEEN 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
SIGNED(ecdhe_zeros, 3, 0, 0x1d, 32, SIXTEEN, SIXTEEN)
SIGNED(ecdhe_one, 3, 0, 0x1d, 32, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, SIXTEEN)
SIGNED(ecdhe_short, 3, 0, 0x1d, 1, 9)
SIGNED(ecdhe_other_group, 3, 0, 0x17, 1, 4)
SIGNED(ecdhe_unknown_group, 3, 0xab, 0xcd, 1, 4)
SIGNED(ecdhe_ffdhe, 3, 1, 0, 1, 4)
SIGNED(ecdhe_explicit_prime, 1, 0, 0x1d, 1, 9)
SIGNED(p256_off_the_curve, 3, 0, 0x17, 65, 4, SIXTEEN, SIXTEEN, SIXTEEN, SIXTEEN)
SIGNED(p256_infinity, 3, 0, 0x17, 1, 0)

static void set_p256(struct duo *d) {
    set_tls12(d);
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
             PARLEY_GROUP_secp256r1);
}

static const struct refusal server_exchanges[] = {
    {"a wrong signature, ECDHE", set_tls12, OF(S, server_key_exchange_ecdhe), FLIP(-1),
     REFUSES(C, decrypt_error, bad_signature)},
    {"another point than was signed", set_tls12, OF(S, server_key_exchange_ecdhe), FLIP(10),
     REFUSES(C, decrypt_error, bad_signature)},
    {"a wrong signature, DHE", set_tls12_dhe, OF(S, server_key_exchange_dhe), FLIP(-1),
     REFUSES(C, decrypt_error, bad_signature)},
    {"another prime than was signed", set_tls12_dhe, OF(S, server_key_exchange_dhe), FLIP(10),
     REFUSES(C, decrypt_error, bad_signature)},
    {"the scheme of another key", set_tls12, OF(S, server_key_exchange_ecdhe), PUT(36, "0804"),
     REFUSES(C, illegal_parameter, bad_signature_scheme)},
    {"an unknown scheme", set_tls12, OF(S, server_key_exchange_ecdhe), PUT(36, "ffff"),
     REFUSES(C, illegal_parameter, bad_signature_scheme)},
    {"an explicit prime", set_tls12, OF(S, server_key_exchange_ecdhe), CALL(ecdhe_explicit_prime),
     REFUSES(C, illegal_parameter, bad_value)},
    {"a group that was not offered", set_tls12, OF(S, server_key_exchange_ecdhe),
     CALL(ecdhe_other_group), REFUSES(C, illegal_parameter, bad_group)},
    {"an unknown group", set_tls12, OF(S, server_key_exchange_ecdhe), CALL(ecdhe_unknown_group),
     REFUSES(C, illegal_parameter, bad_group)},
    {"a finite field as a curve", set_tls12, OF(S, server_key_exchange_ecdhe), CALL(ecdhe_ffdhe),
     REFUSES(C, illegal_parameter, bad_group)},
    {"X25519: zeros", set_tls12, OF(S, server_key_exchange_ecdhe), CALL(ecdhe_zeros),
     REFUSES(C, illegal_parameter, bad_share)},
    {"X25519: small order", set_tls12, OF(S, server_key_exchange_ecdhe), CALL(ecdhe_one),
     REFUSES(C, illegal_parameter, bad_share)},
    {"X25519: one byte", set_tls12, OF(S, server_key_exchange_ecdhe), CALL(ecdhe_short),
     REFUSES(C, illegal_parameter, bad_share)},
    {"P-256: off the curve", set_p256, OF(S, server_key_exchange_ecdhe), CALL(p256_off_the_curve),
     REFUSES(C, illegal_parameter, bad_share)},
    {"P-256: infinity", set_p256, OF(S, server_key_exchange_ecdhe), CALL(p256_infinity),
     REFUSES(C, illegal_parameter, bad_share)},
};

static void test_server_exchanges(void **state) {
    (void)state;
    refused += refuse_all(server_exchanges, COUNT_OF(server_exchanges));
}

/* ---- Finite fields ---- */

/* What a DHE group or value may be: p itself, something beside it, or a small number. */
enum number { THE_P, P_MINUS_1, P_PLUS_1, ZERO, ONE, TWO, P_EVEN, P_1024, P_2047, P_4104, THE_YS };

static size_t number(struct duo *d, enum number n, uint8_t out[KEX_SHARE_MAX + 1]) {
    uint8_t p[KEX_SHARE_MAX], g;
    size_t len;
    const struct kex *share = &d->engine[PARLEY_SERVER]->shares[0];
    assert_true(kex_dhe_parameters(PARLEY_GROUP_ffdhe2048, p, &len, &g));
    memcpy(out, p, len);
    switch (n) {
    case THE_P:
        return len;
    case P_MINUS_1: /* p ends in ff */
        out[len - 1]--;
        return len;
    case P_EVEN:
        out[len - 1] ^= 1;
        return len;
    case P_PLUS_1:
        memset(out + len - 8, 0, 8); /* the last eight bytes of p are ff */
        for (size_t i = len - 9; ++out[i] == 0;) {
            i--;
        }
        return len;
    case P_1024:
        out[127] |= 1;
        return 128;
    case P_2047:
        out[0] &= 0x7f;
        return len;
    case P_4104:
        memset(out, 0xff, 513);
        return 513;
    case THE_YS:
        memcpy(out, share->share, share->share_len);
        return share->share_len;
    default:
        out[0] = (uint8_t)(n - ZERO);
        return 1;
    }
}

static const struct dhe {
    enum number p, g, ys;
    unsigned alert;
    enum parley_error error;
} fields[] = {
    {P_1024, TWO, TWO, PARLEY_ALERT_insufficient_security, PARLEY_ERR_weak_dh},
    {P_2047, TWO, THE_YS, PARLEY_ALERT_insufficient_security, PARLEY_ERR_weak_dh},
    {ONE, ONE, ONE, PARLEY_ALERT_insufficient_security, PARLEY_ERR_weak_dh},
    {P_4104, TWO, TWO, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_bad_dh},
    {P_EVEN, TWO, THE_YS, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_bad_dh},
    {THE_P, ZERO, THE_YS, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_bad_dh},
    {THE_P, ONE, THE_YS, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_bad_dh},
    {THE_P, P_MINUS_1, THE_YS, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_bad_dh},
    {THE_P, THE_P, THE_YS, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_bad_dh},
    {THE_P, TWO, ZERO, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_bad_dh},
    {THE_P, TWO, ONE, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_bad_dh},
    {THE_P, TWO, P_MINUS_1, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_bad_dh},
    {THE_P, TWO, THE_P, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_bad_dh},
    {THE_P, TWO, P_PLUS_1, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_bad_dh},
};

static void bend_field(struct duo *d, struct edit *e) {
    const struct dhe *dhe = d->with;
    const enum number parts[] = {dhe->p, dhe->g, dhe->ys};
    uint8_t params[3 * (2 + KEX_SHARE_MAX + 1)];
    size_t n = 0;
    for (size_t i = 0; i < 3; i++) {
        size_t len = number(d, parts[i], params + n + 2);
        params[n] = (uint8_t)(len >> 8);
        params[n + 1] = (uint8_t)len;
        n += 2 + len;
    }
    sign_anew(d, e, (struct parley_bytes){params, n});
}

static void test_server_fields(void **state) {
    (void)state;
    struct duo *d = duo_new();
    duo_hooks(d);
    set_tls12_dhe(d);
    for (size_t i = 0; i < COUNT_OF(fields); i++) {
        d->with = &fields[i];
        duo_bend(d, PARLEY_SERVER, PARLEY_MSG_server_key_exchange_dhe, 0, bend_field);
        duo_refuses(d, PARLEY_CLIENT, fields[i].alert, fields[i].error, "DHE parameters");
        refused++;
    }
    /* The same way with the right ones: what is refused is not the signature. */
    static const struct dhe fine = {THE_P, TWO, THE_YS, PARLEY_ALERT_NONE, PARLEY_OK};
    d->with = &fine;
    duo_complete(d, false);
    duo_free(d);
}

/* ---- client_key_exchange ---- */

static void bend_client_field(struct duo *d, struct edit *e) {
    uint8_t body[2 + KEX_SHARE_MAX + 1];
    size_t len = number(d, (enum number)d->at, body + 2);
    body[0] = (uint8_t)(len >> 8);
    body[1] = (uint8_t)len;
    edit_splice(e, PARLEY_HANDSHAKE_HEADER, e->len - PARLEY_HANDSHAKE_HEADER,
                (struct parley_bytes){body, 2 + len});
}

static void test_client_fields(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const enum number wrong[] = {ZERO, ONE, P_MINUS_1, THE_P, P_PLUS_1, P_4104};
    duo_hooks(d);
    set_tls12_dhe(d);
    for (size_t i = 0; i < COUNT_OF(wrong); i++) {
        d->at = wrong[i];
        duo_bend(d, PARLEY_CLIENT, PARLEY_MSG_client_key_exchange_dhe, 0, bend_client_field);
        duo_refuses(d, PARLEY_SERVER, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_bad_share, "Yc");
        refused++;
    }
    duo_free(d);
}

static void replace_body(struct edit *e, struct parley_bytes body) {
    edit_splice(e, PARLEY_HANDSHAKE_HEADER, e->len - PARLEY_HANDSHAKE_HEADER, body);
}

#define BODY(name, ...)                                                                            \
    static void name(struct duo *d, struct edit *e) {                                              \
        static const uint8_t body[] = {__VA_ARGS__};                                               \
        (void)d;                                                                                   \
        replace_body(e, BYTES_OF(body));                                                           \
    }
BODY(yc_zeros, 32, SIXTEEN, SIXTEEN)
BODY(yc_short, 31, SIXTEEN, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
BODY(yc_off_the_curve, 65, 4, SIXTEEN, SIXTEEN, SIXTEEN, SIXTEEN)
BODY(yc_implicit, 0) /* RFC 8422 5.7: only in a certificate */
BODY(one_zero, 0, 0)

static const struct refusal client_exchanges[] = {
    {"X25519: zeros", set_tls12, OF(C, client_key_exchange_ecdhe), CALL(yc_zeros),
     REFUSES(S, illegal_parameter, bad_share)},
    {"X25519: 31 bytes", set_tls12, OF(C, client_key_exchange_ecdhe), CALL(yc_short),
     REFUSES(S, illegal_parameter, bad_share)},
    {"P-256: off the curve", set_p256, OF(C, client_key_exchange_ecdhe), CALL(yc_off_the_curve),
     REFUSES(S, illegal_parameter, bad_share)},
    {"an implicit share", set_tls12, OF(C, client_key_exchange_ecdhe), CALL(yc_implicit),
     REFUSES(S, decode_error, length_out_of_range)},
    {"DHE: an empty share", set_tls12_dhe, OF(C, client_key_exchange_dhe), CALL(one_zero),
     REFUSES(S, decode_error, length_out_of_range)},
};

static void test_client_exchanges(void **state) {
    (void)state;
    refused += refuse_all(client_exchanges, COUNT_OF(client_exchanges));
}

/* ---- Finished ---- */

static void longer(struct duo *d, struct edit *e) {
    (void)d;
    edit_splice(e, e->len, 0, (struct parley_bytes){(const uint8_t *)"", 1});
}

static void shorter(struct duo *d, struct edit *e) {
    (void)d;
    edit_cut(e, e->len - 1);
}

static void empty(struct duo *d, struct edit *e) {
    (void)d;
    edit_cut(e, PARLEY_HANDSHAKE_HEADER);
}

#define FINISHED(set, sender, who, resumed)                                                        \
    {"its first bit, " #set, set, OF(sender, finished), FLIP(0),                                   \
     REFUSES##resumed(who, decrypt_error, bad_finished)},                                          \
        {"its last bit, " #set, set, OF(sender, finished), FLIP(-1),                               \
         REFUSES##resumed(who, decrypt_error, bad_finished)},                                      \
        {"a byte more, " #set, set, OF(sender, finished), CALL(longer),                            \
         REFUSES##resumed(who, decrypt_error, bad_finished)},                                      \
        {"a byte less, " #set, set, OF(sender, finished), CALL(shorter),                           \
         REFUSES##resumed(who, decrypt_error, bad_finished)},                                      \
    {                                                                                              \
        "nothing at all, " #set, set, OF(sender, finished), CALL(empty),                           \
            REFUSES##resumed(who, decrypt_error, bad_finished)                                     \
    }

static const struct refusal finished[] = {
    FINISHED(set_tls12, C, S, ),         FINISHED(set_tls12, S, C, ),
    FINISHED(set_tls13, C, S, ),         FINISHED(set_tls13, S, C, ),
    FINISHED(set_tls12_rsa, C, S, ),     FINISHED(set_tls12_dhe, S, C, ),
    FINISHED(set_tls12_auth, C, S, ),    FINISHED(set_tls13_auth, C, S, ),
    FINISHED(set_retry, C, S, ),         FINISHED(set_retry_group, S, C, ),
    FINISHED(set_psk, C, S, ),           FINISHED(set_psk_ke, S, C, ),
    FINISHED(set_tls12, C, S, _RESUMED), FINISHED(set_tls12, S, C, _RESUMED),
    FINISHED(set_tls13, C, S, _RESUMED), FINISHED(set_tls13, S, C, _RESUMED),
};

static void test_finished(void **state) {
    (void)state;
    refused += refuse_all(finished, COUNT_OF(finished));
}

/* ---- RSA key exchange: nothing tells (RFC 5246 7.4.7.1) ---- */

enum rsa_case {
    FIRST_BYTE, /* not 00 */
    BLOCK_TYPE_1,
    BLOCK_TYPE_0,
    EARLY_ZERO, /* in the eight bytes that must not have one */
    LATER_ZERO, /* the secret would be longer */
    NO_ZERO,
    LATE_ZERO, /* the secret would be one byte shorter */
    NO_SECRET, /* the last byte is the zero */
    VERSION_TLS10,
    VERSION_TLS11,
    VERSION_TLS13,
    VERSION_SWAPPED,
    OTHER_SECRET, /* all is well but the secret: the client does not know it */
    ALL_ZEROS,    /* of the plaintext */
    CIPHERTEXT_ZERO,
    CIPHERTEXT_ONE,
    CIPHERTEXT_MODULUS,
    CIPHERTEXT_ONES,
    CIPHERTEXT_SHORT,
    CIPHERTEXT_LONG,
    CIPHERTEXT_EMPTY,
    RSA_CASES,
};

/* plaintext writes the padded plaintext of |c|. */
static void plaintext(enum rsa_case c, uint8_t *em, size_t len) {
    size_t secret = len - 48;
    memset(em, 0x5a, len);
    em[0] = 0;
    em[1] = 2;
    em[secret - 1] = 0;
    em[secret] = em[secret + 1] = 3;
    if (c == FIRST_BYTE) {
        em[0] = 1;
    }
    if (c == BLOCK_TYPE_1) {
        em[1] = 1;
    }
    if (c == BLOCK_TYPE_0) {
        em[1] = 0;
    }
    if (c == EARLY_ZERO) {
        em[4] = 0;
    }
    if (c == LATER_ZERO) {
        em[secret - 2] = 0;
    }
    if (c == NO_ZERO || c == LATE_ZERO || c == NO_SECRET) {
        em[secret - 1] = 1;
    }
    if (c == LATE_ZERO) {
        em[secret] = 0;
    }
    if (c == NO_SECRET) {
        em[len - 1] = 0;
    }
    if (c == VERSION_TLS10) {
        em[secret + 1] = 1;
    }
    if (c == VERSION_TLS11) {
        em[secret + 1] = 2;
    }
    if (c == VERSION_TLS13) {
        em[secret + 1] = 4;
    }
    if (c == VERSION_SWAPPED) {
        em[secret] = 1;
    }
    if (c == ALL_ZEROS) {
        memset(em, 0, len);
    }
}

static void change_premaster(struct duo *d, struct edit *e) {
    enum rsa_case c = (enum rsa_case)d->at;
    RSA *rsa = EVP_PKEY_get0_RSA(duo_credential("server-rsa")->key);
    uint8_t em[256], body[2 + 257] = {0};
    size_t len = sizeof(em);
    assert_int_equal(RSA_size(rsa), sizeof(em));
    if (c < CIPHERTEXT_ZERO) {
        plaintext(c, em, sizeof(em));
        assert_true(RSA_encrypt(rsa, &len, body + 2, 256, em, sizeof(em), RSA_NO_PADDING));
    } else if (c == CIPHERTEXT_MODULUS) {
        assert_true(BN_bn2bin_padded(body + 2, 256, RSA_get0_n(rsa)));
    } else if (c == CIPHERTEXT_ONES) {
        memset(body + 2, 0xff, 256);
    } else if (c != CIPHERTEXT_ZERO) {
        body[2 + 255] = 1;
    }
    if (c == CIPHERTEXT_SHORT) {
        len--;
    }
    if (c == CIPHERTEXT_LONG) {
        len++;
    }
    if (c == CIPHERTEXT_EMPTY) {
        len = 0;
    }
    body[0] = (uint8_t)(len >> 8);
    body[1] = (uint8_t)len;
    replace_body(e, (struct parley_bytes){body, 2 + len});
}

/* All that the client, or its network, sees of a server. */
struct seen {
    size_t length;
    uint8_t bytes[8192];
};
static struct seen server_bytes;

static size_t see_server(struct duo *d, enum parley_role from, uint8_t *bytes, size_t len,
                         size_t cap) {
    (void)d;
    (void)cap;
    if (from != PARLEY_SERVER) {
        return len;
    }
    assert_true(server_bytes.length + len <= sizeof(server_bytes.bytes));
    memcpy(server_bytes.bytes + server_bytes.length, bytes, len);
    server_bytes.length += len;
    return len;
}

/* Suites with RSA key exchange. */
enum { RSA_SUITES = 7 };

static void test_premaster(void **state) {
    (void)state;
    struct duo *d = duo_new();
    size_t checked = 0;
    duo_hooks(d);
    d->tap = see_server;
    for (size_t s = 0; s < parley_suite_count; s++) {
        if (parley_suites[s].key_exchange != PARLEY_KX_RSA) {
            continue;
        }
        for (unsigned off = 0; off < 4; off++) {
            static struct seen first;
            uint64_t drawn = 0;
            set_tls12_rsa(d);
            duo_only(d, PARLEY_TLS12, parley_suites[s].code, 0);
            d->config[PARLEY_CLIENT].no_extended_master_secret = off & 1;
            d->chunk = off >> 1;
            for (int c = 0; c < RSA_CASES; c++) {
                d->at = (size_t)c;
                server_bytes.length = 0;
                duo_bend(d, PARLEY_CLIENT, PARLEY_MSG_client_key_exchange_rsa, 0, change_premaster);
                duo_refuses(d, PARLEY_SERVER, PARLEY_ALERT_bad_record_mac,
                            PARLEY_ERR_record_decrypt, "premaster secret");
                assert_int_equal(d->bend[PARLEY_CLIENT].bent, 1);
                assert_string_equal(d->outcome[PARLEY_SERVER].state, "wait_finished");
                /* To the byte, and to the last draw of randomness. */
                if (c == 0) {
                    first = server_bytes;
                    drawn = d->seeded[PARLEY_SERVER].position;
                }
                assert_int_equal(server_bytes.length, first.length);
                assert_memory_equal(server_bytes.bytes, first.bytes, first.length);
                assert_int_equal(d->seeded[PARLEY_SERVER].position, drawn);
                checked++;
            }
        }
    }
    print_message("%zu wrong premaster secrets look alike\n", checked);
    assert_int_equal(checked, RSA_SUITES * 4 * RSA_CASES);
    refused += checked;
    duo_free(d);
}

static void test_count(void **state) {
    (void)state;
    print_message("%zu refusals of key exchanges and Finished messages checked\n", refused);
    assert_int_equal(refused, 2 * 15 + 14 + 6 + 2 * 5 + 2 * 16 * 5 + RSA_SUITES * 4 * RSA_CASES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_server_exchanges),
        cmocka_unit_test(test_server_fields),
        cmocka_unit_test(test_client_fields),
        cmocka_unit_test(test_client_exchanges),
        cmocka_unit_test(test_finished),
        cmocka_unit_test(test_premaster),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
