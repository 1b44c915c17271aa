/* Cells: a report's form, and the files that are made of it. */
#include "parley/cells.h"

#include <string.h>

#include "page.h" /* made of page.html: static const char page[] */
#include "report/cells_inside.h"
#include "report/files.h"

#define WHY 200

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

static void write_page(FILE *out, const json_t *report) {
    files_put_page(out, page, report);
}

bool parley_cells_write(const json_t *report, const char *folder, char why[WHY]) {
    const char *missing = misformed(report);
    if (missing != NULL) {
        (void)snprintf(why, WHY, "the report lacks %s", missing);
        return false;
    }
    return files_folder(folder, why) &&
           files_write(folder, "report.json", report, files_put_json, why) &&
           files_write(folder, "junit.xml", report, cells_write_junit, why) &&
           files_write(folder, "report.md", report, cells_write_markdown, why) &&
           files_write(folder, "index.html", report, write_page, why);
}
