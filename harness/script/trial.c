/* Running a trace: session after session, each through the pipe. */
#include "script/trial.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSION_CACHE_SIZE 16

struct parley_trial *parley_trial_new(const struct parley_pki *pki) {
    struct parley_trial *t = calloc(1, sizeof *t);
    if (t == NULL) {
        return NULL;
    }
    t->pki = pki;
    trial_make_psks(t);
    t->pipe = parley_pipe_new();
    t->memo = parley_memo_new();
    t->authorities_len = trial_authorities(pki, t->authorities, sizeof t->authorities);
    for (size_t i = 0; i < sizeof t->data; i++) {
        t->data[i] = (uint8_t)("parley "[i % 7]);
    }
    if (t->pipe == NULL || t->memo == NULL) {
        parley_trial_free(t);
        return NULL;
    }
    return t;
}

/* forget: of a run, nothing stays but the contexts that are kept. */
static void forget(struct parley_trial *t) {
    trial_disconnect(t);
    trial_contexts_done(t);
    parley_session_cache_free(t->cache);
    t->cache = NULL;
}

void parley_trial_free(struct parley_trial *t) {
    if (t == NULL) {
        return;
    }
    forget(t);
    trial_contexts_free(t);
    parley_engine_free(t->engines[PARLEY_CLIENT]);
    parley_engine_free(t->engines[PARLEY_SERVER]);
    for (size_t i = 0; i < PARLEY_PKI_ENTRIES; i++) {
        parley_credential_free(t->credentials[false][i]);
        parley_credential_free(t->credentials[true][i]);
    }
    parley_ech_keys_free(t->ech_keys);
    parley_memo_free(t->memo);
    parley_pipe_free(t->pipe);
    free(t);
}

void parley_trial_keep(struct parley_trial *t, bool keep) {
    t->keeping = keep;
}

const char *parley_answer_name(enum parley_answer answer) {
    static const char *const names[PARLEY_ANSWERS] = {"completed", "aborted", "hung"};
    return (unsigned)answer < PARLEY_ANSWERS ? names[answer] : "?";
}

/* make_twin makes |*out| a session in which the fault that must not be told from others is the
 * first of them; false if there is no such fault. */
static bool make_twin(const struct parley_trace_session *session,
                      struct parley_trace_session *out) {
    for (size_t i = 0; i < session->operation_count; i++) {
        uint8_t row = session->operations[i].row;
        size_t fault = row == PARLEY_LINE_cbc ? 1 : 0;
        bool secret = row == PARLEY_LINE_cbc || row == PARLEY_LINE_premaster;
        if (secret && session->operations[i].operands[fault].number != 0) {
            *out = *session;
            out->operations[i].operands[fault].number = 0;
            return true;
        }
    }
    return false;
}

/* meet_twin runs the twin of |m| with the same randomness, and keeps the reply to it. */
static const char *meet_twin(struct parley_trial *t, const struct meeting *m,
                             struct parley_trial_reply *reply,
                             struct parley_stack_problem *problem) {
    struct parley_trial_session unseen;
    const struct parley_trial_watch *watch = t->watch;
    const struct parley_session kept = t->kept;
    struct meeting twin = *m;
    twin.session = &t->plain;
    t->watch = NULL;
    const char *wrong = trial_meet(t, &twin, &unseen, problem);
    t->watch = watch;
    t->kept = kept;
    for (size_t i = m->stream; i < m->stream + 2; i++) {
        parley_seeded_init(&t->streams[i], m->trace->seed, i);
    }
    *reply = unseen.reply;
    return wrong;
}

static const char *run_session(struct parley_trial *t, const struct parley_trace *trace,
                               size_t index, struct parley_trial_session *out,
                               struct parley_stack_problem *problem) {
    struct side side;
    struct meeting m = {
        .trace = trace,
        .session = &trace->sessions[index],
        .stream = 2 + 2 * index,
        .now_ms = TRIAL_TIME_MS + TRIAL_SECOND_MS * (int64_t)index,
    };
    trial_disconnect(t);
    settings_conduct(m.session, &m.conduct);
    settings_side(trace, m.session, PARLEY_ITS, &side);
    const char *wrong = trial_context(t, trace, &side, problem);
    if (wrong == NULL && m.conduct.warm) {
        wrong = trial_warm_up(t, &m, problem);
    }
    struct parley_trial_reply twin = {0};
    /* A client that resumes could resume what the twin has left. */
    bool alone = trace->role == PARLEY_CLIENT && m.conduct.resume;
    bool has_twin = !alone && make_twin(m.session, &t->plain);
    if (wrong == NULL && has_twin) {
        wrong = meet_twin(t, &m, &twin, problem);
    }
    wrong = wrong == NULL ? trial_meet(t, &m, out, problem) : wrong;
    if (wrong == NULL && out->answer != PARLEY_ANSWER_COMPLETED && trial_by_id(t, &side, &t->our)) {
        t->its_context->kept.version = 0; /* it may not be resumed any more: RFC 5246 7.2.2 */
    }
    out->has_twin = has_twin;
    out->twin = twin;
    return wrong;
}

/* begin forgets what ran before. */
static const char *begin(struct parley_trial *t, const struct parley_trace *trace, char why[200]) {
    forget(t);
    if (t->stack == NULL || strcmp(t->name, trace->stack) != 0) {
        trial_contexts_free(t);
        t->stack =
            trace->stack[0] != '\0' ? parley_stack_find(trace->stack, why) : &parley_engine_stack;
        memcpy(t->name, trace->stack, sizeof t->name);
    }
    if (t->stack == NULL) {
        return why;
    }
    t->run++;
    t->renewed = 0;
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
