/* Messages at the wrong moment: in every state of the four machines, every message of messages.def
 * that is not expected there, and every kind of record. They are put in front of what would come
 * next, under the keys of the moment. */
#include <stdio.h>
#include <string.h>

#include "engine/state.h"
#include "tests/support_examples.h"
#include "tests/support_kinds.h"

#define PLACES_MAX 24

/* ---- What the RFCs expect ---- */

/* Which messages each state takes, written down from RFC 5246 7.3 and 7.4.1.1, RFC 5077 3.1, RFC
 * 6066 8, and RFC 8446 2, 4.1.4, 4.6 and A; guards decide which of them in a given handshake. */
static const struct expectation {
    enum parley_role role;
    uint16_t version;
    const char *state;
    const char *messages; /* in the tables' words, separated by one space */
} expectations[] = {
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_server_hello", "server_hello hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_certificate", "certificate_tls12 hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_certificate_status", "certificate_status hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_server_key_exchange",
     "server_key_exchange_ecdhe server_key_exchange_dhe hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_certificate_request",
     "certificate_request_tls12 hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_server_hello_done", "server_hello_done hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_new_session_ticket",
     "new_session_ticket_tls12 hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_change_cipher_spec", "change_cipher_spec hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "wait_finished", "finished hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS12, "connected", "hello_request"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_server_hello", "hello_retry_request server_hello"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_second_server_hello", "server_hello hello_retry_request"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_encrypted_extensions", "encrypted_extensions"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_certificate_request", "certificate_request_tls13"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_certificate", "certificate_tls13"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_certificate_verify", "certificate_verify"},
    {PARLEY_CLIENT, PARLEY_TLS13, "wait_finished", "finished"},
    {PARLEY_CLIENT, PARLEY_TLS13, "connected",
     "new_session_ticket_tls13 key_update certificate_request_tls13"},
    {PARLEY_SERVER, PARLEY_TLS12, "wait_client_hello", "client_hello"},
    {PARLEY_SERVER, PARLEY_TLS12, "wait_certificate", "certificate_tls12"},
    {PARLEY_SERVER, PARLEY_TLS12, "wait_client_key_exchange",
     "client_key_exchange_rsa client_key_exchange_ecdhe client_key_exchange_dhe"},
    {PARLEY_SERVER, PARLEY_TLS12, "wait_certificate_verify", "certificate_verify"},
    {PARLEY_SERVER, PARLEY_TLS12, "wait_change_cipher_spec", "change_cipher_spec"},
    {PARLEY_SERVER, PARLEY_TLS12, "wait_finished", "finished"},
    {PARLEY_SERVER, PARLEY_TLS12, "connected", "client_hello"}, /* refused with no_renegotiation */
    {PARLEY_SERVER, PARLEY_TLS13, "wait_client_hello", "client_hello"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_second_client_hello", "client_hello"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_end_of_early_data", "end_of_early_data"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_certificate", "certificate_tls13"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_certificate_verify", "certificate_verify"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_finished", "finished"},
    {PARLEY_SERVER, PARLEY_TLS13, "connected", "key_update"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_post_certificate", "key_update certificate_tls13"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_post_certificate_verify", "certificate_verify"},
    {PARLEY_SERVER, PARLEY_TLS13, "wait_post_finished", "finished"},
};

static bool has_word(const char *words, const char *word) {
    size_t len = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += len) {
        if ((at == words || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0')) {
            return true;
        }
    }
    return false;
}

static size_t words_in(const char *words) {
    size_t count = 1;
    for (; *words != '\0'; words++) {
        count += *words == ' ';
    }
    return count;
}

