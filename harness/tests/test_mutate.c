/* The mutator: every message and extension body with an example, a million mutations in all (fewer
 * with PARLEY_QUICK=1). Bounds, determinism, how many mutants differ and still parse, and that
 * every kind of mutation is reached. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "parley/mutate.h"
#include "tests/support_examples.h"

#define FULL 1000000
#define SHORT 50000
#define GUARD 16
#define ROOM 2048

static const char *const names[PARLEY_MUTATION_COUNT] = {
    [PARLEY_MUTATION_NONE] = "none",
    [PARLEY_MUTATION_NUMBER] = "number",
    [PARLEY_MUTATION_OPAQUE] = "opaque",
    [PARLEY_MUTATION_RESIZE] = "resize",
    [PARLEY_MUTATION_INSERT_ELEMENT] = "insert element",
    [PARLEY_MUTATION_REMOVE_ELEMENT] = "remove element",
    [PARLEY_MUTATION_DUPLICATE_ELEMENT] = "duplicate element",
    [PARLEY_MUTATION_SWAP_ELEMENTS] = "swap elements",
    [PARLEY_MUTATION_REPEAT_ELEMENT] = "repeat element",
    [PARLEY_MUTATION_INSERT_EXTENSION] = "insert extension",
    [PARLEY_MUTATION_REMOVE_EXTENSION] = "remove extension",
    [PARLEY_MUTATION_DUPLICATE_EXTENSION] = "duplicate extension",
    [PARLEY_MUTATION_MOVE_EXTENSION] = "move extension",
    [PARLEY_MUTATION_SPLICE_FIELD] = "splice field",
    [PARLEY_MUTATION_SPLICE_EXTENSION] = "splice extension",
    [PARLEY_MUTATION_BREAK_LENGTH] = "break length",
    [PARLEY_MUTATION_TRUNCATE] = "truncate",
    [PARLEY_MUTATION_APPEND] = "append",
};

struct tally {
    unsigned long made[PARLEY_MUTATION_COUNT];
    unsigned long parsed[PARLEY_MUTATION_COUNT];
    unsigned long differing;
    unsigned long all;
};

struct buffer {
    uint8_t before[GUARD];
    uint8_t bytes[ROOM];
    uint8_t after[GUARD];
};

static bool parses(struct parley_syntax syntax, const uint8_t *data, size_t len) {
    struct parley_bytes body = {data, len};
    if (syntax.is_form) {
        union parley_extension_value value;
        return parley_extension_parse((enum parley_form)syntax.row, body, &value, NULL, NULL);
    }
    union parley_message_value value;
    return parley_message_parse((enum parley_message)syntax.row, body, &value, NULL, NULL);
}

static void prepare(struct buffer *b, const uint8_t *data, size_t len) {
    memset(b, 0xa5, sizeof(*b));
    if (len != 0) {
        memcpy(b->bytes, data, len);
    }
}

static void assert_guarded(const struct buffer *b, size_t cap) {
    for (size_t i = 0; i < GUARD; i++) {
        assert_int_equal(b->before[i], 0xa5);
        assert_int_equal(b->after[i], 0xa5);
    }
    for (size_t i = cap; i < cap + GUARD && i < ROOM; i++) {
        assert_int_equal(b->bytes[i], 0xa5);
    }
}

static void count(struct tally *tally, struct parley_syntax syntax, enum parley_mutation made,
                  struct parley_bytes before, const uint8_t *after, size_t len) {
    assert_true((unsigned)made < PARLEY_MUTATION_COUNT);
    tally->all++;
    tally->made[made]++;
    tally->parsed[made] += parses(syntax, after, len) ? 1 : 0;
    bool same = len == before.len && (len == 0 || memcmp(after, before.data, len) == 0);
    tally->differing += same ? 0 : 1;
}

/* round mutates |in| once with |cap|, twice with the same seed, and then the mutant again, so that
 * malformed inputs have their turn. */
