/* The wire code, row by row: valid examples there and back, cut short, with a byte too many.
 * test_wire_refusals.c has what must be refused, test_wire_extensions.c the rules for blocks of
 * extensions, test_wire_random.c what nobody thought of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support_examples.h"
#include "tests/support_heap.h"

#define SPANS 512

static size_t examples_run;
static size_t cuts_run;

/* A subject is one example with the functions of its kind. */
struct subject {
    bool is_form;
    unsigned row;
    const char *name;
    uint8_t bytes[EXAMPLE_MAX + 1];
    size_t len;
};

union value {
    union parley_message_value message;
    union parley_extension_value form;
};

static void load(struct subject *subject, bool is_form, const struct parley_example *example) {
    subject->is_form = is_form;
    subject->row = example->row;
    subject->name = is_form ? parley_forms[example->row].name : parley_messages[example->row].name;
    subject->len = parley_example_bytes(example->hex, subject->bytes, EXAMPLE_MAX);
    subject->bytes[subject->len] = 0;
}

static bool parse(const struct subject *subject, size_t len, union value *out,
                  struct parley_spans *spans, struct parley_wire_error *error) {
    struct parley_bytes body = {subject->bytes, len};
    return subject->is_form ? parley_extension_parse((enum parley_form)subject->row, body,
                                                     &out->form, spans, error)
                            : parley_message_parse((enum parley_message)subject->row, body,
                                                   &out->message, spans, error);
}

static bool write_value(const struct subject *subject, CBB *out, const union value *value) {
    return subject->is_form
               ? parley_extension_write(out, (enum parley_form)subject->row, &value->form)
               : parley_message_write(out, (enum parley_message)subject->row, &value->message);
}

/* header_length is what the writer puts before the body. */
static size_t header_length(const struct subject *subject) {
    return subject->is_form || parley_messages[subject->row].content == PARLEY_CONTENT_HANDSHAKE
               ? 4
               : 0;
}

static void check_header(const struct subject *subject, const uint8_t *header) {
    if (subject->is_form) {
        unsigned code = parley_extensions[parley_forms[subject->row].extension].code;
        assert_int_equal(header[0] << 8 | header[1], code);
        assert_int_equal(header[2] << 8 | header[3], subject->len);
    } else if (header_length(subject) == 4) {
        assert_int_equal(header[0], parley_messages[subject->row].type);
        assert_int_equal(header[1] << 16 | header[2] << 8 | header[3], subject->len);
    }
}

/* There and back, twice, with spans and without, and without the heap. */
static void check_example(const struct subject *subject) {
    static union value first, second;
    static struct parley_span items[SPANS];
    struct parley_spans spans = {items, SPANS, 0};
    struct parley_wire_error error;
    uint8_t written[EXAMPLE_MAX + 8];
    CBB out;

    memset(&first, 0, sizeof(first));
    memset(&second, 0, sizeof(second));
    size_t heap = parley_heap_calls();
    bool ok = parse(subject, subject->len, &first, NULL, &error);
    bool again = parse(subject, subject->len, &second, &spans, NULL);
    assert_int_equal(parley_heap_calls(), heap);
    if (!ok) {
        fail_msg("%s: %s at %zu (%s)", subject->name, parley_error_name(error.error), error.offset,
                 error.field);
    }
    assert_true(again);
    assert_memory_equal(&first, &second, sizeof(first));
    const char *wrong = parley_spans_tile(&spans, subject->len);
    if (wrong != NULL) {
        fail_msg("%s: %s", subject->name, wrong);
    }

    size_t header = header_length(subject);
    assert_true(CBB_init_fixed(&out, written, header + subject->len));
    assert_true(write_value(subject, &out, &first));
    assert_int_equal(parley_heap_calls(), heap);
    assert_int_equal(CBB_len(&out), header + subject->len);
    assert_memory_equal(written + header, subject->bytes, subject->len);
    assert_memory_equal(&first, &second, sizeof(first));
    check_header(subject, written);
    examples_run++;
}

/* What does not fit the output is refused, and the output knows. */
static void check_full(const struct subject *subject) {
    static union value value;
    uint8_t written[EXAMPLE_MAX + 8];
    size_t full = header_length(subject) + subject->len;
    assert_true(parse(subject, subject->len, &value, NULL, NULL));
    for (size_t room = 0; room < full; room++) {
        CBB out;
        assert_true(CBB_init_fixed(&out, written, room));
        assert_false(write_value(subject, &out, &value));
        assert_false(CBB_add_bytes(&out, written, 0) && CBB_flush(&out));
    }
}

static bool takes_any_length(const struct subject *subject) {
    if (subject->is_form) {
        return subject->row == PARLEY_FORM_padding || subject->row == PARLEY_FORM_session_ticket ||
               subject->row == PARLEY_FORM_application_settings ||
               (subject->row == PARLEY_FORM_status_request && subject->bytes[0] != 1);
    }
    return subject->row == PARLEY_MSG_finished;
}

