/* Oracles: what must hold whatever the input. A fuzz target feeds them; they decide. */
#ifndef PARLEY_ORACLE_H
#define PARLEY_ORACLE_H

#include "parley/engine.h"
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

/* ---- What a fuzz target does with a finding ---- */

/* parley_oracle_demand does nothing if nothing is wrong; else it prints |subject|, the oracle, the
 * detail and the start of |in| to stderr, and aborts. */
void parley_oracle_demand(struct parley_finding finding, const char *subject,
                          struct parley_bytes in);

#endif
