/* New traces from old ones: what fuzzers change a trace with. A change is an operation, a setting,
 * an operand or a session more, less, or another; what has been seen of handshakes says which are
 * worth it. All randomness comes from the seed: same trace, same lore, same seed, same trace. */
#ifndef PARLEY_VARY_H
#define PARLEY_VARY_H

#include "parley/trial.h"

/* Kinds of handshakes, rows of tables/handshakes.def: each a trace as text, without stack and role.
 */
struct parley_handshake_kind {
    const char *name;
    const char *text;
};
extern const struct parley_handshake_kind parley_handshake_kinds[];
extern const size_t parley_handshake_kind_count;

/* parley_lore is what has been seen of handshakes: what the messages look like, and which of them
 * our end sends under which settings. parley_lore_new returns NULL if out of memory;
 * parley_lore_free takes NULL. */
struct parley_lore;
struct parley_lore *parley_lore_new(void);
void parley_lore_free(struct parley_lore *lore);

/* parley_lore_event takes an event of a trial's watch; parley_lore_run takes what came of |trace|.
 */
void parley_lore_event(struct parley_lore *lore, const struct parley_event *event,
                       const char *bends);
void parley_lore_run(struct parley_lore *lore, const struct parley_trace *trace,
                     const struct parley_trial_result *result);

/* parley_trace_vary changes |trace| once; |lore| may be NULL. A trace without a session becomes one
 * of the kinds. */
void parley_trace_vary(struct parley_trace *trace, const struct parley_lore *lore, uint64_t seed);

/* parley_trace_cross puts something of |other| into |trace|: some of its operations, or a session.
 */
void parley_trace_cross(struct parley_trace *trace, const struct parley_trace *other,
                        uint64_t seed);

#endif
