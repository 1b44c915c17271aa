/* Published handshakes, run again by our engine as one of their ends.
 *
 * The peer is the trace: its records go in as they stand there, and every record that the engine
 * sends must equal the trace's. What the engine draws at random is the trace's, too. Outgoing
 * messages that our engine builds otherwise (another order of extensions, a signature whose key is
 * not published) are replaced by the trace's through the message_out hook, each by name and with a
 * reason; what ours and the trace's must have in common is compared first. Everything else, on both
 * sides of the hook, is the engine's own.
 *
 * Each comparison with a value of the vector file is noted, so that a test can say how many of them
 * were compared and that none was forgotten. */
#ifndef PARLEY_TESTS_SUPPORT_TRACE_H
#define PARLEY_TESTS_SUPPORT_TRACE_H

#include "engine/inside.h"
#include "tests/support_vectors.h"

#define TRACE_MESSAGES 24
#define TRACE_ARENA 16384
#define TRACE_VALUES 128
#define TRACE_NO_EXTRA 0xffff
#define TRACE_NOW_MS INT64_C(1577836800000) /* 2020-01-01, when every run takes place */

/* trace_replacement is an outgoing message that our engine builds otherwise. A list of them ends
 * with a name of NULL. */
struct trace_replacement {
    const char *name; /* of the published message */
    const char *why;
    uint16_t extra; /* an extension that only ours has, or TRACE_NO_EXTRA */
};

/* trace_end is one end of one published handshake. */
struct trace_end {
    const char *section;
    enum parley_role role;
    struct parley_config config; /* its hooks and key log are set by trace_run */
    const struct parley_session *resume;
    struct parley_bytes draws[10]; /* what the engine draws, in order; ends with an empty one */
    const struct trace_replacement *replaced;
};

/* trace_message is one message of a run, in either direction. */
struct trace_message {
    enum parley_message message;
    enum parley_role sender;
    enum parley_epoch epoch;
    struct parley_bytes bytes;
    uint8_t hash_before[HASH_MAX]; /* of the transcript before it, |hash_length| bytes */
    size_t hash_length;            /* 0: the hash was not chosen yet */
};

/* trace is one run. */
struct trace {
    const struct parley_vectors *vectors;
    struct trace_end end;
    struct parley_engine *engine;
    size_t drawn, replaced;
    struct trace_message messages[TRACE_MESSAGES];
    size_t message_count;
    struct kex shares[2]; /* ours, as they were when the hello went out */
    size_t share_count;
    uint8_t arena[TRACE_ARENA];
    size_t arena_used;
    uint8_t data[256]; /* application data that came with the last record */
    size_t data_length;
    bool compared[TRACE_VALUES];
    size_t comparisons;
};

/* trace_run makes an engine for |end| and runs the whole trace, the peer's records given to it
 * |chunk| bytes at a time. |t| stays as it is then for more comparisons, until trace_close. */
void trace_run(struct trace *t, const struct parley_vectors *vectors, const struct trace_end *end,
               size_t chunk);
void trace_close(struct trace *t);

/* trace_value returns a value of the trace. trace_has says whether it has one. */
struct parley_bytes trace_value(const struct trace *t, const char *name);
bool trace_has(const struct trace *t, const char *name);

/* trace_expect compares |got| with the value |name| and notes that. trace_check does so if the
 * trace has that value. The _key forms compare HMAC keys by what they do. */
void trace_expect(struct trace *t, const char *name, struct parley_bytes got);
void trace_check(struct trace *t, const char *name, struct parley_bytes got);
void trace_expect_key(struct trace *t, const char *name, const struct hmac_key *got);
void trace_check_key(struct trace *t, const char *name, const struct hmac_key *got);
void trace_check_u32(struct trace *t, const char *name, uint32_t got);

/* trace_compared returns how many values have been compared at least once. */
size_t trace_compared(const struct trace *t);

/* trace_find returns message |nth| (from 0) of its kind from |sender|, or NULL. */
const struct trace_message *trace_find(const struct trace *t, enum parley_message message,
                                       enum parley_role sender, size_t nth);

/* trace_hash_after returns the transcript hash right after |m|. */
struct parley_bytes trace_hash_after(const struct trace *t, const struct trace_message *m);

/* trace_parse parses a recorded message. */
void trace_parse(const struct trace_message *m, union parley_message_value *out);

/* trace_similar checks that |ours| differs from |published| only as |allowed| says: in a hello, the
 * extensions that it adds and their order; in a signed message, the signature. */
void trace_similar(struct trace *t, enum parley_message message, struct parley_bytes ours,
                   struct parley_bytes published, const struct trace_replacement *allowed);

/* trace_results are the values of a section that were compared at either end. */
struct trace_results {
    bool compared[TRACE_VALUES];
};

/* trace_run_end runs |end| twice, whole records and single bytes, with |check| after each, prints
 * how many values were compared and what was replaced, and asserts that they were |expected|. |t|
 * stays as the second run left it. */
void trace_run_end(struct trace *t, const struct parley_vectors *vectors,
                   const struct trace_end *end, void (*check)(struct trace *t), size_t expected,
                   struct trace_results *results);

/* trace_all_compared asserts that |section| has |expected| values and none was left out. */
void trace_all_compared(const struct parley_vectors *vectors, const char *section,
                        const struct trace_results *results, size_t expected);

/* trace_check_tls13 compares what a finished run of TLS 1.3 has come to: secrets, keys, hashes,
 * signatures, flights. */
void trace_check_tls13(struct trace *t);

#endif
