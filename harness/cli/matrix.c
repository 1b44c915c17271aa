/* parley matrix: the command. */
#include "cli/matrix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "cli/expected.h"

#define DEFAULT_SECONDS 10

enum {
    OPT_STACKS = 1,
    OPT_CLIENTS,
    OPT_SERVERS,
    OPT_SCENARIOS,
    OPT_EXPECT,
    OPT_REPORT,
    OPT_JOBS,
    OPT_TIMEOUT,
    OPT_LIST,
    OPT_JSON,
    OPT_QUIET
};
static const struct cli_option option_table[] = {
    {"stacks", "A,B,...", "only these, on both sides (default: all that 'parley stacks' shows)",
     OPT_STACKS, 0},
    {"clients", "A,B,...", "only these as clients", OPT_CLIENTS, 0},
    {"servers", "A,B,...", "only these as servers", OPT_SERVERS, 0},
    {"scenarios", "X,Y,...", "only these; patterns such as 'suite_*' are allowed", OPT_SCENARIOS,
     0},
    {"list", NULL, "list the scenarios, and run none", OPT_LIST, 0},
    {"expect", "FILE", "what is known to be different: see below", OPT_EXPECT, 0},
    {"report", "DIR", "write report.json, junit.xml, report.md and index.html there", OPT_REPORT,
     0},
    {"json", NULL, "print the JSON report in place of the tables", OPT_JSON, 0},
    {"jobs", "N", "cells at once (default: one per processor)", OPT_JOBS, 'j'},
    {"timeout", "SECONDS", "processor time that a cell may take (default: 10)", OPT_TIMEOUT, 0},
    {"quiet", NULL, "no progress", OPT_QUIET, 'q'},
};
static const struct cli_usage_text usage = {
    .synopsis = "[OPTION...]",
    .summary =
        "Does every scenario with every client and every server, in memory, each in a process of its own,\n"
        "and says which did not go as they should.",
    .options = option_table,
    .option_count = sizeof option_table / sizeof *option_table,
    .notes =
        "An expectation file has lines 'CLIENT SERVER SCENARIO OUTCOME REASON...', the first three\n"
        "patterns, OUTCOME one of ok, failed, disagreed, crashed, hung; the first line that fits\n"
        "counts, # begins a comment. What the file does not say is expected to be ok.\n\n"
        "Exit status: 0 if all came out as expected; 1 if not: new failures, and new passes; 2 for\n"
        "bad usage.",
};

struct settings {
    const char *clients, *servers, *scenarios, *expect, *report;
    size_t jobs;
    unsigned seconds;
    bool json, list, quiet;
};

/* ---- What is in it ---- */

static void add_stack(void *arg, const char *name, const struct parley_stack *stack,
                      const char *why) {
    struct matrix *m = arg;
    bool wanted = parley_cells_fit(m->clients, name) || parley_cells_fit(m->servers, name);
    (void)why;
    if (stack != NULL && wanted && m->stack_count < MATRIX_MAX_STACKS) {
        struct matrix_stack *added = &m->stacks[m->stack_count++];
        *added = (struct matrix_stack){cli_keep(name), stack, {0}};
        stack->capabilities(&added->can);
    }
}

/* add_cell adds one, which may be unsupported already. */
static void add_cell(struct matrix *m, const struct scenario *scenario,
                     const struct matrix_stack *client, const struct matrix_stack *server) {
    char why[80], text[160];
    struct cell *cell = &m->cells[m->cell_count++];
    *cell = (struct cell){
        .ends = {client, server}, .scenario = scenario, .who = -1, .alert = PARLEY_ALERT_NONE};
    for (int role = 0; role < 2; role++) {
        if (scenario_lacks(scenario, (enum parley_role)role, &cell->ends[role]->can, why) != NULL) {
            (void)snprintf(text, sizeof text, "%s has no %s", cell->ends[role]->name, why);
            cell->outcome = PARLEY_CELL_UNSUPPORTED;
            cell->who = role;
            cell->detail = strdup(text);
            return;
        }
    }
}

static void add_pairs(struct matrix *m, const struct scenario *scenario) {
    for (size_t c = 0; c < m->stack_count; c++) {
        for (size_t v = 0; v < m->stack_count; v++) {
            if (parley_cells_fit(m->clients, m->stacks[c].name) &&
                parley_cells_fit(m->servers, m->stacks[v].name)) {
                add_cell(m, scenario, &m->stacks[c], &m->stacks[v]);
            }
        }
    }
}

static bool fill(struct matrix *m, const struct settings *s) {
    size_t count;
    const struct scenario *scenarios = scenario_all(&count);
    if (!parley_stack_list(add_stack, m)) {
        return false;
    }
    m->cells = calloc(count * m->stack_count * m->stack_count, sizeof *m->cells);
    for (size_t i = 0; m->cells != NULL && i < count; i++) {
        if (parley_cells_fit(s->scenarios, scenarios[i].name)) {
            add_pairs(m, &scenarios[i]);
        }
    }
    return m->cells != NULL;
}

