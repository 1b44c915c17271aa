/* BoringSSL as a server that gets one client_hello: select_certificate_cb shows what it split it
 * into, cert_cb that it has read the extensions. There it ends, before any cryptography. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "fuzzers/other_libssl.h"

static SSL_CTX *context;
static struct other_room room;
static struct parley_seen_hello *seen;

/* Every extension, by the type that stands there, with the bytes that BoringSSL finds for it. */
static void keep_extensions(const SSL_CLIENT_HELLO *hello) {
    CBS block, data;
    uint16_t type;
    CBS_init(&block, hello->extensions, hello->extensions_len);
    seen->extensions = room.extensions;
    while (CBS_get_u16(&block, &type) && CBS_get_u16_length_prefixed(&block, &data)) {
        const uint8_t *found = NULL;
        size_t len = 0;
        if (!SSL_early_callback_ctx_extension_get(hello, type, &found, &len)) {
            abort(); /* BoringSSL contradicts itself */
        }
        room.extensions[seen->extension_count++] =
            (struct parley_seen_extension){type, other_keep(&room, found, len)};
    }
}

static enum ssl_select_cert_result_t on_split(const SSL_CLIENT_HELLO *hello) {
    seen->split = true;
    seen->legacy_version = hello->version;
    seen->random = other_keep(&room, hello->random, hello->random_len);
    seen->legacy_session_id = other_keep(&room, hello->session_id, hello->session_id_len);
    seen->cipher_suites = other_keep(&room, hello->cipher_suites, hello->cipher_suites_len);
    seen->legacy_compression_methods =
        other_keep(&room, hello->compression_methods, hello->compression_methods_len);
    keep_extensions(hello);
    return ssl_select_cert_success;
}

static int on_understood(SSL *ssl, void *arg) {
    (void)arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    const uint16_t *schemes = NULL;
    size_t count = SSL_get0_peer_verify_algorithms(ssl, &schemes);
    seen->understood = true;
    seen->version = (uint16_t)SSL_version(ssl);
    seen->host_name = other_keep(&room, name, name != NULL ? strlen(name) : 0);
    seen->signature_algorithms = other_keep_codes(&room, schemes, count);
    return -1;
}

static void on_alert(const SSL *ssl, int type, int value) {
    (void)ssl;
    if ((type & SSL_CB_ALERT) != 0 && (type & SSL_CB_WRITE) != 0) {
        seen->alert = (unsigned)value & 0xff;
    }
}

/* The first error says why, and in its data which extension it was. */
static void keep_reason(void) {
    const char *data = NULL;
    int flags = 0;
    uint32_t code = ERR_get_error_line_data(NULL, NULL, &data, &flags);
    seen->reason = code != 0 ? ERR_reason_error_string(code) : NULL;
    for (; code != 0; code = ERR_get_error_line_data(NULL, NULL, &data, &flags)) {
        static const char word[] = "extension ";
        if ((flags & ERR_FLAG_STRING) != 0 && strncmp(data, word, strlen(word)) == 0) {
            seen->refused_extension = (int)strtol(data + strlen(word), NULL, 10);
        }
    }
}

static const char *start(void) {
    context = SSL_CTX_new(TLS_method());
    if (context == NULL || !SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) ||
        !SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION)) {
        return "no context";
    }
    SSL_CTX_set_select_certificate_cb(context, on_split);
    SSL_CTX_set_cert_cb(context, on_understood, NULL);
    SSL_CTX_set_info_callback(context, on_alert);
    return NULL;
}

static void end(void) {
    SSL_CTX_free(context);
}

static void certificate(struct parley_bytes der, struct parley_seen_certificate *out) {
    other_certificate(&room, der, out);
}

static const char *version(void) {
    return OpenSSL_version(OPENSSL_VERSION);
}

static void client_hello(struct parley_bytes body, struct parley_seen_hello *out) {
    *out = (struct parley_seen_hello){.refused_extension = -1, .alert = PARLEY_ALERT_NONE};
    seen = out;
    room.used = 0;
    other_accept(context, body);
    if (!seen->understood) {
        keep_reason();
    }
}

const struct other_stack other_boringssl = {version, start, end, client_hello, certificate};