static void mutate_round(struct tally *tally, struct parley_syntax syntax, struct parley_bytes in,
                         size_t cap, uint32_t seed) {
    struct buffer b;
    struct buffer twin;
    enum parley_mutation made = PARLEY_MUTATION_NONE;
    prepare(&b, in.data, in.len < cap ? in.len : cap);
    prepare(&twin, in.data, in.len < cap ? in.len : cap);
    size_t len = parley_mutate(syntax, b.bytes, in.len, cap, seed, &made);
    assert_true(len <= cap);
    assert_guarded(&b, cap);
    count(tally, syntax, made, in, b.bytes, len);
    if (seed % 4 == 0) {
        assert_int_equal(parley_mutate(syntax, twin.bytes, in.len, cap, seed, NULL), len);
        assert_memory_equal(twin.bytes, b.bytes, len);
    }
    for (uint32_t more = 1; more < 4; more++) {
        len = parley_mutate(syntax, b.bytes, len, cap, seed + more, NULL);
        assert_true(len <= cap);
        assert_guarded(&b, cap);
    }
}

static void crossover_round(struct tally *tally, struct parley_syntax syntax, struct parley_bytes a,
                            struct parley_bytes b, size_t cap, uint32_t seed) {
    struct buffer out;
    struct buffer twin;
    enum parley_mutation made = PARLEY_MUTATION_NONE;
    prepare(&out, NULL, 0);
    prepare(&twin, NULL, 0);
    size_t len = parley_crossover(syntax, a, b, out.bytes, cap, seed, &made);
    assert_true(len <= cap);
    assert_guarded(&out, cap);
    count(tally, syntax, made, a, out.bytes, len);
    assert_int_equal(parley_crossover(syntax, a, b, twin.bytes, cap, seed, NULL), len);
    assert_memory_equal(twin.bytes, out.bytes, len);
}

static unsigned long rounds(void) {
    const char *quick = getenv("PARLEY_QUICK");
    return quick != NULL && strcmp(quick, "0") != 0 && *quick != '\0' ? SHORT : FULL;
}

/* run mutates every example |each| times, and crosses it with the next of its row. */
static void run(struct tally *tally, bool is_form, const struct parley_example *examples,
                size_t example_count, unsigned long each) {
    for (size_t i = 0; i < example_count; i++) {
        struct parley_syntax syntax = {is_form, examples[i].row};
        uint8_t bytes[EXAMPLE_MAX];
        uint8_t second[EXAMPLE_MAX];
        size_t next = i + 1 < example_count && examples[i + 1].row == examples[i].row ? i + 1 : i;
        struct parley_bytes a = {bytes,
                                 parley_example_bytes(examples[i].hex, bytes, sizeof(bytes))};
        struct parley_bytes b = {second,
                                 parley_example_bytes(examples[next].hex, second, sizeof(second))};
        for (uint32_t seed = 0; seed < each; seed++) {
            size_t cap = seed % 8 == 0 ? a.len : seed % 8 == 1 ? a.len + 3 : ROOM - GUARD;
            mutate_round(tally, syntax, a, cap, seed);
            if (seed % 8 == 2) {
                crossover_round(tally, syntax, a, b, ROOM - GUARD, seed);
                crossover_round(tally, syntax, b, a, a.len / 2, seed);
            }
        }
    }
}

