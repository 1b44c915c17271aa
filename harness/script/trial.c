/* Running a trace: session after session, each through the pipe. */
#include "script/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Every run's time: 2026-01-01 00:00:00 UTC. Each session comes a second later. */
#define TIME_MS INT64_C(1767225600000)
#define SECOND_MS 1000
#define SESSION_CACHE_SIZE 16

struct parley_trial *parley_trial_new(const struct parley_pki *pki) {
    struct parley_trial *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return NULL;
    }
    t->pki = pki;
    t->pipe = parley_pipe_new();
    t->memo = parley_memo_new();
    for (size_t i = 0; i < sizeof t->data; i++) {
        t->data[i] = (uint8_t)("parley "[i % 7]);
    }
    if (t->pipe == NULL || t->memo == NULL) {
        parley_trial_free(t);
        return NULL;
    }
    return t;
}

static void disconnect(struct parley_trial *t) {
    if (t->its != NULL) {
        t->stack->close(t->its);
        t->its = NULL;
    }
    if (t->ours != NULL) {
        parley_engine_stack.close(t->ours);
        t->ours = NULL;
    }
}

static void forget(struct parley_trial *t) {
    disconnect(t);
    if (t->context != NULL) {
        t->stack->context_free(t->context);
        t->context = NULL;
    }
    parley_session_cache_free(t->cache);
    t->cache = NULL;
}

void parley_trial_free(struct parley_trial *t) {
    if (t == NULL) {
        return;
    }
    forget(t);
    parley_engine_free(t->engines[PARLEY_CLIENT]);
    parley_engine_free(t->engines[PARLEY_SERVER]);
    for (size_t i = 0; i < PARLEY_PKI_ENTRIES; i++) {
        parley_credential_free(t->credentials[i]);
    }
    parley_memo_free(t->memo);
    parley_pipe_free(t->pipe);
    free(t);
}

const char *parley_answer_name(enum parley_answer answer) {
    static const char *const names[PARLEY_ANSWERS] = {"completed", "aborted", "hung"};
    return (unsigned)answer < PARLEY_ANSWERS ? names[answer] : "?";
}

static enum parley_role other(enum parley_role role) {
    return role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
}

/* ---- Opening ---- */

/* sign_otherwise does what has to be known before the connection begins. The last of a kind counts.
 */
static void sign_otherwise(struct parley_trial *t, const struct parley_trace_session *session) {
    struct bender *b = &t->bender;
    uint64_t key = 0, scheme = 0;
    for (size_t i = 0; i < session->operation_count; i++) {
        const struct parley_line *line = &session->operations[i];
        uint64_t number = line->operands[0].number;
        if (line->row == PARLEY_LINE_sign_key) {
            b->bend.signer = trial_credential(t, number);
            b->foreign_key = b->bend.signer != NULL && b->bend.signer != t->our_credential;
            key = (uint64_t)b->foreign_key << i;
        } else if (line->row == PARLEY_LINE_sign_scheme) {
            b->bend.scheme = (uint16_t)number;
            scheme = UINT64_C(1) << i;
        }
    }
    b->signing = key | scheme;
}

static const char *open_stack(struct parley_trial *t, const struct parley_trace *trace,
                              size_t index, const struct conduct *conduct,
                              struct parley_stack_problem *problem) {
    struct side side;
    settings_side(trace, &trace->sessions[index], PARLEY_ITS, &side);
    bool same = t->context != NULL && settings_same(&side, &t->its_side);
    if (!same) {
        if (t->context != NULL) {
            t->stack->context_free(t->context);
            t->context = NULL;
        }
        t->its_side = side;
        const char *wrong = trial_context(t, trace->role, problem);
        if (wrong != NULL) {
            return wrong;
        }
    }
    struct parley_connection_options options = {
        .now_ms = TIME_MS + SECOND_MS * (int64_t)index,
        .random = parley_seeded_random(&t->streams[2 + 2 * index]),
        .resume = conduct->resume,
    };
    t->its = t->stack->open(t->context, &options, problem);
    return t->its != NULL ? NULL : problem->text;
}

