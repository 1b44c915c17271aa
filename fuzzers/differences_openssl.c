/* OpenSSL, up to the choice of a certificate. */
#include <string.h>

#include "fuzzers/differences.h"

#define FALLBACK_SCSV 0x5600

static bool no_version(const struct parley_hello_pair *p) {
    return p->hello != NULL && chosen_version(p->hello) == 0 &&
           (p->seen->alert == PARLEY_ALERT_protocol_version || they_refuse(p, "version too low"));
}

static bool fallback(const struct parley_hello_pair *p) {
    return p->hello != NULL && p->seen->alert == PARLEY_ALERT_inappropriate_fallback &&
           offers_suite(p->hello, FALLBACK_SCSV) && chosen_version(p->hello) < PARLEY_TLS13;
}

/* It hands the suites to its callback before it looks whether they are whole, and some; the hello
 * is refused then, if not for something else before. */
static bool suites_later(const struct parley_hello_pair *p) {
    return p->hello == NULL && !p->seen->understood && p->error.extension == NULL &&
           strcmp(p->error.field, "cipher_suites") == 0;
}

/* It decodes the DER in there. */
static bool status_request_der(const struct parley_hello_pair *p) {
    if (p->hello == NULL || !parley_has(&p->hello->extensions, PARLEY_EXT_status_request)) {
        return false;
    }
    const struct parley_status_request *request = &p->hello->extensions.status_request;
    return request->status_type == 1 && p->seen->alert == PARLEY_ALERT_decode_error &&
           request->responder_id_list.len + request->request_extensions.len > 0;
}

static bool ssl3(const struct parley_hello_pair *p) {
    return they_refuse(p, "bad legacy version") && p->hello->legacy_version <= 0x0300;
}

static bool compression_later(const struct parley_hello_pair *p) {
    return p->hello == NULL && !p->seen->understood && p->error.extension == NULL &&
           strcmp(p->error.field, "legacy_compression_methods") == 0 &&
           p->error.error == PARLEY_ERR_length_out_of_range;
}

static bool srtp_refused(const struct parley_hello_pair *p) {
    return they_refuse(p, "bad extension") && !p->seen->split &&
           parley_has(&p->hello->extensions, PARLEY_EXT_use_srtp);
}

/* SRP is unknown to us. */
static bool srp(const struct parley_hello_pair *p) {
    return they_refuse(p, "bad extension") && has_type(p->hello, 12) &&
           p->seen->alert == PARLEY_ALERT_decode_error;
}

/* None of those that it has by default. Where there is only signature_algorithms_cert, it finds
 * none, either. */
static bool no_scheme(const struct parley_hello_pair *p) {
    static const uint16_t theirs[] = {0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0809, 0x080a,
                                      0x080b, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601};
    if (!they_refuse(p, "no shared signature algorithms")) {
        return false;
    }
    const struct parley_extension_block *x = &p->hello->extensions;
    if (!parley_has(x, PARLEY_EXT_signature_algorithms)) {
        return parley_has(x, PARLEY_EXT_signature_algorithms_cert);
    }
    for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
        if (parley_uint16_in(x->signature_algorithms.supported_signature_algorithms, theirs[i])) {
            return false;
        }
    }
    return true;
}

/* In TLS 1.3 it chooses the suite before it reads extensions. */
static bool no_suite(const struct parley_hello_pair *p) {
    return they_refuse(p, "no shared cipher") && chosen_version(p->hello) == PARLEY_TLS13 &&
           !offers_suite(p->hello, 0x1301) && !offers_suite(p->hello, 0x1302) &&
           !offers_suite(p->hello, 0x1303);
}

static bool compression(const struct parley_hello_pair *p) {
    return p->hello != NULL &&
           (!parley_uint8_in(p->hello->legacy_compression_methods, 0) ||
            (chosen_version(p->hello) == PARLEY_TLS13 &&
             p->hello->legacy_compression_methods.len > 1)) &&
           (they_refuse(p, "no compression specified") ||
            they_refuse(p, "invalid compression algorithm"));
}

static bool server_name(const struct parley_hello_pair *p) {
    if (p->hello == NULL || !parley_has(&p->hello->extensions, PARLEY_EXT_server_name)) {
        return false;
    }
    const struct parley_server_name *name = &p->hello->extensions.server_name;
    bool one = name->server_name_list.len == 3 + name->host_name.len && name->host_name.len > 0;
    return (they_refuse(p, "bad extension") && !one) ||
           (p->seen->alert == PARLEY_ALERT_unrecognized_name && name->host_name.len > 255);
}

/* It takes a name of no bytes for none. */
static bool empty_name(const struct parley_hello_pair *p) {
    return we_refuse(p, PARLEY_EXT_server_name) &&
           p->error.error == PARLEY_ERR_length_out_of_range &&
           strcmp(p->error.field, "host_name") == 0;
}

/* What is in an unknown extension is nothing to it, nor that there are two. */
static bool unknown_twice(const struct parley_hello_pair *p) {
    return p->hello == NULL && p->error.error == PARLEY_ERR_duplicate_hello_extension &&
           p->seen->split;
}

