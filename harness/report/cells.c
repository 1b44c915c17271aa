/* Cells: a report's form, and the files that are made of it. */
#include "parley/cells.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "page.h" /* made of page.html: static const char page[] */
#include "report/cells_inside.h"

#define WHY 200
#define PLACE "REPORT_JSON" /* in page.html, where the report goes */

/* ---- Outcomes ---- */

static const char *const outcome_names[PARLEY_CELL_OUTCOMES] = {
    "ok", "failed", "disagreed", "unsupported", "crashed", "hung"};

const char *parley_cell_outcome_name(enum parley_cell_outcome outcome) {
    return outcome_names[outcome];
}

enum parley_cell_outcome parley_cell_outcome_by_name(const char *name) {
    int outcome = 0;
    while (outcome < PARLEY_CELL_OUTCOMES && strcmp(outcome_names[outcome], name) != 0) {
        outcome++;
    }
    return (enum parley_cell_outcome)outcome;
}

/* ---- Looking at a report ---- */

const char *cell_text(const json_t *object, const char *name) {
    const char *value = json_string_value(json_object_get(object, name));
    return value != NULL ? value : "";
}

bool cell_is(const json_t *object, const char *name, const char *value) {
    return strcmp(cell_text(object, name), value) == 0;
}

bool parley_cell_expected(const json_t *cell) {
    return cell_is(cell, "outcome", cell_text(cell, "expected"));
}

bool cell_known(const json_t *cell) {
    return parley_cell_expected(cell) && !cell_is(cell, "outcome", "ok") &&
           !cell_is(cell, "outcome", "unsupported");
}

size_t parley_cells_unexpected(const json_t *report) {
    const json_t *cells = json_object_get(report, "cells");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(cells); i++) {
        count += !parley_cell_expected(json_array_get(cells, i));
    }
    return count;
}

/* ---- The form ---- */

static bool has_texts(const json_t *object, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!json_is_string(json_object_get(object, names[i]))) {
            return false;
        }
    }
    return true;
}

/* misformed returns what is missing in |report|, or NULL. */
static const char *misformed(const json_t *report) {
    static const char *const stack_names[] = {"name", "version"};
    static const char *const cell_names[] = {"client",  "server",   "scenario",
                                             "outcome", "expected", "command"};
    const json_t *stacks = json_object_get(report, "stacks");
    const json_t *cells = json_object_get(report, "cells");
    if (!json_is_array(stacks) || !json_is_array(cells) ||
        !json_is_number(json_object_get(report, "seconds"))) {
        return "stacks, cells or seconds";
    }
    for (size_t i = 0; i < json_array_size(stacks); i++) {
        if (!has_texts(json_array_get(stacks, i), stack_names, 2)) {
            return "a stack's name or version";
        }
    }
    for (size_t i = 0; i < json_array_size(cells); i++) {
        if (!has_texts(json_array_get(cells, i), cell_names, 6)) {
            return "a cell's client, server, scenario, outcome, expected or command";
        }
    }
    return NULL;
}

/* ---- JSON, the page ---- */

static void write_json(FILE *out, const json_t *report) {
    (void)json_dumpf(report, out, JSON_INDENT(1));
    (void)fputc('\n', out);
}

static void write_page(FILE *out, const json_t *report) {
    const char *place = strstr(page, PLACE);
    char *json = json_dumps(report, JSON_COMPACT);
    if (place == NULL || json == NULL) {
        free(json);
        return;
    }
    (void)fwrite(page, 1, (size_t)(place - page), out);
    for (const char *c = json; *c != '\0'; c++) {
        (void)fputs(*c == '<' ? "\\u003c" : (const char[]){*c, '\0'}, out);
    }
    (void)fputs(place + strlen(PLACE), out);
    free(json);
}

/* ---- The files ---- */

static bool write_file(const char *folder, const char *name, const json_t *report,
                       void (*write)(FILE *out, const json_t *report), char why[WHY]) {
    char path[2][4096];
    (void)snprintf(path[0], sizeof path[0], "%s/%s", folder, name);
    (void)snprintf(path[1], sizeof path[1], "%s/%s.tmp", folder, name);
    FILE *out = fopen(path[1], "w");
    bool ok = out != NULL;
    if (ok) {
        write(out, report);
        ok = ferror(out) == 0;
        ok = fclose(out) == 0 && ok && rename(path[1], path[0]) == 0;
    }
    if (!ok) {
        (void)snprintf(why, WHY, "%.150s: %s", path[0], strerror(errno));
    }
    return ok;
}

bool parley_cells_write(const json_t *report, const char *folder, char why[WHY]) {
    const char *missing = misformed(report);
    if (missing != NULL) {
        (void)snprintf(why, WHY, "the report lacks %s", missing);
        return false;
    }
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        (void)snprintf(why, WHY, "%.150s: %s", folder, strerror(errno));
        return false;
    }
    return write_file(folder, "report.json", report, write_json, why) &&
           write_file(folder, "junit.xml", report, cells_write_junit, why) &&
           write_file(folder, "report.md", report, cells_write_markdown, why) &&
           write_file(folder, "index.html", report, write_page, why);
}
