/* The judge: silent about a correct stack whatever is done to it; each oracle fires on a faulty
 * one. The faulty stack is our engine, tolerant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parley/judge.h"
#include "tests/support_traces.h"

static struct parley_pki *pki;
static struct parley_trial *trial;
static struct parley_trace trace;
static struct parley_trial_result result;
static struct parley_judgement verdicts[PARLEY_JUDGEMENTS_MAX];

static int set_up(void **state) {
    (void)state;
    pki = parley_pki_new(1);
    trial = pki != NULL ? parley_trial_new(pki) : NULL;
    return trial != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    parley_trial_free(trial);
    parley_pki_free(pki);
    return 0;
}

static void parse(const char *text) {
    struct parley_trace_error error;
    struct parley_bytes in = {(const uint8_t *)text, strlen(text)};
    if (!parley_trace_parse(&trace, in, &error)) {
        fail_msg("line %zu: '%s': %s in\n%s", error.line, error.word, error.text, text);
    }
}

static void run(void) {
    char why[200];
    if (!parley_trial_run(trial, &trace, NULL, NULL, NULL, &result, why, NULL)) {
        fail_msg("%s", why);
    }
}

/* ---- What is seen ---- */

#define S13 "role server\nsession\nversions 1.3\n"
#define C13 "role client\nsession\nversions 1.3\n"
#define S12 "role server\nsession\nversions 1.2\n"
#define C12 "role client\nsession\nversions 1.2\n"

/* Against a tolerant end; "" is what must be said about a strict one. */
static const struct {
    const char *text;
    const char *oracles; /* in order */
} rows[] = {
    {S13 "flip finished verify_data 0 1\n", "C D "},
    {C13 "flip finished verify_data 0 1\n", "C D "},
    {S12 "set finished verify_data 000000000000000000000000\n", "C D "},
    {C12 "flip finished verify_data 0 1\n", "C D "},
    {C13 "flip certificate_verify signature 8 1\n", "C D "},
    {S13 "client_auth require\nflip certificate_verify signature 8 1\n", "C D "},
    {C12 "flip server_key_exchange_ecdhe signature 8 1\n", "C D "},
    {C13 "sign_key client-ecdsa-p256\n", "C D "},
    {C13 "stale certificate_tls13\n", "C D "},
    {S13 "share client_hello zero\n", "C K "},
    {C13 "share server_hello low_order\n", "C K "},
    {C13 "add_extension encrypted_extensions 0x1234 -\n", "C "},
    {S13 "session\nversions 1.3\nresume\nbinder client_hello 3\n", "C "},
    {S13 "record before finished application_data current 4142\n", "C "},
};

static void seen(char out[64]) {
    size_t session = result.session_count - 1;
    size_t count = parley_judge_trial(&trace, session, &result, verdicts);
    out[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        size_t len = strlen(out);
        (void)snprintf(out + len, 64 - len, "%s ", verdicts[i].oracle);
        assert_non_null(verdicts[i].detail);
        assert_non_null(verdicts[i].section);
    }
}

