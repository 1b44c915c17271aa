/* A client_hello as a browser sends it, and two parsers for it.
 *
 * libssl's parser splits a client_hello into its fields, keeps the extensions as one string, and
 * sorts their code points to find duplicates; nothing inside an extension is looked at. In
 * BoringSSL 14 it is internal, so it is called by its C++ name; newer versions have it in their
 * API. Where neither is found, there is no figure. Ours decodes every extension, too. */
#include <string.h>

#include <openssl/ssl.h>

#include "cli/bench.h"
#include "parley/wire.h"

/* What bssl::Span<const uint8_t> is, in registers. */
struct span {
    const uint8_t *data;
    size_t size;
};
extern bool client_hello_init(const SSL *ssl, SSL_CLIENT_HELLO *out, struct span body) __asm__(
    "_ZN4bssl21ssl_client_hello_initEPK6ssl_stP22ssl_early_callback_ctxNS_4SpanIKhEE")
    __attribute__((weak));
extern int parse_client_hello(const SSL *ssl, SSL_CLIENT_HELLO *out, const uint8_t *in,
                              size_t len) __asm__("SSL_parse_client_hello") __attribute__((weak));

/* ---- The bytes ---- */

static const uint8_t suites[] = {0x2a, 0x2a, 0x13, 0x01, 0x13, 0x02, 0x13, 0x03, 0xc0, 0x2b, 0xc0,
                                 0x2f, 0xc0, 0x2c, 0xc0, 0x30, 0xcc, 0xa9, 0xcc, 0xa8, 0xc0, 0x13,
                                 0xc0, 0x14, 0x00, 0x9c, 0x00, 0x9d, 0x00, 0x2f, 0x00, 0x35};
static const uint8_t server_names[] = {0,   0,   18,  's', 'e', 'r', 'v', 'e', 'r', '.', 'p',
                                       'a', 'r', 'l', 'e', 'y', '.', 't', 'e', 's', 't'};
