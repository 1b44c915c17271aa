/* Both ends of a published handshake, and whether every value of it was compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "tests/support_trace.h"

void trace_run_end(struct trace *t, const struct parley_vectors *vectors,
                   const struct trace_end *end, void (*check)(struct trace *t), size_t expected,
                   struct trace_results *results) {
    static const size_t chunks[] = {SIZE_MAX, 1};
    size_t comparisons = 0;
    for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
        trace_close(t);
        trace_run(t, vectors, end, chunks[i]);
        check(t);
        assert_int_equal(trace_compared(t), expected);
        comparisons += t->comparisons;
    }
    for (size_t i = 0; i < TRACE_VALUES; i++) {
        results->compared[i] |= t->compared[i];
    }
    printf("%s, %s: %zu values in %zu comparisons; replaced:", end->section,
           end->role == PARLEY_CLIENT ? "client" : "server", expected, comparisons);
    for (const struct trace_replacement *r = end->replaced; r->name != NULL; r++) {
        printf(" %s (%s)%s", r->name, r->why, r[1].name != NULL ? "," : "");
    }
    printf("\n");
}

void trace_all_compared(const struct parley_vectors *vectors, const char *section,
                        const struct trace_results *results, size_t expected) {
    const char *name;
    size_t n = 0;
    for (; (name = parley_vector_name(vectors, section, n)) != NULL; n++) {
        if (!results->compared[n]) {
            fail_msg("[%s] %s was not compared", section, name);
        }
    }
    printf("%s: all %zu values\n", section, n);
    assert_int_equal(n, expected);
}
