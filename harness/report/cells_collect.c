/* Cells: a report as it is put together, from cells and from reports of parts. */
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "parley/cells.h"
#include "report/cells_inside.h"

#define WHY 200

static bool misfit(char why[WHY], const char *what) {
    (void)snprintf(why, WHY, "%s", what);
    return false;
}

/* ---- Stacks ---- */

/* add_stack notes that |name| is there, in |version|, where one is known (else NULL). Parts of a
 * report that were made on different machines may have different ones: both are told. */
static void add_stack(json_t *stacks, const char *name, const char *version) {
    for (size_t i = 0; i < json_array_size(stacks); i++) {
        json_t *stack = json_array_get(stacks, i);
        const char *known = cell_text(stack, "version");
        if (!cell_is(stack, "name", name)) {
            continue;
        }
        if (version != NULL && *known == '\0') {
            (void)json_object_set_new(stack, "version", json_string(version));
        } else if (version != NULL && strstr(known, version) == NULL) {
            (void)json_object_set_new(stack, "version", json_sprintf("%s; %s", known, version));
        }
        return;
    }
    (void)json_array_append_new(
        stacks, json_pack("{s:s, s:s}", "name", name, "version", version != NULL ? version : ""));
}

static bool take_stacks(struct parley_cells *cells, const json_t *stacks, char why[WHY]) {
    if (stacks != NULL && !json_is_array(stacks)) {
        return misfit(why, "\"stacks\" is no array");
    }
    for (size_t i = 0; i < json_array_size(stacks); i++) {
        const json_t *stack = json_array_get(stacks, i);
        const char *name = json_string_value(json_object_get(stack, "name"));
        const char *version = json_string_value(json_object_get(stack, "version"));
        if (name == NULL || *name == '\0' || version == NULL) {
            return misfit(why, "a stack without \"name\" and \"version\"");
        }
        add_stack(json_object_get(cells->report, "stacks"), name, version);
    }
    return true;
}

/* ---- A cell ---- */

/* is_name: what stands for itself in expectation files, tables and commands. */
static bool is_name(const json_t *value) {
    const char *at = json_string_value(value);
    if (at == NULL || *at == '\0') {
        return false;
    }
    while (*at > ' ' && *at < 0x7f && *at != '|') {
        at++;
    }
    return *at == '\0';
}

static bool is_text_or_nothing(const json_t *value) {
    return value == NULL || json_is_null(value) || json_is_string(value);
}

static bool is_outcome(const json_t *value) {
    const char *name = json_string_value(value);
    return name != NULL && parley_cell_outcome_by_name(name) != PARLEY_CELL_OUTCOMES;
}

static bool are_texts(const json_t *value) {
    for (size_t i = 0; i < json_array_size(value); i++) {
        if (!json_is_string(json_array_get(value, i))) {
            return false;
        }
    }
    return value == NULL || json_is_null(value) || json_is_array(value);
}

/* wrong_in returns what is wrong with |cell|, whose ladders may be indices of |ladders|; or NULL.
 */
static const char *wrong_in(const json_t *cell, const json_t *ladders) {
    static const char *const texts[] = {"who", "alert", "detail", "reason", "folder", "report"};
    const json_t *expected = json_object_get(cell, "expected");
    const json_t *ladder = json_object_get(cell, "ladder");
    const json_t *seconds = json_object_get(cell, "seconds");
    if (!is_name(json_object_get(cell, "client")) || !is_name(json_object_get(cell, "server")) ||
        !is_name(json_object_get(cell, "scenario"))) {
        return "a cell's client, server and scenario are to be words of plain ASCII";
    }
    if (!is_outcome(json_object_get(cell, "outcome")) ||
        (expected != NULL && !is_outcome(expected))) {
        return "a cell's outcome is one of ok, failed, disagreed, unsupported, crashed, hung";
    }
    if (!json_is_string(json_object_get(cell, "command"))) {
        return "a cell without \"command\"";
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!is_text_or_nothing(json_object_get(cell, texts[i]))) {
            return "a cell's who, alert, detail, reason, folder and report are texts";
        }
    }
    if (!are_texts(json_object_get(cell, "files"))) {
        return "a cell's files are names";
    }
    if (!is_text_or_nothing(ladder) &&
        !json_is_string(json_array_get(ladders, (size_t)json_integer_value(ladder)))) {
        return "a cell's ladder is neither a text nor one of \"ladders\"";
    }
    if (seconds != NULL && !json_is_null(seconds) &&
        !(json_is_number(seconds) && json_number_value(seconds) >= 0)) {
        return "a cell's seconds are no number";
    }
    return NULL;
}

/* ladder_index puts |text| among the report's unless it is there, and returns where it is. */
static json_int_t ladder_index(struct parley_cells *cells, const char *text) {
    json_t *all = json_object_get(cells->report, "ladders");
    const json_t *index = json_object_get(cells->ladders, text);
    if (index != NULL) {
        return json_integer_value(index);
    }
    json_int_t at = (json_int_t)json_array_size(all);
    (void)json_array_append_new(all, json_string(text));
    (void)json_object_set_new(cells->ladders, text, json_integer(at));
    return at;
}