/* The machines have these RECEIVE edges, and no others. */
static void test_edges(void **state) {
    (void)state;
    static const uint16_t versions[] = {PARLEY_TLS12, PARLEY_TLS13};
    size_t expected = 0, found = 0, edges = 0;
    for (size_t i = 0; i < COUNT_OF(expectations); i++) {
        expected += words_in(expectations[i].messages);
    }
    for (size_t m = 0; m < 4; m++) {
        enum parley_role role = (enum parley_role)(m % 2);
        struct parley_edge_view edge;
        /* (state, message) pairs that several edges share count once. */
        const char *pairs[64][2];
        size_t pair_count = 0;
        for (size_t i = 0; parley_edge_at(role, versions[m / 2], i, &edge); i++, edges++) {
            if (edge.kind != PARLEY_EDGE_RECEIVE) {
                continue;
            }
            bool known = false, seen = false;
            for (size_t x = 0; x < COUNT_OF(expectations); x++) {
                const struct expectation *e = &expectations[x];
                known |= e->role == role && e->version == versions[m / 2] &&
                         strcmp(e->state, edge.from) == 0 && has_word(e->messages, edge.message);
            }
            if (!known) {
                fail_msg("%s takes %s", edge.from, edge.message);
            }
            for (size_t p = 0; p < pair_count; p++) {
                seen |=
                    strcmp(pairs[p][0], edge.from) == 0 && strcmp(pairs[p][1], edge.message) == 0;
            }
            if (seen) {
                continue;
            }
            assert_true(pair_count < COUNT_OF(pairs));
            pairs[pair_count][0] = edge.from;
            pairs[pair_count++][1] = edge.message;
            found++;
        }
    }
    print_message("%zu edges; %zu pairs of state and expected message\n", edges, found);
    assert_int_equal(found, expected);
    assert_int_equal(found, 52);
}

/* ---- Which of them a handshake really expects ---- */

/* What a handshake is like, for the guards of the edges. */
struct facts {
    uint64_t sent[2]; /* messages, as bits */
    bool resumed, rsa, offers_post;
};

static bool has_sent(const struct facts *f, enum parley_role role, enum parley_message message) {
    return (f->sent[role] >> message & 1) != 0;
}

static bool holds(const char *guard, const struct facts *f) {
    const struct {
        const char *name;
        bool value;
    } guards[] = {
        {"", true},
        {"is_full", !f->resumed},
        {"is_resumed", f->resumed},
        {"is_rsa_exchange", f->rsa},
        {"is_ephemeral", !f->rsa},
        {"expects_status", has_sent(f, PARLEY_SERVER, PARLEY_MSG_certificate_status)},
        {"expects_ticket", has_sent(f, PARLEY_SERVER, PARLEY_MSG_new_session_ticket_tls12)},
        {"expects_no_ticket", !has_sent(f, PARLEY_SERVER, PARLEY_MSG_new_session_ticket_tls12)},
        {"asked_for_certificate",
         has_sent(f, PARLEY_SERVER, PARLEY_MSG_certificate_request_tls12) ||
             has_sent(f, PARLEY_SERVER, PARLEY_MSG_certificate_request_tls13)},
        {"asked_for_no_certificate",
         !has_sent(f, PARLEY_SERVER, PARLEY_MSG_certificate_request_tls12) &&
             !has_sent(f, PARLEY_SERVER, PARLEY_MSG_certificate_request_tls13)},
        {"peer_has_certificate", has_sent(f, PARLEY_CLIENT, PARLEY_MSG_certificate_verify)},
        {"peer_has_no_certificate", !has_sent(f, PARLEY_CLIENT, PARLEY_MSG_certificate_verify)},
        {"has_early_data", has_sent(f, PARLEY_CLIENT, PARLEY_MSG_end_of_early_data)},
        {"has_no_early_data", !has_sent(f, PARLEY_CLIENT, PARLEY_MSG_end_of_early_data)},
        {"offered_post_handshake_auth", f->offers_post},
    };
    for (size_t i = 0; i < COUNT_OF(guards); i++) {
        if (strcmp(guards[i].name, guard) == 0) {
            return guards[i].value;
        }
    }
    fail_msg("an unknown guard: %s", guard);
    return false;
}

