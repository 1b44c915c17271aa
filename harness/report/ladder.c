/* The ladder: every message of a connection, one line each. */
#include "parley/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- Collecting ---- */

static bool room_for_rung(struct parley_ladder *l) {
    if (l->count < l->capacity) {
        return true;
    }
    size_t capacity = l->capacity == 0 ? 64 : 2 * l->capacity;
    struct parley_rung *rungs = realloc(l->rungs, capacity * sizeof *rungs);
    if (rungs == NULL) {
        return false;
    }
    l->rungs = rungs;
    l->capacity = capacity;
    return true;
}

static bool room_for_bytes(struct parley_ladder *l, size_t len) {
    if (len <= l->bytes_capacity - l->length) {
        return true;
    }
    size_t capacity = l->bytes_capacity == 0 ? 16384 : l->bytes_capacity;
    while (capacity - l->length < len) {
        capacity *= 2;
    }
    uint8_t *bytes = realloc(l->bytes, capacity);
    if (bytes == NULL) {
        return false;
    }
    l->bytes = bytes;
    l->bytes_capacity = capacity;
    return true;
}

static void add_message(struct parley_ladder *l, enum parley_role from,
                        const struct parley_event *event) {
    if (!room_for_rung(l) || !room_for_bytes(l, event->bytes.len)) {
        l->incomplete = true;
        return;
    }
    /* A change_cipher_spec is never protected, whatever keys are in use (RFC 8446 5). */
    bool clear =
        event->message == PARLEY_MSG_change_cipher_spec && event->kind != PARLEY_EVENT_RECORD_PUT;
    l->rungs[l->count++] = (struct parley_rung){
        .from = from,
        .message = event->message,
        .epoch = clear ? PARLEY_EPOCH_INITIAL : event->epoch,
        .dropped = event->kind == PARLEY_EVENT_DROPPED,
        .inner = event->kind == PARLEY_EVENT_INNER_OUT || event->kind == PARLEY_EVENT_INNER_IN,
        .record = event->kind == PARLEY_EVENT_RECORD_PUT,
        .length = event->bytes.len,
        .offset = l->length,
    };
    if (event->bytes.len > 0) {
        memcpy(l->bytes + l->length, event->bytes.data, event->bytes.len);
    }
    l->length += event->bytes.len;
}

/* continues: whether more application data belongs to the last rung. */
static bool continues(const struct parley_ladder *l, enum parley_role from,
                      enum parley_epoch epoch) {
    if (l->count == 0) {
        return false;
    }
    const struct parley_rung *last = &l->rungs[l->count - 1];
    return last->data && last->from == from && last->epoch == epoch;
}

/* add_data: a megabyte in one direction is one rung. */
static void add_data(struct parley_ladder *l, enum parley_role from,
                     const struct parley_event *event) {
    if (!continues(l, from, event->epoch)) {
        if (!room_for_rung(l)) {
            l->incomplete = true;
            return;
        }
        l->rungs[l->count++] = (struct parley_rung){
            .from = from, .message = PARLEY_MESSAGE_UNKNOWN, .epoch = event->epoch, .data = true};
    }
    l->rungs[l->count - 1].length += event->bytes.len;
    l->rungs[l->count - 1].records++;
}

void parley_ladder_event(struct parley_ladder *l, enum parley_role observer,
                         const struct parley_event *event) {
    enum parley_role peer = observer == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
    bool peer_observed = (l->observed >> peer & 1) != 0;
    if (l->incomplete) {
        return;
    }
    switch (event->kind) {
    case PARLEY_EVENT_MESSAGE_OUT:
    case PARLEY_EVENT_DROPPED:
    case PARLEY_EVENT_INNER_OUT:
    case PARLEY_EVENT_RECORD_PUT:
        add_message(l, observer, event);
        break;
    case PARLEY_EVENT_DATA_OUT:
        add_data(l, observer, event);
        break;
    case PARLEY_EVENT_MESSAGE_IN:
    case PARLEY_EVENT_INNER_IN:
        if (!peer_observed) {
            add_message(l, peer, event);
        }
        break;
    case PARLEY_EVENT_DATA_IN:
        if (!peer_observed) {
            add_data(l, peer, event);
        }
        break;
    case PARLEY_EVENT_RECORD_OUT:
    case PARLEY_EVENT_RECORD_IN:
        break;
    }
}

void parley_ladder_note(struct parley_ladder *l, const char *text) {
    size_t len = strlen(text);
    if (l->count == 0 || !room_for_bytes(l, len)) {
        return;
    }
    memcpy(l->bytes + l->length, text, len);
    l->rungs[l->count - 1].note = l->length;
    l->rungs[l->count - 1].note_length = len;
    l->length += len;
}

void parley_ladder_clear(struct parley_ladder *l) {
    l->count = 0;
    l->length = 0;
    l->incomplete = false;
}

