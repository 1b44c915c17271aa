/* OpenSSL as a server that gets one client_hello: the client_hello callback shows what it split it
 * into, cert_cb that it has read the extensions. There it ends, before any cryptography. A plugin:
 * its names are BoringSSL's, too. */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "fuzzers/other_libssl.h"

static SSL_CTX *context;
static struct other_room room;
static struct parley_seen_hello *seen;

/* ---- What it split ---- */

static struct parley_bytes field(SSL *ssl, size_t (*get)(SSL *ssl, const unsigned char **out)) {
    const unsigned char *data = NULL;
    size_t len = get(ssl, &data);
    return other_keep(&room, data, len);
}

/* signature_algorithms_cert is one that SSL_extension_supported forgets. */
static bool knows(uint16_t type) {
    return SSL_extension_supported(type) == 1 || type == TLSEXT_TYPE_signature_algorithms_cert;
}

static void keep_extensions(SSL *ssl) {
    int *types = NULL;
    size_t count = 0;
    if (SSL_client_hello_get1_extensions_present(ssl, &types, &count) != 1) {
        abort();
    }
    seen->extensions = room.extensions;
    seen->knows = knows;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *data = NULL;
        size_t len = 0;
        if (SSL_client_hello_get0_ext(ssl, (unsigned)types[i], &data, &len) != 1) {
            abort(); /* OpenSSL contradicts itself */
        }
        room.extensions[seen->extension_count++] =
            (struct parley_seen_extension){(uint16_t)types[i], other_keep(&room, data, len)};
    }
    OPENSSL_free(types);
}

static int on_split(SSL *ssl, int *alert, void *arg) {
    (void)alert;
    (void)arg;
    seen->split = true;
    seen->legacy_version = (uint16_t)SSL_client_hello_get0_legacy_version(ssl);
    seen->random = field(ssl, SSL_client_hello_get0_random);
    seen->legacy_session_id = field(ssl, SSL_client_hello_get0_session_id);
    seen->cipher_suites = field(ssl, SSL_client_hello_get0_ciphers);
    seen->legacy_compression_methods = field(ssl, SSL_client_hello_get0_compression_methods);
    keep_extensions(ssl);
    return SSL_CLIENT_HELLO_SUCCESS;
}

/* ---- What it understood ---- */

/* Groups come as OpenSSL's own numbers, in the order of the registry's, or marked as unknown. */
static uint16_t group_code(int nid) {
    static const int curves[] = {
        0,
        NID_sect163k1,
        NID_sect163r1,
        NID_sect163r2,
        NID_sect193r1,
        NID_sect193r2,
        NID_sect233k1,
        NID_sect233r1,
        NID_sect239k1,
        NID_sect283k1,
        NID_sect283r1,
        NID_sect409k1,
        NID_sect409r1,
        NID_sect571k1,
        NID_sect571r1,
        NID_secp160k1,
        NID_secp160r1,
        NID_secp160r2,
        NID_secp192k1,
        NID_X9_62_prime192v1,
        NID_secp224k1,
        NID_secp224r1,
        NID_secp256k1,
        NID_X9_62_prime256v1,
        NID_secp384r1,
        NID_secp521r1,
        NID_brainpoolP256r1,
        NID_brainpoolP384r1,
        NID_brainpoolP512r1,
        NID_X25519,
        NID_X448,
    };
    static const int fields[] = {NID_ffdhe2048, NID_ffdhe3072, NID_ffdhe4096, NID_ffdhe6144,
                                 NID_ffdhe8192};
    if ((nid & TLSEXT_nid_unknown) != 0) {
        return (uint16_t)nid;
    }
    for (size_t i = 1; i < sizeof(curves) / sizeof(curves[0]); i++) {
        if (curves[i] == nid) {
            return (uint16_t)i;
        }
    }
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (fields[i] == nid) {
            return (uint16_t)(0x100 + i);
        }
    }
    abort();
}

static struct parley_bytes groups_of(SSL *ssl) {
    static int nids[OTHER_INPUT_MAX];
    static uint16_t codes[OTHER_INPUT_MAX];
    int count = (int)SSL_get1_groups(ssl, NULL);
    if (count < 0 || count > OTHER_INPUT_MAX) {
        abort();
    }
    (void)SSL_get1_groups(ssl, nids);
    for (int i = 0; i < count; i++) {
        codes[i] = group_code(nids[i]);
    }
    return other_keep_codes(&room, codes, (size_t)count);
}

static struct parley_bytes schemes_of(SSL *ssl) {
    static uint16_t codes[OTHER_INPUT_MAX];
    int count = SSL_get_sigalgs(ssl, 0, NULL, NULL, NULL, NULL, NULL);
    for (int i = 0; i < count; i++) {
        unsigned char low = 0, high = 0;
        (void)SSL_get_sigalgs(ssl, i, NULL, NULL, NULL, &low, &high);
        codes[i] = (uint16_t)(high << 8 | low);
    }
    return other_keep_codes(&room, codes, (size_t)count);
}

static int on_understood(SSL *ssl, void *arg) {
    (void)arg;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    seen->understood = true;
    seen->version = (uint16_t)SSL_version(ssl);
    seen->host_name = other_keep(&room, name, name != NULL ? strlen(name) : 0);
    seen->signature_algorithms = schemes_of(ssl);
    seen->named_groups = groups_of(ssl);
    return -1;
}

static void on_alert(const SSL *ssl, int type, int value) {
    (void)ssl;
    if ((type & SSL_CB_ALERT) != 0 && (type & SSL_CB_WRITE) != 0) {
        seen->alert = (unsigned)value & 0xff;
    }
}

/* ---- The plugin ---- */

static const char *start(void) {
    context = SSL_CTX_new(TLS_server_method());
    if (context == NULL || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 ||
        SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1) {
        return "no context";
    }
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_client_hello_cb(context, on_split, NULL);
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
        seen->reason = ERR_reason_error_string(ERR_peek_error());
    }
}

static const struct other_stack stack = {version, start, end, client_hello, certificate};

const struct other_stack *other_stack_plugin(void) {
    return &stack;
}
