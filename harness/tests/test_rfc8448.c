/* RFC 8448's five traces, byte for byte: our engine as the client and as the server of each, whole
 * records and single bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec_key.h>
#include <openssl/evp.h>
#include <openssl/nid.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "engine/credential.h"
#include "tests/support_trace.h"

#define VECTORS "harness/tests/vectors/rfc8448.txt"

/* The resumed trace's ticket is sealed by another server, under a key that is not published. So
 * this program has tickets.c with one function in front: the trace's ticket opens to the trace's
 * session, all others as they always do. (As everything tickets.c defines is here, the linker
 * leaves the library's own behind.) */
static struct parley_bytes known_ticket;
static struct parley_session known_session;

#define tickets_open real_tickets_open
bool real_tickets_open(struct parley_engine *e, struct parley_bytes ticket,
                       struct parley_session *out);
#include "engine/tickets.c"
#undef tickets_open

bool tickets_open(struct parley_engine *e, struct parley_bytes ticket, struct parley_session *out) {
    if (known_ticket.len == 0 || !bytes_equal(ticket, known_ticket)) {
        return real_tickets_open(e, ticket, out);
    }
    *out = known_session;
    return session_fresh(e, out);
}

static struct parley_vectors vectors;
static struct trace run;
static size_t total;

static struct parley_bytes value(const char *section, const char *name) {
    return parley_vector_get(&vectors, section, name);
}

/* ---- Credentials ---- */

/* The key of the server in sections 3, 5 and 7. */
static EVP_PKEY *server_key;
static struct parley_credential *server_credential;

static struct parley_bytes pem_of(BIO *bio, const char *type, struct parley_bytes der) {
    const uint8_t *pem;
    size_t len;
    assert_true(PEM_write_bio(bio, type, "", der.data, (long)der.len));
    assert_true(BIO_mem_contents(bio, &pem, &len));
    return bytes_of(pem, len);
}

static void load_server_key(void) {
    const char *why = "";
    BIO *certificate = BIO_new(BIO_s_mem());
    BIO *key = BIO_new(BIO_s_mem());
    CBS der;
    assert_true(certificate != NULL && key != NULL);
    server_credential = parley_credential_from_pem(
        pem_of(certificate, "CERTIFICATE", value("server_rsa_key", "certificate_der")),
        pem_of(key, "PRIVATE KEY", value("server_rsa_key", "pkcs8_der")), &why);
    assert_non_null(server_credential);
    CBS_init(&der, value("server_rsa_key", "pkcs8_der").data,
             value("server_rsa_key", "pkcs8_der").len);
    server_key = EVP_parse_private_key(&der);
    assert_non_null(server_key);
    BIO_free(key);
    BIO_free(certificate);
}

/* salt_of gives the salt of a PSS signature by the server (RFC 8017 9.1.2), so that our engine,
 * drawing the same one, makes the same signature. */
static struct parley_bytes salt_of(const char *section) {
    static uint8_t em[256];
    enum { HASH = 32, SALT = 32 };
    struct parley_bytes message = value(section, "certificate_verify");
    RSA *rsa = EVP_PKEY_get0_RSA(server_key);
    size_t len = RSA_size(rsa), got;
    assert_true(RSA_verify_raw(rsa, &got, em, sizeof(em), message.data + message.len - len, len,
                               RSA_NO_PADDING));
    assert_int_equal(got, len);
    assert_int_equal(em[len - 1], 0xbc);
    size_t db = len - HASH - 1;
    const uint8_t *h = em + db;
    for (size_t done = 0, counter = 0; done < db; counter++) {
        uint8_t seed[HASH + 4] = {0}, mask[HASH_MAX];
        memcpy(seed, h, HASH);
        seed[HASH + 3] = (uint8_t)counter;
        size_t n = hash_once(PARLEY_HASH_SHA256, bytes_of(seed, sizeof(seed)), mask);
        for (size_t i = 0; i < n && done < db; i++) {
            em[done++] ^= mask[i];
        }
    }
    assert_int_equal(em[db - SALT - 1], 1);
    return bytes_of(em + db - SALT, SALT);
}

/* The certificates of section 6 come without their private keys: others of the same kind stand in,
 * and what they sign gives way to the trace's. */
static struct parley_bytes stand_in_chain;
static struct parley_credential stand_in;

static struct parley_credential *stand_in_for(const char *name, EVP_PKEY *key,
                                              enum parley_key_kind kind) {
    stand_in_chain = value("client_authentication", name);
    stand_in = (struct parley_credential){.key = key,
                                          .kind = kind,
                                          .curve = kind == PARLEY_KEY_ECDSA ? PARLEY_GROUP_secp256r1
                                                                            : PARLEY_GROUP_none,
                                          .chain = &stand_in_chain,
                                          .count = 1};
    return &stand_in;
}

