/* The tables of the judge: judgements.def, and breaches.def as far as it judges. */
#include "oracle/judge.h"

#include "parley/wire.h"

#define M(name) (UINT64_C(1) << PARLEY_MSG_##name)
#define ANY UINT64_MAX
#define SIGNED (M(server_key_exchange_ecdhe) | M(server_key_exchange_dhe))
#define KEY_EXCHANGE                                                                               \
    (SIGNED | M(client_key_exchange_rsa) | M(client_key_exchange_ecdhe) |                          \
     M(client_key_exchange_dhe) | M(client_key_exchange_psk) | M(client_key_exchange_ecdhe_psk) |  \
     M(server_key_exchange_ecdhe_psk))
#define PROTECTED13                                                                                \
    (M(encrypted_extensions) | M(certificate_request_tls13) | M(certificate_tls13) |               \
     M(certificate_verify) | M(finished))
/* What is under keys in TLS 1.2. */
#define PROTECTED12 M(finished)
/* What both ends' Finished cover, and without which no handshake is whole. */
#define TRANSCRIPT                                                                                 \
    (PROTECTED13 | KEY_EXCHANGE | M(client_hello) | M(server_hello) | M(certificate_tls12) |       \
     M(certificate_request_tls12) | M(server_hello_done) | M(new_session_ticket_tls12))

struct row {
    enum parley_trace_row operation;
    uint64_t messages;
    unsigned versions, senders;
    judge_when *when;
    enum parley_must must;
    const char *section;
};

enum {
    TLS12 = PARLEY_IN_TLS12,
    TLS13 = PARLEY_IN_TLS13,
    CLIENT = PARLEY_BY_CLIENT,
    SERVER = PARLEY_BY_SERVER,
    UNSPECIFIED = PARLEY_MUST_UNSPECIFIED,
    MUST_ABORT = PARLEY_MUST_ABORT,
    MUST_IGNORE = PARLEY_MUST_IGNORE,
};

static const struct row rows[] = {
#define JUDGEMENT(operation, messages, versions, senders, when, verdict, section)                  \
    {PARLEY_LINE_##operation,     (messages), (versions), (senders), when_##when,                  \
     (enum parley_must)(verdict), (section)},
#include "tables/judgements.def"
#undef JUDGEMENT
};

/* version_of returns what was negotiated, as a set. */
static unsigned version_of(const struct parley_case *c) {
    return c->version == PARLEY_TLS13   ? PARLEY_IN_TLS13
           : c->version == PARLEY_TLS12 ? PARLEY_IN_TLS12
                                        : 0;
}

static bool fits(const struct row *row, const struct parley_case *c,
                 const struct parley_line *line) {
    enum parley_operand_kind first = parley_line_rows[line->row].operands[0];
    bool pointed = first == PARLEY_OPERAND_POINT || first == PARLEY_OPERAND_PLACE;
    unsigned sender = c->trace->role == PARLEY_CLIENT ? PARLEY_BY_SERVER : PARLEY_BY_CLIENT;
    struct parley_point point = parley_point_of(&line->operands[0]);
    bool message =
        row->messages == ANY || (pointed && point.message < PARLEY_MESSAGE_COUNT &&
                                 point.nth == 1 && (row->messages >> point.message & 1) != 0);
    return row->operation == line->row && message && (row->versions & version_of(c)) != 0 &&
           (row->senders & sender) != 0 && row->when(c, line);
}

enum parley_must parley_must_about(const struct parley_case *c, size_t index,
                                   const char **section) {
    const struct parley_line *line = &c->trace->sessions[c->session].operations[index];
    *section = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (fits(&rows[i], c, line)) {
            *section = rows[i].section;
            return rows[i].must;
        }
    }
    return PARLEY_MUST_UNSPECIFIED;
}

/* ---- Breaches ---- */

static const struct {
    unsigned versions;
    judge_when *when;
    bool answered; /* that it went on is known already */
    const char *section, *detail;
} breaches[PARLEY_BREACHES] = {
#define BREACH(name, messages, versions, when, section, about)                                     \
    {(versions), when_##when, (messages) == 0, (section), "it completed over " about},
#include "tables/breaches.def"
#undef BREACH
};

bool judge_breaches(const struct parley_case *c, const struct parley_trial_session *s,
                    struct parley_judgement *out) {
    for (size_t i = 0; i < PARLEY_BREACHES; i++) {
        if ((s->breaches >> i & 1) != 0 && (breaches[i].versions & version_of(c)) != 0 &&
            (breaches[i].answered || s->answer == PARLEY_ANSWER_COMPLETED) &&
            breaches[i].when(c, NULL)) {
            *out = (struct parley_judgement){
                .oracle = "C",
                .detail = breaches[i].detail,
                .section = breaches[i].section,
                .operation = s->breach_operation[i],
                .breach = true,
                .message = s->breach_message[i],
            };
            return true;
        }
    }
    return false;
}
