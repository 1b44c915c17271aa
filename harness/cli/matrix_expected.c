/* parley matrix: the expectation file. */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/matrix.h"

#define MAX_FILE (1U << 20)
#define BLANKS " \t"

struct rule {
    const char *client, *server, *scenario;
    enum cell_outcome outcome;
    const char *reason;
};

bool matrix_fits(const char *list, const char *name) {
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

static bool fits(const struct rule *rule, const struct cell *cell) {
    return matrix_fits(rule->client, cell->ends[PARLEY_CLIENT]->name) &&
           matrix_fits(rule->server, cell->ends[PARLEY_SERVER]->name) &&
           matrix_fits(rule->scenario, cell->scenario->name);
}

/* read_rule takes |line| apart; false: it is no rule. */
static bool read_rule(char *line, struct rule *rule) {
    char *rest = NULL;
    rule->client = strtok_r(line, BLANKS, &rest);
    rule->server = strtok_r(NULL, BLANKS, &rest);
    rule->scenario = strtok_r(NULL, BLANKS, &rest);
    const char *outcome = strtok_r(NULL, BLANKS, &rest);
    if (outcome == NULL) {
        return false;
    }
    rule->outcome = cell_outcome_by_name(outcome);
    rule->reason = rest + strspn(rest, BLANKS "#");
    return rule->outcome != CELL_OUTCOMES && *rule->reason != '\0';
}

/* apply lays |rule| over the cells that no rule before it has; returns whether it fits any. */
static bool apply(struct matrix *matrix, const struct rule *rule) {
    bool used = false;
    for (size_t i = 0; i < matrix->cell_count; i++) {
        struct cell *cell = &matrix->cells[i];
        if (!fits(rule, cell)) {
            continue;
        }
        used = true;
        if (cell->reason == NULL && cell->outcome != CELL_UNSUPPORTED) {
            cell->expected = rule->outcome;
            cell->reason = rule->reason;
        }
    }
    return used;
}

/* there returns whether a stack that |patterns| fit is in the matrix. */
static bool there(const struct matrix *matrix, const char *patterns) {
    for (size_t i = 0; i < matrix->stack_count; i++) {
        if (matrix_fits(patterns, matrix->stacks[i].name)) {
            return true;
        }
    }
    return false;
}

bool matrix_expect(struct matrix *matrix, const char *path, bool complete, size_t *idle) {
    struct parley_bytes file;
    uint8_t *data = cli_read_file(path, MAX_FILE, &file.len);
    if (data == NULL) {
        return false;
    }
    char *text = cli_keep((const char *)data);
    free(data);
    size_t number = 0;
    *idle = 0;
    for (char *line = text, *next; line != NULL; line = next) {
        struct rule rule;
        next = strchr(line, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        number++;
        line += strspn(line, BLANKS);
        if (*line == '\0' || *line == '#') {
            continue;
        }
        if (!read_rule(line, &rule)) {
            cli_note("%s:%zu: not CLIENT SERVER SCENARIO OUTCOME REASON", path, number);
            return false;
        }
        bool about_us = there(matrix, rule.client) && there(matrix, rule.server);
        if (!apply(matrix, &rule) && complete && about_us) {
            cli_note("%s:%zu: fits no cell", path, number);
            ++*idle;
        }
    }
    return true;
}
