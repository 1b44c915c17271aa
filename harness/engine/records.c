/* Records: collecting, opening and judging those that come, sealing those that go
 * (RFC 8446 5, RFC 5246 6), and alerts (RFC 8446 6). */
#include <string.h>

#include "engine/inside.h"

/* Bounds on what is tolerated in a row before it counts as an attack. */
enum { EMPTY_RECORDS_MAX = 32, WARNINGS_MAX = 4, COMPAT_CCS_MAX = 32 };

enum parley_error records_end_read(const struct parley_engine *e) {
    return e->hs_position == e->hs_length ? PARLEY_OK : PARLEY_ERR_key_change_mid_record;
}

static uint16_t get16(const uint8_t *p) {
    return (uint16_t)(p[0] << 8 | p[1]);
}

size_t records_needed(const struct parley_engine *e) {
    if (e->in_length < PARLEY_RECORD_HEADER) {
        return PARLEY_RECORD_HEADER;
    }
    if (v2_hello_begins(e)) {
        return v2_hello_length(e);
    }
    return PARLEY_RECORD_HEADER + (size_t)get16(e->record + 3);
}

/* ---- Out ---- */

bool records_room(const struct parley_engine *e, size_t len) {
    size_t most = protect_sealed_length(&e->write, len, e->config->record_padding);
    return most <= OUTPUT_BUFFER - (e->out_end - e->out_start);
}

static uint16_t record_version(const struct parley_engine *e, uint8_t type) {
    /* RFC 8446 5.1: an initial client_hello may say 0x0301, everything else says 0x0303. */
    bool first = e->state == STATE_send_client_hello || e->state == STATE_wait_server_hello;
    return first && type == PARLEY_CONTENT_HANDSHAKE ? PARLEY_TLS10 : PARLEY_TLS12;
}

enum parley_error records_emit_under(struct parley_engine *e, struct protect *keys, uint8_t type,
                                     struct parley_bytes in) {
    struct protect plain = {.cipher = PARLEY_CIPHER_NONE};
    /* RFC 8446 5: TLS 1.3 never protects a change_cipher_spec; TLS 1.2 does in renegotiation. */
    bool bare = type == PARLEY_CONTENT_CHANGE_CIPHER_SPEC && e->version != PARLEY_TLS12;
    struct protect *write = keys ? keys : bare ? &plain : &e->write;
    bool sealed13 = write->cipher != PARLEY_CIPHER_NONE && write->version == PARLEY_TLS13;
    size_t padding = sealed13 ? e->config->record_padding : 0;
    size_t most = PARLEY_RECORD_MAX;
    if (e->record_size_limit && e->record_size_limit <= most) {
        most = e->record_size_limit - 1u; /* RFC 8449 4: the type counts, too */
    }
    if (sealed13 && in.len + padding > most) {
        padding = in.len < most ? most - in.len : 0;
    }
    size_t len = protect_sealed_length(write, in.len, padding);
    if (e->out_start > 0 && len > OUTPUT_BUFFER - e->out_end) {
        memmove(e->output, e->output + e->out_start, e->out_end - e->out_start);
        e->out_end -= e->out_start;
        e->out_start = 0;
    }
    if (len > OUTPUT_BUFFER - e->out_end) {
        return PARLEY_ERR_buffer_full;
    }
    uint8_t *out = e->output + e->out_end;
    if (!protect_seal(write, type, record_version(e, type), in, padding, &e->random, out)) {
        return PARLEY_ERR_record_sequence_overflow;
    }
    const struct parley_hooks *hooks = &e->config->hooks;
    if (hooks->record_out &&
        !hooks->record_out(hooks->arg, e->write_epoch, out, &len, OUTPUT_BUFFER - e->out_end)) {
        return PARLEY_OK;
    }
    engine_observe(e, PARLEY_EVENT_RECORD_OUT, PARLEY_MESSAGE_UNKNOWN, e->write_epoch,
                   bytes_of(out, len));
    e->out_end += len;
    return PARLEY_OK;
}

enum parley_error records_emit(struct parley_engine *e, uint8_t type, struct parley_bytes bytes) {
    size_t at = 0;
    do {
        struct parley_bytes part = {at ? bytes.data + at : bytes.data, bytes.len - at};
        if (part.len > e->send_limit && type != PARLEY_CONTENT_ALERT) { /* RFC 8446 5.1 */
            part.len = e->send_limit;
        }
        if (type == PARLEY_CONTENT_APPLICATION_DATA) {
            engine_observe(e, PARLEY_EVENT_DATA_OUT, PARLEY_MESSAGE_UNKNOWN, e->write_epoch, part);
        }
        enum parley_error error = records_emit_under(e, NULL, type, part);
        if (error) {
            return error;
        }
        at += part.len;
    } while (at < bytes.len);
    return PARLEY_OK;
}

