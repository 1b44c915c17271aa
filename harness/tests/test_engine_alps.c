/* Application settings (draft-vvv-tls-alps-01): when they are exchanged, what resumption and 0-RTT
 * make of them, and what is refused. */
#include <string.h>

#include "engine/inside.h"
#include "tests/support_refusal.h"

#define EXT(name) PARLEY_EXT_CODE_##name

static uint8_t many[60000];

static void give(struct duo *d, enum parley_role role, const struct parley_alps *alps) {
    d->config[role].alps = alps;
    d->config[role].alps_count = alps != NULL;
}

static const struct parley_alps ours[2] = {{"h2", TEXT_IN("a client")},
                                           {"h2", TEXT_IN("a server")}};
static const struct parley_alps others[2] = {{"h2", TEXT_IN("A client")},
                                             {"h2", TEXT_IN("A server")}};

static void set_both(struct duo *d) {
    set_tls13(d);
    give(d, C, &ours[C]);
    give(d, S, &ours[S]);
}

static struct duo *pair(void (*set)(struct duo *d)) {
    struct duo *d = duo_new();
    duo_hooks(d);
    set(d);
    return d;
}

/* expect checks what either end has of the other (NULL: no exchange). */
static void expect(const struct duo *d, const struct parley_alps *client,
                   const struct parley_alps *server) {
    const struct parley_alps *const of[2] = {client, server};
    for (int role = 0; role < 2; role++) {
        const struct parley_alps *peer = of[1 - role];
        const struct parley_outcome *o = &d->outcome[role];
        assert_int_equal(o->application_settings, peer != NULL);
        struct parley_bytes of_peer = peer ? peer->settings : (struct parley_bytes){NULL, 0};
        assert_true(bytes_equal(o->peer_settings, of_peer));
    }
}

/* ---- Full handshakes ---- */

static void set_retry_auth(struct duo *d) {
    set_retry(d);
    d->config[S].client_auth = PARLEY_AUTH_REQUIRE;
    duo_certificate(d, C, "client-ed25519");
}

static void set_single(struct duo *d) {
    set_tls13(d);
    d->config[C].no_middlebox_compatibility = true;
    d->config[S].no_coalescing = d->config[C].no_coalescing = true;
}

static void test_exchange(void **state) {
    (void)state;
    static void (*const sets[])(struct duo * d) = {
        set_any, set_tls13_auth, set_retry, set_retry_group, set_retry_auth, set_single, set_psk};
    static const struct parley_alps several[] = {
        {"http/1.1", TEXT_IN("not these")}, {"h2", TEXT_IN("these")}, {"h3", TEXT_IN("nor these")}};
    static const struct parley_alps empty = {"h2", {NULL, 0}}, large = {"h2", BYTES_IN(many)};
    static const struct parley_alps *const values[][2] = {{&ours[C], &ours[S]}, {&empty, &ours[S]},
                                                          {&ours[C], &empty},   {&empty, &empty},
                                                          {&large, &ours[S]},   {&ours[C], &large}};
    for (size_t s = 0; s < COUNT_OF(sets); s++) {
        struct duo *d = pair(sets[s]);
        for (size_t v = 0; v < COUNT_OF(values); v++) {
            give(d, C, values[v][C]);
            give(d, S, values[v][S]);
            duo_full(d, false);
            expect(d, values[v][C], values[v][S]);
        }
        d->config[C].alps = several;
        d->config[C].alps_count = COUNT_OF(several);
        duo_full(d, false);
        expect(d, &several[1], values[COUNT_OF(values) - 1][S]);
        duo_free(d);
    }
}

/* Without settings for the protocol at both ends, all goes on without them. */
static void test_none(void **state) {
    (void)state;
    static const struct parley_alps http = {"http/1.1", TEXT_IN("of another protocol")};
    static const struct {
        const struct parley_alps *client, *server;
        bool alpn;
        uint16_t version;
        bool offered;
    } rows[] = {
        {NULL, &ours[S], true, PARLEY_TLS13, false},
        {&ours[C], NULL, true, PARLEY_TLS13, true},
        {&http, &ours[S], true, PARLEY_TLS13, true},
        {&ours[C], &http, true, PARLEY_TLS13, true},
        {&ours[C], &ours[S], false, PARLEY_TLS13, false},
        {&ours[C], &ours[S], true, PARLEY_TLS12, false},
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct duo *d = pair(set_any);
        give(d, C, rows[i].client);
        give(d, S, rows[i].server);
        d->config[C].alpn_count = rows[i].alpn;
        d->config[C].max_version = rows[i].version;
        duo_full(d, false);
        expect(d, NULL, NULL);
        assert_int_equal(d->engine[C]->offered >> PARLEY_EXT_application_settings & 1,
                         rows[i].offered);
        duo_free(d);
    }
    struct duo *d = pair(set_server12); /* offered, and not answered */
    give(d, C, &ours[C]);
    give(d, S, &ours[S]);
    duo_full(d, false);
    expect(d, NULL, NULL);
    duo_free(d);
}

