/* What our engine reads from a leaf certificate, and what another stack's libcrypto does. The input
 * is DER. FUZZ_OTHER is that stack, as other.h has it. */
#include <stdio.h>
#include <stdlib.h>

#include "fuzzers/fuzz.h"
#include "fuzzers/other.h"
#include "parley/pki.h"

static const struct other_stack *other;

static void end(void) {
    other->end();
}

/* It must be able to read what our test CA made: a stack that reads nothing never disagrees. */
static void check_understanding(void) {
    struct parley_pki *pki = parley_pki_new(1);
    const struct parley_pki_entry *entry = pki != NULL ? parley_pki_entry(pki, "server-rsa") : NULL;
    const char *why = NULL;
    struct parley_credential *credential =
        entry != NULL ? parley_credential_from_pem(entry->certificates, entry->private_key, &why)
                      : NULL;
    struct parley_seen_certificate seen;
    if (credential == NULL) {
        abort();
    }
    struct parley_bytes leaf = parley_credential_certificate(credential, 0);
    other->certificate(leaf, &seen);
    if (!seen.decoded || !seen.is_der || !seen.knows_usage || seen.key_usage == UINT32_MAX) {
        fuzz_fail("start", "our own certificate is not understood", leaf);
    }
    parley_credential_free(credential);
    parley_pki_free(pki);
}

static void start(void) {
    other = FUZZ_OTHER;
    const char *why = other != NULL ? other->start() : "it could not be loaded";
    if (why != NULL || atexit(end) != 0) {
        (void)fprintf(stderr, "%s: %s\n", fuzz_target.name, why);
        abort();
    }
    check_understanding();
}

static void run(struct parley_bytes in) {
    struct parley_seen_certificate seen;
    if (in.len <= OTHER_INPUT_MAX) {
        other->certificate(in, &seen);
        parley_oracle_demand(parley_oracle_certificate(in, &seen), fuzz_target.name, in);
    }
}

const struct fuzz_target fuzz_target = {FUZZ_NAME, start, run};
