/* Findings: counts are added up, folders are read whatever is in them, and the report is what was
 * read. harness/tests/test_deep.bats has the command, and what is known. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "parley/findings.h"

static char folder[] = "/tmp/parley-findings.XXXXXX";
static const char *const ids[] = {"later", "sooner"};
static const char *const files[] = {"verdict", "run.txt", "trace", "command"};

static void write_file(const char *id, const char *name, const char *text) {
    char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", folder, id);
    (void)mkdir(path, 0700);
    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, id, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state) {
    (void)state;
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    char path[200];
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        for (size_t j = 0; j < sizeof files / sizeof *files; j++) {
            (void)snprintf(path, sizeof path, "%s/%s/%s", folder, ids[i], files[j]);
            (void)unlink(path);
        }
        (void)snprintf(path, sizeof path, "%s/%s", folder, ids[i]);
        (void)rmdir(path);
    }
    return rmdir(folder);
}

static long long number(const json_t *object, const char *name) {
    const json_t *value = json_object_get(object, name);
    assert_true(json_is_number(value));
    return (long long)json_number_value(value);
}

static const char *text(const json_t *object, const char *name) {
    const char *value = json_string_value(json_object_get(object, name));
    assert_non_null(value);
    return value;
}

static void test_counts(void **state) {
    (void)state;
    char why[200];
    json_t *report = parley_findings_new();
    assert_false(parley_findings_ran(report));
    for (int i = 1; i <= 2; i++) {
        json_t *counts =
            json_pack("{s:s, s:s, s:i, s:i, s:i, s:f, s:i, s:{s:i, s:i}}", "stack",
                      i == 1 ? "first" : "second", "version", "9", "executions", 100 * i,
                      "completed", i, "hung", 7, "seconds", 0.5 * i, "classes", 30 / i,
                      "operations", "drop", i, i == 1 ? "flip" : "set", 5);
        assert_true(parley_findings_count(report, counts, why));
        json_decref(counts);
    }
    json_t *other = json_pack("{s:i}", "cells", 1);
    assert_false(parley_findings_count(report, other, why));
    json_decref(other);
    assert_string_equal(text(report, "stack"), "first");
    assert_int_equal(number(report, "executions"), 300);
    assert_int_equal(number(report, "rate"), 200);
    assert_int_equal(number(report, "classes"), 30);
    assert_int_equal(number(report, "hung"), 14);
    assert_int_equal(number(json_object_get(report, "operations"), "drop"), 3);
    assert_int_equal(number(json_object_get(report, "operations"), "set"), 5);
    assert_true(parley_findings_ran(report));
    json_decref(report);
}

static void test_collect(void **state) {
    (void)state;
    char why[200];
    write_file("later", "verdict",
               "verdict K\nwhat its records open\nsection \noperation \nsession 2\nseconds 12.5\n");
    write_file(
        "sooner", "verdict",
        "verdict C\nwhat it went on\nsection RFC 1 2\noperation drop finished\nexecution 77\n"
        "seconds 1.5\nstate unreproduced\n");
    write_file("sooner", "run.txt", "what a peer \xff\x01 said\n\n");
    write_file("sooner", "trace", "role server\n");
    json_t *report = parley_findings_new();
    assert_true(parley_findings_collect(report, folder, why));
    const json_t *found = json_object_get(report, "findings");
    assert_int_equal(json_array_size(found), 2);
    const json_t *first = json_array_get(found, 0), *second = json_array_get(found, 1);
    assert_string_equal(text(first, "id"), "sooner");
    assert_string_equal(text(first, "operation"), "drop finished");
    assert_string_equal(text(first, "status"), "unreproduced");
    assert_string_equal(text(first, "run"), "what a peer ?? said");
    assert_string_equal(text(first, "trace"), "role server");
    assert_string_equal(text(first, "command"), "");
    assert_int_equal(number(first, "execution"), 77);
    assert_string_equal(text(second, "meaning"), "keys that everybody knows");
    assert_string_equal(text(second, "section"), "");
    assert_int_equal(number(second, "session"), 2);
    assert_int_equal(parley_findings_new_ones(report), 2);
    json_decref(report);
    report = parley_findings_new();
    assert_false(parley_findings_collect(report, "/nowhere/at/all", why));
    json_decref(report);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test_setup_teardown(test_collect, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
