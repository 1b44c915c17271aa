/* Options and their help text, from one table per subcommand. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

/* What getopt_long returns for the option at an index: out of the way of letters, '?' and ':'. */
#define FIRST_LONG 256
#define OPTIONS_MAX 64

/* ---- Options ---- */

/* print_option prints a row of the help text: short and long form, value, and the help's lines, in
 * a column of their own. */
static void print_option(const char *name, char letter, const char *value, const char *help) {
    const int column = 26;
    char left[96];
    snprintf(left, sizeof(left), "--%s%s%s%s%s", name, value != NULL ? " " : "",
             value != NULL ? value : "", letter != 0 ? ", -" : "",
             letter != 0 ? (char[]){letter, 0} : "");
    printf("  %-*s", column - 2, left);
    if ((int)strlen(left) > column - 3) {
        printf("\n%*s", column, "");
    }
    for (const char *end; (end = strchr(help, '\n')) != NULL; help = end + 1) {
        printf("%.*s\n%*s", (int)(end - help), help, column, "");
    }
    puts(help);
}

static void print_usage(const struct cli_usage_text *usage) {
    const char *command_name = cli_command_name();
    const char *line = usage->synopsis;
    const char *lead = "Usage:";
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        printf("%s parley %s %.*s\n", lead, command_name, (int)(end - line), line);
        lead = "      ";
    }
    printf("%s parley %s %s\n\n%s\n", lead, command_name, line, usage->summary);
    if (usage->option_count == 0 || usage->options[0].name != NULL) {
        puts("\nOptions:");
    }
    for (size_t i = 0; i < usage->option_count; i++) {
        const struct cli_option *o = &usage->options[i];
        if (o->name == NULL) {
            printf("\n%s:\n", o->help);
        } else {
            print_option(o->name, o->letter, o->value, o->help);
        }
    }
    print_option("help", 0, NULL, "print this");
    if (usage->notes != NULL) {
        printf("\n%s\n", usage->notes);
    }
}

void cli_args_init(struct cli_args *args, int argc, char **argv,
                   const struct cli_usage_text *usage) {
    memset(args, 0, sizeof(*args));
    args->argc = argc;
    args->argv = argv;
    args->usage = usage;
    optind = 1;
    opterr = 0; /* the messages are ours */
}

static int stop(struct cli_args *args, int status) {
    args->status = status;
    return CLI_STOP;
}

/* Says what getopt_long found wrong when it returned |found|, '?' or ':'. */
static int bad_option(struct cli_args *args, int found) {
    const char *given = args->argv[optind - 1];
    if (found == ':') {
        return stop(args, cli_usage("option '%s' needs a value", given));
    }
    if (optopt >= FIRST_LONG) {
        size_t index = (size_t)(optopt - FIRST_LONG);
        const char *name =
            index < args->usage->option_count ? args->usage->options[index].name : "help";
        return stop(args, cli_usage("option '--%s' takes no value", name));
    }
    if (optopt != 0) {
        return stop(args, cli_usage("unknown option '-%c'", optopt));
    }
    return stop(args, cli_usage("unknown option '%s'", given));
}

int cli_next(struct cli_args *args) {
    const struct cli_usage_text *usage = args->usage;
    struct option longs[OPTIONS_MAX + 2];
    char letters[2 * OPTIONS_MAX + 2] = ":";
    size_t count = 0;
    size_t length = 1;
    for (size_t i = 0; i < usage->option_count && i < OPTIONS_MAX; i++) {
        const struct cli_option *o = &usage->options[i];
        if (o->name == NULL) {
            continue;
        }
        int wants = o->value != NULL ? required_argument : no_argument;
        longs[count++] = (struct option){o->name, wants, NULL, FIRST_LONG + (int)i};
        if (o->letter != 0) {
            letters[length++] = o->letter;
            if (o->value != NULL) {
                letters[length++] = ':';
            }
        }
    }
    int help = FIRST_LONG + (int)usage->option_count;
    longs[count++] = (struct option){"help", no_argument, NULL, help};
    longs[count] = (struct option){NULL, 0, NULL, 0};
    letters[length] = 0;

    int found = getopt_long(args->argc, args->argv, letters, longs, NULL);
    args->value = optarg;
    args->operand = optind;
    if (found == -1) {
        return 0;
    }
    if (found == '?' || found == ':') {
        return bad_option(args, found);
    }
    if (found == help) {
        print_usage(usage);
        return stop(args, CLI_OK);
    }
    if (found >= FIRST_LONG) {
        return usage->options[found - FIRST_LONG].key;
    }
    for (size_t i = 0; i < usage->option_count; i++) {
        if (usage->options[i].name != NULL && usage->options[i].letter == found) {
            return usage->options[i].key;
        }
    }
    return bad_option(args, '?');
}

int cli_operands(const struct cli_args *args) {
    return args->argc - args->operand;
}
