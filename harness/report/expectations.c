/* Cells: what is expected of them, from a file that people write. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "parley/cells.h"

#define BLANKS " \t\r"

bool parley_cells_fit(const char *list, const char *name) {
    if (list == NULL) {
        return true;
    }
    char pattern[128];
    for (const char *at = list; *at != '\0'; at += strspn(at, ",")) {
        size_t n = strcspn(at, ",");
        (void)snprintf(pattern, sizeof pattern, "%.*s", (int)n, at);
        if (fnmatch(pattern, name, 0) == 0) {
            return true;
        }
        at += n;
    }
    return false;
}

/* ---- The file ---- */

/* read_rule takes |line| apart; false: it is no rule. */
static bool read_rule(char *line, struct parley_expectation *rule) {
    char *rest = NULL;
    rule->client = strtok_r(line, BLANKS, &rest);
    rule->server = strtok_r(NULL, BLANKS, &rest);
    rule->scenario = strtok_r(NULL, BLANKS, &rest);
    const char *outcome = strtok_r(NULL, BLANKS, &rest);
    if (outcome == NULL) {
        return false;
    }
    rule->outcome = parley_cell_outcome_by_name(outcome);
    rule->reason = rest + strspn(rest, BLANKS "#");
    return rule->outcome != PARLEY_CELL_OUTCOMES && *rule->reason != '\0';
}

static size_t count_lines(const char *text) {
    size_t lines = 1;
    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

bool parley_expectations_read(struct parley_expectations *e, const char *text, size_t *line) {
    *line = 0;
    *e = (struct parley_expectations){.text = strdup(text)};
    e->rules = calloc(count_lines(text), sizeof *e->rules);
    if (e->text == NULL || e->rules == NULL) {
        return false;
    }
    for (char *at = e->text, *next; at != NULL; at = next) {
        next = strchr(at, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        ++*line;
        at += strspn(at, BLANKS);
        if (*at == '\0' || *at == '#') {
            continue;
        }
        struct parley_expectation *rule = &e->rules[e->count];
        rule->line = *line;
        if (!read_rule(at, rule)) {
            return false;
        }
        e->count++;
    }
    return true;
}

void parley_expectations_free(struct parley_expectations *e) {
    free(e->text);
    free(e->rules);
    *e = (struct parley_expectations){0};
}

/* ---- Its use ---- */

const struct parley_expectation *parley_expectations_find(struct parley_expectations *e,
                                                          const char *client, const char *server,
                                                          const char *scenario) {
    const struct parley_expectation *found = NULL;
    for (size_t i = 0; i < e->count; i++) {
        struct parley_expectation *rule = &e->rules[i];
        if (parley_cells_fit(rule->client, client) && parley_cells_fit(rule->server, server) &&
            parley_cells_fit(rule->scenario, scenario)) {
            rule->used = true;
            found = found != NULL ? found : rule;
        }
    }
    return found;
}

/* there returns whether |stacks| has one that |patterns| fit. */
static bool there(const json_t *stacks, const char *patterns) {
    for (size_t i = 0; i < json_array_size(stacks); i++) {
        const json_t *name = json_object_get(json_array_get(stacks, i), "name");
        if (parley_cells_fit(patterns, json_string_value(name))) {
            return true;
        }
    }
    return false;
}

const struct parley_expectation *parley_expectations_idle(const struct parley_expectations *e,
                                                          const json_t *stacks, size_t *at) {
    while (*at < e->count) {
        const struct parley_expectation *rule = &e->rules[(*at)++];
        if (!rule->used && there(stacks, rule->client) && there(stacks, rule->server)) {
            return rule;
        }
    }
    return NULL;
}
