/* Random traces: each line with operands of its kinds, as the struct holds them. */
#include "tests/support_traces.h"

#include <stdio.h>
#include <string.h>

#include "parley/bend.h"
#include "parley/pki.h"

static struct parley_random source;

static uint32_t below(uint32_t limit) {
    uint32_t number;
    source.fill(source.arg, (uint8_t *)&number, sizeof number);
    return number % limit;
}

static struct parley_bytes random_bytes(uint8_t *room, size_t most) {
    size_t len = below((uint32_t)most + 1);
    source.fill(source.arg, room, len);
    return (struct parley_bytes){room, len};
}

static uint64_t random_point(bool place) {
    struct parley_point point = {
        .message = (uint8_t)below(PARLEY_MESSAGE_COUNT + 1),
        .nth = (uint16_t)below(4),
        .after = place && below(2) == 0,
    };
    if (point.message == PARLEY_MESSAGE_COUNT) {
        point.message = PARLEY_POINT_ANY;
    }
    return parley_point_number(point);
}

static uint64_t random_number(enum parley_operand_kind kind) {
    uint64_t wide = (uint64_t)below(UINT32_MAX) << 32 | below(UINT32_MAX);
    switch (kind) {
    case PARLEY_OPERAND_NUMBER:
        return wide >> below(64);
    case PARLEY_OPERAND_POINT:
    case PARLEY_OPERAND_PLACE:
        return random_point(kind == PARLEY_OPERAND_PLACE);
    case PARLEY_OPERAND_ROLE:
        return below(2);
    case PARLEY_OPERAND_AUTH:
        return below(3);
    case PARLEY_OPERAND_ENTRY:
        return below(PARLEY_PKI_ENTRIES + 1);
    case PARLEY_OPERAND_MESSAGE:
        return below(PARLEY_MESSAGE_COUNT);
    case PARLEY_OPERAND_KEYS:
        return below(PARLEY_KEYS_COUNT);
    case PARLEY_OPERAND_SHARE:
        return below(PARLEY_BAD_SHARES);
    case PARLEY_OPERAND_PREMASTER:
        return below(PARLEY_BAD_PREMASTERS);
    case PARLEY_OPERAND_CBC:
        return below(PARLEY_BAD_CBCS);
    case PARLEY_OPERAND_FLOOD:
        return below(PARLEY_FLOODS);
    case PARLEY_OPERAND_CONTENT:
        return below(256);
    case PARLEY_OPERAND_EXTENSION:
        return below(2) == 0 ? below(64) : below(65536);
    case PARLEY_OPERAND_SIGALG:
        return below(2) == 0 ? parley_sigalgs[below((uint32_t)parley_sigalg_count)].code
                             : below(65536);
    default:
        return 0;
    }
}

/* keep puts a random value of a kind that is bytes into the pool. */
static bool keep(struct parley_trace *trace, enum parley_operand_kind kind,
                 struct parley_operand *out) {
    uint8_t room[200];
    struct parley_bytes bytes = random_bytes(room, 40);
    if (kind >= PARLEY_OPERAND_VERSIONS && kind <= PARLEY_OPERAND_SIGALGS) {
        bytes.len = 2 + (bytes.len & ~(size_t)1);
        source.fill(source.arg, room, bytes.len);
    } else if (kind == PARLEY_OPERAND_PROTOCOLS) {
        size_t first = below(20), second = below(20);
        source.fill(source.arg, room, 2 + first + second);
        room[0] = (uint8_t)first;
        room[1 + first] = (uint8_t)second;
        bytes.len = 2 + first + second;
    }
    return parley_trace_keep(trace, out, bytes);
}

static void random_line(struct parley_trace *trace) {
    struct parley_line line = {
        .row = (uint8_t)(PARLEY_LINE_session + 1 + below(PARLEY_LINES - PARLEY_LINE_session - 1))};
    const struct parley_line_row *row = &parley_line_rows[line.row];
    if (row->kind == PARLEY_LINE_KIND_SETTING) {
        line.whose = (uint8_t)below(3);
    }
    for (size_t i = 0; i < PARLEY_OPERANDS_MAX; i++) {
        enum parley_operand_kind kind = row->operands[i];
        bool pooled = kind == PARLEY_OPERAND_BYTES || kind == PARLEY_OPERAND_TEXT ||
                      kind == PARLEY_OPERAND_FIELD || kind >= PARLEY_OPERAND_VERSIONS;
        line.operands[i].number = random_number(kind);
        if (pooled && !keep(trace, kind, &line.operands[i])) {
            return;
        }
    }
    (void)parley_trace_line_add(trace, &line);
}

void traces_random(struct parley_trace *out, uint64_t seed) {
    struct parley_seeded state;
    parley_seeded_init(&state, seed, 0);
    source = parley_seeded_random(&state);
    parley_trace_init(out);
    if (below(4) != 0) {
        (void)snprintf(out->stack, sizeof out->stack, "%s",
                       below(2) == 0 ? "openssl" : "./a stack@1,%#");
    }
    out->role = (enum parley_role)below(2);
    out->seed = random_number(PARLEY_OPERAND_NUMBER);
    for (uint32_t sessions = 1 + below(PARLEY_TRACE_SESSIONS); sessions > 0; sessions--) {
        (void)parley_trace_session_add(out);
        for (uint32_t lines = below(30); lines > 0; lines--) {
            random_line(out);
        }
    }
}

