/* Seeds from handshakes in memory: every row of endpoints.def with those of the other role, with
 * each suite and group, and with peers that misbehave in one way each. */
#include "fuzzers/seeds_bends.h"

#include <stdio.h>
#include <string.h>

#include "fuzzers/endpoints.h"
#include "fuzzers/seeds.h"

#define FLOW_MAX 65536

static unsigned recorded, completed;

static void observe(void *arg, const struct parley_event *event) {
    (void)arg;
    if (event->kind == PARLEY_EVENT_RECORD_OUT) {
        seed_bytes("record_header", (struct parley_bytes){event->bytes.data, PARLEY_RECORD_HEADER});
    }
    if (event->kind != PARLEY_EVENT_MESSAGE_OUT || event->message == PARLEY_MESSAGE_UNKNOWN) {
        return;
    }
    struct parley_bytes body = event->bytes;
    if (parley_messages[event->message].content == PARLEY_CONTENT_HANDSHAKE) {
        seed_bytes("reassembly", body);
        body.data += PARLEY_HANDSHAKE_HEADER;
        body.len -= PARLEY_HANDSHAKE_HEADER;
    }
    seed_message(event->message, body);
}

/* One direction. */
struct flow {
    uint8_t bytes[FLOW_MAX];
    size_t len;
    struct parley_engine *to;
};

static void flow_add(void *arg, struct parley_bytes bytes) {
    struct flow *flow = arg;
    if (bytes.len <= sizeof(flow->bytes) - flow->len) {
        memcpy(flow->bytes + flow->len, bytes.data, bytes.len);
        flow->len += bytes.len;
    }
    (void)parley_engine_push(flow->to, bytes.data, bytes.len);
}

static void ticket_seed(const struct parley_session *session) {
    uint8_t bytes[TICKET_SEALED_MAX];
    CBB out;
    if (session != NULL && CBB_init_fixed(&out, bytes, sizeof(bytes)) &&
        tickets_encode(&out, session)) {
        seed_bytes("ticket", (struct parley_bytes){bytes, CBB_len(&out)});
    }
}

/* The two ends of a recording; |mine| gets what is kept. */
struct ends {
    struct parley_config configs[2];
    struct parley_engine *engines[2];
    struct parley_seeded random[2];
    struct endpoint_life lives[2];
    enum parley_role mine, theirs;
};

static void ends_open(struct ends *s, enum endpoint row, enum endpoint other,
                      struct flow flows[2]) {
    for (int role = 0; role < 2; role++) {
        s->engines[role] = parley_engine_new(&s->configs[role], (enum parley_role)role);
        if (s->engines[role] == NULL) {
            seed_impossible("out of memory");
        }
        s->lives[role] = (struct endpoint_life){0};
    }
    for (int role = 0; role < 2; role++) {
        flows[role].len = 0;
        flows[role].to = s->engines[1 - role];
    }
    endpoint_start(other, s->engines[s->theirs], &s->random[s->theirs]);
    endpoint_start(row, s->engines[s->mine], &s->random[s->mine]);
}

/* Connects |row| with |other|, whose config is |their|, bent as |bend| says (NULL: not), and keeps
 * what |row| gets. */
