/* One side of a relay: a pair of descriptors (often the same socket) with a buffer for what has
 * come from them and one for what is to go to them, and the events that say when to try.
 *
 * Back-pressure: nothing more is read while |arrived| holds anything, so that a side is read only
 * as fast as the other takes. */
#ifndef PARLEY_CLI_SIDE_H
#define PARLEY_CLI_SIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#define BUFFER_SIZE 32768

struct buffer {
    size_t start, end;
    uint8_t data[BUFFER_SIZE];
};

/* buffer_length and buffer_room return what is in it and what can be appended at |end|. */
size_t buffer_length(const struct buffer *b);
size_t buffer_room(const struct buffer *b);
/* buffer_take removes |len| bytes from the front; buffer_add counts |len| appended ones;
 * buffer_append copies as much of |data| as fits and returns how much that was. */
void buffer_take(struct buffer *b, size_t len);
void buffer_add(struct buffer *b, size_t len);
size_t buffer_append(struct buffer *b, const void *data, size_t len);

struct side {
    int in, out; /* -1: none */
    bool shared; /* in and out are stdin and stdout: not ours to make non-blocking, nor to close */
    bool readable;  /* the last read did not find it empty */
    bool writable;  /* the same for the last write */
    bool eof;       /* nothing more comes */
    bool shut;      /* nothing more goes: told so */
    bool broken;    /* writing failed; what is left is dropped */
    int read_error; /* errno of a failed read or write, or 0 */
    int write_error;
    uint64_t bytes_in, bytes_out;
    struct buffer arrived, leaving;
    struct event read_event, write_event;
};

/* side_init makes an empty side whose events call |callback| (EV_READ or EV_WRITE) with |arg|.
 * side_open gives it its descriptors: a socket of its own, or shared ones. */
void side_init(struct side *side);
void side_open(struct side *side, struct event_base *base, int in, int out, bool shared,
               event_callback_fn callback, void *arg);

/* side_fill reads once if |arrived| is empty, side_drain writes what it can of |leaving|. Each
 * returns whether anything moved or changed. */
bool side_fill(struct side *side);
bool side_drain(struct side *side);

/* side_ready looks whether there is anything to read, without waiting for the event. */
void side_ready(struct side *side);

/* side_watch sets the events to what is of use now: reading if |read|, writing if anything waits.
 */
void side_watch(struct side *side, bool read);

/* side_shut tells the other end that nothing more comes: a half-close. */
void side_shut(struct side *side);

/* side_close removes the events and closes; with |reset|, the other end gets a connection reset. */
void side_close(struct side *side, bool reset);

#endif
