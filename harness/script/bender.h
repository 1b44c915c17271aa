/* The bender: does a session's operations to what one engine sends. */
#ifndef PARLEY_SCRIPT_BENDER_H
#define PARLEY_SCRIPT_BENDER_H

#include "parley/bend.h"
#include "parley/trace.h"
#include "parley/trial.h"
#include "script/breach.h"

/* A message with its header, and room to grow. */
#define BENT_MAX (128 * 1024)
struct bent {
    enum parley_message message;
    enum parley_epoch epoch;
    size_t len;
    uint8_t bytes[BENT_MAX];
};

/* What is to become of a message once its bytes are as they should be. */
struct plan {
    bool hash, send, swap;
    uint64_t copies;   /* beyond the first */
    uint64_t fragment; /* 0: none */
    bool coalesce;
    uint64_t coalesced; /* bytes of the next one; 0: all */
    enum parley_keys keys;
    bool spoil; /* its record is wrong */
    enum parley_bad_cbc bad_cbc;
    uint64_t spoils; /* the operations that have their effect then */
    uint64_t waits;  /* the operations that have their effect once another message comes */
};

#define BENDER_SENT (64 * 1024)
#define BENDER_NOTE 400
#define BENDER_RECORDS 8

struct bender {
    const struct parley_trace *trace;
    const struct parley_trace_session *session;
    enum parley_role role;        /* ours */
    struct parley_engine *engine; /* not one: nothing can be sent yet */
    const struct parley_trial_watch *watch;
    struct parley_bend bend;

    unsigned seen[PARLEY_MESSAGE_COUNT]; /* of each message so far */
    unsigned seen_any;
    uint64_t applied;    /* bit i: operation i has had its effect */
    uint64_t signing;    /* those that have theirs when something is signed */
    uint64_t encrypting; /* or when a premaster secret is encrypted */
    uint64_t guessing;   /* or when our Finished goes out under a master secret of zeros */
    bool muted;          /* after a half_close */
    /* What the peer can know of us: whether what we hash is what we send; whether a Finished over
     * that has gone out, as it should be; whether what we signed has. */
    bool predictable; /* the peer's records opened under a secret of zeros */
    uint8_t peer_random[PARLEY_RANDOM_LENGTH]; /* of its first hello */
    bool peer_said_hello;
    bool garbled; /* the records of this message arrive as something else */
    bool edited, dishonest, foreign_key, proved, vouched;
    bool early_offered;   /* our client_hello has early_data in it */
    bool dishonest_early; /* if the peer takes it */
    struct breach_facts facts;
    uint64_t breaches; /* in what was sent; |breaching|: in what is being sent */
    uint64_t breaching;
    uint8_t breach_operation[PARLEY_BREACHES];
    uint8_t breach_message[PARLEY_BREACHES];
    bool asked;         /* the peer has sent a certificate_request */
    bool zero_in_hello; /* the share that gives zeros is one of TLS 1.3 */
    bool hidden;        /* what a client offers may be in an inner client_hello */
    bool nobody;        /* our client has shown no certificate */
    bool outer;         /* our client_hello is not what counts: there is an inner one */
    uint64_t copied;    /* of change_cipher_spec */
    unsigned retries;   /* hello_retry_requests that were sent */
    bool quiet;         /* what is sent now has been shown already */
    bool resending;     /* this is not the engine's own: no operation is about it */

    bool swapping;    /* |waiting| is sent behind the next message */
    bool coalescing;  /* |waiting| is sent with the next message */
    bool ccs_waiting; /* and a change_cipher_spec behind that */
    struct plan waiting_plan;
    struct bent waiting;
    struct bent now;

    /* The operations on the records that are being sent. */
    const struct parley_line *records[BENDER_RECORDS];
    size_t record_count;

    /* What was sent, for replay: the last of each message. */
    bool remembering;
    size_t sent_length;
    struct parley_operand sent[PARLEY_MESSAGE_COUNT];
    uint8_t sent_bytes[BENDER_SENT];

