/* TLS 1.2 against published vectors: PRF, key derivation with and without extended master secret,
 * Finished, and "The Illustrated TLS 1.2 Connection" byte for byte, with our engine as its client
 * and as its server. (HKDF's vectors are test_hash.c's.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bytestring.h>
#include <openssl/evp.h>

#include "engine/credential.h"
#include "engine/sign.h"
#include "engine/trust.h"
#include "tests/support_examples.h"
#include "tests/support_trace.h"

#define TLS12 "harness/tests/vectors/tls12.txt"
#define RFC8448 "harness/tests/vectors/rfc8448.txt"

/* The vectors of the extended master secret give a session hash, but not what was hashed. So this
 * program has schedule12.c with one function in front: the transcript's hash is the vector's while
 * there is one. (As everything schedule12.c defines is here, the linker leaves the library's own
 * behind.) */
static struct parley_bytes published_hash;

static size_t session_peek(const struct parley_engine *e, uint8_t out[HASH_MAX]) {
    if (published_hash.len == 0) {
        return transcript_peek(e, out);
    }
    memcpy(out, published_hash.data, published_hash.len);
    return published_hash.len;
}

#define transcript_peek session_peek
#include "engine/schedule12.c"
#undef transcript_peek

static struct parley_vectors vectors;
static struct trace run;
static size_t total;

static struct parley_bytes value(const char *section, const char *name) {
    return parley_vector_get(&vectors, section, name);
}

static void assert_value(const char *section, const char *name, const uint8_t *got) {
    struct parley_bytes expected = value(section, name);
    assert_memory_equal(got, expected.data, expected.len);
    total++;
}

/* ---- The PRF (RFC 5246 5) ---- */

static void prf_vectors(void **state) {
    static const struct {
        const char *section;
        enum parley_hash hash;
    } rows[] = {{"prf_sha256", PARLEY_HASH_SHA256},
                {"prf_sha384", PARLEY_HASH_SHA384},
                {"prf_sha512", PARLEY_HASH_SHA512}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *s = rows[i].section;
        struct parley_bytes label = value(s, "label"), seed = value(s, "seed");
        char text[32] = {0};
        uint8_t out[256];
        memcpy(text, label.data, label.len);
        prf(rows[i].hash, value(s, "secret"), text, seed, bytes_of(NULL, 0), out,
            value(s, "output").len);
        assert_value(s, "output", out);
        /* The seed in two pieces. */
        prf(rows[i].hash, value(s, "secret"), text, bytes_of(seed.data, 5),
            bytes_of(seed.data + 5, seed.len - 5), out, value(s, "output").len);
        assert_value(s, "output", out);
    }
}

/* ---- Key derivation (RFC 5246 6.3, 8.1; RFC 7627 4) ---- */

static uint8_t logged[48];

static void key_log(void *arg, const char *line) {
    const char *secret = strrchr(line, ' ');
    (void)arg;
    assert_non_null(secret);
    assert_int_equal(parley_example_bytes(secret + 1, logged, sizeof(logged)), sizeof(logged));
}

static void set_random(uint8_t out[PARLEY_RANDOM_LENGTH], const char *section, const char *name) {
    memcpy(out, value(section, name).data, PARLEY_RANDOM_LENGTH);
}

/* same_keys returns whether |sealing| and |opening| are keys of one another. */
static bool same_keys(struct protect *sealing, struct protect *opening) {
    static const uint8_t text[] = "attack at dawn";
    uint8_t record[256], type;
    struct parley_seeded seeded;
    struct parley_bytes out;
    parley_seeded_init(&seeded, 0, 0);
    struct parley_random random = parley_seeded_random(&seeded);
    size_t len = protect_sealed_length(sealing, sizeof(text), 0);
    assert_true(len <= sizeof(record));
    assert_true(protect_seal(sealing, PARLEY_CONTENT_APPLICATION_DATA, PARLEY_TLS12,
                             bytes_of(text, sizeof(text)), 0, &random, record));
    return protect_open(opening, record, len, &type, &out) == PARLEY_OK &&
           bytes_equal(out, bytes_of(text, sizeof(text)));
}

/* check_block cuts the published key block as RFC 5246 6.3 says, and tries each part against the
 * engine's keys. Of a block that is too short for the suite, the client's part is compared alone.
 */
