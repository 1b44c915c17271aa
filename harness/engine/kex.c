/* Ephemeral key exchange (RFC 7748, RFC 8446 4.2.8, RFC 8422 5.10, RFC 7919, RFC 5246 8.1.2). */
#include "engine/kex.h"
#include "engine/kex_hybrid.h"

#include <pthread.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/curve25519.h>
#include <openssl/dh.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/mem.h>
#include <openssl/nid.h>

#define DH_MIN_BITS 2048
#define DH_MAX_BITS (KEX_FIELD_MAX * 8)
/* Private exponents of twice the strength RFC 7919 Appendix A estimates for 2048 and 4096 bits. */
#define DH_PRIVATE 32
#define DH_PRIVATE_LARGE 48
/* A source that never gives a scalar below the order is broken; a good one fails with 2^-32 each.
 */
#define MAX_CANDIDATES 64

/* ---- NIST curves ---- */

static int curve_nid(uint16_t group) {
    switch (group) {
    case PARLEY_GROUP_secp256r1:
        return NID_X9_62_prime256v1;
    case PARLEY_GROUP_secp384r1:
        return NID_secp384r1;
    case PARLEY_GROUP_secp224r1:
        return NID_secp224r1;
    default:
        return NID_secp521r1;
    }
}

/* nist_draw draws candidates of the order's length, with the bits above it cleared, until one is in
 * [1, order). */
static bool nist_draw(struct kex *k, const struct parley_random *random) {
    EC_GROUP *group = EC_GROUP_new_by_curve_name(curve_nid(k->group));
    const BIGNUM *order = EC_GROUP_get0_order(group);
    size_t len = BN_num_bytes(order);
    uint8_t mask = (uint8_t)(0xff >> (8 * len - BN_num_bits(order)));
    BIGNUM *scalar = BN_new();
    bool found = false;
    for (int i = 0; scalar != NULL && !found && i < MAX_CANDIDATES; i++) {
        random_fill(random, k->private_key, len);
        k->private_key[0] &= mask;
        if (BN_bin2bn(k->private_key, len, scalar) == NULL) {
            break;
        }
        found = !BN_is_zero(scalar) && BN_cmp(scalar, order) < 0;
    }
    k->private_len = (uint16_t)len;
    BN_clear_free(scalar);
    EC_GROUP_free(group);
    return found;
}

static bool nist_share(struct kex *k) {
    EC_GROUP *group = EC_GROUP_new_by_curve_name(curve_nid(k->group));
    BIGNUM *scalar = BN_bin2bn(k->private_key, k->private_len, NULL);
    EC_POINT *point = EC_POINT_new(group);
    size_t len = 0;
    if (scalar != NULL && point != NULL && EC_POINT_mul(group, point, scalar, NULL, NULL, NULL)) {
        len = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, k->share,
                                 sizeof(k->share), NULL);
    }
    EC_POINT_free(point);
    BN_clear_free(scalar);
    EC_GROUP_free(group);
    k->share_len = (uint16_t)len;
    return len > 0;
}

/* x_coordinate writes the x coordinate of |point|, the secret of RFC 8446 7.4.2. */
static size_t x_coordinate(const EC_GROUP *group, const EC_POINT *point,
                           uint8_t out[KEX_SECRET_MAX]) {
    uint8_t octets[1 + 2 * KEX_PRIVATE_MAX];
    size_t len = EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, octets,
                                    sizeof(octets), NULL);
    if (len == 0) {
        return 0;
    }
    memcpy(out, octets + 1, len / 2);
    OPENSSL_cleanse(octets, sizeof(octets));
    return len / 2;
}

static enum parley_error nist_agree(const struct kex *k, struct parley_bytes peer,
                                    uint8_t out[KEX_SECRET_MAX], size_t *out_len) {
    enum parley_error error = PARLEY_ERR_crypto_failed;
    EC_GROUP *group = EC_GROUP_new_by_curve_name(curve_nid(k->group));
    EC_POINT *point = EC_POINT_new(group);
    BIGNUM *scalar = NULL;
    if (point == NULL) {
        goto done;
    }
    /* Only the uncompressed form may be spoken (RFC 8446 4.2.8.2); oct2point checks the curve. */
    if (peer.len != k->share_len || peer.data[0] != POINT_CONVERSION_UNCOMPRESSED ||
        !EC_POINT_oct2point(group, point, peer.data, peer.len, NULL)) {
        error = PARLEY_ERR_bad_share;
        goto done;
    }
    scalar = BN_bin2bn(k->private_key, k->private_len, NULL);
    if (scalar == NULL || !EC_POINT_mul(group, point, NULL, point, scalar, NULL)) {
        goto done;
    }
    *out_len = x_coordinate(group, point, out);
    if (*out_len > 0) {
        error = PARLEY_OK;
    }
done:
    BN_clear_free(scalar);
    EC_POINT_free(point);
    EC_GROUP_free(group);
    return error;
}

