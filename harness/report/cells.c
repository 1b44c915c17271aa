/* Cells: the reports that are made of report.json. */
#include "parley/cells.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jansson.h>

#include "page.h" /* made of page.html: static const char page[] */

#define WHY 200
#define PLACE "REPORT_JSON" /* in page.html, where the report goes */

/* A report, and the file that is being written. */
struct writer {
    const json_t *report;
    FILE *out;
};

static const char *text(const json_t *object, const char *name) {
    const char *value = json_string_value(json_object_get(object, name));
    return value != NULL ? value : "";
}

static bool as_expected(const json_t *cell) {
    return strcmp(text(cell, "outcome"), text(cell, "expected")) == 0;
}

/* ---- The form ---- */

static bool has_texts(const json_t *object, const char *const *names, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!json_is_string(json_object_get(object, names[i]))) {
            return false;
        }
    }
    return true;
}

/* misformed returns what is missing in |report|, or NULL. */
static const char *misformed(const json_t *report) {
    static const char *const stack_names[] = {"name", "version"};
    static const char *const cell_names[] = {"client",  "server",   "scenario",
                                             "outcome", "expected", "command"};
    const json_t *stacks = json_object_get(report, "stacks");
    const json_t *cells = json_object_get(report, "cells");
    if (!json_is_array(stacks) || !json_is_array(cells) ||
        !json_is_number(json_object_get(report, "seconds"))) {
        return "stacks, cells or seconds";
    }
    for (size_t i = 0; i < json_array_size(stacks); i++) {
        if (!has_texts(json_array_get(stacks, i), stack_names, 2)) {
            return "a stack's name or version";
        }
    }
    for (size_t i = 0; i < json_array_size(cells); i++) {
        if (!has_texts(json_array_get(cells, i), cell_names, 6)) {
            return "a cell's client, server, scenario, outcome, expected or command";
        }
    }
    return NULL;
}

/* ---- JSON, JUnit ---- */

static void write_json(const struct writer *w) {
    (void)json_dumpf(w->report, w->out, JSON_INDENT(1));
    (void)fputc('\n', w->out);
}

/* put_xml prints |value| as the text of XML. */
static void put_xml(FILE *out, const char *value) {
    for (; *value != '\0'; value++) {
        unsigned char c = (unsigned char)*value;
        if (c == '<' || c == '>' || c == '&' || c == '"') {
            (void)fprintf(out, "&#%d;", c);
        } else if (c >= 0x20 && c < 0x7f) {
            (void)fputc(c, out);
        } else {
            (void)fputc(' ', out);
        }
    }
}

static void write_junit_case(FILE *out, const json_t *cell) {
    const char *outcome = text(cell, "outcome");
    (void)fprintf(out, "  <testcase classname=\"");
    put_xml(out, text(cell, "client"));
    (void)fprintf(out, "-");
    put_xml(out, text(cell, "server"));
    (void)fprintf(out, "\" name=\"");
    put_xml(out, text(cell, "scenario"));
    (void)fprintf(out, "\">");
    if (!as_expected(cell)) {
        (void)fprintf(out, "<failure message=\"");
        put_xml(out, outcome);
        (void)fprintf(out, ", expected ");
        put_xml(out, text(cell, "expected"));
        (void)fprintf(out, "\">");
        put_xml(out, text(cell, "detail"));
        (void)fprintf(out, " ");
        put_xml(out, text(cell, "command"));
        (void)fprintf(out, "</failure>");
    } else if (strcmp(outcome, "unsupported") == 0) {
        (void)fprintf(out, "<skipped message=\"");
        put_xml(out, text(cell, "detail"));
        (void)fprintf(out, "\"/>");
    }
    (void)fprintf(out, "</testcase>\n");
}

static void write_junit(const struct writer *w) {
    const json_t *cells = json_object_get(w->report, "cells");
    size_t failures = 0, skipped = 0;
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        failures += !as_expected(cell);
        skipped += as_expected(cell) && strcmp(text(cell, "outcome"), "unsupported") == 0;
    }
    (void)fprintf(w->out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"parley\" "
                  "tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\" time=\"%.1f\">\n",
                  json_array_size(cells), failures, skipped,
                  json_number_value(json_object_get(w->report, "seconds")));
    for (size_t i = 0; i < json_array_size(cells); i++) {
        write_junit_case(w->out, json_array_get(cells, i));
    }
    (void)fprintf(w->out, "</testsuite>\n");
}

/* ---- Markdown ---- */

/* pair_sums counts what |client| and |server| did. */
static void pair_sums(const json_t *cells, const char *client, const char *server, size_t *ok,
                      size_t *ran) {
    *ok = *ran = 0;
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        if (strcmp(text(cell, "client"), client) == 0 &&
            strcmp(text(cell, "server"), server) == 0 &&
            strcmp(text(cell, "outcome"), "unsupported") != 0) {
            ++*ran;
            *ok += strcmp(text(cell, "outcome"), "ok") == 0;
        }
    }
}