/* ---- Probable ones ---- */

static const char *const starts[] = {
    "session\nversions 1.3\ndata 9\n",
    "session\nversions 1.2\ndata 9\n",
    "session\nversions 1.3\nclient_auth require\n",
    "session\nversions 1.2\nclient_auth require\nserver_certificate server-rsa\n",
    "session\nversions 1.2\nsuites TLS_RSA_WITH_AES_128_GCM_SHA256\nserver_certificate server-rsa\n",
    "session\nhello_retry\n",
    "session\nversions 1.2\nsuites TLS_RSA_WITH_AES_128_CBC_SHA\nserver_certificate server-rsa\ndata 9\n",
    "session\nversions 1.3\nalpn h2 http/1.1\ngroups secp256r1 x25519\n",
    "session\nversions 1.2\nalpn h2 http/1.1\nno_extended_master_secret\n",
    "session\nversions 1.3\nsession\nversions 1.3\nresume\ndata 9\n",
    "session\nversions 1.2\nsession\nversions 1.2\nresume\ndata 9\n",
    "session\nversions 1.3\nearly_data 0\nsession\nversions 1.3\nresume\nearly_data 9\n",
};

/* Fields that many messages have, and extensions that mean something. */
static const char *const fields[] = {"verify_data",
                                     "signature",
                                     "random",
                                     "cipher_suites",
                                     "key_exchange",
                                     "extensions",
                                     "algorithm",
                                     "0",
                                     "cipher_suite",
                                     "legacy_session_id_echo",
                                     "legacy_compression_method",
                                     "legacy_compression_methods",
                                     "selected_version",
                                     "protocol_name",
                                     "key_share.group",
                                     "renegotiated_connection",
                                     "3",
                                     "7"};
static const uint16_t extensions[] = {0, 10, 13, 16, 41, 43, 44, 45, 51, 0x1234, 0x2a2b};

static enum parley_message sent(enum parley_role role, bool tls13) {
    for (;;) {
        uint32_t message = below(PARLEY_MESSAGE_COUNT);
        const struct parley_message_row *row = &parley_messages[message];
        unsigned by = role == PARLEY_CLIENT ? PARLEY_BY_CLIENT : PARLEY_BY_SERVER;
        if ((row->senders & by) != 0 &&
            (row->versions & (tls13 ? PARLEY_IN_TLS13 : PARLEY_IN_TLS12)) != 0) {
            return (enum parley_message)message;
        }
    }
}

static void probable_operand(struct parley_trace *trace, struct parley_line *line, size_t i,
                             bool tls13) {
    enum parley_operand_kind kind = parley_line_rows[line->row].operands[i];
    struct parley_operand *operand = &line->operands[i];
    enum parley_role role = trace->role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
    const char *field = fields[below(sizeof fields / sizeof *fields)];
    switch (kind) {
    case PARLEY_OPERAND_POINT:
    case PARLEY_OPERAND_PLACE:
        operand->number = parley_point_number((struct parley_point){
            (uint8_t)sent(role, tls13), 1, kind == PARLEY_OPERAND_PLACE && below(2) == 0});
        break;
    case PARLEY_OPERAND_FIELD:
        (void)parley_trace_keep(trace, operand,
                                (struct parley_bytes){(const uint8_t *)field, strlen(field)});
        break;
    case PARLEY_OPERAND_EXTENSION:
        operand->number = extensions[below(sizeof extensions / sizeof *extensions)];
        break;
    case PARLEY_OPERAND_CONTENT:
        operand->number = 20 + below(6);
        break;
    case PARLEY_OPERAND_NUMBER:
        operand->number = below(8);
        break;
    default:
        operand->number = random_number(kind);
        if (kind == PARLEY_OPERAND_BYTES) {
            static const uint8_t some[] = {1, 0, 2, 40};
            (void)parley_trace_keep(trace, operand,
                                    (struct parley_bytes){some, below(sizeof some + 1)});
        }
        break;
    }
}

void traces_probable(struct parley_trace *out, uint64_t seed) {
    struct parley_seeded state;
    struct parley_trace_error error;
    parley_seeded_init(&state, seed, 1);
    source = parley_seeded_random(&state);
    const char *start = starts[below(sizeof starts / sizeof *starts)];
    (void)parley_trace_parse(out, (struct parley_bytes){(const uint8_t *)start, strlen(start)},
                             &error);
    out->role = (enum parley_role)below(2);
    bool tls13 = strstr(start, "versions 1.2") == NULL;
    for (uint32_t lines = 1 + below(2); lines > 0;) {
        struct parley_line line = {.row = (uint8_t)below(PARLEY_LINES)};
        if (parley_line_rows[line.row].kind < PARLEY_LINE_KIND_MESSAGE) {
            continue;
        }
        for (size_t i = 0; i < PARLEY_OPERANDS_MAX; i++) {
            probable_operand(out, &line, i, tls13);
        }
        (void)parley_trace_line_add(out, &line);
        lines--;
    }
}
