#include "fuzzers/deep_mutator.h"

void deep_parse(struct parley_trace *trace, struct parley_bytes in) {
    struct parley_trace_error error;
    if (in.len == 0 || !parley_trace_is_text(in) || !parley_trace_parse(trace, in, &error)) {
        parley_trace_decode(trace, in);
    }
    if (trace->session_count == 0) {
        (void)parley_trace_session_add(trace);
    }
}

/* write_out puts |trace| into |out|; what does not fit is left out, line by line. */
static size_t write_out(struct parley_trace *trace, uint8_t *out, size_t cap) {
    size_t len;
    trace->stack[0] = '\0';
    while ((len = parley_trace_encode(trace, out, cap)) == 0 && trace->session_count > 0) {
        struct parley_trace_session *last = &trace->sessions[trace->session_count - 1];
        if (last->operation_count > 0) {
            last->operation_count--;
        } else {
            trace->session_count--;
        }
    }
    return len;
}

size_t deep_vary(struct parley_bytes in, uint8_t *out, size_t cap, const struct parley_lore *lore,
                 enum parley_role role, uint32_t seed) {
    static struct parley_trace trace;
    deep_parse(&trace, in);
    trace.role = role;
    unsigned times = seed % 16 == 0 ? 3 : seed % 4 == 0 ? 2 : 1;
    for (unsigned i = 0; i < times; i++) {
        parley_trace_vary(&trace, lore, (uint64_t)seed << 8 | i);
    }
    return write_out(&trace, out, cap);
}

size_t deep_cross(struct parley_bytes a, struct parley_bytes b, uint8_t *out, size_t cap,
                  enum parley_role role, uint32_t seed) {
    static struct parley_trace trace, other;
    deep_parse(&trace, a);
    deep_parse(&other, b);
    trace.role = role;
    parley_trace_cross(&trace, &other, seed);
    return write_out(&trace, out, cap);
}
