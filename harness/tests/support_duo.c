#include "tests/support_duo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/inside.h"
#include "parley/pki.h"

#define ROUNDS_MAX 1000000
#define CREDENTIALS_MAX 24

/* ---- The world they live in ---- */

static struct {
    struct parley_pki *pki;
    struct parley_trust *trust[2];
    const char *names[CREDENTIALS_MAX];
    struct parley_credential *credentials[CREDENTIALS_MAX];
} world;

static void end_world(void) {
    for (size_t i = 0; i < CREDENTIALS_MAX; i++) {
        parley_credential_free(world.credentials[i]);
    }
    parley_trust_free(world.trust[0]);
    parley_trust_free(world.trust[1]);
    parley_pki_free(world.pki);
}

static struct parley_pki *pki(void) {
    if (world.pki == NULL) {
        world.pki = parley_pki_new(1);
        assert_non_null(world.pki);
        assert_int_equal(atexit(end_world), 0);
    }
    return world.pki;
}

static const struct parley_pki_entry *entry(const char *name) {
    const struct parley_pki_entry *found = parley_pki_entry(pki(), name);
    if (found == NULL) {
        fail_msg("the PKI has no %s", name);
    }
    return found;
}

struct parley_credential *duo_credential(const char *name) {
    const char *why = NULL;
    for (size_t i = 0; i < CREDENTIALS_MAX; i++) {
        if (world.names[i] != NULL && strcmp(world.names[i], name) == 0) {
            return world.credentials[i];
        }
        if (world.names[i] != NULL) {
            continue;
        }
        const struct parley_pki_entry *e = entry(name);
        world.credentials[i] = parley_credential_from_pem(e->certificates, e->private_key, &why);
        if (world.credentials[i] == NULL) {
            fail_msg("%s: %s", name, why);
        }
        world.names[i] = e->name;
        return world.credentials[i];
    }
    fail_msg("more than %d credentials", CREDENTIALS_MAX);
    return NULL;
}

static struct parley_trust *trust_in(size_t index, const char *root) {
    const char *why = NULL;
    if (world.trust[index] == NULL) {
        world.trust[index] = parley_trust_new();
        assert_non_null(world.trust[index]);
        if (!parley_trust_add_pem(world.trust[index], entry(root)->certificates, &why)) {
            fail_msg("%s: %s", root, why);
        }
    }
    return world.trust[index];
}

struct parley_trust *duo_trust(void) {
    return trust_in(0, "ca");
}

struct parley_trust *duo_other_trust(void) {
    return trust_in(1, "other-ca");
}

bool duo_quick(void) {
    const char *quick = getenv("PARLEY_QUICK");
    return quick != NULL && strcmp(quick, "1") == 0;
}

/* ---- Setting up ---- */

enum parley_role duo_other(enum parley_role role) {
    return role == PARLEY_CLIENT ? PARLEY_SERVER : PARLEY_CLIENT;
}

struct duo *duo_new(void) {
    static const char *const protocols[] = {"h2", "http/1.1"};
    struct duo *d = calloc(1, sizeof(*d));
    assert_non_null(d);
    d->seed = 1;
    d->now_ms = DUO_NOW;
    d->config[PARLEY_CLIENT].trust = d->config[PARLEY_SERVER].trust = duo_trust();
    d->config[PARLEY_CLIENT].server_name = "parley.test";
    for (int role = 0; role < 2; role++) {
        d->config[role].alpn = protocols;
        d->config[role].alpn_count = COUNT_OF(protocols);
        memset(d->config[role].ticket_key, 0x5a, sizeof(d->config[role].ticket_key));
        d->engine[role] = parley_engine_new(&d->config[role], (enum parley_role)role);
        assert_non_null(d->engine[role]);
    }
    duo_certificate(d, PARLEY_SERVER, "server-ecdsa-p256");
    return d;
}

