/* parley handshake: a pair of endpoints, opened as the options say, and what is taken down about
 * them. */
#include "cli/handshake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/compression.h"

/* Every run's time: 2026-01-01 00:00:00 UTC. A second connection comes a second later. */
#define TIME_MS INT64_C(1767225600000)
#define SECOND_MS 1000
#define HOST "parley.test"
#define ECH_HOST "public.test" /* what outer hellos show */

/* Every stream of randomness of a run is its own: what one end draws does not move the other. */
enum {
    STREAM_CONTEXTS = 0,
    STREAM_CONNECTIONS = 2,
    STREAM_ECH = 2 + 2 * HANDSHAKE_CONNECTIONS,
    STREAMS,
};

/* One end, as its hooks see it. */
struct end {
    struct handshake *handshake;
    enum parley_role role;
    struct parley_config engine;
    struct parley_stack_context *context;
};

struct handshake {
    const struct handshake_options *options;
    const struct parley_stack *stacks[2];
    struct end ends[2];
    struct parley_stack_connection *connections[2];
    struct parley_seeded streams[STREAMS];
    uint16_t suites[2][1];
    uint16_t client_groups[HANDSHAKE_MAX_GROUPS];
    uint16_t server_groups[HANDSHAKE_MAX_GROUPS];
    struct parley_pem_credential credentials[2];
    struct parley_psk psk;
    struct parley_psk12 psk12;
    struct parley_ech_keys *ech_keys;
    struct parley_pipe *pipe;
    struct parley_drop drops[HANDSHAKE_MAX_DROPS];
    bool dropping; /* this is the connection that messages are dropped from */
    struct parley_ladder ladder;
    struct parley_recording recordings[HANDSHAKE_CONNECTIONS];
    struct parley_keylog keylog;
    uint8_t *data;
};

int64_t handshake_time(void) {
    return TIME_MS;
}

const struct parley_ladder *handshake_ladder(const struct handshake *h) {
    return &h->ladder;
}

const struct parley_recording *handshake_recordings(const struct handshake *h) {
    return h->recordings;
}

const struct parley_keylog *handshake_keylog(const struct handshake *h) {
    return &h->keylog;
}

const struct parley_stack *handshake_stack(const struct handshake *h, enum parley_role role,
                                           const char **name) {
    if (name != NULL) {
        const char *given = h->options->stacks[role];
        *name = given != NULL ? given : parley_engine_stack.name;
    }
    return h->stacks[role];
}

size_t handshake_connections(const struct handshake_options *options) {
    return options->resume ? 2 : 1;
}

/* ---- Hooks ---- */

static void observe(void *arg, const struct parley_event *event) {
    struct end *end = arg;
    parley_ladder_event(&end->handshake->ladder, end->role, event);
}

static bool message_out(void *arg, enum parley_message message, enum parley_epoch epoch,
                        uint8_t *bytes, size_t *len, size_t capacity) {
    (void)epoch, (void)bytes, (void)len, (void)capacity;
    struct end *end = arg;
    struct handshake *h = end->handshake;
    for (size_t i = 0; h->dropping && i < h->options->drop_count; i++) {
        if (parley_drop_message(&h->drops[i], end->role, message)) {
            return false;
        }
    }
    return true;
}

/* ---- Opening ---- */

/* credential fills in |role|'s certificate: the one, or of the kind, that is asked for. */
static bool credential(const struct handshake_options *o, const struct parley_pki *pki,
                       enum parley_role role, struct parley_pem_credential *out) {
    static const char *const kinds[CERT_COUNT] = {"ecdsa-p256", "rsa", "ecdsa-p256", "ed25519"};
    char name[64];
    (void)snprintf(name, sizeof name, "%s-%s", parley_role_name(role), kinds[o->cert]);
    const struct parley_pki_entry *entry =
        parley_pki_entry(pki, o->entries[role] != NULL ? o->entries[role] : name);
    if (entry == NULL) {
        return false;
    }
    *out = (struct parley_pem_credential){entry->certificates, entry->private_key};
    return true;
}

/* choose_groups: the server speaks the one group that is wanted. A client whose first group, and so
 * its only key share, is another one makes it ask again; one that speaks TLS 1.2 must have the
 * certificate's curve on its list as well (RFC 8422 5.1), and some servers must, too. */
