/* What the wire code must refuse: with which error, at which offset, and with which alert. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support_examples.h"

static size_t refused_count;

struct negative {
    unsigned row;
    const char *hex;
    enum parley_error error;
    enum parley_alert_description alert;
    size_t offset;
};

#define R8 "0001020304050607"
#define R32 R8 R8 R8 R8
#define DECODE(error) PARLEY_ERR_##error, PARLEY_ALERT_decode_error
#define ILLEGAL(error) PARLEY_ERR_##error, PARLEY_ALERT_illegal_parameter

static const struct negative message_negatives[] = {
    {PARLEY_MSG_client_hello, "0303" R32 "21" R32 "00 0002 002f 01 00", DECODE(length_out_of_range),
     34},
    {PARLEY_MSG_client_hello, "0303" R32 "00 0000 01 00", DECODE(length_out_of_range), 35},
    {PARLEY_MSG_client_hello, "0303" R32 "00 0003 002f00 01 00", DECODE(length_not_multiple), 35},
    {PARLEY_MSG_client_hello, "0303" R32 "00 0002 002f 00", DECODE(length_out_of_range), 39},
    {PARLEY_MSG_client_hello, "0303" R32 "00 0002 002f 01 00 0000 00", DECODE(trailing_bytes), 43},
    {PARLEY_MSG_client_hello, "0303" R32 "00 0002 002f 01 00 0001 00", DECODE(truncated), 43},
    {PARLEY_MSG_server_hello, "0303" R32 "00 c02f 00 0004 002b 0002", DECODE(truncated), 44},
    {PARLEY_MSG_hello_retry_request, "0303" R32 "00 1301 00 0006 002b 0002 0304",
     ILLEGAL(bad_value), 2},
    {PARLEY_MSG_new_session_ticket_tls13, "00000000 00000000 00 0000 0000",
     DECODE(length_out_of_range), 9},
    {PARLEY_MSG_certificate_tls12, "000003 000000", DECODE(length_out_of_range), 3},
    {PARLEY_MSG_certificate_tls12, "000004 000002 30", DECODE(truncated), 6},
    {PARLEY_MSG_certificate_tls13, "00 000005 000000 0000", DECODE(length_out_of_range), 4},
    {PARLEY_MSG_server_key_exchange_ecdhe, "01 001d 01 00 0403 0000", ILLEGAL(bad_value), 0},
    {PARLEY_MSG_server_key_exchange_ecdhe, "03 001d 00 0403 0000", DECODE(length_out_of_range), 3},
    {PARLEY_MSG_server_key_exchange_dhe, "0000 0001 02 0001 05 0401 0000",
     DECODE(length_out_of_range), 0},
    {PARLEY_MSG_server_key_exchange_psk, "0002 61", DECODE(truncated), 2},
    {PARLEY_MSG_server_key_exchange_psk, "0001 6161", DECODE(trailing_bytes), 3},
    {PARLEY_MSG_server_key_exchange_ecdhe_psk, "0000 01 001d 01 00", ILLEGAL(bad_value), 2},
    {PARLEY_MSG_server_key_exchange_ecdhe_psk, "0000 03 001d 00", DECODE(length_out_of_range), 5},
    {PARLEY_MSG_certificate_request_tls12, "00 0002 0401 0000", DECODE(length_out_of_range), 0},
    {PARLEY_MSG_certificate_request_tls12, "01 01 0003 040100 0000", DECODE(length_not_multiple),
     2},
    {PARLEY_MSG_certificate_request_tls12, "01 01 0002 0401 0002 0000", DECODE(length_out_of_range),
     8},
    {PARLEY_MSG_certificate_request_tls13, "00 0000", DECODE(length_out_of_range), 1},
    {PARLEY_MSG_client_key_exchange_ecdhe, "00", DECODE(length_out_of_range), 0},
    {PARLEY_MSG_client_key_exchange_dhe, "0000", DECODE(length_out_of_range), 0},
    {PARLEY_MSG_client_key_exchange_psk, "0002 61", DECODE(truncated), 2},
    {PARLEY_MSG_client_key_exchange_ecdhe_psk, "0001 61 00", DECODE(length_out_of_range), 3},
    {PARLEY_MSG_certificate_status, "02 000001 00", ILLEGAL(bad_value), 0},
    {PARLEY_MSG_certificate_status, "01 000000", DECODE(length_out_of_range), 1},
    {PARLEY_MSG_key_update, "02", ILLEGAL(bad_key_update), 0},
    {PARLEY_MSG_key_update, "0000", ILLEGAL(message_too_long), 1},
    {PARLEY_MSG_compressed_certificate, "0002 000001 000000", DECODE(length_out_of_range), 5},
    {PARLEY_MSG_finished, R32 R32 "00", ILLEGAL(message_too_long), 64},
    {PARLEY_MSG_hello_request, "00", DECODE(trailing_bytes), 0},
    {PARLEY_MSG_alert, "00 00", ILLEGAL(unknown_alert_level), 0},
    {PARLEY_MSG_alert, "03 00", ILLEGAL(unknown_alert_level), 0},
    {PARLEY_MSG_alert, "02", DECODE(bad_alert), 0},
    {PARLEY_MSG_change_cipher_spec, "02", PARLEY_ERR_bad_change_cipher_spec,
     PARLEY_ALERT_unexpected_message, 0},
    {PARLEY_MSG_v2_client_hello, "02 0303 0003 0000 0010 00002f" R8 R8, ILLEGAL(bad_value), 0},
    {PARLEY_MSG_v2_client_hello, "01 0303 0000 0000 0010" R8 R8, DECODE(length_out_of_range), 3},
    {PARLEY_MSG_v2_client_hello, "01 0303 0002 0000 0010 0000" R8 R8, DECODE(length_not_multiple),
     3},
    {PARLEY_MSG_v2_client_hello, "01 0303 0003 0008 0010 00002f" R8 R8 R8,
     DECODE(length_out_of_range), 5},
    {PARLEY_MSG_v2_client_hello, "01 0303 0003 0000 000f 00002f" R8 R8, DECODE(length_out_of_range),
     7},
    {PARLEY_MSG_v2_client_hello, "01 0303 0003 0000 0010 00002f" R8 R8 "00", DECODE(trailing_bytes),
     28},
};

static const struct negative form_negatives[] = {
    {PARLEY_FORM_server_name, "0000", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_server_name, "0003 00 0000", DECODE(length_out_of_range), 3},
    {PARLEY_FORM_server_name, "0005 00 0002 6100", ILLEGAL(bad_value), 5},
    {PARLEY_FORM_server_name, "0008 00 0001 61 00 0001 62", ILLEGAL(bad_value), 6},
    {PARLEY_FORM_server_name, "000a 09 0000 00 0001 61 09 0000", ILLEGAL(bad_value), 9},
    {PARLEY_FORM_server_name, "0004 00 0001 61 00", DECODE(trailing_bytes), 6},
    {PARLEY_FORM_server_name_ack, "00", DECODE(trailing_bytes), 0},
    {PARLEY_FORM_max_fragment_length, "00", ILLEGAL(bad_value), 0},
    {PARLEY_FORM_max_fragment_length, "05", ILLEGAL(bad_value), 0},
    {PARLEY_FORM_status_request, "01 0002 0000 0000", DECODE(length_out_of_range), 3},
    {PARLEY_FORM_status_response, "02 000001 00", ILLEGAL(bad_value), 0},
    {PARLEY_FORM_supported_groups, "0000", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_supported_groups, "0003 001d00", DECODE(length_not_multiple), 0},
    {PARLEY_FORM_ec_point_formats, "00", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_ec_point_formats, "0101", ILLEGAL(bad_value), 2},
    {PARLEY_FORM_signature_algorithms, "0000", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_signature_algorithms, "0001 04", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_signature_algorithms, "0005 0403 0804 04", DECODE(length_not_multiple), 0},
    {PARLEY_FORM_use_srtp, "0003 000100 00", DECODE(length_not_multiple), 0},
    {PARLEY_FORM_heartbeat, "00", ILLEGAL(bad_value), 0},
    {PARLEY_FORM_heartbeat, "03", ILLEGAL(bad_value), 0},
    {PARLEY_FORM_alpn_offer, "0001 00", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_alpn_offer, "0004 00 02 6832", DECODE(length_out_of_range), 2},
    {PARLEY_FORM_alpn_offer, "0003 03 6832", DECODE(truncated), 3},
    {PARLEY_FORM_alpn_choice, "0006 02 6832 02 6833", DECODE(trailing_bytes), 5},
    {PARLEY_FORM_sct_list, "0000", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_sct_list, "0002 0000", DECODE(length_out_of_range), 2},
    {PARLEY_FORM_client_certificate_type_offer, "00", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_compress_certificate, "00", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_compress_certificate, "03 000200", DECODE(length_not_multiple), 0},
    {PARLEY_FORM_record_size_limit, "003f", ILLEGAL(bad_value), 0},
    {PARLEY_FORM_delegated_credential, "00000000 0403 000000 0403 0001 00",
     DECODE(length_out_of_range), 6},
    {PARLEY_FORM_delegated_credential, "00000000 0403 000001 30 0403 0000",
     DECODE(length_out_of_range), 12},
    {PARLEY_FORM_pre_shared_key_offer, "0006 0000 00000001 0021 20" R32,
     DECODE(length_out_of_range), 0},
    {PARLEY_FORM_pre_shared_key_offer, "000e 0000 00000001 0002 6162 00000001 0021 20" R32,
     DECODE(length_out_of_range), 2},
    {PARLEY_FORM_pre_shared_key_offer, "0007 0001 61 00000001 0001 00", DECODE(length_out_of_range),
     9},
    {PARLEY_FORM_pre_shared_key_offer, "0007 0001 61 00000001 0021 00" R32,
     DECODE(length_out_of_range), 11},
    {PARLEY_FORM_pre_shared_key_offer, "0007 0001 61 00000001 0042 20" R32 "20" R32,
     ILLEGAL(bad_psk_count), 9},
    {PARLEY_FORM_pre_shared_key_offer, "000e 0001 61 00000001 0001 62 00000001 0021 20" R32,
     ILLEGAL(bad_psk_count), 16},
    {PARLEY_FORM_early_data, "00", DECODE(trailing_bytes), 0},
    {PARLEY_FORM_supported_versions_offer, "00", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_supported_versions_offer, "03 030403", DECODE(length_not_multiple), 0},
    {PARLEY_FORM_supported_versions_choice, "0304 00", DECODE(trailing_bytes), 2},
    {PARLEY_FORM_cookie, "0000", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_psk_key_exchange_modes, "00", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_certificate_authorities, "0002 0000", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_certificate_authorities, "0004 0000 0000", DECODE(length_out_of_range), 2},
    {PARLEY_FORM_oid_filters, "0003 00 0000", DECODE(length_out_of_range), 2},
    {PARLEY_FORM_key_share_offer, "0004 001d 0000", DECODE(length_out_of_range), 4},
    {PARLEY_FORM_key_share_offer, "000a 001d 0001 00 001d 0001 00", ILLEGAL(duplicate_key_share),
     7},
    {PARLEY_FORM_key_share_choice, "001d 0000", DECODE(length_out_of_range), 2},
    {PARLEY_FORM_key_share_choice, "001d 0001 00 00", DECODE(trailing_bytes), 5},
    {PARLEY_FORM_ech_offer, "02", ILLEGAL(bad_value), 0},
    {PARLEY_FORM_ech_offer, "01 00", DECODE(trailing_bytes), 1},
    {PARLEY_FORM_ech_offer, "00 0001 0001 00 0000 0000", DECODE(length_out_of_range), 8},
    {PARLEY_FORM_ech_confirmation, R8 "00", DECODE(trailing_bytes), 8},
    {PARLEY_FORM_ech_retry_configs, "0000", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_application_settings_offer, "0000", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_application_settings_offer, "0003 01 61 00", DECODE(length_out_of_range), 4},
    {PARLEY_FORM_application_settings_offer, "0002 01 61 00", DECODE(trailing_bytes), 4},
    {PARLEY_FORM_ech_outer_extensions, "00", DECODE(length_out_of_range), 0},
    {PARLEY_FORM_ech_outer_extensions, "03 000a00", DECODE(length_not_multiple), 0},
    {PARLEY_FORM_renegotiation_info, "01", DECODE(truncated), 1},
};

static void check_negative(const char *name, bool accepted, const struct negative *negative,
                           const struct parley_wire_error *error) {
    if (accepted) {
        fail_msg("%s: accepted: %s", name, negative->hex);
    }
    if (error->error != negative->error || error->offset != negative->offset) {
        fail_msg("%s: %s: %s at %zu, not %s at %zu", name, negative->hex,
                 parley_error_name(error->error), error->offset, parley_error_name(negative->error),
                 negative->offset);
    }
    assert_int_equal(parley_error_alert(error->error), negative->alert);
    refused_count++;
}

static void messages(void **state) {
    (void)state;
    static union parley_message_value value;
    for (size_t i = 0; i < sizeof(message_negatives) / sizeof(message_negatives[0]); i++) {
        const struct negative *negative = &message_negatives[i];
        enum parley_message row = (enum parley_message)negative->row;
        uint8_t bytes[EXAMPLE_MAX];
        struct parley_wire_error error;
        struct parley_bytes body = {bytes, parley_example_bytes(negative->hex, bytes, EXAMPLE_MAX)};
        bool accepted = parley_message_parse(row, body, &value, NULL, &error);
        check_negative(parley_messages[row].name, accepted, negative, &error);
    }
}

static void extensions(void **state) {
    (void)state;
    static union parley_extension_value value;
    for (size_t i = 0; i < sizeof(form_negatives) / sizeof(form_negatives[0]); i++) {
        const struct negative *negative = &form_negatives[i];
        enum parley_form row = (enum parley_form)negative->row;
        uint8_t bytes[EXAMPLE_MAX];
        struct parley_wire_error error;
        struct parley_bytes body = {bytes, parley_example_bytes(negative->hex, bytes, EXAMPLE_MAX)};
        bool accepted = parley_extension_parse(row, body, &value, NULL, &error);
        check_negative(parley_forms[row].name, accepted, negative, &error);
    }
}

/* Longer than the row allows, by one byte, for every row. */
static void too_long(void **state) {
    (void)state;
    static uint8_t zeros[200000];
    static union parley_message_value value;
    for (unsigned i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        struct parley_bytes body = {zeros, parley_messages[i].max_length + 1};
        struct parley_wire_error error;
        assert_true(body.len <= sizeof(zeros));
        assert_false(parley_message_parse((enum parley_message)i, body, &value, NULL, &error));
        assert_int_equal(error.error, parley_messages[i].max_length ? PARLEY_ERR_message_too_long
                                                                    : PARLEY_ERR_trailing_bytes);
        assert_int_equal(error.offset, parley_messages[i].max_length);
        refused_count++;
    }
    struct parley_wire_error error;
    assert_false(parley_message_parse(PARLEY_MESSAGE_UNKNOWN, (struct parley_bytes){NULL, 0},
                                      &value, NULL, &error));
    assert_int_equal(error.error, PARLEY_ERR_unknown_message);
    assert_int_equal(parley_error_alert(error.error), PARLEY_ALERT_unexpected_message);
}

