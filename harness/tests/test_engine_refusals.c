/* A client_hello, first or second, that is wrong: refused by the server, with the right alert. */
#include <stdio.h>
#include <string.h>

#include "engine/inside.h"
#include "tests/support_refusal.h"

static size_t refused;

/* ---- client_hello ---- */

static size_t suites_at(const struct edit *e) {
    size_t at = PARLEY_HANDSHAKE_HEADER + 2 + PARLEY_RANDOM_LENGTH;
    return at + 1 + e->bytes[at];
}

/* splice_compression puts |hex| in the place of the compression methods, length included. */
static void splice_compression(struct edit *e, struct parley_bytes with) {
    size_t at = suites_at(e);
    at += 2U + (size_t)(e->bytes[at] << 8 | e->bytes[at + 1]);
    edit_splice(e, at, 1U + e->bytes[at], with);
}

static void splice_suites(struct edit *e, struct parley_bytes with) {
    size_t at = suites_at(e);
    edit_splice(e, at, 2U + (size_t)(e->bytes[at] << 8 | e->bytes[at + 1]), with);
}

#define SPLICER(name, splice, ...)                                                                 \
    static void name(struct duo *d, struct edit *e) {                                              \
        static const uint8_t with[] = {__VA_ARGS__};                                               \
        (void)d;                                                                                   \
        splice(e, BYTES_OF(with));                                                                 \
    }
SPLICER(deflate_only, splice_compression, 1, 1)
SPLICER(deflate_too, splice_compression, 2, 1, 0)
SPLICER(no_compression, splice_compression, 0)
SPLICER(odd_suites, splice_suites, 0, 3, 0x13, 0x01, 0x13)
SPLICER(no_suites, splice_suites, 0, 0)
SPLICER(other_suites, splice_suites, 0, 4, 0xff, 0xfe, 0x0a, 0x0a)

static void splice_session_id(struct edit *e, struct parley_bytes with) {
    size_t at = PARLEY_HANDSHAKE_HEADER + 2 + PARLEY_RANDOM_LENGTH;
    edit_splice(e, at, 1U + e->bytes[at], with);
}
SPLICER(long_session_id, splice_session_id, 33, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33)

/* twice_the_share offers the client's one key share two times. */
static void twice_the_share(struct duo *d, struct edit *e) {
    uint8_t body[2 + 2 * 200];
    struct parley_bytes shares = edit_get(e, PARLEY_EXT_CODE_key_share);
    size_t len = shares.len - 2;
    (void)d;
    body[0] = (uint8_t)(2 * len >> 8);
    body[1] = (uint8_t)(2 * len);
    memcpy(body + 2, shares.data + 2, len);
    memcpy(body + 2 + len, shares.data + 2, len);
    edit_set(e, PARLEY_EXT_CODE_key_share, (struct parley_bytes){body, 2 + 2 * len});
}

/* psk_first puts pre_shared_key before the others. */
static void psk_first(struct duo *d, struct edit *e) {
    uint8_t copy[1000];
    struct parley_bytes body = edit_get(e, PARLEY_EXT_CODE_pre_shared_key);
    (void)d;
    assert_true(body.len <= sizeof(copy));
    memcpy(copy, body.data, body.len);
    body.data = copy;
    edit_remove(e, PARLEY_EXT_CODE_pre_shared_key);
    edit_add(e, PARLEY_EXT_CODE_pre_shared_key, body);
}

/* bound_without takes an extension away and makes the binders anew. */
static void bound_without(struct duo *d, struct edit *e, uint16_t extension) {
    edit_remove(e, extension);
    psk_bind(d->engine[PARLEY_CLIENT], e->bytes, e->len);
}

static void bound_without_share(struct duo *d, struct edit *e) {
    bound_without(d, e, PARLEY_EXT_CODE_key_share);
}

static void bound_without_groups(struct duo *d, struct edit *e) {
    bound_without(d, e, PARLEY_EXT_CODE_supported_groups);
}

static void set_named(struct duo *d) {
    set_any(d);
    d->config[PARLEY_SERVER].server_name = "parley.test";
}

