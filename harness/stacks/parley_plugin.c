/* Our engine once more, as a plugin, to be tried like any foreign stack: the engine inside the host
 * plays the other end, so that a fault planted here is in one end only (ci/sensitivity deep). */
#include "parley/stack.h"

__attribute__((visibility("default"))) parley_stack_plugin_function parley_stack_plugin;

static const char *version(void) {
    return PARLEY_VERSION ", the engine as a plugin";
}

const struct parley_stack *parley_stack_plugin(const struct parley_host *host) {
    static struct parley_stack stack;
    (void)host; /* randomness and time come with each connection */
    stack = parley_engine_stack;
    stack.name = "engine";
    stack.version = version;
    return &stack;
}
