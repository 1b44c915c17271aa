/* Messages: reassembly, the loop over the edges, and what every outgoing message passes. */
#include <string.h>

#include "engine/actions.h"
#include "engine/ech.h"

void engine_observe(struct parley_engine *e, enum parley_event_kind kind,
                    enum parley_message message, enum parley_epoch epoch,
                    struct parley_bytes bytes) {
    const struct parley_hooks *hooks = &e->config->hooks;
    if (!hooks->observe) {
        return;
    }
    struct parley_event event = {kind, message, epoch, bytes};
    hooks->observe(hooks->arg, &event);
}

enum parley_error handshake_refuse(struct parley_engine *e, enum parley_error error) {
    return e->config->tolerant ? PARLEY_OK : error;
}

enum parley_error engine_judged(struct parley_engine *e, unsigned answer, enum parley_error error) {
    e->refusal = answer;
    return answer == PARLEY_ALERT_NONE ? PARLEY_OK : error;
}

/* ---- Out ---- */

struct parley_bytes handshake_build(struct parley_engine *e, enum parley_message message,
                                    const union parley_message_value *value) {
    CBB out;
    uint8_t *at = e->pending + e->pending_length;
    if (!CBB_init_fixed(&out, at, sizeof(e->pending) - e->pending_length) ||
        !parley_message_write(&out, message, value) || !CBB_flush(&out)) {
        return bytes_of(NULL, 0);
    }
    return bytes_of(at, CBB_len(&out));
}

/* RFC 8446 4.4.1: what follows the handshake is outside the transcript; RFC 5246 7.4.9:
 * hello_request always is. Post-handshake authentication is not (RFC 8446 4.4). */
bool handshake_in_transcript(const struct parley_engine *e, enum parley_message message) {
    return message != PARLEY_MSG_hello_request && message != PARLEY_MSG_key_update &&
           message != PARLEY_MSG_new_session_ticket_tls13 &&
           (!e->done || e->version == PARLEY_TLS13);
}

enum parley_error handshake_commit(struct parley_engine *e, enum parley_message message,
                                   size_t len) {
    const struct parley_hooks *hooks = &e->config->hooks;
    uint8_t *at = e->pending + e->pending_length;
    size_t capacity = sizeof(e->pending) - e->pending_length;
    e->put = false;
    bool keep = !hooks->message_out ||
                hooks->message_out(hooks->arg, message, e->write_epoch, at, &len, capacity);
    if (hooks->message_out) {
        e->transcript.ahead_length = 0; /* the hook may have changed what was hashed */
    }
    if (!keep && e->put) {
        return e->config->no_coalescing ? records_flush(e) : PARLEY_OK;
    }
    engine_observe(e, keep ? PARLEY_EVENT_MESSAGE_OUT : PARLEY_EVENT_DROPPED, message,
                   e->write_epoch, bytes_of(at, len));
    if (!keep) {
        return PARLEY_OK;
    }
    if (handshake_in_transcript(e, message)) {
        enum parley_error error = transcript_add(e, bytes_of(at, len));
        if (error) {
            return error;
        }
    }
    e->pending_length += len;
    return e->config->no_coalescing ? records_flush(e) : PARLEY_OK;
}

enum parley_error handshake_send(struct parley_engine *e, enum parley_message message,
                                 const union parley_message_value *value) {
    struct parley_bytes built = handshake_build(e, message, value);
    if (built.len == 0) {
        return PARLEY_ERR_buffer_full;
    }
    return handshake_commit(e, message, built.len);
}

