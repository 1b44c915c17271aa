/* Foreign stacks in one process: what the command (test_stacks.bats) does not show. Every stack
 * that can be loaded meets our engine, in both roles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parley/pipe.h"
#include "parley/pki.h"
#include "parley/stack.h"

#define NOW_MS INT64_C(1767225600000) /* when the PKI's certificates are valid */
#define MAX_STACKS 32

static const struct parley_stack *stacks[MAX_STACKS];
static size_t stack_count;
static struct parley_pki *pki;

static void add_stack(void *arg, const char *name, const struct parley_stack *stack,
                      const char *why) {
    (void)arg, (void)name, (void)why;
    if (stack != NULL && stack != &parley_engine_stack && stack_count < MAX_STACKS) {
        stacks[stack_count++] = stack;
    }
}

/* The stacks are beside the command. */
static int find_stacks(void **state) {
    (void)state;
    const char *command = getenv("PARLEY");
    const char *end = command != NULL ? strrchr(command, '/') : NULL;
    char folder[4096];
    if (end != NULL && getenv(PARLEY_STACKS_VARIABLE) == NULL) {
        (void)snprintf(folder, sizeof folder, "%.*s/stacks", (int)(end - command), command);
        (void)setenv(PARLEY_STACKS_VARIABLE, folder, 1);
    }
    pki = parley_pki_new(1);
    return pki != NULL && parley_stack_list(add_stack, NULL) && stack_count > 0 ? 0 : -1;
}

static int forget(void **state) {
    (void)state;
    parley_pki_free(pki);
    return 0;
}

static bool can(const struct parley_stack *stack, uint32_t features) {
    struct parley_capabilities capabilities;
    stack->capabilities(&capabilities);
    return (capabilities.features & features) == features;
}

/* A client, a server, and the pipe between them. */
struct pair {
    const struct parley_stack *stacks[2];
    uint16_t version;
    uint64_t seed;
    bool post_handshake_auth;

    struct parley_seeded streams[4];
    struct parley_pem_credential credentials[2];
    struct parley_stack_context *contexts[2];
    struct parley_stack_connection *connections[2];
    struct parley_recording recording;
    struct parley_pipe_options options;
    struct parley_pipe *pipe;
};

static void open_end(struct pair *p, enum parley_role role) {
    static const char *const names[] = {"client-ecdsa-p256", "server-ecdsa-p256"};
    const struct parley_stack *stack = p->stacks[role];
    const struct parley_pki_entry *entry = parley_pki_entry(pki, names[role]);
    struct parley_stack_problem problem;
    parley_seeded_init(&p->streams[role], p->seed, role);
    parley_seeded_init(&p->streams[2 + role], p->seed, 2 + role);
    p->credentials[role] = (struct parley_pem_credential){entry->certificates, entry->private_key};
    struct parley_endpoint_options options = {
        .role = role,
        .min_version = p->version,
        .max_version = p->version,
        .credentials = &p->credentials[role],
        .credential_count = 1,
        .ca = parley_pki_entry(pki, "ca")->certificates,
        .server_name = role == PARLEY_CLIENT ? "parley.test" : NULL,
        .post_handshake_auth = role == PARLEY_CLIENT && p->post_handshake_auth,
        .random = parley_seeded_random(&p->streams[role]),
    };
    p->contexts[role] = stack->context_new(&options, &problem);
    assert_non_null(p->contexts[role]);
    struct parley_connection_options connection = {
        .now_ms = NOW_MS, .random = parley_seeded_random(&p->streams[2 + role])};
    p->connections[role] = stack->open(p->contexts[role], &connection, &problem);
    assert_non_null(p->connections[role]);
    p->options.ends[role] = (struct parley_endpoint){stack, p->connections[role]};
}

static void open_pair(struct pair *p) {
    open_end(p, PARLEY_CLIENT);
    open_end(p, PARLEY_SERVER);
    p->options.recording = &p->recording;
    p->pipe = parley_pipe_new();
    assert_non_null(p->pipe);
    parley_pipe_start(p->pipe, &p->options);
    assert_true(parley_pipe_handshake(p->pipe));
}

