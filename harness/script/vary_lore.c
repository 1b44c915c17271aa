/* What has been seen of handshakes. */
#include <stdlib.h>
#include <string.h>

#include "script/trace.h"
#include "script/vary.h"

struct parley_lore *parley_lore_new(void) {
    return calloc(1, sizeof(struct parley_lore));
}

void parley_lore_free(struct parley_lore *lore) {
    free(lore);
}

static void remember(struct lore_message *place, enum parley_message message,
                     struct parley_bytes bytes) {
    bool handshake = parley_messages[message].content == PARLEY_CONTENT_HANDSHAKE;
    size_t header = handshake ? PARLEY_HANDSHAKE_HEADER : 0;
    if (bytes.len > header && bytes.len - header <= sizeof place->bytes) {
        place->len = bytes.len - header;
        memcpy(place->bytes, bytes.data + header, place->len);
    }
}

void parley_lore_event(struct parley_lore *lore, const struct parley_event *event,
                       const char *bends) {
    if (event->message >= PARLEY_MESSAGE_COUNT) {
        return;
    }
    if (event->kind == PARLEY_EVENT_MESSAGE_IN) {
        remember(&lore->its[event->message], event->message, event->bytes);
    } else if (event->kind == PARLEY_EVENT_MESSAGE_OUT && bends == NULL) {
        remember(&lore->ours[event->message], event->message, event->bytes);
    }
}

/* ---- Settings ---- */

static uint64_t add(uint64_t hash, uint64_t number) {
    return (hash ^ number) * UINT64_C(0x100000001b3);
}

/* key_of is about all settings of all sessions, and the stack's role. */
static uint64_t key_of(const struct parley_trace *trace) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325) + trace->role;
    for (size_t i = 0; i < trace->session_count; i++) {
        const struct parley_trace_session *session = &trace->sessions[i];
        hash = add(hash, session->setting_count);
        for (size_t j = 0; j < session->setting_count; j++) {
            const struct parley_line *line = &session->settings[j];
            struct parley_bytes bytes = parley_trace_bytes(trace, &line->operands[0]);
            hash = add(add(hash, line->row), line->whose);
            hash = add(add(hash, line->operands[0].number), bytes.len);
            for (size_t k = 0; k < bytes.len; k++) {
                hash = add(hash, bytes.data[k]);
            }
        }
    }
    return hash;
}

void parley_lore_run(struct parley_lore *lore, const struct parley_trace *trace,
                     const struct parley_trial_result *result) {
    uint64_t key = key_of(trace);
    size_t place = key % LORE_SETTINGS;
    if (lore->settings[place].key != key) {
        memset(&lore->settings[place], 0, sizeof lore->settings[place]);
        lore->settings[place].key = key;
    }
    for (size_t i = 0; i < result->session_count; i++) {
        lore->settings[place].sent[i] |= result->sessions[i].sent;
    }
}

uint64_t lore_sent(const struct varying *v, size_t session) {
    if (v->lore == NULL) {
        return 0;
    }
    uint64_t key = key_of(v->trace);
    size_t place = key % LORE_SETTINGS;
    return v->lore->settings[place].key == key ? v->lore->settings[place].sent[session] : 0;
}

struct parley_bytes vary_message(const struct varying *v, enum parley_message message) {
    if (v->lore == NULL || message >= PARLEY_MESSAGE_COUNT) {
        return (struct parley_bytes){NULL, 0};
    }
    const struct lore_message *ours = &v->lore->ours[message], *its = &v->lore->its[message];
    return ours->len > 0 ? (struct parley_bytes){ours->bytes, ours->len}
                         : (struct parley_bytes){its->bytes, its->len};
}
