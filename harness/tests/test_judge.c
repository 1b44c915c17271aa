/* The judge: silent about a correct stack whatever is done to it; each oracle fires on a faulty
 * one. The faulty stack is our engine, tolerant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parley/judge.h"
#include "script/trial.h"
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

/* ---- Breaches ---- */

#define RESUMED12(role, more)                                                                      \
    "role " role "\nsession\nversions 1.2\nsession\nversions 1.2\nresume\n" more
#define RESUMED13(role, more)                                                                      \
    "role " role "\nsession\nversions 1.3\nsession\nversions 1.3\nresume\n" more
#define BREACH(name) PARLEY_BREACH_##name

/* What a message is. A correct peer is not judged; one that went on is. */
static const struct {
    const char *text;
    enum parley_breach breach;
} breaches[] = {
    {C13 "set server_hello cipher_suite 1305\n", BREACH(suite_not_offered)},
    {C13 "hello_retry\nset hello_retry_request cipher_suite 1305\n", BREACH(suite_not_offered)},
    {C13 "set server_hello selected_version 0305\n", BREACH(version_not_offered)},
    {C13 "add_extension encrypted_extensions heartbeat 01\n", BREACH(extension_not_offered)},
    {C13 "set certificate_tls13 extensions 12340000\n", BREACH(extension_not_offered)},
    {C12 "add_extension server_hello max_fragment_length 01\n", BREACH(extension_not_offered)},
    {C13 "alpn h2 h3\nset encrypted_extensions protocol_name 6834\n", BREACH(protocol_not_offered)},
    {C12 "alpn h2\nset server_hello protocol_name 6834\n", BREACH(protocol_not_offered)},
    {C13 "set server_hello key_share.group 0018\n", BREACH(group_without_share)},
    {C13 "groups x25519 secp384r1\nour groups secp384r1\n"
         "set hello_retry_request selected_group 001d\n",
     BREACH(group_not_offered)},
    {C13 "groups x25519 secp384r1\nour groups secp384r1\n"
         "set hello_retry_request selected_group 0019\n",
     BREACH(group_not_offered)},
    {C13 "server_certificate server-rsa\nits sigalgs rsa_pss_rsae_sha256\n"
         "sign_scheme rsa_pss_rsae_sha384\n",
     BREACH(scheme_not_offered)},
    {S12 "client_auth require\nour client_certificate client-ecdsa-p256\n"
         "sign_scheme ecdsa_sha1\n",
     BREACH(scheme_not_offered)},
    {C12 "set server_hello legacy_compression_method 01\n", BREACH(compression_chosen)},
    {RESUMED13("client", "set server_hello selected_identity 0001\n"),
     BREACH(identity_not_offered)},
    {C13 "hello_retry\nset server_hello cipher_suite 1303\n", BREACH(suite_changed)},
    {C13 "hello_retry\nset hello_retry_request cipher_suite 1303\n", BREACH(suite_changed)},
    {RESUMED12("client", "set server_hello cipher_suite c02c\n"), BREACH(suite_of_no_session)},
    {C13 "set server_hello legacy_session_id_echo -\n", BREACH(session_id_not_echoed)},
    {"role client\nsession\nour versions 1.2\nset server_hello random "
     "000102030405060708090a0b0c0d0e0f1011121314151617444f574e47524400\n",
     BREACH(downgrade)},
    {C12 "set server_hello renegotiated_connection 0102\n", BREACH(renegotiation_claimed)},
    {S12 "set client_hello renegotiated_connection 0102\n", BREACH(renegotiation_claimed)},
    {RESUMED12("client", "remove_extension server_hello extended_master_secret\n"),
     BREACH(master_secret_changed)},
    {RESUMED12("server", "remove_extension client_hello extended_master_secret\n"),
     BREACH(master_secret_changed)},
    {C13 "add_extension encrypted_extensions key_share 001d0000\n", BREACH(extension_misplaced)},
    {C13 "add_extension server_hello signature_algorithms 00020403\n", BREACH(extension_misplaced)},
    {C13 "duplicate_extension server_hello key_share\n", BREACH(extension_twice)},
    {S13 "duplicate_extension client_hello supported_groups\n", BREACH(extension_twice)},
    {S13 "set client_hello legacy_compression_methods 0100\n", BREACH(compression_offered)},
    {RESUMED13("server", "remove_extension client_hello psk_key_exchange_modes\n"),
     BREACH(psk_without_modes)},
    {C13 "set certificate_tls13 certificate_list -\n", BREACH(no_certificate)},
    {C12 "set certificate_tls12 certificate_list -\n", BREACH(no_certificate)},
    {S13 "extend client_hello 00\n", BREACH(malformed)},
    {C13 "truncate encrypted_extensions 1\n", BREACH(malformed)},
};

