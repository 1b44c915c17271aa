/* Two readings of one certificate. */
#include <string.h>

#include "engine/leaf.h"
#include "parley/oracle.h"

/* X509_get_key_usage's bits (KU_*). */
#define DIGITAL_SIGNATURE 0x80U
#define KEY_ENCIPHERMENT 0x20U

static struct parley_finding wrong(const char *oracle, const char *detail) {
    return (struct parley_finding){oracle, detail};
}

struct parley_finding parley_oracle_certificate(struct parley_bytes in,
                                                const struct parley_seen_certificate *seen) {
    const struct parley_bytes theirs = seen->subject_public_key_info;
    CBS key;
    bool signs = false, decrypts = false;
    if (!seen->decoded || !seen->is_der) {
        return wrong(NULL, NULL);
    }
    if (!leaf_key(in, &key)) {
        return wrong("key", "they find one, and we do not");
    }
    if (CBS_len(&key) != theirs.len || memcmp(CBS_data(&key), theirs.data, theirs.len) != 0) {
        return wrong("key", "they find another one");
    }
    if (!seen->knows_usage) {
        return wrong(NULL, NULL);
    }
    if (!leaf_allows(in, LEAF_DIGITAL_SIGNATURE, &signs) ||
        !leaf_allows(in, LEAF_KEY_ENCIPHERMENT, &decrypts)) {
        return wrong("usage", "they can read it, and we cannot");
    }
    if (signs != ((seen->key_usage & DIGITAL_SIGNATURE) != 0) ||
        decrypts != ((seen->key_usage & KEY_ENCIPHERMENT) != 0)) {
        return wrong("usage", "they find it may be used for something else");
    }
    return wrong(NULL, NULL);
}
