#include "cli/relay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Seconds that a peer has to answer our close_notify when it was we who wanted to end, and to read
 * our alert. */
#define CLOSING_SECONDS 3
#define LINGER_SECONDS 2

static void turn(struct relay *r);
static void on_timer(evutil_socket_t fd, short what, void *arg);

int64_t relay_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool relay_peer_done(const struct relay *r) {
    return (parley_engine_status(r->engine) & PARLEY_PEER_CLOSED) != 0 ||
           (r->hub->ignore_truncation && r->ended && r->done);
}

static void set_timer(struct relay *r, int64_t ms) {
    if (ms < 1) {
        ms = 1;
    }
    struct timeval wait = {.tv_sec = (time_t)(ms / 1000),
                           .tv_usec = (suseconds_t)(ms % 1000 * 1000)};
    event_add(&r->timer, &wait);
}

/* ---- Ends ---- */

static void free_relay(struct relay *r) {
    struct relay_hub *hub = r->hub;
    *r->link = r->next;
    if (r->next != NULL) {
        r->next->link = r->link;
    }
    dial_stop(&r->dial);
    event_del(&r->timer);
    side_close(&r->plain, false);
    side_close(&r->net, false);
    parley_engine_free(r->engine);
    free(r);
    hub_ended(hub);
}

/* The connection is over. A failed one is torn down so that the local program can tell (a reset,
 * where an end would look like the data's), and the peer gets time to read our alert: closing a
 * socket that has unread bytes in it would destroy what was sent. */
static void finish(struct relay *r, bool fine) {
    watch_end(&r->watched);
    relay_summary(r, fine);
    if (!fine) {
        r->hub->failed++;
    }
    dial_stop(&r->dial);
    side_close(&r->plain, !fine);
    if (!fine && r->stage == RELAY_RUNNING && !r->net.eof && !r->net.broken && !r->hub->stopping) {
        r->stage = RELAY_LINGERING;
        side_shut(&r->net);
        side_watch(&r->net, true);
        set_timer(r, LINGER_SECONDS * 1000);
        return;
    }
    free_relay(r);
}

void relay_abandon(struct relay *r, const char *why) {
    if (r->stage == RELAY_LINGERING) {
        free_relay(r);
        return;
    }
    if (r->trouble[0] == 0) {
        snprintf(r->trouble, sizeof(r->trouble), "%s", why);
    }
    r->net.broken = true; /* nothing to linger for */
    finish(r, false);
}

/* Asks for the end: what was written is sent, then close_notify. */
static void close_soon(struct relay *r) {
    buffer_take(&r->plain.arrived, buffer_length(&r->plain.arrived));
    r->early = 0;
    r->plain.eof = true;
    r->given_up = true;
    set_timer(r, CLOSING_SECONDS * 1000);
}

void relay_stop(struct relay *r) {
    if (!r->done || r->stage != RELAY_RUNNING) {
        relay_abandon(r, "stopped");
        return;
    }
    close_soon(r);
    turn(r);
}

/* ---- The program on the plaintext side ---- */

static void on_plain(evutil_socket_t fd, short what, void *arg) {
    struct relay *r = arg;
    (void)fd;
    if ((what & EV_READ) != 0) {
        r->plain.readable = true;
    }
    if ((what & EV_WRITE) != 0) {
        r->plain.writable = true;
    }
    turn(r);
}

static void on_plain_dialled(void *arg, int fd, int error) {
    struct relay *r = arg;
    if (fd >= 0) {
        r->plain.eof = false;
        side_open(&r->plain, r->hub->base, fd, fd, false, on_plain, r);
    } else {
        snprintf(r->trouble, sizeof(r->trouble), "cannot connect to %s: %s", r->hub->target_name,
                 strerror(error));
        r->plain.broken = true;
        close_soon(r);
    }
    turn(r);
}

static void open_plain(struct relay *r, int fd) {
    struct event_base *base = r->hub->base;
    switch (r->hub->plain) {
    case RELAY_STDIO:
        side_open(&r->plain, base, STDIN_FILENO, STDOUT_FILENO, true, on_plain, r);
        break;
    case RELAY_PRINT:
        side_open(&r->plain, base, -1, STDOUT_FILENO, true, on_plain, r);
        /* Until the peer closes, which is when we do. */
        r->plain.eof = false;
        break;
    case RELAY_SOCKET:
        if (fd >= 0) {
            side_open(&r->plain, base, fd, fd, false, on_plain, r);
        }
        break;
    case RELAY_ECHO:
    case RELAY_WWW:
        break;
    }
}

