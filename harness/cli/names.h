/* Names of the tables as they are written on a command line. */
#ifndef PARLEY_CLI_NAMES_H
#define PARLEY_CLI_NAMES_H

#include "cli/cli.h"
#include "parley/script.h"

#define CLI_CODES_MAX 64
#define CLI_PROTOCOLS_MAX 16

/* Code points, in the order in which they were named. */
struct cli_codes {
    uint16_t list[CLI_CODES_MAX];
    size_t count;
};

/* Application protocols; |list| points into |text|. */
struct cli_protocols {
    char text[CLI_PROTOCOLS_MAX][PARLEY_NAME_MAX + 1];
    const char *list[CLI_PROTOCOLS_MAX];
    size_t count;
};

enum cli_registry { CLI_SUITES, CLI_GROUPS, CLI_SIGALGS };

/* cli_version reads "1.2" or "1.3" into |*out|. cli_codes and cli_protocols append the names of a
 * comma-separated list to |*out|. All return false having said what is wrong, naming the option
 * |what|. */
bool cli_version(const char *what, const char *text, uint16_t *out);
bool cli_codes(const char *what, enum cli_registry registry, const char *names,
               struct cli_codes *out);
bool cli_protocols(const char *what, const char *names, struct cli_protocols *out);

/* cli_drop reads what parley_drop_parse does; false having said what is wrong. */
bool cli_drop(const char *what, const char *text, struct parley_drop *out);

#endif
