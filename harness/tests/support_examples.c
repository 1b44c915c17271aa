#include "tests/support_examples.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define R8 "0001020304050607"
#define R32 R8 "08090a0b0c0d0e0f" R8 "f8f9fafbfcfdfeff"
#define R64 R32 R32
#define RETRY "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"

/* A client_hello up to its extensions, and a server_hello. */
#define HELLO                                                                                      \
    "0303" R32 "20" R32 "0006 1301 c02f 002f"                                                      \
    "01 00"
#define CHOICE(random, suite) "0303" random "20" R32 suite "00"

const struct parley_example parley_message_examples[] = {
    {PARLEY_MSG_hello_request, ""},
    /* TLS 1.2 without and with an empty block of extensions. */
    {PARLEY_MSG_client_hello, "0303" R32 "00"
                              "0002 002f"
                              "01 00"},
    {PARLEY_MSG_client_hello, "0301" R32 "04 01020304"
                              "0004 002f 00ff"
                              "02 0001"
                              "0000"},
    /* TLS 1.3: GREASE, server_name, supported_groups, signature_algorithms, supported_versions,
     * key_share, one that nobody knows. */
    {PARLEY_MSG_client_hello, HELLO "006b"
                                    "1a1a 0000"
                                    "0000 0010 000e 00 000b 6578616d706c652e636f6d"
                                    "000a 0006 0004 001d 0017"
                                    "000d 0006 0004 0403 0804"
                                    "002b 0005 04 0304 0303"
                                    "0033 002b 0029 2a2a 0001 00 001d 0020" R32 "abcd 0003 010203"},
    /* Resumption: psk_key_exchange_modes, early_data, padding, pre_shared_key. */
    {PARLEY_MSG_client_hello, HELLO "0044"
                                    "002d 0002 01 01"
                                    "002a 0000"
                                    "0015 0003 000000"
                                    "0029 002f 000a 0004 61626364 00000001 0021 20" R32},
    /* TLS 1.2: nothing; everything a full handshake has; session_ticket and ALPN. */
    {PARLEY_MSG_server_hello, "0303" R32 "00"
                              "c02f"
                              "00"},
    {PARLEY_MSG_server_hello, CHOICE(R32, "c02f") "001b"
                                                  "ff01 0001 00"
                                                  "0017 0000"
                                                  "000b 0002 01 00"
                                                  "0023 0000"
                                                  "0005 0000"
                                                  "0000 0000"},
    {PARLEY_MSG_server_hello, CHOICE(R32, "002f") "0012"
                                                  "0010 0005 0003 02 6832"
                                                  "0016 0000"
                                                  "000f 0001 01"},
    /* TLS 1.3: key_share and supported_versions; pre_shared_key. */
    {PARLEY_MSG_server_hello, CHOICE(R32, "1301") "002e"
                                                  "0033 0024 001d 0020" R32 "002b 0002 0304"},
    {PARLEY_MSG_server_hello, CHOICE(R32, "1302") "000c"
                                                  "002b 0002 0304"
                                                  "0029 0002 0000"},
    {PARLEY_MSG_hello_retry_request, CHOICE(RETRY, "1301") "0016"
                                                           "002b 0002 0304"
                                                           "0033 0002 0017"
                                                           "002c 0006 0004 61626364"},
    {PARLEY_MSG_new_session_ticket_tls12, "00001c20 0004 74696b74"},
    {PARLEY_MSG_new_session_ticket_tls12, "00000000 0000"},
    {PARLEY_MSG_new_session_ticket_tls13, "00001c20 01020304 01 00 0004 74696b74 0000"},
    {PARLEY_MSG_new_session_ticket_tls13, "00001c20 01020304 08" R8 "0004 74696b74"
                                          "000c"
                                          "002a 0004 00004000"
                                          "3a3a 0000"},
    {PARLEY_MSG_end_of_early_data, ""},
    {PARLEY_MSG_encrypted_extensions, "0000"},
    {PARLEY_MSG_encrypted_extensions, "001b"
                                      "0000 0000"
                                      "0010 0005 0003 02 6832"
                                      "000a 0004 0002 001d"
                                      "001c 0002 4001"},
    {PARLEY_MSG_encrypted_extensions, "000c"
                                      "4469 0008" R8},
    {PARLEY_MSG_certificate_tls12, "000000"},
    {PARLEY_MSG_certificate_tls12, "00000d"
                                   "000003 300100"
                                   "000004 30020500"},
    {PARLEY_MSG_certificate_tls13, "00 000000"},
    {PARLEY_MSG_certificate_tls13, "02 abcd 00001d"
                                   "000003 300100 000c"
                                   "0005 0008 01 000004 64617461"
                                   "000004 30020500 0000"},
    {PARLEY_MSG_server_key_exchange_ecdhe, "03 001d 20" R32 "0804 0008" R8},
    {PARLEY_MSG_server_key_exchange_dhe, "0008" R8 "0001 02"
                                         "0008" R8 "0401 0008" R8},
    {PARLEY_MSG_server_key_exchange_psk, "0000"},
    {PARLEY_MSG_server_key_exchange_psk, "0008" R8},
    {PARLEY_MSG_server_key_exchange_ecdhe_psk, "0004 68696e74 03 001d 20" R32},
    {PARLEY_MSG_certificate_request_tls12, "02 0140"
                                           "0004 0401 0403"
                                           "000a 0003 300100 0003 300101"},
    {PARLEY_MSG_certificate_request_tls12, "01 01"
                                           "0002 0401"
                                           "0000"},
    {PARLEY_MSG_certificate_request_tls13, "00 000a"
                                           "000d 0006 0004 0403 0804"},
    {PARLEY_MSG_certificate_request_tls13, "04 01020304 0015"
                                           "0005 0000"
                                           "000d 0004 0002 0403"
                                           "002f 0005 0003 0001 30"},
    {PARLEY_MSG_server_hello_done, ""},
    {PARLEY_MSG_certificate_verify, "0403 0008" R8},
    {PARLEY_MSG_client_key_exchange_rsa, "0040" R64},
    {PARLEY_MSG_client_key_exchange_ecdhe, "20" R32},
    {PARLEY_MSG_client_key_exchange_dhe, "0020" R32},
    {PARLEY_MSG_client_key_exchange_psk, "0008" R8},
    {PARLEY_MSG_client_key_exchange_ecdhe_psk, "0008" R8 "20" R32},
    {PARLEY_MSG_finished, "000102030405060708090a0b"},
    {PARLEY_MSG_finished, R32},
    {PARLEY_MSG_certificate_status, "01 000004 30020500"},
    {PARLEY_MSG_key_update, "00"},
    {PARLEY_MSG_key_update, "01"},
    {PARLEY_MSG_next_protocol, "02 6832 1c"
                               "00000000000000000000000000000000000000000000000000000000"},
    {PARLEY_MSG_compressed_certificate, "0002 000100 000004 01020304"},
    {PARLEY_MSG_alert, "02 28"},
    {PARLEY_MSG_alert, "01 00"},
    {PARLEY_MSG_change_cipher_spec, "01"},
    {PARLEY_MSG_v2_client_hello, "01 0303 0003 0000 0020 00002f" R32},
    {PARLEY_MSG_v2_client_hello, "01 0302 0006 0000 0010 010080 0000ff" R8 R8},
};
const size_t parley_message_example_count =
    sizeof(parley_message_examples) / sizeof(parley_message_examples[0]);

