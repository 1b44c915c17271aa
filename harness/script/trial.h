/* What a trial is made of. */
#ifndef PARLEY_SCRIPT_TRIAL_H
#define PARLEY_SCRIPT_TRIAL_H

#include "parley/trial.h"
#include "script/bender.h"
#include "script/trial_settings.h"

/* Every stream of randomness is its own: what one end draws does not move the other. */
enum { TRIAL_STREAMS = 2 + 2 * PARLEY_TRACE_SESSIONS };

struct parley_trial {
    const struct parley_pki *pki;
    struct parley_pipe *pipe;
    struct parley_memo *memo;
    struct parley_credential *credentials[PARLEY_PKI_ENTRIES]; /* made when first wanted */
    struct parley_seeded streams[TRIAL_STREAMS];
    uint8_t data[CONDUCT_DATA_MAX];

    /* Our end. */
    struct parley_config config;
    struct parley_engine *engines[2]; /* by role, made when first wanted */
    struct parley_stack_connection *ours;
    struct parley_session_cache *cache;
    struct parley_session kept; /* the newest session of our client */
    struct side our;
    const char *our_alpn[SIDE_PROTOCOLS];
    struct parley_credential *our_credential;
    struct bender bender;

    /* The stack's. */
    const struct parley_stack *stack;
    struct parley_stack_context *context;
    struct parley_stack_connection *its;
    struct side its_side;
    const char *its_alpn[SIDE_PROTOCOLS];
    struct parley_config its_engine; /* where it is our engine */
    struct parley_pem_credential its_credential;
    bool was_done, resuming;

    struct parley_psk psk;
    struct parley_psk12 psk12;
    const struct parley_trial_watch *watch;
};

/* trial_ours makes |t->config| what |t->our| says, for an engine that plays |role|; trial_context
 * gives the stack a context as |t->its_side| says. They return NULL, or what is wrong. */
const char *trial_ours(struct parley_trial *t, enum parley_role role);
const char *trial_context(struct parley_trial *t, enum parley_role role,
                          struct parley_stack_problem *problem);

/* trial_credential returns the credential of entry |number|, as traces have it (0: none). */
struct parley_credential *trial_credential(struct parley_trial *t, uint64_t number);

#endif
