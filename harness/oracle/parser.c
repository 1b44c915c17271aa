/* What holds for every parser. */
#include "parley/oracle.h"

#include <stdlib.h>
#include <string.h>

#include "oracle/distinct.h"

/* An element of one byte has three spans: its own, its length's, its content's. */
#define SPANS_MAX (3 * PARLEY_ORACLE_INPUT_MAX + 64)
#define WRITTEN_MAX (PARLEY_ORACLE_INPUT_MAX + 64)

/* What parsing and writing, twice each, may cost: steps, and steps for each byte of the input, of
 * which correct parsers take less than 17. In short inputs it cannot matter. */
enum { WORK_BASE = 2000, WORK_PER_BYTE = 40, WORK_FROM = 64 };

struct parley_oracle {
    size_t (*heap_calls)(void);
    uint64_t (*work)(void);
    union parley_parsed first, second;
    struct parley_span *items;
    uint8_t *written;
    struct distinct distinct;
};

struct parley_oracle *parley_oracle_new(size_t (*heap_calls)(void)) {
    struct parley_oracle *oracle = calloc(1, sizeof(*oracle));
    if (oracle == NULL) {
        return NULL;
    }
    oracle->heap_calls = heap_calls;
    oracle->items = malloc(SPANS_MAX * sizeof(*oracle->items));
    oracle->written = malloc(WRITTEN_MAX);
    if (oracle->items == NULL || oracle->written == NULL) {
        parley_oracle_free(oracle);
        return NULL;
    }
    return oracle;
}

void parley_oracle_count_work(struct parley_oracle *oracle, uint64_t (*work)(void)) {
    oracle->work = work;
}

void parley_oracle_free(struct parley_oracle *oracle) {
    if (oracle != NULL) {
        free(oracle->items);
        free(oracle->written);
        free(oracle);
    }
}

static struct parley_finding wrong(const char *oracle, const char *detail) {
    return (struct parley_finding){oracle, detail};
}

static bool permitted(const struct parley_parser *parser, unsigned alert) {
    for (size_t i = 0; i < sizeof(parser->alerts) / sizeof(parser->alerts[0]); i++) {
        if (parser->alerts[i] == alert && alert != PARLEY_ALERT_NONE) {
            return true;
        }
    }
    return false;
}

static bool same_error(const struct parley_wire_error *a, const struct parley_wire_error *b) {
    return a->error == b->error && a->offset == b->offset && a->field == b->field &&
           a->extension == b->extension;
}

static struct parley_finding refused(struct parley_oracle *oracle,
                                     const struct parley_parser *parser, struct parley_bytes in,
                                     const struct parley_wire_error *error) {
    struct parley_spans spans = {oracle->items, SPANS_MAX, 0};
    struct parley_wire_error again;
    if (error->error == PARLEY_OK || !permitted(parser, parley_error_alert(error->error))) {
        return wrong("alert",
                     "refused without an error, or with an alert that is not the parser's");
    }
    if (error->field == NULL || error->offset > in.len) {
        return wrong("error", "no field, or an offset outside of the input");
    }
    if (parser->parse(parser, in, &oracle->second, &spans, &again) || !same_error(error, &again)) {
        return wrong("again", "refused, then accepted or refused for something else");
    }
    const char *spans_wrong = parley_spans_tile_start(&spans, in.len);
    return spans_wrong != NULL ? wrong("spans", spans_wrong) : wrong(NULL, NULL);
}

/* Whether |value|, written, is |in| behind the writer's header. */
static bool same_bytes(struct parley_oracle *oracle, const struct parley_parser *parser,
                       struct parley_bytes in, const union parley_parsed *value) {
    CBB out;
    return CBB_init_fixed(&out, oracle->written, WRITTEN_MAX) &&
           parser->write(parser, &out, value) && CBB_len(&out) == parser->header + in.len &&
           (in.len == 0 || memcmp(oracle->written + parser->header, in.data, in.len) == 0);
}

static struct parley_finding accepted(struct parley_oracle *oracle,
                                      const struct parley_parser *parser, struct parley_bytes in,
                                      const struct parley_wire_error *error) {
    struct parley_spans spans = {oracle->items, SPANS_MAX, 0};
    struct parley_wire_error again;
    if (error->error != PARLEY_OK) {
        return wrong("error", "accepted, with an error");
    }
    if (!same_bytes(oracle, parser, in, &oracle->first)) {
        return wrong("round trip", "accepted, but written differently");
    }
    if (!parser->parse(parser, in, &oracle->second, &spans, &again) ||
        !same_bytes(oracle, parser, in, &oracle->second)) {
        return wrong("again", "accepted, then refused or understood differently");
    }
    const char *spans_wrong = parley_spans_tile(&spans, in.len);
    if (spans_wrong != NULL) {
        return wrong("spans", spans_wrong);
    }
    const char *twice = distinct_check(&oracle->distinct, &spans, in.data);
    return twice != NULL ? wrong("distinct", twice) : wrong(NULL, NULL);
}

