/* Credentials and trust, with the test PKI: what verifies, what must not, and that a remembered
 * answer is the one that verification would give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "engine/credential.h"
#include "engine/trust.h"
#include "parley/pki.h"

#define NOW INT64_C(1767225600)       /* 2026-01-01 */
#define FROM INT64_C(1577836800)      /* 2020-01-01 */
#define SHORT_END INT64_C(1609459200) /* 2021-01-01, of the expired ones */
#define LATE_FROM INT64_C(2493072000) /* 2049-01-01, of the one not yet valid */
#define END INT64_C(2524607999)       /* 2049-12-31 23:59:59 */

static size_t checked;
static struct parley_pki *pki;

static struct parley_bytes text(const char *s) {
    return (struct parley_bytes){(const uint8_t *)s, strlen(s)};
}

static struct parley_credential *load(const char *name) {
    const struct parley_pki_entry *entry = parley_pki_entry(pki, name);
    const char *why = "";
    assert_non_null(entry);
    struct parley_credential *c =
        parley_credential_from_pem(entry->certificates, entry->private_key, &why);
    assert_non_null(c);
    return c;
}

static struct parley_trust *trust_in(const char *name) {
    struct parley_trust *trust = parley_trust_new();
    const char *why = "";
    assert_non_null(trust);
    assert_true(parley_trust_add_pem(trust, parley_pki_entry(pki, name)->certificates, &why));
    return trust;
}

static int set_up(void **state) {
    (void)state;
    pki = parley_pki_new(1);
    return pki == NULL;
}

static int tear_down(void **state) {
    (void)state;
    parley_pki_free(pki);
    return 0;
}

/* verify asks twice: the second answer may come from memory. */
static void verify(struct parley_trust *trust, const struct parley_bytes *chain, size_t count,
                   const char *host, bool server, int64_t time, enum parley_error expected) {
    EVP_PKEY *keys[2];
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(trust_verify(trust, chain, count, host, server, time, &keys[i]), expected);
        assert_true((keys[i] != NULL) == (expected == PARLEY_OK));
        assert_int_equal(ERR_peek_error(), 0);
        checked++;
    }
    assert_ptr_equal(keys[0], keys[1]);
    EVP_PKEY_free(keys[0]);
    EVP_PKEY_free(keys[1]);
}

static void verify_entry(struct parley_trust *trust, const char *name, const char *host,
                         bool server, int64_t time, enum parley_error expected) {
    struct parley_credential *c = load(name);
    verify(trust, c->chain, c->count, host, server, time, expected);
    parley_credential_free(c);
}

