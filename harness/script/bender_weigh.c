/* What a peer can know of our end by what was sent, for the oracles. */
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

/* garbled: whether its records arrive as something else. Nobody looks at their version. */
static bool garbled(const struct bender *b) {
    for (size_t i = 0; i < b->record_count; i++) {
        if (b->records[i]->row != PARLEY_LINE_record_version) {
            return true;
        }
    }
    return false;
}

void bender_weigh(struct bender *b, enum parley_message message, const struct plan *plan) {
    bool arrives = plan->send && plan->keys == PARLEY_KEYS_CURRENT && !garbled(b);
    if (is_hashed(message) && (plan->hash != plan->send || garbled(b))) {
        b->dishonest = true;
    }
    bool as_it_should_be = arrives && plan->hash && !b->edited && !b->dishonest;
    if (message == PARLEY_MSG_finished && as_it_should_be) {
        b->proved = true;
    }
    if (is_signed(message) && (!as_it_should_be || b->foreign_key)) {
        b->vouched = false;
    }
}
