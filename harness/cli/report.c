/* parley report: cells from anybody, and what was expected of them, as a report. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "cli/expected.h"

enum { OPT_EXPECT = 1, OPT_REPORT, OPT_TAP, OPT_TITLE, OPT_QUIET };
static const struct cli_option option_table[] = {
    {"expect", "FILE", "what is known to be different: see below", OPT_EXPECT, 0},
    {"report", "DIR", "write report.json, junit.xml, report.md and index.html there", OPT_REPORT,
     0},
    {"tap", NULL, "print each cell as it comes, as a test of TAP 14, in place of the table",
     OPT_TAP, 0},
    {"title", "TEXT", "of the report (default: the first one that is read)", OPT_TITLE, 0},
    {"quiet", NULL, "no table", OPT_QUIET, 'q'},
};
static const struct cli_usage_text usage = {
    .synopsis = "[OPTION...] [FILE...]",
    .summary =
        "Reads JSON values, one after another, from the FILEs or from stdin (\"-\"), and makes one report\n"
        "of them. Each is a cell\n\n"
        "  {\"client\", \"server\", \"scenario\", \"outcome\", \"command\"; \"who\", \"alert\", \"detail\",\n"
        "   \"ladder\": TEXT, \"folder\", \"files\": [NAME...], \"seconds\": NUMBER}\n\n"
        "or a report, such as 'parley matrix' writes, or a part of one:\n\n"
        "  {\"title\", \"stacks\": [{\"name\", \"version\"}...], \"plan\": NUMBER, \"complete\": BOOLEAN}\n\n"
        "\"plan\" is how many cells there will be; \"complete\": false that they are not all there are.\n"
        "On stderr come the cells that are not as expected, and a line of sums.",
    .options = option_table,
    .option_count = sizeof option_table / sizeof *option_table,
    .notes =
        "An expectation file has lines 'CLIENT SERVER SCENARIO OUTCOME REASON...', the first three\n"
        "patterns, OUTCOME one of ok, failed, disagreed, crashed, hung; the first line that fits\n"
        "counts, # begins a comment. What the file does not say is expected to be ok. Without a\n"
        "file, it is what the cells themselves say.\n\n"
        "Exit status: 0 if all came out as expected; 1 if not (new failures, new passes, other than\n"
        "the planned number of cells, or none); 2 for bad usage, or if something that was read is\n"
        "nothing of the kind.",
};

struct report {
    const char *expect, *folder, *title;
    bool tap, quiet;
    struct parley_expectations expectations;
    struct parley_cells cells;
    size_t printed;    /* cells, as TAP */
    bool plan_printed; /* likewise */
    bool several;      /* files: what they plan in all is known at the end */
};

/* ---- TAP ---- */

static json_int_t planned(const struct report *r) {
    const json_t *plan = json_object_get(r->cells.report, "plan");
    return plan != NULL ? json_integer_value(plan) : -1;
}

static void print_plan(struct report *r, json_int_t count) {
    printf("1..%lld\n", (long long)count);
    r->plan_printed = true;
}

/* print_new prints what has come since it was called last. */
static void print_new(struct report *r) {
    const json_t *cells = json_object_get(r->cells.report, "cells");
    if (!r->plan_printed && planned(r) >= 0 && !r->several && r->printed == 0) {
        print_plan(r, planned(r));
    }
    while (r->printed < json_array_size(cells)) {
        const json_t *cell = json_array_get(cells, r->printed);
        parley_cells_print_tap(stdout, ++r->printed, cell);
    }
    (void)fflush(stdout);
}

/* ---- Reading ---- */

/* Where we are in a file. */
struct input {
    FILE *file;
    const char *name;
    size_t line;
};

static int next_byte(struct input *in) {
    int c = getc(in->file);
    in->line += c == '\n';
    return c;
}

/* give hands jansson one byte at a time: what follows a value is not read before it is wanted. */
static size_t give(void *buffer, size_t len, void *arg) {
    int c = next_byte(arg);
    if (c == EOF || len == 0) {
        return 0;
    }
    *(char *)buffer = (char)c;
    return 1;
}

/* at_value passes over what is between values; false at the end. */
static bool at_value(struct input *in) {
    int c = ' ';
    while (c == ' ' || c == '\t' || c == '\r' || c == '\n') {
        c = next_byte(in);
    }
    return c != EOF && ungetc(c, in->file) != EOF;
}

/* misread says what is wrong with what is read, and ends a TAP stream. */
static int misread(const struct report *r, const char *name, size_t line, const char *why) {
    cli_note("%s:%zu: %s", name, line, why);
    if (r->tap) {
        printf("Bail out! %s:%zu\n", name, line);
    }
    return cli_flush(CLI_USAGE);
}

