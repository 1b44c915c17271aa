/* Every option of a config, by itself and against the other end's: what it changes on the wire, and
 * that handshake, application data and closing work with it. */
#include <stdio.h>
#include <string.h>

#include "tests/support_duo.h"

static size_t completed;

static const uint16_t versions[] = {PARLEY_TLS12, PARLEY_TLS13};

/* full runs a whole connection and counts it. */
static void full(struct duo *d, bool resume) {
    d->seed++;
    duo_full(d, resume);
    completed++;
}

static void both(struct duo *d, void (*set)(struct parley_config *c, size_t value), size_t value) {
    set(&d->config[PARLEY_CLIENT], value);
    set(&d->config[PARLEY_SERVER], value);
}

/* ---- What a tap sees ---- */

static struct {
    size_t records[2], longest[2], handshake[2], ccs[2];
    size_t longest_handshake[2]; /* of records whose outer type is handshake */
} seen;

static size_t look(struct duo *d, enum parley_role from, uint8_t *bytes, size_t whole, size_t cap) {
    (void)d;
    (void)cap;
    for (size_t len = whole; len > 0;) {
        assert_true(len >= PARLEY_RECORD_HEADER);
        size_t body = (size_t)(bytes[3] << 8 | bytes[4]);
        assert_true(len >= PARLEY_RECORD_HEADER + body);
        seen.records[from]++;
        seen.ccs[from] += bytes[0] == PARLEY_CONTENT_CHANGE_CIPHER_SPEC;
        seen.handshake[from] += bytes[0] == PARLEY_CONTENT_HANDSHAKE;
        if (body > seen.longest[from]) {
            seen.longest[from] = body;
        }
        if (bytes[0] == PARLEY_CONTENT_HANDSHAKE && body > seen.longest_handshake[from]) {
            seen.longest_handshake[from] = body;
        }
        bytes += PARLEY_RECORD_HEADER + body;
        len -= PARLEY_RECORD_HEADER + body;
    }
    return whole;
}

static void look_anew(struct duo *d) {
    memset(&seen, 0, sizeof(seen));
    d->tap = look;
}

/* ---- TLS 1.2's protections ---- */

static void no_ems(struct parley_config *c, size_t value) {
    c->no_extended_master_secret = value;
}

static void no_etm(struct parley_config *c, size_t value) {
    c->no_encrypt_then_mac = value;
}

static void test_extended_master_secret(void **state) {
    (void)state;
    struct duo *d = duo_new();
    duo_only(d, PARLEY_TLS12, 0, 0);
    for (unsigned off = 0; off < 4; off++) {
        no_ems(&d->config[PARLEY_CLIENT], off & 1);
        no_ems(&d->config[PARLEY_SERVER], off >> 1);
        full(d, false);
        assert_int_equal(d->outcome[PARLEY_CLIENT].extended_master_secret, off == 0);
        duo_keep_session(d);
        full(d, true);
        assert_true(d->outcome[PARLEY_CLIENT].resumed);
        assert_int_equal(d->outcome[PARLEY_CLIENT].extended_master_secret, off == 0);
    }
    duo_free(d);
}

static void test_encrypt_then_mac(void **state) {
    static const struct parley_psk12 psk12 = {.key = BYTES_IN("a key")};
    (void)state;
    struct duo *d = duo_new();
    static const char *const names[] = {"server-rsa", "server-ecdsa-p256"};
    for (size_t i = 0; i < parley_suite_count; i++) {
        const struct parley_suite *s = &parley_suites[i];
        if (s->version != PARLEY_TLS12) {
            continue;
        }
        bool cbc = s->cipher >= PARLEY_CIPHER_AES_128_CBC_SHA;
        duo_only(d, PARLEY_TLS12, s->code, 0);
        d->config[PARLEY_CLIENT].psk12 = d->config[PARLEY_SERVER].psk12 = &psk12;
        duo_certificate(d, PARLEY_SERVER, names[s->authentication != PARLEY_AUTH_RSA]);
        for (unsigned off = 0; off < 4; off++) {
            no_etm(&d->config[PARLEY_CLIENT], off & 1);
            no_etm(&d->config[PARLEY_SERVER], off >> 1);
            full(d, false);
            assert_int_equal(d->outcome[PARLEY_CLIENT].encrypt_then_mac, cbc && off == 0);
        }
    }
    duo_free(d);
}

