# Heap calls are counted by putting cli/bench_heap.c between every static object, BoringSSL included, and
# the C library. Not under sanitizers, whose reports shall name who allocated.
if(NOT PARLEY_SANITIZE_OPTIONS)
  target_compile_definitions(parley_command PRIVATE PARLEY_HEAP_WRAPPED)
  target_link_options(parley_command PRIVATE
    -Wl,--wrap=malloc -Wl,--wrap=calloc -Wl,--wrap=realloc)
endif()
