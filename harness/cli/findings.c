/* parley findings: what deep fuzzing found, as a report. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "cli/cli.h"
#include "parley/findings.h"

#define MAX_FILE (1U << 20)

enum { OPT_KNOWN = 1, OPT_REPORT, OPT_TODAY };
static const struct cli_option option_table[] = {
    {"known", "FILE", "what is known: see below", OPT_KNOWN, 0},
    {"report", "DIR", "write report.json, junit.xml, report.md and index.html there", OPT_REPORT,
     0},
    {"today", "YYYY-MM-DD", "another day than today, for what expires", OPT_TODAY, 0},
};
static const struct cli_usage_text usage = {
    .synopsis = "[OPTION...] DIR COUNTS...",
    .summary =
        "Prints what is in DIR, a folder with a folder for each finding of one stack in one role, as\n"
        "'parley fuzz --stack' leaves it. COUNTS are files of JSON with what the run counted.",
    .options = option_table,
    .option_count = sizeof option_table / sizeof *option_table,
    .notes =
        "What is known is a file of lines 'STACK[@VERSION] ROLE VERDICT OPERATION EXPIRES REASON...':\n"
        "VERSION is how its version begins, ROLE client, server or *, OPERATION a pattern for the\n"
        "operation, or for what the verdict says, in which * stands for anything, blanks too, and - for none; on the day behind EXPIRES, YYYY-MM-DD, the\n"
        "line ceases to count. # begins a comment.\n\n"
        "Exit status: 0 if the stack was at work, and all that was found is known; 1 if not; 2 for\n"
        "bad usage, or if a file is nothing of the kind.",
};

struct options {
    const char *known, *report, *today;
};

static bool read_known(struct parley_known_list *known, const char *path) {
    size_t len = 0, line = 0;
    uint8_t *data = cli_read_file(path, MAX_FILE, &len);
    bool ok = data != NULL && parley_known_read(known, (const char *)data, &line);
    if (data != NULL && !ok) {
        cli_note("%s:%zu: not STACK[@VERSION] ROLE VERDICT OPERATION EXPIRES REASON", path, line);
    }
    free(data);
    return ok;
}

static bool read_counts(json_t *report, const char *path) {
    json_error_t error;
    char why[200];
    json_t *counts = json_load_file(path, 0, &error);
    if (counts == NULL) {
        cli_note("%s:%d: %s", path, error.line, error.text);
        return false;
    }
    bool ok = parley_findings_count(report, counts, why);
    if (!ok) {
        cli_note("%s: %s", path, why);
    }
    json_decref(counts);
    return ok;
}

/* today writes the day it is in Greenwich. */
static const char *today(char out[16]) {
    time_t now = time(NULL);
    struct tm parts;
    if (gmtime_r(&now, &parts) == NULL || strftime(out, 16, "%Y-%m-%d", &parts) == 0) {
        out[0] = '\0';
    }
    return out;
}

/* gather reads all there is into |report|. */
static int gather(const struct options *o, char **files, size_t count, json_t *report) {
    struct parley_known_list known = {.text = NULL};
    char why[200], day[16];
    int status = CLI_OK;
    for (size_t i = 1; i < count && status == CLI_OK; i++) {
        status = read_counts(report, files[i]) ? CLI_OK : CLI_USAGE;
    }
    if (status == CLI_OK && !parley_findings_collect(report, files[0], why)) {
        cli_note("%s", why);
        status = CLI_USAGE;
    }
    if (status == CLI_OK && o->known != NULL) {
        status = read_known(&known, o->known) ? CLI_OK : CLI_USAGE;
    }
    if (status == CLI_OK) {
        parley_findings_know(report, &known, o->today != NULL ? o->today : today(day));
    }
    parley_known_free(&known);
    return status;
}

static int finish(const struct options *o, const json_t *report) {
    char why[200];
    parley_findings_print(stdout, report);
    int status = cli_flush(CLI_OK);
    if (o->report != NULL && !parley_findings_write(report, o->report, why)) {
        return cli_fail("%s", why);
    }
    if (!parley_findings_ran(report)) {
        return cli_fail("it did not run: no handshake completed");
    }
    return parley_findings_new_ones(report) > 0 ? CLI_FAILED : status;
}

int cli_findings(int argc, char **argv) {
    struct cli_args args;
    struct options o = {.known = NULL};
    const char **const where[] = {NULL, &o.known, &o.report, &o.today};
    int key;
    cli_args_init(&args, argc, argv, &usage);
    while ((key = cli_next(&args)) > 0) {
        *where[key] = args.value;
    }
    if (key == CLI_STOP) {
        return args.status;
    }
    if (cli_operands(&args) < 2) {
        return cli_usage("a folder and the counts of a run are needed");
    }
    json_t *report = parley_findings_new();
    int status = report == NULL
                     ? cli_fail("out of memory")
                     : gather(&o, argv + args.operand, (size_t)cli_operands(&args), report);
    if (status == CLI_OK) {
        status = finish(&o, report);
    }
    json_decref(report);
    return status;
}
