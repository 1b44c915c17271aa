/* The dissector: its lines for known bytes, the choice of grammars, reassembly, and what it says of
 * garbage; then random and mutated input, of which it must only survive everything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parley/dissect.h"
#include "tests/support_examples.h"

#define R8 "0001020304050607"
#define R32 R8 R8 R8 R8
#define RETRY "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"

static size_t cases, shorter;

/* A stream under construction. */
static uint8_t stream[65536];
static size_t stream_len;

static struct parley_bytes whole_stream(void) {
    return (struct parley_bytes){stream, stream_len};
}

static void add(const char *hex) {
    stream_len += parley_example_bytes(hex, stream + stream_len, sizeof(stream) - stream_len);
}

/* message adds a handshake message of |type|. */
static void message(unsigned type, const char *hex) {
    size_t len = parley_example_bytes(hex, stream + stream_len + 4, EXAMPLE_MAX);
    stream[stream_len] = (uint8_t)type;
    stream[stream_len + 1] = 0;
    stream[stream_len + 2] = (uint8_t)(len >> 8);
    stream[stream_len + 3] = (uint8_t)len;
    stream_len += 4 + len;
}

/* record puts what stands from |from| on into records of |type| with at most |chunk| bytes. */
static void record(size_t from, unsigned type, size_t chunk) {
    static uint8_t content[sizeof(stream)];
    size_t len = stream_len - from;
    memcpy(content, stream + from, len);
    stream_len = from;
    for (size_t at = 0; at < len; at += chunk) {
        size_t n = len - at < chunk ? len - at : chunk;
        const uint8_t header[] = {(uint8_t)type, 3, 3, (uint8_t)(n >> 8), (uint8_t)n};
        memcpy(stream + stream_len, header, 5);
        memcpy(stream + stream_len + 5, content + at, n);
        stream_len += 5 + n;
    }
}

/* dissect returns the text, which the caller frees. */
static char *dissect(struct parley_bytes in, bool *ok, struct parley_wire_error *error) {
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    *ok = parley_dissect(out, in, PARLEY_DISSECT_AUTO, error);
    assert_int_equal(fclose(out), 0);
    assert_true(*ok == (error->error == PARLEY_OK));
    assert_true(error->offset <= in.len);
    cases++;
    return text;
}

/* says fails unless dissecting the stream goes well (or not, as |well|) and prints |line|. */
static void says(bool well, const char *line) {
    bool ok;
    struct parley_wire_error error;
    char *text = dissect(whole_stream(), &ok, &error);
    if (strstr(text, line) == NULL || ok != well) {
        fail_msg("%s: not there, or %s, in:\n%s", line, parley_error_name(error.error), text);
    }
    free(text);
}

static void a_golden_tree(void **state) {
    (void)state;
    static const char expected[] =
        "0000     84  record handshake, TLS 1.2, 79 bytes\n"
        "0005     79    client_hello (1), 75 bytes\n"
        "0009      2      legacy_version 0x0303 TLS 1.2\n"
        "000b     32      random "
        "0001020304050607000102030405060700010203040506070001020304050607\n"
        "002b      1      legacy_session_id<0>\n"
        "002c      6      cipher_suites<4>\n"
        "002e      2        cipher_suite 0x1301 TLS_AES_128_GCM_SHA256\n"
        "0030      2        cipher_suite 0x0a0a GREASE\n"
        "0032      2      legacy_compression_methods<1>\n"
        "0033      1        compression_method 0\n"
        "0034     32      extensions<30>\n"
        "0036     14        server_name (0x0000), 10 bytes\n"
        "003a     10          server_name_list<8>\n"
        "003c      8            server_name\n"
        "003c      1              name_type 0\n"
        "003d      7              host_name<5> \"a\\\"\\\\b\\x80\"\n"
        "0044      4        GREASE (0x1a1a), 0 bytes\n"
        "0048      5        unknown (0x1234), 1 byte\n"
        "004c      1          extension_data ff\n"
        "004d      7        supported_versions (0x002b), 3 bytes\n"
        "0051      3          versions<2>\n"
        "0052      2            version 0x0304 TLS 1.3\n";
    stream_len = 0;
    message(1, "0303" R32 "00 0004 1301 0a0a 01 00 001e"
               "0000 000a 0008 00 0005 61225c6280 1a1a 0000 1234 0001 ff 002b 0003 02 0304");
    record(0, 22, 16384);
    bool ok;
    struct parley_wire_error error;
    char *text = dissect(whole_stream(), &ok, &error);
    assert_string_equal(text, expected);
    assert_true(ok);
    free(text);
}

