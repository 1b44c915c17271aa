/* Where new operations do something: messages, and points of a handshake. */
#include "script/vary.h"

enum parley_message vary_message_of(const struct parley_line *line) {
    uint8_t message = parley_point_of(&line->operands[0]).message;
    return message < PARLEY_MESSAGE_COUNT ? (enum parley_message)message : PARLEY_MSG_client_hello;
}

/* may_send returns what our end may send at all. */
static uint64_t may_send(const struct parley_trace *trace) {
    unsigned by = trace->role == PARLEY_CLIENT ? PARLEY_BY_SERVER : PARLEY_BY_CLIENT;
    uint64_t messages = 0;
    for (unsigned i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        messages |= (uint64_t)((parley_messages[i].senders & by) != 0) << i;
    }
    return messages;
}

static uint8_t one_of(struct varying *v, uint64_t messages) {
    uint32_t count = 0, at;
    for (unsigned i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        count += messages >> i & 1;
    }
    at = vary_below(v, count);
    for (unsigned i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        if ((messages >> i & 1) != 0 && at-- == 0) {
            return (uint8_t)i;
        }
    }
    return PARLEY_POINT_ANY;
}

#define M(message) (UINT64_C(1) << PARLEY_MSG_##message)

/* fitting returns the messages that an operation of |row| can do something about. */
static uint64_t fitting(enum parley_trace_row row) {
    switch (row) {
    case PARLEY_LINE_remove_extension:
    case PARLEY_LINE_duplicate_extension:
    case PARLEY_LINE_move_extension:
    case PARLEY_LINE_reorder_extensions:
    case PARLEY_LINE_add_extension:
        return M(client_hello) | M(server_hello) | M(hello_retry_request) |
               M(encrypted_extensions) | M(certificate_tls13) | M(certificate_request_tls13) |
               M(new_session_ticket_tls13);
    case PARLEY_LINE_share:
        return M(client_hello) | M(server_hello) | M(server_key_exchange_ecdhe) |
               M(server_key_exchange_dhe) | M(client_key_exchange_ecdhe) |
               M(client_key_exchange_dhe) | M(server_key_exchange_ecdhe_psk) |
               M(client_key_exchange_ecdhe_psk);
    case PARLEY_LINE_binder:
        return M(client_hello);
    case PARLEY_LINE_cbc:
        return M(finished) | M(alert);
    default:
        return UINT64_MAX;
    }
}

/* What is sent once more has been sent before; a hello_retry_request is there but
 * seldom. */
uint64_t vary_another(struct varying *v, size_t session, const struct parley_line *line) {
    uint64_t sent = lore_sent(v, session);
    if (line->row == PARLEY_LINE_replay && vary_chance(v, 40)) {
        uint64_t retry = sent & UINT64_C(1) << PARLEY_MSG_hello_retry_request;
        sent = retry != 0 ? retry : sent;
    }
    return line->row == PARLEY_LINE_replay && sent != 0 ? one_of(v, sent)
                                                        : vary_below(v, PARLEY_MESSAGE_COUNT);
}

uint64_t vary_point(struct varying *v, size_t session, enum parley_trace_row row, bool place) {
    uint64_t sent = lore_sent(v, session) & fitting(row);
    bool known = sent != 0 && !vary_chance(v, 5);
    uint64_t hellos = sent & (M(client_hello) | M(server_hello) | M(hello_retry_request));
    if (row == PARLEY_LINE_set && hellos != 0 && vary_chance(v, 40)) {
        sent = hellos; /* there everything is chosen */
    }
    struct parley_point point = {
        .message = one_of(v, known ? sent : may_send(v->trace) & fitting(row)),
        .nth = 1,
        .after = place && vary_chance(v, 50),
    };
    if (vary_chance(v, 6)) {
        point.nth = (uint16_t)vary_below(v, 4);
    }
    if (vary_chance(v, 2)) {
        point.message = PARLEY_POINT_ANY;
    }
    return parley_point_number(point);
}
