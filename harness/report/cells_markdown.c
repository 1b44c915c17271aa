/* Cells: a report as Markdown. */
#include "parley/cells.h"
#include "report/cells_inside.h"
#include "report/files.h"

/* put_path prints a link's target: what could end it is written in percent. */
static void put_path(FILE *out, const char *path) {
    (void)fputs("./", out);
    for (; *path != '\0'; path++) {
        unsigned char c = (unsigned char)*path;
        bool plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     c == '/' || c == '.' || c == '-' || c == '_';
        (void)fprintf(out, plain ? "%c" : "%%%02X", c);
    }
}

static void put_grid(FILE *out, const json_t *report) {
    struct grid grid;
    if (!grid_make(&grid, report)) {
        grid_free(&grid);
        return;
    }
    (void)fprintf(out, "\n| %s%s |", grid.hub != NULL ? "with " : "client \\ server",
                  grid.hub != NULL ? grid.hub : "");
    for (size_t i = 0; i < grid.column_count; i++) {
        (void)fprintf(out, " %s |", grid.columns[i]);
    }
    (void)fprintf(out, "\n|---|");
    for (size_t i = 0; i < grid.column_count; i++) {
        (void)fprintf(out, "---|");
    }
    for (size_t row = 0; row < grid.row_count; row++) {
        (void)fprintf(out, "\n| %s |", grid.rows[row]);
        for (size_t column = 0; column < grid.column_count; column++) {
            char place[48];
            grid_place(&grid, row, column, place);
            (void)fprintf(out, " %s |", place);
        }
    }
    (void)fprintf(out, "\n\n");
    grid_free(&grid);
}

/* put_list lists the cells that are not ok: those that were expected so, or the rest. */
static void put_list(FILE *out, const json_t *report, bool expected) {
    const json_t *cells = json_object_get(report, "cells");
    (void)fprintf(out, "\n| client | server | scenario | outcome | %s |\n|---|---|---|---|---|\n",
                  expected ? "reason" : "detail");
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        const char *folder = cell_text(cell, "folder");
        if (expected ? !cell_known(cell) : parley_cell_expected(cell)) {
            continue;
        }
        (void)fprintf(out, "| %s | %s | %s | %s | ", cell_text(cell, "client"),
                      cell_text(cell, "server"), cell_text(cell, "scenario"),
                      cell_text(cell, "outcome"));
        files_put_markdown(out, cell_text(cell, expected ? "reason" : "detail"));
        if (*folder != '\0') {
            (void)fputs(" [logs](", out);
            put_path(out, folder);
            (void)fputc(')', out);
        }
        (void)fputs(" |\n", out);
    }
}

void cells_write_markdown(FILE *out, const json_t *report) {
    const json_t *stacks = json_object_get(report, "stacks");
    const char *title = cell_text(report, "title");
    (void)fprintf(out, "# Parley%s%s\n\n", *title != '\0' ? ": " : "", title);
    for (size_t i = 0; i < json_array_size(stacks); i++) {
        const json_t *stack = json_array_get(stacks, i);
        (void)fprintf(out, "- %s: ", cell_text(stack, "name"));
        files_put_markdown(out, cell_text(stack, "version"));
        (void)fputc('\n', out);
    }
    put_grid(out, report);
    parley_cells_print_sums(out, report);
    (void)fprintf(out, "\n## Not as expected\n");
    put_list(out, report, false);
    (void)fprintf(out, "\n## Known to be different\n");
    put_list(out, report, true);
}
