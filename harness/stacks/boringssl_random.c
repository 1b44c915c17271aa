/* BoringSSL's randomness is the connection's.
 *
 * It has no hook for that, and its deterministic build would have one stream for the whole process.
 * So the functions below stand in for the library's own: stacks.cmake links a copy of libcrypto.a
 * in which those are weak (REPLACES). Nothing is compiled again, and no other byte of it differs.
 */
#include <openssl/ec.h>
#include <openssl/ec_key.h>
#include <openssl/nid.h>
#include <openssl/rand.h>

#include "stacks/boringssl.h"

static size_t draws;

static int draw(uint8_t *out, size_t len) {
    draws++;
    adapter_random(out, len);
    return 1;
}

int RAND_bytes(uint8_t *buf, size_t len) {
    return draw(buf, len);
}

/* What the library calls itself; its own headers declare them. The extra data is for generators
 * that need help against a virtual machine that is cloned. */
enum { APPROVED = 0 };
void RAND_bytes_with_additional_data(uint8_t *out, size_t len, const uint8_t extra[32]);
int BCM_rand_bytes(uint8_t *out, size_t len);
int BCM_rand_bytes_with_additional_data(uint8_t *out, size_t len, const uint8_t extra[32]);

void RAND_bytes_with_additional_data(uint8_t *out, size_t len, const uint8_t extra[32]) {
    (void)extra;
    (void)draw(out, len);
}

int BCM_rand_bytes(uint8_t *out, size_t len) {
    (void)draw(out, len);
    return APPROVED;
}

int BCM_rand_bytes_with_additional_data(uint8_t *out, size_t len, const uint8_t extra[32]) {
    (void)extra;
    (void)draw(out, len);
    return APPROVED;
}

#ifdef OPENSSL_IS_AWSLC
int RAND_priv_bytes(uint8_t *out, size_t len) {
    return draw(out, len);
}

int RAND_public_bytes(uint8_t *out, size_t len) {
    return draw(out, len);
}

int RAND_bytes_with_user_prediction_resistance(uint8_t *out, size_t len, const uint8_t extra[32]) {
    (void)extra;
    return draw(out, len);
}
#endif

/* drawn_by_key returns whether a new key drew from us: keys are made in the heart of the library,
 * which calls its own functions directly. */
static bool drawn_by_key(void) {
    size_t before = draws;
    EC_KEY *key = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
    bool made = key != NULL && EC_KEY_generate_key(key) == 1;
    EC_KEY_free(key);
    return made && draws > before;
}

bool boringssl_draws_ours(void) {
    static int known; /* 0: not asked yet */
    if (known == 0) {
        known = drawn_by_key() ? 1 : -1;
    }
    return known > 0;
}
