/* What a peer can know of our end by what was sent, for the oracles. */
#include <string.h>

#include "script/bender.h"

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

void bender_weigh(struct bender *b, enum parley_message message, const struct plan *plan) {
    bool arrives = plan->send && !b->garbled;
    bool as_it_should_be = arrives && !b->edited && !b->dishonest;
    if (message == PARLEY_MSG_finished && as_it_should_be) {
        b->proved = true;
    }
    if (is_signed(message)) {
        b->applied |= b->signing;
        b->vouched &= as_it_should_be && !b->foreign_key;
    }
    if (is_hashed(message) && (plan->hash != plan->send || b->garbled)) {
        b->dishonest = true;
    }
}

static bool is_hello(enum parley_message message) {
    return message == PARLEY_MSG_client_hello || message == PARLEY_MSG_server_hello;
}

void bender_hear(struct bender *b, const struct parley_event *event) {
    enum { RANDOM_AT = PARLEY_HANDSHAKE_HEADER + 2 };
    if (event->kind != PARLEY_EVENT_MESSAGE_IN) {
        return;
    }
    if (b->bend.zero_secret && event->epoch > PARLEY_EPOCH_EARLY) {
        b->predictable = true;
    }
    if (!b->peer_said_hello && is_hello(event->message) &&
        event->bytes.len >= RANDOM_AT + PARLEY_RANDOM_LENGTH) {
        memcpy(b->peer_random, event->bytes.data + RANDOM_AT, PARLEY_RANDOM_LENGTH);
        b->peer_said_hello = true;
    }
}
