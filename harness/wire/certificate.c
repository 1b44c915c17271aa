/* The certificate messages (RFC 5246 7.4.2, RFC 8446 4.4.2, RFC 8879 4, RFC 6066 8). */
#include "wire/codec.h"

/* opaque ASN.1Cert<1..2^24-1>; */
static bool asn1_cert(struct codec *c, void *unused) {
    (void)unused;
    struct parley_bytes certificate = {NULL, 0};
    return codec_opaque(c, "certificate", 3, 1, 0xffffff, &certificate);
}

bool parley_grammar_certificate_tls12(struct codec *c, struct parley_certificate_tls12 *m) {
    return codec_list(c, "certificate_list", NULL, 3, 0, 0xffffff, asn1_cert, NULL,
                      &m->certificate_list);
}

static bool certificate_entry(struct codec *c, struct parley_certificate_entry *m) {
    return codec_opaque(c, "cert_data", 3, 1, 0xffffff, &m->cert_data) &&
           codec_extensions(c, PARLEY_PLACE_CT, 0, 65535, &m->extensions);
}

static bool skip_certificate_entry(struct codec *c, void *unused) {
    (void)unused;
    struct parley_certificate_entry entry;
    entry.cert_data = (struct parley_bytes){NULL, 0};
    entry.extensions.raw = (struct parley_bytes){NULL, 0};
    return certificate_entry(c, &entry);
}

bool parley_grammar_certificate_tls13(struct codec *c, struct parley_certificate_tls13 *m) {
    return codec_opaque(c, "certificate_request_context", 1, 0, 255,
                        &m->certificate_request_context) &&
           codec_list(c, "certificate_list", "certificate_entry", 3, 0, 0xffffff,
                      skip_certificate_entry, NULL, &m->certificate_list);
}

bool parley_certificate_entry_next(struct parley_bytes *rest,
                                   struct parley_certificate_entry *out) {
    if (rest->len == 0) {
        return false;
    }
    struct codec c;
    codec_read_from(&c, *rest, NULL);
    if (!certificate_entry(&c, out)) {
        return false;
    }
    rest->data = c.in.data;
    rest->len = c.in.len;
    return true;
}

bool parley_grammar_compressed_certificate(struct codec *c,
                                           struct parley_compressed_certificate *m) {
    return codec_uint16(c, "algorithm", PARLEY_NAMES_NONE, &m->algorithm) &&
           codec_uint24(c, "uncompressed_length", PARLEY_NAMES_NONE, &m->uncompressed_length) &&
           codec_opaque(c, "compressed_certificate_message", 3, 1, 0xffffff,
                        &m->compressed_certificate_message);
}

/* status_type is ocsp(1): the only one whose request Parley knows. */
bool parley_grammar_certificate_status(struct codec *c, struct parley_certificate_status *m) {
    return codec_uint8_in(c, "status_type", 1, 1, PARLEY_ERR_bad_value, &m->status_type) &&
           codec_opaque(c, "response", 3, 1, 0xffffff, &m->response);
}
