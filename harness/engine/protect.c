/* Record protection of TLS 1.3 (RFC 8446 5.2), and of TLS 1.2 with AEADs (RFC 5288, RFC 7905) and
 * CBC (RFC 5246 6.2.3.2, RFC 7366). */
#include "engine/protect.h"

#include <string.h>

#include <openssl/mem.h>

#define TAG 16u       /* of every AEAD here */
#define EXPLICIT 8u   /* nonce of TLS 1.2's GCM that stands in the record */
#define MAC_HEADER 13 /* seq_num, type, version, length */

struct cipher_row {
    uint8_t key;
    enum parley_hash mac; /* CBC only */
    uint8_t block;
};

static const struct cipher_row ciphers[] = {
    [PARLEY_CIPHER_NONE] = {0, PARLEY_HASH_NONE, 0},
    [PARLEY_CIPHER_AES_128_GCM] = {16, PARLEY_HASH_NONE, 0},
    [PARLEY_CIPHER_AES_256_GCM] = {32, PARLEY_HASH_NONE, 0},
    [PARLEY_CIPHER_CHACHA20_POLY1305] = {32, PARLEY_HASH_NONE, 0},
    [PARLEY_CIPHER_AES_128_CBC_SHA] = {16, PARLEY_HASH_SHA1, 16},
    [PARLEY_CIPHER_AES_256_CBC_SHA] = {32, PARLEY_HASH_SHA1, 16},
    [PARLEY_CIPHER_AES_128_CBC_SHA256] = {16, PARLEY_HASH_SHA256, 16},
    [PARLEY_CIPHER_AES_256_CBC_SHA256] = {32, PARLEY_HASH_SHA256, 16},
    [PARLEY_CIPHER_AES_256_CBC_SHA384] = {32, PARLEY_HASH_SHA384, 16},
    [PARLEY_CIPHER_3DES_EDE_CBC_SHA] = {24, PARLEY_HASH_SHA1, 8},
};

static bool is_gcm(enum parley_cipher cipher) {
    return cipher == PARLEY_CIPHER_AES_128_GCM || cipher == PARLEY_CIPHER_AES_256_GCM;
}

static bool is_cbc(enum parley_cipher cipher) {
    return ciphers[cipher].mac != PARLEY_HASH_NONE;
}

static void put16(uint8_t *out, size_t v) {
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
}

static void put64(uint8_t *out, uint64_t v) {
    for (int i = 7; i >= 0; i--) {
        out[i] = (uint8_t)v;
        v >>= 8;
    }
}

void protect_clear(struct protect *p) {
    OPENSSL_cleanse(p, sizeof(*p));
}

/* aead_init sets up one of the AEADs; their contexts lie wholly in |p|. */
static void aead_init(struct protect *p, enum parley_cipher cipher, const uint8_t *key) {
    const EVP_AEAD *aead = cipher == PARLEY_CIPHER_AES_128_GCM   ? EVP_aead_aes_128_gcm()
                           : cipher == PARLEY_CIPHER_AES_256_GCM ? EVP_aead_aes_256_gcm()
                                                                 : EVP_aead_chacha20_poly1305();
    /* Cannot fail: the key has the AEAD's length. */
    EVP_AEAD_CTX_init(&p->aead, aead, key, ciphers[cipher].key, EVP_AEAD_DEFAULT_TAG_LENGTH, NULL);
}

void protect_tls13(struct protect *p, const struct parley_suite *suite,
                   const struct hmac_key *traffic_secret) {
    uint8_t key[32];
    struct parley_bytes empty = {NULL, 0};
    hkdf_expand_label(traffic_secret, "key", empty, key, ciphers[suite->cipher].key);
    hkdf_expand_label(traffic_secret, "iv", empty, p->iv, sizeof(p->iv));
    p->cipher = suite->cipher;
    p->version = PARLEY_TLS13;
    p->encrypt_then_mac = false;
    p->sequence = 0;
    p->spoiled = 0;
    aead_init(p, suite->cipher, key);
    OPENSSL_cleanse(key, sizeof(key));
}

void protect_tls12_lengths(enum parley_cipher cipher, size_t *mac, size_t *key, size_t *iv) {
    *mac = parley_hash_length(ciphers[cipher].mac);
    *key = ciphers[cipher].key;
    *iv = is_gcm(cipher) ? 4 : cipher == PARLEY_CIPHER_CHACHA20_POLY1305 ? 12 : 0;
}

