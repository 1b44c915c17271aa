/* parley trace: traces run, shown, and turned from text into bytes. */
#include "cli/trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "parley/vary.h"

enum {
    OPTION_OUTPUT = 1,
    OPTION_STACK,
    OPTION_ROLE,
    OPTION_SEED,
    OPTION_EXPORT,
    OPTION_VERDICT,
    OPTION_TRIES,
    OPTION_IF,
};
static const struct cli_option option_table[] = {
    {"output", "FILE", "write there, not to standard output (not for run)", OPTION_OUTPUT, 'o'},
    {"stack", "STACK", "another stack than the trace says", OPTION_STACK, 0},
    {"role", "ROLE", "another role of the stack: client, server", OPTION_ROLE, 0},
    {"seed", "N", "another seed", OPTION_SEED, 0},
    {"export", "FORM", "a program that runs it, for a bug report: sh, c (show, shrink)",
     OPTION_EXPORT, 0},
    {"verdict", "ORACLE", "the verdict that stays (shrink; default: the first)", OPTION_VERDICT, 0},
    {"if", "COMMAND", "what is smaller stays if the shell's COMMAND FILE succeeds (shrink)",
     OPTION_IF, 0},
    {"tries", "N", "runs that it may take (shrink; default: 20000)", OPTION_TRIES, 0},
};

static char notes[16000];
static const struct cli_usage_text usage = {
    .synopsis = "run FILE\n"
                "show|compile|shrink [-o FILE] FILE\n"
                "new [-o FILE] KIND",
    .summary =
        "A trace says what is to be done to a TLS stack: connections, their settings, and how what\n"
        "our end sends is bent. FILE is a trace as text or in binary; \"-\" is standard input.\n\n"
        "  run      does it, and prints every message, what was bent, and the stack's answer\n"
        "  show     prints it as text\n"
        "  compile  writes it in binary\n"
        "  shrink   runs it again and again, and prints the smallest that still leads to the same\n"
        "           verdict, or, without one, to the same answer\n"
        "  new      prints one to begin with: a handshake that both ends complete",
    .options = option_table,
    .option_count = sizeof option_table / sizeof *option_table,
    .notes = notes,
};

/* ---- Help ---- */

static const char *operand_word(enum parley_operand_kind kind) {
    static const char *const words[] = {
        [PARLEY_OPERAND_NONE] = "",
        [PARLEY_OPERAND_NUMBER] = "NUMBER",
        [PARLEY_OPERAND_BYTES] = "HEX",
        [PARLEY_OPERAND_TEXT] = "NAME",
        [PARLEY_OPERAND_FIELD] = "FIELD",
        [PARLEY_OPERAND_POINT] = "POINT",
        [PARLEY_OPERAND_PLACE] = "before|after POINT",
        [PARLEY_OPERAND_ROLE] = "client|server",
        [PARLEY_OPERAND_AUTH] = "none|request|require",
        [PARLEY_OPERAND_ENTRY] = "CERTIFICATE",
        [PARLEY_OPERAND_MESSAGE] = "MESSAGE",
        [PARLEY_OPERAND_KEYS] = "KEYS",
        [PARLEY_OPERAND_SHARE] = "SHARE",
        [PARLEY_OPERAND_PREMASTER] = "FAULT",
        [PARLEY_OPERAND_CBC] = "FAULT",
        [PARLEY_OPERAND_FLOOD] = "WHAT",
        [PARLEY_OPERAND_CONTENT] = "CONTENT",
        [PARLEY_OPERAND_EXTENSION] = "EXTENSION",
        [PARLEY_OPERAND_SIGALG] = "SCHEME",
        [PARLEY_OPERAND_VERSIONS] = "VERSION...",
        [PARLEY_OPERAND_SUITES] = "SUITE...",
        [PARLEY_OPERAND_GROUPS] = "GROUP...",
        [PARLEY_OPERAND_SIGALGS] = "SCHEME...",
        [PARLEY_OPERAND_PROTOCOLS] = "NAME...",
    };
    return words[kind];
}

