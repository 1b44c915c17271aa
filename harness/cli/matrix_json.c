/* parley matrix: its report. */
#include <string.h>

#include <jansson.h>

#include "cli/matrix.h"

/* text_or_null: what a stack says when it crashes need not be UTF-8, and then only its ASCII is
 * kept. */
static json_t *text_or_null(const char *text) {
    if (text == NULL || *text == '\0') {
        return json_null();
    }
    json_t *value = json_string(text);
    if (value != NULL) {
        return value;
    }
    char ascii[400];
    (void)snprintf(ascii, sizeof ascii, "%s", text);
    for (char *c = ascii; *c != '\0'; c++) {
        *c = (unsigned char)*c < 0x80 ? *c : '?';
    }
    return json_string(ascii);
}

static json_t *cell_json(const struct cell *cell) {
    char command[600];
    cell_command(cell, command, sizeof command);
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:s, s:o}", "client", cell->ends[0]->name, "server",
        cell->ends[1]->name, "scenario", cell->scenario->name, "outcome",
        parley_cell_outcome_name(cell->outcome), "who",
        text_or_null(cell->who >= 0 ? parley_role_name((enum parley_role)cell->who) : NULL),
        "alert",
        text_or_null(cell->alert != PARLEY_ALERT_NONE ? parley_alert_name(cell->alert) : NULL),
        "detail", text_or_null(cell->detail), "command", command, "ladder",
        text_or_null(cell->ladder));
}

/* take hands |value| over; false if it could not be made, or is not taken. */
static bool take(struct parley_cells *cells, json_t *value) {
    char why[200];
    bool ok = value != NULL && parley_cells_take(cells, value, why);
    json_decref(value);
    return ok;
}

json_t *matrix_json(const struct matrix *m, struct parley_expectations *expectations) {
    struct parley_cells cells;
    bool ok =
        parley_cells_init(&cells, expectations) &&
        take(&cells, json_pack("{s:s, s:f, s:b, s:I}", "title", "In memory", "seconds", m->seconds,
                               "complete", m->complete, "plan", (json_int_t)m->cell_count));
    for (size_t i = 0; ok && i < m->stack_count; i++) {
        ok = take(&cells, json_pack("{s:[{s:s, s:s}]}", "stacks", "name", m->stacks[i].name,
                                    "version", m->stacks[i].stack->version()));
    }
    for (size_t i = 0; ok && i < m->cell_count; i++) {
        ok = take(&cells, cell_json(&m->cells[i]));
    }
    json_t *report = ok ? json_incref(cells.report) : NULL;
    parley_cells_free(&cells);
    return report;
}
