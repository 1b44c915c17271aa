#include "cli/side.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

size_t buffer_length(const struct buffer *b) {
    return b->end - b->start;
}

size_t buffer_room(const struct buffer *b) {
    return sizeof(b->data) - b->end;
}

void buffer_take(struct buffer *b, size_t len) {
    b->start += len;
    if (b->start == b->end) {
        b->start = b->end = 0;
    }
}

void buffer_add(struct buffer *b, size_t len) {
    b->end += len;
}

size_t buffer_append(struct buffer *b, const void *data, size_t len) {
    size_t fits = len < buffer_room(b) ? len : buffer_room(b);
    memcpy(b->data + b->end, data, fits);
    b->end += fits;
    return fits;
}

void side_init(struct side *side) {
    side->in = side->out = -1;
}

void side_open(struct side *side, struct event_base *base, int in, int out, bool shared,
               event_callback_fn callback, void *arg) {
    side->in = in;
    side->out = out;
    side->shared = shared;
    side->writable = true;
    if (in >= 0) {
        event_assign(&side->read_event, base, in, EV_READ | EV_PERSIST, callback, arg);
    } else {
        side->eof = true;
    }
    if (out >= 0) {
        event_assign(&side->write_event, base, out, EV_WRITE | EV_PERSIST, callback, arg);
    }
}

/* Whether |fd| is ready for |events| at this moment. */
static bool ready(int fd, short events) {
    struct pollfd p = {.fd = fd, .events = events};
    return poll(&p, 1, 0) == 1;
}

void side_ready(struct side *side) {
    if (side->in >= 0 && ready(side->in, POLLIN)) {
        side->readable = true;
    }
}

bool side_fill(struct side *side) {
    struct buffer *b = &side->arrived;
    if (side->in < 0 || side->eof || !side->readable || buffer_length(b) > 0) {
        return false;
    }
    if (side->shared && !ready(side->in, POLLIN)) {
        side->readable = false;
        return false;
    }
    ssize_t got = read(side->in, b->data, sizeof(b->data));
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        side->readable = false;
        return false;
    }
    if (got <= 0) {
        side->read_error = got < 0 ? errno : 0;
        side->eof = true;
        return true;
    }
    b->start = 0;
    b->end = (size_t)got;
    side->bytes_in += (uint64_t)got;
    side->readable = (size_t)got == sizeof(b->data);
    return true;
}

/* How much one write may take: a pipe or terminal that is ready takes PIPE_BUF without blocking. */
static size_t write_limit(const struct side *side) {
    struct stat info;
    if (side->shared && (fstat(side->out, &info) != 0 || !S_ISREG(info.st_mode))) {
        return PIPE_BUF;
    }
    return BUFFER_SIZE;
}

bool side_drain(struct side *side) {
    struct buffer *b = &side->leaving;
    size_t len = buffer_length(b);
    if (len == 0) {
        return false;
    }
    if (side->broken) {
        buffer_take(b, len);
        return true;
    }
    if (side->out < 0 || !side->writable) {
        return false;
    }
    if (side->shared && !ready(side->out, POLLOUT)) {
        side->writable = false;
        return false;
    }
    size_t limit = write_limit(side);
    /* Not send(MSG_NOSIGNAL): stdout may be no socket. SIGPIPE is ignored. */
    ssize_t put = write(side->out, b->data + b->start, len < limit ? len : limit);
    if (put < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
        side->writable = false;
        return false;
    }
    if (put < 0) {
        side->write_error = errno;
        side->broken = true;
        buffer_take(b, len);
        return true;
    }
    side->bytes_out += (uint64_t)put;
    buffer_take(b, (size_t)put);
    return true;
}

/* Adds or removes |event|, unless it is so already: the calls are not free. */
static void watch(struct event *event, short what, bool on) {
    bool is_on = event_pending(event, what, NULL) != 0;
    if (on && !is_on) {
        event_add(event, NULL);
    } else if (!on && is_on) {
        event_del(event);
    }
}

void side_watch(struct side *side, bool read) {
    if (side->in >= 0) {
        watch(&side->read_event, EV_READ, read && !side->eof && buffer_length(&side->arrived) == 0);
    }
    if (side->out >= 0) {
        watch(&side->write_event, EV_WRITE, buffer_length(&side->leaving) > 0);
    }
}

void side_shut(struct side *side) {
    if (side->shut) {
        return;
    }
    side->shut = true;
    if (side->out >= 0 && !side->shared) {
        shutdown(side->out, SHUT_WR);
    }
}

void side_close(struct side *side, bool reset) {
    if (side->in >= 0) {
        event_del(&side->read_event);
    }
    if (side->out >= 0) {
        event_del(&side->write_event);
    }
    if (!side->shared && side->in >= 0) {
        struct linger now = {.l_onoff = 1, .l_linger = 0};
        if (reset) {
            setsockopt(side->in, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
        }
        close(side->in);
    }
    side->in = side->out = -1;
}
