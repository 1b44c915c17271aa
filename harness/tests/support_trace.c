/* Running a published handshake. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support_examples.h"
#include "tests/support_trace.h"

#define SPANS 256

static const char *const role_names[] = {[PARLEY_CLIENT] = "client", [PARLEY_SERVER] = "server"};

static enum parley_role other(enum parley_role role) {
    return role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
}

/* ---- Values ---- */

struct parley_bytes trace_value(const struct trace *t, const char *name) {
    return parley_vector_get(t->vectors, t->end.section, name);
}

bool trace_has(const struct trace *t, const char *name) {
    return parley_vectors_has(t->vectors, t->end.section, name);
}

static void mark(struct trace *t, const char *name) {
    const char *at;
    for (size_t i = 0; (at = parley_vector_name(t->vectors, t->end.section, i)) != NULL; i++) {
        if (strcmp(at, name) == 0) {
            assert_true(i < TRACE_VALUES);
            t->compared[i] = true;
        }
    }
    t->comparisons++;
}

void trace_expect(struct trace *t, const char *name, struct parley_bytes got) {
    struct parley_bytes expected = trace_value(t, name);
    if (got.len != expected.len) {
        fail_msg("[%s] %s as %s: %zu bytes, not %zu", t->end.section, name, role_names[t->end.role],
                 got.len, expected.len);
    }
    for (size_t i = 0; i < got.len; i++) {
        if (got.data[i] != expected.data[i]) {
            fail_msg("[%s] %s as %s: differs from byte %zu on", t->end.section, name,
                     role_names[t->end.role], i);
        }
    }
    mark(t, name);
}

void trace_check(struct trace *t, const char *name, struct parley_bytes got) {
    if (trace_has(t, name)) {
        trace_expect(t, name, got);
    }
}

void trace_expect_key(struct trace *t, const char *name, const struct hmac_key *got) {
    static const uint8_t probe[] = "probe";
    const struct parley_bytes text = {probe, sizeof(probe)};
    struct hmac_key expected;
    uint8_t a[HASH_MAX], b[HASH_MAX];
    hmac_key_init(&expected, got->hash, trace_value(t, name));
    size_t len = hmac(&expected, &text, 1, a);
    assert_int_equal(hmac(got, &text, 1, b), len);
    if (memcmp(a, b, len) != 0) {
        fail_msg("[%s] %s as %s: another key", t->end.section, name, role_names[t->end.role]);
    }
    mark(t, name);
}

void trace_check_key(struct trace *t, const char *name, const struct hmac_key *got) {
    if (trace_has(t, name)) {
        trace_expect_key(t, name, got);
    }
}

void trace_check_u32(struct trace *t, const char *name, uint32_t got) {
    const uint8_t bytes[] = {(uint8_t)(got >> 24), (uint8_t)(got >> 16), (uint8_t)(got >> 8),
                             (uint8_t)got};
    trace_check(t, name, bytes_of(bytes, sizeof(bytes)));
}

size_t trace_compared(const struct trace *t) {
    size_t n = 0;
    for (size_t i = 0; i < TRACE_VALUES; i++) {
        n += t->compared[i];
    }
    return n;
}

/* ---- Messages ---- */