static void set_fallback(struct duo *d) {
    set_any(d);
    d->config[PARLEY_CLIENT].max_version = PARLEY_TLS12;
    d->config[PARLEY_CLIENT].fallback_scsv = true;
}

static void set_client13_server12(struct duo *d) {
    set_server12(d);
    d->config[PARLEY_CLIENT].min_version = PARLEY_TLS13;
}

static void set_client12_server13(struct duo *d) {
    set_any(d);
    d->config[PARLEY_CLIENT].max_version = PARLEY_TLS12;
    d->config[PARLEY_SERVER].min_version = PARLEY_TLS13;
}

static void set_no_certificate12(struct duo *d) {
    set_tls12(d);
    duo_certificate(d, PARLEY_SERVER, NULL);
}

static void set_no_certificate13(struct duo *d) {
    set_tls13(d);
    duo_certificate(d, PARLEY_SERVER, NULL);
}

static void set_p256(struct duo *d) {
    static const uint16_t p256 = PARLEY_GROUP_secp256r1;
    set_tls13(d);
    d->config[PARLEY_CLIENT].groups = d->config[PARLEY_SERVER].groups = &p256;
}

/* RFC 8422 5.3: the curve of the server's key is not among the client's groups. */
static void set_other_curve(struct duo *d) {
    set_tls12(d);
    duo_certificate(d, PARLEY_SERVER, "server-ecdsa-p384");
}

#define EXT(name) PARLEY_EXT_CODE_##name

