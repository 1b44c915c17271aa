/* Code points, as BearSSL has them, and its errors. */
#include "stacks/bearssl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names of its header: BearSSL has no texts. */
#define ERROR(name)                                                                                \
    { BR_ERR_##name, #name }
static const struct {
    int code;
    const char *name;
} errors[] = {
    ERROR(BAD_PARAM),
    ERROR(BAD_STATE),
    ERROR(UNSUPPORTED_VERSION),
    ERROR(BAD_VERSION),
    ERROR(BAD_LENGTH),
    ERROR(TOO_LARGE),
    ERROR(BAD_MAC),
    ERROR(NO_RANDOM),
    ERROR(UNKNOWN_TYPE),
    ERROR(UNEXPECTED),
    ERROR(BAD_CCS),
    ERROR(BAD_ALERT),
    ERROR(BAD_HANDSHAKE),
    ERROR(OVERSIZED_ID),
    ERROR(BAD_CIPHER_SUITE),
    ERROR(BAD_COMPRESSION),
    ERROR(BAD_FRAGLEN),
    ERROR(BAD_SECRENEG),
    ERROR(EXTRA_EXTENSION),
    ERROR(BAD_SNI),
    ERROR(BAD_HELLO_DONE),
    ERROR(LIMIT_EXCEEDED),
    ERROR(BAD_FINISHED),
    ERROR(RESUME_MISMATCH),
    ERROR(INVALID_ALGORITHM),
    ERROR(BAD_SIGNATURE),
    ERROR(WRONG_KEY_USAGE),
    ERROR(NO_CLIENT_AUTH),
    ERROR(IO),
    ERROR(X509_INVALID_VALUE),
    ERROR(X509_TRUNCATED),
    ERROR(X509_EMPTY_CHAIN),
    ERROR(X509_INNER_TRUNC),
    ERROR(X509_BAD_TAG_CLASS),
    ERROR(X509_BAD_TAG_VALUE),
    ERROR(X509_INDEFINITE_LENGTH),
    ERROR(X509_EXTRA_ELEMENT),
    ERROR(X509_UNEXPECTED),
    ERROR(X509_NOT_CONSTRUCTED),
    ERROR(X509_NOT_PRIMITIVE),
    ERROR(X509_PARTIAL_BYTE),
    ERROR(X509_BAD_BOOLEAN),
    ERROR(X509_OVERFLOW),
    ERROR(X509_BAD_DN),
    ERROR(X509_BAD_TIME),
    ERROR(X509_UNSUPPORTED),
    ERROR(X509_LIMIT_EXCEEDED),
    ERROR(X509_WRONG_KEY_TYPE),
    ERROR(X509_BAD_SIGNATURE),
    ERROR(X509_TIME_UNKNOWN),
    ERROR(X509_EXPIRED),
    ERROR(X509_DN_MISMATCH),
    ERROR(X509_BAD_SERVER_NAME),
    ERROR(X509_CRITICAL_EXTENSION),
    ERROR(X509_NOT_CA),
    ERROR(X509_FORBIDDEN_KEY_USAGE),
    ERROR(X509_WEAK_PUBLIC_KEY),
    ERROR(X509_NOT_TRUSTED),
};

const char *bear_reason(int error) {
    static char text[64];
    if (error >= BR_ERR_SEND_FATAL_ALERT) {
        return "SEND_FATAL_ALERT";
    }
    if (error >= BR_ERR_RECV_FATAL_ALERT) {
        return "RECV_FATAL_ALERT";
    }
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        if (errors[i].code == error) {
            return errors[i].name;
        }
    }
    (void)snprintf(text, sizeof text, "error %d", error);
    return text;
}

/* list_suites asks a client that does all it can. */
static size_t list_suites(uint16_t out[BEAR_LISTED]) {
    struct bear_connection *probe = calloc(1, sizeof *probe);
    size_t n = 0;
    if (probe != NULL) {
        br_ssl_client_init_full(&probe->ssl.client, &probe->x509.minimal, NULL, 0);
        const br_ssl_engine_context *engine = &probe->ssl.engine;
        for (size_t i = 0; i < engine->suites_num && n < BEAR_LISTED; i++) {
            if (parley_suite_find(engine->suites_buf[i]) != NULL) {
                out[n++] = engine->suites_buf[i];
            }
        }
        free(probe);
    }
    return n;
}

static size_t list_groups(uint16_t out[BEAR_LISTED]) {
    uint32_t curves = br_ec_get_default()->supported_curves;
    size_t n = 0;
    for (uint16_t code = 0; code < 32; code++) {
        if ((curves >> code & 1) != 0 && parley_group_find(code) != NULL) {
            out[n++] = code;
        }
    }
    return n;
}

void bear_capabilities(struct parley_capabilities *out) {
    static const uint16_t sigalgs[] = {
        PARLEY_SIGALG_ecdsa_secp256r1_sha256, PARLEY_SIGALG_ecdsa_secp384r1_sha384,
        PARLEY_SIGALG_ecdsa_secp521r1_sha512, PARLEY_SIGALG_rsa_pkcs1_sha256,
        PARLEY_SIGALG_rsa_pkcs1_sha384,       PARLEY_SIGALG_rsa_pkcs1_sha512,
    };
    static uint16_t suites[BEAR_LISTED], groups[BEAR_LISTED];
    *out = (struct parley_capabilities){
        .features = PARLEY_CAP_CLIENT | PARLEY_CAP_SERVER | PARLEY_CAP_TLS12 |
                    PARLEY_CAP_CLIENT_AUTH | PARLEY_CAP_ALPN | PARLEY_CAP_SERVER_NAME |
                    PARLEY_CAP_SESSION_ID | PARLEY_CAP_EXPORTER | PARLEY_CAP_KEY_LOG |
                    PARLEY_CAP_DETERMINISTIC,
        .suites = suites,
        .suite_count = list_suites(suites),
        .groups = groups,
        .group_count = list_groups(groups),
        .sigalgs = sigalgs,
        .sigalg_count = sizeof sigalgs / sizeof *sigalgs,
    };
}

static bool has(const uint16_t *codes, size_t count, uint16_t code) {
    size_t i = 0;
    while (i < count && codes[i] != code) {
        i++;
    }
    return i < count;
}

bool bear_set_lists(struct bear_context *own, const struct parley_endpoint_options *o,
                    struct parley_stack_problem *problem) {
    struct parley_capabilities all;
    bear_capabilities(&all);
    for (size_t i = 0; i < o->suite_count && own->suite_count < BEAR_LISTED; i++) {
        if (has(all.suites, all.suite_count, o->suites[i])) {
            own->suites[own->suite_count++] = o->suites[i];
        }
    }
    if (o->suites != NULL && own->suite_count == 0) {
        return adapter_unsupported(problem, "none of the suites");
    }
    /* Curves can be left out, but not put in another order. */
    own->curves = *br_ec_get_default();
    uint32_t curves = 0;
    for (size_t i = 0; i < o->group_count; i++) {
        curves |= o->groups[i] < 32 ? UINT32_C(1) << o->groups[i] : 0;
    }
    own->curves.supported_curves &= o->groups != NULL ? curves : UINT32_MAX;
    if (own->curves.supported_curves == 0) {
        return adapter_unsupported(problem, "none of the groups");
    }
    for (size_t i = 0; i < all.sigalg_count && o->sigalgs != NULL; i++) {
        if (!has(o->sigalgs, o->sigalg_count, all.sigalgs[i])) {
            return adapter_unsupported(problem, "signature schemes cannot be left out");
        }
    }
    return true;
}
