/* What both ends can want besides: the same for all traces but for the key pair of Encrypted Client
 * Hello, which is told by a number. */
#include "script/trial_extras.h"

#include <string.h>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#define HOST "parley.test"
#define NAME_LENGTH_MAX 64

/* The least OCSPResponse there is, RFC 6960 4.2.1: successful, of nothing; and an SCT of sorts. */
static const uint8_t ocsp[] = {0x30, 0x03, 0x0a, 0x01, 0x00};
static const uint8_t scts[] = {0, 7, 'a', 'n', ' ', 'S', 'C', 'T', '.'};

/* store puts |in| where it should be packed. RFC 8879 is about the framing: what is in it does not
 * matter, and for an algorithm of 16384 or more nobody else knows (RFC 8879 7.3). */
static size_t store(void *arg, struct parley_bytes in, uint8_t *out, size_t cap) {
    (void)arg;
    if (in.len > cap) {
        return 0;
    }
    memcpy(out, in.data, in.len);
    return in.len;
}
static const struct parley_compression compressions[] = {{0xff01, store, store, NULL}};

static const char *const protocols[] = {"parley", "http/1.1"};

/* set_ech makes the key pair of that number, and what clients are told of it. */
static void set_ech(struct trial_extras *out, uint8_t number) {
    memset(out->ech_key, number, sizeof out->ech_key);
    struct parley_bytes key = {out->ech_key, sizeof out->ech_key};
    size_t len = parley_ech_config_write(out->ech_list + 2, sizeof out->ech_list - 2, number, key,
                                         HOST, NAME_LENGTH_MAX);
    out->ech_list[0] = (uint8_t)(len >> 8);
    out->ech_list[1] = (uint8_t)len;
    out->extras.ech_config_list = (struct parley_bytes){out->ech_list, len + 2};
    out->extras.ech_config = (struct parley_bytes){out->ech_list + 2, len};
    out->extras.ech_private_key = key;
}

void trial_extras_set(struct trial_extras *out, const struct side *side, const char *const *alpn,
                      size_t alpn_count) {
    static const char settings[] = "parley's settings";
    bool npn = side_has(side, PARLEY_LINE_npn);
    out->extras = (struct parley_extras){
        .staples = side_has(side, PARLEY_LINE_staples),
        .ocsp_response = {ocsp, sizeof ocsp},
        .scts = {scts, sizeof scts},
        .compressions = compressions,
        .compression_count = side_has(side, PARLEY_LINE_compress) ? 1 : 0,
        .npn = protocols,
        .npn_count = npn ? sizeof protocols / sizeof *protocols : 0,
        .alps = out->alps,
        .alps_count = side_has(side, PARLEY_LINE_alps) ? alpn_count : 0,
        .delegated = side_has(side, PARLEY_LINE_delegated),
        .grease = side_has(side, PARLEY_LINE_grease),
        .permute = side_has(side, PARLEY_LINE_permute),
        .false_start = side_has(side, PARLEY_LINE_false_start),
        .old_ways = side_has(side, PARLEY_LINE_old_ways),
        .late = side_has(side, PARLEY_LINE_late),
    };
    for (size_t i = 0; i < out->extras.alps_count; i++) {
        out->alps[i] = (struct parley_alps){alpn[i], {(const uint8_t *)settings, i + 1}};
    }
    if (side->ech != 0) {
        set_ech(out, side->ech);
    }
}

void trial_staple(struct parley_credential *credential) {
    (void)(parley_credential_set_ocsp(credential, (struct parley_bytes){ocsp, sizeof ocsp}) &&
           parley_credential_set_scts(credential, (struct parley_bytes){scts, sizeof scts}));
}

size_t trial_authorities(const struct parley_pki *pki, uint8_t *out, size_t cap) {
    struct parley_bytes pem = parley_pki_entry(pki, "ca")->certificates;
    BIO *text = BIO_new_mem_buf(pem.data, (int)pem.len);
    X509 *ca = text != NULL ? PEM_read_bio_X509(text, NULL, NULL, NULL) : NULL;
    uint8_t *name = NULL;
    int len = ca != NULL ? i2d_X509_NAME(X509_get_subject_name(ca), &name) : 0;
    bool fits = len > 0 && (size_t)len + 2 <= cap;
    if (fits) {
        out[0] = (uint8_t)(len >> 8);
        out[1] = (uint8_t)len;
        memcpy(out + 2, name, (size_t)len);
    }
    OPENSSL_free(name);
    X509_free(ca);
    BIO_free(text);
    return fits ? (size_t)len + 2 : 0;
}
