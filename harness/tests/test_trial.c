/* Trials: every kind of handshake unbent, every operation with what a correct stack answers it
 * with, the same bytes for the same trace, and random traces. The stack is our own engine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support_judging.h"
#include "tests/support_traces.h"

/* run runs |trace|, and returns its last session. */
static const struct parley_trial_session *run(uint8_t sha256[32]) {
    struct parley_recording recording = {0};
    struct parley_trial_watch watch = {.recording = &recording};
    char why[200];
    if (!parley_trial_run(trial, &trace, &watch, NULL, NULL, &result, why, NULL)) {
        fail_msg("%s", why);
    }
    parley_recording_sha256(&recording, sha256);
    parley_recording_free(&recording);
    assert_int_equal(result.session_count, trace.session_count);
    return &result.sessions[result.session_count - 1];
}

/* ---- Unbent ---- */

#define FIRST "session\nversions 1.2 1.3\ndata 10\n"
#define FIRST12 "session\nversions 1.2\ndata 10\n"
static const char *const unbent[] = {
    FIRST,
    FIRST12,
    "session\nversions 1.2\nsuites TLS_RSA_WITH_AES_128_GCM_SHA256\n"
    "server_certificate server-rsa\ndata 10\n",
    "session\nversions 1.2\nsuites TLS_DHE_RSA_WITH_AES_128_GCM_SHA256\n"
    "server_certificate server-rsa\ndata 10\n",
    "session\nversions 1.2\nsuites TLS_PSK_WITH_AES_128_CBC_SHA\ndata 10\n",
    "session\nversions 1.2\nclient_auth require\nalpn h2 http/1.1\ndata 10\n",
    "session\nversions 1.3\nclient_auth require\nserver_certificate server-ed25519\ndata 10\n",
    "session\nversions 1.3\nclient_auth request\nclient_certificate none\n",
    "session\nhello_retry\nalpn h2\ngrease\nkey_update\ndata 70\nchunk 1\n",
    "session\nversions 1.3\npsk\n",
    "session\nversions 1.3\npsk\npsk_ke\ndata 1\n",
    FIRST FIRST "resume\n",
    FIRST FIRST "resume\nour alpn h2\nits alpn h2 h3\n",
    FIRST12 FIRST12 "resume\n",
    FIRST12 "session_id\n" FIRST12 "session_id\nresume\n",
    FIRST "early_data 0\n" FIRST "early_data 20\nresume\n",
    FIRST "early_data 0\n" FIRST "early_data 20\nresume\n" FIRST "early_data 9\nresume\n",
};

static void test_unbent(void **state) {
    (void)state;
    for (int role = 0; role < 2; role++) {
        for (size_t i = 0; i < sizeof unbent / sizeof *unbent; i++) {
            uint8_t sha256[32];
            judging_parse(unbent[i]);
            trace.role = (enum parley_role)role;
            const struct parley_trial_session *last = run(sha256);
            if (last->answer != PARLEY_ANSWER_COMPLETED || !last->pipe.agreed ||
                last->pipe.verdict != PARLEY_VERDICT_COMPLETE || !last->proved || !last->vouched) {
                fail_msg("as %s, %s:\n%s", parley_role_name((enum parley_role)role),
                         parley_answer_name(last->answer), unbent[i]);
            }
            bool resumes =
                strstr(unbent[i], "resume") != NULL || strstr(unbent[i], "1.3\npsk") != NULL;
            bool changed =
                strstr(unbent[i], "its ") != NULL; /* then the server's tickets are lost */
            if (last->pipe.ends[0].resumed != resumes && !changed) {
                fail_msg("as %s, resumed: %d\n%s", parley_role_name((enum parley_role)role),
                         !resumes, unbent[i]);
            }
            assert_int_equal(last->applied, 0);
        }
    }
}

/* ---- Bent ---- */