void protect_tls12(struct protect *p, const struct parley_suite *suite, enum protect_direction dir,
                   const uint8_t *mac_key, const uint8_t *key, const uint8_t *iv,
                   bool encrypt_then_mac) {
    enum parley_cipher cipher = suite->cipher;
    size_t mac_len, key_len, iv_len;
    protect_tls12_lengths(cipher, &mac_len, &key_len, &iv_len);
    p->cipher = cipher;
    p->version = PARLEY_TLS12;
    p->encrypt_then_mac = encrypt_then_mac && is_cbc(cipher);
    p->sequence = 0;
    p->spoiled = 0;
    if (!is_cbc(cipher)) {
        memcpy(p->iv, iv, iv_len);
        aead_init(p, cipher, key);
        return;
    }
    hmac_key_init(&p->mac, ciphers[cipher].mac, (struct parley_bytes){mac_key, mac_len});
    if (cipher == PARLEY_CIPHER_3DES_EDE_CBC_SHA) {
        for (size_t i = 0; i < 3; i++) {
            DES_cblock part;
            memcpy(part.bytes, key + 8 * i, sizeof(part.bytes));
            DES_set_key(&part, &p->block.des[i]);
        }
    } else if (dir == PROTECT_SEAL) {
        AES_set_encrypt_key(key, (unsigned)key_len * 8, &p->block.aes);
    } else {
        AES_set_decrypt_key(key, (unsigned)key_len * 8, &p->block.aes);
    }
}

static size_t block_length(const struct protect *p) {
    return ciphers[p->cipher].block;
}

/* cbc_length returns the length of the blocks that |len| bytes and their padding fill. */
static size_t cbc_length(const struct protect *p, size_t len) {
    return (len / block_length(p) + (p->spoiled != 0 ? 2 : 1)) * block_length(p);
}

bool protect_spoil(struct protect *p, enum parley_bad_cbc kind) {
    bool cbc = is_cbc(p->cipher) && (kind == PARLEY_CBC_MAC || !p->encrypt_then_mac);
    p->spoiled = cbc ? 1 + (unsigned)kind : 0;
    return cbc;
}

/* spoil_body makes |body| wrong: |padded| bytes, padding from |len| on, before that |mac| bytes of
 * a MAC, if it is in there. */
static void spoil_body(const struct protect *p, uint8_t *body, size_t len, size_t padded,
                       size_t mac) {
    switch (p->spoiled) {
    case 1 + PARLEY_CBC_MAC:
        body[len - 1] ^= mac > 0;
        break;
    case 1 + PARLEY_CBC_PADDING_BYTE:
        body[len] ^= 1;
        break;
    case 1 + PARLEY_CBC_PADDING_LENGTH:
        body[padded - 1] = 0xff;
        break;
    case 1 + PARLEY_CBC_PADDING_ZERO:
        body[padded - 1] = 0;
        break;
    case 1 + PARLEY_CBC_PADDING_FULL:
        memset(body, (int)(padded - 1), padded);
        break;
    default:
        break;
    }
}

/* cbc_crypt works in place; |iv| is used up. */
static void cbc_crypt(const struct protect *p, uint8_t *data, size_t len, uint8_t *iv,
                      enum protect_direction dir) {
    if (p->cipher != PARLEY_CIPHER_3DES_EDE_CBC_SHA) {
        AES_cbc_encrypt(data, data, len, &p->block.aes, iv,
                        dir == PROTECT_SEAL ? AES_ENCRYPT : AES_DECRYPT);
        return;
    }
    const DES_key_schedule *des = p->block.des;
    DES_cblock chain;
    memcpy(chain.bytes, iv, sizeof(chain.bytes));
    DES_ede3_cbc_encrypt(data, data, len, &des[0], &des[1], &des[2], &chain,
                         dir == PROTECT_SEAL ? DES_ENCRYPT : DES_DECRYPT);
}

size_t protect_sealed_length(const struct protect *p, size_t len, size_t padding) {
    if (p->cipher == PARLEY_CIPHER_NONE) {
        return PARLEY_RECORD_HEADER + len;
    }
    if (p->version == PARLEY_TLS13) {
        return PARLEY_RECORD_HEADER + len + 1 + padding + TAG;
    }
    if (is_cbc(p->cipher)) {
        size_t mac = parley_hash_length(ciphers[p->cipher].mac);
        size_t body = p->encrypt_then_mac ? cbc_length(p, len) + mac : cbc_length(p, len + mac);
        return PARLEY_RECORD_HEADER + block_length(p) + body;
    }
    return PARLEY_RECORD_HEADER + (is_gcm(p->cipher) ? EXPLICIT : 0u) + len + TAG;
}

