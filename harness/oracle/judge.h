/* What the judge's files share. */
#ifndef PARLEY_ORACLE_JUDGE_H
#define PARLEY_ORACLE_JUDGE_H

#include "parley/judge.h"

/* One condition of judgements.def. |line| is the operation. */
typedef bool judge_when(const struct parley_case *c, const struct parley_line *line);

/* judge_has_setting returns whether |row| is set for the end |whose|, in the session. */
bool judge_has_setting(const struct parley_case *c, enum parley_trace_row row,
                       enum parley_whose whose);

/* judge_breaches looks for the first breach that was let pass. */
bool judge_breaches(const struct parley_case *c, const struct parley_trial_session *s,
                    struct parley_judgement *out);

/* judge_resources looks at what the stack was made to spend. */
bool judge_resources(const struct parley_trace *trace, size_t session,
                     const struct parley_trial_session *s, struct parley_judgement *out);

/* judge_alike compares the session with its twin. */
bool judge_alike(const struct parley_trace *trace, size_t session,
                 const struct parley_trial_session *s, struct parley_judgement *out);

judge_when when_ALWAYS, when_EARLY_DATA, when_FOREIGN_MESSAGE, when_SHARES_OR_GROUPS,
    when_SIGALGS_IN_FULL, when_UNASSIGNED, when_ONLY_IN_HELLOS, when_PSK_NOT_LAST, when_PSK_LAST,
    when_BAD_SHARE_TAKEN, when_RESUMED, when_KEYS_WRONG, when_SIGNED_IN_FULL, when_UNKNOWN_CONTENT,
    when_CCS_WRONG, when_CCS_IN_TIME, when_DATA_BEFORE, when_EMPTY_HANDSHAKE, when_FATAL_ALERT,
    when_EARLY_CCS, when_ONCE_MORE, when_NOT_SKIPPED, when_NO_ECH, when_HASHED, when_OUT_OF_ORDER13,
    when_OUT_OF_ORDER12, when_EARLY_KEY_UPDATE, when_EARLY_TICKET, when_WRONG_KEY_UPDATE,
    when_UNASKED_REQUEST, when_SECOND_RETRY, when_WARNING_OF_ERROR, when_ALERT_MALFORMED;

#endif
