/* TLS on one side, plaintext on the other: what `parley serve` and `parley connect` do with a
 * connection, and the hub that all connections of one process share. One thread, libevent. */
#ifndef PARLEY_CLI_RELAY_H
#define PARLEY_CLI_RELAY_H

#include "cli/net.h"
#include "cli/side.h"
#include "cli/watch.h"
#include "parley/engine.h"

/* Where a connection's plaintext goes to and comes from. */
enum relay_plain {
    RELAY_SOCKET, /* a local TCP program: dialled by a server, accepted by a client */
    RELAY_STDIO,  /* stdin and stdout */
    RELAY_PRINT,  /* to stdout, and nothing back */
    RELAY_ECHO,   /* back to where it came from */
    RELAY_WWW,    /* a page about the connection, for any request */
};

struct relay;

/* What all connections share. The first part is set before hub_open, zeros being defaults. */
struct relay_hub {
    const struct parley_config *config;
    enum parley_role role;
    enum relay_plain plain;
    const struct addrinfo *target; /* what is dialled: the TLS server, or the program behind us */
    const char *target_name;
    unsigned handshake_seconds;
    unsigned idle_seconds; /* 0: never */
    unsigned max_connections;
    uint64_t count; /* connections after which it ends; 0: never */
    bool json;
    bool ignore_truncation;
    bool key_update; /* TLS 1.3: new keys both ways before our first data */
    bool keep_open;  /* the end of stdin is not the end of the connection */
    /* client: fills the session for the next connection and returns true, if there is one */
    bool (*resume)(void *arg, int64_t now_ms, struct parley_session *out);
    void *resume_arg;
    struct watch watch; /* its first part */

    struct event_base *base;
    struct relay *relays;
    unsigned active;
    uint64_t begun;
    uint64_t failed;
    bool stopping;
    int listener; /* -1: none */
    struct event listen_event, retry_event, interrupt_event, terminate_event;
};

/* hub_open makes the event loop and takes SIGINT and SIGTERM, whose first asks every connection to
 * close and whose second does not wait for that. False having said why. hub_close frees everything;
 * false having said what could not be written. */
bool hub_open(struct relay_hub *hub);
bool hub_close(struct relay_hub *hub);

/* hub_listen accepts connections on |fd|, which it owns, and says so on stdout. */
void hub_listen(struct relay_hub *hub, int fd);

/* hub_run runs until |count| connections have ended, or a signal came. */
void hub_run(struct relay_hub *hub);

/* hub_ended is how a relay says that it is gone. */
void hub_ended(struct relay_hub *hub);

/* What a relay does at the moment. */
enum relay_stage {
    RELAY_DIALING, /* client: no connection yet */
    RELAY_RUNNING,
    RELAY_LINGERING, /* all is said; what still comes is dropped, so that the peer can read the
                        alert */
};

struct relay {
    struct relay_hub *hub;
    struct relay *next, **link;
    struct parley_engine *engine;
    enum relay_stage stage;
    char peer[NET_NAME_MAX];
    char trouble[128]; /* a reason to end that the engine does not know of, or "" */
    struct side net, plain;
    struct dial dial;
    struct event timer;
    int64_t active_ms;    /* when anything last moved */
    size_t early;         /* bytes at the front of plain.arrived that were sent as 0-RTT data */
    uint64_t early_bytes; /* 0-RTT data in all: sent by a client, taken by a server */
    unsigned request_end; /* RELAY_WWW: how much of the blank line that ends a request has come */
    bool head_request;
    bool answered;
    bool ended;        /* the engine was told that nothing more comes */
    bool done;         /* the handshake's end was noticed */
    bool dialled;      /* server: the program behind us was dialled */
    bool closing;      /* close_notify is asked for */
    bool keys_updated; /* --key-update has been done, or cannot be */
    bool given_up;     /* ... by us, who will not wait long for the peer's */
    struct watched watched;
};

/* relay_begin starts a connection. A server gives the accepted |fd|; a client -1, or the accepted
 * local connection that it is for. It owns |fd|. Out of memory counts as a failed connection. */
void relay_begin(struct relay_hub *hub, int fd);

/* relay_stop asks a connection to close soon, relay_abandon ends it at once. */
void relay_stop(struct relay *r);
void relay_abandon(struct relay *r, const char *why);

/* relay_peer_done returns whether the peer has said, or is taken to have said, that it sends no
 * more. */
bool relay_peer_done(const struct relay *r);

/* relay_move (move.c) moves bytes until none can be moved without waiting. */
void relay_move(struct relay *r);

/* relay_summary (summary.c) prints the connection's line on stderr. */
void relay_summary(const struct relay *r, bool fine);

/* relay_summary_json (summary_json.c) prints it as JSON; every line has every name. */
void relay_summary_json(const struct relay *r, bool fine, const struct parley_outcome *o);

/* relay_page (summary.c) appends the answer of RELAY_WWW to plain.arrived. */
void relay_page(struct relay *r);

/* relay_now returns the time in milliseconds since 1970. */
int64_t relay_now(void);

#endif
