/* The oracles of engines, of runs of the pipe, of texts: silent about what is right, and each fires
 * on a lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "parley/oracle.h"

/* expect fails the test unless |finding| is |oracle|'s; NULL: of none. */
static void expect(struct parley_finding finding, const char *oracle, const char *lie) {
    const char *found = finding.oracle != NULL ? finding.oracle : "silence";
    if (strcmp(found, oracle != NULL ? oracle : "silence") != 0) {
        fail_msg("%s: %s instead of %s", lie, found, oracle != NULL ? oracle : "silence");
    }
}

/* ---- Engines ---- */

static const struct outcome_lie {
    const char *what;
    const char *oracle;
    unsigned status;
    enum parley_error error;
    unsigned alert;
    bool done, nothing_negotiated, unverified;
} outcome_lies[] = {
    {"connected", NULL, PARLEY_DONE, PARLEY_OK, PARLEY_ALERT_NONE, true, false, false},
    {"refused", NULL, PARLEY_FAILED, PARLEY_ERR_truncated, PARLEY_ALERT_decode_error, false, true,
     true},
    {"failed without an error", "status", PARLEY_FAILED, PARLEY_OK, PARLEY_ALERT_NONE, false, false,
     false},
    {"an error, and not failed", "status", PARLEY_DONE, PARLEY_ERR_truncated,
     PARLEY_ALERT_decode_error, true, false, false},
    {"done with nothing", "status", PARLEY_DONE, PARLEY_OK, PARLEY_ALERT_NONE, true, true, false},
    {"failed, and wants input", "status", PARLEY_FAILED | PARLEY_WANTS_INPUT, PARLEY_ERR_truncated,
     PARLEY_ALERT_decode_error, false, false, false},
    {"failed, and can write", "status", PARLEY_FAILED | PARLEY_CAN_WRITE, PARLEY_ERR_truncated,
     PARLEY_ALERT_decode_error, false, false, false},
    {"another error's alert", "alert", PARLEY_FAILED, PARLEY_ERR_truncated,
     PARLEY_ALERT_handshake_failure, false, false, false},
    {"done with a stranger", "peer", PARLEY_DONE, PARLEY_OK, PARLEY_ALERT_NONE, true, false, true},
};

static void test_outcomes(void **state) {
    (void)state;
    struct parley_trust *trust = parley_trust_new();
    const struct parley_config config = {.trust = trust};
    for (size_t i = 0; i < sizeof outcome_lies / sizeof *outcome_lies; i++) {
        const struct outcome_lie *lie = &outcome_lies[i];
        const struct parley_outcome outcome = {
            .done = lie->done,
            .error = lie->error,
            .alert_sent = lie->alert,
            .version = lie->nothing_negotiated ? 0 : PARLEY_TLS13,
            .suite = lie->nothing_negotiated ? 0 : 0x1301,
            .peer_verified = !lie->unverified,
        };
        expect(parley_oracle_outcome(lie->status, &outcome, &config, PARLEY_CLIENT), lie->oracle,
               lie->what);
    }
    parley_trust_free(trust);
}

/* ---- Runs of the pipe ---- */

/* An end that says what it is told to say. */
struct parley_stack_connection {
    struct parley_endpoint_outcome outcome;
    unsigned status;
    uint8_t exported;
};

static void told_outcome(const struct parley_stack_connection *c,
                         struct parley_endpoint_outcome *out) {
    *out = c->outcome;
}

static unsigned told_status(const struct parley_stack_connection *c) {
    return c->status;
}

static void told_capabilities(struct parley_capabilities *out) {
    *out = (struct parley_capabilities){.features = PARLEY_CAP_EXPORTER};
}

static bool told_exporter(const struct parley_stack_connection *c, const char *label,
                          const struct parley_bytes *context, uint8_t *out, size_t len) {
    (void)label;
    (void)context;
    memset(out, c->exported, len);
    return true;
}

static const struct parley_stack told = {
    .outcome = told_outcome,
    .status = told_status,
    .capabilities = told_capabilities,
    .exporter = told_exporter,
};

static struct parley_stack_connection client, server;
static struct parley_pipe_result result;

static void lie_bound(void) {
    result.verdict = PARLEY_VERDICT_BOUND;
}
static void lie_data(void) {
    result.verdict = PARLEY_VERDICT_CORRUPT;
}
static void lie_version(void) {
    client.outcome.version = PARLEY_TLS12;
}
static void lie_alpn(void) {
    server.outcome.alpn = (struct parley_bytes){(const uint8_t *)"h3", 2};
}
static void lie_exporter(void) {
    server.exported = 8;
}
static void lie_behind_suite(void) {
    server.outcome.done = false;
    server.outcome.suite = 0x1302;
}
static void lie_behind_alpn(void) {
    client.outcome.done = false;
    lie_alpn();
}
static void lie_behind_resumed(void) {
    client.outcome.done = false;
    client.outcome.resumed = true;
}
static void lie_closed(void) {
    client.status |= PARLEY_PEER_CLOSED;
}
/* What is no lie: the server knows less so far. */
static void truth_behind(void) {
    server.outcome =
        (struct parley_endpoint_outcome){.known = server.outcome.known, .version = PARLEY_TLS13};
}
static void truth_closed(void) {
    lie_closed();
    result.phase = PARLEY_PHASE_CLOSE;
}
static void truth(void) {}