/* Each message example as a handshake message: readable without any context. */
static void every_example(void **state) {
    (void)state;
    for (size_t i = 0; i < parley_message_example_count; i++) {
        const struct parley_message_row *row = &parley_messages[parley_message_examples[i].row];
        if (row->content != PARLEY_CONTENT_HANDSHAKE) {
            continue;
        }
        stream_len = 0;
        message(row->type, parley_message_examples[i].hex);
        bool ok;
        struct parley_wire_error error;
        char *text = dissect(whole_stream(), &ok, &error);
        if (!ok) {
            fail_msg("%s: %s:\n%s", row->name, parley_error_name(error.error), text);
        }
        free(text);
    }
}

/* What the server_hello says decides the grammar of what follows. */
static void context(void **state) {
    (void)state;
    static const struct {
        const char *hello;
        unsigned type;
        const char *body;
        const char *line;
    } table[] = {
        {"0303" R32 "00 1301 00 0006 002b 0002 0304", 11, "00 000000", "certificate_tls13 (11)"},
        {"0303" R32 "00 c02f 00", 11, "000000", "certificate_tls12 (11)"},
        {"0303" R32 "00 1301 00 0006 002b 0002 0304", 13, "00 000a 000d 0006 0004 0403 0804",
         "certificate_request_tls13 (13)"},
        {"0303" R32 "00 c02f 00", 16, "04 00020000", "client_key_exchange_ecdhe (16)"},
        {"0303" R32 "00 009c 00", 16, "0004 00020000", "client_key_exchange_rsa (16)"},
        {"0303" R32 "00 009e 00", 16, "0004 00020000", "client_key_exchange_dhe (16)"},
        {"0303" R32 "00 009e 00", 12, "0001 05 0001 02 0001 03 0401 0000",
         "server_key_exchange_dhe (12)"},
        {"0303" R32 "00 008c 00", 16, "0004 00020000", "client_key_exchange_psk (16)"},
        {"0303" R32 "00 008c 00", 12, "0001 05", "server_key_exchange_psk (12)"},
        {"0303" R32 "00 c035 00", 16, "0001 05 01 05", "client_key_exchange_ecdhe_psk (16)"},
        {"0303" R32 "00 c035 00", 12, "0001 05 03 001d 01 05",
         "server_key_exchange_ecdhe_psk (12)"},
        {"0303" R32 "00 c02f 00", 12, "03 001d 01 05 0401 0000", "server_key_exchange_ecdhe (12)"},
        {"0303" R32 "00 c02f 00", 4, "00001c20 0001 00", "new_session_ticket_tls12 (4)"},
        {"0303" RETRY "00 1301 00 0006 0033 0002 0017", 4, "00001c20 00000000 00 0001 00 0000",
         "new_session_ticket_tls13 (4)"},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        stream_len = 0;
        message(2, table[i].hello);
        message(table[i].type, table[i].body);
        says(true, table[i].line);
        record(0, 22, 16384);
        says(true, table[i].line);
    }
}

/* The same messages in records of every size have the same fields. */
static void reassembly(void **state) {
    (void)state;
    for (size_t chunk = 1; chunk < 130; chunk++) {
        stream_len = 0;
        message(2, "0303" R32 "20" R32 "c02f 00 0005 ff01 0001 00");
        message(11, "00000d 000003 300100 000004 30020500");
        message(14, "");
        record(0, 22, chunk);
        says(true, "cipher_suite 0xc02f TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\n");
        says(true, "certificate<4> 30020500\n");
        says(true, "server_hello_done (14), 0 bytes");
    }
    stream_len = 0;
    message(20, R8 "08090a0b");
    record(0, 22, 10);
    says(true, "0005     16    finished (20), 12 bytes, in 2 pieces\n"
               "0009     12      verify_data 000102030405060708090a0b\n");
    /* The second field lies in the second record. */
    stream_len = 0;
    message(15, "0403 0002 abcd");
    record(0, 22, 6);
    says(true, "0010      4      signature<2> abcd\n");
}