static void close_pair(struct pair *p) {
    for (int role = 0; role < 2; role++) {
        p->stacks[role]->close(p->connections[role]);
        p->stacks[role]->context_free(p->contexts[role]);
    }
    parley_recording_free(&p->recording);
    parley_pipe_free(p->pipe);
}

/* ---- Determinism ---- */

static void digest(const struct parley_stack *client, const struct parley_stack *server,
                   uint16_t version, uint64_t seed, uint8_t out[32]) {
    struct pair p = {.stacks = {client, server}, .version = version, .seed = seed};
    open_pair(&p);
    parley_recording_sha256(&p.recording, out);
    close_pair(&p);
}

/* Same seed, same bytes; whatever the process did before. */
static void test_history_does_not_matter(void **state) {
    (void)state;
    size_t ran = 0;
    for (size_t i = 0; i < 4 * stack_count; i++) {
        const struct parley_stack *stack = stacks[i / 4];
        bool server = i % 2 != 0, tls13 = i % 4 >= 2;
        if (!can(stack, PARLEY_CAP_DETERMINISTIC |
                            (server ? PARLEY_CAP_SERVER : PARLEY_CAP_CLIENT) |
                            (tls13 ? PARLEY_CAP_TLS13 : PARLEY_CAP_TLS12))) {
            continue;
        }
        const struct parley_stack *ends[] = {stack, &parley_engine_stack};
        uint8_t first[32], other[32], again[32];
        uint16_t version = tls13 ? PARLEY_TLS13 : PARLEY_TLS12;
        print_message("%s as %s, %s\n", stack->name, server ? "server" : "client",
                      parley_version_name(version));
        digest(ends[server], ends[!server], version, 1, first);
        digest(ends[server], ends[!server], version, 2, other);
        digest(ends[server], ends[!server], version, 1, again);
        assert_memory_equal(first, again, sizeof first);
        assert_memory_not_equal(first, other, sizeof first);
        ran++;
    }
    assert_true(ran > 0);
}

/* ---- Post-handshake authentication ---- */

/* RFC 8446 4.6.2: the client's certificate, which nobody asked for before. */
static void test_post_handshake_authentication(void **state) {
    (void)state;
    size_t ran = 0;
    for (size_t i = 0; i < 2 * stack_count; i++) {
        const struct parley_stack *stack = stacks[i / 2];
        bool server = i % 2 != 0;
        if (!can(stack, PARLEY_CAP_POST_HANDSHAKE_AUTH)) {
            continue;
        }
        struct pair p = {.stacks = {server ? &parley_engine_stack : stack,
                                    server ? stack : &parley_engine_stack},
                         .version = PARLEY_TLS13,
                         .seed = 1,
                         .post_handshake_auth = true};
        struct parley_endpoint_outcome outcome;
        print_message("%s as %s\n", stack->name, server ? "server" : "client");
        open_pair(&p);
        p.stacks[PARLEY_SERVER]->outcome(p.connections[PARLEY_SERVER], &outcome);
        assert_int_equal(outcome.peer_certificate.len, 0);
        assert_true(p.stacks[PARLEY_SERVER]->control(p.connections[PARLEY_SERVER],
                                                     PARLEY_CONTROL_REQUEST_CERTIFICATE));
        assert_true(parley_pipe_settle(p.pipe));
        p.stacks[PARLEY_SERVER]->outcome(p.connections[PARLEY_SERVER], &outcome);
        assert_true(outcome.peer_certificate.len > 0);
        assert_true(outcome.peer_verified);
        close_pair(&p);
        ran++;
    }
    assert_true(ran > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_history_does_not_matter),
        cmocka_unit_test(test_post_handshake_authentication),
    };
    return cmocka_run_group_tests(tests, find_stacks, forget);
}
