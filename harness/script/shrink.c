/* Making a trace smaller: sessions, operations, settings, then what is in them. */
#include <string.h>

#include "script/shrink.h"

bool shrink_try(struct shrinker *s) {
    s->tries++;
    if (!s->keeps(s->arg, s->next)) {
        return false;
    }
    *s->trace = *s->next;
    return true;
}

static void remove_session(struct parley_trace *trace, size_t index) {
    trace->session_count--;
    memmove(&trace->sessions[index], &trace->sessions[index + 1],
            (trace->session_count - index) * sizeof trace->sessions[0]);
}

static void remove_setting(struct parley_trace_session *session, size_t index) {
    session->setting_count--;
    memmove(&session->settings[index], &session->settings[index + 1],
            (session->setting_count - index) * sizeof session->settings[0]);
}

/* Each of these walks from the end, and returns whether something went. */
static bool drop_sessions(struct shrinker *s) {
    bool smaller = false;
    for (size_t i = s->trace->session_count; i > 0 && s->trace->session_count > 1; i--) {
        *s->next = *s->trace;
        remove_session(s->next, i - 1);
        smaller |= shrink_try(s);
    }
    return smaller;
}

static bool drop_lines(struct shrinker *s, size_t session) {
    bool smaller = false;
    for (size_t i = s->trace->sessions[session].operation_count; i > 0; i--) {
        *s->next = *s->trace;
        parley_trace_remove(&s->next->sessions[session], i - 1);
        smaller |= shrink_try(s);
    }
    for (size_t i = s->trace->sessions[session].setting_count; i > 0; i--) {
        *s->next = *s->trace;
        remove_setting(&s->next->sessions[session], i - 1);
        smaller |= shrink_try(s);
    }
    return smaller;
}

/* tidy leaves out of the pool what no line needs any more. */
static void tidy(struct shrinker *s) {
    static uint8_t bytes[4 * PARLEY_TRACE_POOL];
    size_t len = parley_trace_encode(s->trace, bytes, sizeof bytes);
    if (len > 0) {
        parley_trace_decode(s->next, (struct parley_bytes){bytes, len});
        *s->trace = *s->next;
    }
}

size_t parley_trace_shrink(struct parley_trace *trace, struct parley_trace *room,
                           bool (*keeps)(void *arg, const struct parley_trace *trace), void *arg) {
    struct shrinker s = {trace, room, keeps, arg, 0};
    bool smaller = true;
    while (smaller) {
        smaller = drop_sessions(&s);
        for (size_t i = 0; i < trace->session_count; i++) {
            smaller |= drop_lines(&s, i);
        }
        for (size_t i = 0; i < trace->session_count; i++) {
            const struct parley_trace_session *session = &trace->sessions[i];
            for (size_t j = 0; j < session->setting_count + session->operation_count; j++) {
                smaller |= shrink_line(&s, i, j);
            }
        }
    }
    tidy(&s);
    return s.tries;
}
