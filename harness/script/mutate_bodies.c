/* A short valid body of every form of extensions.def that is not empty. */
#include "script/mutate.h"

#define BODY(form, ...)                                                                            \
    [PARLEY_FORM_##form] = {(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})}

static const struct parley_bytes bodies[PARLEY_FORM_COUNT] = {
    BODY(server_name, 0, 6, 0, 0, 3, 'a', '.', 'b'),
    BODY(max_fragment_length, 1),
    BODY(status_request, 1, 0, 0, 0, 0),
    BODY(status_response, 1, 0, 0, 2, 0x30, 0),
    BODY(supported_groups, 0, 4, 0, 29, 0, 23),
    BODY(ec_point_formats, 1, 0),
    BODY(signature_algorithms, 0, 4, 4, 3, 8, 4),
    BODY(use_srtp, 0, 2, 0, 1, 0),
    BODY(heartbeat, 1),
    BODY(alpn_offer, 0, 3, 2, 'h', '2'),
    BODY(alpn_choice, 0, 3, 2, 'h', '2'),
    BODY(next_protocol_list, 2, 'h', '2'),
    BODY(sct_list, 0, 4, 0, 2, 0, 1),
    BODY(client_certificate_type_offer, 2, 0, 2),
    BODY(client_certificate_type_choice, 2),
    BODY(server_certificate_type_offer, 2, 0, 2),
    BODY(server_certificate_type_choice, 2),
    BODY(padding, 0, 0),
    BODY(compress_certificate, 4, 0, 1, 0, 2),
    BODY(record_size_limit, 0x40, 1),
    BODY(delegated_credential_request, 0, 2, 4, 3),
    BODY(delegated_credential, 0, 9, 0x3a, 0x80, 4, 3, 0, 0, 2, 0x30, 0, 4, 3, 0, 2, 1, 2),
    BODY(pre_shared_key_offer, 0, 7, 0, 1, 'a', 0, 0, 0, 1, 0, 33, 32, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
         10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31),
    BODY(pre_shared_key_choice, 0, 0),
    BODY(early_data_limit, 0, 0, 0x40, 0),
    BODY(supported_versions_offer, 4, 3, 4, 3, 3),
    BODY(supported_versions_choice, 3, 4),
    BODY(cookie, 0, 2, 'a', 'b'),
    BODY(psk_key_exchange_modes, 1, 1),
    BODY(certificate_authorities, 0, 4, 0, 2, 0x30, 0),
    BODY(oid_filters, 0, 0),
    BODY(signature_algorithms_cert, 0, 2, 4, 3),
    BODY(key_share_offer, 0, 6, 0, 29, 0, 2, 1, 2),
    BODY(key_share_choice, 0, 29, 0, 2, 1, 2),
    BODY(key_share_retry, 0, 23),
    BODY(application_settings_offer, 0, 3, 2, 'h', '2'),
    BODY(ech_outer_extensions, 2, 0, 10),
    BODY(ech_offer, 1),
    BODY(ech_confirmation, 1, 2, 3, 4, 5, 6, 7, 8),
    BODY(ech_retry_configs, 0, 6, 0xfe, 0x0a, 0, 2, 1, 2),
    BODY(renegotiation_info, 0),
};

struct parley_bytes mutate_body(enum parley_form form) {
    return (unsigned)form < PARLEY_FORM_COUNT ? bodies[form] : (struct parley_bytes){NULL, 0};
}
