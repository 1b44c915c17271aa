/* Seeds for the targets diff_*: client_hellos as seed_message has them, and certificates. */
#include "fuzzers/seeds.h"
#include "parley/engine.h"
#include "parley/pki.h"

void seeds_diff_hello(struct parley_bytes hello) {
    (void)seed("", "diff_client_hello_boringssl", hello);
    (void)seed("", "diff_client_hello_openssl", hello);
}

/* Every certificate of the test CA. */
void seeds_diff(void) {
    struct parley_pki *pki = parley_pki_new(1);
    const struct parley_pki_entry *entry = NULL;
    for (size_t i = 0; pki != NULL && (entry = parley_pki_at(pki, i)) != NULL; i++) {
        const char *why = NULL;
        struct parley_credential *credential =
            parley_credential_from_pem(entry->certificates, entry->private_key, &why);
        for (size_t j = 0; credential != NULL && j < parley_credential_chain(credential); j++) {
            struct parley_bytes der = parley_credential_certificate(credential, j);
            (void)seed("", "diff_certificate_boringssl", der);
            (void)seed("", "diff_certificate_openssl", der);
        }
        parley_credential_free(credential);
    }
    parley_pki_free(pki);
}