static int take_values(struct report *r, struct input *in) {
    char why[200];
    while (at_value(in)) {
        size_t line = in->line;
        json_error_t error;
        json_t *value = json_load_callback(give, in, JSON_DISABLE_EOF_CHECK, &error);
        if (value == NULL) {
            return misread(r, in->name, line + (size_t)(error.line > 1 ? error.line - 1 : 0),
                           error.text);
        }
        json_int_t plan = planned(r);
        bool ok = parley_cells_take(&r->cells, value, why);
        json_decref(value);
        if (!ok) {
            return misread(r, in->name, line, why);
        }
        if (r->plan_printed && planned(r) != plan) {
            return misread(r, in->name, line, "a second plan: parts are to be FILEs");
        }
        if (r->tap) {
            print_new(r);
        }
    }
    return CLI_OK;
}

static int take_file(struct report *r, const char *path) {
    bool standard = strcmp(path, "-") == 0;
    struct input in = {.file = standard ? stdin : fopen(path, "re"),
                       .name = standard ? "standard input" : path,
                       .line = 1};
    if (in.file == NULL) {
        cli_note("%s: %s", path, strerror(errno));
        return CLI_USAGE;
    }
    int status = take_values(r, &in);
    if (status == CLI_OK && ferror(in.file) != 0) {
        cli_note("%s: %s", in.name, strerror(errno));
        status = CLI_USAGE;
    }
    if (!standard) {
        (void)fclose(in.file);
    }
    return status;
}

/* ---- The end ---- */

/* judge says what is wrong with the report as a whole, and returns the exit status. */
static int judge(const struct report *r) {
    const json_t *report = r->cells.report;
    size_t count = json_array_size(json_object_get(report, "cells"));
    bool complete = planned(r) < 0 || planned(r) == (json_int_t)count;
    size_t idle = 0;
    parley_cells_print_unexpected(stderr, report);
    if (complete && !json_is_false(json_object_get(report, "complete"))) {
        idle = cli_expectations_idle(&r->expectations, r->expect, report);
    }
    if (count == 0) {
        cli_note("no cells");
    } else if (!complete) {
        cli_note("%lld cells were planned, %zu came", (long long)planned(r), count);
    }
    parley_cells_print_sums(stderr, report);
    bool fine = parley_cells_unexpected(report) == 0 && idle == 0 && count > 0 && complete;
    return fine ? CLI_OK : CLI_FAILED;
}

static int finish(struct report *r, double seconds) {
    char why[200];
    json_t *report = r->cells.report;
    size_t count = json_array_size(json_object_get(report, "cells"));
    if (r->title != NULL) {
        (void)json_object_set_new(report, "title", json_string(r->title));
    }
    if (json_number_value(json_object_get(report, "seconds")) <= 0) {
        (void)json_object_set_new(report, "seconds", json_real(seconds));
    }
    if (r->tap && !r->plan_printed) {
        print_plan(r, planned(r) >= 0 ? planned(r) : (json_int_t)count);
    } else if (!r->tap && !r->quiet) {
        parley_cells_print_table(stdout, report);
    }
    int status = cli_flush(CLI_OK);
    if (r->folder != NULL && !parley_cells_write(report, r->folder, why)) {
        cli_note("%s", why);
        status = CLI_FAILED;
    }
    int judged = judge(r);
    return status == CLI_OK ? judged : status;
}

/* ---- The command ---- */

static double clock_seconds(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int run(struct report *r, char **files, size_t count) {
    char dash[] = "-";
    char *standard[] = {dash};
    double start = clock_seconds();
    int status = CLI_OK;
    if (r->expect != NULL && !cli_expectations(&r->expectations, r->expect)) {
        return CLI_USAGE;
    }
    if (!parley_cells_init(&r->cells, r->expect != NULL ? &r->expectations : NULL)) {
        return cli_fail("out of memory");
    }
    if (r->tap) {
        printf("TAP version 14\n");
    }
    r->several = count > 1;
    files = count > 0 ? files : standard;
    for (size_t i = 0; status == CLI_OK && i < (count > 0 ? count : 1); i++) {
        status = take_file(r, files[i]);
    }
    return status == CLI_OK ? finish(r, clock_seconds() - start) : status;
}

int cli_report(int argc, char **argv) {
    struct cli_args args;
    struct report r = {.expect = NULL};
    cli_args_init(&args, argc, argv, &usage);
    for (int key; (key = cli_next(&args)) != 0;) {
        switch (key) {
        case CLI_STOP:
            return args.status;
        case OPT_EXPECT:
            r.expect = args.value;
            break;
        case OPT_REPORT:
            r.folder = args.value;
            break;
        case OPT_TAP:
            r.tap = true;
            break;
        case OPT_TITLE:
            r.title = args.value;
            break;
        default:
            r.quiet = true;
            break;
        }
    }
    if (r.title != NULL && *r.title == '\0') {
        return cli_usage("--title: an empty one");
    }
    int status = run(&r, argv + args.operand, (size_t)cli_operands(&args));
    parley_cells_free(&r.cells);
    parley_expectations_free(&r.expectations);
    return status;
}