void parley_ladder_free(struct parley_ladder *l) {
    free(l->rungs);
    free(l->bytes);
    *l = (struct parley_ladder){.observed = l->observed};
}

struct parley_bytes parley_ladder_bytes(const struct parley_ladder *l,
                                        const struct parley_rung *rung) {
    if (rung->data) {
        return (struct parley_bytes){NULL, 0};
    }
    return (struct parley_bytes){l->bytes + rung->offset, rung->length};
}

/* ---- Printing ---- */

struct paint {
    const char *client, *server, *bad, *name, *faint, *off;
};
static const struct paint colours = {"\033[36m", "\033[33m", "\033[1;31m",
                                     "\033[1m",  "\033[2m",  "\033[0m"};
static const struct paint plain = {"", "", "", "", "", ""};

bool parley_colour_wanted(FILE *out) {
    const char *no = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return (no == NULL || *no == '\0') && term != NULL && strcmp(term, "dumb") != 0 &&
           isatty(fileno(out)) != 0;
}

/* The fields of a message on their way to a line: "name value, value; name value". */
struct writer {
    FILE *out;
    const char *last;
};

static void write_field(void *arg, const char *name, const char *value) {
    struct writer *w = arg;
    if (w->last != NULL && strcmp(w->last, name) == 0) {
        fprintf(w->out, ", %s", value);
    } else {
        fprintf(w->out, "%s%s %s", w->last != NULL ? "; " : "", name, value);
    }
    w->last = name;
}

static const char *arrow(const struct parley_rung *rung) {
    bool sealed = rung->epoch != PARLEY_EPOCH_INITIAL;
    if (rung->inner) {
        return "├┄┄┄┄┄┄▷│";
    }
    if (rung->from == PARLEY_CLIENT) {
        if (rung->dropped) {
            return sealed ? "├═══✗   │" : "├───✗   │";
        }
        return sealed ? "├══════▶│" : "├──────▶│";
    }
    if (rung->dropped) {
        return sealed ? "│   ✗═══┤" : "│   ✗───┤";
    }
    return sealed ? "│◀══════┤" : "│◀──────┤";
}

/* is_bad: worth a warning's colour: dropped, or an alert other than close_notify. */
static bool is_bad(const struct parley_ladder *l, const struct parley_rung *rung) {
    if (rung->dropped) {
        return true;
    }
    struct parley_bytes bytes = parley_ladder_bytes(l, rung);
    return rung->message == PARLEY_MSG_alert && bytes.len == 2 &&
           bytes.data[1] != PARLEY_ALERT_close_notify;
}

/* print_note: what was bent, behind an arrow. */
static void print_note(FILE *out, const struct parley_ladder *l, const struct parley_rung *rung,
                       const struct paint *paint) {
    if (rung->note_length > 0) {
        fprintf(out, "  %s◀ %.*s%s", paint->bad, (int)rung->note_length,
                (const char *)l->bytes + rung->note, paint->off);
    }
}

static void print_rung(FILE *out, const struct parley_ladder *l, const struct parley_rung *rung,
                       const struct paint *paint) {
    bool bad = is_bad(l, rung);
    const char *side = rung->from == PARLEY_CLIENT ? paint->client : paint->server;
    fprintf(out, "   %s%s%s  ", bad ? paint->bad : side, arrow(rung), paint->off);
    fprintf(out, "%s%-27s%s", bad ? paint->bad : paint->name,
            rung->data    ? "application_data"
            : rung->inner ? "client_hello (inner)"
            : rung->record && rung->message == PARLEY_MESSAGE_UNKNOWN
                ? "record"
                : parley_message_name(rung->message),
            paint->off);
    fprintf(out, "%s%7zu  %-11s%s", paint->faint, rung->length, parley_epoch_name(rung->epoch),
            paint->off);
    if (rung->dropped) {
        fprintf(out, "  %sdropped%s", paint->bad, paint->off);
    }
    if (rung->data) {
        fprintf(out, "  %zu record%s\n", rung->records, rung->records == 1 ? "" : "s");
        return;
    }
    fputs("  ", out);
    struct writer w = {.out = out};
    if (!parley_message_fields(rung->message, parley_ladder_bytes(l, rung), write_field, &w) &&
        rung->message != PARLEY_MESSAGE_UNKNOWN) {
        fprintf(out, "%snot well-formed%s", paint->bad, paint->off);
    }
    print_note(out, l, rung, paint);
    fputc('\n', out);
}

void parley_ladder_print(FILE *out, const struct parley_ladder *l, bool colour) {
    const struct paint *paint = colour ? &colours : &plain;
    fprintf(out, "%sclient  server%s  %smessage                      length  epoch%s\n",
            paint->name, paint->off, paint->faint, paint->off);
    for (size_t i = 0; i < l->count; i++) {
        print_rung(out, l, &l->rungs[i], paint);
    }
    if (l->incomplete) {
        fputs("   (out of memory: the rest is missing)\n", out);
    }
}
