/* Every message of each kind of handshake, cut at every byte: with its length put right, it must be
 * refused with decode_error; without, it swallows what follows, and must not complete anything. And
 * lengths that no message has. */
#include <stdio.h>
#include <string.h>

#include "tests/support_kinds.h"

#define MESSAGES_MAX 24

/* ---- Which messages of which kinds ---- */

/* A kind of handshake, and how many messages are cut in it: those that no kind before it has in
 * this form. */
static const struct choice {
    enum kind_name kind;
    unsigned messages;
} choices[] = {
    {KIND_EVERYTHING12, 13}, {KIND_RESUMED12, 4}, {KIND_DHE12, 2},  {KIND_RSA12, 1},
    {KIND_EVERYTHING13, 14}, {KIND_EARLY13, 7},   {KIND_POST13, 6},
};

/* is_cut: whether |message| is cut in this kind. */
static bool is_cut(enum kind_name kind, enum parley_message message, unsigned nth) {
    switch (kind) {
    case KIND_DHE12:
        return message == PARLEY_MSG_server_key_exchange_dhe ||
               message == PARLEY_MSG_client_key_exchange_dhe;
    case KIND_RSA12:
        return message == PARLEY_MSG_client_key_exchange_rsa;
    case KIND_POST13:
        return message == PARLEY_MSG_certificate_request_tls13 ||
               message == PARLEY_MSG_key_update || message == PARLEY_MSG_certificate_verify ||
               nth > 0;
    default:
        return true;
    }
}

/* ---- What there is to cut ---- */

static struct cut {
    enum parley_role sender;
    enum parley_message message;
    unsigned nth;
    size_t len;
} cuts[MESSAGES_MAX];
static size_t cut_count;

static void note(enum parley_role sender, const struct parley_event *event) {
    unsigned nth = 0;
    if (event->kind != PARLEY_EVENT_MESSAGE_OUT ||
        parley_messages[event->message].content != PARLEY_CONTENT_HANDSHAKE) {
        return;
    }
    for (size_t i = 0; i < cut_count; i++) {
        nth += cuts[i].sender == sender && cuts[i].message == event->message;
    }
    assert_true(cut_count < MESSAGES_MAX);
    cuts[cut_count++] = (struct cut){sender, event->message, nth, event->bytes.len};
}

static void note_client(void *arg, const struct parley_event *event) {
    (void)arg;
    note(PARLEY_CLIENT, event);
}

static void note_server(void *arg, const struct parley_event *event) {
    (void)arg;
    note(PARLEY_SERVER, event);
}

/* prepare returns a pair of this kind, its messages in |cuts|. */
static struct duo *prepare(const struct choice *choice) {
    const struct kind *k = &kinds[choice->kind];
    struct duo *d = kind_pair(k);
    cut_count = 0;
    d->config[PARLEY_CLIENT].hooks.observe = note_client;
    d->config[PARLEY_SERVER].hooks.observe = note_server;
    assert_true(kind_run(d, k));
    d->config[PARLEY_CLIENT].hooks.observe = d->config[PARLEY_SERVER].hooks.observe = NULL;
    size_t kept = 0;
    for (size_t i = 0; i < cut_count; i++) {
        if (is_cut(choice->kind, cuts[i].message, cuts[i].nth)) {
            cuts[kept++] = cuts[i];
        }
    }
    cut_count = kept;
    if (kept != choice->messages) {
        fail_msg("%s: %zu messages to cut", k->name, kept);
    }
    return d;
}

/* ---- Cutting ---- */

static size_t refused, legal, stalled, lengths;

static void cut_right(struct duo *d, struct edit *e) {
    edit_cut(e, d->at);
}

static void cut_wrong(struct duo *d, struct edit *e) {
    uint8_t length[3];
    memcpy(length, e->bytes + 1, 3);
    edit_cut(e, d->at);
    memcpy(e->bytes + 1, length, 3);
}

static const char *describe(const struct kind *k, const struct cut *c, size_t len) {
    static char text[200];
    (void)snprintf(text, sizeof(text), "%s: %s's %s (%u) cut to %zu of %zu bytes", k->name,
                   c->sender == PARLEY_CLIENT ? "client" : "server",
                   parley_message_name(c->message), c->nth, len, c->len);
    return text;
}

/* ends_before_extensions: TLS 1.2's hellos may end there (RFC 5246 7.4.1.2), so that cut is no
 * matter of syntax: what is left is another hello, which leads nowhere. */
static bool ends_before_extensions;

static void see_block(struct duo *d, struct edit *e) {
    ends_before_extensions = edit_block(e) == d->at && e->message != PARLEY_MSG_hello_retry_request;
    edit_cut(e, d->at);
}

