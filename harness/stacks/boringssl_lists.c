/* Code points, and what BoringSSL calls them. */
#include <stdio.h>
#include <string.h>

#include <openssl/nid.h>

#include "stacks/boringssl.h"

#define MAX_LISTED 64
#define LIST_SIZE 4096

/* P-224 is left out: the others do not have it in TLS 1.3. */
static const struct adapter_code groups[] = {
    {PARLEY_GROUP_x25519, NID_X25519},
    {PARLEY_GROUP_secp256r1, NID_X9_62_prime256v1},
    {PARLEY_GROUP_secp384r1, NID_secp384r1},
    {PARLEY_GROUP_secp521r1, NID_secp521r1},
#ifdef NID_X25519MLKEM768
    {PARLEY_GROUP_X25519MLKEM768, NID_X25519MLKEM768},
#endif
#ifdef NID_X25519Kyber768
    {PARLEY_GROUP_X25519Kyber768Draft00, NID_X25519Kyber768},
#endif
    {0, 0},
};
#define DEFAULT_GROUPS 3

/* What it has, more than what it offers if not told: that leaves out Ed25519 and P-521. */
static const uint16_t sigalgs[] = {
    PARLEY_SIGALG_ecdsa_secp256r1_sha256, PARLEY_SIGALG_ecdsa_secp384r1_sha384,
    PARLEY_SIGALG_ecdsa_secp521r1_sha512, PARLEY_SIGALG_ed25519,
    PARLEY_SIGALG_rsa_pss_rsae_sha256,    PARLEY_SIGALG_rsa_pss_rsae_sha384,
    PARLEY_SIGALG_rsa_pss_rsae_sha512,    PARLEY_SIGALG_rsa_pkcs1_sha256,
    PARLEY_SIGALG_rsa_pkcs1_sha384,       PARLEY_SIGALG_rsa_pkcs1_sha512,
};
#define SIGALGS (sizeof sigalgs / sizeof *sigalgs)

static bool is_tls13(uint16_t suite) {
    return suite >> 8 == 0x13;
}

/* list_suites adds every suite of the tables that BoringSSL has. */
static size_t list_suites(uint16_t *out, size_t cap) {
    size_t n = 0;
    for (size_t i = 0; i < parley_suite_count && n < cap; i++) {
        uint16_t code = parley_suites[i].code;
        if (SSL_get_cipher_by_value(code) != NULL) {
            out[n++] = code;
        }
    }
    return n;
}

void boringssl_capabilities(struct parley_capabilities *out) {
    static uint16_t suite_codes[MAX_LISTED], group_codes[MAX_LISTED];
    *out = (struct parley_capabilities){
        .features = PARLEY_CAP_CLIENT | PARLEY_CAP_SERVER | PARLEY_CAP_TLS12 | PARLEY_CAP_TLS13 |
                    PARLEY_CAP_CLIENT_AUTH | PARLEY_CAP_ALPN | PARLEY_CAP_SERVER_NAME |
                    PARLEY_CAP_SESSION_ID | PARLEY_CAP_TICKET | PARLEY_CAP_RESUMPTION_PSK |
                    PARLEY_CAP_EARLY_DATA | PARLEY_CAP_HELLO_RETRY | PARLEY_CAP_KEY_UPDATE |
                    PARLEY_CAP_EXPORTER | PARLEY_CAP_KEY_LOG |
                    (boringssl_draws_ours() ? PARLEY_CAP_DETERMINISTIC : 0U),
        .suites = suite_codes,
        .suite_count = list_suites(suite_codes, MAX_LISTED),
        .groups = group_codes,
        .group_count = adapter_codes(groups, group_codes, MAX_LISTED),
        .sigalgs = sigalgs,
        .sigalg_count = SIGALGS,
    };
}

/* ---- Suites ---- */

#ifdef OPENSSL_IS_AWSLC
static bool set_suites13(SSL_CTX *ctx, unsigned wanted, const char *list) {
    (void)wanted;
    return SSL_CTX_set_ciphersuites(ctx, list) == 1;
}
#else
/* set_suites13: TLS 1.3's, as bits of their last byte, in BoringSSL's own order. It can be told to
 * leave some out only by way of two policies, which set much else: it is set again afterwards. */
