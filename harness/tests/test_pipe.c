/* The pipe, between toys: what it delivers, and that every kind of trouble is a result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parley/pipe.h"
#include "tests/support_toy.h"

#define BYTES(text) ((struct parley_bytes){(const uint8_t *)(text), strlen(text)})

struct meeting {
    struct toy_faults client, server;
    struct parley_pipe_options options;
    struct parley_pipe_result result;
    struct parley_recording recording;
    struct parley_pipe *pipe;
    bool ok;
};

/* meet runs a connection between two toys with the faults of |m|. */
static void meet(struct meeting *m) {
    bool early = m->options.early_data.len > 0;
    m->options.ends[PARLEY_CLIENT] =
        (struct parley_endpoint){&toy_stack, toy_open(PARLEY_CLIENT, &m->client, early)};
    m->options.ends[PARLEY_SERVER] =
        (struct parley_endpoint){&toy_stack, toy_open(PARLEY_SERVER, &m->server, early)};
    m->pipe = parley_pipe_new();
    assert_non_null(m->pipe);
    m->options.recording = &m->recording;
    m->ok = parley_pipe_run(m->pipe, &m->options, &m->result);
}

static void part(struct meeting *m) {
    for (int i = 0; i < 2; i++) {
        toy_stack.close(m->options.ends[i].connection);
    }
    parley_pipe_free(m->pipe);
    parley_recording_free(&m->recording);
    *m = (struct meeting){.ok = false};
}

static void expect(struct meeting *m, enum parley_verdict verdict, enum parley_phase phase) {
    char text[400];
    meet(m);
    assert_string_equal(parley_verdict_name(m->result.verdict), parley_verdict_name(verdict));
    assert_string_equal(parley_phase_name(m->result.phase), parley_phase_name(phase));
    assert_int_equal(m->ok, verdict == PARLEY_VERDICT_COMPLETE && m->result.agreed);
    assert_true(strlen(parley_pipe_explain(&m->result, text, sizeof text)) > 0);
}

static const struct parley_pipe_options everything = {
    .early_data = {(const uint8_t *)"early", 5},
    .client_data = {(const uint8_t *)"from the client", 15},
    .server_data = {(const uint8_t *)"from the server!", 16},
    .key_update = true,
    .close_notify = true,
};

static void test_complete(void **state) {
    (void)state;
    struct meeting m = {.options = everything};
    expect(&m, PARLEY_VERDICT_COMPLETE, PARLEY_PHASE_CLOSE);
    assert_true(m.ok);
    assert_int_equal(m.result.received[PARLEY_CLIENT], 5 + 15 + 16);
    assert_int_equal(m.result.received[PARLEY_SERVER], 5 + 15 + 16);
    assert_int_equal(m.result.early_sent, 5);
    assert_int_equal(m.result.sent[0] + m.result.sent[1], m.recording.length);
    part(&m);
}

static void test_nothing_but_a_handshake(void **state) {
    (void)state;
    struct meeting m = {.ok = false};
    expect(&m, PARLEY_VERDICT_COMPLETE, PARLEY_PHASE_HANDSHAKE);
    assert_int_equal(m.recording.flight_count, 3);
    assert_int_equal(m.recording.flights[1].from, PARLEY_SERVER);
    part(&m);
}

/* However the bytes are cut, the same ones are sent. */
static void test_chunks(void **state) {
    (void)state;
    static uint8_t payload[40000];
    for (size_t i = 0; i < sizeof payload; i++) {
        payload[i] = (uint8_t)(i * 7 + i / 251);
    }
    uint8_t whole[32], cut[32];
    static const size_t chunks[] = {0, 1, 2, 3, 7, 100, 16384, 1 << 20};
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
        for (size_t at_once = 0; at_once < 3; at_once++) {
            struct meeting m = {.options = everything};
            m.options.chunk = chunks[i];
            m.options.client_data = (struct parley_bytes){payload, sizeof payload};
            m.options.server_data = (struct parley_bytes){payload, sizeof payload / 2};
            m.client.pull_at_once = m.server.pull_at_once = at_once * 5;
            expect(&m, PARLEY_VERDICT_COMPLETE, PARLEY_PHASE_CLOSE);
            assert_false(m.recording.incomplete);
            parley_recording_sha256(&m.recording, i == 0 && at_once == 0 ? whole : cut);
            if (i > 0 && at_once == 0) {
                assert_memory_equal(whole, cut, 32);
            }
            part(&m);
        }
    }
}