/* A writer refuses what its field's type does not allow. */
static void unwritable(void **state) {
    (void)state;
    uint8_t room[512];
    CBB out;
    union parley_message_value v;
    memset(&v, 0, sizeof(v));
    v.client_key_exchange_ecdhe.ecdh_yc = (struct parley_bytes){room, 256};
    assert_true(CBB_init_fixed(&out, room, sizeof(room)));
    assert_false(parley_message_write(&out, PARLEY_MSG_client_key_exchange_ecdhe, &v));
    assert_false(CBB_add_u8(&out, 0));
    memset(&v, 0, sizeof(v));
    v.compressed_certificate.uncompressed_length = 0x1000000;
    assert_true(CBB_init_fixed(&out, room, sizeof(room)));
    assert_false(parley_message_write(&out, PARLEY_MSG_compressed_certificate, &v));
    union parley_extension_value e;
    memset(&e, 0, sizeof(e));
    e.ech_confirmation.confirmation = (struct parley_bytes){room, 7};
    assert_true(CBB_init_fixed(&out, room, sizeof(room)));
    assert_false(parley_extension_write(&out, PARLEY_FORM_ech_confirmation, &e));
    assert_true(CBB_init_fixed(&out, room, sizeof(room)));
    assert_false(parley_extension_write(&out, PARLEY_FORM_UNKNOWN, &e));
    refused_count += 4;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages),
        cmocka_unit_test(extensions),
        cmocka_unit_test(too_long),
        cmocka_unit_test(unwritable),
    };
    int failed = cmocka_run_group_tests_name("wire refusals", tests, NULL, NULL);
    (void)printf("test_wire_refusals: %zu refusals checked\n", refused_count);
    return failed;
}
