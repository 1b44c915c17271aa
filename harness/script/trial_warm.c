/* Sessions that begin warm: our client has a session of that context, and resumes it. */
#include "script/trial.h"

/* draw_anew gives warm session number |c->warmed| of a context its own randomness: under the id of
 * the one before, a cache might still have that. */
static void draw_anew(struct parley_trial *t, uint64_t seed) {
    uint64_t first = TRIAL_STREAMS - 2;
    uint64_t stream =
        t->its_context->warmed == 0 ? first : WARM_STREAMS + 2 * t->its_context->warmed;
    parley_seeded_init(&t->streams[first], seed, stream);
    parley_seeded_init(&t->streams[first + 1], seed, stream + 1);
    t->its_context->warmed++;
}

/* A cache of sessions, which may be that of the whole process, may have forgotten one after so many
 * runs. */
#define RUNS_REMEMBERED 4

bool trial_by_id(const struct parley_trial *t, const struct side *its, const struct side *our) {
    struct parley_capabilities can;
    t->stack->capabilities(&can);
    return side_has(its, PARLEY_LINE_session_id) || side_has(our, PARLEY_LINE_session_id) ||
           (can.features & PARLEY_CAP_TICKET) == 0;
}

static bool same_conduct(const struct conduct *a, const struct conduct *b) {
    return a->key_update == b->key_update && a->data == b->data && a->chunk == b->chunk;
}

const char *trial_warm_up(struct parley_trial *t, const struct meeting *m,
                          struct parley_stack_problem *problem) {
    struct trial_context *c = t->its_context;
    struct side our;
    settings_side(m->trace, m->session, PARLEY_OUR, &our);
    bool forgotten = trial_by_id(t, &c->side, &our) && t->run - c->kept_run > RUNS_REMEMBERED;
    if (c->kept.version != 0 && !forgotten && settings_same(&our, &c->kept_our) &&
        same_conduct(&m->conduct, &c->kept_conduct)) {
        t->kept = c->kept;
        return NULL;
    }
    struct parley_trial_session unseen;
    const struct parley_trial_watch *watch = t->watch;
    struct meeting before = *m;
    t->plain = *m->session;
    t->plain.operation_count = 0;
    t->watch = NULL;
    t->kept.version = 0;
    before.session = &t->plain;
    before.stream = TRIAL_STREAMS - 2;
    before.now_ms = TRIAL_TIME_MS - TRIAL_SECOND_MS;
    before.conduct.resume = false;
    before.conduct.early_data = 0;
    draw_anew(t, m->trace->seed);
    const char *wrong = trial_meet(t, &before, &unseen, problem);
    t->watch = watch;
    if (wrong == NULL) {
        c->kept = t->kept;
        c->kept_our = our;
        c->kept_run = t->run;
        c->kept_conduct = m->conduct;
    }
    return wrong;
}
