/* What the stack did, as counters: a fuzzing engine then keeps traces that make it do something
 * else, even where the stack itself has no counters. */
#include <string.h>

#include "fuzzers/deep.h"

/* libFuzzer reads and clears this section after each execution, unseen by the compiler; AFL++ has a
 * map of its own. */
#define FEATURES (1U << 15)
static volatile uint8_t features[FEATURES] __attribute__((section("__libfuzzer_extra_counters")));
extern uint8_t *__afl_area_ptr __attribute__((weak));
extern uint32_t __afl_map_size __attribute__((weak));

static uint8_t ever[FEATURES / 8];
static uint64_t classes;
static uint32_t last; /* what happened before */

static uint32_t mix(uint32_t hash, uint32_t value) {
    hash = (hash ^ value) * UINT32_C(0x85ebca6b);
    return hash ^ hash >> 13;
}

static uint32_t mix_text(uint32_t hash, const char *text) {
    while (text != NULL && *text != '\0') {
        hash = mix(hash, (uint8_t)*text++);
    }
    return hash;
}

static void feature(uint32_t hash) {
    uint32_t at = hash % FEATURES;
    features[at] = 1;
    if (&__afl_area_ptr != NULL && __afl_area_ptr != NULL) {
        __afl_area_ptr[at % __afl_map_size] = 1;
    }
    classes += (ever[at / 8] >> at % 8 & 1) == 0;
    ever[at / 8] = (uint8_t)(ever[at / 8] | 1U << at % 8);
}

uint64_t deep_classes(void) {
    return classes;
}

void deep_features_begin(void) {
    last = 1;
}

/* Which message follows which. */
void deep_event(const struct parley_event *event) {
    bool in = event->kind == PARLEY_EVENT_MESSAGE_IN;
    if (!in && event->kind != PARLEY_EVENT_MESSAGE_OUT && event->kind != PARLEY_EVENT_RECORD_PUT) {
        return;
    }
    uint32_t what = (uint32_t)event->kind << 16 | (uint32_t)event->epoch << 8 | event->message;
    if (event->message == PARLEY_MSG_alert && in && event->bytes.len == 2) {
        what |= (uint32_t)event->bytes.data[1] << 20;
    }
    if (in) {
        feature(mix(last, what));
    }
    last = mix(0, what);
}

void deep_session(const struct parley_trace *trace, size_t index,
                  const struct parley_trial_session *session) {
    const struct parley_endpoint_outcome *its = &session->pipe.ends[trace->role];
    const struct parley_trace_session *s = &trace->sessions[index];
    uint32_t answer = mix(mix(2, session->answer), session->alert);
    uint32_t outcome = mix_text(mix(answer, session->version), its->error);
    feature(mix(outcome, last));
    feature(mix(mix(mix(3, its->suite), its->group), session->resumed));
    for (size_t i = 0; i < s->operation_count; i++) {
        if ((session->applied >> i & 1) != 0) {
            const struct parley_line *line = &s->operations[i];
            uint32_t point = (uint8_t)line->operands[0].number;
            feature(mix(mix(outcome, line->row), point));
        }
    }
}

void deep_verdict_feature(const struct deep_verdict *verdict) {
    feature(mix_text(mix_text(4, verdict->judgement.oracle), verdict->judgement.section));
}