static void test_every_example(void **state) {
    (void)state;
    struct tally tally = {{0}, {0}, 0, 0};
    /* Of four mutations a round one is counted. */
    unsigned long each =
        rounds() / 4 / (parley_message_example_count + parley_form_example_count) + 1;
    run(&tally, false, parley_message_examples, parley_message_example_count, each);
    run(&tally, true, parley_form_examples, parley_form_example_count, each);
    unsigned long repaired = 0;
    unsigned long parsed = 0;
    for (unsigned i = 0; i < PARLEY_MUTATION_COUNT; i++) {
        print_message("%-20s %8lu, %3lu %% parse\n", names[i], tally.made[i],
                      tally.made[i] != 0 ? tally.parsed[i] * 100 / tally.made[i] : 0);
        if (i > PARLEY_MUTATION_NONE && i < PARLEY_MUTATION_BREAK_LENGTH) {
            repaired += tally.made[i];
            parsed += tally.parsed[i];
        }
    }
    print_message("%lu counted, %lu %% differ; of %lu repaired %lu %% parse\n", tally.all,
                  tally.differing * 100 / tally.all, repaired, parsed * 100 / repaired);
    assert_true(parsed * 100 >= repaired * 30);
    assert_true(tally.differing * 100 >= tally.all * 90);
}

/* Every kind on a client_hello. */
static void test_client_hello(void **state) {
    (void)state;
    struct tally tally = {{0}, {0}, 0, 0};
    uint8_t bytes[EXAMPLE_MAX];
    uint8_t second[EXAMPLE_MAX];
    const struct parley_syntax syntax = parley_message_syntax(PARLEY_MSG_client_hello);
    struct parley_bytes in[2] = {{bytes, 0}, {second, 0}};
    size_t found = 0;
    for (size_t i = 0; i < parley_message_example_count; i++) {
        const struct parley_example *example = &parley_message_examples[i];
        if (example->row == PARLEY_MSG_client_hello && ++found >= 3 && found <= 4) {
            in[found - 3].len =
                parley_example_bytes(example->hex, found == 3 ? bytes : second, EXAMPLE_MAX);
        }
    }
    assert_true(found >= 4);
    for (uint32_t seed = 0; seed < 20000; seed++) {
        mutate_round(&tally, syntax, in[seed % 2], ROOM - GUARD, seed);
        crossover_round(&tally, syntax, in[seed % 2], in[1 - seed % 2], ROOM - GUARD, seed);
    }
    for (unsigned i = PARLEY_MUTATION_NONE + 1; i < PARLEY_MUTATION_COUNT; i++) {
        if (tally.made[i] == 0) {
            fail_msg("%s is never done", names[i]);
        }
    }
    assert_int_equal(tally.made[PARLEY_MUTATION_NONE], 0);
    /* Repaired resizes parse, but for limits of their own: a session id of 32 bytes, a list that
     * must not be empty, the length of a share. */
    assert_true(tally.parsed[PARLEY_MUTATION_RESIZE] * 100 >=
                tally.made[PARLEY_MUTATION_RESIZE] * 50);
    assert_true(tally.parsed[PARLEY_MUTATION_REMOVE_EXTENSION] * 100 >=
                tally.made[PARLEY_MUTATION_REMOVE_EXTENSION] * 99);
}

/* What only moves whole elements leaves the lengths whole: no vector is cut, nothing is left over.
 * Elements of the server's hellos are left out: their ALPN is a list of exactly one. */
static void test_lengths_are_whole(void **state) {
    (void)state;
    for (size_t i = 0; i < parley_message_example_count; i++) {
        const struct parley_example *example = &parley_message_examples[i];
        enum parley_message message = (enum parley_message)example->row;
        bool one = message == PARLEY_MSG_server_hello || message == PARLEY_MSG_encrypted_extensions;
        for (uint32_t seed = 0; seed < 2000; seed++) {
            uint8_t bytes[ROOM];
            enum parley_mutation made = PARLEY_MUTATION_NONE;
            size_t len = parley_example_bytes(example->hex, bytes, EXAMPLE_MAX);
            len = parley_mutate(parley_message_syntax(message), bytes, len, ROOM, seed, &made);
            bool whole = (!one && made >= PARLEY_MUTATION_REMOVE_ELEMENT &&
                          made <= PARLEY_MUTATION_SWAP_ELEMENTS) ||
                         (made >= PARLEY_MUTATION_REMOVE_EXTENSION &&
                          made <= PARLEY_MUTATION_MOVE_EXTENSION);
            union parley_message_value value;
            struct parley_wire_error error;
            struct parley_bytes body = {bytes, len};
            if (whole && !parley_message_parse(message, body, &value, NULL, &error) &&
                (error.error == PARLEY_ERR_truncated || error.error == PARLEY_ERR_trailing_bytes)) {
                fail_msg("%s after %s, seed %u: %s at %zu", parley_message_name(message),
                         names[made], seed, parley_error_name(error.error), error.offset);
            }
        }
    }
}

