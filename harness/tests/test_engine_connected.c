/* What happens beside and after the handshake: application data, closing, key updates,
 * post-handshake authentication, certificate status, long chains, key logs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/inside.h"
#include "parley/pki.h"
#include "tests/support_duo.h"

static const uint16_t versions[] = {PARLEY_TLS12, PARLEY_TLS13};

/* ---- Application data ---- */

/* One suite of every cipher. */
static const uint16_t one_of_each[] = {
    PARLEY_TLS_AES_128_GCM_SHA256,
    PARLEY_TLS_AES_256_GCM_SHA384,
    PARLEY_TLS_CHACHA20_POLY1305_SHA256,
    PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    PARLEY_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    PARLEY_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA,
    PARLEY_TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA,
    PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256,
    PARLEY_TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384,
};

static void test_a_megabyte_each_way(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const size_t chunks[] = {0, 1, 5, 1000, 16384 + 5};
    const size_t megabyte = 1 << 20;
    for (size_t i = 0; i < COUNT_OF(one_of_each); i++) {
        duo_only(d, parley_suite_find(one_of_each[i])->version, one_of_each[i], 0);
        d->chunk = chunks[i % COUNT_OF(chunks)];
        duo_complete(d, false);
        duo_echo(d, megabyte);
        assert_int_equal(d->received[PARLEY_CLIENT], megabyte);
        assert_int_equal(d->received[PARLEY_SERVER], megabyte);
        duo_close(d);
    }
    duo_free(d);
}

/* Output that nobody pulls does not grow without end, and what was taken is not lost. */
static void test_backpressure(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static uint8_t block[100000];
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        duo_only(d, versions[v], 0, 0);
        duo_complete(d, false);
        size_t taken = 0, n;
        while ((n = parley_engine_write(d->engine[PARLEY_CLIENT], block, sizeof(block))) > 0) {
            taken += n;
        }
        assert_in_range(taken, 60000, 200000);
        uint8_t wire[1000];
        size_t arrived = 0;
        while ((n = parley_engine_pull(d->engine[PARLEY_CLIENT], wire, sizeof(wire))) > 0) {
            for (size_t at = 0; at < n;) {
                uint8_t data[700];
                at += parley_engine_push(d->engine[PARLEY_SERVER], wire + at, n - at);
                while ((n > 0) &&
                       (parley_engine_status(d->engine[PARLEY_SERVER]) & PARLEY_HAS_DATA) != 0) {
                    arrived += parley_engine_read(d->engine[PARLEY_SERVER], data, sizeof(data));
                }
            }
        }
        assert_int_equal(arrived, taken);
    }
    duo_free(d);
}

/* ---- Closing ---- */

/* RFC 8446 6.1: close_notify closes one direction only. */
static void test_half_close(void **state) {
    (void)state;
    struct duo *d = duo_new();
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        for (int first = 0; first < 2; first++) {
            duo_only(d, versions[v], 0, 0);
            duo_complete(d, false);
            duo_echo(d, 10);
            parley_engine_close(d->engine[first]);
            duo_write(d, (enum parley_role)(1 - first), 1000);
            assert_true((parley_engine_status(d->engine[1 - first]) & PARLEY_PEER_CLOSED) != 0);
            parley_engine_close(d->engine[1 - first]);
            parley_engine_close(d->engine[1 - first]); /* once is enough */
            assert_true(duo_settle(d));
            assert_true((parley_engine_status(d->engine[0]) & PARLEY_CLOSED) != 0);
            assert_true((parley_engine_status(d->engine[1]) & PARLEY_CLOSED) != 0);
            for (int role = 0; role < 2; role++) {
                parley_engine_end_of_input(d->engine[role]);
            }
            assert_true(duo_settle(d));
        }
    }
    duo_free(d);
}

static void test_truncation(void **state) {
    (void)state;
    struct duo *d = duo_new();
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        for (int role = 0; role < 2; role++) {
            duo_only(d, versions[v], 0, 0);
            duo_complete(d, false);
            parley_engine_end_of_input(d->engine[role]);
            duo_settle(d);
            assert_int_equal(d->outcome[role].error, PARLEY_ERR_truncation);
            assert_int_equal(d->outcome[role].alert_sent, PARLEY_ALERT_NONE);
            assert_int_equal(d->outcome[1 - role].error, PARLEY_OK);
        }
    }
    duo_free(d);
}

/* ---- KeyUpdate (RFC 8446 4.6.3) ---- */

