/* What the engine reads from a leaf certificate without decoding all of it (RFC 5280 4.1). */
#ifndef PARLEY_ENGINE_LEAF_H
#define PARLEY_ENGINE_LEAF_H

#include <stdbool.h>

#include <openssl/bytestring.h>

#include "parley/bytes.h"

/* Bits of keyUsage (RFC 5280 4.2.1.3), by their number. */
enum leaf_usage { LEAF_DIGITAL_SIGNATURE = 0, LEAF_KEY_ENCIPHERMENT = 2 };

/* leaf_key finds the subjectPublicKeyInfo of the DER certificate |leaf|, with its header. Returns
 * false if what stands before it, or the outermost structure, is malformed. */
bool leaf_key(struct parley_bytes leaf, CBS *spki);

/* leaf_allows sets |*allowed| to whether the key may be used for |usage|: a certificate without
 * the keyUsage extension allows everything. Returns false if it cannot be read. */
bool leaf_allows(struct parley_bytes leaf, enum leaf_usage usage, bool *allowed);

#endif
