#include "fuzzers/seeds_bends.h"

#include <string.h>

#include "engine/actions.h"
#include "parley/mutate.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Messages and records that are put where they do not belong. */
static const struct stray {
    uint8_t type, len, bytes[12];
} strays[] = {
    {PARLEY_CONTENT_HANDSHAKE, 4, {0, 0, 0, 0}},                          /* hello_request */
    {PARLEY_CONTENT_HANDSHAKE, 4, {5, 0, 0, 0}},                          /* end_of_early_data */
    {PARLEY_CONTENT_HANDSHAKE, 5, {24, 0, 0, 1, 0}},                      /* key_update */
    {PARLEY_CONTENT_HANDSHAKE, 5, {24, 0, 0, 1, 1}},                      /* that wants another */
    {PARLEY_CONTENT_HANDSHAKE, 4, {14, 0, 0, 0}},                         /* server_hello_done */
    {PARLEY_CONTENT_HANDSHAKE, 6, {8, 0, 0, 2, 0, 0}},                    /* encrypted_extensions */
    {PARLEY_CONTENT_HANDSHAKE, 8, {13, 0, 0, 4, 0, 0, 0, 0}},             /* certificate_request */
    {PARLEY_CONTENT_HANDSHAKE, 7, {11, 0, 0, 3, 0, 0, 0}},                /* certificate */
    {PARLEY_CONTENT_HANDSHAKE, 12, {4, 0, 0, 8, 0, 0, 0, 9, 0, 2, 1, 1}}, /* new_session_ticket */
    {PARLEY_CONTENT_HANDSHAKE, 4, {4, 255, 255, 255}},                    /* too long */
    {PARLEY_CONTENT_HANDSHAKE, 2, {20, 0}},                               /* begun */
    {PARLEY_CONTENT_HANDSHAKE, 4, {99, 0, 0, 0}},                         /* nobody knows */
    {PARLEY_CONTENT_HANDSHAKE, 0, {0}},
    {PARLEY_CONTENT_ALERT, 2, {1, 0}},   /* close_notify */
    {PARLEY_CONTENT_ALERT, 2, {1, 90}},  /* user_canceled */
    {PARLEY_CONTENT_ALERT, 2, {1, 100}}, /* no_renegotiation */
    {PARLEY_CONTENT_ALERT, 2, {2, 40}},  /* handshake_failure */
    {PARLEY_CONTENT_ALERT, 2, {3, 40}},
    {PARLEY_CONTENT_ALERT, 1, {1}},
    {PARLEY_CONTENT_ALERT, 4, {1, 0, 1, 0}},
    {PARLEY_CONTENT_CHANGE_CIPHER_SPEC, 1, {1}},
    {PARLEY_CONTENT_CHANGE_CIPHER_SPEC, 1, {2}},
    {PARLEY_CONTENT_CHANGE_CIPHER_SPEC, 2, {1, 1}},
    {PARLEY_CONTENT_APPLICATION_DATA, 0, {0}},
    {PARLEY_CONTENT_APPLICATION_DATA, 4, {1, 2, 3, 4}},
    {PARLEY_CONTENT_HEARTBEAT, 3, {1, 0, 0}},
    {99, 1, {0}},
};

enum record_change {
    FLIP_LAST,
    FLIP_FIRST,
    OTHER_TYPE,
    OTHER_VERSION,
    TOO_LONG,
    TOO_SHORT,
    EMPTY,
    TWICE,
    DROP_RECORD,
    RECORD_CHANGES
};

/* A kind of thing: in how many variants, at how many places. */
enum kind {
    MUTATE,
    DROP,
    DOUBLE,
    RETYPE,
    BEFORE,
    CHANGE_RECORD,
    PLAIN_RECORD,
    SEALED_RECORD,
    RENEGOTIATE,
    KINDS
};

static const struct {
    unsigned places, variants;
} kinds[KINDS] = {
    [MUTATE] = {12, 24},
    [DROP] = {12, 1},
    [DOUBLE] = {12, 1},
    [RETYPE] = {12, 2},
    [BEFORE] = {12, 9},
    [CHANGE_RECORD] = {14, RECORD_CHANGES},
    [PLAIN_RECORD] = {10, COUNT_OF(strays)},
    [SEALED_RECORD] = {8, COUNT_OF(strays)},
    [RENEGOTIATE] = {4, 1},
};

bool bend_next(struct bend *bend) {
    if (bend->number++ == 0) {
        return true;
    }
    if (++bend->variant == kinds[bend->kind].variants) {
        bend->variant = 0;
        if (++bend->at == kinds[bend->kind].places) {
            bend->at = 0;
            bend->kind++;
        }
    }
    return bend->kind < KINDS;
}

/* The body changes as its grammar has it, and the header says how long it then is. */
static size_t mutate(const struct bend *b, enum parley_message message, uint8_t *bytes, size_t len,
                     size_t capacity) {
    size_t header =
        parley_messages[message].content == PARLEY_CONTENT_HANDSHAKE ? PARLEY_HANDSHAKE_HEADER : 0;
    size_t body = parley_mutate(parley_message_syntax(message), bytes + header, len - header,
                                capacity - header, b->at * 100 + b->variant, NULL);
    if (header != 0) {
        bytes[1] = (uint8_t)(body >> 16);
        bytes[2] = (uint8_t)(body >> 8);
        bytes[3] = (uint8_t)body;
    }
    return header + body;
}