void duo_free(struct duo *d) {
    if (d == NULL) {
        return;
    }
    parley_engine_free(d->engine[PARLEY_CLIENT]);
    parley_engine_free(d->engine[PARLEY_SERVER]);
    free(d);
}

/* row_of returns the address of |code| in a list of its own that lives on. */
static const uint16_t *row_of(uint16_t code) {
    static uint16_t codes[256];
    static size_t count;
    for (size_t i = 0; i < count; i++) {
        if (codes[i] == code) {
            return &codes[i];
        }
    }
    assert_true(count < COUNT_OF(codes));
    codes[count] = code;
    return &codes[count++];
}

void duo_only(struct duo *d, uint16_t version, uint16_t suite, uint16_t group) {
    for (int role = 0; role < 2; role++) {
        struct parley_config *c = &d->config[role];
        c->min_version = c->max_version = version;
        c->suites = suite != 0 ? row_of(suite) : NULL;
        c->suite_count = suite != 0;
        c->groups = group != 0 ? row_of(group) : NULL;
        c->group_count = group != 0;
    }
}

void duo_certificate(struct duo *d, enum parley_role role, const char *name) {
    static struct parley_credential *slots[CREDENTIALS_MAX];
    struct parley_config *c = &d->config[role];
    c->credential_count = name != NULL;
    if (name == NULL) {
        return;
    }
    struct parley_credential *credential = duo_credential(name);
    size_t i = 0;
    while (slots[i] != NULL && slots[i] != credential) {
        i++;
    }
    slots[i] = credential;
    c->credentials = &slots[i];
}

static bool bend_message(void *arg, enum parley_role sender, enum parley_message message,
                         uint8_t *bytes, size_t *len, size_t capacity) {
    struct duo *d = arg;
    struct duo_bend *b = &d->bend[sender];
    if (b->rewrite == NULL || b->message != message || b->seen++ != b->nth) {
        return true;
    }
    struct edit e = {message, bytes, *len, capacity};
    b->rewrite(d, &e);
    b->bent++;
    *len = e.len;
    return e.len > 0;
}

static bool bend_client(void *arg, enum parley_message message, enum parley_epoch epoch,
                        uint8_t *bytes, size_t *len, size_t capacity) {
    (void)epoch;
    return bend_message(arg, PARLEY_CLIENT, message, bytes, len, capacity);
}

static bool bend_server(void *arg, enum parley_message message, enum parley_epoch epoch,
                        uint8_t *bytes, size_t *len, size_t capacity) {
    (void)epoch;
    return bend_message(arg, PARLEY_SERVER, message, bytes, len, capacity);
}

void duo_hooks(struct duo *d) {
    d->config[PARLEY_CLIENT].hooks = (struct parley_hooks){.arg = d, .message_out = bend_client};
    d->config[PARLEY_SERVER].hooks = (struct parley_hooks){.arg = d, .message_out = bend_server};
}

void duo_bend(struct duo *d, enum parley_role sender, enum parley_message message, unsigned nth,
              duo_rewrite *rewrite) {
    d->bend[duo_other(sender)] = (struct duo_bend){.rewrite = NULL};
    d->bend[sender] = (struct duo_bend){.message = message, .nth = nth, .rewrite = rewrite};
}

/* ---- Moving ---- */

/* pattern is byte |at| of the application data that |from| writes. */
static uint8_t pattern(enum parley_role from, size_t at) {
    return (uint8_t)(at * 31 + (at >> 8) * 7 + (from == PARLEY_CLIENT ? 1 : 2));
}

size_t duo_offer(struct duo *d, enum parley_role from, size_t most) {
    uint8_t data[16384];
    size_t len = most < sizeof(data) ? most : sizeof(data);
    for (size_t i = 0; i < len; i++) {
        data[i] = pattern(from, d->written[from] + i);
    }
    len = parley_engine_write(d->engine[from], data, len);
    d->written[from] += len;
    return len;
}

