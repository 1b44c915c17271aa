/* Blocks of extensions: what may stand where, how often, in which order, and what is kept of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support_examples.h"

#define ROOM 131072

static size_t cases;
static uint8_t room[ROOM];

/* A place: the message that has it, what stands before its block, and behind. |needs| is put
 * first into the block. */
struct place {
    unsigned place;
    enum parley_message message;
    const char *before;
    const char *needs;
};

#define R32 "0001020304050607 08090a0b0c0d0e0f 0001020304050607 08090a0b0c0d0e0f"
#define RETRY "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"

static const struct place places[] = {
    {PARLEY_PLACE_CH, PARLEY_MSG_client_hello, "0303" R32 "00 0002 1301 01 00", ""},
    {PARLEY_PLACE_SH12, PARLEY_MSG_server_hello, "0303" R32 "00 c02f 00", ""},
    {PARLEY_PLACE_SH, PARLEY_MSG_server_hello, "0303" R32 "00 1301 00", "002b 0002 0304"},
    {PARLEY_PLACE_HRR, PARLEY_MSG_hello_retry_request, "0303" RETRY "00 1301 00", ""},
    {PARLEY_PLACE_EE, PARLEY_MSG_encrypted_extensions, "", ""},
    {PARLEY_PLACE_CT, PARLEY_MSG_certificate_tls13, "00 000000 000001 30", ""},
    {PARLEY_PLACE_CR, PARLEY_MSG_certificate_request_tls13, "00", ""},
    {PARLEY_PLACE_NST, PARLEY_MSG_new_session_ticket_tls13, "00000000 00000000 00 0001 00", ""},
};
#define PLACES (sizeof(places) / sizeof(places[0]))

/* block_of returns the extensions of a parsed message. */
static const struct parley_extension_block *block_of(enum parley_message message,
                                                     const union parley_message_value *value) {
    switch (message) {
    case PARLEY_MSG_client_hello:
        return &value->client_hello.extensions;
    case PARLEY_MSG_server_hello:
        return &value->server_hello.extensions;
    case PARLEY_MSG_hello_retry_request:
        return &value->hello_retry_request.extensions;
    case PARLEY_MSG_encrypted_extensions:
        return &value->encrypted_extensions.extensions;
    case PARLEY_MSG_certificate_request_tls13:
        return &value->certificate_request_tls13.extensions;
    case PARLEY_MSG_new_session_ticket_tls13:
        return &value->new_session_ticket_tls13.extensions;
    default:
        return NULL;
    }
}

static void add_hex(CBB *out, const char *hex) {
    uint8_t bytes[EXAMPLE_MAX];
    size_t len = parley_example_bytes(hex, bytes, sizeof(bytes));
    assert_true(CBB_add_bytes(out, bytes, len));
}

static void add_extension(CBB *out, unsigned code, const char *hex) {
    CBB body;
    assert_true(CBB_add_u16(out, (uint16_t)code) && CBB_add_u16_length_prefixed(out, &body));
    add_hex(&body, hex);
    assert_true(CBB_flush(out));
}

/* begin starts the message of |place| in |room|, up to its block, which extensions are then added
 * to; finish sets its length and returns the whole. More may be added after that, too. */
static size_t block_at;

static void begin(const struct place *place, CBB *out) {
    assert_true(CBB_init_fixed(out, room, sizeof(room)));
    add_hex(out, place->before);
    block_at = CBB_len(out);
    assert_true(CBB_add_u16(out, 0));
    add_hex(out, place->needs);
}

static struct parley_bytes finish(const struct place *place, const CBB *out) {
    size_t len = CBB_len(out);
    room[block_at] = (uint8_t)((len - block_at - 2) >> 8);
    room[block_at + 1] = (uint8_t)(len - block_at - 2);
    if (place->place == PARLEY_PLACE_CT) { /* the length of certificate_list */
        room[2] = (uint8_t)((len - 4) >> 8);
        room[3] = (uint8_t)(len - 4);
    }
    return (struct parley_bytes){room, len};
}

static enum parley_error parse(const struct place *place, struct parley_bytes body,
                               union parley_message_value *value) {
    struct parley_wire_error error;
    return parley_message_parse(place->message, body, value, NULL, &error) ? PARLEY_OK
                                                                           : error.error;
}

/* example_of returns a valid body of |form|. */
static const char *example_of(enum parley_form form) {
    for (size_t i = 0; i < parley_form_example_count; i++) {
        if (parley_form_examples[i].row == form) {
            return parley_form_examples[i].hex;
        }
    }
    fail_msg("no example of %s", parley_forms[form].name);
    return NULL;
}

/* Each extension in each place: taken where a form says so, misplaced elsewhere, a duplicate the
 * second time. */
