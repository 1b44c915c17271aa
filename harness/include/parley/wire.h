/* Bytes <-> structs: the messages and extensions of TLS 1.2 and 1.3.
 *
 * Parsing borrows: every parley_bytes in a parsed struct points into the input and lives as long
 * as it. Neither parsing nor writing allocates. A vector of elements is kept as its bytes, checked
 * element by element while parsing, and walked with the _next functions below. */
#ifndef PARLEY_WIRE_H
#define PARLEY_WIRE_H

#include <openssl/bytestring.h>

#include "parley/bytes.h"
#include "parley/tables.h"

#define PARLEY_RANDOM_LENGTH 32
#define PARLEY_SESSION_ID_MAX 32
#define PARLEY_HANDSHAKE_HEADER 4
#define PARLEY_RECORD_HEADER 5
#define PARLEY_RECORD_MAX 16384

/* What a span covers. Leaves (UINT, LENGTH, OPAQUE) tile the input; the others contain leaves. */
enum parley_span_kind {
    PARLEY_SPAN_UINT,   /* a number of 1 to 4 bytes */
    PARLEY_SPAN_LENGTH, /* the length prefix of the vector or opaque that follows it */
    PARLEY_SPAN_OPAQUE, /* bytes without inner structure (may be empty) */
    PARLEY_SPAN_LIST,   /* the elements of a vector, without its length prefix */
    PARLEY_SPAN_STRUCT, /* an element, an extension or a whole message */
};

/* What the value of a leaf names, so that it can be shown as a word. */
enum parley_span_names {
    PARLEY_NAMES_NONE,
    PARLEY_NAMES_VERSION,
    PARLEY_NAMES_SUITE,
    PARLEY_NAMES_GROUP,
    PARLEY_NAMES_SIGALG,
    PARLEY_NAMES_EXTENSION,
    PARLEY_NAMES_ALERT,
    PARLEY_NAMES_CONTENT,
    PARLEY_NAMES_HANDSHAKE,
    PARLEY_NAMES_TEXT, /* an opaque that is text, such as a host name */
};

/* One field. |offset| and |length| are in bytes from the start of the parsed input. */
struct parley_span {
    const char *name;
    uint32_t offset;
    uint32_t length;
    uint16_t depth;
    uint8_t kind;
    uint8_t names;
};

/* A recording of spans in the order of parsing, an outer span before its inner ones. The first is
 * the whole input, a STRUCT at depth 0 with the name of its row; a vector is a LENGTH and an OPAQUE
 * or LIST of one name; an extension is a STRUCT with the extension's name ("GREASE" or "unknown" if
 * it has none here). If parsing fails, the spans up to the bad field are there. The caller owns
 * |items|. Spans past |capacity| are counted in |count| but not stored. */
struct parley_spans {
    struct parley_span *items;
    size_t capacity;
    size_t count;
};

/* Why and where parsing stopped: |offset| from the start of the input, |field| a static string,
 * |extension| the name of the extension it stopped in, or NULL. */
struct parley_wire_error {
    enum parley_error error;
    size_t offset;
    const char *field;
    const char *extension;
};

/* ---- Extension bodies, one struct per FORM of extensions.def ---- */

struct parley_server_name { /* RFC 6066 3 */
    struct parley_bytes server_name_list;
    struct parley_bytes host_name; /* of the first entry of type host_name */
};
#define PARLEY_EMPTY_FORM(form)                                                                    \
    struct parley_##form {                                                                         \
        char unused;                                                                               \
    }