static bool read_some(struct duo *d, enum parley_role to) {
    uint8_t data[4096];
    enum parley_role from = duo_other(to);
    bool early = (parley_engine_status(d->engine[to]) & PARLEY_EARLY) != 0;
    size_t len = parley_engine_read(d->engine[to], data, sizeof(data));
    for (size_t i = 0; i < len; i++) {
        d->corrupt |= data[i] != pattern(from, d->received[to] + i);
    }
    d->received[to] += len;
    if (early && to == PARLEY_SERVER) {
        d->early_received += len;
    }
    return len > 0;
}

static bool pull(struct duo *d, enum parley_role from) {
    if (d->start[from] == d->end[from]) {
        d->start[from] = d->end[from] = 0;
    }
    uint8_t *at = d->wire[from] + d->end[from];
    size_t cap = sizeof(d->wire[from]) - d->end[from];
    size_t len = parley_engine_pull(d->engine[from], at, cap);
    if (len == 0) {
        return false;
    }
    d->sent[from] += len;
    d->end[from] += d->tap != NULL ? d->tap(d, from, at, len, cap) : len;
    return true;
}

static bool push(struct duo *d, enum parley_role from) {
    enum parley_role to = duo_other(from);
    bool moved = false;
    while (d->start[from] < d->end[from]) {
        size_t len = d->end[from] - d->start[from];
        if (d->chunk > 0 && d->chunk < len) {
            len = d->chunk;
        }
        size_t taken = parley_engine_push(d->engine[to], d->wire[from] + d->start[from], len);
        d->start[from] += taken;
        bool some = taken > 0;
        while (read_some(d, to)) {
            some = true;
        }
        if (!some) {
            break;
        }
        moved = true;
    }
    return moved;
}

bool duo_settle(struct duo *d) {
    bool moved = true;
    for (size_t round = 0; moved; round++) {
        if (round == ROUNDS_MAX) {
            fail_msg("the two ends never come to rest: %s", duo_explain(d));
        }
        moved = pull(d, PARLEY_CLIENT);
        moved |= push(d, PARLEY_CLIENT);
        moved |= pull(d, PARLEY_SERVER);
        moved |= push(d, PARLEY_SERVER);
    }
    parley_engine_outcome(d->engine[PARLEY_CLIENT], &d->outcome[PARLEY_CLIENT]);
    parley_engine_outcome(d->engine[PARLEY_SERVER], &d->outcome[PARLEY_SERVER]);
    if (d->corrupt) {
        fail_msg("application data arrived changed: %s", duo_explain(d));
    }
    return d->outcome[PARLEY_CLIENT].error == PARLEY_OK &&
           d->outcome[PARLEY_SERVER].error == PARLEY_OK;
}

void duo_start(struct duo *d, bool resume) {
    memset(d->sent, 0, sizeof(d->sent));
    memset(d->written, 0, sizeof(d->written));
    memset(d->received, 0, sizeof(d->received));
    memset(d->start, 0, sizeof(d->start));
    memset(d->end, 0, sizeof(d->end));
    d->early_sent = d->early_received = 0;
    for (int role = 0; role < 2; role++) {
        d->bend[role].seen = d->bend[role].bent = 0;
        parley_seeded_init(&d->seeded[role], d->seed, (uint64_t)role);
    }
    for (int role = 1; role >= 0; role--) {
        parley_engine_start(d->engine[role], d->now_ms, parley_seeded_random(&d->seeded[role]),
                            resume && role == PARLEY_CLIENT ? &d->session : NULL);
    }
    if (d->early_data > 0 && (parley_engine_status(d->engine[PARLEY_CLIENT]) & PARLEY_EARLY) != 0) {
        d->early_sent = duo_offer(d, PARLEY_CLIENT, d->early_data);
    }
}

bool duo_run(struct duo *d, bool resume) {
    duo_start(d, resume);
    return duo_settle(d) && d->outcome[PARLEY_CLIENT].done && d->outcome[PARLEY_SERVER].done;
}

