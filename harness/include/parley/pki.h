/* A test PKI made in memory: roots, servers and clients of every key type, and certificates that
 * must be refused. The same seed gives the same bytes.
 *
 * Its private keys are no secrets: they follow from the seed, and the RSA keys are constants. All
 * certificates but those about time are valid from 2020-01-01 to 2049-12-31. Servers answer to
 * parley.test, *.wild.test, localhost, 127.0.0.1 and ::1. */
#ifndef PARLEY_PKI_H
#define PARLEY_PKI_H

#include <stdbool.h>

#include "parley/bytes.h"

/* One certificate with what goes with it. Both texts are PEM and end in a NUL that is not counted.
 */
struct parley_pki_entry {
    const char *name;                 /* "server-ecdsa-p256" */
    const char *about;                /* one line for people */
    struct parley_bytes certificates; /* itself, then its issuers but for the root */
    struct parley_bytes private_key;  /* PKCS#8 */
};

struct parley_pki;

/* parley_pki_new makes the PKI of |seed|, or returns NULL if out of memory. parley_pki_free frees
 * it with its entries. */
struct parley_pki *parley_pki_new(uint64_t seed);
void parley_pki_free(struct parley_pki *pki);

/* parley_pki_at returns entry |index|, NULL past the last. parley_pki_entry returns that called
 * |name|, or NULL: "ca" is the root that the others are to be verified under. */
const struct parley_pki_entry *parley_pki_at(const struct parley_pki *pki, size_t index);
const struct parley_pki_entry *parley_pki_entry(const struct parley_pki *pki, const char *name);

/* parley_pki_name returns what entry |index| of every PKI is called, NULL past the last of the
 * PARLEY_PKI_ENTRIES there are. */
#define PARLEY_PKI_ENTRIES 21
const char *parley_pki_name(size_t index);

#endif
