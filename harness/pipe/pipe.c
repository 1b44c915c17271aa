/* The pipe: moves bytes and application data between two endpoints until nothing moves any more. */
#include "parley/pipe.h"

#include <stdlib.h>
#include <string.h>

#define LANE_SIZE (16384 + 512) /* a record of the largest size, and so a pull's worth */
#define DEFAULT_ROUNDS 100000
#define DEFAULT_BYTES ((size_t)64 << 20)

/* A lane holds what one end has sent and the other has not taken yet. */
struct lane {
    size_t start, end;
    uint8_t bytes[LANE_SIZE];
};

/* Where one end stands in the stream of application data. Both ends send and receive the same
 * stream, early_data || client_data || server_data: what one end says, the other one repeats. */
struct flow {
    size_t written;
    size_t read;
};

struct parley_pipe {
    const struct parley_pipe_options *options;
    struct lane lanes[2]; /* by sender */
    struct flow flows[2]; /* by end */
    enum parley_phase phase;
    bool data_open; /* the handshake is over: application data may flow freely */
    bool moved;     /* something did, in this round */
    bool failed;    /* |who| did; the rest is carried on until its alert has arrived */
    bool stopped;   /* the verdict stands */
    struct parley_pipe_result result;
};

struct parley_pipe *parley_pipe_new(void) {
    return calloc(1, sizeof(struct parley_pipe));
}

void parley_pipe_free(struct parley_pipe *pipe) {
    free(pipe);
}

void parley_pipe_start(struct parley_pipe *p, const struct parley_pipe_options *options) {
    p->options = options;
    for (int i = 0; i < 2; i++) {
        p->lanes[i].start = p->lanes[i].end = 0;
        p->flows[i] = (struct flow){0};
    }
    p->phase = PARLEY_PHASE_HANDSHAKE;
    p->data_open = p->failed = p->stopped = false;
    p->result = (struct parley_pipe_result){.verdict = PARLEY_VERDICT_COMPLETE};
}

static const struct parley_endpoint *end_of(const struct parley_pipe *p, int role) {
    return &p->options->ends[role];
}

static unsigned status_of(const struct parley_pipe *p, int role) {
    const struct parley_endpoint *end = end_of(p, role);
    return end->stack->status(end->connection);
}

static bool stop(struct parley_pipe *p, enum parley_verdict verdict, int who) {
    if (!p->stopped) {
        p->stopped = true;
        p->result.verdict = verdict;
        p->result.who = (enum parley_role)who;
    }
    return false;
}

/* note_failed remembers which end was the first to fail: it is the one that explains the run. */
static void note_failed(struct parley_pipe *p, int role) {
    if (!p->failed && (status_of(p, role) & PARLEY_FAILED) != 0) {
        p->failed = true;
        p->result.who = (enum parley_role)role;
    }
}

/* ---- Application data ---- */

static size_t said_by_client(const struct parley_pipe *p) {
    return p->options->early_data.len + p->options->client_data.len;
}

static size_t stream_length(const struct parley_pipe *p) {
    return said_by_client(p) + p->options->server_data.len;
}

/* stream_at returns the stream from |offset| to the end of the part that it lies in. */
static struct parley_bytes stream_at(const struct parley_pipe *p, size_t offset) {
    const struct parley_bytes parts[] = {p->options->early_data, p->options->client_data,
                                         p->options->server_data};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (offset < parts[i].len) {
            return (struct parley_bytes){parts[i].data + offset, parts[i].len - offset};
        }
        offset -= parts[i].len;
    }
    return (struct parley_bytes){NULL, 0};
}

/* may_write returns how far into the stream |role| may have written by now: what it says by itself,
 * and what it has heard. */
static size_t may_write(const struct parley_pipe *p, int role, unsigned status) {
    size_t heard = p->flows[role].read;
    size_t client_says = said_by_client(p);
    if (!p->data_open) {
        bool early = role == PARLEY_CLIENT && (status & PARLEY_EARLY) != 0;
        return early ? p->options->early_data.len : 0;
    }
    if (role == PARLEY_CLIENT) {
        return heard > client_says ? heard : client_says;
    }
    return heard < client_says ? heard : stream_length(p);
}

