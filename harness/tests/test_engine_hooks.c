/* The hooks and the tolerant mode: every message of every kind of handshake dropped, the observer
 * that sees everything in order, records changed on their way, and what a tolerant end goes on
 * with. */
#include <stdio.h>
#include <string.h>

#include "engine/inside.h"
#include "tests/support_refusal.h"

/* ---- The observer -----------------------------------------------------------------------------
 */

#define EVENTS_MAX 200

/* What one end's observer saw, with a copy of the bytes. */
static struct view {
    size_t count, used;
    struct parley_event events[EVENTS_MAX];
    uint8_t bytes[128 * 1024];
} views[2];

static void view(enum parley_role role, const struct parley_event *event) {
    struct view *v = &views[role];
    assert_true(v->count < EVENTS_MAX && v->used + event->bytes.len <= sizeof(v->bytes));
    struct parley_event *e = &v->events[v->count++];
    *e = *event;
    e->bytes.data = v->bytes + v->used;
    if (event->bytes.len > 0) {
        memcpy(v->bytes + v->used, event->bytes.data, event->bytes.len);
    }
    v->used += event->bytes.len;
}

static void view_client(void *arg, const struct parley_event *event) {
    (void)arg;
    view(PARLEY_CLIENT, event);
}

static void view_server(void *arg, const struct parley_event *event) {
    (void)arg;
    view(PARLEY_SERVER, event);
}

static void watch(struct duo *d) {
    views[0].count = views[1].count = views[0].used = views[1].used = 0;
    d->config[PARLEY_CLIENT].hooks.observe = view_client;
    d->config[PARLEY_SERVER].hooks.observe = view_server;
}

/* next finds the next event of |kind| from |*at| on. */
static const struct parley_event *next(const struct view *v, enum parley_event_kind kind,
                                       size_t *at) {
    while (*at < v->count) {
        const struct parley_event *e = &v->events[(*at)++];
        if (e->kind == kind) {
            return e;
        }
    }
    return NULL;
}

/* compare wants what |from| saw leave to be what the other end saw come, in the same order. */
static size_t compare(enum parley_role from, enum parley_event_kind out,
                      enum parley_event_kind in) {
    const struct view *sender = &views[from], *receiver = &views[duo_other(from)];
    size_t i = 0, j = 0, count = 0;
    for (;; count++) {
        const struct parley_event *a = next(sender, out, &i), *b = next(receiver, in, &j);
        if (a == NULL || b == NULL) {
            assert_ptr_equal(a, b);
            return count;
        }
        assert_int_equal(a->message, b->message);
        assert_int_equal(a->bytes.len, b->bytes.len);
        assert_memory_equal(a->bytes.data, b->bytes.data, a->bytes.len);
        /* TLS 1.3's change_cipher_spec, and its record, have no epoch of their own. */
        bool ccs = a->message == PARLEY_MSG_change_cipher_spec ||
                   (out == PARLEY_EVENT_RECORD_OUT &&
                    a->bytes.data[0] == PARLEY_CONTENT_CHANGE_CIPHER_SPEC);
        if (!ccs) {
            assert_int_equal(a->epoch, b->epoch);
        }
    }
}

static void test_observer(void **state) {
    (void)state;
    size_t messages = 0;
    for (size_t i = 0; i < KINDS * 2; i++) {
        const struct kind *k = &kinds[i / 2];
        struct duo *d = kind_pair(k);
        d->chunk = i % 2;
        watch(d);
        assert_true(kind_run(d, k));
        duo_echo(d, 20000);
        duo_close(d);
        for (int role = 0; role < 2; role++) {
            enum parley_role from = (enum parley_role)role;
            messages += compare(from, PARLEY_EVENT_MESSAGE_OUT, PARLEY_EVENT_MESSAGE_IN);
            assert_true(compare(from, PARLEY_EVENT_RECORD_OUT, PARLEY_EVENT_RECORD_IN) > 0);
            assert_int_equal(compare(from, PARLEY_EVENT_DATA_OUT, PARLEY_EVENT_DATA_IN),
                             2 + (role == PARLEY_CLIENT && k->early_data > 0));
        }
        duo_free(d);
    }
    print_message("%zu messages seen by both ends, in order\n", messages);
    assert_int_equal(messages, 484);
}

/* ---- Dropping each message --------------------------------------------------------------------
 */

static void drop(struct duo *d, struct edit *e) {
    (void)d;
    e->len = 0;
}

