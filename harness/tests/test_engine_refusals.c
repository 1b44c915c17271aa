/* Wrong hellos and what answers them: each is refused by the right end, with the right alert. */
#include <stdio.h>
#include <string.h>

#include "engine/state.h"
#include "tests/support_refusal.h"

static size_t refused;

#define X25519_ZEROS "0000000000000000000000000000000000000000000000000000000000000000"
#define X25519_BASE "0900000000000000000000000000000000000000000000000000000000000000"
/* A point of order 8 (RFC 7748 6.1, 7). */
#define X25519_SMALL "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"
/* P-256's generator, compressed, and with a bit of y flipped. */
#define P256_X "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
#define P256_Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
#define P256_WRONG_Y "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f4"

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
     REFUSES(S, illegal_parameter, no_compression_null)},
    {"no null compression, TLS 1.3", set_tls13, OF(C, client_hello), CALL(deflate_only),
     REFUSES(S, illegal_parameter, no_compression_null)},
    {"compression in TLS 1.3", set_tls13, OF(C, client_hello), CALL(deflate_too),
     REFUSES(S, illegal_parameter, bad_compression)},
    {"unknown groups, TLS 1.2", set_tls12, OF(C, client_hello),
     SET(EXT(supported_groups), "0002 001e"), REFUSES(S, handshake_failure, no_shared_suite)},
    {"unknown groups, TLS 1.3", set_tls13, OF(C, client_hello),
     SET(EXT(supported_groups), "0002 001e"), REFUSES(S, handshake_failure, no_shared_group)},
    {"FFDHE groups that are not spoken", set_tls12_dhe, OF(C, client_hello),
     SET(EXT(supported_groups), "0002 0104"), REFUSES(S, handshake_failure, no_shared_suite)},
    {"no groups in supported_groups", set_any, OF(C, client_hello),
     SET(EXT(supported_groups), "0000"), REFUSES(S, decode_error, length_out_of_range)},
    {"an ECDSA key on a curve not named", set_other_curve, NOTHING,
     REFUSES(S, handshake_failure, no_shared_suite)},
    {"unknown signature schemes, TLS 1.2", set_tls12, OF(C, client_hello),
     SET(EXT(signature_algorithms), "0002 0808"), REFUSES(S, handshake_failure, no_shared_suite)},
    {"unknown signature schemes, TLS 1.3", set_tls13, OF(C, client_hello),
     SET(EXT(signature_algorithms), "0002 0808"),
     REFUSES(S, handshake_failure, no_shared_signature_scheme)},
    {"no signature_algorithms, TLS 1.2: SHA-1 only", set_tls12, OF(C, client_hello),
     DROP(EXT(signature_algorithms)), REFUSES(S, handshake_failure, no_shared_suite)},
    {"no signature_algorithms, TLS 1.3", set_tls13, OF(C, client_hello),
     DROP(EXT(signature_algorithms)), REFUSES(S, missing_extension, missing_extension)},
    {"no supported_groups, TLS 1.3", set_tls13, OF(C, client_hello), DROP(EXT(supported_groups)),
     REFUSES(S, missing_extension, missing_extension)},
    {"no key_share, TLS 1.3", set_tls13, OF(C, client_hello), DROP(EXT(key_share)),
     REFUSES(S, missing_extension, missing_extension)},
    {"supported_groups without key_share beside psk_ke", set_psk_ke, OF(C, client_hello),
     CALL(bound_without_share), REFUSES(S, missing_extension, missing_extension)},
    {"key_share without supported_groups beside psk_ke", set_psk_ke, OF(C, client_hello),
     CALL(bound_without_groups), REFUSES(S, missing_extension, missing_extension)},
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
     REFUSES(S, illegal_parameter, bad_extension)},
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
         "0007 0001 41 00000000"
         "0020 1f 00000000000000000000000000000000000000000000000000000000000000"),
     REFUSES(S, decode_error, length_out_of_range)},
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
    {"with an unknown one", set_retry, SECOND(C, client_hello), SET(0xabcd, "00"),
     REFUSES(S, illegal_parameter, changed_client_hello)},
    {"with another value", set_retry, SECOND(C, client_hello),
     SET(EXT(application_layer_protocol_negotiation), "0003 02 6832"),
     REFUSES(S, illegal_parameter, changed_client_hello)},
    {"with early_data", set_retry, SECOND(C, client_hello), SET(EXT(early_data), ""),
     REFUSES(S, illegal_parameter, changed_client_hello)},
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
     REFUSES(C, illegal_parameter, bad_version)},
    {"version 3.4 without supported_versions", set_tls12, OF(S, server_hello), PUT(0, "0304"),
     REFUSES(C, illegal_parameter, bad_version)},
    {"TLS 1.2 where only 1.3 is offered", set_client12_server13, OF(C, client_hello),
     SET(EXT(supported_versions), "02 0303"), REFUSES(S, protocol_version, no_shared_version)},
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
     REFUSES(C, illegal_parameter, bad_extension)},
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
     REFUSES_RESUMED(C, handshake_failure, extended_master_secret_mismatch)},
    {"a client resumes without extended_master_secret", set_tls12, OF(C, client_hello),
     DROP(EXT(extended_master_secret)),
     REFUSES_RESUMED(S, handshake_failure, extended_master_secret_mismatch)},
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
                PARLEY_ERR_extended_master_secret_mismatch, "the session with it");
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
     REFUSES(C, illegal_parameter, useless_hello_retry_request)},
    {"a retry without supported_versions", set_retry, OF(S, hello_retry_request),
     DROP(EXT(supported_versions)), REFUSES(C, missing_extension, missing_extension)},
    {"a retry with TLS 1.2", set_retry, OF(S, hello_retry_request),
     SET(EXT(supported_versions), "0303"), REFUSES(C, illegal_parameter, bad_version)},
    {"a retry with another legacy_version", set_retry, OF(S, hello_retry_request), PUT(0, "0304"),
     REFUSES(C, illegal_parameter, bad_version)},
    {"a retry with a suite not offered", set_retry, OF(S, hello_retry_request), SUITE("1302"),
     REFUSES(C, illegal_parameter, bad_suite)},
    {"a retry with compression", set_retry, OF(S, hello_retry_request), SUITE("130101"),
     REFUSES(C, illegal_parameter, bad_compression)},
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
     REFUSES(C, illegal_parameter, bad_version)},
    {"legacy_version 3.2", set_tls13, OF(S, server_hello), PUT(0, "0302"),
     REFUSES(C, illegal_parameter, bad_version)},
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
     REFUSES(C, illegal_parameter, bad_compression)},
    {"no key_share", set_tls13, OF(S, server_hello), DROP(EXT(key_share)),
     REFUSES(C, missing_extension, missing_extension)},
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
     REFUSES(C, illegal_parameter, bad_psk_choice)},
    /* RFC 8446 4.2.11: key_share is there if, and only if, psk_key_exchange_modes wants it. */
    {"a PSK without key_share, psk_dhe_ke", set_psk, OF(S, server_hello), DROP(EXT(key_share)),
     REFUSES(C, illegal_parameter, bad_psk_choice)},
    {"a PSK with key_share, psk_ke", set_psk_ke, OF(S, server_hello),
     SET(EXT(key_share), "001d 0020" X25519_BASE), REFUSES(C, illegal_parameter, bad_psk_choice)},
    {"early_data that was not offered", set_tls13, OF(S, encrypted_extensions),
     SET(EXT(early_data), ""), REFUSES(C, unsupported_extension, unsupported_extension)},
    {"a protocol that was not offered", set_tls13, OF(S, encrypted_extensions),
     SET(EXT(application_layer_protocol_negotiation), "0003 02 7878"),
     REFUSES(C, illegal_parameter, bad_application_protocol)},
    {"0-RTT under another protocol", set_early, OF(S, encrypted_extensions),
     SET(EXT(application_layer_protocol_negotiation), "0009 08 687474702f312e31"),
     REFUSES_RESUMED(C, illegal_parameter, bad_early_data)},
    {"0-RTT under no protocol", set_early, OF(S, encrypted_extensions),
     DROP(EXT(application_layer_protocol_negotiation)),
     REFUSES_RESUMED(C, illegal_parameter, bad_early_data)},
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
    print_message("%zu refusals of hellos checked\n", refused);
    assert_int_equal(refused, 2 * (58 + 16 + 27 + 42) + 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hellos),    cmocka_unit_test(test_second_hellos),
        cmocka_unit_test(test_answers12), cmocka_unit_test(test_answers13),
        cmocka_unit_test(test_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
