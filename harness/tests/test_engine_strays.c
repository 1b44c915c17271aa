/* Strays in every state of the four machines: messages of types that nobody knows, records of every
 * kind where there should be none, change_cipher_spec in all its forms. */
#include <stdio.h>
#include <string.h>

#include "tests/support_places.h"

/* ---- Types that nobody knows ---- */

static void check_unknown_types(struct duo *d, const struct place *p) {
    static const uint8_t types[] = {3, 6, 7, 9, 10, 17, 19, 21, 23, 26, 100, 254, 255};
    for (size_t i = 0; i < COUNT_OF(types) * 2; i++) {
        const uint8_t bytes[] = {types[i / 2], 0, 0, (uint8_t)(i % 2), 0};
        place_refuses(d, p, PARLEY_CONTENT_HANDSHAKE, false,
                      (struct parley_bytes){bytes, 4 + i % 2}, "an unknown type");
        assert_int_equal(d->outcome[p->victim].error, PARLEY_ERR_unknown_message);
    }
}

static void test_unknown_types(void **state) {
    (void)state;
    size_t refused = 26 * each_place(check_unknown_types);
    print_message("%zu messages of unknown types refused\n", refused);
    assert_int_equal(refused, 5538);
}

/* ---- Records ---- */

static size_t records, passed_over;

static void refuse(struct duo *d, const struct place *p, uint8_t type, bool seal,
                   struct parley_bytes bytes, const char *what) {
    place_refuses(d, p, type, seal, bytes, what);
    records++;
}

static bool is_over(const struct place *p) {
    return strcmp(p->state, "connected") == 0 || strncmp(p->state, "wait_post", 9) == 0;
}

static void check_ccs(struct duo *d, const struct place *p) {
    static const uint8_t one[] = {1}, two[] = {2}, ones[] = {1, 1};
    const uint8_t ccs = PARLEY_CONTENT_CHANGE_CIPHER_SPEC;
    bool tls13 = p->version == PARLEY_TLS13;
    /* RFC 8446 5: between the first client_hello and the peer's Finished it is passed over. */
    bool ignores = tls13 && !is_over(p) && strcmp(p->state, "wait_client_hello") != 0;
    bool wanted = !tls13 && strcmp(p->state, "wait_change_cipher_spec") == 0;
    if (ignores) {
        place_passes(d, p, ccs, BYTES_OF(one), "change_cipher_spec");
        passed_over++;
    } else if (!wanted && (tls13 || !p->sealed)) {
        refuse(d, p, ccs, false, BYTES_OF(one), "change_cipher_spec");
    }
    /* A protected one is never right (RFC 8446 5; TLS 1.2 knows it only in renegotiation). */
    if (p->sealed) {
        refuse(d, p, ccs, true, BYTES_OF(one), "protected change_cipher_spec");
    }
    bool seal = p->sealed && !tls13;
    refuse(d, p, ccs, seal, BYTES_OF(two), "change_cipher_spec(2)");
    refuse(d, p, ccs, seal, BYTES_OF(ones), "change_cipher_spec of two bytes");
    refuse(d, p, ccs, seal, (struct parley_bytes){NULL, 0}, "empty change_cipher_spec");
}

static void test_change_cipher_spec(void **state) {
    (void)state;
    records = 0;
    (void)each_place(check_ccs);
    print_message("%zu change_cipher_spec records refused, %zu passed over\n", records,
                  passed_over);
    assert_int_equal(records, 841);
    assert_int_equal(passed_over, 56);
}

static void check_others(struct duo *d, const struct place *p) {
    static const uint8_t data[] = {1, 2, 3};
    const uint8_t application_data = PARLEY_CONTENT_APPLICATION_DATA;
    if (!is_over(p) && strcmp(p->state, "wait_end_of_early_data") != 0) {
        refuse(d, p, application_data, false, BYTES_OF(data), "data");
        refuse(d, p, application_data, false, (struct parley_bytes){NULL, 0}, "empty data");
    }
    /* What begins with another type is no TLS at all. */
    if (p->index > 0) {
        refuse(d, p, PARLEY_CONTENT_HEARTBEAT, false, BYTES_OF(data), "heartbeat");
        refuse(d, p, 25, false, BYTES_OF(data), "a record of type 25");
        refuse(d, p, 0, false, BYTES_OF(data), "a record of type 0");
    }
}

static void test_other_records(void **state) {
    (void)state;
    records = 0;
    (void)each_place(check_others);
    print_message("%zu other unexpected records refused\n", records);
    assert_int_equal(records, 867);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unknown_types),
        cmocka_unit_test(test_change_cipher_spec),
        cmocka_unit_test(test_other_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
