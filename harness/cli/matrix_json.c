/* parley matrix: report.json. */
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "cli/matrix.h"

/* ladder_index puts |text| into |ladders| unless it is there, and returns where it is. */
static json_int_t ladder_index(json_t *ladders, json_t *known, const char *text) {
    const json_t *index = json_object_get(known, text);
    if (index != NULL) {
        return json_integer_value(index);
    }
    json_int_t at = (json_int_t)json_array_size(ladders);
    (void)json_array_append_new(ladders, json_string(text));
    (void)json_object_set_new(known, text, json_integer(at));
    return at;
}

static json_t *text_or_null(const char *text) {
    return text != NULL && *text != '\0' ? json_string(text) : json_null();
}

static json_t *cell_json(const struct cell *cell, json_t *ladders, json_t *known) {
    char command[600];
    cell_command(cell, command, sizeof command);
    bool drawn = cell->ladder != NULL && *cell->ladder != '\0';
    return json_pack(
        "{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:s, s:o}", "client", cell->ends[0]->name,
        "server", cell->ends[1]->name, "scenario", cell->scenario->name, "outcome",
        cell_outcome_name(cell->outcome), "expected", cell_outcome_name(cell->expected), "who",
        text_or_null(cell->who >= 0 ? parley_role_name((enum parley_role)cell->who) : NULL),
        "alert",
        text_or_null(cell->alert != PARLEY_ALERT_NONE ? parley_alert_name(cell->alert) : NULL),
        "detail", text_or_null(cell->detail), "reason", text_or_null(cell->reason), "command",
        command, "ladder",
        drawn ? json_integer(ladder_index(ladders, known, cell->ladder)) : json_null());
}

json_t *matrix_json(const struct matrix *m) {
    json_t *stacks = json_array(), *cells = json_array(), *ladders = json_array();
    json_t *known = json_object();
    for (size_t i = 0; i < m->stack_count; i++) {
        (void)json_array_append_new(stacks, json_pack("{s:s, s:s}", "name", m->stacks[i].name,
                                                      "version", m->stacks[i].stack->version()));
    }
    for (size_t i = 0; i < m->cell_count; i++) {
        (void)json_array_append_new(cells, cell_json(&m->cells[i], ladders, known));
    }
    json_decref(known);
    return json_pack("{s:s, s:o, s:o, s:o, s:f}", "title", "In memory", "stacks", stacks, "cells",
                     cells, "ladders", ladders, "seconds", m->seconds);
}
