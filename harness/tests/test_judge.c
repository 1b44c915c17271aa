/* The judge: silent about a correct stack whatever is done to it; each oracle fires on a faulty
 * one. The faulty stack is our engine, tolerant. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support_judging.h"
#include "tests/support_traces.h"

#define RSA "server_certificate server-rsa\nsuites TLS_RSA_WITH_AES_128_GCM_SHA256\n"

/* ---- What is seen ---- */

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
    {S13 "client_auth require\nour client_certificate none\n", "D "},
    {S12 "client_auth require\nour client_certificate none\n", "D "},
    /* What our messages were, however they came to be so; our end goes on with what it has said. */
    {C13 "set server_hello cipher_suite 1303\nits suites TLS_AES_128_GCM_SHA256\n", "C "},
    {C13 "flip server_hello cipher_suite 1 3\nits suites TLS_AES_128_GCM_SHA256\n", "C "},
    {C13 "hello_retry\nset server_hello cipher_suite 1303\n", "C "},
    {C13 "hello_retry\nset hello_retry_request cipher_suite 1303\n", "C "},
    {C12 "set server_hello cipher_suite c02c\nits suites TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\n",
     "C "},
    {C13 "set server_hello legacy_session_id_echo 0102\n", "C "},
    {"role client\nsession\nour versions 1.2\nset server_hello random "
     "000102030405060708090a0b0c0d0e0f1011121314151617444f574e47524401\n",
     "C "},
    {C13 "alpn h2\nset encrypted_extensions protocol_name 68330a\n", "C "},
    {C13 "add_extension server_hello 0x1234 00\n", "C "},
    {S13 "record before finished application_data current 4142\n", "C "},
};

static void test_faults_are_seen(void **state) {
    (void)state;
    struct parley_line tolerant = {.row = PARLEY_LINE_tolerant, .whose = PARLEY_ITS};
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char found[64];
        judging_parse(rows[i].text);
        judging_run();
        judging_seen(found);
        assert_string_equal(found, "");
        for (size_t s = 0; s < trace.session_count; s++) {
            struct parley_trace_session *session = &trace.sessions[s];
            session->settings[session->setting_count++] = tolerant;
        }
        judging_run();
        judging_seen(found);
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
    judging_parse(S13 "session\nversions 1.3\n");
    judging_run();
    judging_seen(found);
    assert_string_equal(found, "");
    struct parley_trial_session *s = &result.sessions[1];
    s->pipe.disagreements = PARLEY_DISAGREE_EXPORTER;
    judging_seen(found);
    assert_string_equal(found, "P ");
    s->pipe.disagreements = 0;
    memcpy(s->random, result.sessions[0].random, sizeof s->random);
    judging_seen(found);
    assert_string_equal(found, "U ");
    s->random[0] ^= 1;
    s->pipe.verdict = PARLEY_VERDICT_BOUND;
    judging_seen(found);
    assert_string_equal(found, "hang ");
    s->proved = false;
    s->pipe.verdict = PARLEY_VERDICT_COMPLETE;
    judging_seen(found);
    assert_string_equal(found, "D ");
}

static void test_early_data_is_judged(void **state) {
    (void)state;
    char found[64];
    static const char *const early[] = {
        S13 "record before finished application_data current 4142\n",
        S13 "record before finished application_data clear 4142\n",
        S13 "record before finished application_data early 4142\n",
        S12 "record before client_key_exchange_ecdhe application_data clear 4142\n",
    };
    for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
        judging_parse(early[i]);
        judging_run();
        judging_seen(found);
        assert_string_equal(found, "");
        result.sessions[0].pipe.verdict = PARLEY_VERDICT_CORRUPT;
        result.sessions[0].pipe.who = PARLEY_SERVER;
        judging_seen(found);
        assert_string_equal(found, "A ");
    }
    /* Nothing is no data, and what comes in time may be what was handed over. */
    static const char *const late[] = {
        S13 "record before finished application_data clear -\n",
        S13 "record before finished application_data clear 41\n"
            "record after finished application_data current 42\n",
    };
    for (size_t i = 0; i < sizeof late / sizeof *late; i++) {
        judging_parse(late[i]);
        judging_run();
        result.sessions[0].applied |= 2; /* the first may have ended it */
        result.sessions[0].pipe.verdict = PARLEY_VERDICT_CORRUPT;
        result.sessions[0].pipe.phase = PARLEY_PHASE_HANDSHAKE;
        result.sessions[0].pipe.who = PARLEY_SERVER;
        judging_seen(found);
        assert_string_equal(found, "");
    }
    judging_parse(
        EARLY13("server", "record before end_of_early_data application_data early 4142\n"));
    judging_run();
    result.sessions[1].pipe.verdict = PARLEY_VERDICT_CORRUPT; /* for another reason */
    result.sessions[1].pipe.who = PARLEY_SERVER;
    assert_true(result.sessions[1].early_data);
    judging_seen(found);
    assert_string_equal(found, "");
}

/* What looks like a fault and is none: it completes, and that is right. */
static void test_innocence(void **state) {
    (void)state;
    static const char *const innocent[] = {
        /* Signing with the certificate's own key, whatever is stapled to it. */
        C12 "staples\nsign_key server-ecdsa-p256\n",
        /* Who shows no certificate signs nothing, whatever has made it so. */
        S13 "client_auth request\nset certificate_tls13 certificate_list -\n"
            "drop certificate_verify\n",
        S13 "client_auth request\nset certificate_tls13 certificate_list -\n"
            "drop certificate_verify\nsign_key client-ed25519\n",
        /* 0-RTT data that is not taken is skipped, whatever it is. */
        S13 "warm\nearly_data 0\nflip client_hello psk_key_exchange_modes 5 1\n"
            "record before change_cipher_spec handshake current 00\n",
    };
    for (size_t i = 0; i < sizeof innocent / sizeof *innocent; i++) {
        char found[64];
        judging_parse(innocent[i]);
        judging_run();
        print_message("%s", innocent[i]);
        assert_int_equal(result.sessions[0].answer, PARLEY_ANSWER_COMPLETED);
        judging_seen(found);
        assert_string_equal(found, "");
    }
}

