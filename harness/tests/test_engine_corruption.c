/* One bit of what one end sends is flipped, in every byte of every kind of handshake in turn, and
 * in every byte of a record of application data. Nothing ever completes as if it had not been. */
#include <stdio.h>
#include <string.h>

#include "engine/inside.h"
#include "tests/support_kinds.h"

/* ---- In the handshake -------------------------------------------------------------------------
 */

static const enum kind_name corrupted[] = {KIND_EVERYTHING12, KIND_RESUMED12, KIND_RSA12,
                                           KIND_EVERYTHING13, KIND_RESUMED13, KIND_PSK_KE13};

/* Where the flipped bit was. */
enum where { NOWHERE, MINOR_VERSION, HEADER, PLAINTEXT, PROTECTED };

static enum parley_role flipped_by;
static enum where flipped;

/* flip_one flips a bit of byte |d->at| of what |flipped_by| sends, and sees where that is. */
static size_t flip_one(struct duo *d, enum parley_role from, uint8_t *bytes, size_t len,
                       size_t cap) {
    (void)cap;
    size_t before = d->sent[from] - len;
    if (from != flipped_by || d->at < before || d->at >= before + len) {
        return len;
    }
    size_t at = 0;
    for (;;) {
        size_t record = PARLEY_RECORD_HEADER + (size_t)(bytes[at + 3] << 8 | bytes[at + 4]);
        if (before + at + record > d->at) {
            break;
        }
        at += record;
    }
    size_t within = d->at - before - at;
    bool sealed = d->engine[duo_other(from)]->read.cipher != PARLEY_CIPHER_NONE ||
                  bytes[at] == PARLEY_CONTENT_APPLICATION_DATA;
    flipped = within == 2                                                ? MINOR_VERSION
              : within < PARLEY_RECORD_HEADER                            ? HEADER
              : sealed && bytes[at] != PARLEY_CONTENT_CHANGE_CIPHER_SPEC ? PROTECTED
                                                                         : PLAINTEXT;
    bytes[at + within] ^= 1;
    return len;
}

static size_t counts[PROTECTED + 1], stalled;

static void check_flip(struct duo *d, const struct kind *k) {
    enum parley_role to = duo_other(flipped_by);
    flipped = NOWHERE;
    bool ok = duo_run(d, k->resume);
    if (ok) { /* some only turn up with the first data */
        (void)duo_offer(d, PARLEY_CLIENT, 10);
        (void)duo_offer(d, PARLEY_SERVER, 10);
        ok = duo_settle(d) && d->received[to] == d->written[flipped_by];
    }
    const struct parley_outcome *o = &d->outcome[to];
    counts[flipped]++;
    /* A plaintext record's minor version is nobody's business (RFC 5246 E.1, RFC 8446 5.1). */
    if (flipped == MINOR_VERSION) {
        return;
    }
    bool both = d->outcome[0].done && d->outcome[1].done;
    if (flipped == NOWHERE || (ok && both)) {
        fail_msg("%s: byte %zu of the %s: %s", k->name, d->at,
                 flipped_by == PARLEY_CLIENT ? "client" : "server", duo_explain(d));
    }
    if (flipped == PROTECTED &&
        (o->error != PARLEY_ERR_record_decrypt || o->alert_sent != PARLEY_ALERT_bad_record_mac)) {
        fail_msg("%s: protected byte %zu of the %s: %s", k->name, d->at,
                 flipped_by == PARLEY_CLIENT ? "client" : "server", duo_explain(d));
    }
    stalled += d->outcome[0].error == PARLEY_OK && d->outcome[1].error == PARLEY_OK;
}

