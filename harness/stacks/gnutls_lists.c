/* Code points, and what GnuTLS calls them. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "stacks/gnutls.h"

#define MAX_LISTED 64
#define LIST_SIZE 4096

/* Names that this version may know, or not. */
struct named {
    uint16_t code;
    const char *name;
};

static const struct named groups[] = {
    {PARLEY_GROUP_x25519, "X25519"},
    {PARLEY_GROUP_secp256r1, "SECP256R1"},
    {PARLEY_GROUP_secp384r1, "SECP384R1"},
    {PARLEY_GROUP_secp521r1, "SECP521R1"},
    {PARLEY_GROUP_x448, "X448"},
    {PARLEY_GROUP_ffdhe2048, "FFDHE2048"},
    {PARLEY_GROUP_ffdhe3072, "FFDHE3072"},
    {PARLEY_GROUP_ffdhe4096, "FFDHE4096"},
    {PARLEY_GROUP_ffdhe6144, "FFDHE6144"},
    {PARLEY_GROUP_ffdhe8192, "FFDHE8192"},
    {PARLEY_GROUP_X25519MLKEM768, "X25519-MLKEM768"},
};
#define GROUPS (sizeof groups / sizeof *groups)

/* ECDSA's schemes of TLS 1.2 and 1.3: two names for one code. */
static const struct named sigalgs[] = {
    {PARLEY_SIGALG_ecdsa_secp256r1_sha256, "ECDSA-SECP256R1-SHA256"},
    {PARLEY_SIGALG_ecdsa_secp256r1_sha256, "ECDSA-SHA256"},
    {PARLEY_SIGALG_ecdsa_secp384r1_sha384, "ECDSA-SECP384R1-SHA384"},
    {PARLEY_SIGALG_ecdsa_secp384r1_sha384, "ECDSA-SHA384"},
    {PARLEY_SIGALG_ecdsa_secp521r1_sha512, "ECDSA-SECP521R1-SHA512"},
    {PARLEY_SIGALG_ecdsa_secp521r1_sha512, "ECDSA-SHA512"},
    {PARLEY_SIGALG_ed25519, "EdDSA-Ed25519"},
    {PARLEY_SIGALG_ed448, "EdDSA-Ed448"},
    {PARLEY_SIGALG_rsa_pss_rsae_sha256, "RSA-PSS-RSAE-SHA256"},
    {PARLEY_SIGALG_rsa_pss_rsae_sha384, "RSA-PSS-RSAE-SHA384"},
    {PARLEY_SIGALG_rsa_pss_rsae_sha512, "RSA-PSS-RSAE-SHA512"},
    {PARLEY_SIGALG_rsa_pkcs1_sha256, "RSA-SHA256"},
    {PARLEY_SIGALG_rsa_pkcs1_sha384, "RSA-SHA384"},
    {PARLEY_SIGALG_rsa_pkcs1_sha512, "RSA-SHA512"},
    {PARLEY_SIGALG_rsa_pkcs1_sha1, "RSA-SHA1"},
    {PARLEY_SIGALG_ecdsa_sha1, "ECDSA-SHA1"},
};
#define SIGALGS (sizeof sigalgs / sizeof *sigalgs)

static bool has_group(const char *name) {
    return gnutls_group_get_id(name) != GNUTLS_GROUP_INVALID;
}

static bool has_sigalg(const char *name) {
    return gnutls_sign_get_id(name) != GNUTLS_SIGN_UNKNOWN;
}

uint16_t gnu_group_code(gnutls_group_t group) {
    for (size_t i = 0; i < GROUPS && group != GNUTLS_GROUP_INVALID; i++) {
        if (gnutls_group_get_id(groups[i].name) == group) {
            return groups[i].code;
        }
    }
    return 0;
}

uint16_t gnu_sigalg_code(int sign) {
    for (size_t i = 0; i < SIGALGS && sign > 0; i++) {
        if ((int)gnutls_sign_get_id(sigalgs[i].name) == sign) {
            return sigalgs[i].code;
        }
    }
    return 0;
}

