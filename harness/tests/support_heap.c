/* Under AddressSanitizer and MemorySanitizer their hooks count. Elsewhere these definitions take
 * the place of the C library's, and hand on to the names under which glibc has its own. */
#include "tests/support_heap.h"

#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAVE_HOOKS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define HAVE_HOOKS 1
#endif
#endif

/* Of each thread: fuzzing engines have threads of their own. */
static _Thread_local size_t calls;

#ifdef HAVE_HOOKS

#include <sanitizer/allocator_interface.h>

static void count(const volatile void *data, size_t size) {
    (void)data;
    (void)size;
    calls++;
}

static void ignore(const volatile void *data) {
    (void)data;
}

static int start(void) {
    return __sanitizer_install_malloc_and_free_hooks(count, ignore);
}

#else

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *data, size_t size);

/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): glibc names them __size. */
__attribute__((visibility("default"))) void *malloc(size_t size) {
    calls++;
    return __libc_malloc(size);
}

__attribute__((visibility("default"))) void *calloc(size_t count, size_t size) {
    calls++;
    return __libc_calloc(count, size);
}

__attribute__((visibility("default"))) void *realloc(void *data, size_t size) {
    calls++;
    return __libc_realloc(data, size);
}
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

static int start(void) {
    return 1;
}

#endif

size_t parley_heap_calls(void) {
    static int started;
    if (!started) {
        started = start();
        size_t before = calls;
        void *volatile probe = malloc(1);
        probe = realloc(probe, 4000);
        free(probe);
        if (!started || calls < before + 2) {
            (void)fputs("heap calls cannot be counted here\n", stderr);
            abort();
        }
    }
    return calls;
}
