/* Reports as files. */
#include "report/files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PLACE "REPORT_JSON" /* in a page, where the report goes */

bool files_folder(const char *folder, char why[FILES_WHY]) {
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        (void)snprintf(why, FILES_WHY, "%.150s: %s", folder, strerror(errno));
        return false;
    }
    return true;
}

bool files_write(const char *folder, const char *name, const json_t *report,
                 void (*write)(FILE *out, const json_t *report), char why[FILES_WHY]) {
    char path[2][4096];
    (void)snprintf(path[0], sizeof path[0], "%s/%s", folder, name);
    (void)snprintf(path[1], sizeof path[1], "%s/%s.tmp", folder, name);
    FILE *out = fopen(path[1], "w");
    bool ok = out != NULL;
    if (ok) {
        write(out, report);
        ok = ferror(out) == 0;
        ok = fclose(out) == 0 && ok && rename(path[1], path[0]) == 0;
    }
    if (!ok) {
        (void)snprintf(why, FILES_WHY, "%.150s: %s", path[0], strerror(errno));
    }
    return ok;
}

void files_put_json(FILE *out, const json_t *report) {
    (void)json_dumpf(report, out, JSON_INDENT(1));
    (void)fputc('\n', out);
}

void files_put_page(FILE *out, const char *page, const json_t *report) {
    const char *place = strstr(page, PLACE);
    char *json = json_dumps(report, JSON_COMPACT);
    if (place == NULL || json == NULL) {
        free(json);
        return;
    }
    (void)fwrite(page, 1, (size_t)(place - page), out);
    for (const char *c = json; *c != '\0'; c++) {
        (void)fputs(*c == '<' ? "\\u003c" : (const char[]){*c, '\0'}, out);
    }
    (void)fputs(place + strlen(PLACE), out);
    free(json);
}

/* ---- Text ---- */

void files_put_xml(FILE *out, const char *text) {
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '<' || c == '>' || c == '&' || c == '"') {
            (void)fprintf(out, "&#%d;", c);
        } else if (c >= 0x20 && c < 0x7f) {
            (void)fputc(c, out);
        } else {
            (void)fputc(' ', out);
        }
    }
}

void files_put_markdown(FILE *out, const char *text) {
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '|':
        case '\\':
        case '`':
        case '*':
            (void)fprintf(out, "\\%c", *text);
            break;
        case '<':
            (void)fputs("&lt;", out);
            break;
        case '\r':
        case '\n':
            (void)fputc(' ', out);
            break;
        default:
            (void)fputc(*text, out);
        }
    }
}

void files_put_line(FILE *out, const char *text) {
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        (void)fputc(c < 0x20 || c == 0x7f ? ' ' : c, out);
    }
}
