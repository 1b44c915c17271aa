/* Decrypt: keys from a key log's secrets. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "report/decrypt.h"

static int digit(char c) {
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

static bool unhex(const char *text, size_t len, uint8_t *out) {
    for (size_t i = 0; i < len; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* secret_of looks for the line "|label| CLIENT_RANDOM SECRET"; returns the secret's length, or 0.
 */
static size_t secret_of(const struct decryption *d, const char *label, uint8_t out[HASH_MAX]) {
    char start[64 + 2 * PARLEY_RANDOM_LENGTH + 2];
    char random[2 * PARLEY_RANDOM_LENGTH + 1];
    parley_hex(d->client_random, PARLEY_RANDOM_LENGTH, random);
    int n = snprintf(start, sizeof start, "%s %s ", label, random);
    const char *at = d->keylog->text, *end = at != NULL ? at + d->keylog->length : NULL;
    while (at != NULL && at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        size_t len = (size_t)(newline - at);
        size_t secret = len > (size_t)n ? (len - (size_t)n) / 2 : 0;
        if (secret > 0 && secret <= HASH_MAX && strncasecmp(at, start, (size_t)n) == 0 &&
            unhex(at + n, secret, out)) {
            return secret;
        }
        at = newline + 1;
    }
    return 0;
}

bool decrypt_keys13(struct decryption *d, enum parley_role from, enum parley_epoch epoch) {
    static const char *const labels[2][PARLEY_EPOCH_APPLICATION + 1] = {
        [PARLEY_CLIENT] = {NULL, "CLIENT_EARLY_TRAFFIC_SECRET", "CLIENT_HANDSHAKE_TRAFFIC_SECRET",
                           "CLIENT_TRAFFIC_SECRET_0"},
        [PARLEY_SERVER] = {NULL, NULL, "SERVER_HANDSHAKE_TRAFFIC_SECRET",
                           "SERVER_TRAFFIC_SECRET_0"},
    };
    uint8_t secret[HASH_MAX];
    struct decrypt_lane *lane = &d->lanes[from];
    const char *label = labels[from][epoch];
    size_t len = label != NULL && d->suite != NULL ? secret_of(d, label, secret) : 0;
    if (len == 0) {
        return false;
    }
    hmac_key_init(&lane->traffic, d->suite->hash, (struct parley_bytes){secret, len});
    protect_tls13(&lane->keys, d->suite, &lane->traffic);
    lane->epoch = epoch;
    return true;
}

void decrypt_update13(struct decryption *d, enum parley_role from) {
    uint8_t next[HASH_MAX];
    struct decrypt_lane *lane = &d->lanes[from];
    size_t len = parley_hash_length(d->suite->hash);
    hkdf_expand_label(&lane->traffic, "traffic upd", (struct parley_bytes){NULL, 0}, next, len);
    hmac_key_init(&lane->traffic, d->suite->hash, (struct parley_bytes){next, len});
    protect_tls13(&lane->keys, d->suite, &lane->traffic);
}

void decrypt_keys12(struct decryption *d) {
    uint8_t master[HASH_MAX], block[256];
    size_t mac, key, iv, len = secret_of(d, "CLIENT_RANDOM", master);
    if (len == 0 || d->suite == NULL || d->lanes[0].has_next) {
        return;
    }
    protect_tls12_lengths(d->suite->cipher, &mac, &key, &iv);
    prf(d->suite->hash, (struct parley_bytes){master, len}, "key expansion",
        (struct parley_bytes){d->server_random, PARLEY_RANDOM_LENGTH},
        (struct parley_bytes){d->client_random, PARLEY_RANDOM_LENGTH}, block, 2 * (mac + key + iv));
    for (size_t i = 0; i < 2; i++) {
        size_t role = i == 0 ? PARLEY_CLIENT : PARLEY_SERVER;
        const uint8_t *keys = block + 2 * mac + i * key, *ivs = block + 2 * (mac + key) + i * iv;
        protect_tls12(&d->lanes[role].next, d->suite, PROTECT_OPEN, block + i * mac, keys, ivs,
                      d->encrypt_then_mac);
        d->lanes[role].has_next = true;
    }
}