enum parley_error handshake_send_ccs(struct parley_engine *e) {
    uint8_t ccs[16] = {1};
    size_t len = 1;
    const struct parley_hooks *hooks = &e->config->hooks;
    enum parley_epoch epoch = e->version == PARLEY_TLS12 ? e->write_epoch : PARLEY_EPOCH_INITIAL;
    enum parley_error error = records_flush(e);
    if (error) {
        return error;
    }
    e->put = false;
    bool keep = !hooks->message_out || hooks->message_out(hooks->arg, PARLEY_MSG_change_cipher_spec,
                                                          epoch, ccs, &len, sizeof(ccs));
    if (!keep && e->put) {
        return PARLEY_OK;
    }
    engine_observe(e, keep ? PARLEY_EVENT_MESSAGE_OUT : PARLEY_EVENT_DROPPED,
                   PARLEY_MSG_change_cipher_spec, epoch, bytes_of(ccs, len));
    if (!keep) {
        return PARLEY_OK;
    }
    return records_emit(e, PARLEY_CONTENT_CHANGE_CIPHER_SPEC, bytes_of(ccs, len));
}

/* find returns the first edge of |kind| that leaves the current state, its guard holding, or NULL.
 * |message| is looked at for RECEIVE only. */
static const struct edge *find(const struct parley_engine *e, enum parley_edge_kind kind,
                               enum parley_message message) {
    for (const struct edge *edge = e->edges[e->state]; edge->from == e->state; edge++) {
        if (edge->kind == kind && (kind != PARLEY_EDGE_RECEIVE || edge->message == message) &&
            (!edge->guard || edge->guard(e))) {
            return edge;
        }
    }
    return NULL;
}

static enum parley_error follow(struct parley_engine *e, const struct edge *edge,
                                const union parley_message_value *value) {
    enum parley_error error = edge->act ? edge->act(e, value) : PARLEY_OK;
    if (!error) {
        e->state = edge->to;
    } else {
        e->error_message = edge->message;
    }
    return error;
}

enum parley_error handshake_advance(struct parley_engine *e) {
    while (!e->error) {
        const struct edge *edge = find(e, PARLEY_EDGE_SEND, 0);
        /* An answer in the middle of a record: the peer did not wait for it. */
        if (edge && !e->done && e->hs_position != e->hs_length && !e->config->tolerant) {
            return PARLEY_ERR_answer_mid_record;
        }
        if (!edge) {
            edge = find(e, PARLEY_EDGE_SKIP, 0);
        }
        if (!edge) {
            bend_flight_end(e);
            return records_flush(e);
        }
        enum parley_error error = follow(e, edge, NULL);
        if (error) {
            return error;
        }
    }
    return PARLEY_OK;
}

/* ---- In ---- */

/* receiver finds the edge that takes |message|, following OTHERWISE edges where none does. The
 * state moves only if an edge is found. */
static const struct edge *receiver(struct parley_engine *e, enum parley_message message) {
    enum state before = e->state;
    for (;;) {
        const struct edge *edge = find(e, PARLEY_EDGE_RECEIVE, message);
        if (edge) {
            return edge;
        }
        edge = find(e, PARLEY_EDGE_OTHERWISE, message);
        if (!edge) {
            break;
        }
        e->state = edge->to;
        while ((edge = find(e, PARLEY_EDGE_SKIP, 0))) {
            e->state = edge->to;
        }
    }
    e->state = before;
    return NULL;
}

/* unexpected is the error for a message that no edge takes: where TLS 1.2 waits for a
 * change_cipher_spec, any handshake record is wrong. */
static enum parley_error unexpected(const struct parley_engine *e) {
    return find(e, PARLEY_EDGE_RECEIVE, PARLEY_MSG_change_cipher_spec)
               ? PARLEY_ERR_unexpected_record
               : PARLEY_ERR_unexpected_message;
}

enum parley_error handshake_event(struct parley_engine *e, enum parley_message message,
                                  const union parley_message_value *value) {
    const struct edge *edge = receiver(e, message);
    if (edge) {
        return follow(e, edge, value);
    }
    e->error_message = message;
    return handshake_refuse(e, unexpected(e));
}

