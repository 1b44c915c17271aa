/* Where another stack's parsers may differ from ours, stack by stack: each difference with what it
 * is about, and the section by which both are right, or one is stricter than it must be. */
#ifndef PARLEY_FUZZERS_DIFFERENCES_H
#define PARLEY_FUZZERS_DIFFERENCES_H

#include "parley/oracle.h"

struct differences {
    const struct parley_difference *items;
    size_t count;
};
extern const struct differences differences_boringssl, differences_openssl;

/* ---- What the differences are made of ---- */

/* we_refuse: we refuse |extension|'s body; the other stack has nothing against it. */
bool we_refuse(const struct parley_hello_pair *pair, enum parley_extension extension);

/* they_refuse: they refuse for |reason|, in their words, what we accept. */
bool they_refuse(const struct parley_hello_pair *pair, const char *reason);

/* What a hello we accept offers. */
bool offers_version(const struct parley_client_hello *hello, uint16_t version);
bool offers_suite(const struct parley_client_hello *hello, uint16_t suite);
bool has_type(const struct parley_client_hello *hello, uint16_t extension_type);

/* chosen_version is what a server of TLS 1.2 and 1.3 chooses; 0: none. */
uint16_t chosen_version(const struct parley_client_hello *hello);

#endif
