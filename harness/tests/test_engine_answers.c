/* Wrong answers of a server, and of none: hello_retry_request, server_hello, encrypted_extensions.
 * The client refuses each, with the right alert. */
#include <stdio.h>
#include <string.h>

#include "engine/inside.h"
#include "tests/support_refusal.h"

static size_t refused;

#define EXT(name) PARLEY_EXT_CODE_##name

/* splice_session_id puts |with| in the place of the session id, its length included. */
static void splice_session_id(struct edit *e, struct parley_bytes with) {
    size_t at = PARLEY_HANDSHAKE_HEADER + 2 + PARLEY_RANDOM_LENGTH;
    edit_splice(e, at, 1U + e->bytes[at], with);
}

static void long_session_id(struct duo *d, struct edit *e) {
    static const uint8_t id[34] = {33, 1, 2, 3};
    (void)d;
    splice_session_id(e, BYTES_OF(id));
}

/* strip_tls13 makes a server_hello of TLS 1.3 one of TLS 1.2. */
static void strip_tls13(struct duo *d, struct edit *e) {
    (void)d;
    edit_remove(e, EXT(supported_versions));
    edit_remove(e, EXT(key_share));
}

static void set_p256(struct duo *d) {
    static const uint16_t p256 = PARLEY_GROUP_secp256r1;
    set_tls13(d);
    d->config[PARLEY_CLIENT].groups = d->config[PARLEY_SERVER].groups = &p256;
}

/* ---- server_hello of TLS 1.2 ---- */

static void set_no_tickets(struct duo *d) {
    set_tls12(d);
    d->config[PARLEY_CLIENT].no_tickets = true;
}

static void set_max_fragment(struct duo *d) {
    set_tls12(d);
    d->config[PARLEY_CLIENT].max_fragment_length = 2;
}

static void set_max_fragment13(struct duo *d) {
    set_tls13(d);
    d->config[PARLEY_CLIENT].max_fragment_length = 2;
}

static void set_both_limits(struct duo *d) {
    set_tls12(d);
    d->config[PARLEY_CLIENT].max_fragment_length = 2;
    d->config[PARLEY_CLIENT].record_size_limit = 1000;
    d->config[PARLEY_SERVER].record_size_limit = 1000;
}

static void set_both_limits13(struct duo *d) {
    set_both_limits(d);
    duo_only(d, PARLEY_TLS13, PARLEY_TLS_AES_128_GCM_SHA256, PARLEY_GROUP_x25519);
}

static void set_two_suites(struct duo *d) {
    static const uint16_t suites[] = {PARLEY_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
                                      PARLEY_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256};
    set_tls12(d);
    d->config[PARLEY_CLIENT].suites = suites;
    d->config[PARLEY_CLIENT].suite_count = 2;
}

/* A client that does not offer TLS 1.3, and a server that would speak it, whose sentinel is fine.
 */
static void set_client12(struct duo *d) {
    set_any(d);
    d->config[PARLEY_CLIENT].max_version = PARLEY_TLS12;
}

/* echo_fake_id answers with the client's session id, as if there were a session (RFC 5246 7.4.1.3).
 */
static void echo_fake_id(struct duo *d, struct edit *e) {
    uint8_t id[33] = {32};
    assert_int_equal(d->engine[PARLEY_CLIENT]->session_id_length, 32);
    memcpy(id + 1, d->engine[PARLEY_CLIENT]->session_id, 32);
    splice_session_id(e, BYTES_OF(id));
}

