/* Counting heap calls: malloc, calloc and realloc of the calling thread. */
#ifndef PARLEY_TESTS_SUPPORT_HEAP_H
#define PARLEY_TESTS_SUPPORT_HEAP_H

#include <stddef.h>

/* parley_heap_calls returns how many there have been since the thread started. The first call
 * makes sure that counting works, and aborts if it does not. */
size_t parley_heap_calls(void);

#endif