static bool starts(const char *name, const char *prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Every entry of the PKI: that it is refused says its description. */
static void entries(void **state) {
    (void)state;
    struct parley_trust *trust = trust_in("ca");
    const struct parley_pki_entry *entry;
    for (size_t i = 0; (entry = parley_pki_at(pki, i)) != NULL; i++) {
        struct parley_credential *c = load(entry->name);
        bool server = starts(entry->name, "server");
        const char *host = server ? "parley.test" : NULL;
        EVP_PKEY *key;
        if (server || starts(entry->name, "client")) {
            bool refused = starts(entry->about, "to be refused");
            enum parley_error error =
                trust_verify(trust, c->chain, c->count, host, server, NOW, &key);
            assert_int_equal(error != PARLEY_OK, refused);
            if (!refused) {
                assert_int_equal(EVP_PKEY_cmp(key, c->key), 1);
                EVP_PKEY_free(key);
                /* The other purpose. */
                verify(trust, c->chain, c->count, NULL, !server, NOW,
                       PARLEY_ERR_unsupported_certificate);
            }
            checked++;
        }
        parley_credential_free(c);
    }
    verify_entry(trust, "server-expired", NULL, true, NOW, PARLEY_ERR_certificate_expired);
    verify_entry(trust, "server-not-yet-valid", NULL, true, NOW, PARLEY_ERR_certificate_expired);
    verify_entry(trust, "server-unknown-ca", NULL, true, NOW, PARLEY_ERR_unknown_ca);
    verify_entry(trust, "server-bad-signature", NULL, true, NOW, PARLEY_ERR_bad_certificate);
    verify_entry(trust, "server-wrong-host", "parley.test", true, NOW, PARLEY_ERR_wrong_host);
    verify_entry(trust, "server-wrong-host", "other.test", true, NOW, PARLEY_OK);
    verify_entry(trust, "client-expired", NULL, false, NOW, PARLEY_ERR_certificate_expired);
    verify_entry(trust, "client-unknown-ca", NULL, false, NOW, PARLEY_ERR_unknown_ca);
    verify_entry(trust, "other-ca", NULL, true, NOW, PARLEY_ERR_unknown_ca);
    parley_trust_free(trust);
    trust = trust_in("other-ca");
    verify_entry(trust, "server-unknown-ca", "parley.test", true, NOW, PARLEY_OK);
    verify_entry(trust, "server-rsa", "parley.test", true, NOW, PARLEY_ERR_unknown_ca);
    parley_trust_free(trust);
}

/* RFC 6125: more names than the memory has places, each as good as the first time. */
static void hosts(void **state) {
    (void)state;
    static const char *const good[] = {
        "parley.test", "PARLEY.Test",     "a.wild.test", "b-2.wild.test", "LOCALHOST",  "127.0.0.1",
        "::1",         "0:0:0:0:0:0:0:1", "localhost",   "c.wild.test",   "d.wild.test"};
    static const char *const bad[] = {"parley.tes",
                                      "parley.testx",
                                      "xparley.test",
                                      "a.parley.test",
                                      "wild.test",
                                      ".wild.test",
                                      "a.b.wild.test",
                                      "127.0.0.2",
                                      "127.0.0",
                                      "::2",
                                      "::ffff:127.0.0.1",
                                      "server-rsa",
                                      "server-ecdsa-p256",
                                      "Parley test",
                                      "test",
                                      "parley.test ",
                                      "parley .test",
                                      "*",
                                      "parley.test:443",
                                      "[::1]"};
    struct parley_trust *trust = trust_in("ca");
    struct parley_credential *c = load("server-ecdsa-p256");
    for (int round = 0; round < 3; round++) {
        for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
            verify(trust, c->chain, c->count, good[i], true, NOW, PARLEY_OK);
        }
        for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
            verify(trust, c->chain, c->count, bad[i], true, NOW, PARLEY_ERR_wrong_host);
        }
        verify(trust, c->chain, c->count, "", true, NOW, PARLEY_OK);
        verify(trust, c->chain, c->count, NULL, true, NOW, PARLEY_OK);
    }
    char longest[400];
    memset(longest, 'a', sizeof(longest));
    memcpy(longest + sizeof(longest) - 11, ".wild.test", 11);
    EVP_PKEY *key;
    enum parley_error error = trust_verify(trust, c->chain, c->count, longest, true, NOW, &key);
    assert_true((error == PARLEY_OK) == (key != NULL)); /* too long to remember, whatever it is */
    EVP_PKEY_free(key);
    parley_credential_free(c);
    parley_trust_free(trust);
}

/* A remembered chain still expires, to the second. */
static void times(void **state) {
    (void)state;
    struct parley_trust *trust = trust_in("ca");
    const struct {
        const char *name;
        int64_t time;
        bool good;
    } rows[] = {
        {"server-rsa", NOW, true},
        {"server-rsa", FROM, true},
        {"server-rsa", FROM - 1, false},
        {"server-rsa", END - 1, true},
        {"server-rsa", END, false},
        {"server-rsa", 0, false},
        {"server-rsa", -1, false},
        {"server-rsa", INT64_C(1) << 40, false},
        {"server-expired", FROM - 1, false},
        {"server-expired", FROM, true},
        {"server-expired", SHORT_END - 1, true},
        {"server-expired", SHORT_END, false},
        {"server-expired", NOW, false},
        {"server-not-yet-valid", LATE_FROM - 1, false},
        {"server-not-yet-valid", LATE_FROM, true},
        {"server-not-yet-valid", END - 1, true},
        {"server-not-yet-valid", END, false},
    };
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            verify_entry(trust, rows[i].name, "parley.test", true, rows[i].time,
                         rows[i].good ? PARLEY_OK : PARLEY_ERR_certificate_expired);
        }
    }
    parley_trust_free(trust);
}

