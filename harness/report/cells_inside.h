/* Cells: what the files that make something of a report share. */
#ifndef PARLEY_REPORT_CELLS_INSIDE_H
#define PARLEY_REPORT_CELLS_INSIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

/* cell_text returns the text that |object| has as |name|, or "". */
const char *cell_text(const json_t *object, const char *name);

/* cell_is returns whether that text is |value|. */
bool cell_is(const json_t *object, const char *name, const char *value);

/* cell_known returns whether |cell| is neither ok nor unsupported, and expected so. */
bool cell_known(const json_t *cell);

/* Of the cells of one place in a grid: how many there are, how many both stacks support, and how
 * many are ok. */
struct grid_sums {
    size_t cells, ran, ok;
};

/* A report's sums by client and server; or, where |hub| is at one end of all cells, a row for each
 * of the others, with columns for what it did as client and as server. Only rows and columns that
 * have cells are there. All names are borrowed from the report. */
struct grid {
    const char *hub; /* or NULL */
    size_t row_count, column_count;
    const char **rows; /* NULL after the last; so for columns */
    const char **columns;
    struct grid_sums *sums; /* row by row */
};

/* grid_make fills |grid|; false if out of memory. grid_free is to be called in either case. */
bool grid_make(struct grid *grid, const json_t *report);
void grid_free(struct grid *grid);

/* grid_place writes "3/4", or "-" where there are no cells. */
void grid_place(const struct grid *grid, size_t row, size_t column, char out[48]);

/* What is made of a report. */
void cells_write_junit(FILE *out, const json_t *report);
void cells_write_markdown(FILE *out, const json_t *report);

#endif
