/* The toy stack. */
#include "tests/support_toy.h"

#include <stdlib.h>
#include <string.h>

#define ROOM (1 << 18)

struct queue {
    size_t start, end;
    uint8_t bytes[ROOM];
};

struct parley_stack_connection {
    enum parley_role role;
    struct toy_faults faults;
    unsigned step; /* handshake frames seen and sent */
    bool early;    /* 0-RTT data may be written */
    bool early_taken;
    bool failed, closed, peer_closed, done;
    unsigned alert_sent, alert_received, updates;
    struct queue in, out, data;
};

static size_t used(const struct queue *q) {
    return q->end - q->start;
}

static size_t put(struct queue *q, const void *bytes, size_t len) {
    if (q->start > 0) {
        memmove(q->bytes, q->bytes + q->start, used(q));
        q->end -= q->start;
        q->start = 0;
    }
    if (len > ROOM - q->end) {
        len = ROOM - q->end;
    }
    if (len > 0) {
        memcpy(q->bytes + q->end, bytes, len);
    }
    q->end += len;
    return len;
}

static size_t take(struct queue *q, void *out, size_t len) {
    if (len > used(q)) {
        len = used(q);
    }
    memcpy(out, q->bytes + q->start, len);
    q->start += len;
    return len;
}

static bool send_frame(struct parley_stack_connection *c, char type, const uint8_t *bytes,
                       size_t len) {
    uint8_t header[3] = {(uint8_t)type, (uint8_t)(len >> 8), (uint8_t)len};
    if (c->faults.mute || ROOM - used(&c->out) < len + sizeof header) {
        return false;
    }
    put(&c->out, header, sizeof header);
    put(&c->out, bytes, len);
    return true;
}

static void handshake_frame(struct parley_stack_connection *c) {
    static const uint8_t hello[20] = "toy handshake frame";
    if (c->faults.fails) {
        uint8_t alert = PARLEY_ALERT_handshake_failure;
        send_frame(c, '!', &alert, 1);
        c->failed = true;
        c->alert_sent = alert;
        return;
    }
    c->early = false;
    if (c->role == PARLEY_SERVER && ++c->step == 1) {
        send_frame(c, c->faults.rejects_early ? 'H' : 'h', hello, sizeof hello);
    } else {
        c->done = true;
    }
    if (c->role == PARLEY_CLIENT) {
        send_frame(c, 'h', hello, sizeof hello);
    }
}

static void act(struct parley_stack_connection *c, uint8_t type, const uint8_t *bytes, size_t len) {
    switch (type) {
    case 'H':
        c->early_taken = false;
        handshake_frame(c);
        break;
    case 'h':
        handshake_frame(c);
        break;
    case 'e':
        c->early_taken = !c->faults.rejects_early;
        if (c->early_taken) {
            put(&c->data, bytes, len);
        }
        break;
    case 'd':
        put(&c->data, bytes, len);
        break;
    case 'k':
        c->updates++;
        if (len > 0) {
            send_frame(c, 'k', NULL, 0);
        }
        break;
    case 'x':
        c->peer_closed = true;
        break;
    default:
        c->failed = true;
        c->alert_received = len > 0 ? bytes[0] : PARLEY_ALERT_NONE;
        break;
    }
}

static size_t toy_push(struct parley_stack_connection *c, const uint8_t *data, size_t len) {
    if (c->failed) {
        return len;
    }
    if (c->faults.deaf) {
        return 0;
    }
    len = put(&c->in, data, len);
    while (used(&c->in) >= 3 && !c->failed) {
        const uint8_t *p = c->in.bytes + c->in.start;
        size_t frame = (size_t)(p[1] << 8 | p[2]);
        if (used(&c->in) < 3 + frame) {
            break;
        }
        c->in.start += 3 + frame;
        act(c, p[0], p + 3, frame);
    }
    return len;
}

static size_t toy_pull(struct parley_stack_connection *c, uint8_t *out, size_t cap) {
    if (c->faults.babbles && used(&c->out) == 0) {
        send_frame(c, 'k', NULL, 0);
    }
    if (c->faults.pull_at_once != 0 && c->faults.pull_at_once < cap) {
        cap = c->faults.pull_at_once;
    }
    return take(&c->out, out, cap);
}

