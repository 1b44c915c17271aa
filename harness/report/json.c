/* JSON: a run for machines. */
#include "parley/report.h"

#include <string.h>

#include <jansson.h>

void parley_hex(const uint8_t *bytes, size_t len, char *out) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

static void put(json_t *object, const char *name, json_t *value) {
    (void)json_object_set_new(object, name, value);
}

/* add_field: a second value makes an array of the first. */
static void add_field(void *arg, const char *name, const char *value) {
    json_t *fields = arg;
    json_t *old = json_object_get(fields, name);
    if (old == NULL) {
        put(fields, name, json_string(value));
    } else if (json_is_array(old)) {
        (void)json_array_append_new(old, json_string(value));
    } else {
        put(fields, name, json_pack("[O, s]", old, value));
    }
}

json_t *parley_json_ladder(const struct parley_ladder *l) {
    json_t *messages = json_array();
    for (size_t i = 0; i < l->count; i++) {
        const struct parley_rung *rung = &l->rungs[i];
        json_t *fields = json_object();
        bool formed =
            rung->data ||
            parley_message_fields(rung->message, parley_ladder_bytes(l, rung), add_field, fields);
        if (rung->data) {
            put(fields, "records", json_integer((json_int_t)rung->records));
        }
        json_t *message = json_pack(
            "{s:s, s:s, s:s, s:I, s:b, s:b, s:b, s:o}", "from", parley_role_name(rung->from),
            "message", rung->data ? "application_data" : parley_message_name(rung->message),
            "epoch", parley_epoch_name(rung->epoch), "length", (json_int_t)rung->length, "dropped",
            rung->dropped, "inner", rung->inner, "well_formed", formed, "fields", fields);
        (void)json_array_append_new(messages, message);
    }
    return messages;
}

/* bytes_text: text if it is printable, else hex. */
static json_t *bytes_text(struct parley_bytes bytes) {
    char hex[2 * 255 + 1];
    bool text = true;
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] < 0x20 || bytes.data[i] >= 0x7f) {
            text = false;
        }
    }
    if (bytes.len == 0) {
        return json_null();
    }
    if (text) {
        return json_stringn((const char *)bytes.data, bytes.len);
    }
    parley_hex(bytes.data, bytes.len < 255 ? bytes.len : 255, hex);
    return json_string(hex);
}

static json_t *alert(unsigned value) {
    return value == PARLEY_ALERT_NONE ? json_null() : json_string(parley_alert_name(value));
}

static json_t *name_or_null(uint16_t code, const char *(*name)(uint16_t)) {
    return code == 0 ? json_null() : json_string(name(code));
}

json_t *parley_json_outcome(const struct parley_endpoint_outcome *o) {
    json_t *out = json_object();
    put(out, "done", json_boolean(o->done));
    put(out, "state", json_string(o->state));
    put(out, "version", name_or_null(o->version, parley_version_name));
    put(out, "suite", name_or_null(o->suite, parley_suite_name));
    put(out, "group", name_or_null(o->group, parley_group_name));
    put(out, "server_signature_scheme", name_or_null(o->sigalg_server, parley_sigalg_name));
    put(out, "client_signature_scheme", name_or_null(o->sigalg_client, parley_sigalg_name));
    put(out, "alpn", bytes_text(o->alpn));
    put(out, "server_name", bytes_text(o->server_name));
    put(out, "resumed", json_boolean(o->resumed));
    put(out, "early_data_accepted", json_boolean(o->early_data_accepted));
    put(out, "ech_accepted", json_boolean(o->ech_accepted));
    put(out, "hello_retry", json_boolean(o->hello_retry));
    put(out, "extended_master_secret", json_boolean(o->extended_master_secret));
    put(out, "encrypt_then_mac", json_boolean(o->encrypt_then_mac));
    put(out, "peer_verified", json_boolean(o->peer_verified));
    put(out, "peer_certificate_bytes", json_integer((json_int_t)o->peer_certificate.len));
    put(out, "alert_sent", alert(o->alert_sent));
    put(out, "alert_received", alert(o->alert_received));
    put(out, "error", o->error != NULL ? json_string(o->error) : json_null());
    put(out, "error_name",
        o->reason != PARLEY_OK ? json_string(parley_error_name(o->reason)) : json_null());
    put(out, "error_field", o->error_field != NULL ? json_string(o->error_field) : json_null());
    put(out, "stopped_at",
        o->failed && o->at != PARLEY_MESSAGE_UNKNOWN ? json_string(parley_message_name(o->at))
                                                     : json_null());
    return out;
}

static json_t *disagreements(unsigned bits) {
    json_t *list = json_array();
    for (unsigned i = 0; i < PARLEY_DISAGREEMENTS; i++) {
        if ((bits >> i & 1) != 0) {
            (void)json_array_append_new(list, json_string(parley_disagreement_name(i)));
        }
    }
    return list;
}

json_t *parley_json_result(const struct parley_pipe_result *r, const struct parley_ladder *ladder,
                           const struct parley_recording *recording) {
    char text[400];
    bool blamed = r->verdict == PARLEY_VERDICT_FAILED || r->verdict == PARLEY_VERDICT_CORRUPT ||
                  r->verdict == PARLEY_VERDICT_REFUSED;
    const struct parley_endpoint_outcome *culprit = &r->ends[r->who];
    json_t *out = json_object();
    put(out, "outcome", json_string(parley_verdict_name(r->verdict)));
    put(out, "phase", json_string(parley_phase_name(r->phase)));
    put(out, "explanation", json_string(parley_pipe_explain(r, text, sizeof text)));
    put(out, "who", blamed ? json_string(parley_role_name(r->who)) : json_null());
    put(out, "at",
        blamed && culprit->failed && culprit->at != PARLEY_MESSAGE_UNKNOWN
            ? json_string(parley_message_name(culprit->at))
            : json_null());
    put(out, "alert", blamed ? alert(culprit->alert_sent) : json_null());
    put(out, "agree", json_boolean(r->agreed));
    put(out, "disagreements", disagreements(r->disagreements));
    put(out, "rounds", json_integer((json_int_t)r->rounds));
    put(out, "bytes",
        json_pack("{s:I, s:I}", "client", (json_int_t)r->sent[PARLEY_CLIENT], "server",
                  (json_int_t)r->sent[PARLEY_SERVER]));
    put(out, "application_data_received",
        json_pack("{s:I, s:I}", "client", (json_int_t)r->received[PARLEY_CLIENT], "server",
                  (json_int_t)r->received[PARLEY_SERVER]));
    put(out, "early_data_sent", json_integer((json_int_t)r->early_sent));
    if (recording != NULL) {
        uint8_t digest[32];
        parley_recording_sha256(recording, digest);
        parley_hex(digest, sizeof digest, text);
        put(out, "sha256", json_string(text));
    }
    put(out, "client", parley_json_outcome(&r->ends[PARLEY_CLIENT]));
    put(out, "server", parley_json_outcome(&r->ends[PARLEY_SERVER]));
    if (ladder != NULL) {
        put(out, "messages", parley_json_ladder(ladder));
    }
    return out;
}