static void encryption(void **state) {
    (void)state;
    /* TLS 1.2: behind a change_cipher_spec everything is opaque, but not the other side's ticket.
     */
    stream_len = 0;
    message(2, "0303" R32 "00 c02f 00");
    record(0, 22, 16384);
    add("14 0303 0001 01"
        "16 0303 0004 14000000"
        "15 0303 0003 010203"
        "17 0303 0001 aa");
    says(true, "encrypted 14000000\n");
    says(true, "encrypted 010203\n");
    says(true, "encrypted aa\n");
    size_t from = stream_len;
    message(4, "00001c20 0001 00");
    record(from, 22, 16384);
    says(true, "new_session_ticket_tls12");
    /* TLS 1.3: a change_cipher_spec means nothing. */
    stream_len = 0;
    message(2, "0303" RETRY "00 1301 00 0006 0033 0002 0017");
    record(0, 22, 16384);
    add("14 0303 0001 01");
    from = stream_len;
    message(20, R8);
    record(from, 22, 5);
    says(true, "finished (20), 8 bytes, in 3 pieces");
    add("15 0303 0002 0228");
    says(true, "description 40 handshake_failure\n");
}

/* Garbage: the first error, its offset, and the line that marks it. */
static void garbage(void **state) {
    (void)state;
    static const struct {
        const char *hex;
        enum parley_error error;
        size_t offset;
    } table[] = {
        {"", PARLEY_ERR_truncated, 0},
        {"47455420", PARLEY_ERR_not_tls, 0},
        {"16 03", PARLEY_ERR_truncated, 2},
        {"16 0303 0004 0e0000", PARLEY_ERR_truncated, 8},
        {"16 0303 0004 0e000000 63", PARLEY_ERR_truncated, 10},
        {"16 0303 0004 0e000000 63 0303 0000", PARLEY_ERR_record_type, 9},
        {"16 0303 0004 0e000000 16 0203 0000", PARLEY_ERR_record_version, 10},
        {"17 0303 ffff 00", PARLEY_ERR_record_overflow, 3},
        {"16 0303 0004 63000000", PARLEY_ERR_unknown_message, 5},
        {"16 0303 0002 0e00 15 0303 0002 0100", PARLEY_ERR_interleaved_record, 7},
        {"15 0303 0002 0900", PARLEY_ERR_unknown_alert_level, 5},
        {"14 0303 0001 02", PARLEY_ERR_bad_change_cipher_spec, 5},
        {"18 000001 02", PARLEY_ERR_bad_key_update, 4},
        {"0b 000007 000004 000002 30", PARLEY_ERR_truncated, 10},
        {"0b 000006 000003 000000", PARLEY_ERR_length_out_of_range, 7},
        {"0e 000000 0f 000004 0403", PARLEY_ERR_truncated, 10},
        {"03 03", PARLEY_ERR_truncated, 2},
    };
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        stream_len = 0;
        add(table[i].hex);
        bool ok;
        struct parley_wire_error error;
        char *text = dissect(whole_stream(), &ok, &error);
        if (ok || error.error != table[i].error || error.offset != table[i].offset) {
            fail_msg("%s: %s at %zu\n%s", table[i].hex, parley_error_name(error.error),
                     error.offset, text);
        }
        char mark[64];
        (void)snprintf(mark, sizeof(mark), "%04zx      0  ^ %s: ", error.offset,
                       parley_error_name(error.error));
        assert_non_null(strstr(text, mark));
        free(text);
    }
}

/* ---- Random ---- */

static uint64_t random_state = UINT64_C(0x646973736563);

static uint32_t random_number(void) {
    random_state ^= random_state >> 12;
    random_state ^= random_state << 25;
    random_state ^= random_state >> 27;
    return (uint32_t)((random_state * UINT64_C(0x2545f4914f6cdd1d)) >> 32);
}

static size_t below(size_t limit) {
    return (size_t)(((uint64_t)random_number() * limit) >> 32);
}

