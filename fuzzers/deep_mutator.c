/* Traces, changed for fuzzing engines: libFuzzer's and AFL++'s interfaces to parley/vary.h. */
#include <stdlib.h>
#include <string.h>

#include "fuzzers/deep.h"
#include "fuzzers/mutator.h"

#define PUBLIC __attribute__((visibility("default")))

/* write puts |trace| into |out|; what does not fit is left out, operation by operation. */
static size_t write_out(struct parley_trace *trace, uint8_t *out, size_t cap) {
    size_t len;
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

PUBLIC size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed) {
    static struct parley_trace trace;
    deep_read(&trace, (struct parley_bytes){data, size});
    unsigned times = 1 + (seed % 4 == 0) + (seed % 16 == 0);
    for (unsigned i = 0; i < times; i++) {
        parley_trace_vary(&trace, deep.lore, (uint64_t)seed << 8 | i);
    }
    trace.stack[0] = '\0';
    return write_out(&trace, data, max_size);
}

PUBLIC size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                        size_t size2, uint8_t *out, size_t max_out_size,
                                        unsigned seed) {
    static struct parley_trace trace, other;
    deep_read(&trace, (struct parley_bytes){data1, size1});
    deep_read(&other, (struct parley_bytes){data2, size2});
    parley_trace_cross(&trace, &other, seed);
    trace.stack[0] = '\0';
    return write_out(&trace, out, max_out_size);
}
