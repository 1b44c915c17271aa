/* What is said about a connection, as a line of JSON for programs. */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>
#include <openssl/bio.h>
#include <openssl/x509.h>

#include "cli/relay.h"

static json_t *alert_json(unsigned alert) {
    return alert == PARLEY_ALERT_NONE ? json_null() : json_string(parley_alert_name(alert));
}

static json_t *bytes_json(struct parley_bytes bytes) {
    char plain[4 * PARLEY_NAME_MAX + 1];
    cli_plain(plain, sizeof(plain), bytes);
    return bytes.len > 0 ? json_string(plain) : json_null();
}

static json_t *text_json(const char *text) {
    return text != NULL ? json_string(text) : json_null();
}

/* code_json: the name of |code|, where one was negotiated. */
static json_t *code_json(uint16_t code, const char *(*name)(uint16_t)) {
    return code != 0 ? json_string(name(code)) : json_null();
}

static json_t *count_json(uint64_t count) {
    return json_integer((json_int_t)count);
}

/* subject_json: the name that a certificate is for, as RFC 2253 writes it. */
static json_t *subject_json(struct parley_bytes der) {
    const uint8_t *p = der.data;
    X509 *x509 = der.len > 0 ? d2i_X509(NULL, &p, (long)der.len) : NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    const uint8_t *text;
    size_t len = 0;
    bool ok = x509 != NULL && bio != NULL &&
              X509_NAME_print_ex(bio, X509_get_subject_name(x509), 0, XN_FLAG_RFC2253) >= 0 &&
              BIO_mem_contents(bio, &text, &len) == 1;
    json_t *subject = ok ? json_stringn((const char *)text, len) : json_null();
    BIO_free(bio);
    X509_free(x509);
    return subject;
}

/* how_closed: how the peer ended, if it did, or that we did not wait for it. */
static const char *how_closed(const struct relay *r, const struct parley_outcome *o) {
    if (r->stage == RELAY_DIALING) {
        return NULL;
    }
    if ((parley_engine_status(r->engine) & PARLEY_PEER_CLOSED) != 0) {
        return "close_notify";
    }
    if (o->alert_received != PARLEY_ALERT_NONE) {
        return "alert";
    }
    return r->ended ? "truncated" : "by us";
}

/* What was negotiated: null where nothing was. */
static void set_negotiated(json_t *out, const struct parley_outcome *o) {
    json_object_set_new(out, "version", code_json(o->version, parley_version_name));
    json_object_set_new(out, "suite", code_json(o->suite, parley_suite_name));
    json_object_set_new(out, "group", code_json(o->group, parley_group_name));
    json_object_set_new(out, "signature_scheme", code_json(o->sigalg_server, parley_sigalg_name));
    json_object_set_new(out, "client_signature_scheme",
                        code_json(o->sigalg_client, parley_sigalg_name));
    json_object_set_new(out, "server_name", bytes_json(o->server_name));
    json_object_set_new(out, "alpn", bytes_json(o->alpn));
    json_object_set_new(out, "resumed", json_boolean(o->resumed));
    json_object_set_new(out, "hello_retry", json_boolean(o->hello_retry));
    json_object_set_new(out, "extended_master_secret", json_boolean(o->extended_master_secret));
    json_object_set_new(out, "early_data_accepted", json_boolean(o->early_data_accepted));
    json_object_set_new(out, "renegotiations", json_integer(o->renegotiations));
    json_object_set_new(out, "key_updates_sent", json_integer(o->key_updates_sent));
    json_object_set_new(out, "key_updates_received", json_integer(o->key_updates_received));
    json_object_set_new(out, "peer_verified", json_boolean(o->peer_verified));
    json_object_set_new(out, "peer_subject", subject_json(o->peer_certificate));
}

static void set_failure(json_t *out, const struct relay *r, const struct parley_outcome *o) {
    bool engine = o->error != PARLEY_OK;
    json_object_set_new(out, "error",
                        json_string(engine ? parley_error_name(o->error) : "connection"));
    json_object_set_new(out, "reason",
                        json_string(r->trouble[0] != 0 ? r->trouble : parley_error_text(o->error)));
    json_object_set_new(out, "message",
                        o->error_message != PARLEY_MESSAGE_UNKNOWN
                            ? json_string(parley_message_name(o->error_message))
                            : json_null());
    json_object_set_new(out, "state", text_json(o->state));
}

void relay_summary_json(const struct relay *r, bool fine, const struct parley_outcome *o) {
    json_t *out = json_object();
    json_object_set_new(out, "peer", json_string(r->peer));
    json_object_set_new(out, "ok", json_boolean(fine));
    json_object_set_new(out, "done", json_boolean(o->done));
    set_negotiated(out, o);
    json_object_set_new(out, "early_data_bytes", count_json(r->early_bytes));
    json_object_set_new(out, "bytes_in", count_json(r->plain.bytes_out));
    json_object_set_new(out, "bytes_out", count_json(r->plain.bytes_in));
    json_object_set_new(out, "closed", text_json(how_closed(r, o)));
    json_object_set_new(out, "alert_sent", alert_json(o->alert_sent));
    json_object_set_new(out, "alert_received", alert_json(o->alert_received));
    if (fine) {
        static const char *const names[] = {"error", "reason", "message", "state"};
        for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            json_object_set_new(out, names[i], json_null());
        }
    } else {
        set_failure(out, r, o);
    }
    char *line = json_dumps(out, JSON_COMPACT);
    if (line != NULL) {
        fprintf(stderr, "%s\n", line);
    }
    free(line);
    json_decref(out);
}