enum parley_error records_flush(struct parley_engine *e) {
    if (e->pending_length == 0) {
        return PARLEY_OK;
    }
    struct parley_bytes bytes = {e->pending, e->pending_length};
    e->pending_length = 0;
    return records_emit(e, PARLEY_CONTENT_HANDSHAKE, bytes);
}

void records_alert(struct parley_engine *e, uint8_t level, uint8_t description) {
    uint8_t alert[16] = {level, description};
    size_t len = 2;
    const struct parley_hooks *hooks = &e->config->hooks;
    if (records_flush(e)) {
        return;
    }
    e->put = false;
    if (hooks->message_out && !hooks->message_out(hooks->arg, PARLEY_MSG_alert, e->write_epoch,
                                                  alert, &len, sizeof(alert))) {
        if (e->put) {
            return;
        }
        engine_observe(e, PARLEY_EVENT_DROPPED, PARLEY_MSG_alert, e->write_epoch,
                       bytes_of(alert, len));
        return;
    }
    engine_observe(e, PARLEY_EVENT_MESSAGE_OUT, PARLEY_MSG_alert, e->write_epoch,
                   bytes_of(alert, len));
    /* If even the alert does not fit, the connection just ends. */
    (void)records_emit(e, PARLEY_CONTENT_ALERT, bytes_of(alert, len));
}

void records_fail(struct parley_engine *e, enum parley_error error) {
    if (e->error) {
        return;
    }
    e->error = error;
    session_forget(e); /* RFC 5246 7.2 */
    unsigned alert = e->refusal != PARLEY_ALERT_NONE ? e->refusal : parley_error_alert(error);
    if (alert == PARLEY_ALERT_NONE || e->write_closed) {
        return;
    }
    e->alert_sent = alert;
    records_alert(e, 2, (uint8_t)alert);
}

/* ---- In ---- */

static enum parley_error judge_first_bytes(const uint8_t *record) {
    static const char *const methods[] = {"GET ", "POST", "HEAD", "PUT "};
    if (memcmp(record, "CONNE", 5) == 0) {
        return PARLEY_ERR_https_proxy_request;
    }
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        if (memcmp(record, methods[i], 4) == 0) {
            return PARLEY_ERR_http_request;
        }
    }
    return PARLEY_ERR_not_tls;
}

static enum parley_error judge_header(const struct parley_engine *e) {
    uint8_t type = e->record[0];
    uint16_t version = get16(e->record + 1);
    size_t len = get16(e->record + 3);
    bool known =
        type >= PARLEY_CONTENT_CHANGE_CIPHER_SPEC && type <= PARLEY_CONTENT_APPLICATION_DATA;
    if (v2_hello_begins(e)) {
        return v2_hello_judge(e);
    }
    if (!known && !e->record_seen) {
        return judge_first_bytes(e->record);
    }
    bool sealed = e->read.cipher != PARLEY_CIPHER_NONE &&
                  (e->version != PARLEY_TLS13 || type == PARLEY_CONTENT_APPLICATION_DATA);
    if (version >> 8 != 3 || (sealed && version != PARLEY_TLS12)) {
        return PARLEY_ERR_record_version;
    }
    if (!known) {
        return PARLEY_ERR_record_type;
    }
    size_t most = PARLEY_RECORD_MAX;
    if (e->read.cipher != PARLEY_CIPHER_NONE) {
        most += e->version == PARLEY_TLS13 ? 256 : 2048;
    } else if (e->skipping) {
        most += 256;
    }
    return len > most ? PARLEY_ERR_record_overflow : PARLEY_OK;
}

static enum parley_error input_alert(struct parley_engine *e, struct parley_bytes in) {
    union parley_message_value m;
    struct parley_wire_error where;
    if (!parley_message_parse(PARLEY_MSG_alert, in, &m, NULL, &where)) {
        return in.len == 2 ? where.error : PARLEY_ERR_bad_alert;
    }
    /* In TLS 1.3 what is protected does not look like an alert from outside: see open_record. */
    bool plain = e->version == PARLEY_TLS13 && e->record[0] == PARLEY_CONTENT_ALERT;
    engine_observe(e, PARLEY_EVENT_MESSAGE_IN, PARLEY_MSG_alert,
                   plain ? PARLEY_EPOCH_INITIAL : e->read_epoch, in);
    uint8_t description = m.alert.description;
    if (description == PARLEY_ALERT_close_notify && m.alert.level == 1) {
        e->peer_closed = true;
        if (!e->done) {
            e->error = PARLEY_ERR_closed_early;
        }
        return PARLEY_OK;
    }
    bool tls13 = e->version == PARLEY_TLS13 && e->suite;
    if (m.alert.level == 1 && tls13 && description != PARLEY_ALERT_user_canceled) {
        return PARLEY_ERR_bad_alert; /* RFC 8446 6: an error whatever its level */
    }
    if (m.alert.level == 1 && e->renegotiating && description == PARLEY_ALERT_no_renegotiation) {
        return PARLEY_ERR_renegotiation;
    }
    if (m.alert.level == 1) {
        return ++e->warnings > WARNINGS_MAX ? PARLEY_ERR_too_many_warnings : PARLEY_OK;
    }
    e->alert_received = description;
    return PARLEY_ERR_peer_alert;
}