/* may_end_at returns whether the grammar allows the example's first |len| bytes alone. */
static bool may_end_at(const struct subject *subject, size_t len, const union value *whole) {
    if (takes_any_length(subject)) {
        return !(subject->is_form && subject->row == PARLEY_FORM_status_request && len == 0);
    }
    if (subject->is_form) {
        return subject->row == PARLEY_FORM_ech_offer && subject->bytes[0] == 1 && len == 1;
    }
    const struct parley_extension_block *block =
        subject->row == PARLEY_MSG_client_hello   ? &whole->message.client_hello.extensions
        : subject->row == PARLEY_MSG_server_hello ? &whole->message.server_hello.extensions
                                                  : NULL;
    return block != NULL && !block->absent && len + 2 == (size_t)(block->raw.data - subject->bytes);
}

/* Every cut is an error at an offset within the input, and its alert is one of two. */
static void check_cuts(const struct subject *subject) {
    static union value whole, value;
    struct parley_wire_error error;
    assert_true(parse(subject, subject->len, &whole, NULL, NULL));
    for (size_t len = 0; len < subject->len; len++) {
        bool ok = parse(subject, len, &value, NULL, &error);
        if (ok != may_end_at(subject, len, &whole)) {
            fail_msg("%s: %s when cut to %zu bytes", subject->name, ok ? "accepted" : "refused",
                     len);
        }
        if (!ok) {
            assert_in_range(error.offset, 0, len);
            assert_non_null(error.field);
            enum parley_alert_description alert = parley_error_alert(error.error);
            if (!subject->is_form && subject->row == PARLEY_MSG_change_cipher_spec) {
                assert_int_equal(alert, PARLEY_ALERT_unexpected_message);
            } else {
                assert_int_equal(alert, PARLEY_ALERT_decode_error);
            }
        }
        cuts_run++;
    }
}

static void check_one_more(const struct subject *subject) {
    static union value value;
    struct parley_wire_error error;
    bool ok = parse(subject, subject->len + 1, &value, NULL, &error);
    if (ok != takes_any_length(subject)) {
        fail_msg("%s: a byte more is %s", subject->name, ok ? "accepted" : "refused");
    }
    cuts_run++;
}

static void each_example(void (*check)(const struct subject *subject)) {
    static struct subject subject;
    for (size_t i = 0; i < parley_message_example_count; i++) {
        load(&subject, false, &parley_message_examples[i]);
        check(&subject);
    }
    for (size_t i = 0; i < parley_form_example_count; i++) {
        load(&subject, true, &parley_form_examples[i]);
        check(&subject);
    }
}

static void every_row_has_an_example(void **state) {
    (void)state;
    bool messages[PARLEY_MESSAGE_COUNT] = {false};
    bool forms[PARLEY_FORM_COUNT] = {false};
    for (size_t i = 0; i < parley_message_example_count; i++) {
        messages[parley_message_examples[i].row] = true;
    }
    for (size_t i = 0; i < parley_form_example_count; i++) {
        forms[parley_form_examples[i].row] = true;
    }
    for (size_t i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        if (!messages[i]) {
            fail_msg("no example of the message %s", parley_messages[i].name);
        }
    }
    for (size_t i = 0; i < PARLEY_FORM_COUNT; i++) {
        if (!forms[i]) {
            fail_msg("no example of the extension %s", parley_forms[i].name);
        }
    }
}

static void there_and_back(void **state) {
    (void)state;
    each_example(check_example);
}

static void full_outputs(void **state) {
    (void)state;
    each_example(check_full);
}

static void cut_short(void **state) {
    (void)state;
    each_example(check_cuts);
}

static void a_byte_more(void **state) {
    (void)state;
    each_example(check_one_more);
}

#define R32                                                                                        \
    "0001020304050607"                                                                             \
    "08090a0b0c0d0e0f"                                                                             \
    "1011121314151617"                                                                             \
    "18191a1b1c1d1e1f"

/* ---- What a struct says ---- */

static void values(void **state) {
    (void)state;
    uint8_t bytes[128];
    union parley_message_value v;
    size_t len = parley_example_bytes("03 001d 04 01020304 0804 0002 abcd", bytes, sizeof(bytes));
    assert_true(parley_message_parse(PARLEY_MSG_server_key_exchange_ecdhe,
                                     (struct parley_bytes){bytes, len}, &v, NULL, NULL));
    assert_int_equal(v.server_key_exchange_ecdhe.namedcurve, 0x001d);
    assert_ptr_equal(v.server_key_exchange_ecdhe.params.data, bytes);
    assert_int_equal(v.server_key_exchange_ecdhe.params.len, 8);
    assert_ptr_equal(v.server_key_exchange_ecdhe.point.data, bytes + 4);
    assert_int_equal(v.server_key_exchange_ecdhe.algorithm, 0x0804);
    assert_int_equal(v.server_key_exchange_ecdhe.signature.len, 2);

    union parley_extension_value e;
    len = parley_example_bytes("000a 0004 61626364 00000001 0021 20" R32, bytes, sizeof(bytes));
    assert_true(parley_extension_parse(PARLEY_FORM_pre_shared_key_offer,
                                       (struct parley_bytes){bytes, len}, &e, NULL, NULL));
    assert_int_equal(e.pre_shared_key_offer.binders_offset, 12);
    assert_ptr_equal(e.pre_shared_key_offer.binders.data, bytes + 14);
    len = parley_example_bytes("0008 07 0000 00 0002 6162", bytes, sizeof(bytes));
    assert_true(parley_extension_parse(PARLEY_FORM_server_name, (struct parley_bytes){bytes, len},
                                       &e, NULL, NULL));
    assert_memory_equal(e.server_name.host_name.data, "ab", 2);
    examples_run += 3;
}

