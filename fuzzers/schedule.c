/* The schedule lies behind the vtable of our engine: the push of the end that bytes are for takes
 * records apart from what the pipe hands over, bends them, and passes them on in portions. */
#include "fuzzers/schedule.h"

#include <stdlib.h>
#include <string.h>

#include "parley/wire.h"

#define OPERATION_SIZE 5
#define OPERATIONS_MAX 64
#define QUEUE_MAX 131072 /* bytes due; what does not fit is lost, as on a wire */

struct operation {
    enum parley_role from;
    enum schedule_kind kind;
    uint8_t record, argument;
    uint16_t place;
};

/* One direction, by sender. */
struct lane {
    struct parley_engine *to;
    struct parley_stack_connection *connection; /* of |to| */
    uint8_t record[PARLEY_RECORD_HEADER + 65536];
    size_t have; /* of the record that is coming */
    size_t count;
    uint8_t held[PARLEY_RECORD_HEADER + 65536 + 256]; /* until the next one has gone */
    size_t held_length;
    uint8_t queue[QUEUE_MAX];
    size_t start, end;
    size_t chunk;
    bool ending, ended;
};

static struct operation operations[OPERATIONS_MAX];
static size_t operation_count;
static struct lane lanes[2];
static struct parley_stack stack;
static bool bent;

/* ---- Records ---- */

static void enqueue(struct lane *lane, const uint8_t *bytes, size_t len) {
    if (!lane->ending && len <= sizeof(lane->queue) - lane->end) {
        memcpy(lane->queue + lane->end, bytes, len);
        lane->end += len;
    } else {
        bent = true;
    }
}

static void enqueue_plain(struct lane *lane, const struct operation *op) {
    uint8_t type = (uint8_t)(PARLEY_CONTENT_CHANGE_CIPHER_SPEC + op->place % 5);
    bool signal = type == PARLEY_CONTENT_CHANGE_CIPHER_SPEC;
    const uint8_t record[] = {
        type, 3, 3, 0, signal ? 1 : 2, (op->argument & 1) + 1U, op->argument >> 1};
    enqueue(lane, record, sizeof(record) - (signal ? 1 : 0));
}

/* Cuts |count| bytes at |at| out of |bytes|, or doubles them. Returns the new length. */
static size_t stretch(uint8_t *bytes, size_t len, size_t at, size_t count, bool twice) {
    count = count < len - at ? count : len - at;
    if (twice) {
        memmove(bytes + at + count, bytes + at, len - at);
        return len + count;
    }
    memmove(bytes + at, bytes + at + count, len - at - count);
    return len - count;
}

/* What becomes of one record: |bytes|, with room for 256 more. */
struct fate {
    uint8_t *bytes;
    size_t len;
    bool drop, twice, swap, end;
};

static void apply(struct lane *lane, struct lane *back, const struct operation *op,
                  struct fate *fate) {
    size_t at = fate->len == 0 ? 0 : op->place % fate->len;
    if (op->kind == SCHEDULE_CHUNK) {
        lane->chunk = op->argument;
        return;
    }
    bent = true;
    if (op->kind == SCHEDULE_FLIP && fate->len != 0) {
        fate->bytes[at] ^= op->argument != 0 ? op->argument : 0xff;
    } else if (op->kind == SCHEDULE_CUT) {
        fate->len = stretch(fate->bytes, fate->len, at, op->argument + 1U, false);
    } else if (op->kind == SCHEDULE_STUTTER && fate->len <= sizeof(lane->record)) {
        fate->len = stretch(fate->bytes, fate->len, at, op->argument + 1U, true);
    } else if (op->kind == SCHEDULE_PLAIN) {
        enqueue_plain(lane, op);
    } else if (op->kind == SCHEDULE_REFLECT) {
        enqueue(back, fate->bytes, fate->len);
    } else if (op->kind == SCHEDULE_END) {
        fate->len = at;
        fate->end = true;
    }
    fate->drop = fate->drop || op->kind == SCHEDULE_DROP;
    fate->twice = fate->twice || op->kind == SCHEDULE_TWICE;
    fate->swap = fate->swap || op->kind == SCHEDULE_SWAP;
}

