/* What the bender does to records. */
#include "script/bender.h"

#include <string.h>

static void change_record(const struct parley_line *line, uint8_t *bytes, size_t len) {
    uint64_t number = line->operands[1].number;
    switch (line->row) {
    case PARLEY_LINE_record_version:
        mutate_set_number(bytes + 1, 2, (uint32_t)number);
        break;
    case PARLEY_LINE_record_type:
        bytes[0] = (uint8_t)number;
        break;
    case PARLEY_LINE_record_length:
        mutate_set_number(bytes + 3, 2, (uint32_t)number);
        break;
    default:
        bytes[number % len] ^= (uint8_t)line->operands[2].number;
        break;
    }
}

/* reframe does the operation |line|, which is about the whole record. */
static void reframe(struct bender *b, const struct parley_line *line, uint8_t *bytes, size_t *len,
                    size_t capacity) {
    size_t now = bend_ssl2(bytes, *len, capacity);
    if (now != *len) {
        *len = now;
        b->garbled = true;
        b->applied |= UINT64_C(1) << (line - b->session->operations);
    }
}

/* would_change returns whether one of these operations changes this record. */
static bool would_change(const struct parley_line *line, const uint8_t *bytes, size_t len) {
    uint8_t header[PARLEY_RECORD_HEADER];
    if (line->row == PARLEY_LINE_record_flip) {
        return (uint8_t)line->operands[2].number != 0;
    }
    memcpy(header, bytes, sizeof header);
    change_record(line, header, len);
    return memcmp(header, bytes, sizeof header) != 0;
}

/* garbles returns whether the content arrives as something else, whatever is made of the header:
 * flips may undo each other. */
static bool garbles(const struct bender *b, const struct parley_line *line, size_t len) {
    size_t at = line->operands[1].number % len;
    uint64_t changes = 0;
    for (size_t i = 0; i < b->record_count; i++) {
        const struct parley_operand *flip = b->records[i]->operands;
        if (b->records[i]->row == PARLEY_LINE_record_flip && flip[1].number % len == at) {
            changes ^= flip[2].number;
        }
    }
    return line->row == PARLEY_LINE_record_flip && at >= PARLEY_RECORD_HEADER &&
           (uint8_t)changes != 0;
}

bool bender_record_out(void *arg, enum parley_epoch epoch, uint8_t *bytes, size_t *len,
                       size_t capacity) {
    struct bender *b = arg;
    (void)epoch;
    for (size_t i = 0; i < b->record_count && *len >= PARLEY_RECORD_HEADER; i++) {
        if (b->records[i]->row == PARLEY_LINE_ssl2) {
            reframe(b, b->records[i], bytes, len, capacity);
        } else if (would_change(b->records[i], bytes, *len)) {
            change_record(b->records[i], bytes, *len);
            b->garbled |= garbles(b, b->records[i], *len);
            b->applied |= UINT64_C(1) << (b->records[i] - b->session->operations);
        }
    }
    return !b->muted;
}
