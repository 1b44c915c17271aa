/* The tables: every registry value, name and limit that Parley knows, generated from
 * harness/tables/NAME.def. All lookups are pure and allocate nothing. */
#ifndef PARLEY_TABLES_H
#define PARLEY_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Wire versions (RFC 8446 4.1.2). */
#define PARLEY_TLS10 0x0301
#define PARLEY_TLS11 0x0302
#define PARLEY_TLS12 0x0303
#define PARLEY_TLS13 0x0304

/* Sets of versions and senders, as they stand in messages.def and suites.def. */
enum { PARLEY_IN_TLS12 = 1, PARLEY_IN_TLS13 = 2 };
enum { PARLEY_BY_CLIENT = 1, PARLEY_BY_SERVER = 2 };

/* parley_content is ContentType of a record (RFC 8446 5.1); SSL2 stands for the framing of SSL 2.0
 * (RFC 5246 E.2), which has none. */
enum parley_content {
    PARLEY_CONTENT_SSL2 = 0,
    PARLEY_CONTENT_CHANGE_CIPHER_SPEC = 20,
    PARLEY_CONTENT_ALERT = 21,
    PARLEY_CONTENT_HANDSHAKE = 22,
    PARLEY_CONTENT_APPLICATION_DATA = 23,
    PARLEY_CONTENT_HEARTBEAT = 24,
};

/* parley_epoch names the keys a record is protected with. TLS 1.2 has INITIAL and APPLICATION. */
enum parley_epoch {
    PARLEY_EPOCH_INITIAL,
    PARLEY_EPOCH_EARLY,
    PARLEY_EPOCH_HANDSHAKE,
    PARLEY_EPOCH_APPLICATION,
};

/* parley_hash names a hash of a suite or signature scheme. */
enum parley_hash {
    PARLEY_HASH_NONE,
    PARLEY_HASH_SHA1,
    PARLEY_HASH_SHA256,
    PARLEY_HASH_SHA384,
    PARLEY_HASH_SHA512,
};

enum parley_message {
#define MESSAGE(name, ...) PARLEY_MSG_##name,
#include "tables/messages.def"
#undef MESSAGE
    PARLEY_MESSAGE_COUNT,
    PARLEY_MESSAGE_UNKNOWN = PARLEY_MESSAGE_COUNT,
};

/* The places an extension can stand in, as bits. */
enum {
    PARLEY_PLACE_CH = 1 << 0,
    PARLEY_PLACE_SH12 = 1 << 1,
    PARLEY_PLACE_SH = 1 << 2,
    PARLEY_PLACE_HRR = 1 << 3,
    PARLEY_PLACE_EE = 1 << 4,
    PARLEY_PLACE_CT = 1 << 5,
    PARLEY_PLACE_CR = 1 << 6,
    PARLEY_PLACE_NST = 1 << 7,
};

enum parley_extension {
#define FORM(form, places)
#define EXTENSION(name, code, rfc, forms) PARLEY_EXT_##name,
#include "tables/extensions.def"
#undef EXTENSION
    PARLEY_EXTENSION_COUNT,
    PARLEY_EXTENSION_UNKNOWN = PARLEY_EXTENSION_COUNT,
#undef FORM
};

enum parley_form {
#define FORM(form, places) PARLEY_FORM_##form,
#define EXTENSION(name, code, rfc, forms) forms
#include "tables/extensions.def"
#undef EXTENSION
#undef FORM
    PARLEY_FORM_COUNT,
    PARLEY_FORM_UNKNOWN = PARLEY_FORM_COUNT,
};

enum parley_alert_description {
#define ALERT(name, code, rfc) PARLEY_ALERT_##name = (code),
#include "tables/alerts.def"
#undef ALERT
    PARLEY_ALERT_NONE = 256,
};

