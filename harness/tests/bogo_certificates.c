/* The runner's flags about certificates: what is stapled to them, how they are compressed, what is
 * delegated. */
#include <stdlib.h>
#include <string.h>

#include "tests/bogo.h"

static uint8_t digit(char c) {
    const char *digits = "0123456789abcdef", *at = strchr(digits, c);
    if (!c || !at) {
        fail("not hex: %c", c);
    }
    return (uint8_t)(at - digits);
}

struct parley_bytes hex(const char *digits, size_t len) {
    uint8_t *out = malloc(len / 2 + 1);
    if (!out) {
        fail("out of memory");
    }
    for (size_t i = 0; i < len / 2; i++) {
        out[i] = (uint8_t)(digit(digits[2 * i]) << 4 | digit(digits[2 * i + 1]));
    }
    return (struct parley_bytes){out, len / 2};
}

/* ---- Compression: the runner's three algorithms, which put a few bytes in front or take them away
 */

/* skip gives |in| without its first |n| bytes. */
static size_t skip(struct parley_bytes in, size_t n, uint8_t *out, size_t cap) {
    if (in.len <= n || in.len - n > cap) {
        return 0;
    }
    memcpy(out, in.data + n, in.len - n);
    return in.len - n;
}

static size_t prepend(const uint8_t *front, size_t n, struct parley_bytes in, uint8_t *out,
                      size_t cap) {
    if (n > cap || in.len > cap - n) {
        return 0;
    }
    memcpy(out, front, n);
    memcpy(out + n, in.data, in.len);
    return n + in.len;
}

static const uint8_t zeros[2] = {0}, marks[4] = {1, 2, 3, 4};

static size_t shrink(void *arg, struct parley_bytes in, uint8_t *out, size_t cap) {
    (void)arg;
    return in.len > 2 && memcmp(in.data, zeros, 2) == 0 ? skip(in, 2, out, cap) : 0;
}

static size_t unshrink(void *arg, struct parley_bytes in, uint8_t *out, size_t cap) {
    (void)arg;
    return prepend(zeros, 2, in, out, cap);
}

static size_t expand(void *arg, struct parley_bytes in, uint8_t *out, size_t cap) {
    (void)arg;
    return prepend(marks, 4, in, out, cap);
}

static size_t unexpand(void *arg, struct parley_bytes in, uint8_t *out, size_t cap) {
    (void)arg;
    return in.len > 4 && memcmp(in.data, marks, 4) == 0 ? skip(in, 4, out, cap) : 0;
}

/* Any byte will do: each call has another. */
static size_t vary(void *arg, struct parley_bytes in, uint8_t *out, size_t cap) {
    static uint8_t byte = 0x5a;
    (void)arg;
    byte = (uint8_t)(byte * 5 + 1);
    return prepend(&byte, 1, in, out, cap);
}

static size_t unvary(void *arg, struct parley_bytes in, uint8_t *out, size_t cap) {
    (void)arg;
    return skip(in, 1, out, cap);
}

static const struct parley_compression all[] = {
    {0xff02, expand, unexpand, NULL},
    {0xff01, shrink, unshrink, NULL},
    {0xff03, vary, unvary, NULL},
};

static void configure_compression(struct parley_config *c, const struct flags *f) {
    if (f->compressions) {
        c->compressions = all;
        c->compression_count = sizeof(all) / sizeof(all[0]);
        return;
    }
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        if (f->one_compression == all[i].algorithm) {
            c->compressions = &all[i];
            c->compression_count = 1;
        }
    }
}

/* ---- What is stapled ---- */

static unsigned judge_ocsp(void *arg, struct parley_bytes response) {
    const struct bogo *b = arg;
    (void)response;
    return b->flags->fail_ocsp_callback ? PARLEY_ALERT_bad_certificate_status_response
                                        : PARLEY_ALERT_NONE;
}

static void set_ocsp(const struct bogo *b) {
    if (b->flags->ocsp_response.len && b->credential &&
        !parley_credential_set_ocsp(b->credential, b->flags->ocsp_response)) {
        fail("out of memory");
    }
}

static unsigned judge_stapling(void *arg, bool *staple) {
    const struct bogo *b = arg;
    *staple = !b->flags->decline_ocsp_callback;
    if (b->flags->set_ocsp_in_callback) {
        set_ocsp(b);
    }
    return b->flags->fail_ocsp_callback ? PARLEY_ALERT_internal_error : PARLEY_ALERT_NONE;
}

/* The flag's list has the length of the whole in front. */
static void set_scts(struct parley_credential *credential, struct parley_bytes list) {
    size_t len = list.len < 2 ? 0 : (size_t)list.data[0] << 8 | list.data[1];
    if (list.len < 2 || list.len - 2 != len ||
        !parley_credential_set_scts(credential, (struct parley_bytes){list.data + 2, len})) {
        fail("credential: the timestamps are no SignedCertificateTimestampList");
    }
}

static void set_delegated(struct parley_credential *credential, const char *flag) {
    const char *comma = strchr(flag, ','), *why = "there is no comma";
    if (!comma || !parley_credential_set_delegated(credential, hex(flag, (size_t)(comma - flag)),
                                                   hex(comma + 1, strlen(comma + 1)), &why)) {
        fail("credential: %s", why);
    }
}

void bogo_configure_certificates(struct bogo *b, struct parley_credential *credential) {
    struct parley_config *c = &b->config;
    const struct flags *f = b->flags;
    b->credential = credential;
    c->request_ocsp = f->request_ocsp;
    c->request_scts = f->request_scts;
    c->ignore_rsa_key_usage = f->ignore_rsa_key_usage;
    configure_compression(c, f);
    if (f->use_ocsp_callback) {
        c->judge_ocsp = judge_ocsp;
        c->judge_stapling = judge_stapling;
    }
    if (!credential) {
        return;
    }
    if (!f->set_ocsp_in_callback) {
        set_ocsp(b);
    }
    if (f->signed_cert_timestamps.len) {
        set_scts(credential, f->signed_cert_timestamps);
    }
    if (f->delegated_credential) {
        set_delegated(credential, f->delegated_credential);
    }
}