static const struct refusal answers12[] = {
    {"TLS 1.1", set_tls12, OF(S, server_hello), PUT(0, "0302"),
     REFUSES(C, protocol_version, no_shared_version)},
    {"SSL 3.0", set_any, OF(S, server_hello), PUT(0, "0300"),
     REFUSES(C, protocol_version, no_shared_version)},
    {"version 3.4 without supported_versions", set_tls12, OF(S, server_hello), PUT(0, "0304"),
     REFUSES(C, protocol_version, no_shared_version)},
    {"TLS 1.2 where only 1.3 is offered", set_tls13, OF(S, server_hello), CALL(strip_tls13),
     REFUSES(C, protocol_version, no_shared_version)},
    {"supported_versions to TLS 1.2 only", set_tls12, OF(S, server_hello),
     SET(EXT(supported_versions), "0304"), REFUSES(C, illegal_parameter, misplaced_extension)},
    {"stripped to TLS 1.2: the server's sentinel", set_any, OF(C, client_hello),
     SET(EXT(supported_versions), "02 0303"), REFUSES(C, illegal_parameter, downgrade)},
    {"the sentinel of TLS 1.2", set_server12, OF(S, server_hello), PUT(26, "444f574e47524401"),
     REFUSES(C, illegal_parameter, downgrade)},
    {"the sentinel of TLS 1.1", set_server12, OF(S, server_hello), PUT(26, "444f574e47524400"),
     REFUSES(C, illegal_parameter, downgrade)},
    {"a suite that is not offered", set_tls12, OF(S, server_hello), SUITE("c02c"),
     REFUSES(C, illegal_parameter, bad_suite)},
    {"a suite of TLS 1.3", set_server12, OF(S, server_hello), SUITE("1301"),
     REFUSES(C, illegal_parameter, bad_suite)},
    {"the null suite", set_tls12, OF(S, server_hello), SUITE("0000"),
     REFUSES(C, illegal_parameter, bad_suite)},
    {"a suite of GREASE", set_tls12, OF(S, server_hello), SUITE("0a0a"),
     REFUSES(C, illegal_parameter, bad_suite)},
    {"compression", set_tls12, OF(S, server_hello), SUITE("c02b01"),
     REFUSES(C, illegal_parameter, bad_compression)},
    {"a session id of 33 bytes", set_tls12, OF(S, server_hello), CALL(long_session_id),
     REFUSES(C, decode_error, length_out_of_range)},
    {"the fake session id comes back", set_server12, OF(S, server_hello), CALL(echo_fake_id),
     REFUSES(C, illegal_parameter, bad_echo)},
    {"renegotiation_info that is not empty", set_tls12, OF(S, server_hello),
     SET(EXT(renegotiation_info), "01 00"), REFUSES(C, handshake_failure, renegotiation_mismatch)},
    {"no uncompressed points", set_tls12, OF(S, server_hello), SET(EXT(ec_point_formats), "01 01"),
     REFUSES(C, illegal_parameter, bad_value)},
    {"encrypt_then_mac with an AEAD", set_tls12, OF(S, server_hello),
     SET(EXT(encrypt_then_mac), ""), REFUSES(C, illegal_parameter, bad_extension)},
    {"a ticket that was not asked for", set_no_tickets, OF(S, server_hello),
     SET(EXT(session_ticket), ""), REFUSES(C, unsupported_extension, unsupported_extension)},
    {"a protocol that was not offered", set_tls12, OF(S, server_hello),
     SET(EXT(application_layer_protocol_negotiation), "0003 02 7878"),
     REFUSES(C, illegal_parameter, bad_application_protocol)},
    {"two protocols", set_tls12, OF(S, server_hello),
     SET(EXT(application_layer_protocol_negotiation), "0006 02 6832 02 6832"),
     REFUSES(C, decode_error, trailing_bytes)},
    {"another max_fragment_length", set_max_fragment, OF(S, server_hello),
     SET(EXT(max_fragment_length), "03"), REFUSES(C, illegal_parameter, bad_extension)},
    {"both limits", set_both_limits, OF(S, server_hello), SET(EXT(max_fragment_length), "02"),
     REFUSES(C, illegal_parameter, bad_extension)},
    {"record_size_limit 63", set_both_limits, OF(S, server_hello),
     SET(EXT(record_size_limit), "003f"), REFUSES(C, illegal_parameter, bad_value)},
    {"the session with another suite", set_two_suites, OF(S, server_hello), SUITE("cca9"),
     REFUSES_RESUMED(C, illegal_parameter, session_mismatch)},
    {"the session without extended_master_secret", set_tls12, OF(S, server_hello),
     DROP(EXT(extended_master_secret)),
     REFUSES_RESUMED(C, handshake_failure, extended_master_secret_missing)},
    {"a client resumes without extended_master_secret", set_tls12, OF(C, client_hello),
     DROP(EXT(extended_master_secret)),
     REFUSES_RESUMED(S, handshake_failure, extended_master_secret_missing)},
};

static void test_answers12(void **state) {
    (void)state;
    refused += refuse_all(answers12, COUNT_OF(answers12));
    /* RFC 8446 4.1.3: the sentinel is nothing to a client that speaks TLS 1.2 at most. */
    struct duo *d = duo_new();
    set_client12(d);
    duo_full(d, false);
    /* RFC 7627 5.3: a session without extended_master_secret is not resumed with it. */
    set_tls12(d);
    duo_full(d, false);
    duo_keep_session(d);
    d->session.extended_master_secret = false;
    (void)duo_run(d, true);
    duo_refused(d, PARLEY_CLIENT, PARLEY_ALERT_handshake_failure,
                PARLEY_ERR_extended_master_secret_added, "the session with it");
    refused++;
    duo_free(d);
}

