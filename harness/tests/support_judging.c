/* What tests of trials and of the judge share. */
#include "tests/support_judging.h"

#include <stdio.h>
#include <string.h>

struct parley_pki *pki;
struct parley_trial *trial;
struct parley_trace trace;
struct parley_trial_result result;
struct parley_judgement verdicts[PARLEY_JUDGEMENTS_MAX];

int judging_set_up(void **state) {
    (void)state;
    pki = parley_pki_new(1);
    trial = pki != NULL ? parley_trial_new(pki) : NULL;
    return trial != NULL ? 0 : -1;
}

int judging_tear_down(void **state) {
    (void)state;
    parley_trial_free(trial);
    parley_pki_free(pki);
    return 0;
}

void judging_parse(const char *text) {
    struct parley_trace_error error;
    struct parley_bytes in = {(const uint8_t *)text, strlen(text)};
    if (!parley_trace_parse(&trace, in, &error)) {
        fail_msg("line %zu: '%s': %s in\n%s", error.line, error.word, error.text, text);
    }
}

void judging_run(void) {
    char why[200];
    if (!parley_trial_run(trial, &trace, NULL, NULL, NULL, &result, why, NULL)) {
        fail_msg("%s", why);
    }
}

void judging_seen(char out[64]) {
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
