/* The bender's way out: transcript, records, and messages that wait for others. */
#include "script/deliver.h"

#include <string.h>

enum { COPIES_MAX = 1024, FRAGMENTS_MAX = 512 };

static struct parley_bytes bytes_of_bent(const struct bent *bent) {
    return (struct parley_bytes){bent->bytes, bent->len};
}

/* show tells the observer of a message that is sent by other means than parley_engine_put. */
static void show(struct bender *b, enum parley_event_kind kind, const struct bent *bent) {
    struct parley_event event = {kind, bent->message, bent->epoch, bytes_of_bent(bent)};
    struct parley_hooks hooks = bender_hooks(b);
    hooks.observe(hooks.arg, &event);
}

static void remember(struct bender *b, const struct bent *bent) {
    if (!b->remembering || bent->len > sizeof b->sent_bytes - b->sent_length ||
        bent->len > UINT16_MAX) {
        return;
    }
    memcpy(b->sent_bytes + b->sent_length, bent->bytes, bent->len);
    b->sent[bent->message] =
        (struct parley_operand){.number = b->sent_length, .length = (uint16_t)bent->len};
    b->sent_length += bent->len;
}

static uint8_t content_of(const struct bent *bent) {
    return parley_messages[bent->message].content;
}

/* put_records sends it in records of its own: of |size| bytes at most, 0: one. */
static void put_records(struct bender *b, const struct bent *bent, enum parley_keys keys,
                        size_t size) {
    size_t at = 0;
    (void)parley_engine_flush(b->engine);
    for (size_t n = 1; at < bent->len || n == 1; n++) {
        size_t left = bent->len - at;
        size_t len = left;
        if (size != 0 && size < left) {
            /* Behind so many small ones, large ones. */
            size_t most = n < FRAGMENTS_MAX ? size : PARLEY_RECORD_MAX;
            len = most < left ? most : left;
        }
        struct parley_bytes part = {bent->bytes + at, len};
        if (!parley_engine_put_record(b->engine, content_of(bent), keys, part)) {
            return;
        }
        at += len;
    }
}

/* is_plain returns whether it needs no record of its own. */
static bool is_plain(const struct bender *b, const struct plan *plan) {
    return plan->keys == PARLEY_KEYS_CURRENT && plan->fragment == 0 && b->record_count == 0 &&
           !plan->spoil;
}

/* spoil makes the next record wrong, if its keys are such that it can be. */
static void spoil(struct bender *b, const struct plan *plan) {
    (void)parley_engine_flush(b->engine);
    if (plan->spoil && plan->keys == PARLEY_KEYS_CURRENT &&
        parley_engine_spoil(b->engine, plan->bad_cbc)) {
        b->applied |= plan->spoils;
        b->garbled = true;
    }
}

static void put_once(struct bender *b, const struct bent *bent, const struct plan *plan) {
    if (is_plain(b, plan)) {
        (void)parley_engine_put(b->engine, bent->message, bytes_of_bent(bent));
        return;
    }
    show(b, PARLEY_EVENT_MESSAGE_OUT, bent);
    b->quiet = true;
    spoil(b, plan);
    size_t size = plan->fragment < BENT_MAX ? (size_t)plan->fragment : 0;
    put_records(b, bent, plan->keys, size);
    b->quiet = false;
}

static void hash(struct bender *b, const struct bent *bent, const struct plan *plan) {
    if (plan->hash) {
        (void)parley_engine_hash(b->engine, bent->message, bytes_of_bent(bent));
    }
}

/* send sends a message for good. */
static void send(struct bender *b, const struct bent *bent, const struct plan *plan) {
    hash(b, bent, plan);
    if (!plan->send) {
        show(b, PARLEY_EVENT_DROPPED, bent);
        return;
    }
    remember(b, bent);
    put_once(b, bent, plan);
    uint64_t copies = plan->copies < COPIES_MAX ? plan->copies : COPIES_MAX;
    if (bent->message == PARLEY_MSG_change_cipher_spec) {
        b->copied += copies;
    }
    for (uint64_t i = 0; i < copies; i++) {
        hash(b, bent, plan);
        put_once(b, bent, plan);
    }
}

/* ---- Waiting ---- */

static void wait(struct bender *b, const struct plan *plan) {
    b->waiting.message = b->now.message;
    b->waiting.epoch = b->now.epoch;
    b->waiting.len = b->now.len;
    memcpy(b->waiting.bytes, b->now.bytes, b->now.len);
    memcpy(b->waiting_note, b->note, sizeof b->waiting_note);
    b->waiting_plan = *plan;
    b->swapping = plan->swap;
    b->coalescing = !plan->swap;
}

