/* BoringSSL, up to the choice of a certificate. */
#include <string.h>

#include "fuzzers/differences.h"

#define FALLBACK_SCSV 0x5600

/* ---- They refuse what our parser leaves to the negotiation ---- */

static bool no_version(const struct parley_hello_pair *p) {
    return they_refuse(p, "UNSUPPORTED_PROTOCOL") && chosen_version(p->hello) == 0;
}

static bool fallback(const struct parley_hello_pair *p) {
    return they_refuse(p, "INAPPROPRIATE_FALLBACK") && offers_suite(p->hello, FALLBACK_SCSV) &&
           chosen_version(p->hello) < PARLEY_TLS13;
}

static bool compression(const struct parley_hello_pair *p) {
    return they_refuse(p, "INVALID_COMPRESSION_LIST") &&
           (!parley_uint8_in(p->hello->legacy_compression_methods, 0) ||
            (chosen_version(p->hello) == PARLEY_TLS13 &&
             p->hello->legacy_compression_methods.len > 1));
}

/* The name is refused before it is handed to select_certificate_cb: not split, without a reason. */
static bool server_name(const struct parley_hello_pair *p) {
    if (p->hello == NULL || p->seen->split || p->seen->reason != NULL ||
        !parley_has(&p->hello->extensions, PARLEY_EXT_server_name)) {
        return false;
    }
    const struct parley_server_name *name = &p->hello->extensions.server_name;
    bool one = name->server_name_list.len == 3 + name->host_name.len && name->host_name.len > 0;
    return !one || name->host_name.len > 255;
}

static bool renegotiation(const struct parley_hello_pair *p) {
    return they_refuse(p, "RENEGOTIATION_MISMATCH") &&
           parley_has(&p->hello->extensions, PARLEY_EXT_renegotiation_info) &&
           p->hello->extensions.renegotiation_info.renegotiated_connection.len > 0;
}

/* Ours lets it pass: clients that send none are about. */
static bool no_delegated(const struct parley_hello_pair *p) {
    return p->hello != NULL && p->seen->refused_extension == 34 &&
           p->hello->extensions.delegated_credential_request.supported_signature_algorithms.len ==
               0;
}

static bool quic(const struct parley_hello_pair *p) {
    return p->hello != NULL && p->seen->alert == PARLEY_ALERT_unsupported_extension &&
           (p->seen->refused_extension == 57 || p->seen->refused_extension == 0xffa5);
}

static bool twice_compressed(const struct parley_hello_pair *p) {
    if (p->hello == NULL || p->seen->refused_extension != 27) {
        return false;
    }
    struct parley_bytes rest = p->hello->extensions.compress_certificate.algorithms;
    uint16_t algorithm;
    while (parley_uint16_next(&rest, &algorithm)) {
        if (parley_uint16_in(rest, algorithm)) {
            return true;
        }
    }
    return false;
}

/* ---- We refuse the body of an extension that they do not look into ---- */

