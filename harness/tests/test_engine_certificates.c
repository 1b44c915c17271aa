/* Certificates that must be refused, and the messages about them, in both directions and versions
 * and after the handshake. */
#include <stdio.h>
#include <string.h>

#include "tests/support_refusal.h"

static const uint16_t versions[] = {PARLEY_TLS12, PARLEY_TLS13};
static size_t refused, accepted;

/* ---- Chains ---- */

struct chain {
    const char *name;
    const char *host; /* that the client wants */
    unsigned alert;
    enum parley_error error;
};

#define ALERT(alert, error) PARLEY_ALERT_##alert, PARLEY_ERR_##error

static const struct chain servers[] = {
    {"server-unknown-ca", "parley.test", ALERT(unknown_ca, unknown_ca)},
    {"server-expired", "parley.test", ALERT(certificate_expired, certificate_expired)},
    {"server-not-yet-valid", "parley.test", ALERT(certificate_expired, certificate_expired)},
    {"server-wrong-host", "parley.test", ALERT(bad_certificate, wrong_host)},
    {"server-bad-signature", "parley.test", ALERT(bad_certificate, bad_certificate)},
    {"client-ecdsa-p256", "client.parley.test",
     ALERT(unsupported_certificate, unsupported_certificate)},
    {"server-ed25519", "nowhere.test", ALERT(bad_certificate, wrong_host)},
    {"server-ed25519", "x.parley.test", ALERT(bad_certificate, wrong_host)},
    {"server-ed25519", "wild.test", ALERT(bad_certificate, wrong_host)},
    {"server-ed25519", "a.b.wild.test", ALERT(bad_certificate, wrong_host)},
    {"server-ed25519", "127.0.0.2", ALERT(bad_certificate, wrong_host)},
    {"server-ed25519", "::2", ALERT(bad_certificate, wrong_host)},
};

/* Those that are right, for comparison. */
static const char *const hosts[] = {"parley.test", "a.wild.test", "localhost",
                                    "127.0.0.1",   "::1",         "PARLEY.test"};

static void test_servers(void **state) {
    (void)state;
    struct duo *d = duo_new();
    for (size_t i = 0; i < COUNT_OF(servers) * COUNT_OF(versions); i++) {
        const struct chain *c = &servers[i / 2];
        duo_only(d, versions[i % 2], 0, 0);
        duo_certificate(d, PARLEY_SERVER, c->name);
        d->config[PARLEY_CLIENT].server_name = c->host;
        duo_refuses(d, PARLEY_CLIENT, c->alert, c->error, c->name);
        assert_false(d->outcome[PARLEY_CLIENT].peer_verified);
        refused++;
        /* Without trust nothing of that is looked at. */
        d->config[PARLEY_CLIENT].trust = NULL;
        duo_full(d, false);
        accepted++;
        d->config[PARLEY_CLIENT].trust = duo_trust();
    }
    duo_certificate(d, PARLEY_SERVER, "server-ed25519");
    for (size_t i = 0; i < COUNT_OF(hosts) * COUNT_OF(versions); i++) {
        duo_only(d, versions[i % 2], 0, 0);
        d->config[PARLEY_CLIENT].server_name = hosts[i / 2];
        duo_full(d, false);
        accepted++;
    }
    d->config[PARLEY_CLIENT].server_name = "nowhere.test";
    d->config[PARLEY_CLIENT].no_server_name_check = true;
    duo_full(d, false);
    accepted++;
    duo_free(d);
}

