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

/* is_seen_again returns whether |trace|, run once more, gives |verdict| once more. */
static bool is_seen_again(struct parley_trial *spare, const struct parley_trace *trace,
                          size_t session, const struct parley_judgement *verdict) {
    static struct parley_trial_result result;
    struct parley_judgement all[PARLEY_JUDGEMENTS_MAX];
    char why[200];
    size_t count = parley_trial_run(spare, trace, NULL, NULL, NULL, &result, why, NULL)
                       ? parley_judge_trial(trace, session, &result, all)
                       : 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].oracle, verdict->oracle) == 0 &&
            strcmp(all[i].detail, verdict->detail) == 0) {
            return true;
        }
    }
    return false;
}

static bool holds(struct parley_trial *spare, const struct parley_trace *trace, size_t session,
                  const struct parley_judgement *verdict) {
    return verdict->operation < trace->sessions[session].operation_count
               ? completes_without(spare, trace, session, verdict->operation)
               : is_seen_again(spare, trace, session, verdict);
}

size_t parley_judge_again(struct parley_trial *spare, const struct parley_trace *trace,
                          size_t session, const struct parley_trial_result *result,
                          struct parley_judgement out[PARLEY_JUDGEMENTS_MAX]) {
    size_t count = parley_judge_trial(trace, session, result, out), kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!out[i].doubtful || holds(spare, trace, session, &out[i])) {
            out[kept++] = out[i];
        }
    }
    return kept;
}