static void write_header(uint8_t *out, uint8_t type, uint16_t version, size_t len) {
    out[0] = type;
    put16(out + 1, version);
    put16(out + 3, len);
}

/* mac_header writes what TLS 1.2 authenticates besides the content (RFC 5246 6.2.3.1, 6.2.3.3);
 * |record| begins with type and version. */
static void mac_header(uint8_t out[MAC_HEADER], uint64_t sequence, const uint8_t *record,
                       size_t len) {
    put64(out, sequence);
    memcpy(out + 8, record, 3);
    put16(out + 11, len);
}

/* make_nonce is RFC 8446 5.3 and RFC 7905 2, and for TLS 1.2's GCM RFC 5288 3 with |explicit_nonce|
 * as the part that stands in the record. */
static void make_nonce(const struct protect *p, const uint8_t *explicit_nonce, uint8_t nonce[12]) {
    if (explicit_nonce != NULL) {
        memcpy(nonce, p->iv, 4);
        memcpy(nonce + 4, explicit_nonce, EXPLICIT);
        return;
    }
    put64(nonce + 4, p->sequence);
    memset(nonce, 0, 4);
    for (size_t i = 0; i < 12; i++) {
        nonce[i] ^= p->iv[i];
    }
}

static bool seal_tls13(struct protect *p, uint8_t type, struct parley_bytes in, size_t padding,
                       uint8_t *out) {
    uint8_t nonce[12];
    uint8_t *body = out + PARLEY_RECORD_HEADER;
    size_t tag_len;
    make_nonce(p, NULL, nonce);
    write_header(out, PARLEY_CONTENT_APPLICATION_DATA, PARLEY_TLS12, in.len + 1 + padding + TAG);
    if (padding == 0) {
        return EVP_AEAD_CTX_seal_scatter(&p->aead, body, body + in.len, &tag_len, 1 + TAG, nonce,
                                         12, in.data, in.len, &type, 1, out, PARLEY_RECORD_HEADER);
    }
    /* Padding may be long, and the AEADs are slow with the extra bytes above. */
    size_t inner = in.len + 1 + padding;
    if (in.len > 0) {
        memcpy(body, in.data, in.len);
    }
    body[in.len] = type;
    memset(body + in.len + 1, 0, padding);
    return EVP_AEAD_CTX_seal_scatter(&p->aead, body, body + inner, &tag_len, TAG, nonce, 12, body,
                                     inner, NULL, 0, out, PARLEY_RECORD_HEADER);
}

static bool seal_tls12_aead(struct protect *p, uint8_t type, struct parley_bytes in, uint8_t *out) {
    uint8_t nonce[12];
    uint8_t ad[MAC_HEADER];
    uint8_t *body = out + PARLEY_RECORD_HEADER;
    size_t tag_len;
    bool gcm = is_gcm(p->cipher);
    write_header(out, type, PARLEY_TLS12, (gcm ? EXPLICIT : 0u) + in.len + TAG);
    mac_header(ad, p->sequence, out, in.len);
    if (gcm) {
        put64(body, p->sequence);
        make_nonce(p, body, nonce);
        body += EXPLICIT;
    } else {
        make_nonce(p, NULL, nonce);
    }
    return EVP_AEAD_CTX_seal_scatter(&p->aead, body, body + in.len, &tag_len, TAG, nonce, 12,
                                     in.data, in.len, NULL, 0, ad, sizeof(ad));
}

