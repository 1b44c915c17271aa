/* What mutators behind AFL++'s interface share: the room for their output. */
#ifndef FUZZERS_AFL_H
#define FUZZERS_AFL_H

#include <stdint.h>
#include <stdlib.h>

struct afl_room {
    uint8_t *bytes; /* to be freed */
    size_t capacity;
};

/* afl_room_of returns room for |size| bytes, which lives until the next call; NULL: out of memory,
 * or none is wanted. */
static inline uint8_t *afl_room_of(struct afl_room *room, size_t size) {
    if (room->capacity < size) {
        uint8_t *more = realloc(room->bytes, size);
        if (more == NULL) {
            return NULL;
        }
        room->bytes = more;
        room->capacity = size;
    }
    return size > 0 ? room->bytes : NULL;
}

#endif
