/* What the rows of endpoints.def are made of. Certificates are Ed25519 wherever a choice is free:
 * the cheapest, and the same signature every time. */
#include "fuzzers/endpoints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parley/pki.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static struct {
    struct parley_pki *pki;
    struct parley_trust *trust;
    struct parley_credential *credentials[4];
    struct parley_config config[ENDPOINT_COUNT];
    struct parley_memo *memo;
    struct parley_session session[ENDPOINT_COUNT];
    bool has_session[ENDPOINT_COUNT];
} world;

enum { SERVER_ED25519, SERVER_ECDSA, SERVER_RSA, CLIENT_ED25519 };

const struct endpoint_row endpoint_rows[ENDPOINT_COUNT] = {
#define ENDPOINT(name, role, setup, resumes) {#name, PARLEY_##role, resumes},
#include "fuzzers/endpoints.def"
#undef ENDPOINT
};

static void end_world(void) {
    for (size_t i = 0; i < COUNT_OF(world.credentials); i++) {
        parley_credential_free(world.credentials[i]);
    }
    parley_memo_free(world.memo);
    parley_trust_free(world.trust);
    parley_pki_free(world.pki);
}

static void impossible(const char *what) {
    (void)fprintf(stderr, "endpoints: %s\n", what);
    abort();
}

/* ---- Setups ---- */

static void credentials(struct parley_config *c, size_t first, size_t count) {
    c->credentials = &world.credentials[first];
    c->credential_count = count;
}

static void everything(struct parley_config *c, enum parley_role role) {
    static const char *const protocols[] = {"h2", "http/1.1"};
    c->trust = world.trust;
    c->memo = world.memo;
    c->alpn = protocols;
    c->alpn_count = COUNT_OF(protocols);
    c->record_size_limit = 16384;
    if (role == PARLEY_CLIENT) {
        c->server_name = "parley.test";
        c->request_ocsp = c->request_scts = true;
        c->post_handshake_auth = true;
        c->early_data = true;
        c->renegotiation = PARLEY_RENEGOTIATE_FREELY;
        credentials(c, CLIENT_ED25519, 1);
    } else {
        c->client_auth = PARLEY_AUTH_REQUEST;
        c->max_early_data = 16384;
        c->v2_client_hello = true;
        memset(c->ticket_key, 0x5a, sizeof(c->ticket_key));
        credentials(c, SERVER_ED25519, 2);
    }
}

static void tls12(struct parley_config *c, enum parley_role role) {
    static const char *const protocols[] = {"h2"};
    everything(c, role);
    c->max_version = PARLEY_TLS12;
    c->alpn_count = 0;
    c->npn = protocols;
    c->npn_count = COUNT_OF(protocols);
    c->false_start = c->false_start_without_alpn = role == PARLEY_CLIENT;
    c->record_size_limit = 0;
    c->max_fragment_length = role == PARLEY_CLIENT ? 4 : 0;
}

static void rsa(struct parley_config *c, enum parley_role role) {
    everything(c, role);
    c->client_auth = PARLEY_AUTH_NONE;
    credentials(c, SERVER_RSA, 1);
}

static void retry(struct parley_config *c, enum parley_role role) {
    everything(c, role);
    c->hello_retry = true;
    c->client_auth = PARLEY_AUTH_REQUIRE;
}

static void psk(struct parley_config *c, enum parley_role role) {
    static const uint8_t name[] = "identity", key[32] = {1};
    static const struct parley_psk psk13 = {
        {name, sizeof(name)}, {key, sizeof(key)}, PARLEY_HASH_SHA256};
    static const struct parley_psk12 psk12 = {
        .identity = {name, sizeof(name)}, .key = {key, sizeof(key)}, .hint = {name, sizeof(name)}};
    everything(c, role);
    c->psks = &psk13;
    c->psk_count = 1;
    c->psk12 = &psk12;
    c->psk_modes = PARLEY_PSK_KE | PARLEY_PSK_DHE_KE;
    c->ech_grease = role == PARLEY_CLIENT;
}

/* ---- The world ---- */

static void credential(size_t index, const char *name) {
    const struct parley_pki_entry *entry = parley_pki_entry(world.pki, name);
    const char *why = NULL;
    if (entry != NULL) {
        world.credentials[index] =
            parley_credential_from_pem(entry->certificates, entry->private_key, &why);
    }
    if (world.credentials[index] == NULL) {
        impossible(name);
    }
}

