/* Each oracle is silent on what is right, and fires on a planted fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oracle/distinct.h"
#include "tests/support_examples.h"
#include "tests/support_heap.h"

/* ---- Silence ---- */

static void silent(struct parley_oracle *oracle, const struct parley_parser *parser,
                   struct parley_bytes in) {
    struct parley_finding finding = parley_oracle_parser(oracle, parser, in);
    if (finding.oracle != NULL) {
        fail_msg("%s: %s: %s", parser->name, finding.oracle, finding.detail);
    }
}

/* An example, whole, cut short anywhere, and with a byte too many. */
static void example(struct parley_oracle *oracle, const struct parley_parser *parser,
                    const char *hex) {
    uint8_t bytes[EXAMPLE_MAX + 1] = {0};
    size_t len = parley_example_bytes(hex, bytes, EXAMPLE_MAX);
    for (size_t cut = 0; cut <= len + 1; cut++) {
        silent(oracle, parser, (struct parley_bytes){bytes, cut});
    }
}

static void examples(void **state) {
    (void)state;
    struct parley_oracle *oracle = parley_oracle_new(parley_heap_calls);
    assert_non_null(oracle);
    for (size_t i = 0; i < parley_message_example_count; i++) {
        struct parley_parser parser =
            parley_parser_of_message((enum parley_message)parley_message_examples[i].row);
        example(oracle, &parser, parley_message_examples[i].hex);
    }
    for (size_t i = 0; i < parley_form_example_count; i++) {
        struct parley_parser parser =
            parley_parser_of_form((enum parley_form)parley_form_examples[i].row);
        example(oracle, &parser, parley_form_examples[i].hex);
    }
    struct parley_parser parser = parley_parser_of_record_header();
    example(oracle, &parser, "16 0301 0200 aa");
    parley_oracle_free(oracle);
}

/* ---- Planted faults ---- */

/* A client_hello parser with one fault: the true one runs, then |spoil|. */
static void (*spoil)(bool *ok, union parley_parsed *out, struct parley_spans *spans,
                     struct parley_wire_error *error);

static bool spoiled_parse(const struct parley_parser *parser, struct parley_bytes in,
                          union parley_parsed *out, struct parley_spans *spans,
                          struct parley_wire_error *error) {
    bool ok =
        parley_message_parse((enum parley_message)parser->row, in, &out->message, spans, error);
    spoil(&ok, out, spans, error);
    return ok;
}

#define FAULT(name)                                                                                \
    static void name(bool *ok, union parley_parsed *out, struct parley_spans *spans,               \
                     struct parley_wire_error *error) {                                            \
        (void)ok, (void)out, (void)spans, (void)error;

FAULT(no_error)
error->error = PARLEY_OK;
}
FAULT(wrong_alert)
error->error = PARLEY_ERR_record_decrypt;
}
FAULT(no_field)
error->field = NULL;
}
FAULT(far_offset)
error->offset += 100000;
}
FAULT(error_of_accepted)
error->error = PARLEY_ERR_truncated;
}
FAULT(dropped_field)
out->message.client_hello.legacy_session_id.len = 0;
}
FAULT(other_field)
out->message.client_hello.legacy_version ^= 1;
}
FAULT(refused_with_spans)
*ok = *ok && spans == NULL;
}
FAULT(other_error_with_spans)
error->offset += spans != NULL ? 1 : 0;
}
FAULT(other_with_spans)
out->message.client_hello.legacy_version ^= spans != NULL ? 1 : 0;
}
FAULT(gap)
if (spans != NULL && spans->count > 2) {
    spans->items[2].offset++;
}
}
FAULT(overlap)
if (spans != NULL && spans->count > 2) {
    spans->items[2].length++;
}
}
FAULT(missing_leaf)
if (spans != NULL && spans->count > 0) {
    spans->count -= 2;
}
}
FAULT(short_container)
if (spans != NULL && spans->count > 0) {
    spans->items[0].length--;
}
}
FAULT(jump)
if (spans != NULL && spans->count > 2) {
    spans->items[2].depth++;
}
}
FAULT(heap_call)
void *volatile probe = malloc(1);
free(probe);
}

static const struct fault {
    const char *oracle;
    bool accepted; /* the input is well formed */
    void (*spoil)(bool *ok, union parley_parsed *out, struct parley_spans *spans,
                  struct parley_wire_error *error);
} faults[] = {
    {"alert", false, no_error},
    {"alert", false, wrong_alert},
    {"error", false, no_field},
    {"error", false, far_offset},
    {"error", true, error_of_accepted},
    {"round trip", true, dropped_field},
    {"round trip", true, other_field},
    {"again", true, refused_with_spans},
    {"again", false, other_error_with_spans},
    {"again", true, other_with_spans},
    {"spans", true, gap},
    {"spans", false, gap},
    {"spans", true, overlap},
    {"spans", true, missing_leaf},
    {"spans", true, short_container},
    {"spans", true, jump},
    {"heap", true, heap_call},
};