static unsigned toy_status(const struct parley_stack_connection *c) {
    unsigned status = PARLEY_WANTS_INPUT;
    if (c->early && !c->failed) {
        status |= PARLEY_CAN_WRITE | PARLEY_EARLY;
    }
    if (c->done) {
        status |= PARLEY_DONE;
    }
    if (c->done && !c->failed && !c->closed) {
        status |= PARLEY_CAN_WRITE;
    }
    if (c->peer_closed) {
        status |= PARLEY_PEER_CLOSED;
    }
    if (c->failed) {
        status |= PARLEY_FAILED;
    }
    return status;
}

static size_t toy_write(struct parley_stack_connection *c, const uint8_t *data, size_t len) {
    uint8_t copy[1000];
    if ((toy_status(c) & PARLEY_CAN_WRITE) == 0) {
        return 0;
    }
    if (len > sizeof copy) {
        len = sizeof copy;
    }
    memcpy(copy, data, len);
    if (c->faults.lies && len > 2) {
        copy[2] ^= 1;
    }
    if (!send_frame(c, c->done ? 'd' : 'e', copy, len)) {
        return 0;
    }
    if (!c->done) {
        c->early_taken = true;
    }
    return len;
}

static size_t toy_read(struct parley_stack_connection *c, uint8_t *out, size_t cap) {
    if (c->faults.repeats && c->done) {
        out[0] = 'a';
        return 1;
    }
    return take(&c->data, out, cap);
}

static bool toy_control(struct parley_stack_connection *c, enum parley_control operation) {
    uint8_t both = 1;
    switch (operation) {
    case PARLEY_CONTROL_CLOSE:
        if (c->faults.never_closes) {
            return false;
        }
        c->closed = true;
        return send_frame(c, 'x', NULL, 0);
    case PARLEY_CONTROL_KEY_UPDATE_BOTH:
        return !c->faults.no_key_update && send_frame(c, 'k', &both, 1);
    case PARLEY_CONTROL_KEY_UPDATE:
        return !c->faults.no_key_update && send_frame(c, 'k', NULL, 0);
    default:
        return false;
    }
}

static void toy_outcome(const struct parley_stack_connection *c,
                        struct parley_endpoint_outcome *out) {
    *out = (struct parley_endpoint_outcome){
        .known = PARLEY_KNOWS_VERSION | PARLEY_KNOWS_EARLY_DATA | PARLEY_KNOWS_ALERTS,
        .done = c->done,
        .failed = c->failed,
        .error = c->failed ? "the toy broke" : NULL,
        .at = c->failed ? PARLEY_MSG_client_hello : PARLEY_MESSAGE_UNKNOWN,
        .state = c->done ? "playing" : "waiting",
        .alert_sent = c->alert_sent,
        .alert_received = c->alert_received,
        .version = c->faults.version != 0 ? c->faults.version : PARLEY_TLS13,
        .early_data_accepted = c->early_taken,
    };
}

static bool toy_exporter(const struct parley_stack_connection *c, const char *label,
                         const struct parley_bytes *context, uint8_t *out, size_t len) {
    (void)context;
    memset(out, label[0], len);
    if (c->faults.other_exporter) {
        out[0] ^= 1;
    }
    return c->done && !c->faults.no_exporter;
}

static void toy_capabilities(struct parley_capabilities *out) {
    *out = (struct parley_capabilities){.features = PARLEY_CAP_TLS13 | PARLEY_CAP_EXPORTER};
}

static const char *toy_version(void) {
    return "1";
}

static void toy_close(struct parley_stack_connection *c) {
    free(c);
}

struct parley_stack_connection *toy_open(enum parley_role role, const struct toy_faults *faults,
                                         bool early) {
    static const uint8_t hello[10] = "toy hello";
    struct parley_stack_connection *c = calloc(1, sizeof *c);
    if (c == NULL) {
        abort();
    }
    c->role = role;
    if (faults != NULL) {
        c->faults = *faults;
    }
    c->early = early && role == PARLEY_CLIENT;
    c->alert_sent = c->alert_received = PARLEY_ALERT_NONE;
    if (role == PARLEY_CLIENT) {
        send_frame(c, 'h', hello, sizeof hello);
    }
    return c;
}

const struct parley_stack toy_stack = {
    .abi = PARLEY_STACK_ABI,
    .name = "toy",
    .version = toy_version,
    .capabilities = toy_capabilities,
    .push = toy_push,
    .pull = toy_pull,
    .write = toy_write,
    .read = toy_read,
    .status = toy_status,
    .outcome = toy_outcome,
    .control = toy_control,
    .exporter = toy_exporter,
    .close = toy_close,
};
