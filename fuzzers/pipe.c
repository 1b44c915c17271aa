/* Both ends of a connection, on the pipe, and what happens between them. The input is a schedule,
 * and every string of bytes is one:
 *
 *   byte 0   which client with which server of endpoints.def
 *   byte 1   1: new keys on the way; 2: close_notify in the end
 *   then operations of five bytes, up to 64; what is left over means nothing
 *     byte 0      0x80: on what the server sends, else the client; the rest: enum kind of
 * schedule.c byte 1      on the record with this number, from 0, in that direction bytes 2, 3
 * place: modulo the record's length, most significant byte first byte 4      argument
 *
 * Time and randomness are the same in every run. Where no byte was bent, the run must come to what
 * it comes to without any schedule. */
#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "fuzzers/endpoints.h"
#include "fuzzers/fuzz.h"
#include "fuzzers/schedule.h"

#define ROUNDS_MAX 1000
#define OPTIONS 4

enum { KEY_UPDATE = 1, CLOSE_NOTIFY = 2 };

/* An endpoint, and what it sent in this run. */
struct side {
    enum endpoint row;
    struct parley_engine *engine;
    struct parley_seeded random;
    SHA256_CTX sent;
};

static struct parley_engine *engines[ENDPOINT_COUNT];
static struct parley_pipe *pipe_;
/* The runs without a schedule. */
static struct parley_run straight[ENDPOINT_COUNT][ENDPOINT_COUNT][OPTIONS];

static void note_sent(void *arg, enum parley_role from, struct parley_bytes bytes) {
    struct side *sides = arg;
    (void)SHA256_Update(&sides[from].sent, bytes.data, bytes.len);
}

/* Runs the schedule that was read, and asks the oracles that need no other run. */
static struct parley_finding connect(const enum endpoint rows[2], unsigned wanted,
                                     struct parley_run *run) {
    static const uint8_t data[] = "early, ping, pong";
    struct side sides[2];
    struct parley_endpoint ends[2];
    for (int role = 0; role < 2; role++) {
        struct side *side = &sides[role];
        side->row = rows[role];
        side->engine = engines[rows[role]];
        (void)SHA256_Init(&side->sent);
        endpoint_start(side->row, side->engine, &side->random);
    }
    schedule_join((struct parley_engine *[]){sides[0].engine, sides[1].engine}, ends);
    struct parley_pipe_options options = {
        .ends = {ends[0], ends[1]},
        .max_rounds = ROUNDS_MAX,
        .early_data = {data, 5},
        .client_data = {data + 7, 4},
        .server_data = {data + 13, 4},
        .key_update = (wanted & KEY_UPDATE) != 0,
        .close_notify = (wanted & CLOSE_NOTIFY) != 0,
        .observe = note_sent,
        .observe_arg = sides,
    };
    (void)parley_pipe_run(pipe_, &options, &run->result);
    struct parley_finding finding = parley_oracle_pipe(&run->result, ends);
    for (int role = 0; role < 2; role++) {
        (void)SHA256_Final(run->sha256[role], &sides[role].sent);
        if (finding.oracle == NULL) {
            finding = parley_oracle_engine(sides[role].engine, endpoint_config(sides[role].row),
                                           (enum parley_role)role);
        }
    }
    schedule_part(ends);
    return finding;
}

/* The run without a schedule. Between partners, it must be complete. */
static void run_straight(const enum endpoint rows[2], unsigned wanted) {
    static const struct parley_bytes nothing = {NULL, 0};
    static char why[256];
    struct parley_run *run = &straight[rows[0]][rows[1]][wanted];
    schedule_clear();
    parley_oracle_demand(connect(rows, wanted, run), fuzz_target.name, nothing);
    bool keys_refused = run->result.verdict == PARLEY_VERDICT_REFUSED &&
                        run->result.phase == PARLEY_PHASE_KEY_UPDATE;
    bool fine =
        (run->result.verdict == PARLEY_VERDICT_COMPLETE || keys_refused) && run->result.agreed;
    if (endpoint_partner(rows[PARLEY_CLIENT]) == rows[PARLEY_SERVER] && !fine) {
        fuzz_fail("complete", parley_pipe_explain(&run->result, why, sizeof(why)), nothing);
    }
}

/* All of them, before the first input, so that every run of one input is the same. */
static void run_all_straight(void) {
    for (int client = 0; client < ENDPOINT_COUNT; client++) {
        for (int server = 0; server < ENDPOINT_COUNT; server++) {
            const enum endpoint rows[2] = {(enum endpoint)client, (enum endpoint)server};
            bool pair = endpoint_rows[client].role == PARLEY_CLIENT &&
                        endpoint_rows[server].role == PARLEY_SERVER;
            for (unsigned wanted = 0; pair && wanted < OPTIONS; wanted++) {
                run_straight(rows, wanted);
            }
        }
    }
}

static void end(void) {
    for (int row = 0; row < ENDPOINT_COUNT; row++) {
        parley_engine_free(engines[row]);
    }
    parley_pipe_free(pipe_);
}

static void start(void) {
    pipe_ = parley_pipe_new();
    for (int row = 0; row < ENDPOINT_COUNT; row++) {
        (void)endpoint_session((enum endpoint)row);
        engines[row] =
            parley_engine_new(endpoint_config((enum endpoint)row), endpoint_rows[row].role);
        if (engines[row] == NULL) {
            abort();
        }
    }
    if (pipe_ == NULL || atexit(end) != 0) {
        abort();
    }
    run_all_straight();
}

/* The row of |role| that |number| stands for. */
static enum endpoint row_of(enum parley_role role, size_t number) {
    enum endpoint rows[ENDPOINT_COUNT];
    size_t count = 0;
    for (int row = 0; row < ENDPOINT_COUNT; row++) {
        if (endpoint_rows[row].role == role) {
            rows[count++] = (enum endpoint)row;
        }
    }
    return rows[number % count];
}

static void run(struct parley_bytes in) {
    static struct parley_run scheduled;
    size_t pair = in.len > 0 ? in.data[0] : 0;
    unsigned wanted = in.len > 1 ? in.data[1] % OPTIONS : 0;
    const enum endpoint rows[2] = {row_of(PARLEY_CLIENT, pair & 15),
                                   row_of(PARLEY_SERVER, pair >> 4)};
    const struct parley_run *whole = &straight[rows[0]][rows[1]][wanted];
    schedule_read(
        (struct parley_bytes){in.len > 2 ? in.data + 2 : NULL, in.len > 2 ? in.len - 2 : 0});
    parley_oracle_demand(connect(rows, wanted, &scheduled), fuzz_target.name, in);
    struct parley_finding finding = schedule_is_bent()
                                        ? parley_oracle_same_choices(whole, &scheduled)
                                        : parley_oracle_same_run(whole, &scheduled);
    parley_oracle_demand(finding, fuzz_target.name, in);
}

const struct fuzz_target fuzz_target = {FUZZ_NAME, start, run};
