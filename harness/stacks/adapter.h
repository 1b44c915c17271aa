/* What foreign stacks have in common, so that the file of one is short.
 *
 * NAME.c defines |adapter|: how that stack is set up and how one step of it is taken. adapter.c
 * makes the vtable of parley/stack.h from it, and holds what every one of them needs: the network
 * in memory, the state of a connection, whose randomness and time it is. template.c is where to
 * begin.
 *
 * Only adapter.c and NAME.c are in a plugin, with the tables and the stack itself. */
#ifndef PARLEY_STACKS_ADAPTER_H
#define PARLEY_STACKS_ADAPTER_H

#include "parley/stack.h"

/* Bytes that wait: a queue that grows. All zeros: empty. */
struct adapter_queue {
    uint8_t *bytes;
    size_t start, end, capacity;
};

/* One endpoint's settings. |own| is NAME.c's. */
struct parley_stack_context {
    struct parley_endpoint_options options; /* what its pointers point to is borrowed */
    void *own;
};

/* One connection. NAME.c reads all of it, and sets |own|, the two alerts, |early_over|. */
struct parley_stack_connection {
    struct parley_stack_context *context;
    struct parley_random random;
    int64_t now_ms;
    void *own;

    struct adapter_queue in;   /* from the peer */
    struct adapter_queue out;  /* for the peer */
    struct adapter_queue data; /* application data that came during the handshake */
    bool input_ended;          /* |in| will not grow any more */

    bool may_send_early; /* client: 0-RTT data can be written until the handshake has moved */
    bool done, failed, peer_closed, closed;
    char error[160];                     /* set by adapter_failed */
    unsigned alert_sent, alert_received; /* fatal ones, or PARLEY_ALERT_NONE */
};

/* What a step came to. */
enum adapter_result {
    ADAPTER_OK,     /* the handshake is done; or bytes were moved */
    ADAPTER_AGAIN,  /* it waits for the peer */
    ADAPTER_CLOSED, /* the peer's close_notify has come */
    ADAPTER_FAILED, /* adapter_failed was called */
};

/* What NAME.c defines. Every function but |version| and |capabilities| is called with the
 * context's or the connection's randomness and time in force. Those that say "or NULL" may be. */
struct adapter {
    const char *name;
    const char *(*version)(void);
    void (*capabilities)(struct parley_capabilities *out);

    /* context_new sets context->own. context_free gives it back, NULL included. */
    bool (*context_new)(struct parley_stack_context *context, struct parley_stack_problem *problem);
    void (*context_free)(struct parley_stack_context *context);

    /* open sets connection->own, and resumes the newest session of the context if |resume|. */
    bool (*open)(struct parley_stack_connection *connection, bool resume,
                 struct parley_stack_problem *problem);
    void (*close)(struct parley_stack_connection *connection);

    /* handshake goes on with it as far as |in| allows. */
    enum adapter_result (*handshake)(struct parley_stack_connection *connection);

    /* read and write move application data and set |*moved|. write_early, or NULL, sends 0-RTT data
     * where |may_send_early|. */
    enum adapter_result (*read)(struct parley_stack_connection *connection, uint8_t *out,
                                size_t cap, size_t *moved);
    enum adapter_result (*write)(struct parley_stack_connection *connection, const uint8_t *data,
                                 size_t len, size_t *moved);
    enum adapter_result (*write_early)(struct parley_stack_connection *connection,
                                       const uint8_t *data, size_t len, size_t *moved);

    /* control does what stack.h says, but PARLEY_CONTROL_END_OF_INPUT. */
    bool (*control)(struct parley_stack_connection *connection, enum parley_control operation);

    /* outcome adds what the stack knows to what adapter.c knows already: done, failed, error, the
     * alerts. */
    void (*outcome)(const struct parley_stack_connection *connection,
                    struct parley_endpoint_outcome *out);

    /* As in stack.h; or NULL. Called after the handshake only. */
    bool (*exporter)(const struct parley_stack_connection *connection, const char *label,
                     const struct parley_bytes *context, uint8_t *out, size_t len);
};
extern const struct adapter adapter;

/* What the plugin exports. */
__attribute__((visibility("default"))) parley_stack_plugin_function parley_stack_plugin;

/* ---- For NAME.c ---- */

/* adapter_receive is what the stack's network reads with: moves up to |cap| bytes of |in| to |out|
 * and returns how many, 0 if there are none now (or any more: see |input_ended|). adapter_send is
 * what it writes with: takes all |len| bytes, or returns false if out of memory. */
size_t adapter_receive(struct parley_stack_connection *connection, uint8_t *out, size_t cap);
bool adapter_send(struct parley_stack_connection *connection, const uint8_t *data, size_t len);

/* adapter_keep_data keeps application data that came before the handshake was done (0-RTT). */
bool adapter_keep_data(struct parley_stack_connection *connection, const uint8_t *data, size_t len);

/* adapter_random fills |out| from the source that is in force: the stack's own random function
 * calls it. adapter_now returns the time that is, in milliseconds since 1970. */
void adapter_random(uint8_t *out, size_t len);
int64_t adapter_now(void);

/* adapter_failed marks the connection as failed, for a reason in the stack's words, and returns
 * ADAPTER_FAILED. */
enum adapter_result adapter_failed(struct parley_stack_connection *connection, const char *format,
                                   ...) __attribute__((format(printf, 2, 3)));

/* adapter_problem fills |*problem| and returns false; adapter_unsupported says, too, that the
 * stack does not have it. */
bool adapter_problem(struct parley_stack_problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
bool adapter_unsupported(struct parley_stack_problem *problem, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* adapter_wants returns whether |options| allow |version| of TLS. */
bool adapter_wants(const struct parley_endpoint_options *options, uint16_t version);

/* A code point and what a stack calls it. Lists of them end with {0, 0}. */
struct adapter_code {
    uint16_t code;
    int theirs;
};
int adapter_theirs(const struct adapter_code *codes, uint16_t code); /* 0: none */
uint16_t adapter_code_of(const struct adapter_code *codes, int theirs);

/* adapter_codes puts the codes of |codes| into |out| and returns how many. */
size_t adapter_codes(const struct adapter_code *codes, uint16_t *out, size_t cap);

#endif