static const char *open_ours(struct parley_trial *t, const struct parley_trace *trace, size_t index,
                             const struct conduct *conduct) {
    const struct parley_trace_session *session = &trace->sessions[index];
    enum parley_role role = other(trace->role);
    settings_side(trace, session, PARLEY_OUR, &t->our);
    bender_start(&t->bender, trace, session, t->watch);
    const char *wrong = trial_ours(t, role);
    if (wrong != NULL) {
        return wrong;
    }
    struct parley_engine *engine = t->engines[role];
    t->ours = parley_engine_connection(engine);
    if (t->ours == NULL) {
        return "out of memory";
    }
    sign_otherwise(t, session);
    t->bender.engine = engine;
    bool resume = conduct->resume && role == PARLEY_CLIENT && t->kept.version != 0;
    t->bender.facts.session_has_secret = resume && t->kept.extended_master_secret;
    parley_engine_start(engine, TIME_MS + SECOND_MS * (int64_t)index,
                        parley_seeded_random(&t->streams[2 + 2 * index + 1]),
                        resume ? &t->kept : NULL);
    return NULL;
}

/* ---- Running ---- */

static void look(void *arg, enum parley_role from, struct parley_bytes bytes) {
    struct parley_trial *t = arg;
    (void)from, (void)bytes;
    t->was_done |= (t->stack->status(t->its) & PARLEY_DONE) != 0;
}

/* renegotiate starts one, if that is asked for and possible. */
static void renegotiate(struct parley_trial *t, const struct parley_trace_session *session,
                        struct parley_engine *engine) {
    for (size_t i = 0; i < session->operation_count; i++) {
        if (session->operations[i].row == PARLEY_LINE_renegotiate &&
            parley_engine_renegotiate(engine)) {
            t->bender.applied |= UINT64_C(1) << i;
            parley_pipe_settle(t->pipe);
        }
    }
}

/* drive takes both ends through everything, as far as they go. */
static void drive(struct parley_trial *t, const struct parley_trace *trace, size_t index,
                  const struct conduct *conduct, struct parley_trial_session *out) {
    enum parley_role role = trace->role;
    struct parley_bytes data = {t->data, conduct->data};
    struct parley_pipe_options options = {
        .chunk = conduct->chunk,
        .max_rounds = 4096,
        .max_bytes = (size_t)8 << 20,
        .early_data = {t->data, conduct->early_data},
        .client_data = data,
        .server_data = data,
        .recording = t->watch != NULL ? t->watch->recording : NULL,
        .observe = look,
        .observe_arg = t,
    };
    options.ends[role] = (struct parley_endpoint){t->stack, t->its};
    options.ends[other(role)] = (struct parley_endpoint){&parley_engine_stack, t->ours};
    parley_pipe_start(t->pipe, &options);
    if (parley_pipe_handshake(t->pipe)) {
        out->pipe.disagreements = parley_pipe_compare(&options.ends[0], &options.ends[1]);
        out->compared = true;
        renegotiate(t, &trace->sessions[index], t->engines[other(role)]);
        (void)(parley_pipe_data(t->pipe) &&
               (!conduct->key_update || parley_pipe_key_update(t->pipe)) &&
               parley_pipe_close(t->pipe));
    }
    if (t->bender.muted) {
        /* Nothing more will come: what does it say to that? */
        (void)t->stack->control(t->its, PARLEY_CONTROL_END_OF_INPUT);
    }
    unsigned disagreements = out->pipe.disagreements;
    parley_pipe_result_of(t->pipe, &out->pipe);
    out->pipe.disagreements = disagreements;
    out->pipe.agreed = out->compared && disagreements == 0;
}

/* tell says what was negotiated. */
static void tell(const struct parley_trial *t, enum parley_role role,
                 struct parley_trial_session *out) {
    const struct parley_endpoint_outcome *its = &out->pipe.ends[role];
    const struct parley_endpoint_outcome *ours = &out->pipe.ends[other(role)];
    bool one = t->our.min_version == t->our.max_version;
    out->version = its->version != 0    ? its->version
                   : ours->version != 0 ? ours->version
                   : one                ? t->our.max_version
                                        : 0;
    out->resumed = its->resumed || ours->resumed || side_has(&t->our, PARLEY_LINE_psk);
    out->hello_retry = its->hello_retry || ours->hello_retry;
    out->resuming = out->resumed || t->resuming;
    out->early_data = its->early_data_accepted || ours->early_data_accepted;
}