static void write_markdown_grid(const struct writer *w) {
    const json_t *stacks = json_object_get(w->report, "stacks");
    const json_t *cells = json_object_get(w->report, "cells");
    size_t count = json_array_size(stacks);
    (void)fprintf(w->out, "\n| client \\ server |");
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(w->out, " %s |", text(json_array_get(stacks, i), "name"));
    }
    (void)fprintf(w->out, "\n|---|");
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(w->out, "---|");
    }
    for (size_t c = 0; c < count; c++) {
        const char *client = text(json_array_get(stacks, c), "name");
        (void)fprintf(w->out, "\n| %s |", client);
        for (size_t s = 0; s < count; s++) {
            size_t ok, ran;
            pair_sums(cells, client, text(json_array_get(stacks, s), "name"), &ok, &ran);
            (void)fprintf(w->out, " %zu/%zu |", ok, ran);
        }
    }
    (void)fprintf(w->out, "\n");
}

/* write_markdown_list lists the cells that are not ok: those that were expected so, or the rest. */
static void write_markdown_list(const struct writer *w, bool expected) {
    const json_t *cells = json_object_get(w->report, "cells");
    (void)fprintf(w->out,
                  "\n| client | server | scenario | outcome | %s |\n|---|---|---|---|---|\n",
                  expected ? "reason" : "detail");
    for (size_t i = 0; i < json_array_size(cells); i++) {
        const json_t *cell = json_array_get(cells, i);
        const char *outcome = text(cell, "outcome");
        bool plain = strcmp(outcome, "ok") == 0 || strcmp(outcome, "unsupported") == 0;
        if (as_expected(cell) == expected && !(expected && plain)) {
            (void)fprintf(w->out, "| %s | %s | %s | %s | %s |\n", text(cell, "client"),
                          text(cell, "server"), text(cell, "scenario"), outcome,
                          text(cell, expected ? "reason" : "detail"));
        }
    }
}

static void write_markdown(const struct writer *w) {
    const json_t *stacks = json_object_get(w->report, "stacks");
    (void)fprintf(w->out, "# Parley: %s\n\n", text(w->report, "title"));
    for (size_t i = 0; i < json_array_size(stacks); i++) {
        const json_t *stack = json_array_get(stacks, i);
        (void)fprintf(w->out, "- %s: %s\n", text(stack, "name"), text(stack, "version"));
    }
    write_markdown_grid(w);
    (void)fprintf(w->out, "\n## Not as expected\n");
    write_markdown_list(w, false);
    (void)fprintf(w->out, "\n## Known to be different\n");
    write_markdown_list(w, true);
}

/* ---- The page ---- */

static void write_page(const struct writer *w) {
    const char *place = strstr(page, PLACE);
    char *json = json_dumps(w->report, JSON_COMPACT);
    if (place == NULL || json == NULL) {
        free(json);
        return;
    }
    (void)fwrite(page, 1, (size_t)(place - page), w->out);
    for (const char *c = json; *c != '\0'; c++) {
        (void)fputs(*c == '<' ? "\\u003c" : (const char[]){*c, '\0'}, w->out);
    }
    (void)fputs(place + strlen(PLACE), w->out);
    free(json);
}

/* ---- The files ---- */

static bool write_file(const char *folder, const char *name, const json_t *report,
                       void (*write)(const struct writer *), char why[WHY]) {
    char path[2][4096];
    (void)snprintf(path[0], sizeof path[0], "%s/%s", folder, name);
    (void)snprintf(path[1], sizeof path[1], "%s/%s.tmp", folder, name);
    struct writer w = {report, fopen(path[1], "w")};
    bool ok = w.out != NULL;
    if (ok) {
        write(&w);
        ok = ferror(w.out) == 0;
        ok = fclose(w.out) == 0 && ok && rename(path[1], path[0]) == 0;
    }
    if (!ok) {
        (void)snprintf(why, WHY, "%.150s: %s", path[0], strerror(errno));
    }
    return ok;
}

bool parley_cells_write(json_t *report, const char *folder, char why[WHY]) {
    const char *missing = misformed(report);
    if (missing != NULL) {
        (void)snprintf(why, WHY, "the report lacks %s", missing);
        return false;
    }
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        (void)snprintf(why, WHY, "%.150s: %s", folder, strerror(errno));
        return false;
    }
    return write_file(folder, "report.json", report, write_json, why) &&
           write_file(folder, "junit.xml", report, write_junit, why) &&
           write_file(folder, "report.md", report, write_markdown, why) &&
           write_file(folder, "index.html", report, write_page, why);
}