static size_t check_block(struct parley_engine *e, struct parley_bytes block) {
    struct protect published;
    size_t mac, key, iv, checked = 0;
    protect_tls12_lengths(e->suite->cipher, &mac, &key, &iv);
    for (size_t side = 0; side < 2; side++) {
        bool ours = (side == 0) == (e->role == PARLEY_CLIENT);
        size_t key_at = 2 * mac + side * key, iv_at = 2 * (mac + key) + side * iv;
        if (key_at + key > block.len || (iv > 0 && iv_at + iv > block.len)) {
            continue;
        }
        protect_tls12(&published, e->suite, ours ? PROTECT_OPEN : PROTECT_SEAL,
                      block.data + side * mac, block.data + key_at,
                      iv > 0 ? block.data + iv_at : NULL, e->encrypt_then_mac);
        assert_true(ours ? same_keys(&e->next_write, &published)
                         : same_keys(&published, &e->next_read));
        protect_clear(&published);
        checked++;
    }
    return checked;
}

/* check_derivation runs the engine's derivation for one suite and one role. */
static size_t check_derivation(const char *section, const struct parley_suite *suite,
                               enum parley_role role) {
    static const struct parley_config config = {.key_log = key_log};
    struct parley_engine *e = parley_engine_new(&config, role);
    assert_non_null(e);
    e->suite = suite;
    e->version = PARLEY_TLS12;
    e->extended_master_secret = parley_vectors_has(&vectors, section, "session_hash");
    if (e->extended_master_secret) {
        published_hash = value(section, "session_hash");
    } else {
        set_random(e->client_random, section, "client_hello_random");
        set_random(e->server_random, section, "server_hello_random");
    }
    schedule12_master(e, value(section, "pre_master_secret"));
    published_hash = bytes_of(NULL, 0);
    assert_value(section, "master_secret", e->master_secret);
    set_random(e->client_random, section, "client_random");
    set_random(e->server_random, section, "server_random");
    memset(logged, 0, sizeof(logged));
    schedule12_keys(e);
    assert_value(section, "master_secret", logged);
    size_t checked = check_block(e, value(section, "key_block"));
    parley_engine_free(e);
    total += checked;
    return checked;
}

static void key_derivation(void **state) {
    static const struct {
        const char *section;
        enum parley_hash hash;
    } rows[] = {{"kdf_sha256", PARLEY_HASH_SHA256},   {"kdf_sha384", PARLEY_HASH_SHA384},
                {"ems_sha256_1", PARLEY_HASH_SHA256}, {"ems_sha256_2", PARLEY_HASH_SHA256},
                {"ems_sha384_1", PARLEY_HASH_SHA384}, {"ems_sha384_2", PARLEY_HASH_SHA384}};
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *s = rows[i].section;
        uint8_t block[128];
        size_t suites = 0, sides = 0;
        for (size_t j = 0; j < parley_suite_count; j++) {
            const struct parley_suite *suite = &parley_suites[j];
            if (suite->version == PARLEY_TLS12 && suite->hash == rows[i].hash) {
                sides += check_derivation(s, suite, PARLEY_CLIENT);
                sides += check_derivation(s, suite, PARLEY_SERVER);
                suites++;
            }
        }
        prf(rows[i].hash, value(s, "master_secret"), "key expansion", value(s, "server_random"),
            value(s, "client_random"), block, sizeof(block));
        assert_value(s, "key_block", block);
        printf("%s: %zu suites, keys of %zu directions\n", s, suites, sides);
        assert_true(suites > 0);
        /* Only CBC with SHA-384 needs more than 128 bytes; its client's keys are within them. */
        size_t short_ones = rows[i].hash == PARLEY_HASH_SHA384 ? 2 : 0;
        assert_int_equal(sides, 4 * suites - 2 * short_ones);
    }
}

/* ---- The illustrated connection ---- */

static const char illustrated[] = "illustrated_tls12";

/* iv_of is the explicit IV of a record of CBC. */
static struct parley_bytes iv_of(const char *record) {
    return bytes_of(value(illustrated, record).data + PARLEY_RECORD_HEADER, 16);
}

/* check_key compares an AES key with a published one by what it does. */
static void check_key(struct trace *t, const char *name, const struct protect *p, bool sealing) {
    uint8_t in[16] = {1, 2, 3}, out[16], expected[16];
    struct parley_bytes key = trace_value(t, name);
    AES_KEY aes;
    AES_set_encrypt_key(key.data, 128, &aes);
    AES_encrypt(in, expected, &aes);
    if (sealing) {
        AES_encrypt(in, out, &p->block.aes);
        assert_memory_equal(out, expected, sizeof(out));
    } else {
        AES_decrypt(expected, out, &p->block.aes);
        assert_memory_equal(out, in, sizeof(out));
    }
    trace_expect(t, name, key);
}

