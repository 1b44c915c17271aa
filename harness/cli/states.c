/* parley states: the engine's state machines, as a table or as a drawing. Both come from
 * parley_edge_at, which is what the engine itself walks: there is no second description. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "parley/engine.h"

enum { OPTION_ROLE = 1, OPTION_TLS, OPTION_DOT };
static const struct cli_option options[] = {
    {"role", "client|server", "only this side's (default: both)", OPTION_ROLE, 0},
    {"tls", "1.2|1.3", "only this version's (default: both)", OPTION_TLS, 0},
    {"dot", NULL, "a drawing for graphviz: parley states --dot | dot -Tsvg", OPTION_DOT, 0},
};
static const struct cli_usage_text usage = {
    .synopsis = "[--role client|server] [--tls 1.2|1.3] [--dot]",
    .summary =
        "Prints the state machines of the handshake, edge by edge, in the order in which the engine\n"
        "tries them. ? is a message received, ! one sent; an edge without either is taken at once. What\n"
        "no edge expects is answered with the alert unexpected_message.",
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
};

struct machine {
    const char *name;
    const char *title;
    enum parley_role role;
    uint16_t version;
};
static const struct machine machines[] = {
    {"client12", "client, TLS 1.2", PARLEY_CLIENT, PARLEY_TLS12},
    {"server12", "server, TLS 1.2", PARLEY_SERVER, PARLEY_TLS12},
    {"client13", "client, TLS 1.3", PARLEY_CLIENT, PARLEY_TLS13},
    {"server13", "server, TLS 1.3", PARLEY_SERVER, PARLEY_TLS13},
};
#define MACHINE_COUNT (sizeof(machines) / sizeof(machines[0]))

/* What makes an edge be taken; nothing for one that is taken at once. */
static void event_of(char *out, size_t cap, const struct parley_edge_view *edge) {
    switch (edge->kind) {
    case PARLEY_EDGE_RECEIVE:
        snprintf(out, cap, "? %s", edge->message);
        break;
    case PARLEY_EDGE_SEND:
        snprintf(out, cap, "! %s", edge->message);
        break;
    case PARLEY_EDGE_OTHERWISE:
        snprintf(out, cap, "? anything else");
        break;
    case PARLEY_EDGE_SKIP:
        snprintf(out, cap, "%s", "");
        break;
    }
}

static void print_text(const struct machine *machine) {
    printf("%s\n  %-26s %-30s %-26s %-26s %s\n", machine->title, "FROM", "EVENT", "IF", "DOES",
           "TO");
    struct parley_edge_view edge;
    for (size_t i = 0; parley_edge_at(machine->role, machine->version, i, &edge); i++) {
        char event[80];
        event_of(event, sizeof(event), &edge);
        printf("  %-26s %-30s %-26s %-26s %s\n", edge.from, event, edge.condition, edge.action,
               edge.to);
    }
}

/* A state's name as a DOT identifier of its own machine; several machines share one drawing. */
static void print_node(const struct machine *machine, const char *state) {
    printf("\"%s.%s\"", machine->name, state);
}

static void print_edge(const struct machine *machine, const struct parley_edge_view *edge) {
    char event[80];
    event_of(event, sizeof(event), edge);
    printf("    ");
    print_node(machine, edge->from);
    printf(" -> ");
    print_node(machine, edge->to);
    printf(" [label=\"%s", event);
    if (edge->condition[0] != 0) {
        printf("\\n[%s]", edge->condition);
    }
    if (edge->action[0] != 0) {
        printf("\\n/ %s", edge->action);
    }
    printf("\"%s];\n", edge->kind == PARLEY_EDGE_SEND ? ", style=dashed, color=\"#1f5fa8\""
                       : edge->kind == PARLEY_EDGE_RECEIVE
                           ? ""
                           : ", color=\"#888888\", fontcolor=\"#888888\"");
}

/* Whether |state| was already met in the edges before |index| (and, at |index|, as its "from"). */
static bool seen_before(const struct machine *machine, const char *state, size_t index,
                        bool as_to) {
    struct parley_edge_view edge;
    for (size_t i = 0; i < index && parley_edge_at(machine->role, machine->version, i, &edge);
         i++) {
        if (strcmp(edge.from, state) == 0 || strcmp(edge.to, state) == 0) {
            return true;
        }
    }
    return as_to && parley_edge_at(machine->role, machine->version, index, &edge) &&
           strcmp(edge.from, state) == 0;
}

static void print_state(const struct machine *machine, const char *state, bool first) {
    printf("    ");
    print_node(machine, state);
    printf(" [label=\"%s\"%s];\n", state, first ? ", penwidth=2" : "");
}

static void print_dot(const struct machine *const *chosen, size_t count) {
    puts("digraph parley {\n"
         "  rankdir=TB;\n"
         "  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];\n"
         "  edge [fontname=\"sans-serif\", fontsize=9];");
    for (size_t m = 0; m < count; m++) {
        const struct machine *machine = chosen[m];
        printf("  subgraph cluster_%s {\n    label=\"%s\"; fontname=\"sans-serif\";\n",
               machine->name, machine->title);
        struct parley_edge_view edge;
        for (size_t i = 0; parley_edge_at(machine->role, machine->version, i, &edge); i++) {
            if (!seen_before(machine, edge.from, i, false)) {
                print_state(machine, edge.from, i == 0);
            }
            if (!seen_before(machine, edge.to, i, true)) {
                print_state(machine, edge.to, false);
            }
            print_edge(machine, &edge);
        }
        puts("  }");
    }
    puts("}");
}

/* Whether |word| is |first| or |second|; if so, |*out| is which. */
static bool one_of(const char *word, const char *first, const char *second, int *out) {
    *out = strcmp(word, second) == 0;
    return *out != 0 || strcmp(word, first) == 0;
}

int cli_states(int argc, char **argv) {
    int role = -1;
    int version = -1;
    bool dot = false;
    struct cli_args args;
    cli_args_init(&args, argc, argv, &usage);
    for (int key; (key = cli_next(&args)) != 0;) {
        if (key == CLI_STOP) {
            return args.status;
        }
        if (key == OPTION_DOT) {
            dot = true;
        } else if (key == OPTION_ROLE && !one_of(args.value, "client", "server", &role)) {
            return cli_usage("--role: '%s' is neither client nor server", args.value);
        } else if (key == OPTION_TLS && !one_of(args.value, "1.2", "1.3", &version)) {
            return cli_usage("--tls: '%s' is neither 1.2 nor 1.3", args.value);
        }
    }
    if (cli_operands(&args) > 0) {
        return cli_usage("unexpected argument '%s'", argv[args.operand]);
    }

    const struct machine *chosen[MACHINE_COUNT];
    size_t count = 0;
    for (size_t i = 0; i < MACHINE_COUNT; i++) {
        if ((role < 0 || machines[i].role == (role == 1 ? PARLEY_SERVER : PARLEY_CLIENT)) &&
            (version < 0 || machines[i].version == (version == 1 ? PARLEY_TLS13 : PARLEY_TLS12))) {
            chosen[count++] = &machines[i];
        }
    }
    if (dot) {
        print_dot(chosen, count);
        return CLI_OK;
    }
    for (size_t i = 0; i < count; i++) {
        if (i > 0) {
            putchar('\n');
        }
        print_text(chosen[i]);
    }
    return CLI_OK;
}
