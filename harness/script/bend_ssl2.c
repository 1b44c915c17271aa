/* A client_hello in the framing of SSL 2.0 (RFC 5246 E.2). */
#include <string.h>

#include "script/bender.h"
#include "script/mutate.h"

enum {
    VERSION = PARLEY_RECORD_HEADER + 4, /* in a record: where client_version is */
    RANDOM = VERSION + 2,
    SESSION_ID = RANDOM + PARLEY_RANDOM_LENGTH,
    FIXED = 11, /* in SSL 2.0: up to cipher_specs */
    SPEC = 3,
    SUITES_MAX = 100,
};

size_t bend_ssl2(uint8_t *record, size_t len, size_t capacity) {
    uint8_t v2[FIXED + SPEC * SUITES_MAX + PARLEY_RANDOM_LENGTH] = {0};
    if (len <= SESSION_ID || record[0] != PARLEY_CONTENT_HANDSHAKE ||
        record[PARLEY_RECORD_HEADER] != parley_messages[PARLEY_MSG_client_hello].type) {
        return len;
    }
    size_t suites = SESSION_ID + 1u + record[SESSION_ID];
    size_t bytes = suites + 2 <= len ? (size_t)mutate_number(record + suites, 2) : 0;
    size_t count = bytes / 2, length = FIXED + SPEC * count + PARLEY_RANDOM_LENGTH;
    if (count == 0 || count > SUITES_MAX || suites + 2 + bytes > len || length > capacity) {
        return len;
    }
    v2[2] = record[PARLEY_RECORD_HEADER];
    memcpy(v2 + 3, record + VERSION, 2);
    mutate_set_number(v2, 2, (uint32_t)(0x8000 | (length - 2)));
    mutate_set_number(v2 + 5, 2, (uint32_t)(SPEC * count));
    mutate_set_number(v2 + 9, 2, PARLEY_RANDOM_LENGTH);
    for (size_t i = 0; i < count; i++) {
        memcpy(v2 + FIXED + SPEC * i + 1, record + suites + 2 + 2 * i, 2);
    }
    memcpy(v2 + FIXED + SPEC * count, record + RANDOM, PARLEY_RANDOM_LENGTH);
    memcpy(record, v2, length);
    return length;
}
