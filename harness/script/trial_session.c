/* One connection of a trial: both ends opened, driven, and looked at. */
#include <string.h>

#include "script/trial.h"

static enum parley_role other(enum parley_role role) {
    return role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
}

void trial_disconnect(struct parley_trial *t) {
    if (t->its != NULL) {
        t->stack->close(t->its);
        t->its = NULL;
    }
    if (t->ours != NULL) {
        parley_engine_stack.close(t->ours);
        t->ours = NULL;
    }
}

/* ---- Opening ---- */

/* be_false does what has to be known before the connection begins. The last of a kind counts.
 */
static void be_false(struct parley_trial *t, const struct parley_trace_session *session) {
    struct bender *b = &t->bender;
    uint64_t key = 0, scheme = 0;
    for (size_t i = 0; i < session->operation_count; i++) {
        const struct parley_line *line = &session->operations[i];
        uint64_t number = line->operands[0].number;
        if (line->row == PARLEY_LINE_sign_key) {
            b->bend.signer = trial_credential(t, number, t->our_extras.extras.staples);
            b->foreign_key = b->bend.signer != NULL && b->bend.signer != t->our_credential;
            key = (uint64_t)b->foreign_key << i;
        } else if (line->row == PARLEY_LINE_sign_scheme) {
            b->bend.scheme = (uint16_t)number;
            scheme = UINT64_C(1) << i;
        } else if (line->row == PARLEY_LINE_zero_master) {
            b->bend.zero_master = true;
            b->guessing = UINT64_C(1) << i;
        } else if (line->row == PARLEY_LINE_premaster) {
            b->bend.premaster = true;
            b->bend.bad_premaster = (enum parley_bad_premaster)number;
            b->encrypting = UINT64_C(1) << i;
        }
    }
    b->signing = key | scheme;
}

static const char *open_stack(struct parley_trial *t, const struct meeting *m,
                              struct parley_stack_problem *problem) {
    struct parley_connection_options options = {
        .now_ms = m->now_ms,
        .random = parley_seeded_random(&t->streams[m->stream]),
        .resume = m->conduct.resume,
    };
    t->its = t->stack->open(t->its_context->context, &options, problem);
    return t->its != NULL ? NULL : problem->text;
}

static const char *open_ours(struct parley_trial *t, const struct meeting *m) {
    enum parley_role role = other(m->trace->role);
    settings_side(m->trace, m->session, PARLEY_OUR, &t->our);
    bender_start(&t->bender, m->trace, m->session, t->watch);
    const char *wrong = trial_ours(t, role);
    if (wrong != NULL) {
        return wrong;
    }
    struct parley_engine *engine = t->engines[role];
    t->ours = parley_engine_connection(engine);
    if (t->ours == NULL) {
        return "out of memory";
    }
    be_false(t, m->session);
    t->bender.engine = engine;
    t->bender.role = role;
    bool resume = m->conduct.resume && role == PARLEY_CLIENT && t->kept.version != 0;
    t->bender.facts.session_has_secret = resume && t->kept.extended_master_secret;
    parley_engine_start(engine, m->now_ms, parley_seeded_random(&t->streams[m->stream + 1]),
                        resume ? &t->kept : NULL);
    return NULL;
}

/* ---- Running ---- */

/* see_records counts the records in |bytes|, which come behind those before; the outer lengths of
 * others than alerts may differ from run to run. */
static void see_records(struct records_seen *seen, struct parley_bytes bytes, bool count) {
    enum { CLIENT_HELLO = 1 };
    for (size_t i = 0; i < bytes.len; i++) {
        if (seen->left > 0) {
            bool clear = seen->header[0] == PARLEY_CONTENT_HANDSHAKE;
            seen->hellos += seen->begins && clear && bytes.data[i] == CLIENT_HELLO;
            seen->begins = false;
            size_t rest = bytes.len - i < seen->left ? bytes.len - i : seen->left;
            seen->left -= rest;
            i += rest - 1;
            continue;
        }
        seen->header[seen->header_length++] = bytes.data[i];
        if (seen->header_length < sizeof seen->header) {
            continue;
        }
        seen->header_length = 0;
        seen->left = (size_t)seen->header[3] << 8 | seen->header[4];
        seen->begins = true;
        bool alert = seen->header[0] == PARLEY_CONTENT_ALERT;
        uint32_t what = (uint32_t)seen->header[0] << 16 | (alert ? (uint32_t)seen->left : 0);
        seen->count += count;
        seen->types = count ? (seen->types ^ what) * UINT32_C(0x01000193) : seen->types;
    }
}

static void look(void *arg, enum parley_role from, struct parley_bytes bytes) {
    struct parley_trial *t = arg;
    if (from != t->bender.role) {
        see_records(&t->records, bytes, t->bender.applied != 0);
    }
    t->was_done |= (t->stack->status(t->its) & PARLEY_DONE) != 0;
}