static EVP_PKEY *make_ecdsa_key(void) {
    EVP_PKEY *key = EVP_PKEY_new();
    EC_KEY *ec = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    assert_true(key != NULL && ec != NULL);
    assert_true(EC_KEY_generate_key(ec) && EVP_PKEY_assign_EC_KEY(key, ec));
    return key;
}

/* ---- What the trace's client and server want ---- */

static const uint16_t suites[] = {0x1301, 0x1303, 0x1302};
static const uint16_t groups[] = {0x001d, 0x0017, 0x0018, 0x0019, 0x0100,
                                  0x0101, 0x0102, 0x0103, 0x0104};
static const uint16_t retry_groups[] = {0x001d, 0x0017, 0x0018};
static const uint16_t sigalgs[] = {0x0403, 0x0503, 0x0603, 0x0203, 0x0804, 0x0805, 0x0806, 0x0401,
                                   0x0501, 0x0601, 0x0201, 0x0402, 0x0502, 0x0602, 0x0202};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct trace_end end_of(const char *section, enum parley_role role) {
    return (struct trace_end){.section = section,
                              .role = role,
                              .config = {.min_version = PARLEY_TLS13,
                                         .max_version = PARLEY_TLS13,
                                         .suites = suites,
                                         .suite_count = COUNT(suites),
                                         .groups = groups,
                                         .group_count = COUNT(groups),
                                         .sigalgs = sigalgs,
                                         .sigalg_count = COUNT(sigalgs),
                                         .server_name = "server",
                                         .record_size_limit = 0x4001,
                                         .no_middlebox_compatibility = true,
                                         .no_tickets = true}};
}

static struct trace_end client_of(const char *section) {
    static const struct trace_replacement replaced[] = {
        {"client_hello", "order and choice of extensions", TRACE_NO_EXTRA}, {NULL, NULL, 0}};
    struct trace_end end = end_of(section, PARLEY_CLIENT);
    end.draws[0] = value(section, "client_random");
    end.draws[1] = value(section, "client_x25519_private");
    end.replaced = replaced;
    return end;
}

static struct trace_end server_of(const char *section, const char *private_key) {
    static const struct trace_replacement replaced[] = {
        {"server_hello", "order of extensions", TRACE_NO_EXTRA},
        {"encrypted_extensions", "supported_groups, which we do not send", TRACE_NO_EXTRA},
        {NULL, NULL, 0}};
    struct trace_end end = end_of(section, PARLEY_SERVER);
    end.config.credentials = &server_credential;
    end.config.credential_count = 1;
    end.draws[0] = value(section, private_key);
    end.draws[1] = value(section, "server_random");
    end.replaced = replaced;
    return end;
}

/* ---- Running both ends ---- */

static void run_end(const struct trace_end *end, size_t expected, struct trace_results *results) {
    trace_run_end(&run, &vectors, end, trace_check_tls13, expected, results);
}

static void all_compared(const char *section, const struct trace_results *results,
                         size_t expected) {
    trace_all_compared(&vectors, section, results, expected);
    total += expected;
}

static void check_outcome(enum parley_role role, uint16_t group, uint16_t server_scheme,
                          bool resumed, bool retried) {
    struct parley_outcome outcome;
    parley_engine_outcome(run.engine, &outcome);
    assert_true(outcome.done);
    assert_int_equal(outcome.version, PARLEY_TLS13);
    assert_int_equal(outcome.group, group);
    assert_int_equal(outcome.sigalg_server, server_scheme);
    assert_int_equal(outcome.resumed, resumed);
    assert_int_equal(outcome.early_data_accepted, resumed);
    assert_int_equal(outcome.hello_retry, retried);
    assert_true(bytes_equal(outcome.server_name, bytes_of("server", 6)));
    assert_true(parley_engine_status(run.engine) & PARLEY_CLOSED);
    assert_int_equal(run.end.role, role);
}

/* ---- The traces ---- */

/* Section 3. Its client's session is what section 4 resumes. */
static void simple_1rtt(void **state) {
    static const char s[] = "simple_1rtt";
    static const struct trace_replacement replaced[] = {
        {"server_hello", "order of extensions", TRACE_NO_EXTRA},
        {"encrypted_extensions", "supported_groups, which we do not send", TRACE_NO_EXTRA},
        {"new_session_ticket", "the ticket and its nonce", TRACE_NO_EXTRA},
        {NULL, NULL, 0}};
    static const uint8_t any[12];
    struct trace_results results = {{false}};
    (void)state;
    struct trace_end client = client_of(s);
    run_end(&client, 67, &results);
    check_outcome(PARLEY_CLIENT, PARLEY_GROUP_x25519, PARLEY_SIGALG_rsa_pss_rsae_sha256, false,
                  false);
    known_session = *parley_engine_session(run.engine);

    struct trace_end server = server_of(s, "server_x25519_private");
    server.config.no_tickets = false;
    server.config.ticket_lifetime = 30;
    server.config.max_early_data = 1024;
    server.draws[2] = salt_of(s);
    server.draws[3] = value(s, "ticket_age_add");
    server.draws[4] = bytes_of(any, sizeof(any)); /* nonce of our ticket's encryption */
    server.replaced = replaced;
    run_end(&server, 69, &results);
    check_outcome(PARLEY_SERVER, PARLEY_GROUP_x25519, PARLEY_SIGALG_rsa_pss_rsae_sha256, false,
                  false);
    all_compared(s, &results, 79);
}

