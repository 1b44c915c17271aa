/* Traces as text and as bytes: nothing is lost either way, any bytes are a trace, and what is wrong
 * with a text is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support_traces.h"

#define ROOM 100000
#define TRACES 600

static struct parley_trace trace, other;
static uint8_t first[ROOM], second[ROOM];
static char text[ROOM];

static size_t encode(const struct parley_trace *from, uint8_t out[ROOM]) {
    size_t len = parley_trace_encode(from, out, ROOM);
    assert_true(len > 0);
    return len;
}

/* A trace is what its bytes are. */
static void same_traces(void) {
    size_t len = encode(&trace, first);
    assert_int_equal(encode(&other, second), len);
    assert_memory_equal(first, second, len);
}

static void parse(struct parley_trace *out, const char *from) {
    struct parley_trace_error error;
    if (!parley_trace_parse(out, (struct parley_bytes){(const uint8_t *)from, strlen(from)},
                            &error)) {
        fail_msg("line %zu: '%s': %s in\n%s", error.line, error.word, error.text, from);
    }
}

static void test_round_trips(void **state) {
    (void)state;
    size_t lines = 0;
    for (uint64_t seed = 0; seed < TRACES; seed++) {
        traces_random(&trace, seed);
        for (size_t i = 0; i < trace.session_count; i++) {
            lines += trace.sessions[i].setting_count + trace.sessions[i].operation_count;
        }
        size_t len = parley_trace_print(&trace, text, sizeof text);
        assert_true(len < sizeof text);
        assert_int_equal(strlen(text), len);
        parse(&other, text);
        same_traces();
        size_t bytes = encode(&trace, first);
        parley_trace_decode(&other, (struct parley_bytes){first, bytes});
        same_traces();
        assert_true(parley_trace_is_text((struct parley_bytes){(const uint8_t *)text, len}));
        assert_false(parley_trace_is_text((struct parley_bytes){first, bytes}));
    }
    assert_true(lines > 10 * TRACES);
}

/* Any bytes decode; what was decoded is written as bytes that decode to themselves. */
static void test_any_bytes(void **state) {
    (void)state;
    struct parley_seeded seeded;
    parley_seeded_init(&seeded, 7, 0);
    struct parley_random random = parley_seeded_random(&seeded);
    size_t sessions = 0;
    for (unsigned i = 0; i < TRACES; i++) {
        uint8_t input[512];
        size_t len = i % sizeof input;
        random.fill(random.arg, input, len);
        if (i % 2 == 0 && len > 1) {
            input[1] = PARLEY_LINE_session;
        }
        parley_trace_decode(&trace, (struct parley_bytes){input, len});
        sessions += trace.session_count;
        size_t n = encode(&trace, first);
        parley_trace_decode(&other, (struct parley_bytes){first, n});
        same_traces();
    }
    assert_true(sessions > TRACES / 4);
}

/* Bytes that were cut off, or changed, leave the lines before as they are. */
static void test_cut_short(void **state) {
    (void)state;
    traces_random(&trace, 5);
    size_t len = encode(&trace, first);
    for (size_t cut = 0; cut < len; cut++) {
        parley_trace_decode(&other, (struct parley_bytes){first, cut});
        size_t n = parley_trace_encode(&other, second, ROOM);
        assert_true(n > 0 && n <= len);
    }
}

static const char sample[] = "# a comment\n"
                             "stack openssl\n"
                             "role server   # another\n"
                             "seed 7\n"
                             "\n"
                             "session\n"
                             "  versions 1.3 1.2\n"
                             "  our suites TLS_AES_128_GCM_SHA256 0x1304\n"
                             "  alpn h2 http/1.1 %00\n"
                             "  server_certificate server-rsa\n"
                             "  drop certificate_verify\n"
                             "  flip finished:2 verify_data 0 0x80\n"
                             "  record before any:* heartbeat clear 01ff\n"
                             "  add_extension client_hello 0x1234 -\n";