/* A name that cannot be offered. */
static void test_bad_config(void **state) {
    (void)state;
    static const struct parley_alps unnamed = {"", TEXT_IN("of no protocol")};
    struct duo *d = pair(set_both);
    give(d, C, &unnamed);
    assert_false(duo_run(d, false));
    assert_int_equal(d->outcome[C].error, PARLEY_ERR_bad_config);
    duo_free(d);
}

/* ---- Resumption ---- */

static size_t client_messages; /* encrypted_extensions of the client */

static void count(void *arg, const struct parley_event *event) {
    (void)arg;
    client_messages += event->kind == PARLEY_EVENT_MESSAGE_OUT &&
                       event->message == PARLEY_MSG_encrypted_extensions;
}

static void set_both_early(struct duo *d) {
    set_early(d);
    give(d, C, &ours[C]);
    give(d, S, &ours[S]);
}

static void test_resumption(void **state) {
    (void)state;
    struct duo *d = pair(set_both);
    duo_full(d, false);
    duo_keep_session(d);
    give(d, C, &others[C]);
    give(d, S, &others[S]);
    duo_full(d, true); /* without 0-RTT, they are exchanged anew */
    assert_true(d->outcome[S].resumed);
    expect(d, &others[C], &others[S]);
    give(d, S, NULL);
    duo_full(d, true);
    expect(d, NULL, NULL);
    duo_free(d);
}

static void early(struct duo *d, enum parley_early_data_reason client,
                  enum parley_early_data_reason server, const struct parley_alps *of_client,
                  const struct parley_alps *of_server) {
    bool accepted = server == PARLEY_EARLY_DATA_accepted;
    client_messages = 0;
    d->config[C].hooks.observe = count;
    duo_complete(d, true);
    assert_true(d->outcome[S].resumed);
    assert_int_equal(d->outcome[C].early_data_reason, client);
    assert_int_equal(d->outcome[S].early_data_reason, server);
    assert_int_equal(client_messages, !accepted && of_client);
    expect(d, of_client, of_server);
}

static void test_early_data(void **state) {
    (void)state;
    enum parley_early_data_reason accepted = PARLEY_EARLY_DATA_accepted,
                                  mismatch = PARLEY_EARLY_DATA_alps_mismatch,
                                  declined = PARLEY_EARLY_DATA_peer_declined;
    struct duo *d = pair(set_both_early);
    duo_full(d, false);
    duo_keep_session(d);
    d->early_data = 10;
    early(d, accepted, accepted, &ours[C], &ours[S]);
    duo_keep_session(d); /* and so they go from session to session */
    early(d, accepted, accepted, &ours[C], &ours[S]);
    give(d, S, &others[S]);
    early(d, declined, mismatch, &ours[C], &others[S]);
    give(d, S, NULL);
    early(d, declined, mismatch, NULL, NULL);
    give(d, S, &ours[S]);
    give(d, C, &others[C]);
    early(d, mismatch, declined, &others[C], &ours[S]);
    give(d, C, NULL);
    early(d, mismatch, declined, NULL, NULL);
    duo_full(d, false); /* a session without */
    duo_keep_session(d);
    early(d, accepted, accepted, NULL, NULL);
    give(d, C, &ours[C]);
    early(d, declined, mismatch, &ours[C], &ours[S]);
    give(d, S, NULL);
    early(d, accepted, accepted, NULL, NULL);
    duo_free(d);
}

/* A session holds as many as fit, and else allows no 0-RTT. */
static void test_long(void **state) {
    (void)state;
    for (size_t longer = 0; longer < 2; longer++) {
        const struct parley_alps most = {"h2", {many, PARLEY_SETTINGS_MAX + longer}};
        for (int role = 0; role < 2; role++) {
            struct duo *d = pair(set_both_early);
            give(d, (enum parley_role)role, &most);
            duo_full(d, false);
            duo_keep_session(d);
            assert_int_equal(d->session.max_early_data > 0, !longer);
            duo_full(d, true);
            assert_int_equal(d->outcome[S].early_data_accepted, !longer);
            expect(d, role == C ? &most : &ours[C], role == S ? &most : &ours[S]);
            duo_free(d);
        }
    }
}

