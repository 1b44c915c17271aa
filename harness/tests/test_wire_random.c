/* Random inputs for every parser of the wire code: random bytes and mutated valid examples. What is
 * accepted must be written again as the same bytes, and its spans must tile it; what is refused
 * must be refused for a reason, at an offset within the input. The same seed gives the same run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support_examples.h"
#include "tests/support_heap.h"

/* Inputs per parser: all of them, or fewer where time is short (PARLEY_QUICK=1). */
#define FULL 1000000
#define SHORT 100000

#define EXAMPLES 8
#define SPANS 600

struct example {
    uint8_t bytes[EXAMPLE_MAX];
    size_t len;
};

/* A parser under test: a row of messages.def, a form of extensions.def, or the record header. */
enum kind { MESSAGE_PARSER, FORM_PARSER, RECORD_PARSER };
struct parser {
    enum kind kind;
    unsigned row;
    const char *name;
    size_t header;
    struct example examples[EXAMPLES];
    size_t example_count;
};

union value {
    union parley_message_value message;
    union parley_extension_value form;
    struct parley_record_header record;
};

static uint64_t inputs_per_parser;
static uint64_t total_inputs;
static uint64_t total_accepted;

/* xorshift64* */
static uint64_t random_state;

static uint32_t random_number(void) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * UINT64_C(0x2545f4914f6cdd1d)) >> 32);
}

/* below returns a number from 0 to |limit| - 1. */
static size_t below(size_t limit) {
    return (size_t)(((uint64_t)random_number() * limit) >> 32);
}

/* ---- Inputs ---- */

static size_t random_bytes(uint8_t *out) {
    size_t len = below(4) == 0 ? below(200) : below(24);
    for (size_t i = 0; i < len; i += 4) {
        uint32_t number = random_number();
        memcpy(out + i, &number, 4);
    }
    /* Half of the time small numbers, which lengths mostly are. */
    if (below(2) == 0) {
        for (size_t i = 0; i < len; i++) {
            out[i] &= (i & 1) == 0 ? 0x01 : 0x0f;
        }
    }
    return len;
}

/* resize takes up to 4 bytes out, or puts as many in, at a random place. */
static size_t resize(uint8_t *bytes, size_t len) {
    size_t count = 1 + below(4);
    if (below(2) == 0) {
        if (count > len) {
            return 0;
        }
        size_t at = below(len - count + 1);
        memmove(bytes + at, bytes + at + count, len - count - at);
        return len - count;
    }
    size_t at = below(len + 1);
    memmove(bytes + at + count, bytes + at, len - at);
    for (size_t i = 0; i < count; i++) {
        bytes[at + i] = (uint8_t)random_number();
    }
    return len + count;
}

static size_t mutated_example(const struct parser *parser, uint8_t *out) {
    const struct example *example = &parser->examples[below(parser->example_count)];
    size_t len = example->len;
    memcpy(out, example->bytes, len);
    size_t steps = 1 + below(3);
    for (size_t step = 0; step < steps; step++) {
        if (len == 0) {
            return resize(out, 0);
        }
        uint8_t *byte = &out[below(len)];
        switch (below(6)) {
        case 0:
            *byte = (uint8_t)random_number();
            break;
        case 1:
            *byte ^= (uint8_t)(1 << below(8));
            break;
        case 2:
            ++*byte;
            break;
        case 3:
            --*byte;
            break;
        case 4:
            *byte = out[below(len)];
            break;
        default:
            len = resize(out, len);
            break;
        }
    }
    return len;
}

/* ---- One input ---- */

static bool parse(const struct parser *parser, struct parley_bytes in, union value *out,
                  struct parley_spans *spans, struct parley_wire_error *error) {
    switch (parser->kind) {
    case MESSAGE_PARSER:
        return parley_message_parse((enum parley_message)parser->row, in, &out->message, spans,
                                    error);
    case FORM_PARSER:
        return parley_extension_parse((enum parley_form)parser->row, in, &out->form, spans, error);
    case RECORD_PARSER:
        return parley_record_header_parse(in, &out->record, spans, error);
    }
    return false;
}

static bool write_value(const struct parser *parser, CBB *out, const union value *value) {
    switch (parser->kind) {
    case MESSAGE_PARSER:
        return parley_message_write(out, (enum parley_message)parser->row, &value->message);
    case FORM_PARSER:
        return parley_extension_write(out, (enum parley_form)parser->row, &value->form);
    case RECORD_PARSER:
        return parley_record_header_write(out, &value->record);
    }
    return false;
}

static void complain(const struct parser *parser, struct parley_bytes in, const char *what) {
    (void)printf("%s: %s:", parser->name, what);
    for (size_t i = 0; i < in.len; i++) {
        (void)printf(" %02x", in.data[i]);
    }
    (void)printf("\n");
    fail();
}