PARLEY_EMPTY_FORM(server_name_ack);
struct parley_max_fragment_length { /* RFC 6066 4 */
    uint8_t length_code;            /* 1 to 4: 2^9 to 2^12 bytes */
};
struct parley_status_request { /* RFC 6066 8 */
    uint8_t status_type;       /* 1: ocsp; of others all that follows is in |request_extensions| */
    struct parley_bytes responder_id_list;
    struct parley_bytes request_extensions;
};
PARLEY_EMPTY_FORM(status_request_ack);
struct parley_status_response { /* RFC 8446 4.4.2.1 */
    uint8_t status_type;
    struct parley_bytes response;
};
struct parley_supported_groups { /* RFC 8446 4.2.7 */
    struct parley_bytes named_group_list;
};
struct parley_ec_point_formats { /* RFC 8422 5.1.2 */
    struct parley_bytes ec_point_format_list;
};
struct parley_signature_algorithms { /* RFC 8446 4.2.3 */
    struct parley_bytes supported_signature_algorithms;
};
struct parley_use_srtp { /* RFC 5764 4.1.1 */
    struct parley_bytes profiles;
    struct parley_bytes srtp_mki;
};
struct parley_heartbeat { /* RFC 6520 2 */
    uint8_t mode;         /* 1 or 2 */
};
struct parley_alpn_offer { /* RFC 7301 3.1 */
    struct parley_bytes protocol_name_list;
};
struct parley_alpn_choice {
    struct parley_bytes protocol_name; /* of the one entry */
};
PARLEY_EMPTY_FORM(next_protocol_request); /* draft-agl-tls-nextprotoneg */
struct parley_next_protocol_list {
    struct parley_bytes protocol_names; /* each behind one byte of length */
};
PARLEY_EMPTY_FORM(sct_request);
struct parley_sct_list { /* RFC 6962 3.3 */
    struct parley_bytes sct_list;
};
struct parley_client_certificate_type_offer { /* RFC 7250 3 */
    struct parley_bytes client_certificate_types;
};
struct parley_client_certificate_type_choice {
    uint8_t client_certificate_type;
};
struct parley_server_certificate_type_offer {
    struct parley_bytes server_certificate_types;
};
struct parley_server_certificate_type_choice {
    uint8_t server_certificate_type;
};
struct parley_padding { /* RFC 7685 3; any content is kept */
    struct parley_bytes padding;
};
PARLEY_EMPTY_FORM(encrypt_then_mac);
PARLEY_EMPTY_FORM(extended_master_secret);
struct parley_compress_certificate { /* RFC 8879 3 */
    struct parley_bytes algorithms;
};
struct parley_record_size_limit { /* RFC 8449 4 */
    uint16_t record_size_limit;
};
struct parley_delegated_credential_request { /* RFC 9345 4.1.1 */
    struct parley_bytes supported_signature_algorithms;
};
struct parley_delegated_credential { /* RFC 9345 4 */
    uint32_t valid_time;
    uint16_t dc_cert_verify_algorithm;
    struct parley_bytes subject_public_key_info;
    uint16_t algorithm;
    struct parley_bytes signature;
};
struct parley_session_ticket { /* RFC 5077 3.2; may be empty */
    struct parley_bytes ticket;
};
struct parley_pre_shared_key_offer { /* RFC 8446 4.2.11 */
    struct parley_bytes identities;
    struct parley_bytes binders;
    uint32_t binders_offset; /* of the binders' length prefix, from the start of the body */
};
struct parley_pre_shared_key_choice {
    uint16_t selected_identity;
};
PARLEY_EMPTY_FORM(early_data);
struct parley_early_data_limit { /* RFC 8446 4.2.10 */
    uint32_t max_early_data_size;
};
struct parley_supported_versions_offer { /* RFC 8446 4.2.1 */
    struct parley_bytes versions;
};
struct parley_supported_versions_choice {
    uint16_t selected_version;
};
struct parley_cookie { /* RFC 8446 4.2.2 */
    struct parley_bytes cookie;
};
struct parley_psk_key_exchange_modes { /* RFC 8446 4.2.9; 0 psk_ke, 1 psk_dhe_ke */
    struct parley_bytes ke_modes;
};
struct parley_certificate_authorities { /* RFC 8446 4.2.4 */
    struct parley_bytes authorities;
};
struct parley_oid_filters { /* RFC 8446 4.2.5 */
    struct parley_bytes filters;
};
PARLEY_EMPTY_FORM(post_handshake_auth);
struct parley_signature_algorithms_cert {
    struct parley_bytes supported_signature_algorithms;
};
struct parley_key_share_offer { /* RFC 8446 4.2.8 */
    struct parley_bytes client_shares;
};
struct parley_key_share_choice {
    uint16_t group;
    struct parley_bytes key_exchange;
};
struct parley_key_share_retry {
    uint16_t selected_group;
};
struct parley_application_settings_offer { /* draft-vvv-tls-alps-01 4 */
    struct parley_bytes supported_protocols;
};
struct parley_application_settings { /* may be empty */
    struct parley_bytes settings;
};
struct parley_ech_outer_extensions { /* RFC 9849 5.1 */
    struct parley_bytes outer_extensions;
};
struct parley_ech_offer { /* RFC 9849 5 */
    uint8_t type;         /* 0 outer, 1 inner; inner has none of the rest */
    uint16_t kdf_id;
    uint16_t aead_id;
    uint8_t config_id;
    struct parley_bytes enc;
    struct parley_bytes payload;
};
struct parley_ech_confirmation {
    struct parley_bytes confirmation; /* 8 bytes */
};
struct parley_ech_retry_configs {
    struct parley_bytes retry_configs;
};
struct parley_renegotiation_info { /* RFC 5746 3.2 */
    struct parley_bytes renegotiated_connection;
};

