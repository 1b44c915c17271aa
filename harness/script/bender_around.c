/* What the bender sends before a message, and behind it. */
#include "script/bender.h"

#include <string.h>

#define VERIFY_DATA12 12 /* the shortest there is: RFC 5246 7.4.9 */

/* replay sends our last message of a name again. */
static bool replay(struct bender *b, enum parley_message message) {
    struct parley_operand *kept = &b->sent[message];
    if (kept->length == 0) {
        return false;
    }
    struct parley_bytes bytes = {b->sent_bytes + kept->number, kept->length};
    return parley_engine_hash(b->engine, message, bytes) &&
           parley_engine_put(b->engine, message, bytes);
}

static bool insert(struct bender *b, enum parley_message message, struct parley_bytes body) {
    uint8_t bytes[PARLEY_HANDSHAKE_HEADER + PARLEY_TRACE_POOL];
    bool handshake = parley_messages[message].content == PARLEY_CONTENT_HANDSHAKE;
    size_t header = handshake ? PARLEY_HANDSHAKE_HEADER : 0;
    bytes[0] = parley_messages[message].type;
    /* What is inserted was seen in other runs, and where all is as it was there it is right. */
    b->proved |= message == PARLEY_MSG_finished && body.len >= VERIFY_DATA12;
    mutate_set_number(bytes + 1, 3, (uint32_t)body.len);
    memcpy(bytes + header, body.data, body.len);
    struct parley_bytes whole = {bytes, header + body.len};
    return parley_engine_hash(b->engine, message, whole) &&
           parley_engine_put(b->engine, message, whole);
}

/* say_record: handshake bytes in a record of our own are in no transcript of ours. Under other keys
 * nobody takes them; and what comes where 0-RTT data may be can be skipped (RFC 8446 4.2.10). */
static void say_record(struct bender *b, const struct parley_operand *operands) {
    bool taken = operands[1].number == PARLEY_CONTENT_HANDSHAKE &&
                 operands[2].number <= PARLEY_KEYS_CLEAR && operands[3].length > 0;
    bool early = b->early_offered && parley_engine_write_epoch(b->engine) < PARLEY_EPOCH_HANDSHAKE;
    b->dishonest |= taken && !early;
    b->dishonest_early |= taken && early;
}

void bender_surround(struct bender *b, enum parley_message message, bool after) {
    char around[BENDER_NOTE];
    memcpy(around, b->note, sizeof around);
    b->resending = true;
    for (size_t i = 0; i < b->session->operation_count; i++) {
        const struct parley_line *line = &b->session->operations[i];
        const struct parley_operand *operands = line->operands;
        if (parley_line_rows[line->row].operands[0] != PARLEY_OPERAND_PLACE ||
            parley_point_of(&operands[0]).after != after || !bender_is_about(b, line, message)) {
            continue;
        }
        b->note[0] = '\0';
        bender_note(b, line, i, true);
        bool done = false;
        if (line->row == PARLEY_LINE_record) {
            say_record(b, operands);
            done = parley_engine_put_record(b->engine, (uint8_t)operands[1].number,
                                            (enum parley_keys)operands[2].number,
                                            parley_trace_bytes(b->trace, &operands[3]));
        } else if (line->row == PARLEY_LINE_insert) {
            done = insert(b, (enum parley_message)operands[1].number,
                          parley_trace_bytes(b->trace, &operands[2]));
        } else if (line->row == PARLEY_LINE_replay) {
            done = replay(b, (enum parley_message)operands[1].number);
        }
        if (!done) {
            b->applied &= ~(UINT64_C(1) << i);
        } else if (b->swapping || b->coalescing) {
            b->applied |= b->waiting_plan.waits; /* this has overtaken it */
        }
    }
    b->resending = false;
    memcpy(b->note, around, sizeof around);
}