/* The messages that traces name. */
static const struct {
    const char *name;
    enum parley_message message;
    enum parley_role sender;
    size_t nth;
} names[] = {
    {"client_hello", PARLEY_MSG_client_hello, PARLEY_CLIENT, 0},
    {"client_hello_1", PARLEY_MSG_client_hello, PARLEY_CLIENT, 0},
    {"client_hello_2", PARLEY_MSG_client_hello, PARLEY_CLIENT, 1},
    {"hello_retry_request", PARLEY_MSG_hello_retry_request, PARLEY_SERVER, 0},
    {"server_hello", PARLEY_MSG_server_hello, PARLEY_SERVER, 0},
    {"encrypted_extensions", PARLEY_MSG_encrypted_extensions, PARLEY_SERVER, 0},
    {"certificate_request", PARLEY_MSG_certificate_request_tls13, PARLEY_SERVER, 0},
    {"certificate", PARLEY_MSG_certificate_tls12, PARLEY_SERVER, 0},
    {"certificate", PARLEY_MSG_certificate_tls13, PARLEY_SERVER, 0},
    {"certificate_verify", PARLEY_MSG_certificate_verify, PARLEY_SERVER, 0},
    {"server_key_exchange", PARLEY_MSG_server_key_exchange_ecdhe, PARLEY_SERVER, 0},
    {"server_hello_done", PARLEY_MSG_server_hello_done, PARLEY_SERVER, 0},
    {"client_key_exchange", PARLEY_MSG_client_key_exchange_ecdhe, PARLEY_CLIENT, 0},
    {"server_finished", PARLEY_MSG_finished, PARLEY_SERVER, 0},
    {"end_of_early_data", PARLEY_MSG_end_of_early_data, PARLEY_CLIENT, 0},
    {"client_certificate", PARLEY_MSG_certificate_tls13, PARLEY_CLIENT, 0},
    {"client_certificate_verify", PARLEY_MSG_certificate_verify, PARLEY_CLIENT, 0},
    {"client_finished", PARLEY_MSG_finished, PARLEY_CLIENT, 0},
    {"new_session_ticket", PARLEY_MSG_new_session_ticket_tls13, PARLEY_SERVER, 0},
    {"client_alert", PARLEY_MSG_alert, PARLEY_CLIENT, 0},
    {"server_alert", PARLEY_MSG_alert, PARLEY_SERVER, 0},
};

const struct trace_message *trace_find(const struct trace *t, enum parley_message message,
                                       enum parley_role sender, size_t nth) {
    for (size_t i = 0; i < t->message_count; i++) {
        const struct trace_message *m = &t->messages[i];
        if (m->message == message && m->sender == sender && nth-- == 0) {
            return m;
        }
    }
    return NULL;
}

struct parley_bytes trace_hash_after(const struct trace *t, const struct trace_message *m) {
    static uint8_t now[HASH_MAX];
    assert_non_null(m);
    if (m + 1 < t->messages + t->message_count) {
        return bytes_of(m[1].hash_before, m[1].hash_length);
    }
    return bytes_of(now, transcript_peek(t->engine, now));
}

/* name_of returns the trace's name for the next |message| from |sender|; change_cipher_spec has
 * none (NULL): its record is compared. */
static const char *name_of(const struct trace *t, enum parley_message message,
                           enum parley_role sender) {
    size_t nth = 0;
    while (trace_find(t, message, sender, nth) != NULL) {
        nth++;
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (names[i].message == message && names[i].sender == sender && names[i].nth == nth &&
            trace_has(t, names[i].name)) {
            return names[i].name;
        }
    }
    if (message != PARLEY_MSG_change_cipher_spec) {
        fail_msg("[%s] has no %s from the %s", t->end.section, parley_message_name(message),
                 role_names[sender]);
    }
    return NULL;
}

static struct parley_bytes body_of(const struct trace_message *m) {
    size_t header = parley_messages[m->message].content == PARLEY_CONTENT_HANDSHAKE
                        ? PARLEY_HANDSHAKE_HEADER
                        : 0;
    return bytes_of(m->bytes.data + header, m->bytes.len - header);
}

void trace_parse(const struct trace_message *m, union parley_message_value *out) {
    assert_non_null(m);
    assert_true(parley_message_parse(m->message, body_of(m), out, NULL, NULL));
}

/* check_wire parses and writes a message: the same bytes, and spans that tile them. */
static void check_wire(const struct trace_message *m) {
    static union parley_message_value value;
    struct parley_span items[SPANS];
    struct parley_spans spans = {items, SPANS, 0};
    uint8_t written[1024];
    CBB out;
    assert_true(parley_message_parse(m->message, body_of(m), &value, &spans, NULL));
    const char *wrong = parley_spans_tile(&spans, body_of(m).len);
    if (wrong != NULL) {
        fail_msg("%s: %s", parley_message_name(m->message), wrong);
    }
    assert_true(CBB_init_fixed(&out, written, sizeof(written)));
    assert_true(parley_message_write(&out, m->message, &value) && CBB_flush(&out));
    assert_int_equal(CBB_len(&out), m->bytes.len);
    assert_memory_equal(written, m->bytes.data, m->bytes.len);
}