static void test_handshakes(void **state) {
    (void)state;
    size_t flips = 0, expected = 0;
    for (size_t i = 0; i < COUNT_OF(corrupted); i++) {
        const struct kind *k = &kinds[corrupted[i]];
        struct duo *d = kind_pair(k);
        duo_complete(d, k->resume);
        const size_t sent[2] = {d->sent[0], d->sent[1]};
        size_t step = duo_quick() ? 7 : 1;
        expected += (sent[0] + step - 1) / step + (sent[1] + step - 1) / step;
        d->tap = flip_one;
        for (int role = 0; role < 2; role++) {
            flipped_by = (enum parley_role)role;
            for (d->at = 0; d->at < sent[role]; d->at += step) {
                check_flip(d, k);
                flips++;
            }
        }
        duo_free(d);
    }
    print_message(
        "%zu flipped bits: %zu in headers, %zu in plaintext, %zu in protected bytes, %zu in "
        "minor versions; %zu times both waited for more\n",
        flips, counts[HEADER], counts[PLAINTEXT], counts[PROTECTED], counts[MINOR_VERSION],
        stalled);
    assert_int_equal(flips, expected);
    assert_int_equal(counts[NOWHERE], 0);
    assert_true(duo_quick() || flips > 7500);
}

/* ---- In application data ----------------------------------------------------------------------
 */

static void test_application_data(void **state) {
    (void)state;
    size_t refused = 0;
    static const uint8_t data[] = "some data";
    for (size_t i = 0; i < PROTECTIONS; i++) {
        struct duo *d = connected_pair(set_protection[i]);
        uint8_t wire[200];
        size_t len = 1;
        for (size_t bit = 0; bit < 8 * len; bit++) {
            enum parley_role from = (enum parley_role)(bit & 1), to = duo_other(from);
            duo_complete(d, false);
            (void)parley_engine_write(d->engine[from], data, sizeof(data));
            len = parley_engine_pull(d->engine[from], wire, sizeof(wire));
            wire[bit / 8] ^= (uint8_t)(1 << bit % 8);
            (void)parley_engine_push(d->engine[to], wire, len);
            assert_int_equal(parley_engine_status(d->engine[to]) & PARLEY_HAS_DATA, 0);
            /* With a shorter or longer length the rest is to come, or is another record. */
            parley_engine_end_of_input(d->engine[to]);
            (void)duo_settle(d);
            const struct parley_outcome *o = &d->outcome[to];
            assert_int_not_equal(o->error, PARLEY_OK);
            if (bit / 8 >= PARLEY_RECORD_HEADER) {
                assert_int_equal(o->error, PARLEY_ERR_record_decrypt);
                assert_int_equal(o->alert_sent, PARLEY_ALERT_bad_record_mac);
            }
            refused++;
        }
        duo_free(d);
    }
    print_message("%zu changed records of application data refused\n", refused);
    assert_int_equal(refused, 1920);
}

/* ---- Cut off ----------------------------------------------------------------------------------
 */

/* The transport ends after each byte of a handshake. */
static void test_cut_off(void **state) {
    (void)state;
    size_t cut = 0;
    for (size_t i = 0; i < 2; i++) {
        struct duo *d = connected_pair(i == 0 ? set_tls12 : set_tls13);
        uint8_t wire[4000];
        for (int role = 0; role < 2; role++) {
            struct parley_engine *from = d->engine[role], *to = d->engine[1 - role];
            size_t len = 1;
            for (size_t bytes = 0; bytes < len; bytes++) {
                duo_start(d, false);
                if (role == PARLEY_SERVER) {
                    len = parley_engine_pull(to, wire, sizeof(wire));
                    (void)parley_engine_push(from, wire, len);
                }
                len = parley_engine_pull(from, wire, sizeof(wire));
                (void)parley_engine_push(to, wire, bytes);
                parley_engine_end_of_input(to);
                struct parley_outcome o;
                parley_engine_outcome(to, &o);
                assert_int_equal(o.error, PARLEY_ERR_closed_early);
                assert_int_equal(o.alert_sent, PARLEY_ALERT_NONE);
                assert_false(o.done);
                cut++;
            }
        }
        duo_free(d);
    }
    print_message("%zu times cut off in the first flights\n", cut);
    assert_true(cut > 1500);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_handshakes),
        cmocka_unit_test(test_application_data),
        cmocka_unit_test(test_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
