/* What is said about a connection: its line on stderr, and the page that --www answers with. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

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

static void add_name(struct text *t, struct parley_bytes name) {
    char plain[4 * PARLEY_NAME_MAX + 1];
    cli_plain(plain, sizeof(plain), name);
    add(t, "%s", plain);
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
    if (o->key_updates_sent + o->key_updates_received > 0) {
        add(t, "%skeys updated %u:%u", between, o->key_updates_sent, o->key_updates_received);
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

void relay_summary(const struct relay *r, bool fine) {
    struct parley_outcome outcome = {.error_message = PARLEY_MESSAGE_UNKNOWN,
                                     .alert_sent = PARLEY_ALERT_NONE,
                                     .alert_received = PARLEY_ALERT_NONE};
    if (r->stage != RELAY_DIALING) {
        parley_engine_outcome(r->engine, &outcome);
    }
    if (r->hub->json) {
        relay_summary_json(r, fine, &outcome);
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