/* same_type: whether a message of the one row is one of the other on the wire. */
static bool same_type(enum parley_message a, enum parley_message b) {
    const struct parley_message_row *x = &parley_messages[a], *y = &parley_messages[b];
    return x->content == y->content && x->type == y->type;
}

/* takes: whether the state takes the wire type of |message|, itself or behind what may be left out.
 */
static bool takes(enum parley_role role, uint16_t version, const char *state,
                  enum parley_message message, const struct facts *f) {
    for (bool moved = true; moved;) {
        struct parley_edge_view edge;
        const char *next = NULL;
        moved = false;
        for (size_t i = 0; parley_edge_at(role, version, i, &edge); i++) {
            if (strcmp(edge.from, state) != 0 || edge.kind == PARLEY_EDGE_SEND) {
                continue;
            }
            if (!holds(edge.condition, f)) {
                continue;
            }
            if (edge.kind != PARLEY_EDGE_RECEIVE) {
                if (next == NULL) {
                    next = edge.to;
                }
            } else if (same_type(parley_message_by_name(edge.message), message)) {
                return true;
            }
        }
        if (next != NULL) {
            state = next;
            moved = true;
        }
    }
    return false;
}

/* ---- Where something can be put ---- */

/* One moment of a handshake: the victim is in |state| when the other end sends its message number
 * |index|; past the last one, when everything is over. */
struct place {
    size_t index;
    const char *state;
    bool sealed; /* the records that come are protected */
};