const struct parley_example parley_form_examples[] = {
    {PARLEY_FORM_server_name, "000e 00 000b 6578616d706c652e636f6d"},
    {PARLEY_FORM_server_name, "0008 07 0000 00 0002 6162"},
    {PARLEY_FORM_server_name_ack, ""},
    {PARLEY_FORM_max_fragment_length, "04"},
    {PARLEY_FORM_status_request, "01 0000 0000"},
    {PARLEY_FORM_status_request, "01 0007 0001 30 0002 3000 0002 3000"},
    {PARLEY_FORM_status_request, "02 010203"},
    {PARLEY_FORM_status_request_ack, ""},
    {PARLEY_FORM_status_response, "01 000004 30020500"},
    {PARLEY_FORM_supported_groups, "0006 001d 0017 6a6a"},
    {PARLEY_FORM_ec_point_formats, "03 00 01 02"},
    {PARLEY_FORM_signature_algorithms, "0006 0403 0804 0401"},
    {PARLEY_FORM_use_srtp, "0004 0001 0007 00"},
    {PARLEY_FORM_use_srtp, "0002 0001 02 abcd"},
    {PARLEY_FORM_heartbeat, "01"},
    {PARLEY_FORM_heartbeat, "02"},
    {PARLEY_FORM_alpn_offer, "000c 02 6832 08 687474702f312e31"},
    {PARLEY_FORM_next_protocol_request, ""},
    {PARLEY_FORM_next_protocol_list, "08 687474702f312e31"},
    {PARLEY_FORM_alpn_choice, "0003 02 6832"},
    {PARLEY_FORM_sct_request, ""},
    {PARLEY_FORM_sct_list, "0009 0004 00010203 0001 ff"},
    {PARLEY_FORM_client_certificate_type_offer, "02 00 02"},
    {PARLEY_FORM_client_certificate_type_choice, "02"},
    {PARLEY_FORM_server_certificate_type_offer, "01 02"},
    {PARLEY_FORM_server_certificate_type_choice, "00"},
    {PARLEY_FORM_padding, ""},
    {PARLEY_FORM_padding, "00000000"},
    {PARLEY_FORM_encrypt_then_mac, ""},
    {PARLEY_FORM_extended_master_secret, ""},
    {PARLEY_FORM_compress_certificate, "04 0002 0001"},
    {PARLEY_FORM_record_size_limit, "4001"},
    {PARLEY_FORM_delegated_credential_request, "0004 0403 0503"},
    {PARLEY_FORM_delegated_credential, "00093a80 0403 000004 30020500 0403 0008" R8},
    {PARLEY_FORM_session_ticket, ""},
    {PARLEY_FORM_session_ticket, R8},
    {PARLEY_FORM_pre_shared_key_offer, "000a 0004 61626364 00000001"
                                       "0021 20" R32},
    {PARLEY_FORM_pre_shared_key_offer, "0010 0001 61 00000001 0003 626364 80000000"
                                       "0042 20" R32 "20" R32},
    {PARLEY_FORM_pre_shared_key_choice, "0001"},
    {PARLEY_FORM_early_data, ""},
    {PARLEY_FORM_early_data_limit, "00004000"},
    {PARLEY_FORM_supported_versions_offer, "06 4a4a 0304 0303"},
    {PARLEY_FORM_supported_versions_choice, "0304"},
    {PARLEY_FORM_cookie, "0004 61626364"},
    {PARLEY_FORM_psk_key_exchange_modes, "02 01 00"},
    {PARLEY_FORM_certificate_authorities, "0008 0003 300100 0001 30"},
    {PARLEY_FORM_oid_filters, "0000"},
    {PARLEY_FORM_oid_filters, "000a 03 551d0f 0000 01 2a 0000"},
    {PARLEY_FORM_post_handshake_auth, ""},
    {PARLEY_FORM_signature_algorithms_cert, "0002 0401"},
    {PARLEY_FORM_key_share_offer, "0000"},
    {PARLEY_FORM_key_share_offer, "002f 5a5a 0001 00 001d 0020" R32 "0017 0002 0400"},
    {PARLEY_FORM_key_share_choice, "001d 0020" R32},
    {PARLEY_FORM_key_share_retry, "0017"},
    {PARLEY_FORM_application_settings_offer, "000c 02 6832 08 687474702f312e31"},
    {PARLEY_FORM_application_settings, ""},
    {PARLEY_FORM_application_settings, R8},
    {PARLEY_FORM_ech_outer_extensions, "04 000a 0033"},
    {PARLEY_FORM_ech_offer, "01"},
    {PARLEY_FORM_ech_offer, "00 0001 0001 2a 0020" R32 "0008" R8},
    {PARLEY_FORM_ech_confirmation, R8},
    {PARLEY_FORM_ech_retry_configs,
     "0042 fe0d 0038 2a 0020 0020" R32 "0004 0001 0001 40 03 61 2e 62"
     "0006 000a 0002 0102 fe0e 0002 0102"},
    {PARLEY_FORM_renegotiation_info, "00"},
    {PARLEY_FORM_renegotiation_info, "0c 000102030405060708090a0b"},
};
const size_t parley_form_example_count =
    sizeof(parley_form_examples) / sizeof(parley_form_examples[0]);

static void mistake(const char *what, const char *hex) {
    (void)fprintf(stderr, "%s: %s\n", what, hex);
    abort();
}

static unsigned digit(char c) {
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(tolower((unsigned char)c) - 'a') + 10;
}

size_t parley_example_bytes(const char *hex, uint8_t *out, size_t capacity) {
    size_t digits = 0;
    for (const char *at = hex; *at != '\0'; at++) {
        if (*at == ' ') {
            continue;
        }
        if (!isxdigit((unsigned char)*at)) {
            mistake("not hex", hex);
        }
        if (digits / 2 == capacity) {
            mistake("too long", hex);
        }
        uint8_t *byte = &out[digits / 2];
        *byte = (uint8_t)(digits % 2 == 0 ? digit(*at) << 4 : *byte | digit(*at));
        digits++;
    }
    if (digits % 2 != 0) {
        mistake("half a byte", hex);
    }
    return digits / 2;
}