static void test_recording_is_what_was_sent(void **state) {
    (void)state;
    struct parley_recording r = {.bytes = NULL};
    parley_recording_add(&r, PARLEY_CLIENT, BYTES("ab"));
    parley_recording_add(&r, PARLEY_CLIENT, BYTES("c"));
    parley_recording_add(&r, PARLEY_SERVER, BYTES(""));
    parley_recording_add(&r, PARLEY_SERVER, BYTES("de"));
    parley_recording_add(&r, PARLEY_CLIENT, BYTES("f"));
    assert_int_equal(r.flight_count, 3);
    assert_int_equal(r.flights[0].length, 3);
    assert_int_equal(r.flights[1].offset, 3);
    assert_int_equal(r.flights[2].from, PARLEY_CLIENT);
    assert_memory_equal(r.bytes, "abcdef", 6);
    parley_recording_clear(&r);
    assert_int_equal(r.length, 0);
    parley_recording_add(&r, PARLEY_SERVER, BYTES("x"));
    assert_int_equal(r.flights[0].from, PARLEY_SERVER);
    parley_recording_free(&r);
}

static void count_bytes(void *arg, enum parley_role from, struct parley_bytes bytes) {
    size_t *seen = arg;
    seen[from] += bytes.len;
}

static void test_observer(void **state) {
    (void)state;
    size_t seen[2] = {0, 0};
    struct meeting m = {.options = everything};
    m.options.observe = count_bytes;
    m.options.observe_arg = seen;
    expect(&m, PARLEY_VERDICT_COMPLETE, PARLEY_PHASE_CLOSE);
    assert_int_equal(seen[PARLEY_CLIENT], m.result.sent[PARLEY_CLIENT]);
    assert_int_equal(seen[PARLEY_SERVER], m.result.sent[PARLEY_SERVER]);
    part(&m);
}

static void test_rejected_early_data_is_said_again(void **state) {
    (void)state;
    struct meeting m = {.options = everything, .server = {.rejects_early = true}};
    expect(&m, PARLEY_VERDICT_COMPLETE, PARLEY_PHASE_CLOSE);
    assert_int_equal(m.result.early_sent, 5);
    assert_int_equal(m.result.received[PARLEY_SERVER], 36);
    assert_false(m.result.ends[PARLEY_CLIENT].early_data_accepted);
    part(&m);
}

static void test_stalls(void **state) {
    (void)state;
    char text[400];
    struct meeting m = {.options = everything, .server = {.mute = true}};
    m.options.early_data.len = 0;
    expect(&m, PARLEY_VERDICT_STALLED, PARLEY_PHASE_HANDSHAKE);
    assert_string_equal(parley_pipe_explain(&m.result, text, sizeof text),
                        "stalled (handshake): client waits in state waiting, server waits in state "
                        "waiting");
    part(&m);
    m = (struct meeting){.options = everything, .client = {.mute = true}};
    m.options.early_data.len = 0;
    expect(&m, PARLEY_VERDICT_STALLED, PARLEY_PHASE_HANDSHAKE);
    part(&m);
    m = (struct meeting){.options = everything, .server = {.deaf = true}};
    expect(&m, PARLEY_VERDICT_STALLED, PARLEY_PHASE_HANDSHAKE);
    part(&m);
    m = (struct meeting){.options = everything, .client = {.never_closes = true}};
    expect(&m, PARLEY_VERDICT_STALLED, PARLEY_PHASE_CLOSE);
    part(&m);
}

static void test_bounds(void **state) {
    (void)state;
    for (int role = 0; role < 2; role++) {
        struct meeting m = {.options = everything};
        (role == PARLEY_CLIENT ? &m.client : &m.server)->babbles = true;
        m.options.max_bytes = 10000;
        expect(&m, PARLEY_VERDICT_BOUND, PARLEY_PHASE_HANDSHAKE);
        assert_true(m.result.sent[0] + m.result.sent[1] <= 10000 + 17000);
        part(&m);
    }
    struct meeting m = {.options = everything};
    m.options.max_rounds = 2;
    expect(&m, PARLEY_VERDICT_BOUND, PARLEY_PHASE_HANDSHAKE);
    part(&m);
}

