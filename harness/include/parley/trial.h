/* A trial: a trace, run. Our engine plays one end and bends what it sends, the stack that the trace
 * names plays the other; both are driven through a pipe in memory, session by session.
 *
 *     struct parley_trial *trial = parley_trial_new(pki);
 *     parley_trial_run(trial, &trace, &watch, &result, why);
 *
 * Between the sessions of a trace our end keeps the newest session it was given, its ticket key and
 * its session cache. The stack keeps its context, with what it remembers, as long as its own
 * settings are the same as in the session before; else it gets a new one. Of a stack that is
 * deterministic, the same trace gives the same bytes, whatever ran before it. */
#ifndef PARLEY_TRIAL_H
#define PARLEY_TRIAL_H

#include "parley/pipe.h"
#include "parley/pki.h"
#include "parley/trace.h"

/* What is to be seen of a run; members may be NULL. |event| is told what happens at our end
 * (parley_hooks.observe), and which operations made of it what it is: |bends|, as text, with "; "
 * between them; NULL: none. */
struct parley_trial_watch {
    void *arg;
    void (*event)(void *arg, const struct parley_event *event, const char *bends);
    void (*key_log)(void *arg, const char *line);
    struct parley_recording *recording; /* of all sessions */
};

/* What the stack did, as far as stacks can be compared. */
enum parley_answer {
    PARLEY_ANSWER_COMPLETED, /* its handshake is done, and it did not fail later */
    PARLEY_ANSWER_ABORTED,   /* it failed */
    PARLEY_ANSWER_HUNG,      /* neither: it waits */
    PARLEY_ANSWERS,
};

/* What a message of ours was that must be refused: rows of tables/breaches.def. */
enum parley_breach {
#define BREACH(name, ...) PARLEY_BREACH_##name,
#include "tables/breaches.def"
#undef BREACH
    PARLEY_BREACHES,
};

/* How the stack answered a session, as far as others can see it. */
struct parley_trial_reply {
    enum parley_answer answer;
    bool was_done;
    uint64_t applied;
    unsigned alert;
    unsigned records;      /* that it sent behind the first operation, */
    uint32_t record_types; /* a digest of their types, and of the lengths of alerts */
};

/* What a session came to. */
struct parley_trial_session {
    struct parley_pipe_result pipe;
    enum parley_answer answer;
    bool compared;     /* the two ends were, as both were done */
    bool was_done;     /* the stack has said at some time that the handshake is done */
    uint64_t applied;  /* bit i: operation i had its effect */
    uint64_t sent;     /* bit i: our end was to send message i */
    bool proved;       /* our Finished went out as it should be, over all that we sent */
    unsigned runs;     /* that its context has had, this one among them; 0: it is not kept */
    bool renewed;      /* its context is new, and so is all that it should have drawn */
    bool asked;        /* the stack asked for our certificate */
    bool vouched;      /* what we signed, if anything, went out as it should be */
    uint64_t breaches; /* bit i: we sent such a message (enum parley_breach) */
    uint8_t breach_operation[PARLEY_BREACHES]; /* and which operation made it so */
    uint8_t breach_message[PARLEY_BREACHES];   /* of which message */
    unsigned alert;         /* of the stack, as it says or as we heard it; or PARLEY_ALERT_NONE */
    bool predictable;       /* what it protected opened under a secret of zeros */
    bool ours_failed_first; /* our end ended it */
    /* Where an operation does what must be answered alike whatever the fault (premaster, cbc): how
     * the session was answered, and how it was when the fault was the first of them. */
    bool has_twin;
    struct parley_trial_reply reply, twin;
    uint64_t flooded; /* so many of a flood, or copies of a change_cipher_spec, went out, and the
                         connection went on */
    size_t heap;      /* bytes by which what is in use of it has grown, where that was looked at */
    uint8_t random[32]; /* of its first hello; zeros: it had none */
    /* What was negotiated, as far as one of the ends knows; before that, the only version that
     * could be, or 0. */
    uint16_t version;
    bool resumed, hello_retry, early_data;
    bool resuming; /* resumption, or a PSK, was at least tried */
};

struct parley_trial_result {
    size_t session_count; /* that ran */
    struct parley_trial_session sessions[PARLEY_TRACE_SESSIONS];
};

struct parley_trial;

/* parley_trial_new returns what trials are run in, any number of them one after the other, or NULL
 * if out of memory. |pki| is borrowed. */
struct parley_trial *parley_trial_new(const struct parley_pki *pki);
void parley_trial_free(struct parley_trial *trial);

/* parley_trial_keep says whether the stack's contexts are kept from run to run, where what earlier
 * runs have left in them should be nothing to later ones: sooner by far. From then on the same
 * trace may give other bytes; if it gives another answer, the stack remembers what it should not.
 */
void parley_trial_keep(struct parley_trial *trial, bool keep);

/* parley_trial_run runs |trace|; |watch| may be NULL. Returns true and fills |*result| if all its
 * sessions ran, whatever came of them; else |why| has one line, and if |unsupported| is not NULL,
 * it is told whether the stack merely does not have what was asked for. The strings in |*result|
 * are those of the last session only, and last until the next run. |each|, if not NULL, is called
 * after each session, when all that it came to is still there. */
bool parley_trial_run(struct parley_trial *trial, const struct parley_trace *trace,
                      const struct parley_trial_watch *watch,
                      void (*each)(void *arg, size_t index,
                                   const struct parley_trial_session *session),
                      void *arg, struct parley_trial_result *result, char why[200],
                      bool *unsupported);

/* parley_trial_spell gives the fields that operations of |trace| have by number the names that they
 * go by in the messages, and says what |mutate| does with other operations, where |keeps| says that
 * the trace still is what it is for. |room| is for what is tried. Returns how many it has changed.
 */
size_t parley_trial_spell(struct parley_trial *trial, struct parley_trace *trace,
                          struct parley_trace *room,
                          bool (*keeps)(void *arg, const struct parley_trace *trace), void *arg);

/* parley_answer_name returns "completed", "aborted", "hung". */
const char *parley_answer_name(enum parley_answer answer);

#endif