static void choose_groups(struct handshake *h, struct parley_endpoint_options *client,
                          struct parley_endpoint_options *server) {
    const struct handshake_options *o = h->options;
    uint16_t wanted = o->group != NULL ? o->group->code : 0;
    if (o->server_group != NULL) {
        h->server_groups[0] = o->server_group->code;
        server->groups = h->server_groups;
        server->group_count = 1;
    }
    if (wanted == 0 && !o->hello_retry) {
        return;
    }
    if (wanted == 0) {
        wanted = PARLEY_GROUP_secp256r1;
    }
    size_t n = 0;
    if (o->hello_retry) {
        h->client_groups[n++] =
            wanted == PARLEY_GROUP_x25519 ? PARLEY_GROUP_secp256r1 : PARLEY_GROUP_x25519;
    }
    h->client_groups[n++] = wanted;
    if (o->version != PARLEY_TLS13 && wanted != PARLEY_GROUP_secp256r1 &&
        n < HANDSHAKE_MAX_GROUPS) {
        h->client_groups[n++] = PARLEY_GROUP_secp256r1;
    }
    client->groups = h->client_groups;
    client->group_count = n;
    if (o->server_group == NULL) {
        h->server_groups[0] = wanted;
        server->groups = h->server_groups;
        server->group_count = 1;
        if (o->version == PARLEY_TLS12 && wanted != PARLEY_GROUP_secp256r1) {
            h->server_groups[server->group_count++] = PARLEY_GROUP_secp256r1;
        }
    }
}

static void choose_psk(struct handshake *h, struct parley_endpoint_options *options) {
    static const uint8_t key[32] = "parley's key for external PSKs.";
    static const char identity[] = "parley";
    const struct parley_suite *suite = h->options->suite;
    h->psk = (struct parley_psk){
        .identity = {(const uint8_t *)identity, sizeof identity - 1},
        .key = {key, sizeof key},
        .hash = suite != NULL ? suite->hash : PARLEY_HASH_SHA256,
    };
    options->psks = &h->psk;
    options->psk_count = 1;
}

/* A PSK suite of TLS 1.2 brings its key along. */
static void choose_psk12(struct handshake *h, struct parley_endpoint_options *options) {
    static const uint8_t key[32] = "parley's key for TLS 1.2's PSKs.";
    static const char identity[] = "parley", hint[] = "which parley";
    h->psk12 = (struct parley_psk12){
        .identity = {(const uint8_t *)identity, sizeof identity - 1},
        .key = {key, sizeof key},
        .hint = {(const uint8_t *)hint, sizeof hint - 1},
    };
    options->psk12 = &h->psk12;
}

/* common fills in what both ends are told alike. */
static void common(struct handshake *h, const struct parley_pki *pki, enum parley_role role,
                   struct parley_endpoint_options *out) {
    const struct handshake_options *o = h->options;
    struct end *end = &h->ends[role];
    bool server = role == PARLEY_SERVER;
    uint16_t version = server && o->server_version != 0 ? o->server_version : o->version;
    end->handshake = h;
    end->role = role;
    end->engine.hooks =
        (struct parley_hooks){.arg = end, .message_out = message_out, .observe = observe};
    *out = (struct parley_endpoint_options){
        .role = role,
        .min_version = version,
        .max_version = version,
        .ca = parley_pki_entry(pki, "ca")->certificates,
        .alpn = o->alpn_count > 0 ? o->alpn : NULL,
        .alpn_count = o->alpn_count,
        .no_tickets = o->session_id,
        .psk_modes = o->psk_ke ? PARLEY_PSK_KE : 0,
        .random = parley_seeded_random(&h->streams[STREAM_CONTEXTS + role]),
        .key_log = parley_keylog_line,
        .key_log_arg = &h->keylog,
        .engine = &end->engine,
    };
    const struct parley_suite *suite =
        server && o->server_suite != NULL ? o->server_suite : o->suite;
    if (suite != NULL) {
        h->suites[role][0] = suite->code;
        out->suites = h->suites[role];
        out->suite_count = 1;
    }
    if (server && o->server_alpn_count > 0) {
        out->alpn = o->server_alpn;
        out->alpn_count = o->server_alpn_count;
    }
    if (o->psk) {
        choose_psk(h, out);
    }
    if (handshake_psk12(o)) {
        choose_psk12(h, out);
    }
}

