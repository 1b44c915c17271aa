/* Borrowed byte strings: what every room passes to every other. */
#ifndef PARLEY_BYTES_H
#define PARLEY_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* parley_bytes is a borrowed run of |len| bytes at |data|; whoever made it says how long it
 * stays valid. Zero-initialised it is the empty string. */
struct parley_bytes {
    const uint8_t *data;
    size_t len;
};

#endif
