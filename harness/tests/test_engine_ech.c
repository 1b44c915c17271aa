/* Encrypted Client Hello (RFC 9849), our client with our server: accepted, rejected and tried
 * again, with a retry, resumed, with 0-RTT, GREASE; what is bent on the way; configs; equal bytes.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/sha.h>

#include "tests/support_duo.h"

#define SECRET "www.wild.test"
#define PUBLIC "parley.test"

static const uint8_t private_keys[][32] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};

/* ---- Keys and configs ---- */

static struct parley_bytes make_config(size_t key, uint8_t id, const char *public_name) {
    static uint8_t out[8][512];
    static size_t next;
    uint8_t *at = out[next++ % COUNT_OF(out)];
    size_t len = parley_ech_config_write(at, sizeof(out[0]), id, BYTES_OF(private_keys[key]),
                                         public_name, 64);
    assert_true(len > 0);
    return (struct parley_bytes){at, len};
}

static struct parley_ech_keys *make_keys(size_t key, uint8_t id) {
    const char *why = "";
    struct parley_ech_keys *keys = parley_ech_keys_new();
    assert_non_null(keys);
    if (!parley_ech_keys_add(keys, make_config(key, id, PUBLIC), BYTES_OF(private_keys[key]), true,
                             &why)) {
        fail_msg("%s", why);
    }
    return keys;
}

/* ---- What is seen ---- */

static struct {
    unsigned inner_out, inner_in, retries;
    char outer_name[256], inner_name[256];
    size_t outer_length, inner_length;
    bool outer_psk, inner_psk, inner_tls12, outer_early;
} seen;

static void name_of(const struct parley_client_hello *h, char out[256]) {
    out[0] = 0;
    if (parley_has(&h->extensions, PARLEY_EXT_server_name)) {
        struct parley_bytes name = h->extensions.server_name.host_name;
        memcpy(out, name.data, name.len);
        out[name.len] = 0;
    }
}

static void look(void *arg, const struct parley_event *event) {
    union parley_message_value v;
    bool inner = event->kind == PARLEY_EVENT_INNER_OUT;
    (void)arg;
    seen.inner_in += event->kind == PARLEY_EVENT_INNER_IN;
    seen.inner_out += inner;
    seen.retries +=
        event->kind == PARLEY_EVENT_MESSAGE_OUT && event->message == PARLEY_MSG_hello_retry_request;
    if ((event->kind != PARLEY_EVENT_MESSAGE_OUT && !inner) ||
        event->message != PARLEY_MSG_client_hello) {
        return;
    }
    struct parley_bytes body = {event->bytes.data + PARLEY_HANDSHAKE_HEADER,
                                event->bytes.len - PARLEY_HANDSHAKE_HEADER};
    assert_true(parley_message_parse(PARLEY_MSG_client_hello, body, &v, NULL, NULL));
    const struct parley_extension_block *x = &v.client_hello.extensions;
    name_of(&v.client_hello, inner ? seen.inner_name : seen.outer_name);
    *(inner ? &seen.inner_psk : &seen.outer_psk) = parley_has(x, PARLEY_EXT_pre_shared_key);
    if (inner) {
        seen.inner_tls12 = parley_has(x, PARLEY_EXT_renegotiation_info) ||
                           parley_has(x, PARLEY_EXT_session_ticket) ||
                           parley_uint16_in(x->supported_versions_offer.versions, PARLEY_TLS12);
        seen.inner_length = event->bytes.len;
    } else {
        seen.outer_early = parley_has(x, PARLEY_EXT_early_data);
        seen.outer_length = event->bytes.len;
    }
}

static struct duo *ech_duo(struct parley_ech_keys *server, const struct parley_ech_keys *client) {
    struct duo *d = duo_new();
    memset(&seen, 0, sizeof(seen));
    d->config[PARLEY_CLIENT].server_name = SECRET;
    d->config[PARLEY_CLIENT].hooks.observe = look;
    d->config[PARLEY_SERVER].hooks.observe = look;
    d->config[PARLEY_SERVER].ech_keys = server;
    if (client) {
        d->config[PARLEY_CLIENT].ech_config_list = parley_ech_keys_list(client);
    }
    return d;
}

