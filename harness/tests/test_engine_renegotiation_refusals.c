/* What must not change in a renegotiation (RFC 5746 3.5, 4.2; RFC 7627 1). */
#include <stdio.h>
#include <string.h>

#include "tests/support_refusal.h"
#include "tests/support_renegotiation.h"

#define INFO PARLEY_EXT_CODE_renegotiation_info

static void drop_info(struct duo *d, struct edit *e) {
    (void)d;
    edit_remove(e, INFO);
}

static void empty_info(struct duo *d, struct edit *e) {
    static const uint8_t empty[] = {0};
    (void)d;
    edit_set(e, INFO, BYTES_OF(empty));
}

static void flip_info(struct duo *d, struct edit *e) {
    uint8_t body[25];
    struct parley_bytes was = edit_get(e, INFO);
    assert_true(was.len <= sizeof(body) && d->at < was.len);
    memcpy(body, was.data, was.len);
    body[d->at] ^= 1;
    edit_set(e, INFO, (struct parley_bytes){body, was.len});
}

static void halve_info(struct duo *d, struct edit *e) {
    uint8_t body[13];
    (void)d;
    memcpy(body, edit_get(e, INFO).data, sizeof(body));
    body[0] = 12;
    edit_set(e, INFO, BYTES_OF(body));
}

static void add_protocol(struct duo *d, struct edit *e) {
    static const uint8_t h2[] = {0, 3, 2, 'h', '2'};
    (void)d;
    edit_add(e, PARLEY_EXT_CODE_application_layer_protocol_negotiation, BYTES_OF(h2));
}

static void lower_version(struct duo *d, struct edit *e) {
    (void)d;
    e->bytes[PARLEY_HANDSHAKE_HEADER + 1] = 2;
}

static const struct {
    const char *what;
    enum parley_role sender;
    duo_rewrite *rewrite;
    size_t at;
    unsigned alert;
    enum parley_error error;
} bends[] = {
#define BENT(what, sender, rewrite, at, alert, error)                                              \
    { (what), (sender), (rewrite), (at), PARLEY_ALERT_##alert, PARLEY_ERR_##error }
    BENT("no answer", S, drop_info, 0, handshake_failure, renegotiation_mismatch),
    BENT("an empty answer", S, empty_info, 0, handshake_failure, renegotiation_mismatch),
    BENT("half an answer", S, halve_info, 0, handshake_failure, renegotiation_mismatch),
    BENT("the client's part", S, flip_info, 1, handshake_failure, renegotiation_mismatch),
    BENT("the client's end", S, flip_info, 12, handshake_failure, renegotiation_mismatch),
    BENT("the server's part", S, flip_info, 13, handshake_failure, renegotiation_mismatch),
    BENT("the server's end", S, flip_info, 24, handshake_failure, renegotiation_mismatch),
    BENT("a protocol", S, add_protocol, 0, unsupported_extension, unsupported_extension),
    BENT("an old version", S, lower_version, 0, protocol_version, renegotiation_version),
    BENT("nothing said", C, drop_info, 0, handshake_failure, renegotiation_mismatch),
    BENT("an empty hello", C, empty_info, 0, handshake_failure, renegotiation_mismatch),
    BENT("a wrong hello", C, flip_info, 12, handshake_failure, renegotiation_mismatch),
};

static void test_bends(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(bends); i++) {
        struct duo *d = renegotiating_pair(set_tls12, PARLEY_RENEGOTIATE_FREELY);
        d->at = bends[i].at;
        duo_bend(d, bends[i].sender,
                 bends[i].sender == S ? PARLEY_MSG_server_hello : PARLEY_MSG_client_hello, 0,
                 bends[i].rewrite);
        (void)renegotiate(d);
        duo_refused(d, duo_other(bends[i].sender), bends[i].alert, bends[i].error, bends[i].what);
        duo_free(d);
    }
}

/* RFC 5746 4.2: a server that does not know of it is borne, as long as it never does. */
static void test_old_server(void **state) {
    (void)state;
    struct duo *d = duo_new();
    duo_hooks(d);
    set_tls12(d);
    d->config[PARLEY_CLIENT].renegotiation = PARLEY_RENEGOTIATE_FREELY;
    duo_bend(d, PARLEY_SERVER, PARLEY_MSG_server_hello, 0, drop_info);
    for (int i = 0; i < 2; i++) {
        duo_complete(d, false);
        assert_false(d->outcome[PARLEY_CLIENT].secure_renegotiation);
        duo_bend(d, PARLEY_SERVER, PARLEY_MSG_server_hello, 0, i == 0 ? drop_info : NULL);
        assert_true(renegotiate(d) == (i == 0));
        duo_bend(d, PARLEY_SERVER, PARLEY_MSG_server_hello, 0, drop_info);
    }
    EXPECT(handshake_failure, renegotiation_mismatch, "secure renegotiation from now on");
    duo_free(d);
}

static void test_extended_master_secret(void **state) {
    (void)state;
    for (int upgrade = 0; upgrade < 2; upgrade++) {
        struct duo *d = renegotiating_pair(set_tls12, PARLEY_RENEGOTIATE_FREELY);
        d->config[PARLEY_SERVER].no_extended_master_secret = upgrade;
        duo_complete(d, false);
        assert_true(renegotiate(d));
        assert_int_equal(d->outcome[PARLEY_CLIENT].extended_master_secret, !upgrade);
        d->config[PARLEY_SERVER].no_extended_master_secret = !upgrade;
        (void)renegotiate(d);
        EXPECT(illegal_parameter, renegotiation_ems_mismatch, upgrade ? "from now on" : "no more");
        duo_free(d);
    }
}

static void test_certificate(void **state) {
    (void)state;
    struct duo *d = renegotiating_pair(set_ecdsa12, PARLEY_RENEGOTIATE_FREELY);
    duo_certificate(d, PARLEY_SERVER, "server-ed25519");
    (void)renegotiate(d);
    EXPECT(illegal_parameter, server_certificate_changed, "another certificate");
    duo_free(d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bends),
        cmocka_unit_test(test_old_server),
        cmocka_unit_test(test_extended_master_secret),
        cmocka_unit_test(test_certificate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