void duo_complete(struct duo *d, bool resume) {
    if (!duo_run(d, resume)) {
        fail_msg("the handshake does not complete: %s", duo_explain(d));
    }
    const char *what = duo_disagreement(d);
    if (what != NULL) {
        fail_msg("the ends disagree on %s: %s", what, duo_explain(d));
    }
}

void duo_write(struct duo *d, enum parley_role from, size_t len) {
    for (size_t done = 0; done < len;) {
        size_t taken = duo_offer(d, from, len - done);
        done += taken;
        if (!duo_settle(d) || taken == 0) {
            fail_msg("%zu of %zu bytes written: %s", done, len, duo_explain(d));
        }
    }
    enum parley_role to = duo_other(from);
    if (d->received[to] != d->written[from]) {
        fail_msg("%zu of %zu bytes arrived: %s", d->received[to], d->written[from], duo_explain(d));
    }
}

void duo_echo(struct duo *d, size_t len) {
    duo_write(d, PARLEY_CLIENT, len);
    duo_write(d, PARLEY_SERVER, len);
}

void duo_close(struct duo *d) {
    const unsigned closed = PARLEY_CLOSED | PARLEY_PEER_CLOSED;
    for (int role = 0; role < 2; role++) {
        parley_engine_close(d->engine[role]);
        assert_true(duo_settle(d));
        unsigned other = parley_engine_status(d->engine[1 - role]);
        assert_true((other & PARLEY_PEER_CLOSED) != 0);
        assert_int_equal(parley_engine_write(d->engine[role], (const uint8_t *)"x", 1), 0);
    }
    assert_true((parley_engine_status(d->engine[PARLEY_CLIENT]) & closed) == closed);
    assert_true((parley_engine_status(d->engine[PARLEY_SERVER]) & closed) == closed);
}

void duo_full(struct duo *d, bool resume) {
    duo_complete(d, resume);
    duo_echo(d, 100);
    duo_close(d);
}

void duo_keep_session(struct duo *d) {
    const struct parley_session *session = parley_engine_session(d->engine[PARLEY_CLIENT]);
    if (session != NULL) {
        d->session = *session;
    } else {
        fail_msg("the client was given no session: %s", duo_explain(d));
    }
}

/* ---- Judging ---- */

static bool exporters_agree(struct duo *d) {
    static const uint8_t context[] = "context";
    const struct parley_bytes with = BYTES_OF(context), empty = {NULL, 0};
    const struct parley_bytes *const contexts[] = {NULL, &empty, &with};
    for (size_t i = 0; i < COUNT_OF(contexts); i++) {
        uint8_t out[2][40] = {{0}, {1}};
        for (int role = 0; role < 2; role++) {
            if (!parley_engine_export(d->engine[role], "EXPORTER-duo", contexts[i], out[role],
                                      40)) {
                return false;
            }
        }
        if (memcmp(out[0], out[1], 40) != 0) {
            return false;
        }
    }
    return true;
}

const char *duo_disagreement(struct duo *d) {
    const struct parley_outcome *c = &d->outcome[PARLEY_CLIENT], *s = &d->outcome[PARLEY_SERVER];
    const struct {
        bool same;
        const char *name;
    } checks[] = {
        {c->version == s->version, "the version"},
        {c->suite == s->suite, "the suite"},
        {c->group == s->group, "the group"},
        {c->sigalg_server == s->sigalg_server, "the server's signature scheme"},
        {c->sigalg_client == s->sigalg_client, "the client's signature scheme"},
        {c->resumed == s->resumed, "resumption"},
        {c->psk_only == s->psk_only, "psk_ke"},
        {c->hello_retry == s->hello_retry, "hello_retry_request"},
        {c->early_data_accepted == s->early_data_accepted, "early data"},
        {c->extended_master_secret == s->extended_master_secret, "extended_master_secret"},
        {c->encrypt_then_mac == s->encrypt_then_mac, "encrypt_then_mac"},
        {bytes_equal(c->alpn, s->alpn), "the application protocol"},
        {exporters_agree(d), "exported keying material"},
    };
    for (size_t i = 0; i < COUNT_OF(checks); i++) {
        if (!checks[i].same) {
            return checks[i].name;
        }
    }
    return NULL;
}