static void send_waiting(struct bender *b) {
    char note[BENDER_NOTE];
    memcpy(note, b->note, sizeof note);
    memcpy(b->note, b->waiting_note, sizeof b->note);
    b->swapping = false;
    send(b, &b->waiting, &b->waiting_plan);
    memcpy(b->note, note, sizeof note);
}

/* A change_cipher_spec that came while a message waited to be joined goes behind both. */
static void send_waiting_ccs(struct bender *b) {
    static const uint8_t one[] = {1};
    if (b->ccs_waiting) {
        b->ccs_waiting = false;
        (void)parley_engine_put(b->engine, PARLEY_MSG_change_cipher_spec,
                                (struct parley_bytes){one, sizeof one});
    }
}

/* join sends the waiting message and the first bytes of |bent| in one record under the keys of the
 * first, the rest under those of the second. NULL: nothing follows. */
static void join(struct bender *b, const struct bent *bent) {
    struct bent *first = &b->waiting;
    size_t want = b->waiting_plan.coalesced < BENT_MAX ? (size_t)b->waiting_plan.coalesced : 0;
    size_t part = bent == NULL ? 0 : want != 0 && want < bent->len ? want : bent->len;
    bool changed = parley_engine_write_epoch(b->engine) != first->epoch;
    char note[BENDER_NOTE];
    if (part > PARLEY_RECORD_MAX - first->len) {
        part = PARLEY_RECORD_MAX - first->len;
    }
    memcpy(note, b->note, sizeof note);
    memcpy(b->note, b->waiting_note, sizeof b->note);
    show(b, PARLEY_EVENT_MESSAGE_OUT, first);
    memcpy(b->note, note, sizeof note);
    if (bent != NULL) {
        show(b, PARLEY_EVENT_MESSAGE_OUT, bent);
        memcpy(first->bytes + first->len, bent->bytes, part);
    }
    b->quiet = true;
    (void)parley_engine_put_record(b->engine, content_of(first),
                                   changed ? PARLEY_KEYS_FORMER : PARLEY_KEYS_CURRENT,
                                   (struct parley_bytes){first->bytes, first->len + part});
    b->quiet = false;
    b->coalescing = false;
    send_waiting_ccs(b);
    if (bent != NULL && part < bent->len) {
        b->quiet = true;
        (void)parley_engine_put(b->engine, bent->message,
                                (struct parley_bytes){bent->bytes + part, bent->len - part});
        b->quiet = false;
    }
}

/* can_be_joined returns whether nothing is asked for that a joined message cannot have. */
static bool can_be_joined(const struct bender *b, const struct plan *plan) {
    return plan->copies == 0 && is_plain(b, plan);
}

void deliver_message(struct bender *b, const struct plan *plan) {
    struct bent *now = &b->now;
    bool handshake = content_of(now) == PARLEY_CONTENT_HANDSHAKE;
    if (b->coalescing && now->message == PARLEY_MSG_change_cipher_spec) {
        b->ccs_waiting = true;
    } else if (b->coalescing && handshake && plan->send && can_be_joined(b, plan)) {
        hash(b, now, plan);
        b->applied |= b->waiting_plan.waits;
        join(b, now);
    } else if (b->coalescing && plan->send) {
        join(b, NULL);
        send(b, now, plan);
    } else if (b->swapping) {
        send(b, now, plan);
        b->applied |= plan->send ? b->waiting_plan.waits : 0;
        send_waiting(b);
    } else if (plan->send && plan->swap) {
        wait(b, plan);
    } else if (plan->send && plan->coalesce && handshake && can_be_joined(b, plan) &&
               now->len <= PARLEY_RECORD_MAX) {
        hash(b, now, plan);
        wait(b, plan);
    } else {
        send(b, now, plan);
    }
    b->record_count = 0;
}

void deliver_flight_end(void *bender) {
    struct bender *b = bender;
    /* With nothing behind it, it stays where it was, under the keys of its epoch; but what was
     * derived in the meantime was so without it. */
    if (b->swapping && parley_engine_write_epoch(b->engine) != b->waiting.epoch &&
        b->waiting_plan.keys == PARLEY_KEYS_CURRENT) {
        b->waiting_plan.keys = PARLEY_KEYS_FORMER;
    }
    if (b->swapping) {
        b->applied |= b->waiting_plan.waits;
        send_waiting(b);
    }
    if (b->coalescing) {
        join(b, NULL);
    }
}
