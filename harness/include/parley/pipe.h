/* The pipe: bytes between any two endpoints, in memory, with bounds. A stall is a result, never a
 * hang.
 *
 *     struct parley_pipe *pipe = parley_pipe_new();
 *     parley_pipe_run(pipe, &options, &result);
 *
 * runs a connection from its first byte to close_notify; the functions it is made of can be called
 * one by one. The pipe allocates nothing after parley_pipe_new; a recording, if one is wanted,
 * does. */
#ifndef PARLEY_PIPE_H
#define PARLEY_PIPE_H

#include "parley/stack.h"

/* ---- A recording of what was sent ---- */

/* One flight: what one end sent until the other one spoke. */
struct parley_flight {
    enum parley_role from;
    size_t offset; /* in the recording's bytes */
    size_t length;
};

/* parley_recording keeps every byte that left an endpoint, in order. All zeros: empty. */
struct parley_recording {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    struct parley_flight *flights;
    size_t flight_count;
    size_t flight_capacity;
    bool incomplete; /* memory ran out: what follows is missing */
};

/* parley_recording_add appends |bytes| sent by |from|. parley_recording_clear empties it;
 * parley_recording_free gives its memory back. */
void parley_recording_add(struct parley_recording *recording, enum parley_role from,
                          struct parley_bytes bytes);
void parley_recording_clear(struct parley_recording *recording);
void parley_recording_free(struct parley_recording *recording);

/* parley_recording_sha256 writes the SHA-256 of all its bytes in the order they were sent in. */
void parley_recording_sha256(const struct parley_recording *recording, uint8_t out[32]);

/* ---- A run ---- */

/* How far a run is. */
enum parley_phase {
    PARLEY_PHASE_HANDSHAKE,
    PARLEY_PHASE_DATA,
    PARLEY_PHASE_KEY_UPDATE,
    PARLEY_PHASE_CLOSE,
};

/* What became of it. */
enum parley_verdict {
    PARLEY_VERDICT_COMPLETE, /* everything that was wanted has happened */
    PARLEY_VERDICT_FAILED,   /* |who| ended it with an error */
    PARLEY_VERDICT_STALLED,  /* nobody has anything to send, and it is not complete */
    PARLEY_VERDICT_BOUND,    /* max_rounds or max_bytes were reached */
    PARLEY_VERDICT_CORRUPT,  /* |who| was given application data that was not sent */
    PARLEY_VERDICT_REFUSED,  /* |who| did not take a control operation */
};

/* What the two ends can disagree on, as bits. */
enum {
    PARLEY_DISAGREE_VERSION = 1 << 0,
    PARLEY_DISAGREE_SUITE = 1 << 1,
    PARLEY_DISAGREE_GROUP = 1 << 2,
    PARLEY_DISAGREE_SIGALG_SERVER = 1 << 3,
    PARLEY_DISAGREE_SIGALG_CLIENT = 1 << 4,
    PARLEY_DISAGREE_ALPN = 1 << 5,
    PARLEY_DISAGREE_RESUMED = 1 << 6,
    PARLEY_DISAGREE_EARLY_DATA = 1 << 7,
    PARLEY_DISAGREE_HELLO_RETRY = 1 << 8,
    PARLEY_DISAGREE_EXTENDED_MASTER_SECRET = 1 << 9,
    PARLEY_DISAGREE_ENCRYPT_THEN_MAC = 1 << 10,
    PARLEY_DISAGREE_EXPORTER = 1 << 11,
    PARLEY_DISAGREE_SERVER_NAME = 1 << 12,
    PARLEY_DISAGREEMENTS = 13,
};

/* parley_pipe_options: whom to connect and what to drive them through. Zeros: one handshake,
 * delivered whole, no application data, no close_notify. */
struct parley_pipe_options {
    struct parley_endpoint ends[2]; /* by enum parley_role; borrowed, stay open */

    size_t chunk;      /* bytes handed to an endpoint at once; 0: all there are */
    size_t max_rounds; /* turns of both ends; 0: 100,000 */
    size_t max_bytes;  /* both directions together; 0: 64 MiB */

    /* Application data. The client sends |early_data| (as 0-RTT where it may, after the handshake
     * otherwise) and |client_data|, and the server sends them back; the server sends |server_data|,
     * and the client sends it back. Each byte is checked where it arrives. Borrowed. */
    struct parley_bytes early_data;
    struct parley_bytes client_data;
    struct parley_bytes server_data;

