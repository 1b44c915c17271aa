/* Findings: what is made of a report: lines, Markdown, JUnit's XML, a page. */
#include <string.h>

#include <jansson.h>

#include "findings.h" /* made of findings.html: static const char findings[] */
#include "parley/findings.h"
#include "report/cells_inside.h"
#include "report/files.h"

#define WHY 200
#define OPERATION_SHOWN 120 /* of one with many bytes, in a line for a terminal */

static long long number(const json_t *object, const char *name) {
    return (long long)json_number_value(json_object_get(object, name));
}

static const json_t *finding_at(const json_t *report, size_t index) {
    return json_array_get(json_object_get(report, "findings"), index);
}

/* ---- Lines ---- */

void parley_findings_print(FILE *out, const json_t *report) {
    const json_t *finding;
    for (size_t i = 0; (finding = finding_at(report, i)) != NULL; i++) {
        const char *section = cell_text(finding, "section");
        char operation[OPERATION_SHOWN + 1];
        int len = snprintf(operation, sizeof operation, "%s", cell_text(finding, "operation"));
        (void)fprintf(out, "%-12s %-6s ", cell_text(finding, "status"),
                      cell_text(finding, "verdict"));
        files_put_line(out, cell_text(finding, "what"));
        (void)fprintf(out, "%s", *operation != '\0' ? ": " : "");
        files_put_line(out, operation);
        (void)fputs(len > OPERATION_SHOWN ? "..." : "", out);
        (void)fprintf(out, *section != '\0' ? " (%s)\n    " : "%s\n    ", section);
        files_put_line(out, cell_text(finding, "command"));
        (void)fputc('\n', out);
        if (cell_is(finding, "status", "expired")) {
            (void)fprintf(out, "    known until %s only: ", cell_text(finding, "expires"));
            files_put_line(out, cell_text(finding, "reason"));
            (void)fputc('\n', out);
        }
    }
    (void)fprintf(
        out, "%lld executions in %.1f CPU-seconds, %lld a second; %lld classes of behaviour\n",
        number(report, "executions"), json_number_value(json_object_get(report, "seconds")),
        number(report, "rate"), number(report, "classes"));
    (void)fprintf(
        out, "completed %lld, aborted %lld, hung %lld; findings: %zu, %zu of them not known\n",
        number(report, "completed"), number(report, "aborted"), number(report, "hung"),
        json_array_size(json_object_get(report, "findings")), parley_findings_new_ones(report));
}

/* ---- Markdown ---- */

static void write_markdown(FILE *out, const json_t *report) {
    const json_t *finding;
    (void)fprintf(out, "# Parley: %s as %s\n\n", cell_text(report, "stack"),
                  cell_text(report, "role"));
    files_put_markdown(out, cell_text(report, "version"));
    (void)fprintf(out,
                  "\n\n| executions | a CPU-second | classes | completed | aborted | hung |\n"
                  "|--:|--:|--:|--:|--:|--:|\n| %lld | %lld | %lld | %lld | %lld | %lld |\n\n",
                  number(report, "executions"), number(report, "rate"), number(report, "classes"),
                  number(report, "completed"), number(report, "aborted"), number(report, "hung"));
    if (!parley_findings_ran(report)) {
        (void)fprintf(out, "It did not run: no handshake completed.\n");
    }
    if (finding_at(report, 0) == NULL) {
        (void)fprintf(out, "No findings.\n");
        return;
    }
    (void)fprintf(out, "| status | verdict | what | operation | section | found after |\n"
                       "|---|---|---|---|---|--:|\n");
    for (size_t i = 0; (finding = finding_at(report, i)) != NULL; i++) {
        static const char *const columns[] = {"status", "verdict", "what", "operation", "section"};
        for (size_t j = 0; j < sizeof columns / sizeof *columns; j++) {
            (void)fputs("| ", out);
            files_put_markdown(out, cell_text(finding, columns[j]));
            (void)fputc(' ', out);
        }
        (void)fprintf(out, "| %.1f s |\n", json_number_value(json_object_get(finding, "seconds")));
    }
}

/* ---- JUnit ---- */

static void put_case(FILE *out, const json_t *report, const json_t *finding) {
    bool known = cell_is(finding, "status", "known");
    (void)fprintf(out, "  <testcase classname=\"");
    files_put_xml(out, cell_text(report, "stack"));
    (void)fprintf(out, ".%s\" name=\"%s ", cell_text(report, "role"),
                  cell_text(finding, "verdict"));
    files_put_xml(out, *cell_text(finding, "operation") != '\0' ? cell_text(finding, "operation")
                                                                : cell_text(finding, "what"));
    (void)fprintf(out, " %s\">", cell_text(finding, "id"));
    (void)fprintf(out, known ? "<skipped message=\"" : "<failure message=\"");
    files_put_xml(out, cell_text(finding, known ? "reason" : "what"));
    if (known) {
        (void)fprintf(out, "\"/>");
    } else {
        (void)fprintf(out, " (%s)\">", cell_text(finding, "section"));
        files_put_xml(out, cell_text(finding, "command"));
        (void)fprintf(out, "</failure>");
    }
    (void)fprintf(out, "</testcase>\n");
}

static void write_junit(FILE *out, const json_t *report) {
    const json_t *finding;
    size_t count = json_array_size(json_object_get(report, "findings"));
    size_t failed = parley_findings_new_ones(report);
    bool ran = parley_findings_ran(report);
    (void)fprintf(out,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"parley fuzz\" "
                  "tests=\"%zu\" failures=\"%zu\" skipped=\"%zu\" time=\"%.1f\">\n",
                  count + 1, failed + !ran, count - failed,
                  json_number_value(json_object_get(report, "seconds")));
    (void)fprintf(out, "  <testcase classname=\"");
    files_put_xml(out, cell_text(report, "stack"));
    (void)fprintf(out, ".%s\" name=\"it ran\">%s</testcase>\n", cell_text(report, "role"),
                  ran ? "" : "<failure message=\"no handshake completed\"/>");
    for (size_t i = 0; (finding = finding_at(report, i)) != NULL; i++) {
        put_case(out, report, finding);
    }
    (void)fprintf(out, "</testsuite>\n");
}

/* ---- The files ---- */

static void write_page(FILE *out, const json_t *report) {
    files_put_page(out, findings, report);
}

bool parley_findings_write(const json_t *report, const char *folder, char why[WHY]) {
    return files_folder(folder, why) &&
           files_write(folder, "report.json", report, files_put_json, why) &&
           files_write(folder, "junit.xml", report, write_junit, why) &&
           files_write(folder, "report.md", report, write_markdown, why) &&
           files_write(folder, "index.html", report, write_page, why);
}