/* Each length of application data gives CBC another padding. */
static void test_every_short_length(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const uint16_t suites[] = {
        PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
        PARLEY_TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
        PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, PARLEY_TLS_CHACHA20_POLY1305_SHA256};
    for (size_t i = 0; i < COUNT_OF(suites); i++) {
        for (unsigned etm = 0; etm < 2; etm++) {
            duo_only(d, parley_suite_find(suites[i])->version, suites[i], 0);
            both(d, no_etm, etm);
            duo_complete(d, false);
            for (size_t len = 1; len <= 300; len++) {
                duo_echo(d, len);
            }
            duo_close(d);
            completed++;
        }
    }
    duo_free(d);
}

/* ---- Records ---- */

static void fragment(struct parley_config *c, size_t value) {
    c->fragment = (uint16_t)value;
}

static void no_coalescing(struct parley_config *c, size_t value) {
    c->no_coalescing = value;
}

static void padding(struct parley_config *c, size_t value) {
    c->record_padding = (uint16_t)value;
}

static void test_fragments(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const size_t lengths[] = {1, 2, 3, 4, 5, 7, 16, 63, 100, 511, 4096, 16383, 16384};
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
    duo_certificate(d, PARLEY_CLIENT, "client-rsa");
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        duo_only(d, versions[v], 0, 0);
        for (size_t i = 0; i < COUNT_OF(lengths); i++) {
            for (size_t chunk = 0; chunk < 2; chunk++) {
                d->chunk = chunk;
                both(d, fragment, lengths[i]);
                look_anew(d);
                full(d, false);
                /* TLS 1.2's Finished has the outer type handshake, too. */
                size_t sealed = versions[v] == PARLEY_TLS12 ? 24 : 0;
                assert_true(seen.longest_handshake[PARLEY_CLIENT] <= lengths[i] + sealed);
                assert_true(seen.longest[PARLEY_SERVER] <= lengths[i] + 1 + 24);
                if (lengths[i] == 1) {
                    assert_true(seen.records[PARLEY_SERVER] > 1000);
                }
            }
        }
    }
    duo_free(d);
}

static void test_no_coalescing(void **state) {
    (void)state;
    struct duo *d = duo_new();
    size_t plain[2];
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        duo_only(d, versions[v], 0, 0);
        for (size_t on = 0; on < 2; on++) {
            both(d, no_coalescing, on);
            look_anew(d);
            full(d, false);
            plain[on] = seen.records[PARLEY_SERVER];
        }
        /* server_hello to server_hello_done, encrypted_extensions to finished: three more. */
        assert_int_equal(plain[1], plain[0] + 3);
    }
    duo_free(d);
}

static void test_padding(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const size_t lengths[] = {1, 2, 15, 16, 255, 1000, 16384, 65535};
    duo_only(d, PARLEY_TLS13, 0, 0);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        both(d, padding, lengths[i]);
        look_anew(d);
        full(d, false);
        size_t least = lengths[i] < PARLEY_RECORD_MAX ? lengths[i] : PARLEY_RECORD_MAX;
        assert_true(seen.longest[PARLEY_CLIENT] > least);
        assert_true(seen.longest[PARLEY_CLIENT] <= PARLEY_RECORD_MAX + 1 + 16);
        duo_complete(d, false);
        duo_echo(d, 40000);
    }
    duo_free(d);
}

static void size_limit(struct parley_config *c, size_t value) {
    c->record_size_limit = (uint16_t)value;
}

/* RFC 8449 4: the limit is on what is sent to whoever states it, and on protected records only; in
 * TLS 1.3 it counts type and padding. */