/* Another root, and another time, with the same certificate that was just fine. */
static void test_bad_ca_and_time(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const int64_t year = INT64_C(31557600000);
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        duo_only(d, versions[v], 0, 0);
        duo_full(d, false);
        d->config[PARLEY_CLIENT].trust = duo_other_trust();
        duo_refuses(d, PARLEY_CLIENT, ALERT(unknown_ca, unknown_ca), "another root");
        d->config[PARLEY_CLIENT].trust = duo_trust();
        for (int when = 0; when < 2; when++) {
            d->now_ms = when == 0 ? DUO_NOW + 30 * year : DUO_NOW - 10 * year;
            duo_refuses(d, PARLEY_CLIENT, ALERT(certificate_expired, certificate_expired),
                        when == 0 ? "2055" : "2015");
            d->now_ms = DUO_NOW;
        }
        refused += 3;
        accepted++;
    }
    duo_free(d);
}

static const struct chain clients[] = {
    {"client-unknown-ca", NULL, ALERT(unknown_ca, unknown_ca)},
    {"client-expired", NULL, ALERT(certificate_expired, certificate_expired)},
    {"server-ecdsa-p256", NULL, ALERT(unsupported_certificate, unsupported_certificate)},
};

static void test_clients(void **state) {
    (void)state;
    struct duo *d = duo_new();
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        bool tls13 = versions[v] == PARLEY_TLS13;
        unsigned missing =
            tls13 ? PARLEY_ALERT_certificate_required : PARLEY_ALERT_handshake_failure;
        enum parley_error why = tls13 ? PARLEY_ERR_certificate_required : PARLEY_ERR_no_certificate;
        duo_only(d, versions[v], 0, 0);
        for (enum parley_client_auth a = PARLEY_AUTH_REQUEST; a <= PARLEY_AUTH_REQUIRE; a++) {
            d->config[PARLEY_SERVER].client_auth = a;
            for (size_t i = 0; i < COUNT_OF(clients); i++) {
                duo_certificate(d, PARLEY_CLIENT, clients[i].name);
                duo_refuses(d, PARLEY_SERVER, clients[i].alert, clients[i].error, clients[i].name);
                refused++;
            }
        }
        duo_certificate(d, PARLEY_CLIENT, NULL);
        duo_refuses(d, PARLEY_SERVER, missing, why, "no client certificate");
        /* One that no scheme of the server's fits is a client's mistake. */
        static const uint16_t rsa_only = PARLEY_SIGALG_rsa_pss_rsae_sha256;
        duo_certificate(d, PARLEY_CLIENT, "client-ed25519");
        duo_certificate(d, PARLEY_SERVER, "server-rsa");
        d->config[PARLEY_SERVER].sigalgs = &rsa_only;
        d->config[PARLEY_SERVER].sigalg_count = 1;
        duo_refuses(d, PARLEY_CLIENT, PARLEY_ALERT_handshake_failure,
                    PARLEY_ERR_no_shared_signature_scheme, "no client certificate that fits");
        d->config[PARLEY_SERVER].sigalgs = NULL;
        duo_certificate(d, PARLEY_SERVER, "server-ecdsa-p256");
        refused += 2;
    }
    duo_free(d);
}

static void test_post_handshake(void **state) {
    (void)state;
    struct duo *d = duo_new();
    duo_only(d, PARLEY_TLS13, 0, 0);
    d->config[PARLEY_CLIENT].post_handshake_auth = true;
    for (size_t i = 0; i <= COUNT_OF(clients); i++) {
        bool none = i == COUNT_OF(clients);
        duo_certificate(d, PARLEY_CLIENT, none ? NULL : clients[i].name);
        d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_NONE;
        duo_complete(d, false);
        if (none) {
            d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
        }
        assert_true(parley_engine_request_certificate(d->engine[PARLEY_SERVER]));
        (void)duo_settle(d);
        duo_refused(d, PARLEY_SERVER, none ? PARLEY_ALERT_certificate_required : clients[i].alert,
                    none ? PARLEY_ERR_certificate_required : clients[i].error, "post-handshake");
        refused++;
    }
    duo_free(d);
}

/* ---- Messages ---- */

/* list_at returns where the certificate list's length stands. */
static size_t list_at(const struct edit *e) {
    size_t at = PARLEY_HANDSHAKE_HEADER;
    return e->message == PARLEY_MSG_certificate_tls13 ? at + 1U + e->bytes[at] : at;
}

