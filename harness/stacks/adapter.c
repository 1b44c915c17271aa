/* The vtable of a foreign stack, from its |adapter|. */
#include "stacks/adapter.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_FIRST 4096

static const struct parley_host *host;

/* ---- Whose randomness and time ---- */

static struct parley_random source;
static int64_t now;

static void enter(struct parley_random random, int64_t now_ms) {
    source = random;
    now = now_ms;
    host->enter(random, now_ms);
}

static void enter_connection(const struct parley_stack_connection *connection) {
    enter(connection->random, connection->now_ms);
}

/* leave: what was in force may be gone before the next call. */
static void leave(void) {
    source = (struct parley_random){.fill = NULL};
    host->leave();
}

void adapter_random(uint8_t *out, size_t len) {
    struct parley_random random = source.fill != NULL ? source : host->random();
    random.fill(random.arg, out, len);
}

int64_t adapter_now(void) {
    return now;
}

/* ---- Queues ---- */

static bool queue_add(struct adapter_queue *queue, const uint8_t *data, size_t len) {
    if (len == 0) {
        return true;
    }
    if (queue->start > 0) {
        memmove(queue->bytes, queue->bytes + queue->start, queue->end - queue->start);
        queue->end -= queue->start;
        queue->start = 0;
    }
    if (queue->capacity - queue->end < len) {
        size_t capacity = queue->capacity != 0 ? queue->capacity : QUEUE_FIRST;
        while (capacity - queue->end < len) {
            capacity *= 2;
        }
        uint8_t *bytes = realloc(queue->bytes, capacity);
        if (bytes == NULL) {
            return false;
        }
        queue->bytes = bytes;
        queue->capacity = capacity;
    }
    memcpy(queue->bytes + queue->end, data, len);
    queue->end += len;
    return true;
}

static size_t queue_take(struct adapter_queue *queue, uint8_t *out, size_t cap) {
    size_t n = queue->end - queue->start;
    if (n > cap) {
        n = cap;
    }
    if (n > 0) {
        memcpy(out, queue->bytes + queue->start, n);
        queue->start += n;
    }
    return n;
}

size_t adapter_receive(struct parley_stack_connection *connection, uint8_t *out, size_t cap) {
    return queue_take(&connection->in, out, cap);
}

bool adapter_send(struct parley_stack_connection *connection, const uint8_t *data, size_t len) {
    return queue_add(&connection->out, data, len);
}

bool adapter_keep_data(struct parley_stack_connection *connection, const uint8_t *data,
                       size_t len) {
    return queue_add(&connection->data, data, len);
}

/* ---- Words ---- */

enum adapter_result adapter_failed(struct parley_stack_connection *connection, const char *format,
                                   ...) {
    va_list arguments;
    connection->failed = true;
    va_start(arguments, format);
    (void)vsnprintf(connection->error, sizeof connection->error, format, arguments);
    va_end(arguments);
    return ADAPTER_FAILED;
}

bool adapter_problem(struct parley_stack_problem *problem, const char *format, ...) {
    va_list arguments;
    problem->unsupported = false;
    va_start(arguments, format);
    (void)vsnprintf(problem->text, sizeof problem->text, format, arguments);
    va_end(arguments);
    return false;
}

bool adapter_unsupported(struct parley_stack_problem *problem, const char *format, ...) {
    va_list arguments;
    problem->unsupported = true;
    va_start(arguments, format);
    (void)vsnprintf(problem->text, sizeof problem->text, format, arguments);
    va_end(arguments);
    return false;
}

bool adapter_wants(const struct parley_endpoint_options *options, uint16_t version) {
    return (options->min_version == 0 || version >= options->min_version) &&
           (options->max_version == 0 || version <= options->max_version);
}

int adapter_theirs(const struct adapter_code *codes, uint16_t code) {
    while (codes->code != 0 && codes->code != code) {
        codes++;
    }
    return codes->theirs;
}

uint16_t adapter_code_of(const struct adapter_code *codes, int theirs) {
    while (codes->code != 0 && codes->theirs != theirs) {
        codes++;
    }
    return codes->code;
}

size_t adapter_codes(const struct adapter_code *codes, uint16_t *out, size_t cap) {
    size_t n = 0;
    for (; codes->code != 0 && n < cap; codes++) {
        out[n++] = codes->code;
    }
    return n;
}

/* ---- Contexts ---- */

static struct parley_stack_context *context_new(const struct parley_endpoint_options *options,
                                                struct parley_stack_problem *problem) {
    *problem = (struct parley_stack_problem){.unsupported = false};
    struct parley_stack_context *context = calloc(1, sizeof *context);
    if (context == NULL) {
        (void)adapter_problem(problem, "out of memory");
        return NULL;
    }
    context->options = *options;
    enter(options->random, 0);
    if (!adapter.context_new(context, problem)) {
        adapter.context_free(context);
        free(context);
        context = NULL;
    }
    leave();
    return context;
}

static void context_free(struct parley_stack_context *context) {
    if (context == NULL) {
        return;
    }
    enter(context->options.random, 0);
    adapter.context_free(context);
    leave();
    free(context);
}

/* ---- Connections ---- */

static void close_connection(struct parley_stack_connection *connection) {
    if (connection == NULL) {
        return;
    }
    enter_connection(connection);
    adapter.close(connection);
    leave();
    free(connection->in.bytes);
    free(connection->out.bytes);
    free(connection->data.bytes);
    free(connection);
}