static void chains(void **state) {
    (void)state;
    struct parley_trust *trust = trust_in("ca");
    struct parley_credential *server = load("server-chain"), *ca = load("ca");
    struct parley_credential *other = load("other-ca"), *direct = load("server-rsa");
    assert_int_equal(server->count, 2);
    struct parley_bytes leaf = server->chain[0], middle = server->chain[1];
    struct parley_bytes chain[20] = {leaf, middle, ca->chain[0]};
    verify(trust, chain, 3, "parley.test", true, NOW, PARLEY_OK);
    verify(trust, chain, 2, "parley.test", true, NOW, PARLEY_OK);
    verify(trust, chain, 1, "parley.test", true, NOW, PARLEY_ERR_unknown_ca);
    verify(trust, chain, 0, "parley.test", true, NOW, PARLEY_ERR_bad_certificate);
    /* RFC 8446 4.4.2: others between them do no harm. */
    chain[1] = other->chain[0];
    verify(trust, chain, 3, "parley.test", true, NOW, PARLEY_ERR_unknown_ca);
    chain[2] = middle;
    verify(trust, chain, 3, "parley.test", true, NOW, PARLEY_OK);
    /* A leaf is no CA. */
    chain[1] = direct->chain[0];
    verify(trust, chain, 2, "parley.test", true, NOW, PARLEY_ERR_unknown_ca);
    chain[0] = middle;
    /* A CA is no server. */
    verify(trust, chain, 1, NULL, true, NOW, PARLEY_ERR_unsupported_certificate);
    /* Too many to remember: verified each time, to the same end. */
    for (size_t i = 2; i < 20; i++) {
        chain[i] = other->chain[0];
    }
    chain[0] = leaf;
    chain[1] = middle;
    EVP_PKEY *key;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(trust_verify(trust, chain, 20, "parley.test", true, NOW, &key), PARLEY_OK);
        EVP_PKEY_free(key);
    }
    parley_trust_free(trust);
    /* A pinned intermediate, a pinned leaf. */
    trust = trust_in("intermediate");
    verify(trust, chain, 1, "parley.test", true, NOW, PARLEY_OK);
    verify(trust, direct->chain, 1, "parley.test", true, NOW, PARLEY_ERR_unknown_ca);
    parley_trust_free(trust);
    trust = trust_in("server-rsa");
    verify(trust, direct->chain, 1, "parley.test", true, NOW, PARLEY_OK);
    verify(trust, direct->chain, 1, "x.test", true, NOW, PARLEY_ERR_wrong_host);
    verify(trust, direct->chain, 1, "parley.test", true, END, PARLEY_ERR_certificate_expired);
    verify(trust, chain, 2, "parley.test", true, NOW, PARLEY_ERR_unknown_ca);
    parley_trust_free(trust);
    /* Nobody is trusted. */
    trust = parley_trust_new();
    verify(trust, chain, 2, "parley.test", true, NOW, PARLEY_ERR_unknown_ca);
    parley_trust_free(trust);
    parley_credential_free(server);
    parley_credential_free(ca);
    parley_credential_free(other);
    parley_credential_free(direct);
}

/* Each bit of a leaf and of an intermediate flipped, and each length: nothing of it verifies, also
 * with the right one remembered. */