/* ---- Suites ---- */

/* What GnuTLS makes a suite of. TLS 1.3's have no key exchange. */
struct parts {
    gnutls_kx_algorithm_t kx;
    gnutls_cipher_algorithm_t cipher;
    gnutls_mac_algorithm_t mac;
};

/* suite_at returns the code of suite number |i|, or -1: there are no more. */
static int suite_at(size_t i, struct parts *out) {
    unsigned char code[2];
    gnutls_protocol_t version;
    if (gnutls_cipher_suite_info(i, code, &out->kx, &out->cipher, &out->mac, &version) == NULL) {
        return -1;
    }
    return code[0] << 8 | code[1];
}

static bool parts_of(uint16_t wanted, struct parts *out) {
    int code = 0;
    for (size_t i = 0; code != -1 && code != wanted; i++) {
        code = suite_at(i, out);
    }
    return code == wanted;
}

uint16_t gnu_suite_code(gnutls_session_t session) {
    bool tls13 = gnutls_protocol_get_version(session) == GNUTLS_TLS1_3;
    struct parts parts = {GNUTLS_KX_UNKNOWN, GNUTLS_CIPHER_UNKNOWN, GNUTLS_MAC_UNKNOWN};
    int code;
    for (size_t i = 0; (code = suite_at(i, &parts)) != -1; i++) {
        if (parts.cipher == gnutls_cipher_get(session) && tls13 == (code >> 8 == 0x13) &&
            (tls13 ||
             (parts.kx == gnutls_kx_get(session) && parts.mac == gnutls_mac_get(session)))) {
            return (uint16_t)code;
        }
    }
    return 0;
}

/* ---- What there is ---- */

static size_t list_named(const struct named *all, size_t count, bool (*has)(const char *),
                         uint16_t *out) {
    size_t n = 0;
    for (size_t i = 0; i < count && n < MAX_LISTED; i++) {
        if (has(all[i].name) && (n == 0 || out[n - 1] != all[i].code)) {
            out[n++] = all[i].code;
        }
    }
    return n;
}

static size_t list_suites(uint16_t *out) {
    size_t n = 0;
    struct parts parts;
    for (size_t i = 0; i < parley_suite_count && n < MAX_LISTED; i++) {
        if (parts_of(parley_suites[i].code, &parts)) {
            out[n++] = parley_suites[i].code;
        }
    }
    return n;
}

void gnu_capabilities(struct parley_capabilities *out) {
    static uint16_t suite_codes[MAX_LISTED], group_codes[MAX_LISTED], sigalg_codes[MAX_LISTED];
    *out = (struct parley_capabilities){
        .features = PARLEY_CAP_CLIENT | PARLEY_CAP_SERVER | PARLEY_CAP_TLS12 | PARLEY_CAP_TLS13 |
                    PARLEY_CAP_CLIENT_AUTH | PARLEY_CAP_POST_HANDSHAKE_AUTH | PARLEY_CAP_ALPN |
                    PARLEY_CAP_SERVER_NAME | PARLEY_CAP_SESSION_ID | PARLEY_CAP_TICKET |
                    PARLEY_CAP_RESUMPTION_PSK | PARLEY_CAP_EXTERNAL_PSK | PARLEY_CAP_PSK_KE |
                    PARLEY_CAP_EARLY_DATA | PARLEY_CAP_HELLO_RETRY | PARLEY_CAP_KEY_UPDATE |
                    PARLEY_CAP_EXPORTER | PARLEY_CAP_KEY_LOG | PARLEY_CAP_DETERMINISTIC,
        .suites = suite_codes,
        .suite_count = list_suites(suite_codes),
        .groups = group_codes,
        .group_count = list_named(groups, GROUPS, has_group, group_codes),
        .sigalgs = sigalg_codes,
        .sigalg_count = list_named(sigalgs, SIGALGS, has_sigalg, sigalg_codes),
    };
}