static bool psk_not_last(const struct parley_hello_pair *p) {
    return p->error.error == PARLEY_ERR_psk_not_last;
}

static bool renegotiation(const struct parley_hello_pair *p) {
    return p->hello != NULL && parley_has(&p->hello->extensions, PARLEY_EXT_renegotiation_info) &&
           p->hello->extensions.renegotiation_info.renegotiated_connection.len > 0 &&
           they_refuse(p, "renegotiation mismatch");
}

/* ---- What a server of TLS 1.3 asks for beyond the grammar ---- */

static bool has(const struct parley_hello_pair *p, enum parley_extension extension) {
    return parley_has(&p->hello->extensions, extension);
}

static bool is_tls13(const struct parley_hello_pair *p) {
    return p->hello != NULL && chosen_version(p->hello) == PARLEY_TLS13;
}

static bool psk_without_modes(const struct parley_hello_pair *p) {
    return they_refuse(p, "missing psk kex modes extension") && has(p, PARLEY_EXT_pre_shared_key) &&
           !has(p, PARLEY_EXT_psk_key_exchange_modes);
}

static bool missing(const struct parley_hello_pair *p) {
    return is_tls13(p) && p->seen->alert == PARLEY_ALERT_missing_extension &&
           (!has(p, PARLEY_EXT_supported_groups) || !has(p, PARLEY_EXT_key_share) ||
            !has(p, PARLEY_EXT_signature_algorithms));
}

/* Shares of groups that are not among the supported ones. */
static bool stray_share(const struct parley_hello_pair *p) {
    if (!is_tls13(p) || !they_refuse(p, "bad key share") || !has(p, PARLEY_EXT_supported_groups) ||
        !has(p, PARLEY_EXT_key_share)) {
        return false;
    }
    const struct parley_extension_block *x = &p->hello->extensions;
    struct parley_bytes rest = x->key_share_offer.client_shares;
    struct parley_key_share_entry share;
    while (parley_key_share_next(&rest, &share)) {
        if (!parley_uint16_in(x->supported_groups.named_group_list, share.group)) {
            return true;
        }
    }
    return false;
}

/* It decodes the names. */
static bool authorities_der(const struct parley_hello_pair *p) {
    return is_tls13(p) && has(p, PARLEY_EXT_certificate_authorities) &&
           p->seen->alert == PARLEY_ALERT_decode_error;
}

/* The share of the group it takes is no point of it: ours finds out when it uses it. */
static bool bad_point(const struct parley_hello_pair *p) {
    return is_tls13(p) && has(p, PARLEY_EXT_key_share) && p->seen->split &&
           p->seen->alert == PARLEY_ALERT_illegal_parameter && !they_refuse(p, "bad key share") &&
           !they_refuse(p, "bad extension");
}

/* A server may look for it. */
static bool second_share(const struct parley_hello_pair *p) {
    return we_refuse(p, PARLEY_EXT_key_share) && p->error.error == PARLEY_ERR_duplicate_key_share;
}

static bool no_common_group(const struct parley_hello_pair *p) {
    return is_tls13(p) && they_refuse(p, "no suitable key share") &&
           p->seen->alert == PARLEY_ALERT_handshake_failure;
}

/* ---- What we refuse and they do not look into ---- */

