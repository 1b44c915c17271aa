/* Names for people. */
#include "parley/tables.h"

bool parley_is_grease(uint16_t code) {
    return (code & 0x0f0f) == 0x0a0a && code >> 8 == (code & 0xff);
}

static const char *unnamed(uint16_t code) {
    return parley_is_grease(code) ? "GREASE" : "?";
}

const char *parley_alert_name(unsigned alert) {
    switch (alert) {
#define ALERT(name, code, rfc)                                                                     \
    case (code):                                                                                   \
        return #name;
#include "tables/alerts.def"
#undef ALERT
    default:
        return "?";
    }
}

struct error_row {
    const char *name;
    const char *class_name;
    const char *text;
    enum parley_alert_description alert;
};

static const struct error_row errors[PARLEY_ERROR_COUNT] = {
    {"ok", "ok", "no error", PARLEY_ALERT_NONE},
#define ERROR(name, alert, text) DETAIL(name, name, alert, text)
#define DETAIL(class, name, alert, text) {#name, #class, (text), PARLEY_ALERT_##alert},
#include "tables/errors.def"
#undef ERROR
#undef DETAIL
};

const char *parley_error_name(enum parley_error error) {
    return (unsigned)error < PARLEY_ERROR_COUNT ? errors[error].name : "?";
}

const char *parley_error_class(enum parley_error error) {
    return (unsigned)error < PARLEY_ERROR_COUNT ? errors[error].class_name : "?";
}

const char *parley_error_text(enum parley_error error) {
    return (unsigned)error < PARLEY_ERROR_COUNT ? errors[error].text : "?";
}

enum parley_alert_description parley_error_alert(enum parley_error error) {
    return (unsigned)error < PARLEY_ERROR_COUNT ? errors[error].alert : PARLEY_ALERT_NONE;
}

const char *parley_early_data_name(enum parley_early_data_reason reason) {
    static const char *const names[] = {
#define EARLY_DATA(name, text) #name,
#include "tables/early_data.def"
#undef EARLY_DATA
    };
    return (unsigned)reason < PARLEY_EARLY_DATA_COUNT ? names[reason] : "?";
}

const char *parley_early_data_text(enum parley_early_data_reason reason) {
    static const char *const texts[] = {
#define EARLY_DATA(name, text) text,
#include "tables/early_data.def"
#undef EARLY_DATA
    };
    return (unsigned)reason < PARLEY_EARLY_DATA_COUNT ? texts[reason] : "?";
}

const char *parley_message_name(enum parley_message message) {
    return (unsigned)message < PARLEY_MESSAGE_COUNT ? parley_messages[message].name : "?";
}

const char *parley_content_name(unsigned content) {
    switch (content) {
    case PARLEY_CONTENT_SSL2:
        return "ssl2";
    case PARLEY_CONTENT_CHANGE_CIPHER_SPEC:
        return "change_cipher_spec";
    case PARLEY_CONTENT_ALERT:
        return "alert";
    case PARLEY_CONTENT_HANDSHAKE:
        return "handshake";
    case PARLEY_CONTENT_APPLICATION_DATA:
        return "application_data";
    case PARLEY_CONTENT_HEARTBEAT:
        return "heartbeat";
    default:
        return "?";
    }
}

const char *parley_epoch_name(enum parley_epoch epoch) {
    switch (epoch) {
    case PARLEY_EPOCH_INITIAL:
        return "initial";
    case PARLEY_EPOCH_EARLY:
        return "early";
    case PARLEY_EPOCH_HANDSHAKE:
        return "handshake";
    case PARLEY_EPOCH_APPLICATION:
        return "application";
    }
    return "?";
}

const char *parley_version_name(uint16_t version) {
    switch (version) {
    case 0x0300:
        return "SSL 3.0";
    case PARLEY_TLS10:
        return "TLS 1.0";
    case PARLEY_TLS11:
        return "TLS 1.1";
    case PARLEY_TLS12:
        return "TLS 1.2";
    case PARLEY_TLS13:
        return "TLS 1.3";
    default:
        return unnamed(version);
    }
}

const char *parley_suite_name(uint16_t code) {
    switch (code) {
#define SUITE(name, code, version, kx, auth, cipher, hash)                                         \
    case (code):                                                                                   \
        return "TLS_" #name;
#include "tables/suites.def"
#undef SUITE
    case PARLEY_TLS_EMPTY_RENEGOTIATION_INFO_SCSV:
        return "TLS_EMPTY_RENEGOTIATION_INFO_SCSV";
    case PARLEY_TLS_FALLBACK_SCSV:
        return "TLS_FALLBACK_SCSV";
    default:
        return unnamed(code);
    }
}

const char *parley_group_name(uint16_t code) {
    const struct parley_group *group = parley_group_find(code);
    return group != NULL ? group->name : unnamed(code);
}

const char *parley_sigalg_name(uint16_t code) {
    const struct parley_sigalg *sigalg = parley_sigalg_find(code);
    return sigalg != NULL ? sigalg->name : unnamed(code);
}

const char *parley_extension_name(uint16_t code) {
    enum parley_extension extension = parley_extension_find(code);
    return extension != PARLEY_EXTENSION_UNKNOWN ? parley_extensions[extension].name
                                                 : unnamed(code);
}

size_t parley_hash_length(enum parley_hash hash) {
    switch (hash) {
    case PARLEY_HASH_NONE:
        return 0;
    case PARLEY_HASH_SHA1:
        return 20;
    case PARLEY_HASH_SHA256:
        return 32;
    case PARLEY_HASH_SHA384:
        return 48;
    case PARLEY_HASH_SHA512:
        return 64;
    }
    return 0;
}
