/* Encrypted Client Hello (RFC 9849): what client and server share. */
#include "engine/ech.h"

#include <string.h>

void ech_reset(struct parley_engine *e) {
    if (e->ech.hpke_ready) {
        EVP_HPKE_CTX_cleanup(&e->hpke);
        e->ech.hpke_ready = false;
    }
}

void ech_outcome(const struct parley_engine *e, struct parley_outcome *out) {
    const struct ech *ech = &e->ech;
    out->ech_accepted = ech->status == ECH_ACCEPTED;
    if (e->role == PARLEY_CLIENT && ech->status == ECH_REJECTED) {
        out->ech_name_override = ech->config.public_name;
        /* Before the server has proved who it is they are worth nothing. */
        if (e->error == PARLEY_ERR_ech_rejected) {
            out->ech_retry_configs = bytes_of(e->ech_inner, ech->inner_length);
        }
    }
}

const EVP_HPKE_AEAD *ech_aead(uint16_t id) {
    switch (id) {
    case EVP_HPKE_AES_128_GCM:
        return EVP_hpke_aes_128_gcm();
    case EVP_HPKE_AES_256_GCM:
        return EVP_hpke_aes_256_gcm();
    case EVP_HPKE_CHACHA20_POLY1305:
        return EVP_hpke_chacha20_poly1305();
    default:
        return NULL;
    }
}

bool ech_suite_in(struct parley_bytes list, uint16_t kdf_id, uint16_t aead_id) {
    uint16_t kdf, aead;
    while (parley_uint16_next(&list, &kdf) && parley_uint16_next(&list, &aead)) {
        if (kdf == kdf_id && aead == aead_id) {
            return kdf == EVP_HPKE_HKDF_SHA256 && ech_aead(aead);
        }
    }
    return false;
}

struct parley_bytes ech_info(const struct parley_ech_config *config, uint8_t *out, size_t cap) {
    static const uint8_t label[] = "tls ech"; /* its zero belongs to it */
    if (config->raw.len > cap - sizeof(label)) {
        return bytes_of(NULL, 0);
    }
    memcpy(out, label, sizeof(label));
    memcpy(out + sizeof(label), config->raw.data, config->raw.len);
    return bytes_of(out, sizeof(label) + config->raw.len);
}

/* ---- Configs ---- */

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

static bool is_hex(uint8_t c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_letter(uint8_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* looks_like_ipv4 returns whether |label|, the last one, would make the name an address
 * (RFC 9849 6.1.7). */
static bool looks_like_ipv4(struct parley_bytes label) {
    bool hex = label.len >= 2 && label.data[0] == '0' && (label.data[1] | 0x20) == 'x';
    for (size_t i = hex ? 2 : 0; i < label.len; i++) {
        if (!(hex ? is_hex(label.data[i]) : is_digit(label.data[i]))) {
            return false;
        }
    }
    return true;
}

/* RFC 5890 2.3.1: letters, digits, hyphens within. */
static bool valid_label(struct parley_bytes label) {
    if (label.len == 0 || label.len > 63 || label.data[0] == '-' ||
        label.data[label.len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        if (!is_letter(label.data[i]) && !is_digit(label.data[i]) && label.data[i] != '-') {
            return false;
        }
    }
    return true;
}

bool ech_valid_name(struct parley_bytes name) {
    for (;;) {
        const uint8_t *dot = name.len ? memchr(name.data, '.', name.len) : NULL;
        struct parley_bytes label = {name.data, dot ? (size_t)(dot - name.data) : name.len};
        if (!valid_label(label)) {
            return false;
        }
        if (!dot) {
            return !looks_like_ipv4(label);
        }
        name = bytes_of(dot + 1, name.len - label.len - 1);
    }
}

bool ech_usable(const struct parley_ech_config *config) {
    enum { MANDATORY = 0x8000 };
    struct parley_extension_entry entry;
    if (config->version != PARLEY_ECH_VERSION ||
        config->kem_id != EVP_HPKE_DHKEM_X25519_HKDF_SHA256 ||
        config->public_key.len != X25519_PUBLIC_VALUE_LEN || !ech_valid_name(config->public_name)) {
        return false;
    }
    struct parley_bytes rest = config->extensions;
    while (parley_extension_next(&rest, &entry)) {
        if (entry.extension_type & MANDATORY) {
            return false;
        }
    }
    return true;
}

/* ---- The signal ---- */

void ech_confirmation(const struct hash_state *before, struct parley_bytes message,
                      const uint8_t *at, const uint8_t *inner_random, bool retry,
                      uint8_t out[ECH_CONFIRMATION]) {
    static const uint8_t zeros[ECH_CONFIRMATION];
    struct hash_state hash = *before;
    struct hmac_key key;
    uint8_t digest[HASH_MAX], secret[HASH_MAX];
    size_t ahead = (size_t)(at - message.data);
    hash_update(&hash, message.data, ahead);
    hash_update(&hash, zeros, sizeof(zeros));
    hash_update(&hash, at + sizeof(zeros), message.len - ahead - sizeof(zeros));
    size_t len = hash_peek(&hash, digest);
    hkdf_extract(before->hash, bytes_of(NULL, 0), bytes_of(inner_random, PARLEY_RANDOM_LENGTH),
                 secret);
    hmac_key_init(&key, before->hash, bytes_of(secret, len));
    hkdf_expand_label(&key, retry ? "hrr ech accept confirmation" : "ech accept confirmation",
                      bytes_of(digest, len), out, ECH_CONFIRMATION);
}