static void test_key_update(void **state) {
    (void)state;
    struct duo *d = duo_new();
    for (size_t i = 0; i < 3; i++) {
        duo_only(d, PARLEY_TLS13, one_of_each[i], 0);
        for (size_t chunk = 0; chunk < 2; chunk++) {
            d->chunk = chunk;
            duo_complete(d, false);
            for (unsigned n = 0; n < 200; n++) {
                struct parley_engine *one = d->engine[n & 1], *other = d->engine[1 - (n & 1)];
                assert_true(parley_engine_key_update(one, (n & 2) != 0));
                if ((n & 4) != 0) {
                    assert_true(parley_engine_key_update(other, (n & 8) != 0));
                }
                if ((n & 16) != 0) {
                    assert_true(parley_engine_key_update(one, true));
                }
                duo_echo(d, 50);
            }
            /* What one side has sent, answers among it, the other has taken. */
            for (int role = PARLEY_CLIENT; role <= PARLEY_SERVER; role++) {
                struct parley_outcome o;
                parley_engine_outcome(d->engine[role], &o);
                assert_in_range(o.key_updates_sent, 150, 400);
                unsigned sent = o.key_updates_sent;
                parley_engine_outcome(d->engine[1 - role], &o);
                assert_int_equal(o.key_updates_received, sent);
            }
            duo_close(d);
        }
    }
    duo_only(d, PARLEY_TLS12, 0, 0);
    duo_complete(d, false);
    assert_false(parley_engine_key_update(d->engine[PARLEY_CLIENT], false));
    duo_only(d, PARLEY_TLS13, 0, 0);
    duo_start(d, false);
    assert_false(parley_engine_key_update(d->engine[PARLEY_CLIENT], false));
    duo_free(d);
}

/* However many ask at once, one update answers them. */
static void test_one_update_answers_many(void **state) {
    (void)state;
    struct duo *d = duo_new();
    duo_only(d, PARLEY_TLS13, PARLEY_TLS_AES_128_GCM_SHA256, 0);
    duo_complete(d, false);
    size_t before = d->sent[PARLEY_SERVER];
    for (int i = 0; i < 20; i++) {
        assert_true(parley_engine_key_update(d->engine[PARLEY_CLIENT], true));
    }
    assert_true(duo_settle(d));
    const size_t one = PARLEY_RECORD_HEADER + 5 + 1 + 16;
    assert_in_range(d->sent[PARLEY_SERVER] - before, one, 20 * one);
    duo_echo(d, 10);
    duo_free(d);
}

/* ---- Post-handshake authentication (RFC 8446 4.6.2) ---- */

static void test_post_handshake_auth(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const char *const names[] = {"client-rsa", "client-ecdsa-p256", "client-ed25519", NULL};
    duo_only(d, PARLEY_TLS13, 0, 0);
    d->config[PARLEY_CLIENT].post_handshake_auth = true;
    for (size_t i = 0; i < COUNT_OF(names) * 4; i++) {
        const char *name = names[i / 4];
        duo_certificate(d, PARLEY_CLIENT, name);
        d->chunk = i & 1;
        d->config[PARLEY_SERVER].client_auth =
            (i & 2) != 0 && name != NULL ? PARLEY_AUTH_REQUIRE : PARLEY_AUTH_NONE;
        duo_complete(d, false);
        for (int again = 0; again < 3; again++) {
            duo_echo(d, 10);
            assert_true(parley_engine_request_certificate(d->engine[PARLEY_SERVER]));
            /* Not while one is under way. */
            assert_false(parley_engine_request_certificate(d->engine[PARLEY_SERVER]));
            if (again == 1) {
                assert_true(parley_engine_key_update(d->engine[PARLEY_CLIENT], true));
            }
            assert_true(duo_settle(d));
            assert_string_equal(duo_state(d, PARLEY_SERVER), "connected");
            assert_int_equal(d->outcome[PARLEY_SERVER].sigalg_client != 0, name != NULL);
            assert_int_equal(d->outcome[PARLEY_SERVER].peer_verified, name != NULL);
            if (name != NULL) {
                struct parley_bytes leaf = parley_credential_certificate(duo_credential(name), 0);
                assert_int_equal(d->outcome[PARLEY_SERVER].peer_certificate.len, leaf.len);
            }
            assert_null(duo_disagreement(d));
        }
        duo_echo(d, 10);
        duo_close(d);
    }
    /* Tickets from before and after, and the exporter, are what they were. */
    duo_complete(d, false);
    duo_keep_session(d);
    duo_full(d, true);
    assert_true(d->outcome[PARLEY_CLIENT].resumed);
    /* Only where it was offered. */
    d->config[PARLEY_CLIENT].post_handshake_auth = false;
    duo_complete(d, false);
    assert_false(parley_engine_request_certificate(d->engine[PARLEY_SERVER]));
    assert_false(parley_engine_request_certificate(d->engine[PARLEY_CLIENT]));
    duo_free(d);
}

