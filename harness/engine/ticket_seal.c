/* The two protections of tickets. */
#include "engine/ticket_seal.h"

#include <openssl/aead.h>
#include <openssl/aes.h>
#include <openssl/mem.h>
#include <string.h>

#include "engine/hash.h"

/* ---- AES-256-GCM: nonce[12] || ciphertext || tag[16] ---- */

enum { NONCE = 12, TAG = 16 };

static bool gcm_init(EVP_AEAD_CTX *ctx, const uint8_t key[32]) {
    EVP_AEAD_CTX_zero(ctx);
    return EVP_AEAD_CTX_init(ctx, EVP_aead_aes_256_gcm(), key, 32, TAG, NULL);
}

size_t ticket_seal_gcm(const uint8_t key[32], struct parley_bytes in,
                       const struct parley_random *random, uint8_t *out, size_t cap) {
    EVP_AEAD_CTX ctx;
    size_t len;
    if (cap < NONCE || !gcm_init(&ctx, key)) {
        return 0;
    }
    random_fill(random, out, NONCE);
    bool ok = EVP_AEAD_CTX_seal(&ctx, out + NONCE, &len, cap - NONCE, out, NONCE, in.data, in.len,
                                NULL, 0);
    EVP_AEAD_CTX_cleanup(&ctx);
    return ok ? NONCE + len : 0;
}

size_t ticket_open_gcm(const uint8_t key[32], struct parley_bytes ticket, uint8_t *out) {
    EVP_AEAD_CTX ctx;
    size_t len;
    if (ticket.len < NONCE + TAG || !gcm_init(&ctx, key)) {
        return 0;
    }
    bool ok = EVP_AEAD_CTX_open(&ctx, out, &len, ticket.len, ticket.data, NONCE,
                                ticket.data + NONCE, ticket.len - NONCE, NULL, 0);
    EVP_AEAD_CTX_cleanup(&ctx);
    return ok ? len : 0;
}

/* ---- RFC 5077 4 ---- */

enum { NAME = 16, BLOCK = AES_BLOCK_SIZE, MAC = 32, HEAD = NAME + BLOCK };

static void mac_of(const uint8_t *key, struct parley_bytes in, uint8_t out[HASH_MAX]) {
    struct hmac_key mac;
    hmac_key_init(&mac, PARLEY_HASH_SHA256, (struct parley_bytes){key + NAME, 16});
    hmac(&mac, &in, 1, out);
}

size_t ticket_seal_cbc(const uint8_t key[PARLEY_TICKET_KEY_RFC5077], struct parley_bytes in,
                       const struct parley_random *random, uint8_t *out, size_t cap) {
    uint8_t iv[BLOCK], mac[HASH_MAX];
    AES_KEY aes;
    size_t padded = (in.len / BLOCK + 1) * BLOCK;
    if (cap < HEAD + padded + MAC) {
        return 0;
    }
    memcpy(out, key, NAME);
    random_fill(random, out + NAME, BLOCK);
    memcpy(iv, out + NAME, BLOCK);
    memcpy(out + HEAD, in.data, in.len);
    memset(out + HEAD + in.len, (int)(padded - in.len), padded - in.len);
    AES_set_encrypt_key(key + NAME + 16, 128, &aes);
    AES_cbc_encrypt(out + HEAD, out + HEAD, padded, &aes, iv, AES_ENCRYPT);
    mac_of(key, (struct parley_bytes){out, HEAD + padded}, mac);
    memcpy(out + HEAD + padded, mac, MAC);
    return HEAD + padded + MAC;
}

size_t ticket_open_cbc(const uint8_t key[PARLEY_TICKET_KEY_RFC5077], struct parley_bytes ticket,
                       uint8_t *out) {
    uint8_t iv[BLOCK], mac[HASH_MAX];
    AES_KEY aes;
    if (ticket.len < HEAD + BLOCK + MAC || (ticket.len - HEAD - MAC) % BLOCK != 0 ||
        memcmp(ticket.data, key, NAME) != 0) {
        return 0;
    }
    size_t len = ticket.len - HEAD - MAC;
    mac_of(key, (struct parley_bytes){ticket.data, HEAD + len}, mac);
    if (CRYPTO_memcmp(mac, ticket.data + HEAD + len, MAC) != 0) {
        return 0;
    }
    memcpy(iv, ticket.data + NAME, BLOCK);
    AES_set_decrypt_key(key + NAME + 16, 128, &aes);
    AES_cbc_encrypt(ticket.data + HEAD, out, len, &aes, iv, AES_DECRYPT);
    /* The padding is authentic: whoever made it, knew the keys. */
    size_t pad = out[len - 1];
    return pad >= 1 && pad <= BLOCK ? len - pad : 0;
}
