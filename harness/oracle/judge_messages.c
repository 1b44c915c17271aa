/* The conditions of judgements.def: messages that are sent in between. */
#include "oracle/judge.h"

#include "parley/wire.h"

#define M(name) (UINT64_C(1) << PARLEY_MSG_##name)

static enum parley_message message_of(const struct parley_line *line) {
    return (enum parley_message)line->operands[1].number;
}

static bool is_one_of(const struct parley_line *line, uint64_t messages) {
    return (messages >> message_of(line) & 1) != 0;
}

static struct parley_point point_of(const struct parley_line *line) {
    return parley_point_of(&line->operands[0]);
}

static unsigned sender_of(const struct parley_case *c) {
    return c->trace->role == PARLEY_CLIENT ? PARLEY_BY_SERVER : PARLEY_BY_CLIENT;
}

/* A message that this version does not have, or that the other side sends. A hello_request may come
 * at any time in TLS 1.2 (RFC 5246 7.4.1.1), and before the server_hello it may be that. */
bool when_FOREIGN_MESSAGE(const struct parley_case *c, const struct parley_line *line) {
    const struct parley_message_row *row = &parley_messages[message_of(line)];
    unsigned version = c->version == PARLEY_TLS13 ? PARLEY_IN_TLS13 : PARLEY_IN_TLS12;
    /* Others have the type, too: what it is is not for its name to say. */
    bool twins = row->type == 2 || row->type == 4 || row->type == 11 || row->type == 13;
    bool of_version = twins || (row->versions & version) != 0;
    bool unknown = message_of(line) == PARLEY_MSG_hello_request && !point_of(line).after &&
                   point_of(line).message == PARLEY_MSG_server_hello;
    return row->content == PARLEY_CONTENT_HANDSHAKE && !unknown &&
           (!of_version || (row->senders & sender_of(c)) == 0);
}

/* What stands in a handshake once, and in the same place always. */
bool when_OUT_OF_ORDER13(const struct parley_case *c, const struct parley_line *line) {
    (void)c;
    return is_one_of(line, M(client_hello) | M(server_hello) | M(encrypted_extensions) |
                               M(certificate_tls13) | M(certificate_verify) | M(finished));
}

/* A client_hello behind the Finished asks for a renegotiation. */
bool when_OUT_OF_ORDER12(const struct parley_case *c, const struct parley_line *line) {
    (void)c;
    bool hello = message_of(line) == PARLEY_MSG_client_hello;
    return is_one_of(line, M(client_hello) | M(server_hello) | M(certificate_tls12) |
                               M(server_key_exchange_ecdhe) | M(server_key_exchange_dhe) |
                               M(server_hello_done) | M(client_key_exchange_rsa) |
                               M(client_key_exchange_ecdhe) | M(client_key_exchange_dhe) |
                               M(certificate_verify) | M(finished)) &&
           !(hello && point_of(line).message == PARLEY_MSG_finished);
}

bool when_SECOND_RETRY(const struct parley_case *c, const struct parley_line *line) {
    (void)c;
    return message_of(line) == PARLEY_MSG_hello_retry_request;
}

bool when_EARLY_KEY_UPDATE(const struct parley_case *c, const struct parley_line *line) {
    (void)c;
    return message_of(line) == PARLEY_MSG_key_update && !point_of(line).after;
}

bool when_EARLY_TICKET(const struct parley_case *c, const struct parley_line *line) {
    (void)c;
    return message_of(line) == PARLEY_MSG_new_session_ticket_tls13 && !point_of(line).after;
}

bool when_WRONG_KEY_UPDATE(const struct parley_case *c, const struct parley_line *line) {
    struct parley_bytes body = parley_trace_bytes(c->trace, &line->operands[2]);
    return message_of(line) == PARLEY_MSG_key_update && point_of(line).after &&
           (body.len != 1 || body.data[0] > 1);
}

bool judge_has_setting(const struct parley_case *c, enum parley_trace_row row,
                       enum parley_whose whose) {
    const struct parley_trace_session *session = &c->trace->sessions[c->session];
    for (size_t i = 0; i < session->setting_count; i++) {
        const struct parley_line *line = &session->settings[i];
        if (line->row == row && (line->whose == PARLEY_BOTH || line->whose == whose)) {
            return true;
        }
    }
    return false;
}

bool when_UNASKED_REQUEST(const struct parley_case *c, const struct parley_line *line) {
    return message_of(line) == PARLEY_MSG_certificate_request_tls13 && point_of(line).after &&
           !judge_has_setting(c, PARLEY_LINE_post_handshake_auth, PARLEY_ITS);
}

bool when_ONCE_MORE(const struct parley_case *c, const struct parley_line *line) {
    (void)c;
    return line->operands[1].number == 1;
}

/* With ECH a hello has its own bytes in it: what is sent later on stands on them (RFC 9849 7.2). */
bool when_NO_ECH(const struct parley_case *c, const struct parley_line *line) {
    (void)line;
    return !judge_has_setting(c, PARLEY_LINE_ech, PARLEY_OUR) &&
           !judge_has_setting(c, PARLEY_LINE_ech, PARLEY_ITS);
}

/* Of a client_hello with another one in it, the inner one is hashed. */
bool when_HASHED(const struct parley_case *c, const struct parley_line *line) {
    return point_of(line).message != PARLEY_MSG_client_hello ||
           !judge_has_setting(c, PARLEY_LINE_ech, PARLEY_OUR);
}

/* Who has rejected 0-RTT data passes over what it cannot open (RFC 8446 4.2.10). */
bool when_NOT_SKIPPED(const struct parley_case *c, const struct parley_line *line) {
    (void)line;
    return c->early_data || !judge_has_setting(c, PARLEY_LINE_early_data, PARLEY_OUR);
}