/* expect says in |cell| what was expected of it. */
static void expect(struct parley_cells *cells, json_t *cell) {
    const char *expected = json_string_value(json_object_get(cell, "expected"));
    const char *reason = json_string_value(json_object_get(cell, "reason"));
    if (cells->expectations != NULL) {
        const struct parley_expectation *rule =
            parley_expectations_find(cells->expectations, cell_text(cell, "client"),
                                     cell_text(cell, "server"), cell_text(cell, "scenario"));
        expected = rule != NULL ? parley_cell_outcome_name(rule->outcome) : NULL;
        reason = rule != NULL ? rule->reason : NULL;
    }
    if (cell_is(cell, "outcome", "unsupported")) {
        expected = "unsupported";
        reason = NULL;
    }
    (void)json_object_set_new(cell, "expected", json_string(expected != NULL ? expected : "ok"));
    (void)json_object_set_new(cell, "reason", reason != NULL ? json_string(reason) : json_null());
}

/* take_cell takes a cell of |report|, or one that came by itself (NULL). */
static bool take_cell(struct parley_cells *cells, const json_t *value, const json_t *report,
                      char why[WHY]) {
    const json_t *ladders = json_object_get(report, "ladders");
    json_t *title = json_object_get(report, "title");
    const char *wrong = wrong_in(value, ladders);
    if (wrong != NULL) {
        return misfit(why, wrong);
    }
    json_t *cell = json_deep_copy(value);
    const json_t *ladder = json_object_get(value, "ladder");
    const char *text =
        json_is_integer(ladder)
            ? json_string_value(json_array_get(ladders, (size_t)json_integer_value(ladder)))
            : json_string_value(ladder);
    bool drawn = text != NULL && *text != '\0';
    (void)json_object_set_new(cell, "ladder",
                              drawn ? json_integer(ladder_index(cells, text)) : json_null());
    const char *from = json_string_value(title);
    bool other = from != NULL && *from != '\0' && !cell_is(cells->report, "title", from);
    if (other && json_object_get(cell, "report") == NULL) {
        (void)json_object_set(cell, "report", title);
    }
    expect(cells, cell);
    add_stack(json_object_get(cells->report, "stacks"), cell_text(cell, "client"), NULL);
    add_stack(json_object_get(cells->report, "stacks"), cell_text(cell, "server"), NULL);
    (void)json_array_append_new(json_object_get(cells->report, "cells"), cell);
    return true;
}

/* ---- A report, or what stands at its beginning ---- */

static bool take_head(struct parley_cells *cells, const json_t *head, char why[WHY]) {
    json_t *report = cells->report;
    json_t *title = json_object_get(head, "title"), *complete = json_object_get(head, "complete");
    const json_t *plan = json_object_get(head, "plan"), *seconds = json_object_get(head, "seconds");
    if ((title != NULL && !json_is_string(title)) ||
        (complete != NULL && !json_is_boolean(complete)) ||
        (plan != NULL && !(json_is_integer(plan) && json_integer_value(plan) >= 0)) ||
        (seconds != NULL && !(json_is_number(seconds) && json_number_value(seconds) >= 0))) {
        return misfit(why, "a title, plan, complete or seconds of the wrong type");
    }
    if (title != NULL && cell_is(report, "title", "")) {
        (void)json_object_set(report, "title", title);
    }
    if (complete != NULL && !json_is_false(json_object_get(report, "complete"))) {
        (void)json_object_set(report, "complete", complete);
    }
    if (plan != NULL) {
        json_int_t sum = json_integer_value(json_object_get(report, "plan"));
        (void)json_object_set_new(report, "plan", json_integer(sum + json_integer_value(plan)));
    }
    if (seconds != NULL) {
        double sum = json_number_value(json_object_get(report, "seconds"));
        (void)json_object_set_new(report, "seconds", json_real(sum + json_number_value(seconds)));
    }
    return take_stacks(cells, json_object_get(head, "stacks"), why);
}

static bool take_report(struct parley_cells *cells, const json_t *report, char why[WHY]) {
    const json_t *all = json_object_get(report, "cells");
    const json_t *ladders = json_object_get(report, "ladders");
    if ((all != NULL && !json_is_array(all)) || (ladders != NULL && !json_is_array(ladders))) {
        return misfit(why, "\"cells\" or \"ladders\" is no array");
    }
    if (!take_head(cells, report, why)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(all); i++) {
        if (!take_cell(cells, json_array_get(all, i), report, why)) {
            return false;
        }
    }
    return true;
}

bool parley_cells_take(struct parley_cells *cells, const json_t *value, char why[WHY]) {
    static const char *const heads[] = {"stacks", "cells", "plan", "title"};
    if (json_object_get(value, "client") != NULL) {
        return take_cell(cells, value, NULL, why);
    }
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        if (json_object_get(value, heads[i]) != NULL) {
            return take_report(cells, value, why);
        }
    }
    return misfit(why, "neither a cell nor a report");
}

bool parley_cells_init(struct parley_cells *cells, struct parley_expectations *expectations) {
    *cells = (struct parley_cells){
        .report = json_pack("{s:s, s:[], s:f, s:[], s:[]}", "title", "", "stacks", "seconds", 0.0,
                            "ladders", "cells"),
        .expectations = expectations,
        .ladders = json_object(),
    };
    return cells->report != NULL && cells->ladders != NULL;
}

void parley_cells_free(struct parley_cells *cells) {
    json_decref(cells->report);
    json_decref(cells->ladders);
    *cells = (struct parley_cells){.report = NULL};
}
