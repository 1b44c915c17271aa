/* Expectation files, for the commands that lay them over cells. */
#ifndef PARLEY_CLI_EXPECTED_H
#define PARLEY_CLI_EXPECTED_H

#include "cli/cli.h"
#include "parley/cells.h"

/* cli_expectations reads |path| into |*e|; false having said why not. */
bool cli_expectations(struct parley_expectations *e, const char *path);

/* cli_expectations_idle names the lines of |path| that fit no cell of |report|, though the stacks
 * that they are about are in it, and returns how many there are. */
size_t cli_expectations_idle(const struct parley_expectations *e, const char *path,
                             const struct json_t *report);

#endif
