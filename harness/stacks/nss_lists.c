/* Code points: NSS names suites, groups and signature schemes by them. */
#include <stdlib.h>

#include "stacks/nss.h"

#define MAX_LISTED 64

static const uint16_t groups[] = {
    PARLEY_GROUP_x25519,    PARLEY_GROUP_secp256r1, PARLEY_GROUP_secp384r1,
    PARLEY_GROUP_secp521r1, PARLEY_GROUP_ffdhe2048, PARLEY_GROUP_ffdhe3072,
    PARLEY_GROUP_ffdhe4096, PARLEY_GROUP_ffdhe6144, PARLEY_GROUP_ffdhe8192,
};
#define GROUPS (sizeof groups / sizeof *groups)

static const uint16_t sigalgs[] = {
    PARLEY_SIGALG_ecdsa_secp256r1_sha256,
    PARLEY_SIGALG_ecdsa_secp384r1_sha384,
    PARLEY_SIGALG_ecdsa_secp521r1_sha512,
    PARLEY_SIGALG_rsa_pss_rsae_sha256,
    PARLEY_SIGALG_rsa_pss_rsae_sha384,
    PARLEY_SIGALG_rsa_pss_rsae_sha512,
    PARLEY_SIGALG_rsa_pkcs1_sha256,
    PARLEY_SIGALG_rsa_pkcs1_sha384,
    PARLEY_SIGALG_rsa_pkcs1_sha512,
    PARLEY_SIGALG_rsa_pkcs1_sha1,
    PARLEY_SIGALG_ecdsa_sha1,
};
#define SIGALGS (sizeof sigalgs / sizeof *sigalgs)

static bool has_suite(uint16_t code) {
    const PRUint16 *all = SSL_GetImplementedCiphers();
    for (unsigned i = 0; i < SSL_GetNumImplementedCiphers(); i++) {
        if (all[i] == code) {
            return true;
        }
    }
    return false;
}

static bool is_in(uint16_t code, const uint16_t *codes, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (codes[i] == code) {
            return true;
        }
    }
    return false;
}

void nss_capabilities(struct parley_capabilities *out) {
    static uint16_t suites[MAX_LISTED];
    size_t n = 0;
    for (size_t i = 0; i < parley_suite_count && n < MAX_LISTED; i++) {
        if (has_suite(parley_suites[i].code)) {
            suites[n++] = parley_suites[i].code;
        }
    }
    *out = (struct parley_capabilities){
        .features = PARLEY_CAP_CLIENT | PARLEY_CAP_SERVER | PARLEY_CAP_TLS12 | PARLEY_CAP_TLS13 |
                    PARLEY_CAP_CLIENT_AUTH | PARLEY_CAP_POST_HANDSHAKE_AUTH | PARLEY_CAP_ALPN |
                    PARLEY_CAP_SERVER_NAME | PARLEY_CAP_SESSION_ID | PARLEY_CAP_TICKET |
                    PARLEY_CAP_RESUMPTION_PSK | PARLEY_CAP_EARLY_DATA | PARLEY_CAP_HELLO_RETRY |
                    PARLEY_CAP_KEY_UPDATE | PARLEY_CAP_EXPORTER,
        .suites = suites,
        .suite_count = n,
        .groups = groups,
        .group_count = GROUPS,
        .sigalgs = sigalgs,
        .sigalg_count = SIGALGS,
    };
}

/* set_suites: all others are off. */
static bool set_suites(PRFileDesc *socket, const struct parley_endpoint_options *o) {
    const PRUint16 *all = SSL_GetImplementedCiphers();
    for (unsigned i = 0; i < SSL_GetNumImplementedCiphers(); i++) {
        PRBool wanted = is_in(all[i], o->suites, o->suite_count) ? PR_TRUE : PR_FALSE;
        if (SSL_CipherPrefSet(socket, all[i], wanted) != SECSuccess) {
            return false;
        }
    }
    PRUint16 order[MAX_LISTED];
    unsigned n = 0;
    for (size_t i = 0; i < o->suite_count && n < MAX_LISTED; i++) {
        if (has_suite(o->suites[i])) {
            order[n++] = o->suites[i];
        }
    }
    return n > 0 && SSL_CipherSuiteOrderSet(socket, order, n) == SECSuccess;
}

static bool set_groups(PRFileDesc *socket, const struct parley_endpoint_options *o) {
    SSLNamedGroup wanted[MAX_LISTED];
    unsigned n = 0;
    for (size_t i = 0; i < o->group_count && n < MAX_LISTED; i++) {
        if (is_in(o->groups[i], groups, GROUPS)) {
            wanted[n++] = (SSLNamedGroup)o->groups[i];
        }
    }
    return n > 0 && SSL_NamedGroupConfig(socket, wanted, n) == SECSuccess;
}

static bool set_sigalgs(PRFileDesc *socket, const struct parley_endpoint_options *o) {
    SSLSignatureScheme wanted[MAX_LISTED];
    unsigned n = 0;
    for (size_t i = 0; i < o->sigalg_count && n < MAX_LISTED; i++) {
        if (is_in(o->sigalgs[i], sigalgs, SIGALGS)) {
            wanted[n++] = (SSLSignatureScheme)o->sigalgs[i];
        }
    }
    return n > 0 && SSL_SignatureSchemePrefSet(socket, wanted, n) == SECSuccess;
}

bool nss_set_lists(PRFileDesc *socket, const struct parley_endpoint_options *o,
                   struct parley_stack_problem *problem) {
    SSLVersionRange range = {
        adapter_wants(o, PARLEY_TLS12) ? PARLEY_TLS12 : PARLEY_TLS13,
        adapter_wants(o, PARLEY_TLS13) ? PARLEY_TLS13 : PARLEY_TLS12,
    };
    if (SSL_VersionRangeSet(socket, &range) != SECSuccess) {
        return adapter_unsupported(problem, "no such version: %s", nss_reason());
    }
    if (o->suites != NULL && !set_suites(socket, o)) {
        return adapter_unsupported(problem, "none of the suites");
    }
    if (o->groups != NULL && !set_groups(socket, o)) {
        return adapter_unsupported(problem, "none of the groups");
    }
    if (o->sigalgs != NULL && !set_sigalgs(socket, o)) {
        return adapter_unsupported(problem, "none of the signature schemes");
    }
    return true;
}
