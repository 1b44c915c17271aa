/* Certificate compression (RFC 8879): the algorithms are the config's. */
#include "engine/actions.h"

enum { ALGORITHMS_MAX = 127 }; /* algorithms<2..2^8-2> */

bool compression_offer(struct parley_engine *e, CBB *out) {
    const struct parley_config *c = e->config;
    uint8_t codes[2 * ALGORITHMS_MAX];
    size_t n = 0;
    for (size_t i = 0; i < c->compression_count && n < sizeof(codes); i++) {
        uint16_t code = c->compressions[i].algorithm;
        if (c->compressions[i].decompress) {
            codes[n++] = (uint8_t)(code >> 8);
            codes[n++] = (uint8_t)code;
        }
    }
    e->compression_offered = n > 0;
    if (n == 0) {
        return true;
    }
    e->offered |= UINT64_C(1) << PARLEY_EXT_compress_certificate;
    union parley_extension_value v = {.compress_certificate = {{codes, n}}};
    return parley_extension_write(out, PARLEY_FORM_compress_certificate, &v);
}

/* Judged even where it is not used: a list that repeats itself is nothing an honest peer writes. */
static enum parley_error check_list(struct parley_engine *e, struct parley_bytes list) {
    uint16_t code;
    while (parley_uint16_next(&list, &code)) {
        if (parley_uint16_in(list, code)) {
            enum parley_error error = handshake_refuse(e, PARLEY_ERR_duplicate_compression);
            e->error_field = error ? "algorithms" : e->error_field;
            e->error_extension = error ? "compress_certificate" : e->error_extension;
            return error;
        }
    }
    return PARLEY_OK;
}

enum parley_error compression_choose(struct parley_engine *e,
                                     const struct parley_extension_block *x) {
    const struct parley_config *c = e->config;
    e->compression = NULL;
    if (!parley_has(x, PARLEY_EXT_compress_certificate)) {
        return PARLEY_OK;
    }
    struct parley_bytes list = x->compress_certificate.algorithms;
    for (size_t i = 0; i < c->compression_count && !e->compression; i++) {
        if (c->compressions[i].compress && parley_uint16_in(list, c->compressions[i].algorithm)) {
            e->compression = &c->compressions[i];
        }
    }
    return check_list(e, list);
}

enum parley_error send_compressed_certificate(struct parley_engine *e,
                                              const union parley_message_value *m) {
    const struct parley_compression *with = e->compression;
    (void)m;
    enum parley_error error = staples_decide(e);
    if (error) {
        return error;
    }
    struct parley_bytes built = certificates_build13(e);
    if (built.len == 0) {
        return PARLEY_ERR_buffer_full;
    }
    struct parley_bytes body = {built.data + PARLEY_HANDSHAKE_HEADER,
                                built.len - PARLEY_HANDSHAKE_HEADER};
    size_t len = with->compress(with->arg, body, e->scratch, sizeof(e->scratch));
    if (len == 0 || len > sizeof(e->scratch)) {
        return PARLEY_ERR_compression_failed;
    }
    union parley_message_value v = {
        .compressed_certificate = {.algorithm = with->algorithm,
                                   .uncompressed_length = (uint32_t)body.len,
                                   .compressed_certificate_message = {e->scratch, len}}};
    return handshake_send(e, PARLEY_MSG_compressed_certificate, &v); /* over what was built */
}

static const struct parley_compression *offered(const struct parley_config *c, uint16_t code) {
    for (size_t i = 0; i < c->compression_count && i < ALGORITHMS_MAX; i++) {
        if (c->compressions[i].algorithm == code && c->compressions[i].decompress) {
            return &c->compressions[i];
        }
    }
    return NULL;
}

enum parley_error take_compressed_certificate(struct parley_engine *e,
                                              const union parley_message_value *m) {
    const struct parley_compressed_certificate *z = &m->compressed_certificate;
    const struct parley_compression *with = offered(e->config, z->algorithm);
    struct parley_wire_error where;
    union parley_message_value value;
    if (!with) {
        return PARLEY_ERR_unknown_compression;
    }
    uint32_t most = e->config->max_certificate
                        ? e->config->max_certificate
                        : parley_messages[PARLEY_MSG_certificate_tls13].max_length;
    if (z->uncompressed_length > most || z->uncompressed_length > sizeof(e->scratch)) {
        return PARLEY_ERR_uncompressed_too_long;
    }
    size_t len = with->decompress(with->arg, z->compressed_certificate_message, e->scratch,
                                  z->uncompressed_length);
    if (len == 0 || len != z->uncompressed_length) {
        return PARLEY_ERR_bad_compressed_certificate;
    }
    if (!parley_message_parse(PARLEY_MSG_certificate_tls13,
                              bytes_of(e->scratch, z->uncompressed_length), &value, NULL, &where)) {
        e->error_field = where.field;
        e->error_extension = where.extension;
        return where.error;
    }
    return take_certificate13(e, &value);
}
