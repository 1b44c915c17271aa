/* Cells: a report of clients, servers and scenarios, as JSON, and what is made of it: JUnit,
 * Markdown, and a page to look at.
 *
 *     {"title": TEXT, "stacks": [{"name", "version"}], "seconds": NUMBER, "ladders": [TEXT],
 *      "cells": [{"client", "server", "scenario", "outcome", "expected", "who", "alert", "detail",
 *                 "reason", "command", "ladder": index in "ladders"}]}
 *
 * "outcome" and "expected" are ok, failed, disagreed, unsupported, crashed or hung; "who" is client
 * or server; from "who" on, but for "command", any of them may be null. */
#ifndef PARLEY_CELLS_H
#define PARLEY_CELLS_H

#include <stdbool.h>

struct json_t;

/* parley_cells_write makes |folder| if it is not there, and writes report.json, junit.xml,
 * report.md and index.html into it, each to a temporary name first. Returns false, and one line in
 * |why|, if |report| has not that form, or a file cannot be written. */
bool parley_cells_write(struct json_t *report, const char *folder, char why[200]);

#endif
