/* Findings: what deep fuzzing of one stack in one role came to, as a report.
 *
 * A run leaves a folder with a folder for each finding, of which these files are read:
 *
 *   verdict   lines "NAME VALUE": verdict, what, section, operation, session, execution, seconds
 *             (CPU, when it was found), and state: "unreproduced" if it did not happen again
 *   trace     that leads to it, as text
 *   run.txt   what 'parley trace run' prints for it
 *   stack     of a crash: what happened, and the functions it happened in
 *   command   that shows it again
 *
 * and of the run counts, as JSON objects: "stack", "version", "role", "engine", "executions",
 * "unsupported", "completed", "aborted", "hung", "seconds" (CPU), "classes", "verdicts", "again",
 * "leaks", "operations": {NAME: NUMBER}. Of several such objects numbers are added up, but for
 * "classes", of which the largest counts.
 *
 * What is known is in a file of lines
 *
 *     STACK[@VERSION] ROLE VERDICT OPERATION EXPIRES REASON...
 *
 * STACK is the name up to an "@"; VERSION how its version begins; ROLE client, server or "*";
 * OPERATION a pattern for the operation that the verdict is about, or for what it says, in which
 * blanks are written "?" or "*", and "-" means none; EXPIRES the last day, YYYY-MM-DD, on which the
 * line counts. */
#ifndef PARLEY_FINDINGS_H
#define PARLEY_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct json_t; /* jansson's */

/* One line of what is known; strings point into the file's text. */
struct parley_known {
    const char *stack, *version; /* "": any version */
    const char *role, *verdict, *operation, *expires, *reason;
    size_t line;
};

/* All of a file; zero-initialised there is none. */
struct parley_known_list {
    char *text;
    struct parley_known *lines;
    size_t count;
};

/* parley_known_read takes |text|, a whole file, apart. Returns false, and the number of the bad
 * line in |*line| (0: out of memory), if one is nothing of the kind. parley_known_free is to be
 * called in either case. */
bool parley_known_read(struct parley_known_list *known, const char *text, size_t *line);
void parley_known_free(struct parley_known_list *known);

/* parley_findings_new returns a report without findings or counts, or NULL if out of memory; the
 * caller releases it (json_decref). It has the members of the counts, "rate", executions per
 * CPU-second, and "findings": [{"id", "verdict", "meaning", "what", "section", "operation",
 * "session", "execution", "seconds", "status", "reason", "expires", "trace", "run", "stack",
 * "command"}]; "status" is new, known, expired or unreproduced. */
struct json_t *parley_findings_new(void);

/* parley_findings_count adds |counts|, borrowed, to |report|. Returns false, and one line in |why|,
 * if they are none. */
bool parley_findings_count(struct json_t *report, const struct json_t *counts, char why[200]);

/* parley_findings_collect adds the findings in |folder|, in the order in which they were found.
 * Returns false, and one line in |why|, if it cannot be read, or something in it is no finding. */
bool parley_findings_collect(struct json_t *report, const char *folder, char why[200]);

/* parley_findings_know gives each finding its status, on the day |today|, YYYY-MM-DD. */
void parley_findings_know(struct json_t *report, const struct parley_known_list *known,
                          const char *today);

/* parley_findings_new_ones returns how many findings are not known; parley_findings_ran whether
 * the stack was at work at all: something was executed, and some handshake completed. */
size_t parley_findings_new_ones(const struct json_t *report);
bool parley_findings_ran(const struct json_t *report);

/* parley_findings_write makes |folder| if it is not there, and writes report.json, junit.xml,
 * report.md and index.html into it, each to a temporary name first. Returns false, and one line in
 * |why|, if a file cannot be written. */
bool parley_findings_write(const struct json_t *report, const char *folder, char why[200]);

/* parley_findings_print prints two lines for each finding, and two of sums. */
void parley_findings_print(FILE *out, const struct json_t *report);

#endif