/* ---- hello_retry_request, server_hello and encrypted_extensions of TLS 1.3 ---- */

/* retry_again turns a server_hello into another hello_retry_request. */
static void retry_again(struct duo *d, struct edit *e) {
    static const uint8_t cookie[] = {0, 1, 7};
    (void)d;
    memcpy(e->bytes + PARLEY_HANDSHAKE_HEADER + 2, parley_hello_retry_request_random,
           PARLEY_RANDOM_LENGTH);
    edit_remove(e, EXT(key_share));
    edit_add(e, EXT(cookie), BYTES_OF(cookie));
}

static void set_retry_two_suites(struct duo *d) {
    static const uint16_t suites[] = {PARLEY_TLS_AES_128_GCM_SHA256, PARLEY_TLS_AES_256_GCM_SHA384};
    set_retry(d);
    d->config[PARLEY_CLIENT].suites = suites;
    d->config[PARLEY_CLIENT].suite_count = 2;
}

static const struct refusal answers13[] = {
    {"a retry for a group not offered", set_retry_group, OF(S, hello_retry_request),
     SET(EXT(key_share), "001e"), REFUSES(C, illegal_parameter, bad_group)},
    {"a retry for a group of no TLS 1.3", set_retry_group, OF(S, hello_retry_request),
     SET(EXT(key_share), "0100"), REFUSES(C, illegal_parameter, bad_group)},
    {"a retry for the group that was shared", set_retry_group, OF(S, hello_retry_request),
     SET(EXT(key_share), "001d"), REFUSES(C, illegal_parameter, useless_hello_retry_request)},
    {"a retry that changes nothing", set_retry, OF(S, hello_retry_request), DROP(EXT(cookie)),
     REFUSES(C, illegal_parameter, empty_hello_retry_request)},
    {"a retry without supported_versions", set_retry, OF(S, hello_retry_request),
     DROP(EXT(supported_versions)), REFUSES(C, missing_extension, missing_extension)},
    {"a retry with TLS 1.2", set_retry, OF(S, hello_retry_request),
     SET(EXT(supported_versions), "0303"), REFUSES(C, illegal_parameter, bad_version)},
    {"a retry with another legacy_version", set_retry, OF(S, hello_retry_request), PUT(0, "0304"),
     REFUSES(C, decode_error, bad_encoding)},
    {"a retry with a suite not offered", set_retry, OF(S, hello_retry_request), SUITE("1302"),
     REFUSES(C, illegal_parameter, bad_suite)},
    {"a retry with compression", set_retry, OF(S, hello_retry_request), SUITE("130101"),
     REFUSES(C, decode_error, bad_encoding)},
    {"a retry with another echo", set_retry, OF(S, hello_retry_request), FLIP(40),
     REFUSES(C, illegal_parameter, bad_echo)},
    {"a retry with an empty cookie", set_retry, OF(S, hello_retry_request),
     SET(EXT(cookie), "0000"), REFUSES(C, decode_error, length_out_of_range)},
    {"a second retry", set_retry, OF(S, server_hello), CALL(retry_again),
     REFUSES(C, unexpected_message, second_hello_retry_request)},
    {"another suite than in the retry", set_retry_two_suites, OF(S, server_hello), SUITE("1302"),
     REFUSES(C, illegal_parameter, changed_suite)},
    {"another group than in the retry", set_retry_group, OF(S, server_hello),
     SET(EXT(key_share), "001d 0020" X25519_BASE), REFUSES(C, illegal_parameter, bad_group)},
    {"another legacy_version", set_tls13, OF(S, server_hello), PUT(0, "0304"),
     REFUSES(C, protocol_version, no_shared_version)},
    {"legacy_version 3.2", set_tls13, OF(S, server_hello), PUT(0, "0302"),
     REFUSES(C, protocol_version, no_shared_version)},
    {"supported_versions with TLS 1.2", set_any, OF(S, server_hello),
     SET(EXT(supported_versions), "0303"), REFUSES(C, illegal_parameter, bad_version)},
    {"supported_versions with 3.5", set_any, OF(S, server_hello),
     SET(EXT(supported_versions), "0305"), REFUSES(C, illegal_parameter, bad_version)},
    {"supported_versions with a draft", set_any, OF(S, server_hello),
     SET(EXT(supported_versions), "7f1c"), REFUSES(C, illegal_parameter, bad_version)},
    {"without supported_versions", set_any, OF(S, server_hello), DROP(EXT(supported_versions)),
     REFUSES(C, illegal_parameter, misplaced_extension)},
    {"another echo", set_tls13, OF(S, server_hello), FLIP(40),
     REFUSES(C, illegal_parameter, bad_echo)},
    {"a suite that is not offered", set_tls13, OF(S, server_hello), SUITE("1302"),
     REFUSES(C, illegal_parameter, bad_suite)},
    {"a suite of TLS 1.2", set_any, OF(S, server_hello), SUITE("c02b"),
     REFUSES(C, illegal_parameter, bad_suite)},
    {"compression", set_tls13, OF(S, server_hello), SUITE("130101"),
     REFUSES(C, decode_error, bad_encoding)},
    {"no key_share", set_tls13, OF(S, server_hello), DROP(EXT(key_share)),
     REFUSES(C, missing_extension, missing_key_share)},
    {"a share of a group without one", set_retry_group, OF(S, server_hello),
     SET(EXT(key_share), "0018 0001 04"), REFUSES(C, illegal_parameter, bad_group)},
    {"a share of zeros", set_tls13, OF(S, server_hello),
     SET(EXT(key_share), "001d 0020" X25519_ZEROS), REFUSES(C, illegal_parameter, bad_share)},
    {"a share of small order", set_tls13, OF(S, server_hello),
     SET(EXT(key_share), "001d 0020" X25519_SMALL), REFUSES(C, illegal_parameter, bad_share)},
    {"a share of 1 byte", set_tls13, OF(S, server_hello), SET(EXT(key_share), "001d 0001 09"),
     REFUSES(C, illegal_parameter, bad_share)},
    {"a share off the curve", set_p256, OF(S, server_hello),
     SET(EXT(key_share), "0017 0041 04" P256_X P256_WRONG_Y),
     REFUSES(C, illegal_parameter, bad_share)},
    {"a PSK that was not offered", set_tls13, OF(S, server_hello), SET(EXT(pre_shared_key), "0000"),
     REFUSES(C, unsupported_extension, unsupported_extension)},
    {"a PSK out of range", set_psk, OF(S, server_hello), SET(EXT(pre_shared_key), "0001"),
     REFUSES(C, illegal_parameter, bad_psk_choice)},
    {"a PSK of another hash", set_psk, OF(S, server_hello), SUITE("1302"),
     REFUSES(C, illegal_parameter, psk_hash_mismatch)},
    /* RFC 8446 4.2.11: key_share is there if, and only if, psk_key_exchange_modes wants it. */
    {"a PSK without key_share, psk_dhe_ke", set_psk, OF(S, server_hello), DROP(EXT(key_share)),
     REFUSES(C, missing_extension, missing_key_share)},
    {"a PSK with key_share, psk_ke", set_psk_ke, OF(S, server_hello),
     SET(EXT(key_share), "001d 0020" X25519_BASE), REFUSES(C, illegal_parameter, bad_psk_choice)},
    {"early_data that was not offered", set_tls13, OF(S, encrypted_extensions),
     SET(EXT(early_data), ""), REFUSES(C, unsupported_extension, unsupported_extension)},
    {"a protocol that was not offered", set_tls13, OF(S, encrypted_extensions),
     SET(EXT(application_layer_protocol_negotiation), "0003 02 7878"),
     REFUSES(C, illegal_parameter, bad_application_protocol)},
    {"0-RTT under another protocol", set_early, OF(S, encrypted_extensions),
     SET(EXT(application_layer_protocol_negotiation), "0009 08 687474702f312e31"),
     REFUSES_RESUMED(C, illegal_parameter, early_data_alpn)},
    {"0-RTT under no protocol", set_early, OF(S, encrypted_extensions),
     DROP(EXT(application_layer_protocol_negotiation)),
     REFUSES_RESUMED(C, illegal_parameter, early_data_alpn)},
    {"another max_fragment_length", set_max_fragment13, OF(S, encrypted_extensions),
     SET(EXT(max_fragment_length), "03"), REFUSES(C, illegal_parameter, bad_extension)},
    {"both limits", set_both_limits13, OF(S, encrypted_extensions),
     SET(EXT(max_fragment_length), "02"), REFUSES(C, illegal_parameter, bad_extension)},
    {"record_size_limit 63", set_both_limits13, OF(S, encrypted_extensions),
     SET(EXT(record_size_limit), "003f"), REFUSES(C, illegal_parameter, bad_value)},
};

static void test_answers13(void **state) {
    (void)state;
    refused += refuse_all(answers13, COUNT_OF(answers13));
}

static void test_count(void **state) {
    (void)state;
    print_message("%zu refusals of a server's answers checked\n", refused);
    assert_int_equal(refused, 2 * (27 + 42) + 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers12),
        cmocka_unit_test(test_answers13),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
