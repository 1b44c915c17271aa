/* The compiler's counters, without the run-time that writes them into a file. */
#include "fuzzers/work.h"

#include <stddef.h>

/* The linker defines these if there is such a section. */
extern const uint64_t __start___llvm_prf_cnts[] __attribute__((weak, visibility("hidden")));
extern const uint64_t __stop___llvm_prf_cnts[] __attribute__((weak, visibility("hidden")));

int fuzz_work_counted(void) {
    return __start___llvm_prf_cnts != NULL;
}

/* The counters are one object to nobody but the linker. */
__attribute__((no_sanitize("address", "undefined"))) uint64_t fuzz_work(void) {
    uint64_t sum = 0;
    for (const uint64_t *count = __start___llvm_prf_cnts; count != __stop___llvm_prf_cnts;
         count++) {
        sum += *count;
    }
    return sum;
}