/* renegotiate starts one, if that is asked for and possible. */
static void renegotiate(struct parley_trial *t, const struct parley_trace_session *session,
                        struct parley_engine *engine) {
    for (size_t i = 0; i < session->operation_count; i++) {
        if (session->operations[i].row == PARLEY_LINE_renegotiate &&
            parley_engine_renegotiate(engine)) {
            t->bender.applied |= UINT64_C(1) << i;
            parley_pipe_settle(t->pipe);
        }
    }
}

/* flood_once sends one of what |kind| says. */
static bool flood_once(struct parley_engine *engine, enum parley_flood kind) {
    static const uint8_t canceled[] = {1, PARLEY_ALERT_user_canceled};
    static const uint8_t request[PARLEY_HANDSHAKE_HEADER];
    switch (kind) {
    case PARLEY_FLOOD_KEY_UPDATE:
    case PARLEY_FLOOD_KEY_UPDATE_REQUESTED:
        return parley_engine_key_update(engine, kind == PARLEY_FLOOD_KEY_UPDATE_REQUESTED);
    case PARLEY_FLOOD_EMPTY_RECORD:
        return parley_engine_put_record(engine, PARLEY_CONTENT_APPLICATION_DATA,
                                        PARLEY_KEYS_CURRENT, (struct parley_bytes){0});
    case PARLEY_FLOOD_WARNING:
        return parley_engine_put_record(engine, PARLEY_CONTENT_ALERT, PARLEY_KEYS_CURRENT,
                                        (struct parley_bytes){canceled, sizeof canceled});
    default:
        return parley_engine_put(engine, PARLEY_MSG_hello_request,
                                 (struct parley_bytes){request, sizeof request}) &&
               parley_engine_flush(engine);
    }
}

static bool is_possible(const struct parley_trial *t, enum parley_flood kind) {
    struct parley_endpoint_outcome ours;
    parley_engine_stack.outcome(t->ours, &ours);
    bool updates = kind == PARLEY_FLOOD_KEY_UPDATE || kind == PARLEY_FLOOD_KEY_UPDATE_REQUESTED;
    bool requests = kind == PARLEY_FLOOD_HELLO_REQUEST;
    return (!updates || ours.version == PARLEY_TLS13) &&
           (!requests || (ours.version == PARLEY_TLS12 && t->bender.role == PARLEY_SERVER));
}

static bool settle(struct parley_trial *t) {
    return parley_pipe_settle(t->pipe);
}

/* is_over returns whether the stack does not listen any more. */
static bool is_over(const struct parley_trial *t) {
    return t->bender.muted || (t->stack->status(t->its) & PARLEY_PEER_CLOSED) != 0;
}

/* flood returns how many have arrived, if the connection still goes on. */
static uint64_t flood(struct parley_trial *t, const struct parley_trace_session *session,
                      struct parley_engine *engine) {
    uint64_t most = 0;
    enum { AT_ONCE = 64, MOST = 2000 };
    for (size_t i = 0; i < session->operation_count; i++) {
        const struct parley_line *line = &session->operations[i];
        enum parley_flood kind = (enum parley_flood)line->operands[1].number;
        uint64_t count = line->operands[0].number < MOST ? line->operands[0].number : MOST;
        if (line->row != PARLEY_LINE_flood || count == 0 || is_over(t) || !is_possible(t, kind)) {
            continue;
        }
        t->bender.applied |= UINT64_C(1) << i;
        uint64_t n = 0;
        for (bool goes_on = true; n < count && goes_on; n += goes_on) {
            goes_on =
                flood_once(engine, kind) && ((n + 1) % AT_ONCE != 0 || settle(t)) && !is_over(t);
        }
        most = settle(t) && !is_over(t) && n > most ? n : most;
    }
    return most;
}

/* drive takes both ends through everything, as far as they go. */
static void drive(struct parley_trial *t, const struct meeting *m,
                  struct parley_trial_session *out) {
    const struct conduct *conduct = &m->conduct;
    enum parley_role role = m->trace->role;
    struct parley_bytes data = {t->data, conduct->data};
    struct parley_pipe_options options = {
        .chunk = conduct->chunk,
        .max_rounds = 4096,
        .max_bytes = (size_t)8 << 20,
        .early_data = {t->data, conduct->early_data},
        .client_data = data,
        .server_data = data,
        .recording = t->watch != NULL ? t->watch->recording : NULL,
        .observe = look,
        .observe_arg = t,
    };
    options.ends[role] = (struct parley_endpoint){t->stack, t->its};
    options.ends[other(role)] = (struct parley_endpoint){&parley_engine_stack, t->ours};
    parley_pipe_start(t->pipe, &options);
    if (parley_pipe_handshake(t->pipe)) {
        out->pipe.disagreements = parley_pipe_compare(&options.ends[0], &options.ends[1]);
        out->compared = true;
        renegotiate(t, m->session, t->engines[other(role)]);
        out->flooded = flood(t, m->session, t->engines[other(role)]);
        out->flooded = t->bender.copied > out->flooded ? t->bender.copied : out->flooded;
        (void)(parley_pipe_data(t->pipe) &&
               (!conduct->key_update || parley_pipe_key_update(t->pipe)) &&
               parley_pipe_close(t->pipe));
    }
    if (t->bender.muted) {
        /* Nothing more will come: what does it say to that? */
        (void)t->stack->control(t->its, PARLEY_CONTROL_END_OF_INPUT);
    }
    unsigned disagreements = out->pipe.disagreements;
    parley_pipe_result_of(t->pipe, &out->pipe);
    out->pipe.disagreements = disagreements;
    out->pipe.agreed = out->compared && disagreements == 0;
}