/* Tickets as RFC 5077 recommends hold them, too. */
static void test_rfc5077(void **state) {
    (void)state;
    static const uint8_t key[PARLEY_TICKET_KEY_RFC5077] = {1};
    const struct parley_alps most = {"h2", {many, PARLEY_SETTINGS_MAX}};
    struct duo *d = pair(set_both_early);
    d->config[S].ticket_key_rfc5077 = key;
    give(d, C, &most);
    duo_full(d, false);
    duo_keep_session(d);
    duo_full(d, true);
    assert_true(d->outcome[S].early_data_accepted);
    expect(d, &most, &ours[S]);
    duo_free(d);
}

/* ---- Refusals ---- */

static void set_another(struct duo *d) {
    static const struct parley_alps http = {"http/1.1", TEXT_IN("of another protocol")};
    set_tls13(d);
    give(d, C, &http);
}

static void set_offered12(struct duo *d) {
    set_server12(d);
    give(d, C, &ours[C]);
}

static void set_both_retry(struct duo *d) {
    set_retry(d);
    give(d, C, &ours[C]);
}

static const struct refusal refusals[] = {
    {"settings that were not asked for", set_tls13, OF(S, encrypted_extensions),
     SET(EXT(application_settings), "00"),
     REFUSES(C, unsupported_extension, unsupported_extension)},
    {"settings without a protocol", set_both, OF(S, encrypted_extensions),
     DROP(EXT(application_layer_protocol_negotiation)),
     REFUSES(C, illegal_parameter, settings_without_protocol)},
    {"settings of a protocol without ours", set_another, OF(S, encrypted_extensions),
     SET(EXT(application_settings), ""), REFUSES(C, illegal_parameter, bad_application_protocol)},
    {"settings with 0-RTT", set_both_early, OF(S, encrypted_extensions),
     SET(EXT(application_settings), "00"),
     REFUSES_RESUMED(C, illegal_parameter, early_data_settings)},
    {"settings in TLS 1.2", set_offered12, OF(S, server_hello),
     SET(EXT(application_settings), "00"),
     REFUSES(C, unsupported_extension, unsupported_extension)},
    {"settings in a server_hello", set_both, OF(S, server_hello),
     SET(EXT(application_settings), "00"), REFUSES(C, illegal_parameter, misplaced_extension)},
    {"no settings of the client", set_both, OF(C, encrypted_extensions),
     DROP(EXT(application_settings)), REFUSES(S, missing_extension, missing_extension)},
    {"an unknown extension of the client", set_both, OF(C, encrypted_extensions), SET(0xabcd, ""),
     REFUSES(S, unsupported_extension, unsupported_extension)},
    {"server_name of the client", set_both, OF(C, encrypted_extensions), SET(EXT(server_name), ""),
     REFUSES(S, unsupported_extension, unsupported_extension)},
    {"early_data of the client", set_both, OF(C, encrypted_extensions), SET(EXT(early_data), ""),
     REFUSES(S, unsupported_extension, unsupported_extension)},
    {"key_share of the client", set_both, OF(C, encrypted_extensions), SET(EXT(key_share), "0000"),
     REFUSES(S, unsupported_extension, unsupported_extension)},
    {"an offer of nothing", set_both, OF(C, client_hello), SET(EXT(application_settings), "0000"),
     REFUSES(S, decode_error, length_out_of_range)},
    {"an offer of no name", set_both, OF(C, client_hello),
     SET(EXT(application_settings), "0004 02 6832 00"),
     REFUSES(S, decode_error, length_out_of_range)},
    {"another offer in the second hello", set_both_retry, SECOND(C, client_hello),
     SET(EXT(application_settings), "0003 02 6833"),
     REFUSES(S, illegal_parameter, changed_client_hello)},
    {"no offer in the second hello", set_both_retry, SECOND(C, client_hello),
     DROP(EXT(application_settings)), REFUSES(S, illegal_parameter, changed_client_hello)},
};

static void test_refusals(void **state) {
    (void)state;
    assert_int_equal(refuse_all(refusals, COUNT_OF(refusals)), 2 * COUNT_OF(refusals));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange),   cmocka_unit_test(test_none),
        cmocka_unit_test(test_bad_config), cmocka_unit_test(test_resumption),
        cmocka_unit_test(test_early_data), cmocka_unit_test(test_long),
        cmocka_unit_test(test_rfc5077),    cmocka_unit_test(test_refusals),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