static struct {
    enum parley_role victim;
    size_t index;  /* of the message that is being sent */
    size_t target; /* where to put something */
    uint8_t type;  /* of the record */
    bool seal;     /* a record that the engine would never protect */
    struct parley_bytes bytes;
    struct facts facts;
    struct place places[PLACES_MAX];
    size_t place_count, received;
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
    now.facts.sent[sender] |= UINT64_C(1) << message;
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

/* The victim's observer notes the state in which each message comes, the first time. */
static void note_state(struct duo *d) {
    const char *state = duo_state(d, now.victim);
    bool sealed = d->engine[now.victim]->read.cipher != PARLEY_CIPHER_NONE;
    for (size_t i = 0; i < now.place_count; i++) {
        if (strcmp(now.places[i].state, state) == 0) {
            return;
        }
    }
    assert_true(now.place_count < PLACES_MAX);
    now.places[now.place_count++] = (struct place){now.received, state, sealed};
}

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

/* prepare returns a pair, its session kept, with all its places noted. */
static struct duo *prepare(const struct kind *k, enum parley_role victim) {
    struct duo *d = kind_pair(k);
    d->config[duo_other(victim)].no_coalescing = true; /* so that records go out in between */
    memset(&now, 0, sizeof(now));
    now.victim = victim;
    d->config[PARLEY_CLIENT].hooks = (struct parley_hooks){.arg = d, .message_out = client_sends};
    d->config[PARLEY_SERVER].hooks = (struct parley_hooks){.arg = d, .message_out = server_sends};
    d->config[victim].hooks.observe = receive_message;
    run(d, k, SIZE_MAX);
    assert_true(d->outcome[0].done && d->outcome[1].done);
    assert_int_equal(now.index, now.received);
    now.facts.resumed = d->outcome[PARLEY_CLIENT].resumed;
    now.facts.rsa =
        parley_suite_find(d->outcome[PARLEY_CLIENT].suite)->key_exchange == PARLEY_KX_RSA;
    now.facts.offers_post = d->config[PARLEY_CLIENT].post_handshake_auth;
    note_state(d); /* the last: when all is over */
    d->config[victim].hooks.observe = NULL;
    return d;
}

/* inject runs the handshake with a record put in at |p|. */
static void inject(struct duo *d, const struct kind *k, const struct place *p, uint8_t type,
                   bool seal, struct parley_bytes bytes) {
    now.type = type;
    now.seal = seal;
    now.bytes = bytes;
    run(d, k, p->index);
    if (now.index <= p->index) { /* nothing more to come: when all is over */
        assert_true(d->outcome[0].done && d->outcome[1].done);
        put(d, duo_other(now.victim));
        (void)duo_settle(d);
    }
}

static const char *describe(const struct kind *k, const struct place *p, const char *what) {
    static char text[300];
    (void)snprintf(text, sizeof(text), "%s: %s to the %s in %s", k->name, what,
                   now.victim == PARLEY_CLIENT ? "client" : "server", p->state);
    return text;
}

/* machine_of returns the version of the machine that the victim runs at |p|. */
static uint16_t machine_of(const struct duo *d, const struct place *p) {
    bool first = p->index == 0;
    if (!first) {
        return d->outcome[PARLEY_CLIENT].version;
    }
    uint16_t most = d->config[now.victim].max_version;
    return most != 0 ? most : PARLEY_TLS13;
}

/* ---- Messages ---- */

static size_t checked, expected_there, ignored;

/* Which machines' states were visited. */
static const struct expectation *visited[COUNT_OF(expectations)];
static size_t visited_count;

static void visit(enum parley_role role, uint16_t version, const char *state) {
    const struct expectation *e = NULL;
    for (size_t i = 0; i < COUNT_OF(expectations); i++) {
        if (expectations[i].role == role && expectations[i].version == version &&
            strcmp(expectations[i].state, state) == 0) {
            e = &expectations[i];
        }
    }
    if (e == NULL) {
        fail_msg("the %s of %s rests in %s", role == PARLEY_CLIENT ? "client" : "server",
                 parley_version_name(version), state);
    }
    for (size_t i = 0; i < visited_count; i++) {
        if (visited[i] == e) {
            return;
        }
    }
    visited[visited_count++] = e;
}

/* message_bytes writes an example of |m| with its header. */
static struct parley_bytes message_bytes(enum parley_message m, uint8_t out[4 + EXAMPLE_MAX]) {
    for (size_t i = 0; i < parley_message_example_count; i++) {
        if (parley_message_examples[i].row != (unsigned)m) {
            continue;
        }
        size_t len = parley_example_bytes(parley_message_examples[i].hex, out + 4, EXAMPLE_MAX);
        out[0] = parley_messages[m].type;
        out[1] = 0;
        out[2] = (uint8_t)(len >> 8);
        out[3] = (uint8_t)len;
        return (struct parley_bytes){out, 4 + len};
    }
    fail_msg("no example of %s", parley_messages[m].name);
    return (struct parley_bytes){NULL, 0};
}

static void check_message(struct duo *d, const struct kind *k, const struct place *p,
                          uint16_t version, enum parley_message m) {
    uint8_t bytes[4 + EXAMPLE_MAX];
    const char *what = describe(k, p, parley_messages[m].name);
    if (takes(now.victim, version, p->state, m, &now.facts)) {
        expected_there++;
        /* Which of these are nothing, is tested here; the others are the handshakes themselves. */
        if (m != PARLEY_MSG_hello_request) {
            return;
        }
        inject(d, k, p, PARLEY_CONTENT_HANDSHAKE, false, message_bytes(m, bytes));
        if (!d->outcome[0].done || !d->outcome[1].done || d->outcome[0].error ||
            d->outcome[1].error) {
            fail_msg("%s: %s", what, duo_explain(d));
        }
        ignored++;
        return;
    }
    inject(d, k, p, PARLEY_CONTENT_HANDSHAKE, false, message_bytes(m, bytes));
    enum parley_error error = d->outcome[now.victim].error;
    if (error != PARLEY_ERR_unknown_message) {
        error = PARLEY_ERR_unexpected_message;
    }
    duo_refused(d, now.victim, PARLEY_ALERT_unexpected_message, error, what);
    assert_string_equal(d->outcome[now.victim].state, p->state);
    checked++;
}

static void each_place(void (*check)(struct duo *d, const struct kind *k, const struct place *p,
                                     uint16_t version)) {
    for (size_t i = 0; i < KINDS; i++) {
        for (int victim = 0; victim < 2; victim++) {
            struct duo *d = prepare(&kinds[i], (enum parley_role)victim);
            struct place places[PLACES_MAX];
            size_t count = now.place_count;
            memcpy(places, now.places, sizeof(places));
            for (size_t p = 0; p < count; p++) {
                uint16_t version = machine_of(d, &places[p]);
                struct facts facts = now.facts;
                check(d, &kinds[i], &places[p], version);
                now.facts = facts;
                run(d, &kinds[i], SIZE_MAX); /* so that the next one knows the version */
            }
            duo_free(d);
        }
    }
}

static void check_messages(struct duo *d, const struct kind *k, const struct place *p,
                           uint16_t version) {
    struct facts facts = now.facts;
    visit(now.victim, version, p->state);
    for (int m = 0; m < PARLEY_MESSAGE_COUNT; m++) {
        now.facts = facts;
        if (parley_messages[m].content == PARLEY_CONTENT_HANDSHAKE) {
            check_message(d, k, p, version, (enum parley_message)m);
        }
    }
}

static void test_messages(void **state) {
    (void)state;
    each_place(check_messages);
    print_message(
        "%zu unexpected messages in %zu states refused; %zu were expected there, of which "
        "%zu were nothing\n",
        checked, visited_count, expected_there, ignored);
    for (size_t i = 0; i < COUNT_OF(expectations); i++) {
        bool seen = false;
        for (size_t v = 0; v < visited_count; v++) {
            seen |= visited[v] == &expectations[i];
        }
        if (!seen) {
            fail_msg("never in %s of the %s of %s", expectations[i].state,
                     expectations[i].role == PARLEY_CLIENT ? "client" : "server",
                     parley_version_name(expectations[i].version));
        }
    }
    assert_int_equal(visited_count, COUNT_OF(expectations));
    assert_int_equal(checked, 3695);
    assert_int_equal(ignored, 52);
}

/* ---- Types that nobody knows ---- */

static size_t unknown_types;

static void check_unknown_types(struct duo *d, const struct kind *k, const struct place *p,
                                uint16_t version) {
    static const uint8_t types[] = {3, 6, 7, 9, 10, 17, 19, 21, 23, 26, 100, 254, 255};
    (void)version;
    for (size_t i = 0; i < COUNT_OF(types) * 2; i++) {
        const uint8_t bytes[] = {types[i / 2], 0, 0, (uint8_t)(i % 2), 0};
        inject(d, k, p, PARLEY_CONTENT_HANDSHAKE, false, (struct parley_bytes){bytes, 4 + i % 2});
        duo_refused(d, now.victim, PARLEY_ALERT_unexpected_message, PARLEY_ERR_unknown_message,
                    describe(k, p, "an unknown type"));
        unknown_types++;
    }
}

static void test_unknown_types(void **state) {
    (void)state;
    each_place(check_unknown_types);
    print_message("%zu messages of unknown types refused\n", unknown_types);
    assert_int_equal(unknown_types, 4524);
}

/* ---- Records ---- */

static size_t records, passed_over;

static void refuse_record(struct duo *d, const struct kind *k, const struct place *p, uint8_t type,
                          bool seal, struct parley_bytes bytes, const char *what) {
    inject(d, k, p, type, seal, bytes);
    const struct parley_outcome *o = &d->outcome[now.victim];
    bool right = o->error == PARLEY_ERR_unexpected_record ||
                 o->error == PARLEY_ERR_bad_change_cipher_spec ||
                 o->error == PARLEY_ERR_record_type || o->error == PARLEY_ERR_unexpected_message;
    if (!right) {
        fail_msg("%s: %s", describe(k, p, what), duo_explain(d));
    }
    duo_refused(d, now.victim, PARLEY_ALERT_unexpected_message, o->error, describe(k, p, what));
    records++;
}

static void pass_over(struct duo *d, const struct kind *k, const struct place *p, uint8_t type,
                      struct parley_bytes bytes, const char *what) {
    inject(d, k, p, type, false, bytes);
    if (!d->outcome[0].done || !d->outcome[1].done || d->outcome[0].error || d->outcome[1].error) {
        fail_msg("%s: %s", describe(k, p, what), duo_explain(d));
    }
    passed_over++;
}

static void check_ccs(struct duo *d, const struct kind *k, const struct place *p,
                      uint16_t version) {
    static const uint8_t one[] = {1}, two[] = {2}, ones[] = {1, 1};
    const uint8_t ccs = PARLEY_CONTENT_CHANGE_CIPHER_SPEC;
    bool over = strcmp(p->state, "connected") == 0 || strncmp(p->state, "wait_post", 9) == 0;
    bool tls13 = version == PARLEY_TLS13;
    /* RFC 8446 5: between the first client_hello and the peer's Finished it is passed over. */
    bool ignores = tls13 && !over && strcmp(p->state, "wait_client_hello") != 0;
    bool wanted = !tls13 && strcmp(p->state, "wait_change_cipher_spec") == 0;
    if (ignores) {
        pass_over(d, k, p, ccs, BYTES_OF(one), "change_cipher_spec");
    } else if (!wanted && (tls13 || !p->sealed)) {
        refuse_record(d, k, p, ccs, false, BYTES_OF(one), "change_cipher_spec");
    }
    /* A protected one is never right (RFC 8446 5; TLS 1.2 knows it only in renegotiation). */
    if (p->sealed) {
        refuse_record(d, k, p, ccs, true, BYTES_OF(one), "protected change_cipher_spec");
    }
    bool seal = p->sealed && !tls13;
    refuse_record(d, k, p, ccs, seal, BYTES_OF(two), "change_cipher_spec(2)");
    refuse_record(d, k, p, ccs, seal, BYTES_OF(ones), "change_cipher_spec of two bytes");
    refuse_record(d, k, p, ccs, seal, (struct parley_bytes){NULL, 0}, "empty change_cipher_spec");
}

static void check_others(struct duo *d, const struct kind *k, const struct place *p,
                         uint16_t version) {
    static const uint8_t data[] = {1, 2, 3};
    bool over = strcmp(p->state, "connected") == 0 || strncmp(p->state, "wait_post", 9) == 0;
    bool early = strcmp(p->state, "wait_end_of_early_data") == 0;
    (void)version;
    if (!over && !early) {
        refuse_record(d, k, p, PARLEY_CONTENT_APPLICATION_DATA, false, BYTES_OF(data), "data");
        refuse_record(d, k, p, PARLEY_CONTENT_APPLICATION_DATA, false,
                      (struct parley_bytes){NULL, 0}, "empty data");
    }
    /* What begins with another type is no TLS at all. */
    if (p->index > 0) {
        refuse_record(d, k, p, PARLEY_CONTENT_HEARTBEAT, false, BYTES_OF(data), "heartbeat");
        refuse_record(d, k, p, 25, false, BYTES_OF(data), "a record of type 25");
        refuse_record(d, k, p, 0, false, BYTES_OF(data), "a record of type 0");
    }
}

static void test_change_cipher_spec(void **state) {
    (void)state;
    records = passed_over = 0;
    each_place(check_ccs);
    print_message("%zu change_cipher_spec records refused, %zu passed over\n", records,
                  passed_over);
    assert_int_equal(records, 691);
    assert_int_equal(passed_over, 55);
}

static void test_other_records(void **state) {
    (void)state;
    records = 0;
    each_place(check_others);
    print_message("%zu other unexpected records refused\n", records);
    assert_int_equal(records, 702);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_edges),         cmocka_unit_test(test_messages),
        cmocka_unit_test(test_unknown_types), cmocka_unit_test(test_change_cipher_spec),
        cmocka_unit_test(test_other_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
