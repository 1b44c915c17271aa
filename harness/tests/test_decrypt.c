/* Decrypt: what is read off the wire with the key log is what our engine says it sent. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "parley/pki.h"
#include "parley/report.h"

#define NOW INT64_C(1767225600000)

/* One kind of connection. */
struct kind {
    uint16_t version, suite;
    bool resume, early, update, retry, client_auth;
};

struct end {
    struct parley_ladder *ladder;
    enum parley_role role;
    struct parley_config engine;
};

static const struct parley_stack *const stack = &parley_engine_stack;
static struct parley_pki *pki;

static void observe(void *arg, const struct parley_event *event) {
    const struct end *end = arg;
    parley_ladder_event(end->ladder, end->role, event);
}

/* next_of returns the next rung from |role| after |*at|, NULL at the end. */
static const struct parley_rung *next_of(const struct parley_ladder *l, enum parley_role role,
                                         size_t *at) {
    while (*at < l->count) {
        const struct parley_rung *rung = &l->rungs[(*at)++];
        if (rung->from == role) {
            return rung;
        }
    }
    return NULL;
}

/* compare holds one ladder against the other, end by end; returns how many rungs there were. */
static size_t compare(const struct parley_ladder *said, const struct parley_ladder *read) {
    size_t count = 0;
    for (int role = 0; role < 2; role++) {
        size_t a = 0, b = 0;
        for (;;) {
            const struct parley_rung *s = next_of(said, (enum parley_role)role, &a);
            const struct parley_rung *r = next_of(read, (enum parley_role)role, &b);
            if (s == NULL || r == NULL) {
                assert_ptr_equal(s, r);
                break;
            }
            assert_string_equal(parley_message_name(s->message), parley_message_name(r->message));
            assert_int_equal(s->data, r->data);
            assert_int_equal(s->epoch, r->epoch);
            assert_int_equal(s->length, r->length);
            struct parley_bytes x = parley_ladder_bytes(said, s), y = parley_ladder_bytes(read, r);
            assert_true(s->data || memcmp(x.data, y.data, s->length) == 0);
            count++;
        }
    }
    return count;
}

static struct parley_stack_context *context(const struct kind *kind, struct end *end,
                                            struct parley_seeded *seeded,
                                            struct parley_keylog *keys) {
    static const uint16_t p256[] = {PARLEY_GROUP_secp256r1};
    bool server = end->role == PARLEY_SERVER;
    bool rsa = kind->suite == 0x009c;
    const char *name = server ? (rsa ? "server-rsa" : "server-ecdsa-p256") : "client-ecdsa-p256";
    const struct parley_pki_entry *entry = parley_pki_entry(pki, name);
    struct parley_pem_credential credential = {entry->certificates, entry->private_key};
    struct parley_stack_problem problem;
    end->engine.hooks = (struct parley_hooks){.arg = end, .observe = observe};
    struct parley_endpoint_options options = {
        .role = end->role,
        .min_version = kind->version,
        .max_version = kind->version,
        .suites = &kind->suite,
        .suite_count = kind->suite != 0 ? 1 : 0,
        .groups = server && kind->retry ? p256 : NULL,
        .group_count = server && kind->retry ? 1 : 0,
        .credentials = &credential,
        .credential_count = 1,
        .ca = parley_pki_entry(pki, "ca")->certificates,
        .server_name = "parley.test",
        .client_auth = kind->client_auth ? PARLEY_AUTH_REQUIRE : PARLEY_AUTH_NONE,
        .max_early_data = kind->early && server ? 1000 : 0,
        .early_data = kind->early,
        .random = parley_seeded_random(seeded),
        .key_log = parley_keylog_line,
        .key_log_arg = keys,
        .engine = &end->engine,
    };
    if (options.suite_count == 0) {
        options.suites = NULL;
    }
    struct parley_stack_context *made = stack->context_new(&options, &problem);
    assert_non_null(made);
    return made;
}

