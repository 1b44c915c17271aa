/* The shape of the client_hello: its padding (RFC 7685) and the order of its extensions. */
#include <stdio.h>
#include <string.h>

#include "tests/support_duo.h"

static size_t hellos, padded;

/* What a client_hello looked like on its way out. */
static struct {
    size_t len; /* with its header */
    uint16_t types[40];
    size_t count;
    size_t padding; /* length of that extension's body; SIZE_MAX: not there */
} look[2];

static void look_at(struct duo *d, struct edit *e) {
    union parley_message_value m;
    struct parley_bytes body = {e->bytes + PARLEY_HANDSHAKE_HEADER,
                                e->len - PARLEY_HANDSHAKE_HEADER};
    struct parley_extension_entry entry;
    size_t n = d->at;
    assert_true(parley_message_parse(PARLEY_MSG_client_hello, body, &m, NULL, NULL));
    struct parley_bytes rest = m.client_hello.extensions.raw;
    look[n].len = e->len;
    look[n].count = 0;
    look[n].padding = SIZE_MAX;
    while (parley_extension_next(&rest, &entry)) {
        assert_true(look[n].count < COUNT_OF(look[n].types));
        look[n].types[look[n].count++] = entry.extension_type;
        if (entry.extension_type == PARLEY_EXT_CODE_padding) {
            look[n].padding = entry.extension_data.len;
            for (size_t i = 0; i < entry.extension_data.len; i++) {
                assert_int_equal(entry.extension_data.data[i], 0);
            }
        }
    }
    hellos++;
}

static struct duo *looking_pair(void) {
    struct duo *d = duo_new();
    duo_hooks(d);
    duo_bend(d, PARLEY_CLIENT, PARLEY_MSG_client_hello, 0, look_at);
    d->config[PARLEY_CLIENT].no_server_name_check = true;
    return d;
}

/* look_into starts a connection, whose first or second hello goes to look[at]. */
static void look_into(struct duo *d, size_t at, bool resume) {
    d->at = at;
    if (!duo_run(d, resume)) {
        fail_msg("%s", duo_explain(d));
    }
}

static bool has_psk(size_t n) {
    return look[n].types[look[n].count - 1] == PARLEY_EXT_CODE_pre_shared_key;
}

static void check_padding(struct duo *d, bool resume) {
    struct parley_config *client = &d->config[PARLEY_CLIENT];
    client->pad_client_hello = false;
    look_into(d, 0, resume);
    client->pad_client_hello = true;
    look_into(d, 1, resume);
    size_t plain = look[0].len;
    assert_true(look[0].padding == SIZE_MAX);
    assert_int_equal(has_psk(0), has_psk(1));
    if (plain < 256 || plain > 511) {
        assert_true(look[1].padding == SIZE_MAX);
        assert_int_equal(look[1].len, plain);
        return;
    }
    assert_int_equal(look[1].len, plain < 508 ? 512 : plain + 5);
    assert_int_equal(look[1].padding, plain < 507 ? 508 - plain : 1);
    assert_int_equal(look[1].types[look[1].count - 1 - has_psk(1)], PARLEY_EXT_CODE_padding);
    padded++;
}

/* Names of every length take the hello through all the lengths that matter. */
static void test_padding(void **state) {
    (void)state;
    static char name[256];
    const size_t step = duo_quick() ? 17 : 1;
    for (uint16_t version = PARLEY_TLS12; version <= PARLEY_TLS13; version++) {
        for (int resume = 0; resume < 2; resume++) {
            struct duo *d = looking_pair();
            duo_only(d, version, 0, 0);
            duo_complete(d, false);
            duo_keep_session(d);
            d->config[PARLEY_CLIENT].server_name = name;
            for (size_t len = 1; len < 250; len += step) {
                memset(name, 'a', len);
                name[len] = 0;
                memcpy(d->session.server_name, name, len);
                d->session.server_name_length = (uint8_t)len;
                check_padding(d, resume);
            }
            duo_free(d);
        }
    }
    assert_true(padded > 10);
}

/* ---- The order ---- */

static bool same_order(void) {
    return look[0].count == look[1].count &&
           memcmp(look[0].types, look[1].types, look[0].count * sizeof(look[0].types[0])) == 0;
}

/* holds returns whether look[n] has |type|. */
static bool holds(size_t n, uint16_t type) {
    for (size_t i = 0; i < look[n].count; i++) {
        if (look[n].types[i] == type) {
            return true;
        }
    }
    return false;
}

static void test_permutation(void **state) {
    (void)state;
    struct duo *d = looking_pair();
    struct parley_config *client = &d->config[PARLEY_CLIENT];
    size_t moved = 0;
    d->config[PARLEY_SERVER].max_early_data = 100;
    duo_only(d, PARLEY_TLS13, 0, 0);
    d->config[PARLEY_CLIENT].min_version = PARLEY_TLS12;
    client->request_ocsp = client->request_scts = client->early_data = true;
    client->record_size_limit = 2000;
    client->post_handshake_auth = true;
    duo_complete(d, false);
    duo_keep_session(d);
    for (unsigned i = 0; i < 50; i++) {
        d->seed = i;
        client->permute_extensions = false;
        look_into(d, 0, true);
        client->permute_extensions = true;
        look_into(d, 1, true);
        assert_int_equal(look[0].count, look[1].count);
        for (size_t k = 0; k < look[0].count; k++) {
            assert_true(holds(1, look[0].types[k]));
        }
        assert_true(has_psk(0) && has_psk(1));
        moved += !same_order();
        look_into(d, 0, true); /* the same seed, the same order */
        assert_true(same_order());
    }
    assert_int_equal(moved, 50);
    duo_free(d);
}

/* RFC 8446 4.1.2: the second hello has the order of the first; it is not padded anew. */
static void test_retry(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed < 20; seed++) {
        struct duo *d = looking_pair();
        d->seed = seed;
        d->config[PARLEY_CLIENT].permute_extensions = true;
        d->config[PARLEY_CLIENT].grease = true;
        d->config[PARLEY_SERVER].hello_retry = true;
        duo_only(d, PARLEY_TLS13, 0, 0);
        look_into(d, 0, false);
        duo_bend(d, PARLEY_CLIENT, PARLEY_MSG_client_hello, 1, look_at);
        look_into(d, 1, false);
        assert_true(holds(1, PARLEY_EXT_CODE_cookie) && !holds(0, PARLEY_EXT_CODE_cookie));
        size_t k = 0;
        for (size_t i = 0; i < look[1].count; i++) {
            if (look[1].types[i] != PARLEY_EXT_CODE_cookie) {
                assert_int_equal(look[1].types[i], look[0].types[k++]);
            }
        }
        assert_int_equal(k, look[0].count);
        duo_free(d);
    }
}

static void test_count(void **state) {
    (void)state;
    print_message("%zu client_hellos looked at, %zu of them padded\n", hellos, padded);
    assert_true(duo_quick() || hellos == 2185);
    assert_true(duo_quick() || padded > 600); /* with the tables' suites */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_padding),
        cmocka_unit_test(test_permutation),
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests_name("engine_client_hello", tests, NULL, NULL);
}