/* tell says what was negotiated. */
static void tell(const struct parley_trial *t, enum parley_role role,
                 struct parley_trial_session *out) {
    const struct parley_endpoint_outcome *its = &out->pipe.ends[role];
    const struct parley_endpoint_outcome *ours = &out->pipe.ends[other(role)];
    bool one = t->our.min_version == t->our.max_version;
    out->version = its->version != 0    ? its->version
                   : ours->version != 0 ? ours->version
                   : one                ? t->our.max_version
                                        : 0;
    /* A PSK resumes, too; before ours is done, it is not known whether it does. */
    out->resumed =
        its->resumed || ours->resumed || (!ours->done && side_has(&t->our, PARLEY_LINE_psk));
    out->hello_retry = its->hello_retry || ours->hello_retry;
    out->resuming = out->resumed || t->resuming;
    out->early_data = its->early_data_accepted || ours->early_data_accepted;
}

/* is_deterministic: of other stacks, keys may belong to the process. */
static bool is_deterministic(const struct parley_trial *t) {
    struct parley_capabilities can;
    t->stack->capabilities(&can);
    return (can.features & PARLEY_CAP_DETERMINISTIC) != 0;
}

/* judge says what the stack did. */
static void judge(struct parley_trial *t, enum parley_role role, struct parley_trial_session *out) {
    const struct parley_endpoint_outcome *its = &out->pipe.ends[role];
    const struct parley_endpoint_outcome *ours = &out->pipe.ends[other(role)];
    unsigned status = t->stack->status(t->its);
    bool told = (its->known & PARLEY_KNOWS_ALERTS) != 0 && its->alert_sent != PARLEY_ALERT_NONE;
    out->alert = told ? its->alert_sent : ours->alert_received;
    out->was_done = t->was_done || its->done || (status & PARLEY_DONE) != 0;
    bool failed = its->failed || (status & PARLEY_FAILED) != 0 || out->alert != PARLEY_ALERT_NONE;
    out->answer = failed          ? PARLEY_ANSWER_ABORTED
                  : out->was_done ? PARLEY_ANSWER_COMPLETED
                                  : PARLEY_ANSWER_HUNG;
    if (t->bender.swapping || t->bender.coalescing) {
        t->bender.applied |= t->bender.waiting_plan.waits; /* it waits for ever */
    }
    out->applied = t->bender.applied;
    for (size_t i = 0; i < PARLEY_MESSAGE_COUNT; i++) {
        out->sent |= (uint64_t)(t->bender.seen[i] != 0) << i;
    }
    if (t->bender.retries > 1 && t->records.hellos > 2) {
        bender_retried(&t->bender);
    }
    out->breaches = t->bender.breaches;
    memcpy(out->breach_operation, t->bender.breach_operation, sizeof out->breach_operation);
    memcpy(out->breach_message, t->bender.breach_message, sizeof out->breach_message);
    out->proved = t->bender.proved;
    out->vouched = t->bender.vouched;
    out->asked = t->bender.asked;
    out->runs = t->its_context->runs;
    out->renewed = side_has(&t->its_context->side, PARLEY_LINE_new_context) && is_deterministic(t);
    out->predictable = t->bender.predictable;
    out->ours_failed_first = out->pipe.verdict == PARLEY_VERDICT_FAILED && out->pipe.who != role;
    memcpy(out->random, t->bender.peer_random, sizeof out->random);
    tell(t, role, out);
    out->reply = (struct parley_trial_reply){
        .answer = out->answer,
        .was_done = out->was_done,
        .applied = out->applied,
        .alert = out->alert,
        .records = t->records.count,
        .record_types = t->records.types,
    };
}

const char *trial_meet(struct parley_trial *t, const struct meeting *m,
                       struct parley_trial_session *out, struct parley_stack_problem *problem) {
    *out = (struct parley_trial_session){0};
    t->was_done = false;
    t->records = (struct records_seen){.types = UINT32_C(0x811c9dc5)};
    t->resuming = m->conduct.resume;
    trial_disconnect(t);
    bool watched = trial_may_grow(m->session);
    const char *wrong = open_stack(t, m, problem);
    if (wrong == NULL) {
        wrong = open_ours(t, m);
    }
    if (wrong == NULL) {
        size_t before = watched ? trial_heap() : 0;
        drive(t, m, out);
        judge(t, m->trace->role, out);
        size_t after = watched ? trial_heap() : 0;
        out->heap = after > before ? after - before : 0;
    }
    return wrong;
}
