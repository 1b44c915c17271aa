/* Explain: how a run ended, in one line. */
#include "parley/pipe.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct line {
    char *out;
    size_t cap;
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void say(struct line *line, const char *format, ...) {
    if (line->len + 1 >= line->cap) {
        return;
    }
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line->out + line->len, line->cap - line->len, format, args);
    va_end(args);
    if (n > 0) {
        line->len += (size_t)n;
    }
    if (line->len >= line->cap) {
        line->len = line->cap - 1;
    }
}

static void say_failed(struct line *line, const struct parley_pipe_result *r) {
    const struct parley_endpoint_outcome *culprit = &r->ends[r->who];
    const struct parley_endpoint_outcome *other = &r->ends[1 - r->who];
    say(line, "%s stopped", parley_role_name(r->who));
    if (culprit->at != PARLEY_MESSAGE_UNKNOWN) {
        say(line, " at %s", parley_message_name(culprit->at));
    }
    if (culprit->state != NULL) {
        say(line, " in state %s", culprit->state);
    }
    if (culprit->error != NULL) {
        say(line, ": %s", culprit->error);
    }
    if (culprit->error_field != NULL) {
        say(line, " (%s)", culprit->error_field);
    }
    if (culprit->alert_sent != PARLEY_ALERT_NONE) {
        say(line, "; it sent alert %s", parley_alert_name(culprit->alert_sent));
        if (other->alert_received == culprit->alert_sent) {
            say(line, ", which the %s received", parley_role_name((enum parley_role)(1 - r->who)));
        }
    } else {
        say(line, "; it sent no alert");
    }
    if (culprit->alert_received != PARLEY_ALERT_NONE) {
        say(line, "; it had received alert %s", parley_alert_name(culprit->alert_received));
    }
}

static void say_state(struct line *line, const struct parley_pipe_result *r,
                      enum parley_role role) {
    const struct parley_endpoint_outcome *end = &r->ends[role];
    say(line, "%s waits in state %s%s", parley_role_name(role),
        end->state != NULL ? end->state : "?", end->done ? " (its handshake is done)" : "");
}

const char *parley_pipe_explain(const struct parley_pipe_result *r, char *out, size_t cap) {
    struct line line = {.out = out, .cap = cap};
    if (cap > 0) {
        out[0] = '\0';
    }
    switch (r->verdict) {
    case PARLEY_VERDICT_COMPLETE:
        say(&line, "complete");
        break;
    case PARLEY_VERDICT_FAILED:
        say_failed(&line, r);
        break;
    case PARLEY_VERDICT_STALLED:
        say(&line, "stalled (%s): ", parley_phase_name(r->phase));
        say_state(&line, r, PARLEY_CLIENT);
        say(&line, ", ");
        say_state(&line, r, PARLEY_SERVER);
        break;
    case PARLEY_VERDICT_BOUND:
        say(&line, "bound exceeded (%s) after %zu rounds, %zu bytes: ", parley_phase_name(r->phase),
            r->rounds, r->sent[0] + r->sent[1]);
        say_state(&line, r, PARLEY_CLIENT);
        say(&line, ", ");
        say_state(&line, r, PARLEY_SERVER);
        break;
    case PARLEY_VERDICT_CORRUPT:
        say(&line, "%s received application data that was not sent, at byte %zu",
            parley_role_name(r->who), r->corrupt_at);
        break;
    case PARLEY_VERDICT_REFUSED:
        say(&line, "%s refused (%s)", parley_role_name(r->who), parley_phase_name(r->phase));
        break;
    }
    return out;
}