static void test_record_size_limit(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const size_t limits[] = {64, 65, 100, 512, 1000, 16383, 16384};
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        size_t tls13 = versions[v] == PARLEY_TLS13;
        duo_only(d, versions[v],
                 tls13 ? PARLEY_TLS_AES_128_GCM_SHA256
                       : PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                 0);
        const size_t overhead = tls13 ? 16 : 24;
        for (size_t i = 0; i < COUNT_OF(limits) * COUNT_OF(limits); i++) {
            size_t client = limits[i % COUNT_OF(limits)], server = limits[i / COUNT_OF(limits)];
            size_limit(&d->config[PARLEY_CLIENT], client);
            size_limit(&d->config[PARLEY_SERVER], server);
            both(d, padding, i % 3 == 1 ? 50 : 0);
            duo_complete(d, false);
            look_anew(d);
            duo_echo(d, 40000);
            assert_true(seen.longest[PARLEY_CLIENT] <= server + overhead);
            assert_true(seen.longest[PARLEY_SERVER] <= client + overhead);
            if (server < 16384) {
                assert_int_equal(seen.longest[PARLEY_CLIENT], server + overhead);
            }
            duo_close(d);
            completed++;
        }
        /* Only one end knows the extension: nothing changes. */
        both(d, padding, 0);
        for (int role = 0; role < 2; role++) {
            both(d, size_limit, 0);
            size_limit(&d->config[role], 64);
            duo_complete(d, false);
            look_anew(d);
            duo_echo(d, 40000);
            assert_int_equal(seen.longest[PARLEY_CLIENT], PARLEY_RECORD_MAX + tls13 + overhead);
            assert_int_equal(seen.longest[PARLEY_SERVER], PARLEY_RECORD_MAX + tls13 + overhead);
            completed++;
        }
        both(d, size_limit, 0);
    }
    duo_free(d);
}

static void test_max_fragment_length(void **state) {
    (void)state;
    struct duo *d = duo_new();
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        duo_only(d, versions[v], 0, 0);
        for (uint8_t code = 1; code <= 4; code++) {
            size_t most = 256U << code;
            d->config[PARLEY_CLIENT].max_fragment_length = code;
            look_anew(d);
            full(d, false);
            assert_true(seen.longest_handshake[PARLEY_SERVER] <= most);
            look_anew(d);
            duo_complete(d, false);
            duo_echo(d, 20000);
            assert_true(seen.longest[PARLEY_CLIENT] <= most + 256);
            assert_true(seen.longest[PARLEY_SERVER] <= most + 256);
            /* RFC 8449 5: record_size_limit wins, and is the only one that is answered. */
            both(d, size_limit, 100);
            look_anew(d);
            full(d, false);
            assert_true(seen.longest[PARLEY_SERVER] <= 100 + 256 || versions[v] == PARLEY_TLS12);
            both(d, size_limit, 0);
        }
    }
    duo_free(d);
}

/* ---- Hellos ---- */

static void test_grease(void **state) {
    (void)state;
    struct duo *d = duo_new();
    d->config[PARLEY_CLIENT].grease = true;
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        duo_only(d, versions[v], 0, 0);
        /* Every GREASE value comes up among so many seeds. */
        for (int i = 0; i < 100; i++) {
            full(d, false);
        }
        duo_keep_session(d);
        full(d, true);
        assert_true(d->outcome[PARLEY_CLIENT].resumed);
    }
    d->config[PARLEY_SERVER].hello_retry = true;
    full(d, false);
    assert_true(d->outcome[PARLEY_CLIENT].hello_retry);
    duo_free(d);
}

/* RFC 8446 D.4: a client with a session id sends one change_cipher_spec, a server always. */
static void test_middlebox_compatibility(void **state) {
    (void)state;
    struct duo *d = duo_new();
    duo_only(d, PARLEY_TLS13, 0, 0);
    for (unsigned off = 0; off < 8; off++) {
        bool client = (off & 1) == 0, server = (off >> 1 & 1) == 0;
        d->config[PARLEY_CLIENT].no_middlebox_compatibility = !client;
        d->config[PARLEY_SERVER].no_middlebox_compatibility = !server;
        d->config[PARLEY_SERVER].hello_retry = off >> 2;
        look_anew(d);
        full(d, false);
        assert_int_equal(seen.ccs[PARLEY_CLIENT], client);
        assert_int_equal(seen.ccs[PARLEY_SERVER], server);
    }
    duo_free(d);
}