static struct parley_stack_connection *
open_connection(struct parley_stack_context *context,
                const struct parley_connection_options *options,
                struct parley_stack_problem *problem) {
    *problem = (struct parley_stack_problem){.unsupported = false};
    struct parley_stack_connection *connection = calloc(1, sizeof *connection);
    if (connection == NULL) {
        (void)adapter_problem(problem, "out of memory");
        return NULL;
    }
    connection->context = context;
    connection->random = options->random;
    connection->now_ms = options->now_ms;
    connection->alert_sent = connection->alert_received = PARLEY_ALERT_NONE;
    enter_connection(connection);
    bool opened = adapter.open(connection, options->resume, problem);
    leave();
    if (!opened) {
        close_connection(connection);
        return NULL;
    }
    return connection;
}

/* note takes down what a step came to. */
static void note(struct parley_stack_connection *connection, enum adapter_result result) {
    if (result == ADAPTER_CLOSED) {
        connection->peer_closed = true;
    } else if (result == ADAPTER_FAILED && !connection->failed) {
        (void)adapter_failed(connection, "failed without a reason");
    }
}

static void advance(struct parley_stack_connection *connection) {
    if (connection->done || connection->failed) {
        return;
    }
    connection->may_send_early = false;
    enum adapter_result result = adapter.handshake(connection);
    connection->done = result == ADAPTER_OK;
    note(connection, result);
}

static size_t push(struct parley_stack_connection *connection, const uint8_t *data, size_t len) {
    if (connection->failed || connection->peer_closed) {
        return len;
    }
    if (!queue_add(&connection->in, data, len)) {
        return 0;
    }
    enter_connection(connection);
    advance(connection);
    leave();
    return len;
}

static size_t pull(struct parley_stack_connection *connection, uint8_t *out, size_t cap) {
    if (connection->out.start == connection->out.end) {
        enter_connection(connection);
        advance(connection);
        leave();
    }
    return queue_take(&connection->out, out, cap);
}

static size_t write_data(struct parley_stack_connection *connection, const uint8_t *data,
                         size_t len) {
    size_t moved = 0;
    if (connection->failed || connection->closed || len == 0 ||
        (!connection->done && !connection->may_send_early)) {
        return 0;
    }
    enter_connection(connection);
    note(connection, connection->done ? adapter.write(connection, data, len, &moved)
                                      : adapter.write_early(connection, data, len, &moved));
    leave();
    return moved;
}

static size_t read_data(struct parley_stack_connection *connection, uint8_t *out, size_t cap) {
    size_t moved = queue_take(&connection->data, out, cap);
    if (moved > 0 || connection->failed || connection->peer_closed || !connection->done) {
        return moved;
    }
    enter_connection(connection);
    note(connection, adapter.read(connection, out, cap, &moved));
    leave();
    return moved;
}

static unsigned status(const struct parley_stack_connection *connection) {
    unsigned bits = PARLEY_WANTS_INPUT;
    if (connection->out.start != connection->out.end) {
        bits |= PARLEY_HAS_OUTPUT;
    }
    if (connection->failed) {
        return bits | PARLEY_FAILED;
    }
    if (connection->data.start != connection->data.end) {
        bits |= PARLEY_HAS_DATA;
    }
    if (connection->done) {
        bits |= PARLEY_DONE | (connection->closed ? 0 : PARLEY_CAN_WRITE);
    } else if (connection->may_send_early && adapter.write_early != NULL) {
        bits |= PARLEY_EARLY | PARLEY_CAN_WRITE;
    }
    if (connection->peer_closed) {
        bits |= PARLEY_PEER_CLOSED | (connection->closed ? PARLEY_CLOSED : 0);
    }
    return bits;
}

static void outcome(const struct parley_stack_connection *connection,
                    struct parley_endpoint_outcome *out) {
    *out = (struct parley_endpoint_outcome){
        .known = PARLEY_KNOWS_ALERTS,
        .done = connection->done,
        .failed = connection->failed,
        .error = connection->failed ? connection->error : NULL,
        .at = PARLEY_MESSAGE_UNKNOWN,
        .state = "?",
        .alert_sent = connection->alert_sent,
        .alert_received = connection->alert_received,
    };
    enter_connection(connection);
    adapter.outcome(connection, out);
    leave();
}

static bool control(struct parley_stack_connection *connection, enum parley_control operation) {
    if (connection->failed) {
        return false;
    }
    enter_connection(connection);
    bool taken = true;
    if (operation == PARLEY_CONTROL_END_OF_INPUT) {
        connection->input_ended = true;
        advance(connection);
    } else {
        taken = adapter.control(connection, operation);
    }
    leave();
    connection->closed |= taken && operation == PARLEY_CONTROL_CLOSE;
    return taken;
}

static bool exporter(const struct parley_stack_connection *connection, const char *label,
                     const struct parley_bytes *context, uint8_t *out, size_t len) {
    if (adapter.exporter == NULL || !connection->done) {
        return false;
    }
    enter_connection(connection);
    bool ok = adapter.exporter(connection, label, context, out, len);
    leave();
    return ok;
}

/* capabilities asks the stack once: it may have to set up a good deal for the answer. */
static void capabilities(struct parley_capabilities *out) {
    static struct parley_capabilities known;
    static bool asked;
    if (!asked) {
        adapter.capabilities(&known);
        asked = true;
    }
    *out = known;
}

const struct parley_stack *parley_stack_plugin(const struct parley_host *given) {
    static struct parley_stack stack = {
        .abi = PARLEY_STACK_ABI,
        .context_new = context_new,
        .context_free = context_free,
        .open = open_connection,
        .push = push,
        .pull = pull,
        .write = write_data,
        .read = read_data,
        .status = status,
        .outcome = outcome,
        .control = control,
        .exporter = exporter,
        .close = close_connection,
    };
    host = given;
    stack.name = adapter.name;
    stack.version = adapter.version;
    stack.capabilities = capabilities;
    return &stack;
}
