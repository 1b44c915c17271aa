/* A peer in C: what it is told and what it does is in programs.sh. peer.c has all that is the same
 * for every TLS library; a file peer_LIBRARY.c has the functions below. There is one connection at
 * a time. */
#ifndef PARLEY_INTEROP_PEER_H
#define PARLEY_INTEROP_PEER_H

#include <stdbool.h>
#include <stddef.h>

/* told returns what was said of |name|, or NULL. */
const char *told(const char *name);

/* fact prints one, if |value| is known: not NULL. */
void fact(const char *key, const char *value);

/* fail says why, waits for the other end to close, and ends the program. */
_Noreturn void fail(const char *why);

/* What stack_read returns beside a count of bytes, and stack_write in place of one. */
enum { PEER_CLOSED = 0, PEER_CUT = -1, PEER_AGAIN = -2 };

/* stack_start makes what all connections share. These functions fail by themselves. */
void stack_start(bool server);

/* stack_open does a handshake over |socket|, which blocks, and says its facts. A client resumes the
 * session that stack_keep kept. */
void stack_open(int socket);
void stack_keep(void);

/* stack_read and stack_write are used when the socket no longer blocks. stack_read returns
 * PEER_CLOSED for a close_notify, PEER_CUT for an end without. */
int stack_read(void *out, size_t size);
int stack_write(const void *data, size_t size);

/* stack_hang_up sends close_notify; stack_close forgets the connection. */
void stack_hang_up(void);
void stack_close(void);

#endif