static void corrupted(void **state) {
    (void)state;
    struct parley_trust *trust = trust_in("ca");
    struct parley_credential *c = load("server-chain");
    verify(trust, c->chain, c->count, "parley.test", true, NOW, PARLEY_OK);
    for (size_t which = 0; which < 2; which++) {
        struct parley_bytes chain[2] = {c->chain[0], c->chain[1]};
        size_t len = chain[which].len;
        uint8_t *bad = malloc(len + 1);
        EVP_PKEY *key;
        assert_non_null(bad);
        memcpy(bad, chain[which].data, len);
        bad[len] = 0;
        chain[which].data = bad;
        for (size_t bit = 0; bit < 8 * len; bit++) {
            bad[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            enum parley_error error = trust_verify(trust, chain, 2, NULL, true, NOW, &key);
            assert_true(error == PARLEY_ERR_bad_certificate ||
                        error == PARLEY_ERR_undecodable_certificate ||
                        error == PARLEY_ERR_unknown_ca || error == PARLEY_ERR_certificate_expired ||
                        error == PARLEY_ERR_unsupported_certificate ||
                        error == PARLEY_ERR_certificate_unknown);
            bad[bit / 8] ^= (uint8_t)(1u << (bit % 8));
            checked++;
        }
        for (size_t cut = 0; cut <= len + 1; cut++) {
            chain[which].len = cut;
            enum parley_error error = trust_verify(trust, chain, 2, NULL, true, NOW, &key);
            assert_int_equal(error, cut == len   ? PARLEY_OK
                                    : which == 0 ? PARLEY_ERR_undecodable_certificate
                                                 : PARLEY_ERR_bad_certificate);
            EVP_PKEY_free(key);
            checked++;
        }
        free(bad);
    }
    parley_credential_free(c);
    parley_trust_free(trust);
}

/* The leaf's key alone, with a memory and without; its encoding is what matters. */
static void leaves(void **state) {
    (void)state;
    const struct parley_pki_entry *entry;
    struct parley_trust *trust = parley_trust_new();
    EVP_PKEY *keys[3];
    for (size_t i = 0; (entry = parley_pki_at(pki, i)) != NULL; i++) {
        struct parley_credential *c = load(entry->name);
        struct parley_bytes leaf = c->chain[0];
        assert_int_equal(trust_leaf(trust, leaf, &keys[0]), PARLEY_OK);
        assert_int_equal(trust_leaf(trust, leaf, &keys[1]), PARLEY_OK);
        assert_int_equal(trust_leaf(NULL, leaf, &keys[2]), PARLEY_OK);
        assert_ptr_equal(keys[0], keys[1]);
        for (size_t j = 0; j < 3; j++) {
            assert_int_equal(EVP_PKEY_cmp(keys[j], c->key), 1);
            EVP_PKEY_free(keys[j]);
        }
        for (size_t cut = 0; cut < leaf.len; cut++) {
            struct parley_bytes shorter = {leaf.data, cut};
            assert_int_equal(trust_leaf(trust, shorter, &keys[0]),
                             PARLEY_ERR_undecodable_certificate);
            assert_null(keys[0]);
            checked++;
        }
        parley_credential_free(c);
    }
    /* Another key type: the last byte of id-Ed25519 changed to the unassigned 1.3.101.115. */
    struct parley_credential *c = load("server-ed25519");
    uint8_t *changed = malloc(c->chain[0].len);
    assert_non_null(changed);
    memcpy(changed, c->chain[0].data, c->chain[0].len);
    uint8_t *oid = changed;
    while (memcmp(oid, "\x06\x03\x2b\x65\x70", 5) != 0) {
        oid++;
    }
    oid[4] = 0x73;
    assert_int_equal(trust_leaf(NULL, (struct parley_bytes){changed, c->chain[0].len}, &keys[0]),
                     PARLEY_ERR_unsupported_certificate);
    free(changed);
    parley_credential_free(c);
    parley_trust_free(trust);
}

static void roots_refused(void **state) {
    (void)state;
    struct parley_trust *trust = parley_trust_new();
    struct parley_bytes ca = parley_pki_entry(pki, "ca")->certificates;
    const char *why;
    char *broken = strdup((const char *)ca.data);
    memset(broken + 200, 'A', 20);
    const struct parley_bytes bad[] = {
        text(""),
        text("no PEM"),
        parley_pki_entry(pki, "ca")->private_key,
        text(broken),
        {ca.data, ca.len / 2},
        text("-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n")};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        why = NULL;
        assert_false(parley_trust_add_pem(trust, bad[i], &why));
        assert_non_null(why);
        assert_int_equal(ERR_peek_error(), 0);
        checked++;
    }
    assert_true(parley_trust_add_pem(trust, ca, &why));
    assert_true(parley_trust_add_pem(trust, ca, &why)); /* twice is no error */
    free(broken);
    parley_trust_free(trust);
}