static void test_server_order(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const uint16_t up[2][2] = {
        {PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
         PARLEY_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256},
        {PARLEY_TLS_AES_128_GCM_SHA256, PARLEY_TLS_CHACHA20_POLY1305_SHA256}};
    static const uint16_t down[2][2] = {
        {PARLEY_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
         PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
        {PARLEY_TLS_CHACHA20_POLY1305_SHA256, PARLEY_TLS_AES_128_GCM_SHA256}};
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        duo_only(d, versions[v], 0, 0);
        d->config[PARLEY_CLIENT].suites = up[v];
        d->config[PARLEY_SERVER].suites = down[v];
        d->config[PARLEY_CLIENT].suite_count = d->config[PARLEY_SERVER].suite_count = 2;
        for (size_t order = 0; order < 2; order++) {
            d->config[PARLEY_SERVER].server_order = order;
            full(d, false);
            assert_int_equal(d->outcome[PARLEY_SERVER].suite, order ? down[v][0] : up[v][0]);
        }
    }
    duo_free(d);
}

/* Which version, and which signature, for each pair of version ranges. */
static void test_version_ranges(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const uint16_t ranges[][2] = {
        {0, 0}, {PARLEY_TLS12, PARLEY_TLS12}, {PARLEY_TLS13, PARLEY_TLS13}};
    for (size_t c = 0; c < COUNT_OF(ranges); c++) {
        for (size_t s = 0; s < COUNT_OF(ranges); s++) {
            if (c + s == 3 && c != s) {
                continue; /* nothing in common: a refusal */
            }
            d->config[PARLEY_CLIENT].min_version = ranges[c][0];
            d->config[PARLEY_CLIENT].max_version = ranges[c][1];
            d->config[PARLEY_SERVER].min_version = ranges[s][0];
            d->config[PARLEY_SERVER].max_version = ranges[s][1];
            full(d, false);
            assert_int_equal(d->outcome[PARLEY_CLIENT].version,
                             c == 1 || s == 1 ? PARLEY_TLS12 : PARLEY_TLS13);
        }
    }
    /* RFC 7507 3: a fallback to what the server speaks at most is fine. */
    d->config[PARLEY_CLIENT] =
        (struct parley_config){.max_version = PARLEY_TLS12, .fallback_scsv = true};
    d->config[PARLEY_SERVER].max_version = PARLEY_TLS12;
    d->config[PARLEY_SERVER].min_version = PARLEY_TLS12;
    full(d, false);
    duo_free(d);
}