/* TLS 1.3 drops the change_cipher_spec of middlebox compatibility (RFC 8446 5, D.4). */
static bool compat_ccs_allowed(const struct parley_engine *e) {
    if (e->done || config_max(e->config) < PARLEY_TLS13) {
        return false;
    }
    if (e->suite || e->hello_retry) {
        return e->version == PARLEY_TLS13;
    }
    return e->role == PARLEY_CLIENT && e->state != STATE_send_client_hello;
}

static enum parley_error input_ccs(struct parley_engine *e, struct parley_bytes in) {
    if (in.len != 1 || in.data[0] != 1) {
        return PARLEY_ERR_bad_change_cipher_spec;
    }
    engine_observe(e, PARLEY_EVENT_MESSAGE_IN, PARLEY_MSG_change_cipher_spec,
                   e->version == PARLEY_TLS12 ? e->read_epoch : PARLEY_EPOCH_INITIAL, in);
    if (compat_ccs_allowed(e)) {
        return ++e->compat_ccs_seen > COMPAT_CCS_MAX ? PARLEY_ERR_too_many_empty_records
                                                     : PARLEY_OK;
    }
    if (e->hs_position != e->hs_length) {
        return PARLEY_ERR_unexpected_record;
    }
    union parley_message_value m = {.change_cipher_spec = {1}};
    enum parley_error error = handshake_event(e, PARLEY_MSG_change_cipher_spec, &m);
    return error == PARLEY_ERR_unexpected_message ? PARLEY_ERR_unexpected_record : error;
}

static enum parley_error input_data(struct parley_engine *e, struct parley_bytes in) {
    bool early = e->read_epoch == PARLEY_EPOCH_EARLY;
    /* What was on its way when a client began to renegotiate still comes (RFC 5246 7.4.1.1). */
    bool late = e->renegotiating && e->state == STATE_wait_server_hello;
    bool allowed = early || late || (e->done && e->read_epoch == PARLEY_EPOCH_APPLICATION);
    if (!allowed) {
        bool handshake =
            !e->suite || (e->role == PARLEY_CLIENT && e->state != STATE_wait_change_cipher_spec);
        return handshake_refuse(e, e->read.cipher == PARLEY_CIPHER_NONE && handshake
                                       ? PARLEY_ERR_data_before_handshake
                                       : PARLEY_ERR_unexpected_record);
    }
    if (in.len == 0) {
        return ++e->empty_records > EMPTY_RECORDS_MAX ? PARLEY_ERR_too_many_empty_records
                                                      : PARLEY_OK;
    }
    e->empty_records = e->warnings = e->key_updates = e->hello_requests = 0;
    if (early) {
        if (in.len > e->early_limit - e->early_seen) {
            return PARLEY_ERR_too_much_early_data;
        }
        e->early_seen += (uint32_t)in.len;
    }
    engine_observe(e, PARLEY_EVENT_DATA_IN, PARLEY_MESSAGE_UNKNOWN, e->read_epoch, in);
    e->data = in;
    e->data_early = early;
    return PARLEY_OK;
}

/* RFC 5246 6.2.1 lets nobody send an empty handshake record. Before the first hello it means
 * nothing yet. */
static enum parley_error input_empty(struct parley_engine *e) {
    if (e->state != STATE_wait_client_hello) {
        return PARLEY_ERR_record_empty;
    }
    return ++e->empty_records > EMPTY_RECORDS_MAX ? PARLEY_ERR_too_many_empty_records : PARLEY_OK;
}

static enum parley_error dispatch(struct parley_engine *e, uint8_t type, struct parley_bytes in) {
    if (type != PARLEY_CONTENT_HANDSHAKE && type != PARLEY_CONTENT_CHANGE_CIPHER_SPEC &&
        e->hs_position != e->hs_length && !e->config->tolerant) {
        return PARLEY_ERR_interleaved_record;
    }
    switch (type) {
    case PARLEY_CONTENT_HANDSHAKE:
        if (in.len == 0) {
            return input_empty(e);
        }
        e->warnings = 0;
        return handshake_input(e, in);
    case PARLEY_CONTENT_ALERT:
        return in.len == 0 ? PARLEY_ERR_record_empty : input_alert(e, in);
    case PARLEY_CONTENT_CHANGE_CIPHER_SPEC:
        return input_ccs(e, in);
    case PARLEY_CONTENT_APPLICATION_DATA:
        return input_data(e, in);
    default:
        return PARLEY_ERR_record_type;
    }
}

