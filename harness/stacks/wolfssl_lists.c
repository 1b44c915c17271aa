/* Code points, and what wolfSSL calls them. */
#include "stacks/wolfssl.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define LISTED 64
#define LIST_SIZE 1024

/* Groups by the names that wolfSSL_get_curve_name gives. */
static const struct {
    uint16_t code;
    const char *name;
} groups[] = {
    {PARLEY_GROUP_x25519, "X25519"},
    {PARLEY_GROUP_secp256r1, "SECP256R1"},
    {PARLEY_GROUP_secp384r1, "SECP384R1"},
    {PARLEY_GROUP_secp521r1, "SECP521R1"},
#ifdef HAVE_CURVE448
    {PARLEY_GROUP_x448, "X448"},
#endif
#ifdef HAVE_FFDHE_2048
    {PARLEY_GROUP_ffdhe2048, "FFDHE_2048"},
#endif
#ifdef HAVE_FFDHE_3072
    {PARLEY_GROUP_ffdhe3072, "FFDHE_3072"},
#endif
};
#define GROUPS (sizeof groups / sizeof *groups)

static const struct {
    uint16_t code;
    const char *name;
} sigalgs[] = {
    {PARLEY_SIGALG_ecdsa_secp256r1_sha256, "ECDSA+SHA256"},
    {PARLEY_SIGALG_ecdsa_secp384r1_sha384, "ECDSA+SHA384"},
    {PARLEY_SIGALG_ecdsa_secp521r1_sha512, "ECDSA+SHA512"},
#ifdef HAVE_ED25519
    {PARLEY_SIGALG_ed25519, "ED25519"},
#endif
#ifdef HAVE_ED448
    {PARLEY_SIGALG_ed448, "ED448"},
#endif
    {PARLEY_SIGALG_rsa_pss_rsae_sha256, "RSA-PSS+SHA256"},
    {PARLEY_SIGALG_rsa_pss_rsae_sha384, "RSA-PSS+SHA384"},
    {PARLEY_SIGALG_rsa_pss_rsae_sha512, "RSA-PSS+SHA512"},
    {PARLEY_SIGALG_rsa_pkcs1_sha256, "RSA+SHA256"},
    {PARLEY_SIGALG_rsa_pkcs1_sha384, "RSA+SHA384"},
    {PARLEY_SIGALG_rsa_pkcs1_sha512, "RSA+SHA512"},
};
#define SIGALGS (sizeof sigalgs / sizeof *sigalgs)

uint16_t wolf_group(WOLFSSL *ssl) {
    const char *name = wolfSSL_get_curve_name(ssl);
    for (size_t i = 0; name != NULL && i < GROUPS; i++) {
        if (strcasecmp(name, groups[i].name) == 0) {
            return groups[i].code;
        }
    }
    return 0;
}

static bool has_suite(uint16_t code) {
    const struct parley_suite *suite = parley_suite_find(code);
    const char *name =
        wolfSSL_get_cipher_name_iana_from_suite((unsigned char)(code >> 8), (unsigned char)code);
    return suite != NULL && suite->authentication != PARLEY_AUTH_PSK && name != NULL &&
           strcmp(name, "NONE") != 0;
}

static bool has_group(uint16_t code) {
    size_t i = 0;
    while (i < GROUPS && groups[i].code != code) {
        i++;
    }
    return i < GROUPS;
}

void wolf_capabilities(struct parley_capabilities *out) {
    static uint16_t suite_codes[LISTED], group_codes[GROUPS], sigalg_codes[SIGALGS];
    *out = (struct parley_capabilities){
        .features = PARLEY_CAP_CLIENT | PARLEY_CAP_SERVER | PARLEY_CAP_TLS12 | PARLEY_CAP_TLS13 |
                    PARLEY_CAP_CLIENT_AUTH | PARLEY_CAP_ALPN | PARLEY_CAP_SERVER_NAME |
                    PARLEY_CAP_SESSION_ID | PARLEY_CAP_TICKET | PARLEY_CAP_RESUMPTION_PSK |
                    PARLEY_CAP_HELLO_RETRY | PARLEY_CAP_KEY_UPDATE | PARLEY_CAP_EXPORTER |
                    PARLEY_CAP_DETERMINISTIC,
        .suites = suite_codes,
        .groups = group_codes,
        .group_count = GROUPS,
        .sigalgs = sigalg_codes,
        .sigalg_count = SIGALGS,
    };
    /* Debian's is built without. */
#ifdef HAVE_SECRET_CALLBACK
    out->features |= PARLEY_CAP_KEY_LOG;
#endif
    for (size_t i = 0; i < parley_suite_count && out->suite_count < LISTED; i++) {
        if (has_suite(parley_suites[i].code)) {
            suite_codes[out->suite_count++] = parley_suites[i].code;
        }
    }
    for (size_t i = 0; i < GROUPS; i++) {
        group_codes[i] = groups[i].code;
    }
    for (size_t i = 0; i < SIGALGS; i++) {
        sigalg_codes[i] = sigalgs[i].code;
    }
}