#define PASSED_OVER(extension)                                                                     \
    static bool extension(const struct parley_hello_pair *p) {                                     \
        return we_refuse(p, PARLEY_EXT_##extension);                                               \
    }
PASSED_OVER(max_fragment_length)
PASSED_OVER(use_srtp)
PASSED_OVER(heartbeat)
PASSED_OVER(client_certificate_type)
PASSED_OVER(server_certificate_type)
PASSED_OVER(padding)
PASSED_OVER(encrypt_then_mac)
PASSED_OVER(record_size_limit)
PASSED_OVER(cookie)
PASSED_OVER(certificate_authorities)
PASSED_OVER(oid_filters)
PASSED_OVER(post_handshake_auth)
PASSED_OVER(signature_algorithms_cert)
PASSED_OVER(ech_outer_extensions)
PASSED_OVER(encrypted_client_hello)
PASSED_OVER(application_layer_protocol_negotiation)
PASSED_OVER(key_share)
PASSED_OVER(pre_shared_key)
PASSED_OVER(application_settings)

static bool psk_not_last(const struct parley_hello_pair *p) {
    return p->error.error == PARLEY_ERR_psk_not_last;
}

#define PASSED_OVER_IN(extension, chosen)                                                          \
    static bool extension(const struct parley_hello_pair *p) {                                     \
        return we_refuse(p, PARLEY_EXT_##extension) && p->seen->version == (chosen);               \
    }
PASSED_OVER_IN(extended_master_secret, PARLEY_TLS13)
PASSED_OVER_IN(renegotiation_info, PARLEY_TLS13)
PASSED_OVER_IN(ec_point_formats, PARLEY_TLS13)
PASSED_OVER_IN(next_protocol_negotiation, PARLEY_TLS13)
PASSED_OVER_IN(early_data, PARLEY_TLS12)
PASSED_OVER_IN(delegated_credential, PARLEY_TLS12)

/* Of status_request, the type is all that is read; of the versions, those up to the one it takes.
 */
static bool status_request(const struct parley_hello_pair *p) {
    return we_refuse(p, PARLEY_EXT_status_request) && p->error.offset > 0;
}

static bool supported_versions(const struct parley_hello_pair *p) {
    return we_refuse(p, PARLEY_EXT_supported_versions) &&
           p->error.error == PARLEY_ERR_length_not_multiple;
}

static const struct parley_difference items[] = {
    {"no common version", "RFC 8446 4.2.1", no_version},
    {"inappropriate fallback", "RFC 7507 3", fallback},
    {"no null compression, or more in TLS 1.3", "RFC 8446 4.1.2", compression},
    {"only one name, of type host_name", "RFC 6066 3", server_name},
    {"delegated credentials without an algorithm", "RFC 9345 4.1.1", no_delegated},
    {"parameters of QUIC, and this is not QUIC", "RFC 9001 8.2", quic},
    {"a compression algorithm twice", "RFC 8879 3", twice_compressed},
    {"renegotiation in a first hello", "RFC 5746 3.6", renegotiation},
    {"does not implement max_fragment_length", "RFC 8446 4.2", max_fragment_length},
    {"use_srtp is for DTLS", "RFC 5764 4.1", use_srtp},
    {"does not implement heartbeat", "RFC 8446 4.2", heartbeat},
    {"does not implement client_certificate_type", "RFC 8446 4.2", client_certificate_type},
    {"does not implement server_certificate_type", "RFC 8446 4.2", server_certificate_type},
    {"need not check that padding is zeros", "RFC 7685 3", padding},
    {"does not implement encrypt_then_mac", "RFC 8446 4.2", encrypt_then_mac},
    {"does not implement record_size_limit", "RFC 8446 4.2", record_size_limit},
    {"a cookie answers a retry, it sent none", "RFC 8446 4.2.2", cookie},
    {"need not regard certificate_authorities", "RFC 8446 4.2.4", certificate_authorities},
    {"oid_filters is no client's; does not implement it", "RFC 8446 4.2.5", oid_filters},
    {"does not implement post_handshake_auth", "RFC 8446 4.2.6", post_handshake_auth},
    {"does not implement signature_algorithms_cert", "RFC 8446 4.2.3", signature_algorithms_cert},
    {"only the inner hello has it", "RFC 9849 5.1", ech_outer_extensions},
    {"without a key, an outer hello's is not looked into", "RFC 9849 7.1", encrypted_client_hello},
    {"read once there is a certificate", "RFC 7301 3.2", application_layer_protocol_negotiation},
    {"read once there is a certificate", "RFC 8446 4.2.8", key_share},
    {"read once there is a certificate", "RFC 8446 4.2.11", pre_shared_key},
    {"read once there is a certificate", "draft-vvv-tls-alps-01 4", application_settings},
    {"checked where one is used", "RFC 8446 4.2.11", psk_not_last},
    {"nothing to TLS 1.3", "RFC 8446 D", extended_master_secret},
    {"nothing to TLS 1.3", "RFC 8446 4.1.2", renegotiation_info},
    {"nothing to TLS 1.3", "RFC 8446 4.2.7", ec_point_formats},
    {"nothing to TLS 1.3", "draft-agl-tls-nextprotoneg", next_protocol_negotiation},
    {"nothing to TLS 1.2", "RFC 8446 4.2.10", early_data},
    {"nothing to TLS 1.2", "RFC 9345 4.1.1", delegated_credential},
    {"nothing but the type is read, as if unknown", "RFC 6066 8", status_request},
    {"half a version behind the one that is taken", "RFC 8446 4.2.1", supported_versions},
};
const struct differences differences_boringssl = {items, sizeof(items) / sizeof(items[0])};