/* ---- What is wanted ---- */

__attribute__((format(printf, 2, 3))) static void add(char list[LIST_SIZE], const char *format,
                                                      ...) {
    size_t n = strlen(list);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(list + n, LIST_SIZE - n, format, arguments);
    va_end(arguments);
}

/* add_suites: GnuTLS takes no suites, but what they are made of; several suites therefore allow
 * every other one of the same parts, too. */
static bool add_suites(char list[LIST_SIZE], const struct parley_endpoint_options *o) {
    bool any = false;
    add(list, ":-KX-ALL:-CIPHER-ALL:-MAC-ALL");
    for (size_t i = 0; i < o->suite_count; i++) {
        struct parts parts = {GNUTLS_KX_UNKNOWN, GNUTLS_CIPHER_UNKNOWN, GNUTLS_MAC_UNKNOWN};
        if (!parts_of(o->suites[i], &parts)) {
            continue;
        }
        any = true;
        add(list, ":+%s:+%s", gnutls_cipher_get_name(parts.cipher), gnutls_mac_get_name(parts.mac));
        if (o->suites[i] >> 8 != 0x13) {
            add(list, ":+%s", gnutls_kx_get_name(parts.kx));
        }
    }
    return any;
}

/* add_psk_modes: GnuTLS calls the modes of TLS 1.3 key exchanges, too. */
static void add_psk_modes(char list[LIST_SIZE], const struct parley_endpoint_options *o) {
    unsigned modes = o->psk_modes;
    if (modes == 0 && o->psk_count > 0) {
        modes = PARLEY_PSK_DHE_KE;
    }
    if ((modes & PARLEY_PSK_DHE_KE) != 0) {
        add(list, ":+ECDHE-PSK:+DHE-PSK");
    }
    if ((modes & PARLEY_PSK_KE) != 0) {
        add(list, ":+PSK");
    }
}

/* add_named adds those of |codes| that this version has, with |prefix|; returns whether any is. */
static bool add_named(char list[LIST_SIZE], const char *prefix, const struct named *all,
                      size_t count, bool (*has)(const char *), const uint16_t *codes,
                      size_t code_count) {
    bool any = false;
    add(list, ":-%s-ALL", prefix);
    for (size_t i = 0; i < code_count; i++) {
        for (size_t k = 0; k < count; k++) {
            if (all[k].code == codes[i] && has(all[k].name)) {
                add(list, ":+%s-%s", prefix, all[k].name);
                any = true;
            }
        }
    }
    return any;
}

bool gnu_priorities(gnutls_priority_t *out, const struct parley_endpoint_options *o,
                    struct parley_stack_problem *problem) {
    char list[LIST_SIZE] = "NORMAL:-VERS-ALL";
    if (adapter_wants(o, PARLEY_TLS13)) {
        add(list, ":+VERS-TLS1.3");
    }
    if (adapter_wants(o, PARLEY_TLS12)) {
        add(list, ":+VERS-TLS1.2");
    }
    if (o->suites != NULL && !add_suites(list, o)) {
        return adapter_unsupported(problem, "none of the suites");
    }
    if (adapter_wants(o, PARLEY_TLS13)) {
        add_psk_modes(list, o);
    }
    if (o->groups != NULL &&
        !add_named(list, "GROUP", groups, GROUPS, has_group, o->groups, o->group_count)) {
        return adapter_unsupported(problem, "none of the groups");
    }
    if (o->sigalgs != NULL &&
        !add_named(list, "SIGN", sigalgs, SIGALGS, has_sigalg, o->sigalgs, o->sigalg_count)) {
        return adapter_unsupported(problem, "none of the signature schemes");
    }
    const char *at = "";
    int status = gnutls_priority_init(out, list, &at);
    return status >= 0 || adapter_unsupported(problem, "%s (%.60s)", gnutls_strerror(status), at);
}
