/* The contexts of the stack: made, kept from session to session, and, if that is asked for, from
 * run to run. */
#include <stdio.h>
#include <string.h>

#include "script/trial.h"

#define EARLY_DATA_MAX 16384

/* A context remembers sessions: after that many runs it has to make room. */
#define RUNS_MAX 1000

static bool its_certificate(const struct parley_trial *t, struct trial_context *c) {
    const struct side *side = &c->side;
    uint64_t number =
        c->role == PARLEY_SERVER ? side->server_certificate : side->client_certificate;
    if (side_has(side, PARLEY_LINE_psk) || number == 0) {
        return false;
    }
    const struct parley_pki_entry *entry = parley_pki_at(t->pki, (size_t)number - 1);
    c->credential = (struct parley_pem_credential){entry->certificates, entry->private_key};
    return true;
}

/* lacking returns the first feature that is asked for and that the stack does not have, or 0. */
static uint32_t lacking(const struct parley_trial *t, const struct trial_context *c) {
    static const struct {
        enum parley_trace_row row;
        uint32_t feature;
        bool server_only;
    } needs[] = {
        {PARLEY_LINE_psk, PARLEY_CAP_EXTERNAL_PSK, false},
        {PARLEY_LINE_psk_ke, PARLEY_CAP_PSK_KE, false},
        {PARLEY_LINE_early_data, PARLEY_CAP_EARLY_DATA, false},
        {PARLEY_LINE_hello_retry, PARLEY_CAP_HELLO_RETRY_ALWAYS, true},
    };
    struct parley_capabilities can;
    t->stack->capabilities(&can);
    uint32_t end = c->role == PARLEY_SERVER ? PARLEY_CAP_SERVER : PARLEY_CAP_CLIENT;
    if ((can.features & end) == 0) {
        return end;
    }
    for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
        if (side_has(&c->side, needs[i].row) && (can.features & needs[i].feature) == 0 &&
            (c->role == PARLEY_SERVER || !needs[i].server_only)) {
            return needs[i].feature;
        }
    }
    return 0;
}

/* make gives |c|, whose settings are there, its context. */
static const char *make(struct parley_trial *t, struct trial_context *c,
                        struct parley_stack_problem *problem) {
    const struct side *side = &c->side;
    bool server = c->role == PARLEY_SERVER, early = side_has(side, PARLEY_LINE_early_data);
    uint32_t missing = lacking(t, c);
    if (missing != 0) {
        problem->unsupported = true;
        (void)snprintf(problem->text, sizeof problem->text, "%s does not have: %s", t->stack->name,
                       parley_capability_name(missing));
        return problem->text;
    }
    size_t protocols = trial_protocols(side, c->alpn);
    bool certificate = its_certificate(t, c);
    const struct parley_psk *psk = trial_psk(t, side);
    trial_extras_set(&c->extras, side, c->alpn, protocols);
    c->engine = (struct parley_config){.tolerant = side_has(side, PARLEY_LINE_tolerant)};
    struct parley_endpoint_options options = {
        .role = c->role,
        .min_version = side->min_version,
        .max_version = side->max_version,
        .suites = side->suite_count > 0 ? side->suites : NULL,
        .suite_count = side->suite_count,
        .groups = side->group_count > 0 ? side->groups : NULL,
        .group_count = side->group_count,
        .sigalgs = side->sigalg_count > 0 ? side->sigalgs : NULL,
        .sigalg_count = side->sigalg_count,
        .credentials = certificate ? &c->credential : NULL,
        .credential_count = certificate ? 1 : 0,
        .ca = parley_pki_entry(t->pki, "ca")->certificates,
        .server_name = server || side->sni[0] == '\0' ? NULL : side->sni,
        .client_auth = server ? side->client_auth : PARLEY_AUTH_NONE,
        .post_handshake_auth = !server && side_has(side, PARLEY_LINE_post_handshake_auth),
        .alpn = protocols > 0 ? c->alpn : NULL,
        .alpn_count = protocols,
        .no_tickets = side_has(side, PARLEY_LINE_session_id),
        .psks = psk,
        .psk_count = psk != NULL ? 1 : 0,
        .psk12 = trial_psk12(t, side),
        .psk_modes = side_has(side, PARLEY_LINE_psk_ke) ? PARLEY_PSK_KE : 0,
        .max_early_data = server && early ? EARLY_DATA_MAX : 0,
        .early_data = !server && early,
        .hello_retry = server && side_has(side, PARLEY_LINE_hello_retry),
        .random = parley_seeded_random(&c->stream),
        .engine = &c->engine,
        .extras = &c->extras.extras,
    };
    c->context = t->stack->context_new(&options, problem);
    return c->context != NULL ? NULL : problem->text;
}