/* Section 4: the client six milliseconds older, the server with the ticket that it knows. */
static void resumed_0rtt(void **state) {
    static const char s[] = "resumed_0rtt";
    struct trace_results results = {{false}};
    (void)state;
    assert_int_equal(known_session.version, PARLEY_TLS13);
    known_session.issued_ms = TRACE_NOW_MS - 6;
    struct trace_end client = client_of(s);
    client.config.early_data = true;
    client.resume = &known_session;
    run_end(&client, 76, &results);
    check_outcome(PARLEY_CLIENT, PARLEY_GROUP_x25519, PARLEY_SIGALG_rsa_pss_rsae_sha256, true,
                  false);

    struct trace_end server = server_of(s, "server_x25519_private");
    known_ticket = value(s, "ticket");
    server.config.max_early_data = 1024;
    run_end(&server, 73, &results);
    check_outcome(PARLEY_SERVER, PARLEY_GROUP_x25519, PARLEY_SIGALG_rsa_pss_rsae_sha256, true,
                  false);
    known_ticket = bytes_of(NULL, 0);
    all_compared(s, &results, 87);
}

/* Section 5: the server supports none of the groups the client has sent a share for. */
static void hello_retry_request(void **state) {
    static const char s[] = "hello_retry_request";
    static const struct trace_replacement by_client[] = {
        {"client_hello_1", "order and choice of extensions", TRACE_NO_EXTRA},
        {"client_hello_2", "order and choice of extensions", TRACE_NO_EXTRA},
        {NULL, NULL, 0}};
    static const struct trace_replacement by_server[] = {
        {"hello_retry_request", "the cookie, order of extensions", TRACE_NO_EXTRA},
        {"server_hello", "order of extensions", TRACE_NO_EXTRA},
        {"encrypted_extensions", "supported_groups, which we do not send", TRACE_NO_EXTRA},
        {NULL, NULL, 0}};
    struct trace_results results = {{false}};
    (void)state;
    struct trace_end client = client_of(s);
    client.config.groups = retry_groups;
    client.config.group_count = COUNT(retry_groups);
    client.draws[2] = value(s, "client_p256_private");
    client.replaced = by_client;
    run_end(&client, 67, &results);
    check_outcome(PARLEY_CLIENT, PARLEY_GROUP_secp256r1, PARLEY_SIGALG_rsa_pss_rsae_sha256, false,
                  true);

    struct trace_end server = server_of(s, "server_p256_private");
    server.config.groups = retry_groups + 1;
    server.config.group_count = 1;
    server.draws[2] = salt_of(s);
    server.replaced = by_server;
    run_end(&server, 66, &results);
    check_outcome(PARLEY_SERVER, PARLEY_GROUP_secp256r1, PARLEY_SIGALG_rsa_pss_rsae_sha256, false,
                  true);
    all_compared(s, &results, 76);
}

/* Section 6. */
static void client_authentication(void **state) {
    static const char s[] = "client_authentication";
    static const struct trace_replacement by_client[] = {
        {"client_hello", "order and choice of extensions", TRACE_NO_EXTRA},
        {"client_certificate_verify", "its key is not published", TRACE_NO_EXTRA},
        {NULL, NULL, 0}};
    static const struct trace_replacement by_server[] = {
        {"server_hello", "order of extensions", TRACE_NO_EXTRA},
        {"encrypted_extensions", "supported_groups, which we do not send", TRACE_NO_EXTRA},
        {"certificate_verify", "its key is not published", TRACE_NO_EXTRA},
        {NULL, NULL, 0}};
    static const uint8_t any[32];
    struct trace_results results = {{false}};
    struct parley_outcome outcome;
    (void)state;
    struct parley_credential *credential =
        stand_in_for("client_certificate_der", server_key, PARLEY_KEY_RSA);
    struct trace_end client = client_of(s);
    client.config.credentials = &credential;
    client.config.credential_count = 1;
    client.draws[2] = bytes_of(any, 32); /* salt of a signature that nobody sees */
    client.replaced = by_client;
    run_end(&client, 64, &results);
    check_outcome(PARLEY_CLIENT, PARLEY_GROUP_x25519, PARLEY_SIGALG_ecdsa_secp256r1_sha256, false,
                  false);

    EVP_PKEY *key = make_ecdsa_key();
    credential = stand_in_for("server_certificate_der", key, PARLEY_KEY_ECDSA);
    struct trace_end server = server_of(s, "server_x25519_private");
    server.config.credentials = &credential;
    server.config.client_auth = PARLEY_AUTH_REQUIRE;
    server.draws[2] = bytes_of(any, 32);
    server.replaced = by_server;
    run_end(&server, 64, &results);
    check_outcome(PARLEY_SERVER, PARLEY_GROUP_x25519, PARLEY_SIGALG_ecdsa_secp256r1_sha256, false,
                  false);
    parley_engine_outcome(run.engine, &outcome);
    assert_int_equal(outcome.sigalg_client, PARLEY_SIGALG_rsa_pss_rsae_sha256);
    trace_close(&run);
    EVP_PKEY_free(key);
    all_compared(s, &results, 71);
}