/* judge says what the stack did. */
static void judge(struct parley_trial *t, enum parley_role role, struct parley_trial_session *out) {
    const struct parley_endpoint_outcome *its = &out->pipe.ends[role];
    const struct parley_endpoint_outcome *ours = &out->pipe.ends[other(role)];
    unsigned status = t->stack->status(t->its);
    bool told = (its->known & PARLEY_KNOWS_ALERTS) != 0 && its->alert_sent != PARLEY_ALERT_NONE;
    out->alert = told ? its->alert_sent : ours->alert_received;
    out->was_done = t->was_done || its->done || (status & PARLEY_DONE) != 0;
    bool failed = its->failed || (status & PARLEY_FAILED) != 0 || out->alert != PARLEY_ALERT_NONE;
    out->answer = failed          ? PARLEY_ANSWER_ABORTED
                  : out->was_done ? PARLEY_ANSWER_COMPLETED
                                  : PARLEY_ANSWER_HUNG;
    out->applied = t->bender.applied;
    out->breaches = t->bender.breaches;
    memcpy(out->breach_operation, t->bender.breach_operation, sizeof out->breach_operation);
    out->proved = t->bender.proved;
    out->vouched = t->bender.vouched;
    out->predictable = t->bender.predictable;
    out->ours_failed_first = out->pipe.verdict == PARLEY_VERDICT_FAILED && out->pipe.who != role;
    memcpy(out->random, t->bender.peer_random, sizeof out->random);
    tell(t, role, out);
}

static const char *run_session(struct parley_trial *t, const struct parley_trace *trace,
                               size_t index, struct parley_trial_session *out,
                               struct parley_stack_problem *problem) {
    struct conduct conduct;
    *out = (struct parley_trial_session){0};
    t->was_done = false;
    settings_conduct(&trace->sessions[index], &conduct);
    t->resuming = conduct.resume;
    disconnect(t);
    const char *wrong = open_stack(t, trace, index, &conduct, problem);
    if (wrong == NULL) {
        wrong = open_ours(t, trace, index, &conduct);
    }
    if (wrong == NULL) {
        drive(t, trace, index, &conduct, out);
        judge(t, trace->role, out);
    }
    return wrong;
}

/* begin forgets what ran before. */
static const char *begin(struct parley_trial *t, const struct parley_trace *trace, char why[200]) {
    forget(t);
    t->stack =
        trace->stack[0] != '\0' ? parley_stack_find(trace->stack, why) : &parley_engine_stack;
    if (t->stack == NULL) {
        return why;
    }
    for (uint64_t i = 0; i < TRIAL_STREAMS; i++) {
        parley_seeded_init(&t->streams[i], trace->seed, i);
    }
    struct parley_random random = parley_seeded_random(&t->streams[0]);
    random.fill(random.arg, t->config.ticket_key, sizeof t->config.ticket_key);
    t->kept.version = 0;
    t->cache = parley_session_cache_new(SESSION_CACHE_SIZE);
    return t->cache != NULL ? NULL : "out of memory";
}

bool parley_trial_run(struct parley_trial *t, const struct parley_trace *trace,
                      const struct parley_trial_watch *watch,
                      void (*each)(void *arg, size_t index,
                                   const struct parley_trial_session *session),
                      void *arg, struct parley_trial_result *result, char why[200],
                      bool *unsupported) {
    struct parley_stack_problem problem = {.unsupported = false};
    char found[200] = "";
    result->session_count = 0;
    t->watch = watch;
    const char *wrong = begin(t, trace, found);
    for (size_t i = 0; i < trace->session_count && wrong == NULL; i++) {
        wrong = run_session(t, trace, i, &result->sessions[i], &problem);
        if (wrong == NULL) {
            result->session_count++;
            if (each != NULL) {
                each(arg, i, &result->sessions[i]);
            }
        }
    }
    if (unsupported != NULL) {
        *unsupported = problem.unsupported;
    }
    if (wrong != NULL) {
        (void)snprintf(why, 200, "%s", wrong);
    }
    return wrong == NULL;
}
