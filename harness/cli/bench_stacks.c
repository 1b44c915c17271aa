/* parley bench --stacks: full handshakes of every stack with itself, in turns. */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "cli/bench.h"
#include "cli/cli.h"
#include "parley/pipe.h"
#include "parley/pki.h"

#define MAX_STACKS 32
#define BATCH 4
#define NOW INT64_C(1767225600000)

static const uint16_t versions[] = {PARLEY_TLS13, PARLEY_TLS12};
static const uint16_t groups[] = {PARLEY_GROUP_x25519, PARLEY_GROUP_secp256r1};
#define VERSIONS 2

/* One stack with itself, in one version. */
struct pair {
    struct parley_stack_context *contexts[2]; /* NULL: it does not have that version */
    double us;
};

struct contender {
    const char *name;
    const struct parley_stack *stack;
    struct pair pairs[VERSIONS];
};

struct race {
    struct contender contenders[MAX_STACKS];
    size_t count;
    struct parley_pki *pki;
    struct parley_pem_credential server;
    struct parley_seeded seeded;
    struct parley_pipe *pipe;
};

/* prepare makes both contexts; a stack that does not have what is wanted is left out. */
static void prepare(struct race *race, struct contender *c, size_t version) {
    struct pair *pair = &c->pairs[version];
    struct parley_stack_problem problem;
    for (int role = 0; role < 2; role++) {
        struct parley_endpoint_options options = {
            .role = (enum parley_role)role,
            .min_version = versions[version],
            .max_version = versions[version],
            .groups = groups,
            .group_count = 2,
            .credentials = &race->server,
            .credential_count = role == PARLEY_SERVER ? 1 : 0,
            .ca = parley_pki_entry(race->pki, "ca")->certificates,
            .server_name = BENCH_HOST,
            .random = parley_seeded_random(&race->seeded),
        };
        pair->contexts[role] = c->stack->context_new(&options, &problem);
    }
}

/* once does one handshake; |us| gets what it cost, everything of a connection included. */
static bool once(struct race *race, const struct contender *c, const struct pair *pair) {
    struct parley_stack_problem problem;
    struct parley_pipe_options options = {.close_notify = false};
    struct parley_connection_options connection = {NOW, parley_seeded_random(&race->seeded), false};
    bool ok = true;
    for (int role = 0; role < 2; role++) {
        options.ends[role] = (struct parley_endpoint){
            c->stack, c->stack->open(pair->contexts[role], &connection, &problem)};
        ok = ok && options.ends[role].connection != NULL;
    }
    if (ok) {
        parley_pipe_start(race->pipe, &options);
        ok = parley_pipe_handshake(race->pipe);
    }
    for (int role = 0; role < 2; role++) {
        c->stack->close(options.ends[role].connection);
    }
    return ok;
}

static bool measure(struct race *race, const struct contender *c, struct pair *pair) {
    int64_t start = bench_cpu_ns();
    for (int i = 0; i < BATCH; i++) {
        if (!once(race, c, pair)) {
            return false;
        }
    }
    double us = (double)(bench_cpu_ns() - start) / 1000 / BATCH;
    if (pair->us == 0 || us < pair->us) {
        pair->us = us;
    }
    return true;
}

static void add(void *arg, const char *name, const struct parley_stack *stack, const char *why) {
    struct race *race = arg;
    (void)why;
    if (stack != NULL && race->count < MAX_STACKS) {
        struct contender *c = &race->contenders[race->count++];
        *c = (struct contender){.name = cli_keep(name), .stack = stack};
        for (size_t v = 0; v < VERSIONS; v++) {
            prepare(race, c, v);
        }
    }
}

static bool runs(const struct pair *pair) {
    return pair->contexts[PARLEY_CLIENT] != NULL && pair->contexts[PARLEY_SERVER] != NULL;
}

static bool go(struct race *race, uint64_t rounds) {
    for (uint64_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < race->count * VERSIONS; i++) {
            struct contender *c = &race->contenders[i / VERSIONS];
            struct pair *pair = &c->pairs[i % VERSIONS];
            if (runs(pair) && !measure(race, c, pair)) {
                cli_note("%s did not complete a handshake with itself in %s", c->name,
                         parley_version_name(versions[i % VERSIONS]));
                return false;
            }
        }
    }
    return true;
}

/* ---- Printing ---- */

static double rate(const struct pair *pair) {
    return pair->us > 0 ? 1e6 / pair->us : 0;
}

static void print_text(const struct race *race) {
    puts("Handshakes per CPU-second, both ends, ECDSA P-256, X25519, certificates verified\n\n"
         "stack            TLS 1.3    TLS 1.2   version");
    for (size_t i = 0; i < race->count; i++) {
        const struct contender *c = &race->contenders[i];
        printf("%-14s", c->name);
        for (size_t v = 0; v < VERSIONS; v++) {
            if (c->pairs[v].us > 0) {
                printf(" %9.0f ", rate(&c->pairs[v]));
            } else {
                printf(" %9s ", "-");
            }
        }
        printf("  %s\n", c->stack->version());
    }
}

static void print_json(const struct race *race) {
    json_t *stacks = json_array();
    for (size_t i = 0; i < race->count; i++) {
        const struct contender *c = &race->contenders[i];
        json_array_append_new(stacks, json_pack("{s:s, s:s, s:I, s:I}", "name", c->name, "version",
                                                c->stack->version(), "tls13_per_second",
                                                (json_int_t)rate(&c->pairs[0]), "tls12_per_second",
                                                (json_int_t)rate(&c->pairs[1])));
    }
    json_t *out = json_pack("{s:o}", "stacks", stacks);
    (void)json_dumpf(out, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(out);
}

static void clean_up(struct race *race) {
    for (size_t i = 0; i < race->count * VERSIONS; i++) {
        const struct contender *c = &race->contenders[i / VERSIONS];
        for (int role = 0; role < 2; role++) {
            c->stack->context_free(c->pairs[i % VERSIONS].contexts[role]);
        }
    }
    parley_pipe_free(race->pipe);
    parley_pki_free(race->pki);
}

int bench_stacks(uint64_t rounds, bool json) {
    static struct race race;
    race.pki = parley_pki_new(1);
    race.pipe = parley_pipe_new();
    if (race.pki == NULL || race.pipe == NULL) {
        return cli_fail("out of memory");
    }
    const struct parley_pki_entry *server = parley_pki_entry(race.pki, "server-ecdsa-p256");
    race.server = (struct parley_pem_credential){server->certificates, server->private_key};
    parley_seeded_init(&race.seeded, 1, 0);
    int status = CLI_FAILED;
    if (!parley_stack_list(add, &race)) {
        status = cli_fail("out of memory");
    } else if (go(&race, rounds)) {
        json ? print_json(&race) : print_text(&race);
        status = cli_flush(CLI_OK);
    }
    clean_up(&race);
    return status;
}
