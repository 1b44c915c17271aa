/* A plugin that is another plugin with a fault: what the matrix must show as exactly that.
 *
 * PARLEY_LIAR_OF is the other one's path, PARLEY_LIAR_FAULT the fault: alpn (another protocol than
 * was negotiated), exporter (other keying material), crash, crash_alpn (once there is one), exit,
 * loop (for ever, busy), sleep (for ever, idle),
 * tires (after some connections of a context it says nothing any more), or none. */
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

/* A context of the other plugin's, and how many connections it has had. */
struct parley_stack_context {
    struct parley_stack_context *honest; /* another struct of that name: the other one's */
    unsigned opened;
};
static bool tired; /* the context of the newest connection has had too many */

static struct parley_stack_context *context_new(const struct parley_endpoint_options *options,
                                                struct parley_stack_problem *problem) {
    struct parley_stack_context *context = calloc(1, sizeof *context);
    if (context == NULL) {
        return NULL;
    }
    context->honest = honest->context_new(options, problem);
    if (context->honest == NULL) {
        free(context);
        return NULL;
    }
    return context;
}

static void context_free(struct parley_stack_context *context) {
    honest->context_free(context->honest);
    free(context);
}

static struct parley_stack_connection *open_one(struct parley_stack_context *context,
                                                const struct parley_connection_options *options,
                                                struct parley_stack_problem *problem) {
    tired = context->opened++ > 8;
    return honest->open(context->honest, options, problem);
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
    if (is("tires") && tired) {
        return 0;
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
    stack.context_new = context_new;
    stack.context_free = context_free;
    stack.open = open_one;
    stack.outcome = outcome;
    stack.exporter = exporter;
    stack.pull = pull;
    return &stack;
}