/* skip_early returns whether the record is rejected 0-RTT data, to be passed over (RFC
 * 8446 4.2.10): before a second client_hello every application_data record, else each that does not
 * decrypt. */
static enum parley_error skip_early(struct parley_engine *e, size_t len, bool *skip) {
    *skip = true;
    if (len > e->skip_left) {
        return PARLEY_ERR_too_much_skipped;
    }
    e->skip_left -= (uint32_t)len;
    return PARLEY_OK;
}

/* RFC 8449 4: record_size_limit is about protected records only, and in TLS 1.3 counts what is
 * around the content. RFC 6066 4: max_fragment_length is about every record from then on. */
static bool exceeds_limit(const struct parley_engine *e, size_t record_len, size_t content_len) {
    enum { TAG = 16 };
    if (e->read.cipher == PARLEY_CIPHER_NONE) {
        return e->max_fragment_length && content_len > e->receive_limit;
    }
    if (e->version == PARLEY_TLS13 && e->record_size_limit) {
        content_len = record_len - PARLEY_RECORD_HEADER - TAG - 1;
    }
    return content_len > e->receive_limit;
}

static enum parley_error open_record(struct parley_engine *e, uint8_t *type,
                                     struct parley_bytes *in, bool *skip) {
    size_t len = e->in_length;
    *skip = false;
    /* RFC 8446 5: change_cipher_spec is never protected in TLS 1.3. */
    bool plain_ccs = e->record[0] == PARLEY_CONTENT_CHANGE_CIPHER_SPEC &&
                     (e->read.cipher == PARLEY_CIPHER_NONE || e->version == PARLEY_TLS13);
    /* A client that cannot take our server_hello has no keys yet to protect its alert with. */
    bool plain_alert =
        e->version == PARLEY_TLS13 && !e->done &&
        (e->config->tolerant || (e->role == PARLEY_SERVER && e->read.sequence == 0)) &&
        e->record[0] == PARLEY_CONTENT_ALERT && len == PARLEY_RECORD_HEADER + 2;
    if (plain_ccs || plain_alert) {
        *type = e->record[0];
        *in = bytes_of(e->record + PARLEY_RECORD_HEADER, len - PARLEY_RECORD_HEADER);
        return PARLEY_OK;
    }
    if (e->skipping && e->skip_until_hello && e->record[0] == PARLEY_CONTENT_APPLICATION_DATA) {
        if (e->hs_position != e->hs_length) {
            return PARLEY_ERR_unexpected_record; /* within the second client_hello */
        }
        return skip_early(e, len - PARLEY_RECORD_HEADER, skip);
    }
    enum parley_error error = protect_open(&e->read, e->record, len, type, in);
    if (error == PARLEY_ERR_record_decrypt && e->skipping && !e->skip_until_hello) {
        return skip_early(e, len - PARLEY_RECORD_HEADER, skip);
    }
    if (error == PARLEY_ERR_record_decrypt && e->config->tolerant) {
        *skip = true; /* what cannot be read is passed over */
        return PARLEY_OK;
    }
    if (!error && e->read.cipher != PARLEY_CIPHER_NONE) {
        e->skipping = false;
    }
    if (!error && *type == PARLEY_CONTENT_CHANGE_CIPHER_SPEC && e->version == PARLEY_TLS13) {
        error = PARLEY_ERR_unexpected_record; /* a protected one */
    }
    if (!error && exceeds_limit(e, len, in->len)) {
        error = PARLEY_ERR_plaintext_overflow;
    }
    return error;
}

bool records_begin(struct parley_engine *e) {
    enum parley_error error = judge_header(e);
    if (error) {
        records_fail(e, error);
    }
    return !error;
}

void records_process(struct parley_engine *e) {
    uint8_t type = 0;
    bool skip = false;
    struct parley_bytes in = {0};
    engine_observe(e, PARLEY_EVENT_RECORD_IN, PARLEY_MESSAGE_UNKNOWN, e->read_epoch,
                   bytes_of(e->record, e->in_length));
    bool v2 = v2_hello_begins(e);
    enum parley_error error = v2 ? v2_hello_take(e) : open_record(e, &type, &in, &skip);
    e->in_length = 0;
    e->record_seen = true;
    if (!error && !skip && !v2) {
        error = dispatch(e, type, in);
    }
    if (!error && !e->error) {
        error = handshake_advance(e);
    }
    if (error) {
        records_fail(e, error);
    }
}