/* A message's block of extensions. |present| has bit parley_extension set for each known one, and
 * its value stands in the member of its form; the members of absent ones are indeterminate. The
 * code points it does not know, GREASE among them, are counted. Writing copies |raw|. */
struct parley_extension_block {
    bool absent;             /* the message ends before the block (TLS 1.2 only) */
    struct parley_bytes raw; /* the list, without its length prefix */
    uint64_t present;
    size_t unknown;
    uint16_t first_unknown;
#define FORM(form, places) struct parley_##form form;
#define EXTENSION(name, code, rfc, forms) forms
#include "tables/extensions.def"
#undef EXTENSION
#undef FORM
};

/* parley_has returns whether the block holds |extension|. */
static inline bool parley_has(const struct parley_extension_block *block,
                              enum parley_extension extension) {
    return (block->present >> extension & 1) != 0;
}

/* One extension body; the member of its form is valid. */
union parley_extension_value {
#define FORM(form, places) struct parley_##form form;
#define EXTENSION(name, code, rfc, forms) forms
#include "tables/extensions.def"
#undef EXTENSION
#undef FORM
};

/* ---- Messages, one struct per row of messages.def ---- */

PARLEY_EMPTY_FORM(hello_request);
struct parley_client_hello { /* RFC 8446 4.1.2 */
    uint16_t legacy_version;
    struct parley_bytes random; /* 32 bytes */
    struct parley_bytes legacy_session_id;
    struct parley_bytes cipher_suites;
    struct parley_bytes legacy_compression_methods;
    struct parley_extension_block extensions;
};
struct parley_server_hello { /* RFC 8446 4.1.3 */
    uint16_t legacy_version;
    struct parley_bytes random;
    struct parley_bytes legacy_session_id_echo;
    uint16_t cipher_suite;
    uint8_t legacy_compression_method;
    struct parley_extension_block extensions;
};
struct parley_hello_retry_request { /* RFC 8446 4.1.4: a server_hello with the random given there */
    uint16_t legacy_version;
    struct parley_bytes random;
    struct parley_bytes legacy_session_id_echo;
    uint16_t cipher_suite;
    uint8_t legacy_compression_method;
    struct parley_extension_block extensions;
};
struct parley_new_session_ticket_tls12 { /* RFC 5077 3.3 */
    uint32_t ticket_lifetime_hint;       /* seconds */
    struct parley_bytes ticket;
};
struct parley_new_session_ticket_tls13 { /* RFC 8446 4.6.1 */
    uint32_t ticket_lifetime;            /* seconds */
    uint32_t ticket_age_add;
    struct parley_bytes ticket_nonce;
    struct parley_bytes ticket;
    struct parley_extension_block extensions;
};
PARLEY_EMPTY_FORM(end_of_early_data);
struct parley_encrypted_extensions { /* RFC 8446 4.3.1 */
    struct parley_extension_block extensions;
};
struct parley_certificate_tls12 { /* RFC 5246 7.4.2 */
    struct parley_bytes certificate_list;
};
struct parley_certificate_tls13 { /* RFC 8446 4.4.2 */
    struct parley_bytes certificate_request_context;
    struct parley_bytes certificate_list;
};
struct parley_server_key_exchange_ecdhe { /* RFC 8422 5.4 */
    struct parley_bytes params;           /* the signed part */
    uint8_t curve_type;                   /* 3: named_curve */
    uint16_t namedcurve;
    struct parley_bytes point;
    uint16_t algorithm;
    struct parley_bytes signature;
};
struct parley_server_key_exchange_dhe { /* RFC 5246 7.4.3 */
    struct parley_bytes params;         /* the signed part */
    struct parley_bytes dh_p;
    struct parley_bytes dh_g;
    struct parley_bytes dh_ys;
    uint16_t algorithm;
    struct parley_bytes signature;
};
struct parley_server_key_exchange_psk { /* RFC 4279 2 */
    struct parley_bytes psk_identity_hint;
};
struct parley_server_key_exchange_ecdhe_psk { /* RFC 5489 2: nothing is signed */
    struct parley_bytes psk_identity_hint;
    uint8_t curve_type; /* 3: named_curve */
    uint16_t namedcurve;
    struct parley_bytes point;
};
struct parley_certificate_request_tls12 { /* RFC 5246 7.4.4 */
    struct parley_bytes certificate_types;
    struct parley_bytes supported_signature_algorithms;
    struct parley_bytes certificate_authorities;
};
struct parley_certificate_request_tls13 { /* RFC 8446 4.3.2 */
    struct parley_bytes certificate_request_context;
    struct parley_extension_block extensions;
};
PARLEY_EMPTY_FORM(server_hello_done);
struct parley_certificate_verify { /* RFC 8446 4.4.3, RFC 5246 7.4.8: the same syntax */
    uint16_t algorithm;
    struct parley_bytes signature;
};
struct parley_client_key_exchange_rsa { /* RFC 5246 7.4.7.1 */
    struct parley_bytes encrypted_pre_master_secret;
};
struct parley_client_key_exchange_ecdhe { /* RFC 8422 5.7 */
    struct parley_bytes ecdh_yc;
};
struct parley_client_key_exchange_dhe { /* RFC 5246 7.4.7.2 */
    struct parley_bytes dh_yc;
};
struct parley_client_key_exchange_psk { /* RFC 4279 2 */
    struct parley_bytes psk_identity;
};
struct parley_client_key_exchange_ecdhe_psk { /* RFC 5489 2 */
    struct parley_bytes psk_identity;
    struct parley_bytes ecdh_yc;
};
struct parley_finished { /* RFC 8446 4.4.4, RFC 5246 7.4.9; the length is the caller's to check */
    struct parley_bytes verify_data;
};
struct parley_certificate_status { /* RFC 6066 8 */
    uint8_t status_type;
    struct parley_bytes response;
};
struct parley_key_update {  /* RFC 8446 4.6.3 */
    uint8_t request_update; /* 0 or 1 */
};
struct parley_next_protocol { /* draft-agl-tls-nextprotoneg */
    struct parley_bytes selected_protocol;
    struct parley_bytes padding;
};
struct parley_compressed_certificate { /* RFC 8879 4 */
    uint16_t algorithm;
    uint32_t uncompressed_length; /* bytes */
    struct parley_bytes compressed_certificate_message;
};
struct parley_alert { /* RFC 8446 6 */
    uint8_t level;    /* 1 warning, 2 fatal */
    uint8_t description;
};
struct parley_change_cipher_spec { /* RFC 5246 7.1 */
    uint8_t type;                  /* 1 */
};
struct parley_v2_client_hello { /* RFC 5246 E.2, without its length */
    uint8_t msg_type;           /* 1 */
    uint16_t version;
    struct parley_bytes cipher_specs; /* of three bytes each */
    struct parley_bytes session_id;   /* empty */
    struct parley_bytes challenge;
};
#undef PARLEY_EMPTY_FORM

