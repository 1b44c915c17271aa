/* Traces: what is to be done to a TLS stack, as a text, as bytes, and as a struct.
 *
 * A trace names a stack and the role it plays, a seed, and one connection or more ("sessions") with
 * their settings and with operations that bend what our engine, which plays the other role, sends.
 * The same trace gives the same bytes. It is the input of a fuzzer, the finding, the report and the
 * regression test.
 *
 *     # the server must not take a Finished that is wrong
 *     stack openssl
 *     role server
 *     seed 1
 *     session
 *     versions 1.3
 *     flip finished verify_data 0 0x01
 *
 * Both forms are lines of the same kinds, the rows of tables/operations.def:
 *
 * - text: a line each, words between blanks; "#" begins a comment where a word could begin. A
 * word's bytes that are not printable, blanks, "#", "," and "%" are written %XX.
 * - binary: a byte that says it is one, then for each line a byte for the row, for a setting one
 * for whose it is, and the operands. Any bytes are some trace: numbers are taken modulo what there
 * is, and a line that is cut short, or for which there is no room, ends it. */
#ifndef PARLEY_TRACE_H
#define PARLEY_TRACE_H

#include "parley/stack.h"
#include "parley/wire.h"

/* Rows of operations.def, in its order. */
enum parley_trace_row {
#define LINE(name, ...) PARLEY_LINE_##name,
#include "tables/operations.def"
#undef LINE
    PARLEY_LINES,
};

enum parley_line_kind {
    PARLEY_LINE_KIND_HEADER,
    PARLEY_LINE_KIND_SETTING,
    PARLEY_LINE_KIND_MESSAGE,
    PARLEY_LINE_KIND_RECORD,
    PARLEY_LINE_KIND_CONNECTION,
};

/* What can be an operand, and how it is written. Names are those of the tables; where a registry
 * has more values than the tables, a number (0x...) stands for the others. */
enum parley_operand_kind {
    PARLEY_OPERAND_NONE,
    PARLEY_OPERAND_NUMBER,    /* decimal, or 0x and hex digits */
    PARLEY_OPERAND_BYTES,     /* hex digits, "-" for none */
    PARLEY_OPERAND_TEXT,      /* one word */
    PARLEY_OPERAND_FIELD,     /* see parley_trace_field */
    PARLEY_OPERAND_POINT,     /* MESSAGE: the first of it that we send; MESSAGE:N the Nth one;
                                 MESSAGE:* each. "any" is any message */
    PARLEY_OPERAND_PLACE,     /* "before" or "after", and a point */
    PARLEY_OPERAND_ROLE,      /* client, server */
    PARLEY_OPERAND_AUTH,      /* none, request, require */
    PARLEY_OPERAND_ENTRY,     /* of the test PKI: server-rsa; or none */
    PARLEY_OPERAND_MESSAGE,   /* of messages.def */
    PARLEY_OPERAND_KEYS,      /* enum parley_keys: current, clear, handshake, ... */
    PARLEY_OPERAND_SHARE,     /* enum parley_bad_share: zero, one, low_order, ... */
    PARLEY_OPERAND_PREMASTER, /* enum parley_bad_premaster: random, block_type, ... */
    PARLEY_OPERAND_CBC,       /* enum parley_bad_cbc: mac, padding_byte, ... */
    PARLEY_OPERAND_FLOOD,     /* enum parley_flood: key_update, empty_record, ... */
    PARLEY_OPERAND_CONTENT,   /* of records: handshake, heartbeat, 0x63 */
    PARLEY_OPERAND_EXTENSION, /* key_share, 0x1234 */
    PARLEY_OPERAND_SIGALG,
    PARLEY_OPERAND_VERSIONS, /* one or more, up to the end of the line; so for the rest */
    PARLEY_OPERAND_SUITES,
    PARLEY_OPERAND_GROUPS,
    PARLEY_OPERAND_SIGALGS,
    PARLEY_OPERAND_PROTOCOLS, /* words */
};
#define PARLEY_OPERANDS_MAX 4

/* parley_bad_share is a key share that must be refused. */
enum parley_bad_share {
    PARLEY_SHARE_ZERO,       /* all zeros */
    PARLEY_SHARE_ONE,        /* the number one */
    PARLEY_SHARE_LOW_ORDER,  /* X25519: a point of order 8; others: as ZERO */
    PARLEY_SHARE_OFF_CURVE,  /* NIST: the last bit of y is another one; DHE: p - 1, p */
    PARLEY_SHARE_INFINITY,   /* NIST: the one byte 00 */
    PARLEY_SHARE_COMPRESSED, /* NIST: 02 and x */
    PARLEY_SHARE_SHORT,      /* without its last byte */
    PARLEY_SHARE_EMPTY,
    PARLEY_BAD_SHARES,
};

/* parley_flood is what can be sent for ever without getting anywhere. */
enum parley_flood {
    PARLEY_FLOOD_KEY_UPDATE,           /* update_not_requested */
    PARLEY_FLOOD_KEY_UPDATE_REQUESTED, /* each is to be answered with one */
    PARLEY_FLOOD_EMPTY_RECORD,         /* of application data */
    PARLEY_FLOOD_WARNING,              /* the alert user_canceled */
    PARLEY_FLOOD_HELLO_REQUEST,        /* TLS 1.2, of our server */
    PARLEY_FLOODS,
};