    char note[BENDER_NOTE]; /* the operations on |now|, as text */
    char waiting_note[BENDER_NOTE];
};

/* bender_start makes |b| ready for a connection of |session|; |b->engine| is the caller's to set.
 * bender_hooks returns the hooks that call it. */
void bender_start(struct bender *b, const struct parley_trace *trace,
                  const struct parley_trace_session *session,
                  const struct parley_trial_watch *watch);
struct parley_hooks bender_hooks(struct bender *b);

/* bender_is_about returns whether |line| is about the message that has just been counted.
 * bender_note writes down an operation, and that it has had its effect if |applied|. */
bool bender_is_about(const struct bender *b, const struct parley_line *line,
                     enum parley_message message);
void bender_note(struct bender *b, const struct parley_line *line, size_t index, bool applied);

/* bender_around.c: bender_surround sends what is to go before, or after, the message that has just
 * been counted. bender_records.c: bender_record_out is the hook of that name. */
void bender_surround(struct bender *b, enum parley_message message, bool after);
bool bender_record_out(void *arg, enum parley_epoch epoch, uint8_t *bytes, size_t *len,
                       size_t capacity);

/* bender_look notes what is wrong with a message, to be sent as |sent|. */
void bender_look(struct bender *b, enum parley_message message, struct parley_bytes built,
                 struct parley_bytes sent);

/* bender_weigh notes what the message |message|, sent as |plan| says, proves. */
void bender_weigh(struct bender *b, enum parley_message message, const struct plan *plan);

/* bender_retried notes that the peer has answered a second hello_retry_request. */
void bender_retried(struct bender *b);

/* bender_hear takes note of what the peer says. */
void bender_hear(struct bender *b, const struct parley_event *event);

/* bend_edit does |line|, which changes the bytes of |now| or the plan for them, and returns whether
 * it did something. */
bool bend_edit(struct bent *now, const struct parley_trace *trace, const struct parley_line *line);
/* bend_share makes the key share of |now| a bad one; |*zero| says whether every secret with it is
 * zeros. */
bool bend_share(struct bent *now, enum parley_bad_share kind, bool *zero);

/* bend_ssl2 makes |record|, of |len| bytes with room for |capacity|, a client_hello of SSL 2.0's
 * framing if it has a whole one, and returns its length. */
size_t bend_ssl2(uint8_t *record, size_t len, size_t capacity);

/* ---- bend_spans.c: fields and extensions of a message ---- */

#include "script/mutate.h"

/* bend_look makes |m| look at the body of |now|; bend_done takes the changed body over, and repairs
 * the length in its header: it is for edits that did something. */
void bend_look(struct mutator *m, struct bent *now);
void bend_done(const struct mutator *m, struct bent *now);

/* bend_find returns the span that |path| names, or NULL: names of spans with dots between them, the
 * last its own, those before it of what it is in; ":N" behind it means the Nth such span; a number
 * alone is a leaf, counted from 0. |length|: the length in front of it, not itself. */
const struct parley_span *bend_find(const struct mutate_view *view, struct parley_bytes path,
                                    bool length);

/* bend_name writes a path that bend_find finds |span|, one of |view|, by; false if there is none.
 */
#define BEND_NAME_MAX 200
bool bend_name(const struct mutate_view *view, const struct parley_span *span,
               char out[BEND_NAME_MAX]);

/* One extension in a message. */
struct bend_extension {
    const struct parley_span *list; /* the block that it is in */
    size_t offset, length;
    size_t place;
};

/* bend_block returns the first block of extensions; bend_extension finds |code| in it;
 * bend_extension_at the one at |place|. */
const struct parley_span *bend_block(const struct mutate_view *view);
bool bend_extension(const struct mutate_view *view, uint16_t code, struct bend_extension *out);
bool bend_extension_at(const struct mutate_view *view, size_t place, struct bend_extension *out);

/* bend_extension_edit does one of the operations on extensions. */
bool bend_extension_edit(struct bent *now, const struct parley_trace *trace,
                         const struct parley_line *line);

#endif