/* random_stream makes a few messages in records, some of them of the wrong kind, and then breaks
 * some bytes. */
static void random_stream(void) {
    stream_len = 0;
    size_t records = 1 + below(4);
    for (size_t r = 0; r < records; r++) {
        size_t from = stream_len;
        size_t messages = 1 + below(3);
        for (size_t m = 0; m < messages; m++) {
            size_t i = below(parley_message_example_count);
            message(parley_messages[parley_message_examples[i].row].type,
                    parley_message_examples[i].hex);
        }
        record(from, below(4) == 0 ? (unsigned)(20 + below(5)) : 22, 1 + below(400));
    }
    for (size_t n = below(6); n > 0; n--) {
        stream[below(stream_len)] = (uint8_t)random_number();
    }
}

static void random_input(void **state) {
    (void)state;
    FILE *out = fopen("/dev/null", "w");
    assert_non_null(out);
    const char *quick = getenv("PARLEY_QUICK");
    size_t count = quick != NULL && *quick != '\0' && *quick != '0' ? 5000 : 50000;
    for (size_t i = 0; i < count; i++) {
        struct parley_wire_error error;
        if (i % 3 == 0) {
            stream_len = 1 + below(300);
            for (size_t at = 0; at < stream_len; at++) {
                stream[at] = (uint8_t)random_number();
            }
            stream[0] = (uint8_t)below(26);
        } else {
            random_stream();
        }
        enum parley_dissect_as as = (enum parley_dissect_as)below(4);
        bool ok = parley_dissect(out, whole_stream(), as, &error);
        assert_true(ok == (error.error == PARLEY_OK));
        assert_true(error.offset <= stream_len);
        cases++;
    }
    assert_int_equal(fclose(out), 0);
}

/* body dissects |hex| under |grammar|, which is to go well, then without its last byte, which is
 * not. */
static void body(const char *grammar, const char *hex) {
    uint8_t bytes[EXAMPLE_MAX];
    struct parley_wire_error error;
    char *text = NULL;
    size_t len = 0, size = parley_example_bytes(hex, bytes, sizeof(bytes));
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    assert_true(parley_dissect_knows(grammar));
    assert_true(parley_dissect_body(out, grammar, (struct parley_bytes){bytes, size}, &error));
    assert_int_equal(fflush(out), 0);
    assert_non_null(strstr(text, grammar));
    assert_null(strchr(text, '^'));
    if (size != 0 &&
        !parley_dissect_body(out, grammar, (struct parley_bytes){bytes, size - 1}, &error)) {
        assert_int_not_equal(error.error, PARLEY_OK);
        assert_true(error.offset < size);
        assert_int_equal(fflush(out), 0);
        assert_non_null(strstr(text, "^ "));
        shorter++;
    }
    assert_int_equal(fclose(out), 0);
    free(text);
    cases++;
}

static void bodies(void **state) {
    (void)state;
    char name[128];
    for (size_t i = 0; i < parley_message_example_count; i++) {
        body(parley_messages[parley_message_examples[i].row].name, parley_message_examples[i].hex);
    }
    for (size_t i = 0; i < parley_form_example_count; i++) {
        (void)snprintf(name, sizeof(name), "ext_%s",
                       parley_forms[parley_form_examples[i].row].name);
        body(name, parley_form_examples[i].hex);
    }
    /* Most grammars notice a missing byte; an opaque that is all of it does not. */
    assert_true(shorter > (parley_message_example_count + parley_form_example_count) / 2);
    struct parley_wire_error error;
    assert_false(parley_dissect_knows("hello"));
    assert_false(parley_dissect_knows("ext_"));
    assert_false(parley_dissect_body(stdout, "hello", whole_stream(), &error));
    assert_int_not_equal(error.error, PARLEY_OK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_golden_tree), cmocka_unit_test(every_example), cmocka_unit_test(context),
        cmocka_unit_test(reassembly),    cmocka_unit_test(encryption),    cmocka_unit_test(garbage),
        cmocka_unit_test(bodies),        cmocka_unit_test(random_input),
    };
    int failed = cmocka_run_group_tests_name("dissect", tests, NULL, NULL);
    (void)printf("test_dissect: %zu inputs\n", cases);
    return failed;
}
