/* The bender's hook: what is done to a message, and what is sent around it. */
#include "script/bender.h"

#include <stdio.h>
#include <string.h>

#include "script/deliver.h"

/* The room of a trace's operations in |applied|. */
_Static_assert(PARLEY_TRACE_OPERATIONS <= 64, "a set of operations is 64 bits");

static enum parley_line_kind kind_of(const struct parley_line *line) {
    return parley_line_rows[line->row].kind;
}

bool bender_is_about(const struct bender *b, const struct parley_line *line,
                     enum parley_message message) {
    enum parley_operand_kind kind = parley_line_rows[line->row].operands[0];
    if (kind != PARLEY_OPERAND_POINT && kind != PARLEY_OPERAND_PLACE) {
        return false;
    }
    struct parley_point point = parley_point_of(&line->operands[0]);
    unsigned count = point.message == PARLEY_POINT_ANY ? b->seen_any : b->seen[message];
    return (point.message == PARLEY_POINT_ANY || point.message == message) &&
           (point.nth == 0 || point.nth == count);
}

/* ---- Plans ---- */

/* is_idle returns whether an operation asks for nothing. */
static bool is_idle(const struct parley_line *line) {
    return (line->row == PARLEY_LINE_duplicate && line->operands[1].number == 0) ||
           (line->row == PARLEY_LINE_keys && line->operands[1].number == PARLEY_KEYS_CURRENT);
}

/* shape takes an operation into the plan; false if it is about the bytes. */
static bool shape(struct plan *plan, const struct parley_line *line) {
    switch (line->row) {
    case PARLEY_LINE_drop:
        plan->hash = plan->send = false;
        return true;
    case PARLEY_LINE_hide:
        plan->send = false;
        return true;
    case PARLEY_LINE_stale:
        plan->hash = false;
        return true;
    case PARLEY_LINE_duplicate:
        plan->copies += line->operands[1].number;
        return true;
    case PARLEY_LINE_swap:
        plan->swap = true;
        return true;
    case PARLEY_LINE_fragment:
        plan->fragment = line->operands[1].number != 0 ? line->operands[1].number : 1;
        return true;
    case PARLEY_LINE_coalesce:
        plan->coalesce = true;
        plan->coalesced = line->operands[1].number;
        return true;
    case PARLEY_LINE_cbc:
        plan->spoil = true;
        plan->bad_cbc = (enum parley_bad_cbc)line->operands[1].number;
        return true;
    case PARLEY_LINE_keys:
        plan->keys = (enum parley_keys)line->operands[1].number;
        return true;
    default:
        return false;
    }
}

void bender_note(struct bender *b, const struct parley_line *line, size_t index, bool applied) {
    size_t len = strlen(b->note);
    b->applied |= (uint64_t)applied << index;
    if (len > 0 && len + 2 < sizeof b->note) {
        len += (size_t)snprintf(b->note + len, sizeof b->note - len, "; ");
    }
    if (len < sizeof b->note) {
        (void)parley_trace_print_line(b->trace, line, b->note + len, sizeof b->note - len);
    }
}

/* is_hello13: in TLS 1.3 the hellos hold the shares. */
static bool is_hello13(enum parley_message message) {
    return message == PARLEY_MSG_client_hello || message == PARLEY_MSG_server_hello;
}

/* begin_exchange: with a message that may hold a share of ours, what was done to an earlier one is
 * over: a second hello has a new share, and TLS 1.2 takes no notice of those in hellos. */
static void begin_exchange(struct bender *b, enum parley_message message) {
    bool later = message == PARLEY_MSG_client_key_exchange_ecdhe ||
                 message == PARLEY_MSG_client_key_exchange_dhe ||
                 message == PARLEY_MSG_client_key_exchange_rsa ||
                 message == PARLEY_MSG_server_key_exchange_ecdhe ||
                 message == PARLEY_MSG_server_key_exchange_dhe;
    if (message == PARLEY_MSG_client_hello || (later && b->zero_in_hello)) {
        b->bend.zero_secret = false;
    }
}

