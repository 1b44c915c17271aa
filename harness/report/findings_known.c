/* Findings: what is known. */
#include <ctype.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "parley/findings.h"
#include "report/cells_inside.h"

#define BLANKS " \t\r"

/* ---- The file ---- */

/* is_day returns whether |text| is YYYY-MM-DD. */
static bool is_day(const char *text) {
    static const char form[] = "0000-00-00";
    for (size_t i = 0; i < sizeof form; i++) {
        if (form[i] == '0' ? !isdigit((unsigned char)text[i]) : text[i] != form[i]) {
            return false;
        }
    }
    return true;
}

/* read_line takes |line| apart; false: it is nothing of the kind. */
static bool read_line(char *line, struct parley_known *out) {
    char *rest = NULL;
    char *stack = strtok_r(line, BLANKS, &rest);
    out->role = strtok_r(NULL, BLANKS, &rest);
    out->verdict = strtok_r(NULL, BLANKS, &rest);
    out->operation = strtok_r(NULL, BLANKS, &rest);
    out->expires = strtok_r(NULL, BLANKS, &rest);
    if (stack == NULL || out->expires == NULL) {
        return false;
    }
    char *at = strchr(stack, '@');
    if (at != NULL) {
        *at = '\0';
    }
    out->stack = stack;
    out->version = at != NULL ? at + 1 : "";
    out->reason = rest + strspn(rest, BLANKS);
    bool role = strcmp(out->role, "client") == 0 || strcmp(out->role, "server") == 0 ||
                strcmp(out->role, "*") == 0;
    return role && is_day(out->expires) && *out->reason != '\0';
}

static size_t count_lines(const char *text) {
    size_t lines = 1;
    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

bool parley_known_read(struct parley_known_list *known, const char *text, size_t *line) {
    *line = 0;
    *known = (struct parley_known_list){.text = strdup(text)};
    known->lines = calloc(count_lines(text), sizeof *known->lines);
    if (known->text == NULL || known->lines == NULL) {
        return false;
    }
    for (char *at = known->text, *next; at != NULL; at = next) {
        next = strchr(at, '\n');
        if (next != NULL) {
            *next++ = '\0';
        }
        ++*line;
        at += strspn(at, BLANKS);
        if (*at != '\0' && *at != '#') {
            known->lines[known->count].line = *line;
            if (!read_line(at, &known->lines[known->count])) {
                return false;
            }
            known->count++;
        }
    }
    return true;
}

void parley_known_free(struct parley_known_list *known) {
    free(known->text);
    free(known->lines);
    *known = (struct parley_known_list){0};
}

/* ---- Its use ---- */

/* is_version returns whether a version in |text| begins with |wanted|: 3.0 is that of "OpenSSL
 * 3.0.22", but neither of 13.0 nor of 3.01. */
static bool is_version(const char *text, const char *wanted) {
    size_t len = strlen(wanted);
    for (const char *at = text; (at = strstr(at, wanted)) != NULL; at++) {
        bool begins = at == text || (!isalnum((unsigned char)at[-1]) && at[-1] != '.');
        if (begins && !isdigit((unsigned char)at[len])) {
            return true;
        }
    }
    return *wanted == '\0';
}

static bool fits(const struct parley_known *line, const json_t *report, const json_t *finding) {
    const char *stack = cell_text(report, "stack");
    const char *operation = cell_text(finding, "operation");
    size_t len = strcspn(stack, "@");
    return strlen(line->stack) == len && strncmp(line->stack, stack, len) == 0 &&
           is_version(cell_text(report, "version"), line->version) &&
           (strcmp(line->role, "*") == 0 || cell_is(report, "role", line->role)) &&
           cell_is(finding, "verdict", line->verdict) &&
           (fnmatch(line->operation, *operation != '\0' ? operation : "-", 0) == 0 ||
            fnmatch(line->operation, cell_text(finding, "what"), 0) == 0);
}

void parley_findings_know(json_t *report, const struct parley_known_list *known,
                          const char *today) {
    const json_t *findings = json_object_get(report, "findings");
    for (size_t i = 0; i < json_array_size(findings); i++) {
        json_t *finding = json_array_get(findings, i);
        const struct parley_known *line = NULL;
        /* One that has not expired counts before one that has. */
        for (size_t j = 0; j < known->count; j++) {
            const struct parley_known *next = &known->lines[j];
            if (fits(next, report, finding) && (line == NULL || strcmp(line->expires, today) < 0)) {
                line = next;
            }
        }
        if (line != NULL) {
            bool counts = strcmp(line->expires, today) >= 0;
            (void)json_object_set_new(finding, "status", json_string(counts ? "known" : "expired"));
            (void)json_object_set_new(finding, "reason", json_string(line->reason));
            (void)json_object_set_new(finding, "expires", json_string(line->expires));
        }
    }
}