enum parley_error {
    PARLEY_OK,
#define ERROR(name, alert, text) PARLEY_ERR_##name,
#define DETAIL(class, name, alert, text) PARLEY_ERR_##name,
#include "tables/errors.def"
#undef ERROR
#undef DETAIL
    PARLEY_ERROR_COUNT,
};

enum parley_early_data_reason {
#define EARLY_DATA(name, text) PARLEY_EARLY_DATA_##name,
#include "tables/early_data.def"
#undef EARLY_DATA
    PARLEY_EARLY_DATA_COUNT,
};

enum parley_suite_code {
#define SUITE(name, code, version, kx, auth, cipher, hash) PARLEY_TLS_##name = (code),
#include "tables/suites.def"
#undef SUITE
    PARLEY_TLS_EMPTY_RENEGOTIATION_INFO_SCSV = 0x00ff,
    PARLEY_TLS_FALLBACK_SCSV = 0x5600,
};

enum parley_group_code {
    PARLEY_GROUP_none = 0,
#define GROUP(name, code, kind, share_length) PARLEY_GROUP_##name = (code),
#include "tables/groups.def"
#undef GROUP
};

enum parley_sigalg_code {
#define SIGALG(name, code, key, curve, hash, tls13) PARLEY_SIGALG_##name = (code),
#include "tables/sigalgs.def"
#undef SIGALG
};

enum parley_key_exchange {
    PARLEY_KX_ANY,
    PARLEY_KX_RSA,
    PARLEY_KX_ECDHE,
    PARLEY_KX_DHE,
    PARLEY_KX_PSK,
    PARLEY_KX_ECDHE_PSK,
};
enum parley_authentication {
    PARLEY_AUTH_ANY,
    PARLEY_AUTH_RSA,
    PARLEY_AUTH_ECDSA,
    PARLEY_AUTH_PSK,
};
enum parley_cipher {
    PARLEY_CIPHER_NONE,
    PARLEY_CIPHER_AES_128_GCM,
    PARLEY_CIPHER_AES_256_GCM,
    PARLEY_CIPHER_CHACHA20_POLY1305,
    PARLEY_CIPHER_AES_128_CBC_SHA,
    PARLEY_CIPHER_AES_256_CBC_SHA,
    PARLEY_CIPHER_AES_128_CBC_SHA256,
    PARLEY_CIPHER_AES_256_CBC_SHA256,
    PARLEY_CIPHER_AES_256_CBC_SHA384,
    PARLEY_CIPHER_3DES_EDE_CBC_SHA,
};
enum parley_group_kind {
    PARLEY_GROUP_KIND_NONE,
    PARLEY_GROUP_KIND_X25519,
    PARLEY_GROUP_KIND_NIST,
    PARLEY_GROUP_KIND_FFDHE,
    PARLEY_GROUP_KIND_HYBRID, /* X25519 and a KEM, TLS 1.3 only; |share_length|: the client's */
};
enum parley_key_kind {
    PARLEY_KEY_NONE,
    PARLEY_KEY_RSA,
    PARLEY_KEY_RSA_PSS,
    PARLEY_KEY_ECDSA,
    PARLEY_KEY_ED25519,
};

/* One row of messages.def. |max_length| is of the body, in bytes. */
struct parley_message_row {
    const char *name;
    uint8_t content;
    uint8_t type;
    uint8_t versions;
    uint8_t senders;
    uint8_t epoch;
    const char *rfc;
    uint32_t max_length;
};

/* One grammar of an extension: |places| is a set of PARLEY_PLACE_*. */
struct parley_form_row {
    const char *name;
    enum parley_extension extension;
    uint8_t places;
};

/* One row of extensions.def. Its forms are |form_count| rows from |first_form| on. */
struct parley_extension_row {
    const char *name;
    uint16_t code;
    const char *rfc;
    enum parley_form first_form;
    uint8_t form_count;
};