static const struct refusal hellos[] = {
    {"TLS 1.3 only to TLS 1.2 only", set_client13_server12, NOTHING,
     REFUSES(S, protocol_version, no_shared_version)},
    {"TLS 1.2 only to TLS 1.3 only", set_client12_server13, NOTHING,
     REFUSES(S, protocol_version, no_shared_version)},
    {"a hello of TLS 1.1", set_tls12, OF(C, client_hello), PUT(0, "0302"),
     REFUSES(S, protocol_version, no_shared_version)},
    {"a hello of SSL 3.0", set_tls12, OF(C, client_hello), PUT(0, "0300"),
     REFUSES(S, protocol_version, no_shared_version)},
    {"a hello of SSL 3.0 with TLS 1.3 in supported_versions", set_any, OF(C, client_hello),
     PUT(0, "0300"), REFUSES(S, protocol_version, no_shared_version)},
    {"supported_versions with TLS 1.1", set_any, OF(C, client_hello),
     SET(EXT(supported_versions), "02 0302"), REFUSES(S, protocol_version, no_shared_version)},
    {"supported_versions with 3.5", set_any, OF(C, client_hello),
     SET(EXT(supported_versions), "02 0305"), REFUSES(S, protocol_version, no_shared_version)},
    {"supported_versions with GREASE", set_any, OF(C, client_hello),
     SET(EXT(supported_versions), "02 2a2a"), REFUSES(S, protocol_version, no_shared_version)},
    {"a fallback", set_fallback, NOTHING,
     REFUSES(S, inappropriate_fallback, inappropriate_fallback)},
    {"a session id of 33 bytes", set_any, OF(C, client_hello), CALL(long_session_id),
     REFUSES(S, decode_error, length_out_of_range)},
    {"an odd number of bytes of suites", set_any, OF(C, client_hello), CALL(odd_suites),
     REFUSES(S, decode_error, length_not_multiple)},
    {"no suites", set_any, OF(C, client_hello), CALL(no_suites),
     REFUSES(S, decode_error, length_out_of_range)},
    {"unknown suites, TLS 1.2", set_tls12, OF(C, client_hello), CALL(other_suites),
     REFUSES(S, handshake_failure, no_shared_suite)},
    {"unknown suites, TLS 1.3", set_tls13, OF(C, client_hello), CALL(other_suites),
     REFUSES(S, handshake_failure, no_shared_suite)},
    {"no compression methods", set_any, OF(C, client_hello), CALL(no_compression),
     REFUSES(S, decode_error, length_out_of_range)},
    {"no null compression, TLS 1.2", set_tls12, OF(C, client_hello), CALL(deflate_only),
     REFUSES(S, illegal_parameter, bad_compression_list)},
    {"no null compression, TLS 1.3", set_tls13, OF(C, client_hello), CALL(deflate_only),
     REFUSES(S, illegal_parameter, bad_compression_list)},
    {"compression in TLS 1.3", set_tls13, OF(C, client_hello), CALL(deflate_too),
     REFUSES(S, illegal_parameter, bad_compression_list)},
    {"unknown groups, TLS 1.2", set_tls12, OF(C, client_hello),
     SET(EXT(supported_groups), "0002 001e"), REFUSES(S, handshake_failure, no_shared_suite)},
    {"unknown groups, TLS 1.3", set_tls13, OF(C, client_hello),
     SET(EXT(supported_groups), "0002 001e"), REFUSES(S, handshake_failure, no_shared_group)},
    {"FFDHE groups that are not spoken", set_tls12_dhe, OF(C, client_hello),
     SET(EXT(supported_groups), "0002 0104"), REFUSES(S, handshake_failure, no_shared_suite)},
    {"no groups in supported_groups", set_any, OF(C, client_hello),
     SET(EXT(supported_groups), "0000"), REFUSES(S, decode_error, length_out_of_range)},
    {"an ECDSA key on a curve not named", set_other_curve, NOTHING,
     REFUSES(C, illegal_parameter, bad_certificate_curve)},
    {"unknown signature schemes, TLS 1.2", set_tls12, OF(C, client_hello),
     SET(EXT(signature_algorithms), "0002 0808"),
     REFUSES(S, handshake_failure, no_shared_signature_scheme)},
    {"unknown signature schemes, TLS 1.3", set_tls13, OF(C, client_hello),
     SET(EXT(signature_algorithms), "0002 0808"),
     REFUSES(S, handshake_failure, no_shared_signature_scheme)},
    {"no signature_algorithms, TLS 1.2: SHA-1 only", set_tls12, OF(C, client_hello),
     DROP(EXT(signature_algorithms)), REFUSES(S, handshake_failure, no_shared_signature_scheme)},
    {"no signature_algorithms, TLS 1.3", set_tls13, OF(C, client_hello),
     DROP(EXT(signature_algorithms)), REFUSES(S, missing_extension, missing_signature_algorithms)},
    {"no supported_groups, TLS 1.3", set_tls13, OF(C, client_hello), DROP(EXT(supported_groups)),
     REFUSES(S, missing_extension, missing_groups)},
    {"no key_share, TLS 1.3", set_tls13, OF(C, client_hello), DROP(EXT(key_share)),
     REFUSES(S, missing_extension, missing_key_share)},
    {"supported_groups without key_share beside psk_ke", set_psk_ke, OF(C, client_hello),
     CALL(bound_without_share), REFUSES(S, missing_extension, missing_key_share)},
    {"key_share without supported_groups beside psk_ke", set_psk_ke, OF(C, client_hello),
     CALL(bound_without_groups), REFUSES(S, missing_extension, missing_groups)},
    {"no psk_key_exchange_modes", set_psk, OF(C, client_hello), DROP(EXT(psk_key_exchange_modes)),
     REFUSES(S, missing_extension, bad_psk_modes)},
    {"no certificate, TLS 1.2", set_no_certificate12, NOTHING,
     REFUSES(S, handshake_failure, no_certificate)},
    {"no certificate, TLS 1.3", set_no_certificate13, NOTHING,
     REFUSES(S, handshake_failure, no_certificate)},
    {"no shared protocol, TLS 1.2", set_tls12, OF(C, client_hello),
     SET(EXT(application_layer_protocol_negotiation), "0005 04 78787878"),
     REFUSES(S, no_application_protocol, no_application_protocol)},
    {"no shared protocol, TLS 1.3", set_tls13, OF(C, client_hello),
     SET(EXT(application_layer_protocol_negotiation), "0005 04 78787878"),
     REFUSES(S, no_application_protocol, no_application_protocol)},
    {"an empty protocol name", set_any, OF(C, client_hello),
     SET(EXT(application_layer_protocol_negotiation), "0001 00"),
     REFUSES(S, decode_error, length_out_of_range)},
    {"an unknown server name", set_named, OF(C, client_hello),
     SET(EXT(server_name), "000c 00 0009 6f7468657274657374"),
     REFUSES(S, unrecognized_name, unrecognized_name)},
    {"renegotiation_info that is not empty", set_tls12, OF(C, client_hello),
     SET(EXT(renegotiation_info), "01 00"), REFUSES(S, handshake_failure, renegotiation_mismatch)},
    {"no uncompressed points", set_tls12, OF(C, client_hello), SET(EXT(ec_point_formats), "01 01"),
     REFUSES(S, illegal_parameter, bad_value)},
    {"max_fragment_length 5", set_any, OF(C, client_hello), SET(EXT(max_fragment_length), "05"),
     REFUSES(S, illegal_parameter, bad_value)},
    {"record_size_limit 63", set_any, OF(C, client_hello), SET(EXT(record_size_limit), "003f"),
     REFUSES(S, illegal_parameter, bad_value)},
    {"encrypt_then_mac with a body", set_tls12, OF(C, client_hello),
     SET(EXT(encrypt_then_mac), "00"), REFUSES(S, decode_error, trailing_bytes)},
    {"pre_shared_key is not the last", set_psk, OF(C, client_hello), CALL(psk_first),
     REFUSES(S, illegal_parameter, psk_not_last)},
    {"a wrong binder of an external PSK", set_psk, OF(C, client_hello), FLIP(-1),
     REFUSES(S, decrypt_error, bad_binder)},
    {"a wrong binder of a ticket", set_tls13, OF(C, client_hello), FLIP(-1),
     REFUSES_RESUMED(S, decrypt_error, bad_binder)},
    {"a hello that the binder does not cover", set_psk, OF(C, client_hello), FLIP(2),
     REFUSES(S, decrypt_error, bad_binder)},
    {"two identities, one binder", set_psk, OF(C, client_hello),
     SET(EXT(pre_shared_key),
         "000e 0001 41 00000000 0001 42 00000000"
         "0021 20 0000000000000000000000000000000000000000000000000000000000000000"),
     REFUSES(S, illegal_parameter, bad_psk_count)},
    {"a binder of 31 bytes", set_psk, OF(C, client_hello),
     SET(EXT(pre_shared_key),
         "000f 0009 6964656e7469747900 00000000"
         "0020 1f 00000000000000000000000000000000000000000000000000000000000000"),
     REFUSES(S, decrypt_error, bad_binder)},
    {"twice the same key share", set_tls13, OF(C, client_hello), CALL(twice_the_share),
     REFUSES(S, illegal_parameter, duplicate_key_share)},
    {"an empty key share", set_tls13, OF(C, client_hello), SET(EXT(key_share), "0004 001d 0000"),
     REFUSES(S, decode_error, length_out_of_range)},
    {"an X25519 share of zeros", set_tls13, OF(C, client_hello),
     SET(EXT(key_share), "0024 001d 0020" X25519_ZEROS), REFUSES(S, illegal_parameter, bad_share)},
    {"an X25519 share of small order", set_tls13, OF(C, client_hello),
     SET(EXT(key_share), "0024 001d 0020" X25519_SMALL), REFUSES(S, illegal_parameter, bad_share)},
    {"an X25519 share of 33 bytes", set_tls13, OF(C, client_hello),
     SET(EXT(key_share), "0025 001d 0021" X25519_BASE "00"),
     REFUSES(S, illegal_parameter, bad_share)},
    {"an X25519 share of 1 byte", set_tls13, OF(C, client_hello),
     SET(EXT(key_share), "0005 001d 0001 09"), REFUSES(S, illegal_parameter, bad_share)},
    {"a P-256 share that is compressed", set_p256, OF(C, client_hello),
     SET(EXT(key_share), "0025 0017 0021 03" P256_X), REFUSES(S, illegal_parameter, bad_share)},
    {"a P-256 share off the curve", set_p256, OF(C, client_hello),
     SET(EXT(key_share), "0045 0017 0041 04" P256_X P256_WRONG_Y),
     REFUSES(S, illegal_parameter, bad_share)},
    {"a P-256 share in the hybrid form", set_p256, OF(C, client_hello),
     SET(EXT(key_share), "0045 0017 0041 07" P256_X P256_Y),
     REFUSES(S, illegal_parameter, bad_share)},
    {"a P-256 share at infinity", set_p256, OF(C, client_hello),
     SET(EXT(key_share), "0005 0017 0001 00"), REFUSES(S, illegal_parameter, bad_share)},
};

