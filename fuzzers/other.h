/* Another stack's reading of what our parsers read. */
#ifndef PARLEY_FUZZERS_OTHER_H
#define PARLEY_FUZZERS_OTHER_H

#include "parley/seen.h"

#define OTHER_INPUT_MAX 4096

/* other_stack is one. */
struct other_stack {
    const char *(*version)(void);
    /* start runs once and returns NULL, or why the stack cannot be used. */
    const char *(*start)(void);
    void (*end)(void);
    /* client_hello has it read |body|, a client_hello without header of up to OTHER_INPUT_MAX
     * bytes. What |out| points to is the stack's, until the next call. */
    void (*client_hello)(struct parley_bytes body, struct parley_seen_hello *out);
    /* certificate has it decode |der|, likewise. */
    void (*certificate)(struct parley_bytes der, struct parley_seen_certificate *out);
};

extern const struct other_stack other_boringssl;

/* other_load returns the stack of the plugin NAME.so beside the running program, or NULL having
 * said why. A plugin exports other_stack_plugin and nothing else, and stays loaded. */
const struct other_stack *other_load(const char *name);
__attribute__((visibility("default"))) const struct other_stack *other_stack_plugin(void);

/* other_record puts |body| into a record, as a server gets it, and returns the record's length. */
#define OTHER_RECORD_MAX (OTHER_INPUT_MAX + 9)
size_t other_record(struct parley_bytes body, uint8_t out[OTHER_RECORD_MAX]);

/* Room for copies of what is valid only for a moment. */
struct other_room {
    uint8_t bytes[8 * OTHER_INPUT_MAX];
    size_t used;
    struct parley_seen_extension extensions[OTHER_INPUT_MAX / 4];
};

/* other_keep copies |len| bytes into |room|; the copy is never NULL. other_keep_codes copies
 * |count| numbers as they are on the wire. */
struct parley_bytes other_keep(struct other_room *room, const void *data, size_t len);
struct parley_bytes other_keep_codes(struct other_room *room, const uint16_t *codes, size_t count);

#endif
