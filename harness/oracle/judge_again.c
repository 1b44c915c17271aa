/* Verdicts that hold only if a session completes without what was done to it. */
#include <string.h>

#include "parley/judge.h"

/* completes_without returns whether |session| does, and the stack finds nothing in it. */
static bool completes_without(struct parley_trial *spare, const struct parley_trace *trace,
                              size_t session, size_t operation) {
    static struct parley_trace without;
    static struct parley_trial_result result;
    char why[200];
    without = *trace;
    parley_trace_remove(&without.sessions[session], operation);
    return parley_trial_run(spare, &without, NULL, NULL, NULL, &result, why, NULL) &&
           result.sessions[session].pipe.verdict == PARLEY_VERDICT_COMPLETE;
}

size_t parley_judge_again(struct parley_trial *spare, const struct parley_trace *trace,
                          size_t session, const struct parley_trial_result *result,
                          struct parley_judgement out[PARLEY_JUDGEMENTS_MAX]) {
    size_t count = parley_judge_trial(trace, session, result, out), kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!out[i].doubtful || completes_without(spare, trace, session, out[i].operation)) {
            out[kept++] = out[i];
        }
    }
    return kept;
}
