/* How much of the heap is in use. */
#include <malloc.h>

#include "script/trial.h"

/* AddressSanitizer has a heap of its own, where it is linked in. */
// NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp)
size_t __sanitizer_get_current_allocated_bytes(void) __attribute__((weak));

size_t trial_heap(void) {
    if (__sanitizer_get_current_allocated_bytes != NULL) {
        return __sanitizer_get_current_allocated_bytes();
    }
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

bool trial_may_grow(const struct parley_trace_session *session) {
    for (size_t i = 0; i < session->operation_count; i++) {
        switch (session->operations[i].row) {
        case PARLEY_LINE_length:
        case PARLEY_LINE_handshake_length:
        case PARLEY_LINE_record_length:
        case PARLEY_LINE_fragment:
        case PARLEY_LINE_flood:
            return true;
        default:
            break;
        }
    }
    return false;
}
