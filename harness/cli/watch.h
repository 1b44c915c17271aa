/* What is kept of connections for those who look: a capture of all of them, and the ladder of
 * each. */
#ifndef PARLEY_CLI_WATCH_H
#define PARLEY_CLI_WATCH_H

#include "cli/cli.h"
#include "parley/engine.h"
#include "parley/report.h"

/* What a capture may hold of all connections together, besides PARLEY_CAPTURE_MAX of them. */
#define WATCH_BYTES_MAX ((size_t)64 << 20)

/* All of a process. The first part is set before watch_open; zeros: nothing is kept. */
struct watch {
    const char *pcap;    /* file names, borrowed; NULL: none is wanted */
    const char *ladders; /* appended to */

    int ladders_fd;
    struct parley_keylog keylog;
    struct parley_recording *recordings;
    size_t count, capacity;
    size_t bytes;
    int64_t begun_ms; /* when the first connection did */
    bool full;        /* what came later is left out */
    bool failed;      /* a ladder could not be written */
};

/* One connection. Zero-initialised, nothing of it is kept. */
struct watched {
    struct watch *watch;
    struct parley_config config; /* the engine's: the one it was given, with our hooks */
    const struct parley_config *given;
    bool recorded;
    size_t recording; /* its index */
    struct parley_ladder ladder;
    enum parley_role role; /* ours */
};

/* watch_open opens what has to be; false having said why not. */
bool watch_open(struct watch *watch);

/* watch_begin returns the config for the engine of a connection that begins at |now_ms|, which is
 * |config| or, until watch_end, in |c|. */
const struct parley_config *watch_begin(struct watch *watch, struct watched *c,
                                        const struct parley_config *config, enum parley_role role,
                                        int64_t now_ms);

/* watch_bytes takes down what |from| sent over the socket. */
void watch_bytes(struct watched *c, enum parley_role from, const uint8_t *data, size_t len);

/* watch_end appends the connection's ladder. The engine may go on; nothing of it is kept. */
void watch_end(struct watched *c);

/* watch_close writes the capture and frees everything; false having said what could not be
 * written. */
bool watch_close(struct watch *watch);

#endif