#define RSA12 S12 "server_certificate server-rsa\nsuites TLS_RSA_WITH_AES_128_GCM_SHA256\n"
#define CBC12 S12 "suites TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA\n"
#define RESUMING "role server\nsession\nversions 1.3\nsession\nversions 1.3\nresume\n"
#define COMPLETED PARLEY_ANSWER_COMPLETED
#define ABORTED PARLEY_ANSWER_ABORTED
#define HUNG PARLEY_ANSWER_HUNG
#define NO_ALERT PARLEY_ALERT_NONE
#define ALERT(name) PARLEY_ALERT_##name

static const struct {
    const char *text;
    enum parley_answer answer;
    unsigned alert;
} bent[] = {
    /* Messages that are missing, twice, or elsewhere. */
    {C13 "drop certificate_verify\n", ABORTED, ALERT(unexpected_message)},
    {C13 "drop finished\n", HUNG, NO_ALERT},
    {C13 "hide certificate_verify\n", ABORTED, ALERT(unexpected_message)},
    {C13 "stale certificate_verify\n", ABORTED, ALERT(decrypt_error)},
    {S13 "duplicate finished 1\n", ABORTED, ALERT(unexpected_message)},
    {C13 "duplicate encrypted_extensions 3\n", ABORTED, ALERT(unexpected_message)},
    {C13 "swap certificate_tls13\n", ABORTED, ALERT(unexpected_message)},
    {C12 "swap server_key_exchange_ecdhe\n", ABORTED, ALERT(unexpected_message)},
    {S13 "replay before finished client_hello\n", ABORTED, ALERT(unexpected_message)},
    {C13 "insert after encrypted_extensions hello_request -\n", ABORTED, ALERT(unexpected_message)},
    {C13 "insert before finished key_update 00\n", ABORTED, ALERT(unexpected_message)},
    {C13 "drop any:3\n", ABORTED, ALERT(unexpected_message)},
    /* Bytes. */
    {S13 "truncate client_hello 1\n", ABORTED, ALERT(decode_error)},
    {S13 "extend client_hello 00\n", ABORTED, ALERT(decode_error)},
    {S13 "set client_hello cipher_suites 1301\n", COMPLETED, NO_ALERT},
    {S13 "set client_hello cipher_suite:1 1304\n", COMPLETED, NO_ALERT},
    {S13 "set client_hello legacy_compression_methods 01\n", ABORTED, ALERT(illegal_parameter)},
    {S13 "set client_hello key_share.group 001e\n", COMPLETED, NO_ALERT},
    /* What the keys depend on our end adopts. */
    {S13 "flip client_hello random 3 1\n", COMPLETED, NO_ALERT},
    {C13 "flip server_hello random 3 1\n", COMPLETED, NO_ALERT},
    {C13 "set server_hello cipher_suite 1302\n", COMPLETED, NO_ALERT},
    {C13 "hello_retry\nset hello_retry_request cookie.cookie 0102\n", COMPLETED, NO_ALERT},
    {S12 "our no_extended_master_secret\nflip client_hello random 3 1\n", COMPLETED, NO_ALERT},
    {C12 "our no_extended_master_secret\nflip server_hello random 3 1\n", COMPLETED, NO_ALERT},
    {C12 "set server_hello cipher_suite c02c\n", COMPLETED, NO_ALERT},
    {C12 "remove_extension server_hello extended_master_secret\n", COMPLETED, NO_ALERT},
    {C12 "suites TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA\nremove_extension server_hello "
         "encrypt_then_mac\n",
     COMPLETED, NO_ALERT},
    {"role server\nsession\nversions 1.2\nsession\nversions 1.2\nresume\n"
     "flip client_hello random 3 1\n",
     COMPLETED, NO_ALERT},
    {"role client\nsession\nversions 1.2\nsession\nversions 1.2\nresume\n"
     "flip server_hello random 3 1\n",
     COMPLETED, NO_ALERT},
    {S12 "server_certificate server-rsa\nsuites TLS_RSA_WITH_AES_128_GCM_SHA256\n"
         "set client_hello legacy_version 0302\n",
     ABORTED, ALERT(protocol_version)},
    {S13 "flip finished verify_data 5 1\n", ABORTED, ALERT(decrypt_error)},
    {C13 "flip certificate_verify signature 9 1\n", ABORTED, ALERT(decrypt_error)},
    {C13 "flip certificate_verify 0 0 1\n", ABORTED, ALERT(illegal_parameter)},
    {S13 "length client_hello extensions 5\n", ABORTED, ALERT(decode_error)},
    {S13 "handshake_length client_hello 131397\n", ABORTED, ALERT(illegal_parameter)},
    {S13 "handshake_length finished 4\nmove_extension finished server_name 3\n", ABORTED,
     ALERT(decrypt_error)},
    {C13 "handshake_type encrypted_extensions 99\n", ABORTED, ALERT(unexpected_message)},
    {C13 "set certificate_tls13 certificate_list -\n", ABORTED, ALERT(decode_error)},
    {S13 "mutate client_hello 3\n", ABORTED, ALERT(missing_extension)},
    /* Extensions. */
    {S13 "remove_extension client_hello key_share\n", ABORTED, ALERT(missing_extension)},
    {S13 "add_extension client_hello 0x1234 00ff\n", COMPLETED, NO_ALERT},
    {C13 "add_extension encrypted_extensions 0x1234 00ff\n", ABORTED, ALERT(unsupported_extension)},
    {S13 "duplicate_extension client_hello supported_groups\n", ABORTED, ALERT(decode_error)},
    {S13 "move_extension client_hello key_share 0\n", COMPLETED, NO_ALERT},
    {S13 "move_extension client_hello supported_versions 99\n", COMPLETED, NO_ALERT},
    {S13 "reorder_extensions client_hello 1\n", COMPLETED, NO_ALERT},
    {RESUMING "add_extension client_hello 0x1234 00\nreorder_extensions client_hello 4\n",
     COMPLETED, NO_ALERT},
    {RESUMING "move_extension client_hello pre_shared_key 0\n", ABORTED, ALERT(illegal_parameter)},
    {RESUMING "binder client_hello 0\n", ABORTED, ALERT(decrypt_error)},
    {S12 "remove_extension client_hello extended_master_secret\n", COMPLETED, NO_ALERT},
    /* Keys and secrets. */
    {S13 "share client_hello zero\n", ABORTED, ALERT(illegal_parameter)},
    {S13 "share client_hello low_order\n", ABORTED, ALERT(illegal_parameter)},
    {S13 "grease\nshare client_hello low_order\n", ABORTED, ALERT(illegal_parameter)},
    {S13 "groups secp256r1\nshare client_hello off_curve\n", ABORTED, ALERT(illegal_parameter)},
    {S13 "groups secp256r1\nshare client_hello compressed\n", ABORTED, ALERT(illegal_parameter)},
    {C13 "share server_hello one\n", ABORTED, ALERT(illegal_parameter)},
    {C13 "share server_hello short\n", ABORTED, ALERT(illegal_parameter)},
    {S12 "share client_key_exchange_ecdhe zero\n", ABORTED, ALERT(illegal_parameter)},
    {C12 "share server_key_exchange_ecdhe low_order\n", ABORTED, ALERT(decrypt_error)},
    {"role server\nsession\nour versions 1.2 1.3\nits versions 1.2\nshare client_hello one\n",
     COMPLETED, NO_ALERT},
    {S13 "keys finished clear\n", ABORTED, ALERT(unexpected_message)},
    {S13 "keys finished zero\n", ABORTED, ALERT(bad_record_mac)},
    {S13 "keys finished peer\n", ABORTED, ALERT(bad_record_mac)},
    {C13 "keys encrypted_extensions clear\n", ABORTED, ALERT(unexpected_message)},
    {C13 "sign_key server-ecdsa-p384\n", ABORTED, ALERT(illegal_parameter)},
    {C13 "sign_key client-ecdsa-p256\n", ABORTED, ALERT(decrypt_error)},
    {C12 "sign_key client-ecdsa-p256\n", ABORTED, ALERT(decrypt_error)},
    {C13 "server_certificate server-rsa\nsign_scheme rsa_pkcs1_sha256\n", ABORTED,
     ALERT(illegal_parameter)},
    {C13 "our server_certificate server-unknown-ca\n", ABORTED, ALERT(unknown_ca)},
    /* Records. */
    {S13 "fragment client_hello 1\n", COMPLETED, NO_ALERT},
    {C13 "fragment certificate_tls13 100\n", COMPLETED, NO_ALERT},
    {C13 "coalesce server_hello 0\n", ABORTED, ALERT(unexpected_message)},
    {C13 "coalesce server_hello 3\n", ABORTED, ALERT(unexpected_message)},
    {C13 "coalesce encrypted_extensions 0\n", COMPLETED, NO_ALERT},
    {C13 "coalesce finished 0\nfragment certificate_tls13 50\n", COMPLETED, NO_ALERT},
    {S12 "coalesce client_key_exchange_ecdhe 0\n", ABORTED, ALERT(unexpected_message)},
    {S13 "record before finished heartbeat current 01\n", ABORTED, ALERT(unexpected_message)},
    {S13 "record after client_hello change_cipher_spec clear 01\n", COMPLETED, NO_ALERT},
    {S13 "record before finished change_cipher_spec current 01\n", COMPLETED, NO_ALERT},
    {S13 "record before finished change_cipher_spec handshake 01\n", ABORTED,
     ALERT(unexpected_message)},
    {S13 "record before finished alert current 0100\n", ABORTED, NO_ALERT},
    {S13 "record before finished application_data current 68656c6c6f\n", ABORTED,
     ALERT(unexpected_message)},
    {S12 "record before change_cipher_spec change_cipher_spec current 01\n", ABORTED,
     ALERT(bad_record_mac)},
    {S13 "record before finished handshake current -\n", ABORTED, ALERT(unexpected_message)},
    {S13 "record_version client_hello 0x0303\n", COMPLETED, NO_ALERT},
    {S13 "record_version finished 0x0304\n", ABORTED, ALERT(protocol_version)},
    {S13 "record_type client_hello 0x63\n", ABORTED, ALERT(protocol_version)},
    {S13 "record_length client_hello 16385\n", ABORTED, ALERT(record_overflow)},
    {S13 "record_flip finished 10 1\n", ABORTED, ALERT(bad_record_mac)},
    {S12 "ssl2 client_hello\n", ABORTED, ALERT(protocol_version)},
    {S12 "old_ways\nssl2 client_hello\n", ABORTED, ALERT(handshake_failure)},
    /* Faults that must be answered alike. */
    {RSA12 "premaster random\n", ABORTED, ALERT(bad_record_mac)},
    {RSA12 "premaster no_zero\n", ABORTED, ALERT(bad_record_mac)},
    {RSA12 "premaster version\n", ABORTED, ALERT(bad_record_mac)},
    {CBC12 "no_encrypt_then_mac\ncbc finished padding_byte\n", ABORTED, ALERT(bad_record_mac)},
    {CBC12 "cbc finished mac\n", ABORTED, ALERT(bad_record_mac)},
    /* Without end. */
    {C13 "flood 1000 key_update\n", ABORTED, ALERT(unexpected_message)},
    {S13 "flood 1000 key_update_requested\n", ABORTED, ALERT(unexpected_message)},
    {S12 "flood 1000 empty_record\n", ABORTED, ALERT(unexpected_message)},
    {C13 "flood 1000 warning\n", ABORTED, ALERT(unexpected_message)},
    {C12 "flood 1000 hello_request\n", ABORTED, ALERT(no_renegotiation)},
    {C12 "flood 3 hello_request\n", COMPLETED, NO_ALERT},
    {S12 "zero_master\n", ABORTED, ALERT(unexpected_message)},
    {S13 "record_flip finished 9 1\nrecord_flip finished 9 1\n", COMPLETED, NO_ALERT},
    /* The connection. */
    {S13 "half_close client_hello\n", ABORTED, NO_ALERT},
    {C13 "half_close finished\n", ABORTED, NO_ALERT},
};

