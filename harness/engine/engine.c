/* The public calls: life, bytes in and out, application data, what it came to. */
#include <openssl/evp.h>
#include <openssl/mem.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "engine/ech.h"
#include "engine/inside.h"

/* Output beyond this is not built before some is pulled. */
#define OUTPUT_HIGH (64 * 1024)

/* The parts of an engine: [0, TO_CLEAR) starts each connection as zeros, [0, TO_WIPE) holds
 * secrets. */
#define TO_CLEAR offsetof(struct parley_engine, cookie)
#define TO_WIPE offsetof(struct parley_engine, leaf)

/* blank is an engine that knows nothing but its config. */
static void blank(struct parley_engine *e, const struct parley_config *config,
                  enum parley_role role) {
    memset(e, 0, TO_CLEAR);
    e->session.version = e->new_session.version = 0;
    e->read.cipher = e->write.cipher = PARLEY_CIPHER_NONE;
    e->next_read.cipher = e->next_write.cipher = PARLEY_CIPHER_NONE;
    e->read.sequence = e->write.sequence = 0;
    e->config = config;
    e->role = role;
    e->alert_sent = e->alert_received = e->refusal = PARLEY_ALERT_NONE;
    e->error_message = PARLEY_MESSAGE_UNKNOWN;
}

struct parley_engine *parley_engine_new(const struct parley_config *config, enum parley_role role) {
    struct parley_engine *e = malloc(sizeof(*e));
    if (!e) {
        return NULL;
    }
    blank(e, config, role);
    return e;
}

void parley_engine_free(struct parley_engine *e) {
    if (!e) {
        return;
    }
    EVP_PKEY_free(e->peer_key);
    ech_reset(e);
    OPENSSL_cleanse(e, TO_WIPE);
    free(e);
}

void parley_engine_start(struct parley_engine *e, int64_t now_ms, struct parley_random random,
                         const struct parley_session *resume) {
    const struct parley_config *config = e->config;
    enum parley_role role = e->role;
    EVP_PKEY_free(e->peer_key);
    ech_reset(e);
    blank(e, config, role);
    e->random = random;
    e->now_ms = now_ms;
    e->transcript.keeping = true;
    e->send_limit = config->fragment ? config->fragment : PARLEY_RECORD_MAX;
    e->receive_limit = PARLEY_RECORD_MAX;
    handshake_machine(e, config_max(config));
    e->state = role == PARLEY_CLIENT ? STATE_send_client_hello : STATE_wait_client_hello;
    if (role == PARLEY_CLIENT && resume && resume->version && session_fresh(e, resume)) {
        e->session = *resume;
    }
    enum parley_error error = config_min(config) > config_max(config)
                                  ? PARLEY_ERR_no_version_enabled
                                  : handshake_advance(e);
    if (error) {
        records_fail(e, error);
    }
}

void parley_engine_set_time(struct parley_engine *e, int64_t now_ms) {
    e->now_ms = now_ms;
}

static bool may_write(const struct parley_engine *e) {
    if (e->error || e->write_closed || !e->edges) {
        return false;
    }
    if (e->write_epoch == PARLEY_EPOCH_EARLY) {
        return e->early_seen < e->early_limit;
    }
    if (e->done || e->false_started) {
        return true;
    }
    /* A server may answer 0-RTT data before the client's Finished (RFC 8446 2.3). */
    return e->role == PARLEY_SERVER && e->early_accepted &&
           e->write_epoch == PARLEY_EPOCH_APPLICATION;
}

unsigned parley_engine_status(const struct parley_engine *e) {
    unsigned bits = 0;
    bool data = e->data.len > 0;
    if (!e->error && !e->peer_closed && !data) {
        bits |= PARLEY_WANTS_INPUT;
    }
    if (e->out_end > e->out_start) {
        bits |= PARLEY_HAS_OUTPUT;
    }
    if (may_write(e)) {
        bits |= PARLEY_CAN_WRITE;
    }
    if (data) {
        bits |= PARLEY_HAS_DATA;
    }
    if (e->done) {
        bits |= PARLEY_DONE;
    }
    if ((data && e->data_early) || (may_write(e) && e->write_epoch == PARLEY_EPOCH_EARLY)) {
        bits |= PARLEY_EARLY;
    }
    if (e->peer_closed) {
        bits |= PARLEY_PEER_CLOSED;
    }
    if (e->peer_closed && e->write_closed) {
        bits |= PARLEY_CLOSED;
    }
    if (e->error) {
        bits |= PARLEY_FAILED;
    }
    if (e->renegotiation_pending && !e->error) {
        bits |= PARLEY_WANTS_RENEGOTIATION;
    }
    return bits;
}

