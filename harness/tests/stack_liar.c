/* A plugin that is another plugin with a fault: what the matrix must show as exactly that.
 *
 * PARLEY_LIAR_OF is the other one's path, PARLEY_LIAR_FAULT the fault: alpn (another protocol than
 * was negotiated), exporter (other keying material), crash, crash_alpn (once there is one), exit,
 * loop (for ever, busy), sleep (for ever, idle), or none. */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "parley/stack.h"

__attribute__((visibility("default"))) parley_stack_plugin_function parley_stack_plugin;

static const struct parley_stack *honest;
static const char *fault;

static bool is(const char *name) {
    return strcmp(fault, name) == 0;
}

static void outcome(const struct parley_stack_connection *connection,
                    struct parley_endpoint_outcome *out) {
    static const uint8_t other[] = {'o', 't', 'h', 'e', 'r'};
    honest->outcome(connection, out);
    if (is("crash_alpn") && out->alpn.len > 0) {
        abort();
    }
    if (is("alpn") && out->alpn.len > 0) {
        out->alpn = (struct parley_bytes){other, sizeof other};
    }
}

static bool exporter(const struct parley_stack_connection *connection, const char *label,
                     const struct parley_bytes *context, uint8_t *out, size_t len) {
    bool ok = honest->exporter(connection, label, context, out, len);
    if (is("exporter") && ok && len > 0) {
        out[0] ^= 1;
    }
    return ok;
}

static size_t pull(struct parley_stack_connection *connection, uint8_t *out, size_t cap) {
    if (is("crash")) {
        abort();
    }
    if (is("exit")) {
        _exit(0);
    }
    for (volatile bool forever = is("loop"); forever;) {
    }
    while (is("sleep")) {
        (void)pause();
    }
    return honest->pull(connection, out, cap);
}

const struct parley_stack *parley_stack_plugin(const struct parley_host *host) {
    static struct parley_stack stack;
    const char *path = getenv("PARLEY_LIAR_OF");
    void *handle = path != NULL ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    void *symbol = handle != NULL ? dlsym(handle, PARLEY_STACK_SYMBOL) : NULL;
    parley_stack_plugin_function *plugin;
    if (symbol == NULL) {
        return NULL;
    }
    memcpy(&plugin, &symbol, sizeof plugin);
    honest = plugin(host);
    fault = getenv("PARLEY_LIAR_FAULT");
    if (fault == NULL) {
        fault = "none";
    }
    stack = *honest;
    stack.name = "liar";
    stack.outcome = outcome;
    stack.exporter = exporter;
    stack.pull = pull;
    return &stack;
}
