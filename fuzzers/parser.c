/* One grammar, held to the oracles of parsers. FUZZ_NAME is the target's name, FUZZ_PARSER the call
 * that makes its parser. */
#include <stdlib.h>

#include "fuzzers/fuzz.h"
#include "fuzzers/work.h"
#include "tests/support_heap.h"

static struct parley_parser parser;
static struct parley_oracle *oracle;

static void end(void) {
    parley_oracle_free(oracle);
}

static void start(void) {
    parser = FUZZ_PARSER;
    oracle = parley_oracle_new(parley_heap_calls);
    if (oracle == NULL || atexit(end) != 0) {
        abort();
    }
#ifdef FUZZ_COUNTS_WORK
    if (!fuzz_work_counted()) {
        abort();
    }
    parley_oracle_count_work(oracle, fuzz_work);
#endif
}

static void run(struct parley_bytes in) {
    parley_oracle_demand(parley_oracle_parser(oracle, &parser, in), fuzz_target.name, in);
}

/* What is parsed never lies on the heap, but a fuzzing engine copies every input there: remembering
 * freed blocks by the hundreds of megabytes, and where each was allocated, only takes time.
 * AddressSanitizer asks this for its options. */
extern const char *__asan_default_options(void); /* NOLINT(bugprone-reserved-identifier) */
const char *__asan_default_options(void) {       /* NOLINT(bugprone-reserved-identifier) */
    return "quarantine_size_mb=8:malloc_context_size=2";
}

const struct fuzz_target fuzz_target = {FUZZ_NAME, start, run};
