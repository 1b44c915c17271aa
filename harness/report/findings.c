/* Findings: a report as it is put together. */
#include "parley/findings.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "report/cells_inside.h"

#define WHY 200
#define PATH 4096
#define FILE_MAX ((size_t)256 * 1024) /* of what is shown */

/* ---- Verdicts ---- */

/* What the oracles look for, as a heading; parley/judge.h has more. */
static const struct {
    const char *verdict, *meaning;
} meanings[] = {
    {"C", "completed or aborted where it must not"},
    {"D", "done without proof of the peer's keys"},
    {"K", "keys that everybody knows"},
    {"P", "the two ends disagree"},
    {"A", "application data too early"},
    {"U", "a random is repeated"},
    {"R", "resources grow without progress"},
    {"E", "answers differ that must look alike"},
    {"hang", "no progress, or no end"},
    {"crash", "a crash, or a sanitizer's report"},
    {"leak", "memory is lost"},
    {"memory", "more memory than it may take"},
    {"state", "the next run depends on this one"},
};

static const char *meaning_of(const char *verdict) {
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (strcmp(meanings[i].verdict, verdict) == 0) {
            return meanings[i].meaning;
        }
    }
    return "";
}

/* ---- Counts ---- */

static const char *const numbers[] = {"executions", "unsupported", "completed", "aborted", "hung",
                                      "seconds",    "classes",     "verdicts",  "again",   "leaks"};
static const char *const texts[] = {"stack", "version", "role", "engine"};

json_t *parley_findings_new(void) {
    json_t *report = json_object();
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        (void)json_object_set_new(report, texts[i], json_string(""));
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        (void)json_object_set_new(report, numbers[i], json_integer(0));
    }
    (void)json_object_set_new(report, "rate", json_integer(0));
    (void)json_object_set_new(report, "operations", json_object());
    (void)json_object_set_new(report, "findings", json_array());
    return report;
}

/* add adds |value| to the number |name| of |sums|, or, with |largest|, takes the larger one. */
static void add(json_t *sums, const char *name, const json_t *value, bool largest) {
    const json_t *old = json_object_get(sums, name);
    double a = json_number_value(old), b = json_number_value(value);
    double sum = !largest ? a + b : a > b ? a : b;
    bool whole = json_is_integer(value) && (old == NULL || json_is_integer(old));
    (void)json_object_set_new(sums, name, whole ? json_integer((json_int_t)sum) : json_real(sum));
}

bool parley_findings_count(json_t *report, const json_t *counts, char why[WHY]) {
    if (!json_is_object(counts) || json_object_get(counts, "executions") == NULL) {
        (void)snprintf(why, WHY, "no counts of a run: there are no \"executions\"");
        return false;
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *text = json_object_get(counts, texts[i]);
        if (json_is_string(text) && cell_is(report, texts[i], "")) {
            (void)json_object_set(report, texts[i], text);
        }
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        add(report, numbers[i], json_object_get(counts, numbers[i]),
            strcmp(numbers[i], "classes") == 0);
    }
    const char *name;
    json_t *value;
    json_object_foreach(json_object_get(counts, "operations"), name, value) {
        add(json_object_get(report, "operations"), name, value, false);
    }
    double seconds = json_number_value(json_object_get(report, "seconds"));
    double executions = json_number_value(json_object_get(report, "executions"));
    (void)json_object_set_new(report, "rate",
                              json_integer(seconds > 0 ? (json_int_t)(executions / seconds) : 0));
    return true;
}

/* ---- Reading findings ---- */

/* read_text returns what is in |folder|/|id|/|name|, without the last newlines, cut where it is too
 * long, as JSON; a file that is not there is "". What is not UTF-8 is shown as ASCII. */
static json_t *read_text(const char *folder, const char *id, const char *name) {
    char path[PATH];
    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, id, name);
    FILE *file = fopen(path, "r");
    char *text = file != NULL ? malloc(FILE_MAX + 1) : NULL;
    size_t len = text != NULL ? fread(text, 1, FILE_MAX, file) : 0;
    while (len > 0 && text[len - 1] == '\n') {
        len--;
    }
    json_t *value = json_stringn(text != NULL ? text : "", len);
    for (size_t i = 0; value == NULL && i < len; i++) {
        text[i] = (char)(text[i] >= ' ' || text[i] == '\n' || text[i] == '\t' ? text[i] : '?');
    }
    value = value != NULL ? value : json_stringn(text, len);
    free(text);
    if (file != NULL) {
        (void)fclose(file);
    }
    return value;
}