static void check_record_header(struct parley_bytes record) {
    struct parley_record_header header;
    struct parley_span items[8];
    struct parley_spans spans = {items, 8, 0};
    uint8_t written[PARLEY_RECORD_HEADER];
    CBB out;
    assert_true(
        parley_record_header_parse(bytes_of(record.data, sizeof(written)), &header, &spans, NULL));
    assert_null(parley_spans_tile(&spans, sizeof(written)));
    assert_int_equal(header.length, record.len - sizeof(written));
    assert_true(CBB_init_fixed(&out, written, sizeof(written)));
    assert_true(parley_record_header_write(&out, &header) && CBB_flush(&out));
    assert_memory_equal(written, record.data, sizeof(written));
}

static void record_message(struct trace *t, const struct parley_event *event,
                           enum parley_role sender) {
    const char *name = name_of(t, event->message, sender);
    struct trace_message *m = &t->messages[t->message_count];
    assert_true(t->message_count < TRACE_MESSAGES);
    assert_true(event->bytes.len <= sizeof(t->arena) - t->arena_used);
    memcpy(t->arena + t->arena_used, event->bytes.data, event->bytes.len);
    *m = (struct trace_message){.message = event->message,
                                .sender = sender,
                                .epoch = event->epoch,
                                .bytes = {t->arena + t->arena_used, event->bytes.len}};
    if (t->engine->transcript.hashing) {
        m->hash_length = transcript_peek(t->engine, m->hash_before);
    }
    t->arena_used += event->bytes.len;
    t->message_count++;
    if (sender == t->end.role &&
        (event->message == PARLEY_MSG_client_hello || event->message == PARLEY_MSG_server_hello)) {
        assert_true(t->share_count < sizeof(t->shares) / sizeof(t->shares[0]));
        t->shares[t->share_count++] = t->engine->shares[0];
    }
    if (name != NULL) {
        trace_expect(t, name, m->bytes);
    }
    check_wire(m);
}

/* ---- What the engine calls ---- */

static void draw(void *arg, uint8_t *out, size_t len) {
    struct trace *t = arg;
    const struct parley_bytes *next = &t->end.draws[t->drawn];
    if (next->len != len) {
        fail_msg("[%s] draw %zu as %s is of %zu bytes, not %zu", t->end.section, t->drawn,
                 role_names[t->end.role], len, next->len);
    }
    memcpy(out, next->data, len);
    t->drawn++;
}

static const struct trace_replacement *replacement(const struct trace *t, const char *name) {
    for (const struct trace_replacement *r = t->end.replaced; r->name != NULL; r++) {
        if (strcmp(r->name, name) == 0) {
            return r;
        }
    }
    fail_msg("[%s] %s as %s: ours is different", t->end.section, name, role_names[t->end.role]);
    return NULL;
}

/* bind lets the engine compute the binder of the trace's client_hello, too. */
static void bind_psk(struct trace *t, uint8_t *hello, size_t len) {
    size_t n = trace_value(t, "binder").len;
    memset(hello + len - n, 0, n);
    psk_bind(t->engine, hello, len);
    trace_expect(t, "binder", bytes_of(hello + len - n, n));
}

static bool message_out(void *arg, enum parley_message message, enum parley_epoch epoch,
                        uint8_t *bytes, size_t *len, size_t capacity) {
    struct trace *t = arg;
    const char *name = name_of(t, message, t->end.role);
    (void)epoch;
    if (name == NULL) {
        return true;
    }
    struct parley_bytes published = trace_value(t, name);
    if (bytes_equal(published, bytes_of(bytes, *len))) {
        return true;
    }
    const struct trace_replacement *r = replacement(t, name);
    trace_similar(t, message, bytes_of(bytes, *len), published, r);
    assert_true(published.len <= capacity);
    memcpy(bytes, published.data, published.len);
    *len = published.len;
    if (message == PARLEY_MSG_client_hello && trace_has(t, "binder")) {
        bind_psk(t, bytes, *len);
    }
    t->replaced++;
    return true;
}