/* ---- Finite fields ---- */

/* field is a multiplicative group: p and g, and p's Montgomery constants. */
struct field {
    BIGNUM *p;
    BIGNUM *g;
    BN_MONT_CTX *mont;
};

static struct field ffdhe2048;
static pthread_once_t ffdhe2048_once = PTHREAD_ONCE_INIT;

/* make_ffdhe2048 sets up the field once for all threads; it is never freed. */
static void make_ffdhe2048(void) {
    BN_CTX *ctx = BN_CTX_new();
    DH *dh = DH_get_rfc7919_2048();
    if (ctx != NULL && dh != NULL) {
        ffdhe2048.p = BN_dup(DH_get0_p(dh));
        ffdhe2048.g = BN_dup(DH_get0_g(dh));
        ffdhe2048.mont = BN_MONT_CTX_new_for_modulus(DH_get0_p(dh), ctx);
    }
    DH_free(dh);
    BN_CTX_free(ctx);
}

static const struct field *field_of(uint16_t group) {
    if (group != PARLEY_GROUP_ffdhe2048) {
        return NULL;
    }
    pthread_once(&ffdhe2048_once, make_ffdhe2048);
    return ffdhe2048.p != NULL && ffdhe2048.g != NULL && ffdhe2048.mont != NULL ? &ffdhe2048 : NULL;
}

bool kex_dhe_parameters(uint16_t group, uint8_t p[KEX_FIELD_MAX], size_t *p_len, uint8_t *g) {
    const struct field *field = field_of(group);
    if (field == NULL) {
        return false;
    }
    *p_len = BN_bn2bin(field->p, p);
    *g = (uint8_t)BN_get_word(field->g);
    return true;
}

/* field_draw makes the private exponent; its top bit is set, so it is never zero. */
static void field_draw(struct kex *k, const struct field *field,
                       const struct parley_random *random) {
    k->private_len = BN_num_bits(field->p) <= DH_MIN_BITS ? DH_PRIVATE : DH_PRIVATE_LARGE;
    random_fill(random, k->private_key, k->private_len);
    k->private_key[0] |= 0x80;
}

/* field_power writes |base| to the power of our private exponent, as long as p. */
static bool field_power(const struct kex *k, const struct field *field, const BIGNUM *base,
                        BN_CTX *ctx, uint8_t *out) {
    BIGNUM *exponent = BN_bin2bn(k->private_key, k->private_len, NULL);
    BIGNUM *result = BN_new();
    bool ok = exponent != NULL && result != NULL &&
              BN_mod_exp_mont_consttime(result, base, exponent, field->p, ctx, field->mont) &&
              BN_bn2bin_padded(out, BN_num_bytes(field->p), result);
    BN_clear_free(result);
    BN_clear_free(exponent);
    return ok;
}

static bool field_share(struct kex *k, const struct field *field, BN_CTX *ctx) {
    k->share_len = (uint16_t)BN_num_bytes(field->p);
    return field_power(k, field, field->g, ctx, k->share);
}

/* in_range returns whether 1 < y < p - 1 (RFC 7919 5.1); p is odd. */
static bool in_range(const BIGNUM *y, const BIGNUM *p) {
    if (BN_is_zero(y) || BN_is_one(y) || BN_cmp(y, p) >= 0) {
        return false;
    }
    /* y is p - 1 iff they differ in bit 0 only. */
    BIGNUM *next = BN_dup(y);
    bool ok = next != NULL && BN_add_word(next, 1) && BN_cmp(next, p) != 0;
    BN_free(next);
    return ok;
}

