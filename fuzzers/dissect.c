/* The dissector. Whatever it is given, it ends, and what it complains about lies in the input. */
#include <stdlib.h>

#include "fuzzers/fuzz.h"
#include "parley/dissect.h"

static FILE *nowhere;

static void end(void) {
    (void)fclose(nowhere);
}

static void start(void) {
    nowhere = fopen("/dev/null", "w");
    if (nowhere == NULL || atexit(end) != 0) {
        abort();
    }
}

static void run(struct parley_bytes in) {
    struct parley_wire_error error = {PARLEY_OK, 0, NULL, NULL};
    bool fine = parley_dissect(nowhere, in, PARLEY_DISSECT_AUTO, &error);
    if (!fine && (error.error == PARLEY_OK || error.offset > in.len)) {
        fuzz_fail("error", "refused without an error, or with one outside of the input", in);
    }
}

const struct fuzz_target fuzz_target = {FUZZ_NAME, start, run};
