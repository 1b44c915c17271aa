/* The judge: what must be answered alike, what must have an end, what must be new. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script/trial.h"
#include "tests/support_judging.h"

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
        judging_parse(alike[i]);
        trace.role = PARLEY_SERVER;
        judging_run();
        struct parley_trial_session *s = &result.sessions[0];
        assert_int_equal(s->applied, 1);
        assert_int_equal(s->answer, PARLEY_ANSWER_ABORTED);
        assert_true(s->has_twin && s->reply.records > 0 && s->twin.records > 0);
        judging_seen(found);
        assert_string_equal(found, "");
        const struct parley_trial_reply before = s->reply;
        s->reply.alert = PARLEY_ALERT_decrypt_error;
        judging_seen(found);
        assert_string_equal(found, "E ");
        assert_int_equal(verdicts[0].operation, 0);
        s->reply = before;
        s->reply.records++;
        judging_seen(found);
        assert_string_equal(found, "E ");
        s->reply = before;
        s->reply.record_types ^= 1;
        judging_seen(found);
        assert_string_equal(found, "E ");
    }
}

/* The first of the faults is what the others are compared with. */
static void test_no_twin(void **state) {
    (void)state;
    judging_parse("role server\n" RSA12 "premaster random\n" CBC12 "cbc finished mac\n");
    judging_run();
    assert_false(result.sessions[0].has_twin);
    assert_false(result.sessions[1].has_twin);
    /* Nor a client that could resume what the first has left. */
    judging_parse("role client\nsession\nversions 1.2\nits resume\ncbc finished padding_byte\n");
    judging_run();
    assert_false(result.sessions[0].has_twin);
}

/* ---- What must not be without end, and what must be new ---- */

static void test_resources_are_judged(void **state) {
    (void)state;
    char found[64];
    judging_parse(S13 "data 5\nflood 1000 key_update\n");
    judging_run();
    struct parley_trial_session *s = &result.sessions[0];
    assert_int_equal(s->applied, 1);
    assert_int_equal(s->answer, PARLEY_ANSWER_ABORTED);
    judging_seen(found);
    assert_string_equal(found, "");
    s->answer = PARLEY_ANSWER_COMPLETED;
    s->flooded = 999;
    judging_seen(found);
    assert_string_equal(found, "");
    s->flooded = 1000;
    judging_seen(found);
    assert_string_equal(found, "R ");
    assert_int_equal(verdicts[0].operation, 0);
    s->flooded = 0;
    s->heap = (size_t)1 << 21;
    judging_seen(found);
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
    judging_parse(S13 "data 5\nflood 5 key_update\n");
    judging_run();
    assert_int_equal(result.sessions[0].flooded, 5);
    assert_int_equal(result.sessions[0].answer, PARLEY_ANSWER_COMPLETED);
    /* Who has closed floods nobody. */
    judging_parse(S13 "flood 5 key_update\nhalf_close key_update\n");
    judging_run();
    assert_int_equal(result.sessions[0].applied, 3);
    assert_int_equal(result.sessions[0].flooded, 0);
    assert_true(trial_may_grow(&trace.sessions[0]));
    judging_parse(S13 "drop finished\n");
    assert_false(trial_may_grow(&trace.sessions[0]));
}

static void test_ticket_keys_are_judged(void **state) {
    (void)state;
    char found[64];
    judging_parse("role server\nsession\nsession\nresume\nnew_context\n");
    judging_run();
    struct parley_trial_session *s = &result.sessions[1];
    assert_int_equal(s->answer, PARLEY_ANSWER_COMPLETED);
    assert_false(s->pipe.ends[PARLEY_CLIENT].resumed);
    judging_seen(found);
    assert_string_equal(found, "");
    s->pipe.ends[PARLEY_CLIENT].resumed = true;
    judging_seen(found);
    assert_string_equal(found, "U ");
}

/* Our end finishes under what anybody knows; that the other one did, too, would be K. */
static void test_zero_master(void **state) {
    (void)state;
    char found[64];
    judging_parse(S12 "zero_master\n");
    judging_run();
    assert_int_equal(result.sessions[0].applied, 1);
    assert_false(result.sessions[0].predictable);
    assert_false(result.sessions[0].proved);
    judging_parse(S13 "zero_master\n");
    judging_run();
    assert_int_equal(result.sessions[0].applied, 0);
    assert_int_equal(result.sessions[0].answer, PARLEY_ANSWER_COMPLETED);
    judging_seen(found);
    assert_string_equal(found, "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alike),
        cmocka_unit_test(test_no_twin),
        cmocka_unit_test(test_resources_are_judged),
        cmocka_unit_test(test_resources_are_counted),
        cmocka_unit_test(test_ticket_keys_are_judged),
        cmocka_unit_test(test_zero_master),
    };
    return cmocka_run_group_tests(tests, judging_set_up, judging_tear_down);
}