static const struct {
    const char *what;
    const char *oracle;
    void (*lie)(void);
} run_lies[] = {
    {"agreement", NULL, truth},
    {"a server that knows less", NULL, truth_behind},
    {"a close_notify that was sent", NULL, truth_closed},
    {"without end", "bound", lie_bound},
    {"data from nowhere", "data", lie_data},
    {"another version", "agree", lie_version},
    {"another protocol", "agree", lie_alpn},
    {"other keys", "agree", lie_exporter},
    {"another suite, not done", "agree", lie_behind_suite},
    {"another protocol, not done", "agree", lie_behind_alpn},
    {"resumed, not done", "agree", lie_behind_resumed},
    {"a close_notify from nowhere", "closed", lie_closed},
};

static void test_runs(void **state) {
    (void)state;
    const struct parley_stack_connection honest = {
        .outcome = {.known = PARLEY_KNOWS_VERSION | PARLEY_KNOWS_SUITE | PARLEY_KNOWS_ALPN,
                    .done = true,
                    .version = PARLEY_TLS13,
                    .suite = 0x1301,
                    .alpn = {(const uint8_t *)"h2", 2}},
        .status = PARLEY_DONE,
        .exported = 7,
    };
    const struct parley_endpoint ends[2] = {{&told, &client}, {&told, &server}};
    for (size_t i = 0; i < sizeof run_lies / sizeof *run_lies; i++) {
        client = server = honest;
        result = (struct parley_pipe_result){.verdict = PARLEY_VERDICT_COMPLETE};
        run_lies[i].lie();
        expect(parley_oracle_pipe(&result, ends), run_lies[i].oracle, run_lies[i].what);
    }
}

static void test_same_runs(void **state) {
    (void)state;
    const struct parley_run whole = {.result = {.agreed = true, .sent = {10, 20}},
                                     .sha256 = {{1}, {2}}};
    struct parley_run other = whole;
    expect(parley_oracle_same_run(&whole, &other), NULL, "the same");
    other.result.rounds = 17;
    expect(parley_oracle_same_run(&whole, &other), NULL, "in more rounds");
    other.result.verdict = PARLEY_VERDICT_STALLED;
    expect(parley_oracle_same_run(&whole, &other), "chunks", "another verdict");
    other = whole;
    other.result.sent[1]++;
    expect(parley_oracle_same_run(&whole, &other), "chunks", "another length");
    other = whole;
    other.sha256[0][31]++;
    expect(parley_oracle_same_run(&whole, &other), "chunks", "another byte");
}

static void test_choices(void **state) {
    (void)state;
    const struct parley_endpoint_outcome end = {
        .done = true, .version = PARLEY_TLS13, .suite = 0x1301, .group = 29};
    const struct parley_run whole = {.result = {.ends = {end, end}}};
    struct parley_run bent = whole;
    bent.result.verdict = PARLEY_VERDICT_FAILED;
    expect(parley_oracle_same_choices(&whole, &bent), NULL, "the same, and a failure later");
    bent.result.ends[PARLEY_CLIENT].suite = bent.result.ends[PARLEY_SERVER].suite = 0x1302;
    expect(parley_oracle_same_choices(&whole, &bent), "choices", "another suite");
    bent.result.ends[PARLEY_SERVER].done = false;
    expect(parley_oracle_same_choices(&whole, &bent), NULL, "another suite, and nobody is done");
    bent = whole;
    bent.result.ends[PARLEY_CLIENT].version = PARLEY_TLS12;
    expect(parley_oracle_same_choices(&whole, &bent), "choices", "another version");
    struct parley_run failed = whole;
    failed.result.ends[PARLEY_SERVER].done = false;
    expect(parley_oracle_same_choices(&failed, &whole), "choices", "done where they were not");
}

/* ---- Texts ---- */

static size_t lines;
static enum { HONEST, SILENT, TALKATIVE, GRUMBLING, UNREADABLE, OTHERWISE } manner;

static size_t said(void) {
    return lines;
}

/* A digit, which stands for itself; or "x", which is how some print it. */
static bool parse_digit(struct parley_bytes in, void *value) {
    bool fine = in.len == 1 && in.data[0] >= '0' && in.data[0] <= '9';
    lines += fine ? manner == GRUMBLING : manner == SILENT ? 0 : manner == TALKATIVE ? 2 : 1;
    if (fine) {
        *(char *)value = (char)in.data[0];
    }
    return fine;
}

static size_t print_digit(const void *value, char *out, size_t cap) {
    static char next = '0';
    assert_true(cap > 0);
    next = (char)(next == '9' ? '0' : next + 1);
    *out = manner == UNREADABLE ? 'x' : manner == OTHERWISE ? next : *(const char *)value;
    return 1;
}

static void test_texts(void **state) {
    (void)state;
    char value;
    const struct parley_text text = {"digit", &value, parse_digit, print_digit, said};
    const struct parley_bytes good = {(const uint8_t *)"7", 1}, bad = {(const uint8_t *)"y", 1};
    manner = HONEST;
    expect(parley_oracle_text(&text, good), NULL, "a digit");
    expect(parley_oracle_text(&text, bad), NULL, "no digit");
    manner = SILENT;
    expect(parley_oracle_text(&text, bad), "said", "refused without a word");
    manner = TALKATIVE;
    expect(parley_oracle_text(&text, bad), "said", "refused twice");
    manner = GRUMBLING;
    expect(parley_oracle_text(&text, good), "said", "accepted with a complaint");
    manner = UNREADABLE;
    expect(parley_oracle_text(&text, good), "again", "printed what it does not read");
    manner = OTHERWISE;
    expect(parley_oracle_text(&text, good), "again", "printed something else");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes),  cmocka_unit_test(test_runs),
        cmocka_unit_test(test_same_runs), cmocka_unit_test(test_choices),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests_name("oracle of runs", tests, NULL, NULL);
}
