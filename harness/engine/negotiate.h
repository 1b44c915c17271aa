/* What the server negotiates alike in both versions (RFC 8446 4.1.1, RFC 5246 7.4.1). */
#ifndef PARLEY_ENGINE_NEGOTIATE_H
#define PARLEY_ENGINE_NEGOTIATE_H

#include "engine/inside.h"

/* negotiate_read notes what the hello says, and checks compression and server name. */
enum parley_error negotiate_read(struct parley_engine *e, const struct parley_client_hello *m);

/* negotiate_alpn picks the application protocol, negotiate_limits the record sizes. */
enum parley_error negotiate_alpn(struct parley_engine *e, const struct parley_extension_block *x);
void negotiate_limits(struct parley_engine *e, const struct parley_extension_block *x);

/* negotiate_suites lists the suites of this version that both sides know, in the order of whoever
 * decides, and returns how many there are. */
enum { NEGOTIATE_SUITES_MAX = 64 };
size_t negotiate_suites(const struct parley_engine *e, struct parley_bytes offered,
                        const struct parley_suite *out[NEGOTIATE_SUITES_MAX]);

/* negotiate_group returns the first group, in the order of whoever decides, that both sides have;
 * 0 if there is none. */
uint16_t negotiate_group(const struct parley_engine *e, struct parley_bytes offered);

#endif
