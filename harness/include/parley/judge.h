/* Judging trials: did the stack do what it must not? What is said of a session is a verdict with
 * its oracle and its reason; a correct stack gets none, whatever the trace.
 *
 *   C    it completed the handshake, or went on, although an operation did what an RFC has it abort
 *        for; or it aborted over one that an RFC has it ignore (tables/judgements.def)
 *   D    it says "done" though it never got a Finished that fits, or a signature that it needed
 *   K    its records open under a secret that everybody knows
 *   P    nothing was done to the connection that it may notice, both ends are done, and they mean
 *        different things
 *   A    it handed over application data that it should not have taken yet
 *   E    it tells apart what it must answer alike: the faults of premaster, and those of cbc
 *   R    it lets itself be made to spend without end, or out of all proportion
 *   U    its random is that of an earlier session
 *   hang it does not come to an end */
#ifndef PARLEY_JUDGE_H
#define PARLEY_JUDGE_H

#include "parley/trial.h"

enum parley_must { PARLEY_MUST_UNSPECIFIED, PARLEY_MUST_ABORT, PARLEY_MUST_IGNORE };

/* parley_case is what has to be known of a session to say what must be done about an operation. */
struct parley_case {
    const struct parley_trace *trace;
    size_t session;
    uint16_t version; /* that was negotiated, or the only one that could have been; 0: unknown */
    bool resumed;     /* with a PSK, or an earlier session */
    bool resuming;    /* that was tried */
    bool hello_retry;
    bool early_data; /* was accepted */
    uint16_t group;  /* of the key exchange; 0: there was none, or it is not known */
};

/* parley_must_about returns what a correct peer does about operation |index|, and in |*section| who
 * says so (NULL: nobody). */
enum parley_must parley_must_about(const struct parley_case *c, size_t index, const char **section);

/* parley_judgement is one verdict. |oracle| NULL: there is none. |operation| is the one it is
 * about, or PARLEY_TRACE_OPERATIONS. */
struct parley_judgement {
    const char *oracle;
    const char *detail;  /* of E: valid until this thread asks again */
    const char *section; /* or "" */
    size_t operation;
    bool doubtful; /* it holds only if the session completes without |operation|; without one, if it
                      is seen again */
};

#define PARLEY_JUDGEMENTS_MAX 8

/* parley_judge_trial says what is wrong with what the stack did in |session| of |trace|, in |out|,
 * and returns how many verdicts there are. |result| has that session and those before it. */
size_t parley_judge_trial(const struct parley_trace *trace, size_t session,
                          const struct parley_trial_result *result,
                          struct parley_judgement out[PARLEY_JUDGEMENTS_MAX]);

/* parley_judge_again does as parley_judge_trial, and leaves out what is doubtful and does not hold:
 * for that it runs |trace| once more in |spare|, which must not be running, without the operation.
 */
size_t parley_judge_again(struct parley_trial *spare, const struct parley_trace *trace,
                          size_t session, const struct parley_trial_result *result,
                          struct parley_judgement out[PARLEY_JUDGEMENTS_MAX]);

#endif
