/* Where an adapter begins: README.md, "A stack in an afternoon". Copy this file to NAME.c, and give
 * stacks.cmake a line for it. Then go from top to bottom; after each step there is something to
 * try. openssl.c shows how it looks in the end.
 *
 * Nothing here may block, sleep, touch a file, or keep state outside of |own|. */
#include <stdlib.h>

#include "stacks/adapter.h"

/* What the stack keeps for a context, and for a connection. */
struct context {
    int settings; /* the stack's own: credentials, roots, the newest session of a client, ... */
};
struct connection {
    int session; /* the stack's own handle */
};

/* 1. What it is called: the text comes from the library that is loaded, not from its headers. */
static const char *version(void) {
    return "template";
}

/* What it can do. Set a bit when it works, not before: what is not set is nobody's failure. The
 * lists name code points of the tables; adapter_codes makes them from a struct adapter_code[]. */
static void capabilities(struct parley_capabilities *out) {
    *out = (struct parley_capabilities){.features = 0};
}

/* 2. Settings: context->options has them all. Begin with credentials and ca; then the versions
 * (adapter_wants), lists, ALPN, client authentication, tickets, the key log. What the stack does
 * not have is adapter_unsupported, what goes wrong adapter_problem. Its hooks for randomness and
 * time call adapter_random and adapter_now; has it none, see world.c. */
static bool context_new(struct parley_stack_context *context,
                        struct parley_stack_problem *problem) {
    struct context *own = context->own = calloc(1, sizeof *own);
    if (own == NULL) {
        return adapter_problem(problem, "out of memory");
    }
    return adapter_unsupported(problem, "an adapter that is not written yet");
}

static void context_free(struct parley_stack_context *context) {
    free(context->own);
}

/* 3. A connection: its network reads with adapter_receive (0: nothing now; say "would block",
 * or end of file if connection->input_ended) and writes with adapter_send. A client sets whom it
 * expects (options.server_name) and, if |resume|, the session to resume. */
static bool open_connection(struct parley_stack_connection *connection, bool resume,
                            struct parley_stack_problem *problem) {
    (void)resume;
    struct connection *own = connection->own = calloc(1, sizeof *own);
    return own != NULL || adapter_problem(problem, "out of memory");
}

static void close_connection(struct parley_stack_connection *connection) {
    free(connection->own);
}

/* 4. The handshake, as far as it goes: ADAPTER_OK when done, ADAPTER_AGAIN if it waits for the
 * peer, and adapter_failed with the stack's own words. Set alert_sent and alert_received to fatal
 * alerts. Now `parley handshake --client NAME` says something. */
static enum adapter_result handshake(struct parley_stack_connection *connection) {
    return adapter_failed(connection, "no handshake");
}

/* 5. Application data; ADAPTER_CLOSED when the peer's close_notify has come. */
static enum adapter_result read_data(struct parley_stack_connection *connection, uint8_t *out,
                                     size_t cap, size_t *moved) {
    (void)out, (void)cap;
    *moved = 0;
    return adapter_failed(connection, "no reading");
}

static enum adapter_result write_data(struct parley_stack_connection *connection,
                                      const uint8_t *data, size_t len, size_t *moved) {
    (void)data, (void)len;
    *moved = 0;
    return adapter_failed(connection, "no writing");
}

/* 6. close_notify first: without it no handshake of `parley handshake` is complete. */
static bool control(struct parley_stack_connection *connection, enum parley_control operation) {
    (void)connection;
    switch (operation) {
    case PARLEY_CONTROL_CLOSE:
    case PARLEY_CONTROL_KEY_UPDATE:
    case PARLEY_CONTROL_KEY_UPDATE_BOTH:
    case PARLEY_CONTROL_REQUEST_CERTIFICATE:
    case PARLEY_CONTROL_END_OF_INPUT: /* adapter.c does that */
        break;
    }
    return false;
}

/* 7. What came of it: fill in what the stack tells, and set its PARLEY_KNOWS_* bit. Both ends'
 * answers are compared: leave out what it does not really know. */
static void outcome(const struct parley_stack_connection *connection,
                    struct parley_endpoint_outcome *out) {
    (void)connection;
    out->state = "not written yet";
}

/* 8. And where the stack has it: .exporter, .write_early. */
const struct adapter adapter = {
    .name = "template",
    .version = version,
    .capabilities = capabilities,
    .context_new = context_new,
    .context_free = context_free,
    .open = open_connection,
    .close = close_connection,
    .handshake = handshake,
    .read = read_data,
    .write = write_data,
    .control = control,
    .outcome = outcome,
};