static void check_keys(struct trace *t) {
    const struct parley_engine *e = t->engine;
    bool client = e->role == PARLEY_CLIENT;
    const struct protect *c = client ? &e->write : &e->read, *s = client ? &e->read : &e->write;
    uint8_t block[256];
    trace_expect(t, "master_secret", bytes_of(e->master_secret, sizeof(e->master_secret)));
    prf(e->suite->hash, bytes_of(e->master_secret, sizeof(e->master_secret)), "key expansion",
        bytes_of(e->server_random, PARLEY_RANDOM_LENGTH),
        bytes_of(e->client_random, PARLEY_RANDOM_LENGTH), block, trace_value(t, "key_block").len);
    trace_expect(t, "key_block", bytes_of(block, trace_value(t, "key_block").len));
    trace_expect_key(t, "client_mac_key", &c->mac);
    trace_expect_key(t, "server_mac_key", &s->mac);
    check_key(t, "client_key", c, client);
    check_key(t, "server_key", s, !client);
}

static void check_exchange(struct trace *t) {
    static union parley_message_value v;
    const struct parley_engine *e = t->engine;
    bool client = e->role == PARLEY_CLIENT;
    const struct kex *own = &e->shares[0];
    uint8_t premaster[KEX_SECRET_MAX];
    EVP_PKEY *key = NULL;
    size_t len;
    trace_parse(trace_find(t, PARLEY_MSG_client_key_exchange_ecdhe, PARLEY_CLIENT, 0), &v);
    struct parley_bytes theirs = v.client_key_exchange_ecdhe.ecdh_yc;
    trace_expect(t, "client_x25519_public", theirs);
    trace_parse(trace_find(t, PARLEY_MSG_server_key_exchange_ecdhe, PARLEY_SERVER, 0), &v);
    const struct parley_server_key_exchange_ecdhe *k = &v.server_key_exchange_ecdhe;
    trace_expect(t, "server_x25519_public", k->point);
    trace_expect(t, "server_key_exchange_params", k->params);
    trace_expect(t, "server_key_exchange_signature", k->signature);
    trace_expect(t, client ? "client_x25519_private" : "server_x25519_private",
                 bytes_of(own->private_key, own->private_len));
    trace_expect(t, client ? "client_x25519_public" : "server_x25519_public",
                 bytes_of(own->share, own->share_len));
    assert_int_equal(kex_agree(own, client ? k->point : theirs, NULL, premaster, &len), PARLEY_OK);
    trace_expect(t, "pre_master_secret", bytes_of(premaster, len));
    /* The client's engine has verified this signature over what it thinks was signed. */
    struct parley_bytes content = trace_value(t, "server_key_exchange_signed_content");
    assert_int_equal(trust_leaf(NULL, trace_value(t, "server_certificate_der"), &key), PARLEY_OK);
    bool good = sign_verify(key, parley_sigalg_find(k->algorithm), content, k->signature, NULL);
    EVP_PKEY_free(key);
    assert_true(good);
    trace_expect(t, "server_key_exchange_signed_content", content);
}

static void check_finished(struct trace *t, enum parley_role sender, const char *name) {
    static union parley_message_value v;
    trace_parse(trace_find(t, PARLEY_MSG_finished, sender, 0), &v);
    trace_expect(t, name, v.finished.verify_data);
}

static void check_tls12(struct trace *t) {
    static union parley_message_value v;
    const struct parley_engine *e = t->engine;
    const uint8_t suite[] = {(uint8_t)(e->suite->code >> 8), (uint8_t)e->suite->code};
    struct parley_bytes leaf;
    trace_expect(t, "cipher_suite", bytes_of(suite, sizeof(suite)));
    trace_expect(t, "client_random", bytes_of(e->client_random, PARLEY_RANDOM_LENGTH));
    trace_expect(t, "server_random", bytes_of(e->server_random, PARLEY_RANDOM_LENGTH));
    check_exchange(t);
    check_keys(t);
    trace_parse(trace_find(t, PARLEY_MSG_certificate_tls12, PARLEY_SERVER, 0), &v);
    struct parley_bytes rest = v.certificate_tls12.certificate_list;
    assert_true(parley_opaque24_next(&rest, &leaf));
    trace_expect(t, "server_certificate_der", leaf);
    if (e->role == PARLEY_CLIENT) {
        trace_expect(t, "server_certificate_der", bytes_of(e->leaf, e->leaf_length));
    }
    trace_expect(
        t, "hash_client_hello_to_client_key_exchange",
        trace_hash_after(t, trace_find(t, PARLEY_MSG_client_key_exchange_ecdhe, PARLEY_CLIENT, 0)));
    trace_expect(t, "hash_client_hello_to_client_finished",
                 trace_hash_after(t, trace_find(t, PARLEY_MSG_finished, PARLEY_CLIENT, 0)));
    check_finished(t, PARLEY_CLIENT, "client_finished_verify_data");
    check_finished(t, PARLEY_SERVER, "server_finished_verify_data");
}