static void check_placement(const struct place *place, enum parley_extension extension) {
    static union parley_message_value value;
    unsigned code = parley_extensions[extension].code;
    enum parley_form form = parley_form_find(extension, place->place);
    enum parley_form first = parley_extensions[extension].first_form;
    const char *body = example_of(form != PARLEY_FORM_UNKNOWN ? form : first);
    bool given = place->place == PARLEY_PLACE_SH && extension == PARLEY_EXT_supported_versions;
    CBB out;
    begin(place, &out);
    add_extension(&out, 0x1a1a, "0000");
    if (!given) {
        add_extension(&out, code, body);
    }
    bool tls13_only = extension == PARLEY_EXT_encrypted_client_hello ||
                      extension == PARLEY_EXT_application_settings;
    bool answer =
        place->place == PARLEY_PLACE_EE || (place->place == PARLEY_PLACE_SH12 && tls13_only);
    enum parley_error expected = form != PARLEY_FORM_UNKNOWN ? PARLEY_OK
                                 : answer                    ? PARLEY_ERR_unsupported_extension
                                                             : PARLEY_ERR_misplaced_extension;
    enum parley_error error = parse(place, finish(place, &out), &value);
    if (error != expected) {
        fail_msg("%s in place %x: %s", parley_extensions[extension].name, place->place,
                 parley_error_name(error));
    }
    cases++;
    if (expected != PARLEY_OK) {
        return;
    }
    const struct parley_extension_block *parsed = block_of(place->message, &value);
    if (parsed != NULL) {
        assert_true(parley_has(parsed, extension));
        assert_int_equal(parsed->unknown, 1);
        assert_int_equal(parsed->first_unknown, 0x1a1a);
    }
    add_extension(&out, code, body);
    const unsigned hellos = PARLEY_PLACE_CH | PARLEY_PLACE_SH12 | PARLEY_PLACE_SH | PARLEY_PLACE_EE;
    assert_int_equal(parse(place, finish(place, &out), &value),
                     place->place & hellos ? PARLEY_ERR_duplicate_hello_extension
                                           : PARLEY_ERR_duplicate_extension);
    cases++;
}

static void placement(void **state) {
    (void)state;
    for (size_t i = 0; i < PLACES; i++) {
        for (unsigned e = 0; e < PARLEY_EXTENSION_COUNT; e++) {
            /* supported_versions makes a server_hello one of TLS 1.3, where it belongs. */
            if (places[i].place != PARLEY_PLACE_SH12 || e != PARLEY_EXT_supported_versions) {
                check_placement(&places[i], (enum parley_extension)e);
            }
        }
    }
}

/* Every body with a byte too many inside its extension. */
static void trailing_bytes(void **state) {
    (void)state;
    static union parley_message_value value;
    for (unsigned f = 0; f < PARLEY_FORM_COUNT; f++) {
        if (f == PARLEY_FORM_padding || f == PARLEY_FORM_session_ticket ||
            f == PARLEY_FORM_application_settings) {
            continue; /* which take any number */
        }
        const struct parley_form_row *row = &parley_forms[f];
        for (size_t i = 0; i < PLACES; i++) {
            if ((row->places & places[i].place) == 0 ||
                f == PARLEY_FORM_supported_versions_choice) {
                continue;
            }
            char body[2 * EXAMPLE_MAX];
            (void)snprintf(body, sizeof(body), "%s00", example_of((enum parley_form)f));
            CBB out;
            begin(&places[i], &out);
            add_extension(&out, parley_extensions[row->extension].code, body);
            assert_int_equal(parse(&places[i], finish(&places[i], &out), &value),
                             f == PARLEY_FORM_next_protocol_list /* a name without bytes */
                                 ? PARLEY_ERR_length_out_of_range
                                 : PARLEY_ERR_trailing_bytes);
            cases++;
        }
    }
}

/* Everything a client_hello can hold, at once and in any order but the last. */
static void all_at_once(void **state) {
    (void)state;
    static union parley_message_value value;
    uint64_t expected = 0;
    CBB out;
    begin(&places[0], &out);
    for (unsigned i = PARLEY_EXTENSION_COUNT; i-- > 0;) {
        enum parley_form form = parley_form_find((enum parley_extension)i, PARLEY_PLACE_CH);
        if (form != PARLEY_FORM_UNKNOWN && i != PARLEY_EXT_pre_shared_key) {
            add_extension(&out, parley_extensions[i].code, example_of(form));
            expected |= UINT64_C(1) << i;
        }
    }
    assert_int_equal(parse(&places[0], finish(&places[0], &out), &value), PARLEY_OK);
    assert_true(value.client_hello.extensions.present == expected);
    add_extension(&out, 41, example_of(PARLEY_FORM_pre_shared_key_offer));
    expected |= UINT64_C(1) << PARLEY_EXT_pre_shared_key;
    assert_int_equal(parse(&places[0], finish(&places[0], &out), &value), PARLEY_OK);
    assert_true(value.client_hello.extensions.present == expected);
    assert_int_equal(value.client_hello.extensions.unknown, 0);
    cases += 2;
}

