/* What a fuzzing engine calls. */
#include "fuzzers/fuzz.h"

void fuzz_fail(const char *oracle, const char *what, struct parley_bytes in) {
    parley_oracle_demand((struct parley_finding){oracle, what}, fuzz_target.name, in);
}

__attribute__((visibility("default"))) int LLVMFuzzerInitialize(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
    if (fuzz_target.start != NULL) {
        fuzz_target.start();
    }
    return 0;
}

__attribute__((visibility("default"))) int LLVMFuzzerTestOneInput(const uint8_t *data,
                                                                  size_t size) {
    fuzz_target.run((struct parley_bytes){data, size});
    return 0;
}

/* libFuzzer's thread that watches memory: where a run is over at once, LeakSanitizer may find it
 * just beginning, with what the C library is about to give back. */
__attribute__((visibility("default"))) const char *__lsan_default_suppressions(void);

const char *__lsan_default_suppressions(void) {
    return "leak:pthread_attr_\n"
           "leak:pthread_getattr_np\n";
}
