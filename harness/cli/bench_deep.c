/* parley bench --deep: what a trial costs, the unit of deep fuzzing: a trace without operations,
 * our engine at one end, which remembers its public-key operations, and a stack at the other. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/bench.h"
#include "cli/cli.h"
#include "parley/trial.h"
#include "stacks/world.h"

#define MAX_STACKS 32
#define BATCH 8

static const struct kind {
    const char *name, *settings;
    bool resumed;
} kinds[] = {
    {"1.3 full", "versions 1.3\n", false},
    {"1.3 resumed", "versions 1.3\nwarm\n", true},
    {"1.2 full", "versions 1.2\n", false},
    {"1.2 ticket", "versions 1.2\nwarm\n", true},
    {"1.2 session id", "versions 1.2\nwarm\nsession_id\n", true},
};
#define KINDS (sizeof kinds / sizeof *kinds)

/* One handshake of one stack, in one role: the least that a trial took, and of that inside it. */
struct figure {
    bool runs;
    double us, inside_us;
};

struct contender {
    const char *name;
    const struct parley_stack *stack;
    struct parley_trial *trial;
    struct figure figures[2][KINDS];
};

struct deep_bench {
    struct contender contenders[MAX_STACKS];
    size_t count;
    char *const *wanted;
    int wanted_count;
    struct parley_pki *pki;
    double clock_ns; /* what it costs to ask what time it is */
    struct parley_trace trace;
    struct parley_trial_result result;
};

static bool parse(struct deep_bench *b, const struct contender *c, int role, size_t kind) {
    char text[256];
    struct parley_trace_error error;
    int len = snprintf(text, sizeof text, "stack %s\nrole %s\nsession\n%s", c->name,
                       role == PARLEY_CLIENT ? "client" : "server", kinds[kind].settings);
    return len > 0 && (size_t)len < sizeof text &&
           parley_trace_parse(&b->trace, (struct parley_bytes){(const uint8_t *)text, (size_t)len},
                              &error);
}

/* once runs |b->trace|; it is fine if the handshake is the one that was wanted. */
static bool once(struct deep_bench *b, const struct contender *c, size_t kind) {
    char why[200];
    return parley_trial_run(c->trial, &b->trace, NULL, NULL, NULL, &b->result, why, NULL) &&
           b->result.sessions[0].answer == PARLEY_ANSWER_COMPLETED &&
           b->result.sessions[0].resumed == kinds[kind].resumed;
}

static void smaller(double *least, double value) {
    if (*least == 0 || value < *least) {
        *least = value;
    }
}

/* batch runs some of them; those that are |watched|, to know what is spent in the stack, cost more.
 */
static bool batch(struct deep_bench *b, const struct contender *c, size_t kind, bool watched,
                  struct figure *f) {
    struct world_spent spent;
    world_watch(watched);
    int64_t start = bench_cpu_ns();
    for (int i = 0; i < BATCH; i++) {
        if (!once(b, c, kind)) {
            return false;
        }
    }
    double us = (double)(bench_cpu_ns() - start) / 1000 / BATCH;
    spent = world_watch(false);
    if (watched) {
        smaller(&f->inside_us,
                ((double)spent.ns - b->clock_ns * (double)spent.times) / 1000 / BATCH);
    } else {
        smaller(&f->us, us);
    }
    return true;
}

static void add(void *arg, const char *name, const struct parley_stack *stack, const char *why) {
    struct deep_bench *b = arg;
    bool wanted = b->wanted_count == 0;
    (void)why;
    for (int i = 0; i < b->wanted_count; i++) {
        wanted |= strcmp(b->wanted[i], name) == 0;
    }
    if (wanted && stack != NULL && b->count < MAX_STACKS) {
        b->contenders[b->count++] = (struct contender){.name = cli_keep(name), .stack = stack};
    }
}

