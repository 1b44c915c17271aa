/* Cells: what is expected of them, how a report is put together, and what is made of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "parley/cells.h"

/* ---- Expectations ---- */

static void test_patterns(void **state) {
    (void)state;
    assert_true(parley_cells_fit(NULL, "openssl"));
    assert_true(parley_cells_fit("openssl", "openssl"));
    assert_true(parley_cells_fit("gnutls,open*", "openssl@3.6"));
    assert_true(parley_cells_fit("tls1?", "tls12"));
    assert_false(parley_cells_fit("tls1?", "tls1"));
    assert_false(parley_cells_fit("openssl", "openssl@3.6"));
    assert_false(parley_cells_fit("", "openssl"));
}

/* The first line that fits counts; all that fit are used. */
static void test_first_line_counts(void **state) {
    (void)state;
    struct parley_expectations e;
    size_t line;
    assert_true(parley_expectations_read(&e,
                                         "# a comment\n"
                                         "\n"
                                         "go   *  key_update  hung  # it waits\n"
                                         "* parley key_* failed RFC 8446 4.6.3\r\n"
                                         "nss,none * tls13 crashed it does",
                                         &line));
    assert_int_equal(e.count, 3);
    const struct parley_expectation *rule =
        parley_expectations_find(&e, "go", "parley", "key_update");
    assert_non_null(rule);
    assert_int_equal(rule->outcome, PARLEY_CELL_HUNG);
    assert_string_equal(rule->reason, "it waits");
    assert_int_equal(rule->line, 3);
    assert_true(e.rules[1].used);
    assert_false(e.rules[2].used);
    assert_null(parley_expectations_find(&e, "go", "openssl", "tls13"));
    parley_expectations_free(&e);
}

/* A line that says nothing is named by its number. */
static void test_lines_that_say_nothing(void **state) {
    (void)state;
    static const char *const bad[] = {"\na b c failed\n", "\na b c\n", "\na b c fine why\n",
                                      "\na b c failed #\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct parley_expectations e;
        size_t line;
        assert_false(parley_expectations_read(&e, bad[i], &line));
        assert_int_equal(line, 2);
        parley_expectations_free(&e);
    }
}

/* Lines about stacks that are not there are not idle. */
static void test_idle_lines(void **state) {
    (void)state;
    struct parley_expectations e;
    size_t line, at = 0;
    json_t *stacks = json_pack("[{s:s}, {s:s}]", "name", "parley", "name", "go");
    assert_true(
        parley_expectations_read(&e, "go * x failed a\nnss * x failed b\n* go y hung c\n", &line));
    (void)parley_expectations_find(&e, "go", "parley", "x");
    const struct parley_expectation *idle = parley_expectations_idle(&e, stacks, &at);
    assert_non_null(idle);
    assert_int_equal(idle->line, 3);
    assert_null(parley_expectations_idle(&e, stacks, &at));
    json_decref(stacks);
    parley_expectations_free(&e);
}

/* ---- Putting together ---- */

static bool take(struct parley_cells *cells, const char *text, char why[200]) {
    json_error_t error;
    json_t *value = json_loads(text, 0, &error);
    if (value == NULL) {
        fail_msg("%s: %s", text, error.text);
    }
    bool ok = parley_cells_take(cells, value, why);
    json_decref(value);
    return ok;
}

static void take_all(struct parley_cells *cells, const char *const *texts, size_t count) {
    char why[200];
    for (size_t i = 0; i < count; i++) {
        if (!take(cells, texts[i], why)) {
            fail_msg("%s: %s", texts[i], why);
        }
    }
}

/* text_at returns a member of the cell at |index|. */
static const char *text_at(const struct parley_cells *cells, size_t index, const char *name) {
    const json_t *all = json_object_get(cells->report, "cells");
    return json_string_value(json_object_get(json_array_get(all, index), name));
}

