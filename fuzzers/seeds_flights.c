/* Seeds from what other people's clients send first: corpus/dissect/flights, of ci/flights. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzzers/endpoints.h"
#include "fuzzers/seeds.h"

#define FLIGHT_MAX 65536

/* The handshake messages in |records|: first flights are in the clear. */
static void seed_messages(struct parley_bytes records) {
    static uint8_t messages[FLIGHT_MAX];
    size_t len = 0, at = 0;
    while (records.len >= PARLEY_RECORD_HEADER) {
        size_t body = (size_t)records.data[3] << 8 | records.data[4];
        seed_bytes("record_header", (struct parley_bytes){records.data, PARLEY_RECORD_HEADER});
        if (records.data[0] != PARLEY_CONTENT_HANDSHAKE ||
            body > records.len - PARLEY_RECORD_HEADER) {
            break;
        }
        memcpy(messages + len, records.data + PARLEY_RECORD_HEADER, body);
        len += body;
        records.data += PARLEY_RECORD_HEADER + body;
        records.len -= PARLEY_RECORD_HEADER + body;
    }
    (void)seed("", "reassembly", (struct parley_bytes){messages, len});
    while (len - at >= PARLEY_HANDSHAKE_HEADER) {
        const uint8_t *m = messages + at;
        size_t body = (size_t)m[1] << 16 | (size_t)m[2] << 8 | m[3];
        if (body > len - at - PARLEY_HANDSHAKE_HEADER) {
            break;
        }
        if (m[0] == parley_messages[PARLEY_MSG_client_hello].type) {
            seed_message(PARLEY_MSG_client_hello,
                         (struct parley_bytes){m + PARLEY_HANDSHAKE_HEADER, body});
        }
        at += PARLEY_HANDSHAKE_HEADER + body;
    }
}

static void seed_flight(const char *path) {
    static uint8_t flight[FLIGHT_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        seed_impossible(path);
    }
    struct parley_bytes in = {flight, fread(flight, 1, sizeof(flight), file)};
    (void)fclose(file);
    for (int row = 0; row < ENDPOINT_COUNT; row++) {
        if (endpoint_rows[row].role == PARLEY_SERVER) {
            (void)seed("", endpoint_rows[row].name, in);
        }
    }
    seed_messages(in);
}

void seeds_flights(const char *folder) {
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0) {
        seed_impossible(folder);
    }
    for (int i = 0; i < count; i++) {
        char path[1024];
        int len = snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.' && len > 0 && (size_t)len < sizeof(path)) {
            seed_flight(path);
        }
        free(entries[i]);
    }
    free(entries);
}
