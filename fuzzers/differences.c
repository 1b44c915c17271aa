#include "fuzzers/differences.h"

#include <string.h>

bool we_refuse(const struct parley_hello_pair *pair, enum parley_extension extension) {
    return pair->hello == NULL && pair->error.extension != NULL &&
           strcmp(pair->error.extension, parley_extensions[extension].name) == 0;
}

bool they_refuse(const struct parley_hello_pair *pair, const char *reason) {
    return pair->hello != NULL && pair->seen->reason != NULL &&
           strcmp(pair->seen->reason, reason) == 0;
}

bool offers_version(const struct parley_client_hello *hello, uint16_t version) {
    const struct parley_extension_block *x = &hello->extensions;
    if (parley_has(x, PARLEY_EXT_supported_versions)) {
        return parley_uint16_in(x->supported_versions_offer.versions, version);
    }
    return version < PARLEY_TLS13 && hello->legacy_version >= version;
}

bool offers_suite(const struct parley_client_hello *hello, uint16_t suite) {
    return parley_uint16_in(hello->cipher_suites, suite);
}

bool has_type(const struct parley_client_hello *hello, uint16_t extension_type) {
    struct parley_bytes rest = hello->extensions.raw;
    struct parley_extension_entry entry;
    while (!hello->extensions.absent && parley_extension_next(&rest, &entry)) {
        if (entry.extension_type == extension_type) {
            return true;
        }
    }
    return false;
}

uint16_t chosen_version(const struct parley_client_hello *hello) {
    return offers_version(hello, PARLEY_TLS13)   ? PARLEY_TLS13
           : offers_version(hello, PARLEY_TLS12) ? PARLEY_TLS12
                                                 : 0;
}