/* take_verdict puts the lines of the file "verdict" into |finding|. */
static void take_verdict(json_t *finding, const char *lines) {
    while (*lines != '\0') {
        size_t len = strcspn(lines, "\n"), name_len = strcspn(lines, " \n");
        char name[32];
        (void)snprintf(name, sizeof name, "%.*s", (int)name_len, lines);
        const char *value = lines + name_len + (name_len < len);
        size_t value_len = len - (size_t)(value - lines);
        if (strcmp(name, "session") == 0 || strcmp(name, "execution") == 0) {
            (void)json_object_set_new(finding, name, json_integer(strtoll(value, NULL, 10)));
        } else if (strcmp(name, "seconds") == 0) {
            (void)json_object_set_new(finding, name, json_real(strtod(value, NULL)));
        } else if (name_len > 0) {
            (void)json_object_set_new(finding, strcmp(name, "state") == 0 ? "status" : name,
                                      json_stringn(value, value_len));
        }
        lines += len + (lines[len] == '\n');
    }
}

static bool take_finding(json_t *report, const char *folder, const char *id, char why[WHY]) {
    static const char *const files[][2] = {
        {"trace", "trace"}, {"run", "run.txt"}, {"stack", "stack"}, {"command", "command"}};
    json_t *lines = read_text(folder, id, "verdict");
    json_t *finding = json_pack("{s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:f, s:s}", "id", id,
                                "verdict", "", "what", "", "section", "", "operation", "",
                                "session", 0, "execution", 0, "seconds", 0.0, "status", "new");
    take_verdict(finding, json_string_value(lines));
    json_decref(lines);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)json_object_set_new(finding, files[i][0], read_text(folder, id, files[i][1]));
    }
    (void)json_object_set_new(finding, "meaning",
                              json_string(meaning_of(cell_text(finding, "verdict"))));
    bool fine = !cell_is(finding, "verdict", "") && !cell_is(finding, "what", "");
    if (!fine) {
        (void)snprintf(why, WHY, "%.100s/%.40s: its \"verdict\" names no verdict", folder, id);
    }
    (void)json_array_append_new(json_object_get(report, "findings"), finding);
    return fine;
}

static int by_seconds(const void *a, const void *b) {
    const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
    double p = json_number_value(json_object_get(x, "seconds"));
    double q = json_number_value(json_object_get(y, "seconds"));
    return p < q ? -1 : p > q ? 1 : strcmp(cell_text(x, "id"), cell_text(y, "id"));
}

static void sort(json_t *findings) {
    size_t count = json_array_size(findings);
    json_t **all = count > 0 ? calloc(count, sizeof(json_t *)) : NULL;
    for (size_t i = 0; all != NULL && i < count; i++) {
        all[i] = json_incref(json_array_get(findings, i));
    }
    if (all != NULL) {
        qsort(all, count, sizeof(json_t *), by_seconds);
    }
    for (size_t i = 0; all != NULL && i < count; i++) {
        (void)json_array_set_new(findings, i, all[i]);
    }
    free(all);
}

bool parley_findings_collect(json_t *report, const char *folder, char why[WHY]) {
    DIR *directory = opendir(folder);
    const struct dirent *entry;
    bool fine = true;
    if (directory == NULL) {
        (void)snprintf(why, WHY, "%.150s: %s", folder, strerror(errno));
        return false;
    }
    while (fine && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] != '.') {
            fine = take_finding(report, folder, entry->d_name, why);
        }
    }
    (void)closedir(directory);
    sort(json_object_get(report, "findings"));
    return fine;
}

/* ---- What it comes to ---- */

size_t parley_findings_new_ones(const json_t *report) {
    const json_t *findings = json_object_get(report, "findings");
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(findings); i++) {
        count += !cell_is(json_array_get(findings, i), "status", "known");
    }
    return count;
}

bool parley_findings_ran(const json_t *report) {
    return json_number_value(json_object_get(report, "executions")) > 0 &&
           json_number_value(json_object_get(report, "completed")) > 0;
}
