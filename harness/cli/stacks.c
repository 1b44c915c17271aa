/* parley stacks: the TLS stacks there are, and what they can do. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "cli/cli.h"
#include "parley/stack.h"

enum { OPTION_JSON = 1, OPTION_LONG };
static const struct cli_option options[] = {
    {"json", NULL, "one JSON object: {\"stacks\": [...]}", OPTION_JSON, 0},
    {"long", NULL, "suites, groups and signature schemes as well", OPTION_LONG, 'l'},
};
static const struct cli_usage_text usage = {
    .synopsis = "[--json|--long]",
    .summary =
        "Lists the TLS stacks that a handshake can be done with, in the versions that are loaded, and\n"
        "why one is missing. They are looked for in $PARLEY_STACKS (folders, separated by colons),\n"
        "else beside parley.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .notes = "Exit status: 0; 1 if a plugin that is there cannot be loaded; 2 for bad usage.",
};

struct listing {
    bool detailed;
    json_t *json; /* NULL: text */
    bool broken;
};

/* ---- Text ---- */

/* print_words prints a line that is broken at 90 columns, under a heading. */
static void print_word(size_t *column, const char *heading, const char *word) {
    if (*column == 0 || *column + strlen(word) + 1 > 90) {
        printf("%s  %-12s", *column == 0 ? "" : "\n", *column == 0 ? heading : "");
        *column = 14;
    }
    printf(" %s", word);
    *column += strlen(word) + 1;
}

static void print_codes(const char *heading, const uint16_t *codes, size_t count,
                        const char *(*name)(uint16_t)) {
    size_t column = 0;
    for (size_t i = 0; i < count; i++) {
        print_word(&column, heading, name(codes[i]));
    }
    if (column != 0) {
        putchar('\n');
    }
}

static void print_stack(const struct listing *listing, const char *name,
                        const struct parley_stack *stack, const char *why) {
    if (stack == NULL) {
        printf("%-12s %s\n", name, why);
        return;
    }
    struct parley_capabilities can;
    stack->capabilities(&can);
    printf("%-12s %s\n", name, stack->version());
    size_t column = 0;
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        if ((can.features & bit) != 0) {
            print_word(&column, "", parley_capability_name(bit));
        }
    }
    putchar('\n');
    if (listing->detailed) {
        print_codes("suites", can.suites, can.suite_count, parley_suite_name);
        print_codes("groups", can.groups, can.group_count, parley_group_name);
        print_codes("signatures", can.sigalgs, can.sigalg_count, parley_sigalg_name);
    }
}

/* ---- JSON ---- */

static json_t *names(const uint16_t *codes, size_t count, const char *(*name)(uint16_t)) {
    json_t *out = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(out, json_string(name(codes[i])));
    }
    return out;
}

static json_t *stack_json(const char *name, const struct parley_stack *stack, const char *why) {
    if (stack == NULL) {
        return json_pack("{s:s, s:n, s:s}", "name", name, "version", "missing", why);
    }
    struct parley_capabilities can;
    stack->capabilities(&can);
    json_t *words = json_array();
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        if ((can.features & bit) != 0) {
            json_array_append_new(words, json_string(parley_capability_name(bit)));
        }
    }
    return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "name", name, "version", stack->version(),
                     "features", words, "suites",
                     names(can.suites, can.suite_count, parley_suite_name), "groups",
                     names(can.groups, can.group_count, parley_group_name), "sigalgs",
                     names(can.sigalgs, can.sigalg_count, parley_sigalg_name));
}

/* ---- The command ---- */

static void each(void *arg, const char *name, const struct parley_stack *stack, const char *why) {
    struct listing *listing = arg;
    listing->broken |= stack == NULL && strncmp(why, "not built", 9) != 0;
    if (listing->json != NULL) {
        json_array_append_new(listing->json, stack_json(name, stack, why));
    } else {
        print_stack(listing, name, stack, why);
    }
}

int cli_stacks(int argc, char **argv) {
    struct cli_args args;
    struct listing listing = {false, NULL, false};
    cli_args_init(&args, argc, argv, &usage);
    for (int key; (key = cli_next(&args)) != 0;) {
        if (key == CLI_STOP) {
            return args.status;
        }
        if (key == OPTION_JSON) {
            listing.json = json_array();
        }
        listing.detailed |= key == OPTION_LONG;
    }
    if (cli_operands(&args) > 0) {
        json_decref(listing.json);
        return cli_usage("unexpected argument '%s'", argv[args.operand]);
    }
    bool listed = parley_stack_list(each, &listing);
    if (listing.json != NULL) {
        json_t *out = json_pack("{s:o}", "stacks", listing.json);
        (void)json_dumpf(out, stdout, JSON_INDENT(2));
        putchar('\n');
        json_decref(out);
    }
    if (!listed) {
        return cli_fail("out of memory");
    }
    return cli_flush(listing.broken ? CLI_FAILED : CLI_OK);
}
