/* Verification of certificate chains, remembered: a chain that verified once under the same name
 * and purpose is not verified (nor decoded) again while all of its certificates are valid. */
#ifndef PARLEY_ENGINE_TRUST_H
#define PARLEY_ENGINE_TRUST_H

#include <openssl/evp.h>

#include "parley/engine.h"

/* trust_verify checks the chain |certificates| (DER, leaf first) against |trust| at |time| (seconds
 * since 1970): signatures, validity, CA constraints, key usage and purpose (server or client
 * certificate), and the host name if |host| is neither NULL nor empty (RFC 6125: subjectAltName
 * only; DNS names with a left-most wildcard label, or a literal IP address against iPAddress).
 * Returns PARLEY_OK and a reference to the leaf's public key in |*key|, which the caller frees with
 * EVP_PKEY_free, or the error: undecodable_certificate (the leaf), bad_certificate (undecodable,
 * another one; bad signature), unsupported_certificate (key type or purpose), certificate_expired
 * (not yet valid, too), unknown_ca (no trusted root, or an issuer that is no CA), wrong_host,
 * certificate_unknown (all else). */
enum parley_error trust_verify(struct parley_trust *trust, const struct parley_bytes *certificates,
                               size_t count, const char *host, bool server_certificate,
                               int64_t time, EVP_PKEY **key);

/* trust_leaf decodes the leaf's public key without verifying anything; remembered likewise if
 * |trust| is not NULL. The caller frees |*key| with EVP_PKEY_free. */
enum parley_error trust_leaf(struct parley_trust *trust, struct parley_bytes leaf, EVP_PKEY **key);

#endif
