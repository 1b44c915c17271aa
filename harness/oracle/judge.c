/* The judge: judgements.def, and what follows from a session alone. */
#include "oracle/judge.h"

#include <string.h>

#include "parley/wire.h"

/* ---- The table ---- */

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

/* breach_of returns the first breach that was let pass, or PARLEY_BREACHES. */
static size_t breach_of(const struct parley_case *c, const struct parley_trial_session *s) {
    for (size_t i = 0; i < PARLEY_BREACHES; i++) {
        if ((s->breaches >> i & 1) != 0 && (breaches[i].versions & version_of(c)) != 0 &&
            (breaches[i].answered || s->answer == PARLEY_ANSWER_COMPLETED) &&
            breaches[i].when(c, NULL)) {
            return i;
        }
    }
    return PARLEY_BREACHES;
}

/* ---- The session ---- */

struct verdicts {
    struct parley_judgement *out;
    size_t count;
};

static void say(struct verdicts *v, const char *oracle, const char *detail, const char *section,
                size_t operation) {
    if (v->count < PARLEY_JUDGEMENTS_MAX) {
        v->out[v->count++] = (struct parley_judgement){oracle, detail, section, operation, false};
    }
}

/* all_ignored returns whether every operation that had an effect must be ignored; none: yes. */
static bool all_ignored(const struct parley_case *c, uint64_t applied, size_t *last) {
    *last = PARLEY_TRACE_OPERATIONS;
    for (size_t i = 0; i < c->trace->sessions[c->session].operation_count; i++) {
        const char *section;
        if ((applied >> i & 1) != 0) {
            *last = i;
            if (parley_must_about(c, i, &section) != PARLEY_MUST_IGNORE) {
                return false;
            }
        }
    }
    return true;
}

/* is_only_one returns whether no other operation has had an effect at the point of |index|: what
 * two come to together is for nobody to say. */
static bool is_only_one(const struct parley_case *c, uint64_t applied, size_t index) {
    const struct parley_trace_session *session = &c->trace->sessions[c->session];
    uint8_t message = parley_point_of(&session->operations[index].operands[0]).message;
    for (size_t i = 0; i < session->operation_count; i++) {
        const struct parley_line *line = &session->operations[i];
        enum parley_operand_kind first = parley_line_rows[line->row].operands[0];
        bool pointed = first == PARLEY_OPERAND_POINT || first == PARLEY_OPERAND_PLACE;
        uint8_t other = parley_point_of(&line->operands[0]).message;
        if (i != index && (applied >> i & 1) != 0 && pointed &&
            (other == message || other == PARLEY_POINT_ANY)) {
            return false;
        }
    }
    return true;
}

static void judge_completion(struct verdicts *v, const struct parley_case *c,
                             const struct parley_trial_session *s) {
    const char *section;
    size_t last, breach = breach_of(c, s);
    if (breach < PARLEY_BREACHES) {
        say(v, "C", breaches[breach].detail, breaches[breach].section, s->breach_operation[breach]);
        return;
    }
    for (size_t i = 0;
         s->answer == PARLEY_ANSWER_COMPLETED && i < c->trace->sessions[c->session].operation_count;
         i++) {
        if ((s->applied >> i & 1) != 0 && is_only_one(c, s->applied, i) &&
            parley_must_about(c, i, &section) == PARLEY_MUST_ABORT) {
            say(v, "C", "it completed over what it must abort for", section, i);
            return;
        }
    }
    bool alone = s->applied != 0 && (s->applied & (s->applied - 1)) == 0;
    bool whole = s->pipe.verdict == PARLEY_VERDICT_COMPLETE;
    if (alone && !whole && s->answer == PARLEY_ANSWER_ABORTED && !s->ours_failed_first &&
        all_ignored(c, s->applied, &last)) {
        (void)parley_must_about(c, last, &section);
        say(v, "C", "it aborted over what it must take no notice of", section, last);
        v->out[v->count - 1].doubtful = true; /* it may have had another reason */
    }
}

static void judge_proof(struct verdicts *v, const struct parley_trial_session *s) {
    if (s->was_done && !s->proved) {
        say(v, "D", "it is done without a Finished that fits", "RFC 8446 4.4.4, RFC 5246 7.4.9",
            PARLEY_TRACE_OPERATIONS);
    } else if (s->was_done && !s->vouched) {
        say(v, "D", "it is done without a signature that fits", "RFC 8446 4.4.3, RFC 5246 7.4.3",
            PARLEY_TRACE_OPERATIONS);
    }
    if (s->predictable) {
        say(v, "K", "its records open under a secret of zeros", "RFC 8446 7.4.2",
            PARLEY_TRACE_OPERATIONS);
    }
}

static void judge_data(struct verdicts *v, const struct parley_case *c,
                       const struct parley_trial_session *s) {
    const struct parley_trace_session *session = &c->trace->sessions[c->session];
    const char *section;
    if (s->pipe.verdict != PARLEY_VERDICT_CORRUPT || s->pipe.who != c->trace->role) {
        return;
    }
    for (size_t i = 0; i < session->operation_count; i++) {
        if ((s->applied >> i & 1) != 0 && session->operations[i].row == PARLEY_LINE_record &&
            when_DATA_BEFORE(c, &session->operations[i]) &&
            parley_must_about(c, i, &section) == PARLEY_MUST_ABORT) {
            say(v, "A", "it handed over data from before the Finished", "RFC 8446 2", i);
            return;
        }
    }
}

/* case_of gathers what is known of the session. */
static struct parley_case case_of(const struct parley_trace *trace, size_t session,
                                  const struct parley_trial_session *s) {
    return (struct parley_case){
        .trace = trace,
        .session = session,
        .version = s->version,
        .resumed = s->resumed,
        .resuming = s->resuming,
        .hello_retry = s->hello_retry,
        .early_data = s->early_data,
    };
}

size_t parley_judge_trial(const struct parley_trace *trace, size_t session,
                          const struct parley_trial_result *result,
                          struct parley_judgement out[PARLEY_JUDGEMENTS_MAX]) {
    static const uint8_t none[PARLEY_RANDOM_LENGTH];
    const struct parley_trial_session *s = &result->sessions[session];
    struct parley_case c = case_of(trace, session, s);
    struct verdicts v = {out, 0};
    size_t last;
    judge_completion(&v, &c, s);
    judge_proof(&v, s);
    judge_data(&v, &c, s);
    if (s->compared && s->pipe.disagreements != 0 && all_ignored(&c, s->applied, &last)) {
        say(&v, "P", "the two ends are done and disagree", "", PARLEY_TRACE_OPERATIONS);
    }
    for (size_t i = 0; i < session; i++) {
        if (memcmp(result->sessions[i].random, s->random, sizeof s->random) == 0 &&
            memcmp(s->random, none, sizeof none) != 0) {
            say(&v, "U", "its random is that of an earlier session", "RFC 8446 C.1",
                PARLEY_TRACE_OPERATIONS);
            break;
        }
    }
    struct parley_judgement alike;
    if (judge_alike(trace, session, result, &alike)) {
        say(&v, alike.oracle, alike.detail, alike.section, alike.operation);
    }
    if (s->pipe.verdict == PARLEY_VERDICT_BOUND) {
        say(&v, "hang", "it does not come to an end", "", PARLEY_TRACE_OPERATIONS);
    }
    return v.count;
}