static void put_list_length(struct edit *e) {
    size_t at = list_at(e), len = e->len - at - 3;
    e->bytes[at] = (uint8_t)(len >> 16);
    e->bytes[at + 1] = (uint8_t)(len >> 8);
    e->bytes[at + 2] = (uint8_t)len;
}

static void empty_list(struct duo *d, struct edit *e) {
    (void)d;
    edit_cut(e, list_at(e) + 3);
    put_list_length(e);
}

/* leaf_length returns where the leaf's length stands, and the leaf's length. */
static size_t leaf_length(const struct edit *e, size_t *len) {
    size_t at = list_at(e) + 3;
    *len = (size_t)e->bytes[at] << 16 | (size_t)e->bytes[at + 1] << 8 | e->bytes[at + 2];
    return at;
}

/* leaf_only takes the intermediate certificate away. */
static void leaf_only(struct duo *d, struct edit *e) {
    (void)d;
    size_t len, at = leaf_length(e, &len);
    edit_cut(e, at + 3 + len + (e->message == PARLEY_MSG_certificate_tls13 ? 2 : 0));
    put_list_length(e);
}

/* broken_leaf makes the outer SEQUENCE something else, long_leaf says it is longer than it is. */
static void broken_leaf(struct duo *d, struct edit *e) {
    (void)d;
    e->bytes[list_at(e) + 6] ^= 1;
}

static void trailing_leaf(struct duo *d, struct edit *e) {
    (void)d;
    size_t len, at = leaf_length(e, &len);
    edit_splice(e, at + 3 + len, 0, (struct parley_bytes){(const uint8_t *)"", 1});
    e->bytes[at + 1] = (uint8_t)((len + 1) >> 8);
    e->bytes[at + 2] = (uint8_t)(len + 1);
    put_list_length(e);
}

static void empty_leaf(struct duo *d, struct edit *e) {
    (void)d;
    size_t len, at = leaf_length(e, &len);
    edit_splice(e, at, 3 + len, (struct parley_bytes){(const uint8_t *)"\0\0", 3});
    put_list_length(e);
}

/* other_leaf puts in an RSA certificate of the same PKI. */
static void rsa_leaf(struct duo *d, struct edit *e) {
    (void)d;
    size_t len, at = leaf_length(e, &len);
    struct parley_bytes rsa = parley_credential_certificate(duo_credential("server-rsa"), 0);
    edit_splice(e, at + 3, len, rsa);
    e->bytes[at + 1] = (uint8_t)(rsa.len >> 8);
    e->bytes[at + 2] = (uint8_t)rsa.len;
    put_list_length(e);
}

static void add_context(struct duo *d, struct edit *e) {
    (void)d;
    assert_int_equal(e->bytes[PARLEY_HANDSHAKE_HEADER], 0);
    edit_splice(e, PARLEY_HANDSHAKE_HEADER, 1, (struct parley_bytes){(const uint8_t *)"\1x", 2});
}

static void no_schemes(struct duo *d, struct edit *e) {
    (void)d;
    edit_remove(e, PARLEY_EXT_CODE_signature_algorithms);
    edit_add(e, 0xabcd, (struct parley_bytes){NULL, 0});
}

static void no_signature(struct duo *d, struct edit *e) {
    (void)d;
    edit_cut(e, PARLEY_HANDSHAKE_HEADER + 4);
    e->bytes[PARLEY_HANDSHAKE_HEADER + 2] = e->bytes[PARLEY_HANDSHAKE_HEADER + 3] = 0;
}

static void long_signature(struct duo *d, struct edit *e) {
    (void)d;
    edit_splice(e, e->len, 0, (struct parley_bytes){(const uint8_t *)"", 1});
    e->bytes[PARLEY_HANDSHAKE_HEADER + 3]++;
}

