/* parley fuzz and parley triage: scripts, which this finds and becomes. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"

#ifndef PARLEY_LIBEXEC
#define PARLEY_LIBEXEC "../libexec/parley"
#endif

/* Where the scripts are, seen from the folder of this program: installed, or built in build/PRESET.
 */
static const char *const places[] = {PARLEY_LIBEXEC "/ci", "../../ci"};

/* self writes the path of this program. */
static bool self(char *path, size_t size) {
    ssize_t len = readlink("/proc/self/exe", path, size - 1);
    if (len <= 0) {
        cli_note("/proc/self/exe: %s", strerror(errno));
        return false;
    }
    path[len] = '\0';
    return true;
}

/* become replaces this process by ci/NAME with the arguments of parley NAME. */
static int become(const char *name, char **argv) {
    char program[PATH_MAX], script[2 * PATH_MAX], as[64];
    if (!self(program, sizeof(program))) {
        return CLI_FAILED;
    }
    int folder = (int)(strrchr(program, '/') - program);
    /* For what it says of itself, and for its calls of parley dissect. */
    (void)snprintf(as, sizeof(as), "parley %s", name);
    (void)setenv("PARLEY_AS", as, 1);
    (void)setenv("PARLEY", program, 1);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        (void)snprintf(script, sizeof(script), "%.*s/%s/%s", folder, program, places[i], name);
        if (access(script, X_OK) == 0) {
            argv[0] = script;
            (void)execv(script, argv);
            return cli_fail("%s: %s", script, strerror(errno));
        }
    }
    return cli_fail("its scripts are neither in %.*s/%s nor in %.*s/%s", folder, program, places[0],
                    folder, program, places[1]);
}

int cli_fuzz(int argc, char **argv) {
    (void)argc;
    return become("fuzz", argv);
}

int cli_triage(int argc, char **argv) {
    (void)argc;
    return become("triage", argv);
}
