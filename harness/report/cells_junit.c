/* Cells: a report as JUnit's XML, for build servers. */
#include "parley/cells.h"
#include "report/cells_inside.h"
#include "report/files.h"

static void put_failure(FILE *out, const json_t *cell) {
    (void)fprintf(out, "<failure message=\"%s, expected %s\">", cell_text(cell, "outcome"),
                  cell_text(cell, "expected"));
    files_put_xml(out, cell_text(cell, "detail"));
    (void)fprintf(out, " ");
    files_put_xml(out, cell_text(cell, "command"));
    if (*cell_text(cell, "folder") != '\0') {
        (void)fprintf(out, " ");
        files_put_xml(out, cell_text(cell, "folder"));
    }
    (void)fprintf(out, "</failure>");
}

static void put_case(FILE *out, const json_t *cell) {
    const json_t *seconds = json_object_get(cell, "seconds");
    (void)fprintf(out, "  <testcase classname=\"");
    files_put_xml(out, cell_text(cell, "client"));
    (void)fprintf(out, "-");
    files_put_xml(out, cell_text(cell, "server"));
    (void)fprintf(out, "\" name=\"");
    files_put_xml(out, cell_text(cell, "scenario"));
    if (json_is_number(seconds)) {
        (void)fprintf(out, "\" time=\"%.3f", json_number_value(seconds));
    }
    (void)fprintf(out, "\">");
    if (!parley_cell_expected(cell)) {
        put_failure(out, cell);
    } else if (cell_is(cell, "outcome", "unsupported")) {
        (void)fprintf(out, "<skipped message=\"");
        files_put_xml(out, cell_text(cell, "detail"));
        (void)fprintf(out, "\"/>");
    }
    (void)fprintf(out, "</testcase>\n");
}

void cells_write_junit(FILE *out, const json_t *report) {
    const json_t *cells = json_object_get(report, "cells");
    size_t skipped = 0;
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        skipped += parley_cell_expected(cell) && cell_is(cell, "outcome", "unsupported");
    }
    (void)fprintf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"parley\" "
                  "tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\" time=\"%.1f\">\n",
                  json_array_size(cells), parley_cells_unexpected(report), skipped,
                  json_number_value(json_object_get(report, "seconds")));
    for (size_t i = 0; i < json_array_size(cells); i++) {
        put_case(out, json_array_get(cells, i));
    }
    (void)fprintf(out, "</testsuite>\n");
}
