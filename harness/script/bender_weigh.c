/* What a peer can know of our end by what was sent, for the oracles. */
#include <string.h>

#include "script/bender.h"
#include "script/breach_view.h"

static bool is_signed(enum parley_message message) {
    return message == PARLEY_MSG_certificate_verify ||
           message == PARLEY_MSG_server_key_exchange_ecdhe ||
           message == PARLEY_MSG_server_key_exchange_dhe;
}

/* is_hashed: RFC 8446 4.4.1, RFC 5246 7.4.9. */
static bool is_hashed(enum parley_message message) {
    return parley_messages[message].content == PARLEY_CONTENT_HANDSHAKE &&
           message != PARLEY_MSG_hello_request && message != PARLEY_MSG_key_update &&
           message != PARLEY_MSG_new_session_ticket_tls13;
}

/* is_guessing returns whether our keys come from a master secret of zeros. */
static bool is_guessing(const struct bender *b) {
    struct parley_outcome outcome;
    if (!b->bend.zero_master || b->engine == NULL) {
        return false;
    }
    parley_engine_outcome(b->engine, &outcome);
    return outcome.version == PARLEY_TLS12 && !outcome.resumed;
}

/* is_zero_used returns whether nothing but a key exchange that gave zeros is behind our keys. */
static bool is_zero_used(const struct bender *b) {
    struct parley_outcome outcome;
    parley_engine_outcome(b->engine, &outcome);
    return !outcome.resumed && (outcome.version == PARLEY_TLS13) == b->zero_in_hello;
}

static bool is_early_data_taken(const struct bender *b) {
    struct parley_outcome outcome;
    parley_engine_outcome(b->engine, &outcome);
    return outcome.early_data_accepted;
}

/* culprit returns the first operation that has had an effect on |message|, or on what signs it; if
 * there is none, the first that has had any: what came before may make it wrong. */
static uint8_t culprit(const struct bender *b, enum parley_message message) {
    for (size_t i = 0; i < b->session->operation_count; i++) {
        const struct parley_line *line = &b->session->operations[i];
        enum parley_message about =
            (enum parley_message)parley_point_of(&line->operands[0]).message;
        bool edits = parley_line_rows[line->row].kind == PARLEY_LINE_KIND_MESSAGE &&
                     (about == message || about == PARLEY_POINT_ANY);
        if ((edits && (b->applied >> i & 1) != 0) || (b->signing >> i & 1) != 0) {
            return (uint8_t)i;
        }
    }
    return b->applied != 0 ? (uint8_t)__builtin_ctzll(b->applied) : PARLEY_TRACE_OPERATIONS;
}

static void note_breaches(struct bender *b, uint64_t found, enum parley_message message,
                          uint8_t operation) {
    for (size_t i = 0; i < PARLEY_BREACHES; i++) {
        if ((found & ~b->breaches) >> i & 1) {
            b->breach_operation[i] = operation;
            b->breach_message[i] = (uint8_t)message;
        }
    }
    b->breaches |= found;
}

void bender_look(struct bender *b, enum parley_message message, struct parley_bytes built,
                 struct parley_bytes sent) {
    struct breach_message m = {message, built, sent};
    bool bent = b->applied != 0 || (is_signed(message) && b->signing != 0);
    bool outer = b->outer && message == PARLEY_MSG_client_hello;
    b->breaching = bent && !outer ? breach_find(&b->facts, &m) : 0;
    breach_said(&b->facts, &m);
    b->early_offered |= message == PARLEY_MSG_client_hello &&
                        view_has(view_client_hello(sent).extensions, PARLEY_EXT_early_data);
    b->nobody |= b->role == PARLEY_CLIENT && view_is_nobody(message, sent);
}

void bender_weigh(struct bender *b, enum parley_message message, const struct plan *plan) {
    bool arrives = plan->send && !b->garbled;
    if (arrives && b->breaching != 0) {
        note_breaches(b, b->breaching, message, culprit(b, message));
    }
    b->dishonest |= b->dishonest_early && is_early_data_taken(b);
    bool as_it_should_be = arrives && !b->edited && !b->dishonest;
    if (message == PARLEY_MSG_finished && is_guessing(b)) {
        b->applied |= b->guessing;
        b->dishonest = true;
    } else if (message == PARLEY_MSG_finished && as_it_should_be) {
        b->proved = true;
    }
    if (message == PARLEY_MSG_client_key_exchange_rsa && b->bend.premaster) {
        b->applied |= b->encrypting;
        /* Nobody who does as he should can know what we go on with; but what was put in its place
         * may be what other runs have encrypted. */
        b->dishonest |= !b->edited;
    }
    if (is_signed(message)) {
        /* Who shows no certificate has nothing to sign with. */
        b->applied |= arrives && !b->nobody ? b->signing : 0;
        b->vouched &= (as_it_should_be && !b->foreign_key) || b->nobody;
    }
    bool outer = b->outer && message == PARLEY_MSG_client_hello;
    if (is_hashed(message) && !outer && (plan->hash != plan->send || b->garbled)) {
        b->dishonest = true;
    }
}

void bender_retried(struct bender *b) {
    uint64_t retried = UINT64_C(1) << PARLEY_BREACH_second_retry;
    note_breaches(b, retried, PARLEY_MSG_hello_retry_request,
                  culprit(b, PARLEY_MSG_hello_retry_request));
}

static bool is_hello(enum parley_message message) {
    return message == PARLEY_MSG_client_hello || message == PARLEY_MSG_server_hello;
}

void bender_hear(struct bender *b, const struct parley_event *event) {
    enum { RANDOM_AT = PARLEY_HANDSHAKE_HEADER + 2 };
    if (event->kind == PARLEY_EVENT_MESSAGE_OUT &&
        event->message == PARLEY_MSG_hello_retry_request) {
        b->retries++;
    }
    if (event->kind != PARLEY_EVENT_MESSAGE_IN) {
        return;
    }
    b->asked |= event->message == PARLEY_MSG_certificate_request_tls12 ||
                event->message == PARLEY_MSG_certificate_request_tls13;
    if (!b->hidden || event->message != PARLEY_MSG_client_hello) {
        breach_hear(&b->facts, event->message, event->bytes);
    }
    if (b->bend.zero_secret && event->epoch > PARLEY_EPOCH_EARLY && is_zero_used(b)) {
        b->predictable = true;
    }
    if (event->message == PARLEY_MSG_finished && is_guessing(b)) {
        b->predictable = true;
    }
    if (!b->peer_said_hello && is_hello(event->message) &&
        event->bytes.len >= RANDOM_AT + PARLEY_RANDOM_LENGTH) {
        memcpy(b->peer_random, event->bytes.data + RANDOM_AT, PARLEY_RANDOM_LENGTH);
        b->peer_said_hello = true;
    }
}
