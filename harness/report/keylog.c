/* The key log: secrets in the NSS format, as SSLKEYLOGFILE has them and Wireshark reads them. */
#include "parley/report.h"

#include <stdlib.h>
#include <string.h>

#include "report/output.h"

/* has_line: both ends log the same secrets; one line is enough. */
static bool has_line(const struct parley_keylog *k, const char *line, size_t len) {
    const char *p = k->text;
    const char *end = k->text + k->length;
    while (p < end) {
        const char *newline = memchr(p, '\n', (size_t)(end - p));
        if ((size_t)(newline - p) == len && memcmp(p, line, len) == 0) {
            return true;
        }
        p = newline + 1;
    }
    return false;
}

void parley_keylog_line(void *keylog, const char *line) {
    struct parley_keylog *k = keylog;
    size_t len = strlen(line);
    if (k->incomplete || (k->text != NULL && has_line(k, line, len))) {
        return;
    }
    if (k->text == NULL || k->capacity - k->length < len + 1) {
        size_t capacity = 2 * k->capacity + len + 1024;
        char *text = realloc(k->text, capacity);
        if (text == NULL) {
            k->incomplete = true;
            return;
        }
        k->text = text;
        k->capacity = capacity;
    }
    memcpy(k->text + k->length, line, len);
    k->text[k->length + len] = '\n';
    k->length += len + 1;
}

void parley_keylog_free(struct parley_keylog *k) {
    free(k->text);
    *k = (struct parley_keylog){0};
}

bool parley_keylog_write(const struct parley_keylog *k, const char *path, char why[200]) {
    char dir[OUTPUT_PATH_MAX];
    if (k->incomplete) {
        (void)snprintf(why, OUTPUT_WHY_MAX, "cannot write %s: out of memory", path);
        return false;
    }
    if (!output_workspace(path, dir, why)) {
        return false;
    }
    bool ok =
        output_write(dir, "keys", k->text, k->length, why) && output_commit(dir, "keys", path, why);
    output_remove(dir);
    return ok;
}
