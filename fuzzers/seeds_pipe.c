/* Schedules for the target pipe: every pair of ends as it is, and every operation on the first
 * records. */
#include "fuzzers/endpoints.h"
#include "fuzzers/schedule.h"
#include "fuzzers/seeds.h"

#define RECORDS 2

void seeds_pipe(void) {
    size_t count[2] = {0, 0};
    for (int row = 0; row < ENDPOINT_COUNT; row++) {
        count[endpoint_rows[row].role]++;
    }
    for (size_t pair = 0; pair < count[PARLEY_CLIENT] * count[PARLEY_SERVER]; pair++) {
        size_t server = pair / count[PARLEY_CLIENT], client = pair % count[PARLEY_CLIENT];
        const uint8_t whole[] = {(uint8_t)(server << 4 | client), 3};
        (void)seed("", "pipe", (struct parley_bytes){whole, sizeof(whole)});
    }
    for (unsigned kind = 0; kind < SCHEDULE_KINDS; kind++) {
        for (uint8_t record = 0; record < RECORDS; record++) {
            /* The same on both ways; TLS 1.3 first, then TLS 1.2. */
            const uint8_t both[] = {record == 0 ? 0x00 : 0x11,
                                    3, /* the ends */
                                    (uint8_t)kind,
                                    record,
                                    0,
                                    9,
                                    1, /* from the client */
                                    (uint8_t)(kind | 0x80),
                                    record,
                                    0,
                                    9,
                                    1}; /* from the server */
            (void)seed("", "pipe", (struct parley_bytes){both, sizeof(both)});
        }
    }
}
