#include "tests/support_places.h"

#include <stdio.h>
#include <string.h>

#include "engine/inside.h"

#define PLACES_MAX 24

/* What the hooks work with. */
static struct {
    enum parley_role victim;
    size_t index;  /* of the message that is being sent */
    size_t target; /* where to put something */
    uint8_t type;
    bool seal;
    struct parley_bytes bytes;
    uint64_t sent[2];
    size_t received;
    struct place places[PLACES_MAX];
    size_t count;
} now;

static void put(struct duo *d, enum parley_role from) {
    if (now.seal) {
        duo_seal(d, from, now.type, now.bytes, 0);
    } else {
        duo_emit(d, from, now.type, now.bytes);
    }
}

static bool send_message(struct duo *d, enum parley_role sender, enum parley_message message) {
    if (parley_messages[message].content == PARLEY_CONTENT_ALERT) {
        return true;
    }
    now.sent[sender] |= UINT64_C(1) << message;
    if (sender != now.victim && now.index++ == now.target) {
        put(d, sender);
    }
    return true;
}

static bool client_sends(void *arg, enum parley_message message, enum parley_epoch epoch,
                         uint8_t *bytes, size_t *len, size_t capacity) {
    (void)epoch, (void)bytes, (void)len, (void)capacity;
    return send_message(arg, PARLEY_CLIENT, message);
}

static bool server_sends(void *arg, enum parley_message message, enum parley_epoch epoch,
                         uint8_t *bytes, size_t *len, size_t capacity) {
    (void)epoch, (void)bytes, (void)len, (void)capacity;
    return send_message(arg, PARLEY_SERVER, message);
}

static void note_state(struct duo *d) {
    const char *state = duo_state(d, now.victim);
    for (size_t i = 0; i < now.count; i++) {
        if (strcmp(now.places[i].state, state) == 0) {
            return;
        }
    }
    assert_true(now.count < PLACES_MAX);
    now.places[now.count++] = (struct place){
        .index = now.received,
        .state = state,
        .sealed = d->engine[now.victim]->read.cipher != PARLEY_CIPHER_NONE,
    };
}

/* The victim's observer notes the state in which each message comes. */
static void receive_message(void *arg, const struct parley_event *event) {
    struct duo *d = arg;
    if (event->kind != PARLEY_EVENT_MESSAGE_IN || event->message == PARLEY_MSG_alert) {
        return;
    }
    /* Before TLS 1.3's change_cipher_spec the sender's keys may not be those that are read with. */
    bool ccs = event->message == PARLEY_MSG_change_cipher_spec;
    if (!ccs || strcmp(duo_state(d, now.victim), "wait_change_cipher_spec") == 0) {
        note_state(d);
    }
    now.received++;
}

static void run(struct duo *d, const struct kind *k, size_t target) {
    now.index = 0;
    now.target = target;
    (void)kind_run(d, k);
}

/* machine_of returns the version of the machine that the victim runs at |p|. */
static uint16_t machine_of(const struct duo *d, const struct place *p) {
    uint16_t most = d->config[now.victim].max_version;
    if (p->index > 0) {
        return d->outcome[PARLEY_CLIENT].version;
    }
    return most != 0 ? most : PARLEY_TLS13;
}

/* prepare returns a pair, with all its places noted. */
static struct duo *prepare(const struct kind *k, enum parley_role victim) {
    struct duo *d = kind_pair(k);
    d->config[duo_other(victim)].no_coalescing = true; /* so that records go out in between */
    memset(&now, 0, sizeof(now));
    now.victim = victim;
    d->config[PARLEY_CLIENT].hooks = (struct parley_hooks){.arg = d, .message_out = client_sends};
    d->config[PARLEY_SERVER].hooks = (struct parley_hooks){.arg = d, .message_out = server_sends};
    d->config[victim].hooks.observe = receive_message;
    run(d, k, SIZE_MAX);
    d->config[victim].hooks.observe = NULL;
    assert_true(d->outcome[0].done && d->outcome[1].done);
    assert_int_equal(now.index, now.received);
    note_state(d); /* the last: when all is over */
    const struct parley_suite *suite = parley_suite_find(d->outcome[PARLEY_CLIENT].suite);
    for (size_t i = 0; i < now.count; i++) {
        struct place *p = &now.places[i];
        p->kind = k;
        p->victim = victim;
        p->version = machine_of(d, p);
        memcpy(p->sent, now.sent, sizeof(p->sent));
        p->resumed = d->outcome[PARLEY_CLIENT].resumed;
        p->exchange = suite->key_exchange;
    }
    return d;
}

size_t each_place(void (*check)(struct duo *d, const struct place *p)) {
    size_t count = 0;
    for (size_t i = 0; i < KINDS; i++) {
        for (int victim = 0; victim < 2; victim++) {
            struct duo *d = prepare(&kinds[i], (enum parley_role)victim);
            for (size_t p = 0; p < now.count; p++, count++) {
                check(d, &now.places[p]);
            }
            duo_free(d);
        }
    }
    return count;
}

void place_put(struct duo *d, const struct place *p, uint8_t type, bool seal,
               struct parley_bytes bytes) {
    now.type = type;
    now.seal = seal;
    now.bytes = bytes;
    run(d, p->kind, p->index);
    if (now.index <= p->index) { /* nothing more to come: when all is over */
        assert_true(d->outcome[0].done && d->outcome[1].done);
        put(d, duo_other(p->victim));
        (void)duo_settle(d);
    }
}

const char *place_describe(const struct place *p, const char *what) {
    static char text[300];
    (void)snprintf(text, sizeof(text), "%s: %s to the %s in %s", p->kind->name, what,
                   p->victim == PARLEY_CLIENT ? "client" : "server", p->state);
    return text;
}

void place_refuses(struct duo *d, const struct place *p, uint8_t type, bool seal,
                   struct parley_bytes bytes, const char *what) {
    place_put(d, p, type, seal, bytes);
    enum parley_error error = d->outcome[p->victim].error;
    bool right = error == PARLEY_ERR_unexpected_message || error == PARLEY_ERR_unknown_message ||
                 error == PARLEY_ERR_not_hello_request || error == PARLEY_ERR_unexpected_record ||
                 error == PARLEY_ERR_record_type || error == PARLEY_ERR_data_before_handshake ||
                 error == PARLEY_ERR_bad_change_cipher_spec;
    duo_refused(d, p->victim, PARLEY_ALERT_unexpected_message,
                right ? error : PARLEY_ERR_unexpected_message, place_describe(p, what));
    assert_string_equal(d->outcome[p->victim].state, p->state);
}

void place_passes(struct duo *d, const struct place *p, uint8_t type, struct parley_bytes bytes,
                  const char *what) {
    place_put(d, p, type, false, bytes);
    if (!d->outcome[0].done || !d->outcome[1].done || d->outcome[0].error != PARLEY_OK ||
        d->outcome[1].error != PARLEY_OK) {
        fail_msg("%s: %s", place_describe(p, what), duo_explain(d));
    }
}
