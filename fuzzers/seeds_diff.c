/* Seeds for the targets diff_client_hello_*: what other clients sent first, and what ours sends. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzzers/seeds.h"
#include "parley/wire.h"

#define FLIGHTS "corpus/dissect/flights"
#define FLIGHT_MAX 65536

void seeds_diff_hello(seed_writer *seed, struct parley_bytes hello) {
    seed("", "diff_client_hello_boringssl", hello);
    seed("", "diff_client_hello_openssl", hello);
}

/* Takes the record headers out of |bytes|; returns what is left. */
static size_t unframe(uint8_t *bytes, size_t len) {
    size_t to = 0;
    for (size_t at = 0; len - at > PARLEY_RECORD_HEADER;) {
        size_t body = (size_t)bytes[at + 3] << 8 | bytes[at + 4];
        at += PARLEY_RECORD_HEADER;
        for (; body > 0 && at < len; body--) {
            bytes[to++] = bytes[at++];
        }
    }
    return to;
}

static void flight(seed_writer *seed, const char *path) {
    static uint8_t bytes[FLIGHT_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    size_t len = unframe(bytes, fread(bytes, 1, sizeof(bytes), file));
    (void)fclose(file);
    if (len < PARLEY_HANDSHAKE_HEADER) {
        return;
    }
    size_t body = (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    if (bytes[0] == 1 /* client_hello */ && body <= len - PARLEY_HANDSHAKE_HEADER) {
        seeds_diff_hello(seed, (struct parley_bytes){bytes + PARLEY_HANDSHAKE_HEADER, body});
    }
}

void seeds_diff(seed_writer *seed) {
    struct dirent **entries = NULL;
    int count = scandir(FLIGHTS, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[1024];
        (void)snprintf(path, sizeof(path), "%s/%s", FLIGHTS, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            flight(seed, path);
        }
        free(entries[i]);
    }
    free(entries);
}