static bool edit(struct bender *b, const struct parley_line *line) {
    if (line->row != PARLEY_LINE_share) {
        return bend_edit(&b->now, b->trace, line);
    }
    bool zero = false;
    bool done = bend_share(&b->now, (enum parley_bad_share)line->operands[1].number, &zero);
    if (done && zero) {
        b->bend.zero_secret = true;
        b->zero_in_hello = is_hello13(b->now.message);
    }
    return done;
}

/* do_edits does the operations on the bytes; a client_hello's binders then fit them again, but for
 * those that are to be wrong. */
static void do_edits(struct bender *b, bool binders) {
    for (size_t i = 0; i < b->session->operation_count; i++) {
        const struct parley_line *line = &b->session->operations[i];
        struct plan unused = {.hash = true};
        if (kind_of(line) == PARLEY_LINE_KIND_MESSAGE && bender_is_about(b, line, b->now.message) &&
            parley_line_rows[line->row].operands[0] == PARLEY_OPERAND_POINT &&
            (line->row == PARLEY_LINE_binder) == binders && !shape(&unused, line) &&
            edit(b, line)) {
            bender_note(b, line, i, true);
        }
    }
}

/* is_skipped: a master secret of zeros is what is there before a key exchange. */
static bool is_skipped(const struct bender *b, enum parley_message message) {
    return b->bend.zero_master && (message == PARLEY_MSG_client_key_exchange_rsa ||
                                   message == PARLEY_MSG_client_key_exchange_ecdhe ||
                                   message == PARLEY_MSG_client_key_exchange_dhe);
}

static struct plan make_plan(struct bender *b) {
    bool skipped = is_skipped(b, b->now.message);
    struct plan plan = {.hash = !skipped, .send = !skipped};
    b->record_count = 0;
    do_edits(b, false);
    if (b->now.message == PARLEY_MSG_client_hello && b->note[0] != '\0') {
        (void)parley_engine_rebind(b->engine, b->now.bytes, b->now.len);
    }
    do_edits(b, true);
    for (size_t i = 0; i < b->session->operation_count; i++) {
        const struct parley_line *line = &b->session->operations[i];
        if (!bender_is_about(b, line, b->now.message) || line->row == PARLEY_LINE_half_close ||
            is_idle(line)) {
            continue;
        }
        bool record = kind_of(line) == PARLEY_LINE_KIND_RECORD && line->row != PARLEY_LINE_record;
        if (record && b->record_count < BENDER_RECORDS) {
            b->records[b->record_count++] = line;
            bender_note(b, line, i, false);
        } else if (shape(&plan, line)) {
            bool waits = line->row == PARLEY_LINE_swap || line->row == PARLEY_LINE_coalesce;
            bool spoils = line->row == PARLEY_LINE_cbc;
            bender_note(b, line, i, !waits && !spoils);
            plan.waits |= (uint64_t)waits << i;
            plan.spoils |= (uint64_t)spoils << i;
        }
    }
    return plan;
}

/* ---- Hooks ---- */

static void half_close(struct bender *b, enum parley_message message) {
    for (size_t i = 0; i < b->session->operation_count; i++) {
        const struct parley_line *line = &b->session->operations[i];
        if (line->row == PARLEY_LINE_half_close && bender_is_about(b, line, message)) {
            b->applied |= UINT64_C(1) << i;
            (void)parley_engine_flush(b->engine);
            b->muted = true;
        }
    }
}

static bool wanted(const struct bender *b, enum parley_message message) {
    for (size_t i = 0; i < b->session->operation_count; i++) {
        if (bender_is_about(b, &b->session->operations[i], message)) {
            return true;
        }
    }
    return b->swapping || b->coalescing || b->remembering || is_skipped(b, message);
}

