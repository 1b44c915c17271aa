/* Sending a message as its plan says. */
#ifndef PARLEY_SCRIPT_DELIVER_H
#define PARLEY_SCRIPT_DELIVER_H

#include "script/bender.h"

/* deliver_message sends |b->now|, and what waited for it. deliver_flight_end sends what still waits
 * when nothing more comes; it is a parley_bend.flight_end. */
void deliver_message(struct bender *b, const struct plan *plan);
void deliver_flight_end(void *bender);

#endif