/* What comes of a dropped message. */
enum end {
    HARMLESS, /* it may be left out */
    WAITS,    /* nothing comes any more: both wait, until there is data that the receiver refuses */
    RECEIVER, /* the receiver refuses what comes instead */
    SENDER,   /* the sender refuses the answer */
    GARBLED,  /* the receiver takes protected bytes for a message, and refuses that somehow */
};

/* Each message that can be missing, and who finds out with which alert. */
static const struct absence {
    enum parley_role sender;
    enum parley_message message;
    uint16_t version; /* 0: both */
    enum end end;
    unsigned alert; /* for WAITS: the one that answers data */
} absences[] = {
    {C, PARLEY_MSG_client_hello, 0, WAITS, PARLEY_ALERT_unexpected_message},
    {S, PARLEY_MSG_hello_retry_request, 0, WAITS, 0},
    {S, PARLEY_MSG_server_hello, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {S, PARLEY_MSG_encrypted_extensions, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {C, PARLEY_MSG_encrypted_extensions, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {S, PARLEY_MSG_certificate_tls12, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {S, PARLEY_MSG_certificate_tls13, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    /* RFC 6066 8: a server may choose not to send it. */
    {S, PARLEY_MSG_certificate_status, 0, HARMLESS, 0},
    {S, PARLEY_MSG_server_key_exchange_ecdhe, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {S, PARLEY_MSG_server_key_exchange_dhe, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    /* RFC 4279 2: a server without a hint does not send it. */
    {S, PARLEY_MSG_server_key_exchange_psk, 0, HARMLESS, 0},
    {S, PARLEY_MSG_server_key_exchange_ecdhe_psk, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    /* The client then has nothing to answer, and the server misses the answer. */
    {S, PARLEY_MSG_certificate_request_tls12, 0, SENDER, PARLEY_ALERT_unexpected_message},
    {S, PARLEY_MSG_certificate_request_tls13, 0, SENDER, PARLEY_ALERT_unexpected_message},
    {S, PARLEY_MSG_server_hello_done, 0, WAITS, 0},
    {S, PARLEY_MSG_certificate_verify, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {C, PARLEY_MSG_certificate_verify, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {C, PARLEY_MSG_certificate_tls12, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {C, PARLEY_MSG_certificate_tls13, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {C, PARLEY_MSG_client_key_exchange_rsa, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {C, PARLEY_MSG_client_key_exchange_ecdhe, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {C, PARLEY_MSG_client_key_exchange_dhe, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {C, PARLEY_MSG_client_key_exchange_psk, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {C, PARLEY_MSG_client_key_exchange_ecdhe_psk, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {C, PARLEY_MSG_next_protocol, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {S, PARLEY_MSG_new_session_ticket_tls12, 0, RECEIVER, PARLEY_ALERT_unexpected_message},
    {S, PARLEY_MSG_new_session_ticket_tls13, 0, HARMLESS, 0},
    {C, PARLEY_MSG_change_cipher_spec, PARLEY_TLS12, GARBLED, 0},
    {S, PARLEY_MSG_change_cipher_spec, PARLEY_TLS12, GARBLED, 0},
    {C, PARLEY_MSG_change_cipher_spec, PARLEY_TLS13, HARMLESS, 0}, /* RFC 8446 D.4 */
    {S, PARLEY_MSG_change_cipher_spec, PARLEY_TLS13, HARMLESS, 0},
    {C, PARLEY_MSG_end_of_early_data, 0, RECEIVER, PARLEY_ALERT_bad_record_mac},
    {C, PARLEY_MSG_finished, PARLEY_TLS12, WAITS, PARLEY_ALERT_unexpected_message},
    {S, PARLEY_MSG_finished, PARLEY_TLS12, WAITS, PARLEY_ALERT_unexpected_message},
    /* The sender goes on with other keys. */
    {C, PARLEY_MSG_finished, PARLEY_TLS13, WAITS, PARLEY_ALERT_bad_record_mac},
    {S, PARLEY_MSG_finished, PARLEY_TLS13, WAITS, PARLEY_ALERT_bad_record_mac},
    {C, PARLEY_MSG_key_update, 0, RECEIVER, PARLEY_ALERT_bad_record_mac},
    {S, PARLEY_MSG_key_update, 0, RECEIVER, PARLEY_ALERT_bad_record_mac},
};

/* One message of a handshake. */
static struct sending {
    enum parley_role sender;
    enum parley_message message;
    unsigned nth;
} sendings[40];
static size_t sending_count;

static void list_sendings(enum parley_role sender) {
    const struct parley_event *e;
    for (size_t at = 0; (e = next(&views[sender], PARLEY_EVENT_MESSAGE_OUT, &at)) != NULL;) {
        unsigned nth = 0;
        for (size_t i = 0; i < sending_count; i++) {
            nth += sendings[i].sender == sender && sendings[i].message == e->message;
        }
        assert_true(sending_count < COUNT_OF(sendings));
        sendings[sending_count++] = (struct sending){sender, e->message, nth};
    }
}

static struct absence absence_of(const struct sending *m, uint16_t version, const struct kind *k) {
    struct absence found = {.message = PARLEY_MESSAGE_UNKNOWN};
    for (size_t i = 0; i < COUNT_OF(absences); i++) {
        const struct absence *a = &absences[i];
        if (a->sender == m->sender && a->message == m->message &&
            (a->version == 0 || a->version == version)) {
            found = *a;
        }
    }
    assert_int_equal(found.message, m->message);
    if (k == &kinds[KIND_POST13] && m->message == PARLEY_MSG_certificate_request_tls13) {
        found.end = HARMLESS; /* the server waits, and all goes on */
    }
    if (k == &kinds[KIND_POST13] && m->message == PARLEY_MSG_finished && m->nth == 1) {
        found.end = RECEIVER; /* key_update comes instead */
        found.alert = PARLEY_ALERT_unexpected_message;
    }
    if (k == &kinds[KIND_EARLY13] && m->message == PARLEY_MSG_client_hello) {
        found.end = RECEIVER; /* its change_cipher_spec comes instead */
    }
    return found;
}

/* dropped_alone: whether the sender saw just this message dropped, and none like it sent. */
static bool dropped_alone(const struct sending *m) {
    size_t dropped = 0, out = 0, at = 0;
    const struct parley_event *e;
    while ((e = next(&views[m->sender], PARLEY_EVENT_DROPPED, &at)) != NULL) {
        dropped += e->message == m->message ? 1 : 100;
    }
    for (at = 0; (e = next(&views[m->sender], PARLEY_EVENT_MESSAGE_OUT, &at)) != NULL;) {
        out += e->message == m->message;
    }
    return dropped == 1 && out >= m->nth;
}

static void check_absence(struct duo *d, const struct kind *k, const struct sending *m,
                          uint16_t version) {
    struct absence a = absence_of(m, version, k);
    enum parley_role receiver = duo_other(m->sender);
    char what[200];
    (void)snprintf(what, sizeof(what), "%s without the %s's %s", k->name,
                   m->sender == C ? "client" : "server", parley_message_name(m->message));
    duo_bend(d, m->sender, m->message, m->nth, drop);
    watch(d);
    (void)kind_run(d, k);
    size_t written = duo_offer(d, m->sender, 4);
    bool ok = duo_settle(d);
    written += a.end == HARMLESS ? duo_offer(d, receiver, 4) : 0;
    ok = duo_settle(d) && ok;
    assert_true(dropped_alone(m));
    const struct parley_outcome *o = &d->outcome[receiver];
    switch (a.end) {
    case HARMLESS:
        if (!ok || written != 8 || duo_disagreement(d) != NULL) {
            fail_msg("%s: %s", what, duo_explain(d));
        }
        break;
    case WAITS:
        if (written > 0) {
            duo_refused(d, receiver, a.alert, o->error, what);
        } else if (!ok || (d->outcome[0].done && d->outcome[1].done)) {
            fail_msg("%s: %s", what, duo_explain(d));
        }
        break;
    case RECEIVER:
        duo_refused(d, receiver, a.alert, o->error, what);
        break;
    case SENDER:
        duo_refused(d, m->sender, a.alert, d->outcome[m->sender].error, what);
        break;
    case GARBLED:
        assert_int_not_equal(o->alert_sent, PARLEY_ALERT_internal_error);
        duo_refused(d, receiver, o->alert_sent, o->error, what);
        assert_false(o->done);
        break;
    }
}

static void test_drop_each(void **state) {
    (void)state;
    size_t dropped = 0;
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *k = &kinds[i];
        struct duo *d = kind_pair(k);
        watch(d);
        assert_true(kind_run(d, k));
        uint16_t version = d->outcome[PARLEY_CLIENT].version;
        sending_count = 0;
        list_sendings(PARLEY_CLIENT);
        list_sendings(PARLEY_SERVER);
        for (size_t m = 0; m < sending_count; m++, dropped++) {
            check_absence(d, k, &sendings[m], version);
        }
        duo_free(d);
    }
    print_message("%zu messages dropped\n", dropped);
    assert_int_equal(dropped, 204);
}

/* ---- Records ----------------------------------------------------------------------------------
 */

static size_t record_at, record_to_drop;

/* A record that the hook lengthens, shortens or drops. */
static bool change_record(void *arg, enum parley_epoch epoch, uint8_t *bytes, size_t *len,
                          size_t capacity) {
    const struct duo *d = arg;
    (void)epoch;
    assert_true(*len >= PARLEY_RECORD_HEADER && *len <= capacity);
    if (record_at++ != record_to_drop) {
        return true;
    }
    if (d->at == 0) {
        return false;
    }
    /* Twice: a copy behind it. */
    assert_true(2 * *len <= capacity);
    memcpy(bytes + *len, bytes, *len);
    *len *= 2;
    return true;
}

/* Each record of each end dropped, and doubled. */
static void test_record_hook(void **state) {
    (void)state;
    size_t changed = 0, harmless = 0;
    for (size_t i = 0; i < 2 * 2 * 2; i++) {
        enum parley_role who = (enum parley_role)(i & 1);
        struct duo *d = duo_new();
        (i & 2 ? set_tls12_auth : set_tls13_auth)(d);
        d->config[who].hooks = (struct parley_hooks){.arg = d, .record_out = change_record};
        d->config[who].no_coalescing = true;
        d->at = i >> 2;
        for (record_to_drop = 0;; record_to_drop++) {
            record_at = 0;
            bool ok = duo_run(d, false);
            if (record_at <= record_to_drop) {
                assert_true(ok);
                break;
            }
            changed++;
            harmless += ok;
        }
        duo_free(d);
    }
    print_message("%zu records dropped or doubled, %zu without harm\n", changed, harmless);
    assert_int_equal(changed, 54);
    /* TLS 1.3's change_cipher_spec of both ends, dropped and doubled; its ticket, dropped. */
    assert_int_equal(harmless, 2 * 2 + 1);
}

/* ---- Tolerance --------------------------------------------------------------------------------
 */

static void set_named(struct duo *d) {
    set_tls13(d);
    d->config[PARLEY_SERVER].server_name = "somebody.else";
}

static void set_expired(struct duo *d) {
    set_tls13(d);
    duo_certificate(d, PARLEY_SERVER, "server-expired");
}

static void set_unknown_ca(struct duo *d) {
    set_tls12(d);
    d->config[PARLEY_CLIENT].trust = duo_other_trust();
}

static void set_wrong_host(struct duo *d) {
    set_tls13(d);
    d->config[PARLEY_CLIENT].server_name = "nowhere.test";
}

static void set_missing12(struct duo *d) {
    set_tls12(d);
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
}

static void set_missing13(struct duo *d) {
    set_tls13(d);
    d->config[PARLEY_SERVER].client_auth = PARLEY_AUTH_REQUIRE;
}

static void set_bad_client(struct duo *d) {
    set_tls13_auth(d);
    duo_certificate(d, PARLEY_CLIENT, "client-unknown-ca");
}

#define EXT(name) PARLEY_EXT_CODE_##name

/* What a correct peer refuses, and a tolerant one goes on with: handshake and data work. */
static const struct refusal tolerable[] = {
    {"an expired certificate", set_expired, NOTHING,
     REFUSES(C, certificate_expired, certificate_expired)},
    {"an unknown CA", set_unknown_ca, NOTHING, REFUSES(C, unknown_ca, unknown_ca)},
    {"another host", set_wrong_host, NOTHING, REFUSES(C, bad_certificate, wrong_host)},
    {"an unknown name", set_named, NOTHING, REFUSES(S, unrecognized_name, unrecognized_name)},
    {"no client certificate, TLS 1.2", set_missing12, NOTHING,
     REFUSES(S, handshake_failure, no_certificate)},
    {"no client certificate, TLS 1.3", set_missing13, NOTHING,
     REFUSES(S, certificate_required, certificate_required)},
    {"a client of an unknown CA", set_bad_client, NOTHING, REFUSES(S, unknown_ca, unknown_ca)},
    {"a wrong Finished of the client, TLS 1.2", set_tls12, OF(C, finished), FLIP(-1),
     REFUSES(S, decrypt_error, bad_finished)},
    {"a wrong Finished of the server, TLS 1.2", set_tls12, OF(S, finished), FLIP(-1),
     REFUSES(C, decrypt_error, bad_finished)},
    {"a wrong Finished of the client, TLS 1.3", set_tls13, OF(C, finished), FLIP(-1),
     REFUSES(S, decrypt_error, bad_finished)},
    {"a wrong Finished of the server, TLS 1.3", set_tls13, OF(S, finished), FLIP(-1),
     REFUSES(C, decrypt_error, bad_finished)},
    {"a wrong signature of the server, TLS 1.2", set_tls12, OF(S, server_key_exchange_ecdhe),
     FLIP(-1), REFUSES(C, decrypt_error, bad_signature)},
    {"a wrong signature of the server, TLS 1.3", set_tls13, OF(S, certificate_verify), FLIP(-1),
     REFUSES(C, decrypt_error, bad_signature)},
    {"a wrong signature of the client, TLS 1.2", set_tls12_auth, OF(C, certificate_verify),
     FLIP(-1), REFUSES(S, decrypt_error, bad_signature)},
    {"a wrong signature of the client, TLS 1.3", set_tls13_auth, OF(C, certificate_verify),
     FLIP(-1), REFUSES(S, decrypt_error, bad_signature)},
    {"a wrong binder", set_psk, OF(C, client_hello), FLIP(-1),
     REFUSES(S, decrypt_error, bad_binder)},
    {"the downgrade sentinel", set_any, OF(C, client_hello),
     SET(EXT(supported_versions), "02 0303"), REFUSES(C, illegal_parameter, downgrade)},
    {"another echo", set_tls13, OF(S, server_hello), FLIP(40),
     REFUSES(C, illegal_parameter, bad_echo)},
    {"an unknown extension in an answer", set_tls13, OF(S, encrypted_extensions), SET(0xabcd, ""),
     REFUSES(C, unsupported_extension, unsupported_extension)},
    {"an unknown extension of a certificate", set_tls13, OF(S, certificate_tls13), SET(0xabcd, ""),
     REFUSES(C, unsupported_extension, unsupported_extension)},
    {"a changed second hello", set_retry, SECOND(C, client_hello),
     SET(EXT(post_handshake_auth), ""), REFUSES(S, illegal_parameter, changed_client_hello)},
};

static void tolerate(const struct refusal *row) {
    struct duo *d = duo_new();
    duo_hooks(d);
    row->set(d);
    refuse_prepare(d, row);
    d->config[row->who].tolerant = true;
    if (!duo_run(d, false)) {
        fail_msg("%s: %s", row->what, duo_explain(d));
    }
    duo_echo(d, 100);
    duo_close(d);
    duo_free(d);
}

/* Messages that are not expected, and not known, are passed over. */
static size_t tolerate_messages(void) {
    static const uint8_t unexpected[] = {14, 0, 0, 0}, unknown[] = {99, 0, 0, 1, 0};
    size_t count = 0;
    for (int i = 0; i < 8; i++, count++) {
        enum parley_role who = (enum parley_role)(i & 1);
        struct duo *d = connected_pair(i & 2 ? set_tls12 : set_tls13);
        d->config[who].tolerant = true;
        duo_emit(d, duo_other(who), PARLEY_CONTENT_HANDSHAKE,
                 i & 4 ? BYTES_OF(unexpected) : BYTES_OF(unknown));
        assert_true(duo_settle(d));
        duo_echo(d, 100);
        duo_close(d);
        duo_free(d);
    }
    return count;
}

static void test_tolerance(void **state) {
    (void)state;
    size_t refused = refuse_all(tolerable, COUNT_OF(tolerable)), tolerated = 0;
    for (size_t i = 0; i < COUNT_OF(tolerable); i++, tolerated++) {
        tolerate(&tolerable[i]);
    }
    tolerated += tolerate_messages();
    print_message("%zu things tolerated that are refused otherwise\n", tolerated);
    assert_int_equal(tolerated, 21 + 8);
    assert_int_equal(refused, 2 * 21);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_observer),
        cmocka_unit_test(test_drop_each),
        cmocka_unit_test(test_record_hook),
        cmocka_unit_test(test_tolerance),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