/* Bytes that other runs have shown may be the right ones, and then prove what they should. */
static void test_lessons(void **state) {
    (void)state;
    static const struct {
        const char *text;
        bool proved;
    } lessons[] = {
        {S12 "drop finished\ninsert after change_cipher_spec finished 000102030405060708090a0b\n",
         true},
        {S12 "drop finished\ninsert after change_cipher_spec finished 00\n", false},
        {S12 RSA "premaster leading\n", false},
        {S12 RSA "premaster leading\nset client_key_exchange_rsa encrypted_pre_master_secret 01\n",
         true},
    };
    for (size_t i = 0; i < sizeof lessons / sizeof *lessons; i++) {
        judging_parse(lessons[i].text);
        judging_run();
        print_message("%s", lessons[i].text);
        assert_true(result.sessions[0].applied & 1);
        assert_int_equal(result.sessions[0].proved, lessons[i].proved);
    }
}

/* Nobody reads behind a close_notify. */
static void test_closed(void **state) {
    (void)state;
    static const struct {
        const char *text, *oracles;
    } closed[] = {
        {S12 "duplicate finished 1\n", "C "},
        {S12 "duplicate finished 1\nrecord before finished alert current 0100\n", ""},
        {S12 "duplicate finished 1\ninsert before change_cipher_spec alert 0100\n", ""},
    };
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++) {
        char found[64];
        judging_parse(closed[i].text);
        judging_run();
        result.sessions[0].applied |= 3;
        result.sessions[0].answer = PARLEY_ANSWER_COMPLETED;
        judging_seen(found);
        assert_string_equal(found, closed[i].oracles);
    }
}

/* Before the server_hello it may be TLS 1.2, where a hello_request is passed over. */
static void test_requests(void **state) {
    (void)state;
    static const struct {
        const char *text, *oracles;
    } requests[] = {
        {C13 "insert before server_hello hello_request -\n", ""},
        {C13 "insert before encrypted_extensions hello_request -\n", "C "},
    };
    for (size_t i = 0; i < sizeof requests / sizeof *requests; i++) {
        char found[64];
        judging_parse(requests[i].text);
        judging_run();
        assert_int_equal(result.sessions[0].applied, 1);
        result.sessions[0].answer = PARLEY_ANSWER_COMPLETED;
        result.sessions[0].version = PARLEY_TLS13;
        judging_seen(found);
        assert_string_equal(found, requests[i].oracles);
    }
}

/* A session is one once its Finished was right (RFC 5077 3.3). */
static void test_early_sessions(void **state) {
    (void)state;
    char found[64];
    judging_parse(C12 "flip finished verify_data 0 1\nsession\nversions 1.2\nresume\n");
    judging_run();
    assert_false(result.sessions[0].was_done);
    assert_int_equal(result.sessions[1].answer, PARLEY_ANSWER_COMPLETED);
    judging_seen(found);
    assert_string_equal(found, "");
    result.sessions[1].pipe.ends[PARLEY_CLIENT].resumed = true;
    judging_seen(found);
    assert_string_equal(found, "D ");
    result.sessions[0].was_done = true;
    judging_seen(found);
    assert_string_equal(found, "");
    /* One that was made before the first is there, whatever came of that. */
    judging_parse(C12 "warm\nflip finished verify_data 0 1\nsession\nversions 1.2\nresume\n");
    judging_run();
    assert_false(result.sessions[0].was_done);
    assert_true(result.sessions[1].pipe.ends[PARLEY_CLIENT].resumed);
    judging_seen(found);
    assert_string_equal(found, "");
}

/* Aborting over what means nothing is a fault, too. */
static void test_ignorance_is_judged(void **state) {
    (void)state;
    char found[64];
    judging_parse(S13 "data 5\nadd_extension client_hello 0x1234 00\n");
    judging_run();
    judging_seen(found);
    assert_string_equal(found, "");
    result.sessions[0].answer = PARLEY_ANSWER_ABORTED;
    result.sessions[0].pipe.verdict = PARLEY_VERDICT_FAILED;
    judging_seen(found);
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
    struct parley_trial *spare = parley_trial_new(pki);
    assert_non_null(spare);
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
            if (parley_judge_again(spare, &trace, i, &result, verdicts) != 0) {
                static char text[65536];
                (void)parley_trace_print(&trace, text, sizeof text);
                print_error("session %zu, %s: %s (%s)\n%s\n", i + 1, verdicts[0].oracle,
                            verdicts[0].detail, verdicts[0].section, text);
                wrong++;
            }
        }
    }
    parley_trial_free(spare);
    assert_int_equal(wrong, 0);
    assert_true(judged > (quick ? 50 : 2000));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults_are_seen),
        cmocka_unit_test(test_results_are_judged),
        cmocka_unit_test(test_early_data_is_judged),
        cmocka_unit_test(test_innocence),
        cmocka_unit_test(test_lessons),
        cmocka_unit_test(test_early_sessions),
        cmocka_unit_test(test_requests),
        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_ignorance_is_judged),
        cmocka_unit_test(test_silence),
    };
    return cmocka_run_group_tests(tests, judging_set_up, judging_tear_down);
}
