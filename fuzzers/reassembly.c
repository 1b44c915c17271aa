/* Handshake messages across records. The input is handshake messages with their headers; two
 * servers get it, one in records as long as they may be, one in fragments of 1 to 7 bytes. However
 * it is cut, both must come to the same, and answer with the same bytes. The servers have no
 * certificate, so that nothing costs time. */
#include <stdlib.h>
#include <string.h>

#include "fuzzers/fuzz.h"

#define INPUT_MAX 40000
#define OUTPUT_MAX 4096

struct side {
    struct parley_engine *engine;
    struct parley_seeded random;
    struct parley_outcome outcome;
    uint8_t output[OUTPUT_MAX];
    size_t output_length;
};

static const struct parley_config config;
static struct side sides[2];

static void end(void) {
    parley_engine_free(sides[0].engine);
    parley_engine_free(sides[1].engine);
}

static void start(void) {
    for (int i = 0; i < 2; i++) {
        sides[i].engine = parley_engine_new(&config, PARLEY_SERVER);
        if (sides[i].engine == NULL) {
            abort();
        }
    }
    if (atexit(end) != 0) {
        abort();
    }
}

static void take_output(struct side *s) {
    uint8_t more[512];
    size_t len = 0;
    while ((len = parley_engine_pull(s->engine, more, sizeof(more))) > 0) {
        if (len <= sizeof(s->output) - s->output_length) {
            memcpy(s->output + s->output_length, more, len);
            s->output_length += len;
        }
    }
}

/* Pushes |in| in records of up to |most| bytes, and less where |uneven|. */
static void feed(struct side *s, struct parley_bytes in, size_t most, bool uneven) {
    static uint8_t record[PARLEY_RECORD_HEADER + PARLEY_RECORD_MAX];
    parley_seeded_init(&s->random, 1, 1);
    parley_engine_start(s->engine, 0, parley_seeded_random(&s->random), NULL);
    s->output_length = 0;
    for (size_t at = 0, turn = 0; at < in.len; turn++) {
        size_t len = uneven ? 1 + turn % most : most;
        len = len < in.len - at ? len : in.len - at;
        const uint8_t header[] = {PARLEY_CONTENT_HANDSHAKE, 3, 1, (uint8_t)(len >> 8),
                                  (uint8_t)len};
        memcpy(record, header, sizeof(header));
        memcpy(record + sizeof(header), in.data + at, len);
        (void)parley_engine_push(s->engine, record, sizeof(header) + len);
        take_output(s);
        at += len;
        if ((parley_engine_status(s->engine) & PARLEY_FAILED) != 0) {
            break;
        }
    }
    parley_engine_outcome(s->engine, &s->outcome);
}

static void run(struct parley_bytes in) {
    if (in.len > INPUT_MAX) {
        return;
    }
    feed(&sides[0], in, PARLEY_RECORD_MAX, false);
    feed(&sides[1], in, 7, true);
    parley_oracle_demand(parley_oracle_engine(sides[0].engine, &config, PARLEY_SERVER),
                         fuzz_target.name, in);
    if (sides[0].outcome.error != sides[1].outcome.error ||
        sides[0].outcome.state != sides[1].outcome.state) {
        fuzz_fail("fragments", "the outcome depends on how messages are cut", in);
    }
    if (sides[0].output_length != sides[1].output_length ||
        memcmp(sides[0].output, sides[1].output, sides[0].output_length) != 0) {
        fuzz_fail("fragments", "the answer depends on how messages are cut", in);
    }
}

const struct fuzz_target fuzz_target = {FUZZ_NAME, start, run};