/* field_agree is the second half: |bad| is the error for a public value that is out of range. */
static enum parley_error field_agree(const struct kex *k, const struct field *field,
                                     struct parley_bytes peer, enum parley_error bad, BN_CTX *ctx,
                                     uint8_t out[KEX_SECRET_MAX], size_t *out_len) {
    enum parley_error error = PARLEY_ERR_crypto_failed;
    size_t len = BN_num_bytes(field->p);
    size_t zeros = 0;
    BIGNUM *y = peer.len <= len ? BN_bin2bn(peer.data, peer.len, NULL) : NULL;
    if (y == NULL || !in_range(y, field->p)) {
        error = bad;
    } else if (field_power(k, field, y, ctx, out)) {
        while (zeros < len - 1 && out[zeros] == 0) {
            zeros++;
        }
        memmove(out, out + zeros, len - zeros);
        *out_len = len - zeros;
        error = PARLEY_OK;
    }
    BN_free(y);
    return error;
}

/* take_field decodes and checks a server's group. */
static enum parley_error take_field(struct field *field, struct parley_bytes p,
                                    struct parley_bytes g, BN_CTX *ctx) {
    /* Leading zeros do no harm, but nothing needs more of them than the longest p has bytes. */
    if (p.len > 2 * KEX_FIELD_MAX || g.len > 2 * KEX_FIELD_MAX) {
        return PARLEY_ERR_bad_dh;
    }
    field->p = BN_bin2bn(p.data, p.len, NULL);
    field->g = BN_bin2bn(g.data, g.len, NULL);
    if (field->p == NULL || field->g == NULL) {
        return PARLEY_ERR_crypto_failed;
    }
    if (BN_num_bits(field->p) < DH_MIN_BITS) {
        return PARLEY_ERR_weak_dh;
    }
    if (BN_num_bits(field->p) > DH_MAX_BITS || !BN_is_odd(field->p) ||
        !in_range(field->g, field->p)) {
        return PARLEY_ERR_bad_dh;
    }
    field->mont = BN_MONT_CTX_new_for_modulus(field->p, ctx);
    return field->mont != NULL ? PARLEY_OK : PARLEY_ERR_crypto_failed;
}

enum parley_error kex_dhe_client(struct kex *k, struct parley_bytes p, struct parley_bytes g,
                                 struct parley_bytes ys, const struct parley_random *random,
                                 uint8_t out[KEX_SECRET_MAX], size_t *out_len) {
    struct field field = {NULL, NULL, NULL};
    enum parley_error error = PARLEY_ERR_crypto_failed;
    BN_CTX *ctx = BN_CTX_new();
    k->group = PARLEY_GROUP_none;
    if (ctx != NULL) {
        error = take_field(&field, p, g, ctx);
    }
    if (error == PARLEY_OK) {
        field_draw(k, &field, random);
        error = field_share(k, &field, ctx) ? PARLEY_OK : PARLEY_ERR_crypto_failed;
    }
    if (error == PARLEY_OK) {
        error = field_agree(k, &field, ys, PARLEY_ERR_bad_dh, ctx, out, out_len);
    }
    BN_free(field.p);
    BN_free(field.g);
    BN_MONT_CTX_free(field.mont);
    BN_CTX_free(ctx);
    return error;
}

/* ---- All groups ---- */

static bool ffdhe_draw(struct kex *k, const struct parley_random *random) {
    const struct field *field = field_of(k->group);
    if (field != NULL) {
        field_draw(k, field, random);
    }
    return field != NULL;
}

static bool ffdhe_share(struct kex *k) {
    const struct field *field = field_of(k->group);
    BN_CTX *ctx = BN_CTX_new();
    bool ok = field != NULL && ctx != NULL && field_share(k, field, ctx);
    BN_CTX_free(ctx);
    return ok;
}

static enum parley_error ffdhe_agree(const struct kex *k, struct parley_bytes peer,
                                     uint8_t out[KEX_SECRET_MAX], size_t *out_len) {
    const struct field *field = field_of(k->group);
    BN_CTX *ctx = BN_CTX_new();
    enum parley_error error = PARLEY_ERR_crypto_failed;
    if (field != NULL && ctx != NULL) {
        error = field_agree(k, field, peer, PARLEY_ERR_bad_share, ctx, out, out_len);
    }
    BN_CTX_free(ctx);
    return error;
}

