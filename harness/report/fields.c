/* Fields: what matters most in each message, taken from its spans. */
#include "parley/report.h"

#include <stdio.h>
#include <string.h>

#include <openssl/x509.h>

#include "parley/wire.h"

#define MAX_SPANS 1024

/* How a field is shown. */
enum show {
    VALUE,   /* each value, as a word if it has one */
    COUNT,   /* how many there are; the value itself if it is only one */
    LENGTH,  /* its length in bytes, if it is not empty */
    PRESENT, /* "yes" */
    SUBJECT, /* the common name of the first certificate, as "subject" */
};

/* A row: |span| of |message| is shown as |show|. Order is the order of the report. */
struct shown {
    enum parley_message message;
    const char *span;
    enum show show;
};

static const struct shown shown[] = {
    {PARLEY_MSG_client_hello, "version", VALUE},
    {PARLEY_MSG_client_hello, "host_name", VALUE},
    {PARLEY_MSG_client_hello, "cipher_suite", COUNT},
    {PARLEY_MSG_client_hello, "group", VALUE},
    {PARLEY_MSG_client_hello, "protocol_name", VALUE},
    {PARLEY_MSG_client_hello, "identity", COUNT},
    {PARLEY_MSG_client_hello, "early_data", PRESENT},
    {PARLEY_MSG_client_hello, "cookie", LENGTH},
    {PARLEY_MSG_client_hello, "ticket", LENGTH},
    {PARLEY_MSG_server_hello, "selected_version", VALUE},
    {PARLEY_MSG_server_hello, "cipher_suite", VALUE},
    {PARLEY_MSG_server_hello, "group", VALUE},
    {PARLEY_MSG_server_hello, "protocol_name", VALUE},
    {PARLEY_MSG_server_hello, "selected_identity", VALUE},
    {PARLEY_MSG_hello_retry_request, "selected_version", VALUE},
    {PARLEY_MSG_hello_retry_request, "cipher_suite", VALUE},
    {PARLEY_MSG_hello_retry_request, "selected_group", VALUE},
    {PARLEY_MSG_hello_retry_request, "cookie", LENGTH},
    {PARLEY_MSG_encrypted_extensions, "protocol_name", VALUE},
    {PARLEY_MSG_encrypted_extensions, "early_data", PRESENT},
    {PARLEY_MSG_certificate_tls12, "certificate", SUBJECT},
    {PARLEY_MSG_certificate_tls13, "cert_data", SUBJECT},
    {PARLEY_MSG_server_key_exchange_ecdhe, "namedcurve", VALUE},
    {PARLEY_MSG_server_key_exchange_ecdhe, "algorithm", VALUE},
    {PARLEY_MSG_server_key_exchange_dhe, "dh_p", LENGTH},
    {PARLEY_MSG_server_key_exchange_dhe, "algorithm", VALUE},
    {PARLEY_MSG_server_key_exchange_psk, "psk_identity_hint", LENGTH},
    {PARLEY_MSG_server_key_exchange_ecdhe_psk, "namedcurve", VALUE},
    {PARLEY_MSG_certificate_request_tls12, "signature_algorithm", COUNT},
    {PARLEY_MSG_certificate_request_tls13, "signature_algorithm", COUNT},
    {PARLEY_MSG_certificate_verify, "algorithm", VALUE},
    {PARLEY_MSG_client_key_exchange_rsa, "encrypted_pre_master_secret", LENGTH},
    {PARLEY_MSG_client_key_exchange_ecdhe, "ecdh_Yc", LENGTH},
    {PARLEY_MSG_client_key_exchange_dhe, "dh_Yc", LENGTH},
    {PARLEY_MSG_client_key_exchange_psk, "psk_identity", LENGTH},
    {PARLEY_MSG_client_key_exchange_ecdhe_psk, "psk_identity", LENGTH},
    {PARLEY_MSG_client_key_exchange_ecdhe_psk, "ecdh_Yc", LENGTH},
    {PARLEY_MSG_new_session_ticket_tls12, "ticket_lifetime_hint", VALUE},
    {PARLEY_MSG_new_session_ticket_tls12, "ticket", LENGTH},
    {PARLEY_MSG_new_session_ticket_tls13, "ticket_lifetime", VALUE},
    {PARLEY_MSG_new_session_ticket_tls13, "ticket", LENGTH},
    {PARLEY_MSG_new_session_ticket_tls13, "max_early_data_size", VALUE},
    {PARLEY_MSG_compressed_certificate, "uncompressed_length", VALUE},
    {PARLEY_MSG_certificate_status, "response", LENGTH},
    {PARLEY_MSG_key_update, "request_update", VALUE},
    {PARLEY_MSG_alert, "level", VALUE},
    {PARLEY_MSG_alert, "description", VALUE},
};

struct look {
    struct parley_bytes body;
    struct parley_spans spans;
    void (*field)(void *arg, const char *name, const char *value);
    void *arg;
};

static uint32_t number_at(struct parley_bytes bytes) {
    uint32_t value = 0;
    for (size_t i = 0; i < bytes.len && i < 4; i++) {
        value = value << 8 | bytes.data[i];
    }
    return value;
}

/* printable copies |in|; what is not printable ASCII becomes '?', what does not fit "...". */
static void printable(struct parley_bytes in, char *out, size_t cap) {
    size_t n = in.len < cap - 4 ? in.len : cap - 4;
    for (size_t i = 0; i < n; i++) {
        out[i] = in.data[i] >= 0x20 && in.data[i] < 0x7f ? (char)in.data[i] : '?';
    }
    (void)snprintf(out + n, cap - n, "%s", n < in.len ? "..." : "");
}

