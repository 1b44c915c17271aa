/* Messages that may be wrong, taken apart as far as that goes. */
#ifndef PARLEY_SCRIPT_BREACH_VIEW_H
#define PARLEY_SCRIPT_BREACH_VIEW_H

#include "script/breach.h"

/* A hello. |suites| and |compressions| of a client_hello are lists. |whole|: all of it was there.
 */
struct hello_view {
    uint16_t version, suite;
    struct parley_bytes random, session_id, suites, compressions, extensions;
    bool whole;
};
struct hello_view view_client_hello(struct parley_bytes in);
struct hello_view view_server_hello(struct parley_bytes in);

/* view_find finds the body of extension |code| in a block; view_has asks whether it is there. */
bool view_find(struct parley_bytes block, uint16_t code, struct parley_bytes *body);
bool view_has(struct parley_bytes block, enum parley_extension which);
bool view_get(struct parley_bytes block, enum parley_extension which, struct parley_bytes *body);

/* view_is_nobody returns whether it is a certificate message without a certificate, or with one
 * of no bytes. */
bool view_is_nobody(enum parley_message message, struct parley_bytes in);

/* view_list16 returns the list that is all of an extension's body, its length before it in two
 * bytes; view_list8 the same with one. */
struct parley_bytes view_list16(struct parley_bytes block, enum parley_extension which);
struct parley_bytes view_list8(struct parley_bytes block, enum parley_extension which);

/* view_block returns block |nth| of extensions of a message with its header; false: it has no more.
 */
bool view_block(enum parley_message message, struct parley_bytes in, size_t nth,
                struct parley_bytes *out);

/* view_body returns a message without its header; view_same compares. */
struct parley_bytes view_body(struct parley_bytes message);
bool view_same(struct parley_bytes a, struct parley_bytes b);

/* What is looked at: the message, and the hello of the client if that is the peer. */
struct look {
    const struct breach_facts *facts;
    const struct breach_message *m;
    struct hello_view client; /* of the peer */
    struct hello_view sent;   /* if it is a hello */
    struct hello_view built;
    struct parley_bytes block; /* its first extensions */
    bool retry;                /* it is a hello_retry_request */
};

/* The functions of tables/breaches.def. */
#define BREACH(name, ...) bool breach_##name(const struct look *l);
#include "tables/breaches.def"
#undef BREACH

#endif