/* One message; the member of its row is valid. */
union parley_message_value {
#define MESSAGE(name, ...) struct parley_##name name;
#include "tables/messages.def"
#undef MESSAGE
};

/* ---- Parsing and writing ---- */

/* parley_message_parse parses |body|, the whole message without its handshake header, as
 * |message|. Returns whether it is well formed; if not, fills |*error|, and |*out| is
 * indeterminate. |spans| and |error| may be NULL. Errors: those of errors.def under "Decoding", and
 * bad_psk_count, bad_key_update, bad_change_cipher_spec. */
bool parley_message_parse(enum parley_message message, struct parley_bytes body,
                          union parley_message_value *out, struct parley_spans *spans,
                          struct parley_wire_error *error);

/* parley_message_write appends |value| as |message| to |out|, with the four-byte handshake header
 * (RFC 8446 4) where its content is handshake. Returns false if a field does not fit its type or
 * |out| is full; |out| is then in CBB's error state. */
bool parley_message_write(CBB *out, enum parley_message message,
                          const union parley_message_value *value);

/* parley_extension_parse and parley_extension_write do the same for one extension body; the writer
 * puts the code point and the length before it (RFC 8446 4.2). */
bool parley_extension_parse(enum parley_form form, struct parley_bytes body,
                            union parley_extension_value *out, struct parley_spans *spans,
                            struct parley_wire_error *error);
