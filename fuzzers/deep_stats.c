#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzzers/deep.h"

double deep_seconds(void) {
    return (double)clock() / CLOCKS_PER_SEC;
}

static json_t *counts_of(void) {
    json_t *operations = json_object();
    for (size_t i = 0; i < PARLEY_LINES; i++) {
        if (parley_line_rows[i].kind >= PARLEY_LINE_KIND_MESSAGE) {
            json_object_set_new(operations, parley_line_rows[i].name,
                                json_integer((json_int_t)deep.counts.operations[i]));
        }
    }
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:I, s:I, s:I, s:I, s:o}",
                     "stack", deep.stack->name, "version", deep.stack->version(), "role",
                     deep.role == PARLEY_CLIENT ? "client" : "server", "executions",
                     (json_int_t)deep.counts.executions, "unsupported",
                     (json_int_t)deep.counts.unsupported, "sessions",
                     (json_int_t)deep.counts.sessions, "completed",
                     (json_int_t)deep.counts.answers[PARLEY_ANSWER_COMPLETED], "aborted",
                     (json_int_t)deep.counts.answers[PARLEY_ANSWER_ABORTED], "hung",
                     (json_int_t)deep.counts.answers[PARLEY_ANSWER_HUNG], "seconds", deep_seconds(),
                     "classes", (json_int_t)deep_classes(), "verdicts",
                     (json_int_t)deep.counts.verdicts, "again", (json_int_t)deep.counts.again,
                     "leaks", (json_int_t)deep.counts.leaks, "operations", operations);
}

void deep_write_stats(void) {
    const char *told = getenv("PARLEY_DEEP_STATS");
    char name[4000], hidden[4096];
    if (told == NULL || told[0] == '\0') {
        return;
    }
    bool folder = told[strlen(told) - 1] == '/';
    (void)snprintf(name, sizeof name, folder ? "%s%ld.json" : "%s", told, (long)getpid());
    json_t *counts = counts_of();
    (void)snprintf(hidden, sizeof hidden, "%s.new", name);
    if (counts == NULL || json_dump_file(counts, hidden, JSON_INDENT(2)) != 0 ||
        rename(hidden, name) != 0) {
        (void)fprintf(stderr, "%s: cannot be written\n", name);
    }
    json_decref(counts);
}