/* ---- Its two ends ---- */

static const uint16_t offered[] = {0xcca8, 0xcca9, 0xc02f, 0xc030, 0xc02b, 0xc02c, 0xc013, 0xc009,
                                   0xc014, 0xc00a, 0x009c, 0x009d, 0x002f, 0x0035, 0xc012, 0x000a};
static const uint16_t chosen[] = {0xc013};
static const uint16_t groups[] = {0x001d, 0x0017, 0x0018, 0x0019};
static const uint16_t sigalgs[] = {0x0401, 0x0403, 0x0501, 0x0503, 0x0601, 0x0603, 0x0201, 0x0203};
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct parley_config common = {.max_version = PARLEY_TLS12,
                                            .groups = groups,
                                            .group_count = COUNT(groups),
                                            .sigalgs = sigalgs,
                                            .sigalg_count = COUNT(sigalgs),
                                            .no_tickets = true,
                                            .no_extended_master_secret = true,
                                            .no_encrypt_then_mac = true};

static void illustrated_client(struct trace_results *results) {
    static const struct trace_replacement replaced[] = {
        {"client_hello", "order of extensions", TRACE_NO_EXTRA}, {NULL, NULL, 0}};
    struct trace_end end = {
        .section = illustrated,
        .role = PARLEY_CLIENT,
        .config = common,
        .draws = {value(illustrated, "client_random"), value(illustrated, "client_x25519_private"),
                  iv_of("client_finished_record"), iv_of("client_application_data_record"),
                  iv_of("client_alert_record")},
        .replaced = replaced};
    end.config.suites = offered;
    end.config.suite_count = COUNT(offered);
    end.config.server_name = "example.ulfheim.net";
    end.config.request_ocsp = end.config.request_scts = true;
    trace_run_end(&run, &vectors, &end, check_tls12, 43, results);
}

/* The server's private key is not among the vectors: RFC 8448's stands in, and what it signs gives
 * way to the trace's. */
static void illustrated_server(struct trace_results *results) {
    static const struct trace_replacement replaced[] = {
        {"server_hello", "ec_point_formats, which ours adds", 11},
        {"server_key_exchange", "its key is not among the vectors", TRACE_NO_EXTRA},
        {NULL, NULL, 0}};
    struct parley_vectors keys;
    CBS der;
    assert_true(parley_vectors_open(&keys, RFC8448));
    struct parley_bytes pkcs8 = parley_vector_get(&keys, "server_rsa_key", "pkcs8_der");
    CBS_init(&der, pkcs8.data, pkcs8.len);
    struct parley_bytes chain = value(illustrated, "server_certificate_der");
    struct parley_credential stand_in = {
        .key = EVP_parse_private_key(&der), .kind = PARLEY_KEY_RSA, .chain = &chain, .count = 1};
    struct parley_credential *credential = &stand_in;
    parley_vectors_close(&keys);
    assert_non_null(stand_in.key);
    struct trace_end end = {
        .section = illustrated,
        .role = PARLEY_SERVER,
        .config = common,
        .draws = {value(illustrated, "server_random"), value(illustrated, "server_x25519_private"),
                  iv_of("server_finished_record"), iv_of("server_application_data_record")},
        .replaced = replaced};
    end.config.suites = chosen;
    end.config.suite_count = COUNT(chosen);
    end.config.credentials = &credential;
    end.config.credential_count = 1;
    end.config.no_coalescing = true;
    trace_run_end(&run, &vectors, &end, check_tls12, 45, results);
    trace_close(&run);
    EVP_PKEY_free(stand_in.key);
}

static void illustrated_connection(void **state) {
    struct trace_results results = {{false}};
    (void)state;
    illustrated_client(&results);
    assert_true(run.engine->write_closed);
    illustrated_server(&results);
    trace_all_compared(&vectors, illustrated, &results, 59);
    total += 59;
}

static int set_up(void **state) {
    (void)state;
    return parley_vectors_open(&vectors, TLS12) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    trace_close(&run);
    parley_vectors_close(&vectors);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prf_vectors),
        cmocka_unit_test(key_derivation),
        cmocka_unit_test(illustrated_connection),
    };
    int failed = cmocka_run_group_tests(tests, set_up, tear_down);
    printf("%zu comparisons\n", total);
    return failed;
}
