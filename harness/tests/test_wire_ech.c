/* The inner client_hello of Encrypted Client Hello (RFC 9849 5.1): encoded and decoded again beside
 * an outer one, cut short at every byte, changed at every byte, and with references that are wrong.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support_examples.h"
#include "wire/ech_inner.h"

#define R8 "0001020304050607"
#define R32 R8 R8 R8 R8
#define SESSION_ID "04 a0a1a2a3"
#define START "0303" R32

/* Extensions: server_name, supported_groups, signature_algorithms, an unknown one, ECH (inner),
 * supported_versions, pre_shared_key. */
#define NAME(letter) "0000 0006 0004 00 0001" letter
#define GROUPS "000a 0004 0002 001d"
#define SCHEMES "000d 0004 0002 0403"
#define UNKNOWN "abcd 0001 77"
#define INNER "fe0d 0001 01"
#define VERSIONS "002b 0003 02 0304"
#define PSK "0029 000e 0007 0001 61 00000000 0003 02 0102"

static struct parley_bytes bytes_of_hex(const char *hex) {
    static uint8_t out[8][1024];
    static size_t next;
    uint8_t *at = out[next++ % 8];
    return (struct parley_bytes){at, parley_example_bytes(hex, at, sizeof(out[0]))};
}

static struct parley_client_hello outer_of(const char *extensions) {
    static const uint8_t session_id[] = {0xa0, 0xa1, 0xa2, 0xa3};
    return (struct parley_client_hello){
        .legacy_session_id = {session_id, sizeof(session_id)},
        .extensions = {.raw = bytes_of_hex(extensions)},
    };
}

/* decode decodes |encoded|; what it came to is in |out|. */
static enum parley_error decode(struct parley_bytes encoded, const char *outer,
                                struct parley_bytes *out) {
    static uint8_t buffer[4096];
    struct parley_client_hello hello = outer_of(outer);
    CBB cbb;
    assert_true(CBB_init_fixed(&cbb, buffer, sizeof(buffer)));
    enum parley_error error = parley_ech_decode_inner(&cbb, encoded, &hello);
    *out = (struct parley_bytes){buffer, error ? 0 : CBB_len(&cbb)};
    return error;
}

static enum parley_error decode_hex(const char *encoded, const char *outer) {
    struct parley_bytes out;
    return decode(bytes_of_hex(encoded), outer, &out);
}

static void test_decode(void **state) {
    struct parley_bytes out, expected;
    (void)state;
    const char *outer = NAME("70") GROUPS VERSIONS SCHEMES UNKNOWN;
    assert_int_equal(decode(bytes_of_hex(START "00 0002 1301 01 00 0021" NAME("73") INNER
                                         "fd00 0007 06 000a 000d abcd" VERSIONS "000000"),
                            outer, &out),
                     PARLEY_OK);
    expected = bytes_of_hex("01 00005a" START SESSION_ID "0002 1301 01 00 002b" NAME("73")
                                INNER GROUPS SCHEMES UNKNOWN VERSIONS);
    assert_int_equal(out.len, expected.len);
    assert_memory_equal(out.data, expected.data, out.len);
}

static void test_refused(void **state) {
    (void)state;
    static const struct {
        const char *encoded, *outer;
        enum parley_error error;
    } rows[] = {
        {"00 0002 1301 01 00 0005" INNER "0001", GROUPS, PARLEY_ERR_ech_bad_padding},
        {"01 55 0002 1301 01 00 0005" INNER, GROUPS, PARLEY_ERR_ech_bad_inner},
        {"00 0002 1301 01 00 0007 fd00 0003 02 000a", SCHEMES, PARLEY_ERR_ech_bad_outer_extension},
        {"00 0002 1301 01 00 0009 fd00 0005 04 000d 000a", GROUPS SCHEMES,
         PARLEY_ERR_ech_bad_outer_extension},
        {"00 0002 1301 01 00 0009 fd00 0005 04 000a 000a", GROUPS SCHEMES,
         PARLEY_ERR_ech_bad_outer_extension},
        {"00 0002 1301 01 00 0007 fd00 0003 02 fe0d", INNER, PARLEY_ERR_ech_bad_outer_extension},
        {"00 0002 1301 01 00 000e fd00 0003 02 000a fd00 0003 02 000d", GROUPS SCHEMES,
         PARLEY_ERR_duplicate_hello_extension},
        {"00 0002 1301 01 00 0005 fd00 0001 00", GROUPS, PARLEY_ERR_bad_encoding},
        {"00 0002 1301 01 00 0003 fd00 00", GROUPS, PARLEY_ERR_truncated},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[1024];
        (void)snprintf(text, sizeof(text), "%s%s", START, rows[i].encoded);
        assert_int_equal(decode_hex(text, rows[i].outer), rows[i].error);
    }
}