/* ---- Certificate status and timestamps ---- */

static const uint8_t *wanted;
static size_t wanted_length, found;

/* find_in counts the messages that hold what is wanted. */
static void find_in(void *arg, const struct parley_event *event) {
    (void)arg;
    if (event->kind != PARLEY_EVENT_MESSAGE_IN) {
        return;
    }
    for (size_t i = 0; i + wanted_length <= event->bytes.len; i++) {
        if (memcmp(event->bytes.data + i, wanted, wanted_length) == 0) {
            found++;
            return;
        }
    }
}

static void test_status_and_timestamps(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static uint8_t ocsp[12000], scts[4 + 9000];
    memset(ocsp, 0xaa, sizeof(ocsp));
    memset(scts, 0xbb, sizeof(scts));
    /* One SerializedSCT (RFC 6962 3.3): the length of the list is the writer's. */
    scts[0] = (uint8_t)((sizeof(scts) - 2) >> 8);
    scts[1] = (uint8_t)(sizeof(scts) - 2);
    const struct parley_pki_entry *e;
    struct parley_pki *pki = parley_pki_new(1);
    assert_non_null(pki);
    e = parley_pki_entry(pki, "server-ecdsa-p256");
    const char *why = NULL;
    struct parley_credential *credential =
        parley_credential_from_pem(e->certificates, e->private_key, &why);
    assert_non_null(credential);
    parley_pki_free(pki);
    assert_true(parley_credential_set_ocsp(credential, BYTES_OF(ocsp)));
    assert_true(parley_credential_set_scts(credential, BYTES_OF(scts)));
    d->config[PARLEY_SERVER].credentials = &credential;
    d->config[PARLEY_CLIENT].hooks.observe = find_in;
    wanted = scts;
    wanted_length = sizeof(scts);
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        duo_only(d, versions[v], 0, 0);
        for (unsigned asked = 0; asked < 8; asked++) {
            d->config[PARLEY_CLIENT].request_ocsp = asked & 1;
            d->config[PARLEY_CLIENT].request_scts = asked >> 1 & 1;
            d->config[PARLEY_SERVER].fragment = asked >> 2 != 0 ? 777 : 0;
            found = 0;
            duo_full(d, false);
            struct parley_bytes got = d->outcome[PARLEY_CLIENT].ocsp_response;
            assert_int_equal(got.len, (asked & 1) != 0 ? sizeof(ocsp) : 0);
            if (got.len > 0) {
                assert_memory_equal(got.data, ocsp, sizeof(ocsp));
            }
            assert_int_equal(found, asked >> 1 & 1);
            /* Resumption has no certificate, and so none of both. */
            duo_keep_session(d);
            found = 0;
            duo_full(d, true);
            assert_int_equal(d->outcome[PARLEY_CLIENT].ocsp_response.len, 0);
            assert_int_equal(found, 0);
        }
    }
    duo_free(d);
    parley_credential_free(credential);
}

/* ---- Long chains ---- */

/* long_credential is server-chain with |extra| more certificates that nobody needs. */
static struct parley_credential *long_credential(size_t extra) {
    struct parley_pki *pki = parley_pki_new(1);
    assert_non_null(pki);
    const struct parley_pki_entry *leaf = parley_pki_entry(pki, "server-chain");
    const struct parley_pki_entry *more = parley_pki_entry(pki, "server-rsa");
    size_t len = leaf->certificates.len + extra * more->certificates.len;
    char *text = malloc(len);
    assert_non_null(text);
    memcpy(text, leaf->certificates.data, leaf->certificates.len);
    for (size_t i = 0; i < extra; i++) {
        memcpy(text + leaf->certificates.len + i * more->certificates.len, more->certificates.data,
               more->certificates.len);
    }
    const char *why = NULL;
    struct parley_credential *credential = parley_credential_from_pem(
        (struct parley_bytes){(const uint8_t *)text, len}, leaf->private_key, &why);
    if (credential == NULL) {
        fail_msg("%s", why);
    }
    free(text);
    parley_pki_free(pki);
    return credential;
}

