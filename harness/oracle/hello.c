/* Two parsers of one client_hello. */
#include <string.h>

#include "parley/oracle.h"

static struct parley_finding wrong(const char *oracle, const char *detail) {
    return (struct parley_finding){oracle, detail};
}

static bool same(struct parley_bytes a, struct parley_bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static bool explained(const struct parley_hello_pair *pair,
                      const struct parley_difference *differences, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (differences[i].holds(pair)) {
            return true;
        }
    }
    return false;
}

/* Whether the error lies inside of an extension, so that there may be nothing wrong around it. */
static bool is_inner(const struct parley_wire_error *error) {
    return error->extension != NULL && error->error != PARLEY_ERR_duplicate_extension &&
           error->error != PARLEY_ERR_duplicate_hello_extension;
}

/* ---- What both accept ---- */

static struct parley_finding same_extensions(const struct parley_extension_block *block,
                                             const struct parley_seen_hello *seen) {
    struct parley_bytes rest = block->raw;
    struct parley_extension_entry entry;
    size_t i = 0;
    while (!block->absent && parley_extension_next(&rest, &entry)) {
        if (seen->knows != NULL && !seen->knows(entry.extension_type)) {
            continue;
        }
        if (i == seen->extension_count || seen->extensions[i].type != entry.extension_type) {
            return wrong("extensions", "other extensions, or another order");
        }
        if (!same(seen->extensions[i].data, entry.extension_data)) {
            return wrong("extensions", "one has other bytes");
        }
        i++;
    }
    return i == seen->extension_count ? wrong(NULL, NULL)
                                      : wrong("extensions", "they have more extensions");
}

static struct parley_finding same_fields(const struct parley_client_hello *hello,
                                         const struct parley_seen_hello *seen) {
    if (hello->legacy_version != seen->legacy_version || !same(hello->random, seen->random) ||
        !same(hello->legacy_session_id, seen->legacy_session_id) ||
        !same(hello->cipher_suites, seen->cipher_suites) ||
        !same(hello->legacy_compression_methods, seen->legacy_compression_methods)) {
        return wrong("fields", "a field differs");
    }
    return same_extensions(&hello->extensions, seen);
}

/* The version that follows from the offer (RFC 8446 4.2.1). */
static uint16_t version_of(const struct parley_client_hello *hello) {
    const struct parley_extension_block *x = &hello->extensions;
    if (parley_has(x, PARLEY_EXT_supported_versions)) {
        struct parley_bytes versions = x->supported_versions_offer.versions;
        return parley_uint16_in(versions, PARLEY_TLS13)   ? PARLEY_TLS13
               : parley_uint16_in(versions, PARLEY_TLS12) ? PARLEY_TLS12
                                                          : 0;
    }
    return hello->legacy_version >= PARLEY_TLS12 ? PARLEY_TLS12 : 0;
}

static bool says_other(struct parley_bytes theirs, bool present, struct parley_bytes ours) {
    return theirs.data != NULL && !(present ? same(theirs, ours) : theirs.len == 0);
}

static struct parley_finding same_values(const struct parley_client_hello *hello,
                                         const struct parley_seen_hello *seen) {
    const struct parley_extension_block *x = &hello->extensions;
    if (seen->version != version_of(hello)) {
        return wrong("values", "another version follows from it");
    }
    if (says_other(seen->host_name, parley_has(x, PARLEY_EXT_server_name),
                   x->server_name.host_name)) {
        return wrong("values", "another host name");
    }
    if (says_other(seen->signature_algorithms, parley_has(x, PARLEY_EXT_signature_algorithms),
                   x->signature_algorithms.supported_signature_algorithms)) {
        return wrong("values", "other signature algorithms");
    }
    if (says_other(seen->named_groups, parley_has(x, PARLEY_EXT_supported_groups),
                   x->supported_groups.named_group_list)) {
        return wrong("values", "other groups");
    }
    return wrong(NULL, NULL);
}

/* ---- All of it ---- */

static struct parley_finding judge(const struct parley_hello_pair *pair,
                                   const struct parley_difference *differences, size_t count) {
    const struct parley_seen_hello *seen = pair->seen;
    if (pair->hello == NULL) {
        bool apart = is_inner(&pair->error) ? seen->understood : seen->split;
        return !apart || explained(pair, differences, count) ? wrong(NULL, NULL)
               : is_inner(&pair->error) ? wrong("understood", "they accept what we refuse")
                                        : wrong("split", "they take apart what we refuse");
    }
    if (!seen->split) {
        return explained(pair, differences, count)
                   ? wrong(NULL, NULL)
                   : wrong("split", "they refuse to take it apart, and we do");
    }
    struct parley_finding finding = same_fields(pair->hello, seen);
    if (finding.oracle != NULL) {
        return finding;
    }
    if (seen->understood) {
        return same_values(pair->hello, seen);
    }
    return explained(pair, differences, count) ? wrong(NULL, NULL)
                                               : wrong("understood", "they refuse what we accept");
}

struct parley_finding parley_oracle_hello(struct parley_bytes in,
                                          const struct parley_seen_hello *seen,
                                          const struct parley_difference *differences,
                                          size_t count) {
    static union parley_message_value value;
    struct parley_hello_pair pair = {.seen = seen};
    if (parley_message_parse(PARLEY_MSG_client_hello, in, &value, NULL, &pair.error)) {
        pair.hello = &value.client_hello;
    }
    return judge(&pair, differences, count);
}
