/* Cells: a report of clients, servers and scenarios. What was expected of them, how a report is
 * put together, and what is made of it: JSON, JUnit, Markdown, TAP, a table for the terminal, and a
 * page to look at.
 *
 *     {"title": TEXT, "stacks": [{"name", "version"}], "seconds": NUMBER, "ladders": [TEXT],
 *      "plan": NUMBER, "complete": BOOLEAN,
 *      "cells": [{"client", "server", "scenario", "outcome", "expected", "command", "who", "alert",
 *                 "detail", "reason", "ladder": index in "ladders", "folder", "files": [TEXT],
 *                 "seconds": NUMBER, "report": TEXT}]}
 *
 * "outcome" and "expected" are ok, failed, disagreed, unsupported, crashed or hung; "who" is client
 * or server. "folder" has what a cell left behind, relative to the report; "files" are names in
 * it. "report" is the title of the one that a cell came in, where that is another. "plan" says how
 * many cells there should be, "complete": false that they are a part of all there are. Of a cell,
 * what stands behind "command" may be missing or null; of the rest, "title", "plan" and "complete"
 * may be missing. */
#ifndef PARLEY_CELLS_H
#define PARLEY_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct json_t; /* jansson's */

/* ---- Outcomes ---- */

enum parley_cell_outcome {
    PARLEY_CELL_OK,          /* it went as the scenario demands */
    PARLEY_CELL_FAILED,      /* it did not */
    PARLEY_CELL_DISAGREED,   /* it did, and the two ends mean different things by it */
    PARLEY_CELL_UNSUPPORTED, /* a stack does not have what it takes, and says so */
    PARLEY_CELL_CRASHED,
    PARLEY_CELL_HUNG,
    PARLEY_CELL_OUTCOMES,
};

const char *parley_cell_outcome_name(enum parley_cell_outcome outcome);

/* parley_cell_outcome_by_name returns PARLEY_CELL_OUTCOMES if there is none. */
enum parley_cell_outcome parley_cell_outcome_by_name(const char *name);

/* ---- What is expected ---- */

/* parley_cells_fit returns whether one of the shell patterns in |list|, with commas between them,
 * fits |name|; NULL fits everything. */
bool parley_cells_fit(const char *list, const char *name);

/* One line of an expectation file,
 *
 *     CLIENT SERVER SCENARIO OUTCOME REASON...
 *
 * the first three of them lists of patterns (see parley_cells_fit). */
struct parley_expectation {
    const char *client, *server, *scenario;
    enum parley_cell_outcome outcome;
    const char *reason;
    size_t line;
    bool used; /* it has fitted a cell */
};

/* All of a file; zero-initialised there are none. */
struct parley_expectations {
    char *text;
    struct parley_expectation *rules;
    size_t count;
};

/* parley_expectations_read takes |text|, a whole file, apart; blank lines and those that begin with
 * # say nothing. Returns false, and the number of the bad line in |*line| (0: out of memory), if
 * one is no expectation. parley_expectations_free is to be called in either case. */
bool parley_expectations_read(struct parley_expectations *e, const char *text, size_t *line);
void parley_expectations_free(struct parley_expectations *e);

/* parley_expectations_find returns the first that fits a cell, the one that counts, or NULL, and
 * notes of every one that fits that it is used. */
const struct parley_expectation *parley_expectations_find(struct parley_expectations *e,
                                                          const char *client, const char *server,
                                                          const char *scenario);

/* parley_expectations_idle returns the next, from |*at| on, which is moved behind it, that fitted
 * no cell though |stacks|, a report's, has stacks it is about; NULL: no more. */
const struct parley_expectation *parley_expectations_idle(const struct parley_expectations *e,
                                                          const struct json_t *stacks, size_t *at);

/* ---- Putting a report together ---- */

/* parley_cells is a report as it grows. Members are to be read. */
struct parley_cells {
    struct json_t *report;                    /* always in the form above */
    struct parley_expectations *expectations; /* borrowed; NULL: see parley_cells_take */
    struct json_t *ladders;                   /* text -> index */
};

/* parley_cells_init begins one without cells; with |expectations|, which may be NULL. Returns false
 * if out of memory. */
bool parley_cells_init(struct parley_cells *cells, struct parley_expectations *expectations);
void parley_cells_free(struct parley_cells *cells);

/* parley_cells_take adds |value|, borrowed, which is
 *
 *   - a cell (it has a "client"): its "ladder" may be the text itself; or
 *   - all or a part of a report: "stacks" with the same name are one, "plan" and "seconds" are
 *     added up, "complete" is what all of them are, and "title" is the first one's.
 *
 * With expectations, what they say is expected of a cell; else what it says itself, or ok. Of an
 * unsupported one nothing else is expected. Returns false, and one line in |why|, if |value| is
 * nothing of the kind; cells before the bad one are taken then. */
bool parley_cells_take(struct parley_cells *cells, const struct json_t *value, char why[200]);

/* ---- What is made of it ---- */

/* parley_cell_expected returns whether a cell's outcome is the expected one;
 * parley_cells_unexpected how many there are of which it is not. */
bool parley_cell_expected(const struct json_t *cell);
size_t parley_cells_unexpected(const struct json_t *report);

/* parley_cells_write makes |folder| if it is not there, and writes report.json, junit.xml,
 * report.md and index.html into it, each to a temporary name first. Returns false, and one line in
 * |why|, if |report| has not that form, or a file cannot be written. */
bool parley_cells_write(const struct json_t *report, const char *folder, char why[200]);

/* parley_cells_print_table prints, for each client and server, how many cells are ok of those that
 * both support; where one stack is at an end of all cells, a line for each of the others.
 * parley_cells_print_unexpected lists what did not come out as expected, parley_cells_print_sums
 * prints one line. parley_cells_print_tap prints a cell as test |number| of TAP 14; what was
 * expected to fail is a TODO there. */
void parley_cells_print_table(FILE *out, const struct json_t *report);
void parley_cells_print_unexpected(FILE *out, const struct json_t *report);
void parley_cells_print_sums(FILE *out, const struct json_t *report);
void parley_cells_print_tap(FILE *out, size_t number, const struct json_t *cell);

#endif