static const uint8_t groups[] = {0x2a, 0x2a, 0x00, 0x1d, 0x00, 0x17, 0x00, 0x18};
static const uint8_t points[] = {0};
static const uint8_t protocols[] = {2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
static const uint8_t schemes[] = {0x04, 0x03, 0x08, 0x04, 0x04, 0x01, 0x05, 0x03,
                                  0x08, 0x05, 0x05, 0x01, 0x08, 0x06, 0x06, 0x01};
static const uint8_t versions[] = {0x3a, 0x3a, 0x03, 0x04, 0x03, 0x03};
static const uint8_t modes[] = {1};
static const uint8_t brotli[] = {0x00, 0x02};
static const uint8_t zeros[BENCH_HELLO];
#define BYTES(array) ((struct parley_bytes){(array), sizeof(array)})

/* Appends an extension whose struct has one member of bytes. */
#define ADD(form, member, bytes)                                                                   \
    parley_extension_write(out, PARLEY_FORM_##form,                                                \
                           &(const union parley_extension_value){.form = {.member = (bytes)}})
#define ADD_EMPTY(form)                                                                            \
    parley_extension_write(out, PARLEY_FORM_##form, &(const union parley_extension_value){0})

static bool add_key_shares(CBB *out) {
    uint8_t shares[5 + 36] = {0x2a, 0x2a, 0, 1, 0, 0x00, 0x1d, 0, 32};
    memset(shares + 9, 0x55, 32);
    return ADD(key_share_offer, client_shares, BYTES(shares));
}

static bool add_status_request(CBB *out) {
    return parley_extension_write(
        out, PARLEY_FORM_status_request,
        &(const union parley_extension_value){.status_request = {.status_type = 1}});
}

static bool add_extensions(CBB *out) {
    return CBB_add_u16(out, 0x1a1a) && CBB_add_u16(out, 0) && /* GREASE, RFC 8701 */
           ADD(server_name, server_name_list, BYTES(server_names)) &&
           ADD_EMPTY(extended_master_secret) && ADD_EMPTY(renegotiation_info) &&
           ADD(supported_groups, named_group_list, BYTES(groups)) &&
           ADD(ec_point_formats, ec_point_format_list, BYTES(points)) &&
           ADD_EMPTY(session_ticket) && ADD(alpn_offer, protocol_name_list, BYTES(protocols)) &&
           add_status_request(out) &&
           ADD(signature_algorithms, supported_signature_algorithms, BYTES(schemes)) &&
           ADD_EMPTY(sct_request) && add_key_shares(out) &&
           ADD(psk_key_exchange_modes, ke_modes, BYTES(modes)) &&
           ADD(supported_versions_offer, versions, BYTES(versions)) &&
           ADD(compress_certificate, algorithms, BYTES(brotli));
}

/* The whole message with its header, into |out|; |padding| bytes in the padding extension. */
static bool make(uint8_t *out, size_t cap, size_t padding, size_t *len) {
    uint8_t block[2 * BENCH_HELLO];
    CBB extensions;
    CBB message;
    bool fine = CBB_init_fixed(&extensions, block, sizeof(block)) && add_extensions(&extensions);
    size_t block_length = fine ? CBB_len(&extensions) : 0;
    CBB *padded = &extensions;
    fine = fine && parley_extension_write(padded, PARLEY_FORM_padding,
                                          &(const union parley_extension_value){
                                              .padding = {.padding = {zeros, padding}}});
    block_length = fine ? CBB_len(&extensions) : block_length;
    CBB_cleanup(&extensions);
    union parley_message_value value;
    memset(&value, 0, sizeof(value));
    value.client_hello = (struct parley_client_hello){
        .legacy_version = PARLEY_TLS12,
        .random = {zeros, PARLEY_RANDOM_LENGTH},
        .legacy_session_id = {zeros, PARLEY_SESSION_ID_MAX},
        .cipher_suites = BYTES(suites),
        .legacy_compression_methods = {zeros, 1},
        .extensions = {.raw = {block, block_length}},
    };
    fine = fine && CBB_init_fixed(&message, out, cap);
    if (!fine) {
        return false;
    }
    fine = parley_message_write(&message, PARLEY_MSG_client_hello, &value);
    *len = fine ? CBB_len(&message) : 0;
    CBB_cleanup(&message);
    return fine;
}

bool bench_hello_make(uint8_t out[BENCH_HELLO]) {
    uint8_t message[2 * BENCH_HELLO];
    size_t len = 0;
    if (!make(message, sizeof(message), 0, &len) || len > BENCH_HELLO + PARLEY_HANDSHAKE_HEADER) {
        return false;
    }
    size_t padding = BENCH_HELLO + PARLEY_HANDSHAKE_HEADER - len;
    if (!make(message, sizeof(message), padding, &len) ||
        len != BENCH_HELLO + PARLEY_HANDSHAKE_HEADER) {
        return false;
    }
    memcpy(out, message + PARLEY_HANDSHAKE_HEADER, BENCH_HELLO);
    return true;
}

/* ---- The parsers ---- */

bool bench_hello_parley(const uint8_t hello[BENCH_HELLO], unsigned times) {
    bool fine = true;
    for (unsigned i = 0; i < times; i++) {
        union parley_message_value value;
        struct parley_wire_error error;
        fine &=
            parley_message_parse(PARLEY_MSG_client_hello, (struct parley_bytes){hello, BENCH_HELLO},
                                 &value, NULL, &error) &&
            parley_has(&value.client_hello.extensions, PARLEY_EXT_padding);
    }
    return fine;
}

bool bench_hello_boringssl(const uint8_t hello[BENCH_HELLO], unsigned times) {
    if (client_hello_init == NULL && parse_client_hello == NULL) {
        return false;
    }
    /* It only asks whether this is DTLS. */
    SSL_CTX *ctx = SSL_CTX_new(TLS_method());
    SSL *ssl = ctx != NULL ? SSL_new(ctx) : NULL;
    bool fine = ssl != NULL;
    for (unsigned i = 0; fine && i < times; i++) {
        SSL_CLIENT_HELLO parsed;
        fine = client_hello_init != NULL
                   ? client_hello_init(ssl, &parsed, (struct span){hello, BENCH_HELLO})
                   : parse_client_hello(ssl, &parsed, hello, BENCH_HELLO) == 1;
    }
    SSL_free(ssl);
    SSL_CTX_free(ctx);
    return fine;
}
