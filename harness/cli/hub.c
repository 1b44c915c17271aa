/* The event loop that all connections share: listening, signals, and when to end. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/relay.h"

/* Connections taken per turn of the loop, so that those under way get theirs. */
#define ACCEPTS_PER_TURN 16

static bool full(const struct relay_hub *hub) {
    return hub->max_connections > 0 && hub->active >= hub->max_connections;
}

static bool enough(const struct relay_hub *hub) {
    return hub->count > 0 && hub->begun >= hub->count;
}

static void stop_listening(struct relay_hub *hub) {
    if (hub->listener < 0) {
        return;
    }
    event_del(&hub->listen_event);
    event_del(&hub->retry_event);
    close(hub->listener);
    hub->listener = -1;
}

/* Ends the loop when nothing is left that could go on. */
static void maybe_end(struct relay_hub *hub) {
    if (hub->active == 0 && hub->listener < 0) {
        event_base_loopbreak(hub->base);
    }
}

static void on_accept(evutil_socket_t fd, short what, void *arg) {
    struct relay_hub *hub = arg;
    (void)what;
    for (int i = 0; i < ACCEPTS_PER_TURN && !full(hub) && !enough(hub); i++) {
        int accepted = net_accept((int)fd);
        if (accepted >= 0) {
            relay_begin(hub, accepted);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            /* The connection stays in the queue and the socket readable: look again later. */
            struct timeval later = {0, 200000};
            event_del(&hub->listen_event);
            event_add(&hub->retry_event, &later);
        }
        break;
    }
    if (enough(hub)) {
        stop_listening(hub);
    } else if (full(hub)) {
        event_del(&hub->listen_event);
    }
    maybe_end(hub);
}

static void on_retry(evutil_socket_t fd, short what, void *arg) {
    struct relay_hub *hub = arg;
    (void)fd;
    (void)what;
    event_add(&hub->listen_event, NULL);
}

void hub_ended(struct relay_hub *hub) {
    hub->active--;
    if (hub->listener >= 0 && !full(hub) &&
        event_pending(&hub->retry_event, EV_TIMEOUT, NULL) == 0) {
        event_add(&hub->listen_event, NULL);
    }
    maybe_end(hub);
}

static void on_signal(evutil_socket_t fd, short what, void *arg) {
    struct relay_hub *hub = arg;
    (void)fd;
    (void)what;
    stop_listening(hub);
    bool again = hub->stopping;
    hub->stopping = true;
    for (struct relay *r = hub->relays, *next; r != NULL; r = next) {
        next = r->next; /* stopping one never touches another */
        if (again) {
            relay_abandon(r, "stopped");
        } else {
            relay_stop(r);
        }
    }
    maybe_end(hub);
}

bool hub_open(struct relay_hub *hub) {
    hub->listener = -1;
    signal(SIGPIPE, SIG_IGN);
    if (!watch_open(&hub->watch)) {
        return false;
    }
    struct event_config *config = event_config_new();
    /* epoll does not take regular files, which stdin and stdout may be. */
    if (config != NULL && (hub->plain == RELAY_STDIO || hub->plain == RELAY_PRINT)) {
        event_config_require_features(config, EV_FEATURE_FDS);
    }
    hub->base = config != NULL ? event_base_new_with_config(config) : NULL;
    if (config != NULL) {
        event_config_free(config);
    }
    if (hub->base == NULL) {
        cli_note("cannot make an event loop");
        return false;
    }
    event_assign(&hub->interrupt_event, hub->base, SIGINT, EV_SIGNAL | EV_PERSIST, on_signal, hub);
    event_assign(&hub->terminate_event, hub->base, SIGTERM, EV_SIGNAL | EV_PERSIST, on_signal, hub);
    event_add(&hub->interrupt_event, NULL);
    event_add(&hub->terminate_event, NULL);
    return true;
}

bool hub_close(struct relay_hub *hub) {
    if (hub->base == NULL) {
        return true;
    }
    stop_listening(hub);
    event_del(&hub->interrupt_event);
    event_del(&hub->terminate_event);
    event_base_free(hub->base);
    hub->base = NULL;
    return watch_close(&hub->watch);
}

void hub_listen(struct relay_hub *hub, int fd) {
    char name[NET_NAME_MAX];
    hub->listener = fd;
    event_assign(&hub->listen_event, hub->base, fd, EV_READ | EV_PERSIST, on_accept, hub);
    event_assign(&hub->retry_event, hub->base, -1, 0, on_retry, hub);
    event_add(&hub->listen_event, NULL);
    net_name(fd, false, name);
    printf("listening on %s\n", name);
    fflush(stdout);
}

void hub_run(struct relay_hub *hub) {
    if (hub->active > 0 || hub->listener >= 0) {
        event_base_dispatch(hub->base);
    }
}