size_t parley_engine_push(struct parley_engine *e, const uint8_t *data, size_t len) {
    size_t taken = 0;
    while (taken < len) {
        if (e->error || e->peer_closed) {
            return len;
        }
        if (e->data.len > 0 || e->out_end - e->out_start > OUTPUT_HIGH) {
            break;
        }
        size_t want = records_needed(e) - e->in_length;
        size_t n = want < len - taken ? want : len - taken;
        memcpy(e->record + e->in_length, data + taken, n);
        e->in_length += n;
        taken += n;
        if (e->in_length == PARLEY_RECORD_HEADER && !records_begin(e)) {
            continue;
        }
        if (e->in_length >= PARLEY_RECORD_HEADER && e->in_length == records_needed(e)) {
            records_process(e);
        }
    }
    return taken;
}

size_t parley_engine_pull(struct parley_engine *e, uint8_t *out, size_t cap) {
    size_t n = e->out_end - e->out_start;
    if (n > cap) {
        n = cap;
    }
    memcpy(out, e->output + e->out_start, n);
    e->out_start += n;
    if (e->out_start == e->out_end) {
        e->out_start = e->out_end = 0;
    }
    return n;
}

size_t parley_engine_write(struct parley_engine *e, const uint8_t *data, size_t len) {
    size_t taken = 0;
    while (taken < len && may_write(e)) {
        size_t n = len - taken;
        if (e->write_epoch == PARLEY_EPOCH_EARLY && n > e->early_limit - e->early_seen) {
            n = e->early_limit - e->early_seen;
        }
        if (n > e->send_limit) {
            n = e->send_limit;
        }
        if (e->out_end - e->out_start > OUTPUT_HIGH || !records_room(e, n)) {
            break;
        }
        struct parley_bytes part = {data + taken, n};
        enum parley_error error = records_flush(e);
        if (!error) {
            error = records_emit(e, PARLEY_CONTENT_APPLICATION_DATA, part);
        }
        if (error) {
            records_fail(e, error);
            break;
        }
        e->key_update_answered = false;
        if (e->write_epoch == PARLEY_EPOCH_EARLY) {
            e->early_seen += (uint32_t)n;
        }
        taken += n;
    }
    return taken;
}

size_t parley_engine_read(struct parley_engine *e, uint8_t *out, size_t cap) {
    size_t n = e->data.len < cap ? e->data.len : cap;
    if (n == 0) {
        return 0;
    }
    memcpy(out, e->data.data, n);
    e->data.data += n;
    e->data.len -= n;
    return n;
}

void parley_engine_close(struct parley_engine *e) {
    if (e->error || e->write_closed) {
        return;
    }
    records_alert(e, 1, PARLEY_ALERT_close_notify);
    e->write_closed = true;
}

void parley_engine_end_of_input(struct parley_engine *e) {
    e->input_ended = true;
    if (e->error || e->peer_closed) {
        return;
    }
    e->error = e->done ? PARLEY_ERR_truncation : PARLEY_ERR_closed_early;
}

void parley_engine_abort(struct parley_engine *e, unsigned alert) {
    records_fail(e, engine_judged(e, alert, PARLEY_ERR_aborted));
}

bool parley_engine_key_update(struct parley_engine *e, bool request) {
    if (e->error || !e->done || e->write_closed || e->version != PARLEY_TLS13) {
        return false;
    }
    union parley_message_value m = {.key_update = {request}};
    enum parley_error error = handshake_send(e, PARLEY_MSG_key_update, &m);
    if (!error) {
        error = records_flush(e);
    }
    if (!error) {
        error = schedule13_update(e, false);
    }
    if (error) {
        records_fail(e, error);
    }
    return !error;
}

bool parley_engine_request_certificate(struct parley_engine *e) {
    if (e->error || !e->done || e->role != PARLEY_SERVER || e->version != PARLEY_TLS13 ||
        !e->post_auth_offered || e->state != STATE_connected) {
        return false;
    }
    e->post_auth_pending = true;
    enum parley_error error = handshake_advance(e);
    if (error) {
        records_fail(e, error);
    }
    return !error;
}

bool parley_engine_renegotiate(struct parley_engine *e) {
    if (e->error || e->version != PARLEY_TLS12 || e->role != PARLEY_CLIENT || !e->done ||
        e->config->renegotiation != PARLEY_RENEGOTIATE_EXPLICIT || e->write_closed ||
        e->peer_closed || e->out_start != e->out_end) {
        return false;
    }
    e->renegotiation_granted = true;
    enum parley_error error = handshake_advance(e);
    if (error) {
        records_fail(e, error);
    }
    return !error;
}

size_t parley_engine_tls_unique(const struct parley_engine *e, uint8_t *out, size_t cap) {
    bool safe = e->extended_master_secret || !e->resumed; /* RFC 7627 1: triple handshakes */
    if (!e->done || e->version != PARLEY_TLS12 || !safe || cap < VERIFY_DATA_LENGTH) {
        return 0;
    }
    /* Of a full handshake the client's Finished is the first. */
    memcpy(out, e->verify_data[e->resumed ? PARLEY_SERVER : PARLEY_CLIENT], VERIFY_DATA_LENGTH);
    return VERIFY_DATA_LENGTH;
}

