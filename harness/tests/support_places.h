/* Every moment of every kind of handshake at which an end waits for something, so that a test can
 * put something else there. */
#ifndef PARLEY_TESTS_SUPPORT_PLACES_H
#define PARLEY_TESTS_SUPPORT_PLACES_H

#include "tests/support_kinds.h"

/* One such moment: |victim| is in |state|, for the first time in this kind of handshake, when the
 * other end is about to send its message number |index|; or, past its last one, all is over. */
struct place {
    const struct kind *kind;
    enum parley_role victim;
    size_t index;
    const char *state;
    uint16_t version; /* whose machine the victim runs now */
    bool sealed;      /* the records that come are protected */
    uint64_t sent[2]; /* which messages each end sends in this kind of handshake, as bits */
    bool resumed;     /* what it comes to */
    enum parley_key_exchange exchange;
};

/* each_place calls |check| for each of them, with a pair to use as it likes, and returns how many
 * there were. */
size_t each_place(void (*check)(struct duo *d, const struct place *p));

/* place_put runs the handshake with a record of |type| put in at |p|, under the keys of the moment;
 * |seal|: one that the engine would not protect by itself. */
void place_put(struct duo *d, const struct place *p, uint8_t type, bool seal,
               struct parley_bytes bytes);

/* place_describe says where |p| is; the text is overwritten by the next call. */
const char *place_describe(const struct place *p, const char *what);

/* place_refuses is place_put, and fails the test unless the victim refuses that, in that state,
 * with unexpected_message. place_passes fails it unless both ends complete all the same. */
void place_refuses(struct duo *d, const struct place *p, uint8_t type, bool seal,
                   struct parley_bytes bytes, const char *what);
void place_passes(struct duo *d, const struct place *p, uint8_t type, struct parley_bytes bytes,
                  const char *what);

#endif