static void check_accepted(const struct parser *parser, struct parley_bytes in,
                           const union value *value) {
    static union value again;
    static struct parley_span items[SPANS];
    struct parley_spans spans = {items, SPANS, 0};
    uint8_t written[EXAMPLE_MAX + 64];
    CBB out;
    size_t len = parser->kind == RECORD_PARSER ? PARLEY_RECORD_HEADER : in.len;
    if (!CBB_init_fixed(&out, written, sizeof(written)) || !write_value(parser, &out, value) ||
        CBB_len(&out) != parser->header + len ||
        memcmp(written + parser->header, in.data, len) != 0) {
        complain(parser, in, "written differently");
    }
    if (!parse(parser, in, &again, &spans, NULL)) {
        complain(parser, in, "refused the second time");
    }
    const char *wrong = parley_spans_tile(&spans, len);
    if (wrong != NULL) {
        complain(parser, in, wrong);
    }
}

static void check_refused(const struct parser *parser, struct parley_bytes in,
                          const struct parley_wire_error *error) {
    if (error->error == PARLEY_OK || error->field == NULL || error->offset > in.len ||
        parley_error_alert(error->error) == PARLEY_ALERT_NONE) {
        complain(parser, in, "refused for no reason");
    }
}

/* ---- All of them ---- */

static void run(const struct parser *parser) {
    static union value value;
    uint8_t input[EXAMPLE_MAX + 64];
    uint64_t accepted = 0;
    size_t heap = parley_heap_calls();
    for (uint64_t i = 0; i < inputs_per_parser; i++) {
        struct parley_wire_error error;
        size_t len = (i & 3) == 0 ? random_bytes(input) : mutated_example(parser, input);
        struct parley_bytes in = {input, len};
        if (parse(parser, in, &value, NULL, &error)) {
            check_accepted(parser, in, &value);
            accepted++;
        } else {
            check_refused(parser, in, &error);
        }
    }
    assert_int_equal(parley_heap_calls(), heap);
    assert_true(accepted > 0);
    (void)printf("%-36s %8llu inputs %8llu accepted\n", parser->name,
                 (unsigned long long)inputs_per_parser, (unsigned long long)accepted);
    total_inputs += inputs_per_parser;
    total_accepted += accepted;
}

static void take_examples(struct parser *parser, const struct parley_example *examples,
                          size_t count) {
    parser->example_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (examples[i].row != parser->row) {
            continue;
        }
        assert_true(parser->example_count < EXAMPLES);
        struct example *example = &parser->examples[parser->example_count++];
        example->len = parley_example_bytes(examples[i].hex, example->bytes, EXAMPLE_MAX);
    }
    assert_true(parser->example_count > 0);
}

static void messages(void **state) {
    (void)state;
    static struct parser parser;
    for (unsigned row = 0; row < PARLEY_MESSAGE_COUNT; row++) {
        parser.kind = MESSAGE_PARSER;
        parser.row = row;
        parser.name = parley_messages[row].name;
        parser.header = parley_messages[row].content == PARLEY_CONTENT_HANDSHAKE ? 4 : 0;
        take_examples(&parser, parley_message_examples, parley_message_example_count);
        run(&parser);
    }
}

static void extensions(void **state) {
    (void)state;
    static struct parser parser;
    for (unsigned row = 0; row < PARLEY_FORM_COUNT; row++) {
        parser.kind = FORM_PARSER;
        parser.row = row;
        parser.name = parley_forms[row].name;
        parser.header = 4;
        take_examples(&parser, parley_form_examples, parley_form_example_count);
        run(&parser);
    }
}

static void record_header(void **state) {
    (void)state;
    static struct parser parser;
    static const struct parley_example example = {0, "16 0301 0200"};
    parser.kind = RECORD_PARSER;
    parser.name = "record_header";
    take_examples(&parser, &example, 1);
    run(&parser);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(extensions),
        cmocka_unit_test(record_header),
    };
    const char *quick = getenv("PARLEY_QUICK");
    random_state = UINT64_C(0x5061726c6579);
    inputs_per_parser = quick != NULL && *quick != '\0' && strcmp(quick, "0") != 0 ? SHORT : FULL;
    int failed = cmocka_run_group_tests_name("wire random", tests, NULL, NULL);
    (void)printf("test_wire_random: %llu inputs%s, %llu accepted\n",
                 (unsigned long long)total_inputs,
                 inputs_per_parser == FULL ? "" : " (PARLEY_QUICK: a tenth)",
                 (unsigned long long)total_accepted);
    return failed;
}