static void add_note(const char *text) {
    size_t len = strlen(notes);
    (void)snprintf(notes + len, sizeof notes - len, "%s", text);
}

static void add_rows(enum parley_line_kind from, enum parley_line_kind to, const char *heading) {
    add_note(heading);
    for (size_t i = 0; i < PARLEY_LINES; i++) {
        const struct parley_line_row *row = &parley_line_rows[i];
        char line[80], whole[300];
        if (row->kind < from || row->kind > to) {
            continue;
        }
        (void)snprintf(line, sizeof line, "%s", row->name);
        for (size_t j = 0; j < PARLEY_OPERANDS_MAX; j++) {
            size_t len = strlen(line);
            const char *word = operand_word(row->operands[j]);
            (void)snprintf(line + len, sizeof line - len, "%s%s", *word != '\0' ? " " : "", word);
        }
        (void)snprintf(whole, sizeof whole, "  %-44s %s\n", line, row->about);
        add_note(whole);
    }
}

static void write_notes(void) {
    notes[0] = '\0';
    add_rows(PARLEY_LINE_KIND_HEADER, PARLEY_LINE_KIND_HEADER, "Lines of a trace:\n");
    add_rows(PARLEY_LINE_KIND_SETTING, PARLEY_LINE_KIND_SETTING,
             "\nSettings, of both ends; of one, with \"our\" or \"its\" before them:\n");
    add_rows(PARLEY_LINE_KIND_MESSAGE, PARLEY_LINE_KIND_CONNECTION,
             "\nOperations on what our end sends:\n");
    add_note("\nKINDS of handshakes, for new:\n ");
    for (size_t i = 0, at = 0; i < parley_handshake_kind_count; i++) {
        const char *name = parley_handshake_kinds[i].name;
        bool wrap = at + strlen(name) > 90;
        add_note(wrap ? "\n  " : " ");
        add_note(name);
        at = (wrap ? 0 : at) + strlen(name) + 1;
    }
    add_note("\n");
    add_note(
        "\nPOINT: MESSAGE, the first of that name; MESSAGE:2, the second; MESSAGE:*, each; any.\n"
        "FIELD: as 'parley dissect' names it, with a dot before each field it is in, and :2\n"
        "behind the second of that name: key_share.key_exchange, cipher_suite:2.\n"
        "KEYS: current, clear, early, handshake, application, peer, former, zero.\n"
        "SHARE: zero, one, low_order, off_curve, infinity, compressed, short, empty.\n"
        "CERTIFICATE: see 'parley pki', or none.\n\n"
        "Exit status: 0 if it ran, whatever came of it; 1 if not; 2 for bad usage.");
}

/* ---- Files ---- */

static int override(const struct trace_options *options, struct parley_trace *trace) {
    uint64_t seed;
    if (options->stack != NULL) {
        if (strlen(options->stack) >= sizeof trace->stack) {
            return cli_usage("--stack: '%.40s...' is too long", options->stack);
        }
        memcpy(trace->stack, options->stack, strlen(options->stack) + 1);
    }
    if (options->role != NULL) {
        bool client = strcmp(options->role, "client") == 0;
        if (!client && strcmp(options->role, "server") != 0) {
            return cli_usage("--role takes client or server, not '%s'", options->role);
        }
        trace->role = client ? PARLEY_CLIENT : PARLEY_SERVER;
    }
    if (options->seed != NULL) {
        if (!cli_number("--seed", options->seed, 0, UINT64_MAX, &seed)) {
            return CLI_USAGE;
        }
        trace->seed = seed;
    }
    return CLI_OK;
}

int trace_read(const struct trace_options *options, struct parley_trace *out) {
    struct parley_trace_error error;
    size_t len;
    uint8_t *bytes = cli_read_file(options->file, TRACE_FILE_MAX, &len);
    if (bytes == NULL) {
        return CLI_FAILED;
    }
    struct parley_bytes in = {bytes, len};
    bool ok = true;
    if (parley_trace_is_text(in)) {
        ok = parley_trace_parse(out, in, &error);
    } else {
        parley_trace_decode(out, in);
    }
    free(bytes);
    if (!ok) {
        const char *quote = error.word[0] != '\0' ? "'" : "";
        return cli_fail("%s:%zu: %s%s%s%s%s", options->file, error.line, quote, error.word, quote,
                        error.word[0] != '\0' ? ": " : "", error.text);
    }
    return override(options, out);
}

