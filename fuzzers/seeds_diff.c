/* Seeds for the targets diff_*: what other clients sent first, what ours sends, and certificates.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzzers/seeds.h"
#include "parley/engine.h"
#include "parley/pki.h"
#include "parley/wire.h"

#define FLIGHTS "corpus/dissect/flights"
#define FLIGHT_MAX 65536

void seeds_diff_hello(struct parley_bytes hello) {
    (void)seed("", "diff_client_hello_boringssl", hello);
    (void)seed("", "diff_client_hello_openssl", hello);
}

/* Takes the record headers out of |bytes|; returns what is left. */
static size_t unframe(uint8_t *bytes, size_t len) {
    size_t to = 0;
    for (size_t at = 0; len - at > PARLEY_RECORD_HEADER;) {
        size_t body = (size_t)bytes[at + 3] << 8 | bytes[at + 4];
        at += PARLEY_RECORD_HEADER;
        for (; body > 0 && at < len; body--) {
            bytes[to++] = bytes[at++];
        }
    }
    return to;
}

static void flight(const char *path) {
    static uint8_t bytes[FLIGHT_MAX];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    size_t len = unframe(bytes, fread(bytes, 1, sizeof(bytes), file));
    (void)fclose(file);
    if (len < PARLEY_HANDSHAKE_HEADER) {
        return;
    }
    size_t body = (size_t)bytes[1] << 16 | (size_t)bytes[2] << 8 | bytes[3];
    if (bytes[0] == 1 /* client_hello */ && body <= len - PARLEY_HANDSHAKE_HEADER) {
        seeds_diff_hello((struct parley_bytes){bytes + PARLEY_HANDSHAKE_HEADER, body});
    }
}

/* Every certificate of the test CA. */
static void certificates(void) {
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

void seeds_diff(void) {
    certificates();
    struct dirent **entries = NULL;
    int count = scandir(FLIGHTS, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        char path[1024];
        (void)snprintf(path, sizeof(path), "%s/%s", FLIGHTS, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.') {
            flight(path);
        }
        free(entries[i]);
    }
    free(entries);
}