struct parley_suite {
    const char *name;
    uint16_t code;
    uint16_t version;
    enum parley_key_exchange key_exchange;
    enum parley_authentication authentication;
    enum parley_cipher cipher;
    enum parley_hash hash;
};

struct parley_group {
    const char *name;
    uint16_t code;
    enum parley_group_kind kind;
    uint16_t share_length;
};

struct parley_sigalg {
    const char *name;
    uint16_t code;
    enum parley_key_kind key;
    uint16_t curve;
    enum parley_hash hash;
    bool tls13;
};

extern const struct parley_message_row parley_messages[PARLEY_MESSAGE_COUNT];
extern const struct parley_extension_row parley_extensions[PARLEY_EXTENSION_COUNT];
extern const struct parley_form_row parley_forms[PARLEY_FORM_COUNT];
extern const struct parley_suite parley_suites[];
extern const size_t parley_suite_count;
extern const struct parley_group parley_groups[];
extern const size_t parley_group_count;
extern const struct parley_sigalg parley_sigalgs[];
extern const size_t parley_sigalg_count;

/* parley_suite_find, parley_group_find and parley_sigalg_find return the row of a code point, or
 * NULL if the tables do not have it. */
const struct parley_suite *parley_suite_find(uint16_t code);
const struct parley_group *parley_group_find(uint16_t code);
const struct parley_sigalg *parley_sigalg_find(uint16_t code);

/* The _by_name lookups take the table's own name (suites with or without the leading "TLS_"), in
 * any case of letters, and return NULL or the COUNT value of the enum if there is none. */
const struct parley_suite *parley_suite_by_name(const char *name);
const struct parley_group *parley_group_by_name(const char *name);
const struct parley_sigalg *parley_sigalg_by_name(const char *name);
enum parley_message parley_message_by_name(const char *name);
enum parley_extension parley_extension_by_name(const char *name);

/* parley_extension_find returns the extension with |code|, or PARLEY_EXTENSION_UNKNOWN. */
enum parley_extension parley_extension_find(uint16_t code);

/* parley_form_find returns the grammar |extension| has in |place| (one PARLEY_PLACE_*), or
 * PARLEY_FORM_UNKNOWN if it must not stand there (RFC 8446 4.2). */
enum parley_form parley_form_find(enum parley_extension extension, unsigned place);

/* parley_is_grease returns whether |code| is reserved for GREASE (RFC 8701 2). */
bool parley_is_grease(uint16_t code);

/* Names for people; unknown values give "?" (never NULL). parley_message_name gives the row's name,
 * parley_suite_name IANA's in full ("TLS_AES_128_GCM_SHA256"). Code points reserved by RFC 8701
 * give "GREASE" as a version, suite, group, signature scheme or extension. */
const char *parley_alert_name(unsigned alert);
const char *parley_error_name(enum parley_error error);
const char *parley_error_text(enum parley_error error);

/* parley_error_class returns the name of what |error| is a detail of, most often its own. Classes
 * are what other stacks tell apart; details are for people. */
const char *parley_error_class(enum parley_error error);

const char *parley_early_data_name(enum parley_early_data_reason reason);
const char *parley_early_data_text(enum parley_early_data_reason reason);
const char *parley_message_name(enum parley_message message);
const char *parley_content_name(unsigned content);
const char *parley_epoch_name(enum parley_epoch epoch);
const char *parley_version_name(uint16_t version);
const char *parley_suite_name(uint16_t code);
const char *parley_group_name(uint16_t code);
const char *parley_sigalg_name(uint16_t code);
const char *parley_extension_name(uint16_t code);

/* parley_error_alert returns the alert a peer that meets |error| must send, or
 * PARLEY_ALERT_NONE for the errors that are answered with none. */
enum parley_alert_description parley_error_alert(enum parley_error error);

/* parley_hash_length returns the output length of |hash| in bytes, 0 for PARLEY_HASH_NONE. */
size_t parley_hash_length(enum parley_hash hash);

#endif
