/* Oracles: what must hold whatever the input. A fuzz target feeds them; they decide. */
#ifndef PARLEY_ORACLE_H
#define PARLEY_ORACLE_H

#include "parley/pipe.h"
#include "parley/seen.h"
#include "parley/wire.h"

/* parley_finding is what an oracle says. |oracle| is NULL if nothing is wrong, else the oracle's
 * name; |detail| is a static string. */
struct parley_finding {
    const char *oracle;
    const char *detail;
};

/* ---- Parsers ---- */

/* parley_parsed is what a parser makes; the member of its kind is valid. */
union parley_parsed {
    union parley_message_value message;
    union parley_extension_value extension;
    struct parley_record_header record_header;
};

/* parley_parser is one grammar with its reader and its writer. |parse| and |write| are as in wire.h
 * and get the parser they belong to. */
struct parley_parser {
    const char *name;
    unsigned row;       /* of messages.def, or of the forms of extensions.def */
    size_t header;      /* bytes that the writer puts in front of what was parsed */
    size_t looks_at;    /* it reads that many bytes and ignores the rest; 0: reads all */
    unsigned alerts[3]; /* what a refusal may be answered with; PARLEY_ALERT_NONE: nothing more */
    bool (*parse)(const struct parley_parser *parser, struct parley_bytes in,
                  union parley_parsed *out, struct parley_spans *spans,
                  struct parley_wire_error *error);
    bool (*write)(const struct parley_parser *parser, CBB *out, const union parley_parsed *value);
};

/* The parser of a row of messages.def, of a form of extensions.def, of the record header. */
struct parley_parser parley_parser_of_message(enum parley_message message);
struct parley_parser parley_parser_of_form(enum parley_form form);
struct parley_parser parley_parser_of_record_header(void);

/* parley_oracle is the room in which parsers are checked, made once and used for any number of
 * inputs. parley_oracle_new returns NULL if out of memory; |heap_calls| returns how many heap calls
 * this thread has made, or is NULL if nobody counts. */
struct parley_oracle;
struct parley_oracle *parley_oracle_new(size_t (*heap_calls)(void));
void parley_oracle_free(struct parley_oracle *oracle);

/* parley_oracle_count_work makes |oracle| ask |work|, which returns how many steps this thread has
 * made in what is parsed and written with: any count that grows with every turn of every loop. */
void parley_oracle_count_work(struct parley_oracle *oracle, uint64_t (*work)(void));

/* parley_oracle_parser parses |in| and holds the parser to this:
 *
 *   alert       refused input has an error, whose alert is one of the parser's
 *   error       it has a field and an offset within the input; accepted input has no error
 *   again       a second parse, with spans, comes to the same
 *   round trip  accepted input, written again, is the same bytes
 *   spans       accepted input: the spans tile it (see parley_spans_tile); refused input: they tile
 *               what stands before the error
 *   distinct    accepted input: no extension, key share or type of server name stands twice in
 *               its list
 *   heap        neither parsing nor writing calls the heap
 *   work        the steps it takes are bounded by so many for each byte (see
 *               parley_oracle_count_work)
 *
 * Inputs beyond PARLEY_ORACLE_INPUT_MAX bytes are not looked at. */
#define PARLEY_ORACLE_INPUT_MAX 150000
struct parley_finding parley_oracle_parser(struct parley_oracle *oracle,
                                           const struct parley_parser *parser,
                                           struct parley_bytes in);

/* parley_spans_tile returns NULL if |spans| (complete) describe |length| bytes as they must: the
 * leaves one after the other without a gap, every container exactly around its content, depths
 * without jumps, the first around everything. Otherwise it returns what is wrong.
 * parley_spans_tile_start asks the same of a parse that failed: what it left open may be open. */
const char *parley_spans_tile(const struct parley_spans *spans, size_t length);
const char *parley_spans_tile_start(const struct parley_spans *spans, size_t length);

/* ---- Engines ---- */

/* parley_oracle_engine holds an engine that plays |role| under |config| to this, at any time:
 *
 *   status   its status bits and its outcome say the same
 *   alert    what it sent for its error is that error's alert, or an alert a judge chose
 *   peer     a client that was given roots is not done with a peer that nothing vouches for
 */
struct parley_finding parley_oracle_engine(const struct parley_engine *engine,
                                           const struct parley_config *config,
                                           enum parley_role role);