static void test_long_chains(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static const uint16_t fragments[] = {0, 100, 1000};
    for (size_t extra = 0; extra <= 14; extra += 7) {
        struct parley_credential *credential = long_credential(extra);
        assert_int_equal(parley_credential_chain(credential), 2 + extra);
        d->config[PARLEY_SERVER].credentials = &credential;
        for (size_t i = 0; i < COUNT_OF(fragments) * 4; i++) {
            duo_only(d, versions[i & 1], 0, 0);
            d->chunk = i >> 1 & 1;
            d->config[PARLEY_SERVER].fragment = fragments[i / 4];
            duo_full(d, false);
            assert_true(d->outcome[PARLEY_CLIENT].peer_verified);
        }
        parley_credential_free(credential);
    }
    duo_free(d);
}

/* ---- Key logs ---- */

struct key_log {
    char text[4096];
    size_t length, lines;
};

static void log_key(void *arg, const char *line) {
    struct key_log *log = arg;
    size_t len = strlen(line);
    assert_true(log->length + len + 2 < sizeof(log->text));
    assert_null(strchr(line, '\n'));
    memcpy(log->text + log->length, line, len);
    log->length += len;
    log->text[log->length++] = '\n';
    log->text[log->length] = '\0';
    log->lines++;
}

/* same_lines: whether both logs have the same lines, in whatever order. */
static bool same_lines(const struct key_log *a, const struct key_log *b) {
    if (a->length != b->length || a->lines != b->lines) {
        return false;
    }
    for (const char *line = a->text; *line != '\0'; line = strchr(line, '\n') + 1) {
        char one[512];
        size_t len = (size_t)(strchr(line, '\n') - line) + 1;
        assert_true(len < sizeof(one));
        memcpy(one, line, len);
        one[len] = '\0';
        if (strstr(b->text, one) == NULL) {
            return false;
        }
    }
    return true;
}

static void test_key_log(void **state) {
    (void)state;
    struct duo *d = duo_new();
    static struct key_log logs[2];
    static const size_t lines[2][3] = {{1, 1, 1}, {5, 6, 6}};
    d->config[PARLEY_CLIENT].early_data = true;
    d->config[PARLEY_SERVER].max_early_data = 1000;
    for (int role = 0; role < 2; role++) {
        d->config[role].key_log = log_key;
        d->config[role].key_log_arg = &logs[role];
    }
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        duo_only(d, versions[v], 0, 0);
        for (int resume = 0; resume < 2; resume++) {
            memset(logs, 0, sizeof(logs));
            duo_full(d, resume);
            if (!resume) {
                duo_keep_session(d);
            }
            assert_true(same_lines(&logs[0], &logs[1]));
            assert_int_equal(logs[0].lines, lines[v][resume]);
        }
    }
    duo_free(d);
}

/* ---- Starting anew ---- */

/* An engine may be started again at any moment, and then knows nothing of before. */
static void test_start_anew(void **state) {
    (void)state;
    struct duo *d = duo_new(), *fresh = duo_new();
    for (size_t v = 0; v < COUNT_OF(versions); v++) {
        duo_only(d, versions[v], 0, 0);
        duo_only(fresh, versions[v], 0, 0);
        uint8_t expected[32], again[32];
        duo_complete(fresh, false);
        assert_true(parley_engine_export(fresh->engine[0], "EXPORTER-x", NULL, expected, 32));
        for (size_t bytes = 0; bytes < 1500; bytes += 37) {
            /* A connection that breaks off somewhere. */
            uint8_t wire[2000];
            duo_start(d, false);
            size_t len = parley_engine_pull(d->engine[PARLEY_CLIENT], wire, sizeof(wire));
            parley_engine_push(d->engine[PARLEY_SERVER], wire, len < bytes ? len : bytes);
            len = parley_engine_pull(d->engine[PARLEY_SERVER], wire, sizeof(wire));
            parley_engine_push(d->engine[PARLEY_CLIENT], wire, len < bytes ? len : bytes);
            duo_complete(d, false);
            assert_true(parley_engine_export(d->engine[0], "EXPORTER-x", NULL, again, 32));
            assert_memory_equal(expected, again, 32);
        }
        duo_echo(d, 10);
    }
    duo_free(d);
    duo_free(fresh);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_megabyte_each_way), cmocka_unit_test(test_backpressure),
        cmocka_unit_test(test_half_close),          cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_key_update),          cmocka_unit_test(test_one_update_answers_many),
        cmocka_unit_test(test_post_handshake_auth), cmocka_unit_test(test_status_and_timestamps),
        cmocka_unit_test(test_long_chains),         cmocka_unit_test(test_key_log),
        cmocka_unit_test(test_start_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