static void drop(struct parley_trial *t, struct trial_context *c) {
    if (c->context != NULL) {
        t->stack->context_free(c->context);
        c->context = NULL;
    }
}

/* is_elsewhere returns whether what one context of the stack gave is offered to another one. */
static bool is_elsewhere(const struct parley_trace *trace, const struct side *side) {
    bool elsewhere = false;
    for (size_t i = 0; i < trace->session_count; i++) {
        struct side its;
        settings_side(trace, &trace->sessions[i], PARLEY_ITS, &its);
        elsewhere |= !settings_same(&its, side);
    }
    return elsewhere;
}

/* may_keep returns whether what runs have left in such a context is nothing to later ones. A client
 * resumes the newest session it has; a server takes 0-RTT data of a session once only. And keys
 * that a stack draws when it first needs them are the same in contexts that were first used at the
 * same point of two runs: one context then knows the tickets of the other. Ids are, too: a cache
 * may have another session of that id. */
static bool may_keep(const struct parley_trial *t, const struct parley_trace *trace,
                     const struct side *side) {
    bool resumes = false, by_id = false;
    for (size_t i = 0; i < trace->session_count; i++) {
        struct conduct conduct;
        struct side our;
        settings_conduct(&trace->sessions[i], &conduct);
        settings_side(trace, &trace->sessions[i], PARLEY_OUR, &our);
        resumes |= conduct.resume;
        by_id |= conduct.resume && !conduct.warm && trial_by_id(t, side, &our);
    }
    bool alike = trace->role == PARLEY_SERVER && !is_elsewhere(trace, side) && !by_id;
    return !side_has(side, PARLEY_LINE_early_data) && (alike || !resumes);
}

/* kept returns the context for |side| that no session of this run has used, or NULL. */
static struct trial_context *kept(struct parley_trial *t, const struct parley_trace *trace,
                                  const struct side *side) {
    for (size_t i = 0; i < TRIAL_CONTEXTS; i++) {
        struct trial_context *c = &t->contexts[i];
        if (c->context != NULL && c->run != t->run && c->role == trace->role &&
            c->seed == trace->seed && settings_same(side, &c->side)) {
            return c;
        }
    }
    return NULL;
}

/* place returns a free place, or the one that has not been used for the longest time. */
static struct trial_context *place(struct parley_trial *t) {
    struct trial_context *oldest = &t->contexts[0];
    for (size_t i = 0; i < TRIAL_CONTEXTS; i++) {
        if (t->contexts[i].context == NULL) {
            return &t->contexts[i];
        }
        if (t->contexts[i].run < oldest->run) {
            oldest = &t->contexts[i];
        }
    }
    drop(t, oldest);
    return oldest;
}

const char *trial_context(struct parley_trial *t, const struct parley_trace *trace,
                          const struct side *side, struct parley_stack_problem *problem) {
    bool anew = side_has(side, PARLEY_LINE_new_context);
    if (t->its_context != NULL && settings_same(side, &t->its_context->side) && !anew) {
        return NULL;
    }
    bool keep = t->keeping && may_keep(t, trace, side) && !anew;
    struct trial_context *c = keep ? kept(t, trace, side) : NULL;
    const char *wrong = NULL;
    if (c == NULL) {
        c = place(t);
        c->role = trace->role;
        c->seed = trace->seed;
        c->side = *side;
        c->runs = c->warmed = 0;
        c->kept.version = 0;
        parley_seeded_init(&c->stream, trace->seed, anew ? TRIAL_STREAMS + t->renewed++ : 1);
        wrong = make(t, c, problem);
    }
    c->run = t->run;
    c->keep = keep && ++c->runs < RUNS_MAX;
    t->its_context = wrong == NULL ? c : NULL;
    return wrong;
}

void trial_contexts_done(struct parley_trial *t) {
    for (size_t i = 0; i < TRIAL_CONTEXTS; i++) {
        if (t->contexts[i].run == t->run && !t->contexts[i].keep) {
            drop(t, &t->contexts[i]);
        }
    }
    t->its_context = NULL;
}

void trial_contexts_free(struct parley_trial *t) {
    for (size_t i = 0; i < TRIAL_CONTEXTS; i++) {
        drop(t, &t->contexts[i]);
    }
    t->its_context = NULL;
}
