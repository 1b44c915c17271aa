/* Renegotiation between two engines, though the server never renegotiates. */
#ifndef PARLEY_TESTS_SUPPORT_RENEGOTIATION_H
#define PARLEY_TESTS_SUPPORT_RENEGOTIATION_H

#include "tests/support_kinds.h"

/* renegotiating_pair is connected_pair, the client in |mode| from then on. set_ecdsa12 is a set-up
 * in which the server may have any certificate but RSA. */
struct duo *renegotiating_pair(void (*set)(struct duo *d), enum parley_renegotiation mode);
void set_ecdsa12(struct duo *d);

/* emit_request has the server send a hello_request. ready_server makes it take the client_hello
 * that follows: no edge of its machine leads there. renegotiate does both, and returns whether the
 * handshake then completes. */
void emit_request(struct duo *d);
void ready_server(struct duo *d);
bool renegotiate(struct duo *d);

/* client_refuses settles, and fails the test unless the client has refused. */
void client_refuses(struct duo *d, unsigned alert, enum parley_error error, const char *what);
#define EXPECT(alert, error, what)                                                                 \
    client_refuses(d, PARLEY_ALERT_##alert, PARLEY_ERR_##error, (what))

#endif
