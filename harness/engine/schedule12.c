/* Secrets and keys of TLS 1.2 (RFC 5246 6.3, 7.4.9, 8.1; RFC 7627 4), and the key log. */
#include <stdio.h>
#include <string.h>

#include "engine/inside.h"

void schedule12_master(struct parley_engine *e, struct parley_bytes premaster) {
    struct parley_bytes secret = bytes_of(e->master_secret, sizeof(e->master_secret));
    enum parley_hash hash = e->suite->hash;
    uint8_t bent[1024];
    if (e->config->bend && premaster.len <= sizeof(bent)) {
        memcpy(bent, premaster.data, premaster.len);
        bend_secret(e, bent, premaster.len);
        premaster.data = bent;
    }
    if (e->extended_master_secret) {
        uint8_t session_hash[HASH_MAX];
        size_t len = transcript_peek(e, session_hash);
        prf(hash, premaster, "extended master secret", bytes_of(session_hash, len),
            bytes_of(NULL, 0), e->master_secret, secret.len);
    } else {
        prf(hash, premaster, "master secret", bytes_of(e->client_random, PARLEY_RANDOM_LENGTH),
            bytes_of(e->server_random, PARLEY_RANDOM_LENGTH), e->master_secret, secret.len);
    }
    if (e->config->bend && e->config->bend->zero_master) {
        memset(e->master_secret, 0, secret.len);
    }
}

void schedule12_keys(struct parley_engine *e) {
    uint8_t block[256];
    size_t mac, key, iv;
    protect_tls12_lengths(e->suite->cipher, &mac, &key, &iv);
    prf(e->suite->hash, bytes_of(e->master_secret, sizeof(e->master_secret)), "key expansion",
        bytes_of(e->server_random, PARLEY_RANDOM_LENGTH),
        bytes_of(e->client_random, PARLEY_RANDOM_LENGTH), block, 2 * (mac + key + iv));
    const uint8_t *client_mac = block, *server_mac = client_mac + mac;
    const uint8_t *client_key = server_mac + mac, *server_key = client_key + key;
    const uint8_t *client_iv = server_key + key, *server_iv = client_iv + iv;
    bool client = e->role == PARLEY_CLIENT;
    protect_tls12(&e->next_write, e->suite, PROTECT_SEAL, client ? client_mac : server_mac,
                  client ? client_key : server_key, client ? client_iv : server_iv,
                  e->encrypt_then_mac);
    protect_tls12(&e->next_read, e->suite, PROTECT_OPEN, client ? server_mac : client_mac,
                  client ? server_key : client_key, client ? server_iv : client_iv,
                  e->encrypt_then_mac);
    keylog_line(e, "CLIENT_RANDOM", e->master_secret, sizeof(e->master_secret));
}

void schedule12_finished(struct parley_engine *e, enum parley_role role, uint8_t out[12]) {
    uint8_t digest[HASH_MAX];
    size_t len = transcript_peek(e, digest);
    prf(e->suite->hash, bytes_of(e->master_secret, sizeof(e->master_secret)),
        role == PARLEY_CLIENT ? "client finished" : "server finished", bytes_of(digest, len),
        bytes_of(NULL, 0), out, 12);
}

/* RFC 5705 4: seed = client random || server random [|| uint16 length || context]. */
bool schedule12_export(struct parley_engine *e, const char *label,
                       const struct parley_bytes *context, uint8_t *out, size_t len) {
    uint8_t seed[2 * PARLEY_RANDOM_LENGTH + 2];
    size_t seed_len = 2 * PARLEY_RANDOM_LENGTH;
    memcpy(seed, e->client_random, PARLEY_RANDOM_LENGTH);
    memcpy(seed + PARLEY_RANDOM_LENGTH, e->server_random, PARLEY_RANDOM_LENGTH);
    if (context) {
        if (context->len > 0xffff) {
            return false;
        }
        seed[seed_len++] = (uint8_t)(context->len >> 8);
        seed[seed_len++] = (uint8_t)context->len;
    }
    prf(e->suite->hash, bytes_of(e->master_secret, sizeof(e->master_secret)), label,
        bytes_of(seed, seed_len), context ? *context : bytes_of(NULL, 0), out, len);
    return true;
}

static char *hex(char *out, const uint8_t *data, size_t len) {
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    return out;
}

void keylog_line(struct parley_engine *e, const char *label, const uint8_t *secret, size_t len) {
    char line[64 + 2 * (PARLEY_RANDOM_LENGTH + HASH_MAX)];
    if (!e->config->key_log) {
        return;
    }
    int n = snprintf(line, 64, "%s ", label);
    char *end = hex(line + n, e->client_random, PARLEY_RANDOM_LENGTH);
    *end++ = ' ';
    end = hex(end, secret, len);
    *end = 0;
    e->config->key_log(e->config->key_log_arg, line);
}
