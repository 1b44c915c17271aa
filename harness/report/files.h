/* Reports as files: what the kinds of reports share. */
#ifndef PARLEY_REPORT_FILES_H
#define PARLEY_REPORT_FILES_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#define FILES_WHY 200

/* files_folder makes |folder| unless it is there. files_write has |write| write |folder|/|name|, to
 * a temporary name first. Both return false, and one line in |why|, if that cannot be done. */
bool files_folder(const char *folder, char why[FILES_WHY]);
bool files_write(const char *folder, const char *name, const json_t *report,
                 void (*write)(FILE *out, const json_t *report), char why[FILES_WHY]);

/* files_put_json writes |report|, indented. files_put_page writes |page|, one of the generated
 * pages, with |report| where it belongs. */
void files_put_json(FILE *out, const json_t *report);
void files_put_page(FILE *out, const char *page, const json_t *report);

/* files_put_xml writes |text| as the text, or an attribute's value, of XML; files_put_markdown as
 * text in a table of Markdown; files_put_line as one line for a terminal. */
void files_put_xml(FILE *out, const char *text);
void files_put_markdown(FILE *out, const char *text);
void files_put_line(FILE *out, const char *text);

#endif
