/* The inner client_hello of Encrypted Client Hello (RFC 9849 5.1). */
#ifndef PARLEY_WIRE_ECH_INNER_H
#define PARLEY_WIRE_ECH_INNER_H

#include "parley/wire.h"

/* parley_ech_decode_inner appends to |out| the inner client_hello, with its handshake header, that
 * the EncodedClientHelloInner |encoded| stands for beside |outer|. Returns PARLEY_OK, or what is
 * wrong with it; |out| is then not to be used. The result is still to be parsed. */
enum parley_error parley_ech_decode_inner(CBB *out, struct parley_bytes encoded,
                                          const struct parley_client_hello *outer);

/* Of the blocks of extensions |inner| and |outer| (without length prefix), parley_ech_order_inner
 * writes those of |inner| so that all that can be shared stand together, and
 * parley_ech_compress_inner the same with ech_outer_extensions in their place. Extensions that both
 * have must stand in the same order in both. Both return false if |out| is full. */
bool parley_ech_order_inner(CBB *out, struct parley_bytes inner, struct parley_bytes outer);
bool parley_ech_compress_inner(CBB *out, struct parley_bytes inner, struct parley_bytes outer);

#endif