/* Sends the whole record of |lane| to its fate. */
static void pass_on(struct lane *lane) {
    static uint8_t bytes[sizeof(lane->held)];
    struct fate fate = {.bytes = bytes, .len = lane->have};
    memcpy(bytes, lane->record, lane->have);
    enum parley_role from = lane == &lanes[PARLEY_SERVER] ? PARLEY_SERVER : PARLEY_CLIENT;
    for (size_t i = 0; i < operation_count; i++) {
        if (operations[i].from == from && operations[i].record == lane->count) {
            apply(lane, &lanes[1 - from], &operations[i], &fate);
        }
    }
    lane->count++;
    lane->have = 0;
    if (fate.swap) {
        memcpy(lane->held, bytes, fate.len);
        lane->held_length = fate.len;
        return;
    }
    for (int i = 0; i < (fate.drop ? 0 : fate.twice ? 2 : 1); i++) {
        enqueue(lane, bytes, fate.len);
    }
    enqueue(lane, lane->held, lane->held_length);
    lane->held_length = 0;
    lane->ending = lane->ending || fate.end;
}

/* Adds |data| to the record that is coming. What is no record (an engine sends none such) would
 * wait for its end forever. */
static void collect(struct lane *lane, const uint8_t *data, size_t len) {
    while (len > 0) {
        size_t whole = PARLEY_RECORD_HEADER;
        if (lane->have >= whole) {
            whole += (size_t)lane->record[3] << 8 | lane->record[4];
        }
        size_t more = whole - lane->have < len ? whole - lane->have : len;
        memcpy(lane->record + lane->have, data, more);
        lane->have += more;
        data += more;
        len -= more;
        if (lane->have == whole &&
            (whole > PARLEY_RECORD_HEADER || (lane->record[3] | lane->record[4]) == 0)) {
            pass_on(lane);
        }
    }
}

/* Hands over what is due, until its receiver takes no more. */
static void deliver(struct lane *lane) {
    while (lane->start < lane->end) {
        size_t len = lane->end - lane->start;
        if (lane->chunk != 0 && lane->chunk < len) {
            len = lane->chunk;
        }
        size_t taken = parley_engine_push(lane->to, lane->queue + lane->start, len);
        if (taken == 0) {
            return;
        }
        lane->start += taken;
    }
    lane->start = lane->end = 0;
    if (lane->ending && !lane->ended) {
        lane->ended = true;
        parley_engine_end_of_input(lane->to);
    }
}

/* ---- The vtable ---- */

static struct lane *lane_to(const struct parley_stack_connection *connection) {
    return &lanes[connection == lanes[0].connection ? 0 : 1];
}

static size_t scheduled_push(struct parley_stack_connection *connection, const uint8_t *data,
                             size_t len) {
    struct lane *lane = lane_to(connection);
    collect(lane, data, len);
    deliver(lane);
    return len;
}

/* What was refused while data waited to be read is offered again once it is read. */
static size_t scheduled_read(struct parley_stack_connection *connection, uint8_t *out, size_t cap) {
    size_t len = parley_engine_stack.read(connection, out, cap);
    if (len == 0) {
        deliver(lane_to(connection));
        len = parley_engine_stack.read(connection, out, cap);
    }
    return len;
}

void schedule_clear(void) {
    schedule_read((struct parley_bytes){NULL, 0});
}

void schedule_read(struct parley_bytes in) {
    operation_count = 0;
    bent = false;
    for (size_t i = 0; i + OPERATION_SIZE <= in.len && operation_count < OPERATIONS_MAX;
         i += OPERATION_SIZE) {
        const uint8_t *at = in.data + i;
        operations[operation_count++] = (struct operation){
            .from = (at[0] & 0x80) != 0 ? PARLEY_SERVER : PARLEY_CLIENT,
            .kind = (enum schedule_kind)((at[0] & 0x7f) % SCHEDULE_KINDS),
            .record = at[1],
            .place = (uint16_t)(at[2] << 8 | at[3]),
            .argument = at[4],
        };
    }
}

void schedule_join(struct parley_engine *const engines[2], struct parley_endpoint out[2]) {
    stack = parley_engine_stack;
    stack.push = scheduled_push;
    stack.read = scheduled_read;
    for (int from = 0; from < 2; from++) {
        struct lane *lane = &lanes[from];
        lane->to = engines[1 - from];
        lane->connection = parley_engine_connection(lane->to);
        if (lane->connection == NULL) {
            abort();
        }
        lane->have = lane->count = lane->held_length = 0;
        lane->start = lane->end = lane->chunk = 0;
        lane->ending = lane->ended = false;
        out[1 - from] = (struct parley_endpoint){&stack, lane->connection};
    }
}

void schedule_part(struct parley_endpoint ends[2]) {
    for (int role = 0; role < 2; role++) {
        parley_engine_stack.close(ends[role].connection);
    }
}

bool schedule_is_bent(void) {
    return bent;
}