static void set_chain12(struct duo *d) {
    set_tls12(d);
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
             PARLEY_GROUP_secp256r1);
    duo_certificate(d, PARLEY_SERVER, "server-chain");
}

static void set_chain13(struct duo *d) {
    set_tls13(d);
    duo_certificate(d, PARLEY_SERVER, "server-chain");
}

static void set_rsa13(struct duo *d) {
    set_tls13(d);
    duo_certificate(d, PARLEY_SERVER, "server-rsa");
}

static void set_p256_13(struct duo *d) {
    set_tls13(d);
    duo_certificate(d, PARLEY_SERVER, "server-ecdsa-p256");
}

/* The client no longer takes the scheme that the server knows of. */
static void set_one_scheme(struct duo *d) {
    static const uint16_t scheme = PARLEY_SIGALG_rsa_pss_rsae_sha256;
    set_rsa13(d);
    d->config[PARLEY_CLIENT].sigalgs = &scheme;
    d->config[PARLEY_CLIENT].sigalg_count = 1;
}

static void set_status12(struct duo *d) {
    set_tls12(d);
    set_status(d);
}

#define EXT(name) PARLEY_EXT_CODE_##name

static const struct refusal messages[] = {
    {"no certificate from the server, TLS 1.2", set_tls12, OF(S, certificate_tls12),
     CALL(empty_list), REFUSES(C, decode_error, length_out_of_range)},
    {"no certificate from the server, TLS 1.3", set_tls13, OF(S, certificate_tls13),
     CALL(empty_list), REFUSES(C, decode_error, empty_certificate)},
    {"no certificate from the client, TLS 1.2", set_tls12_auth, OF(C, certificate_tls12),
     CALL(empty_list), REFUSES(S, handshake_failure, no_certificate)},
    {"no certificate from the client, TLS 1.3", set_tls13_auth, OF(C, certificate_tls13),
     CALL(empty_list), REFUSES(S, certificate_required, certificate_required)},
    {"no intermediate, TLS 1.2", set_chain12, OF(S, certificate_tls12), CALL(leaf_only),
     REFUSES(C, unknown_ca, unknown_ca)},
    {"no intermediate, TLS 1.3", set_chain13, OF(S, certificate_tls13), CALL(leaf_only),
     REFUSES(C, unknown_ca, unknown_ca)},
    {"a leaf that is no certificate, TLS 1.2", set_tls12, OF(S, certificate_tls12),
     CALL(broken_leaf), REFUSES(C, decode_error, undecodable_certificate)},
    {"a leaf that is no certificate, TLS 1.3", set_tls13, OF(S, certificate_tls13),
     CALL(broken_leaf), REFUSES(C, decode_error, undecodable_certificate)},
    {"a client's leaf that is no certificate, TLS 1.2", set_tls12_auth, OF(C, certificate_tls12),
     CALL(broken_leaf), REFUSES(S, decode_error, undecodable_certificate)},
    {"a client's leaf that is no certificate, TLS 1.3", set_tls13_auth, OF(C, certificate_tls13),
     CALL(broken_leaf), REFUSES(S, decode_error, undecodable_certificate)},
    {"a leaf with a byte behind it, TLS 1.2", set_tls12, OF(S, certificate_tls12),
     CALL(trailing_leaf), REFUSES(C, decode_error, undecodable_certificate)},
    {"a leaf with a byte behind it, TLS 1.3", set_tls13, OF(S, certificate_tls13),
     CALL(trailing_leaf), REFUSES(C, decode_error, undecodable_certificate)},
    {"an empty leaf, TLS 1.2", set_tls12, OF(S, certificate_tls12), CALL(empty_leaf),
     REFUSES(C, decode_error, length_out_of_range)},
    {"an empty leaf, TLS 1.3", set_tls13, OF(S, certificate_tls13), CALL(empty_leaf),
     REFUSES(C, decode_error, length_out_of_range)},
    {"an RSA certificate with an ECDSA suite", set_tls12, OF(S, certificate_tls12), CALL(rsa_leaf),
     REFUSES(C, unsupported_certificate, unsupported_certificate)},
    {"an RSA certificate with an Ed25519 signature", set_tls13, OF(S, certificate_tls13),
     CALL(rsa_leaf), REFUSES(C, illegal_parameter, bad_signature_scheme)},
    {"a context in the server's certificate", set_tls13, OF(S, certificate_tls13),
     CALL(add_context), REFUSES(C, illegal_parameter, bad_request_context)},
    {"a context in the client's certificate", set_tls13_auth, OF(C, certificate_tls13),
     CALL(add_context), REFUSES(S, illegal_parameter, bad_request_context)},
    {"a context in the handshake's request", set_tls13_auth, OF(S, certificate_request_tls13),
     CALL(add_context), REFUSES(C, illegal_parameter, bad_request_context)},
    {"a request without extensions", set_tls13_auth, OF(S, certificate_request_tls13),
     DROP(EXT(signature_algorithms)), REFUSES(C, decode_error, length_out_of_range)},
    {"a request without signature_algorithms", set_tls13_auth, OF(S, certificate_request_tls13),
     CALL(no_schemes), REFUSES(C, missing_extension, missing_extension)},
    {"a status that was not asked for", set_tls13, OF(S, certificate_tls13),
     SET(EXT(status_request), "01 000001 00"),
     REFUSES(C, unsupported_extension, unsupported_extension)},
    {"timestamps that were not asked for", set_tls13, OF(S, certificate_tls13),
     SET(EXT(signed_certificate_timestamp), "0003 0001 00"),
     REFUSES(C, unsupported_extension, unsupported_extension)},
    {"a status of the client that was not asked for", set_tls13_auth, OF(C, certificate_tls13),
     SET(EXT(status_request), "01 000001 00"),
     REFUSES(S, unsupported_extension, unsupported_extension)},
    {"an unknown extension of the leaf", set_tls13, OF(S, certificate_tls13), SET(0xabcd, ""),
     REFUSES(C, unsupported_extension, unsupported_extension)},
    {"a wrong signature of the server, Ed25519", set_tls13, OF(S, certificate_verify), FLIP(-1),
     REFUSES(C, decrypt_error, bad_signature)},
    {"a wrong signature of the server, RSA-PSS", set_rsa13, OF(S, certificate_verify), FLIP(-1),
     REFUSES(C, decrypt_error, bad_signature)},
    {"a wrong signature of the server, ECDSA", set_p256_13, OF(S, certificate_verify), FLIP(-1),
     REFUSES(C, decrypt_error, bad_signature)},
    {"a wrong signature of the client, TLS 1.2", set_tls12_auth, OF(C, certificate_verify),
     FLIP(-1), REFUSES(S, decrypt_error, bad_signature)},
    {"a wrong signature of the client, TLS 1.3", set_tls13_auth, OF(C, certificate_verify),
     FLIP(-1), REFUSES(S, decrypt_error, bad_signature)},
    {"an empty signature", set_tls13, OF(S, certificate_verify), CALL(no_signature),
     REFUSES(C, decrypt_error, bad_signature)},
    {"a signature with a byte behind it", set_p256_13, OF(S, certificate_verify),
     CALL(long_signature), REFUSES(C, decrypt_error, bad_signature)},
    {"the scheme of another key", set_tls13, OF(S, certificate_verify), PUT(0, "0403"),
     REFUSES(C, illegal_parameter, bad_signature_scheme)},
    {"the scheme of another curve", set_p256_13, OF(S, certificate_verify), PUT(0, "0503"),
     REFUSES(C, illegal_parameter, bad_signature_scheme)},
    {"PKCS#1 in TLS 1.3", set_rsa13, OF(S, certificate_verify), PUT(0, "0401"),
     REFUSES(C, illegal_parameter, bad_signature_scheme)},
    {"SHA-1 in TLS 1.3", set_rsa13, OF(S, certificate_verify), PUT(0, "0201"),
     REFUSES(C, illegal_parameter, bad_signature_scheme)},
    {"a scheme that was not offered", set_one_scheme, OF(S, certificate_verify), PUT(0, "0805"),
     REFUSES(C, illegal_parameter, bad_signature_scheme)},
    {"an unknown scheme", set_tls13, OF(S, certificate_verify), PUT(0, "ffff"),
     REFUSES(C, illegal_parameter, bad_signature_scheme)},
    {"an unknown scheme of the client, TLS 1.2", set_tls12_auth, OF(C, certificate_verify),
     PUT(0, "ffff"), REFUSES(S, illegal_parameter, bad_signature_scheme)},
    {"an unknown scheme of the client, TLS 1.3", set_tls13_auth, OF(C, certificate_verify),
     PUT(0, "ffff"), REFUSES(S, illegal_parameter, bad_signature_scheme)},
    {"an unknown type of status", set_status12, OF(S, certificate_status), PUT(0, "02"),
     REFUSES(C, illegal_parameter, bad_value)},
};

