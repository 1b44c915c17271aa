/* What is said about a connection: its line on stderr, and the page that --www answers with. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/relay.h"

/* Text that grows in a fixed space and is cut where it is full. */
struct text {
    size_t used;
    char at[2048];
};

__attribute__((format(printf, 2, 3))) static void add(struct text *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int put = vsnprintf(t->at + t->used, sizeof(t->at) - t->used, format, args);
    va_end(args);
    if (put > 0) {
        t->used +=
            (size_t)put < sizeof(t->at) - t->used ? (size_t)put : sizeof(t->at) - t->used - 1;
    }
}

/* Bytes from the peer are for a terminal: what is not plain ASCII is not shown as it is. */
static void add_name(struct text *t, struct parley_bytes name) {
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = name.data[i];
        bool plain = c > 0x20 && c < 0x7f && c != '\\' && c != '"';
        add(t, plain ? "%c" : "\\x%02x", c);
    }
}

static void add_negotiated(struct text *t, const struct parley_outcome *o, const char *between) {
    add(t, "%s%s%s", parley_version_name(o->version), between, parley_suite_name(o->suite));
    if (o->group != 0) {
        add(t, "%s%s", between, parley_group_name(o->group));
    }
    if (o->sigalg_server != 0) {
        add(t, "%s%s", between, parley_sigalg_name(o->sigalg_server));
    }
    if (o->server_name.len > 0) {
        add(t, "%sname ", between);
        add_name(t, o->server_name);
    }
    if (o->alpn.len > 0) {
        add(t, "%salpn ", between);
        add_name(t, o->alpn);
    }
    if (o->resumed) {
        add(t, "%sresumed", between);
    }
    if (o->hello_retry) {
        add(t, "%shello_retry_request", between);
    }
    if (o->early_data_accepted) {
        add(t, "%searly data", between);
    }
    if (o->renegotiations > 0) {
        add(t, "%srenegotiated %u time%s", between, o->renegotiations,
            o->renegotiations == 1 ? "" : "s");
    }
    if (o->peer_verified) {
        add(t, "%speer verified", between);
    }
}

/* Why it failed: the relay's own reason goes before what the engine made of it, except where the
 * peer had said something. */
static void add_failure(struct text *t, const struct relay *r, const struct parley_outcome *o) {
    bool engine_knows = o->error != PARLEY_OK && o->error != PARLEY_ERR_truncation &&
                        o->error != PARLEY_ERR_closed_early;
    if (r->trouble[0] != 0 && !engine_knows) {
        add(t, "failed: %s", r->trouble);
        if (r->stage == RELAY_DIALING) {
            return;
        }
    } else if (o->error == PARLEY_ERR_peer_alert) {
        add(t, "failed: the peer sent the alert %s", parley_alert_name(o->alert_received));
    } else {
        add(t, "failed: %s (%s)", parley_error_text(o->error), parley_error_name(o->error));
        if (o->error_field != NULL) {
            add(t, " in %s", o->error_field);
        }
        if (o->error_message != PARLEY_MESSAGE_UNKNOWN) {
            add(t, " at %s", parley_message_name(o->error_message));
        }
        if (o->alert_sent != PARLEY_ALERT_NONE) {
            add(t, ", alert %s sent", parley_alert_name(o->alert_sent));
        }
    }
    if (o->state != NULL) {
        add(t, ", in state %s", o->state);
    }
}

static json_t *alert_json(unsigned alert) {
    return alert == PARLEY_ALERT_NONE ? json_null() : json_string(parley_alert_name(alert));
}

static json_t *name_json(struct parley_bytes name) {
    struct text t = {0};
    add_name(&t, name);
    return name.len > 0 ? json_string(t.at) : json_null();
}