static void assert_text(struct parley_bytes bytes, const char *text) {
    assert_int_equal(bytes.len, strlen(text));
    assert_memory_equal(bytes.data, text, bytes.len);
}

static void assert_accepted(struct duo *d, bool accepted) {
    assert_int_equal(d->outcome[PARLEY_CLIENT].ech_accepted, accepted);
    assert_int_equal(d->outcome[PARLEY_SERVER].ech_accepted, accepted);
}

/* ---- Accepted ---- */

static void test_accept(void **state) {
    (void)state;
    struct parley_ech_keys *keys = make_keys(0, 7);
    for (unsigned how = 0; how < 8; how++) {
        struct duo *d = ech_duo(keys, keys);
        d->seed = 100 + how;
        d->config[PARLEY_SERVER].hello_retry = how & 1;
        d->config[PARLEY_CLIENT].grease = how & 2;
        d->chunk = how & 4 ? 1 : 0;
        duo_full(d, false);
        assert_accepted(d, true);
        assert_text(d->outcome[PARLEY_SERVER].server_name, SECRET);
        assert_string_equal(seen.outer_name, PUBLIC);
        assert_string_equal(seen.inner_name, SECRET);
        assert_false(seen.inner_tls12);
        assert_int_equal(seen.inner_out, how & 1 ? 2 : 1);
        assert_int_equal(seen.inner_in, seen.inner_out);
        assert_int_equal(seen.retries, how & 1);
        assert_int_equal(d->outcome[PARLEY_CLIENT].ech_name_override.len, 0);
        duo_free(d);
    }
    parley_ech_keys_free(keys);
}

static void test_resume(void **state) {
    (void)state;
    struct parley_ech_keys *keys = make_keys(0, 7);
    struct duo *d = ech_duo(keys, keys);
    d->config[PARLEY_SERVER].max_early_data = 1000;
    duo_full(d, false);
    duo_keep_session(d);
    for (unsigned how = 0; how < 4; how++) {
        d->seed++;
        d->config[PARLEY_CLIENT].early_data = how & 1;
        d->early_data = how & 1 ? 500 : 0;
        d->config[PARLEY_SERVER].hello_retry = how & 2;
        duo_complete(d, true);
        assert_accepted(d, true);
        assert_true(d->outcome[PARLEY_CLIENT].resumed);
        assert_true(seen.inner_psk);
        assert_false(seen.outer_psk);
        assert_int_equal(d->outcome[PARLEY_CLIENT].early_data_accepted, how == 1);
        assert_int_equal(seen.outer_early, how == 1);
    }
    duo_free(d);
    parley_ech_keys_free(keys);
}

/* The outer hello's length does not tell the name's. */
static void test_padding(void **state) {
    (void)state;
    static const char *const names[] = {"a.test", "www.wild.test", "a-much-longer.name.test"};
    size_t lengths[COUNT_OF(names)];
    struct parley_ech_keys *keys = make_keys(0, 7);
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct duo *d = ech_duo(keys, keys);
        d->config[PARLEY_CLIENT].server_name = names[i];
        d->config[PARLEY_CLIENT].no_server_name_check = true;
        duo_full(d, false);
        lengths[i] = seen.outer_length;
        assert_int_equal(lengths[i], lengths[0]);
        duo_free(d);
    }
    parley_ech_keys_free(keys);
}

/* ---- Rejected ---- */

/* rejected runs a handshake that the server rejects, and returns the retry_configs, copied. */
static struct parley_bytes rejected(struct duo *d) {
    static uint8_t copy[1024];
    duo_refuses(d, PARLEY_CLIENT, PARLEY_ALERT_ech_required, PARLEY_ERR_ech_rejected, "rejected");
    struct parley_bytes configs = d->outcome[PARLEY_CLIENT].ech_retry_configs;
    assert_true(configs.len <= sizeof(copy));
    if (configs.len) {
        memcpy(copy, configs.data, configs.len);
    }
    assert_text(d->outcome[PARLEY_CLIENT].ech_name_override, PUBLIC);
    assert_text(d->outcome[PARLEY_SERVER].server_name, PUBLIC);
    assert_accepted(d, false);
    return (struct parley_bytes){copy, configs.len};
}