static void seal_cbc(struct protect *p, uint8_t type, struct parley_bytes in,
                     const struct parley_random *random, uint8_t *out) {
    uint8_t ad[MAC_HEADER];
    uint8_t mac[HASH_MAX];
    uint8_t iv[AES_BLOCK_SIZE];
    const size_t block = block_length(p);
    uint8_t *body = out + PARLEY_RECORD_HEADER + block;
    size_t len = in.len;
    size_t total = protect_sealed_length(p, in.len, 0) - PARLEY_RECORD_HEADER;
    write_header(out, type, PARLEY_TLS12, total);
    random_fill(random, out + PARLEY_RECORD_HEADER, block);
    memcpy(iv, out + PARLEY_RECORD_HEADER, block);
    if (len > 0) {
        memcpy(body, in.data, len);
    }
    if (!p->encrypt_then_mac) {
        mac_header(ad, p->sequence, out, in.len);
        len += hmac(&p->mac, (struct parley_bytes[]){{ad, sizeof(ad)}, in}, 2, mac);
        memcpy(body + in.len, mac, len - in.len);
    }
    size_t padded = cbc_length(p, len);
    memset(body + len, (int)(padded - len - 1), padded - len);
    spoil_body(p, body, len, padded, len - in.len);
    cbc_crypt(p, body, padded, iv, PROTECT_SEAL);
    if (p->encrypt_then_mac) {
        /* RFC 7366 3: over the IV and the ciphertext, whose length takes the place of the
         * content's. */
        struct parley_bytes sealed = {out + PARLEY_RECORD_HEADER, block + padded};
        mac_header(ad, p->sequence, out, sealed.len);
        size_t n = hmac(&p->mac, (struct parley_bytes[]){{ad, sizeof(ad)}, sealed}, 2, mac);
        mac[0] ^= p->spoiled == 1 + PARLEY_CBC_MAC;
        memcpy(body + padded, mac, n);
    }
    p->spoiled = 0;
}

bool protect_seal(struct protect *p, uint8_t type, uint16_t version, struct parley_bytes in,
                  size_t padding, const struct parley_random *random, uint8_t *out) {
    bool ok = true;
    if (p->sequence == UINT64_MAX) {
        return false;
    }
    if (p->cipher == PARLEY_CIPHER_NONE) {
        write_header(out, type, version, in.len);
        if (in.len > 0) {
            memcpy(out + PARLEY_RECORD_HEADER, in.data, in.len);
        }
    } else if (p->version == PARLEY_TLS13) {
        ok = seal_tls13(p, type, in, padding, out);
    } else if (is_cbc(p->cipher)) {
        seal_cbc(p, type, in, random, out);
    } else {
        ok = seal_tls12_aead(p, type, in, out);
    }
    p->sequence++;
    return ok;
}

static enum parley_error open_tls13(const struct protect *p, uint8_t *record, size_t len,
                                    uint8_t *type, struct parley_bytes *out) {
    uint8_t nonce[12];
    uint8_t *body = record + PARLEY_RECORD_HEADER;
    if (record[0] != PARLEY_CONTENT_APPLICATION_DATA) {
        return PARLEY_ERR_outer_record_type;
    }
    if (len < PARLEY_RECORD_HEADER + TAG) {
        return PARLEY_ERR_record_decrypt;
    }
    size_t inner = len - PARLEY_RECORD_HEADER - TAG;
    make_nonce(p, NULL, nonce);
    if (!EVP_AEAD_CTX_open_gather(&p->aead, body, nonce, 12, body, inner, body + inner, TAG, record,
                                  PARLEY_RECORD_HEADER)) {
        return PARLEY_ERR_record_decrypt;
    }
    /* The limit of RFC 8446 5.4 counts the padding and the type. */
    if (inner > PARLEY_RECORD_MAX + 1) {
        return PARLEY_ERR_plaintext_overflow;
    }
    while (inner > 0 && body[inner - 1] == 0) {
        inner--;
    }
    if (inner == 0) {
        return PARLEY_ERR_record_padding_only;
    }
    *type = body[inner - 1];
    *out = (struct parley_bytes){body, inner - 1};
    return PARLEY_OK;
}

static enum parley_error open_tls12_aead(const struct protect *p, uint8_t *record, size_t len,
                                         struct parley_bytes *out) {
    uint8_t nonce[12];
    uint8_t ad[MAC_HEADER];
    bool gcm = is_gcm(p->cipher);
    uint8_t *body = record + PARLEY_RECORD_HEADER + (gcm ? EXPLICIT : 0u);
    if (len < PARLEY_RECORD_HEADER + (gcm ? EXPLICIT : 0u) + TAG) {
        return PARLEY_ERR_record_decrypt;
    }
    size_t inner = len - (size_t)(body - record) - TAG;
    make_nonce(p, gcm ? record + PARLEY_RECORD_HEADER : NULL, nonce);
    mac_header(ad, p->sequence, record, inner);
    if (!EVP_AEAD_CTX_open_gather(&p->aead, body, nonce, 12, body, inner, body + inner, TAG, ad,
                                  sizeof(ad))) {
        return PARLEY_ERR_record_decrypt;
    }
    *out = (struct parley_bytes){body, inner};
    return PARLEY_OK;
}