static void test_messages(void **state) {
    (void)state;
    refused += refuse_all(messages, COUNT_OF(messages));
}

/* After the handshake: the client's context, and a request that was not offered for. */
static void flip_context(struct duo *d, struct edit *e) {
    (void)d;
    assert_int_not_equal(e->bytes[PARLEY_HANDSHAKE_HEADER], 0);
    e->bytes[PARLEY_HANDSHAKE_HEADER + 1] ^= 1;
}

static void flip_last(struct duo *d, struct edit *e) {
    (void)d;
    e->bytes[e->len - 1] ^= 1;
}

static void test_post_handshake_messages(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const struct {
        enum parley_message message;
        unsigned nth;
        duo_rewrite *rewrite;
        unsigned alert;
        enum parley_error error;
    } bends[] = {
        {PARLEY_MSG_certificate_tls13, 0, flip_context,
         ALERT(illegal_parameter, bad_request_context)},
        {PARLEY_MSG_certificate_verify, 0, flip_last, ALERT(decrypt_error, bad_signature)},
        {PARLEY_MSG_finished, 1, flip_last, ALERT(decrypt_error, bad_finished)},
    };
    duo_hooks(d);
    duo_only(d, PARLEY_TLS13, 0, 0);
    d->config[PARLEY_CLIENT].post_handshake_auth = true;
    duo_certificate(d, PARLEY_CLIENT, "client-ecdsa-p256");
    for (size_t i = 0; i < COUNT_OF(bends); i++) {
        duo_bend(d, PARLEY_CLIENT, bends[i].message, bends[i].nth, bends[i].rewrite);
        duo_complete(d, false);
        assert_true(parley_engine_request_certificate(d->engine[PARLEY_SERVER]));
        (void)duo_settle(d);
        assert_int_equal(d->bend[PARLEY_CLIENT].bent, 1);
        duo_refused(d, PARLEY_SERVER, bends[i].alert, bends[i].error, "post-handshake message");
        refused++;
    }
    duo_free(d);
}

static void test_count(void **state) {
    (void)state;
    print_message("%zu refusals of certificates and signatures, %zu acceptances checked\n", refused,
                  accepted);
    assert_int_equal(refused, 2 * 12 + 6 + 2 * (2 * 3 + 2) + 4 + 2 * 41 + 3);
    assert_int_equal(accepted, 2 * 12 + 2 * 6 + 1 + 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_servers),  cmocka_unit_test(test_bad_ca_and_time),
        cmocka_unit_test(test_clients),  cmocka_unit_test(test_post_handshake),
        cmocka_unit_test(test_messages), cmocka_unit_test(test_post_handshake_messages),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
