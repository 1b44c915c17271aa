/* What happens to the bytes on their way from one end of a connection to the other: how they are
 * cut, and what goes wrong with them. See the head of pipe.c for the operations. */
#ifndef PARLEY_FUZZERS_SCHEDULE_H
#define PARLEY_FUZZERS_SCHEDULE_H

#include "parley/stack.h"

/* What an operation does to a record. */
enum schedule_kind {
    SCHEDULE_CHUNK, /* from it on, portions of |argument| bytes are handed over; 0: all there is */
    SCHEDULE_FLIP,  /* its byte at |place| is XORed with |argument|, or 0xff for 0 */
    SCHEDULE_CUT,   /* up to |argument| + 1 bytes at |place| are missing */
    SCHEDULE_STUTTER, /* up to |argument| + 1 bytes at |place| come twice */
    SCHEDULE_DROP,    /* it does not come */
    SCHEDULE_TWICE,   /* it comes twice */
    SCHEDULE_SWAP,    /* it comes after the next one */
    SCHEDULE_PLAIN,   /* in front of it comes an unprotected one of the type 20 + |place| % 5 */
    SCHEDULE_REFLECT, /* it comes, and comes back to its sender */
    SCHEDULE_END,     /* |place| bytes of it come, and then the end of the transport */
    SCHEDULE_KINDS,
};

/* schedule_read takes the operations of |in|; schedule_clear takes all away. Both forget what is
 * under way. */
void schedule_read(struct parley_bytes in);
void schedule_clear(void);

/* schedule_join puts the schedule between the two ends, by role, whose engines are |engines|, and
 * returns them as endpoints for the pipe. There is one schedule: one pair at a time. */
void schedule_join(struct parley_engine *const engines[2], struct parley_endpoint out[2]);

/* schedule_part gives the endpoints back. */
void schedule_part(struct parley_endpoint ends[2]);

/* schedule_is_bent returns whether, since schedule_read, a byte came that was not sent, or did not
 * come as it was sent. */
bool schedule_is_bent(void);

#endif