static void empty(struct matrix *m) {
    for (size_t i = 0; i < m->cell_count; i++) {
        free(m->cells[i].detail);
        free(m->cells[i].ladder);
    }
    free(m->cells);
}

/* ---- What is printed ---- */

static bool quiet;

static void progress(const struct matrix *m, size_t done, size_t of) {
    static size_t shown;
    (void)m;
    if (!quiet && isatty(STDERR_FILENO) && (done * 100 / of != shown || done == of)) {
        shown = done * 100 / of;
        (void)fprintf(stderr, "\r%zu of %zu cells%s", done, of, done == of ? "\r\033[K" : "");
    }
}

static int list(const struct settings *s) {
    size_t count;
    const struct scenario *scenarios = scenario_all(&count);
    for (size_t i = 0; i < count; i++) {
        if (parley_cells_fit(s->scenarios, scenarios[i].name)) {
            printf("%-52s %s\n", scenarios[i].name, scenarios[i].options);
        }
    }
    return cli_flush(CLI_OK);
}

/* ---- The command ---- */

static double clock_seconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t processors(void) {
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (size_t)n : 1;
}

/* report writes and prints what came of it. */
static int report(const struct matrix *m, const struct settings *s,
                  struct parley_expectations *expectations) {
    char why[200];
    bool written = true;
    json_t *json = matrix_json(m, s->expect != NULL ? expectations : NULL);
    if (json == NULL) {
        return cli_fail("out of memory");
    }
    if (s->report != NULL && !parley_cells_write(json, s->report, why)) {
        cli_note("%s", why);
        written = false;
    }
    size_t unexpected = parley_cells_unexpected(json);
    if (s->json) {
        (void)json_dumpf(json, stdout, JSON_INDENT(1));
        putchar('\n');
    } else {
        parley_cells_print_table(stdout, json);
        parley_cells_print_unexpected(stdout, json);
        printf("%s", unexpected > 0 ? "\n" : "");
        parley_cells_print_sums(stdout, json);
        if (s->report != NULL && written) {
            printf("%s/index.html\n", s->report);
        }
    }
    size_t idle = m->complete ? cli_expectations_idle(expectations, s->expect, json) : 0;
    json_decref(json);
    return cli_flush(written && unexpected == 0 && idle == 0 ? CLI_OK : CLI_FAILED);
}

static int run(const struct settings *s) {
    struct matrix m = {.clients = s->clients, .servers = s->servers};
    struct parley_expectations expectations = {.count = 0};
    int status = CLI_FAILED;
    double start = clock_seconds();
    struct parley_pki *pki = parley_pki_new(1);
    m.complete = s->clients == NULL && s->servers == NULL && s->scenarios == NULL;
    if (pki == NULL || !fill(&m, s)) {
        status = cli_fail("out of memory");
    } else if (m.cell_count == 0) {
        status = cli_usage("no cells: there is no such stack or scenario");
    } else if (s->expect != NULL && !cli_expectations(&expectations, s->expect)) {
        status = CLI_USAGE;
    } else if (!matrix_pool(&m, pki, s->jobs, s->seconds, progress)) {
        status = cli_fail("cannot start a process");
    } else {
        m.seconds = clock_seconds() - start;
        status = report(&m, s, &expectations);
    }
    empty(&m);
    parley_expectations_free(&expectations);
    parley_pki_free(pki);
    return status;
}

int cli_matrix(int argc, char **argv) {
    struct cli_args args;
    struct settings s = {.jobs = processors(), .seconds = DEFAULT_SECONDS};
    uint64_t number;
    cli_args_init(&args, argc, argv, &usage);
    for (int key; (key = cli_next(&args)) != 0;) {
        switch (key) {
        case CLI_STOP:
            return args.status;
        case OPT_STACKS:
            s.clients = s.servers = args.value;
            break;
        case OPT_CLIENTS:
            s.clients = args.value;
            break;
        case OPT_SERVERS:
            s.servers = args.value;
            break;
        case OPT_SCENARIOS:
            s.scenarios = args.value;
            break;
        case OPT_EXPECT:
            s.expect = args.value;
            break;
        case OPT_REPORT:
            s.report = args.value;
            break;
        case OPT_JOBS:
            if (!cli_number("--jobs", args.value, 1, 64, &number)) {
                return CLI_USAGE;
            }
            s.jobs = (size_t)number;
            break;
        case OPT_TIMEOUT:
            if (!cli_number("--timeout", args.value, 1, 3600, &number)) {
                return CLI_USAGE;
            }
            s.seconds = (unsigned)number;
            break;
        case OPT_LIST:
            s.list = true;
            break;
        case OPT_JSON:
            s.json = true;
            break;
        default:
            quiet = true;
            break;
        }
    }
    if (cli_operands(&args) > 0) {
        return cli_usage("unexpected argument '%s'", argv[args.operand]);
    }
    return s.list ? list(&s) : run(&s);
}
