/* parley trace: its parts. */
#ifndef PARLEY_CLI_TRACE_H
#define PARLEY_CLI_TRACE_H

#include "parley/trace.h"

/* What was asked for. */
struct trace_options {
    const char *file;
    const char *output; /* NULL: stdout */
    const char *stack;  /* NULL: the trace's own; so for the rest */
    const char *role;
    const char *seed;
    const char *form;    /* show, shrink: NULL: text, else one of trace_is_form */
    const char *verdict; /* shrink: the oracle of the verdict that stays; NULL: the first */
    const char *command; /* shrink: NULL, or what decides in place of the stack */
    uint64_t tries;      /* shrink: how often the trace may be run */
};

#define TRACE_FILE_MAX (1U << 20)
#define TRACE_TEXT_MAX (256U << 10)
#define TRACE_TRIES 20000

/* trace_read reads a trace, text or binary, into |out|, with what the options say instead. It
 * returns CLI_OK, or the status to end with, having said why. */
int trace_read(const struct trace_options *options, struct parley_trace *out);

/* trace_write writes |len| bytes to the output. */
int trace_write(const struct trace_options *options, const void *bytes, size_t len);

/* trace_shrink makes |trace| as small as it stays what it is. Returns CLI_OK, or has said why not.
 */
int trace_shrink(const struct trace_options *options, struct parley_trace *trace);

/* trace_show writes |trace| as text, or as a program. trace_is_form returns whether there is that
 * kind of program. */
int trace_show(const struct trace_options *options, const struct parley_trace *trace);
bool trace_is_form(const char *form);

/* trace_run runs |trace| and prints what happens. */
int trace_run(const struct parley_trace *trace);

#endif
