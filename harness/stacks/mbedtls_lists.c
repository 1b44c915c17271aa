/* Code points, and what Mbed TLS calls them. */
#include "stacks/mbedtls.h"

#include <mbedtls/ecp.h>
#if MBED_TLS13
#include <psa/crypto.h>
#endif

static bool has_suite(uint16_t code) {
    const struct parley_suite *suite = parley_suite_find(code);
    if (suite == NULL || suite->authentication == PARLEY_AUTH_PSK) {
        return false;
    }
    const int *theirs = mbedtls_ssl_list_ciphersuites();
    while (*theirs != 0 && *theirs != code) {
        theirs++;
    }
    return *theirs != 0;
}

static bool has_group(uint16_t code) {
#if MBED_TLS13 && defined(PSA_WANT_ALG_FFDH)
    if (code >= PARLEY_GROUP_ffdhe2048 && code <= PARLEY_GROUP_ffdhe8192) {
        return true;
    }
#endif
    return mbedtls_ecp_curve_info_from_tls_id(code) != NULL;
}

static bool has_sigalg(uint16_t code) {
    const struct parley_sigalg *row = parley_sigalg_find(code);
    return row != NULL && row->hash >= PARLEY_HASH_SHA256 &&
           (row->key == PARLEY_KEY_RSA || row->key == PARLEY_KEY_ECDSA ||
            (MBED_TLS13 != 0 && row->key == PARLEY_KEY_RSA_PSS));
}

void mbed_capabilities(struct parley_capabilities *out) {
    static uint16_t suites[MBED_LISTED], groups[MBED_LISTED], sigalgs[MBED_LISTED];
    *out = (struct parley_capabilities){
        .features = PARLEY_CAP_CLIENT | PARLEY_CAP_SERVER | PARLEY_CAP_TLS12 |
                    PARLEY_CAP_CLIENT_AUTH | PARLEY_CAP_ALPN | PARLEY_CAP_SERVER_NAME |
                    PARLEY_CAP_SESSION_ID | PARLEY_CAP_TICKET | PARLEY_CAP_KEY_LOG,
        .suites = suites,
        .groups = groups,
        .sigalgs = sigalgs,
    };
#if MBED_TLS13
    out->features |= PARLEY_CAP_TLS13 | PARLEY_CAP_RESUMPTION_PSK | PARLEY_CAP_HELLO_RETRY;
#endif
#if !MBED_TLS13 || defined(MBEDTLS_SSL_KEYING_MATERIAL_EXPORT)
    out->features |= PARLEY_CAP_EXPORTER;
#endif
    /* PSA, which TLS 1.3 uses, has a generator of its own that nobody can reset. */
#if !MBED_TLS13 || defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG)
    out->features |= PARLEY_CAP_DETERMINISTIC;
#endif
    for (size_t i = 0; i < parley_suite_count && out->suite_count < MBED_LISTED; i++) {
        if (has_suite(parley_suites[i].code)) {
            suites[out->suite_count++] = parley_suites[i].code;
        }
    }
    for (size_t i = 0; i < parley_group_count && out->group_count < MBED_LISTED; i++) {
        if (has_group(parley_groups[i].code)) {
            groups[out->group_count++] = parley_groups[i].code;
        }
    }
    for (size_t i = 0; i < parley_sigalg_count && out->sigalg_count < MBED_LISTED; i++) {
        if (has_sigalg(parley_sigalgs[i].code)) {
            sigalgs[out->sigalg_count++] = parley_sigalgs[i].code;
        }
    }
}

/* ---- Choosing: Mbed TLS borrows the lists ---- */

static bool set_suites(struct mbed_context *own, const struct parley_endpoint_options *o) {
    size_t n = 0;
    for (size_t i = 0; i < o->suite_count && n < MBED_LISTED; i++) {
        if (has_suite(o->suites[i])) {
            own->suites[n++] = o->suites[i];
        }
    }
    mbedtls_ssl_conf_ciphersuites(&own->config, own->suites);
    return n > 0;
}

static bool set_groups(struct mbed_context *own, const struct parley_endpoint_options *o) {
    size_t n = 0;
    for (size_t i = 0; i < o->group_count && n < MBED_LISTED; i++) {
        if (has_group(o->groups[i])) {
#if MBED_3
            own->groups[n++] = o->groups[i];
#else
            own->groups[n++] = mbedtls_ecp_curve_info_from_tls_id(o->groups[i])->grp_id;
#endif
        }
    }
#if MBED_3
    mbedtls_ssl_conf_groups(&own->config, own->groups);
#else
    mbedtls_ssl_conf_curves(&own->config, own->groups);
#endif
    return n > 0;
}

#if MBED_3
static bool set_sigalgs(struct mbed_context *own, const struct parley_endpoint_options *o) {
    size_t n = 0;
    for (size_t i = 0; i < o->sigalg_count && n < MBED_LISTED; i++) {
        if (has_sigalg(o->sigalgs[i])) {
            own->sigalgs[n++] = o->sigalgs[i];
        }
    }
    mbedtls_ssl_conf_sig_algs(&own->config, own->sigalgs);
    return n > 0;
}
#else
/* 2.28 can choose hashes only, and means each with every kind of key. */
static bool set_sigalgs(struct mbed_context *own, const struct parley_endpoint_options *o) {
    static const int theirs[] = {[PARLEY_HASH_SHA256] = MBEDTLS_MD_SHA256,
                                 [PARLEY_HASH_SHA384] = MBEDTLS_MD_SHA384,
                                 [PARLEY_HASH_SHA512] = MBEDTLS_MD_SHA512};
    size_t n = 0;
    for (size_t i = 0; i < o->sigalg_count && n < MBED_LISTED; i++) {
        if (has_sigalg(o->sigalgs[i])) {
            own->hashes[n++] = theirs[parley_sigalg_find(o->sigalgs[i])->hash];
        }
    }
    own->hashes[n] = MBEDTLS_MD_NONE;
    mbedtls_ssl_conf_sig_hashes(&own->config, own->hashes);
    return n > 0;
}
#endif

bool mbed_set_lists(struct mbed_context *own, const struct parley_endpoint_options *o,
                    struct parley_stack_problem *problem) {
    if (o->suites != NULL && !set_suites(own, o)) {
        return adapter_unsupported(problem, "none of the suites");
    }
    if (o->groups != NULL && !set_groups(own, o)) {
        return adapter_unsupported(problem, "none of the groups");
    }
    if (o->sigalgs != NULL && !set_sigalgs(own, o)) {
        return adapter_unsupported(problem, "none of the signature schemes");
    }
    return true;
}