/* connect_once does one connection and compares what was said with what was read. */
static size_t connect_once(const struct kind *kind, struct parley_stack_context *contexts[2],
                           struct parley_seeded *seeded, struct parley_ladder *said,
                           const struct parley_keylog *keys, bool resume) {
    static const uint8_t data[300] = {1, 2, 3};
    struct parley_ladder read = {0};
    struct parley_recording recording = {0};
    struct parley_stack_problem problem;
    struct parley_pipe_result result;
    struct parley_pipe *pipe = parley_pipe_new();
    struct parley_pipe_options options = {
        .client_data = {data, sizeof data},
        .server_data = {data, sizeof data},
        .early_data = {data, kind->early && resume ? sizeof data : 0},
        .key_update = kind->update,
        .close_notify = true,
        .recording = &recording,
    };
    parley_ladder_clear(said);
    for (int role = 0; role < 2; role++) {
        struct parley_connection_options connection = {NOW, parley_seeded_random(seeded), resume};
        options.ends[role] =
            (struct parley_endpoint){stack, stack->open(contexts[role], &connection, &problem)};
        assert_non_null(options.ends[role].connection);
    }
    assert_true(parley_pipe_run(pipe, &options, &result));
    assert_int_equal(result.ends[0].resumed, resume);
    assert_true(parley_ladder_decrypt(&read, &recording, keys));
    size_t count = compare(said, &read);
    for (int role = 0; role < 2; role++) {
        stack->close(options.ends[role].connection);
    }
    parley_ladder_free(&read);
    parley_recording_free(&recording);
    parley_pipe_free(pipe);
    return count;
}

static size_t run(const struct kind *kind) {
    struct parley_seeded seeded;
    struct parley_ladder said = {.observed = 3};
    struct parley_keylog keys = {0};
    struct end ends[2] = {{.ladder = &said, .role = PARLEY_CLIENT},
                          {.ladder = &said, .role = PARLEY_SERVER}};
    struct parley_stack_context *contexts[2];
    parley_seeded_init(&seeded, 1, 1);
    for (int role = 0; role < 2; role++) {
        ends[role].role = (enum parley_role)role;
        contexts[role] = context(kind, &ends[role], &seeded, &keys);
    }
    size_t count = connect_once(kind, contexts, &seeded, &said, &keys, false);
    if (kind->resume) {
        count += connect_once(kind, contexts, &seeded, &said, &keys, true);
    }
    for (int role = 0; role < 2; role++) {
        stack->context_free(contexts[role]);
    }
    parley_ladder_free(&said);
    parley_keylog_free(&keys);
    return count;
}

static void test_kinds(void **state) {
    static const struct kind kinds[] = {
        {.version = PARLEY_TLS12, .suite = 0xc02b},
        {.version = PARLEY_TLS12, .suite = 0xc009, .resume = true},
        {.version = PARLEY_TLS12, .suite = 0xcca9, .client_auth = true},
        {.version = PARLEY_TLS12, .suite = 0x009c},
        {.version = PARLEY_TLS13, .suite = 0x1301, .client_auth = true},
        {.version = PARLEY_TLS13, .suite = 0x1302, .resume = true, .update = true},
        {.version = PARLEY_TLS13, .suite = 0x1303, .retry = true},
        {.version = PARLEY_TLS13, .resume = true, .early = true},
        {.version = PARLEY_TLS13, .resume = true, .early = true, .retry = true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        assert_true(run(&kinds[i]) >= 14);
    }
}

/* Without secrets, protected records have no names, and nothing is made up. */
static void test_without_secrets(void **state) {
    static const uint8_t alert[] = {21, 3, 3, 0, 2, 2, 40};
    static const uint8_t half[] = {22, 3, 3, 0, 9, 1};
    struct parley_ladder ladder = {0};
    struct parley_keylog keys = {0};
    struct parley_recording recording = {0};
    (void)state;
    parley_recording_add(&recording, PARLEY_CLIENT, (struct parley_bytes){alert, 3});
    parley_recording_add(&recording, PARLEY_SERVER, (struct parley_bytes){half, sizeof half});
    parley_recording_add(&recording, PARLEY_CLIENT,
                         (struct parley_bytes){alert + 3, sizeof alert - 3});
    assert_true(parley_ladder_decrypt(&ladder, &recording, &keys));
    assert_int_equal(ladder.count, 1);
    assert_int_equal(ladder.rungs[0].message, PARLEY_MSG_alert);
    parley_ladder_free(&ladder);
    parley_recording_free(&recording);
}

static int set_up(void **state) {
    (void)state;
    pki = parley_pki_new(1);
    return pki != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    parley_pki_free(pki);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_without_secrets),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