static void test_sample(void **state) {
    (void)state;
    parse(&trace, sample);
    assert_string_equal(trace.stack, "openssl");
    assert_int_equal(trace.role, PARLEY_SERVER);
    assert_int_equal(trace.seed, 7);
    assert_int_equal(trace.session_count, 1);
    const struct parley_trace_session *session = &trace.sessions[0];
    assert_int_equal(session->setting_count, 4);
    assert_int_equal(session->settings[1].whose, PARLEY_OUR);
    assert_int_equal(session->operation_count, 4);
    struct parley_point point = parley_point_of(&session->operations[1].operands[0]);
    assert_int_equal(point.message, PARLEY_MSG_finished);
    assert_int_equal(point.nth, 2);
    assert_int_equal(session->operations[2].operands[1].number, PARLEY_CONTENT_HEARTBEAT);
    parley_trace_print(&trace, text, sizeof text);
    assert_string_equal(text, "stack openssl\n"
                              "role server\n"
                              "seed 7\n"
                              "\n"
                              "session\n"
                              "  versions 1.3 1.2\n"
                              "  our suites TLS_AES_128_GCM_SHA256 0x1304\n"
                              "  alpn h2 http/1.1 %00\n"
                              "  server_certificate server-rsa\n"
                              "  drop certificate_verify\n"
                              "  flip finished:2 verify_data 0 128\n"
                              "  record before any:* heartbeat clear 01ff\n"
                              "  add_extension client_hello 0x1234 -\n");
}

/* What is wrong is found where it is. */
static void test_refusals(void **state) {
    static const struct {
        const char *text;
        size_t line;
        const char *word;
    } rows[] = {
        {"", 0, ""},
        {"role server\n", 1, ""},
        {"drop finished\n", 1, "drop"},
        {"session\nstack openssl\n", 2, "stack"},
        {"session\nbreak finished\n", 2, "break"},
        {"session\ndrop finish\n", 2, "finish"},
        {"session\n\ndrop\n", 3, "drop"},
        {"session\ndrop finished:0\n", 2, "finished:0"},
        {"session\ndrop finished finished\n", 2, "finished"},
        {"session\nrecord at finished alert clear 00\n", 2, "at"},
        {"session\nrecord after finish alert clear 00\n", 2, "finish"},
        {"session\nrecord after finished alert own 00\n", 2, "own"},
        {"session\nrecord after finished alert clear 0\n", 2, "0"},
        {"session\nrecord after finished 0x100 clear 00\n", 2, "0x100"},
        {"session\nsuites TLS_AES_128_GCM_SHA256 TLS_NONE\n", 2, "TLS_NONE"},
        {"session\nour\n", 2, "our"},
        {"session\nits drop finished\n", 2, "drop"},
        {"session\nsni a%2\n", 2, "a%2"},
        {"session\ndata 18446744073709551616\n", 2, "18446744073709551616"},
        {"session\nsession\nsession\nsession\nsession\n", 5, "session"},
        {"stack 0123456789012345678901234567890123456789012345678901234567890123\n", 1, "stack"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct parley_trace_error error;
        struct parley_bytes in = {(const uint8_t *)rows[i].text, strlen(rows[i].text)};
        assert_false(parley_trace_parse(&trace, in, &error));
        assert_int_equal(error.line, rows[i].line);
        assert_string_equal(error.word, rows[i].word);
        assert_true(strlen(error.text) > 0);
    }
}

static void test_what_does_not_fit(void **state) {
    (void)state;
    traces_random(&trace, 5);
    size_t len = encode(&trace, first);
    assert_int_equal(parley_trace_encode(&trace, second, len - 1), 0);
    size_t whole = parley_trace_print(&trace, text, sizeof text);
    char little[8];
    assert_int_equal(parley_trace_print(&trace, little, sizeof little), whole);
    assert_int_equal(strlen(little), sizeof little - 1);
    parley_trace_init(&trace);
    assert_non_null(parley_trace_session_add(&trace));
    struct parley_line line = {.row = PARLEY_LINE_renegotiate};
    for (size_t i = 0; i < PARLEY_TRACE_OPERATIONS; i++) {
        assert_true(parley_trace_line_add(&trace, &line));
    }
    assert_false(parley_trace_line_add(&trace, &line));
    parley_trace_remove(&trace.sessions[0], 0);
    assert_true(parley_trace_line_add(&trace, &line));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips), cmocka_unit_test(test_any_bytes),
        cmocka_unit_test(test_cut_short),   cmocka_unit_test(test_sample),
        cmocka_unit_test(test_refusals),    cmocka_unit_test(test_what_does_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