/* parley_line_row is one row of operations.def. */
struct parley_line_row {
    const char *name;
    enum parley_line_kind kind;
    enum parley_operand_kind operands[PARLEY_OPERANDS_MAX];
    const char *about;
    const char *rfc;
};
extern const struct parley_line_row parley_line_rows[PARLEY_LINES];

/* One operand: |number|, or |length| bytes at |offset| of the trace's |pool|. */
struct parley_operand {
    uint64_t number;
    uint16_t offset;
    uint16_t length;
};

/* Whose setting it is. */
enum parley_whose { PARLEY_BOTH, PARLEY_OUR, PARLEY_ITS };

struct parley_line {
    uint8_t row;   /* enum parley_trace_row */
    uint8_t whose; /* enum parley_whose; BOTH for what is no setting */
    struct parley_operand operands[PARLEY_OPERANDS_MAX];
};

#define PARLEY_TRACE_SESSIONS 4
#define PARLEY_TRACE_SETTINGS 32
#define PARLEY_TRACE_OPERATIONS 48
#define PARLEY_TRACE_POOL 16384
#define PARLEY_TRACE_STACK 64

/* One connection. Of two settings of the same row for the same end the later one counts. */
struct parley_trace_session {
    size_t setting_count;
    size_t operation_count;
    struct parley_line settings[PARLEY_TRACE_SETTINGS];
    struct parley_line operations[PARLEY_TRACE_OPERATIONS];
};

/* A trace: plain data without pointers, copied freely. */
struct parley_trace {
    char stack[PARLEY_TRACE_STACK]; /* NUL-terminated; "": our engine */
    enum parley_role role;          /* of that stack */
    uint64_t seed;
    size_t session_count;
    struct parley_trace_session sessions[PARLEY_TRACE_SESSIONS];
    size_t pool_length;
    uint8_t pool[PARLEY_TRACE_POOL];
};

/* parley_trace_init makes |trace| an empty one: our engine as server, seed 1, no session. */
void parley_trace_init(struct parley_trace *trace);

/* parley_trace_bytes returns the bytes of an operand of |trace|, borrowed. */
struct parley_bytes parley_trace_bytes(const struct parley_trace *trace,
                                       const struct parley_operand *operand);

/* A point: which outgoing message an operation is about. */
#define PARLEY_POINT_ANY 255
struct parley_point {
    uint8_t message; /* enum parley_message, or PARLEY_POINT_ANY */
    uint16_t nth;    /* from 1; 0: each */
    bool after;      /* of a place: behind it, not before */
};
struct parley_point parley_point_of(const struct parley_operand *operand);
uint64_t parley_point_number(struct parley_point point);

/* ---- Changing a trace ---- */

/* parley_trace_session_add begins a session and returns it, NULL if there is no room.
 * parley_trace_line_add appends |line| to the last session as what it is, false if there is no room
 * or no session. parley_trace_keep puts |bytes| into the pool and makes |operand| stand for them.
 * parley_trace_remove takes operation |index| of |session| away. */
struct parley_trace_session *parley_trace_session_add(struct parley_trace *trace);
bool parley_trace_line_add(struct parley_trace *trace, const struct parley_line *line);
bool parley_trace_keep(struct parley_trace *trace, struct parley_operand *operand,
                       struct parley_bytes bytes);
void parley_trace_remove(struct parley_trace_session *session, size_t index);

/* parley_trace_shrink makes |trace| smaller as long as |keeps| says that it still does what it is
 * for: fewer sessions, operations and settings, then smaller numbers and fewer bytes. |room| is for
 * what is tried. Returns how often |keeps| was asked. */
size_t parley_trace_shrink(struct parley_trace *trace, struct parley_trace *room,
                           bool (*keeps)(void *arg, const struct parley_trace *trace), void *arg);

/* ---- Text ---- */

/* What is wrong with a text: on |line| (from 1), at |word|. */
struct parley_trace_error {
    size_t line;
    char word[48];
    char text[160];
};

/* parley_trace_parse reads |text|. Returns false and fills |*error| if it is none. */
bool parley_trace_parse(struct parley_trace *out, struct parley_bytes text,
                        struct parley_trace_error *error);

/* parley_trace_print writes |trace| as text to |out|, of |cap| bytes, with a NUL, and returns its
 * length; what does not fit is cut off, but counted. parley_trace_print_line does so for one line,
 * without a newline. */
size_t parley_trace_print(const struct parley_trace *trace, char *out, size_t cap);
size_t parley_trace_print_line(const struct parley_trace *trace, const struct parley_line *line,
                               char *out, size_t cap);

/* ---- Binary ---- */

/* The first byte of a binary trace, as it is written; it may be any when one is read. */
#define PARLEY_TRACE_BINARY 0x01

/* parley_trace_decode reads any |bytes| as a trace. parley_trace_encode writes |trace| to |out| of
 * |cap| bytes and returns its length, or 0 if it does not fit; decoding that gives |trace| again,
 * and encoding what was decoded gives those bytes again. */
void parley_trace_decode(struct parley_trace *out, struct parley_bytes bytes);
size_t parley_trace_encode(const struct parley_trace *trace, uint8_t *out, size_t cap);

/* parley_trace_is_text returns whether |bytes| look like text rather than a binary trace. */
bool parley_trace_is_text(struct parley_bytes bytes);

#endif