static bool set_suites13(SSL_CTX *ctx, unsigned wanted, const char *list) {
    (void)list;
    enum { AES_128 = 1 << 1, AES_256 = 1 << 2, CHACHA20 = 1 << 3 };
    enum ssl_compliance_policy_t policy = ssl_compliance_policy_none;
    if (wanted == (AES_128 | AES_256 | CHACHA20)) {
        return true;
    }
    if (wanted == AES_256) {
        policy = ssl_compliance_policy_wpa3_192_202304;
    } else if (wanted == (AES_128 | AES_256)) {
        policy = ssl_compliance_policy_fips_202205;
    }
    return policy != ssl_compliance_policy_none && SSL_CTX_set_compliance_policy(ctx, policy) == 1;
}
#endif

static bool set_versions(SSL_CTX *ctx, const struct parley_endpoint_options *o, unsigned wanted13,
                         bool wanted12) {
    uint16_t min = o->min_version != 0 ? o->min_version : PARLEY_TLS12;
    uint16_t max = o->max_version != 0 ? o->max_version : PARLEY_TLS13;
    min = wanted12 ? min : PARLEY_TLS13;
    max = wanted13 != 0 ? max : PARLEY_TLS12;
    return min <= max && SSL_CTX_set_min_proto_version(ctx, min) == 1 &&
           SSL_CTX_set_max_proto_version(ctx, max) == 1;
}

/* set_suites: a version that no suite is named of is not spoken. */
static bool set_suites(SSL_CTX *ctx, const struct parley_endpoint_options *o) {
    char lists[2][LIST_SIZE] = {"", ""};
    unsigned wanted13 = 0;
    for (size_t i = 0; i < o->suite_count; i++) {
        const SSL_CIPHER *cipher = SSL_get_cipher_by_value(o->suites[i]);
        bool tls13 = is_tls13(o->suites[i]);
        if (cipher != NULL && (!tls13 || adapter_wants(o, PARLEY_TLS13))) {
            char *list = lists[tls13];
            size_t n = strlen(list);
            (void)snprintf(list + n, LIST_SIZE - n, "%s%s", n > 0 ? ":" : "",
                           SSL_CIPHER_standard_name(cipher));
            wanted13 |= tls13 ? 1U << (o->suites[i] & 0xf) : 0;
        }
    }
    bool wanted12 = lists[0][0] != '\0';
    return (wanted13 == 0 || set_suites13(ctx, wanted13, lists[1])) &&
           set_versions(ctx, o, wanted13, wanted12) &&
           (!wanted12 || SSL_CTX_set_strict_cipher_list(ctx, lists[0]) == 1);
}

/* ---- Groups, signature schemes ---- */

static bool set_groups(SSL_CTX *ctx, const struct parley_endpoint_options *o) {
    int nids[MAX_LISTED];
    size_t n = 0;
    for (size_t i = 0; i < o->group_count && n < MAX_LISTED; i++) {
        int nid = adapter_theirs(groups, o->groups[i]);
        if (nid != 0) {
            nids[n++] = nid;
        }
    }
    for (size_t i = 0; o->groups == NULL && i < DEFAULT_GROUPS; i++) {
        nids[n++] = groups[i].theirs;
    }
    return n > 0 && SSL_CTX_set1_curves(ctx, nids, n) == 1;
}

static bool set_sigalgs(SSL_CTX *ctx, const struct parley_endpoint_options *o) {
    uint16_t list[SIGALGS];
    size_t n = 0;
    for (size_t i = 0; i < o->sigalg_count; i++) {
        for (size_t j = 0; j < SIGALGS && n < SIGALGS; j++) {
            if (sigalgs[j] == o->sigalgs[i]) {
                list[n++] = sigalgs[j];
            }
        }
    }
    if (o->sigalgs == NULL) {
        memcpy(list, sigalgs, sizeof sigalgs);
        n = SIGALGS;
    }
    return n > 0 && SSL_CTX_set_signing_algorithm_prefs(ctx, list, n) == 1 &&
           SSL_CTX_set_verify_algorithm_prefs(ctx, list, n) == 1;
}

bool boringssl_set_lists(SSL_CTX *ctx, const struct parley_endpoint_options *o,
                         struct parley_stack_problem *problem) {
    if (o->suites != NULL && !set_suites(ctx, o)) {
        return adapter_unsupported(problem, "it cannot be told to speak these suites only");
    }
    if (!set_groups(ctx, o)) {
        return adapter_unsupported(problem, "none of the groups: %s", libssl_reason());
    }
    if (!set_sigalgs(ctx, o)) {
        return adapter_unsupported(problem, "none of the signature schemes: %s", libssl_reason());
    }
    return true;
}