const char *duo_state(const struct duo *d, enum parley_role role) {
    struct parley_outcome outcome;
    parley_engine_outcome(d->engine[role], &outcome);
    return outcome.state;
}

const char *duo_explain(struct duo *d) {
    static char text[512];
    size_t n = 0;
    for (int role = 0; role < 2; role++) {
        struct parley_outcome o;
        parley_engine_outcome(d->engine[role], &o);
        const char *alert =
            o.alert_sent != PARLEY_ALERT_NONE ? parley_alert_name(o.alert_sent) : "no alert";
        const char *got =
            o.alert_received != PARLEY_ALERT_NONE ? parley_alert_name(o.alert_received) : "none";
        n += (size_t)snprintf(
            text + n, sizeof(text) - n, "%s %s in %s: %s at %s%s%s (sent %s, got %s); ",
            role == PARLEY_CLIENT ? "client" : "server", o.done ? "done" : "not done", o.state,
            parley_error_name(o.error), parley_message_name(o.error_message),
            o.error_field != NULL ? "." : "", o.error_field != NULL ? o.error_field : "", alert,
            got);
    }
    return text;
}

void duo_refused(struct duo *d, enum parley_role who, unsigned alert, enum parley_error error,
                 const char *what) {
    const struct parley_outcome *mine = &d->outcome[who], *other = &d->outcome[duo_other(who)];
    bool told = alert == PARLEY_ALERT_NONE
                    ? other->error == PARLEY_OK
                    : other->error == PARLEY_ERR_peer_alert && other->alert_received == alert;
    if (mine->error != error || mine->alert_sent != alert || !told ||
        other->alert_sent != PARLEY_ALERT_NONE) {
        fail_msg("%s: the %s should refuse with %s (%s), but: %s", what,
                 who == PARLEY_CLIENT ? "client" : "server", parley_alert_name(alert),
                 parley_error_name(error), duo_explain(d));
    }
    unsigned status = parley_engine_status(d->engine[who]);
    assert_true((status & PARLEY_FAILED) != 0 && (status & PARLEY_CAN_WRITE) == 0);
}

void duo_refuses(struct duo *d, enum parley_role who, unsigned alert, enum parley_error error,
                 const char *what) {
    (void)duo_run(d, false);
    duo_refused(d, who, alert, error, what);
}

/* ---- Beneath the hooks ---- */

void duo_push(struct duo *d, enum parley_role to, struct parley_bytes bytes) {
    while (bytes.len > 0) {
        size_t taken = parley_engine_push(d->engine[to], bytes.data, bytes.len);
        bool some = taken > 0;
        while (read_some(d, to)) {
            some = true;
        }
        if (!some) {
            fail_msg("%zu bytes are not taken: %s", bytes.len, duo_explain(d));
        }
        bytes.data += taken;
        bytes.len -= taken;
    }
}

void duo_emit(struct duo *d, enum parley_role from, uint8_t type, struct parley_bytes bytes) {
    assert_int_equal(records_emit(d->engine[from], type, bytes), PARLEY_OK);
}

void duo_seal(struct duo *d, enum parley_role from, uint8_t type, struct parley_bytes bytes,
              size_t padding) {
    struct parley_engine *e = d->engine[from];
    size_t len = protect_sealed_length(&e->write, bytes.len, padding);
    assert_true(len <= OUTPUT_BUFFER - e->out_end);
    assert_true(protect_seal(&e->write, type, PARLEY_TLS12, bytes, padding, &e->random,
                             e->output + e->out_end));
    e->out_end += len;
}