bool parley_engine_export(struct parley_engine *e, const char *label,
                          const struct parley_bytes *context, uint8_t *out, size_t len) {
    /* A server has its secrets before the client's Finished (RFC 8446 7.1). */
    bool half_rtt = e->role == PARLEY_SERVER && e->version == PARLEY_TLS13 &&
                    e->write_epoch == PARLEY_EPOCH_APPLICATION;
    if (!e->done && !half_rtt && !e->false_started) {
        return false;
    }
    if (e->version == PARLEY_TLS13) {
        return schedule13_export(e, label, context ? *context : bytes_of(NULL, 0), out, len);
    }
    return schedule12_export(e, label, context, out, len);
}

static const char *state_name(enum state state) {
    static const char *const names[] = {
#define S(name) #name,
        STATES(S)
#undef S
    };
    return names[state];
}

void outcome_sigalgs(const struct parley_engine *e, uint16_t *server, uint16_t *client) {
    uint16_t own = e->own_scheme ? e->own_scheme->code : 0;
    uint16_t peer = e->peer_scheme ? e->peer_scheme->code : 0;
    *server = e->role == PARLEY_CLIENT ? peer : own;
    *client = e->role == PARLEY_CLIENT ? own : peer;
}

void parley_engine_outcome(const struct parley_engine *e, struct parley_outcome *out) {
    *out = (struct parley_outcome){
        .done = e->done,
        .error = e->error,
        .error_message = e->error_message,
        .error_field = e->error_field,
        .error_extension = e->error_extension,
        .state = state_name(e->state),
        .alert_sent = e->alert_sent,
        .alert_received = e->alert_received,
        .version = e->suite ? e->version : 0,
        .suite = e->suite ? e->suite->code : 0,
        .group = e->group,
        .resumed = e->resumed,
        .psk_only = e->psk_only,
        .hello_retry = e->hello_retry,
        .early_data_accepted = e->early_accepted,
        .early_data_reason = e->early_reason,
        .ticket_age_skew = e->ticket_age_skew,
        .false_started = e->false_started,
        .extended_master_secret = e->extended_master_secret,
        .encrypt_then_mac = e->encrypt_then_mac,
        .renegotiations = e->renegotiations,
        .key_updates_sent = e->key_updates_sent,
        .key_updates_received = e->key_updates_received,
        .secure_renegotiation = e->secure_renegotiation || e->version == PARLEY_TLS13,
        .peer_verified = e->peer_verified,
        .alpn = {e->alpn, e->alpn_length},
        .next_protocol = {e->npn, e->npn_length},
        .server_name = {e->name, e->name_length},
        .peer_certificate = {e->leaf, e->leaf_length},
        .ocsp_response = {e->ocsp, e->ocsp_length},
        .scts = {e->scts, e->scts_length},
        .key_usage_wrong = e->key_usage_wrong,
        .delegated_credential = e->delegated,
        .application_settings = e->alps != NULL,
        .peer_settings = {e->peer_settings, e->peer_settings_length},
        .psk_identity_hint = {e->hint, e->hint_length},
    };
    outcome_sigalgs(e, &out->sigalg_server, &out->sigalg_client);
    ech_outcome(e, out);
}

const struct parley_session *parley_engine_session(const struct parley_engine *e) {
    return e->done && e->new_session.version ? &e->new_session : NULL;
}

static const struct edge *machine(enum parley_role role, uint16_t version) {
    if (role == PARLEY_CLIENT) {
        return version == PARLEY_TLS13 ? edges_client13 : edges_client12;
    }
    return version == PARLEY_TLS13 ? edges_server13 : edges_server12;
}

void handshake_machine(struct parley_engine *e, uint16_t version) {
    e->edges = edges_by_state(e->role, version);
}

bool parley_edge_at(enum parley_role role, uint16_t version, size_t index,
                    struct parley_edge_view *out) {
    const struct edge *edge = machine(role, version);
    for (size_t i = 0; edge[i].from != STATE_none; i++) {
        if (i == index) {
            bool message = edge[i].kind == PARLEY_EDGE_RECEIVE || edge[i].kind == PARLEY_EDGE_SEND;
            *out = (struct parley_edge_view){
                .kind = edge[i].kind,
                .from = state_name(edge[i].from),
                .to = state_name(edge[i].to),
                .message = message ? parley_message_name(edge[i].message) : "",
                .condition = edge[i].guard ? edge[i].guard_name : "",
                .action = edge[i].act ? edge[i].act_name : "",
            };
            return true;
        }
    }
    return false;
}
