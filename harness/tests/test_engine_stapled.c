/* What comes with certificates: keyUsage (RFC 5280 4.2.1.3), stapled OCSP responses and timestamps
 * and the caller's word on them, delegated credentials (RFC 9345). */
#include <string.h>

#include <openssl/mem.h>
#include <openssl/x509.h>

#include "engine/credential.h"
#include "parley/pki.h"
#include "tests/support_refusal.h"

static const uint16_t versions[] = {PARLEY_TLS12, PARLEY_TLS13};

/* ---- keyUsage ---- */

/* The bits of a critical keyUsage extension as DER: unused bits, bits. */
static const uint8_t *usage;

static void set_usage(struct duo *d, struct edit *e) {
    static const uint8_t before[] = {0x55, 0x1d, 0x0f, 0x01, 0x01, 0xff, 0x04, 0x04, 0x03, 0x02};
    (void)d;
    for (size_t i = 0; i + sizeof(before) + 2 <= e->len; i++) {
        if (memcmp(e->bytes + i, before, sizeof(before)) == 0) {
            memcpy(e->bytes + i + sizeof(before), usage, 2);
            return;
        }
    }
    fail_msg("the certificate has no keyUsage");
}

static const uint8_t signs[] = {7, 0x80}, deciphers[] = {5, 0x20}, agrees[] = {3, 0x08};
static const uint8_t no_bits[] = {9, 0x80};

enum verdict { FINE, IGNORED, WRONG, BROKEN };

static const struct usage_row {
    const char *what;
    const char *certificate;
    uint16_t suite; /* 0: TLS 1.3 */
    const uint8_t *usage;
    enum verdict verdict;
} usage_rows[] = {
    {"RSA signs", "server-rsa", PARLEY_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, signs, FINE},
    {"RSA may not sign", "server-rsa", PARLEY_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, deciphers,
     IGNORED},
    {"RSA deciphers", "server-rsa", PARLEY_TLS_RSA_WITH_AES_128_GCM_SHA256, deciphers, FINE},
    {"RSA may not decipher", "server-rsa", PARLEY_TLS_RSA_WITH_AES_128_GCM_SHA256, signs, IGNORED},
    {"RSA signs, TLS 1.3", "server-rsa", 0, signs, FINE},
    {"RSA may not sign, TLS 1.3", "server-rsa", 0, deciphers, WRONG},
    {"ECDSA may not sign", "server-ecdsa-p256", PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
     agrees, WRONG},
    {"ECDSA may not sign, TLS 1.3", "server-ecdsa-p256", 0, agrees, WRONG},
    {"a malformed keyUsage", "server-ecdsa-p256", 0, no_bits, BROKEN},
};

static void judge_usage(struct duo *d, enum parley_role judge, const struct usage_row *row,
                        bool ignoring) {
    bool fine = row->verdict == FINE || (row->verdict == IGNORED && ignoring);
    duo_bend(d, duo_other(judge),
             row->suite ? PARLEY_MSG_certificate_tls12 : PARLEY_MSG_certificate_tls13, 0,
             set_usage);
    usage = row->usage;
    if (fine) {
        duo_complete(d, false);
        assert_int_equal(d->outcome[judge].key_usage_wrong, row->verdict == IGNORED);
    } else if (row->verdict == BROKEN) {
        duo_refuses(d, judge, PARLEY_ALERT_decode_error, PARLEY_ERR_undecodable_certificate,
                    row->what);
    } else {
        duo_refuses(d, judge, PARLEY_ALERT_unsupported_certificate, PARLEY_ERR_key_usage_incorrect,
                    row->what);
    }
}

static void test_servers_usage(void **state) {
    (void)state;
    struct duo *d = duo_new();
    duo_hooks(d);
    d->config[PARLEY_CLIENT].trust = NULL; /* the signature over the certificate is broken */
    for (size_t i = 0; i < 2 * COUNT_OF(usage_rows); i++) {
        const struct usage_row *row = &usage_rows[i / 2];
        duo_only(d, row->suite ? PARLEY_TLS12 : PARLEY_TLS13, row->suite, 0);
        duo_certificate(d, PARLEY_SERVER, row->certificate);
        d->config[PARLEY_CLIENT].ignore_rsa_key_usage = i % 2;
        judge_usage(d, PARLEY_CLIENT, row, i % 2);
    }
    duo_free(d);
}

/* A client only ever signs, and nothing is ignored. */
static void test_clients_usage(void **state) {
    (void)state;
    static const struct usage_row rows[] = {
        {"a client may not sign", "client-rsa", 1, deciphers, WRONG},
        {"a client may not sign, TLS 1.3", "client-rsa", 0, deciphers, WRONG},
        {"a client signs", "client-rsa", 1, signs, FINE},
        {"a client signs, TLS 1.3", "client-rsa", 0, signs, FINE},
    };
    struct duo *d = duo_new();
    duo_hooks(d);
    duo_certificate(d, PARLEY_CLIENT, "client-rsa");
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
    d->config[PARLEY_SERVER].trust = NULL;
    d->config[PARLEY_SERVER].ignore_rsa_key_usage = true;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        duo_only(d, rows[i].suite ? PARLEY_TLS12 : PARLEY_TLS13, 0, 0);
        judge_usage(d, PARLEY_SERVER, &rows[i], true);
    }
    duo_free(d);
}

