/* Recording: every byte that left an endpoint, in order, divided into flights. */
#include "parley/pipe.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

/* grow makes room for |count| elements of |size| bytes at |*items|. */
static bool grow(void **items, size_t *capacity, size_t count, size_t size) {
    if (count <= *capacity) {
        return true;
    }
    size_t wanted = *capacity == 0 ? 64 : *capacity;
    while (wanted < count) {
        if (wanted > SIZE_MAX / size / 2) {
            return false;
        }
        wanted *= 2;
    }
    void *moved = realloc(*items, wanted * size);
    if (moved == NULL) {
        return false;
    }
    *items = moved;
    *capacity = wanted;
    return true;
}

static bool flight_of(struct parley_recording *r, enum parley_role from) {
    if (r->flight_count > 0 && r->flights[r->flight_count - 1].from == from) {
        return true;
    }
    void *flights = r->flights;
    bool ok = grow(&flights, &r->flight_capacity, r->flight_count + 1, sizeof *r->flights);
    r->flights = flights;
    if (ok) {
        r->flights[r->flight_count++] = (struct parley_flight){.from = from, .offset = r->length};
    }
    return ok;
}

void parley_recording_add(struct parley_recording *r, enum parley_role from,
                          struct parley_bytes bytes) {
    if (bytes.len == 0 || r->incomplete) {
        return;
    }
    void *room = r->bytes;
    bool ok =
        bytes.len <= SIZE_MAX - r->length && grow(&room, &r->capacity, r->length + bytes.len, 1);
    r->bytes = room;
    if (!ok || !flight_of(r, from)) {
        r->incomplete = true;
        return;
    }
    memcpy(r->bytes + r->length, bytes.data, bytes.len);
    r->length += bytes.len;
    r->flights[r->flight_count - 1].length += bytes.len;
}

void parley_recording_clear(struct parley_recording *r) {
    r->length = 0;
    r->flight_count = 0;
    r->incomplete = false;
}

void parley_recording_free(struct parley_recording *r) {
    free(r->bytes);
    free(r->flights);
    *r = (struct parley_recording){0};
}

void parley_recording_sha256(const struct parley_recording *r, uint8_t out[32]) {
    SHA256(r->bytes, r->length, out);
}