static void test_reject_then_accept(void **state) {
    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        struct parley_ech_keys *own = make_keys(0, 7), *stale = make_keys(1, how & 1 ? 7 : 8);
        struct duo *d = ech_duo(own, stale);
        d->config[PARLEY_SERVER].hello_retry = how & 2;
        struct parley_bytes configs = rejected(d);
        struct parley_bytes list = parley_ech_keys_list(own);
        assert_int_equal(configs.len, list.len);
        assert_memory_equal(configs.data, list.data, list.len);
        d->config[PARLEY_CLIENT].ech_config_list = configs;
        d->seed++;
        duo_full(d, false);
        assert_accepted(d, true);
        duo_free(d);
        parley_ech_keys_free(own);
        parley_ech_keys_free(stale);
    }
}

/* A server without keys, or of TLS 1.2, gives nothing to try again with. */
static void test_reject_without_configs(void **state) {
    (void)state;
    struct parley_ech_keys *keys = make_keys(0, 7);
    for (unsigned tls12 = 0; tls12 < 2; tls12++) {
        struct duo *d = ech_duo(NULL, keys);
        d->config[PARLEY_SERVER].max_version = tls12 ? PARLEY_TLS12 : 0;
        assert_int_equal(rejected(d).len, 0);
        duo_free(d);
    }
    parley_ech_keys_free(keys);
}

/* The server of a rejected hello must be who the public name says. */
static void test_reject_judges_public_name(void **state) {
    (void)state;
    const char *why;
    struct parley_ech_keys *other = parley_ech_keys_new(), *own = make_keys(1, 9);
    assert_true(parley_ech_keys_add(other, make_config(0, 7, "public.example"),
                                    BYTES_OF(private_keys[0]), true, &why));
    struct duo *d = ech_duo(own, other);
    duo_refuses(d, PARLEY_CLIENT, PARLEY_ALERT_bad_certificate, PARLEY_ERR_wrong_host,
                "a stranger");
    assert_int_equal(d->outcome[PARLEY_CLIENT].ech_retry_configs.len, 0);
    duo_free(d);
    parley_ech_keys_free(other);
    parley_ech_keys_free(own);
}

/* No client certificate goes to a server that rejected, and no session is resumed there. */
static void test_reject_keeps_secrets(void **state) {
    (void)state;
    struct parley_ech_keys *own = make_keys(0, 7), *stale = make_keys(1, 8);
    struct duo *d = ech_duo(own, own);
    duo_certificate(d, PARLEY_CLIENT, "client-rsa");
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUEST;
    d->config[PARLEY_SERVER].max_early_data = 1000;
    duo_full(d, false);
    assert_true(d->outcome[PARLEY_SERVER].peer_certificate.len > 0);
    duo_keep_session(d);
    d->config[PARLEY_CLIENT].ech_config_list = parley_ech_keys_list(stale);
    d->config[PARLEY_CLIENT].early_data = true;
    d->early_data = 100;
    d->seed++;
    assert_false(duo_run(d, true));
    assert_int_equal(d->outcome[PARLEY_CLIENT].error, PARLEY_ERR_ech_rejected);
    assert_false(d->outcome[PARLEY_CLIENT].resumed);
    assert_false(d->outcome[PARLEY_CLIENT].early_data_accepted);
    assert_int_equal(d->outcome[PARLEY_SERVER].peer_certificate.len, 0);
    assert_int_equal(d->early_received, 0);
    duo_free(d);
    parley_ech_keys_free(own);
    parley_ech_keys_free(stale);
}

/* ---- GREASE ---- */

static void test_grease(void **state) {
    (void)state;
    struct parley_ech_keys *keys = make_keys(0, 7);
    for (unsigned how = 0; how < 4; how++) {
        struct duo *d = ech_duo(how & 1 ? keys : NULL, NULL);
        d->config[PARLEY_CLIENT].ech_grease = true;
        d->config[PARLEY_SERVER].hello_retry = how & 2;
        duo_full(d, false);
        assert_accepted(d, false);
        assert_int_equal(seen.inner_out + seen.inner_in, 0);
        assert_string_equal(seen.outer_name, SECRET);
        assert_int_equal(d->outcome[PARLEY_CLIENT].ech_retry_configs.len, 0);
        duo_free(d);
    }
    parley_ech_keys_free(keys);
}

/* ---- Bent ---- */