/* What the client writes, the server reads. */
static void test_round_trip(void **state) {
    (void)state;
    uint8_t ordered[512], compressed[512], encoded[1024];
    struct parley_bytes out, inner = bytes_of_hex(NAME("73") GROUPS INNER SCHEMES VERSIONS PSK);
    const char *text = NAME("73") GROUPS SCHEMES UNKNOWN "002b 0005 04 0304 0303";
    struct parley_bytes outer = bytes_of_hex(text);
    CBB cbb, child;
    assert_true(CBB_init_fixed(&cbb, ordered, sizeof(ordered)));
    assert_true(parley_ech_order_inner(&cbb, inner, outer));
    size_t ordered_len = CBB_len(&cbb);
    assert_int_equal(ordered_len, inner.len);
    assert_true(CBB_init_fixed(&cbb, compressed, sizeof(compressed)));
    assert_true(parley_ech_compress_inner(&cbb, inner, outer));
    size_t compressed_len = CBB_len(&cbb);
    assert_true(compressed_len < ordered_len);
    struct parley_bytes start = bytes_of_hex(START "00 0002 1301 01 00");
    assert_true(CBB_init_fixed(&cbb, encoded, sizeof(encoded)) &&
                CBB_add_bytes(&cbb, start.data, start.len) &&
                CBB_add_u16_length_prefixed(&cbb, &child) &&
                CBB_add_bytes(&child, compressed, compressed_len) && CBB_flush(&cbb));
    struct parley_bytes whole = {encoded, CBB_len(&cbb)};
    assert_int_equal(decode(whole, text, &out), PARLEY_OK);
    assert_memory_equal(out.data + out.len - ordered_len, ordered, ordered_len);
    for (size_t cap = 0; cap < ordered_len; cap++) {
        assert_true(CBB_init_fixed(&cbb, ordered, cap));
        assert_false(parley_ech_order_inner(&cbb, inner, outer));
    }
    for (struct parley_bytes cut = {encoded, 0}; cut.len < whole.len; cut.len++) {
        assert_int_equal(decode(cut, text, &out), PARLEY_ERR_truncated);
    }
    for (size_t i = 0; i < whole.len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            encoded[i] ^= (uint8_t)(1 << bit);
            (void)decode(whole, text, &out);
            encoded[i] ^= (uint8_t)(1 << bit);
        }
    }
}

static void test_config_list(void **state) {
    (void)state;
    struct parley_ech_config m;
    struct parley_bytes rest =
        bytes_of_hex("badd 0001 05 fe0d 0038 2a 0020 0020" R32 "0004 0001 0001 40 03 612e62"
                     "0006 000a 0002 0102");
    struct parley_bytes all = rest;
    assert_true(parley_ech_config_next(&rest, &m));
    assert_int_equal(m.version, 0xbadd);
    assert_int_equal(m.raw.len, 5);
    assert_true(parley_ech_config_next(&rest, &m));
    assert_int_equal(m.version, PARLEY_ECH_VERSION);
    assert_int_equal(m.config_id, 0x2a);
    assert_int_equal(m.kem_id, 0x20);
    assert_int_equal(m.public_key.len, 32);
    assert_int_equal(m.cipher_suites.len, 4);
    assert_int_equal(m.maximum_name_length, 0x40);
    assert_int_equal(m.public_name.len, 3);
    assert_int_equal(m.extensions.len, 6);
    assert_int_equal(rest.len, 0);
    assert_false(parley_ech_config_next(&rest, &m));
    for (size_t len = 5; len < all.len; len++) {
        rest = (struct parley_bytes){all.data, len};
        assert_true(parley_ech_config_next(&rest, &m));
        assert_false(parley_ech_config_next(&rest, &m));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_config_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
