/* What a trial is made of. */
#ifndef PARLEY_SCRIPT_TRIAL_H
#define PARLEY_SCRIPT_TRIAL_H

#include "parley/trial.h"
#include "script/bender.h"
#include "script/trial_extras.h"
#include "script/trial_settings.h"

/* Every stream of randomness is its own: what one end draws does not move the other. The last two
 * are those of sessions that go before. */
enum { TRIAL_STREAMS = 2 + 2 * (PARLEY_TRACE_SESSIONS + 1), WARM_STREAMS = 1000 };

/* Every run's time: 2026-01-01 00:00:00 UTC. Each session comes a second later. */
#define TRIAL_TIME_MS INT64_C(1767225600000)
#define TRIAL_SECOND_MS 1000

/* Records as they leave the stack: |header| is of the one that comes, |left| bytes of whose content
 * have not been seen. */
struct records_seen {
    uint8_t header[5];
    unsigned header_length;
    size_t left;
    unsigned count;
    uint32_t types;
    bool begins;     /* what comes is the first byte of a record */
    unsigned hellos; /* records in the clear that begin as a client_hello does */
};

/* A context of the stack, with all that it was made from. */
#define TRIAL_CONTEXTS 24
struct trial_context {
    struct parley_stack_context *context; /* NULL: this place is free */
    enum parley_role role;
    uint64_t seed;
    struct side side;
    const char *alpn[SIDE_PROTOCOLS];
    struct parley_config engine; /* where the stack is our engine */
    struct parley_pem_credential credential;
    struct trial_extras extras;
    struct parley_seeded stream;
    uint64_t run;               /* that used it last */
    unsigned runs;              /* that used it */
    unsigned warmed;            /* sessions that were made for those that warm up */
    bool keep;                  /* when that run is over */
    struct parley_session kept; /* what our client has of the session that went before; version 0:
                                   none did */
    struct side kept_our;       /* our settings and the conduct when it got that */
    uint64_t kept_run;
    struct conduct kept_conduct;
};

struct parley_trial {
    const struct parley_pki *pki;
    struct parley_pipe *pipe;
    struct parley_memo *memo;
    /* Without staples and with them; made when first wanted. */
    struct parley_credential *credentials[2][PARLEY_PKI_ENTRIES];
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
    struct trial_extras our_extras;
    uint8_t authorities[256]; /* those that our server names */
    size_t authorities_len;
    struct parley_ech_keys *ech_keys; /* of our server, for the key pair |ech_number| */
    uint8_t ech_number;
    struct bender bender;

    /* The stack's. */
    const struct parley_stack *stack; /* NULL: none yet */
    char name[PARLEY_TRACE_STACK];
    struct trial_context contexts[TRIAL_CONTEXTS];
    struct trial_context *its_context; /* of this session; NULL: none */
    struct parley_stack_connection *its;
    bool keeping; /* contexts, from run to run */
    uint64_t run;
    uint64_t renewed;                  /* contexts that were asked for in this run */
    struct parley_trace_session plain; /* a session without operations */
    bool was_done, resuming;
    struct records_seen records; /* of the stack, behind the first operation */

    struct parley_psk psk;
    struct parley_psk12 psk12;
    const struct parley_trial_watch *watch;
};

/* trial_ours makes |t->config| what |t->our| says, for an engine that plays |role|. It returns
 * NULL, or what is wrong. */
const char *trial_ours(struct parley_trial *t, enum parley_role role);

/* A connection to be. */
struct meeting {
    const struct parley_trace *trace;
    const struct parley_trace_session *session;
    size_t stream; /* the stack's; ours is the next */
    int64_t now_ms;
    struct conduct conduct;
};

/* trial_heap.c: trial_heap returns how many bytes of the heap are in use; as that takes its time,
 * trial_may_grow says for which sessions it is worth while: those that promise much, or say little
 * at a time. */
size_t trial_heap(void);
bool trial_may_grow(const struct parley_trace_session *session);

/* trial_session.c: trial_meet runs |m| with |t->its_context|, and says in |*out| what came of it.
 * It returns NULL, or what is wrong. trial_disconnect closes what is open. */
const char *trial_meet(struct parley_trial *t, const struct meeting *m,
                       struct parley_trial_session *out, struct parley_stack_problem *problem);
void trial_disconnect(struct parley_trial *t);

/* trial_warm.c: trial_by_id returns whether sessions of TLS 1.2 are resumed by id, out of a cache.
 */
bool trial_by_id(const struct parley_trial *t, const struct side *its, const struct side *our);

/* trial_warm_up makes our client a session, as |m| says but for what is bent; or,
 * where that has been done in this context before, takes that. Without one the client then does a
 * full handshake. It returns NULL, or what is wrong. */
const char *trial_warm_up(struct parley_trial *t, const struct meeting *m,
                          struct parley_stack_problem *problem);

/* trial_contexts.c: trial_context makes |t->its_context| one for |side|: that of the session
 * before, if that was the same; or one that is kept; or a new one. It returns NULL, or what is
 * wrong. trial_contexts_done gives those back that are not kept, trial_contexts_free frees all. */
const char *trial_context(struct parley_trial *t, const struct parley_trace *trace,
                          const struct side *side, struct parley_stack_problem *problem);
void trial_contexts_done(struct parley_trial *t);
void trial_contexts_free(struct parley_trial *t);

/* trial_make_psks makes the PSKs that there are; trial_psk and trial_psk12 return the one that
 * |side| has, or NULL. trial_protocols returns how many protocols it has. */
void trial_make_psks(struct parley_trial *t);
const struct parley_psk *trial_psk(const struct parley_trial *t, const struct side *side);
const struct parley_psk12 *trial_psk12(const struct parley_trial *t, const struct side *side);
size_t trial_protocols(const struct side *side, const char *out[SIDE_PROTOCOLS]);

/* trial_credential returns the credential of entry |number|, as traces have it (0: none), with an
 * OCSP response and SCTs if |stapled|. */
struct parley_credential *trial_credential(struct parley_trial *t, uint64_t number, bool stapled);

#endif
