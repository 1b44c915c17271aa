/* The engine's way: two engines, used again and again as their header says, whose bytes go straight
 * from one's pull to the other's push. The client verifies the server's chain in the first
 * handshake and remembers it, as engines that share a struct parley_trust do. Randomness is drawn
 * from a seeded source each, as everywhere in memory. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/bench.h"
#include "cli/cli.h"
#include "parley/engine.h"

struct bench_engine {
    struct parley_config client_config, server_config;
    struct parley_credential *credential;
    struct parley_trust *trust;
    uint16_t suite;
    uint16_t group;
    int64_t now_ms;
    bool resume;
    struct parley_session session;
    struct parley_engine *client, *server;
    struct parley_seeded client_random, server_random;
    uint8_t wire[32768];
};

/* Moves all that |from| has to |to|; returns whether there was anything. */
static bool move(struct bench_engine *b, struct parley_engine *from, struct parley_engine *to) {
    size_t len = parley_engine_pull(from, b->wire, sizeof(b->wire));
    return len > 0 && parley_engine_push(to, b->wire, len) == len;
}

static bool handshake(struct bench_engine *b, const struct parley_session *resume) {
    parley_engine_start(b->server, b->now_ms, parley_seeded_random(&b->server_random), NULL);
    parley_engine_start(b->client, b->now_ms, parley_seeded_random(&b->client_random), resume);
    bool moved = true;
    /* To the very end: a TLS 1.3 server's ticket comes after the handshake. */
    while (moved) {
        moved = move(b, b->client, b->server);
        moved |= move(b, b->server, b->client);
    }
    return (parley_engine_status(b->client) & parley_engine_status(b->server) & PARLEY_DONE) != 0;
}

/* One handshake, whose outcome is what is to be measured, and for a resumption the one before. */
static bool prepare(struct bench_engine *b, const struct bench_handshake *h) {
    struct parley_outcome outcome;
    bool fine = handshake(b, NULL);
    if (fine && h->resume) {
        const struct parley_session *session = parley_engine_session(b->client);
        fine = session != NULL;
        if (fine) {
            b->session = *session;
            b->resume = true;
            fine = handshake(b, &b->session);
        }
    }
    parley_engine_outcome(b->client, &outcome);
    if (!fine) {
        struct parley_outcome other;
        parley_engine_outcome(b->server, &other);
        cli_note("%s: our engine: client: %s; server: %s", h->name,
                 parley_error_name(outcome.error), parley_error_name(other.error));
        return false;
    }
    fine = outcome.version == h->version && outcome.suite == h->suite &&
           outcome.resumed == h->resume && (outcome.group == 0) == (b->group == 0);
    if (!fine) {
        cli_note("%s: our engine negotiated something else", h->name);
    }
    return fine;
}

static bool configure(struct bench_engine *b, const struct bench_handshake *h,
                      const struct bench_identity *id) {
    const char *why = "out of memory";
    static const uint16_t x25519[] = {PARLEY_GROUP_x25519};
    b->credential = parley_credential_from_pem(id->chain, id->key, &why);
    b->trust = parley_trust_new();
    if (b->credential == NULL || b->trust == NULL ||
        !parley_trust_add_pem(b->trust, id->root, &why)) {
        cli_note("%s", why);
        return false;
    }
    b->suite = h->suite;
    b->group = h->operations.x25519 > 0 ? PARLEY_GROUP_x25519 : 0;
    struct parley_config both = {.min_version = h->version,
                                 .max_version = h->version,
                                 .suites = &b->suite,
                                 .suite_count = 1,
                                 .groups = x25519,
                                 .group_count = 1};
    b->client_config = both;
    b->client_config.trust = b->trust;
    b->client_config.server_name = BENCH_HOST;
    b->server_config = both;
    b->server_config.credentials = &b->credential;
    b->server_config.credential_count = 1;
    return true;
}

struct bench_engine *bench_engine_new(const struct bench_handshake *h,
                                      const struct bench_identity *id) {
    struct bench_engine *b = calloc(1, sizeof(*b));
    if (b == NULL) {
        return NULL;
    }
    b->now_ms = (int64_t)time(NULL) * 1000;
    parley_seeded_init(&b->client_random, 1, PARLEY_CLIENT);
    parley_seeded_init(&b->server_random, 1, PARLEY_SERVER);
    bool fine = configure(b, h, id);
    b->client = fine ? parley_engine_new(&b->client_config, PARLEY_CLIENT) : NULL;
    b->server = fine ? parley_engine_new(&b->server_config, PARLEY_SERVER) : NULL;
    if (b->client != NULL && b->server != NULL && prepare(b, h)) {
        return b;
    }
    bench_engine_free(b);
    return NULL;
}

bool bench_engine_run(struct bench_engine *b, unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        if (!handshake(b, b->resume ? &b->session : NULL)) {
            return false;
        }
    }
    return true;
}

void bench_engine_free(struct bench_engine *b) {
    if (b == NULL) {
        return;
    }
    parley_engine_free(b->client);
    parley_engine_free(b->server);
    parley_credential_free(b->credential);
    parley_trust_free(b->trust);
    free(b);
}