static void test_failures(void **state) {
    (void)state;
    for (int role = 0; role < 2; role++) {
        char text[400];
        struct meeting m = {.options = everything};
        (role == PARLEY_CLIENT ? &m.client : &m.server)->fails = true;
        expect(&m, PARLEY_VERDICT_FAILED, PARLEY_PHASE_HANDSHAKE);
        assert_int_equal(m.result.who, role);
        assert_int_equal(m.result.ends[1 - role].alert_received, PARLEY_ALERT_handshake_failure);
        parley_pipe_explain(&m.result, text, sizeof text);
        assert_non_null(strstr(text, " stopped at client_hello in state "));
        assert_non_null(strstr(text, "it sent alert handshake_failure, which the "));
        part(&m);
    }
}

static void test_corruption(void **state) {
    (void)state;
    struct meeting m = {.options = everything, .server = {.lies = true}};
    expect(&m, PARLEY_VERDICT_CORRUPT, PARLEY_PHASE_DATA);
    assert_int_equal(m.result.who, PARLEY_CLIENT);
    assert_int_equal(m.result.corrupt_at, 2);
    part(&m);
    m = (struct meeting){.options = everything, .client = {.lies = true}};
    expect(&m, PARLEY_VERDICT_CORRUPT, PARLEY_PHASE_HANDSHAKE);
    assert_int_equal(m.result.who, PARLEY_SERVER);
    part(&m);
    m = (struct meeting){.options = everything, .server = {.repeats = true}};
    expect(&m, PARLEY_VERDICT_CORRUPT, PARLEY_PHASE_HANDSHAKE);
    part(&m);
}

static void test_refusal(void **state) {
    (void)state;
    struct meeting m = {.options = everything, .client = {.no_key_update = true}};
    expect(&m, PARLEY_VERDICT_REFUSED, PARLEY_PHASE_KEY_UPDATE);
    assert_int_equal(m.result.who, PARLEY_CLIENT);
    part(&m);
}

static void disagree(const struct toy_faults *server, unsigned wanted) {
    struct meeting m = {.options = everything, .server = *server};
    expect(&m, PARLEY_VERDICT_COMPLETE, PARLEY_PHASE_CLOSE);
    assert_false(m.ok);
    assert_int_equal(m.result.disagreements, wanted);
    part(&m);
}

static void test_disagreements(void **state) {
    (void)state;
    disagree(&(struct toy_faults){.version = PARLEY_TLS12}, PARLEY_DISAGREE_VERSION);
    disagree(&(struct toy_faults){.other_exporter = true}, PARLEY_DISAGREE_EXPORTER);
    disagree(&(struct toy_faults){.no_exporter = true}, PARLEY_DISAGREE_EXPORTER);
    for (unsigned i = 0; i < PARLEY_DISAGREEMENTS; i++) {
        assert_string_not_equal(parley_disagreement_name(i), "?");
    }
    assert_string_equal(parley_disagreement_name(PARLEY_DISAGREEMENTS), "?");
    assert_int_equal(PARLEY_DISAGREE_EXPORTER, 1 << 11);
    assert_string_equal(parley_disagreement_name(11), "exporter");
}

/* A short buffer gets a short text, always terminated. */
static void test_explanations_fit(void **state) {
    (void)state;
    struct meeting m = {.options = everything, .server = {.fails = true}};
    expect(&m, PARLEY_VERDICT_FAILED, PARLEY_PHASE_HANDSHAKE);
    for (size_t cap = 1; cap < 300; cap++) {
        char *text = malloc(cap);
        assert_non_null(text);
        parley_pipe_explain(&m.result, text, cap);
        assert_true(strlen(text) < cap);
        free(text);
    }
    part(&m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_nothing_but_a_handshake),
        cmocka_unit_test(test_chunks),
        cmocka_unit_test(test_recording_is_what_was_sent),
        cmocka_unit_test(test_observer),
        cmocka_unit_test(test_rejected_early_data_is_said_again),
        cmocka_unit_test(test_stalls),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_corruption),
        cmocka_unit_test(test_refusal),
        cmocka_unit_test(test_disagreements),
        cmocka_unit_test(test_explanations_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