#define CELL(client, server, scenario, outcome, rest)                                              \
    "{\"client\": \"" client "\", \"server\": \"" server "\", \"scenario\": \"" scenario           \
    "\", \"outcome\": \"" outcome "\", \"command\": \"again\"" rest "}"

static const char *const stream[] = {
    "{\"title\": \"Over sockets\", \"plan\": 3, \"stacks\": [{\"name\": \"go\", \"version\": "
    "\"1.19\"}]}",
    CELL("parley", "go", "tls13", "ok", ", \"ladder\": \"rungs\", \"seconds\": 0.5"),
    "{\"stacks\": [{\"name\": \"parley\", \"version\": \"0.1\"}, {\"name\": \"go\", \"version\": "
    "\"1.20\"}], \"plan\": 1, \"complete\": false}",
    CELL("go", "parley", "tls13", "failed", ", \"ladder\": \"rungs\", \"detail\": \"no | <x>\""),
    CELL("go", "parley", "tls12", "unsupported", ", \"detail\": \"not installed\""),
    CELL("go", "parley", "psk", "hung", ", \"folder\": \"a b/c\", \"files\": [\"x.log\"]"),
};
#define STREAM_COUNT (sizeof stream / sizeof *stream)

static void test_merge(void **state) {
    (void)state;
    struct parley_cells cells;
    assert_true(parley_cells_init(&cells, NULL));
    take_all(&cells, stream, STREAM_COUNT);
    const json_t *report = cells.report;
    const json_t *stacks = json_object_get(report, "stacks");
    assert_int_equal(json_integer_value(json_object_get(report, "plan")), 4);
    assert_true(json_is_false(json_object_get(report, "complete")));
    assert_int_equal(json_array_size(json_object_get(report, "cells")), 4);
    assert_int_equal(json_array_size(stacks), 2);
    assert_string_equal(json_string_value(json_object_get(json_array_get(stacks, 0), "version")),
                        "1.19; 1.20");
    assert_string_equal(json_string_value(json_object_get(json_array_get(stacks, 1), "version")),
                        "0.1");
    /* The same ladder is kept once. */
    assert_int_equal(json_array_size(json_object_get(report, "ladders")), 1);
    assert_int_equal(parley_cells_unexpected(report), 2);

    /* A report that is taken again is the same. */
    struct parley_cells again;
    char why[200];
    assert_true(parley_cells_init(&again, NULL));
    assert_true(parley_cells_take(&again, report, why));
    assert_true(json_equal(again.report, report));
    parley_cells_free(&again);
    parley_cells_free(&cells);
}

static void test_expected(void **state) {
    (void)state;
    struct parley_expectations e;
    struct parley_cells cells;
    size_t line;
    assert_true(parley_expectations_read(&e,
                                         "* * tls13 failed its bug\n"
                                         "* * tls12 failed another\n",
                                         &line));
    assert_true(parley_cells_init(&cells, &e));
    take_all(&cells, stream, STREAM_COUNT);
    /* A new pass; a known failure; unsupported whatever the file says; a new failure. */
    assert_string_equal(text_at(&cells, 0, "expected"), "failed");
    assert_string_equal(text_at(&cells, 1, "expected"), "failed");
    assert_string_equal(text_at(&cells, 1, "reason"), "its bug");
    assert_string_equal(text_at(&cells, 2, "expected"), "unsupported");
    assert_string_equal(text_at(&cells, 3, "expected"), "ok");
    assert_int_equal(parley_cells_unexpected(cells.report), 2);
    /* What a report has says itself counts only without a file. */
    char why[200];
    assert_true(take(&cells, CELL("go", "go", "x", "hung", ", \"expected\": \"hung\""), why));
    assert_string_equal(text_at(&cells, 4, "expected"), "ok");
    parley_cells_free(&cells);
    parley_expectations_free(&e);
    assert_true(parley_cells_init(&cells, NULL));
    assert_true(take(&cells, CELL("go", "go", "x", "hung", ", \"expected\": \"hung\""), why));
    assert_string_equal(text_at(&cells, 0, "expected"), "hung");
    parley_cells_free(&cells);
}

