/* The target "deep": a TLS stack on trial, a trace an execution. Our engine is the other end; see
 * parley/trial.h. What it is told, by the environment, or where it is built for one stack by
 * FUZZ_STACK and FUZZ_ROLE:
 *
 * - PARLEY_DEEP_STACK, PARLEY_DEEP_ROLE: what is on trial, a stack's name; client or server.
 * - PARLEY_DEEP_FINDINGS, a folder: a verdict does not end the program; the first trace of each
 * kind of verdict becomes ID.trace there, and fuzzing goes on.
 * - PARLEY_DEEP_STATS, a file: counts, as JSON, now and then and when it ends; with a / behind it a
 * folder, in which each process has its own.
 * - PARLEY_DEEP_SECONDS: it ends after so many seconds of the processor. */
#ifndef PARLEY_FUZZERS_DEEP_H
#define PARLEY_FUZZERS_DEEP_H

#include "parley/judge.h"
#include "parley/vary.h"

#define DEEP_TEXT_MAX ((size_t)256 << 10)

/* A verdict of a session of a trace. */
struct deep_verdict {
    const struct parley_trace *trace;
    size_t session;
    struct parley_judgement judgement;
};

struct deep {
    const struct parley_stack *stack;
    enum parley_role role;
    struct parley_trial *trial; /* keeps contexts */
    struct parley_trial *fresh; /* does not */
    struct parley_lore *lore;
    struct parley_trace trace;
    struct parley_trial_result result, again;
    struct {
        uint64_t executions, unsupported, sessions, answers[PARLEY_ANSWERS], verdicts, again, leaks;
        uint64_t operations[PARLEY_LINES];
    } counts;
};
extern struct deep deep;

/* deep_features.c: what an execution was like, for an engine that looks for others. deep_event
 * takes an event of our end, deep_session what came of a session; deep_classes returns how many
 * kinds of behaviour there were. */
void deep_features_begin(void);
void deep_event(const struct parley_event *event);
void deep_session(const struct parley_trace *trace, size_t index,
                  const struct parley_trial_session *session);
void deep_verdict_feature(const struct deep_verdict *verdict);
uint64_t deep_classes(void);

/* deep_findings.c: deep_is_new returns whether there was no verdict of this kind yet; deep_found
 * writes it down, or ends the program if there is nowhere to. */
bool deep_is_new(const struct deep_verdict *verdict);
void deep_found(const struct deep_verdict *verdict, struct parley_bytes in);
void deep_doubt(const struct deep_verdict *verdict);

/* deep_stats.c: writes the counts to PARLEY_DEEP_STATS. */
void deep_write_stats(void);
double deep_seconds(void);

#endif