/* Anything: random bytes for every row and for none, every small capacity. */
static void test_garbage(void **state) {
    (void)state;
    uint32_t number = 1;
    struct tally tally = {{0}, {0}, 0, 0};
    uint8_t bytes[96];
    for (uint32_t seed = 0; seed < rounds() / 20; seed++) {
        for (size_t i = 0; i < sizeof(bytes); i++) {
            number = number * 1664525 + 1013904223;
            bytes[i] = (number >> 16) % 3 == 0 ? 0 : (uint8_t)(number >> 24);
        }
        struct parley_bytes in = {bytes, seed % (sizeof(bytes) + 1)};
        struct parley_syntax syntax = {seed % 2 != 0, seed / 2 % ((unsigned)PARLEY_FORM_COUNT + 1)};
        mutate_round(&tally, syntax, in, seed % 3 == 0 ? in.len : seed % 128, seed);
    }
    assert_int_equal(
        parley_mutate(parley_message_syntax(PARLEY_MSG_client_hello), NULL, 0, 0, 1, NULL), 0);
}

/* A duplicated element of v2_client_hello, whose lengths stand apart, still parses. */
static void test_lengths_apart(void **state) {
    (void)state;
    uint8_t hello[128] = {1, 3, 3, 0, 3, 0, 0, 0, 16, 0, 0, 0x2f};
    const struct parley_syntax syntax = parley_message_syntax(PARLEY_MSG_v2_client_hello);
    unsigned parsed = 0;
    assert_true(parses(syntax, hello, 28));
    for (uint32_t seed = 0; seed < 2000; seed++) {
        uint8_t bytes[sizeof(hello)];
        memcpy(bytes, hello, sizeof(hello));
        enum parley_mutation made = PARLEY_MUTATION_NONE;
        size_t len = parley_mutate(syntax, bytes, 28, sizeof(bytes), seed, &made);
        if (made == PARLEY_MUTATION_RESIZE && len != 28 && parses(syntax, bytes, len)) {
            parsed++;
        }
    }
    assert_true(parsed > 0);
}

/* How fast it is: for people, nothing fails. */
static void test_speed(void **state) {
    (void)state;
    uint8_t start[EXAMPLE_MAX];
    uint8_t bytes[ROOM];
    size_t len = 0;
    for (size_t i = 0; i < parley_message_example_count; i++) {
        if (parley_message_examples[i].row == PARLEY_MSG_client_hello) {
            uint8_t other[EXAMPLE_MAX];
            size_t n = parley_example_bytes(parley_message_examples[i].hex, other, sizeof(other));
            if (n > len) {
                memcpy(start, other, n);
                len = n;
            }
        }
    }
    const uint32_t times = 200000;
    clock_t before = clock();
    for (uint32_t seed = 0; seed < times; seed++) {
        memcpy(bytes, start, len);
        (void)parley_mutate(parley_message_syntax(PARLEY_MSG_client_hello), bytes, len,
                            sizeof(bytes), seed, NULL);
    }
    double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
    print_message("client_hello of %zu bytes: %.0f mutations per CPU-second\n", len,
                  times / (seconds > 0 ? seconds : 1e-9));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_example),     cmocka_unit_test(test_client_hello),
        cmocka_unit_test(test_lengths_are_whole), cmocka_unit_test(test_garbage),
        cmocka_unit_test(test_lengths_apart),     cmocka_unit_test(test_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