static void write_data(struct parley_pipe *p, int role) {
    const struct parley_endpoint *end = end_of(p, role);
    struct flow *flow = &p->flows[role];
    for (;;) {
        unsigned status = status_of(p, role);
        size_t limit = may_write(p, role, status);
        if ((status & PARLEY_CAN_WRITE) == 0 || (status & PARLEY_FAILED) != 0 ||
            flow->written >= limit) {
            return;
        }
        struct parley_bytes part = stream_at(p, flow->written);
        size_t len = part.len < limit - flow->written ? part.len : limit - flow->written;
        size_t taken = end->stack->write(end->connection, part.data, len);
        if (taken == 0) {
            return;
        }
        if (taken > len) {
            taken = len;
        }
        flow->written += taken;
        if (!p->data_open) {
            p->result.early_sent += taken;
        }
        p->moved = true;
    }
}

/* check_data: is what |role| was given the stream's next part, and had it been sent? */
static bool check_data(struct parley_pipe *p, int role, const uint8_t *data, size_t len) {
    struct flow *flow = &p->flows[role];
    size_t sent = p->flows[1 - role].written;
    while (len > 0) {
        struct parley_bytes part = stream_at(p, flow->read);
        size_t n = part.len < len ? part.len : len;
        size_t same = 0;
        while (same < n && flow->read + same < sent && part.data[same] == data[same]) {
            same++;
        }
        flow->read += same;
        if (same == 0 || same < n) {
            p->result.corrupt_at = flow->read;
            return stop(p, PARLEY_VERDICT_CORRUPT, role);
        }
        data += n;
        len -= n;
    }
    return true;
}

static void read_data(struct parley_pipe *p, int role) {
    const struct parley_endpoint *end = end_of(p, role);
    uint8_t data[4096];
    size_t n;
    while (!p->stopped && (n = end->stack->read(end->connection, data, sizeof data)) > 0) {
        p->moved = true;
        check_data(p, role, data, n < sizeof data ? n : sizeof data);
    }
}

/* ---- Records ---- */

/* fill takes the next bytes of |from| into its empty lane. */
static void fill(struct parley_pipe *p, int from) {
    const struct parley_endpoint *end = end_of(p, from);
    struct lane *lane = &p->lanes[from];
    size_t n = end->stack->pull(end->connection, lane->bytes, sizeof lane->bytes);
    if (n > sizeof lane->bytes) {
        n = sizeof lane->bytes;
    }
    note_failed(p, from);
    lane->start = 0;
    lane->end = n;
    if (n == 0) {
        return;
    }
    p->moved = true;
    p->result.sent[from] += n;
    struct parley_bytes bytes = {lane->bytes, n};
    if (p->options->recording != NULL) {
        parley_recording_add(p->options->recording, (enum parley_role)from, bytes);
    }
    if (p->options->observe != NULL) {
        p->options->observe(p->options->observe_arg, (enum parley_role)from, bytes);
    }
    size_t limit = p->options->max_bytes != 0 ? p->options->max_bytes : DEFAULT_BYTES;
    if (p->result.sent[0] + p->result.sent[1] > limit) {
        stop(p, PARLEY_VERDICT_BOUND, from);
    }
}

/* deliver hands the next chunk from |from| to the other end; returns whether it took any. */
static bool deliver(struct parley_pipe *p, int from) {
    const struct parley_endpoint *to = end_of(p, 1 - from);
    struct lane *lane = &p->lanes[from];
    size_t n = lane->end - lane->start;
    if (p->options->chunk != 0 && p->options->chunk < n) {
        n = p->options->chunk;
    }
    size_t taken = n == 0 ? 0 : to->stack->push(to->connection, lane->bytes + lane->start, n);
    if (taken > n) {
        taken = n;
    }
    lane->start += taken;
    if (taken > 0) {
        p->moved = true;
    }
    note_failed(p, 1 - from);
    read_data(p, 1 - from);
    return taken > 0;
}

/* carry moves what |from| has to say until it has no more or the other end takes no more. */
static void carry(struct parley_pipe *p, int from) {
    for (;;) {
        const struct lane *lane = &p->lanes[from];
        if (lane->start == lane->end) {
            fill(p, from);
        }
        if (p->stopped || lane->start == lane->end) {
            return;
        }
        if (!deliver(p, from) || p->stopped) {
            return;
        }
    }
}

bool parley_pipe_settle(struct parley_pipe *p) {
    size_t limit = p->options->max_rounds != 0 ? p->options->max_rounds : DEFAULT_ROUNDS;
    while (!p->stopped) {
        p->moved = false;
        for (int role = 0; role < 2 && !p->stopped; role++) {
            read_data(p, role);
            if (!p->failed) {
                write_data(p, role);
            }
            carry(p, role);
        }
        if (p->stopped || !p->moved) {
            break;
        }
        if (++p->result.rounds >= limit) {
            stop(p, PARLEY_VERDICT_BOUND, 0);
        }
    }
    if (!p->stopped && p->failed) {
        stop(p, PARLEY_VERDICT_FAILED, (int)p->result.who);
    }
    return !p->stopped;
}

