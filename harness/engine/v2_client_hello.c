/* The client_hello in the framing of SSL 2.0, with which clients once began that did not know what
 * the server speaks (RFC 5246 E.2). It is read as the client_hello it stands for; only the
 * transcript holds it as it came. */
#include <string.h>

#include "engine/actions.h"

enum {
    V2_LENGTH = 2, /* of the length, whose top bit says that no padding follows */
    V2_FIXED = 9,  /* of the message up to cipher_specs */
    V2_MAX = 4096, /* of the message */
    SUITES_MAX = 2 * ((V2_MAX - V2_FIXED) / 3),
};

bool v2_hello_begins(const struct parley_engine *e) {
    const uint8_t *r = e->record;
    return e->config->v2_client_hello && e->role == PARLEY_SERVER && !e->record_seen &&
           e->in_length >= PARLEY_RECORD_HEADER && r[0] & 0x80 && r[2] == 1 && r[3] == 3;
}

size_t v2_hello_length(const struct parley_engine *e) {
    return V2_LENGTH + ((size_t)(e->record[0] & 0x7f) << 8 | e->record[1]);
}

enum parley_error v2_hello_judge(const struct parley_engine *e) {
    size_t len = v2_hello_length(e) - V2_LENGTH;
    if (len > V2_MAX) {
        return PARLEY_ERR_record_overflow;
    }
    return len < V2_FIXED ? PARLEY_ERR_length_out_of_range : PARLEY_OK;
}

/* suites_of leaves out SSL 2.0's own cipher specs, whose first byte is not zero. */
static struct parley_bytes suites_of(struct parley_bytes specs, uint8_t *out) {
    size_t n = 0;
    for (size_t i = 0; i + 3 <= specs.len; i += 3) {
        if (specs.data[i] == 0) {
            out[n++] = specs.data[i + 1];
            out[n++] = specs.data[i + 2];
        }
    }
    return bytes_of(out, n);
}

/* The challenge is the end of the random, or the random is its start. */
static struct parley_bytes random_of(struct parley_bytes challenge, uint8_t *out) {
    size_t len = challenge.len < PARLEY_RANDOM_LENGTH ? challenge.len : PARLEY_RANDOM_LENGTH;
    memset(out, 0, PARLEY_RANDOM_LENGTH - len);
    memcpy(out + PARLEY_RANDOM_LENGTH - len, challenge.data, len);
    return bytes_of(out, PARLEY_RANDOM_LENGTH);
}

static enum parley_error take(struct parley_engine *e, const struct parley_v2_client_hello *v2) {
    static const uint8_t null_compression[] = {0};
    uint8_t random[PARLEY_RANDOM_LENGTH], suites[SUITES_MAX];
    union parley_message_value m;
    memset(&m.client_hello, 0, sizeof(m.client_hello));
    m.client_hello.legacy_version = v2->version;
    m.client_hello.random = random_of(v2->challenge, random);
    m.client_hello.cipher_suites = suites_of(v2->cipher_specs, suites);
    m.client_hello.legacy_compression_methods = bytes_of(null_compression, 1);
    m.client_hello.extensions.absent = true;
    enum parley_error error = server_pick_version(e, &m.client_hello);
    return error ? error : handshake_event(e, PARLEY_MSG_client_hello, &m);
}

enum parley_error v2_hello_take(struct parley_engine *e) {
    struct parley_bytes in = {e->record + V2_LENGTH, e->in_length - V2_LENGTH};
    union parley_message_value value;
    struct parley_wire_error where;
    e->error_message = PARLEY_MSG_v2_client_hello;
    engine_observe(e, PARLEY_EVENT_MESSAGE_IN, PARLEY_MSG_v2_client_hello, e->read_epoch, in);
    if (!parley_message_parse(PARLEY_MSG_v2_client_hello, in, &value, NULL, &where)) {
        e->error_field = where.field;
        return where.error;
    }
    e->current = in;
    enum parley_error error = take(e, &value.v2_client_hello);
    if (!error) {
        e->error_message = PARLEY_MESSAGE_UNKNOWN;
    }
    return error;
}