/* ---- The life of a connection ---- */

/* What is to be done once the handshake is complete, or early data has come. */
static void dial_plain(struct relay *r) {
    if (r->hub->role != PARLEY_SERVER || r->hub->plain != RELAY_SOCKET || r->dialled ||
        r->closing) {
        return;
    }
    if (!r->done && buffer_length(&r->plain.leaving) == 0) {
        return;
    }
    r->dialled = true;
    dial_start(&r->dial, r->hub->base, r->hub->target, on_plain_dialled, r);
}

/* Passes the end of either direction on to the other side. */
static void pass_ends(struct relay *r) {
    bool empty = buffer_length(&r->plain.leaving) == 0 &&
                 (parley_engine_status(r->engine) & PARLEY_HAS_DATA) == 0;
    if (relay_peer_done(r) && empty && !r->plain.shut && !r->dial.active) {
        side_shut(&r->plain);
        /* Only a program with a socket can still have something to say. */
        if (r->hub->plain != RELAY_SOCKET || r->plain.in < 0) {
            r->plain.eof = true;
        }
    }
    /* A local program that does not read any more, or a peer that does not: no use going on. */
    if ((r->plain.broken || (r->net.broken && relay_peer_done(r))) && !r->given_up) {
        close_soon(r);
    }
    bool stays =
        r->hub->keep_open && r->hub->plain == RELAY_STDIO && !r->given_up && !relay_peer_done(r);
    if (r->plain.eof && r->done && !r->closing && !stays &&
        (buffer_length(&r->plain.arrived) == 0 || r->given_up ||
         (parley_engine_status(r->engine) & PARLEY_CLOSED) != 0)) {
        r->closing = true;
        parley_engine_close(r->engine);
        relay_move(r);
    }
    if (r->closing && buffer_length(&r->net.leaving) == 0 &&
        (parley_engine_status(r->engine) & PARLEY_HAS_OUTPUT) == 0) {
        side_shut(&r->net);
    }
}

/* Whether all is said and done on both sides. */
static bool over(const struct relay *r) {
    return r->closing && (r->net.shut || r->net.broken) && relay_peer_done(r) &&
           (r->plain.shut || r->plain.broken);
}

static void note_errors(struct relay *r) {
    if (r->trouble[0] != 0) {
        return;
    }
    if (r->plain.write_error != 0 || r->plain.read_error != 0) {
        int error = r->plain.write_error != 0 ? r->plain.write_error : r->plain.read_error;
        snprintf(r->trouble, sizeof(r->trouble), "the plaintext side: %s", strerror(error));
    } else if (!relay_peer_done(r) && (r->net.write_error != 0 || r->net.read_error != 0)) {
        int error = r->net.write_error != 0 ? r->net.write_error : r->net.read_error;
        snprintf(r->trouble, sizeof(r->trouble), "%s", strerror(error));
    }
}

static void note_done(struct relay *r) {
    r->done = true;
    event_del(&r->timer);
    if (r->hub->idle_seconds > 0) {
        set_timer(r, (int64_t)r->hub->idle_seconds * 1000);
    }
}

/* Moves what can be moved, then sees where that has led. |r| may be gone afterwards. */
static void turn(struct relay *r) {
    parley_engine_set_time(r->engine, relay_now());
    relay_move(r);
    unsigned status = parley_engine_status(r->engine);
    if ((status & PARLEY_DONE) != 0 && !r->done) {
        note_done(r);
        relay_move(r); /* resends 0-RTT data that was refused */
    }
    dial_plain(r);
    pass_ends(r);
    note_errors(r);
    status = parley_engine_status(r->engine);
    /* What came before the failure was authentic, and is delivered. */
    bool delivered = buffer_length(&r->plain.leaving) == 0 || r->plain.out < 0;
    if ((status & PARLEY_FAILED) != 0 && buffer_length(&r->net.leaving) == 0 && delivered) {
        finish(r, false);
        return;
    }
    if (r->plain.read_error != 0) {
        /* The local program was cut off. A close_notify would say that all of it was sent. */
        relay_abandon(r, "");
        return;
    }
    if (over(r)) {
        finish(r, r->trouble[0] == 0);
        return;
    }
    side_watch(&r->net, true);
    side_watch(&r->plain, !r->closing);
}