static void set_negotiated(json_t *out, const struct parley_outcome *o) {
    json_object_set_new(out, "version", json_string(parley_version_name(o->version)));
    json_object_set_new(out, "suite", json_string(parley_suite_name(o->suite)));
    json_object_set_new(out, "group",
                        o->group != 0 ? json_string(parley_group_name(o->group)) : json_null());
    json_object_set_new(out, "signature_scheme",
                        o->sigalg_server != 0 ? json_string(parley_sigalg_name(o->sigalg_server))
                                              : json_null());
    json_object_set_new(out, "server_name", name_json(o->server_name));
    json_object_set_new(out, "alpn", name_json(o->alpn));
    json_object_set_new(out, "resumed", json_boolean(o->resumed));
    json_object_set_new(out, "hello_retry", json_boolean(o->hello_retry));
    json_object_set_new(out, "early_data_accepted", json_boolean(o->early_data_accepted));
    json_object_set_new(out, "renegotiations", json_integer(o->renegotiations));
    json_object_set_new(out, "peer_verified", json_boolean(o->peer_verified));
}

static void print_json(const struct relay *r, bool fine, const struct parley_outcome *o) {
    json_t *out = json_object();
    json_object_set_new(out, "peer", json_string(r->peer));
    json_object_set_new(out, "ok", json_boolean(fine));
    json_object_set_new(out, "done", json_boolean(o->done));
    if (o->version != 0) {
        set_negotiated(out, o);
    }
    json_object_set_new(out, "bytes_in", json_integer((json_int_t)r->plain.bytes_out));
    json_object_set_new(out, "bytes_out", json_integer((json_int_t)r->plain.bytes_in));
    if (!fine) {
        json_object_set_new(
            out, "error",
            json_string(o->error != PARLEY_OK ? parley_error_name(o->error) : "connection"));
        json_object_set_new(
            out, "reason",
            json_string(r->trouble[0] != 0 ? r->trouble : parley_error_text(o->error)));
        json_object_set_new(out, "message",
                            o->error_message != PARLEY_MESSAGE_UNKNOWN
                                ? json_string(parley_message_name(o->error_message))
                                : json_null());
        json_object_set_new(out, "state", o->state != NULL ? json_string(o->state) : json_null());
        json_object_set_new(out, "alert_sent", alert_json(o->alert_sent));
        json_object_set_new(out, "alert_received", alert_json(o->alert_received));
    }
    char *line = json_dumps(out, JSON_COMPACT);
    if (line != NULL) {
        fprintf(stderr, "%s\n", line);
    }
    free(line);
    json_decref(out);
}

void relay_summary(const struct relay *r, bool fine) {
    struct parley_outcome outcome = {.error_message = PARLEY_MESSAGE_UNKNOWN,
                                     .alert_sent = PARLEY_ALERT_NONE,
                                     .alert_received = PARLEY_ALERT_NONE};
    if (r->stage != RELAY_DIALING) {
        parley_engine_outcome(r->engine, &outcome);
    }
    if (r->hub->json) {
        print_json(r, fine, &outcome);
        return;
    }
    struct text t = {0};
    if (outcome.done) {
        add_negotiated(&t, &outcome, ", ");
        add(&t, "; %" PRIu64 " bytes in, %" PRIu64 " bytes out; ", r->plain.bytes_out,
            r->plain.bytes_in);
    }
    if (fine) {
        add(&t, r->given_up ? "closed by us" : "closed");
    } else {
        add_failure(&t, r, &outcome);
    }
    fprintf(stderr, "%s: %s\n", r->peer, t.at);
}

void relay_page(struct relay *r) {
    struct parley_outcome outcome;
    struct text body = {0};
    struct text head = {0};
    parley_engine_outcome(r->engine, &outcome);
    add(&body, "parley\n");
    add_negotiated(&body, &outcome, "\n");
    add(&body, "\n");
    add(&head,
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n"
        "Connection: close\r\n\r\n",
        body.used);
    buffer_append(&r->plain.arrived, head.at, head.used);
    if (!r->head_request) {
        buffer_append(&r->plain.arrived, body.at, body.used);
    }
    r->plain.bytes_in += head.used + (r->head_request ? 0 : body.used);
}
