/* The end of a fuzz target that found something. */
#include <stdio.h>
#include <stdlib.h>

#include "parley/oracle.h"

#define SHOWN 256

void parley_oracle_demand(struct parley_finding finding, const char *subject,
                          struct parley_bytes in) {
    if (finding.oracle == NULL) {
        return;
    }
    (void)fprintf(stderr, "oracle: %s: %s: %s\ninput of %zu bytes:", subject, finding.oracle,
                  finding.detail, in.len);
    for (size_t i = 0; i < in.len && i < SHOWN; i++) {
        (void)fprintf(stderr, " %02x", in.data[i]);
    }
    (void)fputs(in.len > SHOWN ? " ...\n" : "\n", stderr);
    abort();
}
