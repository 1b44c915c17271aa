/* What the subcommands say on stderr: whole lines. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

#define TEXT_MAX 1024

static const char *command_name;

static void to_stderr(const char *line) {
    /* One call: lines of several processes on one terminal must not mix. */
    (void)fprintf(stderr, "%s\n", line);
}

static void (*say)(const char *line) = to_stderr;

void cli_say_to(void (*line)(const char *line)) {
    say = line != NULL ? line : to_stderr;
}

void cli_command(const char *name) {
    command_name = name;
}

const char *cli_command_name(void) {
    return command_name;
}

/* Says "parley NAME: TEXT". What was typed may be in it, line ends and all, but it is one line. */
static void note(const char *text, const char *end) {
    char line[TEXT_MAX + 256];
    (void)snprintf(line, sizeof(line), "parley%s%s: %s%s", command_name != NULL ? " " : "",
                   command_name != NULL ? command_name : "", text, end);
    for (char *c = line; *c != 0; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) {
            *c = '?';
        }
    }
    say(line);
}

int cli_usage(const char *format, ...) {
    char end[64];
    (void)snprintf(end, sizeof(end), " (try 'parley%s%s --help')", command_name != NULL ? " " : "",
                   command_name != NULL ? command_name : "");
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    note(text, end);
    return CLI_USAGE;
}

int cli_fail(const char *format, ...) {
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    note(text, "");
    return CLI_FAILED;
}

void cli_note(const char *format, ...) {
    char text[TEXT_MAX];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    note(text, "");
}

int cli_flush(int status) {
    if (fflush(stdout) != 0 || ferror(stdout)) {
        int failed = cli_fail("cannot write to standard output: %s", strerror(errno));
        return status == CLI_OK ? failed : status;
    }
    return status;
}
