/* How bytes move through a relay:
 *
 *   net.arrived -> push [engine] read  -> plain.leaving
 *   net.leaving <- pull [engine] write <- plain.arrived
 */
#include <string.h>

#include "cli/relay.h"

/* Reads per call: a busy connection must not keep the others waiting. */
#define READS_PER_TURN 16

/* The network's side, as others want to see it. */
static bool receive(struct relay *r) {
    struct buffer *b = &r->net.arrived;
    if (!side_fill(&r->net)) {
        return false;
    }
    enum parley_role peer = r->hub->role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
    watch_bytes(&r->watched, peer, b->data + b->start, buffer_length(b));
    return true;
}

static bool transmit(struct relay *r) {
    const uint8_t *from = r->net.leaving.data + r->net.leaving.start;
    uint64_t before = r->net.bytes_out;
    bool moved = side_drain(&r->net);
    watch_bytes(&r->watched, r->hub->role, from, (size_t)(r->net.bytes_out - before));
    return moved;
}

static bool push(struct relay *r) {
    struct buffer *b = &r->net.arrived;
    size_t len = buffer_length(b);
    if (len == 0) {
        return false;
    }
    size_t taken = parley_engine_push(r->engine, b->data + b->start, len);
    buffer_take(b, taken);
    return taken > 0;
}

static bool pull(struct relay *r) {
    struct buffer *b = &r->net.leaving;
    size_t got = parley_engine_pull(r->engine, b->data + b->end, buffer_room(b));
    buffer_add(b, got);
    return got > 0;
}

static bool take_data(struct relay *r) {
    struct buffer *b = &r->plain.leaving;
    if (buffer_room(b) == 0 || (parley_engine_status(r->engine) & PARLEY_HAS_DATA) == 0) {
        return false;
    }
    bool early = (parley_engine_status(r->engine) & PARLEY_EARLY) != 0;
    size_t got = parley_engine_read(r->engine, b->data + b->end, buffer_room(b));
    buffer_add(b, got);
    r->early_bytes += early ? got : 0;
    return got > 0;
}

/* Asks for new keys as soon as the handshake is complete. */
static bool update_keys(struct relay *r) {
    if (!r->hub->key_update || r->keys_updated ||
        (parley_engine_status(r->engine) & PARLEY_DONE) == 0) {
        return false;
    }
    r->keys_updated = true;
    return parley_engine_key_update(r->engine, true);
}

/* waits_for_keys: a server that is to update its keys before its first answer does not answer 0-RTT
 * data any sooner. */
static bool waits_for_keys(const struct relay *r, unsigned status) {
    return r->hub->key_update && r->hub->role == PARLEY_SERVER && (status & PARLEY_DONE) == 0;
}

/* Gives the engine what is to be sent, once what it was given before is pulled: an engine full of
 * output takes no input, and two peers that both send would wait for each other for ever. 0-RTT
 * data stays in the buffer until the server has accepted it: if it has not, it is sent again. */
static bool give_data(struct relay *r) {
    struct buffer *b = &r->plain.arrived;
    unsigned status = parley_engine_status(r->engine);
    if (r->closing || buffer_length(b) == 0 ||
        (status & (PARLEY_CAN_WRITE | PARLEY_HAS_OUTPUT)) != PARLEY_CAN_WRITE) {
        return false;
    }
    if (waits_for_keys(r, status)) {
        return false;
    }
    bool early = r->hub->role == PARLEY_CLIENT && (status & PARLEY_EARLY) != 0;
    if (!early && r->early > 0) {
        struct parley_outcome outcome;
        parley_engine_outcome(r->engine, &outcome);
        if (outcome.early_data_accepted) {
            buffer_take(b, r->early);
        }
        r->early = 0;
        return true;
    }
    size_t from = b->start + r->early;
    size_t put = parley_engine_write(r->engine, b->data + from, b->end - from);
    if (early) {
        r->early += put;
        r->early_bytes += put;
    } else {
        buffer_take(b, put);
    }
    return put > 0;
}

/* Looks for the blank line behind a request's head, and answers when it has come. */
static bool answer(struct relay *r) {
    struct buffer *b = &r->plain.leaving;
    size_t len = buffer_length(b);
    if (r->plain.bytes_out == 0 && len < 5) { /* not even the method is complete */
        return false;
    }
    if (r->plain.bytes_out == 0) {
        r->head_request = memcmp(b->data + b->start, "HEAD ", 5) == 0;
    }
    for (size_t i = b->start; i < b->end && r->request_end < 2; i++) {
        if (b->data[i] == '\n') {
            r->request_end++;
        } else if (b->data[i] != '\r') {
            r->request_end = 0;
        }
    }
    r->plain.bytes_out += len;
    buffer_take(b, len);
    if (r->request_end == 2 && !r->answered) {
        r->answered = true;
        relay_page(r);
        r->plain.eof = true;
    }
    return len > 0;
}

/* Plaintext that goes no further than here. */
static bool local(struct relay *r) {
    struct buffer *from = &r->plain.leaving;
    if (buffer_length(from) == 0) {
        return false;
    }
    if (r->hub->plain == RELAY_WWW) {
        return answer(r);
    }
    struct buffer *to = &r->plain.arrived;
    if (r->plain.eof) { /* nobody to echo to */
        buffer_take(from, buffer_length(from));
        return true;
    }
    size_t moved = buffer_append(to, from->data + from->start, buffer_length(from));
    buffer_take(from, moved);
    r->plain.bytes_out += moved;
    r->plain.bytes_in += moved;
    return moved > 0;
}

static bool deliver(struct relay *r) {
    if (r->hub->plain == RELAY_ECHO || r->hub->plain == RELAY_WWW) {
        return local(r);
    }
    return side_drain(&r->plain);
}

/* The transport has ended, and all that came before is dealt with. */
static bool tell_end(struct relay *r) {
    if (!r->net.eof || r->ended || buffer_length(&r->net.arrived) > 0 ||
        (parley_engine_status(r->engine) & PARLEY_HAS_DATA) != 0) {
        return false;
    }
    r->ended = true;
    if (!relay_peer_done(r)) {
        parley_engine_end_of_input(r->engine);
    }
    return true;
}

void relay_move(struct relay *r) {
    unsigned reads = 0;
    bool ever = false;
    for (bool moved = true; moved;) {
        moved = false;
        if (reads < READS_PER_TURN && receive(r)) {
            moved = true;
            reads++;
        }
        moved |= push(r);
        moved |= take_data(r);
        moved |= deliver(r);
        if (reads < READS_PER_TURN && !r->closing && side_fill(&r->plain)) {
            moved = true;
            reads++;
        }
        moved |= update_keys(r);
        moved |= give_data(r);
        moved |= pull(r);
        moved |= transmit(r);
        moved |= tell_end(r);
        ever |= moved;
    }
    if (ever) {
        r->active_ms = relay_now();
    }
}