int trace_write(const struct trace_options *options, const void *bytes, size_t len) {
    if (options->output != NULL) {
        return cli_write_file(options->output, 0666, bytes, len) ? CLI_OK : CLI_FAILED;
    }
    (void)fwrite(bytes, 1, len, stdout);
    return CLI_OK;
}

/* ---- Subcommands ---- */

static int compile(const struct trace_options *options, struct parley_trace *trace) {
    static uint8_t bytes[TRACE_TEXT_MAX];
    size_t len = parley_trace_encode(trace, bytes, sizeof bytes);
    return len > 0 ? trace_write(options, bytes, len) : cli_fail("the trace is too long");
}

static int run(const struct trace_options *options, struct parley_trace *trace) {
    (void)options;
    return trace_run(trace);
}

static int show(const struct trace_options *options, struct parley_trace *trace) {
    return trace_show(options, trace);
}

static int shrink(const struct trace_options *options, struct parley_trace *trace) {
    int status = trace_shrink(options, trace);
    return status == CLI_OK ? trace_show(options, trace) : status;
}

static const struct {
    const char *name;
    int (*run)(const struct trace_options *options, struct parley_trace *trace);
} subcommands[] = {{"run", run}, {"show", show}, {"compile", compile}, {"shrink", shrink}};

/* begin_new makes |trace| one of the kinds of handshakes. */
static int begin_new(const struct trace_options *options, struct parley_trace *trace) {
    struct parley_trace_error error;
    for (size_t i = 0; i < parley_handshake_kind_count; i++) {
        const struct parley_handshake_kind *kind = &parley_handshake_kinds[i];
        struct parley_bytes text = {(const uint8_t *)kind->text, strlen(kind->text)};
        if (strcmp(kind->name, options->file) == 0) {
            return parley_trace_parse(trace, text, &error) ? override(options, trace)
                                                           : cli_fail("%s", error.text);
        }
    }
    return cli_usage("new: no such kind of handshake: %s", options->file);
}

static int dispatch(const char *name, const struct trace_options *options) {
    static struct parley_trace trace;
    if (strcmp(name, "new") == 0) {
        int status = begin_new(options, &trace);
        return status == CLI_OK ? trace_show(options, &trace) : status;
    }
    for (size_t i = 0; i < sizeof subcommands / sizeof *subcommands; i++) {
        if (strcmp(subcommands[i].name, name) == 0) {
            int status = trace_read(options, &trace);
            return status == CLI_OK ? subcommands[i].run(options, &trace) : status;
        }
    }
    return cli_usage("'%s': known are run, show, compile, shrink and new", name);
}

int cli_trace(int argc, char **argv) {
    struct trace_options options = {.tries = TRACE_TRIES};
    const char *tries = NULL;
    struct cli_args args;
    int key;
    write_notes();
    cli_args_init(&args, argc, argv, &usage);
    while ((key = cli_next(&args)) > 0) {
        const char **const where[] = {
            NULL,          &options.output,  &options.stack, &options.role,   &options.seed,
            &options.form, &options.verdict, &tries,         &options.command};
        *where[key] = args.value;
    }
    if (key == CLI_STOP) {
        return args.status;
    }
    if (options.form != NULL && !trace_is_form(options.form)) {
        return cli_usage("--export takes sh or c, not '%s'", options.form);
    }
    if (tries != NULL && !cli_number("--tries", tries, 1, UINT64_MAX, &options.tries)) {
        return CLI_USAGE;
    }
    if (cli_operands(&args) != 2) {
        return cli_usage(cli_operands(&args) < 2 ? "a subcommand and a file are needed"
                                                 : "one file at a time");
    }
    options.file = argv[args.operand + 1];
    return dispatch(argv[args.operand], &options);
}
