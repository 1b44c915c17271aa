/* Cells: a report on a terminal, and cells as tests of TAP 14. */
#include <stdlib.h>
#include <string.h>

#include "parley/cells.h"
#include "report/cells_inside.h"
#include "report/files.h"

/* ---- The table ---- */

static int width(const char *const *names, size_t count, size_t least) {
    for (size_t i = 0; i < count; i++) {
        least = strlen(names[i]) > least ? strlen(names[i]) : least;
    }
    return (int)least;
}

void parley_cells_print_table(FILE *out, const json_t *report) {
    struct grid grid;
    if (grid_make(&grid, report)) {
        int first = width(grid.rows, grid.row_count, 14);
        int others = width(grid.columns, grid.column_count, 12);
        char corner[80] = "client\\server";
        if (grid.hub != NULL) {
            (void)snprintf(corner, sizeof corner, "with %.*s", first - 5, grid.hub);
        }
        (void)fprintf(out, "%-*s", first, corner);
        for (size_t i = 0; i < grid.column_count; i++) {
            (void)fprintf(out, " %*s", others, grid.columns[i]);
        }
        for (size_t row = 0; row < grid.row_count; row++) {
            (void)fprintf(out, "\n%-*s", first, grid.rows[row]);
            for (size_t column = 0; column < grid.column_count; column++) {
                char place[48];
                grid_place(&grid, row, column, place);
                (void)fprintf(out, " %*s", others, place);
            }
        }
        (void)fprintf(out, "\n\n");
    }
    grid_free(&grid);
}

/* ---- Lines ---- */

static void put_name(FILE *out, const json_t *cell) {
    (void)fprintf(out, "%s -> %s %s", cell_text(cell, "client"), cell_text(cell, "server"),
                  cell_text(cell, "scenario"));
}

void parley_cells_print_unexpected(FILE *out, const json_t *report) {
    const json_t *cells = json_object_get(report, "cells");
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        const char *detail = cell_text(cell, "detail"), *folder = cell_text(cell, "folder");
        if (parley_cell_expected(cell)) {
            continue;
        }
        put_name(out, cell);
        (void)fprintf(out, ": %s, expected %s%s", cell_text(cell, "outcome"),
                      cell_text(cell, "expected"), *detail != '\0' ? ": " : "");
        files_put_line(out, detail);
        (void)fprintf(out, "\n    ");
        files_put_line(out, cell_text(cell, "command"));
        if (*folder != '\0') {
            (void)fprintf(out, "\n    ");
            files_put_line(out, folder);
        }
        (void)fprintf(out, "\n");
    }
}

void parley_cells_print_sums(FILE *out, const json_t *report) {
    const json_t *cells = json_object_get(report, "cells");
    const json_t *plan = json_object_get(report, "plan");
    size_t counts[PARLEY_CELL_OUTCOMES + 1] = {0};
    size_t count = json_array_size(cells);
    for (size_t i = 0; i < count; i++) {
        counts[parley_cell_outcome_by_name(cell_text(json_array_get(cells, i), "outcome"))]++;
    }
    (void)fprintf(out, "%zu", count);
    if (plan != NULL && json_integer_value(plan) != (json_int_t)count) {
        (void)fprintf(out, " of %lld", (long long)json_integer_value(plan));
    }
    (void)fprintf(out, " cells:");
    for (int i = 0; i < PARLEY_CELL_OUTCOMES; i++) {
        (void)fprintf(out, " %zu %s%s", counts[i],
                      parley_cell_outcome_name((enum parley_cell_outcome)i),
                      i + 1 < PARLEY_CELL_OUTCOMES ? "," : "");
    }
    (void)fprintf(out, "; %zu not as expected; %.1f s\n", parley_cells_unexpected(report),
                  json_number_value(json_object_get(report, "seconds")));
}

/* ---- TAP ---- */

/* put_directive prints what is behind a test's name: TODO or SKIP, and why. */
static void put_directive(FILE *out, const char *directive, const char *why) {
    (void)fprintf(out, " # %s%s", directive, *why != '\0' ? " " : "");
    files_put_line(out, why);
}

/* put_yaml prints what is known about a test that failed. JSON's strings are YAML's. */
static void put_yaml(FILE *out, const json_t *cell) {
    static const char *const names[] = {"outcome", "expected", "who",    "alert",
                                        "detail",  "command",  "folder", "reason"};
    (void)fprintf(out, "  ---\n");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const json_t *value = json_object_get(cell, names[i]);
        char *text = json_is_string(value) ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
        if (text != NULL) {
            (void)fprintf(out, "  %s: %s\n", names[i], text);
        }
        free(text);
    }
    (void)fprintf(out, "  ...\n");
}

/* put_escaped prints a test's name, in which # begins no directive. */
static void put_escaped(FILE *out, const char *name) {
    for (; *name != '\0'; name++) {
        (void)fprintf(out, *name == '#' || *name == '\\' ? "\\%c" : "%c", *name);
    }
}

void parley_cells_print_tap(FILE *out, size_t number, const json_t *cell) {
    bool expected = parley_cell_expected(cell);
    bool fine = expected && !cell_known(cell);
    (void)fprintf(out, "%s %zu - ", fine ? "ok" : "not ok", number);
    put_escaped(out, cell_text(cell, "client"));
    (void)fprintf(out, " -> ");
    put_escaped(out, cell_text(cell, "server"));
    (void)fprintf(out, " ");
    put_escaped(out, cell_text(cell, "scenario"));
    if (expected && cell_is(cell, "outcome", "unsupported")) {
        put_directive(out, "SKIP", cell_text(cell, "detail"));
    } else if (!fine && expected) {
        put_directive(out, "TODO", cell_text(cell, "reason"));
    }
    (void)fprintf(out, "\n");
    if (!expected) {
        put_yaml(out, cell);
    }
}
