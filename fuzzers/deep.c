#include "fuzzers/deep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzzers/deep_mutator.h"
#include "fuzzers/fuzz.h"
#include "fuzzers/mutator.h"

/* One execution in so many is done again in a fresh context; and those that are a context's 8th,
 * 16th, 32nd, and so on: what leaks does so the sooner, the more a context has seen. */
#define AGAIN 256
#define WORN 8
/* The stack may crash at any time, so the counts are written now and then: of the first runs more
 * often, then every quarter of a second, looked at after so many. */
#define COUNTED 64

struct deep deep;
static struct parley_pki *pki;
static double seconds_allowed; /* 0: any */

/* ---- Beginning and end ---- */

static void end(void) {
    deep_write_stats();
    parley_trial_free(deep.trial);
    parley_trial_free(deep.fresh);
    parley_lore_free(deep.lore);
    parley_pki_free(pki);
}

static void refuse(const char *what, const char *why) {
    (void)fprintf(stderr, "%s: %s\n", what, why);
    _Exit(2);
}

static const char *told(const char *variable, const char *built_in) {
    const char *value = getenv(variable);
    if (value == NULL || value[0] == '\0') {
        value = built_in;
    }
    if (value == NULL) {
        refuse(variable, "not set: what is to be fuzzed? (fuzzers/deep.h)");
    }
    return value;
}

#ifndef FUZZ_STACK
#define FUZZ_STACK NULL
#define FUZZ_ROLE NULL
#endif

static void start(void) {
    char why[200] = "";
    const char *name = told("PARLEY_DEEP_STACK", FUZZ_STACK);
    const char *role = told("PARLEY_DEEP_ROLE", FUZZ_ROLE);
    if (strcmp(role, "client") != 0 && strcmp(role, "server") != 0) {
        refuse("PARLEY_DEEP_ROLE", "neither client nor server");
    }
    deep.role = strcmp(role, "client") == 0 ? PARLEY_CLIENT : PARLEY_SERVER;
    deep.stack = parley_stack_find(name, why);
    if (deep.stack == NULL) {
        refuse(name, why);
    }
    pki = parley_pki_new(1);
    deep.trial = pki != NULL ? parley_trial_new(pki) : NULL;
    deep.fresh = pki != NULL ? parley_trial_new(pki) : NULL;
    deep.lore = parley_lore_new();
    if (deep.trial == NULL || deep.fresh == NULL || deep.lore == NULL || atexit(end) != 0) {
        refuse(name, "out of memory");
    }
    parley_trial_keep(deep.trial, true);
    const char *seconds = getenv("PARLEY_DEEP_SECONDS");
    seconds_allowed = seconds != NULL ? strtod(seconds, NULL) : 0;
    deep_write_stats();
}

/* ---- One execution ---- */

static void read_trace(struct parley_trace *trace, struct parley_bytes in) {
    deep_parse(trace, in);
    trace->role = deep.role;
    (void)snprintf(trace->stack, sizeof trace->stack, "%s", told("PARLEY_DEEP_STACK", FUZZ_STACK));
}

static void see_event(void *arg, const struct parley_event *event, const char *bends) {
    (void)arg;
    parley_lore_event(deep.lore, event, bends);
    deep_event(event);
}

static void see_session(void *arg, size_t index, const struct parley_trial_session *session) {
    (void)arg;
    deep_session(&deep.trace, index, session);
    deep.counts.sessions++;
    deep.counts.answers[session->answer]++;
    const struct parley_trace_session *s = &deep.trace.sessions[index];
    for (size_t i = 0; i < s->operation_count; i++) {
        deep.counts.operations[s->operations[i].row] += session->applied >> i & 1;
    }
}

/* same_outcome returns whether the stack has answered both runs in the same way; where our end gave
 * up first over what it had bent itself, it did so over bytes that may be drawn anew each time. */
static bool same_outcome(const struct parley_trial_result *a, const struct parley_trial_result *b) {
    bool same = a->session_count == b->session_count;
    for (size_t i = 0; same && i < a->session_count; i++) {
        const struct parley_trial_session *x = &a->sessions[i], *y = &b->sessions[i];
        bool bent = (x->applied | y->applied) != 0;
        same = (bent && (x->ours_failed_first || y->ours_failed_first)) ||
               (x->answer == y->answer && x->was_done == y->was_done && x->version == y->version &&
                x->resumed == y->resumed);
    }
    return same;
}

static bool run_fresh(struct parley_trial_result *result) {
    char why[200];
    deep.counts.again++;
    return parley_trial_run(deep.fresh, &deep.trace, NULL, NULL, NULL, result, why, NULL);
}

