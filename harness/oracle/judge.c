/* The judge: what follows from a session. */
#include "oracle/judge.h"

#include <stdio.h>
#include <string.h>

#include "parley/bend.h"
#include "parley/wire.h"

struct verdicts {
    struct parley_judgement *out;
    size_t count;
};

static void add(struct verdicts *v, const struct parley_judgement *verdict) {
    if (v->count < PARLEY_JUDGEMENTS_MAX) {
        v->out[v->count++] = *verdict;
    }
}

static void say(struct verdicts *v, const char *oracle, const char *detail, const char *section,
                size_t operation) {
    add(v, &(struct parley_judgement){
               .oracle = oracle, .detail = detail, .section = section, .operation = operation});
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

/* messages_of returns which messages an operation is about: the one at its point, and what it sends
 * there. */
static uint64_t messages_of(const struct parley_line *line) {
    enum parley_operand_kind first = parley_line_rows[line->row].operands[0];
    uint64_t number = line->operands[1].number, set = 0;
    if (line->row == PARLEY_LINE_zero_master || line->row == PARLEY_LINE_premaster) {
        return UINT64_C(1) << PARLEY_MSG_client_key_exchange_rsa |
               UINT64_C(1) << PARLEY_MSG_client_key_exchange_ecdhe |
               UINT64_C(1) << PARLEY_MSG_client_key_exchange_dhe;
    }
    if (first != PARLEY_OPERAND_POINT && first != PARLEY_OPERAND_PLACE) {
        return 0;
    }
    uint8_t message = parley_point_of(&line->operands[0]).message;
    if (line->row == PARLEY_LINE_insert || line->row == PARLEY_LINE_replay) {
        set = UINT64_C(1) << number;
    } else if (line->row == PARLEY_LINE_record && number == PARLEY_CONTENT_CHANGE_CIPHER_SPEC) {
        set = UINT64_C(1) << PARLEY_MSG_change_cipher_spec;
    }
    if (message == PARLEY_MSG_certificate_tls13 || message == PARLEY_MSG_certificate_tls12) {
        set |= UINT64_C(1) << PARLEY_MSG_certificate_verify; /* that it is there for */
    }
    return message == PARLEY_POINT_ANY ? UINT64_MAX : set | UINT64_C(1) << message;
}

/* is_only_one returns whether no other operation has had an effect on the messages that |index| is
 * about: what two come to together is for nobody to say. */
static bool is_only_one(const struct parley_case *c, uint64_t applied, size_t index) {
    const struct parley_trace_session *session = &c->trace->sessions[c->session];
    uint64_t messages = messages_of(&session->operations[index]);
    for (size_t i = 0; i < session->operation_count; i++) {
        if (i != index && (applied >> i & 1) != 0 &&
            (messages_of(&session->operations[i]) & messages) != 0) {
            return false;
        }
    }
    return true;
}

/* has_closed returns whether our end has sent a close_notify of its own: nobody needs to read what
 * comes behind that (RFC 8446 6.1, RFC 5246 7.2.1). */
static bool has_closed(const struct parley_case *c, uint64_t applied) {
    const struct parley_trace_session *session = &c->trace->sessions[c->session];
    for (size_t i = 0; i < session->operation_count; i++) {
        const struct parley_line *line = &session->operations[i];
        bool record =
            line->row == PARLEY_LINE_record && line->operands[1].number == PARLEY_CONTENT_ALERT;
        bool message =
            line->row == PARLEY_LINE_insert && line->operands[1].number == PARLEY_MSG_alert;
        struct parley_bytes alert = parley_trace_bytes(c->trace, &line->operands[record ? 3 : 2]);
        if ((applied >> i & 1) != 0 && (record || message) && alert.len == 2 &&
            alert.data[1] == PARLEY_ALERT_close_notify) {
            return true;
        }
    }
    return false;
}

static void judge_completion(struct verdicts *v, const struct parley_case *c,
                             const struct parley_trial_session *s) {
    const char *section;
    struct parley_judgement breach;
    size_t last;
    if (judge_breaches(c, s, &breach)) {
        add(v, &breach);
        return;
    }
    bool heard = s->answer == PARLEY_ANSWER_COMPLETED && !has_closed(c, s->applied);
    for (size_t i = 0; heard && i < c->trace->sessions[c->session].operation_count; i++) {
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

/* is_nobody returns whether our client was to show who it is, was asked, and never did. */
static bool is_nobody(const struct parley_case *c, const struct parley_trial_session *s) {
    const struct parley_trace_session *session = &c->trace->sessions[c->session];
    uint64_t auth = PARLEY_AUTH_NONE;
    for (size_t i = 0; i < session->setting_count; i++) {
        const struct parley_line *line = &session->settings[i];
        if (line->row == PARLEY_LINE_client_auth && line->whose != PARLEY_OUR) {
            auth = line->operands[0].number;
        }
    }
    return c->trace->role == PARLEY_SERVER && auth == PARLEY_AUTH_REQUIRE && s->asked &&
           !c->resumed && (s->sent >> PARLEY_MSG_certificate_verify & 1) == 0;
}

static void judge_proof(struct verdicts *v, const struct parley_case *c,
                        const struct parley_trial_session *s) {
    if (s->was_done && is_nobody(c, s)) {
        say(v, "D", "it is done without the certificate that it requires",
            "RFC 8446 4.4.2.4, RFC 5246 7.4.6", PARLEY_TRACE_OPERATIONS);
    }
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

static bool sends_data(const struct parley_line *line) {
    return line->row == PARLEY_LINE_record &&
           line->operands[1].number == PARLEY_CONTENT_APPLICATION_DATA &&
           line->operands[3].length > 0;
}

/* is_too_early returns whether operation |index| sends data that nobody may have yet: before the
 * Finished, in the clear, or as 0-RTT data that was not accepted. */
static bool is_too_early(const struct parley_case *c, size_t index) {
    const struct parley_line *line = &c->trace->sessions[c->session].operations[index];
    const char *section;
    if (!sends_data(line) || parley_point_of(&line->operands[0]).after) {
        return false;
    }
    uint64_t keys = line->operands[2].number;
    return keys == PARLEY_KEYS_CLEAR || (keys == PARLEY_KEYS_EARLY && !c->early_data) ||
           (when_DATA_BEFORE(c, line) &&
            parley_must_about(c, index, &section) == PARLEY_MUST_ABORT);
}

static void judge_data(struct verdicts *v, const struct parley_case *c,
                       const struct parley_trial_session *s) {
    const struct parley_trace_session *session = &c->trace->sessions[c->session];
    if (s->pipe.verdict != PARLEY_VERDICT_CORRUPT || s->pipe.who != c->trace->role ||
        s->pipe.phase != PARLEY_PHASE_HANDSHAKE) {
        return;
    }
    size_t early = session->operation_count;
    for (size_t i = 0; i < session->operation_count; i++) {
        if ((s->applied >> i & 1) == 0 || !sends_data(&session->operations[i])) {
            continue;
        }
        if (!is_too_early(c, i)) {
            return; /* it may be this that was handed over */
        }
        early = early < i ? early : i;
    }
    if (early < session->operation_count) {
        say(v, "A", "it handed over data from before the Finished", "RFC 8446 2", early);
    }
}

/* has_conduct: these are of the connection, whoever they are said to. */
static bool has_conduct(const struct parley_case *c, enum parley_trace_row row) {
    return judge_has_setting(c, row, PARLEY_ITS) || judge_has_setting(c, row, PARLEY_OUR);
}

/* judge_uniqueness: what should have been drawn anew was not. */
static void judge_uniqueness(struct verdicts *v, const struct parley_case *c,
                             const struct parley_trial_result *result) {
    static const uint8_t none[PARLEY_RANDOM_LENGTH];
    const struct parley_trial_session *s = &result->sessions[c->session];
    for (size_t i = 0; i < c->session; i++) {
        if (memcmp(result->sessions[i].random, s->random, sizeof s->random) == 0 &&
            memcmp(s->random, none, sizeof none) != 0) {
            say(v, "U", "its random is that of an earlier session", "RFC 8446 C.1",
                PARLEY_TRACE_OPERATIONS);
            break;
        }
    }
    if (c->trace->role == PARLEY_SERVER && s->pipe.ends[PARLEY_CLIENT].resumed && s->renewed &&
        has_conduct(c, PARLEY_LINE_resume) && !has_conduct(c, PARLEY_LINE_warm) &&
        !judge_has_setting(c, PARLEY_LINE_psk, PARLEY_ITS)) {
        say(v, "U", "it resumes a session of another context: its ticket key is a constant",
            "RFC 5077 5.5", PARLEY_TRACE_OPERATIONS);
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
        .group = s->pipe.ends[trace->role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT].group,
    };
}

/* judge_resumption: nothing is resumed that was never there. */
static void judge_resumption(struct verdicts *v, const struct parley_case *c,
                             const struct parley_trial_result *result) {
    const struct parley_trial_session *s = &result->sessions[c->session];
    bool any_done = c->session == 0;
    for (size_t i = 0; i <= c->session; i++) {
        struct parley_case that = *c;
        that.session = i;
        any_done |= has_conduct(&that, PARLEY_LINE_warm) ||
                    (i < c->session && result->sessions[i].was_done);
    }
    if (c->trace->role == PARLEY_CLIENT && s->was_done && s->pipe.ends[PARLEY_CLIENT].resumed &&
        !any_done && !judge_has_setting(c, PARLEY_LINE_psk, PARLEY_ITS)) {
        say(v, "D", "it resumes a session that it never saw a right Finished of",
            "RFC 5077 3.3, RFC 8446 4.6.1", PARLEY_TRACE_OPERATIONS);
    }
}

static const char *disagreement(unsigned bits) {
    static _Thread_local char text[240];
    char names[200];
    (void)snprintf(text, sizeof text, "the two ends are done and disagree on %s",
                   parley_disagreements_explain(bits, names, sizeof names));
    return text;
}

size_t parley_judge_trial(const struct parley_trace *trace, size_t session,
                          const struct parley_trial_result *result,
                          struct parley_judgement out[PARLEY_JUDGEMENTS_MAX]) {
    const struct parley_trial_session *s = &result->sessions[session];
    struct parley_case c = case_of(trace, session, s);
    struct verdicts v = {out, 0};
    size_t last;
    judge_completion(&v, &c, s);
    judge_proof(&v, &c, s);
    judge_data(&v, &c, s);
    if (s->compared && s->pipe.disagreements != 0 && all_ignored(&c, s->applied, &last)) {
        say(&v, "P", disagreement(s->pipe.disagreements), "", PARLEY_TRACE_OPERATIONS);
    }
    judge_uniqueness(&v, &c, result);
    judge_resumption(&v, &c, result);
    struct parley_judgement more;
    if (judge_resources(trace, session, s, &more)) {
        add(&v, &more);
    }
    if (judge_alike(trace, session, s, &more)) {
        add(&v, &more);
    }
    if (s->pipe.verdict == PARLEY_VERDICT_BOUND) {
        say(&v, "hang", "it does not come to an end", "", PARLEY_TRACE_OPERATIONS);
    }
    return v.count;
}