/* parley_oracle_outcome is the same for a status and an outcome that were asked together. */
struct parley_finding parley_oracle_outcome(unsigned status, const struct parley_outcome *outcome,
                                            const struct parley_config *config,
                                            enum parley_role role);

/* ---- Runs of the pipe ---- */

/* parley_run is what a run of the pipe left: its result, and what was sent, by sender. */
struct parley_run {
    struct parley_pipe_result result;
    uint8_t sha256[2][32];
};

/* parley_oracle_pipe holds a run between |ends|, still open, to this, whatever became of the bytes
 * on their way:
 *
 *   bound    it came to an end by itself
 *   data     nobody was given application data that the other end had not sent
 *   agree    two ends that are done mean the same connection; and if only one is done, it means
 *            what the other one has negotiated so far
 *   closed   an end that is done has heard a close_notify only if one was sent */
struct parley_finding parley_oracle_pipe(const struct parley_pipe_result *result,
                                         const struct parley_endpoint ends[2]);

/* parley_oracle_same_run holds |chunked|, a run in which the bytes of |whole| were handed over in
 * other portions, to this:
 *
 *   chunks   it came to the same, and the same bytes were sent */
struct parley_finding parley_oracle_same_run(const struct parley_run *whole,
                                             const struct parley_run *chunked);

/* parley_oracle_same_choices holds |bent|, a run of the ends of |whole| in which the bytes were
 * bent on their way, to this:
 *
 *   choices   if both ends are done, they have chosen the same: who bends what they negotiate with
 *             changes the transcript (RFC 8446 E.1, RFC 5246 F.1.4) */
struct parley_finding parley_oracle_same_choices(const struct parley_run *whole,
                                                 const struct parley_run *bent);

/* ---- What another stack saw ---- */

/* What two parsers made of one client_hello. */
struct parley_hello_pair {
    struct parley_wire_error error;          /* ours; PARLEY_OK: accepted */
    const struct parley_client_hello *hello; /* ours, if accepted */
    const struct parley_seen_hello *seen;
};

/* parley_difference is one in which a stack may differ from us: |holds| says whether it is this one
 * that keeps |pair| apart. |section| says who may do so. */
struct parley_difference {
    const char *name;
    const char *section;
    bool (*holds)(const struct parley_hello_pair *pair);
};

/* parley_oracle_hello parses the client_hello |in| and holds what |seen| made of it to this:
 *
 *   split        both take it apart, or neither does
 *   understood   both accept what is in it, or neither does
 *   fields       what both took apart is the same
 *   extensions   so are the extensions, in their order
 *   values       and what they got out of them
 *
 * unless one of |differences| holds, for the first two. */
struct parley_finding parley_oracle_hello(struct parley_bytes in,
                                          const struct parley_seen_hello *seen,
                                          const struct parley_difference *differences,
                                          size_t count);

/* parley_oracle_certificate holds what the engine reads from the certificate |in|, which is only
 * the way to the key and keyUsage, to what |seen| found, if that is a certificate in DER:
 *
 *   key      there is a key, of the same bytes
 *   usage    it may be used for the same */
struct parley_finding parley_oracle_certificate(struct parley_bytes in,
                                                const struct parley_seen_certificate *seen);

/* ---- Texts ---- */

/* parley_text is a notation that people write. */
struct parley_text {
    const char *name;
    void *value; /* what |parse| makes; room for it */
    /* parse reads |in|, behind whose last byte is a zero one. Returns false having said why. */
    bool (*parse)(struct parley_bytes in, void *value);
    /* print writes |value| to |out| in up to |cap| bytes, and returns how many. */
    size_t (*print)(const void *value, char *out, size_t cap);
    /* said returns how many lines have been said so far. */
    size_t (*said)(void);
};

/* parley_oracle_text holds a notation to this:
 *
 *   said     a refusal says one line, nothing else says any
 *   again    what was accepted, printed, is accepted and printed the same */
#define PARLEY_ORACLE_TEXT_MAX 65536
struct parley_finding parley_oracle_text(const struct parley_text *text, struct parley_bytes in);

/* ---- What a fuzz target does with a finding ---- */

/* parley_oracle_demand does nothing if nothing is wrong; else it prints |subject|, the oracle, the
 * detail and the start of |in| to stderr, and aborts. */
void parley_oracle_demand(struct parley_finding finding, const char *subject,
                          struct parley_bytes in);

#endif