static void planted_faults(void **state) {
    (void)state;
    struct parley_oracle *oracle = parley_oracle_new(parley_heap_calls);
    struct parley_parser parser = parley_parser_of_message(PARLEY_MSG_client_hello);
    uint8_t bytes[EXAMPLE_MAX];
    size_t i = 0;
    while (parley_message_examples[i].row != PARLEY_MSG_client_hello) {
        i++;
    }
    i++; /* the second has a session id */
    size_t len = parley_example_bytes(parley_message_examples[i].hex, bytes, EXAMPLE_MAX);
    parser.parse = spoiled_parse;
    for (i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        spoil = faults[i].spoil;
        struct parley_bytes in = {bytes, faults[i].accepted ? len : len - 1};
        struct parley_finding finding = parley_oracle_parser(oracle, &parser, in);
        if (finding.oracle == NULL || strcmp(finding.oracle, faults[i].oracle) != 0) {
            fail_msg("fault %zu: %s instead of %s", i,
                     finding.oracle == NULL ? "silence" : finding.oracle, faults[i].oracle);
        }
    }
    parley_oracle_free(oracle);
}

/* ---- Steps ---- */

static uint64_t steps, steps_each;

static uint64_t count_steps(void) {
    steps += steps_each;
    return steps;
}

/* A parser that takes a thousand steps for each byte is noticed, one that takes two is not. */
static void work(void **state) {
    (void)state;
    struct parley_oracle *oracle = parley_oracle_new(NULL);
    struct parley_parser parser = parley_parser_of_form(PARLEY_FORM_cookie);
    static const uint8_t bytes[1002] = {1000 >> 8, 1000 & 0xff};
    struct parley_bytes in = {bytes, sizeof(bytes)};
    assert_non_null(oracle);
    parley_oracle_count_work(oracle, count_steps);
    steps_each = 2 * sizeof(bytes);
    silent(oracle, &parser, in);
    steps_each = 1000 * sizeof(bytes);
    struct parley_finding finding = parley_oracle_parser(oracle, &parser, in);
    assert_non_null(finding.oracle);
    assert_string_equal(finding.oracle, "work");
    parley_oracle_free(oracle);
}

/* ---- Nothing twice ---- */

/* Two shares, for the groups |a| and |b|: as the spans of key_share_offer show them. */
static const char *two_shares(uint8_t a, uint8_t b) {
    static struct distinct distinct;
    const uint8_t bytes[] = {0, 10, 0, a, 0, 1, 7, 0, b, 0, 1, 7};
    struct parley_span items[] = {
        {"key_share", 0, 12, 0, PARLEY_SPAN_STRUCT, PARLEY_NAMES_NONE},
        {"client_shares", 0, 2, 1, PARLEY_SPAN_LENGTH, PARLEY_NAMES_NONE},
        {"client_shares", 2, 10, 1, PARLEY_SPAN_LIST, PARLEY_NAMES_NONE},
        {"key_share_entry", 2, 5, 2, PARLEY_SPAN_STRUCT, PARLEY_NAMES_NONE},
        {"group", 2, 2, 3, PARLEY_SPAN_UINT, PARLEY_NAMES_GROUP},
        {"key_exchange", 4, 2, 3, PARLEY_SPAN_LENGTH, PARLEY_NAMES_NONE},
        {"key_exchange", 6, 1, 3, PARLEY_SPAN_OPAQUE, PARLEY_NAMES_NONE},
        {"key_share_entry", 7, 5, 2, PARLEY_SPAN_STRUCT, PARLEY_NAMES_NONE},
        {"group", 7, 2, 3, PARLEY_SPAN_UINT, PARLEY_NAMES_GROUP},
        {"key_exchange", 9, 2, 3, PARLEY_SPAN_LENGTH, PARLEY_NAMES_NONE},
        {"key_exchange", 11, 1, 3, PARLEY_SPAN_OPAQUE, PARLEY_NAMES_NONE},
    };
    size_t count = sizeof(items) / sizeof(items[0]);
    struct parley_spans spans = {items, count, count};
    assert_null(parley_spans_tile(&spans, sizeof(bytes)));
    return distinct_check(&distinct, &spans, bytes);
}

/* The second list has the numbers of the first: nobody's business. */
static void nothing_twice(void **state) {
    (void)state;
    assert_null(two_shares(29, 23));
    assert_null(two_shares(29, 23));
    assert_non_null(two_shares(29, 29));
    assert_null(two_shares(23, 29));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples),
        cmocka_unit_test(planted_faults),
        cmocka_unit_test(work),
        cmocka_unit_test(nothing_twice),
    };
    return cmocka_run_group_tests_name("oracle", tests, NULL, NULL);
}