static void test_faults_are_seen(void **state) {
    (void)state;
    struct parley_line tolerant = {.row = PARLEY_LINE_tolerant, .whose = PARLEY_ITS};
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char found[64];
        parse(rows[i].text);
        run();
        seen(found);
        assert_string_equal(found, "");
        for (size_t s = 0; s < trace.session_count; s++) {
            struct parley_trace_session *session = &trace.sessions[s];
            session->settings[session->setting_count++] = tolerant;
        }
        run();
        seen(found);
        if (strcmp(found, rows[i].oracles) != 0) {
            const struct parley_trial_session *s = &result.sessions[result.session_count - 1];
            char why[400];
            print_error("'%s', not '%s' (%s, %s):\n%s", found, rows[i].oracles,
                        parley_answer_name(s->answer),
                        parley_pipe_explain(&s->pipe, why, sizeof why), rows[i].text);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

/* The oracles that look at what a session came to, on one that came to it. */
static void test_results_are_judged(void **state) {
    (void)state;
    char found[64];
    parse(S13 "session\nversions 1.3\n");
    run();
    seen(found);
    assert_string_equal(found, "");
    struct parley_trial_session *s = &result.sessions[1];
    s->pipe.disagreements = PARLEY_DISAGREE_EXPORTER;
    seen(found);
    assert_string_equal(found, "P ");
    s->pipe.disagreements = 0;
    memcpy(s->random, result.sessions[0].random, sizeof s->random);
    seen(found);
    assert_string_equal(found, "U ");
    s->random[0] ^= 1;
    s->pipe.verdict = PARLEY_VERDICT_BOUND;
    seen(found);
    assert_string_equal(found, "hang ");
    s->proved = false;
    s->pipe.verdict = PARLEY_VERDICT_COMPLETE;
    seen(found);
    assert_string_equal(found, "D ");
}

static void test_early_data_is_judged(void **state) {
    (void)state;
    char found[64];
    parse(S13 "record before finished application_data current 4142\n");
    run();
    result.sessions[0].pipe.verdict = PARLEY_VERDICT_CORRUPT;
    result.sessions[0].pipe.who = PARLEY_SERVER;
    seen(found);
    assert_string_equal(found, "A ");
}

/* Aborting over what means nothing is a fault, too. */
static void test_ignorance_is_judged(void **state) {
    (void)state;
    char found[64];
    parse(S13 "data 5\nadd_extension client_hello 0x1234 00\n");
    run();
    seen(found);
    assert_string_equal(found, "");
    result.sessions[0].answer = PARLEY_ANSWER_ABORTED;
    result.sessions[0].pipe.verdict = PARLEY_VERDICT_FAILED;
    seen(found);
    assert_string_equal(found, "C ");
    assert_int_equal(verdicts[0].operation, 0);
    assert_string_equal(verdicts[0].section, "RFC 8446 4.1.2, RFC 5246 7.4.1.4");
}

/* ---- What is not ---- */

/* A correct stack is never blamed, whatever is done to it. PARLEY_TRIAL_STACK=NAME tries another
 * one, PARLEY_TRIAL_SEED=N another twenty thousand. */
static void test_silence(void **state) {
    (void)state;
    bool quick = getenv("PARLEY_QUICK") != NULL;
    const char *stack = getenv("PARLEY_TRIAL_STACK"), *from = getenv("PARLEY_TRIAL_SEED");
    uint64_t first = from != NULL ? strtoull(from, NULL, 10) : 0;
    unsigned judged = 0, wrong = 0;
    for (uint64_t seed = first; seed < first + (quick ? 500 : 20000); seed++) {
        char why[200];
        traces_probable(&trace, seed);
        (void)snprintf(trace.stack, sizeof trace.stack, "%s", stack != NULL ? stack : "");
        if (!parley_trial_run(trial, &trace, NULL, NULL, NULL, &result, why, NULL)) {
            continue;
        }
        for (size_t i = 0; i < result.session_count; i++) {
            const char *section;
            struct parley_case c = {
                .trace = &trace, .session = i, .version = result.sessions[i].version};
            for (size_t j = 0; j < trace.sessions[i].operation_count; j++) {
                bool applied = (result.sessions[i].applied >> j & 1) != 0;
                judged += applied && parley_must_about(&c, j, &section) != PARLEY_MUST_UNSPECIFIED;
            }
            if (parley_judge_trial(&trace, i, &result, verdicts) != 0) {
                static char text[65536];
                (void)parley_trace_print(&trace, text, sizeof text);
                print_error("session %zu, %s: %s (%s)\n%s\n", i + 1, verdicts[0].oracle,
                            verdicts[0].detail, verdicts[0].section, text);
                wrong++;
            }
        }
    }
    assert_int_equal(wrong, 0);
    assert_true(judged > (quick ? 50 : 2000));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_are_seen),
        cmocka_unit_test(test_results_are_judged),
        cmocka_unit_test(test_early_data_is_judged),
        cmocka_unit_test(test_ignorance_is_judged),
        cmocka_unit_test(test_silence),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