/* Every signature scheme with every key it fits, of the server and of the client. */
static void test_signature_schemes(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const char *const servers[] = {"server-rsa", "server-ecdsa-p256", "server-ecdsa-p384",
                                          "server-ecdsa-p521", "server-ed25519"};
    static const char *const client[] = {NULL, "client-rsa", "client-ecdsa-p256", "client-ed25519"};
    size_t fit[2][2] = {{0, 0}, {0, 0}}, refused[2] = {0, 0};
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUEST;
    for (size_t i = 0; i < parley_sigalg_count; i++) {
        const struct parley_sigalg *scheme = &parley_sigalgs[i];
        if (scheme->key == PARLEY_KEY_NONE) {
            continue;
        }
        for (size_t n = 0; n < COUNT_OF(servers) * COUNT_OF(versions); n++) {
            d->config[PARLEY_CLIENT].sigalgs = d->config[PARLEY_SERVER].sigalgs = &scheme->code;
            d->config[PARLEY_CLIENT].sigalg_count = d->config[PARLEY_SERVER].sigalg_count = 1;
            duo_only(d, versions[n % 2], 0, 0);
            duo_certificate(d, PARLEY_SERVER, servers[n / 2]);
            /* RSA key exchange needs no scheme. */
            static const uint16_t suites[][2] = {
                {PARLEY_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
                 PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
                {PARLEY_TLS_AES_128_GCM_SHA256, PARLEY_TLS_AES_256_GCM_SHA384}};
            d->config[PARLEY_CLIENT].suites = suites[n % 2];
            d->config[PARLEY_CLIENT].suite_count = 2;
            for (size_t c = 0, fits = 0; c < COUNT_OF(client); c++) {
                duo_certificate(d, PARLEY_CLIENT, client[c]);
                if (!duo_run(d, false)) {
                    duo_refused(d, fits ? PARLEY_CLIENT : PARLEY_SERVER,
                                PARLEY_ALERT_handshake_failure,
                                PARLEY_ERR_no_shared_signature_scheme, scheme->name);
                    refused[fits]++;
                    continue;
                }
                fits = 1; /* from the first, without a key, on: who then refuses is the client */
                fit[n % 2][0] += c == 0;
                fit[n % 2][1] += d->outcome[PARLEY_SERVER].sigalg_client != 0;
                assert_int_equal(d->outcome[PARLEY_CLIENT].sigalg_server, scheme->code);
                assert_null(duo_disagreement(d));
                completed++;
            }
        }
    }
    /* TLS 1.2: 7 RSA schemes with the RSA key, 4 ECDSA schemes with 3 keys each, and Ed25519; TLS
     * 1.3: 3 RSA-PSS, 3 ECDSA with their own curve, Ed25519. A client's key fits where the server's
     * kind of key does: 12 are ECDSA, of which the client has one curve. */
    assert_int_equal(fit[0][0], 7 + 4 * 3 + 1);
    assert_int_equal(fit[0][1], 7 + 4 * 3 + 1);
    assert_int_equal(fit[1][0], 3 + 3 + 1);
    assert_int_equal(fit[1][1], 3 + 1 + 1);
    assert_true(refused[1] == 27 * 3 - 25 && refused[0] == (12 * 5 * 2 - 27) * 4);
    duo_free(d);
}

/* The first credential that fits is taken. */
static void test_choice_of_credential(void **state) {
    (void)state;
    struct duo *d = duo_new();
    struct parley_credential *const all[] = {
        duo_credential("server-ed25519"), duo_credential("server-rsa"),
        duo_credential("server-ecdsa-p384"), duo_credential("server-ecdsa-p256")};
    static const uint16_t only[] = {PARLEY_SIGALG_ecdsa_secp256r1_sha256,
                                    PARLEY_SIGALG_rsa_pss_rsae_sha256};
    static const uint16_t groups[] = {PARLEY_GROUP_x25519, PARLEY_GROUP_secp256r1};
    static const size_t expected[2][2] = {{2, 1}, {3, 1}};
    d->config[PARLEY_SERVER].credentials = all;
    d->config[PARLEY_SERVER].credential_count = COUNT_OF(all);
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        duo_only(d, versions[v], 0, 0);
        d->config[PARLEY_CLIENT].sigalg_count = 1;
        for (size_t i = 0; i < COUNT_OF(only); i++) {
            d->config[PARLEY_CLIENT].sigalgs = &only[i];
            full(d, false);
            struct parley_bytes leaf = parley_credential_certificate(all[expected[v][i]], 0);
            assert_int_equal(d->outcome[PARLEY_CLIENT].peer_certificate.len, leaf.len);
            assert_memory_equal(d->outcome[PARLEY_CLIENT].peer_certificate.data, leaf.data,
                                leaf.len);
        }
    }
    /* RFC 8422 5.3: TLS 1.2 takes no ECDSA key on a curve that the client does not name. */
    duo_only(d, PARLEY_TLS12, PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, 0);
    d->config[PARLEY_CLIENT].sigalgs = &only[0];
    d->config[PARLEY_CLIENT].groups = groups;
    d->config[PARLEY_CLIENT].group_count = COUNT_OF(groups);
    full(d, false);
    struct parley_bytes leaf = parley_credential_certificate(all[3], 0);
    assert_memory_equal(d->outcome[PARLEY_CLIENT].peer_certificate.data, leaf.data, leaf.len);
    duo_free(d);
}

/* ---- All ---- */

static void test_count(void **state) {
    (void)state;
    print_message("%zu connections with options completed\n", completed);
    /* In the order of the tests below. */
    assert_int_equal(completed, 8 + 33 * 4 + 10 + 13 * 4 + 4 + 8 + 2 * (49 + 2) + 16 + 203 + 8 + 4 +
                                    8 + (27 + 25) + 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_extended_master_secret),
        cmocka_unit_test(test_encrypt_then_mac),
        cmocka_unit_test(test_every_short_length),
        cmocka_unit_test(test_fragments),
        cmocka_unit_test(test_no_coalescing),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_record_size_limit),
        cmocka_unit_test(test_max_fragment_length),
        cmocka_unit_test(test_grease),
        cmocka_unit_test(test_middlebox_compatibility),
        cmocka_unit_test(test_server_order),
        cmocka_unit_test(test_version_ranges),
        cmocka_unit_test(test_signature_schemes),
        cmocka_unit_test(test_choice_of_credential),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