    bool key_update; /* the client asks for new keys in both directions; then the data once more */
    bool close_notify; /* the client closes, then the server */

    struct parley_recording *recording; /* NULL: none */
    /* sees every run of bytes as it leaves the end |from|; NULL: nobody looks. */
    void (*observe)(void *arg, enum parley_role from, struct parley_bytes bytes);
    void *observe_arg;
};

/* parley_pipe_result: what a run came to. The outcomes' strings are the endpoints', borrowed until
 * they are closed. */
struct parley_pipe_result {
    enum parley_verdict verdict;
    enum parley_phase phase; /* it came to this one; COMPLETE: the last that was wanted */
    enum parley_role who;    /* FAILED, CORRUPT, REFUSED: whose doing or plight it is */
    size_t rounds;
    size_t sent[2];         /* bytes of records that left each end */
    size_t received[2];     /* bytes of application data that arrived there, of the last pass */
    size_t early_sent;      /* bytes that the client wrote as 0-RTT data */
    size_t corrupt_at;      /* CORRUPT: offset in the stream of application data */
    bool agreed;            /* the ends were compared, and agree */
    unsigned disagreements; /* PARLEY_DISAGREE_* */
    struct parley_endpoint_outcome ends[2];
};

/* parley_pipe is the state of a run: two buffers and counters. Opaque; one run at a time. */
struct parley_pipe;
struct parley_pipe *parley_pipe_new(void); /* NULL if out of memory */
void parley_pipe_free(struct parley_pipe *pipe);

/* parley_pipe_run starts with |options| and takes the ends through handshake, comparison,
 * application data, key_update and close_notify, as far as they go. Returns whether the verdict is
 * COMPLETE and the ends agree. */
bool parley_pipe_run(struct parley_pipe *pipe, const struct parley_pipe_options *options,
                     struct parley_pipe_result *result);

/* Its parts. parley_pipe_start forgets what was and borrows |options| until the last call. Each of
 * the others drives the ends until nothing moves any more, and returns whether what it stands for
 * has happened; once one has returned false, so do those after it. */
void parley_pipe_start(struct parley_pipe *pipe, const struct parley_pipe_options *options);
bool parley_pipe_handshake(struct parley_pipe *pipe); /* both ends say PARLEY_DONE */
bool parley_pipe_data(struct parley_pipe *pipe);      /* all application data went there and back */
bool parley_pipe_key_update(struct parley_pipe *pipe); /* new keys, and the data once more */
bool parley_pipe_close(struct parley_pipe *pipe);      /* each end has the other's close_notify */

/* parley_pipe_settle moves whatever is there to be moved, after a control operation for example;
 * returns false if an end has failed or a bound was reached. */
bool parley_pipe_settle(struct parley_pipe *pipe);

/* parley_pipe_compare asks both ends what was negotiated and for exported keying material, and
 * returns the PARLEY_DISAGREE_* of what both know and one of them knows differently. */
unsigned parley_pipe_compare(const struct parley_endpoint *client,
                             const struct parley_endpoint *server);

/* parley_pipe_merge fills |*out| with what the client says was negotiated, and with what only the
 * server says. Borrowed as |result|'s own outcomes. */
void parley_pipe_merge(const struct parley_pipe_result *result,
                       struct parley_endpoint_outcome *out);

/* parley_pipe_result_of fills |*result| with how things stand now. */
void parley_pipe_result_of(const struct parley_pipe *pipe, struct parley_pipe_result *result);

/* ---- Words ---- */

/* Static names, for people and for JSON. |disagreement| is the number of a bit. */
const char *parley_role_name(enum parley_role role);
const char *parley_phase_name(enum parley_phase phase);
const char *parley_verdict_name(enum parley_verdict verdict);
const char *parley_disagreement_name(unsigned disagreement);

/* parley_disagreements_explain writes the names of what is in |bits|, PARLEY_DISAGREE_*, blanks
 * between them, cut to |cap| bytes with its NUL, and returns |out|. 200 bytes are enough. */
const char *parley_disagreements_explain(unsigned bits, char *out, size_t cap);

/* parley_pipe_explain writes one line without newline that says how the run ended: who stopped, at
 * which message, why, with which alert, or who waits in which state. Always NUL-terminated; returns
 * |out|. */
const char *parley_pipe_explain(const struct parley_pipe_result *result, char *out, size_t cap);

#endif