static bool set_suites(WOLFSSL_CTX *ctx, const struct parley_endpoint_options *o) {
    uint8_t wire[2 * LISTED];
    int n = 0;
    for (size_t i = 0; i < o->suite_count && n < 2 * LISTED; i++) {
        if (has_suite(o->suites[i])) {
            wire[n++] = (uint8_t)(o->suites[i] >> 8);
            wire[n++] = (uint8_t)o->suites[i];
        }
    }
    return n > 0 && wolfSSL_CTX_set_cipher_list_bytes(ctx, wire, n) == WOLFSSL_SUCCESS;
}

/* prefer: a server of TLS 1.2 goes by the size of keys only, and by no list. */
static void prefer(WOLFSSL_CTX *ctx, uint16_t group) {
    const struct parley_group *row = parley_group_find(group);
    if (row != NULL && row->kind == PARLEY_GROUP_KIND_NIST) {
        (void)wolfSSL_CTX_SetTmpEC_DHE_Sz(ctx, (uint16_t)(row->share_length / 2));
    }
}

/* set_groups: those of a context that does TLS 1.2 only are set by another function. Left to itself
 * a client sends a key share for another group than the first of its list, and is asked for that
 * one by servers that follow the list: so the list is always ours. */
static bool set_groups(struct wolf_context *own, const struct parley_endpoint_options *o,
                       const uint16_t *codes, size_t count) {
    int wanted[WOLFSSL_MAX_GROUP_COUNT];
    int n = 0;
    bool ok = true;
    for (size_t i = 0; i < count && n < WOLFSSL_MAX_GROUP_COUNT; i++) {
        if (has_group(codes[i])) {
            wanted[n++] = codes[i];
        }
    }
    if (n > 0 && o->groups != NULL && o->role == PARLEY_SERVER) {
        prefer(own->ctx, (uint16_t)wanted[0]);
    }
    if (n > 0 && adapter_wants(o, PARLEY_TLS13)) {
        own->share = (uint16_t)wanted[0];
        return wolfSSL_CTX_set_groups(own->ctx, wanted, n) == WOLFSSL_SUCCESS;
    }
    for (int i = 0; i < n; i++) {
        ok = ok && wolfSSL_CTX_UseSupportedCurve(own->ctx, (uint16_t)wanted[i]) == WOLFSSL_SUCCESS;
    }
    return ok && n > 0;
}

static bool set_sigalgs(WOLFSSL_CTX *ctx, const struct parley_endpoint_options *o) {
    char list[LIST_SIZE] = "";
    size_t n = 0;
    for (size_t i = 0; i < o->sigalg_count; i++) {
        for (size_t j = 0; j < SIGALGS && n < LIST_SIZE; j++) {
            if (sigalgs[j].code == o->sigalgs[i]) {
                n += (size_t)snprintf(list + n, LIST_SIZE - n, "%s%s", n > 0 ? ":" : "",
                                      sigalgs[j].name);
            }
        }
    }
    return n > 0 && wolfSSL_CTX_set1_sigalgs_list(ctx, list) == WOLFSSL_SUCCESS;
}

bool wolf_set_lists(struct wolf_context *own, const struct parley_endpoint_options *o,
                    struct parley_stack_problem *problem) {
    if (o->suites != NULL && !set_suites(own->ctx, o)) {
        return adapter_unsupported(problem, "none of the suites");
    }
    struct parley_capabilities all;
    wolf_capabilities(&all);
    if (!set_groups(own, o, o->groups != NULL ? o->groups : all.groups,
                    o->groups != NULL ? o->group_count : all.group_count)) {
        return adapter_unsupported(problem, "none of the groups");
    }
    if (o->sigalgs != NULL && !set_sigalgs(own->ctx, o)) {
        return adapter_unsupported(problem, "none of the signature schemes");
    }
    return true;
}
