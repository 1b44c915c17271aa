/* What a config says, with its defaults. */
#include <string.h>

#include "engine/inside.h"

/* The defaults are the implemented rows of the tables, in their order, but for what is old (3DES,
 * SHA-1, P-224) or large (post-quantum groups): it is spoken when asked for. */
#define CIPHER_AES_128_GCM(code) code,
#define CIPHER_AES_256_GCM(code) code,
#define CIPHER_CHACHA20_POLY1305(code) code,
#define CIPHER_AES_128_CBC_SHA(code) code,
#define CIPHER_AES_256_CBC_SHA(code) code,
#define CIPHER_AES_128_CBC_SHA256(code) code,
#define CIPHER_AES_256_CBC_SHA256(code) code,
#define CIPHER_AES_256_CBC_SHA384(code) code,
#define CIPHER_3DES_EDE_CBC_SHA(code)
static const uint16_t default_suites[] = {
#define SUITE(name, code, version, kx, auth, cipher, hash) CIPHER_##cipher(code)
#include "tables/suites.def"
#undef SUITE
};

#define KIND_X25519(code) code,
#define KIND_NIST(code) code,
#define KIND_FFDHE(code) code,
#define KIND_NIST_OLD(code)
#define KIND_KYBER768(code)
#define KIND_MLKEM768(code)
#define KIND_NONE(code)
static const uint16_t default_groups[] = {
#define GROUP(name, code, kind, share_length) KIND_##kind(code)
#include "tables/groups.def"
#undef GROUP
};

#define HASH_NONE(code) code,
#define HASH_SHA1(code)
#define HASH_SHA256(code) code,
#define HASH_SHA384(code) code,
#define HASH_SHA512(code) code,
#define KEY_RSA(item) item
#define KEY_RSA_PSS(item) item
#define KEY_ECDSA(item) item
#define KEY_ED25519(item) item
#define KEY_NONE(item)
static const uint16_t default_sigalgs[] = {
#define SIGALG(name, code, key, curve, hash, tls13) KEY_##key(HASH_##hash(code))
#include "tables/sigalgs.def"
#undef SIGALG
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

size_t list_suites(const struct parley_config *c, const uint16_t **out) {
    *out = c->suites ? c->suites : default_suites;
    return c->suites ? c->suite_count : COUNT(default_suites);
}

bool config_speaks(const struct parley_config *c, const struct parley_suite *suite) {
    if (suite->authentication != PARLEY_AUTH_PSK) {
        return true;
    }
    return c->psk12 && c->psk12->key.len > 0 && c->psk12->key.len <= PARLEY_PSK12_KEY_MAX;
}

size_t list_groups(const struct parley_config *c, const uint16_t **out) {
    *out = c->groups ? c->groups : default_groups;
    return c->groups ? c->group_count : COUNT(default_groups);
}

size_t list_sigalgs(const struct parley_config *c, const uint16_t **out) {
    *out = c->sigalgs ? c->sigalgs : default_sigalgs;
    return c->sigalgs ? c->sigalg_count : COUNT(default_sigalgs);
}

size_t list_sign_sigalgs(const struct parley_config *c, const uint16_t **out) {
    if (!c->sign_sigalgs) {
        return list_sigalgs(c, out);
    }
    *out = c->sign_sigalgs;
    return c->sign_sigalg_count;
}

uint16_t grease(const struct parley_engine *e, unsigned n) {
    unsigned nibble = (e->grease_seed >> (4 * (n & 3))) & 15;
    return (uint16_t)(nibble << 12 | 0xa00 | nibble << 4 | 0xa);
}

bool suite_is_cbc(const struct parley_suite *suite) {
    return suite->cipher >= PARLEY_CIPHER_AES_128_CBC_SHA;
}

bool list_has(const uint16_t *list, size_t count, uint16_t value) {
    for (size_t i = 0; i < count; i++) {
        if (list[i] == value) {
            return true;
        }
    }
    return false;
}

uint16_t config_min(const struct parley_config *c) {
    return c->min_version ? c->min_version : PARLEY_TLS12;
}

uint16_t config_max(const struct parley_config *c) {
    return c->max_version ? c->max_version : PARLEY_TLS13;
}

struct parley_bytes bytes_of(const void *data, size_t len) {
    return (struct parley_bytes){data, len};
}

bool bytes_equal(struct parley_bytes a, struct parley_bytes b) {
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}
