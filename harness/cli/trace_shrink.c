/* parley trace shrink: the smallest trace that the stack answers in the same way. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/trace.h"
#include "parley/judge.h"

/* What must stay: the first verdict of any session, or, where there is none, what the stack
 * answered in the last one. */
struct finding {
    bool ran;
    const char *oracle; /* NULL: there is none */
    enum parley_answer answer;
    unsigned alert;
};

struct shrinking {
    struct parley_trial *trial;
    struct finding wanted;
};

static struct finding look(struct parley_trial *trial, const struct parley_trace *trace,
                           char why[200]) {
    static struct parley_trial_result result;
    struct parley_judgement verdicts[PARLEY_JUDGEMENTS_MAX];
    struct finding found = {
        .ran = parley_trial_run(trial, trace, NULL, NULL, NULL, &result, why, NULL)};
    for (size_t i = 0; i < result.session_count && found.oracle == NULL; i++) {
        if (parley_judge_trial(trace, i, &result, verdicts) > 0) {
            found.oracle = verdicts[0].oracle;
        }
    }
    if (result.session_count > 0) {
        found.answer = result.sessions[result.session_count - 1].answer;
        found.alert = result.sessions[result.session_count - 1].alert;
    }
    return found;
}

static bool keeps(void *arg, const struct parley_trace *trace) {
    const struct shrinking *s = arg;
    char why[200];
    struct finding found = look(s->trial, trace, why);
    if (!found.ran || (found.oracle == NULL) != (s->wanted.oracle == NULL)) {
        return false;
    }
    if (found.oracle != NULL) {
        return strcmp(found.oracle, s->wanted.oracle) == 0;
    }
    return found.answer == s->wanted.answer && found.alert == s->wanted.alert;
}

int trace_shrink(struct parley_trace *trace) {
    static struct parley_trace room;
    char why[200];
    struct parley_pki *pki = parley_pki_new(1);
    struct shrinking s = {.trial = pki != NULL ? parley_trial_new(pki) : NULL};
    int status = CLI_OK;
    if (s.trial == NULL) {
        status = cli_fail("out of memory");
    } else {
        s.wanted = look(s.trial, trace, why);
        if (!s.wanted.ran) {
            status = cli_fail("%s", why);
        } else {
            (void)parley_trace_shrink(trace, &room, keeps, &s);
        }
    }
    parley_trial_free(s.trial);
    parley_pki_free(pki);
    return status;
}