/* draw makes the private key. */
static bool draw(struct kex *k, const struct parley_random *random) {
    const struct parley_group *row = parley_group_find(k->group);
    switch (row != NULL ? row->kind : PARLEY_GROUP_KIND_NONE) {
    case PARLEY_GROUP_KIND_X25519:
        k->private_len = X25519_PRIVATE_KEY_LEN;
        random_fill(random, k->private_key, X25519_PRIVATE_KEY_LEN);
        return true;
    case PARLEY_GROUP_KIND_NIST:
        return nist_draw(k, random);
    case PARLEY_GROUP_KIND_FFDHE:
        return ffdhe_draw(k, random);
    case PARLEY_GROUP_KIND_HYBRID:
        return hybrid_draw(k, random);
    case PARLEY_GROUP_KIND_NONE:
        break;
    }
    return false;
}

/* share computes the share of a private key. */
static bool share(struct kex *k) {
    switch (parley_group_find(k->group)->kind) {
    case PARLEY_GROUP_KIND_X25519:
        k->share_len = X25519_PUBLIC_VALUE_LEN;
        X25519_public_from_private(k->share, k->private_key);
        return true;
    case PARLEY_GROUP_KIND_NIST:
        return nist_share(k);
    case PARLEY_GROUP_KIND_FFDHE:
        return ffdhe_share(k);
    case PARLEY_GROUP_KIND_HYBRID:
        return hybrid_share(k);
    case PARLEY_GROUP_KIND_NONE:
        break;
    }
    return false;
}

static struct parley_bytes code_of(const struct kex *k) {
    return (struct parley_bytes){(const uint8_t *)&k->group, sizeof(k->group)};
}

static struct parley_bytes private_of(const struct kex *k) {
    return (struct parley_bytes){k->private_key, k->private_len};
}

bool kex_generate(struct kex *k, uint16_t group, const struct parley_random *random,
                  struct parley_memo *memo) {
    size_t len = 0;
    k->group = group;
    if (!draw(k, random)) {
        k->group = PARLEY_GROUP_none;
        ERR_clear_error();
        return false;
    }
    struct memo_question question = {memo, "share", {code_of(k), private_of(k)}};
    if (memo_find(&question, k->share, &len)) {
        k->share_len = (uint16_t)len;
        return true;
    }
    if (!share(k)) {
        k->group = PARLEY_GROUP_none;
        ERR_clear_error();
        return false;
    }
    memo_keep(&question, k->share, k->share_len);
    return true;
}

static enum parley_error agree(const struct kex *k, struct parley_bytes peer,
                               uint8_t out[KEX_SECRET_MAX], size_t *out_len) {
    const struct parley_group *row = parley_group_find(k->group);
    switch (row != NULL ? row->kind : PARLEY_GROUP_KIND_NONE) {
    case PARLEY_GROUP_KIND_X25519:
        *out_len = X25519_SHARED_KEY_LEN;
        return peer.len == X25519_PUBLIC_VALUE_LEN && X25519(out, k->private_key, peer.data)
                   ? PARLEY_OK
                   : PARLEY_ERR_bad_share;
    case PARLEY_GROUP_KIND_NIST:
        return nist_agree(k, peer, out, out_len);
    case PARLEY_GROUP_KIND_FFDHE:
        return ffdhe_agree(k, peer, out, out_len);
    case PARLEY_GROUP_KIND_HYBRID:
        return hybrid_agree(k, peer, out, out_len);
    case PARLEY_GROUP_KIND_NONE:
        break;
    }
    return PARLEY_ERR_crypto_failed;
}

enum parley_error kex_agree(const struct kex *k, struct parley_bytes peer, struct parley_memo *memo,
                            uint8_t out[KEX_SECRET_MAX], size_t *out_len) {
    struct memo_question question = {memo, "agree", {code_of(k), private_of(k), peer}};
    if (memo_find(&question, out, out_len)) {
        return PARLEY_OK;
    }
    enum parley_error error = agree(k, peer, out, out_len);
    if (error != PARLEY_OK) {
        ERR_clear_error();
    } else {
        memo_keep(&question, out, *out_len);
    }
    return error;
}

enum parley_error kex_respond(struct kex *k, uint16_t group, struct parley_bytes peer,
                              const struct parley_random *random, struct parley_memo *memo,
                              uint8_t out[KEX_SECRET_MAX], size_t *out_len) {
    const struct parley_group *row = parley_group_find(group);
    if (row != NULL && row->kind == PARLEY_GROUP_KIND_HYBRID) {
        k->group = group;
        return hybrid_respond(k, peer, random, out, out_len);
    }
    return kex_generate(k, group, random, memo) ? kex_agree(k, peer, memo, out, out_len)
                                                : PARLEY_ERR_crypto_failed;
}