/* ---- OCSP responses and timestamps ---- */

static struct parley_credential *own_credential(void) {
    const char *why = NULL;
    struct parley_pki *pki = parley_pki_new(1);
    assert_non_null(pki);
    const struct parley_pki_entry *e = parley_pki_entry(pki, "server-ecdsa-p256");
    struct parley_credential *credential =
        parley_credential_from_pem(e->certificates, e->private_key, &why);
    assert_non_null(credential);
    parley_pki_free(pki);
    return credential;
}

static const uint8_t response[] = {1, 2, 3, 4}, scts[] = {0, 4, 5, 6, 7, 8};
static bool accepts, declines, refuses;
static unsigned asked_client, asked_server;
static size_t shown;

static unsigned judge_ocsp(void *arg, struct parley_bytes got) {
    (void)arg;
    asked_client++;
    shown = got.len;
    return accepts ? PARLEY_ALERT_NONE : PARLEY_ALERT_bad_certificate_status_response;
}

static unsigned judge_stapling(void *arg, bool *staple) {
    (void)arg;
    asked_server++;
    assert_true(*staple);
    *staple = !declines;
    return refuses ? PARLEY_ALERT_internal_error : PARLEY_ALERT_NONE;
}

static void expect_staples(struct duo *d, bool ocsp, bool timestamps) {
    const struct parley_outcome *o = &d->outcome[PARLEY_CLIENT];
    assert_int_equal(o->ocsp_response.len, ocsp ? sizeof(response) : 0);
    assert_int_equal(o->scts.len, timestamps ? sizeof(scts) : 0);
    assert_true(!ocsp || memcmp(o->ocsp_response.data, response, sizeof(response)) == 0);
    assert_true(!timestamps || memcmp(o->scts.data, scts, sizeof(scts)) == 0);
}

static struct duo *duo_stapling(struct parley_credential **credential) {
    struct duo *d = duo_new();
    *credential = own_credential();
    assert_true(parley_credential_set_ocsp(*credential, BYTES_OF(response)));
    assert_true(parley_credential_set_scts(*credential, BYTES_OF(scts)));
    d->config[PARLEY_SERVER].credentials = credential;
    d->config[PARLEY_SERVER].judge_stapling = judge_stapling;
    d->config[PARLEY_CLIENT].judge_ocsp = judge_ocsp;
    d->config[PARLEY_CLIENT].request_ocsp = d->config[PARLEY_CLIENT].request_scts = true;
    return d;
}

/* What came with the certificate is known in resumption, too, and nobody is asked again. */
static void test_staples(void **state) {
    (void)state;
    struct parley_credential *credential;
    struct duo *d = duo_stapling(&credential);
    accepts = true;
    for (size_t i = 0; i < 4; i++) {
        duo_only(d, versions[i % 2], 0, 0);
        declines = i / 2;
        asked_client = asked_server = 0;
        duo_full(d, false);
        expect_staples(d, !declines, true);
        assert_int_equal(shown, declines ? 0 : sizeof(response));
        for (int again = 0; again < 2; again++) {
            duo_keep_session(d);
            duo_full(d, true);
            assert_true(d->outcome[PARLEY_CLIENT].resumed);
            expect_staples(d, !declines, true);
            if (versions[i % 2] == PARLEY_TLS12) {
                break; /* the ticket stays the same */
            }
        }
        assert_int_equal(asked_client, 1);
        assert_int_equal(asked_server, 1);
    }
    declines = false;
    duo_free(d);
    parley_credential_free(credential);
}

static void test_judges(void **state) {
    (void)state;
    struct parley_credential *credential;
    struct duo *d = duo_stapling(&credential);
    for (size_t i = 0; i < 4; i++) {
        duo_only(d, versions[i % 2], 0, 0);
        declines = i / 2; /* the client's judge is asked about a response that is not there, too */
        accepts = refuses = false;
        duo_refuses(d, PARLEY_CLIENT, PARLEY_ALERT_bad_certificate_status_response,
                    PARLEY_ERR_ocsp_refused, "an OCSP response");
        refuses = true;
        duo_refuses(d, PARLEY_SERVER, PARLEY_ALERT_internal_error, PARLEY_ERR_ocsp_refused,
                    "stapling");
    }
    declines = refuses = false;
    duo_free(d);
    parley_credential_free(credential);
}

static void test_lists(void **state) {
    (void)state;
    static const uint8_t no_sct[] = {0, 4, 5, 6, 7, 8, 0, 0}, cut[] = {0, 4, 5, 6, 7}, half[] = {0};
    struct parley_credential *credential = own_credential();
    assert_true(parley_credential_set_scts(credential, BYTES_OF(scts)));
    assert_false(parley_credential_set_scts(credential, (struct parley_bytes){NULL, 0}));
    assert_false(parley_credential_set_scts(credential, BYTES_OF(no_sct)));
    assert_false(parley_credential_set_scts(credential, BYTES_OF(cut)));
    assert_false(parley_credential_set_scts(credential, BYTES_OF(half)));
    assert_int_equal(credential->scts.len, sizeof(scts)); /* what was there stays */
    parley_credential_free(credential);
}