static bool judged_as_breach(size_t i) {
    struct parley_trial_session *s = &result.sessions[result.session_count - 1];
    char found[64];
    enum parley_answer answer = s->answer;
    seen(found);
    bool silent = answer == PARLEY_ANSWER_ABORTED && strcmp(found, "") == 0;
    s->answer = PARLEY_ANSWER_COMPLETED;
    s->resumed |= strstr(breaches[i].text, "resume") != NULL;
    seen(found);
    s->answer = answer;
    return silent && strcmp(found, "C ") == 0 && verdicts[0].operation == 0;
}

static void test_breaches(void **state) {
    (void)state;
    unsigned wrong = 0;
    uint64_t all = 0;
    for (size_t i = 0; i < sizeof breaches / sizeof *breaches; i++) {
        parse(breaches[i].text);
        run();
        const struct parley_trial_session *s = &result.sessions[result.session_count - 1];
        if ((s->breaches >> breaches[i].breach & 1) == 0 || !judged_as_breach(i)) {
            print_error("%llx, %s, %s:\n%s", (unsigned long long)s->breaches,
                        parley_answer_name(s->answer), verdicts[0].detail, breaches[i].text);
            wrong++;
        }
        all |= UINT64_C(1) << breaches[i].breach;
    }
    assert_int_equal(wrong, 0);
    parse(C13 "hello_retry\nduplicate hello_retry_request 1\n");
    run();
    char found[64];
    seen(found);
    assert_string_equal(found, "");
    result.sessions[0].breaches = UINT64_C(1) << PARLEY_BREACH_second_retry;
    seen(found); /* whatever became of it */
    assert_string_equal(found, "C ");
    all |= UINT64_C(1) << PARLEY_BREACH_second_retry; /* below */
    assert_int_equal(all, (UINT64_C(1) << PARLEY_BREACHES) - 1);
}

/* ---- The table ---- */

#define EARLY13(role, more)                                                                        \
    "role " role                                                                                   \
    "\nsession\nversions 1.3\nearly_data 0\nsession\nversions 1.3\nearly_data 9\nresume\n" more

/* What a correct peer does about the last operation, and that it does so. */
static const struct {
    const char *text;
    enum parley_must must;
} musts[] = {
    {C13 "hello_retry\nduplicate hello_retry_request 1\n", PARLEY_MUST_ABORT},
    {C13 "hello_retry\nreplay after hello_retry_request hello_retry_request\n", PARLEY_MUST_ABORT},
    {C13 "hello_retry\nreplay before server_hello hello_retry_request\n", PARLEY_MUST_ABORT},
    {C13 "duplicate change_cipher_spec 1\n", PARLEY_MUST_IGNORE},
    {C12 "duplicate change_cipher_spec 1\n", PARLEY_MUST_ABORT},
    {C13 "set change_cipher_spec 0 02\n", PARLEY_MUST_ABORT},
    {S12 "set change_cipher_spec 0 02\n", PARLEY_MUST_ABORT},
    {S13 "extend change_cipher_spec 01\n", PARLEY_MUST_ABORT},
    {C13 "insert before finished encrypted_extensions 0000\n", PARLEY_MUST_ABORT},
    {S13 "insert after finished client_hello 0303\n", PARLEY_MUST_ABORT},
    {S13 "replay after finished finished\n", PARLEY_MUST_ABORT},
    {S12 "replay after finished finished\n", PARLEY_MUST_ABORT},
    {S12 "replay after finished client_hello\n", PARLEY_MUST_UNSPECIFIED},
    {S12 "replay before client_key_exchange_ecdhe client_hello\n", PARLEY_MUST_ABORT},
    {C12 "insert before server_hello_done certificate_tls12 000000\n", PARLEY_MUST_ABORT},
    {S13 "insert before finished key_update 00\n", PARLEY_MUST_ABORT},
    {S13 "insert after finished key_update 02\n", PARLEY_MUST_ABORT},
    {C13 "insert before finished new_session_ticket_tls13 00\n", PARLEY_MUST_ABORT},
    {C13 "insert after finished certificate_request_tls13 00000c000d00080006040308040807\n",
     PARLEY_MUST_ABORT},
    {C13 "post_handshake_auth\ninsert after finished certificate_request_tls13 "
         "00000c000d00080006040308040807\n",
     PARLEY_MUST_UNSPECIFIED},
    {EARLY13("server", "coalesce end_of_early_data 0\n"), PARLEY_MUST_ABORT},
    {S12 "client_auth require\ncoalesce certificate_verify 0\n", PARLEY_MUST_ABORT},
    {S13 "record before finished alert current 0128\n", PARLEY_MUST_ABORT},
    {S12 "record before finished alert current 0128\n", PARLEY_MUST_UNSPECIFIED},
    {S13 "record before finished alert current 02\n", PARLEY_MUST_ABORT},
    {C13 "client_auth require\nrecord before certificate_request_tls13 handshake current -\n",
     PARLEY_MUST_ABORT},
};

