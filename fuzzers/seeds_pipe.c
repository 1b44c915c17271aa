/* Schedules for the target pipe: every pair of ends as it is, and every operation on the first few
 * records. */
#include "fuzzers/endpoints.h"
#include "fuzzers/schedule.h"
#include "fuzzers/seeds.h"

#define RECORDS 6

/* |kind| on the record with this number, of either end of |pair|. */
static void one_kind(unsigned kind, uint8_t record, uint8_t pair) {
    const uint8_t server = (uint8_t)(kind | 0x80);
    const uint8_t schedule[] = {pair, 3, (uint8_t)kind, record, 0, 9, 1, server, record, 0, 9, 1};
    (void)seed("", "pipe", (struct parley_bytes){schedule, sizeof(schedule)});
}

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
    for (uint8_t record = 0; record < RECORDS; record++) {
        for (unsigned kind = 0; kind < SCHEDULE_KINDS; kind++) {
            one_kind(kind, record, 0x00); /* TLS 1.3 */
            one_kind(kind, record, 0x11); /* TLS 1.2 */
        }
    }
}
