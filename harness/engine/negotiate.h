/* What the server negotiates alike in both versions (RFC 8446 4.1.1, RFC 5246 7.4.1). */
#ifndef PARLEY_ENGINE_NEGOTIATE_H
#define PARLEY_ENGINE_NEGOTIATE_H

#include "engine/state.h"

/* negotiate_read notes what the hello says, and checks compression and server name. */
enum parley_error negotiate_read(struct parley_engine *e, const struct parley_client_hello *m);

/* negotiate_alpn picks the application protocol, negotiate_limits the record sizes. */
enum parley_error negotiate_alpn(struct parley_engine *e, const struct parley_extension_block *x);
void negotiate_limits(struct parley_engine *e, const struct parley_extension_block *x);

/* negotiate_suite walks the suites both sides know, in the order of whoever decides: each call
 * returns the next from |*at| on, which starts at 0; NULL at the end. */
const struct parley_suite *negotiate_suite(const struct parley_engine *e,
                                           struct parley_bytes offered, size_t *at);

/* negotiate_group returns the first group of ours that the client supports, and has a share for if
 * |shares| is not empty; 0 if there is none. */
uint16_t negotiate_group(const struct parley_engine *e, struct parley_bytes offered,
                         struct parley_bytes shares);

#endif