/* check_iv compares the static IV of the keys that a record of TLS 1.3 was under. */
static void check_iv(struct trace *t, const struct protect *p, enum parley_role sender,
                     enum parley_epoch epoch) {
    char name[64];
    if (p->cipher == PARLEY_CIPHER_NONE || p->version != PARLEY_TLS13) {
        return;
    }
    snprintf(name, sizeof(name), "%s_%s_iv", role_names[sender], parley_epoch_name(epoch));
    trace_expect(t, name, bytes_of(p->iv, sizeof(p->iv)));
}

static void observe(void *arg, const struct parley_event *event) {
    struct trace *t = arg;
    enum parley_role own = t->end.role;
    switch (event->kind) {
    case PARLEY_EVENT_MESSAGE_OUT:
        record_message(t, event, own);
        break;
    case PARLEY_EVENT_MESSAGE_IN:
        record_message(t, event, other(own));
        break;
    case PARLEY_EVENT_RECORD_OUT:
        check_iv(t, &t->engine->write, own, event->epoch);
        break;
    case PARLEY_EVENT_RECORD_IN:
        check_iv(t, &t->engine->read, other(own), event->epoch);
        break;
    case PARLEY_EVENT_DROPPED:
        fail_msg("[%s] a message was dropped", t->end.section);
        break;
    default:
        break;
    }
}

/* The key log's labels; |stage| is the secret that the schedule stands at. */
static const struct {
    const char *label, *name, *stage;
} logged[] = {
    {"CLIENT_EARLY_TRAFFIC_SECRET", "client_early_traffic_secret", "early_secret"},
    {"CLIENT_HANDSHAKE_TRAFFIC_SECRET", "client_handshake_traffic_secret", "handshake_secret"},
    {"SERVER_HANDSHAKE_TRAFFIC_SECRET", "server_handshake_traffic_secret", "handshake_secret"},
    {"CLIENT_TRAFFIC_SECRET_0", "client_application_traffic_secret", "master_secret"},
    {"SERVER_TRAFFIC_SECRET_0", "server_application_traffic_secret", "master_secret"},
    {"EXPORTER_SECRET", "exporter_master_secret", "master_secret"},
    {"CLIENT_RANDOM", "master_secret", NULL},
};

static void key_log(void *arg, const char *line) {
    struct trace *t = arg;
    uint8_t random[PARLEY_RANDOM_LENGTH], secret[HASH_MAX];
    char client[2 * PARLEY_RANDOM_LENGTH + 1];
    const char *space = strchr(line, ' ');
    assert_non_null(space);
    assert_true(strlen(space + 1) > 2 * PARLEY_RANDOM_LENGTH);
    memcpy(client, space + 1, sizeof(client) - 1);
    client[sizeof(client) - 1] = '\0';
    size_t n = parley_example_bytes(client, random, sizeof(random));
    size_t len = parley_example_bytes(space + sizeof(client), secret, sizeof(secret));
    trace_expect(t, "client_random", bytes_of(random, n));
    for (size_t i = 0; i < sizeof(logged) / sizeof(logged[0]); i++) {
        if (strlen(logged[i].label) == (size_t)(space - line) &&
            strncmp(logged[i].label, line, (size_t)(space - line)) == 0) {
            trace_expect(t, logged[i].name, bytes_of(secret, len));
            if (logged[i].stage != NULL) {
                trace_expect_key(t, logged[i].stage, &t->engine->schedule.current);
            }
            return;
        }
    }
    fail_msg("the key log says %s", line);
}

/* ---- The run ---- */

/* content_of gives what the record called |alias| carries where the application decides on it: the
 * name of its application data, or NULL, with |*closes| set for a close_notify. */
static const char *content_of(const char *alias, bool *closes) {
    static const char *const data[] = {"early_data", "client_application_data",
                                       "server_application_data"};
    *closes = strstr(alias, "_alert_record") != NULL;
    for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++) {
        size_t len = strlen(data[i]);
        if (strncmp(alias, data[i], len) == 0 && strcmp(alias + len, "_record") == 0) {
            return data[i];
        }
    }
    return NULL;
}