static bool message_out(void *arg, enum parley_message message, enum parley_epoch epoch,
                        uint8_t *bytes, size_t *len, size_t capacity) {
    struct bender *b = arg;
    (void)capacity;
    if (b->resending || message >= PARLEY_MESSAGE_COUNT) {
        return true;
    }
    begin_exchange(b, message);
    b->seen[message]++;
    b->seen_any++;
    b->note[0] = '\0';
    b->edited = b->garbled = false;
    if (b->engine == NULL || *len > sizeof b->now.bytes || !wanted(b, message)) {
        struct parley_bytes sent = {bytes, *len};
        bender_look(b, message, sent, sent);
        bender_weigh(b, message, &(struct plan){.hash = true, .send = true});
        return true;
    }
    b->now.message = message;
    b->now.epoch = epoch;
    b->now.len = *len;
    memcpy(b->now.bytes, bytes, *len);
    parley_engine_hold(b->engine);
    struct plan plan = make_plan(b);
    b->edited = b->now.len != *len || memcmp(b->now.bytes, bytes, *len) != 0;
    struct parley_bytes built = {bytes, *len}, sent = {b->now.bytes, b->now.len};
    if (b->edited && plan.send) {
        (void)parley_engine_adopt(b->engine, message, sent);
    }
    bender_look(b, message, built, sent);
    bender_surround(b, message, false);
    deliver_message(b, &plan);
    bender_weigh(b, message, &plan);
    bender_surround(b, message, true);
    half_close(b, message);
    b->note[0] = '\0';
    return false;
}

static void observe(void *arg, const struct parley_event *event) {
    struct bender *b = arg;
    bool shown = b->quiet && (event->kind == PARLEY_EVENT_RECORD_PUT ||
                              event->kind == PARLEY_EVENT_MESSAGE_OUT);
    bool ours = event->kind == PARLEY_EVENT_MESSAGE_OUT || event->kind == PARLEY_EVENT_DROPPED ||
                event->kind == PARLEY_EVENT_RECORD_PUT;
    bender_hear(b, event);
    if (!shown && b->watch != NULL && b->watch->event != NULL) {
        b->watch->event(b->watch->arg, event, ours && b->note[0] != '\0' ? b->note : NULL);
    }
}

void bender_start(struct bender *b, const struct parley_trace *trace,
                  const struct parley_trace_session *session,
                  const struct parley_trial_watch *watch) {
    b->trace = trace;
    b->session = session;
    b->watch = watch;
    b->bend = (struct parley_bend){.flight_end = deliver_flight_end, .arg = b};
    memset(b->seen, 0, sizeof b->seen);
    memset(b->sent, 0, sizeof b->sent);
    b->seen_any = 0;
    b->applied = b->signing = b->encrypting = b->guessing = 0;
    b->sent_length = b->record_count = 0;
    b->muted = b->quiet = b->resending = b->swapping = b->coalescing = b->ccs_waiting = false;
    b->early_offered = b->dishonest_early = false;
    b->remembering = b->edited = b->dishonest = b->foreign_key = b->proved = false;
    b->vouched = true;
    b->predictable = b->peer_said_hello = false;
    b->facts.hello_length = b->facts.request_length = 0;
    b->facts.retry_suite = 0;
    b->breaches = b->breaching = 0;
    b->retries = 0;
    b->asked = b->nobody = b->hidden = b->outer = b->zero_in_hello = false;
    b->copied = 0;
    for (size_t i = 0; i < session->setting_count; i++) {
        const struct parley_line *line = &session->settings[i];
        bool hidden = line->row == PARLEY_LINE_ech && line->operands[0].number != 0;
        b->outer |= hidden && line->whose != PARLEY_ITS;
        b->hidden |= hidden;
    }
    memset(b->peer_random, 0, sizeof b->peer_random);
    b->note[0] = '\0';
    for (size_t i = 0; i < session->operation_count; i++) {
        b->remembering |= session->operations[i].row == PARLEY_LINE_replay;
    }
}

struct parley_hooks bender_hooks(struct bender *b) {
    return (struct parley_hooks){
        .arg = b, .message_out = message_out, .record_out = bender_record_out, .observe = observe};
}