/* padding_length returns 1 + padding_length of a decrypted CBC |body| of |len| > |mac_len| bytes
 * and sets |*good| to 1; for a wrong padding it returns 1 and |*good| becomes 0. It looks at the
 * same bytes whatever they are. */
static size_t padding_length(const uint8_t *body, size_t len, size_t mac_len, unsigned *good) {
    size_t pad = body[len - 1];
    size_t room = len - 1 - mac_len;
    size_t check = room < 255 ? room : 255;
    unsigned bad = pad > room;
    for (size_t i = 1; i <= check; i++) {
        unsigned inside = i <= pad;
        bad |= (0u - inside) & (unsigned)(body[len - 1 - i] ^ (uint8_t)pad);
    }
    *good = bad == 0;
    return 1 + (pad & (0u - (size_t)*good));
}

/* open_cbc has one error for everything, and a wrong padding still costs a MAC (RFC 5246 6.2.3.2).
 * The MAC's time depends on the padding's length: Parley is a tool for tests, where nobody times
 * it. */
static enum parley_error open_cbc(const struct protect *p, uint8_t *record, size_t len,
                                  struct parley_bytes *out) {
    uint8_t ad[MAC_HEADER];
    uint8_t mac[HASH_MAX];
    size_t mac_len = parley_hash_length(ciphers[p->cipher].mac);
    const size_t block = block_length(p);
    uint8_t *iv = record + PARLEY_RECORD_HEADER;
    uint8_t *body = iv + block;
    size_t outer = p->encrypt_then_mac ? mac_len : 0;
    if (len < PARLEY_RECORD_HEADER + block + outer) {
        return PARLEY_ERR_record_decrypt;
    }
    size_t n = len - PARLEY_RECORD_HEADER - block - outer;
    size_t inner_mac = p->encrypt_then_mac ? 0 : mac_len;
    if (n % block != 0 || n < inner_mac + 1) {
        return PARLEY_ERR_record_decrypt;
    }
    if (p->encrypt_then_mac) {
        mac_header(ad, p->sequence, record, block + n);
        hmac(&p->mac, (struct parley_bytes[]){{ad, sizeof(ad)}, {iv, block + n}}, 2, mac);
        if (CRYPTO_memcmp(mac, body + n, mac_len) != 0) {
            return PARLEY_ERR_record_decrypt;
        }
    }
    cbc_crypt(p, body, n, iv, PROTECT_OPEN);
    unsigned good;
    size_t content = n - inner_mac - padding_length(body, n, inner_mac, &good);
    if (!p->encrypt_then_mac) {
        mac_header(ad, p->sequence, record, content);
        hmac(&p->mac, (struct parley_bytes[]){{ad, sizeof(ad)}, {body, content}}, 2, mac);
        good &= CRYPTO_memcmp(mac, body + content, mac_len) == 0;
    }
    if (!good) {
        return PARLEY_ERR_record_decrypt;
    }
    *out = (struct parley_bytes){body, content};
    return PARLEY_OK;
}

enum parley_error protect_open(struct protect *p, uint8_t *record, size_t len, uint8_t *type,
                               struct parley_bytes *out) {
    enum parley_error error = PARLEY_OK;
    struct parley_bytes plain = {NULL, 0};
    uint8_t content = record[0];
    if (p->sequence == UINT64_MAX) {
        return PARLEY_ERR_record_sequence_overflow;
    }
    if (p->cipher == PARLEY_CIPHER_NONE) {
        plain = (struct parley_bytes){record + PARLEY_RECORD_HEADER, len - PARLEY_RECORD_HEADER};
    } else if (p->version == PARLEY_TLS13) {
        error = open_tls13(p, record, len, &content, &plain);
    } else if (is_cbc(p->cipher)) {
        error = open_cbc(p, record, len, &plain);
    } else {
        error = open_tls12_aead(p, record, len, &plain);
    }
    if (error != PARLEY_OK) {
        return error;
    }
    if (plain.len > PARLEY_RECORD_MAX) {
        return PARLEY_ERR_plaintext_overflow;
    }
    p->sequence++;
    *type = content;
    *out = plain;
    return PARLEY_OK;
}
