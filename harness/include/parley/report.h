/* Reports: what a run looked like, for people and for machines. */
#ifndef PARLEY_REPORT_H
#define PARLEY_REPORT_H

#include <stdio.h>

#include "parley/pipe.h"

/* ---- Fields ---- */

/* parley_message_fields calls |field| with what matters most in |bytes|, a whole |message| with its
 * handshake header (an alert or change_cipher_spec has none): the name of a field and one of its
 * values as text, several times in a row for a list. Field names are those of the message's spans;
 * a certificate's is "subject". Values hold printable ASCII only, whatever the peer sent, and last
 * for the call. Returns false if the message does not parse. */
bool parley_message_fields(enum parley_message message, struct parley_bytes bytes,
                           void (*field)(void *arg, const char *name, const char *value),
                           void *arg);

/* ---- The ladder ---- */

/* One rung: a message, or the application data that one end sent in a row. */
struct parley_rung {
    enum parley_role from;
    enum parley_message message; /* PARLEY_MESSAGE_UNKNOWN for application data */
    enum parley_epoch epoch;
    bool data;
    bool dropped;   /* taken away before it was sent */
    bool inner;     /* goes encrypted within the next (RFC 9849) */
    bool record;    /* a record's content that no message is known for, or not as it should be */
    size_t length;  /* bytes, with the handshake header */
    size_t records; /* of application data */
    size_t offset;  /* of a message in the ladder's bytes */
    size_t note;    /* of a text behind it, |note_length| bytes; 0: none */
    size_t note_length;
};

/* parley_ladder collects the messages of a connection in the order in which they were sent.
 * Zero-initialised it is empty. Set |observed| to the ends whose events it will be given: where
 * only one end can be watched, what the other one sends is taken down as it arrives. */
struct parley_ladder {
    unsigned observed; /* 1 << PARLEY_CLIENT | 1 << PARLEY_SERVER */
    struct parley_rung *rungs;
    size_t count;
    size_t capacity;
    uint8_t *bytes;
    size_t length;
    size_t bytes_capacity;
    bool incomplete; /* memory ran out: what follows is missing */
};

/* parley_ladder_event takes down what |observer|'s engine has seen (parley_hooks.observe). */
void parley_ladder_event(struct parley_ladder *ladder, enum parley_role observer,
                         const struct parley_event *event);
/* parley_ladder_note writes |text| behind the newest rung, marked as a bend. */
void parley_ladder_note(struct parley_ladder *ladder, const char *text);
void parley_ladder_clear(struct parley_ladder *ladder); /* keeps |observed| */
void parley_ladder_free(struct parley_ladder *ladder);

/* parley_ladder_bytes returns the message of a rung, borrowed until the ladder changes. */
struct parley_bytes parley_ladder_bytes(const struct parley_ladder *ladder,
                                        const struct parley_rung *rung);

/* parley_colour_wanted returns whether |out| is a terminal that takes colours, and NO_COLOR is not
 * set. */
bool parley_colour_wanted(FILE *out);

/* parley_ladder_print prints a line for each rung: direction (double lines: protected), name,
 * length, epoch, fields. */
void parley_ladder_print(FILE *out, const struct parley_ladder *ladder, bool colour);

/* ---- JSON ---- */

struct json_t; /* jansson's; the caller releases what these return (NULL: out of memory) */

/* parley_json_ladder returns an array with an object for each rung; parley_json_outcome what one
 * end says of a connection, parley_json_result a whole run, ladder and recording (both may be NULL)
 * included. */
struct json_t *parley_json_ladder(const struct parley_ladder *ladder);
struct json_t *parley_json_outcome(const struct parley_endpoint_outcome *outcome);
struct json_t *parley_json_result(const struct parley_pipe_result *result,
                                  const struct parley_ladder *ladder,
                                  const struct parley_recording *recording);

/* parley_hex writes |len| bytes as lower-case hex digits and a NUL to |out| (2 * len + 1 bytes). */
void parley_hex(const uint8_t *bytes, size_t len, char *out);

/* ---- Key log and capture ---- */

/* parley_keylog collects lines of the NSS key log format (SSLKEYLOGFILE), each once, from both
 * ends. Zero-initialised it is empty. */
struct parley_keylog {
    char *text;
    size_t length;
    size_t capacity;
    bool incomplete; /* memory ran out */
};

/* parley_keylog_line adds a line. It is made to be a parley_config.key_log, with |keylog| as its
 * argument. */
void parley_keylog_line(void *keylog, const char *line);
void parley_keylog_free(struct parley_keylog *keylog);

/* parley_keylog_write writes |path|, readable by its owner only, under another name first. Returns
 * false and one line in |why|. */
bool parley_keylog_write(const struct parley_keylog *keylog, const char *path, char why[200]);

/* parley_ladder_decrypt adds to |ladder| the messages of a recorded connection, protected ones
 * opened with the secrets that |keylog| has; a record that cannot be opened is a message without a
 * name. For handshakes of which neither end shows its messages. Returns false if out of memory. */
bool parley_ladder_decrypt(struct parley_ladder *ladder, const struct parley_recording *recording,
                           const struct parley_keylog *keylog);

/* How many connections a capture may have: each has a port of its own. */
#define PARLEY_CAPTURE_MAX 20000

/* parley_capture_write writes |count| recorded connections as a pcapng file that Wireshark opens
 * decrypted: client port 40000 and up, server port 443, the first packet at |now_ms|, the secrets
 * of |keylog| (may be NULL) inside; under another name first. Returns false and one line in |why|.
 */
bool parley_capture_write(const struct parley_recording *connections, size_t count, int64_t now_ms,
                          const struct parley_keylog *keylog, const char *path, char why[200]);

#endif