/* word returns the name that |value| has in a registry, or NULL. */
static const char *word(unsigned names, uint32_t value) {
    switch (names) {
    case PARLEY_NAMES_VERSION:
        return parley_version_name((uint16_t)value);
    case PARLEY_NAMES_SUITE:
        return parley_suite_name((uint16_t)value);
    case PARLEY_NAMES_GROUP:
        return parley_group_name((uint16_t)value);
    case PARLEY_NAMES_SIGALG:
        return parley_sigalg_name((uint16_t)value);
    case PARLEY_NAMES_ALERT:
        return parley_alert_name(value);
    case PARLEY_NAMES_CONTENT:
        return parley_content_name(value);
    default:
        return NULL;
    }
}

static void value_text(const struct parley_span *span, struct parley_bytes bytes, char *out,
                       size_t cap) {
    if (span->kind != PARLEY_SPAN_UINT) {
        printable(bytes, out, cap);
        return;
    }
    uint32_t value = number_at(bytes);
    const char *name = word(span->names, value);
    if (name != NULL && strcmp(name, "?") != 0) {
        (void)snprintf(out, cap, "%s", name);
    } else if (span->names != PARLEY_NAMES_NONE) {
        (void)snprintf(out, cap, "0x%0*x", (int)(2 * bytes.len), value);
    } else {
        (void)snprintf(out, cap, "%u", value);
    }
}

/* subject writes the common name of a certificate, or its length where it has none. */
static void subject(struct parley_bytes der, char *out, size_t cap) {
    char name[128] = "";
    const uint8_t *p = der.data;
    X509 *x509 = d2i_X509(NULL, &p, (long)der.len);
    int n = x509 == NULL ? -1
                         : X509_NAME_get_text_by_NID(X509_get_subject_name(x509), NID_commonName,
                                                     name, sizeof name);
    X509_free(x509);
    if (n > 0) {
        printable((struct parley_bytes){(const uint8_t *)name, (size_t)n}, out, cap);
    } else {
        (void)snprintf(out, cap, "%zu bytes", der.len);
    }
}

/* is_shown: a leaf of that name; for PRESENT, any span of that name. */
static bool is_shown(const struct shown *row, const struct parley_span *span) {
    bool leaf = span->kind == PARLEY_SPAN_UINT || span->kind == PARLEY_SPAN_OPAQUE;
    return (leaf || row->show == PRESENT) && strcmp(span->name, row->span) == 0;
}

static void show_row(const struct look *look, const struct shown *row) {
    char text[160];
    size_t seen = 0;
    struct parley_spans spans = look->spans;
    size_t stored = spans.count < spans.capacity ? spans.count : spans.capacity;
    for (size_t i = 0; i < stored; i++) {
        const struct parley_span *span = &spans.items[i];
        if (!is_shown(row, span)) {
            continue;
        }
        struct parley_bytes bytes = {look->body.data + span->offset, span->length};
        seen++;
        switch (row->show) {
        case VALUE:
            value_text(span, bytes, text, sizeof text);
            look->field(look->arg, row->span, text);
            break;
        case COUNT:
            if (seen == 1 && span->kind == PARLEY_SPAN_UINT) {
                value_text(span, bytes, text, sizeof text);
            }
            break;
        case LENGTH:
            if (bytes.len == 0) {
                break;
            }
            (void)snprintf(text, sizeof text, "%zu bytes", bytes.len);
            look->field(look->arg, row->span, text);
            break;
        case PRESENT:
            look->field(look->arg, row->span, "yes");
            return;
        case SUBJECT:
            subject(bytes, text, sizeof text);
            look->field(look->arg, "subject", text);
            return;
        }
    }
    if (row->show != COUNT || seen == 0) {
        return;
    }
    bool alone = seen == 1 && strcmp(row->span, "identity") != 0;
    if (!alone) {
        (void)snprintf(text, sizeof text, "%zu offered", seen);
    }
    look->field(look->arg, row->span, text);
}

/* legacy_version is what counts where no supported_versions say otherwise. */
static void show_legacy_version(const struct look *look, enum parley_message message,
                                const union parley_message_value *value) {
    if (message == PARLEY_MSG_client_hello &&
        !parley_has(&value->client_hello.extensions, PARLEY_EXT_supported_versions)) {
        look->field(look->arg, "legacy_version",
                    parley_version_name(value->client_hello.legacy_version));
    }
    if (message == PARLEY_MSG_server_hello &&
        !parley_has(&value->server_hello.extensions, PARLEY_EXT_supported_versions)) {
        look->field(look->arg, "legacy_version",
                    parley_version_name(value->server_hello.legacy_version));
    }
}

bool parley_message_fields(enum parley_message message, struct parley_bytes bytes,
                           void (*field)(void *arg, const char *name, const char *value),
                           void *arg) {
    if (message >= PARLEY_MESSAGE_COUNT) {
        return false;
    }
    size_t header =
        parley_messages[message].content == PARLEY_CONTENT_HANDSHAKE ? PARLEY_HANDSHAKE_HEADER : 0;
    if (bytes.len < header) {
        return false;
    }
    struct parley_span items[MAX_SPANS];
    struct look look = {
        .body = {bytes.data + header, bytes.len - header},
        .spans = {.items = items, .capacity = MAX_SPANS},
        .field = field,
        .arg = arg,
    };
    union parley_message_value value;
    struct parley_wire_error error;
    if (!parley_message_parse(message, look.body, &value, &look.spans, &error)) {
        return false;
    }
    show_legacy_version(&look, message, &value);
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++) {
        if (shown[i].message == message) {
            show_row(&look, &shown[i]);
        }
    }
    return true;
}