/* send lets the engine send the record called |name| and |alias|. */
static void send_record(struct trace *t, const char *name, const char *alias) {
    uint8_t out[1024];
    bool closes;
    const char *data = content_of(alias, &closes);
    size_t len = trace_value(t, name).len;
    if (data != NULL) {
        struct parley_bytes text = trace_value(t, data);
        assert_int_equal(parley_engine_write(t->engine, text.data, text.len), text.len);
    } else if (closes) {
        parley_engine_close(t->engine);
    }
    assert_true(len <= sizeof(out));
    size_t got = parley_engine_pull(t->engine, out, len);
    trace_expect(t, name, bytes_of(out, got));
    trace_expect(t, alias, bytes_of(out, got));
}

static void must_not_fail(const struct trace *t, const char *name) {
    struct parley_outcome outcome;
    if (parley_engine_status(t->engine) & PARLEY_FAILED) {
        parley_engine_outcome(t->engine, &outcome);
        fail_msg("[%s] %s as %s: %s at %s", t->end.section, name, role_names[t->end.role],
                 parley_error_name(outcome.error), parley_message_name(outcome.error_message));
    }
}

/* take_record gives the engine the peer's record and reads what it carries. */
static void take_record(struct trace *t, const char *name, const char *alias, size_t chunk) {
    struct parley_bytes record = trace_value(t, name);
    bool closes;
    const char *data = content_of(alias, &closes);
    t->data_length = 0;
    for (size_t done = 0; done < record.len;) {
        size_t n = record.len - done < chunk ? record.len - done : chunk;
        size_t taken = parley_engine_push(t->engine, record.data + done, n);
        assert_true(taken > 0);
        done += taken;
        t->data_length += parley_engine_read(t->engine, t->data + t->data_length,
                                             sizeof(t->data) - t->data_length);
    }
    must_not_fail(t, name);
    if (data != NULL) {
        trace_expect(t, data, bytes_of(t->data, t->data_length));
    } else {
        assert_int_equal(t->data_length, 0);
    }
    assert_int_equal((parley_engine_status(t->engine) & PARLEY_PEER_CLOSED) != 0, closes);
}

/* drive walks the records of the trace. The name after a record's is its other one. */
static void drive(struct trace *t, size_t chunk) {
    const char *name;
    for (size_t i = 0; (name = parley_vector_name(t->vectors, t->end.section, i)) != NULL; i++) {
        if (strncmp(name, "record_", strlen("record_")) != 0) {
            continue;
        }
        const char *alias = parley_vector_name(t->vectors, t->end.section, i + 1);
        const char *sender = strrchr(name, '_') + 1;
        assert_non_null(alias);
        check_record_header(trace_value(t, name));
        if (strcmp(sender, role_names[t->end.role]) == 0) {
            send_record(t, name, alias);
        } else {
            take_record(t, name, alias, chunk);
        }
        must_not_fail(t, name);
    }
}

void trace_run(struct trace *t, const struct parley_vectors *vectors, const struct trace_end *end,
               size_t chunk) {
    memset(t, 0, sizeof(*t));
    t->vectors = vectors;
    t->end = *end;
    t->end.config.hooks =
        (struct parley_hooks){.arg = t, .message_out = message_out, .observe = observe};
    t->end.config.key_log = key_log;
    t->end.config.key_log_arg = t;
    t->engine = parley_engine_new(&t->end.config, end->role);
    assert_non_null(t->engine);
    parley_engine_start(t->engine, TRACE_NOW_MS, (struct parley_random){draw, t}, end->resume);
    must_not_fail(t, "the start");
    drive(t, chunk);
    assert_true(parley_engine_status(t->engine) & PARLEY_DONE);
    assert_false(parley_engine_status(t->engine) & PARLEY_HAS_OUTPUT);
    assert_int_equal(t->end.draws[t->drawn].len, 0);
    size_t replacements = 0;
    while (end->replaced[replacements].name != NULL) {
        replacements++;
    }
    assert_int_equal(t->replaced, replacements);
}

void trace_close(struct trace *t) {
    parley_engine_free(t->engine);
    t->engine = NULL;
}