/* choose_ech gives the server a key, and the client its config. */
static bool choose_ech(struct handshake *h) {
    enum { ID = 1, LONGEST = 64 };
    uint8_t key[32], config[256];
    const char *why;
    struct parley_random random = parley_seeded_random(&h->streams[STREAM_ECH]);
    random.fill(random.arg, key, sizeof key);
    struct parley_bytes private_key = {key, sizeof key};
    size_t len = parley_ech_config_write(config, sizeof config, ID, private_key, ECH_HOST, LONGEST);
    h->ech_keys = parley_ech_keys_new();
    if (len == 0 || h->ech_keys == NULL ||
        !parley_ech_keys_add(h->ech_keys, (struct parley_bytes){config, len}, private_key, true,
                             &why)) {
        return false;
    }
    h->ends[PARLEY_CLIENT].engine.ech_config_list = parley_ech_keys_list(h->ech_keys);
    h->ends[PARLEY_SERVER].engine.ech_keys = h->ech_keys;
    return true;
}

static bool make_contexts(struct handshake *h, const struct parley_pki *pki, char why[200],
                          int *lacks) {
    const struct handshake_options *o = h->options;
    struct parley_endpoint_options ends[2];
    struct parley_endpoint_options *client = &ends[PARLEY_CLIENT], *server = &ends[PARLEY_SERVER];
    common(h, pki, PARLEY_CLIENT, client);
    common(h, pki, PARLEY_SERVER, server);
    choose_groups(h, client, server);
    for (int role = 0; role < 2 && o->compress != NULL; role++) {
        if (!cli_compression(&h->ends[role].engine, o->compress)) {
            (void)snprintf(why, 200, "no such compression");
            return false;
        }
    }
    if (o->ech && !choose_ech(h)) {
        (void)snprintf(why, 200, "no key for Encrypted Client Hello");
        return false;
    }
    client->server_name = o->server_name != NULL ? o->server_name : HOST;
    client->early_data = o->early_data;
    server->max_early_data = o->early_data ? HANDSHAKE_MAX_EARLY_DATA : 0;
    server->client_auth = o->client_auth ? PARLEY_AUTH_REQUIRE : PARLEY_AUTH_NONE;
    server->hello_retry = o->hello_retry;
    if (!o->psk) {
        bool none = handshake_gives_none(o);
        if (!credential(o, pki, PARLEY_SERVER, &h->credentials[PARLEY_SERVER]) ||
            (!none && !credential(o, pki, PARLEY_CLIENT, &h->credentials[PARLEY_CLIENT]))) {
            (void)snprintf(why, 200, "the test PKI has no such certificate");
            return false;
        }
        server->credentials = &h->credentials[PARLEY_SERVER];
        server->credential_count = 1;
        client->credentials = &h->credentials[PARLEY_CLIENT];
        client->credential_count = o->client_auth && !none ? 1 : 0;
    }
    for (int role = 0; role < 2; role++) {
        struct parley_stack_problem problem;
        h->ends[role].context = h->stacks[role]->context_new(&ends[role], &problem);
        if (h->ends[role].context == NULL) {
            (void)snprintf(why, 200, "%s: %s", parley_role_name((enum parley_role)role),
                           problem.text);
            *lacks = problem.unsupported ? role : -1;
            return false;
        }
    }
    return true;
}

/* find_stacks: only our engine shows its messages; a ladder needs one end that does. */
static bool find_stacks(struct handshake *h, char why[200]) {
    for (int role = 0; role < 2; role++) {
        const char *name = h->options->stacks[role];
        h->stacks[role] = name != NULL ? parley_stack_find(name, why) : &parley_engine_stack;
        if (h->stacks[role] == NULL) {
            return false;
        }
        if (h->stacks[role] == &parley_engine_stack) {
            h->ladder.observed |= 1U << role;
        }
    }
    return true;
}