static void make_world(void) {
    const char *why = NULL;
    world.pki = parley_pki_new(1);
    world.trust = parley_trust_new();
    world.memo = parley_memo_new();
    if (world.pki == NULL || world.trust == NULL || world.memo == NULL || atexit(end_world) != 0 ||
        !parley_trust_add_pem(world.trust, parley_pki_entry(world.pki, "ca")->certificates, &why)) {
        impossible("no PKI");
    }
    credential(SERVER_ED25519, "server-ed25519");
    credential(SERVER_ECDSA, "server-ecdsa-p256");
    credential(SERVER_RSA, "server-rsa");
    credential(CLIENT_ED25519, "client-ed25519");
#define ENDPOINT(name, role, setup, resumes) setup(&world.config[ENDPOINT_##name], PARLEY_##role);
#include "fuzzers/endpoints.def"
#undef ENDPOINT
}

const struct parley_config *endpoint_config(enum endpoint row) {
    if (world.pki == NULL) {
        make_world();
    }
    return &world.config[row];
}

enum endpoint endpoint_partner(enum endpoint row) {
    bool old = endpoint_config(row)->max_version == PARLEY_TLS12;
    if (endpoint_rows[row].role == PARLEY_CLIENT) {
        return old ? ENDPOINT_server_tls12 : ENDPOINT_server;
    }
    return old ? ENDPOINT_client_tls12 : ENDPOINT_client;
}

/* ---- Runs ---- */

void endpoint_start(enum endpoint row, struct parley_engine *engine, struct parley_seeded *random) {
    parley_seeded_init(random, 1, endpoint_rows[row].role);
    parley_engine_start(engine, ENDPOINT_NOW, parley_seeded_random(random), endpoint_session(row));
}

void endpoint_drain(struct parley_engine *engine, bool *written,
                    void (*out)(void *arg, struct parley_bytes bytes), void *arg) {
    static const uint8_t ping[] = "ping";
    uint8_t bytes[4096];
    size_t len = 0;
    bool moved = true;
    while (moved) {
        moved = false;
        while ((len = parley_engine_pull(engine, bytes, sizeof(bytes))) > 0) {
            moved = true;
            if (out != NULL) {
                out(arg, (struct parley_bytes){bytes, len});
            }
        }
        while (parley_engine_read(engine, bytes, sizeof(bytes)) > 0) {
            moved = true;
        }
        if (!*written && (parley_engine_status(engine) & PARLEY_CAN_WRITE) != 0) {
            *written = parley_engine_write(engine, ping, sizeof(ping)) > 0;
            moved = *written;
        }
    }
}

static void hand_on(void *arg, struct parley_bytes bytes) {
    (void)parley_engine_push(arg, bytes.data, bytes.len);
}

/* One connection of |row| with its partner, for the session that it leaves. */
static void make_session(enum endpoint row) {
    enum endpoint other = endpoint_partner(row);
    struct parley_engine *client = parley_engine_new(endpoint_config(row), PARLEY_CLIENT);
    struct parley_engine *server = parley_engine_new(endpoint_config(other), PARLEY_SERVER);
    struct parley_seeded random[2];
    bool written[2] = {false, false};
    if (client == NULL || server == NULL) {
        impossible("out of memory");
    }
    parley_seeded_init(&random[0], 2, PARLEY_CLIENT);
    parley_seeded_init(&random[1], 2, PARLEY_SERVER);
    parley_engine_start(client, ENDPOINT_NOW - 1000, parley_seeded_random(&random[0]), NULL);
    parley_engine_start(server, ENDPOINT_NOW - 1000, parley_seeded_random(&random[1]), NULL);
    for (int turn = 0; turn < 20; turn++) {
        endpoint_drain(client, &written[0], hand_on, server);
        endpoint_drain(server, &written[1], hand_on, client);
    }
    const struct parley_session *session = parley_engine_session(client);
    if (session == NULL) {
        impossible("no session came");
    } else {
        world.session[row] = *session;
    }
    parley_engine_free(client);
    parley_engine_free(server);
}

const struct parley_session *endpoint_session(enum endpoint row) {
    if (!endpoint_rows[row].resumes) {
        return NULL;
    }
    if (!world.has_session[row]) {
        world.has_session[row] = true;
        make_session(row);
    }
    return &world.session[row];
}