/* find_out tries which of them run. */
static bool find_out(struct deep_bench *b) {
    for (size_t i = 0; i < b->count; i++) {
        struct contender *c = &b->contenders[i];
        c->trial = parley_trial_new(b->pki);
        if (c->trial == NULL) {
            return false;
        }
        parley_trial_keep(c->trial, true);
        for (size_t j = 0; j < 2 * KINDS; j++) {
            int role = (int)(j / KINDS);
            c->figures[role][j % KINDS].runs =
                parse(b, c, role, j % KINDS) && once(b, c, j % KINDS);
        }
    }
    return true;
}

static bool go(struct deep_bench *b, uint64_t rounds) {
    for (uint64_t round = 0; round < rounds; round++) {
        for (size_t i = 0; i < b->count * 2 * KINDS; i++) {
            struct contender *c = &b->contenders[i / (2 * KINDS)];
            size_t kind = i % KINDS;
            int role = (int)(i / KINDS % 2);
            struct figure *f = &c->figures[role][kind];
            if (f->runs && (!parse(b, c, role, kind) || !batch(b, c, kind, false, f) ||
                            !batch(b, c, kind, true, f))) {
                cli_note("%s: what completed once does not complete again", c->name);
                return false;
            }
        }
    }
    return true;
}

/* ---- Printing ---- */

static void print_text(const struct deep_bench *b) {
    puts(
        "Trials of deep fuzzing, without sanitizers: our engine at one end, its public-key operations\n"
        "remembered, and a stack at the other. CPU time of both ends and all that is around them.\n\n"
        "stack          role    handshake        per second   us each   in the stack   ours   ratio");
    for (size_t i = 0; i < b->count * 2 * KINDS; i++) {
        const struct contender *c = &b->contenders[i / (2 * KINDS)];
        int role = (int)(i / KINDS % 2);
        const struct figure *f = &c->figures[role][i % KINDS];
        if (f->runs) {
            printf("%-14s %-7s %-16s %10.0f %9.1f %14.1f %6.1f %7.2f\n", c->name,
                   role == PARLEY_CLIENT ? "client" : "server", kinds[i % KINDS].name, 1e6 / f->us,
                   f->us, f->inside_us, f->us - f->inside_us, f->us / f->inside_us);
        }
    }
}

static void print_json(const struct deep_bench *b) {
    json_t *trials = json_array();
    for (size_t i = 0; i < b->count * 2 * KINDS; i++) {
        const struct contender *c = &b->contenders[i / (2 * KINDS)];
        int role = (int)(i / KINDS % 2);
        const struct figure *f = &c->figures[role][i % KINDS];
        if (f->runs) {
            json_array_append_new(trials, json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:I}", "stack",
                                                    c->name, "version", c->stack->version(), "role",
                                                    role == PARLEY_CLIENT ? "client" : "server",
                                                    "handshake", kinds[i % KINDS].name, "us", f->us,
                                                    "stack_us", f->inside_us, "per_second",
                                                    (json_int_t)(1e6 / f->us)));
        }
    }
    json_t *out = json_pack("{s:o}", "trials", trials);
    (void)json_dumpf(out, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
    putchar('\n');
    json_decref(out);
}

static bool all_there(const struct deep_bench *b) {
    for (int i = 0; i < b->wanted_count; i++) {
        bool there = false;
        for (size_t j = 0; j < b->count; j++) {
            there |= strcmp(b->contenders[j].name, b->wanted[i]) == 0;
        }
        if (!there) {
            cli_note("%s: no such stack, or it cannot be loaded (see parley stacks)", b->wanted[i]);
            return false;
        }
    }
    return true;
}

int bench_deep(uint64_t rounds, bool json, char *const *stacks, int stack_count) {
    static struct deep_bench b;
    int status = CLI_FAILED;
    b.wanted = stacks;
    b.wanted_count = stack_count;
    b.clock_ns = world_clock_ns();
    b.pki = parley_pki_new(1);
    if (b.pki == NULL || !parley_stack_list(add, &b)) {
        status = cli_fail("out of memory");
    } else if (all_there(&b) && find_out(&b) && go(&b, rounds)) {
        json ? print_json(&b) : print_text(&b);
        status = cli_flush(CLI_OK);
    }
    for (size_t i = 0; i < b.count; i++) {
        parley_trial_free(b.contenders[i].trial);
    }
    parley_pki_free(b.pki);
    return status;
}
