/* Traces in words: fields that operations have by number get their names, what the mutator has done
 * is said by other operations. Which fields a message has is known when it is sent: the trace is
 * run without the operation and what comes behind it, which may leave no fields to see, and the
 * message looked at. */
#include <string.h>

#include "script/spell.h"
#include "script/trace.h"
#include "script/trial.h"

/* A message of our end, looked for. */
struct search {
    struct parley_point point;
    size_t session; /* that it is in */
    size_t ended;   /* sessions so far */
    unsigned seen;
    bool found;
    struct bent message;
};

static void take(void *arg, const struct parley_event *event, const char *bends) {
    struct search *s = arg;
    bool fits = s->point.message == PARLEY_POINT_ANY || s->point.message == event->message;
    (void)bends;
    if (event->kind != PARLEY_EVENT_MESSAGE_OUT || s->ended != s->session || s->found || !fits) {
        return;
    }
    s->seen++;
    if ((s->point.nth == 0 || s->point.nth == s->seen) &&
        event->bytes.len <= sizeof s->message.bytes) {
        s->found = true;
        s->message.message = event->message;
        s->message.len = event->bytes.len;
        memcpy(s->message.bytes, event->bytes.data, event->bytes.len);
    }
}

static void end_session(void *arg, size_t index, const struct parley_trial_session *session) {
    struct search *s = arg;
    (void)session;
    s->ended = index + 1;
}

/* look_for finds the message that operation |index| of |session| is about. */
static bool look_for(struct parley_trial *trial, const struct parley_trace *trace, size_t session,
                     size_t index, struct parley_trace *room, struct search *s) {
    static struct parley_trial_result result;
    struct parley_trial_watch watch = {.arg = s, .event = take};
    const struct parley_line *line = &trace->sessions[session].operations[index];
    char why[200];
    s->point = parley_point_of(&line->operands[0]);
    s->session = session;
    s->ended = s->seen = 0;
    s->found = false;
    *room = *trace;
    room->sessions[session].operation_count = index;
    return parley_trial_run(trial, room, &watch, end_session, s, &result, why, NULL) && s->found;
}

/* is_numbered returns whether |line| has a field by number. */
static bool is_numbered(const struct parley_trace *trace, const struct parley_line *line) {
    struct parley_bytes path = parley_trace_bytes(trace, &line->operands[1]);
    if (parley_line_rows[line->row].operands[1] != PARLEY_OPERAND_FIELD || path.len == 0) {
        return false;
    }
    for (size_t i = 0; i < path.len; i++) {
        if (path.data[i] < '0' || path.data[i] > '9') {
            return false;
        }
    }
    return true;
}

/* name_of writes what the field of |line| is called in |message|. */
static bool name_of(const struct parley_trace *trace, const struct parley_line *line,
                    struct bent *message, char name[BEND_NAME_MAX]) {
    struct mutator m;
    bend_look(&m, message);
    struct parley_bytes path = parley_trace_bytes(trace, &line->operands[1]);
    const struct parley_span *span = bend_find(&m.view, path, line->row == PARLEY_LINE_length);
    return span != NULL && bend_name(&m.view, span, name);
}

/* name_field gives the field of an operation its name. */
static bool name_field(struct parley_trace *trace, size_t session, size_t index,
                       struct bent *message) {
    char name[BEND_NAME_MAX];
    struct parley_line *line = &trace->sessions[session].operations[index];
    return name_of(trace, line, message, name) &&
           parley_trace_keep(trace, &line->operands[1],
                             (struct parley_bytes){(const uint8_t *)name, strlen(name)});
}

/* spell_line tries to say operation |index| of |session| in words. */
static bool spell_line(struct parley_trial *trial, struct parley_trace *trace, size_t session,
                       size_t index, struct parley_trace *room,
                       bool (*keeps)(void *arg, const struct parley_trace *trace), void *arg) {
    static struct search search;
    struct parley_line line = trace->sessions[session].operations[index];
    bool mutation = line.row == PARLEY_LINE_mutate;
    if ((!mutation && !is_numbered(trace, &line)) ||
        !look_for(trial, trace, session, index, room, &search)) {
        return false;
    }
    for (unsigned choice = 0; choice < (mutation ? SPELL_CHOICES : 1); choice++) {
        *room = *trace;
        bool spelt = mutation ? spell_mutation(&search.message, &line, choice, room,
                                               &room->sessions[session].operations[index])
                              : name_field(room, session, index, &search.message);
        if (spelt && keeps(arg, room)) {
            *trace = *room;
            return true;
        }
    }
    return false;
}

size_t parley_trial_spell(struct parley_trial *trial, struct parley_trace *trace,
                          struct parley_trace *room,
                          bool (*keeps)(void *arg, const struct parley_trace *trace), void *arg) {
    size_t spelt = 0;
    for (size_t i = 0; i < trace->session_count; i++) {
        for (size_t j = 0; j < trace->sessions[i].operation_count; j++) {
            spelt += spell_line(trial, trace, i, j, room, keeps, arg);
        }
    }
    return spelt;
}