/* Section 7. */
static void compatibility_mode(void **state) {
    static const char s[] = "compatibility_mode";
    struct trace_results results = {{false}};
    (void)state;
    struct trace_end client = client_of(s);
    client.config.no_middlebox_compatibility = false;
    client.draws[2] = client.draws[1];
    client.draws[1] = value(s, "session_id");
    run_end(&client, 61, &results);
    check_outcome(PARLEY_CLIENT, PARLEY_GROUP_x25519, PARLEY_SIGALG_rsa_pss_rsae_sha256, false,
                  false);

    struct trace_end server = server_of(s, "server_x25519_private");
    server.config.no_middlebox_compatibility = false;
    server.draws[2] = salt_of(s);
    run_end(&server, 61, &results);
    check_outcome(PARLEY_SERVER, PARLEY_GROUP_x25519, PARLEY_SIGALG_rsa_pss_rsae_sha256, false,
                  false);
    all_compared(s, &results, 70);
}

/* ---- The server's key (section 2) ---- */

static size_t check_number(const char *name, const BIGNUM *got) {
    uint8_t out[256];
    struct parley_bytes expected = value("server_rsa_key", name);
    assert_int_equal(BN_num_bytes(got), expected.len);
    assert_int_equal(BN_bn2bin(got, out), expected.len);
    assert_memory_equal(out, expected.data, expected.len);
    return 1;
}

/* The key the engine signs with is the published one, number for number. */
static void server_rsa_key(void **state) {
    size_t n = 0;
    (void)state;
    const RSA *rsa = EVP_PKEY_get0_RSA(server_credential->key);
    uint8_t *der = NULL;
    CBB out;
    assert_int_equal(BN_get_word(RSA_get0_e(rsa)), RSA_F4);
    const uint8_t exponent[] = {1, 0, 1};
    assert_true(bytes_equal(value("server_rsa_key", "public_exponent"), bytes_of(exponent, 3)));
    n++;
    n += check_number("modulus", RSA_get0_n(rsa));
    n += check_number("private_exponent", RSA_get0_d(rsa));
    n += check_number("prime1", RSA_get0_p(rsa));
    n += check_number("prime2", RSA_get0_q(rsa));
    n += check_number("exponent1", RSA_get0_dmp1(rsa));
    n += check_number("exponent2", RSA_get0_dmq1(rsa));
    n += check_number("coefficient", RSA_get0_iqmp(rsa));
    assert_true(bytes_equal(parley_credential_certificate(server_credential, 0),
                            value("server_rsa_key", "certificate_der")));
    n++;
    size_t len = 0;
    assert_true(CBB_init(&out, 1024) && EVP_marshal_private_key(&out, server_credential->key) &&
                CBB_finish(&out, &der, &len));
    assert_true(bytes_equal(bytes_of(der, len), value("server_rsa_key", "pkcs8_der")));
    n++;
    OPENSSL_free(der);
    assert_null(parley_vector_name(&vectors, "server_rsa_key", n));
    total += n;
}

static int set_up(void **state) {
    (void)state;
    if (!parley_vectors_open(&vectors, VECTORS)) {
        return -1;
    }
    load_server_key();
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    trace_close(&run);
    EVP_PKEY_free(server_key);
    parley_credential_free(server_credential);
    parley_vectors_close(&vectors);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(server_rsa_key),        cmocka_unit_test(simple_1rtt),
        cmocka_unit_test(resumed_0rtt),          cmocka_unit_test(hello_retry_request),
        cmocka_unit_test(client_authentication), cmocka_unit_test(compatibility_mode),
    };
    int failed = cmocka_run_group_tests(tests, set_up, tear_down);
    printf("%zu values of RFC 8448\n", total);
    return failed;
}
