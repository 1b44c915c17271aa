/* An engine, real cryptography and all, fed the bytes that came from its peer. FUZZ_ENDPOINT is its
 * row of endpoints.def. Time and randomness are the same in every run, so that a recorded handshake
 * completes again. */
#include <stdlib.h>

#include "fuzzers/endpoints.h"
#include "fuzzers/fuzz.h"

static struct parley_engine *engine;
static struct parley_seeded source;

static void end(void) {
    parley_engine_free(engine);
}

static void start(void) {
    const struct endpoint_row *row = &endpoint_rows[FUZZ_ENDPOINT];
    (void)endpoint_session(FUZZ_ENDPOINT);
    engine = parley_engine_new(endpoint_config(FUZZ_ENDPOINT), row->role);
    if (engine == NULL || atexit(end) != 0) {
        abort();
    }
}

static void run(struct parley_bytes in) {
    struct endpoint_life life = {0};
    endpoint_start(FUZZ_ENDPOINT, engine, &source);
    endpoint_drain(engine, &life, NULL, NULL);
    for (size_t at = 0; at < in.len && (parley_engine_status(engine) & PARLEY_FAILED) == 0;) {
        size_t taken = parley_engine_push(engine, in.data + at, in.len - at);
        endpoint_drain(engine, &life, NULL, NULL);
        if (taken == 0) {
            break;
        }
        at += taken;
    }
    struct parley_finding finding = parley_oracle_engine(engine, endpoint_config(FUZZ_ENDPOINT),
                                                         endpoint_rows[FUZZ_ENDPOINT].role);
    parley_oracle_demand(finding, fuzz_target.name, in);
    parley_engine_end_of_input(engine);
    endpoint_drain(engine, &life, NULL, NULL);
}

const struct fuzz_target fuzz_target = {FUZZ_NAME, start, run};