static bool as_expected(size_t i, const struct parley_trial_session *s) {
    return s->answer == bent[i].answer && s->alert == bent[i].alert &&
           (s->applied != 0 || trace.sessions[0].operation_count == 0);
}

static void test_bent(void **state) {
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof bent / sizeof *bent; i++) {
        uint8_t sha256[32], again[32];
        char why[400];
        judging_parse(bent[i].text);
        const struct parley_trial_session *s = run(sha256);
        if (!as_expected(i, s)) {
            print_error("%s, alert %s, not %s, %s:\n%s%s\n", parley_answer_name(s->answer),
                        parley_alert_name(s->alert), parley_answer_name(bent[i].answer),
                        parley_alert_name(bent[i].alert), bent[i].text,
                        s->applied == 0 ? "without effect"
                                        : parley_pipe_explain(&s->pipe, why, sizeof why));
            wrong++;
        }
        (void)run(again);
        assert_memory_equal(sha256, again, sizeof sha256);
    }
    assert_int_equal(wrong, 0);
}

/* Every operation there is stands above. */
static void test_every_operation(void **state) {
    (void)state;
    for (size_t row = 0; row < PARLEY_LINES; row++) {
        bool found = parley_line_rows[row].kind < PARLEY_LINE_KIND_MESSAGE;
        for (size_t i = 0; i < sizeof bent / sizeof *bent && !found; i++) {
            judging_parse(bent[i].text);
            const struct parley_trace_session *last = &trace.sessions[trace.session_count - 1];
            for (size_t j = 0; j < last->operation_count; j++) {
                found |= last->operations[j].row == row;
            }
        }
        if (!found && row != PARLEY_LINE_renegotiate) {
            fail_msg("no example of %s", parley_line_rows[row].name);
        }
    }
}