static void credential_kinds(void **state) {
    (void)state;
    static const struct parley_bytes sct = {(const uint8_t *)"\0\3sct", 5};
    const struct {
        const char *name;
        enum parley_key_kind kind;
        uint16_t curve;
        size_t count;
    } rows[] = {
        {"server-rsa", PARLEY_KEY_RSA, PARLEY_GROUP_none, 1},
        {"server-ecdsa-p256", PARLEY_KEY_ECDSA, PARLEY_GROUP_secp256r1, 1},
        {"server-ecdsa-p384", PARLEY_KEY_ECDSA, PARLEY_GROUP_secp384r1, 1},
        {"server-ecdsa-p521", PARLEY_KEY_ECDSA, PARLEY_GROUP_secp521r1, 1},
        {"server-ed25519", PARLEY_KEY_ED25519, PARLEY_GROUP_none, 1},
        {"client-chain", PARLEY_KEY_ECDSA, PARLEY_GROUP_secp256r1, 2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct parley_credential *c = load(rows[i].name);
        assert_int_equal(c->kind, rows[i].kind);
        assert_int_equal(c->curve, rows[i].curve);
        assert_int_equal(parley_credential_chain(c), rows[i].count);
        assert_ptr_equal(parley_credential_certificate(c, 0).data, c->chain[0].data);
        assert_int_equal(c->ocsp.len + c->scts.len, 0);
        for (int round = 0; round < 2; round++) {
            assert_true(parley_credential_set_ocsp(c, text("ocsp")));
            assert_true(parley_credential_set_scts(c, sct));
        }
        assert_memory_equal(c->ocsp.data, "ocsp", 4);
        assert_int_equal(c->scts.len, 5);
        parley_credential_free(c);
        checked++;
    }
    parley_credential_free(NULL);
}

static void credentials_refused(void **state) {
    (void)state;
    const struct parley_pki_entry *a = parley_pki_entry(pki, "server-ecdsa-p256");
    const struct parley_pki_entry *b = parley_pki_entry(pki, "server-ecdsa-p384");
    const struct parley_pki_entry *c = parley_pki_entry(pki, "client-ecdsa-p256");
    static const char x25519[] = /* signs nothing */
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VuBCIEIFAnrCJK2zNN1VCpJQbPzoknjyoBUwzpfJtcQPVoxkt7\n"
        "-----END PRIVATE KEY-----\n";
    const struct {
        struct parley_bytes certificates, key;
        const char *word; /* of the reason */
    } rows[] = {
        {text(""), a->private_key, "no certificate"},
        {a->private_key, a->private_key, "no certificate"},
        {a->certificates, text(""), "private key"},
        {a->certificates, a->certificates, "private key"},
        {a->certificates, b->private_key, "belong"},
        {a->certificates, c->private_key, "belong"},
        {a->certificates, text(x25519), "P-256"},
        {{a->certificates.data, a->certificates.len - 40}, a->private_key, "PEM"},
        {a->certificates, {a->private_key.data, a->private_key.len / 2}, "private key"},
        {text("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"), a->private_key,
         "a certificate"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *why = NULL;
        assert_null(parley_credential_from_pem(rows[i].certificates, rows[i].key, &why));
        assert_non_null(why);
        assert_non_null(strstr(why, rows[i].word));
        assert_int_equal(ERR_peek_error(), 0);
        checked++;
    }
}

/* The same seed gives the same bytes, another seed others (but for the RSA keys). */
static void pki_seeds(void **state) {
    (void)state;
    struct parley_pki *same = parley_pki_new(1), *other = parley_pki_new(2);
    const struct parley_pki_entry *a, *b, *c;
    for (size_t i = 0; (a = parley_pki_at(pki, i)) != NULL; i++) {
        b = parley_pki_at(same, i);
        c = parley_pki_at(other, i);
        assert_ptr_equal(parley_pki_entry(pki, a->name), a);
        assert_string_equal(a->certificates.data, b->certificates.data);
        assert_string_equal(a->private_key.data, b->private_key.data);
        assert_int_equal(strlen((const char *)a->certificates.data), a->certificates.len);
        assert_string_not_equal(a->certificates.data, c->certificates.data);
        assert_true((strcmp((const char *)a->private_key.data, (const char *)c->private_key.data) ==
                     0) == (strstr(a->name, "-rsa") != NULL));
        checked++;
    }
    assert_null(parley_pki_entry(pki, "server"));
    parley_pki_free(same);
    parley_pki_free(other);
    parley_pki_free(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries),
        cmocka_unit_test(hosts),
        cmocka_unit_test(times),
        cmocka_unit_test(chains),
        cmocka_unit_test(corrupted),
        cmocka_unit_test(leaves),
        cmocka_unit_test(roots_refused),
        cmocka_unit_test(credential_kinds),
        cmocka_unit_test(credentials_refused),
        cmocka_unit_test(pki_seeds),
    };
    int failed = cmocka_run_group_tests(tests, set_up, tear_down);
    printf("%zu answers checked\n", checked);
    return failed;
}