/* has returns whether the judge says of |result| what |verdict| says. */
static bool has(const struct parley_trial_result *result, const struct deep_verdict *verdict) {
    struct parley_judgement all[PARLEY_JUDGEMENTS_MAX];
    size_t count = verdict->session < result->session_count
                       ? parley_judge_trial(&deep.trace, verdict->session, result, all)
                       : 0;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(all[i].oracle, verdict->judgement.oracle) == 0) {
            return true;
        }
    }
    return false;
}

/* is_sure returns whether what |deep.again| shows stays a verdict when it is looked into. */
static bool is_sure(const struct deep_verdict *verdict) {
    struct parley_judgement sure[PARLEY_JUDGEMENTS_MAX];
    size_t count = parley_judge_again(deep.fresh, &deep.trace, verdict->session, &deep.again, sure);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(sure[i].oracle, verdict->judgement.oracle) == 0 &&
            strcmp(sure[i].detail, verdict->judgement.detail) == 0) {
            return true;
        }
    }
    return false;
}

static void leaked(struct parley_bytes in) {
    struct deep_verdict verdict = {
        .trace = &deep.trace,
        .judgement = {.oracle = "state",
                      .detail = "it answers otherwise after other runs, in the same context",
                      .section = "",
                      .operation = PARLEY_TRACE_OPERATIONS}};
    deep.counts.leaks++;
    if (deep_is_new(&verdict)) {
        deep_found(&verdict, in);
    }
}

/* is_worn returns whether it is time to look at a context of this run. */
static bool is_worn(void) {
    bool worn = false;
    for (size_t i = 0; i < deep.result.session_count; i++) {
        unsigned runs = deep.result.sessions[i].runs;
        worn |= runs >= WORN && (runs & (runs - 1)) == 0;
    }
    return worn;
}

/* compare looks whether a fresh context gives the same; what differs must do so twice. */
static void compare(struct parley_bytes in) {
    static struct parley_trial_result once_more;
    if (run_fresh(&deep.again) && !same_outcome(&deep.result, &deep.again) &&
        run_fresh(&once_more) && same_outcome(&deep.again, &once_more)) {
        leaked(in);
    }
}

static void judge(struct parley_bytes in) {
    struct parley_judgement all[PARLEY_JUDGEMENTS_MAX];
    for (size_t i = 0; i < deep.result.session_count; i++) {
        size_t count = parley_judge_trial(&deep.trace, i, &deep.result, all);
        for (size_t j = 0; j < count; j++) {
            struct deep_verdict verdict = {&deep.trace, i, all[j]};
            deep.counts.verdicts++;
            deep_verdict_feature(&verdict);
            if (!deep_is_new(&verdict)) {
                continue;
            }
            bool again = run_fresh(&deep.again) && has(&deep.again, &verdict);
            if (again && is_sure(&verdict)) {
                deep_found(&verdict, in);
            } else if (again || same_outcome(&deep.result, &deep.again)) {
                deep_doubt(&verdict);
            } else {
                leaked(in);
            }
        }
    }
}

/* leave ends the program as if a run of that many executions was over. */
static void leave(void) {
    deep_write_stats();
    (void)fprintf(stderr, "Done %llu runs in %.0f CPU-seconds\n",
                  (unsigned long long)deep.counts.executions, deep_seconds());
    _Exit(0);
}

/* count writes the counts if it is time to. */
static void count(void) {
    static double written;
    uint64_t n = deep.counts.executions;
    bool early = n <= COUNTED && (n & (n - 1)) == 0;
    if (early || (n % COUNTED == 0 && deep_seconds() >= written + 0.25)) {
        written = deep_seconds();
        deep_write_stats();
    }
}

static void run(struct parley_bytes in) {
    static const struct parley_trial_watch watch = {.event = see_event};
    char why[200];
    bool unsupported;
    deep_features_begin();
    read_trace(&deep.trace, in);
    deep.counts.executions++;
    if (!parley_trial_run(deep.trial, &deep.trace, &watch, see_session, NULL, &deep.result, why,
                          &unsupported)) {
        deep.counts.unsupported++;
    }
    parley_lore_run(deep.lore, &deep.trace, &deep.result);
    judge(in);
    if (deep.counts.executions % AGAIN == 0 || is_worn()) {
        compare(in);
    }
    count();
    if (seconds_allowed > 0 && deep_seconds() >= seconds_allowed) {
        leave();
    }
}

__attribute__((visibility("default"))) size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    return deep_vary((struct parley_bytes){data, size}, data, max_size, deep.lore, deep.role, seed);
}

__attribute__((visibility("default"))) size_t
LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2, size_t size2,
                          uint8_t *out, size_t max_out_size, unsigned seed) {
    return deep_cross((struct parley_bytes){data1, size1}, (struct parley_bytes){data2, size2}, out,
                      max_out_size, deep.role, seed);
}

const struct fuzz_target fuzz_target = {FUZZ_NAME, start, run};