/* What ran before does not matter, nor does who ran it. */
static void test_alone(void **state) {
    (void)state;
    static const struct {
        const char *before, *text;
    } texts[] = {
        {S13, RESUMING "flip finished verify_data 0 1\n"},
        /* Keys that are not there yet. */
        {CBC12, S12 "record before client_key_exchange_ecdhe alert application 011e\n"},
        {CBC12, S12 "record before client_key_exchange_ecdhe alert former 011e\n"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        uint8_t first[32], second[32];
        judging_parse(texts[i].before);
        (void)run(first);
        judging_parse(texts[i].text);
        (void)run(first);
        struct parley_trial *before = trial;
        trial = parley_trial_new(pki);
        assert_non_null(trial);
        (void)run(second);
        parley_trial_free(trial);
        trial = before;
        assert_memory_equal(first, second, sizeof first);
        trace.seed = 2;
        (void)run(second);
        assert_memory_not_equal(first, second, sizeof first);
    }
}

/* A client that renegotiates meets a server of ours, which never does. */
static void test_renegotiate(void **state) {
    (void)state;
    uint8_t sha256[32];
    judging_parse(S12 "data 10\nrenegotiate\n");
    const struct parley_trial_session *s = run(sha256);
    assert_int_equal(s->applied, 1);
    assert_int_equal(s->answer, ABORTED);
}

/* Random traces: they end, and do so twice in the same way. */
static void test_random(void **state) {
    (void)state;
    bool quick = getenv("PARLEY_QUICK") != NULL;
    unsigned answers[PARLEY_ANSWERS] = {0};
    for (uint64_t seed = 0; seed < (quick ? 100 : 1000); seed++) {
        struct parley_recording recording[2] = {{0}};
        char why[200];
        traces_random(&trace, seed);
        trace.stack[0] = '\0';
        bool ran[2];
        for (int i = 0; i < 2; i++) {
            struct parley_trial_watch watch = {.recording = &recording[i]};
            ran[i] = parley_trial_run(trial, &trace, &watch, NULL, NULL, &result, why, NULL);
        }
        assert_int_equal(ran[0], ran[1]);
        assert_int_equal(recording[0].length, recording[1].length);
        if (recording[0].length > 0) {
            assert_memory_equal(recording[0].bytes, recording[1].bytes, recording[0].length);
        }
        for (size_t i = 0; i < result.session_count; i++) {
            answers[result.sessions[i].answer]++;
        }
        parley_recording_free(&recording[0]);
        parley_recording_free(&recording[1]);
    }
    for (int i = 0; i < PARLEY_ANSWERS; i++) {
        assert_true(answers[i] > 0);
    }
}

/* ---- Shrinking ---- */

static bool still_refused(void *arg, const struct parley_trace *smaller) {
    static struct parley_trial_result found;
    char why[200];
    unsigned *tries = arg;
    ++*tries;
    return parley_trial_run(trial, smaller, NULL, NULL, NULL, &found, why, NULL) &&
           found.sessions[found.session_count - 1].alert == PARLEY_ALERT_decrypt_error;
}

/* A session that goes before makes one that resumes it, whoever the client is, and each time; and
 * the contexts that are kept are no other ones. */
static void test_warm_and_kept(void **state) {
    (void)state;
    static const char *const texts[] = {
        "role server\nsession\nversions 1.3\nwarm\n",
        "role client\nsession\nversions 1.3\nwarm\n",
        "role server\nsession\nversions 1.2\nwarm\n",
        "role client\nsession\nversions 1.2\nwarm\n",
        "role server\nsession\nversions 1.2\nsession_id\nwarm\n",
    };
    char why[200];
    for (size_t i = 0; i < 2 * sizeof texts / sizeof *texts; i++) {
        judging_parse(texts[i / 2]);
        parley_trial_keep(trial, i % 2 == 1);
        /* Between them runs that fill a cache of the same context. */
        for (unsigned count = 0; count < 44; count++) {
            struct parley_trace_session *session = &trace.sessions[0];
            size_t settings = session->setting_count;
            bool plain = count % 22 != 0;
            session->setting_count -= plain; /* warm is the last */
            assert_true(parley_trial_run(trial, &trace, NULL, NULL, NULL, &result, why, NULL));
            session->setting_count = settings;
            assert_int_equal(result.session_count, 1);
            assert_int_equal(result.sessions[0].pipe.verdict, PARLEY_VERDICT_COMPLETE);
            assert_int_equal(result.sessions[0].resumed, !plain);
        }
    }
    parley_trial_keep(trial, false);
    judging_parse("role server\nsession\nversions 1.3\n");
    assert_true(parley_trial_run(trial, &trace, NULL, NULL, NULL, &result, why, NULL));
    assert_false(result.sessions[0].resumed);
}

/* Of what is kept nothing tells: not a session that a fault has ended, nor what one context gave
 * another one. */
static void test_kept_and_forgotten(void **state) {
    (void)state;
    char why[200];
    parley_trial_keep(trial, true);
    judging_parse(
        "role server\nseed 9\nsession\nversions 1.2\nsession_id\nwarm\nflip finished verify_data 0 1\n");
    for (unsigned count = 1; count <= 3; count++) {
        assert_true(parley_trial_run(trial, &trace, NULL, NULL, NULL, &result, why, NULL));
        assert_int_equal(result.sessions[0].answer, PARLEY_ANSWER_ABORTED);
        assert_true(result.sessions[0].resumed);
        assert_int_equal(result.sessions[0].runs, count);
    }
    judging_parse("role server\nsession\nalpn h2\nsession\nalpn h2\nresume\n");
    for (unsigned count = 1; count <= 3; count++) {
        assert_true(parley_trial_run(trial, &trace, NULL, NULL, NULL, &result, why, NULL));
        assert_true(result.sessions[1].resumed);
        assert_int_equal(result.sessions[1].runs, count);
    }
    judging_parse("role server\nsession\nalpn h2\nsession\nalpn h3\nresume\n");
    for (unsigned count = 1; count <= 3; count++) {
        assert_true(parley_trial_run(trial, &trace, NULL, NULL, NULL, &result, why, NULL));
        assert_int_equal(result.sessions[0].runs, 0);
        assert_int_equal(result.sessions[1].runs, 0);
    }
    /* Ids are the same in each run; a cache might have another session of that id. */
    judging_parse(
        "role server\nsession\nversions 1.2\nour session_id\nsession\nversions 1.2\nour session_id\nresume\n");
    for (unsigned count = 1; count <= 3; count++) {
        assert_true(parley_trial_run(trial, &trace, NULL, NULL, NULL, &result, why, NULL));
        assert_true(result.sessions[1].resumed);
        assert_int_equal(result.sessions[1].runs, 0);
    }
    /* What our end has made with other settings is not what it resumes. */
    static const char *const suites[] = {"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                                         "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"};
    for (unsigned count = 1; count <= 3; count++) {
        char text[200];
        (void)snprintf(
            text, sizeof text,
            "role server\nseed 8\nsession\nversions 1.2\nsession_id\nwarm\nour suites %s\n",
            suites[count % 2]);
        judging_parse(text);
        assert_true(parley_trial_run(trial, &trace, NULL, NULL, NULL, &result, why, NULL));
        assert_int_equal(result.sessions[0].runs, count);
        assert_true(result.sessions[0].resumed);
    }
    parley_trial_keep(trial, false);
}

/* A large message in small records is none that anybody refuses: there are only so many of them,
 * and the rest is in large ones. */
static void test_many_fragments(void **state) {
    (void)state;
    char why[200];
    judging_parse(
        "role client\nsession\nserver_certificate server-large\nfragment certificate_tls13 1\n");
    assert_true(parley_trial_run(trial, &trace, NULL, NULL, NULL, &result, why, NULL));
    assert_int_equal(result.sessions[0].applied, 1);
    assert_int_equal(result.sessions[0].answer, PARLEY_ANSWER_COMPLETED);
}

static void test_shrink(void **state) {
    (void)state;
    static struct parley_trace room;
    char text[400];
    unsigned tries = 0;
    judging_parse(
        "role server\nseed 5\nsession\nversions 1.3\nalpn h2\nsession\nversions 1.3\ndata 9\n"
        "fragment client_hello 7\nadd_extension client_hello 0x1234 0102\n"
        "flip finished verify_data 13 129\nextend alert 00\n");
    size_t tried = parley_trace_shrink(&trace, &room, still_refused, &tries);
    assert_int_equal(tried, tries);
    (void)parley_trace_print(&trace, text, sizeof text);
    assert_string_equal(text, "role server\nseed 5\n\nsession\n  flip finished verify_data 0 1\n");
}

/* Lists to what is needed of them, points to the first message, fields to their names. */
static bool aborts(void *arg, const struct parley_trace *smaller) {
    static struct parley_trial_result found;
    char why[200];
    (void)arg;
    return parley_trial_run(trial, smaller, NULL, NULL, NULL, &found, why, NULL) &&
           found.sessions[0].applied != 0 && found.sessions[0].version == PARLEY_TLS12 &&
           found.sessions[0].answer == PARLEY_ANSWER_ABORTED;
}

static void test_shrink_operands(void **state) {
    (void)state;
    static struct parley_trace room;
    char text[400];
    judging_parse("role server\nsession\nversions 1.3 1.2\nalpn h2 http/1.1 h3\n"
                  "data 900\nextend any:* 0102\n");
    (void)parley_trace_shrink(&trace, &room, aborts, NULL);
    (void)parley_trace_print(&trace, text, sizeof text);
    assert_string_equal(
        text, "role server\nseed 1\n\nsession\n  versions 1.2\n  extend client_hello 00\n");
}

static bool runs(void *arg, const struct parley_trace *smaller) {
    static struct parley_trial_result found;
    char why[200];
    (void)arg;
    return parley_trial_run(trial, smaller, NULL, NULL, NULL, &found, why, NULL);
}

static void test_spell(void **state) {
    (void)state;
    static struct parley_trace room;
    char text[400];
    judging_parse(
        "session\nversions 1.3\nflip client_hello 1 0 1\nflip client_hello 6 0 1\n"
        "flip client_hello 20 0 1\nset client_hello 22 00\nlength client_hello 4 9\nflip finished 0 20 1\nflip finished 7 0 1\n");
    (void)parley_trial_spell(trial, &trace, &room, runs, NULL);
    (void)parley_trace_print(&trace, text, sizeof text);
    assert_string_equal(
        text, "role server\nseed 1\n\nsession\n  versions 1.3\n  flip client_hello random 0 1\n"
              "  flip client_hello cipher_suite:2 0 1\n  flip client_hello named_group 0 1\n"
              "  set client_hello named_group:3 00\n  length client_hello cipher_suites 9\n"
              "  flip finished 0 20 1\n  flip finished 7 0 1\n");
}

/* What the mutator does can mostly be said in words, and then gives the same bytes. */
static bool same_bytes(void *arg, const struct parley_trace *other) {
    static struct parley_trial_result found;
    struct parley_recording recording = {0};
    struct parley_trial_watch watch = {.recording = &recording};
    char why[200];
    uint8_t sha256[32];
    bool ran = parley_trial_run(trial, other, &watch, NULL, NULL, &found, why, NULL);
    parley_recording_sha256(&recording, sha256);
    parley_recording_free(&recording);
    return ran && memcmp(sha256, arg, sizeof sha256) == 0;
}

static void test_spell_mutations(void **state) {
    (void)state;
    static struct parley_trace room;
    static const char *const messages[] = {"client_hello", "certificate_tls13", "finished"};
    size_t spelt = 0, changed = 0;
    for (unsigned i = 0; i < 90; i++) {
        char text[100];
        uint8_t sha256[32];
        (void)snprintf(text, sizeof text,
                       "session\nversions 1.3\nclient_auth require\nmutate %s %u\n",
                       messages[i % 3], i);
        judging_parse(text);
        changed += run(sha256)->applied != 0;
        spelt += parley_trial_spell(trial, &trace, &room, same_bytes, sha256);
        assert_true(same_bytes(sha256, &trace));
    }
    print_message("%zu of %zu mutations in words\n", spelt, changed);
    assert_true(changed > 80);
    assert_true(4 * spelt > 3 * changed);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unbent),          cmocka_unit_test(test_bent),
        cmocka_unit_test(test_every_operation), cmocka_unit_test(test_alone),
        cmocka_unit_test(test_renegotiate),     cmocka_unit_test(test_random),
        cmocka_unit_test(test_warm_and_kept),   cmocka_unit_test(test_kept_and_forgotten),
        cmocka_unit_test(test_many_fragments),  cmocka_unit_test(test_shrink),
        cmocka_unit_test(test_shrink_operands), cmocka_unit_test(test_spell),
        cmocka_unit_test(test_spell_mutations),
    };
    return cmocka_run_group_tests(tests, judging_set_up, judging_tear_down);
}