/* ---- The phases ---- */

/* conclude: whether a phase has reached its aim, or stalls. */
static bool conclude(struct parley_pipe *p, bool reached) {
    if (p->stopped) {
        return false;
    }
    return reached || stop(p, PARLEY_VERDICT_STALLED, 0);
}

/* was_rejected: whether the 0-RTT data that the client sent is lost and must be said again. */
static bool was_rejected(const struct parley_pipe *p) {
    if (p->result.early_sent == 0) {
        return false;
    }
    const struct parley_endpoint *client = end_of(p, PARLEY_CLIENT);
    struct parley_endpoint_outcome outcome;
    client->stack->outcome(client->connection, &outcome);
    if ((outcome.known & PARLEY_KNOWS_EARLY_DATA) != 0) {
        return !outcome.early_data_accepted;
    }
    return p->flows[PARLEY_SERVER].read == 0;
}

bool parley_pipe_handshake(struct parley_pipe *p) {
    parley_pipe_settle(p);
    bool done = (status_of(p, PARLEY_CLIENT) & status_of(p, PARLEY_SERVER) & PARLEY_DONE) != 0;
    if (!conclude(p, done)) {
        return false;
    }
    if (was_rejected(p)) {
        p->flows[PARLEY_CLIENT].written = 0;
    }
    p->data_open = true;
    return true;
}

/* pass moves the whole stream there and back. */
static bool pass(struct parley_pipe *p) {
    parley_pipe_settle(p);
    size_t all = stream_length(p);
    return conclude(p, p->flows[PARLEY_CLIENT].read == all && p->flows[PARLEY_SERVER].read == all);
}

bool parley_pipe_data(struct parley_pipe *p) {
    if (p->stopped) {
        return false;
    }
    p->phase = PARLEY_PHASE_DATA;
    return pass(p);
}

bool parley_pipe_key_update(struct parley_pipe *p) {
    if (p->stopped) {
        return false;
    }
    p->phase = PARLEY_PHASE_KEY_UPDATE;
    const struct parley_endpoint *client = end_of(p, PARLEY_CLIENT);
    if (!client->stack->control(client->connection, PARLEY_CONTROL_KEY_UPDATE_BOTH)) {
        return stop(p, PARLEY_VERDICT_REFUSED, PARLEY_CLIENT);
    }
    if (!parley_pipe_settle(p)) {
        return false;
    }
    for (int role = 0; role < 2; role++) {
        p->flows[role] = (struct flow){0};
    }
    return pass(p);
}

bool parley_pipe_close(struct parley_pipe *p) {
    if (p->stopped) {
        return false;
    }
    p->phase = PARLEY_PHASE_CLOSE;
    for (int role = 0; role < 2; role++) {
        /* A stack that answered the peer's close_notify by itself may refuse to do it again: what
         * counts is what the peer has heard. */
        const struct parley_endpoint *end = end_of(p, role);
        (void)end->stack->control(end->connection, PARLEY_CONTROL_CLOSE);
        if (!parley_pipe_settle(p)) {
            return false;
        }
    }
    const unsigned closed = PARLEY_PEER_CLOSED | PARLEY_CLOSED;
    return conclude(p, (status_of(p, PARLEY_CLIENT) & closed) != 0 &&
                           (status_of(p, PARLEY_SERVER) & closed) != 0);
}

void parley_pipe_result_of(const struct parley_pipe *p, struct parley_pipe_result *result) {
    *result = p->result;
    result->phase = p->phase;
    for (int role = 0; role < 2; role++) {
        const struct parley_endpoint *end = end_of(p, role);
        result->received[role] = p->flows[role].read;
        end->stack->outcome(end->connection, &result->ends[role]);
    }
}

bool parley_pipe_run(struct parley_pipe *p, const struct parley_pipe_options *options,
                     struct parley_pipe_result *result) {
    parley_pipe_start(p, options);
    bool ok = parley_pipe_handshake(p);
    if (ok) {
        p->result.disagreements =
            parley_pipe_compare(end_of(p, PARLEY_CLIENT), end_of(p, PARLEY_SERVER));
        p->result.agreed = p->result.disagreements == 0;
        if (stream_length(p) > 0) {
            ok = parley_pipe_data(p);
        }
        if (ok && options->key_update) {
            ok = parley_pipe_key_update(p);
        }
        if (ok && options->close_notify) {
            ok = parley_pipe_close(p);
        }
    }
    parley_pipe_result_of(p, result);
    return ok && result->agreed;
}