static void check_right(struct duo *d, const struct kind *k, const struct cut *c, size_t len) {
    enum parley_role receiver = duo_other(c->sender);
    bool hello = c->message == PARLEY_MSG_client_hello || c->message == PARLEY_MSG_server_hello;
    d->at = len;
    ends_before_extensions = false;
    duo_bend(d, c->sender, c->message, c->nth, hello ? see_block : cut_right);
    bool ok = kind_run(d, k);
    const struct parley_outcome *o = &d->outcome[receiver];
    if (ends_before_extensions) {
        if (ok) {
            fail_msg("%s: completes", describe(k, c, len));
        }
        legal++;
        return;
    }
    /* A Finished of another length is a wrong one. */
    unsigned alert =
        c->message == PARLEY_MSG_finished ? PARLEY_ALERT_decrypt_error : PARLEY_ALERT_decode_error;
    if (parley_error_alert(o->error) != alert) {
        fail_msg("%s: %s", describe(k, c, len), duo_explain(d));
    }
    duo_refused(d, receiver, alert, o->error, describe(k, c, len));
    refused++;
}

/* The receiver takes what comes next for the rest of the message. It may find out at once, or with
 * the next record, or never; but it never goes on as if nothing had happened. */
static void check_wrong(struct duo *d, const struct kind *k, const struct cut *c, size_t len) {
    enum parley_role receiver = duo_other(c->sender);
    d->at = len;
    duo_bend(d, c->sender, c->message, c->nth, cut_wrong);
    (void)kind_run(d, k);
    for (int role = 0; role < 2; role++) {
        (void)duo_offer(d, (enum parley_role)role, 4);
    }
    (void)duo_settle(d);
    if (d->outcome[receiver].error == PARLEY_OK) {
        stalled++;
        if (d->outcome[receiver].done) {
            fail_msg("%s: %s", describe(k, c, len), duo_explain(d));
        }
        parley_engine_end_of_input(d->engine[receiver]);
        (void)duo_settle(d);
        assert_int_equal(d->outcome[receiver].error, PARLEY_ERR_closed_early);
    } else {
        enum parley_error error = d->outcome[receiver].error;
        unsigned alert = d->outcome[receiver].alert_sent;
        bool told = alert == PARLEY_ALERT_NONE ? error == PARLEY_ERR_peer_alert
                                               : alert != PARLEY_ALERT_internal_error;
        if (!told) {
            fail_msg("%s: %s", describe(k, c, len), duo_explain(d));
        }
        refused++;
    }
}

/* each_cut returns how many places to cut there are. */
static size_t each_cut(void (*check)(struct duo *d, const struct kind *k, const struct cut *c,
                                     size_t len)) {
    size_t places = 0;
    for (size_t i = 0; i < COUNT_OF(choices); i++) {
        struct duo *d = prepare(&choices[i]);
        for (size_t m = 0; m < cut_count; m++) {
            size_t step = duo_quick() && cuts[m].len > 100 ? 7 : 1;
            for (size_t len = PARLEY_HANDSHAKE_HEADER; len < cuts[m].len; len += step) {
                check(d, &kinds[choices[i].kind], &cuts[m], len);
                places++;
            }
        }
        duo_free(d);
    }
    return places;
}

static void test_length_put_right(void **state) {
    (void)state;
    refused = legal = 0;
    size_t places = each_cut(check_right);
    print_message("%zu messages cut short were refused with decode_error\n", refused);
    assert_int_equal(refused + legal, places);
    if (duo_quick()) {
        return;
    }
    /* Both hellos of the four kinds that cut them, and the retry's second client_hello. */
    assert_int_equal(legal, 4 * 2 + 1);
    assert_true(places > 6000);
}

static void test_length_left(void **state) {
    (void)state;
    refused = stalled = 0;
    size_t places = each_cut(check_wrong);
    print_message("%zu messages cut short without saying so: %zu refused, %zu waited for more\n",
                  places, refused, stalled);
    assert_int_equal(refused + stalled, places);
    assert_true(duo_quick() || places > 6000);
}

/* ---- Lengths ---- */

static void put_length(struct duo *d, struct edit *e) {
    e->bytes[1] = (uint8_t)(d->at >> 16);
    e->bytes[2] = (uint8_t)(d->at >> 8);
    e->bytes[3] = (uint8_t)d->at;
}

/* A length above what the type can have is refused without waiting for its end. */
static void test_lengths_too_long(void **state) {
    (void)state;
    for (size_t i = 0; i < COUNT_OF(choices); i++) {
        struct duo *d = prepare(&choices[i]);
        for (size_t m = 0; m < cut_count; m++) {
            const size_t wrong[] = {0xffffff, 0x800000, 131396 + 1};
            for (size_t w = 0; w < COUNT_OF(wrong); w++) {
                const struct cut *c = &cuts[m];
                d->at = wrong[w];
                duo_bend(d, c->sender, c->message, c->nth, put_length);
                (void)kind_run(d, &kinds[choices[i].kind]);
                duo_refused(d, duo_other(c->sender), PARLEY_ALERT_illegal_parameter,
                            PARLEY_ERR_message_too_long,
                            describe(&kinds[choices[i].kind], c, c->len));
                lengths++;
            }
        }
        duo_free(d);
    }
    print_message("%zu lengths too long were refused\n", lengths);
    assert_int_equal(lengths, 3 * (13 + 4 + 2 + 1 + 14 + 7 + 6));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_length_put_right),
        cmocka_unit_test(test_length_left),
        cmocka_unit_test(test_lengths_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