bool parley_extension_write(CBB *out, enum parley_form form,
                            const union parley_extension_value *value);

/* parley_is_hello_retry_request returns whether |body| (of a server_hello) has the random that
 * marks a hello_retry_request (RFC 8446 4.1.3). */
bool parley_is_hello_retry_request(struct parley_bytes body);

extern const uint8_t parley_hello_retry_request_random[PARLEY_RANDOM_LENGTH];

/* parley_record_header is the clear part of a record (RFC 8446 5.1, 5.2). */
struct parley_record_header {
    uint8_t type;
    uint16_t legacy_record_version;
    uint16_t length; /* of the fragment, in bytes */
};

/* parley_record_header_parse parses the first five bytes of |in|, and succeeds whenever there are
 * five; what type, version and length are allowed depends on the state of the connection.
 * parley_record_header_write appends them to |out|. */
bool parley_record_header_parse(struct parley_bytes in, struct parley_record_header *out,
                                struct parley_spans *spans, struct parley_wire_error *error);
bool parley_record_header_write(CBB *out, const struct parley_record_header *header);

/* ---- Elements of vectors ---- */

struct parley_key_share_entry { /* RFC 8446 4.2.8 */
    uint16_t group;
    struct parley_bytes key_exchange;
};
struct parley_psk_identity { /* RFC 8446 4.2.11 */
    struct parley_bytes identity;
    uint32_t obfuscated_ticket_age; /* milliseconds, plus ticket_age_add */
};
struct parley_certificate_entry { /* RFC 8446 4.4.2 */
    struct parley_bytes cert_data;
    struct parley_extension_block extensions;
};
struct parley_extension_entry { /* RFC 8446 4.2 */
    uint16_t extension_type;
    struct parley_bytes extension_data;
};
#define PARLEY_ECH_VERSION 0xfe0d
struct parley_ech_config { /* RFC 9849 4; of another version only these two are valid */
    uint16_t version;
    struct parley_bytes raw; /* the whole of it, with version and length */
    uint8_t config_id;
    uint16_t kem_id;
    struct parley_bytes public_key;
    struct parley_bytes cipher_suites; /* pairs of uint16: kdf_id, aead_id */
    uint8_t maximum_name_length;
    struct parley_bytes public_name;
    struct parley_bytes extensions;
};

/* Each _next takes the first element off |*rest| into |*out| and returns true, or returns false
 * at the end (or where |*rest| is malformed, which a parsed vector never is). */
bool parley_uint8_next(struct parley_bytes *rest, uint8_t *out);
bool parley_uint16_next(struct parley_bytes *rest, uint16_t *out);
bool parley_opaque8_next(struct parley_bytes *rest, struct parley_bytes *out); /* ALPN, binders */
bool parley_opaque16_next(struct parley_bytes *rest,
                          struct parley_bytes *out); /* authorities, SCTs */
bool parley_opaque24_next(struct parley_bytes *rest, struct parley_bytes *out); /* TLS 1.2 chain */
bool parley_key_share_next(struct parley_bytes *rest, struct parley_key_share_entry *out);
bool parley_psk_identity_next(struct parley_bytes *rest, struct parley_psk_identity *out);
bool parley_certificate_entry_next(struct parley_bytes *rest, struct parley_certificate_entry *out);
bool parley_extension_next(struct parley_bytes *rest, struct parley_extension_entry *out);
bool parley_ech_config_next(struct parley_bytes *rest, struct parley_ech_config *out);

/* parley_uint16_in returns whether |list|, a vector of uint16, holds |value|. */
bool parley_uint16_in(struct parley_bytes list, uint16_t value);
bool parley_uint8_in(struct parley_bytes list, uint8_t value);

#endif