static void test_misfits(void **state) {
    (void)state;
    static const char *const bad[] = {
        "{}",
        "[]",
        "{\"stacks\": 1}",
        "{\"stacks\": [{\"name\": \"go\"}]}",
        "{\"stacks\": [], \"plan\": -1}",
        "{\"plan\": \"3\"}",
        "{\"title\": 3}",
        "{\"plan\": 1, \"complete\": \"no\"}",
        "{\"cells\": {}}",
        "{\"cells\": [{}]}",
        "{\"client\": \"go\"}",
        CELL("g o", "parley", "x", "ok", ""),
        CELL("", "parley", "x", "ok", ""),
        CELL("go", "parley", "x\\n", "ok", ""),
        CELL("go", "parley", "x", "fine", ""),
        CELL("go", "parley", "x", "ok", ", \"expected\": \"fine\""),
        CELL("go", "parley", "x", "ok", ", \"detail\": 3"),
        CELL("go", "parley", "x", "ok", ", \"files\": [3]"),
        CELL("go", "parley", "x", "ok", ", \"ladder\": 0"),
        CELL("go", "parley", "x", "ok", ", \"seconds\": \"1\""),
        CELL("go", "parley", "x", "ok", ", \"seconds\": -1"),
    };
    struct parley_cells cells;
    assert_true(parley_cells_init(&cells, NULL));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char why[200] = "";
        if (take(&cells, bad[i], why)) {
            fail_msg("taken: %s", bad[i]);
        }
        assert_true(strlen(why) > 10);
    }
    assert_int_equal(json_array_size(json_object_get(cells.report, "cells")), 0);
    parley_cells_free(&cells);
}

/* ---- What is made of it ---- */

/* printed returns what |print| prints of the |count| values in |texts|; the caller frees it. */
static char *printed(void (*print)(FILE *out, const json_t *report), const char *const *texts,
                     size_t count) {
    struct parley_cells cells;
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    assert_non_null(out);
    assert_true(parley_cells_init(&cells, NULL));
    take_all(&cells, texts, count);
    print(out, cells.report);
    (void)fclose(out);
    parley_cells_free(&cells);
    return text;
}

static void test_table(void **state) {
    (void)state;
    char *text = printed(parley_cells_print_table, stream, STREAM_COUNT);
    assert_string_equal(text, "client\\server            go       parley\n"
                              "go                        -          0/2\n"
                              "parley                  1/1            -\n\n");
    free(text);
    /* With one of three at an end of each, the others are listed. */
    static const char *const hub[] = {
        CELL("parley", "go", "x", "ok", ""),
        CELL("nss", "parley", "x", "failed", ""),
        CELL("go", "parley", "x", "ok", ""),
    };
    text = printed(parley_cells_print_table, hub, 3);
    assert_string_equal(text, "with parley       as client    as server\n"
                              "go                      1/1          1/1\n"
                              "nss                     0/1            -\n\n");
    free(text);
    static const char *const fan[] = {
        CELL("parley", "go", "x", "ok", ""),
        CELL("parley", "parley", "x", "unsupported", ""),
        CELL("parley", "nss", "x", "ok", ""),
    };
    text = printed(parley_cells_print_table, fan, 3);
    assert_string_equal(text, "with parley       as client    as server\n"
                              "parley                  0/0          0/0\n"
                              "go                        -          1/1\n"
                              "nss                       -          1/1\n\n");
    free(text);
}

static void print_taps(FILE *out, const json_t *report) {
    const json_t *cells = json_object_get(report, "cells");
    for (size_t i = 0; i < json_array_size(cells); i++) {
        parley_cells_print_tap(out, i + 1, json_array_get(cells, i));
    }
}