static void test_musts(void **state) {
    (void)state;
    unsigned wrong = 0;
    for (size_t i = 0; i < sizeof musts / sizeof *musts; i++) {
        const char *section;
        char found[64];
        parse(musts[i].text);
        run();
        size_t last = result.session_count - 1;
        const struct parley_trial_session *s = &result.sessions[last];
        struct parley_case c = {.trace = &trace,
                                .session = last,
                                .version = s->version,
                                .resumed = s->resumed,
                                .hello_retry = s->hello_retry,
                                .early_data = strstr(musts[i].text, "early_data 9") != NULL};
        enum parley_must must = parley_must_about(&c, 0, &section);
        seen(found);
        if (must != musts[i].must || s->applied != 1 || strcmp(found, "") != 0 ||
            (section != NULL) != (must != PARLEY_MUST_UNSPECIFIED)) {
            print_error("%d, applied %llx, \047%s\047, %s:\n%s", must,
                        (unsigned long long)s->applied, found, parley_answer_name(s->answer),
                        musts[i].text);
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
    static const char *const early[] = {
        S13 "record before finished application_data current 4142\n",
        S13 "record before finished application_data clear 4142\n",
        S13 "record before finished application_data early 4142\n",
        S12 "record before client_key_exchange_ecdhe application_data clear 4142\n",
    };
    for (size_t i = 0; i < sizeof early / sizeof *early; i++) {
        parse(early[i]);
        run();
        seen(found);
        assert_string_equal(found, "");
        result.sessions[0].pipe.verdict = PARLEY_VERDICT_CORRUPT;
        result.sessions[0].pipe.who = PARLEY_SERVER;
        seen(found);
        assert_string_equal(found, "A ");
    }
    parse(EARLY13("server", "record before end_of_early_data application_data early 4142\n"));
    run();
    result.sessions[1].pipe.verdict = PARLEY_VERDICT_CORRUPT; /* for another reason */
    result.sessions[1].pipe.who = PARLEY_SERVER;
    assert_true(result.sessions[1].early_data);
    seen(found);
    assert_string_equal(found, "");
}

/* ---- What must be answered alike ---- */

#define RSA12                                                                                      \
    "session\nversions 1.2\nserver_certificate server-rsa\n"                                       \
    "suites TLS_RSA_WITH_AES_128_GCM_SHA256\n"
#define CBC12                                                                                      \
    "session\nversions 1.2\nsuites TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA\nno_encrypt_then_mac\n"

static const char *const alike[] = {
    RSA12 "premaster block_type\n",      RSA12 "premaster leading\n",
    RSA12 "premaster no_zero\n",         RSA12 "premaster zero_early\n",
    RSA12 "premaster short\n",           RSA12 "premaster long\n",
    RSA12 "premaster empty\n",           RSA12 "premaster version\n",
    RSA12 "premaster garbage\n",         CBC12 "cbc finished padding_byte\n",
    CBC12 "cbc finished padding_full\n", CBC12 "cbc finished padding_length\n",
    CBC12 "cbc finished padding_zero\n",
};

static void test_alike(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof alike / sizeof *alike; i++) {
        char found[64];
        parse(alike[i]);
        trace.role = PARLEY_SERVER;
        run();
        struct parley_trial_session *s = &result.sessions[0];
        assert_int_equal(s->applied, 1);
        assert_int_equal(s->answer, PARLEY_ANSWER_ABORTED);
        assert_true(s->has_twin && s->reply.records > 0 && s->twin.records > 0);
        seen(found);
        assert_string_equal(found, "");
        const struct parley_trial_reply before = s->reply;
        s->reply.alert = PARLEY_ALERT_decrypt_error;
        seen(found);
        assert_string_equal(found, "E ");
        assert_int_equal(verdicts[0].operation, 0);
        s->reply = before;
        s->reply.records++;
        seen(found);
        assert_string_equal(found, "E ");
        s->reply = before;
        s->reply.record_types ^= 1;
        seen(found);
        assert_string_equal(found, "E ");
    }
}

/* The first of the faults is what the others are compared with. */
static void test_no_twin(void **state) {
    (void)state;
    parse("role server\n" RSA12 "premaster random\n" CBC12 "cbc finished mac\n");
    run();
    assert_false(result.sessions[0].has_twin);
    assert_false(result.sessions[1].has_twin);
}

/* ---- What must not be without end, and what must be new ---- */

static void test_resources_are_judged(void **state) {
    (void)state;
    char found[64];
    parse(S13 "data 5\nflood 1000 key_update\n");
    run();
    struct parley_trial_session *s = &result.sessions[0];
    assert_int_equal(s->applied, 1);
    assert_int_equal(s->answer, PARLEY_ANSWER_ABORTED);
    seen(found);
    assert_string_equal(found, "");
    s->answer = PARLEY_ANSWER_COMPLETED;
    s->flooded = 999;
    seen(found);
    assert_string_equal(found, "");
    s->flooded = 1000;
    seen(found);
    assert_string_equal(found, "R ");
    assert_int_equal(verdicts[0].operation, 0);
    s->flooded = 0;
    s->heap = (size_t)1 << 21;
    seen(found);
    assert_string_equal(found, "R ");
    assert_true(verdicts[0].doubtful);
    struct parley_trial *spare = parley_trial_new(pki);
    assert_non_null(spare);
    assert_int_equal(parley_judge_again(spare, &trace, 0, &result, verdicts), 0);
    parley_trial_free(spare);
}

/* A few are taken, and counted; the heap is looked at where that is worth while. */
static void test_resources_are_counted(void **state) {
    (void)state;
    size_t before = trial_heap();
    void *more = malloc(100000);
    assert_non_null(more);
    assert_true(trial_heap() - before >= 100000);
    free(more);
    parse(S13 "data 5\nflood 5 key_update\n");
    run();
    assert_int_equal(result.sessions[0].flooded, 5);
    assert_int_equal(result.sessions[0].answer, PARLEY_ANSWER_COMPLETED);
    assert_true(trial_may_grow(&trace.sessions[0]));
    parse(S13 "drop finished\n");
    assert_false(trial_may_grow(&trace.sessions[0]));
}

static void test_ticket_keys_are_judged(void **state) {
    (void)state;
    char found[64];
    parse("role server\nsession\nsession\nresume\nnew_context\n");
    run();
    struct parley_trial_session *s = &result.sessions[1];
    assert_int_equal(s->answer, PARLEY_ANSWER_COMPLETED);
    assert_false(s->pipe.ends[PARLEY_CLIENT].resumed);
    seen(found);
    assert_string_equal(found, "");
    s->pipe.ends[PARLEY_CLIENT].resumed = true;
    seen(found);
    assert_string_equal(found, "U ");
}

/* Our end finishes under what anybody knows; that the other one did, too, would be K. */
static void test_zero_master(void **state) {
    (void)state;
    char found[64];
    parse(S12 "zero_master\n");
    run();
    assert_int_equal(result.sessions[0].applied, 1);
    assert_false(result.sessions[0].predictable);
    assert_false(result.sessions[0].proved);
    parse(S13 "zero_master\n");
    run();
    assert_int_equal(result.sessions[0].applied, 0);
    assert_int_equal(result.sessions[0].answer, PARLEY_ANSWER_COMPLETED);
    seen(found);
    assert_string_equal(found, "");
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
        cmocka_unit_test(test_breaches),
        cmocka_unit_test(test_musts),
        cmocka_unit_test(test_results_are_judged),
        cmocka_unit_test(test_early_data_is_judged),
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_no_twin),
        cmocka_unit_test(test_resources_are_judged),
        cmocka_unit_test(test_resources_are_counted),
        cmocka_unit_test(test_ticket_keys_are_judged),
        cmocka_unit_test(test_zero_master),
        cmocka_unit_test(test_ignorance_is_judged),
        cmocka_unit_test(test_silence),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