static bool bend_message(void *arg, enum parley_message message, enum parley_epoch epoch,
                         uint8_t *bytes, size_t *len, size_t capacity) {
    struct bend *b = arg;
    (void)epoch;
    if (b->messages++ != b->at || message == PARLEY_MESSAGE_UNKNOWN) {
        return true;
    }
    bool handshake = parley_messages[message].content == PARLEY_CONTENT_HANDSHAKE;
    if (b->kind == MUTATE) {
        *len = mutate(b, message, bytes, *len, capacity);
    } else if (b->kind == DOUBLE && *len <= capacity / 2) {
        memcpy(bytes + *len, bytes, *len);
        *len *= 2;
    } else if (b->kind == RETYPE && handshake) {
        bytes[0] = b->variant == 0 ? 99 : (uint8_t)(bytes[0] + 1);
    } else if (b->kind == BEFORE && handshake && *len + strays[b->variant].len <= capacity) {
        const struct stray *stray = &strays[b->variant];
        memmove(bytes + stray->len, bytes, *len);
        memcpy(bytes, stray->bytes, stray->len);
        *len += stray->len;
    }
    return b->kind != DROP;
}

static bool change_record(enum record_change how, uint8_t *bytes, size_t *len, size_t capacity) {
    switch (how) {
    case FLIP_LAST:
        bytes[*len - 1] ^= 1;
        break;
    case FLIP_FIRST:
        bytes[PARLEY_RECORD_HEADER < *len ? PARLEY_RECORD_HEADER : 0] ^= 1;
        break;
    case OTHER_TYPE:
        bytes[0] = bytes[0] == PARLEY_CONTENT_HANDSHAKE ? PARLEY_CONTENT_APPLICATION_DATA
                                                        : PARLEY_CONTENT_HANDSHAKE;
        break;
    case OTHER_VERSION:
        bytes[1] = 2;
        break;
    case TOO_LONG:
        bytes[3] = 0x7f;
        break;
    case TOO_SHORT:
        bytes[3] = 0;
        bytes[4] = 3;
        break;
    case EMPTY:
        bytes[3] = bytes[4] = 0;
        *len = PARLEY_RECORD_HEADER;
        break;
    case TWICE:
        if (*len <= capacity / 2) {
            memcpy(bytes + *len, bytes, *len);
            *len *= 2;
        }
        break;
    default:
        return false;
    }
    return true;
}

static bool bend_record(void *arg, enum parley_epoch epoch, uint8_t *bytes, size_t *len,
                        size_t capacity) {
    struct bend *b = arg;
    (void)epoch;
    if (b->records++ != b->at) {
        return true;
    }
    if (b->kind == CHANGE_RECORD) {
        return change_record((enum record_change)b->variant, bytes, len, capacity);
    }
    if (b->kind == PLAIN_RECORD) {
        const struct stray *stray = &strays[b->variant];
        size_t more = (size_t)PARLEY_RECORD_HEADER + stray->len;
        if (*len + more <= capacity) {
            const uint8_t header[PARLEY_RECORD_HEADER] = {stray->type, 3, 3, 0, stray->len};
            memmove(bytes + more, bytes, *len);
            memcpy(bytes, header, sizeof(header));
            memcpy(bytes + sizeof(header), stray->bytes, stray->len);
            *len += more;
        }
    }
    return true;
}

void bend_begin(struct bend *b, struct parley_config *config) {
    b->messages = b->records = 0;
    config->tolerant = true;
    config->hooks.arg = b;
    config->hooks.message_out = b->kind <= BEFORE ? bend_message : NULL;
    config->hooks.record_out = b->kind > BEFORE ? bend_record : NULL;
}

/* Our server never renegotiates; made to, it asks for it, and takes the client_hello that comes. */
static void renegotiate(struct parley_engine *server) {
    static const uint8_t hello_request[] = {0, 0, 0, 0};
    (void)records_emit(server, PARLEY_CONTENT_HANDSHAKE,
                       (struct parley_bytes){hello_request, sizeof(hello_request)});
    server->renegotiation_granted = true;
    if (begin_renegotiation(server, NULL) == PARLEY_OK) {
        server->state = STATE_wait_client_hello;
        server->alpn_length = 0;
    }
}

void bend_turn(struct bend *b, struct parley_engine *engine, unsigned turn) {
    unsigned status = parley_engine_status(engine);
    if (b->kind == RENEGOTIATE && turn == 4 + 2 * b->at && (status & PARLEY_DONE) != 0 &&
        (status & PARLEY_FAILED) == 0 && engine->role == PARLEY_SERVER &&
        engine->version == PARLEY_TLS12) {
        renegotiate(engine);
    }
    const struct stray *stray = &strays[b->variant];
    if (b->kind == SEALED_RECORD && turn == 2 * b->at && (status & PARLEY_FAILED) == 0) {
        (void)records_emit(engine, stray->type, (struct parley_bytes){stray->bytes, stray->len});
    }
}