static void drop_input(struct relay *r) {
    /* A bound, so that a peer that goes on sending does not keep us. */
    for (unsigned i = 0; i < 4 && r->net.readable && !r->net.eof; i++) {
        side_fill(&r->net);
        buffer_take(&r->net.arrived, buffer_length(&r->net.arrived));
    }
    if (r->net.eof) {
        free_relay(r);
    }
}

static void on_net(evutil_socket_t fd, short what, void *arg) {
    struct relay *r = arg;
    (void)fd;
    if ((what & EV_READ) != 0) {
        r->net.readable = true;
    }
    if ((what & EV_WRITE) != 0) {
        r->net.writable = true;
    }
    if (r->stage == RELAY_LINGERING) {
        drop_input(r);
    } else {
        turn(r);
    }
}

static void on_timer(evutil_socket_t fd, short what, void *arg) {
    struct relay *r = arg;
    (void)fd;
    (void)what;
    if (r->stage == RELAY_LINGERING) {
        free_relay(r);
        return;
    }
    if (!r->done) {
        char why[64];
        snprintf(why, sizeof(why), "the handshake took longer than %u s",
                 r->hub->handshake_seconds);
        relay_abandon(r, why);
        return;
    }
    if (r->given_up) { /* the peer did not answer our close_notify: it need not (RFC 8446 6.1) */
        r->net.broken = true;
        finish(r, r->trouble[0] == 0);
        return;
    }
    int64_t left = r->active_ms + (int64_t)r->hub->idle_seconds * 1000 - relay_now();
    if (left > 0) {
        set_timer(r, left);
        return;
    }
    snprintf(r->trouble, sizeof(r->trouble), "nothing came or went for %u s", r->hub->idle_seconds);
    close_soon(r);
    turn(r);
}

static void run(struct relay *r, int fd) {
    struct relay_hub *hub = r->hub;
    struct parley_session session;
    bool resumes = hub->resume != NULL && hub->resume(hub->resume_arg, relay_now(), &session);
    r->stage = RELAY_RUNNING;
    side_open(&r->net, hub->base, fd, fd, false, on_net, r);
    parley_engine_start(r->engine, relay_now(), parley_system_random(), resumes ? &session : NULL);
    /* What is there already can go as 0-RTT data. */
    if (hub->config->early_data) {
        side_ready(&r->plain);
    }
    turn(r);
}

static void on_net_dialled(void *arg, int fd, int error) {
    struct relay *r = arg;
    if (fd < 0) {
        snprintf(r->trouble, sizeof(r->trouble), "cannot connect: %s", strerror(error));
        finish(r, false);
        return;
    }
    run(r, fd);
}

void relay_begin(struct relay_hub *hub, int fd) {
    hub->begun++;
    struct relay *r = calloc(1, sizeof(*r));
    struct parley_engine *engine = NULL;
    if (r != NULL) {
        const struct parley_config *config =
            watch_begin(&hub->watch, &r->watched, hub->config, hub->role, relay_now());
        engine = parley_engine_new(config, hub->role);
    }
    if (engine == NULL) {
        cli_note("out of memory");
        hub->failed++;
        free(r);
        if (fd >= 0) {
            close(fd);
        }
        return;
    }
    hub->active++;
    r->hub = hub;
    r->engine = engine;
    r->active_ms = relay_now();
    r->next = hub->relays;
    r->link = &hub->relays;
    if (r->next != NULL) {
        r->next->link = &r->next;
    }
    hub->relays = r;
    side_init(&r->net);
    side_init(&r->plain);
    event_assign(&r->timer, hub->base, -1, 0, on_timer, r);
    if (hub->handshake_seconds > 0) {
        set_timer(r, (int64_t)hub->handshake_seconds * 1000);
    }
    if (hub->role == PARLEY_SERVER) {
        net_name(fd, true, r->peer);
        open_plain(r, -1);
        run(r, fd);
    } else {
        snprintf(r->peer, sizeof(r->peer), "%s", hub->target_name);
        open_plain(r, fd);
        dial_start(&r->dial, hub->base, hub->target, on_net_dialled, r);
    }
}
