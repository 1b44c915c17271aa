/* TCP for the subcommands: names to addresses, listening, and dialling without blocking. */
#ifndef PARLEY_CLI_NET_H
#define PARLEY_CLI_NET_H

#include <netdb.h>
#include <stdbool.h>
#include <sys/socket.h>

#include <event2/event.h>
#include <event2/event_struct.h>

#include "cli/cli.h"

/* net_resolve returns the addresses of |address|, to listen on or to connect to, which the caller
 * gives to freeaddrinfo; NULL having said why. */
struct addrinfo *net_resolve(const struct cli_address *address, bool listening);

/* net_listen returns a listening non-blocking socket on the first of |list| that can be bound, or
 * -1 having said why. */
int net_listen(const struct addrinfo *list, const struct cli_address *address);

/* net_accept returns the next connection, non-blocking, or -1 with errno. */
int net_accept(int listener);

/* net_name writes "ADDRESS:PORT" of one end of |fd|: the other's if |peer|, else our own. */
#define NET_NAME_MAX (CLI_HOST_MAX + 16)
void net_name(int fd, bool peer, char out[NET_NAME_MAX]);

/* A connection being made, to one address after the other. */
struct dial {
    struct event event;
    struct event_base *base;
    const struct addrinfo *next;
    int fd;
    int error; /* of the last address tried */
    bool active;
    void (*done)(void *arg, int fd, int error);
    void *arg;
};

/* dial_start tries |list|, borrowed, and calls |done| once, later: with the connected non-blocking
 * socket, then the callee's, or with -1 and an errno. dial_stop forgets about it. */
void dial_start(struct dial *dial, struct event_base *base, const struct addrinfo *list,
                void (*done)(void *arg, int fd, int error), void *arg);
void dial_stop(struct dial *dial);

#endif