/* The ECH extension's body: type, kdf_id, aead_id, config_id, enc, payload. */
enum { AT_AEAD = 4, AT_CONFIG_ID = 5, AT_ENC = 8, AT_PAYLOAD = 42 };

static void flip(struct duo *d, struct edit *e) {
    size_t len, at = edit_find(e, PARLEY_EXT_CODE_encrypted_client_hello, &len);
    assert_true(at > 0);
    e->bytes[at + 4 + d->at] ^= 1;
}

static void remove_ech(struct duo *d, struct edit *e) {
    (void)d;
    edit_remove(e, PARLEY_EXT_CODE_encrypted_client_hello);
}

/* A first hello that does not decrypt is answered as it stands. The bend is before the transcript,
 * so that both ends agree on it. */
static void test_bent_first_hello(void **state) {
    (void)state;
    static const size_t places[] = {AT_AEAD,     AT_CONFIG_ID, AT_ENC,
                                    AT_ENC + 31, AT_PAYLOAD,   AT_PAYLOAD + 100};
    struct parley_ech_keys *keys = make_keys(0, 6);
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        struct duo *d = ech_duo(keys, keys);
        duo_hooks(d);
        duo_bend(d, PARLEY_CLIENT, PARLEY_MSG_client_hello, 0, flip);
        d->at = places[i];
        duo_refuses(d, PARLEY_CLIENT, PARLEY_ALERT_ech_required, PARLEY_ERR_ech_rejected,
                    "a bent first hello");
        duo_free(d);
    }
    parley_ech_keys_free(keys);
}

static void test_bent_second_hello(void **state) {
    (void)state;
    static const struct {
        duo_rewrite *rewrite;
        size_t at;
        unsigned alert;
        enum parley_error error;
    } rows[] = {
        {flip, AT_CONFIG_ID, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_ech_changed},
        {flip, AT_AEAD, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_ech_changed},
        {flip, 20, PARLEY_ALERT_decrypt_error, PARLEY_ERR_ech_decryption},
        {remove_ech, 0, PARLEY_ALERT_missing_extension, PARLEY_ERR_missing_extension},
    };
    struct parley_ech_keys *keys = make_keys(0, 6);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct duo *d = ech_duo(keys, keys);
        duo_hooks(d);
        duo_bend(d, PARLEY_CLIENT, PARLEY_MSG_client_hello, 1, rows[i].rewrite);
        d->at = rows[i].at;
        d->config[PARLEY_SERVER].hello_retry = true;
        duo_refuses(d, PARLEY_SERVER, rows[i].alert, rows[i].error, "a bent second hello");
        duo_free(d);
    }
    parley_ech_keys_free(keys);
}

/* A signal that is bent is none: after a retry that accepted, that is an error. */
static void bend_random(struct duo *d, struct edit *e) {
    (void)d;
    e->bytes[PARLEY_HANDSHAKE_HEADER + 2 + PARLEY_RANDOM_LENGTH - 1] ^= 1;
}

static void test_bent_signal(void **state) {
    (void)state;
    struct parley_ech_keys *keys = make_keys(0, 6);
    struct duo *d = ech_duo(keys, keys);
    duo_hooks(d);
    duo_bend(d, PARLEY_SERVER, PARLEY_MSG_server_hello, 0, bend_random);
    d->config[PARLEY_SERVER].hello_retry = true;
    duo_refuses(d, PARLEY_CLIENT, PARLEY_ALERT_illegal_parameter, PARLEY_ERR_ech_inconsistent,
                "a bent signal after a retry");
    d->config[PARLEY_SERVER].hello_retry = false;
    d->seed++;
    assert_false(duo_run(d, false)); /* the ends are in different transcripts */
    assert_false(d->outcome[PARLEY_CLIENT].ech_accepted);
    duo_free(d);
    parley_ech_keys_free(keys);
}

/* ---- Configs ---- */