static void test_tap(void **state) {
    (void)state;
    static const char *const cells[] = {
        CELL("parley", "go", "a#b", "ok", ""),
        CELL("go", "parley", "x", "unsupported", ", \"detail\": \"not\\ninstalled\""),
        CELL("go", "parley", "x", "hung", ", \"expected\": \"hung\", \"reason\": \"RFC\""),
        CELL("go", "parley", "x", "failed", ", \"detail\": \"said \\\"no\\\"\", \"alert\": null"),
    };
    char *text = printed(print_taps, cells, 4);
    assert_string_equal(text, "ok 1 - parley -> go a\\#b\n"
                              "ok 2 - go -> parley x # SKIP not installed\n"
                              "not ok 3 - go -> parley x # TODO RFC\n"
                              "not ok 4 - go -> parley x\n"
                              "  ---\n"
                              "  outcome: \"failed\"\n"
                              "  expected: \"ok\"\n"
                              "  detail: \"said \\\"no\\\"\"\n"
                              "  command: \"again\"\n"
                              "  ...\n");
    free(text);
}

static void test_sums(void **state) {
    (void)state;
    char *text = printed(parley_cells_print_sums, stream, STREAM_COUNT - 1);
    assert_string_equal(text,
                        "3 of 4 cells: 1 ok, 1 failed, 0 disagreed, 1 unsupported, 0 crashed, "
                        "0 hung; 1 not as expected; 0.0 s\n");
    free(text);
}

/* file returns what is in |folder|/|name|, and takes it away; the caller frees it. */
static char *file(const char *folder, const char *name) {
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, in) > 0);
    (void)fclose(in);
    assert_int_equal(unlink(path), 0);
    return text;
}

static void assert_has(const char *text, const char *part) {
    if (strstr(text, part) == NULL) {
        fail_msg("no '%s' in:\n%s", part, text);
    }
}

static void test_files(void **state) {
    (void)state;
    char folder[] = "/tmp/test_cells.XXXXXX", why[200];
    struct parley_cells cells;
    assert_non_null(mkdtemp(folder));
    assert_true(parley_cells_init(&cells, NULL));
    take_all(&cells, stream, STREAM_COUNT);
    assert_true(parley_cells_write(cells.report, folder, why));
    char *junit = file(folder, "junit.xml"), *markdown = file(folder, "report.md");
    char *page = file(folder, "index.html"), *json = file(folder, "report.json");
    assert_has(junit, "tests=\"4\" failures=\"2\" skipped=\"1\"");
    assert_has(junit, "classname=\"parley-go\" name=\"tls13\" time=\"0.500\"></testcase>");
    assert_has(junit, "<failure message=\"failed, expected ok\">no | &#60;x&#62; again</failure>");
    assert_has(junit, "<skipped message=\"not installed\"/>");
    assert_has(markdown, "| go | parley | tls13 | failed | no \\| &lt;x> |\n");
    assert_has(markdown, "| go | parley | psk | hung |  [logs](./a%20b/c) |\n");
    assert_has(page, "\"detail\":\"no | \\u003cx>\"");
    json_t *read = json_loads(json, 0, NULL);
    assert_true(json_equal(read, cells.report));
    json_decref(read);
    free(junit);
    free(markdown);
    free(page);
    free(json);
    assert_int_equal(rmdir(folder), 0);
    assert_false(parley_cells_write(cells.report, "/nonexistent/folder", why));
    assert_has(why, "/nonexistent/folder: ");
    (void)json_object_del(cells.report, "stacks");
    assert_false(parley_cells_write(cells.report, folder, why));
    parley_cells_free(&cells);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patterns),
        cmocka_unit_test(test_first_line_counts),
        cmocka_unit_test(test_lines_that_say_nothing),
        cmocka_unit_test(test_idle_lines),
        cmocka_unit_test(test_merge),
        cmocka_unit_test(test_expected),
        cmocka_unit_test(test_misfits),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_tap),
        cmocka_unit_test(test_sums),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
