/* Our parser of client_hellos and another stack's. FUZZ_OTHER is that stack, as other.h has it,
 * FUZZ_DIFFERENCES where it may differ. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzzers/differences.h"
#include "fuzzers/fuzz.h"
#include "fuzzers/other.h"

static const struct other_stack *other;

static void end(void) {
    other->end();
}

/* What our own client sends, it must understand: a stack that refuses everything would agree with
 * most of what a fuzzer makes up. */
static void check_understanding(void) {
    static const struct parley_config config;
    uint8_t record[OTHER_RECORD_MAX];
    struct parley_seeded random;
    struct parley_seen_hello seen;
    struct parley_engine *client = parley_engine_new(&config, PARLEY_CLIENT);
    if (client == NULL) {
        abort();
    }
    parley_seeded_init(&random, 1, PARLEY_CLIENT);
    parley_engine_start(client, 0, parley_seeded_random(&random), NULL);
    size_t headers = PARLEY_RECORD_HEADER + PARLEY_HANDSHAKE_HEADER;
    size_t len = parley_engine_pull(client, record, sizeof(record));
    struct parley_bytes hello = {record + headers, len - headers};
    other->client_hello(hello, &seen);
    if (!seen.understood || seen.version != PARLEY_TLS13) {
        fuzz_fail("start", "our own client_hello is not understood", hello);
    }
    parley_engine_free(client);
}

static void start(void) {
    other = FUZZ_OTHER;
    const char *why = other != NULL ? other->start() : "it could not be loaded";
    if (why != NULL || atexit(end) != 0) {
        (void)fprintf(stderr, "%s: %s\n", fuzz_target.name, why);
        abort();
    }
    check_understanding();
}

/* Prints what both say of |in|. */
static void explain(struct parley_bytes in, const struct parley_seen_hello *seen) {
    static union parley_message_value value;
    struct parley_wire_error error;
    (void)parley_message_parse(PARLEY_MSG_client_hello, in, &value, NULL, &error);
    (void)fprintf(stderr, "Parley: %s at %zu, %s of %s\n", parley_error_name(error.error),
                  error.offset, error.field != NULL ? error.field : "-",
                  error.extension != NULL ? error.extension : "the hello");
    (void)fprintf(stderr, "%s: %s, extension %d, alert %u, version 0x%04x%s\n", other->version(),
                  seen->reason != NULL ? seen->reason : "-", seen->refused_extension, seen->alert,
                  seen->version, seen->split ? "" : ", not split");
}

static void run(struct parley_bytes in) {
    struct parley_seen_hello seen;
    if (in.len > OTHER_INPUT_MAX) {
        return;
    }
    other->client_hello(in, &seen);
    const struct differences *may = &FUZZ_DIFFERENCES;
    struct parley_finding finding = parley_oracle_hello(in, &seen, may->items, may->count);
    if (finding.oracle != NULL) {
        explain(in, &seen);
    }
    parley_oracle_demand(finding, fuzz_target.name, in);
}

const struct fuzz_target fuzz_target = {FUZZ_NAME, start, run};