static void test_hellos(void **state) {
    (void)state;
    refused += refuse_all(hellos, COUNT_OF(hellos));
}

/* ---- The second client_hello (RFC 8446 4.1.2) ---- */

static void no_alpn(struct duo *d, struct edit *e) {
    (void)d;
    edit_remove(e, EXT(application_layer_protocol_negotiation));
}

static void set_retry_psk(struct duo *d) {
    set_psk(d);
    d->config[PARLEY_SERVER].hello_retry = true;
}

static const struct refusal second_hellos[] = {
    {"another random", set_retry, SECOND(C, client_hello), FLIP(2),
     REFUSES(S, illegal_parameter, changed_client_hello)},
    {"another session id", set_retry, SECOND(C, client_hello), FLIP(40),
     REFUSES(S, illegal_parameter, changed_client_hello)},
    {"other suites", set_retry, SECOND(C, client_hello), CALL(other_suites),
     REFUSES(S, illegal_parameter, changed_client_hello)},
    {"other compression", set_retry, SECOND(C, client_hello), CALL(deflate_too),
     REFUSES(S, illegal_parameter, changed_client_hello)},
    {"without an extension", set_retry, SECOND(C, client_hello), CALL(no_alpn),
     REFUSES(S, illegal_parameter, changed_client_hello)},
    {"with another one", set_retry, SECOND(C, client_hello), SET(EXT(post_handshake_auth), ""),
     REFUSES(S, illegal_parameter, changed_client_hello)},
    {"with other groups", set_retry, SECOND(C, client_hello),
     SET(EXT(supported_groups), "0004 001d 0018"),
     REFUSES(S, illegal_parameter, changed_client_hello)},
    {"with another value", set_retry, SECOND(C, client_hello),
     SET(EXT(application_layer_protocol_negotiation), "0003 02 6832"),
     REFUSES(S, illegal_parameter, changed_client_hello)},
    {"without the PSK that was chosen", set_retry_psk, SECOND(C, client_hello),
     DROP(EXT(pre_shared_key)), REFUSES(S, illegal_parameter, changed_client_hello)},
    {"of TLS 1.2", set_retry, SECOND(C, client_hello), SET(EXT(supported_versions), "02 0303"),
     REFUSES(S, protocol_version, no_shared_version)},
    {"without the cookie", set_retry, SECOND(C, client_hello), DROP(EXT(cookie)),
     REFUSES(S, missing_extension, missing_extension)},
    {"with another cookie", set_retry, SECOND(C, client_hello), SET(EXT(cookie), "0001 00"),
     REFUSES(S, illegal_parameter, bad_cookie)},
    {"with an empty cookie", set_retry, SECOND(C, client_hello), SET(EXT(cookie), "0000"),
     REFUSES(S, decode_error, length_out_of_range)},
    {"with no share", set_retry_group, SECOND(C, client_hello), SET(EXT(key_share), "0000"),
     REFUSES(S, illegal_parameter, bad_group)},
    {"with a share of another group", set_retry_group, SECOND(C, client_hello),
     SET(EXT(key_share), "0024 001d 0020" X25519_BASE), REFUSES(S, illegal_parameter, bad_group)},
    {"with a share off the curve", set_retry_group, SECOND(C, client_hello),
     SET(EXT(key_share), "0045 0017 0041 04" P256_X P256_WRONG_Y),
     REFUSES(S, illegal_parameter, bad_share)},
};

static void test_second_hellos(void **state) {
    (void)state;
    refused += refuse_all(second_hellos, COUNT_OF(second_hellos));
}

static void test_count(void **state) {
    (void)state;
    print_message("%zu refusals of client_hello checked\n", refused);
    assert_int_equal(refused, 2 * (59 + 16));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hellos),
        cmocka_unit_test(test_second_hellos),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