static enum parley_message server_key_exchange(const struct parley_engine *e) {
    switch (e->suite ? e->suite->key_exchange : PARLEY_KX_ANY) {
    case PARLEY_KX_RSA:
        return PARLEY_MESSAGE_UNKNOWN;
    case PARLEY_KX_DHE:
        return PARLEY_MSG_server_key_exchange_dhe;
    case PARLEY_KX_PSK:
        return PARLEY_MSG_server_key_exchange_psk;
    case PARLEY_KX_ECDHE_PSK:
        return PARLEY_MSG_server_key_exchange_ecdhe_psk;
    default:
        return PARLEY_MSG_server_key_exchange_ecdhe;
    }
}

static enum parley_message client_key_exchange(const struct parley_engine *e) {
    switch (e->suite ? e->suite->key_exchange : PARLEY_KX_ANY) {
    case PARLEY_KX_RSA:
        return PARLEY_MSG_client_key_exchange_rsa;
    case PARLEY_KX_DHE:
        return PARLEY_MSG_client_key_exchange_dhe;
    case PARLEY_KX_PSK:
        return PARLEY_MSG_client_key_exchange_psk;
    case PARLEY_KX_ECDHE_PSK:
        return PARLEY_MSG_client_key_exchange_ecdhe_psk;
    default:
        return PARLEY_MSG_client_key_exchange_ecdhe;
    }
}

/* classify names the grammar of a wire type in this connection (messages.def has them all). */
static enum parley_message classify(const struct parley_engine *e, uint8_t type,
                                    struct parley_bytes body) {
    bool tls13 = e->suite ? e->version == PARLEY_TLS13 : config_max(e->config) == PARLEY_TLS13;
    switch (type) {
    case 2:
        return parley_is_hello_retry_request(body) && config_max(e->config) >= PARLEY_TLS13
                   ? PARLEY_MSG_hello_retry_request
                   : PARLEY_MSG_server_hello;
    case 4:
        return tls13 ? PARLEY_MSG_new_session_ticket_tls13 : PARLEY_MSG_new_session_ticket_tls12;
    case 11:
        return tls13 ? PARLEY_MSG_certificate_tls13 : PARLEY_MSG_certificate_tls12;
    case 12:
        return server_key_exchange(e);
    case 13:
        return tls13 ? PARLEY_MSG_certificate_request_tls13 : PARLEY_MSG_certificate_request_tls12;
    case 16:
        return client_key_exchange(e);
    default:
        break;
    }
    for (int m = 0; m < PARLEY_MESSAGE_COUNT; m++) {
        if (parley_messages[m].content == PARLEY_CONTENT_HANDSHAKE &&
            parley_messages[m].type == type) {
            return (enum parley_message)m;
        }
    }
    return PARLEY_MESSAGE_UNKNOWN;
}

/* A second server_hello without supported_versions is one of TLS 1.2, and so are the extensions it
 * may hold: that others are there is the lesser fault. */
static enum parley_error unreadable(const struct parley_engine *e, enum parley_message message,
                                    enum parley_error error) {
    if (message == PARLEY_MSG_hello_request) {
        return PARLEY_ERR_bad_hello_request;
    }
    return e->hello_retry && message == PARLEY_MSG_server_hello &&
                   error == PARLEY_ERR_misplaced_extension
               ? PARLEY_ERR_second_version_mismatch
               : error;
}

/* The transcript takes a message in before it is acted on, except where the action needs the hash
 * as it was before: Finished and certificate_verify, and the hellos, which choose the hash. */
static bool adds_itself(enum parley_message message) {
    return message == PARLEY_MSG_finished || message == PARLEY_MSG_certificate_verify ||
           message == PARLEY_MSG_client_hello || message == PARLEY_MSG_server_hello ||
           message == PARLEY_MSG_hello_retry_request;
}

/* After the handshake a client of TLS 1.2 is sent a hello_request, or nothing. */
static enum parley_error stray(const struct parley_engine *e) {
    bool only_requests = e->role == PARLEY_CLIENT && e->done && e->version == PARLEY_TLS12;
    return only_requests ? PARLEY_ERR_not_hello_request : unexpected(e);
}