static void psk_not_last(void **state) {
    (void)state;
    static union parley_message_value value;
    static const unsigned behind[] = {21, 23, 0x1a1a, 0x1234};
    for (size_t i = 0; i < sizeof(behind) / sizeof(behind[0]); i++) {
        CBB out;
        begin(&places[0], &out);
        add_extension(&out, 41, example_of(PARLEY_FORM_pre_shared_key_offer));
        add_extension(&out, behind[i], "");
        assert_int_equal(parse(&places[0], finish(&places[0], &out), &value),
                         PARLEY_ERR_psk_not_last);
        cases++;
    }
    assert_int_equal(parley_error_alert(PARLEY_ERR_psk_not_last), PARLEY_ALERT_illegal_parameter);
    /* In a server_hello it may stand anywhere. */
    CBB out;
    begin(&places[2], &out);
    add_extension(&out, 41, "0000");
    add_extension(&out, 51, example_of(PARLEY_FORM_key_share_choice));
    assert_int_equal(parse(&places[2], finish(&places[2], &out), &value), PARLEY_OK);
    cases++;
}

/* As many unknown extensions as fit, then the same with one twice. */
static void unknown(void **state) {
    (void)state;
    static union parley_message_value value;
    static const size_t counts[] = {1, 15, 16, 17, 18, 100, 10000};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        CBB out;
        begin(&places[4], &out);
        for (size_t n = 0; n < counts[i]; n++) {
            add_extension(&out, (unsigned)(0x4000 + 3 * n), "");
        }
        assert_int_equal(parse(&places[4], finish(&places[4], &out), &value), PARLEY_OK);
        assert_int_equal(value.encrypted_extensions.extensions.unknown, counts[i]);
        assert_int_equal(value.encrypted_extensions.extensions.first_unknown, 0x4000);
        assert_true(value.encrypted_extensions.extensions.present == 0);
        add_extension(&out, (unsigned)(0x4000 + 3 * (counts[i] / 2)), "");
        assert_int_equal(parse(&places[4], finish(&places[4], &out), &value),
                         PARLEY_ERR_duplicate_hello_extension);
        cases += 2;
    }
}

/* Many key shares, in the list and in the bitmap of seen groups. */
static void key_shares(void **state) {
    (void)state;
    union parley_extension_value value;
    for (unsigned count = 1; count <= 13000; count = count < 20 ? count + 1 : count * 5) {
        CBB out, list;
        assert_true(CBB_init_fixed(&out, room, sizeof(room)));
        assert_true(CBB_add_u16_length_prefixed(&out, &list));
        for (unsigned n = 0; n < count; n++) {
            assert_true(CBB_add_u16(&list, (uint16_t)(5 * n)) && CBB_add_u16(&list, 1) &&
                        CBB_add_u8(&list, 0));
        }
        assert_true(CBB_flush(&out));
        struct parley_bytes body = {room, CBB_len(&out)};
        struct parley_wire_error error;
        assert_true(
            parley_extension_parse(PARLEY_FORM_key_share_offer, body, &value, NULL, &error));
        if (count > 1) {
            room[2] = room[body.len - 5];
            room[3] = room[body.len - 4];
            assert_false(
                parley_extension_parse(PARLEY_FORM_key_share_offer, body, &value, NULL, &error));
            assert_int_equal(error.error, PARLEY_ERR_duplicate_key_share);
            assert_int_equal(error.offset, body.len - 5);
        }
        cases += 2;
    }
}

/* A block that is not there, and one that is empty, are two things. */
static void absent(void **state) {
    (void)state;
    static union parley_message_value value;
    static const char *const hellos[] = {"0303" R32 "00 0002 1301 01 00",
                                         "0303" R32 "00 0002 1301 01 00 0000"};
    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[128];
        size_t len = parley_example_bytes(hellos[i], bytes, sizeof(bytes));
        struct parley_bytes body = {bytes, len};
        assert_int_equal(parse(&places[0], body, &value), PARLEY_OK);
        assert_int_equal(value.client_hello.extensions.absent, i == 0);
        assert_int_equal(value.client_hello.extensions.raw.len, 0);
        assert_true(value.client_hello.extensions.present == 0);
        assert_int_equal(value.client_hello.extensions.unknown, 0);
        cases++;
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(placement),   cmocka_unit_test(trailing_bytes),
        cmocka_unit_test(all_at_once), cmocka_unit_test(psk_not_last),
        cmocka_unit_test(unknown),     cmocka_unit_test(key_shares),
        cmocka_unit_test(absent),
    };
    int failed = cmocka_run_group_tests_name("wire extensions", tests, NULL, NULL);
    (void)printf("test_wire_extensions: %zu cases checked\n", cases);
    return failed;
}