struct parley_finding parley_oracle_parser(struct parley_oracle *oracle,
                                           const struct parley_parser *parser,
                                           struct parley_bytes in) {
    struct parley_wire_error error;
    if (in.len > PARLEY_ORACLE_INPUT_MAX) {
        return wrong(NULL, NULL);
    }
    if (parser->looks_at != 0 && in.len > parser->looks_at) {
        in.len = parser->looks_at;
    }
    size_t heap = oracle->heap_calls != NULL ? oracle->heap_calls() : 0;
    bool counted = oracle->work != NULL && in.len >= WORK_FROM;
    uint64_t work = counted ? oracle->work() : 0;
    struct parley_finding finding = parser->parse(parser, in, &oracle->first, NULL, &error)
                                        ? accepted(oracle, parser, in, &error)
                                        : refused(oracle, parser, in, &error);
    if (finding.oracle == NULL && oracle->heap_calls != NULL && oracle->heap_calls() != heap) {
        return wrong("heap", "parsing or writing called the heap");
    }
    if (finding.oracle == NULL && counted &&
        oracle->work() - work > WORK_BASE + WORK_PER_BYTE * in.len) {
        return wrong("work", "parsing or writing takes too many steps for that many bytes");
    }
    return finding;
}

/* ---- The parsers ---- */

static bool parse_message(const struct parley_parser *parser, struct parley_bytes in,
                          union parley_parsed *out, struct parley_spans *spans,
                          struct parley_wire_error *error) {
    return parley_message_parse((enum parley_message)parser->row, in, &out->message, spans, error);
}

static bool write_message(const struct parley_parser *parser, CBB *out,
                          const union parley_parsed *value) {
    return parley_message_write(out, (enum parley_message)parser->row, &value->message);
}

struct parley_parser parley_parser_of_message(enum parley_message message) {
    const struct parley_message_row *row = &parley_messages[message];
    unsigned third = message == PARLEY_MSG_change_cipher_spec ? PARLEY_ALERT_unexpected_message
                     : row->senders & PARLEY_BY_SERVER        ? PARLEY_ALERT_unsupported_extension
                                                              : PARLEY_ALERT_NONE;
    return (struct parley_parser){
        .name = row->name,
        .row = message,
        .header = row->content == PARLEY_CONTENT_HANDSHAKE ? PARLEY_HANDSHAKE_HEADER : 0,
        .alerts = {PARLEY_ALERT_decode_error, PARLEY_ALERT_illegal_parameter, third},
        .parse = parse_message,
        .write = write_message,
    };
}

static bool parse_form(const struct parley_parser *parser, struct parley_bytes in,
                       union parley_parsed *out, struct parley_spans *spans,
                       struct parley_wire_error *error) {
    return parley_extension_parse((enum parley_form)parser->row, in, &out->extension, spans, error);
}

static bool write_form(const struct parley_parser *parser, CBB *out,
                       const union parley_parsed *value) {
    return parley_extension_write(out, (enum parley_form)parser->row, &value->extension);
}

struct parley_parser parley_parser_of_form(enum parley_form form) {
    return (struct parley_parser){
        .name = parley_forms[form].name,
        .row = form,
        .header = 4,
        .alerts = {PARLEY_ALERT_decode_error, PARLEY_ALERT_illegal_parameter, PARLEY_ALERT_NONE},
        .parse = parse_form,
        .write = write_form,
    };
}

static bool parse_record_header(const struct parley_parser *parser, struct parley_bytes in,
                                union parley_parsed *out, struct parley_spans *spans,
                                struct parley_wire_error *error) {
    (void)parser;
    return parley_record_header_parse(in, &out->record_header, spans, error);
}

static bool write_record_header(const struct parley_parser *parser, CBB *out,
                                const union parley_parsed *value) {
    (void)parser;
    return parley_record_header_write(out, &value->record_header);
}

struct parley_parser parley_parser_of_record_header(void) {
    return (struct parley_parser){
        .name = "record_header",
        .looks_at = PARLEY_RECORD_HEADER,
        .alerts = {PARLEY_ALERT_decode_error, PARLEY_ALERT_NONE, PARLEY_ALERT_NONE},
        .parse = parse_record_header,
        .write = write_record_header,
    };
}