struct handshake *handshake_new(const struct handshake_options *options,
                                const struct parley_pki *pki, char why[200], int *lacks) {
    int nobody;
    lacks = lacks != NULL ? lacks : &nobody;
    *lacks = -1;
    struct handshake *h = calloc(1, sizeof *h);
    if (h != NULL) {
        h->options = options;
        h->pipe = parley_pipe_new();
        h->data = malloc(options->data);
        memcpy(h->drops, options->drops, sizeof h->drops);
    }
    if (h == NULL || h->pipe == NULL || h->data == NULL) {
        (void)snprintf(why, 200, "out of memory");
        handshake_free(h);
        return NULL;
    }
    for (size_t i = 0; i < options->data; i++) {
        h->data[i] = (uint8_t)("parley "[i % 7]);
    }
    for (uint64_t i = 0; i < STREAMS; i++) {
        parley_seeded_init(&h->streams[i], options->seed, i);
    }
    if (!find_stacks(h, why) || !make_contexts(h, pki, why, lacks)) {
        handshake_free(h);
        return NULL;
    }
    return h;
}

static void disconnect(struct handshake *h) {
    for (int role = 0; role < 2; role++) {
        if (h->connections[role] != NULL) {
            h->stacks[role]->close(h->connections[role]);
            h->connections[role] = NULL;
        }
    }
}

void handshake_free(struct handshake *h) {
    if (h == NULL) {
        return;
    }
    disconnect(h);
    for (int role = 0; role < 2; role++) {
        if (h->ends[role].context != NULL) {
            h->stacks[role]->context_free(h->ends[role].context);
        }
    }
    for (size_t i = 0; i < HANDSHAKE_CONNECTIONS; i++) {
        parley_recording_free(&h->recordings[i]);
    }
    parley_ech_keys_free(h->ech_keys);
    parley_ladder_free(&h->ladder);
    parley_keylog_free(&h->keylog);
    parley_pipe_free(h->pipe);
    free(h->data);
    free(h);
}

/* ---- Running ---- */

static bool open_connection(struct handshake *h, size_t index, enum parley_role role,
                            char why[400]) {
    struct parley_stack_problem problem;
    struct parley_connection_options options = {
        .now_ms = TIME_MS + SECOND_MS * (int64_t)index,
        .random = parley_seeded_random(&h->streams[STREAM_CONNECTIONS + 2 * index + (size_t)role]),
        .resume = index > 0,
    };
    h->connections[role] = h->stacks[role]->open(h->ends[role].context, &options, &problem);
    if (h->connections[role] != NULL) {
        return true;
    }
    (void)snprintf(why, 400, "%s: %s", parley_role_name(role), problem.text);
    return false;
}

bool handshake_connect(struct handshake *h, size_t index, struct parley_pipe_result *result,
                       char why[400]) {
    const struct handshake_options *o = h->options;
    bool last = index + 1 == handshake_connections(o);
    *result = (struct parley_pipe_result){.verdict = PARLEY_VERDICT_REFUSED};
    disconnect(h);
    parley_ladder_clear(&h->ladder);
    h->dropping = last;
    if (!open_connection(h, index, PARLEY_CLIENT, why) ||
        !open_connection(h, index, PARLEY_SERVER, why)) {
        return false;
    }
    struct parley_pipe_options options = {
        .ends = {{h->stacks[PARLEY_CLIENT], h->connections[PARLEY_CLIENT]},
                 {h->stacks[PARLEY_SERVER], h->connections[PARLEY_SERVER]}},
        .chunk = o->chunk,
        .early_data = {h->data, o->early_data && last ? o->data : 0},
        .client_data = {h->data, o->data},
        .server_data = {h->data, o->data},
        .key_update = o->key_update && last,
        .close_notify = true,
        .max_bytes = 8 * o->data + ((size_t)64 << 20),
        .recording = &h->recordings[index],
    };
    bool ok = parley_pipe_run(h->pipe, &options, result);
    if (h->ladder.observed == 0) {
        (void)parley_ladder_decrypt(&h->ladder, options.recording, &h->keylog);
        h->ladder.observed = 0;
    }
    if (!ok && result->verdict != PARLEY_VERDICT_COMPLETE) {
        (void)parley_pipe_explain(result, why, 400);
        return false;
    }
    return handshake_unexpected(o, index, result, why) == NULL;
}
