#include "cli/net.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct addrinfo *net_resolve(const struct cli_address *address, bool listening) {
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    hints.ai_flags = AI_NUMERICSERV | (listening ? AI_PASSIVE : 0);
    struct addrinfo *list = NULL;
    int error =
        getaddrinfo(address->host[0] != 0 ? address->host : NULL, address->port, &hints, &list);
    if (error == 0) {
        return list;
    }
    cli_note("%s:%s: %s", address->host, address->port,
             error == EAI_SYSTEM ? strerror(errno) : gai_strerror(error));
    return NULL;
}

static bool set_up(int fd) {
    int on = 1;
    int flags = fcntl(fd, F_GETFL);
    /* Fails on what is not TCP, which does no harm. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
           fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

static int new_socket(const struct addrinfo *address) {
    int fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (fd >= 0 && !set_up(fd)) {
        close(fd);
        return -1;
    }
    return fd;
}

int net_listen(const struct addrinfo *list, const struct cli_address *address) {
    int error = 0;
    for (; list != NULL; list = list->ai_next) {
        int fd = new_socket(list);
        int on = 1;
        if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
            bind(fd, list->ai_addr, list->ai_addrlen) == 0 && listen(fd, SOMAXCONN) == 0) {
            return fd;
        }
        error = errno;
        if (fd >= 0) {
            close(fd);
        }
    }
    cli_note("cannot listen on %s:%s: %s", address->host, address->port, strerror(error));
    return -1;
}

int net_accept(int listener) {
    int fd = accept(listener, NULL, NULL);
    if (fd >= 0 && !set_up(fd)) {
        close(fd);
        errno = ECONNABORTED;
        return -1;
    }
    return fd;
}

void net_name(int fd, bool peer, char out[NET_NAME_MAX]) {
    struct sockaddr_storage address;
    socklen_t length = sizeof(address);
    char host[CLI_HOST_MAX + 1];
    char port[8];
    int failed = peer ? getpeername(fd, (struct sockaddr *)&address, &length)
                      : getsockname(fd, (struct sockaddr *)&address, &length);
    if (failed != 0 || getnameinfo((struct sockaddr *)&address, length, host, sizeof(host), port,
                                   sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
        snprintf(out, NET_NAME_MAX, "?");
        return;
    }
    bool ipv6 = strchr(host, ':') != NULL;
    snprintf(out, NET_NAME_MAX, "%s%s%s:%s", ipv6 ? "[" : "", host, ipv6 ? "]" : "", port);
}

/* ---- Dialling ---- */

static void try_next(struct dial *dial);

static void dial_done(struct dial *dial, int fd) {
    dial->fd = -1;
    dial->active = false;
    dial->done(dial->arg, fd, fd >= 0 ? 0 : dial->error);
}

static void on_connected(evutil_socket_t fd, short what, void *arg) {
    struct dial *dial = arg;
    int error = 0;
    socklen_t length = sizeof(error);
    (void)what;
    if (getsockopt((int)fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) {
        error = errno;
    }
    if (error == 0) {
        dial_done(dial, (int)fd);
        return;
    }
    dial->error = error;
    close((int)fd);
    dial->fd = -1;
    try_next(dial);
}

static void on_exhausted(evutil_socket_t fd, short what, void *arg) {
    (void)fd;
    (void)what;
    dial_done(arg, -1);
}

static void try_next(struct dial *dial) {
    while (dial->next != NULL) {
        const struct addrinfo *address = dial->next;
        dial->next = address->ai_next;
        int fd = new_socket(address);
        if (fd >= 0 &&
            (connect(fd, address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS)) {
            dial->fd = fd;
            event_assign(&dial->event, dial->base, fd, EV_WRITE, on_connected, dial);
            event_add(&dial->event, NULL);
            return;
        }
        dial->error = errno;
        if (fd >= 0) {
            close(fd);
        }
    }
    /* Through the loop: the caller of dial_start is not to be called back from inside it. */
    struct timeval now = {0, 0};
    event_assign(&dial->event, dial->base, -1, 0, on_exhausted, dial);
    event_add(&dial->event, &now);
}

void dial_start(struct dial *dial, struct event_base *base, const struct addrinfo *list,
                void (*done)(void *arg, int fd, int error), void *arg) {
    *dial = (struct dial){
        .base = base, .next = list, .fd = -1, .active = true, .done = done, .arg = arg};
    try_next(dial);
}

void dial_stop(struct dial *dial) {
    if (!dial->active) {
        return;
    }
    dial->active = false;
    event_del(&dial->event);
    if (dial->fd >= 0) {
        close(dial->fd);
    }
}