/* ---- Delegated credentials ---- */

struct delegation {
    uint8_t bytes[512];
    size_t length;
    uint8_t key[512];
    size_t key_length;
};

/* delegate makes a delegated credential of |from|'s key for |scheme|. A server does not look at its
 * signature; it is none. */
static struct delegation delegate(const char *from, uint16_t scheme) {
    struct delegation out = {.length = 0};
    struct parley_credential *c = duo_credential(from);
    CBB cbb, child;
    assert_true(CBB_init_fixed(&cbb, out.bytes, sizeof(out.bytes)));
    assert_true(
        CBB_add_u32(&cbb, 86400) && CBB_add_u16(&cbb, scheme) &&
        CBB_add_u24_length_prefixed(&cbb, &child) && EVP_marshal_public_key(&child, c->key) &&
        CBB_add_u16(&cbb, PARLEY_SIGALG_ecdsa_secp256r1_sha256) &&
        CBB_add_u16_length_prefixed(&cbb, &child) && CBB_add_u32(&child, 0) && CBB_flush(&cbb));
    out.length = CBB_len(&cbb);
    assert_true(CBB_init_fixed(&cbb, out.key, sizeof(out.key)));
    assert_true(EVP_marshal_private_key(&cbb, c->key) && CBB_flush(&cbb));
    out.key_length = CBB_len(&cbb);
    return out;
}

static bool set_delegated(struct parley_credential *c, const struct delegation *d,
                          const struct delegation *key) {
    const char *why = NULL;
    bool ok =
        parley_credential_set_delegated(c, (struct parley_bytes){d->bytes, d->length},
                                        (struct parley_bytes){key->key, key->key_length}, &why);
    assert_int_equal(ok, why == NULL);
    return ok;
}

static void test_delegated_refused(void **state) {
    (void)state;
    struct parley_credential *c = own_credential();
    struct delegation good = delegate("server-ed25519", PARLEY_SIGALG_ed25519);
    struct delegation other = delegate("client-ed25519", PARLEY_SIGALG_ed25519);
    struct delegation misfit = delegate("server-ed25519", PARLEY_SIGALG_ecdsa_secp256r1_sha256);
    struct delegation unknown = delegate("server-ed25519", 0x1234);
    assert_false(set_delegated(c, &good, &other));
    assert_false(set_delegated(c, &misfit, &misfit));
    assert_false(set_delegated(c, &unknown, &unknown));
    for (size_t full = good.length; good.length-- > 0;) {
        assert_false(set_delegated(c, &good, &good));
        assert_true(good.length < full);
    }
    assert_null(c->delegated_key);
    parley_credential_free(c);
}

static struct parley_bytes offered;

static void offer(struct duo *d, struct edit *e) {
    (void)d;
    edit_set(e, PARLEY_EXT_CODE_delegated_credential, offered);
}

/* Our client does not offer to take one: the offer is put into its hello. */
static void test_delegated(void **state) {
    static const uint8_t both[] = {0, 4, 4, 3, 8, 7}; /* ecdsa_secp256r1_sha256, ed25519 */
    static const uint8_t one[] = {0, 2, 4, 3};
    (void)state;
    struct duo *d = duo_new();
    struct parley_credential *c = own_credential();
    struct delegation dc = delegate("server-ed25519", PARLEY_SIGALG_ed25519);
    assert_true(set_delegated(c, &dc, &dc) && set_delegated(c, &dc, &dc));
    d->config[PARLEY_SERVER].credentials = &c;
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        duo_only(d, versions[v], 0, 0);
        duo_full(d, false);
        assert_false(d->outcome[PARLEY_SERVER].delegated_credential);
    }
    duo_hooks(d);
    duo_bend(d, PARLEY_CLIENT, PARLEY_MSG_client_hello, 0, offer);
    offered = BYTES_OF(both);
    duo_refuses(d, PARLEY_CLIENT, PARLEY_ALERT_unsupported_extension,
                PARLEY_ERR_unsupported_extension, "a delegated credential");
    assert_true(d->outcome[PARLEY_SERVER].delegated_credential);
    assert_int_equal(d->outcome[PARLEY_SERVER].sigalg_server, PARLEY_SIGALG_ed25519);
    offered = BYTES_OF(one);
    (void)duo_run(d, false);
    assert_false(d->outcome[PARLEY_SERVER].delegated_credential);
    assert_int_equal(d->outcome[PARLEY_SERVER].sigalg_server, PARLEY_SIGALG_ecdsa_secp256r1_sha256);
    duo_free(d);
    parley_credential_free(c);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_servers_usage), cmocka_unit_test(test_clients_usage),
        cmocka_unit_test(test_staples),       cmocka_unit_test(test_judges),
        cmocka_unit_test(test_lists),         cmocka_unit_test(test_delegated_refused),
        cmocka_unit_test(test_delegated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