static void test_configs(void **state) {
    (void)state;
    static const char *const bad[] = {"",      ".a",      "a.",     "a..b", "-a.b",    "a_b.c",
                                      "a.1.2", "1.2.3.4", "a.0x1f", "a.0x", "host.-b", "a b.c"};
    static const char *const good[] = {"a", "a.b", "xn--a.example", "1.2.3.a4", "a.0xg"};
    uint8_t out[512];
    const char *why = NULL;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        assert_int_equal(
            parley_ech_config_write(out, sizeof(out), 1, BYTES_OF(private_keys[0]), bad[i], 0), 0);
    }
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        size_t len =
            parley_ech_config_write(out, sizeof(out), 1, BYTES_OF(private_keys[0]), good[i], 0);
        assert_true(len > 0);
        for (size_t cap = 0; cap < len; cap++) {
            assert_int_equal(
                parley_ech_config_write(out, cap, 1, BYTES_OF(private_keys[0]), good[i], 0), 0);
        }
    }
    struct parley_ech_keys *keys = make_keys(0, 1);
    struct parley_bytes config = make_config(1, 2, PUBLIC), half = config;
    assert_false(parley_ech_keys_add(keys, config, BYTES_OF(private_keys[0]), true, &why));
    assert_non_null(why);
    for (half.len = 0; half.len < config.len; half.len++) {
        assert_false(parley_ech_keys_add(keys, half, BYTES_OF(private_keys[1]), true, &why));
    }
    size_t before = parley_ech_keys_list(keys).len;
    assert_true(parley_ech_keys_add(keys, config, BYTES_OF(private_keys[1]), false, &why));
    assert_int_equal(parley_ech_keys_list(keys).len, before);
    parley_ech_keys_free(keys);
}

/* A list that cannot be decoded ends it; of one that can, what is unknown is passed over. */
static void test_config_lists(void **state) {
    (void)state;
    uint8_t list[1024] = {0};
    struct parley_ech_keys *keys = make_keys(0, 1);
    struct parley_bytes own = parley_ech_keys_list(keys);
    static const uint8_t unknown[] = {0xba, 0xdd, 0, 1, 5};
    size_t len = 2 + sizeof(unknown) + own.len - 2;
    list[0] = (uint8_t)((len - 2) >> 8);
    list[1] = (uint8_t)(len - 2);
    memcpy(list + 2, unknown, sizeof(unknown));
    memcpy(list + 2 + sizeof(unknown), own.data + 2, own.len - 2);
    struct duo *d = ech_duo(keys, NULL);
    d->config[PARLEY_CLIENT].ech_config_list = (struct parley_bytes){list, len};
    duo_full(d, false);
    assert_accepted(d, true);
    d->config[PARLEY_CLIENT].ech_config_list.len = len - 1;
    assert_false(duo_run(d, false));
    assert_int_equal(d->outcome[PARLEY_CLIENT].error, PARLEY_ERR_bad_ech_config_list);
    duo_free(d);
    parley_ech_keys_free(keys);
}

/* ---- Equal bytes ---- */

static SHA256_CTX sent;

static size_t hash_it(struct duo *d, enum parley_role from, uint8_t *bytes, size_t len,
                      size_t cap) {
    (void)d;
    (void)from;
    (void)cap;
    SHA256_Update(&sent, bytes, len);
    return len;
}

static void test_determinism(void **state) {
    (void)state;
    uint8_t digests[4][32];
    for (unsigned run = 0; run < 4; run++) {
        struct parley_ech_keys *keys = make_keys(0, 7);
        struct duo *d = ech_duo(keys, run < 2 ? keys : NULL);
        d->config[PARLEY_CLIENT].ech_grease = true;
        d->config[PARLEY_SERVER].hello_retry = true;
        d->tap = hash_it;
        SHA256_Init(&sent);
        duo_full(d, false);
        SHA256_Final(digests[run], &sent);
        duo_free(d);
        parley_ech_keys_free(keys);
    }
    assert_memory_equal(digests[0], digests[1], 32);
    assert_memory_equal(digests[2], digests[3], 32);
    assert_memory_not_equal(digests[0], digests[2], 32);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accept),
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_reject_then_accept),
        cmocka_unit_test(test_reject_without_configs),
        cmocka_unit_test(test_reject_judges_public_name),
        cmocka_unit_test(test_reject_keeps_secrets),
        cmocka_unit_test(test_grease),
        cmocka_unit_test(test_bent_first_hello),
        cmocka_unit_test(test_bent_second_hello),
        cmocka_unit_test(test_bent_signal),
        cmocka_unit_test(test_configs),
        cmocka_unit_test(test_config_lists),
        cmocka_unit_test(test_determinism),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
