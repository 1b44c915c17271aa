/* Certificates and keys in PEM: the input is both, in one file. */
#include "fuzzers/fuzz.h"

static void run(struct parley_bytes in) {
    const char *why = NULL;
    struct parley_credential *credential = parley_credential_from_pem(in, in, &why);
    if (credential == NULL && why == NULL) {
        fuzz_fail("reason", "a credential is refused without one", in);
    }
    if (credential != NULL && parley_credential_chain(credential) == 0) {
        fuzz_fail("chain", "a credential without a certificate", in);
    }
    parley_credential_free(credential);

    struct parley_trust *trust = parley_trust_new();
    why = NULL;
    if (trust != NULL && !parley_trust_add_pem(trust, in, &why) && why == NULL) {
        fuzz_fail("reason", "a root is refused without one", in);
    }
    parley_trust_free(trust);
}

const struct fuzz_target fuzz_target = {FUZZ_NAME, NULL, run};