static enum parley_error take_message(struct parley_engine *e, uint8_t type,
                                      struct parley_bytes whole) {
    struct parley_bytes body = {whole.data + PARLEY_HANDSHAKE_HEADER,
                                whole.len - PARLEY_HANDSHAKE_HEADER};
    enum parley_message message = classify(e, type, body);
    struct parley_wire_error where;
    union parley_message_value value;
    e->error_message = message;
    if (message == PARLEY_MESSAGE_UNKNOWN) {
        return handshake_refuse(e, PARLEY_ERR_unknown_message);
    }
    engine_observe(e, PARLEY_EVENT_MESSAGE_IN, message, e->read_epoch, whole);
    /* What no state wants is refused before its contents are looked at. */
    const struct edge *edge = receiver(e, message);
    if (!edge) {
        return handshake_refuse(e, stray(e));
    }
    if (!parley_message_parse(message, body, &value, NULL, &where)) {
        e->error_field = where.field;
        e->error_extension = where.extension;
        return unreadable(e, message, where.error);
    }
    e->current = whole;
    enum parley_error error = PARLEY_OK;
    if (!adds_itself(message) && handshake_in_transcript(e, message)) {
        error = transcript_add(e, whole);
    }
    /* A hello's version picks the machine, whose edge then acts. */
    if (!error && message == PARLEY_MSG_server_hello) {
        error = client_pick_version(e, &value.server_hello);
    }
    if (!error && message == PARLEY_MSG_client_hello && !e->done) {
        error = ech_server_open(e, &value.client_hello);
        error = error ? error : server_pick_version(e, &value.client_hello);
    }
    if (!error) {
        error = handshake_event(e, message, &value);
    }
    if (!error) {
        e->error_message = PARLEY_MESSAGE_UNKNOWN;
    }
    return error;
}

/* longest returns whether |type| is known, and the most such a message may have in any grammar. */
static bool longest(uint8_t type, size_t *most) {
    bool known = false;
    *most = 0;
    for (int m = 0; m < PARLEY_MESSAGE_COUNT && parley_messages[m].type <= type; m++) {
        if (parley_messages[m].content == PARLEY_CONTENT_HANDSHAKE &&
            parley_messages[m].type == type) {
            known = true;
            *most = parley_messages[m].max_length > *most ? parley_messages[m].max_length : *most;
        }
    }
    return known;
}

/* What should be short may be this long before it is refused unread; the parser then says more. */
enum { SHORT = 1024, TYPE_CERTIFICATE = 11 };

enum parley_error handshake_input(struct parley_engine *e, struct parley_bytes fragment) {
    if (fragment.len > sizeof(e->handshake) - e->hs_length) {
        return PARLEY_ERR_buffer_full;
    }
    memcpy(e->handshake + e->hs_length, fragment.data, fragment.len);
    e->hs_length += fragment.len;
    while (e->hs_length - e->hs_position >= PARLEY_HANDSHAKE_HEADER && !e->error) {
        const uint8_t *at = e->handshake + e->hs_position;
        size_t len = (size_t)at[1] << 16 | (size_t)at[2] << 8 | at[3];
        size_t most;
        bool known = longest(at[0], &most);
        if (!known && !e->config->tolerant) {
            return PARLEY_ERR_unknown_message;
        }
        if (at[0] == TYPE_CERTIFICATE && e->config->max_certificate) {
            most = e->config->max_certificate;
        }
        if (known && len > (most < SHORT ? SHORT : most)) {
            return PARLEY_ERR_message_too_long;
        }
        if (e->hs_length - e->hs_position < PARLEY_HANDSHAKE_HEADER + len) {
            break;
        }
        struct parley_bytes whole = {at, PARLEY_HANDSHAKE_HEADER + len};
        e->hs_position += whole.len;
        enum parley_error error = take_message(e, at[0], whole);
        if (!error) {
            error = handshake_advance(e);
        }
        if (error) {
            return error;
        }
    }
    memmove(e->handshake, e->handshake + e->hs_position, e->hs_length - e->hs_position);
    e->hs_length -= e->hs_position;
    e->hs_position = 0;
    return PARLEY_OK;
}