#define PASSED_OVER(extension)                                                                     \
    static bool extension(const struct parley_hello_pair *p) {                                     \
        return we_refuse(p, PARLEY_EXT_##extension);                                               \
    }
PASSED_OVER(heartbeat)
PASSED_OVER(cookie)
PASSED_OVER(pre_shared_key)
PASSED_OVER(extended_master_secret)
PASSED_OVER(encrypt_then_mac)
PASSED_OVER(use_srtp)
PASSED_OVER(client_certificate_type)
PASSED_OVER(server_certificate_type)
PASSED_OVER(padding)
PASSED_OVER(compress_certificate)
PASSED_OVER(record_size_limit)
PASSED_OVER(delegated_credential)
PASSED_OVER(oid_filters)
PASSED_OVER(application_settings)
PASSED_OVER(ech_outer_extensions)
PASSED_OVER(encrypted_client_hello)
PASSED_OVER(next_protocol_negotiation)
PASSED_OVER(signed_certificate_timestamp)

#define PASSED_OVER_IN(extension, chosen)                                                          \
    static bool extension(const struct parley_hello_pair *p) {                                     \
        return we_refuse(p, PARLEY_EXT_##extension) && p->seen->version == (chosen);               \
    }
/* In TLS 1.2, too, it does not look at what follows. */
static bool renegotiation_info(const struct parley_hello_pair *p) {
    return we_refuse(p, PARLEY_EXT_renegotiation_info) &&
           (p->seen->version == PARLEY_TLS13 || p->error.error == PARLEY_ERR_trailing_bytes);
}
/* In TLS 1.2, too, it does not mind if uncompressed points are not in the list. */
static bool ec_point_formats(const struct parley_hello_pair *p) {
    return we_refuse(p, PARLEY_EXT_ec_point_formats) &&
           (p->seen->version == PARLEY_TLS13 || p->error.error == PARLEY_ERR_bad_value);
}
PASSED_OVER_IN(early_data, PARLEY_TLS12)
PASSED_OVER_IN(key_share, PARLEY_TLS12)
PASSED_OVER_IN(psk_key_exchange_modes, PARLEY_TLS12)
/* In TLS 1.3, too, it takes an empty list. */
static bool certificate_authorities(const struct parley_hello_pair *p) {
    return we_refuse(p, PARLEY_EXT_certificate_authorities) &&
           (p->seen->version == PARLEY_TLS12 || p->error.error == PARLEY_ERR_length_out_of_range);
}
PASSED_OVER_IN(post_handshake_auth, PARLEY_TLS12)

static const struct parley_difference items[] = {
    {"no common version", "RFC 8446 4.2.1", no_version},
    {"inappropriate fallback", "RFC 7507 3", fallback},
    {"no suites, or half of one, noticed later", "RFC 8446 4.1.2", suites_later},
    {"responders and extensions of OCSP are DER", "RFC 6066 8", status_request_der},
    {"a legacy_version of SSL 3.0", "RFC 8446 D.5", ssl3},
    {"no compression methods, noticed later", "RFC 8446 4.1.2", compression_later},
    {"use_srtp, and this is not DTLS", "RFC 5764 4.1", srtp_refused},
    {"no common signature algorithm", "RFC 8446 4.2.3", no_scheme},
    {"what is in the srp extension", "RFC 5054 2.8.1", srp},
    {"no suite of TLS 1.3", "RFC 8446 4.1.1", no_suite},
    {"no null compression, or more in TLS 1.3", "RFC 8446 4.1.2", compression},
    {"only one name, of type host_name", "RFC 6066 3", server_name},
    {"an extension that TLS 1.3 must have", "RFC 8446 9.2", missing},
    {"a share of a group that is not supported", "RFC 8446 4.2.8", stray_share},
    {"a share that is no point of its group", "RFC 8446 4.2.8.2", bad_point},
    {"names of authorities are DER", "RFC 8446 4.2.4", authorities_der},
    {"a PSK without modes", "RFC 8446 4.2.9", psk_without_modes},
    {"a second share of a group", "RFC 8446 4.2.8", second_share},
    {"no common group", "RFC 8446 4.1.1", no_common_group},
    {"a host name of no bytes", "RFC 6066 3", empty_name},
    {"two of an extension it does not know", "RFC 8446 4.2", unknown_twice},
    {"checked where one is used", "RFC 8446 4.2.11", psk_not_last},
    {"renegotiation in a first hello", "RFC 5746 3.6", renegotiation},
    {"does not implement heartbeat", "RFC 8446 4.2", heartbeat},
    {"use_srtp is for DTLS", "RFC 5764 4.1", use_srtp},
    {"does not implement client_certificate_type", "RFC 8446 4.2", client_certificate_type},
    {"does not implement server_certificate_type", "RFC 8446 4.2", server_certificate_type},
    {"need not check that padding is zeros", "RFC 7685 3", padding},
    {"does not implement compress_certificate", "RFC 8446 4.2", compress_certificate},
    {"does not implement record_size_limit", "RFC 8446 4.2", record_size_limit},
    {"does not implement delegated_credential", "RFC 8446 4.2", delegated_credential},
    {"oid_filters is no client's; does not implement it", "RFC 8446 4.2.5", oid_filters},
    {"does not implement application_settings", "RFC 8446 4.2", application_settings},
    {"does not implement ech_outer_extensions", "RFC 8446 4.2", ech_outer_extensions},
    {"does not implement encrypted_client_hello", "RFC 8446 4.2", encrypted_client_hello},
    {"not asked to negotiate the next protocol", "RFC 8446 4.2", next_protocol_negotiation},
    {"not asked to give timestamps", "RFC 6962 3.3.1", signed_certificate_timestamp},
    {"looks only whether it is there", "RFC 7627 5.1", extended_master_secret},
    {"looks only whether it is there", "RFC 7366 2", encrypt_then_mac},
    {"nothing to TLS 1.3", "RFC 8446 4.1.2", renegotiation_info},
    {"nothing to TLS 1.3", "RFC 8446 4.2.7", ec_point_formats},
    {"nothing to TLS 1.2", "RFC 8446 4.2.10", early_data},
    {"nothing to TLS 1.2", "RFC 8446 4.2.8", key_share},
    {"read as far as one is known", "RFC 8446 4.2.11", pre_shared_key},
    {"nothing to TLS 1.2", "RFC 8446 4.2.9", psk_key_exchange_modes},
    {"a cookie answers a retry, it sent none", "RFC 8446 4.2.2", cookie},
    {"nothing to TLS 1.2, and may be empty", "RFC 8446 4.2.4", certificate_authorities},
    {"nothing to TLS 1.2", "RFC 8446 4.2.6", post_handshake_auth},
};
const struct differences differences_openssl = {items, sizeof(items) / sizeof(items[0])};
