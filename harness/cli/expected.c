/* Expectation files. */
#include "cli/expected.h"

#include <stdlib.h>

#include <jansson.h>

#define MAX_FILE (1U << 20)

bool cli_expectations(struct parley_expectations *e, const char *path) {
    size_t len = 0, line = 0;
    uint8_t *data = cli_read_file(path, MAX_FILE, &len);
    if (data == NULL) {
        return false;
    }
    bool ok = parley_expectations_read(e, (const char *)data, &line);
    free(data);
    if (!ok && line == 0) {
        cli_note("out of memory");
    } else if (!ok) {
        cli_note("%s:%zu: not CLIENT SERVER SCENARIO OUTCOME REASON", path, line);
    }
    return ok;
}

size_t cli_expectations_idle(const struct parley_expectations *e, const char *path,
                             const json_t *report) {
    const json_t *stacks = json_object_get(report, "stacks");
    const struct parley_expectation *idle;
    size_t at = 0, count = 0;
    while ((idle = parley_expectations_idle(e, stacks, &at)) != NULL) {
        cli_note("%s:%zu: fits no cell", path, idle->line);
        count++;
    }
    return count;
}