/* Each _next on a parsed vector, to its end. */
static void elements(void **state) {
    (void)state;
    struct parley_psk_identity identity;
    static const uint8_t two[] = {0, 1, 'a', 1, 2, 3, 4, 0, 2, 'b', 'c', 0xff, 0xfe, 0xfd, 0xfc};
    struct parley_bytes rest = {two, sizeof(two) - 1};
    assert_true(parley_psk_identity_next(&rest, &identity));
    assert_false(parley_psk_identity_next(&rest, &identity));
    rest = (struct parley_bytes){two, sizeof(two)};
    assert_true(parley_psk_identity_next(&rest, &identity));
    assert_int_equal(identity.obfuscated_ticket_age, 0x01020304);
    assert_true(parley_psk_identity_next(&rest, &identity));
    assert_int_equal(identity.identity.len, 2);
    assert_int_equal(identity.obfuscated_ticket_age, 0xfffefdfc);
    assert_false(parley_psk_identity_next(&rest, &identity));

    static const uint8_t shares[] = {0, 0x1d, 0, 2, 7, 8, 0, 0x17, 0, 1, 9};
    struct parley_key_share_entry share;
    rest = (struct parley_bytes){shares, sizeof(shares)};
    assert_true(parley_key_share_next(&rest, &share) && share.group == 0x1d);
    assert_true(parley_key_share_next(&rest, &share) && share.group == 0x17);
    assert_int_equal(share.key_exchange.data[0], 9);
    assert_false(parley_key_share_next(&rest, &share));

    static const uint8_t chain[] = {0,    0,    1, 0x30, 0,    0,    0, 0, 2,
                                    0x31, 0x32, 0, 4,    0x1a, 0x1a, 0, 0};
    struct parley_certificate_entry entry;
    rest = (struct parley_bytes){chain, sizeof(chain)};
    assert_true(parley_certificate_entry_next(&rest, &entry));
    assert_int_equal(entry.extensions.unknown, 0);
    assert_true(parley_certificate_entry_next(&rest, &entry));
    assert_int_equal(entry.cert_data.len, 2);
    assert_int_equal(entry.extensions.first_unknown, 0x1a1a);
    assert_false(parley_certificate_entry_next(&rest, &entry));

    static const uint8_t numbers[] = {0x13, 0x01, 0x13, 0x02};
    struct parley_bytes all = {numbers, sizeof(numbers)};
    assert_true(parley_uint16_in(all, 0x1302));
    assert_false(parley_uint16_in(all, 0x0113));
    assert_true(parley_uint8_in(all, 2));
    assert_false(parley_uint8_in(all, 3));
    assert_false(parley_uint8_in((struct parley_bytes){NULL, 0}, 0));
    examples_run += 4;
}

static void record_headers(void **state) {
    (void)state;
    static const uint8_t bytes[] = {22, 3, 1, 0x40, 0x01, 0xff};
    struct parley_span items[8];
    struct parley_spans spans = {items, 8, 0};
    struct parley_record_header header;
    struct parley_wire_error error;
    assert_true(parley_record_header_parse((struct parley_bytes){bytes, sizeof(bytes)}, &header,
                                           &spans, NULL));
    assert_int_equal(header.type, PARLEY_CONTENT_HANDSHAKE);
    assert_int_equal(header.legacy_record_version, 0x0301);
    assert_int_equal(header.length, 0x4001);
    assert_null(parley_spans_tile(&spans, PARLEY_RECORD_HEADER));
    uint8_t written[8];
    CBB out;
    assert_true(CBB_init_fixed(&out, written, sizeof(written)));
    assert_true(parley_record_header_write(&out, &header));
    assert_int_equal(CBB_len(&out), 5);
    assert_memory_equal(written, bytes, 5);
    for (size_t len = 0; len < 5; len++) {
        assert_false(
            parley_record_header_parse((struct parley_bytes){bytes, len}, &header, NULL, &error));
        assert_int_equal(error.error, PARLEY_ERR_truncated);
        cuts_run++;
    }
    examples_run++;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_an_example),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(full_outputs),
        cmocka_unit_test(cut_short),
        cmocka_unit_test(a_byte_more),
        cmocka_unit_test(values),
        cmocka_unit_test(elements),
        cmocka_unit_test(record_headers),
    };
    int failed = cmocka_run_group_tests_name("wire", tests, NULL, NULL);
    (void)printf("test_wire: %zu examples, %zu cuts checked\n", examples_run, cuts_run);
    return failed;
}
