/* Heap calls of everything that is linked statically, counted: bench.cmake has the linker put these
 * functions in the way (--wrap). */
#include <stdlib.h>

#include "cli/bench.h"

#ifdef PARLEY_HEAP_WRAPPED

/* The linker's names, not ours. */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *data, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *data, size_t size);

/* Each thread counts its own; bench has one. */
static _Thread_local uint64_t calls;

void *__wrap_malloc(size_t size) {
    calls++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    calls++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *data, size_t size) {
    calls++;
    return __real_realloc(data, size);
}

bool bench_heap_counted(void) {
    return true;
}

uint64_t bench_heap_calls(void) {
    return calls;
}

#else

bool bench_heap_counted(void) {
    return false;
}

uint64_t bench_heap_calls(void) {
    return 0;
}

#endif
