/* Output files that appear whole or not at all. */
#ifndef PARLEY_REPORT_OUTPUT_H
#define PARLEY_REPORT_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#define OUTPUT_PATH_MAX 4096
#define OUTPUT_WHY_MAX 200

/* output_workspace makes a directory beside |path|, for its owner only, writes its name to |dir|
 * and returns true; or false and why. A |path| that exists and is no regular file is refused: it
 * would be replaced. output_commit moves |dir|/|name| to |path|. output_remove removes |dir| with
 * the files in it. */
bool output_workspace(const char *path, char dir[OUTPUT_PATH_MAX], char why[OUTPUT_WHY_MAX]);
bool output_commit(const char *dir, const char *name, const char *path, char why[OUTPUT_WHY_MAX]);
void output_remove(const char *dir);

/* output_write writes |len| bytes as |dir|/|name|, for its owner only. */
bool output_write(const char *dir, const char *name, const char *bytes, size_t len,
                  char why[OUTPUT_WHY_MAX]);

#endif