static void record(enum endpoint row, enum endpoint other, const struct parley_config *their,
                   struct bend *bend) {
    static struct flow flows[2];
    static struct ends s;
    s.mine = endpoint_rows[row].role;
    s.theirs = endpoint_rows[other].role;
    s.configs[s.mine] = *endpoint_config(row);
    s.configs[s.theirs] = *their;
    if (bend != NULL) {
        bend_begin(bend, &s.configs[s.theirs]);
    } else {
        s.configs[PARLEY_CLIENT].hooks.observe = s.configs[PARLEY_SERVER].hooks.observe = observe;
    }
    ends_open(&s, row, other, flows);
    for (unsigned turn = 0; turn < 20; turn++) {
        endpoint_drain(s.engines[0], &s.lives[0], flow_add, &flows[0]);
        endpoint_drain(s.engines[1], &s.lives[1], flow_add, &flows[1]);
        if (bend != NULL) {
            bend_turn(bend, s.engines[s.theirs], turn);
        }
        if (turn == 14) {
            parley_engine_close(s.engines[s.theirs]);
        }
    }
    struct parley_bytes got = {flows[s.theirs].bytes, flows[s.theirs].len};
    if (bend == NULL) {
        completed += (parley_engine_status(s.engines[PARLEY_CLIENT]) & PARLEY_DONE) != 0;
        recorded++;
        seed_bytes("dissect", got);
        ticket_seed(parley_engine_session(s.engines[PARLEY_CLIENT]));
    }
    (void)seed("", endpoint_rows[row].name, got);
    parley_engine_free(s.engines[PARLEY_CLIENT]);
    parley_engine_free(s.engines[PARLEY_SERVER]);
}

static void record_suites(enum endpoint row, enum endpoint other) {
    bool client = endpoint_rows[row].role == PARLEY_CLIENT;
    for (size_t i = 0; i < parley_suite_count; i++) {
        const struct parley_suite *suite = &parley_suites[i];
        struct parley_config their = *endpoint_config(other);
        their.suites = &suite->code;
        their.suite_count = 1;
        their.max_version = suite->version;
        if (client && suite->authentication == PARLEY_AUTH_RSA) {
            const struct parley_config *rsa = endpoint_config(ENDPOINT_server_rsa);
            their.credentials = rsa->credentials;
            their.credential_count = rsa->credential_count;
        }
        record(row, other, &their, NULL);
    }
}

static void record_groups(enum endpoint row, enum endpoint other) {
    for (size_t i = 0; i < parley_group_count; i++) {
        struct parley_config their = *endpoint_config(other);
        their.groups = &parley_groups[i].code;
        their.group_count = 1;
        if (parley_groups[i].kind != PARLEY_GROUP_KIND_NONE) {
            record(row, other, &their, NULL);
        }
    }
}

/* Peers that are different, not wrong. */
static void record_variants(enum endpoint row, enum endpoint other) {
    for (unsigned i = 0; i < 10; i++) {
        struct parley_config their = *endpoint_config(other);
        their.hello_retry = i == 0;
        their.tolerant = i == 1;
        their.no_key_shares = i == 2;
        their.no_extended_master_secret = i == 3;
        their.no_encrypt_then_mac = i == 4;
        their.no_tickets = i == 5;
        their.fragment = i == 6 ? 64 : their.fragment;
        their.credential_count = i == 7 ? 0 : their.credential_count;
        their.trust = i == 8 ? NULL : their.trust;
        their.client_auth = i == 9 ? PARLEY_AUTH_NONE : their.client_auth;
        their.ech_keys = i == 9 ? endpoint_other_ech_keys() : their.ech_keys;
        record(row, other, &their, NULL);
    }
}

static void record_bends(enum endpoint row, enum endpoint other) {
    struct bend bend = {.number = 0};
    while (bend_next(&bend)) {
        record(row, other, endpoint_config(other), &bend);
    }
}

static void record_row(enum endpoint row) {
    for (int other = 0; other < ENDPOINT_COUNT; other++) {
        if (endpoint_rows[other].role != endpoint_rows[row].role) {
            record(row, (enum endpoint)other, endpoint_config((enum endpoint)other), NULL);
        }
    }
    enum endpoint other = endpoint_partner(row);
    record_suites(row, other);
    record_groups(row, other);
    record_variants(row, other);
    record_bends(row, other);
    bool client = endpoint_rows[row].role == PARLEY_CLIENT;
    record_bends(row, client ? ENDPOINT_server_tls12 : ENDPOINT_client_tls12);
}

void seeds_handshakes(void) {
    for (int row = 0; row < ENDPOINT_COUNT; row++) {
        record_row((enum endpoint)row);
    }
    (void)printf("%u handshakes, %u of them complete\n", recorded, completed);
}
