/* The rows of endpoints.def: their sessions, and how they behave. */
#include "fuzzers/endpoints.h"

static struct {
    struct parley_config config[ENDPOINT_COUNT];
    bool has_config;
    struct parley_session session[ENDPOINT_COUNT];
    bool has_session[ENDPOINT_COUNT];
} world;

const struct endpoint_row endpoint_rows[ENDPOINT_COUNT] = {
#define ENDPOINT(name, role, setup, resumes) {#name, PARLEY_##role, setup_##setup, resumes},
#include "fuzzers/endpoints.def"
#undef ENDPOINT
};

const struct parley_config *endpoint_config(enum endpoint row) {
    if (!world.has_config) {
        world.has_config = true;
        endpoint_world();
        for (int i = 0; i < ENDPOINT_COUNT; i++) {
            endpoint_rows[i].setup(&world.config[i], endpoint_rows[i].role);
        }
    }
    return &world.config[row];
}

enum endpoint endpoint_partner(enum endpoint row) {
    for (int i = 0; i < ENDPOINT_COUNT; i++) {
        if (endpoint_rows[i].role != endpoint_rows[row].role &&
            endpoint_rows[i].setup == endpoint_rows[row].setup) {
            return (enum endpoint)i;
        }
    }
    return endpoint_rows[row].role == PARLEY_CLIENT ? ENDPOINT_server : ENDPOINT_client;
}

/* ---- Runs ---- */

void endpoint_start(enum endpoint row, struct parley_engine *engine, struct parley_seeded *random) {
    parley_seeded_init(random, 1, endpoint_rows[row].role);
    parley_engine_start(engine, ENDPOINT_NOW, parley_seeded_random(random), endpoint_session(row));
}

/* Once connected: all that an application may ask for. */
static void speak(struct parley_engine *engine) {
    uint8_t bytes[32];
    (void)parley_engine_tls_unique(engine, bytes, sizeof(bytes));
    (void)parley_engine_export(engine, "EXPORTER-parley", NULL, bytes, sizeof(bytes));
    (void)parley_engine_key_update(engine, true);
    (void)parley_engine_request_certificate(engine);
}

/* What |engine| does of its own accord, once each. Returns whether it did something. */
static bool act(struct parley_engine *engine, struct endpoint_life *life) {
    static const uint8_t ping[] = "ping";
    unsigned status = parley_engine_status(engine);
    bool moved = false;
    if (!life->written && (status & PARLEY_CAN_WRITE) != 0) {
        moved = life->written = parley_engine_write(engine, ping, sizeof(ping)) > 0;
    }
    if (!life->spoken && (status & PARLEY_DONE) != 0) {
        moved = life->spoken = true;
        speak(engine);
    }
    if ((status & PARLEY_WANTS_RENEGOTIATION) != 0) {
        moved |= parley_engine_renegotiate(engine);
    }
    if (!life->closed && (status & PARLEY_PEER_CLOSED) != 0) {
        moved = life->closed = true;
        parley_engine_close(engine);
    }
    return moved;
}

void endpoint_drain(struct parley_engine *engine, struct endpoint_life *life,
                    void (*out)(void *arg, struct parley_bytes bytes), void *arg) {
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
        moved |= act(engine, life);
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
    struct endpoint_life lives[2] = {{0}, {0}};
    if (client == NULL || server == NULL) {
        endpoint_impossible("out of memory");
    }
    parley_seeded_init(&random[0], 2, PARLEY_CLIENT);
    parley_seeded_init(&random[1], 2, PARLEY_SERVER);
    parley_engine_start(client, ENDPOINT_NOW - 1000, parley_seeded_random(&random[0]), NULL);
    parley_engine_start(server, ENDPOINT_NOW - 1000, parley_seeded_random(&random[1]), NULL);
    for (int turn = 0; turn < 20; turn++) {
        endpoint_drain(client, &lives[0], hand_on, server);
        endpoint_drain(server, &lives[1], hand_on, client);
    }
    const struct parley_session *session = parley_engine_session(client);
    if (session == NULL) {
        endpoint_impossible("no session came");
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
